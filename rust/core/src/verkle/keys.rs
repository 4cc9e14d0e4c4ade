//! Where the state lives in the tree: the layout of EIP-6800, with keccak for the hash of a stem.
//!
//! ```text
//! stem = keccak(address 32 ‖ tree index 32, little-endian)[..31]       key = stem ‖ suffix
//! suffixes of the header stem: 0 basic data · 1 code hash · 64..128 slots 0..64 · 128..256 code
//! ```

use alloy_primitives::{Address, U256, keccak256};

use crate::error::Error;
use crate::lanes::Backend;
use crate::lanes::keccak::hash_all;

/// A place in the tree: a stem and a suffix.
pub type Key = [u8; 32];
/// The first 31 bytes of a key, shared by up to 256 neighbours.
pub type Stem = [u8; 31];
/// What a key holds; absent counts as zero outside the tree.
pub type Value = [u8; 32];

/// Suffix of an account's packed [`BasicData`] in its header.
pub(crate) const BASIC_DATA_SUFFIX: u8 = 0;
/// Suffix of an account's code hash in its header.
pub(crate) const CODE_HASH_SUFFIX: u8 = 1;
const HEADER_SLOTS_START: u8 = 64;
const HEADER_SLOTS: u64 = 64;
const CODE_START: u64 = 128;
const STEM_WIDTH_BITS: usize = 8;
/// Slots outside the header start at position 256^31, that is at this tree index, as a bit.
const SLOTS_INDEX_BIT: usize = 31 * 8 - STEM_WIDTH_BITS;
const CHUNK_CODE_BYTES: usize = 31;
const CODE_SIZE_LIMIT: u32 = 1 << 24;

/// The key of an account's packed [`BasicData`].
pub fn basic_data_key(address: &Address) -> Key {
    join(header_stem(address), BASIC_DATA_SUFFIX)
}

/// The key of an account's code hash: keccak of its code, zero when it has none.
pub fn code_hash_key(address: &Address) -> Key {
    join(header_stem(address), CODE_HASH_SUFFIX)
}

/// The key of a storage slot.
pub fn storage_key(address: &Address, slot: U256) -> Key {
    let (tree_index, suffix) = storage_place(slot);
    join(compute_stem(address, tree_index), suffix)
}

/// The tree index of a storage slot, which is 0 for the header, and its suffix.
pub(crate) fn storage_place(slot: U256) -> (U256, u8) {
    let suffix = slot.byte(0);
    if slot < U256::from(HEADER_SLOTS) {
        return (U256::ZERO, HEADER_SLOTS_START + suffix);
    }
    ((slot >> STEM_WIDTH_BITS) + (U256::from(1) << SLOTS_INDEX_BIT), suffix)
}

/// The key of the code chunk with this number.
pub fn code_chunk_key(address: &Address, chunk: u32) -> Key {
    let position = CODE_START + u64::from(chunk);
    let tree_index = U256::from(position >> STEM_WIDTH_BITS);
    join(compute_stem(address, tree_index), position.to_le_bytes()[0])
}

/// Cuts code into chunks of 31 bytes, each led by how many of them are data of an earlier push.
pub fn chunkify_code(code: &[u8]) -> Vec<Value> {
    const PUSH1: u8 = 0x60;
    const PUSH32: u8 = 0x7f;
    let mut push_end = 0;
    let mut chunks = Vec::with_capacity(code.len().div_ceil(CHUNK_CODE_BYTES));
    for (number, piece) in code.chunks(CHUNK_CODE_BYTES).enumerate() {
        let start = number * CHUNK_CODE_BYTES;
        let mut chunk = [0; 32];
        chunk[0] = push_end_in_chunk(push_end, start);
        chunk[1..=piece.len()].copy_from_slice(piece);
        chunks.push(chunk);
        for (offset, opcode) in piece.iter().enumerate() {
            let position = start + offset;
            if position >= push_end && (PUSH1..=PUSH32).contains(opcode) {
                push_end = position + 2 + usize::from(opcode - PUSH1);
            }
        }
    }
    chunks
}

/// How many bytes of the chunk that begins at `start` are data of a push before it, at most 31.
fn push_end_in_chunk(push_end: usize, start: usize) -> u8 {
    u8::try_from(push_end.saturating_sub(start).min(CHUNK_CODE_BYTES)).unwrap_or(u8::MAX)
}

/// A stem's 31 bytes.
pub fn compute_stem(address: &Address, tree_index: U256) -> Stem {
    split(&keccak256(stem_preimage(address, tree_index)).0).0
}

/// The stems of many places at once.
pub(crate) fn compute_stems(backend: Backend, places: &[(Address, U256)]) -> Vec<Stem> {
    let preimages: Vec<[u8; 64]> =
        places.iter().map(|(address, tree_index)| stem_preimage(address, *tree_index)).collect();
    hash_all(backend, &preimages).iter().map(|hash| split(&hash.0).0).collect()
}

fn stem_preimage(address: &Address, tree_index: U256) -> [u8; 64] {
    let mut preimage = [0; 64];
    preimage[..32].copy_from_slice(address.into_word().as_slice());
    preimage[32..].copy_from_slice(&tree_index.to_le_bytes::<32>());
    preimage
}

/// A key as its stem and its suffix.
pub fn split(key: &Key) -> (Stem, u8) {
    let [stem @ .., suffix] = key;
    (*stem, *suffix)
}

