//! Many sums of points at once.
//!
//! Each round adds neighbours in pairs in every sum, and all the pairs share one inversion: five
//! multiplications and a square an addition. Every case of the group law is handled, and none
//! costs more than another: the points come from strangers.

use super::field::Field;
use super::point::Point;
use crate::lanes::Backend;

/// Adds up consecutive runs of `points`; the run of `lengths[i]` points gives result i.
///
/// Empty runs give infinity. `points` is used up as scratch space.
pub(super) fn sum_runs(_backend: Backend, points: &mut [Point], lengths: &[usize]) -> Vec<Point> {
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
#[inline(always)]
fn slope_denominator(left: &Point, right: &Point) -> Field {
    let chord = right.x - left.x;
    if !chord.is_zero() && !left.is_infinity() && !right.is_infinity() {
        return chord;
    }
    if left.is_infinity() || right.is_infinity() {
        return Field::ONE;
    }
    let tangent = left.y + right.y;
    if tangent.is_zero() { Field::ONE } else { tangent }
}

/// Adds two points, with the inverse of [`slope_denominator`].
#[inline(always)]
fn add_by_slope(left: &Point, right: &Point, inverse: Field) -> Point {
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
fn add_neighbours(points: &mut [Point], lengths: &mut [usize], scratch: &mut Vec<(Field, Field)>) {
    // Each pair's denominator, and the product of those after it; so the second pass runs
    // forward and can pack in place.
    scratch.clear();
    let mut product = Field::ONE;
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

    let mut inverse = product.invert();
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
