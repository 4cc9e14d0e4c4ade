//! The producer: from transactions to an execution result.

mod prepared;
mod record;
mod recorder;
mod request;

use alloy_primitives::{B256, Bytes};

pub use self::prepared::Prepared;
use self::record::{RecordError, Size};
use self::recorder::Recorder;
pub use self::request::{Built, Refusal, Refused, Request};
use crate::access_list::{AccessList, FIRST_TRANSACTION_INDEX, SYSTEM_INDEX};
use crate::containers::limits::{
    MAX_ACCESS_ENTRIES, MAX_CODE_BYTES, MAX_MESSAGES, MAX_TRANSACTION_BYTES,
};
use crate::containers::{Header, InboxMessage, version};
use crate::error::Error;
use crate::evm::history::HISTORY_STORAGE_ADDRESS;
use crate::evm::{CodeBudget, DatabaseRef, ExecutionError, Machine, Ran, Transaction};
use crate::receipts::Receipt;
use crate::rules;
use crate::senders::{BLOB_TRANSACTION, decode_transactions};
use crate::verkle::Tree;

/// Builds a packet of those candidates that are valid where they stand and fit in it.
///
/// # Errors
/// If the request contradicts the state or the configuration, or the state does not answer.
pub fn build<S: DatabaseRef>(state: &S, tree: &Tree, request: &Request) -> Result<Built, Error> {
    let mut most = request.transactions.len();
    loop {
        let prepared = prepare(state, tree, request, most)?;
        let included = prepared.transactions().len();
        if let Some(built) = prepared.prove()? {
            return Ok(built);
        }
        most = fewer(included)?;
    }
}

/// Executes a packet of at most `most` candidates and completes its header. What the next packet
/// stands on is known then, so that packet can be prepared while this one is proven.
///
/// # Errors
/// As [`build`].
pub fn prepare<S: DatabaseRef>(
    state: &S,
    tree: &Tree,
    request: &Request,
    most: usize,
) -> Result<Prepared, Error> {
    if tree.root() != request.parent.state_root() {
        let (tree, parent) = (tree.root(), request.parent.state_root());
        return Err(Error::Argument(format!("the tree has root {tree}, the parent {parent}")));
    }
    let header = start_header(request)?;
    let mut most = most;
    loop {
        let draft = execute(state, &header, request, most)?;
        let included = draft.transactions.len();
        if let Some(prepared) = Prepared::new(tree, header.clone(), request, draft)? {
            return Ok(prepared);
        }
        most = fewer(included)?;
    }
}

/// How many candidates to try where so many are over a limit.
fn fewer(included: usize) -> Result<usize, Error> {
    if included == 0 {
        return Err(Error::Argument("an empty packet is over the limits".into()));
    }
    Ok(included / 2)
}

/// The header before execution: what follows from the parent, the configuration and the request.
fn start_header(request: &Request) -> Result<Header, Error> {
    let Request { config, parent, .. } = request;
    let overflow = || Error::Argument(format!("number {} has no successor", parent.number()));
    let view = rules::compute_view(config, request.timestamp)
        .ok_or_else(|| Error::Argument(format!("timestamp {} has no view", request.timestamp)))?;
    let (inbox_count, inbox_hash) = extend_inbox(request)?;
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
        withdrawals_root: B256::ZERO,
        inbox_count,
        inbox_hash,
        payload_hash: B256::ZERO,
        data_hash: B256::ZERO,
        fee_gas_price: request.fee_gas_price,
        fee_gas_limit: request.fee_gas_limit,
    })
}

/// The inbox after the packet's messages: their count and hash chain.
fn extend_inbox(request: &Request) -> Result<(u64, B256), Error> {
    let Request { config, parent, inbox, .. } = request;
    let (first, hash) = rules::inbox_of(parent);
    let (gas, most) = (inbox.gas(), rules::message_gas_limit(config.gas_limit));
    if gas > most {
        return Err(Error::Argument(format!("the messages have {gas} gas, the limit is {most}")));
    }
    if !inbox.messages.is_empty() && version::is_replay(config.version) {
        return Err(Error::Argument("a replay has no messages".into()));
    }
    if inbox.messages.len() > MAX_MESSAGES {
        let count = inbox.messages.len();
        return Err(Error::Argument(format!("{count} messages, the limit is {MAX_MESSAGES}")));
    }
    let count = first.saturating_add(inbox.messages.len() as u64);
    Ok((count, inbox.extend_chain(first, hash)))
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

/// Runs the messages, then the candidates in their order; takes of these those that are valid and
/// fit, at most `most`.
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
        machine: Machine::new(Recorder::new(state), &environment),
        gas_limit: environment.gas_limit,
        is_replay: version::is_replay(header.version),
        payload_bytes: PAYLOAD_HEAD_BYTES,
        max_payload_bytes: usize::try_from(config.max_payload_bytes).unwrap_or(usize::MAX),
        transactions: Vec::new(),
        receipts: Vec::new(),
    };
    if !packet.is_replay {
        packet.run_system_call(header.parent_hash)?;
    }
    for message in &request.inbox.messages {
        packet.add_message(message)?;
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
    let Packet { machine, transactions, receipts, .. } = packet;
    let record = machine.into_view().record;
    let created_codes = record.created_codes();
    let (access_list, codes) = record.finish();
    Ok(Draft { access_list, codes, created_codes, transactions, receipts, refused })
}

