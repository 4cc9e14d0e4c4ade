//! Sums of products of any points with scalars.
//!
//! Signed windows sort the points into buckets, one sum each. A bucket's number has a high and a
//! low part: the sums of the buckets of equal high part, and of equal low part, are so few that
//! they are then summed per bit of their number, which leaves a point for each bit of a scalar.
//! All three rounds are runs of [`super::sums`]. A few points are not worth that: their windows are
//! summed with shared doublings. No step assumes points of the prime-order group.

use rayon::prelude::*;

use super::digits::{SignedDigits, window_count};
use super::ffi::{Jacobian, Point};
use super::scalar::Scalar;
use super::sums::sum_terms;
use crate::lanes::runs::Term;
use crate::lanes::{self, Backend};

/// Terms that are sorted at a time: enough for an efficient batch on each thread.
const BLOCK_TERMS: usize = 1 << 16;

/// `Σ scalars[i] · points[i]`; the shorter list counts.
pub fn multi_scalar_multiply(points: &[Point], scalars: &[Scalar]) -> Point {
    multi_scalar_multiply_on(lanes::backend(), points, scalars)
}

/// [`multi_scalar_multiply`] on a backend.
pub fn multi_scalar_multiply_on(backend: Backend, points: &[Point], scalars: &[Scalar]) -> Point {
    let count = points.len().min(scalars.len());
    let (points, scalars) = (&points[..count], &scalars[..count]);
    if count <= few_points(backend) {
        return multiply_few(points, scalars);
    }
    let window_bits = choose_window_bits(count);
    let digits: Vec<SignedDigits> =
        scalars.iter().map(|scalar| SignedDigits::new(*scalar, window_bits)).collect();
    let windows: Vec<usize> = (0..window_count(window_bits)).collect();
    let buckets: Vec<Vec<Point>> = windows
        .par_chunks((BLOCK_TERMS / count).max(1))
        .map(|windows| sum_buckets(backend, points, &digits, windows, window_bits))
        .collect();
    let by_bit = sum_bits(backend, &buckets.concat(), window_bits);
    let mut sum = Jacobian::default();
    for bits in by_bit.chunks(window_bits - 1).rev() {
        sum.double();
        for point in bits.iter().rev() {
            sum.double();
            sum.add(point);
        }
    }
    sum.to_affine()
}

/// As many points as [`multiply_few`] is faster with, measured.
fn few_points(backend: Backend) -> usize {
    match backend {
        Backend::Lanes => 6,
        Backend::Portable => 14,
    }
}

/// The sum for a few points, one by one: of each the multiples 1 ..= 8, 4 bits a window.
fn multiply_few(points: &[Point], scalars: &[Scalar]) -> Point {
    const WINDOW_BITS: usize = 4;
    const MULTIPLES: usize = 1 << (WINDOW_BITS - 1);
    let mut multiples = Vec::with_capacity(points.len() * MULTIPLES);
    for point in points {
        let mut multiple = Jacobian::default();
        for _ in 0..MULTIPLES {
            multiple.add(point);
            multiples.push(multiple);
        }
    }
    let multiples = Jacobian::to_affine_all(&multiples);
    let digits: Vec<SignedDigits> =
        scalars.iter().map(|scalar| SignedDigits::new(*scalar, WINDOW_BITS)).collect();
    let mut sum = Jacobian::default();
    for window in (0..window_count(WINDOW_BITS)).rev() {
        (0..WINDOW_BITS).for_each(|_| sum.double());
        for (digits, multiples) in digits.iter().zip(multiples.chunks_exact(MULTIPLES)) {
            let digit = digits.get(window);
            if digit != 0 {
                let multiple = &multiples[usize::from(digit.unsigned_abs()) - 1];
                sum.add(&if digit < 0 { multiple.negate() } else { *multiple });
            }
        }
    }
    sum.to_affine()
}

/// The window size with the fewest additions: each bucket costs about two and a half.
fn choose_window_bits(count: usize) -> usize {
    let additions = |bits: &usize| window_count(*bits) * (2 * count + (5 << (bits - 1)));
    (3..=13).min_by_key(additions).unwrap_or(3)
}

