//! Works timed in turn.

use std::hint::black_box;
use std::time::Instant;

use corollup_core::error::Error;

/// Runs each work once to warm up and then `runs` times, one after the other in each round, so that
/// a busy moment of the machine meets all of them.
///
/// # Returns
/// The least seconds of each work.
///
/// # Errors
/// The first that a work gives.
pub fn race<const N: usize>(
    runs: usize,
    mut works: [&mut dyn FnMut() -> Result<(), Error>; N],
) -> Result<[f64; N], Error> {
    let mut least = [f64::INFINITY; N];
    for work in &mut works {
        work()?;
    }
    for _ in 0..runs {
        for (work, least) in works.iter_mut().zip(&mut least) {
            let start = Instant::now();
            black_box(work()?);
            *least = least.min(start.elapsed().as_secs_f64());
        }
    }
    Ok(least)
}

/// Runs a work on a pool of so many threads.
///
/// # Errors
/// The machine gives no threads, or what the work gives.
pub fn on_threads<T: Send>(
    threads: usize,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, Error> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| Error::State(error.to_string()))?
        .install(work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_works_run_in_turn_after_a_warm_up() {
        let order = std::cell::RefCell::new(String::new());
        let run = |name: char| {
            order.borrow_mut().push(name);
            Ok(())
        };
        let least = race(2, [&mut || run('a'), &mut || run('b')]);
        assert_eq!(*order.borrow(), "ababab");
        assert!(least.is_ok_and(|least| least.iter().all(|seconds| seconds.is_finite())));
    }

    #[test]
    fn test_an_error_ends_the_race() {
        let failure = Error::State("out of breath".into());
        let mut fail = || Err(failure.clone());
        assert_eq!(race(1, [&mut || Ok(()), &mut fail]), Err(failure.clone()));
    }

    #[test]
    fn test_a_work_runs_on_as_many_threads_as_asked() {
        assert_eq!(on_threads(3, || Ok(rayon::current_num_threads())), Ok(3));
    }
}
