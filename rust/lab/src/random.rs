//! Numbers that follow from a seed.

use alloy_primitives::{B256, keccak256};

/// A sequence of numbers, the same on every machine: SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The sequence of a seed and of what it is for.
    pub(crate) fn new(seed: u64, purpose: &str) -> Self {
        let word = keccak256([purpose.as_bytes(), &seed.to_be_bytes()].concat());
        Self(word.0[..8].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    }

    /// Any number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let word = u128::from(self.next()) * end as u128;
        usize::try_from(word >> 64).unwrap_or(0)
    }

    /// Whether something of a chance of `parts` in a hundred happens.
    pub(crate) fn chance(&mut self, parts: usize) -> bool {
        self.below(100) < parts
    }

    /// One of the items, of which there is at least one.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A byte.
    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.byte()).collect()
    }

    /// A word.
    pub(crate) fn word(&mut self) -> B256 {
        B256::from_slice(&self.bytes(32))
    }
}
