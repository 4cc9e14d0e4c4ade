//! What an endorser spends where M committees take turns: it sees every M-th packet in full, so its
//! caches know less of the next one, and it has M times as long.
//!
//! The packets follow each other on one state.

use std::cell::RefCell;
use std::collections::BTreeSet;

use alloy_primitives::{B256, Bytes, keccak256};
use corollup_core::caches::{Caches, Limits};
use corollup_core::containers::ExecutionResult;
use corollup_core::endorser::Context;
use corollup_core::error::Error;

use super::traffic::Traffic;
use super::{Bench, Row};
use crate::network::Network;
use crate::race::{on_threads, race};
use crate::replay_race::require_valid;

/// Committees whose turns are compared with those of a single one.
const COMMITTEES: usize = 8;
/// Packets of the chain; the last one is timed.
const PACKETS: usize = 5 * COMMITTEES + 1;
/// Contracts at most, so that a request can name the codes of all.
const CONTRACTS: usize = 1_000;

/// A packet as an endorser receives it.
pub(super) struct Packet {
    encoded: Vec<u8>,
    hints: Vec<u8>,
    /// Hash and size of each of its codes.
    codes: Vec<(B256, usize)>,
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let packets = bench.chain()?;
    let [cold, every, eighth] = on_threads(1, || time_last(bench.runs, packets))?;
    let (whole, of_one, of_eight) = (
        count_bytes(packets, None),
        count_bytes(packets, Some(1)),
        count_bytes(packets, Some(COMMITTEES)),
    );
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let a_packet = eighth / COMMITTEES as f64;
    Ok(vec![
        Row::ratio("EN verify, caches of M = 1 ÷ cold", every, "cold caches", cold),
        Row::ratio("EN verify, caches of M = 8 ÷ cold", eighth, "cold caches", cold),
        Row::ratio("EN time a packet of the chain, M = 8 ÷ M = 1", a_packet, "M = 1", every),
        compare_bytes(1, of_one, whole),
        compare_bytes(COMMITTEES, of_eight, whole),
    ])
}

/// Least seconds to verify the last packet with empty caches, after all packets before, and after
/// those of the same committee.
fn time_last(runs: usize, packets: &[Packet]) -> Result<[f64; 3], Error> {
    let Some((last, before)) = packets.split_last() else {
        return Err(Error::State("the chain is empty".into()));
    };
    // A verification fills the caches that it is given, so each has its own.
    let prepare = |committees| {
        let caches = (0..=runs).map(|_| warm_up(before, committees));
        caches.collect::<Result<Vec<_>, _>>().map(RefCell::new)
    };
    let (every, eighth) = (prepare(1)?, prepare(COMMITTEES)?);
    let warm = |caches: &RefCell<Vec<Caches>>| {
        let used_up = || Error::State("the caches are used up".into());
        let caches = caches.borrow_mut().pop().ok_or_else(used_up)?;
        last.verify(Some(&caches))
    };
    let works: [&mut dyn FnMut() -> Result<(), Error>; 3] =
        [&mut || last.verify(None), &mut || warm(&every), &mut || warm(&eighth)];
    race(runs, works)
}

/// Caches after the packets of one of so many committees, that of the packet after these.
fn warm_up(before: &[Packet], committees: usize) -> Result<Caches, Error> {
    let caches = Caches::new(Limits::default());
    let first = before.len() % committees;
    before[first..]
        .iter()
        .step_by(committees)
        .try_for_each(|packet| packet.verify(Some(&caches)))?;
    Ok(caches)
}

/// Mean bytes of a packet with its request, from the second turn of every committee on. An
/// endorser of `committees` names the codes that it was sent; without, it names none.
fn count_bytes(packets: &[Packet], committees: Option<usize>) -> f64 {
    let rows = packets.iter().enumerate().skip(COMMITTEES).map(|(number, packet)| {
        let known: BTreeSet<B256> = committees.map_or_else(BTreeSet::new, |committees| {
            let seen = packets[number % committees..number].iter().step_by(committees);
            seen.flat_map(|packet| packet.codes.iter().map(|(hash, _)| *hash)).collect()
        });
        packet.bytes_beside(&known)
    });
    let bytes: Vec<usize> = rows.collect();
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    let mean = bytes.iter().sum::<usize>() as f64 / bytes.len() as f64;
    mean
}

