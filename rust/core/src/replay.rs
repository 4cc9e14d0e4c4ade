//! Historical Ethereum blocks as packets: each block is a network of its own, whose genesis is the
//! block before it.

use std::collections::BTreeMap;

use alloy_eips::Encodable2718;
use alloy_eips::eip4844::calc_blob_gasprice;
use alloy_primitives::{Address, B256, Bloom, Bytes, Keccak256, U256, map::HashMap};
use alloy_rpc_types_eth::{Header as RpcHeader, Transaction};
use serde::Deserialize;

use crate::error::Error;
use crate::evm::history::{self, HISTORY_STORAGE_ADDRESS};
use crate::evm::{BlockEnvironment, Fork};
use crate::genesis::{GenesisAccount, GenesisState};

/// EIP-155 chain id of every replayed block.
pub const MAINNET_CHAIN_ID: u64 = 1;
/// Blocks that the BLOCKHASH opcode reaches back.
const BLOCK_HASH_WINDOW: u64 = 256;

/// A historical block: its environment, its transactions, and what execution has to give.
#[derive(Clone, Debug)]
pub struct ReplayBlock {
    /// Block number.
    pub number: u64,
    /// Execution rules.
    pub fork: Fork,
    /// Unix seconds.
    pub timestamp: u64,
    /// Miner or fee recipient.
    pub beneficiary: Address,
    /// Gas limit.
    pub gas_limit: u64,
    /// Base fee, wei a gas; zero before London.
    pub base_fee: u64,
    /// Blob base fee, wei a gas; 1 before Cancun.
    pub blob_base_fee: u64,
    /// PREVRANDAO, or the difficulty before the Merge.
    pub prev_randao: B256,
    /// EIP-2718 transactions in their order.
    pub transactions: Vec<Bytes>,
    /// What the block's own header says of its execution.
    pub expected: Expected,
}

/// The values of a historical header that a replay has to reproduce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// Gas used.
    pub gas_used: u64,
    /// Bloom filter of all logs.
    pub logs_bloom: Bloom,
    /// Merkle-Patricia root of the transactions.
    pub transactions_root: B256,
    /// Merkle-Patricia root of the receipts. Before Byzantium receipts held a state root, which
    /// the touched pre-state cannot give.
    pub receipts_root: Option<B256>,
}

impl ReplayBlock {
    /// The environment in which the block's transactions ran.
    pub fn environment(&self) -> BlockEnvironment {
        BlockEnvironment {
            fork: self.fork,
            chain_id: MAINNET_CHAIN_ID,
            number: self.number,
            timestamp: self.timestamp,
            gas_limit: self.gas_limit,
            base_fee: self.base_fee,
            coinbase: self.beneficiary,
            prev_randao: self.prev_randao,
            blob_base_fee: self.blob_base_fee,
        }
    }
}

#[derive(Deserialize)]
struct BlockFile {
    #[serde(flatten)]
    header: RpcHeader,
    transactions: Vec<Transaction>,
}

#[derive(Deserialize)]
struct AccountFile {
    balance: U256,
    #[serde(with = "alloy_serde::quantity")]
    nonce: u64,
    code_hash: Option<B256>,
    storage: BTreeMap<U256, U256>,
}

/// Reads a block as `eth_getBlockByNumber(n, true)` returns it.
///
/// # Errors
/// If the JSON is no block, or a transaction does not encode.
pub fn load_block(json: &[u8]) -> Result<ReplayBlock, Error> {
    let file: BlockFile = serde_json::from_slice(json)
        .map_err(|error| Error::encoding("block", error.to_string()))?;
    let header = file.header.inner;
    let fork = fork_of(header.number, header.timestamp);
    let prev_randao = if fork >= Fork::Merge { header.mix_hash } else { header.difficulty.into() };
    let transactions = file.transactions.iter().map(|tx| tx.inner.encoded_2718().into()).collect();
    Ok(ReplayBlock {
        number: header.number,
        fork,
        timestamp: header.timestamp,
        beneficiary: header.beneficiary,
        gas_limit: header.gas_limit,
        base_fee: header.base_fee_per_gas.unwrap_or_default(),
        blob_base_fee: blob_base_fee(header.excess_blob_gas)?,
        prev_randao,
        transactions,
        expected: Expected {
            gas_used: header.gas_used,
            logs_bloom: header.logs_bloom,
            transactions_root: header.transactions_root,
            receipts_root: (fork >= Fork::Byzantium).then_some(header.receipts_root),
        },
    })
}

