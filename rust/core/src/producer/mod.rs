//! The producer: from transactions to an execution result.

mod record;
mod request;

use alloy_primitives::{B256, Bytes};

use self::record::{Reads, Record, RecordError, Size};
pub use self::request::{Built, Refusal, Refused, Request};
use crate::access_list::{
    AccessList, FIRST_TRANSACTION_INDEX, SYSTEM_INDEX, compute_access_root, final_writes,
};
use crate::containers::limits::{
    MAX_ACCESS_ENTRIES, MAX_CODE_BYTES, MAX_RESULT_BYTES, MAX_TRANSACTION_BYTES, MAX_UPDATED_SLOTS,
};
use crate::containers::{
    Body, ExecutionResult, Header, compute_digest, compute_payload_hash, encode_payload, version,
};
use crate::endorser::compute_update_root;
use crate::error::Error;
use crate::evm::history::HISTORY_STORAGE_ADDRESS;
use crate::evm::{BlockEnvironment, DatabaseRef, ExecutionError, Machine, Transaction};
use crate::merkle::compute_merkle_root;
use crate::receipts::{Receipt, compute_receipts_root, compute_withdrawals_root};
use crate::rules;
use crate::senders::{BLOB_TRANSACTION, compute_hints, decode_transactions};
use crate::verkle::{Key, Tree};

/// Builds a packet of those candidates that are valid where they stand and fit in it.
///
/// # Errors
/// If the request contradicts the state or the configuration, or the state does not answer.
pub fn build<S: DatabaseRef>(state: &S, tree: &Tree, request: &Request) -> Result<Built, Error> {
    if tree.root() != request.parent.state_root() {
        let (tree, parent) = (tree.root(), request.parent.state_root());
        return Err(Error::Argument(format!("the tree has root {tree}, the parent {parent}")));
    }
    let header = start_header(request)?;
    let mut most = request.transactions.len();
    loop {
        let draft = execute(state, &header, request, most)?;
        let included = draft.transactions.len();
        if let Some(built) = seal(tree, header.clone(), request, draft)? {
            return Ok(built);
        }
        if included == 0 {
            return Err(Error::Argument("an empty packet is over the limits".into()));
        }
        most = included / 2;
    }
}

/// The header before execution: what follows from the parent, the configuration and the request.
fn start_header(request: &Request) -> Result<Header, Error> {
    let Request { config, parent, .. } = request;
    let overflow = || Error::Argument(format!("number {} has no successor", parent.number()));
    let view = rules::compute_view(config, request.timestamp)
        .ok_or_else(|| Error::Argument(format!("timestamp {} has no view", request.timestamp)))?;
    let (inbox_count, inbox_hash) = rules::inbox_of(parent);
    Ok(Header {
        version: config.version,
        number: parent.number().checked_add(1).ok_or_else(overflow)?,
        parent_hash: parent.hash(&request.domain),
        view,
        producer: request.producer,
        timestamp: request.timestamp,
        gas_limit: config.gas_limit,
        gas_used: 0,
        base_fee: rules::compute_base_fee(parent),
        l1_number: request.l1_number,
        l1_hash: request.l1_hash,
        prev_randao: request.prev_randao,
        pre_state_root: parent.state_root(),
        post_state_root: B256::ZERO,
        transactions_root: B256::ZERO,
        access_root: B256::ZERO,
        update_root: B256::ZERO,
        trace_root: B256::ZERO,
        receipts_root: B256::ZERO,
        withdrawals_root: compute_withdrawals_root(),
        inbox_count,
        inbox_hash,
        payload_hash: B256::ZERO,
        data_hash: B256::ZERO,
        fee_gas_price: request.fee_gas_price,
        fee_gas_limit: request.fee_gas_limit,
    })
}

/// An executed packet without roots.
struct Draft {
    access_list: AccessList,
    codes: Vec<Bytes>,
    created_codes: Vec<Bytes>,
    transactions: Vec<Transaction>,
    receipts: Vec<Receipt>,
    refused: Vec<Refused>,
}

