//! Packets as wallets see them: Ethereum blocks.

use alloy_consensus::constants::EMPTY_OMMER_ROOT_HASH;
use alloy_consensus::transaction::Recovered;
use alloy_consensus::{Eip658Value, Header as EthereumHeader};
use alloy_primitives::B256;

use super::block::{Block, Receipt};
use super::ethereum_roots::{EthereumRoots, ReceiptFields, compute_ethereum_roots};
use crate::containers::{Config, Genesis, Header};
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
        Self { hash: genesis.hash(), header, transactions: Vec::new(), receipts: Vec::new() }
    }

    /// The block of a packet. Its hash is the packet's digest, its state root the Verkle root; the
    /// roots of transactions and receipts are Ethereum's.
    pub(super) fn of_packet(
        header: &Header,
        digest: B256,
        transactions: Vec<Recovered<Envelope>>,
        receipts: &[receipts::Receipt],
    ) -> Self {
        let receipts: Vec<_> = transactions
            .iter()
            .zip(receipts)
            .map(|(tx, receipt)| Receipt {
                fields: ReceiptFields {
                    tx_type: tx.tx_type(),
                    status: Eip658Value::Eip658(receipt.succeeded),
                    cumulative_gas_used: receipt.cumulative_gas,
                    logs: receipt.logs.clone(),
                },
                gas_used: receipt.gas_used,
                contract_address: receipt.created,
            })
            .collect();
        let envelopes: Vec<_> = transactions.iter().map(|tx| tx.inner().clone()).collect();
        let fields: Vec<_> = receipts.iter().map(|receipt| receipt.fields.clone()).collect();
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
            ..with_roots(compute_ethereum_roots(&envelopes, &fields))
        };
        Self { hash: digest, header, transactions, receipts }
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
