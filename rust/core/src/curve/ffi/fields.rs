//! The base field, and the inverse in the scalar field.

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
pub struct Fp(pub(super) blst_fp);

impl Fp {
    /// Zero.
    pub const ZERO: Self = Self(blst_fp { l: [0; 6] });

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

    /// Big-endian bytes.
    pub(super) fn to_bytes(self) -> [u8; 48] {
        let mut limbs = [0; 6];
        // SAFETY: see the module; the target is six limbs.
        unsafe { blst_uint64_from_fp(limbs.as_mut_ptr(), &self.0) };
        let mut bytes = [0; 48];
        for (bytes, limb) in bytes.chunks_exact_mut(8).zip(limbs.iter().rev()) {
            bytes.copy_from_slice(&limb.to_be_bytes());
        }
        bytes
    }

    /// Big-endian bytes of a number below the modulus; `None` for any other.
    pub(super) fn from_bytes(bytes: &[u8; 48]) -> Option<Self> {
        let (words, _) = bytes.as_chunks::<8>();
        let limbs: [u64; 6] = core::array::from_fn(|index| u64::from_be_bytes(words[5 - index]));
        let (_, is_below) = subtract_limbs(&limbs, &MODULUS);
        let mut out = Self::default();
        // SAFETY: see the module; the source is six limbs.
        unsafe { blst_fp_from_uint64(&mut out.0, limbs.as_ptr()) };
        is_below.then_some(out)
    }

    /// The element in Montgomery form, R = 2^384; the words are a number below the modulus.
    pub(crate) const fn from_words(words: [u64; 6]) -> Self {
        Self(blst_fp { l: words })
    }

    /// The words of the Montgomery form.
    pub(crate) const fn to_words(self) -> [u64; 6] {
        self.0.l
    }

    #[inline]
    pub(in crate::curve) fn is_zero(&self) -> bool {
        self.0.l.iter().fold(0, |bits, limb| bits | limb) == 0
    }

    pub(crate) fn inverse(&self) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module.
        unsafe { blst_fp_eucl_inverse(&mut out.0, &self.0) };
        out
    }

    pub(in crate::curve) fn square(&self) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module.
        unsafe { blst_fp_sqr(&mut out.0, &self.0) };
        out
    }

    pub(in crate::curve) fn triple(&self) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module.
        unsafe { blst_fp_mul_by_3(&mut out.0, &self.0) };
        out
    }

    /// Makes `out` the product, in place: a copy right after the limbs are written would wait for
    /// them to reach the cache.
    #[inline]
    pub(in crate::curve) fn multiply_to(out: &mut Self, left: &Self, right: &Self) {
        // SAFETY: see the module.
        unsafe { blst_fp_mul(&mut out.0, &left.0, &right.0) };
    }

    #[inline]
    pub(super) fn negate(&self) -> Self {
        Self::ZERO - *self
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

impl core::ops::MulAssign for Fp {
    #[inline]
    fn mul_assign(&mut self, other: Self) {
        let this = &raw mut self.0;
        // SAFETY: see the module; blst reads all limbs before it writes one.
        unsafe { blst_fp_mul(this, this, &other.0) };
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

/// The inverse of a scalar in Montgomery form; zero for zero.
pub(in crate::curve) fn invert_scalar(limbs: [u64; 4]) -> [u64; 4] {
    let (scalar, mut out) = (blst_fr { l: limbs }, blst_fr::default());
    // SAFETY: see the module.
    unsafe { blst_fr_eucl_inverse(&mut out, &scalar) };
    out.l
}

impl core::ops::Mul for Fp {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let mut out = Self::default();
        // SAFETY: see the module.
        unsafe { blst_fp_mul(&mut out.0, &self.0, &other.0) };
        out
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
    fn test_bytes_at_and_above_the_modulus() {
        let mut bytes = [0; 48];
        for (bytes, limb) in bytes.chunks_exact_mut(8).zip(MODULUS.iter().rev()) {
            bytes.copy_from_slice(&limb.to_be_bytes());
        }
        assert!(Fp::from_bytes(&bytes).is_none());
        assert!(Fp::from_bytes(&[0xff; 48]).is_none());
        bytes[47] -= 1;
        assert!(Fp::from_bytes(&bytes).is_some_and(|element| (element + Fp::ONE).is_zero()));
        assert!(Fp::from_bytes(&[0; 48]).is_some_and(|element| element.is_zero()));
    }
}