/// Runs the candidates in their order and takes those that are valid and fit, at most `most`.
fn execute<S: DatabaseRef>(
    state: &S,
    header: &Header,
    request: &Request,
    most: usize,
) -> Result<Draft, Error> {
    let fork = version::fork(header.version)
        .ok_or_else(|| Error::Argument(format!("version {} has no rules", header.version)))?;
    let config = &request.config;
    let environment = rules::block_environment(header, fork, config.l2_chain_id, Some(config));
    let mut packet = Packet {
        record: Record::new(state),
        environment: &environment,
        is_replay: version::is_replay(header.version),
        payload_bytes: PAYLOAD_HEAD_BYTES,
        max_payload_bytes: usize::try_from(config.max_payload_bytes).unwrap_or(usize::MAX),
        transactions: Vec::new(),
        receipts: Vec::new(),
    };
    if !packet.is_replay {
        packet.run_system_call(header.parent_hash)?;
    }
    let mut refused = Vec::new();
    let decoded = decode_transactions(&request.transactions, fork, None)
        .map_err(|rejected| Error::Argument(rejected.to_string()))?;
    for (index, decoded) in decoded.into_iter().enumerate() {
        let taken = match decoded {
            Ok(transaction) if packet.transactions.len() < most => packet.add(transaction)?,
            Ok(_) => Err(Refusal::Limit("changes of the state tree")),
            Err(error) => Err(Refusal::Malformed(error.to_string())),
        };
        refused.extend(taken.err().map(|refusal| Refused { index, refusal }));
    }
    let Packet { record, transactions, receipts, .. } = packet;
    let created_codes = record.created_codes();
    let (access_list, codes) = record.finish();
    Ok(Draft { access_list, codes, created_codes, transactions, receipts, refused })
}

const PAYLOAD_HEAD_BYTES: usize = 5;
const PAYLOAD_LENGTH_BYTES: usize = 4;

/// A packet under construction.
struct Packet<'a, S> {
    record: Record<'a, S>,
    environment: &'a BlockEnvironment,
    is_replay: bool,
    payload_bytes: usize,
    max_payload_bytes: usize,
    transactions: Vec<Transaction>,
    receipts: Vec<Receipt>,
}

