//! What goes wrong below the tables. None of it is a statement about a peer's message.

use std::io;

/// Why a store does not answer or does not write.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The device is full. Nothing of the batch was written.
    #[error("no space left for the store: {0}")]
    Full(String),
    /// The device does not read or write.
    #[error("the store cannot be read or written: {0}")]
    Io(String),
    /// The bytes are not those that were written.
    #[error("the store is corrupt: {0}")]
    Corrupt(String),
    /// Another process has the file open.
    #[error("the store is in use by another process")]
    InUse,
    /// The file is of another layout.
    #[error("the store has layout {found}, this program reads {expected}")]
    Layout {
        /// Version in the file.
        found: u32,
        /// Version that this program writes.
        expected: u32,
    },
    /// The file is of another network, or not what it is opened as.
    #[error("{0}")]
    Mismatch(String),
    /// The way back to a packet is no longer kept.
    #[error("packet {number} is out of reach: the store goes back to {oldest}")]
    Pruned {
        /// The packet asked for.
        number: u64,
        /// The oldest one that can be reached.
        oldest: u64,
    },
}

impl StoreError {
    pub(crate) fn corrupt(why: impl Into<String>) -> Self {
        Self::Corrupt(why.into())
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::Full(error.to_string())
            }
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Io(error.to_string()),
        }
    }
}
