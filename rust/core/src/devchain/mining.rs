//! How the embedded L1 makes a block from its pool.

use alloy_consensus::transaction::Recovered;
use alloy_consensus::{Eip658Value, Header, Transaction as _};
use alloy_primitives::{B256, Keccak256, keccak256};

use super::{DevChain, Pooled, empty_header};
use crate::error::Error;
use crate::evm::history::store_parent_hash;
use crate::evm::{
    BlockEnvironment, Call, DatabaseRef, Envelope, ExecutionError, InvalidTransaction, Outcome,
    execute_transaction, simulate,
};
use crate::ledger::ethereum_roots::{ReceiptFields, compute_ethereum_roots};
use crate::ledger::{Block, Overlay, Receipt, RpcError, StateAt, StateChanges};

impl DevChain {
    /// Mines a block at the caller's time and returns its hash.
    ///
    /// The timestamp is the one set for this block, else the caller's time plus the offset, and
    /// always after the parent's.
    pub fn mine(&mut self, now: u64) -> Result<B256, RpcError> {
        let header = self.next_header(now);
        let mut filling = Filling::new(self, header)?;
        let waiting = filling.fill(self.pool.waiting.clone())?;
        let (block, changes) = filling.finish(self.chain.head().header.state_root);
        self.pool.waiting = waiting;
        let hash = block.hash;
        self.settle_clock(now, block.header.timestamp);
        self.chain.push(block, changes);
        self.update_heads();
        Ok(hash)
    }

    fn next_header(&self, now: u64) -> Header {
        let parent = self.chain.head();
        let earliest = parent.header.timestamp + 1;
        let clock = now.saturating_add(self.next.time_offset);
        let number = parent.number() + 1;
        Header {
            parent_hash: parent.hash,
            number,
            timestamp: self.next.timestamp.unwrap_or(clock).max(earliest),
            gas_limit: self.config.gas_limit,
            base_fee_per_gas: Some(self.chain.next_base_fee(parent)),
            mix_hash: self.next.prev_randao.unwrap_or_else(|| self.draw_prev_randao(number)),
            ..empty_header()
        }
    }

    /// keccak(seed ‖ u64 number ‖ u64 branch).
    fn draw_prev_randao(&self, number: u64) -> B256 {
        let mut bytes = self.config.seed.to_vec();
        bytes.extend(number.to_be_bytes());
        bytes.extend(self.next.branch.to_be_bytes());
        keccak256(bytes)
    }

    /// A timestamp that was set moves the clock: the blocks after it go on from there.
    fn settle_clock(&mut self, now: u64, timestamp: u64) {
        if self.next.timestamp.take().is_some() {
            self.next.time_offset = timestamp.saturating_sub(now);
        }
        self.next.prev_randao = None;
    }
}

/// A block in the making.
struct Filling<'a> {
    state: Overlay<StateAt<'a>>,
    environment: BlockEnvironment,
    header: Header,
    transactions: Vec<Recovered<Envelope>>,
    receipts: Vec<Receipt>,
}

impl<'a> Filling<'a> {
    fn new(chain: &'a DevChain, header: Header) -> Result<Self, RpcError> {
        let mut state = Overlay::new(chain.chain.head_state());
        let environment = chain.chain.environment(&header);
        let stored = store_parent_hash(&state, &environment, header.parent_hash);
        state.apply(&stored.map_err(internal)?);
        let (transactions, receipts) = (Vec::new(), Vec::new());
        Ok(Self { state, environment, header, transactions, receipts })
    }

    /// Takes what fits, in passes, since a transaction can wait for another of its sender;
    /// returns what still waits. What became invalid is dropped.
    fn fill(&mut self, mut waiting: Vec<Pooled>) -> Result<Vec<Pooled>, RpcError> {
        loop {
            let before = self.transactions.len();
            let mut rest = Vec::new();
            for pooled in waiting {
                if self.include(&pooled)? == Fate::Waits {
                    rest.push(pooled);
                }
            }
            waiting = rest;
            if self.transactions.len() == before {
                return Ok(waiting);
            }
        }
    }

