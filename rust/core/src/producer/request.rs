//! What a producer is asked for, and what it gives.

use alloy_primitives::{Address, B256, Bytes};

use crate::access_list::{AccessList, LeafError};
use crate::blobs::compute_data_hash;
use crate::bls::SecretKey;
use crate::containers::{
    Config, DataSection, ExecutionResult, InboxSection, KeyBytes, Parent, compute_digest,
    compute_endorse_message,
};
use crate::evm::{InvalidTransaction, Transaction};
use crate::receipts::Receipt;
use crate::verkle::Tree;

/// A packet to build.
#[derive(Clone, Debug)]
pub struct Request {
    /// Domain of the network's digests.
    pub domain: B256,
    /// The network's parameters.
    pub config: Config,
    /// What the packet stands on; its state root is that of the given tree.
    pub parent: Parent,
    /// Who produces, and receives the priority fees.
    pub producer: Address,
    /// The producer's key.
    pub producer_key: KeyBytes,
    /// Unix seconds, from which the view follows.
    pub timestamp: u64,
    /// Number of the L1 anchor.
    pub l1_number: u64,
    /// Hash of the L1 anchor.
    pub l1_hash: B256,
    /// PREVRANDAO of the L1 anchor.
    pub prev_randao: B256,
    /// Endorsing fee, wei a gas.
    pub fee_gas_price: u64,
    /// Largest gas that the endorsing fee counts.
    pub fee_gas_limit: u64,
    /// The messages from L1 that the packet consumes, all of them, before its transactions.
    pub inbox: InboxSection,
    /// Candidates as EIP-2718 bytes, in the order in which they are tried.
    pub transactions: Vec<Bytes>,
}

/// A packet, ready to be signed.
#[derive(Clone)]
pub struct Built {
    /// The execution result, its signature zero.
    pub result: ExecutionResult,
    /// What makes the check of the senders cheap for endorsers; it travels beside the result.
    pub hints: Vec<u8>,
    /// Digest of its header.
    pub digest: B256,
    /// The values before and the writes of everything touched.
    pub access_list: AccessList,
    /// The included transactions.
    pub transactions: Vec<Transaction>,
    /// One receipt a message, then one a transaction.
    pub receipts: Vec<Receipt>,
    /// The codes that the packet created.
    pub created_codes: Vec<Bytes>,
    /// The tree after the packet.
    pub tree: Tree,
    /// The candidates left out.
    pub refused: Vec<Refused>,
}

impl Built {
    /// Makes the packet a data anchor whose blobs hold its payload and these earlier ones; the
    /// proofs are whoever's made them.
    pub fn anchor(&mut self, data: DataSection) {
        self.result.header.data_hash = compute_data_hash(&data.blobs);
        self.result.body.data = data;
        self.digest = compute_digest(&self.result.domain, &self.result.header);
    }

    /// Signs the header, as an endorser that agrees would.
    pub fn sign(&mut self, key: &SecretKey) {
        let message = compute_endorse_message(&self.digest, 1);
        self.result.producer_signature = key.sign(message.as_slice()).to_bytes();
    }
}

/// A candidate that is not in the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place among the candidates.
    pub index: usize,
    /// Why.
    pub refusal: Refusal,
}

/// Why a candidate is not in the packet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its bytes are no signed transaction, or of no type that the version accepts.
    #[error("{0}")]
    Malformed(String),
    /// It is invalid in this environment and state.
    #[error("{0}")]
    Invalid(InvalidTransaction),
    /// It leaves an account that no leaf can hold.
    #[error("{0}")]
    Balance(LeafError),
    /// Its gas limit is more than the packet has left.
    #[error("the gas limit is {gas_limit}, the packet has {left} left")]
    Gas {
        /// Gas limit of the candidate.
        gas_limit: u64,
        /// Gas that the packet has left.
        left: u64,
    },
    /// With it the packet would be over a limit of the protocol.
    #[error("{0} are over the limit of a packet")]
    Limit(&'static str),
    /// Alone in a packet it would be over a limit of the protocol.
    #[error("{0} of this transaction alone are over the limit of a packet")]
    TooLarge(&'static str),
}

impl Refusal {
    /// Whether a later packet on the same accounts may take the candidate.
    pub const fn may_pass_later(&self) -> bool {
        matches!(
            self,
            Self::Gas { .. }
                | Self::Limit(_)
                | Self::Invalid(InvalidTransaction::NonceTooHigh { .. })
        )
    }
}
