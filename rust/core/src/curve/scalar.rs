//! The scalar field: numbers below the group order.
//!
//! Proofs and updates spend most of their time outside the curve here, so the arithmetic is inline
//! and sums of products are reduced once.

use core::fmt;

use super::ffi::invert_scalar;

/// The group order, the least significant limb first.
const ORDER: Limbs =
    [0xffff_ffff_0000_0001, 0x53bd_a402_fffe_5bfe, 0x3339_d808_09a1_d805, 0x73ed_a753_299d_7d48];
/// `−1 / order` modulo 2^64.
const MINUS_INVERSE: u64 = 0xffff_fffe_ffff_ffff;
/// 2^256 modulo the order: one.
const ONE: Limbs =
    [0x0000_0001_ffff_fffe, 0x5884_b7fa_0003_4802, 0x998c_4fef_ecbc_4ff5, 0x1824_b159_acc5_056f];
/// 2^512 modulo the order.
const SQUARE_OF_RADIX: Limbs =
    [0xc999_e990_f3f2_9c6d, 0x2b6c_edcb_8792_5c23, 0x05d3_1496_7254_398f, 0x0748_d9d9_9f59_ff11];

type Limbs = [u64; 4];

/// A number below the group order, in Montgomery form with the radix 2^256.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Scalar(Limbs);

/// A sum of products that is reduced once, at the end.
#[derive(Clone, Copy, Default)]
pub struct ProductSum([u64; 9]);

impl Scalar {
    /// Zero.
    pub const ZERO: Self = Self([0; 4]);

    /// One.
    pub const ONE: Self = Self(ONE);

    /// A small number.
    #[inline]
    pub fn from_u64(number: u64) -> Self {
        Self([number, 0, 0, 0]) * Self(SQUARE_OF_RADIX)
    }

    /// Big-endian bytes of a number below the group order; `None` for any other.
    #[inline]
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let (words, _) = bytes.as_chunks::<8>();
        let limbs = [3, 2, 1, 0].map(|index: usize| u64::from_be_bytes(words[index]));
        let (_, is_below) = subtract(&limbs, &ORDER);
        is_below.then(|| Self(limbs) * Self(SQUARE_OF_RADIX))
    }

    /// Big-endian bytes.
    #[inline]
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = self.to_le_bytes();
        bytes.reverse();
        bytes
    }

    #[inline]
    pub(in crate::curve) fn to_le_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let plain = self * Self([1, 0, 0, 0]);
        for (bytes, limb) in bytes.chunks_exact_mut(8).zip(plain.0) {
            bytes.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    /// Whether it is zero.
    #[inline]
    pub fn is_zero(&self) -> bool {
        self.0 == [0; 4]
    }

    /// The inverse; zero for zero.
    pub fn inverse(&self) -> Self {
        Self(invert_scalar(self.0))
    }
}

impl ProductSum {
    /// The sum of one product.
    #[inline]
    pub fn of(left: Scalar, right: Scalar) -> Self {
        let [a, b, c, d, e, f, g, h] = multiply_wide(&left.0, &right.0);
        Self([a, b, c, d, e, f, g, h, 0])
    }

    /// Adds `left · right`. The number of products is bounded by the memory they come from.
    #[inline]
    pub fn add(&mut self, left: Scalar, right: Scalar) {
        *self += Self::of(left, right);
    }

    /// The sum.
    pub fn reduce(&self) -> Scalar {
        let mut limbs = self.0;
        for start in 0..4 {
            let factor = limbs[start].wrapping_mul(MINUS_INVERSE);
            let mut carry = 0;
            for (limb, order) in limbs[start..start + 4].iter_mut().zip(ORDER) {
                (*limb, carry) = factor.carrying_mul_add(order, *limb, carry);
            }
            let mut carried;
            (limbs[start + 4], carried) = limbs[start + 4].overflowing_add(carry);
            for limb in &mut limbs[start + 5..] {
                (*limb, carried) = limb.carrying_add(0, carried);
            }
        }
        let [.., a, b, c, d, high] = limbs;
        // 2^256 is a little more than twice the order, and it is the radix: so much for `high`.
        let low = reduce_once(reduce_once([a, b, c, d]));
        Scalar(low) + Scalar::from_u64(high)
    }
}

