//! The endorser: from the bytes of an execution result to a verdict, without the state.
//!
//! [`verify_execution_result`] is the protocol's list of checks in their order, one [`Reason`] each.

mod codes;
mod context;
mod data;
mod execution;
mod header;
mod listed;
mod view;
mod writes;

use std::panic::{AssertUnwindSafe, catch_unwind};

use alloy_primitives::{B256, Bytes, map::HashMap};

pub use context::{Anchor, Check, CodeSource, Context, Inbox, Network, Schedule};

use self::codes::{BodyCode, Codes};
use self::data::{verify_data, verify_payload_hashes};
use self::execution::{Execution, execute};
use self::header::{verify_anchor, verify_fee_cover, verify_header_chain, verify_producer};
use crate::access_list::{AccessList, Entry, compute_access_root, final_writes, values_before};
use crate::caches::Caches;
use crate::containers::limits::{MAX_TRANSACTION_BYTES, MAX_UPDATED_SLOTS};
use crate::containers::{
    Body, Config, ExecutionResult, Header, Parent, compute_digest, compute_payload_hash,
    decode_payload,
};
use crate::error::{Class, Error, Reason, Rejected, require, require_equal};
use crate::evm::Transaction;
use crate::merkle::compute_merkle_root;
use crate::outbox::compute_withdrawals_root;
use crate::receipts::{Receipt, compute_receipts_root};
use crate::rules;
use crate::senders::decode_transactions;
use crate::verkle::{self, Key, PointCache, ProofError, UpdateEntry};

/// What an endorser thinks of an execution result.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The header and its digest, if the bytes decode.
    pub header: Option<(Header, B256)>,
    /// The checks for which the context has no knowledge.
    pub checks_not_done: Vec<Check>,
    /// What the packet gives, or the first check that it fails.
    pub outcome: Result<Verified, Rejected>,
}

impl Verdict {
    /// The status to sign: 1 for a valid packet, 0 for a header that contradicts its own body, and
    /// none for what proves nothing about the header.
    pub fn status(&self) -> Option<u8> {
        match &self.outcome {
            Ok(_) => Some(1),
            Err(rejected) => (rejected.reason.class() == Class::Reject).then_some(0),
        }
    }
}

/// A verified packet, with all that a ledger imports.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The execution result as decoded.
    pub result: ExecutionResult,
    /// The values before and the writes of everything touched.
    pub access_list: AccessList,
    /// The transactions with their senders.
    pub transactions: Vec<Transaction>,
    /// One receipt a message from L1, then one a transaction.
    pub receipts: Vec<Receipt>,
    /// The codes that the packet created, by hash.
    pub created_codes: HashMap<B256, Bytes>,
}

/// Verifies the bytes of an execution result.
///
/// # Errors
/// For trouble of this machine, which says nothing about the packet: sign nothing.
pub fn verify(bytes: &[u8], context: &Context<'_>) -> Result<Verdict, Error> {
    catch_unwind(AssertUnwindSafe(|| verify_bytes(bytes, context)))
        .unwrap_or_else(|_| Err(Error::State("the verification panicked".into())))
}

fn verify_bytes(bytes: &[u8], context: &Context<'_>) -> Result<Verdict, Error> {
    let result = match ExecutionResult::decode(bytes) {
        Ok(result) => result,
        Err(rejected) => {
            let checks_not_done = context.checks_not_done(context.network.is_some(), false);
            return Ok(Verdict { header: None, checks_not_done, outcome: Err(rejected) });
        }
    };
    let digest = compute_digest(&result.domain, &result.header);
    let header = Some((result.header.clone(), digest));
    let is_configured = find_config(&result.parent, context).is_some();
    let is_anchor = !result.body.data.is_empty();
    let checks_not_done = context.checks_not_done(is_configured, is_anchor);
    let outcome = match verify_execution_result(result, digest, context) {
        Ok(verified) => Ok(verified),
        Err(Stop::Rejected(rejected)) => Err(rejected),
        Err(Stop::Abstained(error)) => return Err(error),
    };
    Ok(Verdict { header, checks_not_done, outcome })
}

