//! Caches save work and change no verdict.

use alloy_primitives::{Bytes, keccak256};
use corollup_core::caches::{Caches, Limits};
use corollup_core::containers::ExecutionResult;
use corollup_core::endorser::{Context, verify};
use corollup_core::verkle::{Key, PointCache, PointSize};

use crate::blocks::{data, load, load_all_codes};
use crate::support::{Chain, producer_key};
use crate::tampering::Honest;

const BLOCK: u64 = 116_525;

/// The packet of a mainnet block with points of 48 bytes, or `None` where the test data is absent.
fn compressed_packet() -> Option<(Honest, ExecutionResult)> {
    let folder = data()?;
    let (chain, _, block) = load(&folder, BLOCK, &load_all_codes(&folder));
    let mut request = chain.request(block.transactions);
    request.producer = block.beneficiary;
    request.prev_randao = block.prev_randao;
    let built = corollup_core::producer::build(&chain.state, &chain.tree, &request);
    let mut built = built.expect("builds");
    built.sign(&producer_key());
    let mut result = built.result.clone();
    let keys: Vec<Key> = built.access_list.entries().iter().map(|(key, _)| *key).collect();
    let proof = chain.tree.prove_with(1, &keys, PointSize::Compressed).expect("sorted keys");
    result.body.proof = proof.into();
    Some((Honest::new(chain, built), result))
}

fn outcome(result: &ExecutionResult, caches: Option<&Caches>) -> Result<usize, String> {
    let context = Context { caches, ..Context::default() };
    let verdict = verify(&result.encode(), &context).expect("this machine can tell");
    verdict.outcome.map(|verified| verified.receipts.len()).map_err(|why| why.to_string())
}

#[test]
fn test_warm_verdicts_are_the_cold_ones() {
    let Some((honest, result)) = compressed_packet() else { return };
    let caches = Caches::default();
    let cold = outcome(&result, None);
    assert_eq!(cold, Ok(honest.built.receipts.len()));
    assert_eq!(outcome(&result, Some(&caches)), cold);

    let known = result.body.codes.iter().filter_map(|code| caches.codes.find(code));
    let hashes: Vec<_> = known.map(|(hash, _)| hash).collect();
    let expected: Vec<_> = result.body.codes.iter().map(keccak256).collect();
    assert_eq!(hashes, expected);
    let proof = &result.body.proof;
    let last_point = proof[proof.len() - 48..].try_into().expect("48 bytes");
    assert!(caches.points.get(last_point).is_some());

    assert_eq!(outcome(&result, Some(&caches)), cold);
    let changes: [fn(&mut ExecutionResult); 5] = [
        |result| result.body.codes.clear(),
        |result| result.body.codes.reverse(),
        |result| result.body.codes[0] = Bytes::from_static(b"another"),
        |result| change_last_byte(&mut result.body.proof),
        |result| change_last_byte(&mut result.body.payload),
    ];
    for change in changes {
        let mut changed = result.clone();
        change(&mut changed);
        let cold = outcome(&changed, None);
        assert!(cold.is_err());
        assert_eq!(outcome(&changed, Some(&caches)), cold);
    }
}

fn change_last_byte(bytes: &mut Bytes) {
    let mut changed = bytes.to_vec();
    if let Some(last) = changed.last_mut() {
        *last ^= 1;
    }
    *bytes = changed.into();
}

#[test]
fn test_caches_without_room_hold_nothing() {
    let Some((honest, result)) = compressed_packet() else { return };
    let caches = Caches::new(Limits { code_bytes: 0, point_bytes: 0 });
    assert_eq!(outcome(&result, Some(&caches)), Ok(honest.built.receipts.len()));
    assert!(result.body.codes.iter().all(|code| caches.codes.find(code).is_none()));
}

#[test]
fn test_strict_check_passes_an_honest_packet() {
    let chain = Chain::native([]);
    let bytes = chain.build(vec![]).result.encode();
    let context = Context { strict: true, ..Context::default() };
    let verdict = verify(&bytes, &context).expect("every point is in the group");
    assert_eq!(verdict.status(), Some(1));
}
