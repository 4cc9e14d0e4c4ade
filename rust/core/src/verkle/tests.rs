//! The tree, its proofs and its partial form against each other.

use alloy_primitives::B256;
use proptest::prelude::*;

use super::commitment::{hash_inner, hash_stem_nodes};
use super::keys::{Key, Value, split};
use super::layout::{Finding, Status};
use super::nodes::{Body, StemNode};
use super::proof::{Opening, Statement, Vector};
use super::wire::Witness;
use super::{
    PartialTree, PointSize, ProofError, Tree, compute_final_opening, verify, verify_strict,
};
use crate::curve::fixed_base::{FixedBase, TableSize};
use crate::curve::msm::multi_scalar_multiply;
use crate::curve::opening::verify_opening;
use crate::curve::{Point, Scalar};
use crate::lanes::Backend;

const CHAIN_ID: u64 = 777;

/// A key whose stem is `prefix` and zeros.
fn key(prefix: &[u8], suffix: u8) -> Key {
    let mut key = [0; 32];
    key[..prefix.len()].copy_from_slice(prefix);
    key[31] = suffix;
    key
}

fn value(number: u8) -> Value {
    let mut value = [0; 32];
    value[31] = number;
    value
}

/// A tree with every form of a slot: small and vector stems, an inner node, deep neighbours.
fn sample_tree() -> Tree {
    let mut values = vec![
        (key(&[1], 0), value(1)),
        (key(&[1], 7), value(2)),
        (key(&[2, 1, 1], 3), value(3)),
        (key(&[2, 1, 2], 3), value(3)),
        (key(&[3; 31], 9), value(4)),
    ];
    values.extend((0..6).map(|suffix| (key(&[4], suffix * 40), value(suffix + 10))));
    values.into_iter().collect()
}

fn values_of(tree: &Tree, keys: &[Key]) -> Vec<(Key, Value)> {
    keys.iter().map(|key| (*key, tree.get(key).expect("in memory").unwrap_or_default())).collect()
}

fn prove_and_verify(tree: &Tree, keys: &[Key]) -> PartialTree {
    let proof = tree.prove(CHAIN_ID, keys).expect("the request is in order");
    verify(CHAIN_ID, tree.root(), &values_of(tree, keys), &proof).expect("the proof is honest")
}

#[test]
fn test_every_form_of_presence_and_absence_is_proven() {
    let tree = sample_tree();
    let keys = [
        key(&[0], 0),       // nothing in the slot
        key(&[1], 0),       // small, present
        key(&[1], 1),       // small, absent suffix
        key(&[1, 1], 0),    // another stem, which is requested
        key(&[2, 1, 1], 3), // small, deep
        key(&[2, 1, 3], 3), // nothing, deep
        key(&[2, 2], 3),    // nothing, below an inner node
        key(&[3], 9),       // another stem, which is not requested
        key(&[4], 40),      // vector, present
        key(&[4], 41),      // vector, absent suffix
    ];
    prove_and_verify(&tree, &keys);
    for key in keys {
        prove_and_verify(&tree, &[key]);
    }
}

#[test]
fn test_full_nodes_and_a_vector_of_equal_values_are_proven() {
    // Every slot of the root, and every suffix of a stem whose polynomial is constant.
    let mut values: Vec<(Key, Value)> =
        (0..=u8::MAX).map(|byte| (key(&[byte], 0), value(1))).collect();
    values.extend((1..=u8::MAX).map(|suffix| (key(&[9], suffix), value(1))));
    let mut tree: Tree = values.iter().copied().collect();
    let mut keys: Vec<Key> = values.iter().map(|(key, _)| *key).collect();
    keys.sort_unstable();
    let partial = prove_and_verify(&tree, &keys);
    let writes: Vec<(Key, Value)> = keys.iter().map(|key| (*key, value(2))).collect();
    let (post_root, updates) = partial.apply(&writes).expect("every write is covered");
    assert_eq!(updates.len(), 256);
    assert_eq!(post_root, tree.apply(&writes).expect("in memory").post_root);
}

