//! Measurements of the core beside its peers, and random packets.
//!
//! ```text
//! random        numbers that follow from a seed
//! race          works timed in turn, the least of each counts
//! network       networks of one producer: mainnet blocks, random packets
//! replay_race   an endorser of a replayed block beside a bare node
//! soak          random packets, the same on every backend and number of threads
//! store         a large state on disk, and packets built on it
//! transfers     signed transactions
//! goals         one file a subject: each gives the rows of `corollup bench run --suite goals`
//! ```
//! The core has no clock; what is timed is timed here, so that no figure holds a call from Python.

pub mod goals;
pub mod network;
pub mod race;
mod random;
pub mod replay_race;
pub mod soak;
pub mod store;
pub mod transfers;
