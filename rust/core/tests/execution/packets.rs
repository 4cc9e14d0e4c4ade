//! Native packets.

use alloy_primitives::{address, bytes};
use corollup_core::containers::Parent;

use crate::support::{Chain, Tx, contract, verify_offline};

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
        chain.state.apply_access_list(&built.access_list, &built.created_codes);
        chain.tree = built.tree;
        chain.parent = Parent::Header(built.result.header);
    }
}
