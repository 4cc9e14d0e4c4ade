//! An endorser and a producer beside a bare node, on real blocks.

use alloy_primitives::Bytes;
use corollup_core::access_list::AccessList;
use corollup_core::containers::ExecutionResult;
use corollup_core::endorser::Context;
use corollup_core::error::Error;
use corollup_core::evm::{BlockEnvironment, run_bare_block};
use corollup_core::genesis::GenesisState;
use corollup_core::producer::Built;
use corollup_core::replay::ReplayBlock;
use corollup_core::verkle::Tree;

use super::{Bench, Row};
use crate::network::Network;
use crate::race::{on_threads, race};
use crate::replay_race::require_valid;

/// A block with less gas is not counted, as its fixed costs hide what is measured.
pub(super) const LEAST_GAS: u64 = 10_000_000;
const PEER: &str = "bare node";

/// A block's packet, and what a bare node runs.
pub(super) struct Scene {
    pub(super) network: Network,
    environment: BlockEnvironment,
    transactions: Vec<Bytes>,
    pub(super) encoded: Vec<u8>,
    pub(super) hints: Vec<u8>,
}

/// Least seconds for one block.
struct Times {
    verify: f64,
    verify_without_hints: f64,
    build: f64,
    bare: f64,
}

/// The rows of one core.
pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let times = time_scenes(bench, |scene| {
        let [verify, bare, build, verify_without_hints] = race(
            bench.runs,
            [
                &mut || scene.verify(),
                &mut || scene.run_bare(),
                &mut || scene.build().map(drop),
                &mut || require_valid(&scene.encoded, &Context::default()),
            ],
        )?;
        Ok(Times { verify, verify_without_hints, build, bare })
    })?;
    let sum = |part: fn(&Times) -> f64| times.iter().map(part).sum::<f64>();
    let bare = sum(|times| times.bare);
    let median = find_median(&times);
    Ok(vec![
        Row::ratio("EN verify ÷ bare node, sum, 1 core", sum(|times| times.verify), PEER, bare),
        Row::ratio("EN verify ÷ bare node, median block", median.verify, PEER, median.bare),
        Row::ratio("PN build ÷ bare node", sum(|times| times.build), PEER, bare),
        Row::ratio(
            "EN verify without hints ÷ bare node, sum, 1 core",
            sum(|times| times.verify_without_hints),
            PEER,
            bare,
        ),
    ])
}

/// The row of two cores, for both sides.
pub(super) fn measure_on_two_cores(bench: &Bench) -> Result<Vec<Row>, Error> {
    let scenes = bench.scenes()?;
    let [verify, bare] = on_threads(2, || {
        let mut sums = [0.0; 2];
        for scene in scenes {
            let least = race(bench.runs, [&mut || scene.verify(), &mut || scene.run_bare()])?;
            sums = [sums[0] + least[0], sums[1] + least[1]];
        }
        Ok(sums)
    })?;
    Ok(vec![Row::ratio("EN verify ÷ bare node, sum, 2 cores", verify, PEER, bare)])
}

fn time_scenes(
    bench: &Bench,
    time: impl Fn(&Scene) -> Result<Times, Error> + Sync + Send,
) -> Result<Vec<Times>, Error> {
    let scenes = bench.scenes()?;
    on_threads(1, || scenes.iter().map(time).collect())
}

/// The packets of the blocks that count, in a tree with the further accounts.
pub(super) fn load_scenes(bench: &Bench) -> Result<Vec<Scene>, Error> {
    let tree = bench.tree()?;
    let scenes = bench.counted().map(|(block, state)| Scene::load(block, state, tree));
    let scenes = scenes.collect::<Result<Vec<_>, Error>>()?;
    if scenes.is_empty() {
        return Err(Error::Argument(format!("no block has {LEAST_GAS} gas")));
    }
    Ok(scenes)
}

impl Scene {
    pub(super) fn load(
        block: &ReplayBlock,
        state: &GenesisState,
        further: &Tree,
    ) -> Result<Self, Error> {
        let network = Network::of_block(block, state, further.clone())?;
        let transactions = block.transactions.clone();
        let environment = block.environment();
        let (encoded, hints) = (Vec::new(), Vec::new());
        let mut scene = Self { network, environment, transactions, encoded, hints };
        let built = scene.build()?;
        scene.encoded = built.result.encode();
        scene.hints = built.hints;
        Ok(scene)
    }

    fn build(&self) -> Result<Built, Error> {
        let request = self.network.request(self.transactions.clone());
        let built = self.network.build(&request)?;
        if let Some(refused) = built.refused.first() {
            return Err(Error::State(format!("a transaction is refused: {}", refused.refusal)));
        }
        Ok(built)
    }

    /// What the packet touches.
    pub(super) fn access_list(&self) -> Result<AccessList, Error> {
        let decoded = AccessList::decode(&self.decode()?.body.access_list);
        decoded.map_err(|rejected| Error::State(rejected.to_string()))
    }

    /// The multiproof of the values before.
    pub(super) fn proof(&self) -> Result<Bytes, Error> {
        Ok(self.decode()?.body.proof)
    }

    fn decode(&self) -> Result<ExecutionResult, Error> {
        let decoded = ExecutionResult::decode(&self.encoded);
        decoded.map_err(|rejected| Error::State(rejected.to_string()))
    }

    /// Verifies with empty caches.
    fn verify(&self) -> Result<(), Error> {
        let context = Context { hints: Some(&self.hints), ..Context::default() };
        require_valid(&self.encoded, &context)
    }

    fn run_bare(&self) -> Result<(), Error> {
        run_bare_block(&self.network.state, &self.environment, &self.transactions).map(drop)
    }
}

/// The block with the median ratio of verifying; of an even number the worse one.
fn find_median(times: &[Times]) -> &Times {
    let mut sorted: Vec<&Times> = times.iter().collect();
    sorted.sort_by(|one, other| (one.verify / one.bare).total_cmp(&(other.verify / other.bare)));
    sorted[sorted.len() / 2]
}
