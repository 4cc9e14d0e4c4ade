//! Sums of affine points in lanes: a task a lane, one addition a step in every task of a batch.
//!
//! A step adds the next point of each task to its sum by the chord through both, for which all
//! lanes of all groups share one inversion: 5 multiplications and a square an addition. Chords that
//! are none (equal points, opposite ones, infinity) are found by comparing 52 bits, looked at
//! closely in their group, and go the same way with a tangent, or with a placeholder for the
//! denominator; so a stranger's points cost less than twice the time, however many are so chosen.
//!
//! Sums are settled elements; the bounds of the other values are given beside them.

use core::arch::x86_64::*;

use super::Features;
use super::field::*;
use super::limbs::*;
use super::runs::{Task, Term};

/// The working space of a batch, to be used again.
pub(super) struct Batch<F: Field<N>, const N: usize> {
    sums: Vec<Sum<N>>,
    /// Lanes of each group whose sum is infinity; its coordinates are of no account.
    infinite: Vec<u8>,
    /// Denominators of the slopes, and the product of those of the groups before.
    denominators: Vec<Limbs<N>>,
    products: Vec<Limbs<N>>,
    rare: Vec<Rare>,
    now: Points<F::Point>,
    next: Points<F::Point>,
}

#[derive(Clone, Copy)]
struct Sum<const N: usize> {
    x: Limbs<N>,
    y: Limbs<N>,
}

/// Lanes of a group that do not add by a chord.
#[derive(Clone, Copy)]
struct Rare {
    group: usize,
    /// The points are equal.
    double: u8,
    /// The points are opposite.
    cancel: u8,
    /// The sum so far is infinity, the point is not.
    take: u8,
    /// The point is infinity.
    keep: u8,
}

/// The points of one step, by groups of eight; infinity in lanes that have none.
///
/// Invariant: the pointers are those of the terms of the call in progress, or the constant.
struct Points<P> {
    points: Vec<[*const P; 8]>,
    negative: Vec<u8>,
}

impl<P> Default for Points<P> {
    fn default() -> Self {
        Self { points: Vec::new(), negative: Vec::new() }
    }
}

