//! Native packets.

use alloy_primitives::{address, bytes};
use corollup_core::containers::Parent;
use corollup_core::producer::{Prepared, prepare};

use crate::support::{Chain, Tx, contract, producer_key, verify_offline};

const COUNTER: alloy_primitives::Address = address!("0000000000000000000000000000000000c0c0c0");

#[test]
fn test_chain_of_packets_verifies() {
    // SSTORE(0, SLOAD(0) + 1); SSTORE(2, BLOCKHASH(NUMBER - 1))
    let mut chain =
        Chain::native([(COUNTER, contract(bytes!("5f546001015f5560014303405f600255600255")))]);
    for packet in 0..3 {
        let built = chain.build(vec![
            Tx::call(2 * packet, COUNTER).sign(),
            Tx::call(2 * packet + 1, COUNTER).sign(),
        ]);
        assert_eq!(built.refused, []);
        let verdict = verify_offline(&built.result.encode());
        let verified = verdict.outcome.unwrap_or_else(|rejected| panic!("{rejected}"));
        assert_eq!(verified.access_list, built.access_list);
        chain.apply(&built);
    }
}

#[test]
fn test_next_packet_is_prepared_while_one_is_proven() {
    let mut chain =
        Chain::native([(COUNTER, contract(bytes!("5f546001015f5560014303405f600255600255")))]);
    let alone = [0, 1].map(|nonce| {
        let built = chain.build(vec![Tx::call(nonce, COUNTER).sign()]);
        chain.apply(&built);
        built.result
    });

    let mut chain =
        Chain::native([(COUNTER, contract(bytes!("5f546001015f5560014303405f600255600255")))]);
    let request = chain.request(vec![Tx::call(0, COUNTER).sign()]);
    let first = prepare(&chain.state, &chain.tree, &request, 1).expect("the request is sound");
    chain.state.apply_access_list(first.access_list(), first.created_codes());
    chain.tree = first.tree().clone();
    chain.parent = Parent::Header(first.header().clone());
    let request = chain.request(vec![Tx::call(1, COUNTER).sign()]);
    let (first, second) = rayon::join(
        || first.prove(),
        || prepare(&chain.state, &chain.tree, &request, 1).and_then(Prepared::prove),
    );
    for (prepared, alone) in [first, second].into_iter().zip(alone) {
        let mut built = prepared.expect("proven").expect("within the limits");
        built.sign(&producer_key());
        assert_eq!(built.result, alone);
    }
}
