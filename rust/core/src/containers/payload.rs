//! The payload: a packet's transactions as they are published.
//!
//! Codec 1: `u8 1 ‖ u32 count ‖ (u32 length ‖ bytes)*`.

use alloy_primitives::{B256, Bytes, keccak256};

use super::Reader;
use super::limits::MAX_TRANSACTION_BYTES;
use crate::error::Error;

const CODEC: u8 = 1;

/// Writes the payload of EIP-2718 transactions.
///
/// # Errors
/// If the transactions are over [`MAX_TRANSACTION_BYTES`].
pub fn encode_payload<T: AsRef<[u8]>>(transactions: &[T]) -> Result<Vec<u8>, Error> {
    let size: usize = transactions.iter().map(|tx| tx.as_ref().len()).sum();
    if size > MAX_TRANSACTION_BYTES {
        return Err(Error::Argument(format!(
            "transactions have {size} bytes, the limit is {MAX_TRANSACTION_BYTES}"
        )));
    }
    let mut payload = Vec::with_capacity(5 + 4 * transactions.len() + size);
    payload.push(CODEC);
    payload.extend_from_slice(&to_u32(transactions.len()).to_be_bytes());
    for tx in transactions {
        payload.extend_from_slice(&to_u32(tx.as_ref().len()).to_be_bytes());
        payload.extend_from_slice(tx.as_ref());
    }
    Ok(payload)
}

fn to_u32(length: usize) -> u32 {
    u32::try_from(length).expect("bounded by the limit on transaction bytes")
}

/// Reads the transactions of a payload. Each is bytes here; the execution decodes them.
pub fn decode_payload(payload: &[u8]) -> Result<Vec<Bytes>, Error> {
    let mut reader = Reader::new("payload", payload);
    let codec = reader.u8("codec")?;
    if codec != CODEC {
        return Err(Error::encoding("payload", format!("unknown codec {codec}")));
    }
    let count = reader.count(4, "transaction count")?;
    let transactions = (0..count)
        .map(|_| reader.sized("transaction").map(Bytes::copy_from_slice))
        .collect::<Result<_, _>>()?;
    reader.finish()?;
    Ok(transactions)
}

/// Computes the hash by which the header names its payload.
pub fn compute_payload_hash(payload: &[u8]) -> B256 {
    keccak256(payload)
}
