//! Field elements and points on the C interface of blst.
//!
//! Every blst function used here reads and writes plain limbs through pointers that are valid for
//! the whole call, keeps no pointer, and is defined for every bit pattern of reduced limbs; the
//! types of this module hold reduced limbs only.

mod fields;
mod points;
mod tables;

pub use fields::Fp;
pub(super) use fields::invert_scalar;
#[cfg(test)]
pub(super) use points::pairing_product_is_one;
pub(super) use points::{Jacobian, PointG2};
pub use points::{Point, PointError, pairing_check};
pub(super) use tables::Tables;
