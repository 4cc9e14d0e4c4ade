//! What a field brings to be calculated with in lanes, and what follows from it.
//!
//! An *element* is limbs with a value below 8p, a *settled* element one with a value below 1.02p:
//! sums of points are kept in those. A *canonical* element is below p.

use core::arch::x86_64::*;

use super::limbs::*;

/// A prime field of `N` limbs and the points over it whose sums are taken, on y² = x³ + b.
///
/// A field chooses the form of its elements; the coordinates of its points may be in the form of an
/// isomorphic curve, for b is never used.
///
/// # Safety
///
/// The constants and functions are as described: results that are not would be wrong sums, but no
/// memory is touched beyond the arguments. Who calls a function has the features of
/// [`super::Features`].
pub(super) unsafe trait Field<const N: usize> {
    /// A point as it is in memory.
    type Point: Copy + Send + Sync + 'static;
    /// The neutral element.
    const INFINITY: &'static Self::Point;
    /// Limb j of 0, p, 2p, …, 7p. The last limb of p is 2^16 or more, and 8p has no more limbs.
    const MULTIPLES: [[u64; 8]; N];
    /// The element one.
    const ONE: [u64; N];

    /// The columns, within ±2^58, of the product of two elements: a value below 4.001p.
    ///
    /// # Safety
    ///
    /// See the trait.
    unsafe fn multiply(a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N>;

    /// The same of the square.
    ///
    /// # Safety
    ///
    /// See the trait.
    unsafe fn square(a: &Limbs<N>) -> Limbs<N>;

    /// The inverses of eight elements; if one is zero, all are zero.
    ///
    /// # Safety
    ///
    /// See the trait.
    unsafe fn invert(a: &Limbs<N>) -> Limbs<N>;

    /// The first coordinates of eight points, canonical; zero for infinity.
    ///
    /// # Safety
    ///
    /// See the trait; the pointers are valid.
    unsafe fn load_x(points: &[*const Self::Point; 8]) -> Limbs<N>;

    /// The columns, within ±2^55, of the second coordinates, of values within ±1.001p, those of the
    /// lanes in the mask negated; all zero for infinity and for nothing else.
    ///
    /// # Safety
    ///
    /// See the trait; the pointers are valid.
    unsafe fn load_y(points: &[*const Self::Point; 8], negative: u8) -> Limbs<N>;

    /// Eight points from elements; infinity for the lanes in the mask.
    ///
    /// # Safety
    ///
    /// See the trait.
    unsafe fn store(x: &Limbs<N>, y: &Limbs<N>, infinite: u8) -> [Self::Point; 8];
}

/// The product of two elements, an element below 4.001p.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
pub(super) fn multiply<F: Field<N>, const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
    // SAFETY: this function has the features.
    carry(unsafe { F::multiply(a, b) })
}

/// The columns of `a − b + k p`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn subtract<F: Field<N>, const N: usize, const K: usize>(
    a: &Limbs<N>,
    b: &Limbs<N>,
) -> Limbs<N> {
    core::array::from_fn(|j| {
        _mm512_add_epi64(_mm512_sub_epi64(a[j], b[j]), splat(F::MULTIPLES[j][K]))
    })
}

/// The settled element that is congruent to columns, within ±2^60, of a value of .9p .. 7.1p.
///
/// Let P be the last limb of p, B = 2^(52 (N − 1)) its weight, L that of the value, and t the last
/// column less 512. What the other columns carry into it is within ±(2^8 + 1), so L − 769 ≤ t < L,
/// and t ≥ 0 since L > .9 · 2^16 − 1. The quotient q ≤ t / (P + 1) is 0 .. 7, and q p < t B does
/// not exceed the value. What is left is below p + (L + 1) B − t B · P / (P + 1) + 2^−20 p, which
/// is below p + (770 + 8) B + 2^−20 p < 1.02p.
#[inline]
#[target_feature(enable = "avx512ifma")]
pub(super) fn settle<F: Field<N>, const N: usize>(columns: &Limbs<N>) -> Limbs<N> {
    let top = _mm512_sub_epi64(columns[N - 1], splat(512));
    carry(subtract_quotient::<F, N>(columns, top))
}

/// The canonical element that is congruent to an element.
///
/// As in [`settle`], with t = L; what is left is below 1.001p.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
pub(super) fn canonicalize<F: Field<N>, const N: usize>(element: &Limbs<N>) -> Limbs<N> {
    let settled = carry(subtract_quotient::<F, N>(element, element[N - 1]));
    let modulus: Limbs<N> = core::array::from_fn(|j| splat(F::MULTIPLES[j][1]));
    let less = carry(subtract_columns(&settled, &modulus));
    blend(&less, _mm512_movepi64_mask(less[N - 1]), &settled)
}

/// `columns − q p` with q = ⌊t / (P + 1)⌋, or one less where they differ by less than 2^−18, for
/// 0 ≤ t < 8 (P + 1).
///
/// Of a P above 21 bits, and of t, only so many bits are looked at that 21 of P are left.
#[inline]
#[target_feature(enable = "avx512ifma")]
fn subtract_quotient<F: Field<N>, const N: usize>(columns: &Limbs<N>, t: __m512i) -> Limbs<N> {
    let (last, unseen) = const { (F::MULTIPLES[N - 1][1], unseen_bits(F::MULTIPLES[N - 1][1])) };
    let seen = _mm512_srl_epi64(t, _mm_cvtsi64_si128(unseen.into()));
    let reciprocal = (1 << LIMB_BITS) / ((last >> unseen) + 1);
    let quotient = _mm512_madd52hi_epu64(_mm512_setzero_si512(), seen, splat(reciprocal));
    core::array::from_fn(|j| {
        let multiples = F::MULTIPLES[j].map(u64::cast_signed);
        let [m0, m1, m2, m3, m4, m5, m6, m7] = multiples;
        let table = _mm512_setr_epi64(m0, m1, m2, m3, m4, m5, m6, m7);
        _mm512_sub_epi64(columns[j], _mm512_permutexvar_epi64(quotient, table))
    })
}

const fn unseen_bits(last_limb: u64) -> u32 {
    (64 - last_limb.leading_zeros()).saturating_sub(21)
}

/// The lanes whose element is congruent to zero.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
pub(super) fn zeros<F: Field<N>, const N: usize>(element: &Limbs<N>) -> u8 {
    lanes_of_zero(&canonicalize::<F, N>(element))
}