fn compare_bytes(committees: usize, bytes: f64, whole: f64) -> Row {
    Row {
        metric: format!("bytes asked and received ÷ whole packet, M = {committees}"),
        value: bytes / whole,
        unit: "ratio",
        peer: "whole packet, kB".into(),
        peer_value: whole / 1e3,
    }
}

impl Packet {
    fn new(encoded: Vec<u8>, hints: Vec<u8>) -> Result<Self, Error> {
        let decoded = ExecutionResult::decode(&encoded);
        let result = decoded.map_err(|rejected| Error::State(rejected.to_string()))?;
        let codes = result.body.codes.iter().map(|code| (keccak256(code), code.len())).collect();
        Ok(Self { encoded, hints, codes })
    }

    fn verify(&self, caches: Option<&Caches>) -> Result<(), Error> {
        let context = Context { hints: Some(&self.hints), caches, ..Context::default() };
        require_valid(&self.encoded, &context)
    }

    /// Size of the request that names these codes, and of the answer without them.
    fn bytes_beside(&self, known: &BTreeSet<B256>) -> usize {
        const REQUEST_HEAD: usize = 33 + 32;
        const ANSWER_HEAD: usize = 33 + 4 + 2;
        const LENGTH: usize = 4;
        const PLACE: usize = 2;
        let omitted = self.codes.iter().filter(|(hash, _)| known.contains(hash));
        let spared: usize = omitted.map(|(_, size)| size + LENGTH - PLACE).sum();
        let answer = ANSWER_HEAD + self.hints.len() + self.encoded.len() - spared;
        REQUEST_HEAD + 32 * known.len() + answer
    }
}

/// Builds the chain on the tree of the further accounts.
pub(super) fn build_chain(bench: &Bench) -> Result<Vec<Packet>, Error> {
    let codes = collect_codes(bench);
    if codes.is_empty() {
        return Err(Error::Argument("the bench has no block".into()));
    }
    let (mut traffic, state) = Traffic::start(&codes)?;
    let mut network = Network::native_in(&state, bench.tree()?.clone())?;
    (0..PACKETS)
        .map(|_| {
            let built = network.build(&network.request(traffic.next_packet()?))?;
            if let Some(refused) = built.refused.first() {
                let refusal = &refused.refusal;
                return Err(Error::State(format!("a transaction is refused: {refusal}")));
            }
            let packet = Packet::new(built.result.encode(), built.hints.clone())?;
            network.advance(built);
            Ok(packet)
        })
        .collect()
}

/// The codes of the mainnet blocks, each once.
fn collect_codes(bench: &Bench) -> Vec<Bytes> {
    let accounts = bench.blocks.iter().flat_map(|(_, state)| state.values());
    let codes: BTreeSet<&Bytes> =
        accounts.map(|account| &account.code).filter(|code| !code.is_empty()).collect();
    // By hash, so that neighbours in rank have nothing in common.
    let mut ordered: Vec<(B256, &Bytes)> =
        codes.into_iter().map(|code| (keccak256(code), code)).collect();
    ordered.sort_unstable_by_key(|(hash, _)| *hash);
    ordered.into_iter().take(CONTRACTS).map(|(_, code)| code.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_known_codes_are_named_and_not_received() {
        let hash = B256::repeat_byte;
        let packet = Packet {
            encoded: vec![0; 1_000],
            hints: vec![0; 96],
            codes: vec![(hash(1), 300), (hash(2), 400)],
        };
        let whole = packet.bytes_beside(&BTreeSet::new());
        assert_eq!(whole, 65 + 39 + 96 + 1_000);
        let known = BTreeSet::from([hash(1), hash(3)]);
        assert_eq!(packet.bytes_beside(&known), whole + 64 - 302);
    }

    #[test]
    fn test_every_packet_of_a_committee_is_counted_once() {
        let packet = |number: u8| Packet {
            encoded: vec![0; 1_000],
            hints: Vec::new(),
            codes: vec![(B256::with_last_byte(number % 4), 500)],
        };
        let packets: Vec<Packet> = (0..16).map(packet).collect();
        let whole = count_bytes(&packets, None);
        assert_eq!(count_bytes(&packets, Some(1)), whole + 4.0 * 32.0 - 502.0);
        assert_eq!(count_bytes(&packets, Some(COMMITTEES)), whole + 32.0 - 502.0);
    }
}
