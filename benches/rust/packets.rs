//! A producer, an endorser and a bare node on packets of so many transfers.

#![allow(missing_docs)]

use alloy_primitives::{B256, Bytes, U256};
use corollup_core::endorser::{Context, verify};
use corollup_core::evm::{Fork, run_bare_block};
use corollup_core::rules;
use corollup_lab::network::Network;
use corollup_lab::transfers::{fund_senders, sign_transfer};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const COUNTS: [u64; 5] = [1, 10, 100, 500, 1_400];

fn packets(c: &mut Criterion) {
    let network =
        Network::native(&fund_senders(COUNTS[4]).expect("valid keys")).expect("small balances");
    let sign = |number| sign_transfer(B256::from(U256::from(number)), 0).expect("a valid key");
    let transfers: Vec<Bytes> = (1..=COUNTS[4]).map(sign).collect();
    for count in COUNTS {
        let transactions = transfers[..usize::try_from(count).expect("small")].to_vec();
        let request = network.request(transactions.clone());
        let built = network.build(&request).expect("a sound request");
        assert_eq!(built.refused, []);
        let header = &built.result.header;
        let config = Some(&network.config);
        let chain_id = network.config.l2_chain_id;
        let environment = rules::block_environment(header, Fork::Osaka, chain_id, config);
        let (encoded, hints) = (built.result.encode(), built.hints);
        let context = Context { hints: Some(&hints), ..Context::default() };

        let mut group = c.benchmark_group(format!("packet of {count} transfers"));
        group.sample_size(10).throughput(Throughput::Elements(count));
        group.bench_function("bare node", |b| {
            b.iter(|| run_bare_block(&network.state, &environment, &transactions));
        });
        group.bench_function("endorser", |b| b.iter(|| verify(&encoded, &context)));
        group.bench_function("endorser without hints", |b| {
            b.iter(|| verify(&encoded, &Context::default()));
        });
        group.bench_function("producer", |b| b.iter(|| network.build(&request)));
        group.finish();
    }
}

criterion_group!(benches, packets);
criterion_main!(benches);
