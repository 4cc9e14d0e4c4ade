//! The state tree: updates, proofs, their check, and the post-root from a proof.
//!
//! The tree has 10^5 accounts, two values each; `COROLLUP_BENCH_ACCOUNTS` sets another number.

#![allow(missing_docs)]

use alloy_primitives::keccak256;
use corollup_core::curve::fixed_base::TableSize;
use corollup_core::verkle::{Key, Tree, Value, verify};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const CHAIN_ID: u64 = 1;
const COUNTS: [u64; 3] = [1, 1_000, 10_000];

fn account_count() -> u64 {
    let text = std::env::var("COROLLUP_BENCH_ACCOUNTS").unwrap_or_default();
    text.parse().unwrap_or(100_000)
}

/// The basic data (0) or the code hash (1) of an account.
fn key(account: u64, suffix: u8) -> Key {
    let mut key = keccak256(account.to_be_bytes()).0;
    key[31] = suffix;
    key
}

fn value(number: u64) -> Value {
    keccak256((!number).to_be_bytes()).0
}

fn build_tree(table_size: TableSize, accounts: u64) -> Tree {
    let pair = |account, suffix| (key(account, suffix), value(2 * account + u64::from(suffix)));
    let values: Vec<_> =
        (0..accounts).flat_map(|account| [pair(account, 0), pair(account, 1)]).collect();
    let mut tree = Tree::with_tables(table_size);
    tree.insert_all(&values).expect("in memory");
    tree
}

/// Ascending keys of accounts spread over the whole tree.
fn spread_keys(accounts: u64, count: u64) -> Vec<Key> {
    let mut keys: Vec<Key> = (0..count).map(|index| key(index * (accounts / count), 0)).collect();
    keys.sort_unstable();
    keys
}

fn update(c: &mut Criterion) {
    let accounts = account_count();
    for table_size in [TableSize::Small, TableSize::Medium, TableSize::Large] {
        let tree = build_tree(table_size, accounts);
        let mut group = c.benchmark_group(format!("verkle update, {table_size:?} tables"));
        group.sample_size(10);
        for count in COUNTS {
            let writes: Vec<(Key, Value)> =
                spread_keys(accounts, count).iter().map(|key| (*key, [7; 32])).collect();
            group.throughput(Throughput::Elements(count));
            group.bench_function(BenchmarkId::from_parameter(count), |b| {
                b.iter(|| tree.clone().apply(&writes).map(|applied| applied.post_root));
            });
        }
        group.finish();
    }
}

fn prove_and_verify(c: &mut Criterion) {
    let accounts = account_count();
    let tree = build_tree(TableSize::Medium, accounts);
    for count in COUNTS {
        let keys = spread_keys(accounts, count);
        let read = |key: &Key| (*key, tree.get(key).expect("in memory").unwrap_or_default());
        let values: Vec<(Key, Value)> = keys.iter().map(read).collect();
        let writes: Vec<(Key, Value)> = keys.iter().map(|key| (*key, [7; 32])).collect();
        let proof = tree.prove(CHAIN_ID, &keys).expect("ascending keys");
        let check = || verify(CHAIN_ID, tree.root(), &values, &proof).expect("an honest proof");
        let partial = check().with_tables(TableSize::Medium);
        let bench = |c: &mut Criterion, work: &str, run: &mut dyn FnMut()| {
            let mut group = c.benchmark_group(format!("verkle {work}"));
            group.sample_size(10).throughput(Throughput::Elements(count));
            group.bench_function(BenchmarkId::from_parameter(count), |b| b.iter(&mut *run));
            group.finish();
        };
        bench(c, "prove", &mut || drop(tree.prove(CHAIN_ID, &keys)));
        bench(c, "verify", &mut || drop(check()));
        bench(c, "post-root from a proof", &mut || drop(partial.apply(&writes)));
    }
}

criterion_group!(benches, update, prove_and_verify);
criterion_main!(benches);
