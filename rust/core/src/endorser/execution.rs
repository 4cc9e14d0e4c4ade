//! Running a packet over its access list and comparing what each step writes.
//!
//! Every step runs on the values that the list gives before it, so steps do not wait for each
//! other. Workers take them in ascending order; the results are then looked at in that order, and
//! the first that fails decides, as if the steps had run one after the other.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use alloy_primitives::{B256, Bytes, map::HashMap};
use rayon::prelude::*;

use super::Stop;
use super::codes::{Codes, StoredCode, missing};
use super::listed::Listed;
use super::view::{ListedState, ReadError};
use super::writes::{CreatedCode, verify_writes};
use crate::access_list::{AccessList, FIRST_TRANSACTION_INDEX, SYSTEM_INDEX};
use crate::containers::limits::MAX_CODE_BYTES;
use crate::containers::{Header, InboxMessage, version};
use crate::error::{Error, Reason, Rejected, require};
use crate::evm::history::HISTORY_STORAGE_ADDRESS;
use crate::evm::{BlockEnvironment, CodeBudget, Ending, ExecutionError, Machine, Transaction};
use crate::receipts::Receipt;
use crate::senders::BLOB_TRANSACTION;

/// What a packet's execution gave.
#[derive(Default)]
pub(super) struct Execution {
    pub(super) receipts: Vec<Receipt>,
    /// The codes that the packet created, by hash.
    pub(super) created_codes: HashMap<B256, Bytes>,
}

impl Execution {
    pub(super) fn gas_used(&self) -> u64 {
        self.receipts.last().map_or(0, |receipt| receipt.cumulative_gas)
    }
}

/// Executes a packet: the messages from L1, then the transactions of the payload, in their order.
pub(super) fn execute(
    header: &Header,
    environment: &BlockEnvironment,
    messages: &[InboxMessage],
    transactions: &[Result<Transaction, Error>],
    list: &AccessList,
    codes: &Codes<'_>,
) -> Result<Execution, Stop> {
    let first =
        if version::is_replay(header.version) { FIRST_TRANSACTION_INDEX } else { SYSTEM_INDEX };
    let count = u32::try_from(messages.len() + transactions.len()).unwrap_or(u32::MAX);
    let steps = first..FIRST_TRANSACTION_INDEX.saturating_add(count);
    let listed = Listed::new(list, steps.clone());
    let packet = Packet { header, environment, messages, transactions, listed: &listed, codes };
    let mut settled = Settled::default();
    let mut next = steps.start;
    while next < steps.end {
        let gas_left = header.gas_limit.saturating_sub(settled.execution.gas_used());
        for (step, ran) in (next..).zip(packet.run(next..steps.end, gas_left)) {
            packet.settle(step, ran, &mut settled)?;
            next = step + 1;
        }
    }
    let unexplained = listed.unexplained();
    require(Reason::WriteMismatch, unexplained.is_empty(), || {
        format!("the list has writes of {unexplained:?}, which are no steps")
    })?;
    Ok(settled.execution)
}

/// What all steps share.
struct Packet<'a> {
    header: &'a Header,
    environment: &'a BlockEnvironment,
    messages: &'a [InboxMessage],
    transactions: &'a [Result<Transaction, Error>],
    listed: &'a Listed<'a>,
    codes: &'a Codes<'a>,
}

