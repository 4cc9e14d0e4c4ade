//! Field elements, scalars and points on the C interface of blst.
//!
//! Every blst function used here reads and writes plain limbs through pointers that are valid for
//! the whole call, keeps no pointer, and is defined for every bit pattern of reduced limbs; the
//! types of this module hold reduced limbs only.

use core::fmt;

use blst::*;

/// The order of the base field, the least significant limb first.
const MODULUS: [u64; 6] = [
    0xb9fe_ffff_ffff_aaab,
    0x1eab_fffe_b153_ffff,
    0x6730_d2a0_f6b0_f624,
    0x6477_4b84_f385_12bf,
    0x4b1b_a7b6_434b_acd7,
    0x1a01_11ea_397f_e69a,
];

/// An element of the base field, in Montgomery form.
#[derive(Clone, Copy, Default, Eq)]
#[repr(transparent)]
pub struct Fp(blst_fp);

/// An element of the scalar field, in Montgomery form.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Scalar(blst_fr);

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
pub(super) struct Jacobian(blst_p1);

/// A point of the second group, checked to be in it.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(super) struct PointG2(blst_p2_affine);

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

impl Fp {
    /// One.
    pub const ONE: Self = Self(blst_fp {
        l: [
            0x7609_0000_0002_fffd,
            0xebf4_000b_c40c_0002,
            0x5f48_9857_53c7_58ba,
            0x77ce_5853_7052_5745,
            0x5c07_1a97_a256_ec6d,
            0x15f6_5ec3_fa80_e493,
        ],
    });

    #[inline]
    pub(super) fn is_zero(&self) -> bool {
        self.0.l.iter().fold(0, |bits, limb| bits | limb) == 0
    }

    pub(super) fn inverse(&self) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module.
        unsafe { blst_fp_eucl_inverse(&mut out.0, &self.0) };
        out
    }

    pub(super) fn square(&self) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module.
        unsafe { blst_fp_sqr(&mut out.0, &self.0) };
        out
    }

    pub(super) fn triple(&self) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module.
        unsafe { blst_fp_mul_by_3(&mut out.0, &self.0) };
        out
    }

    #[inline]
    fn negate(&self) -> Self {
        Self::default() - *self
    }
}

// The hot loop adds as often as it multiplies, and a call costs more than the addition.
impl core::ops::Add for Fp {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let sum = add_limbs(&self.0.l, &other.0.l);
        // Both are below the modulus of 381 bits, so nothing is carried out of 384.
        let (reduced, borrow) = subtract_limbs(&sum, &MODULUS);
        Self(blst_fp { l: if borrow { sum } else { reduced } })
    }
}

impl core::ops::Sub for Fp {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = subtract_limbs(&self.0.l, &other.0.l);
        let lifted = add_limbs(&difference, &MODULUS);
        Self(blst_fp { l: if borrow { lifted } else { difference } })
    }
}

impl PartialEq for Fp {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.0.l.iter().zip(&other.0.l).fold(0, |bits, (left, right)| bits | (left ^ right)) == 0
    }
}

#[inline]
fn add_limbs(left: &[u64; 6], right: &[u64; 6]) -> [u64; 6] {
    let mut carry = false;
    core::array::from_fn(|index| {
        let limb;
        (limb, carry) = left[index].carrying_add(right[index], carry);
        limb
    })
}

#[inline]
fn subtract_limbs(left: &[u64; 6], right: &[u64; 6]) -> ([u64; 6], bool) {
    let mut borrow = false;
    let difference = core::array::from_fn(|index| {
        let limb;
        (limb, borrow) = left[index].borrowing_sub(right[index], borrow);
        limb
    });
    (difference, borrow)
}

impl Scalar {
    /// Zero.
    pub const ZERO: Self = Self(blst_fr { l: [0; 4] });

