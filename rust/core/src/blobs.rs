//! The blobs of a data anchor: the payloads since the last anchor as field elements, and the check
//! of their KZG proofs.
//!
//! ```text
//! data   u8 1 ‖ u64 first packet ‖ u32 count ‖ u32 length of the rest ‖ (u32 length ‖ payload)*
//! blob   4096 elements of 32 bytes, each 00 ‖ 31 bytes of the data, zeros after its end
//! ```

use std::sync::LazyLock;

use alloy_primitives::{B256, U256, keccak256, uint};
use sha2::{Digest, Sha256};

use crate::containers::BlobProof;
use crate::containers::limits::MAX_ANCHOR_BYTES;
use crate::curve::msm::multi_scalar_multiply;
use crate::curve::opening::verify_opening;
use crate::curve::{Point, Scalar};
use crate::error::Error;

/// Elements of a blob.
pub const ELEMENTS: usize = 4096;
/// Bytes of a blob.
pub const BLOB_BYTES: usize = 32 * ELEMENTS;
/// Bytes of data that a blob holds.
pub const BLOB_DATA_BYTES: usize = 31 * ELEMENTS;

const CODEC: u8 = 1;
/// What begins the hash that gives the point of a blob's proof (EIP-4844).
const BLOB_CHALLENGE: &[u8; 16] = b"FSBLOBVERIFY_V1_";
/// What begins the hash that weighs the proofs of several blobs (EIP-4844).
const BATCH_CHALLENGE: &[u8; 16] = b"RCKZGBATCH___V1_";
/// Order of the scalar field.
const ORDER: U256 = uint!(0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001_U256);

/// The 4096 roots of unity in bit-reversed order, as a blob's elements stand over them.
static ROOTS: LazyLock<Vec<Scalar>> = LazyLock::new(|| {
    // 7 generates the field's group.
    let root = power(Scalar::from_u64(7), (ORDER - U256::from(1)) / U256::from(ELEMENTS));
    let mut roots = vec![Scalar::ONE; ELEMENTS];
    let mut current = Scalar::ONE;
    for exponent in 0..ELEMENTS {
        roots[exponent.reverse_bits() >> (usize::BITS - ELEMENTS.ilog2())] = current;
        current = current * root;
    }
    roots
});

/// Writes the payloads of consecutive packets into as few blobs as hold them.
///
/// # Errors
/// If they are more than the blobs of an anchor hold.
pub fn encode_blobs<T: AsRef<[u8]>>(first: u64, payloads: &[T]) -> Result<Vec<Vec<u8>>, Error> {
    let length = payloads.iter().map(|payload| 4 + payload.as_ref().len()).sum::<usize>();
    let mut data = vec![CODEC];
    data.extend_from_slice(&first.to_be_bytes());
    data.extend_from_slice(&to_u32(payloads.len())?.to_be_bytes());
    data.extend_from_slice(&to_u32(length)?.to_be_bytes());
    if data.len() + length > MAX_ANCHOR_BYTES {
        let found = data.len() + length;
        let why = format!("{found} bytes of data, the blobs hold {MAX_ANCHOR_BYTES}");
        return Err(Error::Argument(why));
    }
    for payload in payloads {
        data.extend_from_slice(&to_u32(payload.as_ref().len())?.to_be_bytes());
        data.extend_from_slice(payload.as_ref());
    }
    Ok(data.chunks(BLOB_DATA_BYTES).map(fill_blob).collect())
}

fn fill_blob(data: &[u8]) -> Vec<u8> {
    let mut blob = vec![0; BLOB_BYTES];
    for (element, bytes) in blob.chunks_mut(32).zip(data.chunks(31)) {
        element[1..=bytes.len()].copy_from_slice(bytes);
    }
    blob
}

fn to_u32(length: usize) -> Result<u32, Error> {
    u32::try_from(length).map_err(|_| Error::Argument(format!("{length} bytes of data")))
}

