//! secp256k1 in lanes.
//!
//! Its modulus is just below a power of two, so elements are plain numbers: what is above 2^256
//! comes back by a small multiplication. A point is one line of the cache and one register.

pub(crate) mod ladder;

use core::arch::x86_64::*;
use core::cell::RefCell;

use super::Features;
use super::constants::multiples;
use super::field::{Field, canonicalize, multiply};
use super::limbs::*;
use super::runs::{Task, Term};
use super::sums::Batch;
use crate::senders::field;
use crate::senders::point::Point;

/// The base field of secp256k1.
#[derive(Clone, Copy)]
pub(super) enum Secp256k1 {}

/// 2^256 − p.
const FOLD_256: u64 = 0x1_0000_03D1;
/// 2^260 − 16 p.
const FOLD_260: u64 = FOLD_256 << 4;
/// Bits below 2^256 in the last limb.
const LAST_BITS: u32 = 48;
const LAST_MASK: u64 = (1 << LAST_BITS) - 1;
/// p.
const MODULUS: [u64; 5] = [(1 << LIMB_BITS) - FOLD_256, LIMB_MASK, LIMB_MASK, LIMB_MASK, LAST_MASK];

/// The columns, below 2^56, of a value below 1.001p that is congruent to a product of elements.
///
/// Factors are below 8p, so the value is below 2^518, and its columns are below 10 · 2^52. The
/// carries of columns 4 .. 8 leave less than 2^50 in column 9, and more than 52 bits in the others,
/// of which the multiplication takes the lowest, as it should. What is above 2^260 comes back times
/// 37 bits: a column gets at most two halves below 2^52, so column 4 is below 2^53 + 2^38, and a
/// sixth gets less than 2^35. Now at most 40 bits are above 2^256; they come back times 33 bits, as
/// less than 2^73. So the last column has 48 bits, the others are below 14 · 2^52, and the value is
/// below 2^256 + 2^213.
#[inline]
#[target_feature(enable = "avx512ifma")]
fn reduce(mut columns: Limbs<10>) -> Limbs<5> {
    for j in 4..9 {
        let carried = _mm512_srli_epi64::<LIMB_BITS>(columns[j]);
        columns[j + 1] = _mm512_add_epi64(columns[j + 1], carried);
    }
    let [c0, c1, c2, c3, c4, high @ ..] = columns;
    let c4 = _mm512_and_si512(c4, splat(LIMB_MASK));
    let mut low = [c0, c1, c2, c3, c4, _mm512_setzero_si512()];
    add_multiple(&mut low, splat(FOLD_260), &high);

    let in_last = _mm512_srli_epi64::<LAST_BITS>(low[4]);
    let above = _mm512_slli_epi64::<{ LIMB_BITS - LAST_BITS }>(low[5]);
    let above = _mm512_add_epi64(in_last, above);
    low[4] = _mm512_and_si512(low[4], splat(LAST_MASK));
    add_multiple(&mut low, splat(FOLD_256), &[above]);
    let [c0, c1, c2, c3, c4, _] = low;
    [c0, c1, c2, c3, c4]
}

/// The 64-bit words of numbers below 2^256.
#[inline]
#[target_feature(enable = "avx512f")]
fn pack(limbs: &Limbs<5>) -> [__m512i; 4] {
    let [a, b, c, d, e] = *limbs;
    [
        _mm512_or_si512(a, _mm512_slli_epi64::<52>(b)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(b), _mm512_slli_epi64::<40>(c)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<28>(d)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(d), _mm512_slli_epi64::<16>(e)),
    ]
}

/// The limbs of numbers in 64-bit words.
#[inline]
#[target_feature(enable = "avx512f")]
fn unpack(words: &[__m512i; 4]) -> Limbs<5> {
    let [a, b, c, d] = *words;
    let mask = splat(LIMB_MASK);
    let join = |low, high| _mm512_and_si512(_mm512_or_si512(low, high), mask);
    [
        _mm512_and_si512(a, mask),
        join(_mm512_srli_epi64::<52>(a), _mm512_slli_epi64::<12>(b)),
        join(_mm512_srli_epi64::<40>(b), _mm512_slli_epi64::<24>(c)),
        join(_mm512_srli_epi64::<28>(c), _mm512_slli_epi64::<36>(d)),
        _mm512_srli_epi64::<16>(d),
    ]
}

