//! The base field of BLS12-381 in lanes: limbs 8 × 52 bits, Montgomery form with R = 2^416.
//!
//! A point in memory has coordinates `2^384 x` and `2^384 y` modulo p, as blst and the portable
//! backend keep them. With u = 2^−16, (x, y) → (u² x, u³ y) is an isomorphism to another curve
//! y² = x³ + b', whose points have the same formulas of addition. There `R u² x = 2^384 x` is the
//! first coordinate as it is, and `R u³ y = 2^368 y` is a step of 16 bits away: so nothing but
//! that step is spent on the change of forms, and memory holds one form for both backends.

use core::arch::x86_64::*;
use core::cell::RefCell;

use super::Features;
use super::constants::{multiples, negative_inverse, power_of_two};
use super::field::{Field, canonicalize, multiply, subtract, zeros};
use super::limbs::*;
use super::runs::{Task, Term};
use super::sums::Batch;
use crate::curve::{Fp, Point};

/// The base field of BLS12-381.
#[derive(Clone, Copy)]
pub(super) enum Bls12 {}

/// p.
const MODULUS: [u64; 8] = [
    0x000e_ffff_ffff_aaab,
    0x000f_eb15_3fff_fb9f,
    0x0006_b0f6_241e_abff,
    0x0001_2bf6_730d_2a0f,
    0x0007_6477_4b84_f385,
    0x0001_ba7b_6434_bacd,
    0x0001_ea39_7fe6_9a4b,
    0x0000_0000_0001_a011,
];
const INVERSE: u64 = negative_inverse(MODULUS[0]);

/// 2^(−52 k) mod p: what k limbs at the bottom are worth k limbs further up.
const FOLD_4: [u64; 8] = power_of_two(&MODULUS, -208);
const FOLD_2: [u64; 8] = power_of_two(&MODULUS, -104);
const FOLD_1: [u64; 8] = power_of_two(&MODULUS, -52);

/// Takes the `K` lowest columns away and adds what they are worth to the next ones: the value V
/// becomes less than V / 2^(52 K) + 2^(52 K) p.
#[inline]
#[target_feature(enable = "avx512ifma")]
fn fold<const K: usize>(columns: &mut [__m512i], worth: &[u64; 8]) {
    let worth = splat_all(worth);
    for k in 0..K {
        // The multiplication takes 52 bits of the column, the rest is carried.
        let low = columns[k];
        columns[k + 1] = _mm512_add_epi64(columns[k + 1], _mm512_srli_epi64::<LIMB_BITS>(low));
        add_multiple(&mut columns[K + k..], low, &worth);
    }
}

/// The columns of T / R mod p, of a value below T / R + 4p, for the columns of T.
///
/// Values: V₁ < T / 2^208 + 2^208 p, V₂ < V₁ / 2^104 + 2^104 p, V₃ < V₂ / 2^52 + 2^52 p, and the
/// step of Montgomery's gives (V₃ + m p) / 2^52 < V₃ / 2^52 + p with m < 2^52; together
/// T / 2^416 + (1 + 1 + 1 + 1) p. For factors below 8p, T / 2^416 < 64 p · 2^(381 − 416) < .001p.
///
/// Columns: a column gets at most 8 low and 8 high halves of the product, 4 and 4 of the first
/// fold, 2 and 2, 1 and 1 of the others, 1 and 1 of the last step, each below 2^52, and carries
/// below 2^7: less than 33 · 2^52 < 2^58 in all.
///
/// Each caller has a copy of its own, for only then it is inlined, and columns stay in registers.
#[inline]
#[target_feature(enable = "avx512ifma")]
fn reduce<const COPY: usize>(mut columns: Limbs<16>) -> Limbs<8> {
    fold::<4>(&mut columns, &FOLD_4);
    fold::<2>(&mut columns[4..], &FOLD_2);
    fold::<1>(&mut columns[6..], &FOLD_1);
    let factor = _mm512_madd52lo_epu64(_mm512_setzero_si512(), columns[7], splat(INVERSE));
    add_multiple(&mut columns[7..], factor, &splat_all(&MODULUS));
    columns[8] = _mm512_add_epi64(columns[8], _mm512_srli_epi64::<LIMB_BITS>(columns[7]));
    core::array::from_fn(|j| columns[8 + j])
}

