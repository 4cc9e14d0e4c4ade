//! States as files: a file appears under its name when it is complete.

use std::fs::{File, remove_file, rename};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use alloy_primitives::B256;

use super::disk::{DiskOptions, create_state};
use super::packets::Ledger;
use super::snapshot::{self, Progress, Summary};
use crate::containers::Genesis;
use crate::curve::fixed_base::TableSize;
use crate::endorser::Network;
use crate::error::Error;
use crate::genesis::GenesisState;
use crate::store::{DEFAULT_CACHE_BYTES, RedbStore, StateStore, Store, StoreError};

impl Ledger {
    /// A ledger on a state file, which is made from the genesis state if it is not there.
    ///
    /// # Errors
    /// If the file is of another network or another genesis, or the device fails.
    pub fn open_file(
        path: &Path,
        network: Network,
        genesis: Genesis,
        state: &GenesisState,
        history: usize,
        options: DiskOptions,
    ) -> Result<Self, Error> {
        if !path.exists() {
            make_file(path, |store| {
                create_state(store, &network, &genesis, state, &options).map(drop)
            })?;
        }
        let store = Arc::new(RedbStore::open(path, options.file_cache_bytes)?);
        let stored = StateStore::open(store, &network.domain, options.history)?;
        let stored = stored.ok_or_else(|| StoreError::Mismatch(no_state(path)))?;
        Self::open(network, genesis, stored, history, options)
    }
}

/// Writes the state in a file as a snapshot.
///
/// # Errors
/// If there is no such state, if it is in use, or the device fails.
pub fn export_file(
    state: &Path,
    snapshot: &Path,
    progress: Progress<'_>,
) -> Result<Summary, Error> {
    if !state.exists() {
        return Err(StoreError::Mismatch(no_state(state)).into());
    }
    let store = Arc::new(RedbStore::open(state, DEFAULT_CACHE_BYTES)?);
    snapshot::export(store, snapshot, progress)
}

/// Makes a state file from a snapshot; of a certain network, if its domain is given.
///
/// # Errors
/// If there is a file already, if the snapshot is refused, or the device fails.
pub fn import_file(
    snapshot: &Path,
    state: &Path,
    domain: Option<&B256>,
    progress: Progress<'_>,
) -> Result<Summary, Error> {
    if state.exists() {
        let why = format!("{} is there already", state.display());
        return Err(StoreError::Mismatch(why).into());
    }
    let DiskOptions { history, .. } = DiskOptions::default();
    make_file(state, |store| {
        snapshot::import(snapshot, store, domain, history, TableSize::Medium, progress)
    })
}

fn no_state(path: &Path) -> String {
    format!("{} is no state", path.display())
}

/// Fills a file beside its place, and moves it there when it is complete.
fn make_file<T>(
    path: &Path,
    fill: impl FnOnce(Arc<dyn Store>) -> Result<T, Error>,
) -> Result<T, Error> {
    let part = path.with_extension("part");
    let made = remove_if_there(&part).and_then(|()| {
        let store = Arc::new(RedbStore::open(&part, DEFAULT_CACHE_BYTES)?);
        fill(store)
    });
    match made {
        Ok(made) => {
            rename(&part, path).map_err(StoreError::from)?;
            sync_folder(path)?;
            Ok(made)
        }
        Err(error) => {
            remove_if_there(&part)?;
            Err(error)
        }
    }
}

fn remove_if_there(path: &Path) -> Result<(), Error> {
    match remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::from(error).into())
        }
        _ => Ok(()),
    }
}

/// Makes a new name durable.
pub(super) fn sync_folder(path: &Path) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(StoreError::from)?;
    Ok(())
}
