//! Sums of products of any points with short scalars.
//!
//! Signed windows sort the points into buckets, one sum each. A bucket's number has a high and a
//! low part: the buckets of equal high part, and those of equal low part, are summed, and these
//! few sums per bit of their number, which leaves one point for each bit of the scalars. All three
//! rounds are runs of [`super::sums`].

use rayon::prelude::*;

use super::point::{Jacobian, Point};
use super::scalar::Short;
use super::sums::sum_runs;
use crate::lanes::Backend;
use crate::lanes::runs::Term;

/// Bits of a scalar, and one for the carry of its highest digit.
const SCALAR_BITS: usize = 129;

/// `Σ scalars[i] · points[i]`, for as many scalars as points.
pub(super) fn multi_scalar_multiply(
    backend: Backend,
    points: &[Point],
    scalars: &[Short],
) -> Point {
    let bits = choose_window_bits(points.len());
    let windows = SCALAR_BITS.div_ceil(bits);
    let digits = compute_digits(scalars, bits, windows);
    // Windows are independent; few batches have few inversions, so there is one a thread.
    let batch = windows.div_ceil(rayon::current_num_threads()) * points.len().max(1);
    let by_bit: Vec<Point> = digits
        .par_chunks(batch)
        .flat_map_iter(|digits| {
            let buckets = sum_buckets(backend, points, digits, bits);
            sum_bits(backend, &buckets, bits)
        })
        .collect();
    let sum = by_bit.iter().rev().fold(Jacobian::INFINITY, |sum, point| sum.double().add(point));
    sum.to_affine()
}

/// The window size with the fewest additions: each bucket costs about two.
fn choose_window_bits(count: usize) -> usize {
    let additions = |bits: &usize| SCALAR_BITS.div_ceil(*bits) * (count + (2 << (bits - 1)));
    (3..=12).min_by_key(additions).unwrap_or(3)
}

/// The scalars as digits in −2^(bits−1) ..= 2^(bits−1): first the lowest digit of each.
fn compute_digits(scalars: &[Short], bits: usize, windows: usize) -> Vec<i16> {
    let (half, mask) = (1 << (bits - 1), (1 << bits) - 1);
    let mut digits = vec![0; scalars.len() * windows];
    for (i, scalar) in scalars.iter().enumerate() {
        let (mut rest, mut carry) = (scalar.magnitude, 0);
        for window in 0..windows {
            #[expect(clippy::cast_possible_truncation, reason = "masked to at most 12 bits")]
            let digit = (rest & mask) as i16 + carry;
            rest >>= bits;
            carry = i16::from(digit > half);
            let digit = digit - (carry << bits);
            digits[window * scalars.len() + i] = if scalar.is_negative { -digit } else { digit };
        }
    }
    digits
}

/// For each window the sums of the points of each digit 1 ..= 2^(bits−1), the negative negated.
fn sum_buckets(backend: Backend, points: &[Point], digits: &[i16], bits: usize) -> Vec<Point> {
    let buckets = 1 << (bits - 1);
    let rows = digits.chunks_exact(points.len().max(1));
    let mut lengths = vec![0; rows.len() * buckets];
    for (row, lengths) in rows.clone().zip(lengths.chunks_exact_mut(buckets)) {
        for digit in row.iter().filter(|digit| **digit != 0) {
            lengths[usize::from(digit.unsigned_abs()) - 1] += 1;
        }
    }
    let mut total = 0;
    let next_places = lengths.iter().map(|length| {
        total += length;
        total - length
    });
    let mut places: Vec<usize> = next_places.collect();
    let mut terms = vec![Term::plus(&Point::INFINITY); total];
    for (row, places) in rows.zip(places.chunks_exact_mut(buckets)) {
        for (point, digit) in points.iter().zip(row).filter(|(_, digit)| **digit != 0) {
            let place = &mut places[usize::from(digit.unsigned_abs()) - 1];
            terms[*place] = Term { point, negative: *digit < 0 };
            *place += 1;
        }
    }
    sum_runs(backend, &terms, &lengths)
}

/// For each window a point for each of its bits, the lowest first.
///
/// Bucket i is of digit i + 1 = high · 2^low_bits + low + 1, so bit 0 gets the sum of all, too.
fn sum_bits(backend: Backend, buckets: &[Point], bits: usize) -> Vec<Point> {
    let low_bits = (bits - 1) / 2;
    let (rows, columns) = (1 << (bits - 1 - low_bits), 1 << low_bits);
    let mut runs = Runs::default();
    for window in buckets.chunks_exact(rows * columns) {
        window.chunks_exact(columns).for_each(|row| runs.push(row));
        (0..columns).for_each(|low| runs.push(window[low..].iter().step_by(columns)));
    }
    let parts = runs.sum(backend);

    let mut runs = Runs::default();
    for window in parts.chunks_exact(rows + columns) {
        let (rows, columns) = window.split_at(rows);
        runs.push(with_bit(columns, 0).chain(rows));
        (1..low_bits).for_each(|bit| runs.push(with_bit(columns, bit)));
        (0..bits - 1 - low_bits).for_each(|bit| runs.push(with_bit(rows, bit)));
        // A digit of 2^(bits−1) is in the last bucket: its bits are below, and the sum of all.
        runs.push([]);
    }
    runs.sum(backend)
}

/// The points whose number has a bit set.
fn with_bit(points: &[Point], bit: usize) -> impl Iterator<Item = &Point> {
    points.iter().enumerate().filter(move |(i, _)| i >> bit & 1 == 1).map(|(_, point)| point)
}

/// Runs of points without those that are infinity.
#[derive(Default)]
struct Runs<'a> {
    terms: Vec<Term<'a, Point>>,
    lengths: Vec<usize>,
}

impl<'a> Runs<'a> {
    fn push(&mut self, points: impl IntoIterator<Item = &'a Point>) {
        let before = self.terms.len();
        let finite = points.into_iter().filter(|point| !point.is_infinity());
        self.terms.extend(finite.map(Term::plus));
        self.lengths.push(self.terms.len() - before);
    }

    fn sum(&self, backend: Backend) -> Vec<Point> {
        sum_runs(backend, &self.terms, &self.lengths)
    }
}