#[test]
fn test_stems_that_differ_in_their_last_byte_meet_at_depth_30() {
    let mut stems = [[5u8; 31]; 2];
    stems[1][30] = 6;
    let mut tree: Tree = [(key(&stems[0], 0), value(1))].into_iter().collect();
    let partial = prove_and_verify(&tree, &[key(&stems[1], 0)]);
    let writes = [(key(&stems[1], 0), value(2))];
    let applied = tree.apply(&writes).expect("in memory");
    assert_eq!(partial.apply(&writes), Ok((applied.post_root, applied.updates.clone())));
    let lengths: Vec<u8> = applied.updates.iter().map(|entry| entry.length).collect();
    assert_eq!(lengths, (1..=31).chain([31]).collect::<Vec<u8>>());
    prove_and_verify(&tree, &[key(&stems[0], 0), key(&stems[1], 0)]);
}

#[test]
fn test_empty_tree_proves_absence_with_points_at_infinity() {
    let tree = Tree::new();
    let keys = [key(&[1], 0), key(&[1], 1), key(&[2], 0)];
    for (point_size, zeros) in [(PointSize::Affine, 96), (PointSize::Compressed, 48)] {
        let proof = tree.prove_with(CHAIN_ID, &keys, point_size).expect("in order");
        let infinity = match point_size {
            PointSize::Affine => vec![0; zeros],
            PointSize::Compressed => [&[0xc0][..], &vec![0; zeros - 1]].concat(),
        };
        assert!(proof.ends_with(&infinity.repeat(3)));
        assert!(verify(CHAIN_ID, tree.root(), &values_of(&tree, &keys), &proof).is_ok());
    }
}

#[test]
fn test_request_must_ascend_and_not_be_empty() {
    let tree = sample_tree();
    let (low, high) = (key(&[1], 0), key(&[1], 1));
    for keys in [&[][..], &[high, low], &[low, low]] {
        assert!(tree.prove(CHAIN_ID, keys).is_err());
        let proof = tree.prove(CHAIN_ID, &[low, high]).expect("in order");
        let values: Vec<(Key, Value)> = keys.iter().map(|key| (*key, value(0))).collect();
        let refused = verify(CHAIN_ID, tree.root(), &values, &proof);
        assert!(matches!(refused, Err(ProofError::Malformed(_))));
    }
}

#[test]
fn test_other_statements_are_refused() {
    let tree = sample_tree();
    let keys = [key(&[1], 0), key(&[4], 40), key(&[4], 41)];
    let proof = tree.prove(CHAIN_ID, &keys).expect("in order");
    let values = values_of(&tree, &keys);
    let invalid = |result: Result<PartialTree, ProofError>| {
        assert!(matches!(result, Err(ProofError::Invalid(_))), "{result:?}");
    };
    invalid(verify(CHAIN_ID + 1, tree.root(), &values, &proof));
    invalid(verify(CHAIN_ID, B256::ZERO, &values, &proof));
    for index in 0..2 {
        let mut altered = values.clone();
        altered[index].1[0] ^= 1;
        invalid(verify(CHAIN_ID, tree.root(), &altered, &proof));
    }
    let mut altered = values;
    altered[2].1[0] = 1;
    let result = verify(CHAIN_ID, tree.root(), &altered, &proof);
    assert!(matches!(result, Err(ProofError::Malformed(_))), "{result:?}");
}

#[test]
fn test_every_flipped_byte_of_a_proof_is_refused() {
    let tree = sample_tree();
    let keys = [key(&[1], 0), key(&[3], 9), key(&[4], 40), key(&[5], 0)];
    let values = values_of(&tree, &keys);
    for point_size in [PointSize::Affine, PointSize::Compressed] {
        let proof = tree.prove_with(CHAIN_ID, &keys, point_size).expect("in order");
        for index in 0..proof.len() {
            for mask in [1, 0x80] {
                let mut altered = proof.clone();
                altered[index] ^= mask;
                let result = verify(CHAIN_ID, tree.root(), &values, &altered);
                assert!(result.is_err(), "byte {index}, {point_size:?}");
            }
        }
        for length in 0..proof.len() {
            assert!(verify(CHAIN_ID, tree.root(), &values, &proof[..length]).is_err());
        }
        let longer = [&proof[..], &[0]].concat();
        assert!(verify(CHAIN_ID, tree.root(), &values, &longer).is_err());
    }
}

