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

/// Computes the siblings on the way from the item at `index` to the top, from the leaf up; none if
/// there is no such item.
pub fn compute_merkle_path<T: AsRef<[u8]>>(items: &[T], index: usize) -> Vec<B256> {
    let mut siblings = Vec::new();
    if index >= items.len() {
        return siblings;
    }
    let (mut level, mut index) = (hash_leaves(backend(), items), index);
    while level.len() > 1 {
        siblings.extend(level.get(index ^ 1));
        level = raise(backend(), &level);
        index /= 2;
    }
    siblings
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
        level = raise(backend, &level);
    }
    level[0]
}

/// The level above.
fn raise(backend: Backend, level: &[B256]) -> Vec<B256> {
    let (pairs, last) = level.as_chunks::<2>();
    let nodes: Vec<[u8; 65]> = pairs.iter().map(encode_node).collect();
    let mut above = hash_all(backend, &nodes);
    above.extend(last);
    above
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

    /// Climbs from an item to the top: a sibling is there unless the node is an odd last one.
    fn climb(item: &[u8], index: usize, count: usize, siblings: &[B256]) -> B256 {
        let mut node = keccak256([&[LEAF_TAG][..], item].concat());
        let (mut index, mut count, mut siblings) = (index, count, siblings.iter());
        while count > 1 {
            if index ^ 1 < count {
                let sibling = *siblings.next().expect("a sibling");
                let pair = if index % 2 == 0 { [node, sibling] } else { [sibling, node] };
                node = keccak256(encode_node(&pair));
            }
            (index, count) = (index / 2, count.div_ceil(2));
        }
        assert_eq!(siblings.next(), None);
        node
    }

    #[test]
    fn test_paths_lead_to_the_top() {
        for count in 1..20usize {
            let items: Vec<Vec<u8>> = (0..count).map(|index| vec![1; index]).collect();
            for (index, item) in items.iter().enumerate() {
                let path = compute_merkle_path(&items, index);
                assert_eq!(
                    climb(item, index, count, &path),
                    split_top(&items),
                    "{index} of {count}"
                );
            }
        }
        assert!(compute_merkle_path(&[[0]; 3], 3).is_empty());
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
