//! Integers modulo the order n of secp256k1, and their division into two short ones.
//!
//! Not constant time: everything here is public.

use core::ops::{Add, Mul, Neg};

use super::field::{add_limbs, mul_add, mul_limbs, read_limbs, sub_limbs, write_limbs};

/// n, least significant limb first.
const ORDER: [u64; 4] =
    [0xBFD2_5E8C_D036_4141, 0xBAAE_DCE6_AF48_A03B, 0xFFFF_FFFF_FFFF_FFFE, u64::MAX];

/// 2^256 − n.
const FOLD: [u64; 3] = [0x402D_A173_2FC9_BEBF, 0x4551_2319_50B7_5FC4, 1];

/// An integer below n, least significant limb first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scalar([u64; 4]);

impl Scalar {
    pub(crate) const ZERO: Self = Self([0; 4]);
    pub(crate) const ONE: Self = Self([1, 0, 0, 0]);

    /// Reads 32 big-endian bytes; `None` unless below n.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let limbs = read_limbs(bytes);
        is_below_order(&limbs).then_some(Self(limbs))
    }

    /// 32 big-endian bytes, modulo n.
    pub(crate) fn from_bytes_reduced(bytes: &[u8; 32]) -> Self {
        Self::reduce(read_limbs(bytes), false)
    }

    pub(crate) const fn is_zero(&self) -> bool {
        let [a, b, c, d] = self.0;
        a | b | c | d == 0
    }

    /// 1 / self, and 0 for 0.
    pub(crate) fn invert(self) -> Self {
        // The power n − 2, four bits at a time.
        let mut powers = [Self::ONE; 16];
        for i in 1..16 {
            powers[i] = powers[i - 1] * self;
        }
        let (exponent, _) = sub_limbs(ORDER, [2, 0, 0, 0]);
        let mut power = Self::ONE;
        for limb in exponent.iter().rev() {
            for shift in (0..64).step_by(4).rev() {
                power = (0..4).fold(power, |power, _| power * power);
                power = power * powers[(limb >> shift & 15) as usize];
            }
        }
        power
    }

    /// 1 / scalar for each, none of them 0, by one inversion.
    pub(crate) fn invert_all(scalars: impl Iterator<Item = Self>) -> Vec<Self> {
        let mut product = Self::ONE;
        let products = scalars.map(|scalar| {
            let before = product;
            product = product * scalar;
            (scalar, before)
        });
        let products: Vec<(Self, Self)> = products.collect();
        let mut rest = product.invert();
        let mut inverses = vec![Self::ONE; products.len()];
        for (inverse, (scalar, before)) in inverses.iter_mut().zip(&products).rev() {
            *inverse = *before * rest;
            rest = rest * *scalar;
        }
        inverses
    }

    /// 32 big-endian bytes.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        write_limbs(&self.0)
    }

    /// Two integers of less than 128 bits with `self = first + λ · second` modulo n, where λ is
    /// the cube root of one that [`super::point::Point::times_lambda`] multiplies by.
    pub(crate) fn split(self) -> (Short, Short) {
        // The nearest point of the lattice {(a, b) : a + λ b = 0 mod n} with the basis
        // (A1, −B1), (A2, A1) is (c1·A1 + c2·A2, c2·A1 − c1·B1); what is left is short. The
        // rounding of c1 and c2 is off by at most one half and a bit, so that both results are
        // below (A1 + A2 + 1) / 2 < 2^127.4 in magnitude, and arithmetic modulo 2^192 is enough.
        let (c1, c2) = (self.mul_shift(&G1), self.mul_shift(&G2));
        let [k0, k1, k2, _] = self.0;
        let first = sub_192([k0, k1, k2], mul_192(c1, A1));
        let first = sub_192(first, mul_192(c2, A2));
        let second = sub_192(mul_192(c1, B1), mul_192(c2, A1));
        (Short::from_signed(first), Short::from_signed(second))
    }

    /// round(self · factor / 2^384), below 2^128.
    fn mul_shift(&self, factor: &[u64; 4]) -> [u64; 2] {
        let product = mul_limbs(&self.0, factor);
        let half = u128::from(product[5] >> 63);
        let quotient = (u128::from(product[7]) << 64 | u128::from(product[6])) + half;
        to_limbs(quotient)
    }

    /// `limbs`, plus 2^256 if there was a carry, modulo n; the whole below 2n.
    fn reduce(limbs: [u64; 4], carry: bool) -> Self {
        if !carry && is_below_order(&limbs) {
            return Self(limbs);
        }
        Self(add_limbs(limbs, [FOLD[0], FOLD[1], FOLD[2], 0]).0)
    }
}

