//! Random packets on every backend and number of threads: the same bytes and the same verdicts.
//!
//! A seed is a small world and [`PACKETS_A_SEED`] packets that follow each other in it, each also
//! in an altered form.

mod alterations;
mod packets;
mod programs;
mod random;

use alloy_primitives::{B256, keccak256};
use corollup_core::endorser::{Context, verify};
use corollup_core::error::Error;
use corollup_core::genesis::GenesisState;
use corollup_core::lanes::{self, Backend, Choice};
use corollup_core::producer::Built;
use corollup_core::replay::ReplayBlock;
use corollup_core::verkle::Tree;

use self::alterations::alter;
pub use self::packets::Shape;
use self::packets::World;
use self::random::Random;
use crate::network::Network;
use crate::race::on_threads;

/// Packets of a seed.
pub const PACKETS_A_SEED: usize = 8;

/// One way to run the core, which must not change what it gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    backend: Backend,
    threads: usize,
    with_hints: bool,
}

impl Way {
    /// The ways of this machine: 1, 2 and 8 threads with each backend, with and without hints.
    pub fn all() -> Vec<Self> {
        let of_backend = |backend: &Backend| {
            let backend = *backend;
            [(1, true), (2, false), (8, true)].map(|(threads, with_hints)| Self {
                backend,
                threads,
                with_hints,
            })
        };
        Backend::available().iter().flat_map(of_backend).collect()
    }
}

/// What a way gave for a packet: its bytes as built, and what endorsers say to bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    built: B256,
    honest: Judgement,
    altered: Judgement,
}

/// A verdict as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Judgement {
    status: Option<u8>,
    why: String,
    digest: Option<B256>,
    receipts: B256,
}

/// A packet with an altered form of it.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The bytes that an honest producer sends.
    pub honest: Vec<u8>,
    /// What it sends beside them.
    pub hints: Vec<u8>,
    /// The same with something changed.
    pub altered: Vec<u8>,
}

/// Checks that every way gives the same for the packets of some seeds.
///
/// The backend is the process's own: nothing else that should be fast may run meanwhile.
///
/// # Returns
/// The number of packets.
///
/// # Errors
/// The first seed and packet on which two ways differ or an honest packet is refused.
pub fn check_seeds(seeds: &[u64], shape: Shape) -> Result<usize, Error> {
    let findings = in_every_way(|way| {
        spread(seeds, way, |seed| run_seed(*seed, shape, way))
            .map(|findings| findings.into_iter().flatten().collect())
    })?;
    require_equal(&findings, |index| {
        format!("packet {} of seed {}", index % PACKETS_A_SEED, seeds[index / PACKETS_A_SEED])
    })?;
    Ok(seeds.len() * PACKETS_A_SEED)
}

/// Checks that every way gives the same for the packet of a mainnet block.
///
/// # Errors
/// If two ways differ, or the honest packet is refused.
pub fn check_block(block: &ReplayBlock, state: &GenesisState) -> Result<(), Error> {
    let findings = in_every_way(|way| {
        on_threads(way.threads, || {
            let network = Network::of_block(block, state, Tree::new())?;
            let built = network.build(&network.request(block.transactions.clone()))?;
            let mut random = Random::new(block.number, "alteration");
            Ok(vec![judge_both(&make_pair(&mut random, &built)?, way)?])
        })
    })?;
    require_equal(&findings, |_| format!("block {}", block.number))
}

/// The packets of a seed, each with an altered form.
///
/// # Errors
/// If a packet cannot be built.
pub fn make_packets(seed: u64, shape: Shape) -> Result<Vec<Pair>, Error> {
    let (mut world, genesis) = World::new(seed, shape)?;
    let mut network = Network::native(&genesis)?;
    let mut random = Random::new(seed, "alteration");
    (0..PACKETS_A_SEED)
        .map(|_| {
            let built = network.build(&network.request(world.next_candidates()?))?;
            let pair = make_pair(&mut random, &built)?;
            network.advance(built);
            Ok(pair)
        })
        .collect()
}

fn make_pair(random: &mut Random, built: &Built) -> Result<Pair, Error> {
    let honest = built.result.encode();
    let altered = alter(random, &honest)?;
    Ok(Pair { honest, hints: built.hints.clone(), altered })
}

/// What the way in use gives for the packets of a seed.
fn run_seed(seed: u64, shape: Shape, way: Way) -> Result<Vec<Finding>, Error> {
    make_packets(seed, shape)?.iter().map(|pair| judge_both(pair, way)).collect()
}

