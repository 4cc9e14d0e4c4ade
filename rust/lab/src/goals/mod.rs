//! The rows of the goal table, one file a subject.
//!
//! A row is measured with the backend in use and beside a peer in the same run.

mod blocks;
mod committees;
mod endorsements;
mod growth;
mod senders;
mod traffic;
mod verkle;
mod witness;

use std::sync::OnceLock;

use corollup_core::curve::fixed_base::TableSize;
use corollup_core::error::Error;
use corollup_core::genesis::{GenesisState, leaves};
use corollup_core::replay::{ReplayBlock, add_further_accounts};
use corollup_core::verkle::{Key, Tree, Value};

use self::blocks::Scene;

/// Accounts of the tree beside those that a block touches.
pub const FURTHER_ACCOUNTS: u64 = 1_000_000;

/// Tables of a producer.
const TABLE_SIZE: TableSize = TableSize::Large;

/// A measured figure beside that of a peer.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What is measured, in the words of the goal table.
    pub metric: String,
    /// The figure.
    pub value: f64,
    /// Unit of the figure; `ratio` if it was divided by the peer's.
    pub unit: &'static str,
    /// Who does the same, or a known amount of work, and the unit of its figure.
    pub peer: String,
    /// The peer's figure.
    pub peer_value: f64,
}

impl Row {
    /// A time divided by the peer's.
    fn ratio(metric: impl Into<String>, seconds: f64, peer: &str, peer_seconds: f64) -> Self {
        Self {
            metric: metric.into(),
            value: seconds / peer_seconds,
            unit: "ratio",
            peer: format!("{peer}, ms"),
            peer_value: peer_seconds * 1e3,
        }
    }

    /// A time in milliseconds beside the peer's.
    fn milliseconds(
        metric: impl Into<String>,
        seconds: f64,
        peer: &str,
        peer_seconds: f64,
    ) -> Self {
        Self {
            metric: metric.into(),
            value: seconds * 1e3,
            unit: "ms",
            peer: format!("{peer}, ms"),
            peer_value: peer_seconds * 1e3,
        }
    }
}

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Packets of mainnet blocks, verified and built on one core.
    Blocks,
    /// The same, verified on two cores.
    BlocksOnTwoCores,
    /// The state tree: updates, proofs, verification.
    Verkle,
    /// Verification as the state grows.
    Growth,
    /// Witnesses beside those of a Merkle-Patricia trie.
    Witness,
    /// Senders of transactions.
    Senders,
    /// Endorsements of a committee.
    Endorsements,
    /// Consecutive packets, of which an endorser sees all or every eighth.
    Committees,
}

impl Subject {
    /// Every subject with its name.
    pub const ALL: [(&'static str, Self); 8] = [
        ("blocks", Self::Blocks),
        ("blocks on two cores", Self::BlocksOnTwoCores),
        ("verkle", Self::Verkle),
        ("growth", Self::Growth),
        ("witness", Self::Witness),
        ("senders", Self::Senders),
        ("endorsements", Self::Endorsements),
        ("committees", Self::Committees),
    ];

    /// The subject of a name.
    ///
    /// # Errors
    /// If there is none.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        let unknown = || Error::Argument(format!("there is no subject {name:?} to measure"));
        found.map(|(_, subject)| *subject).ok_or_else(unknown)
    }
}

/// What is measured on, and how often.
pub struct Bench {
    runs: usize,
    blocks: Vec<(ReplayBlock, GenesisState)>,
    tree: OnceLock<Tree>,
    scenes: OnceLock<Vec<Scene>>,
    grown_scenes: OnceLock<Vec<Scene>>,
    controls: OnceLock<Vec<witness::Control>>,
    chain: OnceLock<Vec<committees::Packet>>,
}

impl Bench {
    /// A bench of mainnet blocks with the state that each touches.
    pub fn new(runs: usize, blocks: Vec<(ReplayBlock, GenesisState)>) -> Self {
        Self {
            runs,
            blocks,
            tree: OnceLock::new(),
            scenes: OnceLock::new(),
            grown_scenes: OnceLock::new(),
            controls: OnceLock::new(),
            chain: OnceLock::new(),
        }
    }

    /// Measures the rows of a subject with the backend in use.
    ///
    /// # Errors
    /// If what is measured fails, or its result is wrong.
    pub fn measure(&self, subject: Subject) -> Result<Vec<Row>, Error> {
        match subject {
            Subject::Blocks => blocks::measure(self),
            Subject::BlocksOnTwoCores => blocks::measure_on_two_cores(self),
            Subject::Verkle => verkle::measure(self),
            Subject::Growth => growth::measure(self),
            Subject::Witness => witness::measure(self),
            Subject::Senders => senders::measure(self),
            Subject::Endorsements => endorsements::measure(self),
            Subject::Committees => committees::measure(self),
        }
    }

    /// Builds the encoded packet of a mainnet block, in a tree with the further accounts, and its
    /// hints.
    ///
    /// # Errors
    /// If the bench does not have the block.
    pub fn build_block(&self, number: u64) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let found = self.blocks.iter().find(|(block, _)| block.number == number);
        let absent = || Error::Argument(format!("the bench has no block {number}"));
        let (block, state) = found.ok_or_else(absent)?;
        let scene = Scene::load(block, state, self.tree()?)?;
        Ok((scene.encoded, scene.hints))
    }

    /// The blocks with enough gas to count.
    fn counted(&self) -> impl Iterator<Item = &(ReplayBlock, GenesisState)> {
        self.blocks.iter().filter(|(block, _)| block.expected.gas_used >= blocks::LEAST_GAS)
    }

    /// The packets of the blocks that count.
    fn scenes(&self) -> Result<&[Scene], Error> {
        make_once(&self.scenes, || blocks::load_scenes(self)).map(Vec::as_slice)
    }

    /// The packet of one block in trees of several sizes.
    fn grown_scenes(&self) -> Result<&[Scene], Error> {
        make_once(&self.grown_scenes, || growth::load_scenes(self)).map(Vec::as_slice)
    }

    /// The witnesses of the blocks in a trie.
    fn controls(&self) -> Result<&[witness::Control], Error> {
        make_once(&self.controls, || witness::prove_controls(self)).map(Vec::as_slice)
    }

    /// Consecutive packets of one state.
    fn chain(&self) -> Result<&[committees::Packet], Error> {
        make_once(&self.chain, || committees::build_chain(self)).map(Vec::as_slice)
    }

    /// The tree of the further accounts alone, built at the first call.
    fn tree(&self) -> Result<&Tree, Error> {
        make_once(&self.tree, || {
            let mut tree = Tree::with_tables(TABLE_SIZE);
            tree.insert_all(&further_leaves(FURTHER_ACCOUNTS)?)?;
            Ok(tree)
        })
    }
}

/// What a cell holds, made at the first call that succeeds.
fn make_once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> Result<T, Error>) -> Result<&T, Error> {
    if let Some(made) = cell.get() {
        return Ok(made);
    }
    let made = make()?;
    Ok(cell.get_or_init(|| made))
}

/// The leaves of the first further accounts.
fn further_leaves(count: u64) -> Result<Vec<(Key, Value)>, Error> {
    let mut state = GenesisState::new();
    add_further_accounts(&mut state, count);
    leaves(&state)
}