impl<S: DatabaseRef> Packet<'_, S> {
    fn run_system_call(&mut self, parent_hash: B256) -> Result<(), Error> {
        let mut reads = Reads::default();
        let view = self.record.view(&mut reads);
        let data = parent_hash.into();
        let outcome = Machine::new(view, self.environment)
            .run_system_call(HISTORY_STORAGE_ADDRESS, data)
            .map_err(|error| Error::State(error.to_string()))?
            .into_outcome();
        let recorded = self.record.add(SYSTEM_INDEX, &outcome, reads);
        recorded.map_err(|error| Error::State(error.to_string()))
    }

    /// Runs a transaction and takes it, or says why not. Then nothing of it stays.
    fn add(&mut self, transaction: Transaction) -> Result<Result<(), Refusal>, Error> {
        if let Err(refusal) = self.check_before(&transaction) {
            return Ok(Err(refusal));
        }
        let mut reads = Reads::default();
        let view = self.record.view(&mut reads);
        let mut machine = Machine::new(view, self.environment);
        let outcome = match machine.run_transaction(&transaction) {
            Ok(ran) => ran.into_outcome(),
            Err(ExecutionError::Invalid(why)) => return Ok(Err(Refusal::Invalid(why))),
            Err(error) => return Err(Error::State(error.to_string())),
        };
        let (alone, with) = (Size::of(&outcome, &reads), self.record.size_with(&outcome, &reads));
        if with.entries > MAX_ACCESS_ENTRIES {
            return Ok(Err(self.over_limit("access entries", alone.entries > MAX_ACCESS_ENTRIES)));
        }
        if with.code_bytes > MAX_CODE_BYTES {
            return Ok(Err(self.over_limit("bytes of code", alone.code_bytes > MAX_CODE_BYTES)));
        }
        let index = FIRST_TRANSACTION_INDEX.saturating_add(to_u32(self.transactions.len()));
        match self.record.add(index, &outcome, reads) {
            Ok(()) => {}
            Err(RecordError::Leaf(why)) => return Ok(Err(Refusal::Balance(why))),
            Err(RecordError::State(error)) => return Err(Error::State(error.to_string())),
        }
        self.payload_bytes += PAYLOAD_LENGTH_BYTES + transaction.bytes().len();
        self.receipts.push(Receipt::new(outcome.into(), self.gas_used()));
        self.transactions.push(transaction);
        Ok(Ok(()))
    }

    fn check_before(&self, transaction: &Transaction) -> Result<(), Refusal> {
        if transaction.is_blob() && !self.is_replay {
            return Err(Refusal::Malformed(BLOB_TRANSACTION.into()));
        }
        let left = self.environment.gas_limit - self.gas_used();
        if transaction.gas_limit() > left {
            return Err(Refusal::Gas { gas_limit: transaction.gas_limit(), left });
        }
        let own_bytes = PAYLOAD_LENGTH_BYTES + transaction.bytes().len();
        let most = self.max_payload_bytes.min(MAX_TRANSACTION_BYTES);
        if self.payload_bytes + own_bytes > most {
            return Err(self.over_limit("payload bytes", PAYLOAD_HEAD_BYTES + own_bytes > most));
        }
        Ok(())
    }

    /// A candidate that is over a limit alone, or as the first one, is so in every packet.
    fn over_limit(&self, what: &'static str, is_alone: bool) -> Refusal {
        if is_alone || self.transactions.is_empty() {
            Refusal::TooLarge(what)
        } else {
            Refusal::Limit(what)
        }
    }

    fn gas_used(&self) -> u64 {
        self.receipts.last().map_or(0, |receipt| receipt.cumulative_gas)
    }
}

fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Computes the roots and the proof, or gives `None` if the packet is over a limit that only they
/// show.
fn seal(
    tree: &Tree,
    mut header: Header,
    request: &Request,
    draft: Draft,
) -> Result<Option<Built>, Error> {
    let Draft { access_list, codes, created_codes, transactions, receipts, refused } = draft;
    let chain_id = request.config.l2_chain_id;
    let entries = access_list.entries();
    let keys: Vec<Key> = entries.iter().map(|(key, _)| *key).collect();
    tree.load(&keys)?;
    let mut tree_after = tree.clone();
    let applied = tree_after.apply(&final_writes(&entries))?;
    if applied.updates.len() > MAX_UPDATED_SLOTS {
        return Ok(None);
    }
    let proof = if keys.is_empty() { Vec::new() } else { tree.prove(chain_id, &keys)? };

    let bytes: Vec<_> = transactions.iter().map(|transaction| transaction.bytes()).collect();
    let payload = encode_payload(&bytes)?;
    header.gas_used = receipts.last().map_or(0, |receipt| receipt.cumulative_gas);
    header.post_state_root = applied.post_root;
    header.transactions_root = compute_merkle_root(&bytes);
    header.access_root = compute_access_root(&entries);
    header.update_root = compute_update_root(&applied.updates);
    header.receipts_root = compute_receipts_root(&receipts);
    header.payload_hash = compute_payload_hash(&payload);

    let result = ExecutionResult {
        domain: request.domain,
        l2_chain_id: chain_id,
        parent: request.parent.clone(),
        producer_key: request.producer_key,
        producer_signature: [0; 96],
        body: Body {
            access_list: access_list.encode().into(),
            payload: payload.into(),
            codes,
            proof: proof.into(),
        },
        header,
    };
    if result.encode().len() > MAX_RESULT_BYTES {
        return Ok(None);
    }
    let digest = compute_digest(&result.domain, &result.header);
    Ok(Some(Built {
        result,
        hints: compute_hints(&transactions),
        digest,
        access_list,
        transactions,
        receipts,
        created_codes,
        tree: tree_after,
        refused,
    }))
}
