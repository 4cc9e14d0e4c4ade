//! Points of both groups, and their pairing.

use core::fmt;
use std::sync::LazyLock;

use blst::*;

use super::fields::Fp;
use crate::curve::ceremony;

/// An affine point of the curve; infinity has both coordinates zero, which are not on the curve.
///
/// In memory it is the 96 bytes of `x` and `y` in Montgomery form, and nothing else; aligned so
/// that they lie in two lines of the cache.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(C, align(32))]
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
        let (halves, _) = bytes.as_chunks_mut::<48>();
        (halves[0], halves[1]) = (self.x.to_bytes(), self.y.to_bytes());
        bytes
    }

    /// The inverse of [`Point::to_bytes`], for points of the curve, not only of the group.
    pub fn from_bytes(bytes: &[u8; 96]) -> Result<Self, PointError> {
        let (halves, _) = bytes.as_chunks::<48>();
        let (Some(x), Some(y)) = (Fp::from_bytes(&halves[0]), Fp::from_bytes(&halves[1])) else {
            return Err(PointError::NotCanonical);
        };
        let point = Self { x, y };
        // SAFETY: see the module.
        if !point.is_infinity() && !unsafe { blst_p1_affine_on_curve(&point.to_blst()) } {
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

    /// The affine points, with one inversion for all.
    pub(in crate::curve) fn to_affine_all(points: &[Self]) -> Vec<Point> {
        let finite: Vec<*const blst_p1> = points
            .iter()
            .filter(|point| !point.is_infinity())
            .map(|point| &raw const point.0)
            .collect();
        let mut affine = vec![blst_p1_affine::default(); finite.len()];
        if !finite.is_empty() {
            // SAFETY: see the module; as many pointers as there is room for results.
            unsafe { blst_p1s_to_affine(affine.as_mut_ptr(), finite.as_ptr(), finite.len()) };
        }
        let mut affine = affine.into_iter().map(Point::from_blst);
        let mut take = |point: &Self| if point.is_infinity() { None } else { affine.next() };
        points.iter().map(|point| take(point).unwrap_or(Point::INFINITY)).collect()
    }

    fn is_infinity(&self) -> bool {
        self.0.z.l == [0; 6]
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

    fn lines(&self) -> Lines {
        let mut lines = Lines([blst_fp6::default(); 68]);
        // SAFETY: see the module; the target is 68 lines.
        unsafe { blst_precompute_lines(lines.0.as_mut_ptr(), &self.0) };
        lines
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

/// The lines that a Miller loop draws through a point of the second group.
struct Lines([blst_fp6; 68]);

/// The lines of the generator and of [τ]G2, which every check pairs with.
static LINES: LazyLock<[Lines; 2]> =
    LazyLock::new(|| [PointG2::generator(), *ceremony::tau_g2()].map(|point| point.lines()));

/// Whether `e(left, G2) · e(right, [τ]G2) = 1`, with the τ of the ceremony.
pub fn pairing_check(left: &Point, right: &Point) -> bool {
    let pairs = [left, right].into_iter().zip(LINES.iter());
    let loops = pairs.filter(|(point, _)| !point.is_infinity()).map(|(point, lines)| {
        let mut out = blst_fp12::default();
        // SAFETY: see the module; the source is 68 lines.
        unsafe { blst_miller_loop_lines(&mut out, lines.0.as_ptr(), &point.to_blst()) };
        out
    });
    exponentiates_to_one(loops)
}

/// Whether the product of the pairings is one; infinity pairs to one.
#[cfg(test)]
pub(in crate::curve) fn pairing_product_is_one(pairs: &[(Point, PointG2)]) -> bool {
    let pairs = pairs.iter().filter(|(point, _)| !point.is_infinity());
    exponentiates_to_one(pairs.map(|(point, point_g2)| {
        let mut out = blst_fp12::default();
        // SAFETY: see the module.
        unsafe { blst_miller_loop(&mut out, &point_g2.0, &point.to_blst()) };
        out
    }))
}

/// Whether the product of the results of Miller loops becomes one by the final exponentiation.
fn exponentiates_to_one(loops: impl Iterator<Item = blst_fp12>) -> bool {
    // SAFETY: blst returns a pointer to a constant.
    let mut product = unsafe { *blst_fp12_one() };
    for factor in loops {
        let before = product;
        // SAFETY: see the module.
        unsafe { blst_fp12_mul(&mut product, &before, &factor) };
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

    #[test]
    fn test_kept_lines_give_the_same_pairing() {
        let (one, two) = (Point::generator(), {
            let mut sum = Jacobian::from(Point::generator());
            sum.double();
            sum.to_affine()
        });
        for left in [one, two, one.negate(), Point::INFINITY] {
            for right in [one, two, Point::INFINITY] {
                let tau = *ceremony::tau_g2();
                let expected =
                    pairing_product_is_one(&[(left, PointG2::generator()), (right, tau)]);
                assert_eq!(pairing_check(&left, &right), expected);
            }
        }
    }
}
