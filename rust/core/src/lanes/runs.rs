//! Many sums at once: how long and short sums become tasks of about one length.
//!
//! A backend adds up a batch of tasks step by step, and every step costs an inversion; so there
//! must be many tasks, few steps, and little that differs in length, whatever a stranger made of
//! the sums. Long sums are split, and the sums of their parts are added up the same way.

use rayon::prelude::*;

/// A point to be added, or subtracted.
#[derive(Debug)]
pub(crate) struct Term<'a, P> {
    /// The point.
    pub(crate) point: &'a P,
    /// Whether it is subtracted.
    pub(crate) negative: bool,
}

impl<P> Clone for Term<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Term<'_, P> {}

impl<'a, P> Term<'a, P> {
    /// The point itself.
    pub(crate) const fn plus(point: &'a P) -> Self {
        Self { point, negative: false }
    }
}

/// Consecutive terms that are added up: one or more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    /// The first term.
    pub(crate) start: usize,
    /// How many.
    pub(crate) length: usize,
}

/// How a backend adds up.
pub(crate) trait Adder: Sync {
    /// What it adds up.
    type Point: Copy + Send + Sync;
    /// The neutral element.
    const INFINITY: Self::Point;
    /// Tasks that make the inversion of a step cheap.
    const ENOUGH_TASKS: usize;
    /// Terms below which batches do not pay.
    const FEW_TERMS: usize;

    /// The sum of each task's terms; the tasks are sorted by length, the longest first.
    fn add_up(&self, terms: &[Term<'_, Self::Point>], tasks: &[Task]) -> Vec<Self::Point>;

    /// The sum of each run of terms, one run after the other.
    fn add_few(&self, terms: &[Term<'_, Self::Point>], lengths: &[usize]) -> Vec<Self::Point>;
}

/// Adds up consecutive runs of terms; the run of `lengths[i]` terms gives result i.
///
/// The lengths add up to the number of terms. Empty runs give infinity.
pub(crate) fn sum_runs<A: Adder>(
    adder: &A,
    terms: &[Term<'_, A::Point>],
    lengths: &[usize],
) -> Vec<A::Point> {
    if terms.len() < A::FEW_TERMS {
        return adder.add_few(terms, lengths);
    }
    let threads = rayon::current_num_threads();
    let part_length = (terms.len() / (A::ENOUGH_TASKS * threads)).max(2);
    let (tasks, part_counts) = split(lengths, part_length);
    let parts = add_up_parallel(adder, terms, &tasks, threads);

    // Runs of one part are done; the parts of the others are runs again.
    let again: Vec<usize> = part_counts.iter().copied().filter(|count| *count > 1).collect();
    let mut sums = if again.is_empty() {
        Vec::new().into_iter()
    } else {
        let mut of_long = Vec::with_capacity(parts.len());
        let mut next = 0;
        for count in &part_counts {
            if *count > 1 {
                of_long.extend(parts[next..next + count].iter().map(Term::plus));
            }
            next += count;
        }
        sum_runs(adder, &of_long, &again).into_iter()
    };
    let mut next = 0;
    part_counts
        .iter()
        .map(|count| {
            next += count;
            match count {
                0 => A::INFINITY,
                1 => parts[next - 1],
                _ => sums.next().unwrap_or(A::INFINITY),
            }
        })
        .collect()
}

/// Parts of every run, of about a length, and how many parts each run has.
fn split(lengths: &[usize], part_length: usize) -> (Vec<Task>, Vec<usize>) {
    let mut tasks = Vec::with_capacity(lengths.len());
    let mut start = 0;
    let counts = lengths
        .iter()
        .map(|length| {
            // A little more than a part is one part still: a second one is an addition more.
            let count = ((length + part_length / 2) / part_length).max(usize::from(*length > 0));
            for index in 0..count {
                let part = (length + index) / count;
                tasks.push(Task { start, length: part });
                start += part;
            }
            count
        })
        .collect();
    (tasks, counts)
}

/// Adds up batches of tasks of like length on all threads; the sums in the order of the tasks.
fn add_up_parallel<A: Adder>(
    adder: &A,
    terms: &[Term<'_, A::Point>],
    tasks: &[Task],
    threads: usize,
) -> Vec<A::Point> {
    let order = order_by_length(tasks);
    let sorted: Vec<Task> = order.iter().map(|index| tasks[*index]).collect();
    let batch = sorted.len().div_ceil(threads).clamp(A::ENOUGH_TASKS, 2 * A::ENOUGH_TASKS);
    let sums: Vec<Vec<A::Point>> =
        sorted.par_chunks(batch).map(|batch| adder.add_up(terms, batch)).collect();
    let mut in_order = vec![A::INFINITY; tasks.len()];
    for (index, sum) in order.into_iter().zip(sums.into_iter().flatten()) {
        in_order[index] = sum;
    }
    in_order
}

/// The indexes of the tasks, the longest first.
fn order_by_length(tasks: &[Task]) -> Vec<usize> {
    let longest = tasks.iter().map(|task| task.length).max().unwrap_or(0);
    // Where the next task of each length goes.
    let mut places = vec![0; longest + 2];
    tasks.iter().for_each(|task| places[longest - task.length + 1] += 1);
    for index in 1..places.len() {
        places[index] += places[index - 1];
    }
    let mut order = vec![0; tasks.len()];
    for (index, task) in tasks.iter().enumerate() {
        let place = &mut places[longest - task.length];
        order[*place] = index;
        *place += 1;
    }
    order
}
