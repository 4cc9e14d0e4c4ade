//! The binary keccak Merkle tree under every root of the header but the two Verkle ones.
//!
//! ```text
//! leaf = keccak(0x20 ‖ item)       node = keccak(0x21 ‖ left ‖ right)
//! root = keccak(0x22 ‖ u64 count ‖ top)       empty = keccak(0x22 ‖ u64 0)
//! ```
//! A node splits its leaves at the largest power of two below their count.

use alloy_primitives::{B256, Keccak256};

use crate::lanes::keccak::{Messages, hash_all};
use crate::lanes::{Backend, backend};

const LEAF_TAG: u8 = 0x20;
const NODE_TAG: u8 = 0x21;
const ROOT_TAG: u8 = 0x22;

/// Computes the Merkle root of `items` in their order.
pub fn compute_merkle_root<T: AsRef<[u8]>>(items: impl IntoIterator<Item = T>) -> B256 {
    compute_root(backend(), items)
}

fn compute_root<T: AsRef<[u8]>>(backend: Backend, items: impl IntoIterator<Item = T>) -> B256 {
    let leaves = hash_leaves(backend, items);
    let mut hasher = Keccak256::new();
    hasher.update([ROOT_TAG]);
    hasher.update((leaves.len() as u64).to_be_bytes());
    if !leaves.is_empty() {
        hasher.update(compute_top(backend, leaves));
    }
    hasher.finalize()
}

fn hash_leaves<T: AsRef<[u8]>>(backend: Backend, items: impl IntoIterator<Item = T>) -> Vec<B256> {
    let mut leaves = Messages::default();
    items.into_iter().for_each(|item| leaves.push(&[&[LEAF_TAG], item.as_ref()]));
    leaves.hash(backend)
}

/// Pairing neighbours level by level, an odd last node rising as it is, gives the same tree as
/// the recursive split at the largest power of two.
fn compute_top(backend: Backend, mut level: Vec<B256>) -> B256 {
    while level.len() > 1 {
        let (pairs, last) = level.as_chunks::<2>();
        let nodes: Vec<[u8; 65]> = pairs.iter().map(encode_node).collect();
        let mut above = hash_all(backend, &nodes);
        above.extend(last);
        level = above;
    }
    level[0]
}

fn encode_node([left, right]: &[B256; 2]) -> [u8; 65] {
    let mut node = [NODE_TAG; 65];
    node[1..33].copy_from_slice(left.as_slice());
    node[33..].copy_from_slice(right.as_slice());
    node
}

#[cfg(test)]
mod tests {
    use alloy_primitives::keccak256;

    use super::*;

    /// The definition: leaves and nodes one by one, split at the largest power of two.
    fn split_top(items: &[Vec<u8>]) -> B256 {
        if let [item] = items {
            return keccak256([&[LEAF_TAG][..], item].concat());
        }
        let half = 1 << (items.len() - 1).ilog2();
        keccak256(encode_node(&[split_top(&items[..half]), split_top(&items[half..])]))
    }

    #[test]
    fn test_roots_of_every_count_follow_the_definition() {
        for count in 0..70usize {
            // Items of one length, and of lengths over several blocks.
            for step in [0, 13] {
                let item = |index: usize| vec![index.to_le_bytes()[0]; 97 + step * index];
                let items: Vec<Vec<u8>> = (0..count).map(item).collect();
                let mut message = vec![ROOT_TAG];
                message.extend((count as u64).to_be_bytes());
                if count > 0 {
                    message.extend(split_top(&items));
                }
                let expected = keccak256(&message);
                for backend in Backend::available() {
                    assert_eq!(compute_root(*backend, &items), expected, "{count}, {backend}");
                }
            }
        }
    }
}
