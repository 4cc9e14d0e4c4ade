//! A ledger's state as one file, to start another node from.
//!
//! ```text
//! magic 8 ‖ domain 32 ‖ u64 number ‖ digest 32 ‖ root 32 ‖ u8 1 ‖ header 832, or u8 0 at the genesis
//! (u8 1 ‖ stem 31 ‖ u8 values − 1 ‖ (suffix ‖ value 32)*)*       stems and suffixes ascend
//! (u8 2 ‖ u32 length ‖ code)*                                    codes ascend by hash
//! u8 0 ‖ u64 stems ‖ u64 codes ‖ keccak of all before 32         end of file
//! ```
//! The file is a function of the state. It is written and read as a stream; whoever reads it builds
//! the tree anew and compares the root.

use core::ops::ControlFlow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;

use alloy_primitives::{B256, Bytes, Keccak256, keccak256};

use super::files::sync_folder;
use super::record;
use crate::containers::limits::MAX_CODE_BYTES;
use crate::containers::{Header, compute_digest};
use crate::curve::fixed_base::TableSize;
use crate::error::Error;
use crate::store::{Head, StateLoader, StateStore, Store, StoreError, Table};
use crate::verkle::keys::{Value, join};
use crate::verkle::{Stem, row_pairs};

const MAGIC: &[u8; 8] = b"corolls\x01";
const END: u8 = 0;
const STEM: u8 = 1;
const CODE: u8 = 2;
/// The leaf of an account's code hash.
const CODE_HASH_SUFFIX: u8 = 1;
/// Stems between two reports of progress.
const REPORT_STEMS: u64 = 1 << 16;
const BUFFER_BYTES: usize = 1 << 20;
/// Bytes of codes that wait to be written.
const CODE_BATCH_BYTES: usize = 8 << 20;

/// What a snapshot holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The packet that the state is the result of.
    pub head: Head,
    /// Stems.
    pub stems: u64,
    /// Codes.
    pub codes: u64,
}

/// Told how many stems are through; an error ends the work.
pub type Progress<'a> = &'a mut dyn FnMut(u64) -> Result<(), Error>;

/// Writes the state of a store into a file.
///
/// The file appears under its name when it is complete.
///
/// # Errors
/// If the store has no state or does not answer, if the file cannot be written, or if `progress`
/// says so.
pub fn export(
    store: Arc<dyn Store>,
    path: &Path,
    progress: Progress<'_>,
) -> Result<Summary, Error> {
    let domain = StateStore::domain(&*store)?;
    let state = domain.map(|domain| StateStore::open(store, &domain, 0)).transpose()?.flatten();
    let (Some(domain), Some(state)) = (domain, state) else {
        return Err(StoreError::Mismatch("the store has no state".into()).into());
    };
    let part = path.with_extension("part");
    let file = File::create(&part).map_err(StoreError::from)?;
    let mut out = HashingWriter {
        file: BufWriter::with_capacity(BUFFER_BYTES, file),
        hasher: Keccak256::new(),
    };
    let summary = write_state(&state, &domain, &mut out, progress)?;
    let hash = out.hasher.clone().finalize();
    out.put(hash.as_slice())?;
    let file = out.file.into_inner().map_err(|error| StoreError::from(error.into_error()))?;
    file.sync_all().map_err(StoreError::from)?;
    std::fs::rename(&part, path).map_err(StoreError::from)?;
    sync_folder(path)?;
    Ok(summary)
}

