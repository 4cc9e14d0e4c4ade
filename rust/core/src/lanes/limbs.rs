//! Numbers in limbs of 52 bits, eight numbers at a time: vector j holds limb j of all eight.
//!
//! The multiply-add of AVX-512 IFMA takes the low 52 bits of two words and adds the low or the high
//! 52 bits of their product to a third. *Columns* are words that stand for a number like limbs do,
//! but are not bound to 52 bits, and may be negative; [`carry`] makes limbs of them.

use core::arch::x86_64::*;

/// `N` limbs, or columns, of eight numbers.
pub(super) type Limbs<const N: usize> = [__m512i; N];

/// Bits of a limb.
pub(super) const LIMB_BITS: u32 = 52;
/// The bits of a limb, set.
pub(super) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// The same word in each lane.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn splat(word: u64) -> __m512i {
    _mm512_set1_epi64(word.cast_signed())
}

/// The same number in each lane.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn splat_all<const N: usize>(number: &[u64; N]) -> Limbs<N> {
    number.map(|word| splat(word))
}

/// The columns of a product of limbs, `M` = 2 `N`: each below 2 `N` · 2^52.
#[inline]
#[target_feature(enable = "avx512ifma")]
pub(super) fn multiply_limbs<const N: usize, const M: usize>(
    a: &Limbs<N>,
    b: &Limbs<N>,
) -> Limbs<M> {
    let mut columns = [_mm512_setzero_si512(); M];
    for i in 0..N {
        add_multiple(&mut columns[i..], a[i], b);
    }
    columns
}

/// The columns of a square of limbs, `M` = 2 `N`: each below 2 `N` · 2^52.
#[inline]
#[target_feature(enable = "avx512ifma")]
pub(super) fn square_limbs<const N: usize, const M: usize>(a: &Limbs<N>) -> Limbs<M> {
    let mut columns = [_mm512_setzero_si512(); M];
    for i in 0..N {
        for j in i + 1..N {
            columns[i + j] = _mm512_madd52lo_epu64(columns[i + j], a[i], a[j]);
            columns[i + j + 1] = _mm512_madd52hi_epu64(columns[i + j + 1], a[i], a[j]);
        }
    }
    for column in &mut columns {
        *column = _mm512_add_epi64(*column, *column);
    }
    for i in 0..N {
        columns[2 * i] = _mm512_madd52lo_epu64(columns[2 * i], a[i], a[i]);
        columns[2 * i + 1] = _mm512_madd52hi_epu64(columns[2 * i + 1], a[i], a[i]);
    }
    columns
}

/// Adds `factor`, of 52 bits, times the limbs of `b` to the first `N` + 1 columns.
#[inline]
#[target_feature(enable = "avx512ifma")]
pub(super) fn add_multiple<const N: usize>(columns: &mut [__m512i], factor: __m512i, b: &Limbs<N>) {
    for j in 0..N {
        columns[j] = _mm512_madd52lo_epu64(columns[j], factor, b[j]);
        columns[j + 1] = _mm512_madd52hi_epu64(columns[j + 1], factor, b[j]);
    }
}

/// The limbs of columns that stand for a number of 0 .. 2^(52 `N`), each within ±2^62.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn carry<const N: usize>(mut columns: Limbs<N>) -> Limbs<N> {
    for j in 0..N - 1 {
        let carried = _mm512_srai_epi64::<LIMB_BITS>(columns[j]);
        columns[j + 1] = _mm512_add_epi64(columns[j + 1], carried);
        columns[j] = _mm512_and_si512(columns[j], splat(LIMB_MASK));
    }
    columns
}

/// Column by column `a + b`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn add_columns<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
    core::array::from_fn(|j| _mm512_add_epi64(a[j], b[j]))
}

/// Column by column `a − b`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn subtract_columns<const N: usize>(a: &Limbs<N>, b: &Limbs<N>) -> Limbs<N> {
    core::array::from_fn(|j| _mm512_sub_epi64(a[j], b[j]))
}

/// `b` in the lanes of the mask, `a` in the others.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn blend<const N: usize>(a: &Limbs<N>, lanes: u8, b: &Limbs<N>) -> Limbs<N> {
    core::array::from_fn(|j| _mm512_mask_mov_epi64(a[j], lanes, b[j]))
}

/// The lanes whose columns are all zero.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn lanes_of_zero<const N: usize>(a: &Limbs<N>) -> u8 {
    let any = a.iter().fold(_mm512_setzero_si512(), |any, limb| _mm512_or_si512(any, *limb));
    _mm512_testn_epi64_mask(any, any)
}

/// Word j of vector i to word i of vector j.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let mut out = rows;
    for odd in 0..2 {
        // Words 0, 2, 4, 6 of two rows, or words 1, 3, 5, 7; then their quarters change places.
        let two = |i: usize| match odd {
            0 => _mm512_unpacklo_epi64(rows[i], rows[i + 1]),
            _ => _mm512_unpackhi_epi64(rows[i], rows[i + 1]),
        };
        let pairs = [two(0), two(2), two(4), two(6)];
        let low = _mm512_shuffle_i64x2::<EVEN>(pairs[0], pairs[1]);
        let high = _mm512_shuffle_i64x2::<EVEN>(pairs[2], pairs[3]);
        out[odd] = _mm512_shuffle_i64x2::<EVEN>(low, high);
        out[odd + 4] = _mm512_shuffle_i64x2::<ODD>(low, high);
        let low = _mm512_shuffle_i64x2::<ODD>(pairs[0], pairs[1]);
        let high = _mm512_shuffle_i64x2::<ODD>(pairs[2], pairs[3]);
        out[odd + 2] = _mm512_shuffle_i64x2::<EVEN>(low, high);
        out[odd + 6] = _mm512_shuffle_i64x2::<ODD>(low, high);
    }
    out
}
