//! Receipts: what a transaction did, as far as the header commits to it.
//!
//! ```text
//! item = u8 status ‖ u64 cumulative gas ‖ keccak(rlp(logs))
//! ```

use alloy_primitives::{Address, B256, Log, keccak256};

use crate::evm::Ending;
use crate::lanes::{self, keccak::hash_all};
use crate::merkle::compute_merkle_root;

/// The outcome of a transaction of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whether it ran to its end.
    pub succeeded: bool,
    /// Gas used by this transaction.
    pub gas_used: u64,
    /// Gas used by the packet's transactions up to and with this one.
    pub cumulative_gas: u64,
    /// The events, in their order.
    pub logs: Vec<Log>,
    /// The created contract, if the transaction is a creation that succeeded.
    pub created: Option<Address>,
}

impl Receipt {
    /// The receipt of a transaction that follows those which used `gas_before`.
    pub(crate) fn new(ending: Ending, gas_before: u64) -> Self {
        let Ending { succeeded, gas_used, logs, created } = ending;
        Self { succeeded, gas_used, cumulative_gas: gas_before + gas_used, logs, created }
    }

    /// The item of the receipts root.
    pub fn encode(&self) -> [u8; 41] {
        self.encode_with(&keccak256(alloy_rlp::encode(&self.logs)))
    }

    fn encode_with(&self, logs_hash: &B256) -> [u8; 41] {
        let mut item = [0; 41];
        item[0] = u8::from(self.succeeded);
        item[1..9].copy_from_slice(&self.cumulative_gas.to_be_bytes());
        item[9..].copy_from_slice(logs_hash.as_slice());
        item
    }
}

/// Computes the Merkle root of the receipts.
pub fn compute_receipts_root(receipts: &[Receipt]) -> B256 {
    let logs: Vec<Vec<u8>> =
        receipts.iter().map(|receipt| alloy_rlp::encode(&receipt.logs)).collect();
    let hashes = hash_all(lanes::backend(), &logs);
    compute_merkle_root(
        receipts.iter().zip(&hashes).map(|(receipt, hash)| receipt.encode_with(hash)),
    )
}
