//! The root over the transactions of a packet.

#![allow(missing_docs)]

use corollup_core::merkle::compute_merkle_root;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn transactions_root(c: &mut Criterion) {
    let mut group = c.benchmark_group("merkle root of 110-byte transactions");
    for count in [100usize, 1000] {
        let transactions = vec![vec![0x02u8; 110]; count];
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |b| {
            b.iter(|| compute_merkle_root(&transactions));
        });
    }
    group.finish();
}

criterion_group!(benches, transactions_root);
criterion_main!(benches);
