//! What an endorser knows beside the execution result.

use alloy_primitives::{Address, B256, Bytes, map::HashMap};

use crate::caches::Caches;
use crate::containers::{Config, KeyBytes};

/// The endorser's own knowledge. What is absent is not checked, and the verdict says so.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The network.
    pub network: Option<&'a Network>,
    /// Hash of the parent that the endorser accepts.
    pub parent_hash: Option<B256>,
    /// The L1 block that the header names as its anchor.
    pub anchor: Option<Anchor>,
    /// The producer of the header's view.
    pub schedule: Option<Schedule>,
    /// The messages from L1 that the packet may consume.
    pub inbox: Option<Inbox>,
    /// Hashes of the payloads of the packets since the last data anchor, in their order, without
    /// the own one; of a data anchor only.
    pub payload_hashes: Option<&'a [B256]>,
    /// What the producer's fee account holds beyond the greatest fees of the uncommitted ancestors
    /// and the refund of this packet's commit, wei.
    pub fee_cover: Option<u128>,
    /// Codes that the sender may have left out of the body.
    pub codes: Option<&'a dyn CodeSource>,
    /// What makes the recovery of the senders cheap ([`crate::senders::HINT_BYTES`] a
    /// transaction): the sender's word, which is checked.
    pub hints: Option<&'a [u8]>,
    /// Whether the proof's commitments must be in the group of prime order, too; what this alone
    /// refuses is an abstention.
    pub strict: bool,
    /// What was learned from other packets: it saves time and changes no verdict.
    pub caches: Option<&'a Caches>,
}

/// What identifies a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Domain of its digests ([`crate::containers::compute_domain`]).
    pub domain: B256,
    /// Its parameters.
    pub config: Config,
}

/// The L1 block at the header's `l1_number`, on the endorser's own L1 chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its hash; zero if there is no such block.
    pub hash: B256,
    /// Unix seconds.
    pub timestamp: u64,
    /// Its PREVRANDAO.
    pub prev_randao: B256,
    /// L1 blocks after it.
    pub depth: u64,
}

/// The registered producer whose turn the header's view is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its operator address.
    pub producer: Address,
    /// Its registered key.
    pub key: KeyBytes,
}

/// The inbox on the endorser's own L1 chain, for a packet on its parent and anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inbox {
    /// The least count that the packet may have: what is due must be consumed.
    pub due: u64,
    /// Messages that were sent in L1 blocks up to the anchor.
    pub sent: u64,
    /// The hash chain at the header's count; zero if there are not so many.
    pub hash: B256,
}

/// Codes by their hash.
pub trait CodeSource: Sync {
    /// The code whose keccak is `hash`.
    fn code(&self, hash: &B256) -> Option<Bytes>;
}

impl CodeSource for HashMap<B256, Bytes> {
    fn code(&self, hash: &B256) -> Option<Bytes> {
        self.get(hash).cloned()
    }
}

impl CodeSource for Caches {
    fn code(&self, hash: &B256) -> Option<Bytes> {
        self.codes.get(hash).map(|code| code.original_bytes())
    }
}

/// A check that needs knowledge which the context does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// That the domain is the network's.
    Domain,
    /// Chain id, view, payload size and least fee, which the configuration fixes.
    Configuration,
    /// That the parent is one that this endorser accepts.
    Parent,
    /// That the anchor is an L1 block, deep enough and of the right time and randomness.
    Anchor,
    /// That the producer is registered and scheduled, with this key.
    Schedule,
    /// That the messages from L1 are those of the inbox, and all that are due.
    Inbox,
    /// That a data anchor holds the payloads of the packets before it.
    Data,
    /// That the producer's fee account covers the fees.
    Cover,
}

impl Check {
    /// The name in every language.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Configuration => "configuration",
            Self::Parent => "parent",
            Self::Anchor => "anchor",
            Self::Schedule => "schedule",
            Self::Inbox => "inbox",
            Self::Data => "data",
            Self::Cover => "cover",
        }
    }
}

impl Context<'_> {
    /// The checks that this context leaves out, given whether the configuration is known and
    /// whether the packet is a data anchor.
    pub(super) fn checks_not_done(&self, is_configured: bool, is_anchor: bool) -> Vec<Check> {
        let done = [
            (Check::Domain, self.network.is_some()),
            (Check::Configuration, is_configured),
            (Check::Parent, self.parent_hash.is_some()),
            (Check::Anchor, self.anchor.is_some()),
            (Check::Schedule, self.schedule.is_some()),
            (Check::Inbox, self.inbox.is_some()),
            (Check::Data, !is_anchor || self.payload_hashes.is_some()),
            (Check::Cover, self.fee_cover.is_some()),
        ];
        done.into_iter().filter(|(_, is_done)| !is_done).map(|(check, _)| check).collect()
    }
}
