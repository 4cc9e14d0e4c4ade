//! The L2 ledger: the packets that a producer executed, with their states, trees and heads.

use std::collections::VecDeque;
use std::sync::{PoisonError, RwLock};

use alloy_primitives::{Address, B256, Bytes, keccak256};

use super::block::Block;
use super::chain::{Chain, Heads};
use super::disk::{Disk, collect_before};
use super::state::{StateChanges, VersionedState};
use crate::access_list::AccessList;
use crate::containers::{Genesis, Header, InboxSection, Parent, version};
use crate::endorser::{self, CodeSource, Context, Network};
use crate::error::{Error, Rejected};
use crate::evm::{Account, Transaction};
use crate::genesis::GenesisState;
use crate::producer::{self, Built, Request};
use crate::receipts;
use crate::rules;
use crate::store::StoreError;
use crate::verkle::Tree;

/// Encoded execution results that the ledger keeps, counted from the head.
pub const KEPT_RESULTS: usize = 128;

/// The numbers of the four heads of which the ledger does not know by itself but the first.
///
/// Each is at least the one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketHeads {
    /// Every packet up to here has a quorum that this node saw.
    pub endorsed: u64,
    /// The State Contract accepted it.
    pub committed: u64,
    /// It never reverts.
    pub finalized: u64,
}

/// A packet on top of the executed head, with all that it changes.
pub struct Execution {
    pub(super) header: Header,
    pub(super) digest: B256,
    pub(super) encoded: Bytes,
    pub(super) changes: StateChanges,
    /// What the changes change, as it was before.
    pub(super) before: StateChanges,
    pub(super) inbox: InboxSection,
    pub(super) transactions: Vec<Transaction>,
    pub(super) receipts: Vec<receipts::Receipt>,
    pub(super) tree: Tree,
}

impl Execution {
    /// A packet that was built here.
    ///
    /// # Errors
    /// If it is not signed.
    pub fn from_built(built: Built) -> Result<Self, Error> {
        if built.result.producer_signature == [0; 96] {
            return Err(Error::Argument("the packet is not signed".into()));
        }
        Ok(Self {
            changes: collect_changes(&built.access_list, built.created_codes),
            before: collect_before(&built.access_list),
            encoded: built.result.encode().into(),
            header: built.result.header,
            inbox: built.result.body.inbox,
            digest: built.digest,
            transactions: built.transactions,
            receipts: built.receipts,
            tree: built.tree,
        })
    }

    /// The packet's number.
    pub const fn number(&self) -> u64 {
        self.header.number
    }
}

/// The executed packets of a network, from its genesis on.
pub struct Ledger {
    pub(super) network: Network,
    pub(super) genesis: Genesis,
    pub(super) chain: Chain,
    /// The packets' headers, ascending to the head's. The first is the one after the genesis, or
    /// the oldest that the store had at the start.
    pub(super) headers: Vec<Header>,
    /// The encoded results of the last packets.
    pub(super) results: VecDeque<Bytes>,
    /// The trees of the last blocks; the newest is the head's. The store has all but that.
    pub(super) trees: VecDeque<Tree>,
    pub(super) history: usize,
    pub(super) heads: RwLock<PacketHeads>,
    /// Where the state is, if not in memory.
    pub(super) disk: Option<Disk>,
}

impl Ledger {
    /// A ledger that holds the genesis.
    ///
    /// # Errors
    /// If the configuration or the tree is not that of the genesis.
    pub fn new(
        network: Network,
        genesis: Genesis,
        state: &GenesisState,
        tree: Tree,
        history: usize,
    ) -> Result<Self, Error> {
        Self::require_config(&network, &genesis)?;
        let config = &network.config;
        if tree.root() != genesis.state_root {
            let (found, expected) = (tree.root(), genesis.state_root);
            return Err(Error::Argument(format!(
                "the genesis state has root {found}, the genesis {expected}"
            )));
        }
        let fork = version::fork(config.version)
            .ok_or_else(|| Error::Argument(format!("unknown version {}", config.version)))?;
        let chain = Chain::new(
            config.l2_chain_id,
            fork,
            Block::of_genesis(config, &genesis),
            VersionedState::new(state),
            history,
        )
        .with_first_base_fee(config.genesis_base_fee);
        let number = config.genesis_number;
        let heads = PacketHeads { endorsed: number, committed: number, finalized: number };
        Ok(Self {
            network,
            genesis,
            chain,
            headers: Vec::new(),
            results: VecDeque::new(),
            trees: VecDeque::from([tree]),
            history,
            heads: RwLock::new(heads),
            disk: None,
        })
    }

    pub(super) fn require_config(network: &Network, genesis: &Genesis) -> Result<(), Error> {
        if network.config.hash() != genesis.config_hash {
            return Err(Error::Argument("the configuration is not the genesis's".into()));
        }
        Ok(())
    }

