//! The stems that are children of a node, in memory.
//!
//! A stem is inside the node above it, for a reference count of its own would be a wait for memory
//! whenever a version copies the node. Most nodes above stems have about a dozen, of which a
//! version changes one: so the others stay in a block that versions share, and what came later is
//! beside it, until it is so much that the block is made anew.

use std::sync::Arc;

use super::byte_set::ByteSet;
use super::nodes::StemNode;

/// As many times more stems are in the block as beside it.
const SHARED_TIMES: usize = 4;

/// Stems by their byte.
#[derive(Clone, Debug, Default)]
pub(super) struct Stems {
    in_block: ByteSet,
    block: Arc<[StemNode]>,
    /// Stems that came later than the block; they hide those of their bytes in it.
    later: ByteSet,
    beside: Vec<StemNode>,
}

impl Stems {
    #[inline]
    pub(super) fn get(&self, byte: u8) -> Option<&StemNode> {
        if self.later.contains(byte) {
            Some(&self.beside[self.later.rank(byte)])
        } else if self.in_block.contains(byte) {
            Some(&self.block[self.in_block.rank(byte)])
        } else {
            None
        }
    }

    /// The stems with these bytes, which ascend.
    pub(super) fn from_ascending(stems: Vec<(u8, StemNode)>) -> Self {
        let mut in_block = ByteSet::default();
        stems.iter().for_each(|(byte, _)| in_block.insert(*byte));
        let block = stems.into_iter().map(|(_, stem)| stem).collect();
        Self { in_block, block, ..Self::default() }
    }

    /// These stems with others, whose bytes ascend.
    pub(super) fn with(&self, others: impl ExactSizeIterator<Item = (u8, StemNode)>) -> Self {
        let mut beside = Vec::with_capacity(self.beside.len() + others.len());
        beside.extend_from_slice(&self.beside);
        let mut stems = Self {
            in_block: self.in_block,
            block: Arc::clone(&self.block),
            later: self.later,
            beside,
        };
        for (byte, stem) in others {
            stems.insert(byte, stem);
        }
        stems.settle();
        stems
    }

    /// Puts a stem in its place, over the one that was there.
    pub(super) fn put(&mut self, byte: u8, stem: StemNode) {
        self.insert(byte, stem);
        self.settle();
    }

    /// Takes a stem away.
    pub(super) fn remove(&mut self, byte: u8) {
        if self.get(byte).is_some() {
            self.make_block(|own| own != byte);
        }
    }

    /// See [`super::children::Children::warm`].
    #[inline]
    pub(super) fn warm(&self) -> usize {
        Arc::strong_count(&self.block) ^ self.beside.len()
    }

    fn insert(&mut self, byte: u8, stem: StemNode) {
        let rank = self.later.rank(byte);
        if self.later.contains(byte) {
            self.beside[rank] = stem;
        } else {
            self.beside.insert(rank, stem);
            self.later.insert(byte);
        }
    }

    /// Keeps what is beside the block few.
    fn settle(&mut self) {
        if self.beside.len() * SHARED_TIMES > self.block.len() {
            self.make_block(|_| true);
        }
    }

    /// Puts all stems that stay into a new block.
    fn make_block(&mut self, stays: impl Fn(u8) -> bool) {
        let mut bytes = self.in_block;
        self.later.iter().for_each(|byte| bytes.insert(byte));
        let mut stems = Vec::with_capacity(bytes.len());
        let mut in_block = ByteSet::default();
        for byte in bytes.iter().filter(|byte| stays(*byte)) {
            stems.extend(self.get(byte).cloned());
            in_block.insert(byte);
        }
        *self = Self { in_block, block: stems.into(), ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::super::nodes::Body;
    use super::*;

    fn stem(number: u8) -> StemNode {
        StemNode { stem: [number; 31], body: Body::Single((number, [number; 32])) }
    }

    fn list(stems: &Stems) -> Vec<(u8, u8)> {
        (0..=u8::MAX).filter_map(|byte| Some((byte, stems.get(byte)?.stem[0]))).collect()
    }

    #[test]
    fn test_a_version_shares_the_block_until_a_fifth_is_beside_it() {
        let empty = Stems::default();
        let first = empty.with((0..8).map(|byte| (byte * 30, stem(byte))));
        let before: Vec<(u8, u8)> = (0..8).map(|byte| (byte * 30, byte)).collect();
        assert_eq!(list(&first), before);
        let second = first.with([(30, stem(31)), (31, stem(32))].into_iter());
        assert!(Arc::ptr_eq(&first.block, &second.block));
        let mut after = before.clone();
        after[1] = (30, 31);
        after.insert(2, (31, 32));
        assert_eq!(list(&second), after);
        let third = second.with([(31, stem(33))].into_iter());
        assert!(Arc::ptr_eq(&first.block, &third.block), "one is over another");
        after[2] = (31, 33);
        assert_eq!(list(&third), after);
        let fourth = third.with([(255, stem(9))].into_iter());
        assert_eq!((fourth.block.len(), fourth.beside.len()), (10, 0));
        after.push((255, 9));
        assert_eq!(list(&fourth), after);
        assert_eq!(list(&first), before, "the version before is as it was");
    }

    #[test]
    fn test_stems_come_and_go() {
        let mut stems = Stems::default();
        for byte in (0..=u8::MAX).rev() {
            stems.put(byte, stem(byte));
        }
        let mut expected: Vec<(u8, u8)> = (0..=u8::MAX).map(|byte| (byte, byte)).collect();
        assert_eq!(list(&stems), expected);
        stems.put(100, stem(1));
        expected[100].1 = 1;
        for byte in [0, 100, 200, 255] {
            stems.remove(byte);
            stems.remove(byte);
            expected.retain(|(own, _)| *own != byte);
            assert_eq!(list(&stems), expected);
        }
    }
}
