//! Decoding a packet's transactions and recovering their senders, on all cores.

use alloy_primitives::Bytes;
use rayon::prelude::*;

use crate::error::Error;
use crate::evm::{Fork, Transaction};

/// Why the native version refuses type 3.
pub const BLOB_TRANSACTION: &str = "blob transactions (type 3) are not accepted on the L2";

/// Decodes each transaction of a payload, in order.
pub fn decode_transactions(payload: &[Bytes], fork: Fork) -> Vec<Result<Transaction, Error>> {
    payload.par_iter().map(|bytes| Transaction::decode(bytes, fork)).collect()
}