fn blob_base_fee(excess_blob_gas: Option<u64>) -> Result<u64, Error> {
    let price = excess_blob_gas.map_or(1, calc_blob_gasprice);
    u64::try_from(price).map_err(|_| Error::encoding("block", "the blob base fee is over 64 bits"))
}

/// Reads the touched pre-state of a block: `{address: {balance, nonce, code_hash?, storage}}`, with
/// the codes of `{code_hash: code}`.
///
/// # Errors
/// If the JSON has another shape, or a code is missing or does not hash to its name.
pub fn load_pre_state(json: &[u8], codes: &HashMap<B256, Bytes>) -> Result<GenesisState, Error> {
    let file: BTreeMap<Address, AccountFile> = serde_json::from_slice(json)
        .map_err(|error| Error::encoding("pre-state", error.to_string()))?;
    file.into_iter()
        .map(|(address, account)| {
            let code = match account.code_hash {
                None => Bytes::new(),
                Some(hash) => codes.get(&hash).cloned().ok_or_else(|| {
                    Error::State(format!("the code {hash} of {address} is missing"))
                })?,
            };
            let storage =
                account.storage.into_iter().filter(|(_, value)| !value.is_zero()).collect();
            let AccountFile { balance, nonce, .. } = account;
            Ok((address, GenesisAccount { balance, nonce, code, storage }))
        })
        .collect()
}

/// Reads `{code_hash: code}`.
///
/// # Errors
/// If the JSON has another shape, or a code does not have its hash.
pub fn load_codes(json: &[u8]) -> Result<HashMap<B256, Bytes>, Error> {
    let codes: HashMap<B256, Bytes> = serde_json::from_slice(json)
        .map_err(|error| Error::encoding("codes", error.to_string()))?;
    for (hash, code) in &codes {
        let found = alloy_primitives::keccak256(code);
        if found != *hash {
            return Err(Error::encoding("codes", format!("expected hash {hash}, found {found}")));
        }
    }
    Ok(codes)
}

/// Puts the hashes that BLOCKHASH can ask for in the block `number` where the execution reads them:
/// into the slots of the EIP-2935 contract.
pub fn add_block_hashes(state: &mut GenesisState, number: u64, hashes: &BTreeMap<u64, B256>) {
    let window = hashes.range(number.saturating_sub(BLOCK_HASH_WINDOW)..number);
    let slots = window
        .map(|(block, hash)| (history::slot(*block), (*hash).into()))
        .collect::<BTreeMap<_, _>>();
    if !slots.is_empty() {
        state.entry(HISTORY_STORAGE_ADDRESS).or_default().storage.extend(slots);
    }
}

/// Adds plain accounts of 1 wei, so that the tree has the depth that a real state gives it.
///
/// Their addresses are the last 20 bytes of `keccak("corollup/replay" ‖ u64 index)`.
pub fn add_further_accounts(state: &mut GenesisState, count: u64) {
    let account = GenesisAccount { balance: U256::from(1), ..GenesisAccount::default() };
    for index in 0..count {
        state.entry(further_address(index)).or_insert_with(|| account.clone());
    }
}

/// The address of a further account.
pub fn further_address(index: u64) -> Address {
    let mut hasher = Keccak256::new();
    hasher.update(b"corollup/replay");
    hasher.update(index.to_be_bytes());
    Address::from_word(hasher.finalize())
}

/// The fork of a mainnet block.
fn fork_of(number: u64, timestamp: u64) -> Fork {
    const BY_TIME: [(u64, Fork); 4] = [
        (1_764_798_551, Fork::Osaka),
        (1_746_612_311, Fork::Prague),
        (1_710_338_135, Fork::Cancun),
        (1_681_338_455, Fork::Shanghai),
    ];
    const BY_NUMBER: [(u64, Fork); 9] = [
        (15_537_394, Fork::Merge),
        (12_965_000, Fork::London),
        (12_244_000, Fork::Berlin),
        (9_069_000, Fork::Istanbul),
        (7_280_000, Fork::Petersburg),
        (4_370_000, Fork::Byzantium),
        (2_675_000, Fork::SpuriousDragon),
        (2_463_000, Fork::TangerineWhistle),
        (1_150_000, Fork::Homestead),
    ];
    let by_time = BY_TIME.iter().find(|(start, _)| timestamp >= *start);
    let by_number = || BY_NUMBER.iter().find(|(start, _)| number >= *start);
    by_time.or_else(by_number).map_or(Fork::Frontier, |(_, fork)| *fork)
}
