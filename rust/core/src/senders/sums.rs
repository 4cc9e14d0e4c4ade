//! Sums of points, on either backend.
//!
//! The portable backend adds step by step as the lanes do, with one inversion for all tasks of a
//! batch: five multiplications and a square an addition. Every case of the group law is handled,
//! and none costs more than another: the points come from strangers.

use super::field::Field;
use super::point::{Jacobian, Point};
use crate::lanes::Backend;
use crate::lanes::runs::{self, Adder, Task, Term};

/// Adds up consecutive runs of terms; the run of `lengths[i]` terms gives result i.
///
/// The lengths add up to the number of terms. Empty runs give infinity.
pub(super) fn sum_runs(
    backend: Backend,
    terms: &[Term<'_, Point>],
    lengths: &[usize],
) -> Vec<Point> {
    #[cfg(target_arch = "x86_64")]
    if let Some(features) = backend.features() {
        return runs::sum_runs(&InLanes(features), terms, lengths);
    }
    let _ = backend;
    runs::sum_runs(&Portable, terms, lengths)
}

#[cfg(target_arch = "x86_64")]
struct InLanes(crate::lanes::Features);

#[cfg(target_arch = "x86_64")]
impl Adder for InLanes {
    type Point = Point;
    const INFINITY: Point = Point::INFINITY;
    const ENOUGH_TASKS: usize = 2048;
    const FEW_TERMS: usize = 64;

    fn add_up(&self, terms: &[Term<'_, Point>], tasks: &[Task]) -> Vec<Point> {
        crate::lanes::add_up_secp256k1(self.0, terms, tasks)
    }

    fn add_few(&self, terms: &[Term<'_, Point>], lengths: &[usize]) -> Vec<Point> {
        Portable.add_few(terms, lengths)
    }
}

struct Portable;

impl Adder for Portable {
    type Point = Point;
    const INFINITY: Point = Point::INFINITY;
    const ENOUGH_TASKS: usize = 1024;
    const FEW_TERMS: usize = 64;

    fn add_up(&self, terms: &[Term<'_, Point>], tasks: &[Task]) -> Vec<Point> {
        let mut sums: Vec<Point> = tasks.iter().map(|task| to_point(&terms[task.start])).collect();
        let longest = tasks.first().map_or(0, |task| task.length);
        let mut denominators = Vec::with_capacity(tasks.len());
        let mut active = tasks.len();
        for step in 1..longest {
            while active > 0 && tasks[active - 1].length <= step {
                active -= 1;
            }
            let points = tasks[..active].iter().map(|task| to_point(&terms[task.start + step]));
            add_points(&mut sums, points, &mut denominators);
        }
        sums
    }

    fn add_few(&self, terms: &[Term<'_, Point>], lengths: &[usize]) -> Vec<Point> {
        let mut rest = terms;
        let mut sum_of = |length: usize| {
            let (run, after) = rest.split_at(length);
            rest = after;
            run.iter().fold(Jacobian::INFINITY, |sum, term| sum.add(&to_point(term)))
        };
        let sums: Vec<Jacobian> = lengths.iter().map(|length| sum_of(*length)).collect();
        Jacobian::to_affine_all(&sums)
    }
}

#[inline(always)]
fn to_point(term: &Term<'_, Point>) -> Point {
    if term.negative { -*term.point } else { *term.point }
}

/// Adds the points to the first sums, with one inversion; the denominators are working space.
fn add_points(
    sums: &mut [Point],
    points: impl DoubleEndedIterator<Item = Point> + ExactSizeIterator + Clone,
    denominators: &mut Vec<(Field, Field)>,
) {
    denominators.clear();
    let mut product = Field::ONE;
    for (sum, point) in sums.iter().zip(points.clone()) {
        let denominator = slope_denominator(sum, &point);
        denominators.push((denominator, product));
        product = product * denominator;
    }
    let mut inverse = product.invert();
    let count = denominators.len();
    for ((sum, point), (denominator, before)) in
        sums[..count].iter_mut().zip(points).zip(denominators.iter()).rev()
    {
        *sum = add_by_slope(sum, &point, inverse * *before);
        inverse = inverse * *denominator;
    }
}

/// The denominator of the slope through two points; one, where there is no slope.
#[inline(always)]
fn slope_denominator(left: &Point, right: &Point) -> Field {
    if left.is_infinity() || right.is_infinity() {
        return Field::ONE;
    }
    let chord = right.x - left.x;
    if !chord.is_zero() {
        return chord;
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
    Point::new(x, slope * (left.x - x) - left.y)
}