/// What a step runs.
enum Step<'a> {
    SystemCall,
    Message(&'a InboxMessage),
    Transaction(&'a Result<Transaction, Error>),
}

/// What a step gave.
struct StepRun {
    result: Result<Done, Failure>,
    stored_codes: Vec<StoredCode>,
}

/// A step whose writes are as listed.
struct Done {
    ending: Ending,
    created: Vec<CreatedCode>,
}

enum Failure {
    Stop(Stop),
    /// It needs a code of a step before it that had not ended.
    CodeNotYetCreated(B256),
}

impl Packet<'_> {
    /// Runs steps from the first on: all of them, or as far as it takes to know that the packet is
    /// invalid or that a step must wait for those before it.
    ///
    /// The gas of what runs in vain is bounded: no step is begun when the steps before have failed
    /// or used up the gas that is left.
    fn run(&self, steps: Range<u32>, gas_left: u64) -> Vec<StepRun> {
        let progress = Progress {
            next: AtomicU32::new(steps.start),
            gas: AtomicU64::new(0),
            has_failed: AtomicBool::new(false),
        };
        let workers = rayon::current_num_threads().min(steps.len());
        let runs: Vec<Vec<(u32, StepRun)>> = (0..workers)
            .into_par_iter()
            .with_max_len(1)
            .map(|_| self.work(steps.end, gas_left, &progress))
            .collect();
        let mut runs: Vec<(u32, StepRun)> = runs.into_iter().flatten().collect();
        runs.sort_unstable_by_key(|(step, _)| *step);
        runs.into_iter().map(|(_, run)| run).collect()
    }

    /// Runs the steps that no other worker took.
    fn work(&self, end: u32, gas_left: u64, progress: &Progress) -> Vec<(u32, StepRun)> {
        let mut machine = self.machine();
        let mut runs = Vec::new();
        while !progress.has_failed.load(Ordering::Relaxed)
            && progress.gas.load(Ordering::Relaxed) <= gas_left
        {
            let step = progress.next.fetch_add(1, Ordering::Relaxed);
            if step >= end {
                break;
            }
            let run = self.run_step(&mut machine, step);
            match &run.result {
                Ok(done) => {
                    progress.add_gas(if step == SYSTEM_INDEX { 0 } else { done.ending.gas_used })
                }
                Err(Failure::CodeNotYetCreated(_)) => progress.add_gas(self.gas_limit(step)),
                Err(Failure::Stop(_)) => progress.has_failed.store(true, Ordering::Relaxed),
            }
            runs.push((step, run));
        }
        runs
    }

    fn machine(&self) -> Machine<ListedState<'_>> {
        Machine::new(ListedState::new(self.listed, self.codes), self.environment)
    }

    fn run_step(&self, machine: &mut Machine<ListedState<'_>>, step: u32) -> StepRun {
        let budget = match self.step(step) {
            Step::Message(message) => Some(CodeBudget::new(message, self.header.gas_limit)),
            Step::SystemCall | Step::Transaction(_) => None,
        };
        machine.view().begin(step, budget);
        let result = self.try_step(machine, step);
        StepRun { result, stored_codes: machine.view().take_stored_codes() }
    }

    fn try_step(&self, machine: &mut Machine<ListedState<'_>>, step: u32) -> Result<Done, Failure> {
        let ran = match self.step(step) {
            Step::SystemCall => {
                machine.run_system_call(HISTORY_STORAGE_ADDRESS, self.header.parent_hash.into())?
            }
            Step::Message(message) => machine.run_message(message)?,
            Step::Transaction(decoded) => machine.run_transaction(self.require_valid(decoded)?)?,
        };
        let (ending, created) = verify_writes(self.listed, step, ran).map_err(Stop::from)?;
        for (hash, code) in &created {
            self.codes.create(step, *hash, code);
        }
        Ok(Done { ending, created })
    }

    /// What the step with this index runs.
    fn step(&self, step: u32) -> Step<'_> {
        let Some(index) = step.checked_sub(FIRST_TRANSACTION_INDEX) else {
            return Step::SystemCall;
        };
        let index = index as usize;
        match self.messages.get(index) {
            Some(message) => Step::Message(message),
            None => Step::Transaction(&self.transactions[index - self.messages.len()]),
        }
    }

    fn gas_limit(&self, step: u32) -> u64 {
        match self.step(step) {
            Step::SystemCall => 0,
            Step::Message(message) => message.gas,
            Step::Transaction(decoded) => decoded.as_ref().map_or(0, Transaction::gas_limit),
        }
    }

    fn require_valid<'t>(
        &self,
        decoded: &'t Result<Transaction, Error>,
    ) -> Result<&'t Transaction, Stop> {
        let transaction = decoded.as_ref().map_err(|error| invalid(error.to_string()))?;
        let is_accepted = version::is_replay(self.header.version) || !transaction.is_blob();
        require(Reason::InvalidTransaction, is_accepted, || BLOB_TRANSACTION.into())?;
        Ok(transaction)
    }

    /// Adds a step to those before it, all of which are settled.
    fn settle(&self, step: u32, run: StepRun, settled: &mut Settled) -> Result<(), Stop> {
        let gas_before = settled.execution.gas_used();
        if let Step::Transaction(decoded) = self.step(step) {
            self.require_gas_left(self.require_valid(decoded)?, gas_before)?;
        }
        let run = match run.result {
            Err(Failure::CodeNotYetCreated(_)) => self.run_step(&mut self.machine(), step),
            _ => run,
        };
        settled.add_stored_codes(&run.stored_codes)?;
        let done = run.result.map_err(|failure| match failure {
            Failure::Stop(stop) => stop,
            Failure::CodeNotYetCreated(hash) => missing(&hash).into(),
        })?;
        settled.execution.created_codes.extend(done.created);
        if step != SYSTEM_INDEX {
            settled.execution.receipts.push(Receipt::new(done.ending, gas_before));
        }
        Ok(())
    }

    fn require_gas_left(&self, transaction: &Transaction, gas_before: u64) -> Result<(), Rejected> {
        let left = self.header.gas_limit.saturating_sub(gas_before);
        require(Reason::InvalidTransaction, transaction.gas_limit() <= left, || {
            format!("the gas limit is {}, the packet has {left} left", transaction.gas_limit())
        })
    }
}

