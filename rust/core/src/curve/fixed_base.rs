//! Commitments to vectors of 256 scalars, from tables of multiples of the 256 known points.
//!
//! The table of an index holds `j · 2^(c·w) · L` for every window w and 1 ≤ j ≤ 2^(c−1), window by
//! window, and is built when the index is first used.

use rayon::prelude::*;

use super::ceremony::{WIDTH, lagrange_points};
use super::digits::{SignedDigits, window_count};
use super::ffi::{Jacobian, Point, Tables};
use super::scalar::Scalar;
use super::sums::sum_terms;
use crate::lanes::runs::Term;
use crate::lanes::{self, Backend};

/// Deltas whose terms are listed at a time: enough for an efficient batch on each thread.
const BLOCK_DELTAS: usize = 2048;

/// A change of a vector: an index and what is added there.
pub type Delta = (u8, Scalar);

/// Multiples of the known points, in windows of so many bits.
pub struct FixedBase {
    window_bits: usize,
    tables: Tables,
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
        Self { window_bits, tables: Tables::new() }
    }

    /// The commitment to a vector.
    pub fn commit(&self, vector: &[Scalar; WIDTH]) -> Point {
        self.commit_on(lanes::backend(), vector)
    }

    /// The commitments after their deltas, each from the commitment before.
    pub fn update(&self, changes: &[(Point, &[Delta])]) -> Vec<Point> {
        self.update_on(lanes::backend(), changes)
    }

    /// [`FixedBase::commit`] on a backend.
    pub fn commit_on(&self, backend: Backend, vector: &[Scalar; WIDTH]) -> Point {
        let deltas: Vec<Delta> = (0..=u8::MAX)
            .zip(vector.iter().copied())
            .filter(|(_, scalar)| !scalar.is_zero())
            .collect();
        self.update_on(backend, &[(Point::INFINITY, &deltas)])[0]
    }

    /// [`FixedBase::update`] on a backend.
    pub fn update_on(&self, backend: Backend, changes: &[(Point, &[Delta])]) -> Vec<Point> {
        let mut blocks = Vec::new();
        let (mut start, mut deltas_in_block) = (0, 0);
        for (index, (_, deltas)) in changes.iter().enumerate() {
            deltas_in_block += deltas.len();
            if deltas_in_block >= BLOCK_DELTAS || index + 1 == changes.len() {
                blocks.push(&changes[start..=index]);
                (start, deltas_in_block) = (index + 1, 0);
            }
        }
        let sums: Vec<Vec<Point>> =
            blocks.into_par_iter().map(|block| self.update_block(backend, block)).collect();
        sums.concat()
    }

    /// Builds the tables of all indexes that are not built yet.
    pub fn warm_up(&self) {
        (0..=u8::MAX).into_par_iter().for_each(|index| {
            self.table(lanes::backend(), index);
        });
    }

    fn update_block(&self, backend: Backend, changes: &[(Point, &[Delta])]) -> Vec<Point> {
        let delta_count: usize = changes.iter().map(|(_, deltas)| deltas.len()).sum();
        let mut terms =
            Vec::with_capacity(changes.len() + delta_count * window_count(self.window_bits));
        let mut lengths = Vec::with_capacity(changes.len());
        for (before, deltas) in changes {
            let start = terms.len();
            if !before.is_infinity() {
                terms.push(Term::plus(before));
            }
            for (index, delta) in *deltas {
                self.push_multiples(backend, &mut terms, *index, *delta);
            }
            lengths.push(terms.len() - start);
        }
        sum_terms(backend, &terms, &lengths)
    }

    /// Pushes terms that add up to `scalar` times the known point at `index`.
    fn push_multiples<'a>(
        &'a self,
        backend: Backend,
        terms: &mut Vec<Term<'a, Point>>,
        index: u8,
        scalar: Scalar,
    ) {
        let table = self.table(backend, index);
        let per_window = 1 << (self.window_bits - 1);
        let digits = SignedDigits::new(scalar, self.window_bits);
        for (window, multiples) in table.chunks_exact(per_window).enumerate() {
            let digit = digits.get(window);
            if digit != 0 {
                let point = &multiples[usize::from(digit.unsigned_abs()) - 1];
                terms.push(Term { point, negative: digit < 0 });
            }
        }
    }

    fn table(&self, backend: Backend, index: u8) -> &'static [Point] {
        let length = window_count(self.window_bits) << (self.window_bits - 1);
        self.tables.get_or_build(index, length, || {
            build_table(backend, &lagrange_points()[usize::from(index)], self.window_bits)
        })
    }
}

/// `1 ..= 2^(bits − 1)` times the point of each window: from the multiples up to n those up to 2n,
/// by adding n times, in all windows at once.
fn build_table(backend: Backend, point: &Point, window_bits: usize) -> Vec<Point> {
    let (windows, per_window) = (window_count(window_bits), 1 << (window_bits - 1));
    let mut base = Jacobian::from(*point);
    let mut bases = Vec::with_capacity(windows);
    for _ in 0..windows {
        bases.push(base);
        (0..window_bits).for_each(|_| base.double());
    }
    let mut table = vec![Point::INFINITY; windows * per_window];
    for (row, base) in table.chunks_exact_mut(per_window).zip(Jacobian::to_affine_all(&bases)) {
        row[0] = base;
    }
    let mut known = 1;
    while known < per_window {
        let sums = {
            let rows = table.chunks_exact(per_window);
            let terms: Vec<Term<'_, Point>> = rows
                .flat_map(|row| row[..known].iter().flat_map(|low| [low, &row[known - 1]]))
                .map(Term::plus)
                .collect();
            sum_terms(backend, &terms, &vec![2; windows * known])
        };
        for (row, sums) in table.chunks_exact_mut(per_window).zip(sums.chunks_exact(known)) {
            row[known..2 * known].copy_from_slice(sums);
        }
        known *= 2;
    }
    table
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