/// Byte 8 i + k takes the byte `starts[i] + k`.
const fn byte_indexes(starts: [u8; 8]) -> [u8; 64] {
    let mut indexes = [0; 64];
    let mut i = 0;
    while i < 64 {
        indexes[i] = if i % 8 == 0 { starts[i / 8] } else { indexes[i - 1] + 1 };
        i += 1;
    }
    indexes
}

/// The bytes in which each limb of x begins: limb j at bit 52 j, an odd one in the midst of a byte.
const X_BYTES: [u8; 64] = byte_indexes([0, 6, 13, 19, 26, 32, 39, 45]);
/// All, but what lies beyond x.
const X_USED: u64 = u64::MAX >> 5;
/// The same of limbs 1 .. 8 of `2^36 y`, for limb j + 1 begins at bit 52 j + 16. The last limb has
/// one bit, which leaves room for the lowest two bytes of y in its word. y is at byte 16, for the
/// 64 bytes that are loaded are the last of the point.
const Y_BYTES: [u8; 64] = {
    let mut indexes = byte_indexes([18, 24, 31, 37, 44, 50, 57, 63]);
    indexes[60] = 16;
    indexes[61] = 17;
    indexes
};
const Y_USED: u64 = u64::MAX >> 8 | 0b0011_0001 << 56;

/// Words of eight values: each 64 bytes from `offset`, of which the bytes at `indexes`, if `used`.
///
/// # Safety
///
/// The pointers are valid, and the 64 bytes are in the values.
#[inline]
#[target_feature(enable = "avx512vbmi")]
unsafe fn load_words<T>(
    values: &[*const T; 8],
    offset: usize,
    indexes: &[u8; 64],
    used: u64,
) -> [__m512i; 8] {
    // SAFETY: the array has 64 bytes.
    let indexes = unsafe { _mm512_loadu_si512(indexes.as_ptr().cast()) };
    transpose(values.map(|value| {
        // SAFETY: as the caller promises.
        let bytes = unsafe { _mm512_loadu_si512(value.byte_add(offset).cast()) };
        _mm512_maskz_permutexvar_epi8(used, indexes, bytes)
    }))
}

/// Limbs that begin in their words at bit 0, or 4 if they are odd.
#[inline]
#[target_feature(enable = "avx512f")]
fn cut_limbs(words: &[__m512i; 8]) -> Limbs<8> {
    core::array::from_fn(|j| {
        let begin = if j % 2 == 1 { _mm512_srli_epi64::<4>(words[j]) } else { words[j] };
        _mm512_and_si512(begin, splat(LIMB_MASK))
    })
}

/// The 64-bit words of limbs.
#[inline]
#[target_feature(enable = "avx512f")]
fn pack(limbs: &Limbs<8>) -> [__m512i; 6] {
    core::array::from_fn(|word| {
        // Bit 64 word is bit `within` of limb `first`.
        let (first, within) = (64 * word / 52, 64 * word % 52);
        let shift = |count: usize| _mm_cvtsi64_si128(count as i64);
        let mut packed = _mm512_srl_epi64(limbs[first], shift(within));
        for (next, limb) in limbs.iter().enumerate().skip(first + 1).take(2) {
            let up = (next - first) * 52 - within;
            if up < 64 {
                packed = _mm512_or_si512(packed, _mm512_sll_epi64(*limb, shift(up)));
            }
        }
        packed
    })
}

/// The limbs of a number in 64-bit words.
fn unpack(words: &[u64; 6]) -> [u64; 8] {
    core::array::from_fn(|limb| {
        let (first, within) = (52 * limb / 64, 52 * limb % 64);
        let next = words.get(first + 1).copied().unwrap_or(0);
        (words[first] >> within | next << 1 << (63 - within)) & LIMB_MASK
    })
}

