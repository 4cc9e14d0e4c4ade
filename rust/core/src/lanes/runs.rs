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
    let (sums, places) = add_up_parallel(adder, terms, &tasks, threads);
    let part = |index: usize| &sums[places[index]];

    // Runs of one part are done; the parts of the others are runs again.
    let again: Vec<usize> = part_counts.iter().copied().filter(|count| *count > 1).collect();
    let mut long_sums = if again.is_empty() {
        Vec::new().into_iter()
    } else {
        let mut of_long = Vec::with_capacity(sums.len());
        let mut next = 0;
        for count in &part_counts {
            if *count > 1 {
                of_long.extend((next..next + count).map(|index| Term::plus(part(index))));
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
                1 => *part(next - 1),
                _ => long_sums.next().unwrap_or(A::INFINITY),
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

/// Adds up batches of tasks of like length on all threads; the sums, and where that of each task is.
fn add_up_parallel<A: Adder>(
    adder: &A,
    terms: &[Term<'_, A::Point>],
    tasks: &[Task],
    threads: usize,
) -> (Vec<A::Point>, Vec<usize>) {
    let (sorted, places) = sort_by_length(tasks);
    let batch = sorted.len().div_ceil(threads).clamp(A::ENOUGH_TASKS, 2 * A::ENOUGH_TASKS);
    if sorted.len() <= batch {
        return (adder.add_up(terms, &sorted), places);
    }
    let sums: Vec<Vec<A::Point>> =
        sorted.par_chunks(batch).map(|batch| adder.add_up(terms, batch)).collect();
    (sums.concat(), places)
}

/// The tasks, the longest first, and where each is then.
fn sort_by_length(tasks: &[Task]) -> (Vec<Task>, Vec<usize>) {
    let longest = tasks.iter().map(|task| task.length).max().unwrap_or(0);
    // Where the next task of each length goes.
    let mut next = vec![0; longest + 2];
    tasks.iter().for_each(|task| next[longest - task.length + 1] += 1);
    for index in 1..next.len() {
        next[index] += next[index - 1];
    }
    let mut sorted = vec![Task { start: 0, length: 0 }; tasks.len()];
    let mut place = |task: &Task| {
        let next = &mut next[longest - task.length];
        sorted[*next] = *task;
        *next += 1;
        *next - 1
    };
    let places = tasks.iter().map(&mut place).collect();
    (sorted, places)
}