#[test]
fn test_final_opening_verifies_and_no_other_value_does() {
    let tree = sample_tree();
    let keys = [key(&[1], 0), key(&[4], 40)];
    let proof = tree.prove(CHAIN_ID, &keys).expect("in order");
    let opening = compute_final_opening(CHAIN_ID, tree.root(), &values_of(&tree, &keys), &proof)
        .expect("the proof is honest");
    let one = Scalar::from_u64(1);
    let check = |value| {
        let (points, scalars) = (vec![opening.commitment], vec![one]);
        verify_opening(points, scalars, opening.place, value, &opening.proof)
    };
    assert!(check(opening.value));
    assert!(!check(opening.value + one));
}

#[test]
fn test_write_outside_the_proof_is_refused() {
    let tree = sample_tree();
    let partial = prove_and_verify(&tree, &[key(&[1], 0)]);
    assert!(partial.apply(&[(key(&[1], 0), value(9))]).is_ok());
    assert!(partial.apply(&[(key(&[1], 1), value(9))]).is_err());
}

#[test]
fn test_undo_restores_root_and_values() {
    let mut tree = sample_tree();
    let before = tree.root();
    let first = tree.apply(&[(key(&[1], 0), value(9))]).expect("in memory");
    let middle = tree.root();
    let second = tree.apply(&[(key(&[1, 2], 0), value(9))]).expect("in memory");
    assert_eq!(second.post_root, tree.root());
    tree.revert(second.undo);
    assert_eq!(tree.root(), middle);
    assert_eq!(tree.get(&key(&[1, 2], 0)), Ok(None));
    tree.revert(first.undo);
    assert_eq!(tree.root(), before);
    assert_eq!(tree.get(&key(&[1], 0)), Ok(Some(value(1))));
}

#[test]
fn test_unchanged_values_are_no_writes() {
    let mut tree = sample_tree();
    let root = tree.root();
    let applied =
        tree.apply(&[(key(&[1], 0), value(1)), (key(&[9], 0), value(0))]).expect("in memory");
    assert_eq!((applied.post_root, applied.updates), (root, vec![]));
    assert_eq!(tree.get(&key(&[9], 0)), Ok(None));
}

#[test]
fn test_written_zero_is_not_absence() {
    let written = (key(&[1], 0), value(5));
    let mut tree: Tree = [written].into_iter().collect();
    tree.apply(&[(written.0, value(0))]).expect("in memory");
    assert_eq!(tree.get(&written.0), Ok(Some(value(0))));
    assert_ne!(tree.root(), Tree::new().root());
    prove_and_verify(&tree, &[written.0]);
}

/// Keys over few bytes, so that stems split, meet and grow past four values.
fn keys_strategy() -> impl Strategy<Value = Vec<(Key, Value)>> {
    let prefix = prop::collection::vec(0u8..3, 0..5);
    let pair = (prefix, 0u8..7, 0u8..4);
    prop::collection::vec(
        pair.prop_map(|(prefix, suffix, number)| (key(&prefix, suffix), value(number))),
        1..40,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn test_any_history_gives_the_same_tree(mut values in keys_strategy(), cut in 0usize..40) {
        values.iter_mut().for_each(|(_, value)| value[0] = 1);
        values.sort();
        values.dedup_by_key(|(key, _)| *key);
        let whole: Tree = values.iter().copied().collect();
        let cut = cut.min(values.len());
        let mut parts = Tree::new();
        parts.apply(&values[cut..]).expect("in memory");
        parts.apply(&values[..cut].iter().rev().copied().collect::<Vec<_>>()).expect("in memory");
        prop_assert_eq!(parts.root(), whole.root());
    }

    #[test]
    fn test_stateless_update_agrees_with_the_whole_tree(
        values in keys_strategy(),
        writes in keys_strategy(),
        reads in keys_strategy(),
    ) {
        let mut tree: Tree = values.into_iter().collect();
        let mut keys: Vec<Key> = writes.iter().chain(&reads).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        let partial = prove_and_verify(&tree, &keys);
        let (post_root, updates) = partial.apply(&writes).expect("every write is covered");
        let applied = tree.apply(&writes).expect("in memory");
        prop_assert_eq!(post_root, applied.post_root);
        prop_assert_eq!(&updates, &applied.updates);
        prop_assert_eq!(updates.is_empty(), partial.root() == post_root);
        let order = |entry: &super::UpdateEntry| (entry.length, entry.path[..entry.length.into()].to_vec());
        prop_assert!(updates.windows(2).all(|pair| order(&pair[0]) < order(&pair[1])));
    }

    #[test]
    fn test_decoder_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let values = [(key(&[1], 0), value(0)), (key(&[4], 0), value(1))];
        prop_assert!(verify(CHAIN_ID, B256::ZERO, &values, &bytes).is_err());
        let headed = [&[1, 0, 0, 0, 0, 2][..], &bytes].concat();
        prop_assert!(verify(CHAIN_ID, B256::ZERO, &values, &headed).is_err());
    }
}

