//! What an endorser remembers from packet to packet: codes with their jump tables, and points.
//!
//! Everything here is the result of a pure function and kept under what it follows from, so a cache
//! changes how long a verification takes and never what it finds. Each cache is bounded in bytes.
//! Only packets with their producer's signature add to it, so no stranger can empty it.

use core::hash::{BuildHasher, Hash};
use std::hash::RandomState;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy_primitives::{B256, map::HashMap};

use crate::curve::Point;
use crate::evm::Bytecode;
use crate::verkle::PointCache;

/// How much a process remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of codes and their jump tables.
    pub code_bytes: usize,
    /// Bytes of decompressed points.
    pub point_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { code_bytes: 64 << 20, point_bytes: 16 << 20 }
    }
}

/// The caches of a process, for any number of verifications at once.
#[derive(Debug, Default)]
pub struct Caches {
    /// Codes by their hash.
    pub codes: Codes,
    /// Points by their compressed bytes.
    pub points: Points,
}

impl Caches {
    /// Empty caches of these sizes.
    pub fn new(limits: Limits) -> Self {
        Self { codes: Codes::new(limits.code_bytes), points: Points::new(limits.point_bytes) }
    }
}

/// Codes with their jump tables, by hash and by content.
#[derive(Debug)]
pub struct Codes {
    by_hash: Bounded<B256, Bytecode>,
    /// Hashes by a fingerprint of the code. A fingerprint may err: the code itself is compared.
    by_fingerprint: Bounded<u64, B256>,
    fingerprints: RandomState,
}

impl Default for Codes {
    fn default() -> Self {
        Self::new(Limits::default().code_bytes)
    }
}

impl Codes {
    /// What an entry takes beside the code: keys, lengths, a part of the tables.
    const ENTRY_BYTES: usize = 256;

    fn new(most_bytes: usize) -> Self {
        Self {
            by_hash: Bounded::new(most_bytes),
            by_fingerprint: Bounded::new(most_bytes),
            fingerprints: RandomState::new(),
        }
    }

    /// The code of this hash.
    pub fn get(&self, hash: &B256) -> Option<Bytecode> {
        self.by_hash.get(hash)
    }

    /// The code of this content with its hash, found without hashing it.
    pub fn find(&self, code: &[u8]) -> Option<(B256, Bytecode)> {
        let hash = self.by_fingerprint.get(&self.fingerprints.hash_one(code))?;
        let known = self.by_hash.get(&hash)?;
        (known.original_byte_slice() == code).then_some((hash, known))
    }

    /// Keeps a code under its hash.
    pub(crate) fn put(&self, hash: B256, code: Bytecode) {
        let size = code.len();
        let bytes = size + size / 8 + Self::ENTRY_BYTES;
        let fingerprint = self.fingerprints.hash_one(code.original_byte_slice());
        self.by_fingerprint.put(fingerprint, hash, bytes);
        self.by_hash.put(hash, code, bytes);
    }
}

/// Points by their 48 compressed bytes, which spares the square root of decompressing them.
#[derive(Debug)]
pub struct Points {
    shards: [Bounded<[u8; 48], Point>; Self::SHARDS],
}

impl Default for Points {
    fn default() -> Self {
        Self::new(Limits::default().point_bytes)
    }
}

impl Points {
    /// Parts with a lock each, so that the threads of one verification seldom meet.
    const SHARDS: usize = 16;
    /// Key, point and what the map adds.
    const ENTRY_BYTES: usize = 256;

    fn new(most_bytes: usize) -> Self {
        Self { shards: core::array::from_fn(|_| Bounded::new(most_bytes / Self::SHARDS)) }
    }

    fn shard(&self, compressed: &[u8; 48]) -> &Bounded<[u8; 48], Point> {
        &self.shards[usize::from(compressed[47]) % Self::SHARDS]
    }
}

impl PointCache for Points {
    fn get(&self, compressed: &[u8; 48]) -> Option<Point> {
        self.shard(compressed).get(compressed)
    }

    fn put(&self, compressed: &[u8; 48], point: Point) {
        self.shard(compressed).put(*compressed, point, Self::ENTRY_BYTES);
    }
}

