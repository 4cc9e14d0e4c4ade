//! Many sums of affine points at once.
//!
//! Each round adds neighbours in pairs in every sum, and all the pairs share one inversion
//! (about 6 field multiplications an addition). Results are affine, so they need no
//! normalisation. Every case of the group law is handled: the points may come from a stranger.

use super::ffi::{Fp, Point};

/// Adds up consecutive runs of `points`; the run of `lengths[i]` points gives result i.
///
/// Empty runs give infinity. `points` is used up as scratch space.
pub(super) fn sum_runs(points: &mut [Point], lengths: &[usize]) -> Vec<Point> {
    let mut lengths = lengths.to_vec();
    let mut scratch = Vec::with_capacity(points.len() / 2);
    while lengths.iter().any(|length| *length > 1) {
        add_neighbours(points, &mut lengths, &mut scratch);
    }
    let mut sums = points.iter();
    let mut take = |length| if length == 0 { None } else { sums.next().copied() };
    lengths.iter().map(|length| take(*length).unwrap_or(Point::INFINITY)).collect()
}

/// The denominator of the slope through two points; one, where there is no slope.
fn slope_denominator(left: &Point, right: &Point) -> Fp {
    if left.is_infinity() || right.is_infinity() {
        return Fp::ONE;
    }
    let chord = right.x - left.x;
    if !chord.is_zero() {
        return chord;
    }
    let tangent = left.y + right.y;
    if tangent.is_zero() { Fp::ONE } else { tangent }
}

/// Adds two points, with the inverse of [`slope_denominator`].
fn add_by_slope(left: &Point, right: &Point, inverse: Fp) -> Point {
    if left.is_infinity() {
        return *right;
    }
    if right.is_infinity() {
        return *left;
    }
    let slope = if left.x != right.x {
        (right.y - left.y) * inverse
    } else if left.y == right.y {
        // The order of the curve is odd, so no point is its own inverse and y is not zero.
        left.x.square().triple() * inverse
    } else {
        return Point::INFINITY;
    };
    let x = slope.square() - left.x - right.x;
    Point { x, y: slope * (left.x - x) - left.y }
}

/// One round: halves every run, rounding up, and packs the results to the front.
fn add_neighbours(points: &mut [Point], lengths: &mut [usize], scratch: &mut Vec<(Fp, Fp)>) {
    // Each pair's denominator, and the product of those after it; so the second pass runs
    // forward and can pack in place.
    scratch.clear();
    let mut product = Fp::ONE;
    let mut end = lengths.iter().sum::<usize>();
    for length in lengths.iter().rev() {
        let start = end - length;
        for pair in points[start..end].chunks_exact(2).rev() {
            let denominator = slope_denominator(&pair[0], &pair[1]);
            scratch.push((denominator, product));
            product = product * denominator;
        }
        end = start;
    }

    let mut inverse = product.inverse();
    let (mut read, mut write) = (0, 0);
    for length in lengths.iter_mut() {
        let run_end = read + *length;
        while read + 1 < run_end {
            let Some((denominator, after)) = scratch.pop() else { break };
            points[write] = add_by_slope(&points[read], &points[read + 1], inverse * after);
            inverse = inverse * denominator;
            (read, write) = (read + 2, write + 1);
        }
        if read < run_end {
            points[write] = points[read];
            (read, write) = (read + 1, write + 1);
        }
        *length = length.div_ceil(2);
    }
}

#[cfg(test)]
mod tests {
    use super::super::ffi::Jacobian;
    use super::*;

    fn multiples(count: usize) -> Vec<Point> {
        let mut sum = Jacobian::default();
        let mut points = Vec::new();
        for _ in 0..count {
            sum.add(&Point::generator());
            points.push(sum.to_affine());
        }
        points
    }

    #[test]
    fn test_runs_of_every_length_add_up() {
        let multiples = multiples(64);
        for length in 0..11 {
            let mut points = multiples[..length].to_vec();
            points.extend_from_slice(&multiples[20..23]);
            let sums = sum_runs(&mut points, &[length, 0, 3]);
            let expected = match length * (length + 1) / 2 {
                0 => Point::INFINITY,
                number => multiples[number - 1],
            };
            assert_eq!(sums, [expected, Point::INFINITY, multiples[62].clone_plus(&multiples)]);
        }
    }

    impl Point {
        /// 21 + 22 + 23 = 66 = 63 + 3.
        fn clone_plus(&self, multiples: &[Point]) -> Point {
            let mut sum = Jacobian::from(*self);
            sum.add(&multiples[2]);
            sum.to_affine()
        }
    }

    #[test]
    fn test_every_case_of_the_group_law() {
        let points = multiples(4);
        let (one, two, four) = (points[0], points[1], points[3]);
        let infinity = Point::INFINITY;
        let cases = [
            (vec![one, one], two),
            (vec![one, one, one, one], four),
            (vec![one, one.negate()], infinity),
            (vec![infinity, infinity], infinity),
            (vec![infinity, one], one),
            (vec![one, infinity], one),
            (vec![two, one, one.negate(), two, infinity, infinity], four),
        ];
        let mut all: Vec<Point> = cases.iter().flat_map(|(points, _)| points.clone()).collect();
        let lengths: Vec<usize> = cases.iter().map(|(points, _)| points.len()).collect();
        let expected: Vec<Point> = cases.iter().map(|(_, sum)| *sum).collect();
        assert_eq!(sum_runs(&mut all, &lengths), expected);
    }

    #[test]
    fn test_a_thousand_equal_points_add_up() {
        let mut points = vec![Point::generator(); 1024];
        let mut expected = Jacobian::from(Point::generator());
        (0..10).for_each(|_| expected.double());
        assert_eq!(sum_runs(&mut points, &[1024]), [expected.to_affine()]);
    }
}
