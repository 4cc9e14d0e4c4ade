//! What a transaction touches, as `tests/vectors/touch_rules.json` says; Python reads it too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use alloy_primitives::{Address, B256, Bytes, U256};
use corollup_core::access_list::AccessList;
use corollup_core::containers::{Config, version};
use corollup_core::evm::Fork;
use corollup_core::genesis::GenesisState;
use corollup_core::producer::build;
use serde::Deserialize;

use crate::support::{Chain, native_config};

#[derive(Deserialize)]
struct Document {
    environment: Environment,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Environment {
    fork: String,
    chain_id: u64,
    number: u64,
    timestamp: u64,
    gas_limit: u64,
    base_fee: u64,
    coinbase: Address,
    prev_randao: B256,
    blob_base_fee: u64,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    pre: GenesisState,
    transaction: Bytes,
    succeeded: bool,
    touched: BTreeMap<Address, Touched>,
}

/// The slots of a touched account, and whether a leaf of its header is written.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
struct Touched {
    read: BTreeSet<U256>,
    written: BTreeSet<U256>,
    header_written: bool,
}

#[test]
fn test_touch_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/touch_rules.json");
    let document = std::fs::read_to_string(path).expect("the vector file");
    let Document { environment, cases } = serde_json::from_str(&document).expect("the layout");
    for case in cases {
        // A replay version has no system call, so the list is that of the transaction alone.
        let chain = Chain::new(replay_config(&environment), &case.pre);
        let mut request = chain.request(vec![case.transaction]);
        request.producer = environment.coinbase;
        request.prev_randao = environment.prev_randao;
        let built = build(&chain.state, &chain.tree, &request).expect("builds");
        assert_eq!(built.refused, [], "{}", case.name);
        assert_eq!(built.receipts[0].succeeded, case.succeeded, "{}", case.name);
        assert_eq!(read_touched(&built.access_list), case.touched, "{}", case.name);
    }
}

fn replay_config(environment: &Environment) -> Config {
    let fork = Fork::from_name(&environment.fork).expect("a fork");
    Config {
        l2_chain_id: environment.chain_id,
        version: version::REPLAY + fork as u32,
        genesis_number: environment.number - 1,
        genesis_time: environment.timestamp,
        genesis_base_fee: environment.base_fee,
        gas_limit: environment.gas_limit,
        blob_base_fee: environment.blob_base_fee,
        ..native_config()
    }
}

fn read_touched(list: &AccessList) -> BTreeMap<Address, Touched> {
    let accounts = list.accounts.iter().map(|account| {
        let header = [&account.basic_data, &account.code_hash];
        let mut touched = Touched {
            header_written: header.iter().any(|entry| !entry.writes.is_empty()),
            ..Touched::default()
        };
        for access in &account.slots {
            let is_read = access.value.writes.is_empty();
            let slots = if is_read { &mut touched.read } else { &mut touched.written };
            slots.insert(access.slot);
        }
        (account.address, touched)
    });
    accounts.collect()
}
