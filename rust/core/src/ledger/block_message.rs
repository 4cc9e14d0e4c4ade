//! Messages from L1 as wallets see them: transactions of a type of their own.

use alloy_primitives::{B256, U64, U256};
use serde_json::{Value, json as object};

use super::block::Block;
use crate::containers::{InboxMessage, InboxSection};

/// EIP-2718 type of a message in answers of JSON-RPC.
pub const MESSAGE_TYPE: u8 = 0x7e;

/// A message that a packet consumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockMessage {
    /// Its hash on the L1, by which it is found.
    pub hash: B256,
    /// Its index in the inbox.
    pub index: u64,
    /// The message.
    pub message: InboxMessage,
}

impl BlockMessage {
    /// The messages of a packet after which the inbox has this count.
    pub(super) fn list(inbox: &InboxSection, count: u64) -> Vec<Self> {
        let first = count.saturating_sub(inbox.messages.len() as u64);
        let messages = inbox.messages.iter().zip(first..);
        messages
            .map(|(message, index)| Self {
                hash: message.hash(inbox.l1_chain_id, index),
                index,
                message: message.clone(),
            })
            .collect()
    }

    /// The message as `eth_getTransactionBy*` gives it. Nobody signed it.
    pub(super) fn to_rpc(&self, block: &Block, position: usize) -> Value {
        let message = &self.message;
        object!({
            "type": U64::from(MESSAGE_TYPE),
            "hash": self.hash,
            "inboxIndex": U64::from(self.index),
            "nonce": U64::ZERO,
            "from": message.sender,
            "to": message.target,
            "mint": U256::from(message.mint),
            "value": message.value,
            "gas": U64::from(message.gas),
            "gasPrice": U64::ZERO,
            "input": message.data,
            "v": U64::ZERO,
            "r": U64::ZERO,
            "s": U64::ZERO,
            "blockHash": block.hash,
            "blockNumber": U64::from(block.number()),
            "transactionIndex": U64::from(position),
        })
    }
}
