//! Sums of products of any points with short scalars.
//!
//! Signed windows sort the points into buckets, one sum each; then the buckets whose number has a
//! bit set are summed per bit, which leaves one point for each bit of the scalars. All of it are
//! runs of [`super::sums`], with few inversions.

use super::point::{Jacobian, Point};
use super::scalar::Short;
use super::sums::sum_runs;
use crate::lanes::Backend;

/// Bits of a scalar, and one for the carry of its highest digit.
const SCALAR_BITS: usize = 129;

/// `Σ scalars[i] · points[i]`; the shorter list counts.
pub(super) fn multi_scalar_multiply(
    backend: Backend,
    points: &[Point],
    scalars: &[Short],
) -> Point {
    let bits = choose_window_bits(points.len());
    let windows = SCALAR_BITS.div_ceil(bits);
    let digits = compute_digits(scalars, bits, windows);
    let buckets = sum_buckets(backend, points, &digits, bits, windows);
    let by_bit = sum_bits(backend, buckets, bits);
    let sum = by_bit.iter().rev().fold(Jacobian::INFINITY, |sum, point| sum.double().add(point));
    sum.to_affine()
}

fn choose_window_bits(count: usize) -> usize {
    match count {
        0..100 => 4,
        100..400 => 6,
        400..800 => 7,
        800..3000 => 8,
        _ => 10,
    }
}

/// The scalars as digits in −2^(bits−1) ..= 2^(bits−1): first the lowest digit of each.
fn compute_digits(scalars: &[Short], bits: usize, windows: usize) -> Vec<i16> {
    let (half, mask) = (1 << (bits - 1), (1 << bits) - 1);
    let mut digits = vec![0; scalars.len() * windows];
    for (i, scalar) in scalars.iter().enumerate() {
        let (mut rest, mut carry) = (scalar.magnitude, 0);
        for window in 0..windows {
            #[expect(clippy::cast_possible_truncation, reason = "masked to at most 14 bits")]
            let digit = (rest & mask) as i16 + carry;
            rest >>= bits;
            carry = i16::from(digit > half);
            let digit = digit - (carry << bits);
            digits[window * scalars.len() + i] = if scalar.is_negative { -digit } else { digit };
        }
    }
    digits
}

/// For each window the sums of the points of each digit 0 ..= 2^(bits−1), the negative ones
/// negated; that of digit 0 is left at infinity.
fn sum_buckets(
    backend: Backend,
    points: &[Point],
    digits: &[i16],
    bits: usize,
    windows: usize,
) -> Vec<Point> {
    let buckets = (1 << (bits - 1)) + 1;
    let mut lengths = vec![0; windows * buckets];
    let rows = digits.chunks_exact(points.len().max(1));
    for (row, lengths) in rows.clone().zip(lengths.chunks_exact_mut(buckets)) {
        for digit in row.iter().filter(|digit| **digit != 0) {
            lengths[usize::from(digit.unsigned_abs())] += 1;
        }
    }
    let mut ends: Vec<usize> = lengths
        .iter()
        .scan(0, |end, length| {
            let start = *end;
            *end += length;
            Some(start)
        })
        .collect();
    let mut sorted = vec![Point::INFINITY; lengths.iter().sum()];
    for (row, ends) in rows.zip(ends.chunks_exact_mut(buckets)) {
        for (point, digit) in points.iter().zip(row).filter(|(_, digit)| **digit != 0) {
            let end = &mut ends[usize::from(digit.unsigned_abs())];
            sorted[*end] = if *digit < 0 { -*point } else { *point };
            *end += 1;
        }
    }
    sum_runs(backend, &mut sorted, &lengths)
}

/// For each window and each bit of a bucket's number, the sum of the buckets that have it.
fn sum_bits(backend: Backend, buckets: Vec<Point>, bits: usize) -> Vec<Point> {
    let count = 1 << (bits - 1);
    let windows = buckets.len() / (count + 1);
    // Only the last bucket has the highest bit.
    let highest: Vec<Point> = buckets.chunks_exact(count + 1).map(|row| row[count]).collect();
    let mut halves: Vec<Point> =
        buckets.chunks_exact(count + 1).flat_map(|row| &row[..count]).copied().collect();
    // Buckets 2j and 2j + 1 share all bits but the lowest: the odd ones are summed for it, and
    // the sums of the pairs have the others.
    let mut odd = Vec::with_capacity(windows * count);
    let mut lengths = Vec::with_capacity(windows * bits);
    for bit in 1..bits {
        odd.extend(halves.iter().skip(1).step_by(2));
        lengths.extend(vec![count >> bit; windows]);
        let pairs = vec![2; halves.len() / 2];
        halves = sum_runs(backend, &mut halves, &pairs);
    }
    let mut by_bit = sum_runs(backend, &mut odd, &lengths);
    by_bit.extend(highest);
    // From bit-major to window-major.
    (0..windows * bits).map(|i| by_bit[i % bits * windows + i / bits]).collect()
}