/// Runs the checks of the protocol in their order.
fn verify_execution_result(
    result: ExecutionResult,
    digest: B256,
    context: &Context<'_>,
) -> Result<Verified, Stop> {
    let ExecutionResult { header, parent, body, .. } = &result;
    let config = find_config(parent, context);

    let fork = verify_header_chain(&result, config, context)?;
    verify_anchor(header, parent, config, context)?;
    verify_producer(&result, digest, config, context)?;
    verify_fee_cover(header, config, context)?;

    let (payload, access_list) =
        both(|| verify_payload(header, body, config), || AccessList::decode(&body.access_list))?;
    verify_payload_hashes(body, context)?;
    let entries = access_list.entries();
    let ((), codes) = both(
        || verify_access_root(header, &entries),
        || verify_codes(&access_list, &body.codes, context.caches),
    )?;

    verify_data(header, body)?;

    // The list is the sender's word until its proof has passed. Until then execution on it says
    // nothing, whatever it finds.
    let environment = rules::block_environment(header, fork, result.l2_chain_id, config);
    let codes = Codes::new(codes, context.codes);
    let run = || {
        let transactions = decode_transactions(&payload, fork, context.hints)?;
        let messages = &body.inbox.messages;
        let execution =
            execute(header, &environment, messages, &transactions, &access_list, &codes)?;
        let receipts_root = compute_receipts_root(&execution.receipts);
        Ok::<_, Stop>((transactions, execution, receipts_root))
    };
    let (after, (transactions, execution, receipts_root)) =
        both(|| verify_witness(&result, &entries, context), run)?;

    require_equal(Reason::GasUsedMismatch, &execution.gas_used(), &header.gas_used)?;
    require_equal(Reason::ReceiptsRootMismatch, &receipts_root, &header.receipts_root)?;
    let withdrawals_root = compute_withdrawals_root(result.l2_chain_id, &execution.receipts);
    require_equal(Reason::WithdrawalsRootMismatch, &withdrawals_root, &header.withdrawals_root)?;
    require_equal(Reason::UpdateRootMismatch, &after.update_root, &header.update_root)?;
    require_equal(Reason::PostStateRootMismatch, &after.state_root, &header.post_state_root)?;

    if let Some(caches) = context.caches {
        codes.remember(caches);
    }
    let Execution { receipts, created_codes } = execution;
    // A packet with one that did not decode was rejected.
    let transactions = transactions.into_iter().flatten().collect();
    Ok(Verified { access_list, transactions, receipts, created_codes, result })
}

/// Makes two checks, the first of which counts first: at once where there are threads for it, and
/// on a single thread the second only after the first has passed.
fn both<A: Send, B: Send, E: Into<Stop> + Send, F: Into<Stop> + Send>(
    first: impl FnOnce() -> Result<A, E> + Send,
    second: impl FnOnce() -> Result<B, F> + Send,
) -> Result<(A, B), Stop> {
    if rayon::current_num_threads() == 1 {
        let first = first().map_err(E::into)?;
        return Ok((first, second().map_err(F::into)?));
    }
    let (first, second) = rayon::join(first, second);
    Ok((first.map_err(E::into)?, second.map_err(F::into)?))
}

/// Checks the payload against the header and returns its transactions.
fn verify_payload(
    header: &Header,
    body: &Body,
    config: Option<&Config>,
) -> Result<Vec<Bytes>, Rejected> {
    let limit = config.map_or(u64::MAX, |config| config.max_payload_bytes);
    require_limit(
        "payload bytes",
        body.payload.len(),
        usize::try_from(limit).unwrap_or(usize::MAX),
    )?;
    let payload_hash = compute_payload_hash(&body.payload);
    require_equal(Reason::PayloadHashMismatch, &payload_hash, &header.payload_hash)?;
    let transactions = decode_payload(&body.payload)
        .map_err(|error| Rejected::new(Reason::MalformedPayload, error.to_string()))?;
    let size = transactions.iter().map(|bytes| bytes.len()).sum();
    require_limit("transaction bytes", size, MAX_TRANSACTION_BYTES)?;
    let root = compute_merkle_root(&transactions);
    require_equal(Reason::TransactionsRootMismatch, &root, &header.transactions_root)?;
    Ok(transactions)
}

fn verify_access_root(header: &Header, entries: &[(Key, &Entry)]) -> Result<(), Rejected> {
    require_equal(Reason::AccessRootMismatch, &compute_access_root(entries), &header.access_root)
}