/// The limbs of one of the coordinates of eight points: the four words from `first` on.
///
/// # Safety
///
/// The pointers are valid, and `first` is 0 or 4.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn load(points: &[*const Point; 8], first: usize) -> Limbs<5> {
    let words = |point: usize| points[point].cast::<__m256i>().wrapping_byte_add(8 * first);
    // Row i has the words of points i and i + 4.
    let rows: [__m512i; 4] = core::array::from_fn(|i| {
        // SAFETY: a point has eight words, and these are four of them.
        let (low, high) =
            unsafe { (_mm256_loadu_si256(words(i)), _mm256_loadu_si256(words(i + 4))) };
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
    });
    let (even, odd) = (
        _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13),
        _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15),
    );
    let low = [_mm512_unpacklo_epi64(rows[0], rows[1]), _mm512_unpacklo_epi64(rows[2], rows[3])];
    let high = [_mm512_unpackhi_epi64(rows[0], rows[1]), _mm512_unpackhi_epi64(rows[2], rows[3])];
    let pick = |from: [__m512i; 2], index| _mm512_permutex2var_epi64(from[0], index, from[1]);
    unpack(&[pick(low, even), pick(high, even), pick(low, odd), pick(high, odd)])
}

// SAFETY: each function does what the trait says, by the reasons given beside it.
unsafe impl Field<5> for Secp256k1 {
    type Point = Point;
    const INFINITY: &'static Point = &Point::INFINITY;
    const MULTIPLES: [[u64; 8]; 5] = multiples(&MODULUS);
    const ONE: [u64; 5] = [1, 0, 0, 0, 0];

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn multiply(a: &Limbs<5>, b: &Limbs<5>) -> Limbs<5> {
        reduce(multiply_limbs(a, b))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn square(a: &Limbs<5>) -> Limbs<5> {
        reduce(square_limbs(a))
    }

    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn invert(a: &Limbs<5>) -> Limbs<5> {
        // Products of lanes with their neighbours, of pairs, of fours: then one inverse of all.
        let neighbours = a.map(|limb| _mm512_permutex_epi64::<0b10_11_00_01>(limb));
        let pairs = multiply::<Self, 5>(a, &neighbours);
        let pairs_beside = pairs.map(|limb| _mm512_permutex_epi64::<0b01_00_11_10>(limb));
        let fours = multiply::<Self, 5>(&pairs, &pairs_beside);
        let fours_beside = fours.map(|limb| _mm512_shuffle_i64x2::<0b01_00_11_10>(limb, limb));
        let all = canonicalize::<Self, 5>(&multiply::<Self, 5>(&fours, &fours_beside));
        let words =
            pack(&all).map(|word| _mm_cvtsi128_si64(_mm512_castsi512_si128(word)).cast_unsigned());
        let inverse = field::Field::new(words).invert();
        let inverse = unpack(&inverse.limbs().map(|word| splat(word)));
        let inverse = multiply::<Self, 5>(&inverse, &fours_beside);
        let inverse = multiply::<Self, 5>(&inverse, &pairs_beside);
        multiply::<Self, 5>(&inverse, &neighbours)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn load_x(points: &[*const Point; 8]) -> Limbs<5> {
        // SAFETY: as the caller promises.
        unsafe { load(points, 0) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn load_y(points: &[*const Point; 8], negative: u8) -> Limbs<5> {
        let zero = _mm512_setzero_si512();
        // SAFETY: as the caller promises.
        let y = unsafe { load(points, 4) };
        y.map(|limb| _mm512_mask_sub_epi64(limb, negative, zero, limb))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    unsafe fn store(x: &Limbs<5>, y: &Limbs<5>, infinite: u8) -> [Point; 8] {
        let [x0, x1, x2, x3] = pack(&canonicalize::<Self, 5>(x));
        let [y0, y1, y2, y3] = pack(&canonicalize::<Self, 5>(y));
        let rows = transpose([x0, x1, x2, x3, y0, y1, y2, y3]);
        let mut points = [Point::INFINITY; 8];
        for (lane, point) in points.iter_mut().enumerate() {
            if infinite >> lane & 1 == 0 {
                // SAFETY: a point has 64 bytes, which hold any eight words.
                unsafe { _mm512_storeu_si512((&raw mut *point).cast(), rows[lane]) };
            }
        }
        points
    }
}

thread_local! {
    static BATCH: RefCell<Batch<Secp256k1, 5>> = RefCell::default();
}

/// The sum of each task's terms; the tasks are sorted by length, the longest first.
pub(crate) fn add_up_secp256k1(
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
