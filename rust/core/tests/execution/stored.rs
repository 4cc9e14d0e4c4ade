//! A ledger on disk beside the same one in memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use alloy_primitives::{Address, B256, Bytes, TxKind, address, bytes};
use corollup_core::containers::{Genesis, Parent};
use corollup_core::curve::fixed_base::TableSize;
use corollup_core::endorser::Network;
use corollup_core::error::Error;
use corollup_core::genesis::{GenesisState, leaves};
use corollup_core::ledger::snapshot::{export, import};
use corollup_core::ledger::{DiskOptions, Execution, Ledger, PacketHeads, create_state};
use corollup_core::producer::{Built, Request, build};
use corollup_core::store::{
    Head, MemoryStore, RedbStore, StateLoader, StateStore, Store, StoreError, StoredState,
};
use serde_json::{Value, json};

use crate::blocks::{data, load, load_all_codes};
use crate::support::{Chain, SENDER, Tx, contract, native_config, native_state, producer_key};

const COUNTER: Address = address!("0000000000000000000000000000000000c0c0c0");
const HISTORY: u64 = 4;

struct TestFolder(PathBuf);

impl TestFolder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("corollup-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    fn state(&self) -> PathBuf {
        self.0.join("state")
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn open_store(path: &Path) -> Arc<dyn Store> {
    Arc::new(RedbStore::open(path, 1 << 20).expect("nobody has it"))
}

/// A counter that also keeps the last block hash: SSTORE(0, SLOAD(0) + 1);
/// SSTORE(2, BLOCKHASH(NUMBER - 1)); LOG0.
fn genesis_state() -> GenesisState {
    let code = bytes!("5f546001015f5560014303405f60025560205fa000");
    native_state([(COUNTER, contract(code))])
}

fn network(chain: &Chain) -> (Network, Genesis) {
    let Parent::Genesis { config, genesis } = &chain.parent else { panic!("a new network") };
    (Network { domain: chain.domain, config: config.clone() }, genesis.clone())
}

fn options() -> DiskOptions {
    // So little that nothing stays in memory between packets.
    DiskOptions { history: HISTORY, tree_cache_bytes: 0, ..DiskOptions::default() }
}

fn create(path: &Path, state: &GenesisState) -> Ledger {
    let chain = Chain::new(native_config(), state);
    let (network, genesis) = network(&chain);
    let stored = create_state(open_store(path), &network, &genesis, state, &options());
    Ledger::open(network, genesis, stored.expect("an empty store"), 16, options()).expect("new")
}

fn reopen(path: &Path, state: &GenesisState) -> Ledger {
    let (network, genesis) = network(&Chain::new(native_config(), state));
    let stored = StateStore::open(open_store(path), &network.domain, HISTORY);
    let stored = stored.expect("its own file").expect("it has a state");
    Ledger::open(network, genesis, stored, 16, options()).expect("its own rows")
}

fn in_memory(state: &GenesisState) -> Ledger {
    let chain = Chain::new(native_config(), state);
    let (network, genesis) = network(&chain);
    Ledger::new(network, genesis, state, chain.tree, 16).expect("its own state")
}

fn request(ledger: &Ledger, transactions: Vec<Bytes>) -> Request {
    let chain =
        Chain { parent: ledger.parent(), ..Chain::new(native_config(), &GenesisState::new()) };
    Request { domain: ledger.network().domain, ..chain.request(transactions) }
}

fn build_on(ledger: &Ledger, transactions: Vec<Bytes>) -> Built {
    let mut built = ledger.build(&request(ledger, transactions)).expect("a sound request");
    built.sign(&producer_key());
    built
}

/// A packet of two calls, a transfer to a new account and a contract creation.
fn transactions(nonce: u64) -> Vec<Bytes> {
    let new = Address::with_last_byte(u8::try_from(nonce % 200).expect("below 200") + 1);
    let create = Tx {
        to: TxKind::Create,
        // CODECOPY(0, 10, 8); RETURN(0, 8), and behind it the nonce as the code.
        input: [&bytes!("6008600a5f3960085ff3")[..], &nonce.to_be_bytes()].concat().into(),
        ..Tx::call(nonce + 3, COUNTER)
    };
    vec![
        Tx::call(nonce, COUNTER).sign(),
        Tx { value: nonce + 1, ..Tx::call(nonce + 1, new) }.sign(),
        Tx::call(nonce + 2, COUNTER).sign(),
        create.sign(),
    ]
}

/// Builds the same packet on both and makes it the head of both.
fn advance(memory: &mut Ledger, disk: &mut Ledger) -> Result<(), Error> {
    let nonce = memory.account(&SENDER)?.nonce;
    let (expected, built) =
        (build_on(memory, transactions(nonce)), build_on(disk, transactions(nonce)));
    assert_eq!(built.refused, []);
    assert_eq!(built.transactions.len(), 4);
    assert_eq!(built.result.encode(), expected.result.encode());
    memory.append(Execution::from_built(expected)?)?;
    disk.append(Execution::from_built(built)?)
}

/// What wallets see of the packets from `oldest` on. After a restart a ledger takes the oldest packet
/// that it has for final, and of the states only the head's is readable.
fn answers(ledger: &Ledger, oldest: u64, with_states: bool) -> Vec<Value> {
    let ask = |method, params: Value| {
        let Value::Array(params) = params else { panic!("positional parameters") };
        match ledger.answer(method, params) {
            Ok(value) => value,
            Err(error) => json!({ "code": error.code, "message": error.message }),
        }
    };
    let mut found = vec![
        ask("eth_blockNumber", json!([])),
        ask("eth_getBalance", json!([SENDER])),
        ask("eth_getCode", json!([COUNTER])),
        ask("eth_call", json!([{ "to": COUNTER, "from": SENDER }])),
        ask("eth_gasPrice", json!([])),
    ];
    for number in oldest..=ledger.number() {
        let tag = format!("{number:#x}");
        found.push(json!(ledger.digest(number)));
        found.push(json!(ledger.result(number)));
        found.push(ask("eth_getBlockByNumber", json!([tag, true])));
        found.push(ask("eth_getBlockReceipts", json!([tag])));
        if with_states || number > oldest {
            found.push(ask("corollup_getPacketByNumber", json!([tag])));
        }
        found.push(ask("corollup_getVerkleProof", json!([COUNTER, ["0x0", "0x2"], tag])));
        if with_states {
            found.push(ask("eth_getStorageAt", json!([COUNTER, "0x0", tag])));
            found.push(ask("eth_getBalance", json!([SENDER, tag])));
        }
    }
    found
}

#[test]
fn test_a_ledger_on_disk_is_the_same_as_in_memory() {
    let (folder, state) = (TestFolder::new("ledger"), genesis_state());
    let mut memory = in_memory(&state);
    let mut disk = create(&folder.state(), &state);
    assert_eq!(answers(&disk, 0, true), answers(&memory, 0, true));
    for number in 1..=6 {
        advance(&mut memory, &mut disk).expect("the store writes");
        let oldest = disk.number().saturating_sub(HISTORY);
        assert_eq!(answers(&disk, oldest, true), answers(&memory, oldest, true), "at {number}");
    }
    drop(disk);
    let mut disk = reopen(&folder.state(), &state);
    assert_eq!(disk.parent(), memory.parent());
    assert_eq!(answers(&disk, 2, false), answers(&memory, 2, false));
    assert!(disk.header(1).is_none() && disk.digest(1).is_none(), "packet 1 is pruned");

    // Once by what memory still knows, once by the store alone.
    advance(&mut memory, &mut disk).expect("the store writes");
    for number in [6, 3] {
        memory.revert_to(number).expect("it is kept");
        disk.revert_to(number).expect("it is kept");
        assert_eq!(disk.parent(), memory.parent());
        assert_eq!(answers(&disk, 3, false), answers(&memory, 3, false), "back at {number}");
    }
    advance(&mut memory, &mut disk).expect("the store writes");
    assert_eq!(answers(&disk, 3, false), answers(&memory, 3, false));
    drop(disk);
    let disk = reopen(&folder.state(), &state);
    assert_eq!(answers(&disk, 3, false), answers(&memory, 3, false));
}

#[test]
fn test_a_ledger_on_disk_imports_packets() {
    let (folder, state) = (TestFolder::new("import"), genesis_state());
    let mut memory = in_memory(&state);
    let mut disk = create(&folder.state(), &state);
    for nonce in [0, 4] {
        let built = build_on(&memory, transactions(nonce));
        let encoded = built.result.encode();
        memory.append(Execution::from_built(built).expect("signed")).expect("the next");
        let execution = disk.execute(&encoded, None).expect("an honest packet");
        disk.append(execution).expect("the next");
    }
    assert_eq!(answers(&disk, 0, true), answers(&memory, 0, true));
    let heads = PacketHeads { endorsed: 2, committed: 1, finalized: 1 };
    disk.set_heads(heads).expect("below the head");
    let refused = disk.revert_to(0).expect_err("packet 1 is final").to_string();
    assert!(refused.contains("finalized"), "{refused}");
}

#[test]
fn test_reverts_stop_where_the_way_back_is_pruned() {
    let state = genesis_state();
    let chain = Chain::new(native_config(), &state);
    let (network, genesis) = network(&chain);
    let store = Arc::new(MemoryStore::new());
    let stored = create_state(store, &network, &genesis, &state, &options()).expect("empty");
    let mut disk = Ledger::open(network, genesis, stored, 16, options()).expect("new");
    let mut memory = in_memory(&state);
    for _ in 0..6 {
        advance(&mut memory, &mut disk).expect("in memory");
    }
    let pruned = StoreError::Pruned { number: 1, oldest: 2 };
    assert_eq!(disk.revert_to(1), Err(pruned.into()));
    assert_eq!(disk.number(), 6);
    assert_eq!(disk.revert_to(2), Ok(()));
    assert_eq!(disk.tree_at(1).map(|tree| tree.is_some()), Ok(false));
}

#[test]
fn test_a_store_of_another_genesis_is_refused() {
    let (state, other) = (genesis_state(), native_state([]));
    let (network, genesis) = network(&Chain::new(native_config(), &state));
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let refused = create_state(Arc::clone(&store), &network, &genesis, &other, &options());
    assert!(matches!(refused.err(), Some(Error::Store(StoreError::Mismatch(_)))));
}

/// A mainnet block is built from the stored tree to the same bytes.
#[test]
fn test_mainnet_block_is_the_same_from_a_stored_tree() {
    let Some(folder) = data() else { return };
    let codes = load_all_codes(&folder);
    let (chain, state, block) = load(&folder, 4_370_000, &codes);
    let mut loader =
        StateLoader::new(Arc::new(MemoryStore::new()), TableSize::Small).expect("empty");
    let mut values = leaves(&state).expect("balances are below 2^128");
    values.sort_unstable();
    for (key, value) in &values {
        loader.push(key, *value).expect("ascending");
    }
    loader.add_codes(codes.values()).expect("in memory");
    let root = chain.tree.root();
    let head = Head { number: block.number - 1, digest: B256::ZERO, root };
    let stored = loader.finish(&chain.domain, head, HISTORY).expect("the same root");
    let tree = stored.tree(TableSize::Small).expect("its root");

    let expected = chain.build(block.transactions.clone());
    let request = chain.request(block.transactions);
    let view = StoredState::new(stored.view().expect("a view"));
    let mut built = build(&view, &tree, &request).expect("a sound request");
    built.sign(&producer_key());
    assert_eq!(built.result.encode(), expected.result.encode());
    assert_eq!(built.transactions.len(), expected.transactions.len());
    assert_ne!(built.tree.root(), tree.root());
}

/// A snapshot of a ledger three packets on, with the ledger and its twin in memory.
fn exported(folder: &TestFolder, state: &GenesisState) -> (PathBuf, Ledger, Ledger) {
    let mut memory = in_memory(state);
    let mut disk = create(&folder.state(), state);
    for _ in 0..3 {
        advance(&mut memory, &mut disk).expect("the store writes");
    }
    // Its code is no part of the state any more.
    advance(&mut memory, &mut disk).expect("the store writes");
    memory.revert_to(3).expect("it is kept");
    disk.revert_to(3).expect("it is kept");
    drop(disk);
    let file = folder.0.join("snapshot");
    let summary = export(open_store(&folder.state()), &file, &mut |_| Ok(())).expect("exported");
    assert_eq!((summary.head.number, summary.codes), (3, 4 + 3));
    (file, memory, reopen(&folder.state(), state))
}

#[test]
fn test_a_snapshot_starts_another_ledger() {
    let (folder, state) = (TestFolder::new("snapshot"), genesis_state());
    let (file, mut memory, first) = exported(&folder, &state);
    drop(first);
    let (network, _) = network(&Chain::new(native_config(), &state));
    let other = folder.0.join("other");
    let mut stems = Vec::new();
    let summary = import(
        &file,
        open_store(&other),
        Some(&network.domain),
        HISTORY,
        TableSize::Small,
        &mut |count| {
            stems.push(count);
            Ok(())
        },
    );
    let summary = summary.expect("the same network");
    assert_eq!(stems, [summary.stems]);
    assert_eq!(Some(summary.head.digest), memory.digest(3));

    let again = folder.0.join("again");
    let copy = export(open_store(&other), &again, &mut |_| Ok(()));
    assert_eq!(copy, Ok(summary));
    let bytes = |path| std::fs::read(path).expect("a file");
    assert_eq!(bytes(&again), bytes(&file), "a snapshot is a function of the state");

    let mut imported = reopen(&other, &state);
    assert_eq!(imported.parent(), memory.parent());
    for _ in 0..2 {
        advance(&mut memory, &mut imported).expect("the store writes");
    }
    assert_eq!(answers(&imported, 4, false), answers(&memory, 4, false));
    imported.revert_to(3).expect("the snapshot is in reach");
    assert!(imported.revert_to(2).is_err(), "what was before the snapshot is not");
    drop(imported);
    assert_eq!(reopen(&other, &state).number(), 3);
}

#[test]
fn test_a_changed_snapshot_is_refused() {
    let (folder, state) = (TestFolder::new("refused"), genesis_state());
    let (file, _, _) = exported(&folder, &state);
    let sound = std::fs::read(&file).expect("the snapshot");
    let import_bytes = |bytes: &[u8], domain: Option<&B256>| {
        std::fs::write(&file, bytes).expect("a file");
        let store = Arc::new(MemoryStore::new());
        import(&file, store, domain, HISTORY, TableSize::Small, &mut |_| Ok(())).map(|_| ())
    };
    assert_eq!(import_bytes(&sound, None), Ok(()));
    let refused = |bytes: &[u8], what: &str| {
        let error = import_bytes(bytes, None).expect_err(what);
        assert!(matches!(error, Error::Encoding { .. } | Error::Argument(_) | Error::Store(_)));
    };
    for length in (0..sound.len()).step_by(97).chain([sound.len() - 1]) {
        refused(&sound[..length], "a cut file");
    }
    for place in (0..sound.len()).step_by(61).chain(0..8) {
        let mut changed = sound.clone();
        changed[place] ^= 1;
        refused(&changed, "a changed byte");
    }
    refused(&[&sound[..], &[0]].concat(), "a byte too many");
    let error = import_bytes(&sound, Some(&B256::ZERO)).expect_err("another network");
    assert!(error.to_string().contains("is of network"), "{error}");

    // The leaves of another state, under a hash that fits.
    let mut leaves = sound.clone();
    let value = leaves.len() / 3;
    leaves[value] ^= 1;
    let body = leaves.len() - 32;
    let hash = alloy_primitives::keccak256(&leaves[..body]);
    leaves[body..].copy_from_slice(hash.as_slice());
    refused(&leaves, "another root");
}

#[test]
fn test_progress_can_end_a_snapshot() {
    let (folder, state) = (TestFolder::new("stopped"), genesis_state());
    drop(create(&folder.state(), &state));
    let stop = || Error::State("stopped".into());
    let file = folder.0.join("snapshot");
    let stopped = export(open_store(&folder.state()), &file, &mut |_| Err(stop()));
    assert_eq!(stopped, Err(stop()));
    assert!(!file.exists(), "a file appears when it is complete");
}
