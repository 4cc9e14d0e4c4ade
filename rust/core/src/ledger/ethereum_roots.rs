//! Ethereum's own commitments to a block's contents: Merkle-Patricia roots and the bloom.

use alloy_consensus::proofs::{calculate_receipt_root, calculate_transaction_root};
use alloy_consensus::{Eip658Value, Receipt, ReceiptEnvelope, TxType};
use alloy_primitives::{B256, Bloom, Log};

use crate::evm::Envelope;

/// What a transaction left in its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptFields {
    /// EIP-2718 type of the transaction.
    pub tx_type: TxType,
    /// Whether it succeeded; before Byzantium, the state root after it.
    pub status: Eip658Value,
    /// Gas used by the block up to and with it.
    pub cumulative_gas_used: u64,
    /// Its logs.
    pub logs: Vec<Log>,
}

impl ReceiptFields {
    /// The receipt as Ethereum encodes it, with its bloom.
    pub fn to_envelope(&self) -> ReceiptEnvelope {
        let receipt = Receipt {
            status: self.status,
            cumulative_gas_used: self.cumulative_gas_used,
            logs: self.logs.clone(),
        };
        ReceiptEnvelope::from_typed(self.tx_type, receipt)
    }
}

/// Ethereum's roots over a block's contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EthereumRoots {
    /// Trie of the transactions by index.
    pub transactions_root: B256,
    /// Trie of the receipts by index.
    pub receipts_root: B256,
    /// Addresses and topics of every log.
    pub logs_bloom: Bloom,
}

/// Computes the roots that an Ethereum header holds over these transactions and receipts.
pub fn compute_ethereum_roots(
    transactions: &[Envelope],
    receipts: &[ReceiptFields],
) -> EthereumRoots {
    let envelopes: Vec<_> = receipts.iter().map(ReceiptFields::to_envelope).collect();
    EthereumRoots {
        transactions_root: calculate_transaction_root(transactions),
        receipts_root: calculate_receipt_root(&envelopes),
        logs_bloom: envelopes
            .iter()
            .fold(Bloom::ZERO, |bloom, receipt| bloom | receipt.logs_bloom()),
    }
}
