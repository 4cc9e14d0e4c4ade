//! The ways to run the core, and which of them a packet goes.

use std::sync::{Mutex, PoisonError};

use corollup_core::error::Error;
use corollup_core::lanes::{self, Backend, Choice};
use rayon::ThreadPool;

/// Numbers of threads: fewer than the cores, and more.
const THREADS: [usize; 3] = [1, 2, 8];
/// Without hints, and with them.
const HINTS: [&[bool]; 2] = [&[false], &[true]];
/// The halves of two settings that three ways can take so that both occur.
const SPLITS: [[usize; 3]; 6] = [[0, 0, 1], [1, 1, 0], [0, 1, 0], [1, 0, 1], [1, 0, 0], [0, 1, 1]];
/// One packet in so many goes every way.
const FULL_SHARE: usize = 32;
/// Packet numbers after which [`Way::of_packet`] repeats itself: lcm(36, 32).
pub(super) const WAY_PATTERNS: usize = 288;

/// One way to run the core, which must not change what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) backend: Backend,
    pub(super) threads: usize,
    /// Whether an endorser is given the senders' hints. A way may verify with and without them.
    pub(super) hints: &'static [bool],
}

impl Way {
    /// Every backend of this machine on every number of threads, each with and without hints.
    pub(super) fn all() -> Vec<Self> {
        let on_backend = |backend: &Backend| {
            let backend = *backend;
            THREADS.map(|threads| Self { backend, threads, hints: &[false, true] })
        };
        Backend::available().iter().flat_map(on_backend).collect()
    }

    /// The ways of a packet: on the average every way of [`Self::all`] is gone equally often.
    ///
    /// Every packet meets each backend, each number of threads, and hints and none. Which settings
    /// meet in one way changes from packet to packet, through every possibility; one packet in
    /// [`FULL_SHARE`] goes every way.
    pub(super) fn of_packet(number: usize) -> Vec<Self> {
        if number.is_multiple_of(FULL_SHARE) {
            return Self::all();
        }
        let available = Backend::available();
        let backends = SPLITS[number % SPLITS.len()].map(|half| available[half % available.len()]);
        let hints = SPLITS[number / SPLITS.len() % SPLITS.len()].map(|half| HINTS[half]);
        let of_place =
            |place| Self { backend: backends[place], threads: THREADS[place], hints: hints[place] };
        [0, 1, 2].map(of_place).into()
    }
}

/// Goes ways, with thread pools that last. The backend is the process's own: only one goes at a
/// time, and nothing else that should be fast may run meanwhile.
pub(super) struct Walker {
    pools: Vec<(usize, ThreadPool)>,
}

impl Walker {
    /// Runs a work that goes ways; the backend of before is restored.
    pub(super) fn run<T>(work: impl FnOnce(&Self) -> Result<T, Error>) -> Result<T, Error> {
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let make_pool = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            Ok((threads, pool.map_err(|error| Error::State(error.to_string()))?))
        };
        let pools: Result<_, Error> = THREADS.into_iter().map(make_pool).collect();
        let before = lanes::backend();
        let done = work(&Self { pools: pools? });
        choose(before)?;
        done
    }

    /// Does something on a way.
    pub(super) fn on<T: Send>(
        &self,
        way: Way,
        work: impl FnOnce() -> Result<T, Error> + Send,
    ) -> Result<T, Error> {
        choose(way.backend)?;
        let pool = self.pools.iter().find(|(threads, _)| *threads == way.threads);
        let (_, pool) = pool.ok_or_else(|| Error::Argument(format!("{way:?} has no pool")))?;
        pool.install(work)
    }
}

fn choose(backend: Backend) -> Result<(), Error> {
    lanes::choose(match backend {
        Backend::Lanes => Choice::Lanes,
        Backend::Portable => Choice::Portable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_every_packet_meets_every_setting() {
        for number in 0..200 {
            let ways = Way::of_packet(number);
            for backend in Backend::available() {
                assert!(ways.iter().any(|way| way.backend == *backend), "{number}");
            }
            for threads in THREADS {
                assert!(ways.iter().any(|way| way.threads == threads), "{number}");
            }
            for hints in [false, true] {
                assert!(ways.iter().any(|way| way.hints.contains(&hints)), "{number}");
            }
        }
    }

    #[test]
    fn test_every_way_is_gone_equally_often() {
        let numbers = || (0..WAY_PATTERNS).filter(|number| !number.is_multiple_of(FULL_SHARE));
        let count = |backend: Backend, threads, hint| {
            let ways = numbers().flat_map(Way::of_packet);
            let is_it = |way: &Way| {
                (way.backend, way.threads, way.hints) == (backend, threads, &[hint][..])
            };
            ways.filter(is_it).count()
        };
        let packets = numbers().count();
        let each = packets / (2 * Backend::available().len());
        for way in Way::all() {
            for hint in way.hints {
                let found = count(way.backend, way.threads, *hint);
                assert!(found.abs_diff(each) * 10 <= each, "{way:?} {hint}: {found} of {packets}");
            }
        }
    }

    #[test]
    fn test_a_way_is_gone_on_its_threads_and_backend() {
        let before = lanes::backend();
        for way in Way::all() {
            let found = Walker::run(|walker| {
                walker.on(way, || Ok((lanes::backend(), rayon::current_num_threads())))
            });
            assert_eq!(found, Ok((way.backend, way.threads)));
        }
        assert_eq!(lanes::backend(), before);
    }
}
