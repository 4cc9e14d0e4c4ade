//! Sums of affine points of the curve, on either backend.
//!
//! The portable backend adds step by step as the lanes do, a point a task, with one inversion for
//! all tasks of a batch: about 6 field multiplications an addition. Results are affine, so they
//! are the same on both. Every case of the group law is handled: points may come from a stranger.

use super::ffi::{Fp, Jacobian, Point};
use crate::lanes::Backend;
use crate::lanes::runs::{Adder, Task, Term, sum_runs};

/// The sum of each list of points, on a backend.
pub fn sum_points_on(backend: Backend, lists: &[&[Point]]) -> Vec<Point> {
    let terms: Vec<Term<'_, Point>> = lists.iter().copied().flatten().map(Term::plus).collect();
    let lengths: Vec<usize> = lists.iter().map(|list| list.len()).collect();
    sum_terms(backend, &terms, &lengths)
}

/// Adds up consecutive runs of terms; the run of `lengths[i]` terms gives result i.
///
/// The lengths add up to the number of terms. Empty runs give infinity.
pub(super) fn sum_terms(
    backend: Backend,
    terms: &[Term<'_, Point>],
    lengths: &[usize],
) -> Vec<Point> {
    #[cfg(target_arch = "x86_64")]
    if let Some(features) = backend.features() {
        return sum_runs(&InLanes(features), terms, lengths);
    }
    let _ = backend;
    sum_runs(&Portable, terms, lengths)
}

#[cfg(target_arch = "x86_64")]
struct InLanes(crate::lanes::Features);

#[cfg(target_arch = "x86_64")]
impl Adder for InLanes {
    type Point = Point;
    const INFINITY: Point = Point::INFINITY;
    const ENOUGH_TASKS: usize = 1024;
    const FEW_TERMS: usize = 64;

    fn add_up(&self, terms: &[Term<'_, Point>], tasks: &[Task]) -> Vec<Point> {
        crate::lanes::add_up_bls12(self.0, terms, tasks)
    }

    fn add_few(&self, terms: &[Term<'_, Point>], lengths: &[usize]) -> Vec<Point> {
        Portable.add_few(terms, lengths)
    }
}

struct Portable;

impl Adder for Portable {
    type Point = Point;
    const INFINITY: Point = Point::INFINITY;
    const ENOUGH_TASKS: usize = 256;
    const FEW_TERMS: usize = 24;

    fn add_up(&self, terms: &[Term<'_, Point>], tasks: &[Task]) -> Vec<Point> {
        let mut sums: Vec<Point> =
            tasks.iter().map(|task| term_point(&terms[task.start])).collect();
        let longest = tasks.first().map_or(0, |task| task.length);
        let mut points = Vec::with_capacity(tasks.len());
        let mut chain = Chain::default();
        let mut active = tasks.len();
        for step in 1..longest {
            while active > 0 && tasks[active - 1].length <= step {
                active -= 1;
            }
            // Fetched in one go, for they are all over the memory.
            points.clear();
            points.extend(tasks[..active].iter().map(|task| term_point(&terms[task.start + step])));
            add_points(&mut sums, &points, &mut chain);
        }
        sums
    }

    fn add_few(&self, terms: &[Term<'_, Point>], lengths: &[usize]) -> Vec<Point> {
        let mut rest = terms;
        let mut sum_of = |length: usize| {
            let (run, after) = rest.split_at(length);
            rest = after;
            let mut sum = Jacobian::default();
            run.iter().for_each(|term| sum.add(&term_point(term)));
            sum
        };
        let sums: Vec<Jacobian> = lengths.iter().map(|length| sum_of(*length)).collect();
        Jacobian::to_affine_all(&sums)
    }
}

#[inline]
fn term_point(term: &Term<'_, Point>) -> Point {
    if term.negative { term.point.negate() } else { *term.point }
}

/// Working space of [`add_points`].
#[derive(Default)]
struct Chain {
    denominators: Vec<Fp>,
    /// The product of the denominators before each, and of all.
    products: Vec<Fp>,
}

/// Adds the points to the first sums, with one inversion.
fn add_points(sums: &mut [Point], points: &[Point], chain: &mut Chain) {
    let Chain { denominators, products } = chain;
    denominators.clear();
    denominators.extend(sums.iter().zip(points).map(|(sum, point)| slope_denominator(sum, point)));
    products.resize(points.len() + 1, Fp::ONE);
    for (index, denominator) in denominators.iter().enumerate() {
        let (known, next) = products.split_at_mut(index + 1);
        Fp::multiply_to(&mut next[0], &known[index], denominator);
    }
    let mut inverse = products[points.len()].inverse();
    for (index, point) in points.iter().enumerate().rev() {
        let mut own = Fp::ZERO;
        Fp::multiply_to(&mut own, &inverse, &products[index]);
        add_by_slope(&mut sums[index], point, &own);
        inverse *= denominators[index];
    }
}

/// The denominator of the slope through two points; one, where there is no slope.
#[inline]
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

/// Adds a point to a sum, with the inverse of [`slope_denominator`].
#[inline]
fn add_by_slope(sum: &mut Point, point: &Point, inverse: &Fp) {
    if point.is_infinity() {
        return;
    }
    let rise = if sum.is_infinity() {
        *sum = *point;
        return;
    } else if sum.x != point.x {
        point.y - sum.y
    } else if sum.y == point.y {
        // The order of the curve is odd, so no point is its own inverse and y is not zero.
        sum.x.square().triple()
    } else {
        *sum = Point::INFINITY;
        return;
    };
    let [mut slope, mut square, mut product] = [Fp::ZERO; 3];
    Fp::multiply_to(&mut slope, &rise, inverse);
    Fp::multiply_to(&mut square, &slope, &slope);
    let x = square - sum.x - point.x;
    Fp::multiply_to(&mut product, &slope, &(sum.x - x));
    sum.y = product - sum.y;
    sum.x = x;
}

#[cfg(test)]
mod tests;