const PAYLOAD_HEAD_BYTES: usize = 5;
const PAYLOAD_LENGTH_BYTES: usize = 4;

/// A packet under construction.
struct Packet<'a, S: DatabaseRef> {
    machine: Machine<Recorder<'a, S>>,
    gas_limit: u64,
    is_replay: bool,
    payload_bytes: usize,
    max_payload_bytes: usize,
    transactions: Vec<Transaction>,
    receipts: Vec<Receipt>,
}

impl<S: DatabaseRef> Packet<'_, S> {
    fn run_system_call(&mut self, parent_hash: B256) -> Result<(), Error> {
        let to_error = |error: &dyn core::fmt::Display| Error::State(error.to_string());
        let data = parent_hash.into();
        let ran = self.machine.run_system_call(HISTORY_STORAGE_ADDRESS, data);
        let ran = ran.map_err(|error| to_error(&error))?;
        self.machine.view().add(SYSTEM_INDEX, &ran).map_err(|error| to_error(&error))
    }

    /// Runs a message and takes it, whatever it does.
    fn add_message(&mut self, message: &InboxMessage) -> Result<(), Error> {
        self.machine.view().begin_message(CodeBudget::new(message, self.gas_limit));
        let ran = self.machine.run_message(message);
        let ran = ran.map_err(|error| Error::State(error.to_string()))?;
        let index = self.next_index();
        let added = self.machine.view().add(index, &ran);
        added.map_err(|error| Error::State(error.to_string()))?;
        self.receipts.push(Receipt::new(ran.into_ending(), self.gas_used()));
        Ok(())
    }

    /// Access-list index of the next message or transaction.
    fn next_index(&self) -> u32 {
        FIRST_TRANSACTION_INDEX.saturating_add(to_u32(self.receipts.len()))
    }

    /// Runs a transaction and takes it, or says why not. Then nothing of it stays.
    fn add(&mut self, transaction: Transaction) -> Result<Result<(), Refusal>, Error> {
        if let Err(refusal) = self.check_before(&transaction) {
            return Ok(Err(refusal));
        }
        self.machine.view().begin_transaction();
        let ran = match self.machine.run_transaction(&transaction) {
            Ok(ran) => ran,
            Err(ExecutionError::Invalid(why)) => return Ok(Err(Refusal::Invalid(why))),
            Err(error) => return Err(Error::State(error.to_string())),
        };
        if let Err(refusal) = self.check_size(&ran) {
            return Ok(Err(refusal));
        }
        let index = self.next_index();
        match self.machine.view().add(index, &ran) {
            Ok(()) => {}
            Err(RecordError::Leaf(why)) => return Ok(Err(Refusal::Balance(why))),
            Err(RecordError::State(error)) => return Err(Error::State(error.to_string())),
        }
        self.payload_bytes += PAYLOAD_LENGTH_BYTES + transaction.bytes().len();
        self.receipts.push(Receipt::new(ran.into_ending(), self.gas_used()));
        self.transactions.push(transaction);
        Ok(Ok(()))
    }

    fn check_before(&self, transaction: &Transaction) -> Result<(), Refusal> {
        if transaction.is_blob() && !self.is_replay {
            return Err(Refusal::Malformed(BLOB_TRANSACTION.into()));
        }
        let left = self.gas_limit - self.gas_used();
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

    /// Checks what the packet would hold with the transaction that just ran.
    fn check_size(&mut self, ran: &Ran) -> Result<(), Refusal> {
        let Recorder { record, reads, .. } = self.machine.view();
        let (alone, with) = (Size::of(ran, reads), record.size_with(ran, reads));
        if with.entries > MAX_ACCESS_ENTRIES {
            return Err(self.over_limit("access entries", alone.entries > MAX_ACCESS_ENTRIES));
        }
        if with.code_bytes > MAX_CODE_BYTES {
            return Err(self.over_limit("bytes of code", alone.code_bytes > MAX_CODE_BYTES));
        }
        Ok(())
    }

    /// A candidate that is over a limit alone, or as the first one, is so in every packet.
    fn over_limit(&self, what: &'static str, is_alone: bool) -> Refusal {
        if is_alone || self.receipts.is_empty() {
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