impl<P> Points<P> {
    /// Those of the tasks, the longest first, that have a term at `step`.
    fn fill(&mut self, terms: &[Term<'_, P>], tasks: &[Task], step: usize, infinity: *const P) {
        self.points.clear();
        self.negative.clear();
        for group in tasks.chunks(8).take_while(|group| step < group[0].length) {
            let mut points = [infinity; 8];
            let mut negative = 0;
            for (lane, task) in group.iter().enumerate() {
                if step < task.length {
                    let term = &terms[task.start + step];
                    points[lane] = term.point;
                    negative |= u8::from(term.negative) << lane;
                }
            }
            self.points.push(points);
            self.negative.push(negative);
        }
    }

    /// Fetches a group's points while others are worked on.
    #[inline(always)]
    fn prefetch(&self, group: usize) {
        for point in self.points.get(group).into_iter().flatten() {
            // SAFETY: a prefetch touches nothing; a point is longer than a line of the cache.
            unsafe {
                _mm_prefetch::<_MM_HINT_T0>(point.cast());
                _mm_prefetch::<_MM_HINT_T0>(point.cast::<i8>().wrapping_add(64));
            }
        }
    }
}

impl<F: Field<N>, const N: usize> Default for Batch<F, N> {
    fn default() -> Self {
        Self {
            sums: Vec::new(),
            infinite: Vec::new(),
            denominators: Vec::new(),
            products: Vec::new(),
            rare: Vec::new(),
            now: Points::default(),
            next: Points::default(),
        }
    }
}

impl<F: Field<N>, const N: usize> Batch<F, N> {
    /// Appends the sum of each task's terms; the tasks are sorted by length, the longest first.
    pub(super) fn add_up(
        &mut self,
        _: Features,
        terms: &[Term<'_, F::Point>],
        tasks: &[Task],
        out: &mut Vec<F::Point>,
    ) {
        // SAFETY: the argument proves the features.
        unsafe { self.add_up_in_lanes(terms, tasks, out) }
    }

    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn add_up_in_lanes(
        &mut self,
        terms: &[Term<'_, F::Point>],
        tasks: &[Task],
        out: &mut Vec<F::Point>,
    ) {
        let longest = tasks.first().map_or(0, |task| task.length);
        self.now.fill(terms, tasks, 0, F::INFINITY);
        self.start();
        self.now.fill(terms, tasks, 1, F::INFINITY);
        for step in 1..longest {
            self.next.fill(terms, tasks, step + 1, F::INFINITY);
            let product = self.multiply_denominators();
            self.add_points(product);
            core::mem::swap(&mut self.now, &mut self.next);
        }
        for (sums, infinite) in self.sums.iter().zip(&self.infinite) {
            // SAFETY: this function has the features.
            out.extend(unsafe { F::store(&sums.x, &sums.y, *infinite) });
        }
        // Lanes beyond the last task.
        out.truncate(out.len() + tasks.len() - 8 * self.sums.len());
    }

    /// Makes the first points the sums.
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn start(&mut self) {
        self.sums.clear();
        self.infinite.clear();
        for (points, negative) in self.now.points.iter().zip(&self.now.negative) {
            // SAFETY: this function has the features, and the pointers are valid.
            let (x, y) = unsafe { (F::load_x(points), F::load_y(points, *negative)) };
            self.infinite.push(lanes_of_zero(&x) & lanes_of_zero(&y));
            self.sums.push(Sum { x, y: settle_y::<F, N>(&y) });
        }
        let zero = [_mm512_setzero_si512(); N];
        self.denominators.resize(self.sums.len(), zero);
        self.products.resize(self.sums.len(), zero);
    }

    /// Finds the denominators, their products, and the lanes that have no chord.
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn multiply_denominators(&mut self) -> Limbs<N> {
        self.rare.clear();
        let mut product = splat_all(&F::ONE);
        for group in 0..self.now.points.len() {
            // SAFETY: this function has the features, and the pointers are valid.
            let x = unsafe { F::load_x(&self.now.points[group]) };
            // x − x₀ + 2p of .98p .. 3p: zero modulo p if it is p or 2p.
            let width = carry(subtract::<F, N, 2>(&x, &self.sums[group].x));
            self.denominators[group] = width;
            let suspects = _mm512_cmpeq_epi64_mask(width[0], splat(F::MULTIPLES[0][1]))
                | _mm512_cmpeq_epi64_mask(width[0], splat(F::MULTIPLES[0][2]))
                | _mm512_testn_epi64_mask(x[0], x[0])
                | self.infinite[group];
            if suspects != 0 {
                self.look_closely(group);
            }
            self.products[group] = product;
            product = multiply::<F, N>(&product, &self.denominators[group]);
        }
        product
    }

    /// Sorts out the lanes of a group that have no chord, and gives them another denominator.
    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn look_closely(&mut self, group: usize) {
        let (points, sum) = (&self.now.points[group], &self.sums[group]);
        // SAFETY: this function has the features, and the pointers are valid.
        let (x, y) = unsafe { (F::load_x(points), F::load_y(points, self.now.negative[group])) };
        let infinite = self.infinite[group];
        let point_infinite = lanes_of_zero(&x) & lanes_of_zero(&y);
        let equal_x = zeros::<F, N>(&self.denominators[group]) & !infinite & !point_infinite;
        let equal_y = zeros::<F, N>(&carry(subtract::<F, N, 3>(&y, &sum.y)));
        let rare = Rare {
            group,
            double: equal_x & equal_y,
            cancel: equal_x & !equal_y,
            take: infinite & !point_infinite,
            keep: point_infinite,
        };
        let no_slope = rare.cancel | rare.take | rare.keep;
        if rare.double | no_slope == 0 {
            return;
        }
        // No point of odd order has y = 0, so 2 y₀ below 2.04p is not zero modulo p.
        let twice = carry(add_columns(&sum.y, &sum.y));
        let denominator = blend(&self.denominators[group], rare.double, &twice);
        self.denominators[group] = blend(&denominator, no_slope, &splat_all(&F::ONE));
        self.rare.push(rare);
    }

    /// Adds each group's points, from the product of all denominators.
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn add_points(&mut self, product: Limbs<N>) {
        // SAFETY: this function has the features.
        let mut inverse = unsafe { F::invert(&product) };
        let mut end = self.now.points.len();
        while end > 0 {
            // Two groups at a time hide each other's latencies.
            inverse = match end {
                1 => self.add_groups::<1>(0, &inverse),
                _ => self.add_groups::<2>(end - 2, &inverse),
            };
            end = end.saturating_sub(2);
        }
    }

    /// Adds the points of `K` groups; takes and returns the inverse of the product of the
    /// denominators up to them, or before them.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn add_groups<const K: usize>(&mut self, first: usize, inverse: &Limbs<N>) -> Limbs<N> {
        let mut inverses = [*inverse; K];
        for k in (1..K).rev() {
            inverses[k - 1] = multiply::<F, N>(&inverses[k], &self.denominators[first + k]);
        }
        let own: [Limbs<N>; K] =
            core::array::from_fn(|k| multiply::<F, N>(&self.products[first + k], &inverses[k]));
        let before = multiply::<F, N>(&inverses[0], &self.denominators[first]);
        let heights: [Limbs<N>; K] = core::array::from_fn(|k| {
            self.next.prefetch(first + k);
            self.height(first + k)
        });
        if self.rare.last().is_some_and(|rare| rare.group >= first) {
            for k in (0..K).rev() {
                match self.rare.pop_if(|rare| rare.group == first + k) {
                    Some(rare) => self.add_rare(&rare, &heights[k], &own[k]),
                    None => {
                        let width = &self.denominators[first + k..];
                        let sums = &mut self.sums[first + k..];
                        add_by_slope::<F, N, 1>(sums, width, &[heights[k]], &[own[k]]);
                    }
                }
            }
        } else {
            let widths = &self.denominators[first..];
            add_by_slope::<F, N, K>(&mut self.sums[first..], widths, &heights, &own);
        }
        before
    }

    /// `y − y₀ + 3p`, of .97p .. 4.01p.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn height(&self, group: usize) -> Limbs<N> {
        // SAFETY: this function has the features, and the pointers are valid.
        let y = unsafe { F::load_y(&self.now.points[group], self.now.negative[group]) };
        carry(subtract::<F, N, 3>(&y, &self.sums[group].y))
    }

