//! The work of a producer, an endorser and an aggregator with BLS signatures.

#![allow(missing_docs)]

use corollup_core::bls::{
    PublicKey, SecretKey, Share, Signature, SignatureSet, UncheckedSignature, aggregate,
    aggregate_valid, batch_verify, fast_aggregate_verify, find_invalid, verify,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const MESSAGE: &[u8] = &[0x56; 32];
const COMMITTEE_SIZES: [u32; 6] = [4, 16, 64, 128, 256, 512];

fn secret(index: u32) -> SecretKey {
    SecretKey::derive_master(&[7; 32]).expect("a long seed").derive_child(index)
}

fn shares(count: u32) -> Vec<(PublicKey, Signature)> {
    (0..count).map(secret).map(|key| (key.public_key(), key.sign(MESSAGE))).collect()
}

fn one_signature(c: &mut Criterion) {
    let mut group = c.benchmark_group("bls one");
    let (secret, (key, signature)) = (secret(0), shares(1)[0]);
    group.bench_function("sign", |b| b.iter(|| secret.sign(MESSAGE)));
    group.bench_function("verify", |b| b.iter(|| verify(&key, MESSAGE, &signature)));
    let (key, signature) = (key.to_bytes(), signature.to_bytes());
    group.bench_function("decode key", |b| b.iter(|| PublicKey::from_bytes(&key)));
    group.bench_function("decode signature", |b| b.iter(|| Signature::from_bytes(&signature)));
    group.bench_function("decode signature without its subgroup", |b| {
        b.iter(|| UncheckedSignature::from_bytes(&signature));
    });
    group.finish();
}

fn committee(c: &mut Criterion) {
    for size in COMMITTEE_SIZES {
        let mut group = c.benchmark_group(format!("bls committee of {size}"));
        group.throughput(Throughput::Elements(size.into()));
        let shares = shares(size);
        let (keys, signatures): (Vec<_>, Vec<_>) = shares.iter().copied().unzip();
        let sum = aggregate(&signatures).expect("signatures");
        let sets = sets(&shares);
        group.bench_function("aggregate", |b| b.iter(|| aggregate(&signatures)));
        group.bench_function("fast aggregate verify", |b| {
            b.iter(|| fast_aggregate_verify(&keys, MESSAGE, &sum));
        });
        group.bench_function("batch verify", |b| b.iter(|| batch_verify(&sets)));
        let shares = unchecked(&shares);
        group.bench_function("aggregate valid", |b| b.iter(|| aggregate_valid(MESSAGE, &shares)));
        group.finish();
    }
}

fn bad_shares(c: &mut Criterion) {
    let mut group = c.benchmark_group("bls find bad shares among 128");
    for bad in [1usize, 4, 42] {
        let mut shares = shares(128);
        for position in 0..bad {
            shares[position * 3].1 = secret(999).sign(MESSAGE);
        }
        let shares = unchecked(&shares);
        group.bench_function(BenchmarkId::new("find invalid", bad), |b| {
            b.iter(|| find_invalid(MESSAGE, &shares));
        });
        group.bench_function(BenchmarkId::new("aggregate valid", bad), |b| {
            b.iter(|| aggregate_valid(MESSAGE, &shares));
        });
    }
    group.finish();
}

fn unchecked(shares: &[(PublicKey, Signature)]) -> Vec<Share> {
    shares.iter().map(|(key, signature)| (*key, (*signature).into())).collect()
}

fn sets(shares: &[(PublicKey, Signature)]) -> Vec<SignatureSet<'_>> {
    shares
        .iter()
        .map(|(key, signature)| SignatureSet { key, message: MESSAGE, signature })
        .collect()
}

criterion_group!(benches, one_signature, committee, bad_shares);
criterion_main!(benches);