/// What the workers tell each other.
struct Progress {
    /// The first step that no worker took.
    next: AtomicU32,
    /// Gas of the steps that ended, and the gas limits of those that must wait.
    gas: AtomicU64,
    has_failed: AtomicBool,
}

impl Progress {
    fn add_gas(&self, gas: u64) {
        // A limit may be any number: the sum stops at the top instead of beginning anew.
        let add = |sum: u64| Some(sum.saturating_add(gas));
        let _ = self.gas.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }
}

/// The steps that were looked at, in their order.
#[derive(Default)]
struct Settled {
    execution: Execution,
    stored_codes: HashMap<B256, usize>,
    stored_code_bytes: usize,
}

impl Settled {
    /// Counts the codes that the endorser's own store gave, each once, but none that a step of the
    /// packet had created: whether the store was asked for it depends on the machine.
    fn add_stored_codes(&mut self, codes: &[StoredCode]) -> Result<(), Rejected> {
        for (hash, size) in codes {
            let is_created = self.execution.created_codes.contains_key(hash);
            if !is_created && self.stored_codes.insert(*hash, *size).is_none() {
                self.stored_code_bytes += size;
            }
        }
        require(Reason::LimitExceeded, self.stored_code_bytes <= MAX_CODE_BYTES, || {
            format!("codes are over the limit of {MAX_CODE_BYTES} bytes")
        })
    }
}

fn invalid(message: String) -> Rejected {
    Rejected::new(Reason::InvalidTransaction, message)
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<ExecutionError<ReadError>> for Failure {
    fn from(error: ExecutionError<ReadError>) -> Self {
        match error {
            ExecutionError::Invalid(error) => Self::Stop(invalid(error.to_string()).into()),
            ExecutionError::State(ReadError::Rejected(rejected)) => Self::Stop(rejected.into()),
            ExecutionError::State(ReadError::CodeNotYetCreated(hash)) => {
                Self::CodeNotYetCreated(hash)
            }
            ExecutionError::State(error @ ReadError::OverCodeBudget(_)) => {
                Self::Stop(Error::State(error.to_string()).into())
            }
            ExecutionError::Fatal(message) => Self::Stop(Error::State(message).into()),
        }
    }
}