    /// A small number.
    pub fn from_u64(number: u64) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module; the source is four limbs.
        unsafe { blst_fr_from_uint64(&mut out.0, [number, 0, 0, 0].as_ptr()) };
        out
    }

    /// Big-endian bytes of a number below the group order; `None` for any other.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut plain = blst_scalar::default();
        let mut out = Self::default();
        // SAFETY: see the module; the source is 32 bytes.
        unsafe {
            blst_scalar_from_bendian(&mut plain, bytes.as_ptr());
            if !blst_scalar_fr_check(&plain) {
                return None;
            }
            blst_fr_from_scalar(&mut out.0, &plain);
        }
        Some(out)
    }

    /// Big-endian bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = self.to_le_bytes();
        bytes.reverse();
        bytes
    }

    pub(super) fn to_le_bytes(self) -> [u8; 32] {
        let mut plain = blst_scalar::default();
        // SAFETY: see the module.
        unsafe { blst_scalar_from_fr(&mut plain, &self.0) };
        plain.b
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The inverse; zero for zero.
    pub fn inverse(&self) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module.
        unsafe { blst_fr_eucl_inverse(&mut out.0, &self.0) };
        out
    }
}

macro_rules! field_operators {
    ($($kind:ident $trait:ident $method:ident $function:ident;)+) => { $(
        impl core::ops::$trait for $kind {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                let mut out = Self::default();
                // SAFETY: see the module.
                unsafe { $function(&mut out.0, &self.0, &other.0) };
                out
            }
        }
    )+ };
}

field_operators! {
    Fp Mul mul blst_fp_mul;
    Scalar Add add blst_fr_add;
    Scalar Sub sub blst_fr_sub;
    Scalar Mul mul blst_fr_mul;
}

impl core::ops::AddAssign for Scalar {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.to_bytes()))
    }
}

impl Point {
    /// The neutral element.
    pub const INFINITY: Self = Self { x: Fp(blst_fp { l: [0; 6] }), y: Fp(blst_fp { l: [0; 6] }) };

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
    pub(super) fn double(&mut self) {
        let mut out = blst_p1::default();
        // SAFETY: see the module.
        unsafe { blst_p1_double(&mut out, &self.0) };
        self.0 = out;
    }

    pub(super) fn add(&mut self, point: &Point) {
        let mut out = blst_p1::default();
        // SAFETY: see the module.
        unsafe { blst_p1_add_or_double_affine(&mut out, &self.0, &point.to_blst()) };
        self.0 = out;
    }

    pub(super) fn to_affine(self) -> Point {
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
    pub(super) fn generator() -> Self {
        // SAFETY: blst returns a pointer to a constant.
        Self(unsafe { *blst_p2_affine_generator() })
    }

    /// A compressed point of the group; `None` for any other bytes.
    pub(super) fn from_compressed(bytes: &[u8; 96]) -> Option<Self> {
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
    pairing_product_is_one(&[(*left, PointG2::generator()), (*right, *super::ceremony::tau_g2())])
}

/// Whether the product of the pairings is one; infinity pairs to one.
pub(super) fn pairing_product_is_one(pairs: &[(Point, PointG2)]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// 0, 1, p − 1, p − 2, and numbers with long runs of ones.
    fn edge_elements() -> Vec<Fp> {
        let mut limbs = vec![[0; 6], [1, 0, 0, 0, 0, 0], [u64::MAX, u64::MAX, 0, 0, 0, 0]];
        limbs.push([0, 0, 0, 0, 0, 0x1a01_11ea_397f_e699]);
        for small in [1, 2] {
            limbs.push(subtract_limbs(&MODULUS, &[small, 0, 0, 0, 0, 0]).0);
        }
        limbs.into_iter().map(|l| Fp(blst_fp { l })).collect()
    }

    #[test]
    fn test_sums_and_differences_are_those_of_blst() {
        for left in edge_elements() {
            for right in edge_elements() {
                let (mut sum, mut difference) = (Fp::default(), Fp::default());
                // SAFETY: see the module.
                unsafe {
                    blst_fp_add(&mut sum.0, &left.0, &right.0);
                    blst_fp_sub(&mut difference.0, &left.0, &right.0);
                }
                assert!(left + right == sum && left - right == difference);
                assert_eq!(left == right, left.0.l == right.0.l);
            }
        }
        for element in edge_elements() {
            assert!((element + element.negate()).is_zero());
        }
    }

    #[test]
    fn test_scalars_at_and_above_the_order() {
        let largest = (Scalar::ZERO - Scalar::from_u64(1)).to_bytes();
        assert_eq!(Scalar::from_bytes(&largest).map(Scalar::to_bytes), Some(largest));
        let mut order = largest;
        order[31] += 1;
        assert_eq!(Scalar::from_bytes(&order), None);
        assert_eq!(Scalar::from_bytes(&[0xff; 32]), None);
    }
}