fn judge_both(pair: &Pair, way: Way) -> Result<Finding, Error> {
    let honest = judge(&pair.honest, way.with_hints.then_some(&*pair.hints))?;
    if honest.status != Some(1) {
        return Err(Error::State(format!("an honest packet is refused: {}", honest.why)));
    }
    // The hints are those of other transactions, where transactions were altered.
    let altered = judge(&pair.altered, None)?;
    Ok(Finding { built: keccak256([&*pair.honest, &pair.hints].concat()), honest, altered })
}

fn judge(encoded: &[u8], hints: Option<&[u8]>) -> Result<Judgement, Error> {
    let verdict = verify(encoded, &Context { hints, ..Context::default() })?;
    let receipts = verdict.outcome.as_ref().map(|verified| format!("{:?}", verified.receipts));
    Ok(Judgement {
        status: verdict.status(),
        why: verdict.outcome.as_ref().err().map(ToString::to_string).unwrap_or_default(),
        digest: verdict.header.as_ref().map(|(_, digest)| *digest),
        receipts: keccak256(receipts.unwrap_or_default()),
    })
}

/// What each way gives, with its backend in use; the backend of before is restored.
fn in_every_way(
    run: impl Fn(Way) -> Result<Vec<Finding>, Error>,
) -> Result<Vec<(Way, Vec<Finding>)>, Error> {
    let before = lanes::backend();
    let run_with_backend = |way: Way| {
        choose(way.backend)?;
        Ok((way, run(way)?))
    };
    let findings = Way::all().into_iter().map(run_with_backend).collect();
    choose(before)?;
    findings
}

fn choose(backend: Backend) -> Result<(), Error> {
    lanes::choose(match backend {
        Backend::Lanes => Choice::Lanes,
        Backend::Portable => Choice::Portable,
    })
}

/// Works on items on all cores, each on a pool of the way's own threads; the order is kept.
fn spread<T: Sync, R: Send>(
    items: &[T],
    way: Way,
    work: impl Fn(&T) -> Result<R, Error> + Sync,
) -> Result<Vec<R>, Error> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = cores.div_ceil(way.threads);
    let share = items.len().div_ceil(workers).max(1);
    let run = |share: &[T]| on_threads(way.threads, || share.iter().map(&work).collect());
    std::thread::scope(|scope| {
        let running: Vec<_> = items.chunks(share).map(|share| scope.spawn(|| run(share))).collect();
        let panicked = |_| Error::State("a worker panicked".into());
        let parts: Result<Vec<Vec<R>>, Error> =
            running.into_iter().map(|worker| worker.join().map_err(panicked)?).collect();
        Ok(parts?.into_iter().flatten().collect())
    })
}

fn require_equal(
    findings: &[(Way, Vec<Finding>)],
    name: impl Fn(usize) -> String,
) -> Result<(), Error> {
    let Some(((first_way, first), others)) = findings.split_first() else { return Ok(()) };
    for (way, found) in others {
        for (index, (expected, found)) in first.iter().zip(found).enumerate() {
            if expected != found {
                let name = name(index);
                return Err(Error::State(format!(
                    "{name} differs: {first_way:?} gives {expected:?}, {way:?} gives {found:?}"
                )));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_random_packets_are_the_same_in_every_way() {
        let seeds: Vec<u64> = (0..3).collect();
        assert_eq!(check_seeds(&seeds, Shape::FULL), Ok(3 * PACKETS_A_SEED));
    }

    #[test]
    fn test_a_difference_is_named() {
        let judgement =
            |status| Judgement { status, why: String::new(), digest: None, receipts: B256::ZERO };
        let finding = |status| Finding {
            built: B256::ZERO,
            honest: judgement(Some(1)),
            altered: judgement(status),
        };
        let way = |threads| Way { backend: Backend::Portable, threads, with_hints: false };
        let same = vec![finding(None), finding(Some(0))];
        let other = vec![finding(None), finding(None)];
        let name = |index| format!("packet {index}");
        assert_eq!(require_equal(&[(way(1), same.clone()), (way(2), same.clone())], name), Ok(()));
        let error = require_equal(&[(way(1), same), (way(2), other)], name).expect_err("differs");
        assert!(error.to_string().contains("packet 1 differs"), "{error}");
    }
}
