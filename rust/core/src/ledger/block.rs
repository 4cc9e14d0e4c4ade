//! A block as the ledger keeps it and as wallets see it.

use alloy_consensus::transaction::{Recovered, TransactionInfo};
use alloy_consensus::{Header, Transaction as _};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, BlockNumber, Log, U64, U256};
use alloy_rlp::Encodable;
use alloy_rpc_types_eth::{
    Block as RpcBlock, BlockTransactions, Header as RpcHeader, Log as RpcLog, Transaction,
    TransactionReceipt, Withdrawals,
};

use serde_json::Value;

use super::block_message::{BlockMessage, MESSAGE_TYPE};
use super::error::RpcError;
use super::ethereum_roots::ReceiptFields;
use super::rpc::json;
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
    /// The messages from L1, which ran before the transactions; none on the L1.
    pub messages: Vec<BlockMessage>,
    /// Transactions with their senders.
    pub transactions: Vec<Recovered<Envelope>>,
    /// Receipts, one a message, then one a transaction.
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

    /// How many messages and transactions it has.
    pub fn len(&self) -> usize {
        self.messages.len() + self.transactions.len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hashes of its messages and transactions, in their order.
    pub fn hashes(&self) -> impl Iterator<Item = B256> + '_ {
        let messages = self.messages.iter().map(|message| message.hash);
        messages.chain(self.transactions.iter().map(|tx| *tx.tx_hash()))
    }

    /// The transaction at a position; `None` for a message, or past the end.
    pub fn transaction(&self, index: usize) -> Option<&Recovered<Envelope>> {
        self.transactions.get(index.checked_sub(self.messages.len())?)
    }

    /// The block as `eth_getBlockBy*` gives it, with whole transactions or their hashes.
    ///
    /// # Errors
    /// If a transaction does not serialize.
    pub fn to_rpc(&self, full: bool) -> Result<RpcBlock<Value>, RpcError> {
        let transactions = if full {
            let all = (0..self.len()).map(|index| self.rpc_transaction(index));
            BlockTransactions::Full(all.collect::<Result<_, _>>()?)
        } else {
            BlockTransactions::Hashes(self.hashes().collect())
        };
        Ok(RpcBlock {
            header: RpcHeader {
                hash: self.hash,
                inner: self.header.clone(),
                total_difficulty: None,
                size: Some(U256::from(self.size())),
            },
            uncles: Vec::new(),
            transactions,
            withdrawals: self.header.withdrawals_root.map(|_| Withdrawals::default()),
        })
    }

    fn size(&self) -> usize {
        let transactions = self.transactions.iter().map(|tx| tx.encode_2718_len());
        self.header.length() + transactions.sum::<usize>()
    }

    /// A transaction or message as `eth_getTransactionBy*` gives it.
    ///
    /// # Errors
    /// If it does not serialize.
    pub fn rpc_transaction(&self, index: usize) -> Result<Value, RpcError> {
        let Some(tx) = self.transaction(index) else {
            return Ok(self.messages.get(index).map(|message| message.to_rpc(self, index)).into());
        };
        let info = TransactionInfo {
            hash: Some(*tx.tx_hash()),
            index: Some(index as u64),
            block_hash: Some(self.hash),
            block_number: Some(self.number()),
            base_fee: self.header.base_fee_per_gas,
            block_timestamp: Some(self.header.timestamp),
        };
        json(Transaction::from_transaction(tx.clone(), info))
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
            transaction_hash: self.hashes().nth(index),
            transaction_index: Some(index as u64),
            log_index: Some(log_index as u64),
            removed: false,
        }
    }

    /// A receipt as `eth_getTransactionReceipt` gives it.
    ///
    /// # Errors
    /// If it does not serialize.
    pub fn rpc_receipt(&self, index: usize) -> Result<Value, RpcError> {
        let receipt = &self.receipts[index];
        let mut logs = self.rpc_logs(index).into_iter();
        let inner = receipt.fields.to_envelope();
        let (from, to, effective_gas_price) = match self.transaction(index) {
            Some(tx) => {
                (tx.signer(), tx.to(), tx.effective_gas_price(self.header.base_fee_per_gas))
            }
            None => {
                let message = &self.messages[index].message;
                (message.sender, Some(message.target), 0)
            }
        };
        let mut answer = json(TransactionReceipt {
            inner: inner.map_logs(|_| logs.next().expect("one log each")),
            transaction_hash: self.hashes().nth(index).unwrap_or_default(),
            transaction_index: Some(index as u64),
            block_hash: Some(self.hash),
            block_number: Some(self.number()),
            gas_used: receipt.gas_used,
            effective_gas_price,
            blob_gas_used: None,
            blob_gas_price: None,
            from,
            to,
            contract_address: receipt.contract_address,
        })?;
        if index < self.messages.len() {
            answer["type"] = json(U64::from(MESSAGE_TYPE))?;
        }
        Ok(answer)
    }
}

/// A transaction that is in no block yet, as `eth_getTransactionByHash` gives it.
pub fn pending_transaction(tx: &Recovered<Envelope>) -> Transaction<Envelope> {
    Transaction::from_transaction(tx.clone(), TransactionInfo::default())
}
