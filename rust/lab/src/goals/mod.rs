//! The rows of the goal table, one file a subject.
//!
//! A row is measured with the backend in use and beside a peer in the same run.

mod blocks;
mod endorsements;
mod senders;
mod verkle;

use std::sync::OnceLock;

use corollup_core::curve::fixed_base::TableSize;
use corollup_core::error::Error;
use corollup_core::genesis::{GenesisState, leaves};
use corollup_core::replay::{ReplayBlock, add_further_accounts};
use corollup_core::verkle::{Key, Tree, Value};

/// Accounts of the tree beside those that a block touches.
pub const FURTHER_ACCOUNTS: u64 = 1_000_000;

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
    /// Senders of transactions.
    Senders,
    /// Endorsements of a committee.
    Endorsements,
}

impl Subject {
    /// Every subject with its name.
    pub const ALL: [(&'static str, Self); 5] = [
        ("blocks", Self::Blocks),
        ("blocks on two cores", Self::BlocksOnTwoCores),
        ("verkle", Self::Verkle),
        ("senders", Self::Senders),
        ("endorsements", Self::Endorsements),
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
}

impl Bench {
    /// A bench of mainnet blocks with the state that each touches.
    pub fn new(runs: usize, blocks: Vec<(ReplayBlock, GenesisState)>) -> Self {
        Self { runs, blocks, tree: OnceLock::new() }
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
            Subject::Senders => senders::measure(self),
            Subject::Endorsements => endorsements::measure(self),
        }
    }

    /// Builds the encoded packet of a mainnet block, in a tree with the further accounts, and its
    /// hints.
    ///
    /// # Errors
    /// If the bench does not have the block.
    pub fn build_block(&self, number: u64) -> Result<(Vec<u8>, Vec<u8>), Error> {
        blocks::build(self, number)
    }

    /// The tree of the further accounts alone, built at the first call.
    fn tree(&self) -> Result<&Tree, Error> {
        if let Some(tree) = self.tree.get() {
            return Ok(tree);
        }
        let mut tree = Tree::with_tables(TableSize::Large);
        tree.insert_all(&further_leaves(FURTHER_ACCOUNTS)?)?;
        Ok(self.tree.get_or_init(|| tree))
    }
}

/// The leaves of the first further accounts.
fn further_leaves(count: u64) -> Result<Vec<(Key, Value)>, Error> {
    let mut state = GenesisState::new();
    add_further_accounts(&mut state, count);
    leaves(&state)
}