// SAFETY: each function does what the trait says, by the reasons given beside it.
unsafe impl Field<8> for Bls12 {
    type Point = Point;
    const INFINITY: &'static Point = &Point::INFINITY;
    const MULTIPLES: [[u64; 8]; 8] = multiples(&MODULUS);
    const ONE: [u64; 8] = power_of_two(&MODULUS, 416);

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn multiply(a: &Limbs<8>, b: &Limbs<8>) -> Limbs<8> {
        reduce::<0>(multiply_limbs(a, b))
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn square(a: &Limbs<8>) -> Limbs<8> {
        reduce::<1>(square_limbs(a))
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn invert(a: &Limbs<8>) -> Limbs<8> {
        /// What makes R² / w of 2^768 / w, by a product in lanes.
        const FACTOR: [u64; 8] = power_of_two(&MODULUS, 3 * 416 - 768);
        // Products of lanes with their neighbours, of pairs, of fours: then one inverse of all.
        let neighbours = a.map(|limb| _mm512_permutex_epi64::<0b10_11_00_01>(limb));
        let pairs = multiply::<Self, 8>(a, &neighbours);
        let pairs_beside = pairs.map(|limb| _mm512_permutex_epi64::<0b01_00_11_10>(limb));
        let fours = multiply::<Self, 8>(&pairs, &pairs_beside);
        let fours_beside = fours.map(|limb| _mm512_shuffle_i64x2::<0b01_00_11_10>(limb, limb));
        let all = canonicalize::<Self, 8>(&multiply::<Self, 8>(&fours, &fours_beside));
        let words =
            pack(&all).map(|word| _mm_cvtsi128_si64(_mm512_castsi512_si128(word)).cast_unsigned());
        let inverse = splat_all(&unpack(&Fp::from_words(words).inverse().to_words()));
        let inverse = multiply::<Self, 8>(&inverse, &splat_all(&FACTOR));
        let inverse = multiply::<Self, 8>(&inverse, &fours_beside);
        let inverse = multiply::<Self, 8>(&inverse, &pairs_beside);
        multiply::<Self, 8>(&inverse, &neighbours)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn load_x(points: &[*const Point; 8]) -> Limbs<8> {
        // SAFETY: a point has 96 bytes, of which these are the first 64.
        let words = unsafe { load_words(points, 0, &X_BYTES, X_USED) };
        cut_limbs(&words)
    }

    /// `(2^36 y + m p) / 2^52` with the m < 2^52 that makes it whole: below y / 2^16 + p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn load_y(points: &[*const Point; 8], negative: u8) -> Limbs<8> {
        const FACTOR: u64 = (INVERSE << 36) & LIMB_MASK;
        // SAFETY: a point has 96 bytes, of which these are the last 64.
        let words = unsafe { load_words(points, 32, &Y_BYTES, Y_USED) };
        let zero = _mm512_setzero_si512();
        let lowest = _mm512_srli_epi64::<32>(words[7]);
        let m = _mm512_madd52lo_epu64(zero, lowest, splat(FACTOR));
        let modulus = splat_all(&MODULUS);
        let mut columns: Limbs<8> = core::array::from_fn(|j| {
            let begin = if j % 2 == 1 { _mm512_srli_epi64::<4>(words[j]) } else { words[j] };
            let limb = _mm512_and_si512(begin, splat(if j < 7 { LIMB_MASK } else { 1 }));
            let high = _mm512_madd52hi_epu64(limb, m, modulus[j]);
            if j < 7 { _mm512_madd52lo_epu64(high, m, modulus[j + 1]) } else { high }
        });
        // The lowest limb of the sum is 0 by the choice of m, and 2^52 is carried unless m is 0.
        let carried = _mm512_test_epi64_mask(m, m);
        columns[0] = _mm512_mask_add_epi64(columns[0], carried, columns[0], splat(1));
        columns.map(|column| _mm512_mask_sub_epi64(column, negative, zero, column))
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn store(x: &Limbs<8>, y: &Limbs<8>, infinite: u8) -> [Point; 8] {
        /// What makes 2^16 y of y, by a product in lanes.
        const FACTOR: [u64; 8] = power_of_two(&MODULUS, 416 + 16);
        let zero = _mm512_setzero_si512();
        let y = multiply::<Self, 8>(y, &splat_all(&FACTOR));
        let x = pack(&canonicalize::<Self, 8>(x));
        let y = pack(&canonicalize::<Self, 8>(&y));
        let front = transpose([x[0], x[1], x[2], x[3], x[4], x[5], y[0], y[1]]);
        let back = transpose([y[2], y[3], y[4], y[5], zero, zero, zero, zero]);
        let mut points = [Point::INFINITY; 8];
        for (lane, point) in points.iter_mut().enumerate() {
            if infinite >> lane & 1 == 0 {
                let target = (&raw mut *point).cast::<u8>();
                // SAFETY: a point has 96 bytes; its coordinates are numbers below p.
                unsafe {
                    _mm512_storeu_si512(target.cast(), front[lane]);
                    let rest = _mm512_castsi512_si256(back[lane]);
                    _mm256_storeu_si256(target.add(64).cast(), rest);
                }
            }
        }
        points
    }
}

/// Where the bytes of a big-endian coordinate are, of whose 64 bytes it has the last from `start`.
const fn big_endian(start: u8) -> [u8; 64] {
    let mut indexes = X_BYTES;
    let mut i = 0;
    while i < 64 {
        // Beyond the coordinate it is any byte, for it is not used.
        indexes[i] = (start + 47).wrapping_sub(indexes[i]) & 63;
        i += 1;
    }
    indexes
}

/// Decodes eight points of x ‖ y, 48 big-endian bytes each; `None` if one of them is none.
pub(crate) fn decode_bls12(_: Features, bytes: &[[u8; 96]; 8]) -> Option<[Point; 8]> {
    // SAFETY: the argument proves the features.
    unsafe { decode(bytes) }
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn decode(bytes: &[[u8; 96]; 8]) -> Option<[Point; 8]> {
    /// What makes `2^384 x` of x, and `2^368 y` of y, by a product in lanes.
    const X_FACTOR: [u64; 8] = power_of_two(&MODULUS, 416 + 384);
    const Y_FACTOR: [u64; 8] = power_of_two(&MODULUS, 416 + 368);
    /// b' = 4 u⁶ = 2^−94.
    const CONSTANT: [u64; 8] = power_of_two(&MODULUS, 416 - 94);
    let values = core::array::from_fn(|lane| &raw const bytes[lane]);
    // SAFETY: these are the first and the last 64 of the 96 bytes.
    let (x, y) = unsafe {
        (
            cut_limbs(&load_words(&values, 0, const { &big_endian(0) }, X_USED)),
            cut_limbs(&load_words(&values, 32, const { &big_endian(16) }, X_USED)),
        )
    };
    let infinite = lanes_of_zero(&x) & lanes_of_zero(&y);
    let modulus = splat_all(&MODULUS);
    let is_canonical = |number: &Limbs<8>| {
        let less = carry(subtract_columns(number, &modulus));
        _mm512_movepi64_mask(less[7])
    };
    let canonical = is_canonical(&x) & is_canonical(&y);
    // A number of 384 bits is below 10p, and its product with a constant below p in bounds.
    let x = multiply::<Bls12, 8>(&x, &splat_all(&X_FACTOR));
    let y = multiply::<Bls12, 8>(&y, &splat_all(&Y_FACTOR));
    // SAFETY: this function has the features.
    let squares = unsafe { [&x, &y].map(|number| carry(Bls12::square(number))) };
    let cube = canonicalize::<Bls12, 8>(&multiply::<Bls12, 8>(&squares[0], &x));
    let right = add_columns(&cube, &splat_all(&CONSTANT));
    // y² − x³ − b' + 2p, of 0 .. 6.01p.
    let on_curve = zeros::<Bls12, 8>(&carry(subtract::<Bls12, 8, 2>(&squares[1], &right)));
    if canonical & (on_curve | infinite) != u8::MAX {
        return None;
    }
    // SAFETY: this function has the features.
    Some(unsafe { Bls12::store(&x, &y, infinite) })
}

thread_local! {
    static BATCH: RefCell<Batch<Bls12, 8>> = RefCell::default();
}

/// The sum of each task's terms; the tasks are sorted by length, the longest first.
pub(crate) fn add_up_bls12(
    features: Features,
    terms: &[Term<'_, Point>],
    tasks: &[Task],
) -> Vec<Point> {
    let mut sums = Vec::with_capacity(tasks.len() + 8);
    BATCH.with_borrow_mut(|batch| batch.add_up(features, terms, tasks, &mut sums));
    sums
}

#[cfg(test)]
mod tests;
