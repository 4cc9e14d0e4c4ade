//! Commitments to vectors of 256 scalars, from tables of multiples of the 256 known points.
//!
//! The table of an index holds `j · 2^(c·w) · L` for every window w and 1 ≤ j ≤ 2^(c−1), window by
//! window, and is built when the index is first used.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::ceremony::{WIDTH, lagrange_points};
use super::ffi::{Jacobian, Point};
use super::msm::{signed_digits, window_count};
use super::scalar::Scalar;
use super::sums::sum_runs;

/// Points that one batch of sums works on: about what the second-level cache holds.
const BATCH_POINTS: usize = 4096;

/// A change of a vector: an index and what is added there.
pub type Delta = (u8, Scalar);

/// Multiples of the known points, in windows of so many bits.
pub struct FixedBase {
    window_bits: usize,
    tables: [OnceLock<Box<[Point]>>; WIDTH],
}

/// Window sizes: 34, 101 and 327 MB for all 256 indexes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TableSize {
    /// 6 bits, for wallets and tests.
    #[default]
    Small,
    /// 8 bits, for endorsers.
    Medium,
    /// 10 bits, for producers.
    Large,
}

impl FixedBase {
    /// The shared tables of a size.
    pub fn get(size: TableSize) -> &'static Self {
        static SMALL: FixedBase = FixedBase::new(6);
        static MEDIUM: FixedBase = FixedBase::new(8);
        static LARGE: FixedBase = FixedBase::new(10);
        match size {
            TableSize::Small => &SMALL,
            TableSize::Medium => &MEDIUM,
            TableSize::Large => &LARGE,
        }
    }

    const fn new(window_bits: usize) -> Self {
        Self { window_bits, tables: [const { OnceLock::new() }; WIDTH] }
    }

    /// The commitment to a vector.
    pub fn commit(&self, vector: &[Scalar; WIDTH]) -> Point {
        let deltas: Vec<Delta> = (0..=u8::MAX).zip(vector.iter().copied()).collect();
        let parts: Vec<(Point, &[Delta])> =
            deltas.chunks(WIDTH / 8).map(|part| (Point::INFINITY, part)).collect();
        let mut parts = self.update(&parts);
        let count = parts.len();
        sum_runs(&mut parts, &[count])[0]
    }

    /// The commitments after their deltas, each from the commitment before.
    pub fn update(&self, changes: &[(Point, &[Delta])]) -> Vec<Point> {
        let per_delta = window_count(self.window_bits);
        let mut batches = Vec::new();
        let (mut start, mut points) = (0, 0);
        for (index, (_, deltas)) in changes.iter().enumerate() {
            points += 1 + per_delta * deltas.len();
            if points >= BATCH_POINTS || index + 1 == changes.len() {
                batches.push(&changes[start..=index]);
                (start, points) = (index + 1, 0);
            }
        }
        let sums: Vec<Vec<Point>> = batches
            .into_par_iter()
            .map_init(Vec::new, |points, batch| self.update_batch(points, batch))
            .collect();
        sums.concat()
    }

    fn update_batch(&self, points: &mut Vec<Point>, changes: &[(Point, &[Delta])]) -> Vec<Point> {
        points.clear();
        let mut lengths = Vec::with_capacity(changes.len());
        for (before, deltas) in changes {
            let start = points.len();
            points.push(*before);
            for (index, delta) in *deltas {
                self.push_multiples(points, *index, *delta);
            }
            lengths.push(points.len() - start);
        }
        sum_runs(points, &lengths)
    }

    /// Pushes points that add up to `scalar` times the known point at `index`.
    fn push_multiples(&self, points: &mut Vec<Point>, index: u8, scalar: Scalar) {
        let table = self.table(index);
        let per_window = 1 << (self.window_bits - 1);
        let digits = signed_digits(scalar, self.window_bits);
        for (digit, multiples) in digits.iter().zip(table.chunks_exact(per_window)) {
            if *digit != 0 {
                let multiple = multiples[usize::from(digit.unsigned_abs()) - 1];
                points.push(if *digit < 0 { multiple.negate() } else { multiple });
            }
        }
    }

    fn table(&self, index: u8) -> &[Point] {
        self.tables[usize::from(index)]
            .get_or_init(|| build_table(&lagrange_points()[usize::from(index)], self.window_bits))
    }
}

/// From `1 ..= n` times each window's point to `n + 1 ..= 2n` by adding n times, until it is full.
fn build_table(point: &Point, window_bits: usize) -> Box<[Point]> {
    let per_window = 1 << (window_bits - 1);
    let mut rows: Vec<Vec<Point>> = Vec::with_capacity(window_count(window_bits));
    let mut base = Jacobian::from(*point);
    for _ in 0..window_count(window_bits) {
        rows.push(vec![base.to_affine()]);
        (0..window_bits).for_each(|_| base.double());
    }
    let mut known = 1;
    while known < per_window {
        let mut pairs: Vec<Point> =
            rows.iter().flat_map(|row| row.iter().flat_map(|low| [*low, row[known - 1]])).collect();
        let sums = sum_runs(&mut pairs, &vec![2; rows.len() * known]);
        for (row, sums) in rows.iter_mut().zip(sums.chunks_exact(known)) {
            row.extend_from_slice(sums);
        }
        known *= 2;
    }
    rows.concat().into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::super::msm::multi_scalar_multiply;
    use super::*;

    fn sample(seed: u64) -> Scalar {
        let scalar = Scalar::from_u64(seed + 2).inverse();
        scalar * scalar
    }

    #[test]
    fn test_tables_of_every_size_agree_with_the_general_product() {
        let deltas: Vec<Delta> =
            [0, 1, 255].iter().map(|index| (*index, sample((*index).into()))).collect();
        let before = lagrange_points()[7];
        let mut points = vec![before];
        let mut scalars = vec![Scalar::from_u64(1)];
        for (index, delta) in &deltas {
            points.push(lagrange_points()[usize::from(*index)]);
            scalars.push(*delta);
        }
        let expected = multi_scalar_multiply(&points, &scalars);
        for size in [TableSize::Small, TableSize::Medium, TableSize::Large] {
            let updated = FixedBase::get(size).update(&[(before, &deltas)]);
            assert_eq!(updated, [expected], "{size:?}");
        }
    }

    #[test]
    fn test_commitment_agrees_with_the_general_product() {
        let vector = core::array::from_fn(|index| sample(index as u64));
        let expected = multi_scalar_multiply(lagrange_points(), &vector);
        assert_eq!(FixedBase::get(TableSize::Small).commit(&vector), expected);
    }

    #[test]
    fn test_deltas_that_cancel_give_infinity() {
        let minus = Scalar::ZERO - Scalar::from_u64(1);
        let base = FixedBase::get(TableSize::Small);
        let deltas = [(3, minus)];
        assert_eq!(base.update(&[(lagrange_points()[3], &deltas[..])]), [Point::INFINITY]);
        assert_eq!(base.update(&[]), []);
    }

    #[test]
    fn test_many_updates_keep_their_order() {
        let base = FixedBase::get(TableSize::Small);
        let deltas: Vec<[Delta; 1]> = (0..300).map(|seed| [(5, sample(seed))]).collect();
        let changes: Vec<(Point, &[Delta])> =
            deltas.iter().map(|delta| (lagrange_points()[6], &delta[..])).collect();
        let alone: Vec<Point> =
            changes.iter().map(|change| base.update(core::slice::from_ref(change))[0]).collect();
        assert_eq!(base.update(&changes), alone);
    }
}