/// A map of bounded size in two generations: what is asked for moves to the young one, and when
/// that is full the old one is forgotten and the young one becomes it.
#[derive(Debug)]
struct Bounded<K, V> {
    /// Bytes of one generation.
    most_bytes: usize,
    generations: Mutex<Generations<K, V>>,
}

#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, Kept<V>>,
    old: HashMap<K, Kept<V>>,
    young_bytes: usize,
}

#[derive(Clone, Debug)]
struct Kept<V> {
    value: V,
    bytes: usize,
}

impl<K: Copy + Eq + Hash, V: Clone> Bounded<K, V> {
    fn new(most_bytes: usize) -> Self {
        let (young, old) = (HashMap::default(), HashMap::default());
        let generations = Mutex::new(Generations { young, old, young_bytes: 0 });
        Self { most_bytes: most_bytes / 2, generations }
    }

    fn get(&self, key: &K) -> Option<V> {
        let mut generations = self.lock();
        if let Some(kept) = generations.young.get(key) {
            return Some(kept.value.clone());
        }
        let kept = generations.old.remove(key)?;
        let value = kept.value.clone();
        generations.put(*key, kept, self.most_bytes);
        Some(value)
    }

    fn put(&self, key: K, value: V, bytes: usize) {
        if bytes <= self.most_bytes {
            self.lock().put(key, Kept { value, bytes }, self.most_bytes);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Generations<K, V>> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, V> Generations<K, V> {
    fn put(&mut self, key: K, kept: Kept<V>, most_bytes: usize) {
        if self.young.contains_key(&key) {
            return;
        }
        self.old.remove(&key);
        if self.young_bytes + kept.bytes > most_bytes {
            self.old = core::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += kept.bytes;
        self.young.insert(key, kept);
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Bytes, keccak256};

    use super::*;
    use crate::evm::to_bytecode;

    fn bytes_held(map: &Bounded<u64, u64>) -> usize {
        let generations = map.lock();
        generations.young.values().chain(generations.old.values()).map(|kept| kept.bytes).sum()
    }

    #[test]
    fn test_size_stays_below_the_bound_and_what_is_used_stays() {
        let map = Bounded::new(1_000);
        for (key, bytes) in (0..500).zip((10..100).cycle()) {
            map.put(key, key, bytes);
            assert!(bytes_held(&map) <= 1_000);
            assert_eq!(map.get(&0), Some(0), "after {key}");
        }
        assert_eq!(map.get(&1), None);
        assert_eq!(map.get(&499), Some(499));
    }

    #[test]
    fn test_value_of_a_whole_generation_is_kept_and_a_larger_one_is_not() {
        let map = Bounded::new(1_000);
        map.put(1, 1, 500);
        map.put(2, 2, 501);
        assert_eq!((map.get(&1), map.get(&2)), (Some(1), None));
    }

    #[test]
    fn test_key_that_is_put_twice_counts_once() {
        let map = Bounded::new(1_000);
        for _ in 0..3 {
            map.put(1, 1, 300);
        }
        assert_eq!((map.get(&1), bytes_held(&map)), (Some(1), 300));
    }

    #[test]
    fn test_codes_are_found_by_hash_and_by_content() {
        let cache = Codes::default();
        let code = Bytes::from(vec![0x5b; 100]);
        let hash = keccak256(&code);
        assert_eq!(cache.get(&hash), None);
        assert_eq!(cache.find(&code), None);
        cache.put(hash, to_bytecode(code.clone()));
        assert_eq!(cache.get(&hash), Some(to_bytecode(code.clone())));
        assert_eq!(cache.find(&code), Some((hash, to_bytecode(code.clone()))));
        assert_eq!(cache.find(&code[..99]), None);
    }

    #[test]
    fn test_points_are_found_by_their_bytes() {
        let cache = Points::default();
        let point = Point::INFINITY;
        assert_eq!(cache.get(&point.to_compressed()), None);
        cache.put(&point.to_compressed(), point);
        assert_eq!(cache.get(&point.to_compressed()), Some(point));
    }
}
