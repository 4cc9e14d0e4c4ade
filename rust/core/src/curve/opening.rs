//! The check that a polynomial under a commitment has a value at a point.

use super::ffi::{Point, pairing_check};
use super::msm::multi_scalar_multiply;
use super::scalar::Scalar;

/// Whether `Σ scalars[i] · points[i]` opens to `value` at `place`, by the proof π.
///
/// `e(C − value·G + place·π, G2) · e(−π, [τ]G2) = 1`. The caller has decoded every point; π must
/// be in the group of prime order, or the same statement has many proofs.
pub fn verify_opening(
    mut points: Vec<Point>,
    mut scalars: Vec<Scalar>,
    place: Scalar,
    value: Scalar,
    proof: &Point,
) -> bool {
    points.extend([Point::generator(), *proof]);
    scalars.extend([Scalar::ZERO - value, place]);
    pairing_check(&multi_scalar_multiply(&points, &scalars), &proof.negate())
}
