//! Packets verified with the producer's hints, without them, and with false ones.

use alloy_primitives::Address;
use corollup_core::endorser::{Context, verify};
use corollup_core::error::Reason;
use corollup_core::producer::{Built, build};
use corollup_core::senders::HINT_BYTES;

use crate::blocks::{data, load, load_all_codes};
use crate::support::{Chain, Tx, producer_key};

/// Status and reason of the packet, with these hints.
fn judge(built: &Built, hints: Option<&[u8]>) -> (Option<u8>, Option<Reason>) {
    let context = Context { hints, ..Context::default() };
    let verdict = verify(&built.result.encode(), &context).expect("this machine can tell");
    (verdict.status(), verdict.outcome.err().map(|rejected| rejected.reason))
}

fn assert_judged(built: &Built) {
    assert_eq!(built.hints.len(), built.transactions.len() * HINT_BYTES);
    assert_eq!(judge(built, None), (Some(1), None));
    assert_eq!(judge(built, Some(&built.hints)), (Some(1), None));
    let is_false = (None, Some(Reason::FalseHint));
    for place in [0, built.hints.len() - 1] {
        let mut hints = built.hints.clone();
        hints[place] ^= 1;
        assert_eq!(judge(built, Some(&hints)), is_false);
    }
    assert_eq!(judge(built, Some(&[])), is_false);
    assert_eq!(judge(built, Some(&built.hints[1..])), is_false);
}

#[test]
fn test_packets_of_few_and_of_many_transactions() {
    for count in [1, 30] {
        let receiver = Address::repeat_byte(0x0e);
        let transactions = (0..count).map(|nonce| Tx::call(nonce, receiver).sign()).collect();
        assert_judged(&Chain::native([]).build(transactions));
    }
}

#[test]
fn test_mainnet_blocks() {
    let Some(folder) = data() else { return };
    let codes = load_all_codes(&folder);
    // Homestead, and one that has several types of transactions.
    for number in [2_675_000, 15_537_394] {
        let (chain, _, block) = load(&folder, number, &codes);
        let mut request = chain.request(block.transactions);
        request.producer = block.beneficiary;
        request.prev_randao = block.prev_randao;
        let mut built = build(&chain.state, &chain.tree, &request).expect("builds");
        built.sign(&producer_key());
        assert_judged(&built);
    }
}