    fn include(&mut self, pooled: &Pooled) -> Result<Fate, RpcError> {
        if self.header.gas_used + pooled.tx.gas_limit() > self.header.gas_limit {
            return Ok(Fate::Waits);
        }
        let executed = match &pooled.signed {
            Some(signed) => execute_transaction(&self.state, &self.environment, signed),
            None => self.execute_impersonated(&pooled.tx),
        };
        match executed {
            Ok(outcome) => {
                self.state.apply(&outcome);
                self.append(pooled.tx.clone(), outcome);
                Ok(Fate::Included)
            }
            Err(ExecutionError::Invalid(
                InvalidTransaction::NonceTooHigh { .. }
                | InvalidTransaction::GasPriceLessThanBasefee,
            )) => Ok(Fate::Waits),
            Err(ExecutionError::Invalid(_)) => Ok(Fate::Dropped),
            Err(error) => Err(internal(error)),
        }
    }

    /// Runs a transaction that nobody signed: everything is checked but the signature and the
    /// sender's code.
    fn execute_impersonated(
        &self,
        tx: &Recovered<Envelope>,
    ) -> Result<Outcome, ExecutionError<Error>> {
        let account = self.state.basic_ref(tx.signer()).map_err(ExecutionError::State)?;
        let (found, expected) = (tx.nonce(), account.unwrap_or_default().nonce);
        if found > expected {
            return Err(InvalidTransaction::NonceTooHigh { tx: found, state: expected }.into());
        }
        if found < expected {
            return Err(InvalidTransaction::NonceTooLow { tx: found, state: expected }.into());
        }
        let call = Call {
            from: tx.signer(),
            to: tx.kind(),
            value: tx.value(),
            data: tx.input().clone(),
            gas_limit: tx.gas_limit(),
            gas_price: tx.effective_gas_price(self.header.base_fee_per_gas),
            access_list: tx.access_list().cloned().unwrap_or_default(),
            authorization_list: Vec::new(),
        };
        simulate(&self.state, &self.environment, &call)
    }

    fn append(&mut self, tx: Recovered<Envelope>, outcome: Outcome) {
        self.header.gas_used += outcome.gas_used;
        self.receipts.push(Receipt {
            fields: ReceiptFields {
                tx_type: tx.tx_type(),
                status: Eip658Value::Eip658(outcome.is_success()),
                cumulative_gas_used: self.header.gas_used,
                logs: outcome.logs,
            },
            gas_used: outcome.gas_used,
            contract_address: outcome.created,
        });
        self.transactions.push(tx);
    }

    fn finish(mut self, parent_state_root: B256) -> (Block, StateChanges) {
        let envelopes: Vec<_> = self.transactions.iter().map(|tx| tx.inner().clone()).collect();
        let fields: Vec<_> = self.receipts.iter().map(|r| r.fields.clone()).collect();
        let roots = compute_ethereum_roots(&envelopes, &fields);
        let changes = self.state.into_changes();
        self.header.transactions_root = roots.transactions_root;
        self.header.receipts_root = roots.receipts_root;
        self.header.logs_bloom = roots.logs_bloom;
        self.header.state_root = compute_state_commitment(parent_state_root, &changes);
        let block = Block {
            hash: self.header.hash_slow(),
            header: self.header,
            messages: Vec::new(),
            transactions: self.transactions,
            receipts: self.receipts,
        };
        (block, changes)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Included,
    Waits,
    Dropped,
}

fn internal(error: ExecutionError<Error>) -> RpcError {
    RpcError::internal(error.to_string())
}

/// Computes what stands in a header's state root: keccak over the parent's and what the block
/// left behind, in order. It is no Merkle-Patricia root, so the chain serves no `eth_getProof`.
fn compute_state_commitment(parent: B256, changes: &StateChanges) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(parent);
    for (address, account) in &changes.accounts {
        hasher.update(address);
        hasher.update(account.nonce.to_be_bytes());
        hasher.update(account.balance.to_be_bytes::<32>());
        hasher.update(account.code_hash);
    }
    for ((address, slot), value) in &changes.slots {
        hasher.update(address);
        hasher.update(slot.to_be_bytes::<32>());
        hasher.update(value.to_be_bytes::<32>());
    }
    hasher.finalize()
}