impl core::ops::AddAssign for ProductSum {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        let mut carry = false;
        for (sum, limb) in self.0.iter_mut().zip(other.0) {
            (*sum, carry) = sum.carrying_add(limb, carry);
        }
        // Invariant: a product is below 2^510, so nothing is carried out before 2^66 of them.
        debug_assert!(!carry);
    }
}

impl core::ops::Add for Scalar {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        let mut carry = false;
        let sum = core::array::from_fn(|index| {
            let limb;
            (limb, carry) = self.0[index].carrying_add(other.0[index], carry);
            limb
        });
        // Both are below the order of 255 bits, so nothing is carried out of 256.
        Self(reduce_once(sum))
    }
}

impl core::ops::Sub for Scalar {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        let (difference, is_below) = subtract(&self.0, &other.0);
        let mask = u64::from(is_below).wrapping_neg();
        let mut carry = false;
        Self(core::array::from_fn(|index| {
            let limb;
            (limb, carry) = difference[index].carrying_add(ORDER[index] & mask, carry);
            limb
        }))
    }
}

impl core::ops::Mul for Scalar {
    type Output = Self;

    /// `left · right / 2^256`, limb by limb; `left` is below the order, `right` may be any.
    #[inline]
    fn mul(self, other: Self) -> Self {
        let mut sum = [0; 4];
        for limb in other.0 {
            let mut carry = 0;
            for (sum, own) in sum.iter_mut().zip(self.0) {
                (*sum, carry) = own.carrying_mul_add(limb, *sum, carry);
            }
            let factor = sum[0].wrapping_mul(MINUS_INVERSE);
            let (_, mut folded) = factor.carrying_mul_add(ORDER[0], sum[0], 0);
            for index in 1..4 {
                (sum[index - 1], folded) =
                    factor.carrying_mul_add(ORDER[index], sum[index], folded);
            }
            // The top limb of the order is below 2^63, so the two carries never overflow.
            sum[3] = carry + folded;
        }
        Self(reduce_once(sum))
    }
}

impl core::ops::AddAssign for Scalar {
    #[inline]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl fmt::Debug for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{}", hex::encode(self.to_bytes()))
    }
}

#[inline]
fn reduce_once(limbs: Limbs) -> Limbs {
    let (reduced, is_below) = subtract(&limbs, &ORDER);
    if is_below { limbs } else { reduced }
}

/// The difference modulo 2^256, and whether `left` is below `right`.
#[inline]
fn subtract(left: &Limbs, right: &Limbs) -> (Limbs, bool) {
    let mut borrow = false;
    let difference = core::array::from_fn(|index| {
        let limb;
        (limb, borrow) = left[index].borrowing_sub(right[index], borrow);
        limb
    });
    (difference, borrow)
}

#[inline]
fn multiply_wide(left: &Limbs, right: &Limbs) -> [u64; 8] {
    let mut product = [0; 8];
    for (start, limb) in right.iter().enumerate() {
        let mut carry = 0;
        for (sum, own) in product[start..start + 4].iter_mut().zip(left) {
            (*sum, carry) = own.carrying_mul_add(*limb, *sum, carry);
        }
        product[start + 4] = carry;
    }
    product
}

#[cfg(test)]
mod tests {
    use blst::*;
    use proptest::prelude::*;

    use super::*;

    /// The same number in the library's hands; both use the same Montgomery form.
    fn to_blst(scalar: Scalar) -> blst_fr {
        blst_fr { l: scalar.0 }
    }

