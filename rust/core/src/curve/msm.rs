//! Sums of products of any points with scalars.
//!
//! Signed windows sort the points into buckets, one sum each; then the buckets whose number has a
//! bit set are summed per bit, which leaves one point for each of the 256 bits of a scalar.
//! Both rounds are runs of [`super::sums`]. No step assumes points of the prime-order group.

use rayon::prelude::*;

use super::ffi::{Jacobian, Point};
use super::scalar::Scalar;
use super::sums::sum_runs;

/// `Σ scalars[i] · points[i]`; the shorter list counts.
pub fn multi_scalar_multiply(points: &[Point], scalars: &[Scalar]) -> Point {
    let window_bits = choose_window_bits(points.len());
    let digits: Vec<Vec<i16>> =
        scalars.iter().map(|scalar| signed_digits(*scalar, window_bits)).collect();
    let by_bit: Vec<Point> = (0..window_count(window_bits))
        .into_par_iter()
        .flat_map_iter(|window| {
            let buckets = sum_buckets(points, &digits, window, window_bits);
            sum_bits(&buckets, window_bits)
        })
        .collect();
    let mut sum = Jacobian::default();
    for point in by_bit.iter().rev() {
        sum.double();
        sum.add(point);
    }
    sum.to_affine()
}

/// A scalar as digits in −2^(bits−1) ..= 2^(bits−1), the least significant first.
pub(super) fn signed_digits(scalar: Scalar, window_bits: usize) -> Vec<i16> {
    let bytes = scalar.to_le_bytes();
    let half = 1 << (window_bits - 1);
    let mut carry = 0;
    (0..window_count(window_bits))
        .map(|window| {
            let digit = read_bits(&bytes, window * window_bits, window_bits) + carry;
            carry = i16::from(digit > half);
            digit - (carry << window_bits)
        })
        .collect()
}

/// Windows that hold 256 bits: the last digit has room for the carry of a 255-bit scalar.
pub(super) fn window_count(window_bits: usize) -> usize {
    256usize.div_ceil(window_bits)
}

/// `count` ≤ 13 bits of a little-endian number from bit `start` on.
fn read_bits(bytes: &[u8; 32], start: usize, count: usize) -> i16 {
    let byte = |index: usize| u32::from(bytes.get(index).copied().unwrap_or(0));
    let first = start / 8;
    let word = byte(first) | byte(first + 1) << 8 | byte(first + 2) << 16;
    let bits = word >> (start % 8) & ((1 << count) - 1);
    i16::try_from(bits).unwrap_or(i16::MAX)
}

fn choose_window_bits(count: usize) -> usize {
    match count {
        0..16 => 3,
        16..64 => 4,
        64..256 => 5,
        256..1024 => 7,
        1024..4096 => 8,
        4096..16384 => 10,
        _ => 11,
    }
}

/// The sum of the points of each digit 1 ..= 2^(bits−1), the negative ones negated.
fn sum_buckets(
    points: &[Point],
    digits: &[Vec<i16>],
    window: usize,
    window_bits: usize,
) -> Vec<Point> {
    let mut lengths = vec![0; 1 << (window_bits - 1)];
    for digit in digits.iter().map(|digits| digits[window]).filter(|digit| *digit != 0) {
        lengths[usize::from(digit.unsigned_abs()) - 1] += 1;
    }
    let mut next: Vec<usize> = lengths
        .iter()
        .scan(0, |start, length| {
            let own = *start;
            *start += length;
            Some(own)
        })
        .collect();
    let mut sorted = vec![Point::INFINITY; lengths.iter().sum()];
    for (point, digits) in points.iter().zip(digits) {
        let digit = digits[window];
        if digit != 0 {
            let bucket = usize::from(digit.unsigned_abs()) - 1;
            sorted[next[bucket]] = if digit < 0 { point.negate() } else { *point };
            next[bucket] += 1;
        }
    }
    sum_runs(&mut sorted, &lengths)
}

/// For each bit of a window the sum of the buckets whose number has it.
fn sum_bits(buckets: &[Point], window_bits: usize) -> Vec<Point> {
    let mut points = Vec::with_capacity(buckets.len() * window_bits / 2);
    let mut lengths = Vec::with_capacity(window_bits);
    for bit in 0..window_bits {
        let before = points.len();
        let with_bit = buckets.iter().enumerate().filter(|(i, _)| (i + 1) >> bit & 1 == 1);
        points.extend(with_bit.map(|(_, point)| *point).filter(|point| !point.is_infinity()));
        lengths.push(points.len() - before);
    }
    sum_runs(&mut points, &lengths)
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
    fn test_digits_rebuild_the_scalar() {
        let mut scalars = sample_scalars(5);
        let minus_one = Scalar::ZERO - Scalar::from_u64(1);
        scalars.extend([Scalar::ZERO, Scalar::from_u64(1), minus_one]);
        for scalar in scalars {
            for bits in [3, 4, 5, 6, 7, 8, 10, 11] {
                let base = Scalar::from_u64(1 << bits);
                let digits = signed_digits(scalar, bits);
                let value = digits.iter().rev().fold(Scalar::ZERO, |sum, digit| {
                    let size = Scalar::from_u64(u64::from(digit.unsigned_abs()));
                    let digit = if *digit < 0 { Scalar::ZERO - size } else { size };
                    assert!(i64::from(size.to_bytes()[31]) >= 0);
                    sum * base + digit
                });
                assert_eq!(value, scalar, "{bits} bits");
                assert!(digits.iter().all(|digit| digit.unsigned_abs() <= 1 << (bits - 1)));
            }
        }
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
