//! Mainnet blocks through producer and endorser.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use alloy_primitives::{B256, Bytes, map::HashMap};
use corollup_core::containers::{Config, ExecutionResult, version};
use corollup_core::genesis::GenesisState;
use corollup_core::replay::{
    ReplayBlock, add_block_hashes, load_block, load_codes, load_pre_state,
};

use crate::support::{Chain, native_config, verify_offline};

/// The folder of the mainnet blocks, or `None` where the test data is absent.
pub(crate) fn data() -> Option<PathBuf> {
    let root = std::env::var("COROLLUP_DATA").map_or_else(
        |_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let folder = root.join("mainnet-blocks");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").is_err(), "the test data is absent: {}", folder.display());
    eprintln!("skipped: {} is absent", folder.display());
    None
}

fn unpack(path: &Path) -> Vec<u8> {
    let output = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs");
    assert!(output.status.success(), "{}", path.display());
    output.stdout
}

/// The block's network, the state before it, and the block.
pub(crate) fn load(
    folder: &Path,
    number: u64,
    codes: &HashMap<B256, Bytes>,
) -> (Chain, GenesisState, ReplayBlock) {
    let files = folder.join("blocks").join(number.to_string());
    let block = load_block(&unpack(&files.join("block.json.gz"))).expect("a block");
    let mut state =
        load_pre_state(&unpack(&files.join("pre_state.json.gz")), codes).expect("a pre-state");
    let hashes = std::fs::read(folder.join("block_hashes.json")).expect("block hashes");
    let hashes: BTreeMap<u64, B256> = serde_json::from_slice(&hashes).expect("block hashes");
    add_block_hashes(&mut state, number, &hashes);
    (Chain::new(replay_config(&block), &state), state, block)
}

fn replay_config(block: &ReplayBlock) -> Config {
    Config {
        l2_chain_id: 1,
        version: version::REPLAY + block.fork as u32,
        genesis_number: block.number - 1,
        genesis_time: block.timestamp,
        genesis_base_fee: block.base_fee,
        gas_limit: block.gas_limit,
        blob_base_fee: block.blob_base_fee,
        ..native_config()
    }
}

pub(crate) fn load_all_codes(folder: &Path) -> HashMap<B256, Bytes> {
    load_codes(&unpack(&folder.join("codes.json.gz"))).expect("codes")
}

#[test]
fn test_mainnet_blocks_verify_without_state() {
    let Some(folder) = data() else { return };
    let codes = load_all_codes(&folder);
    let mut numbers: Vec<u64> = std::fs::read_dir(folder.join("blocks"))
        .expect("blocks")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers.len(), 11);
    for number in numbers {
        let (chain, _, block) = load(&folder, number, &codes);
        let mut request = chain.request(block.transactions.clone());
        request.producer = block.beneficiary;
        request.prev_randao = block.prev_randao;
        let started = std::time::Instant::now();
        let mut built =
            corollup_core::producer::build(&chain.state, &chain.tree, &request).expect("builds");
        built.sign(&crate::support::producer_key());
        let build_time = started.elapsed();
        assert_eq!(built.refused, [], "block {number}");
        assert_eq!(built.result.header.gas_used, block.expected.gas_used, "block {number}");

        let bytes = built.result.encode();
        let started = std::time::Instant::now();
        let verdict = verify_offline(&bytes);
        eprintln!(
            "{number}: {} bytes, build {build_time:?}, verify {:?}",
            bytes.len(),
            started.elapsed()
        );
        let verified = verdict.outcome.unwrap_or_else(|rejected| panic!("{number}: {rejected}"));
        assert_eq!(verified.receipts, built.receipts, "block {number}");
        assert_eq!(ExecutionResult::decode(&bytes).expect("decodes"), built.result);
    }
}