/// Multiplied by the group order, a point outside the group leaves a pure cofactor point.
fn cofactor_point() -> Point {
    let point = point_outside_the_group();
    let order_minus_one = Scalar::ZERO - Scalar::from_u64(1);
    let ones = [order_minus_one, Scalar::from_u64(1)];
    multi_scalar_multiply(&[point, point], &ones)
}

#[test]
fn test_cofactor_component_hides_nothing_and_only_the_strict_check_sees_it() {
    // A tree whose root commitment is shifted: its root hashes the shifted bytes.
    let written = (key(&[1], 0), value(5));
    let tree: Tree = [written].into_iter().collect();
    let shift = cofactor_point();
    assert!(!shift.is_infinity() && !shift.is_in_group());
    let one = Scalar::from_u64(1);
    let shifted = multi_scalar_multiply(&[commitment_of(&tree), shift], &[one, one]);
    let root = hash_inner(&shifted);
    let stem = StemNode { stem: split(&written.0).0, body: Body::small(&[(0, value(5))]) };
    let scalar = hash_stem_nodes(Backend::Portable, [&stem].into_iter())[0];
    let statement = Statement {
        chain_id: CHAIN_ID,
        root,
        nodes: vec![shifted].into(),
        openings: vec![Opening { node: 0, index: 1, value: scalar }],
    };
    let proof =
        statement.prove(&[Vector::Values(vec![(1, scalar)])], FixedBase::get(TableSize::Small));
    let witness = Witness {
        findings: vec![Finding { depth: 1, status: Status::Small }],
        presence: vec![true],
        travelling: vec![vec![]],
        hidden: vec![],
        nodes: statement.nodes,
        proof,
    };
    let bytes = witness.encode(PointSize::Affine);
    assert!(verify(CHAIN_ID, root, &[written], &bytes).is_ok());
    let refused = verify(CHAIN_ID, root, &[(written.0, value(6))], &bytes);
    assert!(matches!(refused, Err(ProofError::Invalid(_))));
    let strict = verify_strict(CHAIN_ID, root, &[written], &bytes);
    assert_eq!(strict.map(|tree| tree.root()), Err(ProofError::OutsideGroup));
    let honest = tree.prove(CHAIN_ID, &[written.0]).expect("in order");
    assert!(verify_strict(CHAIN_ID, tree.root(), &[written], &honest).is_ok());
}

/// The commitment of the root, from a proof of anything.
fn commitment_of(tree: &Tree) -> Point {
    let proof = tree.prove(CHAIN_ID, &[key(&[1], 0)]).expect("in order");
    let start = proof.len() - 3 * 96;
    let bytes = proof[start..start + 96].try_into().expect("a point");
    Point::from_bytes(&bytes).expect("an honest point")
}

#[test]
fn test_points_of_the_proof_must_be_in_the_group() {
    let tree = sample_tree();
    let keys = [key(&[1], 0)];
    let mut proof = tree.prove(CHAIN_ID, &keys).expect("in order");
    let outside = point_outside_the_group();
    let start = proof.len() - 96;
    proof[start..].copy_from_slice(&outside.to_bytes());
    let result = verify(CHAIN_ID, tree.root(), &values_of(&tree, &keys), &proof);
    assert_eq!(
        result.map(|tree| tree.root()),
        Err(ProofError::Invalid("a point of the proof is not in the group"))
    );
}

/// The first point of the curve, by its compressed form, that is outside the group.
fn point_outside_the_group() -> Point {
    let points = (1..=u8::MAX).filter_map(|last| {
        let mut bytes = [0; 48];
        (bytes[0], bytes[47]) = (0x80, last);
        Point::from_compressed(&bytes).ok()
    });
    points.into_iter().find(|point| !point.is_in_group()).expect("most are outside")
}