    fn from_blst(function: impl FnOnce(*mut blst_fr)) -> Scalar {
        let mut out = blst_fr::default();
        function(&mut out);
        Scalar(out.l)
    }

    /// 0, 1, the order less 1 and 2, and what has long runs of ones in its limbs.
    fn edges() -> Vec<Scalar> {
        let mut limbs = vec![[0; 4], ONE, SQUARE_OF_RADIX, [u64::MAX, u64::MAX, u64::MAX, 0]];
        limbs.push([0, 0, 0, ORDER[3]]);
        limbs.push([0, u64::MAX, ORDER[2], ORDER[3]]);
        limbs.extend([1, 2].map(|small| subtract(&ORDER, &[small, 0, 0, 0]).0));
        limbs.into_iter().map(Scalar).collect()
    }

    fn assert_agree(left: Scalar, right: Scalar) {
        let (a, b) = (to_blst(left), to_blst(right));
        // SAFETY: the pointers are valid for the calls, and both numbers are reduced.
        unsafe {
            assert_eq!(left + right, from_blst(|out| blst_fr_add(out, &a, &b)));
            assert_eq!(left - right, from_blst(|out| blst_fr_sub(out, &a, &b)));
            assert_eq!(left * right, from_blst(|out| blst_fr_mul(out, &a, &b)));
        }
    }

    fn any_scalar() -> impl Strategy<Value = Scalar> {
        prop::array::uniform4(any::<u64>()).prop_map(|limbs| Scalar::ONE * Scalar(limbs))
    }

    #[test]
    fn test_edges_agree_with_blst() {
        for left in edges() {
            for right in edges() {
                assert_agree(left, right);
            }
        }
    }

    #[test]
    fn test_scalars_at_and_above_the_order() {
        let largest = (Scalar::ZERO - Scalar::ONE).to_bytes();
        assert_eq!(Scalar::from_bytes(&largest).map(Scalar::to_bytes), Some(largest));
        let mut order = largest;
        order[31] += 1;
        assert_eq!(Scalar::from_bytes(&order), None);
        assert_eq!(Scalar::from_bytes(&[0xff; 32]), None);
        assert_eq!(Scalar::from_bytes(&[0; 32]), Some(Scalar::ZERO));
    }

    #[test]
    fn test_inverses() {
        assert_eq!(Scalar::ZERO.inverse(), Scalar::ZERO);
        for scalar in edges().into_iter().filter(|scalar| !scalar.is_zero()) {
            assert_eq!(scalar * scalar.inverse(), Scalar::ONE);
        }
    }

    #[test]
    fn test_sums_of_the_largest_products() {
        let largest = edges().pop().expect("the largest but one");
        let mut sum = ProductSum::default();
        let mut expected = Scalar::ZERO;
        for _ in 0..1000 {
            sum.add(largest, largest);
            expected += largest * largest;
            assert_eq!(sum.reduce(), expected);
        }
    }

    proptest! {
        #[test]
        fn test_any_scalars_agree_with_blst(left in any_scalar(), right in any_scalar()) {
            assert_agree(left, right);
            let bytes = left.to_bytes();
            prop_assert_eq!(Scalar::from_bytes(&bytes), Some(left));
            let mut plain = blst_scalar::default();
            // SAFETY: the pointers are valid for the call.
            unsafe { blst_scalar_from_fr(&mut plain, &to_blst(left)) };
            prop_assert_eq!(left.to_le_bytes(), plain.b);
        }

        #[test]
        fn test_any_sum_of_products(pairs in prop::collection::vec((any_scalar(), any_scalar()), 0..40)) {
            let mut sum = ProductSum::default();
            pairs.iter().for_each(|(left, right)| sum.add(*left, *right));
            let expected = pairs.iter().fold(Scalar::ZERO, |sum, (left, right)| sum + *left * *right);
            prop_assert_eq!(sum.reduce(), expected);
        }
    }
}
