//! The protocol of the Collaborative Rollup, without Python and without async.
//!
//! Modules in the order a transaction meets them: [`producer`] builds an execution result from
//! transactions, [`endorser`] verifies it without the state, [`bls`] signs and aggregates.

pub mod access_list;
pub mod blobs;
pub mod bls;
pub mod caches;
pub mod commitment;
pub mod containers;
pub mod curve;
pub mod devchain;
pub mod endorser;
pub mod error;
pub mod evm;
pub mod genesis;
pub mod lanes;
pub mod ledger;
pub mod merkle;
pub mod outbox;
pub mod producer;
pub mod receipts;
pub mod replay;
pub mod rules;
pub mod senders;
pub mod state;
pub mod statetest;
pub mod store;
pub mod verkle;
