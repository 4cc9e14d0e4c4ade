//! Points of both groups, and their pairing.

use core::fmt;

use blst::*;

use super::fields::Fp;
use crate::curve::ceremony;

/// An affine point of the curve; infinity has both coordinates zero, which are not on the curve.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Point {
    /// First coordinate.
    pub x: Fp,
    /// Second coordinate.
    pub y: Fp,
}

/// A point in Jacobian coordinates, for sums that are not worth a batch.
#[derive(Clone, Copy, Default)]
#[repr(transparent)]
pub(in crate::curve) struct Jacobian(blst_p1);

/// A point of the second group, checked to be in it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(in crate::curve) struct PointG2(blst_p2_affine);

/// Why bytes are no point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointError {
    /// A coordinate is not reduced, or the flag bits are not those of this form.
    #[error("point encoding is not canonical")]
    NotCanonical,
    /// The coordinates do not satisfy the equation of the curve.
    #[error("point is not on the curve")]
    NotOnCurve,
}

impl Point {
    /// The neutral element.
    pub const INFINITY: Self = Self { x: Fp::ZERO, y: Fp::ZERO };

    /// The standard generator of the group.
    pub fn generator() -> Self {
        // SAFETY: blst returns a pointer to a constant.
        Self::from_blst(unsafe { *blst_p1_affine_generator() })
    }

    /// Whether it is the neutral element.
    pub fn is_infinity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    /// The inverse element.
    pub fn negate(&self) -> Self {
        Self { x: self.x, y: self.y.negate() }
    }

    /// `x ‖ y`, 48 bytes each; infinity is 96 zero bytes.
    pub fn to_bytes(self) -> [u8; 96] {
        let mut bytes = [0; 96];
        // SAFETY: see the module; the targets are the two halves of 96 bytes.
        unsafe {
            blst_bendian_from_fp(bytes.as_mut_ptr(), &self.x.0);
            blst_bendian_from_fp(bytes.as_mut_ptr().add(48), &self.y.0);
        }
        bytes
    }

    /// The inverse of [`Point::to_bytes`], for points of the curve, not only of the group.
    pub fn from_bytes(bytes: &[u8; 96]) -> Result<Self, PointError> {
        let mut point = Self::default();
        // SAFETY: see the module; the sources are the two halves of 96 bytes, and a coordinate
        // that is not reduced is refused right after by the comparison of the bytes.
        let on_curve = unsafe {
            blst_fp_from_bendian(&mut point.x.0, bytes.as_ptr());
            blst_fp_from_bendian(&mut point.y.0, bytes.as_ptr().add(48));
            blst_p1_affine_on_curve(&point.to_blst())
        };
        if point.to_bytes() != *bytes {
            return Err(PointError::NotCanonical);
        }
        if !point.is_infinity() && !on_curve {
            return Err(PointError::NotOnCurve);
        }
        Ok(point)
    }

    /// The compressed form with its three flag bits.
    pub fn to_compressed(self) -> [u8; 48] {
        let mut bytes = [0; 48];
        // SAFETY: see the module; the target is 48 bytes.
        unsafe { blst_p1_affine_compress(bytes.as_mut_ptr(), &self.to_blst()) };
        bytes
    }

    /// The inverse of [`Point::to_compressed`], for points of the curve, not only of the group.
    pub fn from_compressed(bytes: &[u8; 48]) -> Result<Self, PointError> {
        let mut out = blst_p1_affine::default();
        // SAFETY: see the module; the source is 48 bytes.
        match unsafe { blst_p1_uncompress(&mut out, bytes.as_ptr()) } {
            BLST_ERROR::BLST_SUCCESS => Ok(Self::from_blst(out)),
            BLST_ERROR::BLST_POINT_NOT_ON_CURVE => Err(PointError::NotOnCurve),
            _ => Err(PointError::NotCanonical),
        }
    }

    /// Whether the point is in the group of prime order; infinity is.
    pub fn is_in_group(&self) -> bool {
        // SAFETY: see the module.
        unsafe { blst_p1_affine_in_g1(&self.to_blst()) }
    }

    fn to_blst(self) -> blst_p1_affine {
        blst_p1_affine { x: self.x.0, y: self.y.0 }
    }

    fn from_blst(point: blst_p1_affine) -> Self {
        Self { x: Fp(point.x), y: Fp(point.y) }
    }
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Point({})", hex::encode(self.to_compressed()))
    }
}

impl Jacobian {
    pub(in crate::curve) fn double(&mut self) {
        let mut out = blst_p1::default();
        // SAFETY: see the module.
        unsafe { blst_p1_double(&mut out, &self.0) };
        self.0 = out;
    }

    pub(in crate::curve) fn add(&mut self, point: &Point) {
        let mut out = blst_p1::default();
        // SAFETY: see the module.
        unsafe { blst_p1_add_or_double_affine(&mut out, &self.0, &point.to_blst()) };
        self.0 = out;
    }

    pub(in crate::curve) fn to_affine(self) -> Point {
        let mut out = blst_p1_affine::default();
        // SAFETY: see the module.
        unsafe { blst_p1_to_affine(&mut out, &self.0) };
        Point::from_blst(out)
    }
}

impl From<Point> for Jacobian {
    fn from(point: Point) -> Self {
        let mut out = blst_p1::default();
        // SAFETY: see the module.
        unsafe { blst_p1_from_affine(&mut out, &point.to_blst()) };
        Self(out)
    }
}

impl PointG2 {
    pub(in crate::curve) fn generator() -> Self {
        // SAFETY: blst returns a pointer to a constant.
        Self(unsafe { *blst_p2_affine_generator() })
    }

    /// A compressed point of the group; `None` for any other bytes.
    pub(in crate::curve) fn from_compressed(bytes: &[u8; 96]) -> Option<Self> {
        let mut out = blst_p2_affine::default();
        // SAFETY: see the module; the source is 96 bytes.
        let valid = unsafe {
            blst_p2_uncompress(&mut out, bytes.as_ptr()) == BLST_ERROR::BLST_SUCCESS
                && blst_p2_affine_in_g2(&out)
        };
        valid.then_some(Self(out))
    }
}

/// Whether `e(left, G2) · e(right, [τ]G2) = 1`, with the τ of the ceremony.
pub fn pairing_check(left: &Point, right: &Point) -> bool {
    pairing_product_is_one(&[(*left, PointG2::generator()), (*right, *ceremony::tau_g2())])
}

/// Whether the product of the pairings is one; infinity pairs to one.
pub(in crate::curve) fn pairing_product_is_one(pairs: &[(Point, PointG2)]) -> bool {
    // SAFETY: blst returns a pointer to a constant.
    let mut product = unsafe { *blst_fp12_one() };
    for (point, point_g2) in pairs.iter().filter(|(point, _)| !point.is_infinity()) {
        let (mut line, factor) = (blst_fp12::default(), product);
        // SAFETY: see the module.
        unsafe {
            blst_miller_loop(&mut line, &point_g2.0, &point.to_blst());
            blst_fp12_mul(&mut product, &factor, &line);
        }
    }
    let mut result = blst_fp12::default();
    // SAFETY: see the module.
    unsafe {
        blst_final_exp(&mut result, &product);
        blst_fp12_is_one(&result)
    }
}