    /// The blocks and their states.
    pub const fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Domain and parameters of the network.
    pub const fn network(&self) -> &Network {
        &self.network
    }

    /// The executed head: its number.
    pub fn number(&self) -> u64 {
        self.chain.head().number()
    }

    /// The tree after the executed head.
    pub fn tree(&self) -> &Tree {
        self.trees.back().expect("the genesis has a tree")
    }

    /// The tree after a packet; `None` when it is above the head or no longer kept.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn tree_at(&self, number: u64) -> Result<Option<Tree>, Error> {
        let depth = self.number().checked_sub(number).and_then(|depth| depth.try_into().ok());
        let Some(depth): Option<usize> = depth else { return Ok(None) };
        let kept = self.trees.len().checked_sub(depth.saturating_add(1));
        match (kept.and_then(|index| self.trees.get(index)), &self.disk) {
            (Some(tree), _) => Ok(Some(tree.clone())),
            (None, Some(disk)) => match disk.past_tree(number) {
                Err(Error::Store(StoreError::Pruned { .. })) => Ok(None),
                result => result.map(Some),
            },
            (None, None) => Ok(None),
        }
    }

    /// What the next packet stands on.
    pub fn parent(&self) -> Parent {
        match self.headers.last() {
            Some(header) => Parent::Header(header.clone()),
            None => Parent::Genesis {
                config: self.network.config.clone(),
                genesis: self.genesis.clone(),
            },
        }
    }

    /// A packet's header.
    pub fn header(&self, number: u64) -> Option<&Header> {
        let first = self.headers.first()?.number;
        self.headers.get(usize::try_from(number.checked_sub(first)?).ok()?)
    }

    /// A packet's digest, or the genesis hash.
    pub fn digest(&self, number: u64) -> Option<B256> {
        self.chain.block(number).map(|block| block.hash)
    }

    /// A packet's encoded execution result, if it is among the last [`KEPT_RESULTS`].
    pub fn result(&self, number: u64) -> Option<&Bytes> {
        let depth = usize::try_from(self.number().checked_sub(number)?).ok()?;
        self.results.get(self.results.len().checked_sub(depth + 1)?)
    }

    /// An account at the executed head.
    ///
    /// # Errors
    /// If the store does not answer.
    pub fn account(&self, address: &Address) -> Result<Account, Error> {
        self.chain.head_state().account(address)
    }

    /// The base fee of the next packet, wei a gas.
    pub fn next_base_fee(&self) -> u64 {
        rules::compute_base_fee(&self.parent())
    }

    /// Builds a packet on the executed head, which stays.
    ///
    /// # Errors
    /// If the request does not stand on the head, or contradicts the configuration.
    pub fn build(&self, request: &Request) -> Result<Built, Error> {
        producer::build(&self.chain.head_state(), self.tree(), request)
    }

    /// Verifies and executes another producer's packet on the executed head, which stays.
    ///
    /// # Errors
    /// The rejection of the first check that fails.
    pub fn execute(&self, encoded: &[u8], hints: Option<&[u8]>) -> Result<Execution, ExecuteError> {
        let payload_hashes = self.anchored_payload_hashes();
        let context = Context {
            network: Some(&self.network),
            payload_hashes: payload_hashes.as_deref(),
            parent_hash: Some(self.chain.head().hash),
            codes: Some(self),
            hints,
            ..Context::default()
        };
        let verdict = endorser::verify(encoded, &context)?;
        let verified = verdict.outcome?;
        let (header, inbox) = (verified.result.header, verified.result.body.inbox);
        let mut tree = self.tree().clone();
        let writes = crate::access_list::final_writes(&verified.access_list.entries());
        let post_root = tree.apply(&writes)?.post_root;
        if post_root != header.post_state_root {
            let expected = header.post_state_root;
            let why = format!("the tree has root {post_root}, the verified packet {expected}");
            return Err(Error::State(why).into());
        }
        Ok(Execution {
            digest: crate::containers::compute_digest(&self.network.domain, &header),
            changes: collect_changes(&verified.access_list, verified.created_codes.into_values()),
            before: collect_before(&verified.access_list),
            encoded: Bytes::copy_from_slice(encoded),
            header,
            inbox,
            transactions: verified.transactions,
            receipts: verified.receipts,
            tree,
        })
    }

    /// Hashes of the payloads that the next packet holds beside its own, if it is a data anchor and
    /// the headers are kept.
    fn anchored_payload_hashes(&self) -> Option<Vec<B256>> {
        let next = self.number().checked_add(1)?;
        let count = rules::count_anchored(&self.network.config, next)?;
        let earlier = next.checked_sub(count)?..next;
        earlier.map(|number| self.header(number).map(|header| header.payload_hash)).collect()
    }

    /// Makes a packet the executed head, durably if the ledger has a store.
    ///
    /// # Errors
    /// If the head is not its parent, or the store does not write it.
    pub fn append(&mut self, mut execution: Execution) -> Result<(), Error> {
        let (head, parent) = (self.chain.head().hash, execution.header.parent_hash);
        if head != parent {
            return Err(Error::State(format!("the packet stands on {parent}, the head is {head}")));
        }
        let before = self.trees.back().expect("the head has a tree");
        let state = match &mut self.disk {
            Some(disk) => {
                disk.commit(before, &mut execution)?;
                Some(disk.stored_state()?)
            }
            None => None,
        };
        let Execution { header, digest, inbox, transactions, receipts, .. } = &execution;
        let transactions = transactions.iter().map(Transaction::to_recovered).collect();
        let block = Block::of_packet(header, *digest, inbox, transactions, receipts);
        match state {
            Some(state) => {
                self.chain.push_stored(block, execution.changes, execution.before, state);
                self.trees.clear();
            }
            None => self.chain.push(block, execution.changes),
        }
        self.headers.push(execution.header);
        self.results.push_back(execution.encoded);
        self.trees.push_back(execution.tree);
        if self.results.len() > KEPT_RESULTS {
            self.results.pop_front();
        }
        if self.trees.len() > self.history.saturating_add(1) {
            self.trees.pop_front();
        }
        Ok(())
    }

    /// Drops the packets after `number`, and lowers the heads that were above it.
    ///
    /// # Errors
    /// If the packet is below the finalized head, above the executed one, or its state is pruned; if
    /// the store does not write.
    pub fn revert_to(&mut self, number: u64) -> Result<(), Error> {
        let heads = self.heads();
        if number < heads.finalized {
            return Err(Error::State(format!(
                "packet {} is finalized, so there is no way back to {number}",
                heads.finalized
            )));
        }
        if self.disk.is_some() {
            self.revert_on_disk(number)?;
        } else {
            let dropped = self.chain.truncate(number);
            let dropped = dropped.map_err(|error| Error::State(error.to_string()))?.len();
            self.headers.truncate(self.headers.len() - dropped);
            self.results.truncate(self.results.len().saturating_sub(dropped));
            self.trees.truncate(self.trees.len() - dropped);
        }
        self.set_heads(PacketHeads {
            endorsed: heads.endorsed.min(number),
            committed: heads.committed.min(number),
            // What the store no longer has is final.
            finalized: heads.finalized.max(self.chain.genesis_number()),
        })
    }

    /// The heads beside the executed one.
    pub fn heads(&self) -> PacketHeads {
        *self.heads.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the heads. What is finalized is committed, and what is committed is endorsed.
    ///
    /// # Errors
    /// If a head is above the executed one, or the finalized one would go back.
    pub fn set_heads(&self, heads: PacketHeads) -> Result<(), Error> {
        let committed = heads.committed.max(heads.finalized);
        let heads = PacketHeads { endorsed: heads.endorsed.max(committed), committed, ..heads };
        let executed = self.number();
        if heads.endorsed > executed {
            return Err(Error::Argument(format!(
                "head {} is above the executed one, {executed}",
                heads.endorsed
            )));
        }
        let mut current = self.heads.write().unwrap_or_else(PoisonError::into_inner);
        if heads.finalized < current.finalized {
            return Err(Error::Argument(format!(
                "packet {} is finalized, not {}",
                current.finalized, heads.finalized
            )));
        }
        *current = heads;
        self.chain.set_heads(Heads { safe: heads.endorsed, finalized: heads.finalized });
        Ok(())
    }

    /// The lowest head that has reached a packet: what is known of it.
    pub fn status(&self, number: u64) -> &'static str {
        let heads = self.heads();
        match number {
            _ if number <= heads.finalized => "finalized",
            _ if number <= heads.committed => "committed",
            _ if number <= heads.endorsed => "endorsed",
            _ => "executed",
        }
    }
}

impl CodeSource for Ledger {
    fn code(&self, hash: &B256) -> Option<Bytes> {
        // A store that does not answer has no code: the packet is ignored, nothing is signed.
        self.chain.code(hash).ok().flatten()
    }
}

/// Why a packet could not be executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// The packet fails a check.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// This machine failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

fn collect_changes(
    access_list: &AccessList,
    created_codes: impl IntoIterator<Item = Bytes>,
) -> StateChanges {
    let mut changes = StateChanges::default();
    for access in &access_list.accounts {
        let after = access.after();
        changes.accounts.insert(access.address, after.account);
        let slots = after.slots.into_iter().map(|(slot, value)| ((access.address, slot), value));
        changes.slots.extend(slots);
    }
    let codes = created_codes.into_iter();
    changes.codes = codes.map(|code| (keccak256(&code), code)).collect();
    changes
}