fn write_state(
    state: &StateStore,
    domain: &B256,
    out: &mut HashingWriter,
    progress: Progress<'_>,
) -> Result<Summary, Error> {
    let (head, view) = (*state.head(), state.view()?);
    out.put(MAGIC)?;
    out.put(domain.as_slice())?;
    out.put(&head.number.to_be_bytes())?;
    out.put(head.digest.as_slice())?;
    out.put(head.root.as_slice())?;
    match view.get(Table::Packets, &head.number.to_be_bytes())? {
        Some(row) => {
            out.put(&[1])?;
            out.put(&record::decode(domain, &row)?.header.encode())?;
        }
        None => out.put(&[0])?,
    }

    // A code that no account has, such as one of a reverted packet, is no part of the state.
    let mut codes: BTreeMap<Vec<u8>, bool> = BTreeMap::new();
    view.scan(Table::Codes, &[], &mut |hash, _| {
        codes.insert(hash.to_vec(), false);
        ControlFlow::Continue(())
    })?;
    let (mut stems, mut failure) = (0_u64, None);
    view.scan(Table::Stems, &[], &mut |stem, row| {
        let written = write_stem(out, stem, row, &mut codes).and_then(|()| {
            stems += 1;
            if stems.is_multiple_of(REPORT_STEMS) { progress(stems) } else { Ok(()) }
        });
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    if let Some(error) = failure {
        return Err(error);
    }
    codes.retain(|_, is_used| *is_used);
    for hash in codes.keys() {
        let code = view.get(Table::Codes, hash)?.unwrap_or_default();
        let length = u32::try_from(code.len()).unwrap_or(u32::MAX);
        out.put(&[CODE])?;
        out.put(&length.to_be_bytes())?;
        out.put(&code)?;
    }
    let codes = codes.len() as u64;
    out.put(&[END])?;
    out.put(&stems.to_be_bytes())?;
    out.put(&codes.to_be_bytes())?;
    progress(stems)?;
    Ok(Summary { head, stems, codes })
}

fn write_stem(
    out: &mut HashingWriter,
    stem: &[u8],
    row: &[u8],
    codes: &mut BTreeMap<Vec<u8>, bool>,
) -> Result<(), Error> {
    let pairs = row_pairs(row);
    let count = pairs.len().checked_sub(1).and_then(|count| u8::try_from(count).ok());
    let count = count.ok_or_else(|| StoreError::corrupt("a stem without values"))?;
    out.put(&[STEM])?;
    out.put(stem)?;
    out.put(&[count])?;
    for (suffix, value) in pairs {
        out.put(&[suffix])?;
        out.put(&value)?;
        if suffix == CODE_HASH_SUFFIX
            && let Some(is_used) = codes.get_mut(&value[..])
        {
            *is_used = true;
        }
    }
    Ok(())
}

/// Builds a state from a file in an empty store.
///
/// # Errors
/// If the file is cut, changed or longer than it should be, if its leaves do not have the root that
/// it names, if it is of another network than `domain`, if the store is not empty or does not write,
/// or if `progress` says so. The store is to be thrown away then.
pub fn import(
    path: &Path,
    store: Arc<dyn Store>,
    domain: Option<&B256>,
    history: u64,
    table_size: TableSize,
    progress: Progress<'_>,
) -> Result<Summary, Error> {
    let file = File::open(path).map_err(StoreError::from)?;
    let mut file = HashingReader {
        file: BufReader::with_capacity(BUFFER_BYTES, file),
        hasher: Keccak256::new(),
    };
    let start = Start::read(&mut file)?;
    if let Some(expected) = domain.filter(|domain| **domain != start.domain) {
        let found = start.domain;
        return Err(refuse(format!("it is of network {found}, expected {expected}")));
    }
    let mut loader = StateLoader::new(store, table_size)?;
    let (stems, codes) = read_rows(&mut file, &mut loader, progress)?;
    let head = start.head;
    let packet = start.header.as_ref().map(record::encode_header);
    loader.finish_with(&start.domain, head, history, packet)?;
    Ok(Summary { head, stems, codes })
}

/// Reads stems, codes and the end.
fn read_rows(
    file: &mut HashingReader,
    loader: &mut StateLoader,
    progress: Progress<'_>,
) -> Result<(u64, u64), Error> {
    let (mut stems, mut codes) = (0_u64, 0_u64);
    let (mut waiting, mut waiting_bytes) = (Vec::<Bytes>::new(), 0);
    let mut last_hash = None;
    loop {
        match file.take::<1>()?[0] {
            STEM if codes == 0 => {
                read_stem(file, loader)?;
                stems += 1;
                if stems.is_multiple_of(REPORT_STEMS) {
                    progress(stems)?;
                }
            }
            CODE => {
                let code = read_code(file)?;
                let hash = keccak256(&code);
                if last_hash.is_some_and(|last| last >= hash) {
                    return Err(refuse("codes do not ascend"));
                }
                last_hash = Some(hash);
                codes += 1;
                waiting_bytes += code.len();
                waiting.push(code);
                if waiting_bytes >= CODE_BATCH_BYTES {
                    loader.add_codes(&waiting)?;
                    (waiting, waiting_bytes) = (Vec::new(), 0);
                }
            }
            END => {
                let counts = [file.take()?, file.take()?].map(u64::from_be_bytes);
                if counts != [stems, codes] {
                    return Err(refuse("it holds another number of rows than it says"));
                }
                file.finish()?;
                loader.add_codes(&waiting)?;
                progress(stems)?;
                return Ok((stems, codes));
            }
            kind => return Err(refuse(format!("a row of kind {kind} is not expected here"))),
        }
    }
}

fn read_stem(file: &mut HashingReader, loader: &mut StateLoader) -> Result<(), Error> {
    let stem: Stem = file.take()?;
    let count = u16::from(file.take::<1>()?[0]) + 1;
    for _ in 0..count {
        let [suffix] = file.take()?;
        let value: Value = file.take()?;
        loader.push(&join(stem, suffix), value)?;
    }
    Ok(())
}

fn read_code(file: &mut HashingReader) -> Result<Bytes, Error> {
    let length = usize::try_from(u32::from_be_bytes(file.take()?)).unwrap_or(usize::MAX);
    if length > MAX_CODE_BYTES {
        return Err(refuse(format!("a code has {length} bytes, the limit is {MAX_CODE_BYTES}")));
    }
    let mut code = vec![0; length];
    file.fill(&mut code)?;
    Ok(code.into())
}

struct Start {
    domain: B256,
    head: Head,
    header: Option<Header>,
}

impl Start {
    fn read(file: &mut HashingReader) -> Result<Self, Error> {
        if file.take()? != *MAGIC {
            return Err(refuse("it is no snapshot of this version"));
        }
        let domain = B256::from(file.take()?);
        let number = u64::from_be_bytes(file.take()?);
        let head =
            Head { number, digest: B256::from(file.take()?), root: B256::from(file.take()?) };
        let header = match file.take()? {
            [0] => None,
            [1] => {
                let mut bytes = vec![0; Header::FIELDS.len() * 32];
                file.fill(&mut bytes)?;
                let header = Header::decode(&bytes)?;
                let found = (header.number, compute_digest(&domain, &header));
                if found != (number, head.digest) || header.post_state_root != head.root {
                    return Err(refuse("its header is not that of its packet"));
                }
                Some(header)
            }
            _ => return Err(refuse("it has neither a header nor none")),
        };
        Ok(Self { domain, head, header })
    }
}

fn refuse(why: impl Into<String>) -> Error {
    Error::encoding("snapshot", why)
}

struct HashingWriter {
    file: BufWriter<File>,
    hasher: Keccak256,
}

impl HashingWriter {
    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(StoreError::from)?;
        Ok(())
    }
}

struct HashingReader {
    file: BufReader<File>,
    hasher: Keccak256,
}

impl HashingReader {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.read(bytes)?;
        self.hasher.update(&*bytes);
        Ok(())
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.file.read_exact(bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => refuse("it ends before its end"),
            _ => StoreError::from(error).into(),
        })
    }

    /// The hash of all that was read, and nothing behind it.
    fn finish(&mut self) -> Result<(), Error> {
        let expected = self.hasher.clone().finalize();
        let mut found = [0; 32];
        self.read(&mut found)?;
        if expected != found {
            return Err(refuse(format!("it has hash {}, expected {expected}", B256::from(found))));
        }
        match self.file.read(&mut [0]).map_err(StoreError::from)? {
            0 => Ok(()),
            _ => Err(refuse("bytes behind its end")),
        }
    }
}