/// For each window, the sums of the points of each digit 1 ..= 2^(bits−1), the negative negated.
fn sum_buckets(
    backend: Backend,
    points: &[Point],
    digits: &[SignedDigits],
    windows: &[usize],
    window_bits: usize,
) -> Vec<Point> {
    let per_window = 1 << (window_bits - 1);
    let mut lengths = vec![0; windows.len() * per_window];
    let mut window_digits = Vec::with_capacity(windows.len() * points.len());
    for (window, lengths) in windows.iter().zip(lengths.chunks_exact_mut(per_window)) {
        for digits in digits {
            let digit = digits.get(*window);
            window_digits.push(digit);
            if digit != 0 {
                lengths[usize::from(digit.unsigned_abs()) - 1] += 1;
            }
        }
    }
    let mut total = 0;
    let mut places: Vec<usize> = lengths
        .iter()
        .map(|length| {
            total += length;
            total - length
        })
        .collect();
    let mut terms = vec![Term::plus(&Point::INFINITY); total];
    let rows = places.chunks_exact_mut(per_window);
    for (places, digits) in rows.zip(window_digits.chunks_exact(points.len())) {
        for (point, digit) in points.iter().zip(digits).filter(|(_, digit)| **digit != 0) {
            let place = &mut places[usize::from(digit.unsigned_abs()) - 1];
            terms[*place] = Term { point, negative: *digit < 0 };
            *place += 1;
        }
    }
    sum_terms(backend, &terms, &lengths)
}

/// For each window a point for each bit but the highest; they count 1, 2, 4, ….
///
/// Bucket i counts i + 1, i = high · columns + low. So the lowest bit has the sum of all, too.
fn sum_bits(backend: Backend, buckets: &[Point], window_bits: usize) -> Vec<Point> {
    let low_bits = (window_bits - 1) / 2;
    let (rows, columns) = (1 << (window_bits - 1 - low_bits), 1 << low_bits);
    let mut runs = Runs::default();
    for window in buckets.chunks_exact(rows * columns) {
        window.chunks_exact(columns).for_each(|row| runs.push(row));
        (0..columns).for_each(|low| runs.push(window[low..].iter().step_by(columns)));
    }
    let parts = runs.sum(backend);

    let mut runs = Runs::default();
    for window in parts.chunks_exact(rows + columns) {
        let (rows, columns) = window.split_at(rows);
        let with_bit = |parts, bit| {
            let parts: core::slice::Iter<'_, Point> = <[Point]>::iter(parts);
            parts.enumerate().filter(move |(part, _)| part >> bit & 1 == 1).map(|(_, sum)| sum)
        };
        runs.push(with_bit(columns, 0).chain(rows));
        (1..low_bits).for_each(|bit| runs.push(with_bit(columns, bit)));
        (0..window_bits - 1 - low_bits).for_each(|bit| runs.push(with_bit(rows, bit)));
    }
    runs.sum(backend)
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
        sum_terms(backend, &self.terms, &self.lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multiply(point: &Point, scalar: Scalar) -> Point {
        let mut sum = Jacobian::default();
        for byte in scalar.to_bytes() {
            for bit in (0..8).rev() {
                sum.double();
                if byte >> bit & 1 == 1 {
                    sum.add(point);
                }
            }
        }
        sum.to_affine()
    }

    fn sample_scalars(count: usize) -> Vec<Scalar> {
        let mut scalar = Scalar::from_u64(0x1234_5678_9abc_def1);
        (0..count)
            .map(|_| {
                scalar = scalar * scalar + Scalar::from_u64(1);
                scalar
            })
            .collect()
    }

    #[test]
    fn test_products_of_every_size_agree_with_double_and_add() {
        for count in [0, 1, 2, 17, 100, 300] {
            let scalars = sample_scalars(count);
            let points: Vec<Point> = (0..count)
                .map(|i| multiply(&Point::generator(), Scalar::from_u64(i as u64 * 3)))
                .collect();
            let mut expected = Jacobian::default();
            for (point, scalar) in points.iter().zip(&scalars) {
                expected.add(&multiply(point, *scalar));
            }
            assert_eq!(multi_scalar_multiply(&points, &scalars), expected.to_affine(), "{count}");
        }
    }

    #[test]
    fn test_equal_points_and_scalars_agree_with_their_product() {
        let scalar = sample_scalars(3)[2];
        let points = vec![Point::generator(); 1500];
        let scalars = vec![scalar; 1500];
        let expected = multiply(&Point::generator(), scalar * Scalar::from_u64(1500));
        assert_eq!(multi_scalar_multiply(&points, &scalars), expected);
    }
}
