//! Who signed a packet's transactions: with hints, without, and one by one.
//!
//! All rows decode the transactions, too, and all run on one thread.

#![allow(missing_docs)]

use std::hint::black_box;

use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, U256};
use corollup_core::evm::{Envelope, Fork, Transaction};
use corollup_core::lanes::{Backend, Choice, choose};
use corollup_core::senders::{compute_hints, decode_transactions};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const FORK: Fork = Fork::Osaka;

fn sign(key: u64, nonce: u64) -> Bytes {
    let to = Address::repeat_byte(0xaa).into();
    let tx = TxEip1559 { chain_id: 1, nonce, gas_limit: 21_000, to, ..TxEip1559::default() };
    let key = B256::from(U256::from(key));
    let signature = sign_message(key, tx.signature_hash()).expect("a valid key");
    Envelope::from(tx.into_signed(signature)).encoded_2718().into()
}

fn decode_each(payload: &[Bytes]) -> Vec<Transaction> {
    payload.iter().map(|bytes| Transaction::decode(bytes, FORK).expect("signed here")).collect()
}

fn choose_backend(backend: Backend) {
    choose(backend.name().parse::<Choice>().expect("its name")).expect("it is available");
}

fn packets(c: &mut Criterion) {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("the first pool");
    for count in [100_u64, 500, 1000] {
        let mut group = c.benchmark_group(format!("senders of {count}"));
        group.throughput(Throughput::Elements(count));
        let payload: Vec<Bytes> = (1..=count).map(|key| sign(key, 0)).collect();
        let hints = compute_hints(&decode_each(&payload));
        group.bench_function("libsecp256k1 one by one", |b| b.iter(|| decode_each(&payload)));
        for backend in Backend::available() {
            choose_backend(*backend);
            let id = |what| BenchmarkId::new(what, backend);
            group.bench_function(id("with hints"), |b| {
                b.iter(|| decode_transactions(black_box(&payload), FORK, Some(&hints)));
            });
            group.bench_function(id("without hints"), |b| {
                b.iter(|| decode_transactions(black_box(&payload), FORK, None));
            });
        }
        group.finish();
    }
}

/// What a stranger can do: one sender, one transaction a hundred times, a false hint.
fn hostile(c: &mut Criterion) {
    let mut group = c.benchmark_group("senders of 500, hostile");
    let of_one: Vec<Bytes> = (0..500).map(|nonce| sign(1, nonce)).collect();
    let the_same = vec![sign(1, 0); 500];
    let hints = |payload: &[Bytes]| compute_hints(&decode_each(payload));
    let mut false_hints = hints(&of_one);
    false_hints.rotate_left(96);
    let packets = [
        ("one sender", &of_one, hints(&of_one)),
        ("one transaction", &the_same, hints(&the_same)),
        ("false hints", &of_one, false_hints),
    ];
    for backend in Backend::available() {
        choose_backend(*backend);
        for (name, payload, hints) in &packets {
            group.bench_function(BenchmarkId::new(*name, backend), |b| {
                b.iter(|| decode_transactions(black_box(payload), FORK, Some(hints)));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, packets, hostile);
criterion_main!(benches);
