//! Random packets on every backend and number of threads: the same bytes and the same verdicts.
//!
//! A seed is a small world and [`PACKETS_A_SEED`] packets that follow each other in it, each also
//! in an altered form. [`Way`] says which settings a packet meets.

mod alterations;
mod packets;
mod programs;
mod ways;

use std::fmt::Debug;

use alloy_primitives::{B256, keccak256};
use corollup_core::endorser::{Context, verify};
use corollup_core::error::Error;
use corollup_core::genesis::GenesisState;
use corollup_core::producer::{Built, Request, build};
use corollup_core::replay::ReplayBlock;
use corollup_core::verkle::Tree;

use self::alterations::alter;
pub use self::packets::Shape;
use self::packets::World;
use self::ways::{WAY_PATTERNS, Walker, Way};
use crate::network::{Network, producer_key};
use crate::random::Random;

/// Packets of a seed.
pub const PACKETS_A_SEED: usize = 8;

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

/// Checks that the packets of some seeds are the same on every way that they go.
///
/// The backend is the process's own: nothing else that should be fast may run meanwhile.
///
/// # Returns
/// The number of packets.
///
/// # Errors
/// The first seed and packet on which two ways differ or an honest packet is refused.
pub fn check_seeds(seeds: &[u64], shape: Shape) -> Result<usize, Error> {
    Walker::run(|walker| {
        for seed in seeds {
            check_seed(walker, *seed, shape)?;
        }
        Ok(seeds.len() * PACKETS_A_SEED)
    })
}

fn check_seed(walker: &Walker, seed: u64, shape: Shape) -> Result<(), Error> {
    let (mut world, genesis) = World::new(seed, shape)?;
    let mut network = Network::native(&genesis)?;
    let mut random = Random::new(seed, "alteration");
    let first = Random::new(seed, "ways").below(WAY_PATTERNS);
    for index in 0..PACKETS_A_SEED {
        let inbox = world.next_messages();
        let request = Request { inbox, ..network.request(world.next_candidates()?) };
        let name = format!("packet {index} of seed {seed}");
        let ways = Way::of_packet(first + index);
        let built = check_packet(walker, &network, &request, &mut random, &ways, &name)?;
        network.advance(built);
    }
    Ok(())
}

/// Checks that every way gives the same for the packet of a mainnet block.
///
/// # Errors
/// If two ways differ, or the honest packet is refused.
pub fn check_block(block: &ReplayBlock, state: &GenesisState) -> Result<(), Error> {
    let network = Network::of_block(block, state, Tree::new())?;
    let request = network.request(block.transactions.clone());
    let mut random = Random::new(block.number, "alteration");
    let name = format!("block {}", block.number);
    let check =
        |walker: &Walker| check_packet(walker, &network, &request, &mut random, &Way::all(), &name);
    Walker::run(check).map(drop)
}

/// Builds a packet on each way, and verifies on each what the first one built.
///
/// # Returns
/// The packet as the first way built it.
fn check_packet(
    walker: &Walker,
    network: &Network,
    request: &Request,
    random: &mut Random,
    ways: &[Way],
    name: &str,
) -> Result<Built, Error> {
    let mut first: Option<(Built, Pair)> = None;
    let mut findings = Vec::new();
    for way in ways {
        // An unsigned packet has all bytes but those of the signature, which knows no ways.
        let mut built = walker.on(*way, || build(&network.state, &network.tree, request))?;
        let hash = keccak256([&*built.result.encode(), &built.hints].concat());
        let (_, pair) = match &first {
            Some(first) => first,
            None => {
                built.sign(&producer_key());
                let pair = make_pair(random, &built)?;
                first.insert((built, pair))
            }
        };
        for with_hints in way.hints {
            let finding = walker.on(*way, || judge_both(pair, hash, *with_hints))?;
            findings.push(((*way, *with_hints), finding));
        }
    }
    require_equal(&findings, name)?;
    first.map(|(built, _)| built).ok_or_else(|| Error::Argument(format!("{name} goes no way")))
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
            let inbox = world.next_messages();
            let request = Request { inbox, ..network.request(world.next_candidates()?) };
            let built = network.build(&request)?;
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

fn judge_both(pair: &Pair, built: B256, with_hints: bool) -> Result<Finding, Error> {
    let honest = judge(&pair.honest, with_hints.then_some(&*pair.hints))?;
    if honest.status != Some(1) {
        return Err(Error::State(format!("an honest packet is refused: {}", honest.why)));
    }
    // The hints are those of other transactions, where transactions were altered.
    let altered = judge(&pair.altered, None)?;
    Ok(Finding { built, honest, altered })
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

fn require_equal<W: Debug>(findings: &[(W, Finding)], name: &str) -> Result<(), Error> {
    let Some(((first_way, expected), others)) = findings.split_first() else { return Ok(()) };
    match others.iter().find(|(_, found)| found != expected) {
        None => Ok(()),
        Some((way, found)) => Err(Error::State(format!(
            "{name} differs: {first_way:?} gives {expected:?}, {way:?} gives {found:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_random_packets_are_the_same_in_every_way() {
        let seeds: Vec<u64> = (0..5).collect();
        assert_eq!(check_seeds(&seeds, Shape::FULL), Ok(5 * PACKETS_A_SEED));
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
        assert_eq!(require_equal(&[(1, finding(None)), (2, finding(None))], "packet 1"), Ok(()));
        let error = require_equal(&[(1, finding(None)), (2, finding(Some(0)))], "packet 1");
        let error = error.expect_err("differs");
        assert!(error.to_string().contains("packet 1 differs: 1 gives"), "{error}");
    }
}
