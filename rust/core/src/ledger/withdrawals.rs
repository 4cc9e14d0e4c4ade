//! The withdrawals of a packet, and their places under its withdrawals root.

use alloy_primitives::{B256, Bytes, U64};
use serde_json::{Value, json as object};

use super::error::RpcError;
use super::packets::Ledger;
use crate::merkle::compute_merkle_path;
use crate::outbox::{Withdrawal, read_withdrawal};

impl Ledger {
    /// The messages to the L1 that a packet logged, in order of appearance; none if it is unknown.
    pub fn withdrawals(&self, number: u64) -> Vec<Withdrawal> {
        let Some(block) = self.chain().block(number) else { return Vec::new() };
        let receipts = block.receipts.iter().zip(0..);
        let logs = receipts.flat_map(|(receipt, position)| {
            receipt.fields.logs.iter().zip(0..).map(move |(log, index)| (log, position, index))
        });
        logs.filter_map(|(log, position, index)| read_withdrawal(log, position, index)).collect()
    }

    pub(super) fn describe_withdrawals(&self, number: u64) -> Value {
        let chain_id = self.chain().chain_id();
        let withdrawals = self.withdrawals(number);
        withdrawals.iter().map(|withdrawal| describe(withdrawal, chain_id)).collect()
    }

    /// A withdrawal with its path to the withdrawals root, by its nonce.
    pub(super) fn prove_withdrawal(&self, number: u64, nonce: u64) -> Result<Value, RpcError> {
        let header = self.header(number).ok_or_else(|| RpcError::unknown_block(number.into()))?;
        let chain_id = self.chain().chain_id();
        let withdrawals = self.withdrawals(number);
        let place = withdrawals.iter().position(|withdrawal| withdrawal.nonce == nonce);
        let place = place.ok_or_else(|| {
            RpcError::invalid_params(format!("packet {number} has no withdrawal {nonce}"))
        })?;
        let items: Vec<_> =
            withdrawals.iter().map(|withdrawal| withdrawal.encode(chain_id)).collect();
        let path: Vec<B256> = compute_merkle_path(&items, place);
        Ok(object!({
            "number": U64::from(number),
            "digest": self.digest(number),
            "withdrawalsRoot": header.withdrawals_root,
            "withdrawal": describe(&withdrawals[place], chain_id),
            "item": Bytes::copy_from_slice(&items[place]),
            "index": U64::from(place),
            "count": U64::from(items.len()),
            "path": path,
        }))
    }
}

fn describe(withdrawal: &Withdrawal, chain_id: u64) -> Value {
    object!({
        "nonce": U64::from(withdrawal.nonce),
        "sender": withdrawal.sender,
        "target": withdrawal.target,
        "value": withdrawal.value,
        "gas": U64::from(withdrawal.gas),
        "data": Bytes::copy_from_slice(&withdrawal.data),
        "position": U64::from(withdrawal.position),
        "log": U64::from(withdrawal.log_index),
        "hash": withdrawal.hash(chain_id),
    })
}
