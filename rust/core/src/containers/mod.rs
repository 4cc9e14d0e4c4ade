//! The protocol's data and its bytes: configuration, genesis, header, execution result.
//!
//! All integers are big-endian. A decoder accepts exactly one byte string per value.

mod config;
mod data;
mod header;
mod inbox;
mod payload;
mod reader;
mod result;
mod words;

pub use config::{Config, Genesis};
pub use data::{BlobProof, DataSection};
pub use header::{Header, Parent, compute_digest, compute_domain, compute_endorse_message};
pub use inbox::{InboxMessage, InboxSection};
pub use payload::{compute_payload_hash, decode_payload, encode_payload};
pub use reader::Reader;
pub use result::{Body, ExecutionResult, KeyBytes, SignatureBytes};
pub use words::{Word, WordReader};

/// The limits of the protocol, checked before anything is allocated; a producer keeps them too.
pub mod limits {
    /// Sum of the sizes of a packet's transactions, bytes.
    pub const MAX_TRANSACTION_BYTES: usize = 4 << 20;
    /// Entries of an access list: two per account and one per slot.
    pub const MAX_ACCESS_ENTRIES: usize = 1 << 17;
    /// Sum of the sizes of the distinct codes that a packet needs, bytes.
    pub const MAX_CODE_BYTES: usize = 16 << 20;
    /// Slots of inner nodes of the state tree that a packet changes.
    pub const MAX_UPDATED_SLOTS: usize = 1 << 18;
    /// Messages from L1 that a packet consumes.
    pub const MAX_MESSAGES: usize = 1 << 13;
    /// Sum of the sizes of their data, bytes.
    pub const MAX_MESSAGE_BYTES: usize = 8 << 20;
    /// Sum of the sizes of the distinct codes that a packet's messages may load, bytes.
    pub const MAX_MESSAGE_CODE_BYTES: usize = 8 << 20;
    /// Blobs of a data anchor.
    pub const MAX_ANCHOR_BLOBS: usize = 6;
    /// Bytes that the blobs of a data anchor hold.
    pub const MAX_ANCHOR_BYTES: usize = MAX_ANCHOR_BLOBS * 126_976;
    /// Payloads of earlier packets in the blobs of a data anchor.
    pub const MAX_ANCHOR_PAYLOADS: usize = 1 << 12;
    /// Size of an encoded execution result, bytes.
    pub const MAX_RESULT_BYTES: usize = 64 << 20;
}

/// Header versions.
pub mod version {
    use crate::evm::Fork;

    /// The L2's own version: Osaka rules, payload codec 1.
    pub const NATIVE: u32 = 1;
    /// A replay version is this plus the number of its fork ([`Fork`]).
    pub const REPLAY: u32 = 0x100;

    /// The fork of a version, or `None` for a version that does not exist.
    pub fn fork(version: u32) -> Option<Fork> {
        match version {
            NATIVE => Some(Fork::Osaka),
            _ => Fork::from_number(version.checked_sub(REPLAY)?),
        }
    }

    /// Whether the version replays history: no system call, and blob transactions are allowed.
    pub const fn is_replay(version: u32) -> bool {
        version >= REPLAY
    }
}
