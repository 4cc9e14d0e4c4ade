//! Ethereum's state tests, run without the state: a producer builds the packet of each entry, and
//! an endorser verifies its bytes.
//!
//! Each entry is a network of its own under the replay version of its fork, with one candidate.

mod file;
mod network;

use alloy_primitives::{B256, Log, keccak256};
use alloy_trie::TrieAccount;
use alloy_trie::root::{state_root, storage_root};
use rayon::prelude::*;

use self::file::{Entry, StateTest};
use self::network::build_packet;
use crate::endorser::{Context, Verified, verify};
use crate::error::Error;
use crate::state::MemoryState;

/// Tests of states that no chain has: storage on an account without nonce and code (EIP-7610).
const EXEMPT: [&str; 4] = [
    "RevertInCreateInInitCreate2Paris",
    "create2collisionStorageParis",
    "dynamicAccountOverwriteEmpty_Paris",
    "RevertInCreateInInit_Paris",
];

/// How an entry ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestOutcome {
    /// Post-state and logs are the expected ones, or the transaction failed as expected.
    Passed,
    /// What differs.
    Failed(String),
    /// Why the entry says nothing about this protocol.
    Skipped(String),
    /// Its state is one that no chain has.
    Exempt,
}

/// An entry of a file, and how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestResult {
    /// File, test, fork and place of the entry.
    pub test: String,
    /// How it ended.
    pub outcome: TestOutcome,
}

/// A file of state tests.
#[derive(Clone, Copy, Debug)]
pub struct StateTestFile<'a> {
    /// Its name in the results.
    pub name: &'a str,
    /// `{test: {env, pre, transaction, post}}`.
    pub json: &'a [u8],
    /// Number of its first entry, for the stride.
    pub offset: usize,
}

/// Runs every entry whose number is a multiple of `stride`, on all cores.
///
/// # Errors
/// If a file holds no state tests.
pub fn run_files(files: &[StateTestFile<'_>], stride: usize) -> Result<Vec<TestResult>, Error> {
    let results: Vec<_> =
        files.par_iter().map(|file| run_file(file, stride)).collect::<Result<_, _>>()?;
    Ok(results.into_iter().flatten().collect())
}

fn run_file(file: &StateTestFile<'_>, stride: usize) -> Result<Vec<TestResult>, Error> {
    let tests = file::parse(file.name, file.json)?;
    let entries: Vec<_> = tests
        .iter()
        .flat_map(|(test, content)| content.entries().map(move |entry| (test, content, entry)))
        .zip(file.offset..)
        .filter(|(_, number)| number.is_multiple_of(stride.max(1)))
        .map(|(entry, _)| entry)
        .collect();
    let results = entries.into_par_iter().map(|(test, content, entry)| TestResult {
        test: format!("{}::{test}/{}", file.name, entry.name()),
        outcome: run_entry(test, content, &entry),
    });
    Ok(results.collect())
}

fn run_entry(test: &str, content: &StateTest, entry: &Entry<'_>) -> TestOutcome {
    if EXEMPT.contains(&test.trim_end_matches("-gas_cap")) {
        return TestOutcome::Exempt;
    }
    if let Some(why) = content.unpackable_balance() {
        return TestOutcome::Skipped(why);
    }
    match verify_entry(content, entry) {
        Ok(()) => TestOutcome::Passed,
        Err(error) => TestOutcome::Failed(error.to_string()),
    }
}

/// Runs an entry through producer and endorser.
///
/// # Errors
/// With what differs from the expectation.
fn verify_entry(content: &StateTest, entry: &Entry<'_>) -> Result<(), Error> {
    let packet = build_packet(content, entry)?;
    let verdict = verify(&packet.encoded, &Context::default())?;
    let verified = verdict.outcome.map_err(|rejected| Error::State(rejected.to_string()))?;

    match (&entry.post.expect_exception, packet.refusal) {
        (Some(expected), None) => {
            return Err(Error::State(format!("it did not fail with {expected}")));
        }
        (None, Some(refusal)) => return Err(Error::State(refusal)),
        _ => {}
    }
    let logs: Vec<Log> =
        verified.receipts.iter().flat_map(|receipt| receipt.logs.iter().cloned()).collect();
    require_equal("logs hash", entry.post.logs, keccak256(alloy_rlp::encode(&logs)))?;
    require_equal("post-state root", entry.post.hash, compute_post_root(packet.state, &verified))
}

fn require_equal(what: &str, expected: B256, found: B256) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::State(format!("{what}: expected {expected}, found {found}")))
}

/// The Merkle-Patricia root of the state before with the writes that the endorser verified.
fn compute_post_root(mut state: MemoryState, verified: &Verified) -> B256 {
    state.apply_access_list(&verified.access_list, &[]);
    let living = state.accounts().iter().filter(|(_, account)| !account.account.is_dead());
    let leaves = living.map(|(address, account)| {
        let slots =
            account.storage.iter().map(|(slot, value)| (keccak256(B256::from(*slot)), *value));
        let storage_root = sorted_root(slots, storage_root);
        let trie_account = TrieAccount {
            nonce: account.account.nonce,
            balance: account.account.balance,
            storage_root,
            code_hash: account.account.code_hash,
        };
        (keccak256(address), trie_account)
    });
    sorted_root(leaves, state_root)
}

fn sorted_root<T>(
    leaves: impl Iterator<Item = (B256, T)>,
    root: impl FnOnce(Vec<(B256, T)>) -> B256,
) -> B256 {
    let mut leaves: Vec<_> = leaves.collect();
    leaves.sort_unstable_by_key(|(key, _)| *key);
    root(leaves)
}
