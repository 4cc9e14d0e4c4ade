//! Why a message is refused ([`Reason`]) and what goes wrong on our side ([`Error`]).
//!
//! A rejection is a peer's fault and is decided the same way on every machine.
//! An error is this machine's or this caller's: it ends in a retry or a log and signs nothing.

use core::fmt;

use crate::store::StoreError;

/// What an endorser does with an execution result that fails a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Dropped: nothing is proven about the header, so nothing is signed.
    Ignore,
    /// Signed as status 0: the header contradicts its own, proven body.
    Reject,
}

macro_rules! reasons {
    ($( $(#[doc = $doc:literal])+ $class:ident $name:ident, )+) => {
        /// The first check that an execution result failed, in the order of the checks.
        ///
        /// The names are equal in Python, Rust and the test vectors.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $( $(#[doc = $doc])+ $name, )+ }

        impl Reason {
            /// Every reason, in the order in which the checks run.
            pub const ALL: &[Self] = &[$( Self::$name, )+];

            /// The name by which every language and every log knows this reason.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$name => stringify!($name), )+ }
            }

            /// What follows from this reason.
            pub const fn class(self) -> Class {
                match self { $( Self::$name => Class::$class, )+ }
            }
        }
    };
}

reasons! {
    /// The bytes are no canonical execution result.
    Ignore MalformedEncoding,
    /// A size or a count is over its limit.
    Ignore LimitExceeded,
    /// The domain is not this network's.
    Ignore WrongDomain,
    /// The L2 chain id is not this network's.
    Ignore WrongChainId,
    /// The version is not this network's.
    Ignore WrongVersion,
    /// The number is not the parent's plus one.
    Ignore WrongNumber,
    /// The parent hash is not the digest of the parent.
    Ignore WrongParentHash,
    /// The pre-state root is not the parent's post-state root.
    Ignore WrongPreStateRoot,
    /// The timestamp is before the parent's.
    Ignore TimestampBeforeParent,
    /// The gas limit is not the configured one.
    Ignore WrongGasLimit,
    /// The gas used is above the gas limit.
    Ignore GasUsedAboveLimit,
    /// The base fee does not follow from the parent.
    Ignore WrongBaseFee,
    /// A reserved field is not zero.
    Ignore ReservedFieldNotZero,
    /// The inbox count or hash is not what the parent and the inbox give.
    Ignore WrongInbox,
    /// The data hash is not what the data mode demands.
    Ignore WrongDataHash,
    /// The L1 anchor is older than the parent's.
    Ignore AnchorBeforeParent,
    /// The L1 anchor is not on this node's L1 chain, or not deep enough.
    Ignore WrongAnchor,
    /// The timestamp does not fit the time of the L1 anchor.
    Ignore AnchorTimeMismatch,
    /// The randomness is not that of the L1 anchor.
    Ignore WrongPrevRandao,
    /// The view does not follow from the timestamp.
    Ignore WrongView,
    /// The producer is not registered or not scheduled for the view, or the key is not its key.
    Ignore ProducerNotScheduled,
    /// The producer's signature does not verify.
    Ignore InvalidProducerSignature,
    /// The fee gas price is below the configured minimum.
    Ignore FeeTooLow,
    /// The producer's fee account does not cover the uncommitted chain.
    Ignore FeeCoverTooLow,
    /// The payload does not have the hash in the header.
    Ignore PayloadHashMismatch,
    /// The payload is not canonical in its codec.
    Ignore MalformedPayload,
    /// The transactions do not have the root in the header.
    Ignore TransactionsRootMismatch,
    /// The access list does not have the root in the header.
    Ignore AccessRootMismatch,
    /// The codes are not in order, or one belongs to no listed account.
    Ignore UnlistedCode,
    /// The blobs of a data anchor do not hold its payloads, or a proof of one is not true.
    Ignore InvalidBlobProof,
    /// The Verkle proof is not canonical for the listed keys.
    Ignore MalformedProof,
    /// The Verkle proof does not verify against the pre-state root.
    Ignore InvalidProof,
    /// A hint of a sender is not that sender's; it came beside the packet and says nothing of it.
    Ignore FalseHint,
    /// A code that the execution needs is neither in the body nor in the cache.
    Ignore MissingCode,
    /// A transaction does not decode or is invalid where it stands.
    Reject InvalidTransaction,
    /// The execution reads a key that the access list does not hold.
    Reject UnlistedRead,
    /// The writes of the execution differ from those of the access list.
    Reject WriteMismatch,
    /// The gas used differs from the header's.
    Reject GasUsedMismatch,
    /// The receipts do not have the root in the header.
    Reject ReceiptsRootMismatch,
    /// The withdrawals do not have the root in the header.
    Reject WithdrawalsRootMismatch,
    /// The changed slots of the tree do not have the root in the header.
    Reject UpdateRootMismatch,
    /// The tree after the writes does not have the root in the header.
    Reject PostStateRootMismatch,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A refused message: the reason, and the two values that differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {message}")]
pub struct Rejected {
    /// The check that failed.
    pub reason: Reason,
    /// What was found and what was expected, for a human.
    pub message: String,
}

impl Rejected {
    /// A rejection with its explanation.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// Refuses with `reason` unless the two values are equal.
pub fn require_equal<T: PartialEq + fmt::Display>(
    reason: Reason,
    expected: &T,
    found: &T,
) -> Result<(), Rejected> {
    if expected == found {
        return Ok(());
    }
    Err(Rejected::new(reason, format!("expected {expected}, found {found}")))
}

/// Refuses with `reason` unless the condition holds.
pub fn require(
    reason: Reason,
    condition: bool,
    message: impl FnOnce() -> String,
) -> Result<(), Rejected> {
    if condition { Ok(()) } else { Err(Rejected::new(reason, message())) }
}

/// An error of this machine or of the caller; never a statement about a peer's message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Bytes that are not the canonical encoding of a value.
    #[error("{what}: {why}")]
    Encoding {
        /// The type or field that was decoded.
        what: &'static str,
        /// What is wrong with the bytes.
        why: String,
    },
    /// A key, point or signature that no honest party makes.
    #[error("{0}")]
    Bls(&'static str),
    /// An argument outside its documented range.
    #[error("{0}")]
    Argument(String),
    /// A state that the caller's view of the chain does not have.
    #[error("{0}")]
    State(String),
    /// The state store does not answer or does not write.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Bytes that do not decode.
    pub fn encoding(what: &'static str, why: impl Into<String>) -> Self {
        Self::Encoding { what, why: why.into() }
    }
}
