//! The field of secp256k1: integers modulo p = 2^256 − 2^32 − 977.
//!
//! A value is any 256-bit number of its class, so below 2^256 and not always below p. Since
//! 2^256 ≡ 2^32 + 977, what overflows is folded back by one small multiplication.
//! Not constant time: everything here is public.

use core::ops::{Add, Mul, Neg, Sub};

/// 2^256 − p.
const FOLD: u64 = 0x1_0000_03D1;

/// A residue modulo p.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Field {
    /// Least significant limb first; any representative below 2^256.
    limbs: [u64; 4],
}

impl Field {
    /// 0.
    pub(crate) const ZERO: Self = Self::new([0; 4]);
    /// 1.
    pub(crate) const ONE: Self = Self::new([1, 0, 0, 0]);
    /// The constant of the curve y² = x³ + 7.
    pub(crate) const SEVEN: Self = Self::new([7, 0, 0, 0]);

    const MODULUS: [u64; 4] = [u64::MAX - FOLD + 1, u64::MAX, u64::MAX, u64::MAX];

    /// The class of a number given by its limbs, the least significant first.
    pub(crate) const fn new(limbs: [u64; 4]) -> Self {
        Self { limbs }
    }

    /// Reads 32 big-endian bytes; `None` unless below p.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let value = Self::new(read_limbs(bytes));
        value.is_reduced().then_some(value)
    }

    /// 32 big-endian bytes, below p.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        write_limbs(&self.reduce().limbs)
    }

    /// The limbs as they are, possibly of a number from p on.
    pub(crate) const fn limbs(&self) -> &[u64; 4] {
        &self.limbs
    }

    pub(crate) const fn is_zero(&self) -> bool {
        let [a, b, c, d] = self.limbs;
        let [p, ..] = Self::MODULUS;
        a | b | c | d == 0 || (a == p && b & c & d == u64::MAX)
    }

    pub(crate) fn is_odd(&self) -> bool {
        self.reduce().limbs[0] & 1 == 1
    }

    /// The number or its negative: the one with this parity.
    pub(crate) fn with_parity(self, is_odd: bool) -> Self {
        if self.is_odd() == is_odd { self } else { -self }
    }

    pub(crate) fn double(self) -> Self {
        self + self
    }

    pub(crate) fn triple(self) -> Self {
        self + self + self
    }

    pub(crate) fn square(self) -> Self {
        self * self
    }

    /// 1 / self, and 0 for 0.
    pub(crate) fn invert(self) -> Self {
        // p − 2 = 2^256 − 2^32 − 979 in binary: 223 ones, 0, 22 ones, 0000, 1, 0, 11, 0, 1.
        let (two, runs_22, runs_223) = self.powers_of_runs();
        let power = runs_223.square_times(23) * runs_22;
        let power = power.square_times(5) * self;
        let power = power.square_times(3) * two;
        power.square_times(2) * self
    }

    /// A root of self, if it is a square.
    pub(crate) fn sqrt(self) -> Option<Self> {
        // (p + 1) / 4 in binary: 223 ones, 0, 22 ones, 0000, 11, 00.
        let (two, runs_22, runs_223) = self.powers_of_runs();
        let power = runs_223.square_times(23) * runs_22;
        let power = power.square_times(6) * two;
        let root = power.square_times(2);
        (root.square() == self).then_some(root)
    }

    /// The powers of self with 2, 22 and 223 ones in binary.
    fn powers_of_runs(self) -> (Self, Self, Self) {
        let ones_2 = self.square() * self;
        let ones_3 = ones_2.square() * self;
        let ones_6 = ones_3.square_times(3) * ones_3;
        let ones_9 = ones_6.square_times(3) * ones_3;
        let ones_11 = ones_9.square_times(2) * ones_2;
        let ones_22 = ones_11.square_times(11) * ones_11;
        let ones_44 = ones_22.square_times(22) * ones_22;
        let ones_88 = ones_44.square_times(44) * ones_44;
        let ones_176 = ones_88.square_times(88) * ones_88;
        let ones_220 = ones_176.square_times(44) * ones_44;
        (ones_2, ones_22, ones_220.square_times(3) * ones_3)
    }

    fn square_times(self, count: usize) -> Self {
        (0..count).fold(self, |power, _| power.square())
    }

    fn is_reduced(&self) -> bool {
        let [a, b, c, d] = self.limbs;
        a < Self::MODULUS[0] || b & c & d != u64::MAX
    }

    /// The same class, below p.
    #[inline(always)]
    pub(crate) fn reduce(self) -> Self {
        // p > 2^255, so one subtraction of p = addition of 2^256 − p is enough.
        if self.is_reduced() { self } else { self + Self::ZERO - Self::new(Self::MODULUS) }
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        (*self - *other).is_zero()
    }
}

