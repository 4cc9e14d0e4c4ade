//! What guards a row on disk: the CRC-32C of its key and value, behind the value.
//!
//! It finds a flipped bit or a torn row. It is no defence against somebody who writes the file:
//! that is the state root's.

use crc::{CRC_32_ISCSI, Crc};

use super::StoreError;

const BYTES: usize = 4;
static CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

fn compute(key: &[u8], value: &[u8]) -> [u8; BYTES] {
    let mut digest = CRC.digest();
    digest.update(key);
    digest.update(value);
    digest.finalize().to_be_bytes()
}

/// The value with its checksum.
pub(super) fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(value.len() + BYTES);
    sealed.extend_from_slice(value);
    sealed.extend_from_slice(&compute(key, value));
    sealed
}

/// The value without its checksum, which has to be right.
pub(super) fn open<'a>(key: &[u8], sealed: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match sealed.split_last_chunk() {
        Some((value, sum)) if *sum == compute(key, value) => Ok(value),
        _ => Err(StoreError::corrupt(format!("row {} has a wrong checksum", hex::encode(key)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_every_flipped_bit_shows() {
        let (key, value) = (b"key of a row".to_vec(), (0..40).collect::<Vec<u8>>());
        let sealed = seal(&key, &value);
        assert_eq!(open(&key, &sealed), Ok(&value[..]));
        for bit in 0..8 * sealed.len() {
            let mut torn = sealed.clone();
            torn[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key, &torn).is_err(), "bit {bit}");
        }
        for bit in 0..8 * key.len() {
            let mut other = key.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&other, &sealed).is_err(), "bit {bit} of the key");
        }
    }

    #[test]
    fn test_a_cut_value_shows() {
        let sealed = seal(b"k", &[0; 20]);
        for length in 0..sealed.len() {
            assert!(open(b"k", &sealed[..length]).is_err(), "{length} bytes");
        }
    }
}
