//! Going back: snapshots, and reorganisations for tests.

use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes};

use super::{DevChain, NextBlock, Pool};
use crate::ledger::{RpcError, Version};

/// Everything that [`DevChain::revert`] restores.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    id: u64,
    number: u64,
    version: Version,
    pool: Pool,
    next: NextBlock,
    unlocked: Vec<Address>,
}

impl DevChain {
    /// Remembers the chain as it is and returns the snapshot's id.
    pub fn snapshot(&mut self) -> u64 {
        let id = self.snapshots.last().map_or(1, |snapshot| snapshot.id + 1);
        self.snapshots.push(Snapshot {
            id,
            number: self.chain.head().number(),
            version: self.chain.head_state().version(),
            pool: self.pool.clone(),
            next: self.next.clone(),
            unlocked: self.unlocked.clone(),
        });
        id
    }

    /// Restores a snapshot, which is then used up with all later ones; false if there is none
    /// of this id, or its state is pruned.
    pub fn revert(&mut self, id: u64) -> bool {
        let Some(position) = self.snapshots.iter().position(|snapshot| snapshot.id == id) else {
            return false;
        };
        let Some(snapshot) = self.snapshots.drain(position..).next() else { return false };
        if !self.chain.keeps(snapshot.version) {
            return false;
        }
        self.chain.truncate_to(snapshot.number, snapshot.version);
        self.pool = snapshot.pool;
        self.next = snapshot.next;
        self.unlocked = snapshot.unlocked;
        self.update_heads();
        true
    }

    /// Drops the last `depth` blocks, as a reorganisation does, and returns their transactions
    /// in order. Blocks mined from here on differ from the dropped ones.
    pub fn rollback(&mut self, depth: u64) -> Result<Vec<Bytes>, RpcError> {
        let head = self.chain.head().number();
        let number = head.checked_sub(depth).ok_or_else(|| {
            RpcError::invalid_input(format!("cannot drop {depth} of {head} blocks"))
        })?;
        let dropped = self.chain.truncate(number)?;
        self.snapshots.retain(|snapshot| snapshot.number <= number);
        self.next.branch += 1;
        self.update_heads();
        let transactions = dropped.iter().flat_map(|block| &block.transactions);
        Ok(transactions.map(|tx| tx.encoded_2718().into()).collect())
    }
}
