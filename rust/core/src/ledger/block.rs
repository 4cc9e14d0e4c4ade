//! A block as the ledger keeps it and as wallets see it.

use alloy_consensus::transaction::{Recovered, TransactionInfo};
use alloy_consensus::{Header, Transaction as _};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, BlockNumber, Log, U256};
use alloy_rlp::Encodable;
use alloy_rpc_types_eth::{
    Block as RpcBlock, BlockTransactions, Header as RpcHeader, Log as RpcLog, Transaction,
    TransactionReceipt, Withdrawals,
};

use super::ethereum_roots::ReceiptFields;
use crate::evm::Envelope;

/// What a transaction left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The fields that are committed to.
    pub fields: ReceiptFields,
    /// Gas used by this transaction.
    pub gas_used: u64,
    /// The contract it created.
    pub contract_address: Option<Address>,
}

/// A block with its receipts.
///
/// The hash is the header's own on the L1, and the packet's digest on the L2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The name of the block.
    pub hash: B256,
    /// Ethereum's header; on the L2 a view of the packet's header.
    pub header: Header,
    /// Transactions with their senders.
    pub transactions: Vec<Recovered<Envelope>>,
    /// Receipts, one a transaction.
    pub receipts: Vec<Receipt>,
}

impl Block {
    /// Number of the block.
    pub const fn number(&self) -> BlockNumber {
        self.header.number
    }

    /// Base fee, wei a gas.
    pub fn base_fee(&self) -> u64 {
        self.header.base_fee_per_gas.unwrap_or_default()
    }

    /// The block as `eth_getBlockBy*` gives it, with whole transactions or their hashes.
    pub fn to_rpc(&self, full: bool) -> RpcBlock<Transaction<Envelope>> {
        let transactions = if full {
            let all = (0..self.transactions.len()).map(|index| self.rpc_transaction(index));
            BlockTransactions::Full(all.collect())
        } else {
            BlockTransactions::Hashes(self.transactions.iter().map(|tx| *tx.tx_hash()).collect())
        };
        RpcBlock {
            header: RpcHeader {
                hash: self.hash,
                inner: self.header.clone(),
                total_difficulty: None,
                size: Some(U256::from(self.size())),
            },
            uncles: Vec::new(),
            transactions,
            withdrawals: self.header.withdrawals_root.map(|_| Withdrawals::default()),
        }
    }

    fn size(&self) -> usize {
        let transactions = self.transactions.iter().map(|tx| tx.encode_2718_len());
        self.header.length() + transactions.sum::<usize>()
    }

    /// A transaction as `eth_getTransactionBy*` gives it.
    pub fn rpc_transaction(&self, index: usize) -> Transaction<Envelope> {
        let tx = self.transactions[index].clone();
        let info = TransactionInfo {
            hash: Some(*tx.tx_hash()),
            index: Some(index as u64),
            block_hash: Some(self.hash),
            block_number: Some(self.number()),
            base_fee: self.header.base_fee_per_gas,
            block_timestamp: Some(self.header.timestamp),
        };
        Transaction::from_transaction(tx, info)
    }

    /// The logs of a transaction, with their places in the block.
    pub fn rpc_logs(&self, index: usize) -> Vec<RpcLog> {
        let first: usize = self.receipts[..index].iter().map(|r| r.fields.logs.len()).sum();
        let logs = self.receipts[index].fields.logs.iter().enumerate();
        logs.map(|(offset, log)| self.rpc_log(index, first + offset, log)).collect()
    }

    fn rpc_log(&self, index: usize, log_index: usize, log: &Log) -> RpcLog {
        RpcLog {
            inner: log.clone(),
            block_hash: Some(self.hash),
            block_number: Some(self.number()),
            block_timestamp: Some(self.header.timestamp),
            transaction_hash: Some(*self.transactions[index].tx_hash()),
            transaction_index: Some(index as u64),
            log_index: Some(log_index as u64),
            removed: false,
        }
    }

    /// A receipt as `eth_getTransactionReceipt` gives it.
    pub fn rpc_receipt(&self, index: usize) -> TransactionReceipt {
        let (tx, receipt) = (&self.transactions[index], &self.receipts[index]);
        let mut logs = self.rpc_logs(index).into_iter();
        let inner = receipt.fields.to_envelope();
        TransactionReceipt {
            inner: inner.map_logs(|_| logs.next().expect("one log each")),
            transaction_hash: *tx.tx_hash(),
            transaction_index: Some(index as u64),
            block_hash: Some(self.hash),
            block_number: Some(self.number()),
            gas_used: receipt.gas_used,
            effective_gas_price: tx.effective_gas_price(self.header.base_fee_per_gas),
            blob_gas_used: None,
            blob_gas_price: None,
            from: tx.signer(),
            to: tx.to(),
            contract_address: receipt.contract_address,
        }
    }
}

/// A transaction that is in no block yet, as `eth_getTransactionByHash` gives it.
pub fn pending_transaction(tx: &Recovered<Envelope>) -> Transaction<Envelope> {
    Transaction::from_transaction(tx.clone(), TransactionInfo::default())
}
