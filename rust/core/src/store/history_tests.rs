//! Any history of packets gives the same tree in a store as in memory, and the same as a rebuild.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::tests::TestFolder;
use super::*;
use crate::curve::fixed_base::TableSize;
use crate::error::Error;
use crate::verkle::{Key, Tree, Value};
use alloy_primitives::B256;

const DOMAIN: B256 = B256::repeat_byte(7);
const CHAIN: u64 = 5;
const HISTORY: u64 = 4;

#[derive(Clone, Debug)]
enum Step {
    Packet(Vec<(Key, Value)>),
    /// Goes back by so many packets.
    Revert(u64),
    /// Closes the store and opens it again.
    Reopen,
    /// Lets go of what is loaded above so many bytes.
    Trim(usize),
}

/// Stems that often share bytes, and suffixes that make small and large stems.
fn key() -> impl Strategy<Value = Key> {
    (vec(0..3_u8, 0..4), 0..7_u8).prop_map(|(path, suffix)| {
        let mut key = [0; 32];
        key[..path.len()].copy_from_slice(&path);
        key[30] = path.len() as u8;
        key[31] = suffix;
        key
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let value = (0..4_u8).prop_map(|byte| [byte; 32]);
    let step = prop_oneof![
        6 => vec((key(), value), 0..12).prop_map(Step::Packet),
        2 => (0..6_u64).prop_map(Step::Revert),
        1 => Just(Step::Reopen),
        1 => (0..2000_usize).prop_map(Step::Trim),
    ];
    vec(step, 1..14)
}

fn head(number: u64, root: B256) -> Head {
    Head { number, digest: B256::with_last_byte(number as u8), root }
}

/// A stored tree beside its oracle: the trees in memory after each packet.
struct Pair {
    make: Box<dyn Fn() -> Arc<dyn Store>>,
    state: Option<StateStore>,
    tree: Tree,
    memory: Vec<Tree>,
}

impl Pair {
    fn new(make: Box<dyn Fn() -> Arc<dyn Store>>) -> Self {
        let memory = vec![Tree::new()];
        let loader = StateLoader::new(make(), TableSize::Small).expect("an empty store");
        let head = head(0, memory[0].root());
        let state = loader.finish(&DOMAIN, head, HISTORY).expect("no leaves");
        let tree = state.tree(TableSize::Small).expect("an empty tree");
        Self { make, state: Some(state), tree, memory }
    }

    fn state(&mut self) -> &mut StateStore {
        self.state.as_mut().expect("it is open")
    }

    fn step(&mut self, step: &Step) -> Result<(), Error> {
        match step {
            Step::Packet(writes) => {
                let mut memory = self.memory.last().expect("the genesis").clone();
                let expected = memory.apply(writes)?;
                let mut tree = self.tree.clone();
                let applied = tree.apply(writes)?;
                assert_eq!(applied.post_root, expected.post_root);
                assert_eq!(applied.updates, expected.updates);
                let number = self.memory.len() as u64;
                let rows = PacketRows {
                    tree: tree.changes_since(&self.tree)?,
                    packet: vec![number as u8],
                    ..PacketRows::default()
                };
                let head = head(number, applied.post_root);
                self.state().commit(head, rows)?;
                self.memory.push(memory);
                self.tree = tree;
                self.state.as_ref().expect("open").settle(&mut self.tree, usize::MAX)?;
            }
            Step::Revert(depth) => {
                let number = (self.memory.len() as u64 - 1).saturating_sub(*depth);
                let oldest = self.state().oldest()?;
                let result = self.state().revert(number);
                if number < oldest {
                    assert_eq!(result, Err(StoreError::Pruned { number, oldest }));
                } else {
                    assert_eq!(result, Ok(()));
                    self.memory.truncate(number as usize + 1);
                    self.tree = self.state().tree(TableSize::Small)?;
                }
            }
            Step::Reopen => {
                self.state = None;
                self.tree = Tree::new();
                let state = StateStore::open((self.make)(), &DOMAIN, HISTORY)?;
                self.tree = state.as_ref().expect("it has a state").tree(TableSize::Small)?;
                self.state = state;
            }
            Step::Trim(bytes) => {
                self.state.as_ref().expect("open").settle(&mut self.tree, *bytes)?;
                assert!(self.tree.loaded_bytes() <= *bytes, "over {bytes} bytes");
            }
        }
        Ok(())
    }

    /// Root, values, proofs, head and the way back are those of the oracle.
    fn check(&mut self, keys: &[Key]) -> Result<(), Error> {
        let memory = self.memory.last().expect("the genesis").clone();
        assert_eq!(self.tree.root(), memory.root());
        let number = self.memory.len() as u64 - 1;
        assert_eq!(*self.state().head(), head(number, memory.root()));
        assert_eq!(self.tree.prove(CHAIN, keys)?, memory.prove(CHAIN, keys)?);
        for key in keys {
            assert_eq!(self.tree.get(key), memory.get(key));
        }
        Ok(())
    }

    /// So are the trees of the packets that can be reverted.
    fn check_past(&mut self, keys: &[Key]) -> Result<(), Error> {
        for number in self.state().oldest()?..=self.state().head().number {
            let past = self.state().past_tree(number, TableSize::Small)?;
            let expected = &self.memory[number as usize];
            assert_eq!(past.prove(CHAIN, keys)?, expected.prove(CHAIN, keys)?, "at {number}");
        }
        Ok(())
    }

    /// The rows are those of a tree that is built from its leaves at once.
    fn check_rebuild(&mut self) -> Result<(), Error> {
        let view = self.state().view()?;
        let mut leaves = BTreeMap::new();
        for (stem, row) in view.all_with(Table::Stems, &[])? {
            for (suffix, value) in crate::verkle::row_pairs(&row) {
                let stem = stem[..].try_into().expect("31 bytes");
                leaves.insert(crate::verkle::keys::join(stem, suffix), value);
            }
        }
        let rebuilt = Arc::new(MemoryStore::new());
        let mut loader = StateLoader::new(Arc::clone(&rebuilt) as _, TableSize::Small)?;
        for (key, value) in &leaves {
            loader.push(key, *value)?;
        }
        let head = *self.state().head();
        loader.finish(&DOMAIN, head, HISTORY)?;
        for table in [Table::Nodes, Table::Stems] {
            let (found, expected) =
                (view.all_with(table, &[])?, rebuilt.view()?.all_with(table, &[])?);
            assert_eq!(found, expected, "{}", table.name());
        }
        Ok(())
    }
}

fn run(pair: &mut Pair, steps: &[Step], keys: &[Key]) {
    for step in steps {
        pair.step(step).expect("the store answers");
        pair.check(keys).expect("the store answers");
    }
    pair.check_past(keys).expect("the store answers");
    pair.check_rebuild().expect("the store answers");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn test_any_history_is_the_same_as_in_memory(
        steps in steps(), keys in btree_set(key(), 1..6),
    ) {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let mut pair = Pair::new(Box::new(move || Arc::clone(&store)));
        run(&mut pair, &steps, &keys.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn test_a_history_on_disk_is_the_same_as_in_memory() {
    let folder = TestFolder::new("history");
    let path = folder.join("state");
    let open = move || {
        let store = RedbStore::open(&path, 1 << 20).expect("nobody has it");
        Arc::new(store) as Arc<dyn Store>
    };
    let mut pair = Pair::new(Box::new(open));
    let write = |first: u8| {
        let key = |byte: u8| {
            let mut key = [byte % 5; 32];
            key[1] = byte;
            key[31] = byte % 7;
            key
        };
        (first..first + 60).map(|byte| (key(byte), [first; 32])).collect::<Vec<_>>()
    };
    let keys: Vec<Key> = {
        let mut keys: Vec<Key> = write(10).into_iter().map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys
    };
    let steps = [
        Step::Packet(write(0)),
        Step::Packet(write(40)),
        Step::Reopen,
        Step::Packet(write(90)),
        Step::Trim(0),
        Step::Revert(2),
        Step::Packet(write(30)),
        Step::Reopen,
        Step::Revert(1),
        Step::Packet(write(31)),
    ];
    run(&mut pair, &steps, &keys);
}

#[test]
fn test_a_store_of_another_network_or_layout_is_refused() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let open = |domain| StateStore::open(Arc::clone(&store), domain, HISTORY).map(|_| ());
    assert_eq!(open(&DOMAIN), Ok(()));
    let loader = StateLoader::new(Arc::clone(&store), TableSize::Small).expect("empty");
    let wrong = loader.finish(&DOMAIN, head(0, B256::ZERO), HISTORY).map(|_| ());
    assert!(matches!(wrong, Err(Error::Store(StoreError::Mismatch(_)))), "{wrong:?}");

    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let loader = StateLoader::new(Arc::clone(&store), TableSize::Small).expect("empty");
    loader.finish(&DOMAIN, head(0, Tree::new().root()), HISTORY).expect("the empty tree");
    let open = |domain| StateStore::open(Arc::clone(&store), domain, HISTORY).map(|_| ());
    assert!(matches!(open(&B256::ZERO), Err(StoreError::Mismatch(_))));
    let again = StateLoader::new(Arc::clone(&store), TableSize::Small).map(|_| ());
    assert!(matches!(again, Err(Error::Store(StoreError::Mismatch(_)))));

    let mut batch = Batch::default();
    batch.put(Table::Meta, b"layout", [&2_u32.to_be_bytes()[..], DOMAIN.as_slice()].concat());
    store.commit(&batch).expect("in memory");
    assert_eq!(open(&DOMAIN), Err(StoreError::Layout { found: 2, expected: LAYOUT }));
}

#[test]
fn test_packets_follow_each_other() {
    let mut pair = Pair::new(Box::new(|| Arc::new(MemoryStore::new())));
    let root = pair.tree.root();
    for number in [0, 2] {
        let result = pair.state().commit(head(number, root), PacketRows::default());
        assert!(matches!(result, Err(StoreError::Mismatch(_))), "{number}: {result:?}");
    }
    let result = pair.state().revert(1);
    assert!(matches!(result, Err(StoreError::Mismatch(_))), "{result:?}");
}

#[test]
fn test_a_changed_row_is_corrupt() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut loader = StateLoader::new(Arc::clone(&store), TableSize::Small).expect("empty");
    let mut memory = Tree::new();
    let leaves: Vec<(Key, Value)> = (0..9).map(|byte| ([byte / 3; 32], [byte; 32])).collect();
    memory.insert_all(&leaves).expect("in memory");
    for byte in 0..3 {
        loader.push(&[byte; 32], [byte * 3 + 2; 32]).expect("ascending");
    }
    let head = head(0, memory.root());
    let state = loader.finish(&DOMAIN, head, HISTORY).expect("the same leaves");
    assert_eq!(state.tree(TableSize::Small).and_then(|tree| tree.get(&[1; 32])), Ok(Some([5; 32])));

    let mut batch = Batch::default();
    batch.put(Table::Stems, [1; 31], [&[1][..], &[6; 32]].concat());
    store.commit(&batch).expect("in memory");
    let found = state.tree(TableSize::Small).and_then(|tree| tree.get(&[1; 32]));
    assert!(matches!(found, Err(Error::Store(StoreError::Corrupt(_)))), "{found:?}");
    batch = Batch::default();
    batch.delete(Table::Nodes, []);
    store.commit(&batch).expect("in memory");
    let found = state.tree(TableSize::Small).map(|_| ());
    assert!(matches!(found, Err(Error::Store(StoreError::Corrupt(_)))), "{found:?}");
}