// The shortest basis of the lattice, and the quotients round(2^384 · A1 / n), round(2^384 · B1 / n).
const A1: [u64; 3] = [0xE86C_90E4_9284_EB15, 0x3086_D221_A7D4_6BCD, 0];
const B1: [u64; 3] = [0x6F54_7FA9_0ABF_E4C3, 0xE443_7ED6_010E_8828, 0];
const A2: [u64; 3] = [0x57C1_108D_9D44_CFD8, 0x14CA_50F7_A8E2_F3F6, 1];
const G1: [u64; 4] =
    [0xE893_209A_45DB_B031, 0x3DAA_8A14_71E8_CA7F, 0xE86C_90E4_9284_EB15, 0x3086_D221_A7D4_6BCD];
const G2: [u64; 4] =
    [0x1571_B4AE_8AC4_7F71, 0x2212_08AC_9DF5_06C6, 0x6F54_7FA9_0ABF_E4C4, 0xE443_7ED6_010E_8828];

impl Add for Scalar {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (sum, carry) = add_limbs(self.0, other.0);
        Self::reduce(sum, carry)
    }
}

impl Neg for Scalar {
    type Output = Self;

    fn neg(self) -> Self {
        if self.is_zero() { self } else { Self(sub_limbs(ORDER, self.0).0) }
    }
}

impl Mul for Scalar {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let product = mul_limbs(&self.0, &other.0);
        let (low, high) = split_4(product);
        // 256 + 129 bits, then 130 + 129 bits, then 3 + 129 bits, each added to 256 bits.
        let (low, high) = split_4(fold(low, high));
        let (low, high) = split_4(fold(low, high));
        let [a, b, c, d, e, ..] = fold(low, high);
        Self::reduce([a, b, c, d], e != 0)
    }
}

fn split_4(limbs: [u64; 8]) -> ([u64; 4], [u64; 4]) {
    let [a, b, c, d, e, f, g, h] = limbs;
    ([a, b, c, d], [e, f, g, h])
}

/// `low + high · (2^256 − n)`, which is `low + 2^256 · high` modulo n.
#[inline(always)]
fn fold(low: [u64; 4], high: [u64; 4]) -> [u64; 8] {
    let mut sum = [low[0], low[1], low[2], low[3], 0, 0, 0, 0];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..3 {
            (sum[i + j], carry) = mul_add(high[i], FOLD[j], sum[i + j], carry);
        }
        for limb in &mut sum[i + 3..] {
            let overflowed;
            (*limb, overflowed) = limb.overflowing_add(carry);
            carry = u64::from(overflowed);
        }
    }
    sum
}

fn is_below_order(limbs: &[u64; 4]) -> bool {
    limbs.iter().rev().lt(ORDER.iter().rev())
}

/// A signed integer with a magnitude of at most 2^128 − 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Short {
    pub(crate) magnitude: u128,
    pub(crate) is_negative: bool,
}

impl Short {
    /// Reads a number of 192 bits in two's complement, whose magnitude has less than 128.
    fn from_signed(limbs: [u64; 3]) -> Self {
        let is_negative = limbs[2] >> 63 == 1;
        let [low, high, _] = if is_negative { sub_192([0; 3], limbs) } else { limbs };
        Self { magnitude: u128::from(high) << 64 | u128::from(low), is_negative }
    }

    /// The number modulo n.
    pub(crate) fn to_scalar(self) -> Scalar {
        let [low, high] = to_limbs(self.magnitude);
        let scalar = Scalar([low, high, 0, 0]);
        if self.is_negative { -scalar } else { scalar }
    }
}

impl From<i128> for Short {
    fn from(value: i128) -> Self {
        Self { magnitude: value.unsigned_abs(), is_negative: value < 0 }
    }
}

impl Neg for Short {
    type Output = Self;

    fn neg(self) -> Self {
        Self { is_negative: !self.is_negative, ..self }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves")]
const fn to_limbs(value: u128) -> [u64; 2] {
    [value as u64, (value >> 64) as u64]
}

/// The product modulo 2^192.
fn mul_192(left: [u64; 2], right: [u64; 3]) -> [u64; 3] {
    let mut product = [0_u64; 3];
    for i in 0..2 {
        let mut carry = 0;
        for j in 0..3 - i {
            (product[i + j], carry) = mul_add(left[i], right[j], product[i + j], carry);
        }
    }
    product
}

/// The difference modulo 2^192.
fn sub_192(left: [u64; 3], right: [u64; 3]) -> [u64; 3] {
    let widen = |limbs: [u64; 3]| [limbs[0], limbs[1], limbs[2], 0];
    let ([a, b, c, _], _) = sub_limbs(widen(left), widen(right));
    [a, b, c]
}
