//! All statements of a packet in one equation.
//!
//! ```text
//! Σ ρᵢ (zᵢ/sᵢ · G + rᵢ/sᵢ · Qᵢ − Rᵢ) = O
//! ```
//!
//! The weights ρᵢ are 128-bit integers that SHA-256 derives from all statements, so nobody knows
//! them before the statements are fixed. The group has prime order: if one statement is false, at
//! most one value of its weight makes the sum vanish, whatever the others are.
//! Every honest node computes the same weights, hence the same answer.

use sha2::{Digest, Sha256};

use super::hint::Statement;
use super::msm::multi_scalar_multiply;
use super::point::Point;
use super::scalar::{Scalar, Short};
use crate::lanes::Backend;

/// Separates these hashes from all others.
const TAG: &[u8] = b"corollup/sender-hints/1";

/// Whether all statements are true; a false one passes with probability 2^−128.
pub(super) fn is_true(backend: Backend, statements: &[Statement]) -> bool {
    let weights = compute_weights(statements);
    let inverses = Scalar::invert_all(statements.iter().map(|statement| statement.s));
    let mut points = Vec::with_capacity(3 * statements.len() + 2);
    let mut scalars = Vec::with_capacity(3 * statements.len() + 2);
    let mut add = |scalar: Scalar, point: Point| {
        let (first, second) = scalar.split();
        points.extend([point, point.times_lambda()]);
        scalars.extend([first, second]);
    };
    let mut generator = Scalar::ZERO;
    for ((statement, weight), inverse) in statements.iter().zip(&weights).zip(inverses) {
        let factor = weight.to_scalar() * inverse;
        generator = generator + factor * statement.z;
        add(factor * statement.r, statement.key);
    }
    add(generator, Point::GENERATOR);
    points.extend(statements.iter().map(|statement| statement.nonce));
    scalars.extend(weights.iter().map(|weight| -*weight));
    multi_scalar_multiply(backend, &points, &scalars).is_infinity()
}

/// Derives one weight a statement: 16 bytes each of the blocks SHA-256(seed ‖ u32 block number),
/// as big-endian integers in two's complement.
pub(super) fn compute_weights(statements: &[Statement]) -> Vec<Short> {
    let mut seed = Sha256::new_with_prefix(TAG);
    for statement in statements {
        seed.update(statement.digest);
    }
    let seed = seed.finalize();
    let blocks = (0_u32..).flat_map(|number| {
        let block = Sha256::new().chain_update(seed).chain_update(number.to_be_bytes()).finalize();
        let block: [u8; 32] = block.into();
        let wide =
            |bytes: &[u8]| bytes.iter().fold(0_i128, |sum, byte| sum << 8 | i128::from(*byte));
        [wide(&block[..16]), wide(&block[16..])]
    });
    blocks.take(statements.len()).map(Short::from).collect()
}
