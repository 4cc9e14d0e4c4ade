//! Curve arithmetic of the Verkle commitments: BLS12-381 G1 over public data.
//!
//! Everything here is variable in time and works on public data only; keys never come near it.
//!
//! ```text
//! ffi       the C interface of blst, the one unsafe module here
//! sums      many sums of affine points with shared inversions, in lanes or on blst's field
//! scalar    numbers below the group order; digits: the same in signed windows
//! fixed_base, msm    products with the 256 known points, and with any points, both by `sums`
//! ceremony, domain   the known points and the 256 roots of unity
//! decoding  points from bytes, many at a time
//! opening   the check of one opening, the only pairing
//! ```

pub mod ceremony;
pub mod decoding;
mod digits;
pub mod domain;
mod ffi;
pub mod fixed_base;
pub mod msm;
pub mod opening;
mod scalar;
pub mod sums;

pub use ffi::{Fp, Point, PointError, pairing_check};
pub use scalar::{ProductSum, Scalar};
