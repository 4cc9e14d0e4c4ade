//! A history of packets that everybody can replay, and what a store must hold after one of them.

use std::path::PathBuf;
use std::sync::Arc;

use alloy_primitives::{B256, keccak256};
use corollup_core::curve::fixed_base::TableSize;
use corollup_core::error::Error;
use corollup_core::store::{
    Head, MemoryStore, PacketRows, RedbStore, StateLoader, StateStore, Store, StoreError, Table,
};
use corollup_core::verkle::keys::join;
use corollup_core::verkle::{Key, Tree, Value, row_pairs};

pub(crate) const DOMAIN: B256 = B256::repeat_byte(7);
pub(crate) const CACHE_BYTES: usize = 1 << 20;
const HISTORY: u64 = 3;
const WRITES: u64 = 24;

/// More rounds than in `make test`, if the environment asks for them.
pub(crate) fn rounds(default: u64) -> u64 {
    let asked = std::env::var("COROLLUP_CRASH_ROUNDS").ok();
    asked.and_then(|rounds| rounds.parse().ok()).unwrap_or(default)
}

/// A number that follows from two others.
pub(crate) fn draw(seed: u64, index: u64) -> u64 {
    let hash = keccak256([seed.to_be_bytes(), index.to_be_bytes()].concat());
    u64::from_be_bytes(hash[..8].try_into().expect("8 bytes"))
}

/// What a packet writes: accounts by the hundred, some of them again and again.
fn writes(number: u64) -> Vec<(Key, Value)> {
    let write = |index| {
        let account = draw(number, index) % 300;
        let mut key = keccak256(account.to_be_bytes()).0;
        key[31] = draw(number, index).to_be_bytes()[0] % 8;
        (key, keccak256([number.to_be_bytes(), account.to_be_bytes()].concat()).0)
    };
    (0..WRITES).map(write).collect()
}

fn digest(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}

/// The genesis: no leaf.
pub(crate) fn create(store: Arc<dyn Store>) -> Result<StateStore, Error> {
    let root = Tree::new().root();
    let head = Head { number: 0, digest: digest(0), root };
    StateLoader::new(store, TableSize::Small)?.finish(&DOMAIN, head, HISTORY)
}

/// Writes the next packet.
pub(crate) fn advance(state: &mut StateStore, tree: &mut Tree) -> Result<u64, Error> {
    let number = state.head().number + 1;
    let mut next = tree.clone();
    let root = next.apply(&writes(number))?.post_root;
    let rows = PacketRows {
        tree: next.changes_since(tree)?,
        codes: vec![(digest(number), number.to_be_bytes().to_vec().into())],
        packet: number.to_be_bytes().to_vec(),
    };
    state.commit(Head { number, digest: digest(number), root }, rows)?;
    state.settle(&mut next, 0)?;
    *tree = next;
    Ok(number)
}

/// Opens a store after a crash: it is at a packet, and all of it is as that packet left it.
///
/// # Errors
/// If the store says itself that it is no longer what it was.
pub(crate) fn check(store: Arc<dyn Store>) -> Result<u64, Error> {
    let Some(mut state) = StateStore::open(store, &DOMAIN, HISTORY)? else {
        return Err(StoreError::Mismatch("no state".into()).into());
    };
    let head = *state.head();
    assert_eq!(head.digest, digest(head.number));
    let view = state.view()?;
    let rows = view.all_with(Table::Stems, &[])?;
    let mut loader = StateLoader::new(Arc::new(MemoryStore::new()), TableSize::Small)?;
    for (stem, row) in rows {
        let stem = stem.try_into().map_err(|_| StoreError::Corrupt("a stem".into()))?;
        for (suffix, value) in row_pairs(&row) {
            loader.push(&join(stem, suffix), value)?;
        }
    }
    loader.finish(&DOMAIN, head, HISTORY)?;
    let mut expected = Tree::new();
    let mut roots = vec![expected.root()];
    for number in 1..=head.number {
        roots.push(expected.apply(&writes(number))?.post_root);
    }
    assert_eq!(roots.last(), Some(&head.root), "the root of packet {}", head.number);
    if head.number > 0 {
        let code = view.get(Table::Codes, digest(head.number).as_slice())?;
        assert_eq!(code.as_deref(), Some(&head.number.to_be_bytes()[..]));
    }

    // It can go back, and on from there.
    let back = head.number.saturating_sub(HISTORY);
    state.revert(back)?;
    let index = usize::try_from(back).expect("few packets");
    assert_eq!(state.head().root, roots[index]);
    let mut tree = state.tree(TableSize::Small)?;
    while state.head().number < head.number {
        advance(&mut state, &mut tree)?;
    }
    assert_eq!(*state.head(), head);
    Ok(head.number)
}

/// A folder that goes with the test.
pub(crate) struct TestFolder(PathBuf);

impl TestFolder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("corollup-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn open(path: &std::path::Path) -> Result<Arc<dyn Store>, StoreError> {
    Ok(Arc::new(RedbStore::open(path, CACHE_BYTES)?))
}
