//! Nodes as the rows of a store.
//!
//! ```text
//! inner node   C 96 ‖ set of children 32 ‖ set of those that are inner nodes 32 ‖ scalar 32 each
//! stem         (suffix ‖ value 32) each, up to 4 values; C 96 before them from 5 values on
//! ```
//! A set is 256 bits, the child of byte b at bit b mod 8 of byte b / 8; children and suffixes
//! ascend. The two forms of a stem differ in their length modulo 33.

use super::children::Children;
use super::commitment::{Pair, SMALL_LIMIT};
use super::keys::Value;
use super::nodes::{Body, Child, Inner, Kind, Node};
use crate::curve::{Point, Scalar};
use crate::error::Error;
use crate::store::StoreError;

const POINT_BYTES: usize = 96;
const SET_BYTES: usize = 32;
const SCALAR_BYTES: usize = 32;
const PAIR_BYTES: usize = 33;

/// The row of an inner node.
pub(super) fn encode_inner(inner: &Inner) -> Vec<u8> {
    let children = inner.children.iter().map(|(byte, child)| (byte, child.node.kind(), child));
    let mut row = start_inner(&inner.commitment, inner.children.len());
    for (byte, kind, child) in children {
        push_child(&mut row, byte, kind, child.scalar);
    }
    row
}

/// A row with a commitment and without children.
pub(super) fn start_inner(commitment: &Point, children: usize) -> Vec<u8> {
    let mut row = Vec::with_capacity(POINT_BYTES + 2 * SET_BYTES + SCALAR_BYTES * children);
    row.extend_from_slice(&commitment.to_bytes());
    row.extend_from_slice(&[0; 2 * SET_BYTES]);
    row
}

/// Appends the next child to the row of an inner node.
pub(super) fn push_child(row: &mut Vec<u8>, byte: u8, kind: Kind, scalar: Scalar) {
    let (place, bit) = (POINT_BYTES + usize::from(byte / 8), 1 << (byte % 8));
    row[place] |= bit;
    if kind == Kind::Inner {
        row[place + SET_BYTES] |= bit;
    }
    row.extend_from_slice(&scalar.to_bytes());
}

/// The inner node of a row, its children not loaded.
pub(super) fn decode_inner(row: &[u8]) -> Result<Inner, Error> {
    let corrupt = |why: &str| Error::from(StoreError::corrupt(format!("inner node: {why}")));
    let (commitment, rest) = take_point(row).ok_or_else(|| corrupt("no point"))?;
    let (sets, scalars) =
        rest.split_at_checked(2 * SET_BYTES).ok_or_else(|| corrupt("no children"))?;
    let (present, inner) = sets.split_at(SET_BYTES);
    if present.iter().zip(inner).any(|(present, inner)| inner & !present != 0) {
        return Err(corrupt("an absent child has a kind"));
    }
    let has = |set: &[u8], byte: u8| set[usize::from(byte / 8)] >> (byte % 8) & 1 == 1;
    let mut children = Vec::with_capacity(scalars.len() / SCALAR_BYTES);
    let mut scalars = scalars.chunks(SCALAR_BYTES);
    for byte in (0..=u8::MAX).filter(|byte| has(present, *byte)) {
        let scalar = scalars.next().and_then(|bytes| Scalar::from_bytes(bytes.try_into().ok()?));
        let scalar = scalar.ok_or_else(|| corrupt("no scalar"))?;
        let kind = if has(inner, byte) { Kind::Inner } else { Kind::Stem };
        children.push((byte, Child { scalar, node: Node::Unloaded(kind) }));
    }
    match scalars.next() {
        None => Ok(Inner { commitment, children: Children::from_ascending(children.into_iter()) }),
        Some(_) => Err(corrupt("trailing bytes")),
    }
}

/// The row of a stem; nothing for one whose values are not known.
pub(super) fn encode_body(body: &Body) -> Option<Vec<u8>> {
    match body {
        Body::Single(_) | Body::Small(_) => Some(encode_pairs(None, body.pairs())),
        Body::Vector(vector) => Some(encode_pairs(Some(&vector.commitment), &vector.pairs)),
        Body::Hidden(_) => None,
    }
}

/// The row of a stem with these pairs, and this commitment if it has one.
pub(super) fn encode_pairs(commitment: Option<&Point>, pairs: &[Pair]) -> Vec<u8> {
    let mut row = Vec::with_capacity(POINT_BYTES + PAIR_BYTES * pairs.len());
    row.extend(commitment.iter().flat_map(|commitment| commitment.to_bytes()));
    for (suffix, value) in pairs {
        row.push(*suffix);
        row.extend_from_slice(value);
    }
    row
}

