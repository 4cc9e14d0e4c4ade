//! The binary keccak Merkle tree under every root of the header but the two Verkle ones.
//!
//! ```text
//! leaf = keccak(0x20 ‖ item)       node = keccak(0x21 ‖ left ‖ right)
//! root = keccak(0x22 ‖ u64 count ‖ top)       empty = keccak(0x22 ‖ u64 0)
//! ```
//! A node splits its leaves at the largest power of two below their count.

use alloy_primitives::{B256, Keccak256};

const LEAF_TAG: u8 = 0x20;
const NODE_TAG: u8 = 0x21;
const ROOT_TAG: u8 = 0x22;

/// Computes the Merkle root of `items` in their order.
pub fn compute_merkle_root<T: AsRef<[u8]>>(items: impl IntoIterator<Item = T>) -> B256 {
    let leaves: Vec<B256> = items.into_iter().map(|item| hash_leaf(item.as_ref())).collect();
    let mut hasher = Keccak256::new();
    hasher.update([ROOT_TAG]);
    hasher.update((leaves.len() as u64).to_be_bytes());
    if !leaves.is_empty() {
        hasher.update(compute_top(leaves));
    }
    hasher.finalize()
}

fn hash_leaf(item: &[u8]) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update([LEAF_TAG]);
    hasher.update(item);
    hasher.finalize()
}

/// Pairing neighbours level by level, an odd last node rising as it is, gives the same tree as
/// the recursive split at the largest power of two.
fn compute_top(mut level: Vec<B256>) -> B256 {
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => hash_node(left, right),
                [single] => *single,
                _ => unreachable!("chunks of two"),
            })
            .collect();
    }
    level[0]
}

fn hash_node(left: &B256, right: &B256) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update([NODE_TAG]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize()
}
