//! A chain's blocks and recent states, and the answers that wallets ask of them.
//!
//! The embedded L1 ([`crate::devchain`]) and the L2 ([`Ledger`]) keep the same [`Chain`]; they
//! differ in how a block comes about and in what its hash is.

mod block;
mod block_message;
mod chain;
mod disk;
mod error;
pub mod ethereum_roots;
mod fees;
mod files;
mod history;
mod logs;
mod overlay;
mod packet_block;
mod packet_rpc;
mod packets;
mod record;
mod rpc;
mod simulate;
pub mod snapshot;
mod state;
mod withdrawals;

pub use block::{Block, Receipt, pending_transaction};
pub use block_message::{BlockMessage, MESSAGE_TYPE};
pub use chain::{Chain, Heads, StateAt};
pub use disk::{DEFAULT_TREE_CACHE_BYTES, DiskOptions, create_state};
pub use error::RpcError;
pub use fees::{MAX_FEE_HISTORY_BLOCKS, MAX_FEE_HISTORY_PERCENTILES, SUGGESTED_TIP};
pub use files::{export_file, import_file};
pub use history::{History, Version};
pub use logs::{MAX_FILTER_VALUES, MAX_LOGS};
pub use overlay::Overlay;
pub use packet_rpc::MAX_PROOF_SLOTS;
pub use packets::{ExecuteError, Execution, KEPT_RESULTS, Ledger, PacketHeads};
pub use rpc::{METHODS, answer};
pub(crate) use rpc::{Params, json};
pub(crate) use simulate::estimate_gas;
pub use simulate::{MAX_CALL_GAS, MAX_TRANSACTION_GAS};
pub use state::{StateChanges, VersionedState};