/// Checks the order of the codes and that each is that of a listed account.
fn verify_codes(
    list: &AccessList,
    codes: &[Bytes],
    caches: Option<&Caches>,
) -> Result<Vec<BodyCode>, Rejected> {
    let codes = BodyCode::identify_all(codes, caches);
    let is_ordered = codes.is_sorted_by(|left, right| left.hash() < right.hash());
    require(Reason::UnlistedCode, is_ordered, || "the codes do not ascend by hash".into())?;
    let mut listed: Vec<_> = list.accounts.iter().map(|account| account.code_hash.before).collect();
    listed.sort_unstable();
    for code in &codes {
        let (hash, is_listed) = (code.hash(), listed.binary_search(code.hash()).is_ok());
        require(Reason::UnlistedCode, is_listed, || format!("{hash} is no listed account's"))?;
    }
    Ok(codes)
}

/// The tree after a packet, as far as the header speaks of it.
struct TreeAfter {
    state_root: B256,
    update_root: B256,
}

/// Checks the values before against the pre-state root; returns what the tree is after the list's
/// writes.
fn verify_witness(
    result: &ExecutionResult,
    entries: &[(Key, &Entry)],
    context: &Context<'_>,
) -> Result<TreeAfter, Stop> {
    let (header, proof) = (&result.header, &result.body.proof);
    if entries.is_empty() {
        require(Reason::MalformedProof, proof.is_empty(), || "a proof of nothing".into())?;
        let update_root = compute_update_root(&[]);
        return Ok(TreeAfter { state_root: header.pre_state_root, update_root });
    }
    let values = values_before(entries);
    let chain_id = result.l2_chain_id;
    let points = context.caches.map(|caches| &caches.points as &dyn PointCache);
    let options = verkle::Options { strict: context.strict, points };
    let root = header.pre_state_root;
    let tree = verkle::verify_with(chain_id, root, &values, proof, options)?;
    let (state_root, updates) = tree.apply(&final_writes(entries))?;
    verify_update_count(updates.len())?;
    Ok(TreeAfter { state_root, update_root: compute_update_root(&updates) })
}

fn verify_update_count(count: usize) -> Result<(), Rejected> {
    require_limit("updated slots", count, MAX_UPDATED_SLOTS)
}

/// Computes the Merkle root of the changed slots of the tree.
pub fn compute_update_root(updates: &[UpdateEntry]) -> B256 {
    compute_merkle_root(updates.iter().map(UpdateEntry::encode))
}

/// The configuration: the endorser's own, or the one that a genesis parent carries.
fn find_config<'a>(parent: &'a Parent, context: &Context<'a>) -> Option<&'a Config> {
    match (context.network, parent) {
        (Some(network), _) => Some(&network.config),
        (None, Parent::Genesis { config, .. }) => Some(config),
        (None, Parent::Header(_)) => None,
    }
}

fn require_limit(what: &str, found: usize, limit: usize) -> Result<(), Rejected> {
    require(Reason::LimitExceeded, found <= limit, || {
        format!("{found} {what}, the limit is {limit}")
    })
}

/// Why a verification ends early.
#[derive(Debug)]
enum Stop {
    /// The packet fails a check.
    Rejected(Rejected),
    /// This machine cannot tell.
    Abstained(Error),
}

impl From<Rejected> for Stop {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Abstained(error)
    }
}

impl From<ProofError> for Stop {
    fn from(error: ProofError) -> Self {
        let reason = match error {
            ProofError::Malformed(_) => Reason::MalformedProof,
            ProofError::Invalid(_) => Reason::InvalidProof,
            // Only some endorsers ask, so it is no statement about the packet.
            ProofError::OutsideGroup => return Self::Abstained(Error::State(error.to_string())),
        };
        Rejected::new(reason, error.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_updated_slots_are_taken_up_to_their_limit() {
        assert_eq!(verify_update_count(1 << 18), Ok(()));
        let rejected = verify_update_count((1 << 18) + 1).expect_err("one more");
        assert_eq!(rejected.reason, Reason::LimitExceeded);
        assert_eq!(rejected.message, "262145 updated slots, the limit is 262144");
    }
}