    #[cold]
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn add_rare(&mut self, rare: &Rare, height: &Limbs<N>, own: &Limbs<N>) {
        let (points, sum) = (&self.now.points[rare.group], self.sums[rare.group]);
        // SAFETY: this function has the features, and the pointers are valid.
        let (x, y) =
            unsafe { (F::load_x(points), F::load_y(points, self.now.negative[rare.group])) };
        // SAFETY: this function has the features.
        let square = carry(unsafe { F::square(&sum.x) });
        let square = canonicalize::<F, N>(&square);
        let triple = carry(add_columns(&square, &add_columns(&square, &square)));
        // Where the denominator is not the width: it is 2p, for 0, where the points are equal.
        let width = carry(subtract::<F, N, 2>(&x, &sum.x));
        let no_width: Limbs<N> = core::array::from_fn(|j| splat(F::MULTIPLES[j][2]));
        let width = blend(&width, rare.double, &no_width);
        let height = blend(height, rare.double, &triple);
        let mut added = [sum];
        add_by_slope::<F, N, 1>(&mut added, &[width], &[height], &[*own]);
        let [Sum { x: sum_x, y: sum_y }] = added;
        let (kept, taken) = (rare.keep | rare.cancel, rare.take);
        self.sums[rare.group] = Sum {
            x: blend(&blend(&sum_x, kept, &sum.x), taken, &x),
            y: blend(&blend(&sum_y, kept, &sum.y), taken, &settle_y::<F, N>(&y)),
        };
        self.infinite[rare.group] = self.infinite[rare.group] & !taken | rare.cancel;
    }
}

/// The settled second coordinate of loaded columns.
#[inline]
#[target_feature(enable = "avx512ifma")]
fn settle_y<F: Field<N>, const N: usize>(y: &Limbs<N>) -> Limbs<N> {
    settle::<F, N>(&subtract::<F, N, 2>(y, &[_mm512_setzero_si512(); N]))
}

/// Adds to `K` groups of sums the points that are `widths` − 2p and `heights` − 3p away, with the
/// inverses of the widths; or the points themselves, with a tangent's width and height.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn add_by_slope<F: Field<N>, const N: usize, const K: usize>(
    sums: &mut [Sum<N>],
    widths: &[Limbs<N>],
    heights: &[Limbs<N>; K],
    inverses: &[Limbs<N>; K],
) {
    let slopes: [Limbs<N>; K] =
        core::array::from_fn(|k| multiply::<F, N>(&heights[k], &inverses[k]));
    let x: [Limbs<N>; K] = core::array::from_fn(|k| {
        // SAFETY: this function has the features.
        let square = unsafe { F::square(&slopes[k]) };
        // λ² − x₀ − x + 3p = λ² − width − 2 x₀ + 5p, of .96p .. 7.01p.
        let less_width = subtract::<F, N, 5>(&square, &widths[k]);
        settle::<F, N>(&subtract_columns(&less_width, &add_columns(&sums[k].x, &sums[k].x)))
    });
    for k in 0..K {
        // x₀ − x₁ + 2p, of .98p .. 3.02p; and λ (x₀ − x₁) − y₀ + 2p, of .98p .. 6.01p.
        let back = carry(subtract::<F, N, 2>(&sums[k].x, &x[k]));
        // SAFETY: this function has the features.
        let product = unsafe { F::multiply(&slopes[k], &back) };
        let y = settle::<F, N>(&subtract::<F, N, 2>(&product, &sums[k].y));
        sums[k] = Sum { x: x[k], y };
    }
}