impl Eq for Field {}

impl Add for Field {
    type Output = Self;

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (sum, carry) = add_limbs(self.limbs, other.limbs);
        let (mut sum, carry) = add_limbs(sum, [u64::from(carry) * FOLD, 0, 0, 0]);
        // After a second carry the number is below FOLD: the lowest limb does not overflow.
        sum[0] = sum[0].wrapping_add(u64::from(carry) * FOLD);
        Self::new(sum)
    }
}

impl Sub for Field {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = sub_limbs(self.limbs, other.limbs);
        let (mut difference, borrow) = sub_limbs(difference, [u64::from(borrow) * FOLD, 0, 0, 0]);
        // After a second borrow the number is at least 2^256 − FOLD.
        difference[0] = difference[0].wrapping_sub(u64::from(borrow) * FOLD);
        Self::new(difference)
    }
}

impl Neg for Field {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for Field {
    type Output = Self;

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let product = mul_limbs(&self.limbs, &other.limbs);
        // The upper half times FOLD has 5 limbs, the fifth below 2^33.
        let mut folded = [0; 4];
        let mut carry = 0;
        for i in 0..4 {
            (folded[i], carry) = mul_add(product[4 + i], FOLD, product[i], carry);
        }
        // The fifth, with the carry of the sum at most 2^33, times FOLD is below 2^67.
        let (low, high) = mul_add(carry, FOLD, 0, 0);
        let (sum, carry) = add_limbs(folded, [low, high, 0, 0]);
        // After a carry the number is below 2^67: the two lowest limbs do not overflow.
        let [a, b, c, d] = sum;
        let (a, carry) = a.overflowing_add(u64::from(carry) * FOLD);
        Self::new([a, b.wrapping_add(u64::from(carry)), c, d])
    }
}

/// `a · b + c + d`, which always fits two limbs: the lower and the upper one.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the lower limb")]
pub(crate) const fn mul_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let sum = a as u128 * b as u128 + c as u128 + d as u128;
    (sum as u64, (sum >> 64) as u64)
}

/// The product, least significant limb first.
#[inline(always)]
pub(crate) fn mul_limbs(left: &[u64; 4], right: &[u64; 4]) -> [u64; 8] {
    let mut product = [0; 8];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..4 {
            (product[i + j], carry) = mul_add(left[i], right[j], product[i + j], carry);
        }
        product[i + 4] = carry;
    }
    product
}

#[inline(always)]
pub(crate) fn add_limbs(left: [u64; 4], right: [u64; 4]) -> ([u64; 4], bool) {
    let mut sum = [0; 4];
    let mut carry = false;
    for i in 0..4 {
        let (partial, first) = left[i].overflowing_add(right[i]);
        let (total, second) = partial.overflowing_add(u64::from(carry));
        (sum[i], carry) = (total, first | second);
    }
    (sum, carry)
}

#[inline(always)]
pub(crate) fn sub_limbs(left: [u64; 4], right: [u64; 4]) -> ([u64; 4], bool) {
    let mut difference = [0; 4];
    let mut borrow = false;
    for i in 0..4 {
        let (partial, first) = left[i].overflowing_sub(right[i]);
        let (total, second) = partial.overflowing_sub(u64::from(borrow));
        (difference[i], borrow) = (total, first | second);
    }
    (difference, borrow)
}

/// The limbs of a big-endian number, the least significant first.
pub(crate) fn read_limbs(bytes: &[u8; 32]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        *limb = chunk.iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    limbs
}

/// The inverse of [`read_limbs`].
pub(crate) fn write_limbs(limbs: &[u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}
