//! Packets as wallets see them: Ethereum blocks.

use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_consensus::transaction::Recovered;
use alloy_consensus::{Eip658Value, Header as EthereumHeader, TxType};
use alloy_primitives::{B256, Bloom};

use super::block::{Block, Receipt};
use super::block_message::BlockMessage;
use super::ethereum_roots::{EthereumRoots, ReceiptFields, compute_ethereum_roots};
use crate::containers::{Config, Genesis, Header, InboxSection};
use crate::evm::Envelope;
use crate::receipts;

impl Block {
    /// The block of a network's genesis. Its hash is the genesis hash.
    pub(super) fn of_genesis(config: &Config, genesis: &Genesis) -> Self {
        let header = EthereumHeader {
            number: config.genesis_number,
            timestamp: config.genesis_time,
            gas_limit: config.gas_limit,
            base_fee_per_gas: Some(config.genesis_base_fee),
            state_root: genesis.state_root,
            ..with_roots(compute_ethereum_roots(&[], &[]))
        };
        let (messages, transactions, receipts) = (Vec::new(), Vec::new(), Vec::new());
        Self { hash: genesis.hash(), header, messages, transactions, receipts }
    }

    /// The block of a packet. Its hash is the packet's digest, its state root the Verkle root; the
    /// roots of transactions and receipts are Ethereum's, over the transactions alone.
    pub(super) fn of_packet(
        header: &Header,
        digest: B256,
        inbox: &InboxSection,
        transactions: Vec<Recovered<Envelope>>,
        receipts: &[receipts::Receipt],
    ) -> Self {
        let messages = BlockMessage::list(inbox, header.inbox_count);
        // A message has no type of its own in an Ethereum receipt.
        let types = messages.iter().map(|_| TxType::Legacy);
        let types = types.chain(transactions.iter().map(|tx| tx.tx_type()));
        let receipts: Vec<_> = types
            .zip(receipts)
            .map(|(tx_type, receipt)| Receipt {
                fields: ReceiptFields {
                    tx_type,
                    status: Eip658Value::Eip658(receipt.succeeded),
                    cumulative_gas_used: receipt.cumulative_gas,
                    logs: receipt.logs.clone(),
                },
                gas_used: receipt.gas_used,
                contract_address: receipt.created,
            })
            .collect();
        let envelopes: Vec<_> = transactions.iter().map(|tx| tx.inner().clone()).collect();
        let logs_bloom = receipts
            .iter()
            .fold(Bloom::ZERO, |bloom, receipt| bloom | receipt.fields.to_envelope().logs_bloom());
        let of_transactions = &receipts[messages.len()..];
        let fields: Vec<_> = of_transactions.iter().map(|receipt| receipt.fields.clone()).collect();
        let header = EthereumHeader {
            parent_hash: header.parent_hash,
            number: header.number,
            beneficiary: header.producer,
            timestamp: header.timestamp,
            gas_limit: header.gas_limit,
            gas_used: header.gas_used,
            base_fee_per_gas: Some(header.base_fee),
            mix_hash: header.prev_randao,
            state_root: header.post_state_root,
            logs_bloom,
            ..with_roots(compute_ethereum_roots(&envelopes, &fields))
        };
        Self { hash: digest, header, messages, transactions, receipts }
    }
}

fn with_roots(roots: EthereumRoots) -> EthereumHeader {
    EthereumHeader {
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        transactions_root: roots.transactions_root,
        receipts_root: roots.receipts_root,
        logs_bloom: roots.logs_bloom,
        ..EthereumHeader::default()
    }
}
