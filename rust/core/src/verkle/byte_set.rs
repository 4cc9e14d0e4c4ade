//! Sets of bytes.

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    #[inline]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }

    #[inline]
    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte / 64)] |= 1 << (byte % 64);
    }

    pub(super) fn remove(&mut self, byte: u8) {
        self.0[usize::from(byte / 64)] &= !(1 << (byte % 64));
    }

    /// How many bytes of the set are below this one.
    #[inline]
    pub(super) fn rank(&self, byte: u8) -> usize {
        let word = usize::from(byte / 64);
        let below = self.0[word] & ((1 << (byte % 64)) - 1);
        let ones = self.0[..word].iter().map(|bits| bits.count_ones()).sum::<u32>();
        (ones + below.count_ones()) as usize
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|bits| bits.count_ones()).sum::<u32>() as usize
    }

    /// The bytes, ascending.
    #[inline]
    pub(super) fn iter(&self) -> impl Iterator<Item = u8> + use<> {
        (0..=u8::MAX).step_by(64).zip(self.0).flat_map(|(start, mut bits)| {
            core::iter::from_fn(move || {
                let lowest = u8::try_from(bits.trailing_zeros()).ok().filter(|bit| *bit < 64)?;
                bits &= bits - 1;
                Some(start + lowest)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_a_set_has_what_came_and_did_not_go() {
        let mut set = ByteSet::default();
        let bytes = [0, 1, 63, 64, 127, 128, 200, 255];
        for byte in bytes.into_iter().rev() {
            set.insert(byte);
            set.insert(byte);
        }
        assert!(set.iter().eq(bytes));
        assert_eq!(set.len(), bytes.len());
        for (rank, byte) in bytes.into_iter().enumerate() {
            assert!(set.contains(byte));
            assert_eq!(set.rank(byte), rank);
        }
        assert_eq!(set.rank(129), 6);
        bytes.iter().step_by(2).for_each(|byte| set.remove(*byte));
        set.remove(7);
        assert!(set.iter().eq([1, 64, 128, 255]));
        assert!(!set.contains(0));
    }
}