/// Computes the hash by which the L1 names a blob (EIP-4844).
pub fn compute_versioned_hash(commitment: &[u8; 48]) -> B256 {
    let mut hash = B256::from_slice(&Sha256::digest(commitment));
    hash[0] = 1;
    hash
}

/// Computes the data hash of an anchor with these blobs.
pub fn compute_data_hash(blobs: &[BlobProof]) -> B256 {
    let hashes = blobs.iter().map(|blob| compute_versioned_hash(&blob.commitment).0);
    keccak256(hashes.collect::<Vec<_>>().as_flattened())
}

/// Checks the proof of each blob, all by one pairing.
///
/// # Errors
/// Which blob has no proof that could be one, or that not all proofs are true.
pub fn verify_blobs(blobs: &[Vec<u8>], proofs: &[BlobProof]) -> Result<(), String> {
    if blobs.len() != proofs.len() {
        return Err(format!("expected {} blobs, found {}", blobs.len(), proofs.len()));
    }
    let claims = blobs.iter().zip(proofs).enumerate();
    let claims = claims
        .map(|(index, (blob, proof))| {
            Claim::read(blob, proof)
                .ok_or_else(|| format!("blob {index} has no points in the group"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let weight = compute_weight(&claims, proofs);
    let mut powers = vec![Scalar::ONE];
    powers.extend(claims.iter().scan(Scalar::ONE, |current, _| {
        *current = *current * weight;
        Some(*current)
    }));
    // Σ w (C + z π − y G) + τ · −Σ w π = 0, which is one opening at zero.
    let (mut points, mut scalars, mut value) = (Vec::new(), Vec::new(), Scalar::ZERO);
    for (claim, power) in claims.iter().zip(&powers) {
        points.extend([claim.commitment, claim.proof]);
        scalars.extend([*power, *power * claim.place]);
        value += *power * claim.value;
    }
    let openings: Vec<Point> = claims.iter().map(|claim| claim.proof).collect();
    let proof = multi_scalar_multiply(&openings, &powers[..openings.len()]);
    let is_true = verify_opening(points, scalars, Scalar::ZERO, value, &proof);
    if is_true { Ok(()) } else { Err("a blob's proof is not true".into()) }
}

/// That the polynomial under a commitment has a value at a place.
struct Claim {
    commitment: Point,
    proof: Point,
    place: Scalar,
    value: Scalar,
}

impl Claim {
    fn read(blob: &[u8], proof: &BlobProof) -> Option<Self> {
        let point = |bytes| Point::from_compressed(bytes).ok().filter(Point::is_in_group);
        let elements = read_elements(blob)?;
        let place = compute_place(blob, &proof.commitment);
        Some(Self {
            commitment: point(&proof.commitment)?,
            proof: point(&proof.proof)?,
            place,
            value: evaluate(&elements, place),
        })
    }
}

fn read_elements(blob: &[u8]) -> Option<Vec<Scalar>> {
    let (elements, rest) = blob.as_chunks::<32>();
    let is_whole = elements.len() == ELEMENTS && rest.is_empty();
    is_whole.then(|| elements.iter().map(Scalar::from_bytes).collect())?
}

/// The point at which a blob is opened.
fn compute_place(blob: &[u8], commitment: &[u8; 48]) -> Scalar {
    let mut hasher = Sha256::new();
    hasher.update(BLOB_CHALLENGE);
    hasher.update((ELEMENTS as u128).to_be_bytes());
    hasher.update(blob);
    hasher.update(commitment);
    reduce(&hasher.finalize().into())
}

/// What weighs the claims against each other.
fn compute_weight(claims: &[Claim], proofs: &[BlobProof]) -> Scalar {
    let mut hasher = Sha256::new();
    hasher.update(BATCH_CHALLENGE);
    hasher.update((ELEMENTS as u64).to_be_bytes());
    hasher.update((claims.len() as u64).to_be_bytes());
    for (claim, proof) in claims.iter().zip(proofs) {
        hasher.update(proof.commitment);
        hasher.update(claim.place.to_bytes());
        hasher.update(claim.value.to_bytes());
        hasher.update(proof.proof);
    }
    reduce(&hasher.finalize().into())
}

fn reduce(hash: &[u8; 32]) -> Scalar {
    let reduced = U256::from_be_bytes(*hash) % ORDER;
    Scalar::from_bytes(&reduced.to_be_bytes()).unwrap_or_default()
}

/// The value at a place of the polynomial with these values over [`ROOTS`]:
/// `(z^n − 1) / n · Σ p_i ω_i / (z − ω_i)`.
fn evaluate(elements: &[Scalar], place: Scalar) -> Scalar {
    if let Some(index) = ROOTS.iter().position(|root| *root == place) {
        return elements[index];
    }
    let inverses = invert_all(ROOTS.iter().map(|root| place - *root).collect());
    let terms = elements.iter().zip(ROOTS.iter()).zip(&inverses);
    let sum = terms
        .fold(Scalar::ZERO, |sum, ((element, root), inverse)| sum + *element * *root * *inverse);
    let degree = U256::from(ELEMENTS);
    let factor = power(place, degree) - Scalar::ONE;
    factor * Scalar::from_u64(ELEMENTS as u64).inverse() * sum
}

/// Inverts numbers that are not zero, all by one inversion.
fn invert_all(mut numbers: Vec<Scalar>) -> Vec<Scalar> {
    let mut before = Vec::with_capacity(numbers.len());
    let product = numbers.iter().fold(Scalar::ONE, |product, number| {
        before.push(product);
        product * *number
    });
    let mut inverse = product.inverse();
    for (number, before) in numbers.iter_mut().zip(before).rev() {
        let inverted = inverse * before;
        inverse = inverse * *number;
        *number = inverted;
    }
    numbers
}

fn power(base: Scalar, exponent: U256) -> Scalar {
    (0..exponent.bit_len()).rev().fold(Scalar::ONE, |result, bit| {
        let square = result * result;
        if exponent.bit(bit) { square * base } else { square }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_data_is_packed_31_bytes_an_element() {
        let blobs = encode_blobs(7, &[vec![0xab; 20]]).expect("it fits");
        assert_eq!(blobs.len(), 1);
        let (elements, _) = blobs[0].as_chunks::<32>();
        assert_eq!(elements[0][..18], *b"\0\x01\0\0\0\0\0\0\0\x07\0\0\0\x01\0\0\0\x18");
        assert_eq!(elements[0][18..22], [0, 0, 0, 20]);
        assert_eq!(elements[0][22..], [0xab; 10]);
        assert_eq!(elements[1][..12], [&[0][..], &[0xab; 10], &[0]].concat());
    }

    #[test]
    fn test_data_is_in_as_few_blobs_as_hold_it() {
        let head = 17 + 4;
        for (size, expected) in [
            (BLOB_DATA_BYTES - head, Some(1)),
            (BLOB_DATA_BYTES - head + 1, Some(2)),
            (6 * BLOB_DATA_BYTES - head, Some(6)),
            (6 * BLOB_DATA_BYTES - head + 1, None),
        ] {
            let blobs = encode_blobs(1, &[vec![1; size]]).ok();
            assert_eq!(blobs.map(|blobs| blobs.len()), expected, "{size}");
        }
    }

    #[test]
    fn test_polynomial_is_evaluated_on_and_off_the_roots() {
        // p(X) = X: its values are the roots themselves.
        let place = Scalar::from_u64(123_456_789);
        assert_eq!(evaluate(&ROOTS, place), place);
        assert_eq!(evaluate(&ROOTS, ROOTS[77]), ROOTS[77]);
        assert_eq!(ROOTS[1], Scalar::ZERO - Scalar::ONE, "the order is bit-reversed");
    }
}
