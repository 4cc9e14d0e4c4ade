//! What every store does, tried on each.

use std::env::temp_dir;
use std::path::PathBuf;

use super::*;

const CACHE: usize = 1 << 20;

/// A folder that goes with the test.
pub(crate) struct TestFolder(PathBuf);

impl TestFolder {
    pub(crate) fn new(name: &str) -> Self {
        let path = temp_dir().join(format!("corollup-{name}-{}", std::process::id()));
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

fn on_each_store(name: &str, check: impl Fn(&dyn Store)) {
    check(&MemoryStore::new());
    let folder = TestFolder::new(name);
    check(&RedbStore::open(&folder.join("rows"), CACHE).expect("a new file"));
}

fn row(table: Table, key: &[u8], value: &[u8]) -> Batch {
    let mut batch = Batch::default();
    batch.put(table, key, value);
    batch
}

#[test]
fn test_a_batch_is_there_at_once_and_a_view_stays() {
    on_each_store("views", |store| {
        let empty = store.view().expect("a view");
        let mut batch = row(Table::Nodes, b"a", b"1");
        batch.put(Table::Stems, b"a", b"2");
        batch.put(Table::Nodes, b"b", b"");
        batch.delete(Table::Codes, b"c");
        store.commit(&batch).expect("written");
        let view = store.view().expect("a view");
        assert_eq!(view.get(Table::Nodes, b"a"), Ok(Some(b"1".to_vec())));
        assert_eq!(view.get(Table::Stems, b"a"), Ok(Some(b"2".to_vec())));
        assert_eq!(view.get(Table::Nodes, b"b"), Ok(Some(Vec::new())));
        assert_eq!(view.get(Table::Codes, b"c"), Ok(None));
        assert_eq!(empty.get(Table::Nodes, b"a"), Ok(None));

        let mut batch = Batch::default();
        batch.delete(Table::Nodes, b"a");
        store.commit(&batch).expect("written");
        assert_eq!(view.get(Table::Nodes, b"a"), Ok(Some(b"1".to_vec())));
        let view = store.view().expect("a view");
        assert_eq!(view.get(Table::Nodes, b"a"), Ok(None));
    });
}

#[test]
fn test_scans_ascend_and_stop() {
    on_each_store("scans", |store| {
        let mut batch = Batch::default();
        for key in [&b"b"[..], b"ab", b"a", b"", b"abc", b"b0", b"\xff"] {
            batch.put(Table::Stems, key, key);
        }
        store.commit(&batch).expect("written");
        let view = store.view().expect("a view");
        let keys = |rows: Vec<Row>| rows.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        let all = keys(view.all_with(Table::Stems, b"").expect("rows"));
        assert_eq!(all, [&b""[..], b"a", b"ab", b"abc", b"b", b"b0", b"\xff"]);
        assert_eq!(keys(view.all_with(Table::Stems, b"ab").expect("rows")), [&b"ab"[..], b"abc"]);
        let first = |prefix| view.first_with(Table::Stems, prefix).expect("rows");
        assert_eq!(first(b"ab").map(|row| row.0), Some(b"ab".to_vec()));
        assert_eq!(first(b"ac"), None);
        assert_eq!(first(b"b1"), None);
        assert_eq!(view.all_with(Table::Nodes, b""), Ok(Vec::new()));
    });
}

#[test]
fn test_the_last_write_of_a_batch_counts() {
    on_each_store("order", |store| {
        let mut batch = row(Table::Meta, b"k", b"first");
        batch.put(Table::Meta, b"k", b"second");
        batch.put(Table::Meta, b"gone", b"1");
        batch.delete(Table::Meta, b"gone");
        store.commit(&batch).expect("written");
        let view = store.view().expect("a view");
        assert_eq!(view.get(Table::Meta, b"k"), Ok(Some(b"second".to_vec())));
        assert_eq!(view.get(Table::Meta, b"gone"), Ok(None));
    });
}

#[test]
fn test_a_file_is_open_once() {
    let folder = TestFolder::new("once");
    let path = folder.join("rows");
    let store = RedbStore::open(&path, CACHE).expect("a new file");
    assert_eq!(RedbStore::open(&path, CACHE).err(), Some(StoreError::InUse));
    drop(store);
    RedbStore::open(&path, CACHE).expect("nobody has it");
}

#[test]
fn test_other_files_and_folders_are_errors() {
    let folder = TestFolder::new("foreign");
    let path = folder.join("text");
    std::fs::write(&path, "not a database, but long enough to hold a header of one".repeat(100))
        .expect("a file");
    let error = RedbStore::open(&path, CACHE).expect_err("a foreign file");
    assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
    let error = RedbStore::open(&folder.join("absent/rows"), CACHE).expect_err("no folder");
    assert!(matches!(error, StoreError::Io(_)), "{error}");
}