/// The values of a stem's row.
pub(super) fn decode_body(row: &[u8]) -> Result<Body, Error> {
    let corrupt = |why: &str| Error::from(StoreError::corrupt(format!("stem: {why}")));
    let pairs: Vec<Pair> = pairs(row).collect();
    if !pairs.is_sorted_by(|(left, _), (right, _)| left < right) {
        return Err(corrupt("suffixes do not ascend"));
    }
    let is_small = (1..=SMALL_LIMIT).contains(&pairs.len());
    if is_small && row.len() == PAIR_BYTES * pairs.len() {
        return Ok(Body::small(&pairs));
    }
    let (commitment, rest) = take_point(row).ok_or_else(|| corrupt("no values and no point"))?;
    if pairs.len() <= SMALL_LIMIT || rest.len() != PAIR_BYTES * pairs.len() {
        return Err(corrupt("the values do not fit its form"));
    }
    Ok(Body::vector(commitment, pairs))
}

/// The suffixes of a stem's row and their values, as they stand there.
pub fn pairs(row: &[u8]) -> impl ExactSizeIterator<Item = Pair> {
    let has_point = !row.len().is_multiple_of(PAIR_BYTES);
    let pairs = if has_point { row.get(POINT_BYTES..).unwrap_or_default() } else { row };
    pairs.chunks_exact(PAIR_BYTES).map(|pair| {
        let mut value = Value::default();
        value.copy_from_slice(&pair[1..]);
        (pair[0], value)
    })
}

fn take_point(row: &[u8]) -> Option<(Point, &[u8])> {
    let (bytes, rest) = row.split_first_chunk::<POINT_BYTES>()?;
    Some((Point::from_bytes(bytes).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::ceremony::lagrange_points;

    fn pairs_of(suffixes: impl IntoIterator<Item = u8>) -> Vec<Pair> {
        suffixes.into_iter().map(|suffix| (suffix, [suffix; 32])).collect()
    }

    #[test]
    fn test_stems_of_both_forms_come_back() {
        let commitment = lagrange_points()[3];
        for count in [1, 4, 5, 33, 255] {
            let expected = pairs_of(0..count);
            let point = (usize::from(count) > SMALL_LIMIT).then_some(&commitment);
            let row = encode_pairs(point, &expected);
            let body = decode_body(&row).expect("it was encoded");
            assert_eq!(body.pairs(), expected);
            assert_eq!(body.as_vector().map(|vector| vector.commitment), point.copied());
            assert_eq!(encode_body(&body), Some(row));
        }
    }

    #[test]
    fn test_stems_of_no_form_are_corrupt() {
        let commitment = lagrange_points()[3];
        let rows = [
            Vec::new(),
            encode_pairs(None, &pairs_of(0..5)),
            encode_pairs(Some(&commitment), &pairs_of(0..4)),
            encode_pairs(None, &pairs_of([2, 1])),
            encode_pairs(None, &pairs_of([1, 1])),
            encode_pairs(None, &pairs_of([1]))[..32].to_vec(),
            vec![1; 96 + 5 * 33],
        ];
        for row in rows {
            assert!(decode_body(&row).is_err(), "{}", hex::encode(row));
        }
    }

    #[test]
    fn test_inner_nodes_come_back_without_what_is_below() {
        let mut row = start_inner(&lagrange_points()[1], 3);
        push_child(&mut row, 0, Kind::Stem, Scalar::from_u64(7));
        push_child(&mut row, 8, Kind::Inner, Scalar::from_u64(8));
        push_child(&mut row, 255, Kind::Stem, Scalar::from_u64(9));
        let inner = decode_inner(&row).expect("it was encoded");
        let found: Vec<_> =
            inner.children.iter().map(|(byte, child)| (byte, child.node.kind())).collect();
        assert_eq!(found, [(0, Kind::Stem), (8, Kind::Inner), (255, Kind::Stem)]);
        assert_eq!(encode_inner(&inner), row);
        for length in 0..row.len() {
            assert!(decode_inner(&row[..length]).is_err(), "{length} bytes");
        }
        row.push(0);
        assert!(decode_inner(&row).is_err(), "a trailing byte");
        row.pop();
        row[POINT_BYTES + SET_BYTES] |= 2;
        assert!(decode_inner(&row).is_err(), "a kind of an absent child");
    }
}
