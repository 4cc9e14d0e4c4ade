//! The state tree with a million accounts: updates, proofs and their verification.

use blst::{MultiPoint, blst_p1_affine, min_pk};
use corollup_core::bls::SecretKey;
use corollup_core::error::Error;
use corollup_core::replay::MAINNET_CHAIN_ID;
use corollup_core::verkle::{Key, Tree, Value, verify};

use super::{Bench, FURTHER_ACCOUNTS, Row, further_leaves};
use crate::race::{on_threads, race};

const COUNTS: [(usize, &str); 3] =
    [(1, "1 random key"), (1_000, "1 k random keys"), (10_000, "10 k random keys")];
/// Points of the smallest sum that blst is asked for.
const LEAST_POINTS: usize = 256;

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let tree = bench.tree()?;
    let leaves = further_leaves(FURTHER_ACCOUNTS)?;
    on_threads(1, || {
        let mut rows = Vec::new();
        for (count, name) in COUNTS {
            rows.extend(measure_keys(bench.runs, tree, &pick(&leaves, count), name)?);
        }
        Ok(rows)
    })
}

fn measure_keys(
    runs: usize,
    tree: &Tree,
    leaves: &[(Key, Value)],
    name: &str,
) -> Result<Vec<Row>, Error> {
    let keys: Vec<Key> = leaves.iter().map(|(key, _)| *key).collect();
    let writes: Vec<(Key, Value)> = keys.iter().map(|key| (*key, [7; 32])).collect();
    let proof = tree.prove(MAINNET_CHAIN_ID, &keys)?;
    let peer = Sum::new(keys.len().max(LEAST_POINTS))?;
    let mut check = || {
        verify(MAINNET_CHAIN_ID, tree.root(), leaves, &proof)
            .map(drop)
            .map_err(|error| Error::State(error.to_string()))
    };
    let mut prove = || tree.prove(MAINNET_CHAIN_ID, &keys).map(drop);
    let mut update = || tree.clone().apply(&writes).map(drop);
    let [check, prove, update, sum] =
        race(runs, [&mut check, &mut prove, &mut update, &mut || peer.compute()])?;
    let peer = format!("blst: sum of {} weighed points", peer.points.len());
    let mut rows = vec![
        Row::milliseconds(format!("verify {name}"), check, &peer, sum),
        Row::milliseconds(format!("prove {name}"), prove, &peer, sum),
    ];
    if keys.len() == COUNTS[2].0 {
        let count = 1e4;
        rows.push(Row {
            metric: "batch update of 10 k random keys in 10^6, per key".into(),
            value: update * 1e6 / count,
            unit: "µs",
            peer: format!("{peer}, µs a point"),
            peer_value: sum * 1e6 / count,
        });
    }
    Ok(rows)
}

/// Leaves spread over the whole tree; their keys are hashes, so any are random.
fn pick(leaves: &[(Key, Value)], count: usize) -> Vec<(Key, Value)> {
    let mut picked: Vec<_> =
        leaves.iter().step_by(leaves.len() / count).take(count).copied().collect();
    picked.sort_unstable();
    picked
}

/// A sum of points of G1 weighed with 255 bits each: how fast the curve is on this core.
struct Sum {
    points: Vec<min_pk::PublicKey>,
    weights: Vec<u8>,
}

impl Sum {
    fn new(count: usize) -> Result<Self, Error> {
        let step = SecretKey::derive_master(&[9; 32])?.public_key();
        let step = min_pk::PublicKey::uncompress(&step.to_bytes())
            .map_err(|_| Error::Bls("blst refuses a good key"))?;
        let mut sum = min_pk::AggregatePublicKey::from_public_key(&step);
        let mut points = Vec::with_capacity(count);
        for _ in 0..count {
            points.push(sum.to_public_key());
            sum.add_aggregate(&min_pk::AggregatePublicKey::from_public_key(&step));
        }
        let weights = (0..count)
            .flat_map(|index| alloy_primitives::keccak256(index.to_be_bytes()).0)
            .collect();
        Ok(Self { points, weights })
    }

    fn compute(&self) -> Result<(), Error> {
        let sum = self.points.as_slice().mult(&self.weights, 255).to_public_key();
        if blst_p1_affine::from(sum) == blst_p1_affine::default() {
            return Err(Error::Bls("a sum of random points is infinity"));
        }
        Ok(())
    }
}