/// The key of a suffix under a stem.
pub fn join(stem: Stem, suffix: u8) -> Key {
    let mut key = [0; 32];
    key[..31].copy_from_slice(&stem);
    key[31] = suffix;
    key
}

fn header_stem(address: &Address) -> Stem {
    compute_stem(address, U256::ZERO)
}

/// The leaf of an account beside its code hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BasicData {
    /// Version of the account's layout; 0.
    pub version: u8,
    /// Bytes of code, below 2^24.
    pub code_size: u32,
    /// Transactions sent, or contracts created.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: u128,
}

impl BasicData {
    /// `version @0 · code size 3 bytes @5 · nonce 8 bytes @8 · balance 16 bytes @16`, big-endian.
    pub fn pack(&self) -> Result<Value, Error> {
        if self.code_size >= CODE_SIZE_LIMIT {
            return Err(Error::Argument(format!("code size {} is not below 2^24", self.code_size)));
        }
        let mut value = [0; 32];
        value[0] = self.version;
        value[4..8].copy_from_slice(&self.code_size.to_be_bytes());
        value[8..16].copy_from_slice(&self.nonce.to_be_bytes());
        value[16..].copy_from_slice(&self.balance.to_be_bytes());
        Ok(value)
    }

    /// The inverse of [`BasicData::pack`]; refuses bytes that no account packs to.
    pub fn unpack(value: &Value) -> Result<Self, Error> {
        let (head, balance) = value.split_at(16);
        let (head, nonce) = head.split_at(8);
        let [version, 0, 0, 0, 0, size @ ..] = head else {
            return Err(Error::encoding("basic data", "reserved bytes are not zero"));
        };
        Ok(Self {
            version: *version,
            code_size: size.iter().fold(0, |size, byte| size << 8 | u32::from(*byte)),
            nonce: nonce.iter().fold(0, |nonce, byte| nonce << 8 | u64::from(*byte)),
            balance: balance.iter().fold(0, |balance, byte| balance << 8 | u128::from(*byte)),
        })
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{address, hex};

    use super::*;

    const ACCOUNT: Address = address!("71562b71999873db5b286df957af199ec94617f7");

    #[test]
    fn test_header_keys_share_a_stem() {
        let (stem, suffix) = split(&basic_data_key(&ACCOUNT));
        assert_eq!(suffix, 0);
        assert_eq!(code_hash_key(&ACCOUNT), join(stem, 1));
        assert_eq!(storage_key(&ACCOUNT, U256::ZERO), join(stem, 64));
        assert_eq!(storage_key(&ACCOUNT, U256::from(63)), join(stem, 127));
        assert_eq!(code_chunk_key(&ACCOUNT, 0), join(stem, 128));
        assert_eq!(code_chunk_key(&ACCOUNT, 127), join(stem, 255));
    }

    #[test]
    fn test_other_keys_have_the_tree_index_of_their_position() {
        let main = U256::from(1) << 240;
        assert_eq!(storage_key(&ACCOUNT, U256::from(64)), join(compute_stem(&ACCOUNT, main), 64));
        assert_eq!(
            storage_key(&ACCOUNT, U256::MAX),
            join(compute_stem(&ACCOUNT, main + (U256::MAX >> 8)), 255)
        );
        assert_eq!(code_chunk_key(&ACCOUNT, 128), join(compute_stem(&ACCOUNT, U256::from(1)), 0));
    }

    #[test]
    fn test_basic_data_packs_in_place_and_back() {
        let data = BasicData { version: 7, code_size: 0x01_02_03, nonce: 4, balance: 5 };
        let value = data.pack().expect("in range");
        assert_eq!(
            hex::encode(value),
            "0700000000010203000000000000000400000000000000000000000000000005"
        );
        assert_eq!(BasicData::unpack(&value), Ok(data));
    }

    #[test]
    fn test_code_size_of_2_to_the_24_is_refused() {
        let data = |code_size| BasicData { code_size, ..BasicData::default() };
        assert!(data(CODE_SIZE_LIMIT - 1).pack().is_ok());
        assert!(data(CODE_SIZE_LIMIT).pack().is_err());
    }

    #[test]
    fn test_reserved_bytes_of_basic_data_are_refused() {
        for position in 1..5 {
            let mut value = [0; 32];
            value[position] = 1;
            assert!(BasicData::unpack(&value).is_err(), "byte {position}");
        }
    }

    #[test]
    fn test_chunks_count_the_push_data_they_begin_with() {
        // PUSH21 in byte 10 of the first chunk ends with it; PUSH32 as the last byte of a chunk
        // fills the next one and one byte of the third.
        let mut code = vec![0x5b; 93];
        code[9] = 0x60 + 20;
        let leads: Vec<u8> = chunkify_code(&code).iter().map(|chunk| chunk[0]).collect();
        assert_eq!(leads, [0, 0, 0]);
        code[10] = 0x60 + 20;
        code[9] = 0x5b;
        let leads: Vec<u8> = chunkify_code(&code).iter().map(|chunk| chunk[0]).collect();
        assert_eq!(leads, [0, 1, 0]);
        code[10] = 0x5b;
        code[30] = 0x7f;
        let leads: Vec<u8> = chunkify_code(&code).iter().map(|chunk| chunk[0]).collect();
        assert_eq!(leads, [0, 31, 1]);
        assert_eq!(chunkify_code(&[]), Vec::<Value>::new());
    }
}
