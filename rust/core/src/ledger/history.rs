//! A map that remembers what it held: the values of each key, version by version.

use core::hash::Hash;
use std::collections::{HashMap, VecDeque};

/// Counts the states of a chain: each block makes one, and so does each edit by hand.
pub type Version = u64;

/// The values of keys over ascending versions.
///
/// Reading an old version costs one binary search; dropping the newest versions and forgetting
/// the oldest cost what they wrote.
///
/// Over a base that has the newest value of every key, it holds only the keys that its kept versions
/// wrote: see [`History::over_base`].
#[derive(Clone, Debug)]
pub struct History<K, V> {
    /// Ascending by version; the last entry is the newest value, `None` an absent one.
    values: HashMap<K, Vec<(Version, Option<V>)>>,
    /// The keys that each kept version wrote, ascending by version.
    written: VecDeque<(Version, Vec<K>)>,
    is_over_base: bool,
}

impl<K, V> Default for History<K, V> {
    fn default() -> Self {
        Self { values: HashMap::new(), written: VecDeque::new(), is_over_base: false }
    }
}

impl<K: Clone + Eq + Hash, V: PartialEq> History<K, V> {
    /// A history over a base that has the newest value of every key. Before a key is written it is
    /// [remembered](History::remember); one that is not held has the value of the base.
    pub fn over_base() -> Self {
        Self { is_over_base: true, ..Self::default() }
    }

    /// Whether the versions of a key are held, and not only the base knows it.
    pub fn holds(&self, key: &K) -> bool {
        self.values.contains_key(key)
    }

    /// Notes what the base has for a key that is about to be written, as of `oldest`.
    pub fn remember(&mut self, key: K, oldest: Version, value: Option<V>) {
        self.values.entry(key).or_insert_with(|| vec![(oldest, value)]);
    }

    /// The value of `key` as `version` left it.
    pub fn get(&self, key: &K, version: Version) -> Option<&V> {
        let entries = self.values.get(key)?;
        let later = entries.partition_point(|(written, _)| *written <= version);
        entries[..later].last()?.1.as_ref()
    }

    /// Writes a value at `version`, which no earlier write may exceed.
    pub fn set(&mut self, key: K, version: Version, value: Option<V>) {
        let entries = self.values.entry(key.clone()).or_default();
        match entries.last_mut() {
            Some((written, newest)) if *written == version => {
                *newest = value;
                return;
            }
            Some((_, newest)) if *newest == value => return,
            None if value.is_none() => return,
            _ => entries.push((version, value)),
        }
        match self.written.back_mut() {
            Some((newest, keys)) if *newest == version => keys.push(key),
            _ => self.written.push_back((version, vec![key])),
        }
    }

    /// Drops everything written after `version`.
    pub fn truncate(&mut self, version: Version) {
        while self.written.back().is_some_and(|(newest, _)| *newest > version) {
            let Some((_, keys)) = self.written.pop_back() else { return };
            for key in keys {
                self.drop_newest(&key);
            }
        }
    }

    fn drop_newest(&mut self, key: &K) {
        if let Some(entries) = self.values.get_mut(key) {
            entries.pop();
            if entries.is_empty() || self.is_over_base && entries.len() == 1 {
                self.values.remove(key);
            }
        }
    }

    /// Forgets what only versions before `oldest` see.
    pub fn prune(&mut self, oldest: Version) {
        while self.written.front().is_some_and(|(first, _)| *first <= oldest) {
            let Some((_, keys)) = self.written.pop_front() else { return };
            for key in keys {
                self.forget_before(&key, oldest);
            }
        }
    }

    fn forget_before(&mut self, key: &K, oldest: Version) {
        let Some(entries) = self.values.get_mut(key) else { return };
        let visible = entries.partition_point(|(written, _)| *written <= oldest);
        entries.drain(..visible.saturating_sub(1));
        let is_in_base = self.is_over_base && entries.len() == 1;
        if is_in_base || matches!(entries.as_slice(), [] | [(_, None)]) {
            self.values.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    /// The same by copying the whole map at each version.
    struct Copies {
        versions: Vec<HashMap<u8, u8>>,
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// Writes values as the next version.
        Write(Vec<(u8, Option<u8>)>),
        /// Goes back by so many versions, as far as they are kept.
        Truncate(usize),
        /// Keeps so many versions before the newest.
        Prune(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let write = vec((0..6_u8, option::of(0..4_u8)), 0..5).prop_map(Step::Write);
        vec(
            prop_oneof![
                4 => write,
                1 => (0..4_usize).prop_map(Step::Truncate),
                1 => (0..4_usize).prop_map(Step::Prune),
            ],
            0..40,
        )
    }

    proptest! {
        #[test]
        fn every_kept_version_reads_as_a_copy_would(steps in steps()) {
            let mut history = History::default();
            let mut copies = Copies { versions: vec![HashMap::new()] };
            let mut oldest = 0;
            for step in steps {
                let newest = copies.versions.len() - 1;
                match step {
                    Step::Write(values) => {
                        let mut copy = copies.versions[newest].clone();
                        for (key, value) in values {
                            history.set(key, newest as Version + 1, value);
                            match value {
                                Some(value) => copy.insert(key, value),
                                None => copy.remove(&key),
                            };
                        }
                        copies.versions.push(copy);
                    }
                    Step::Truncate(depth) => {
                        let kept = newest.saturating_sub(depth).max(oldest);
                        history.truncate(kept as Version);
                        copies.versions.truncate(kept + 1);
                    }
                    Step::Prune(depth) => {
                        oldest = newest.saturating_sub(depth).max(oldest);
                        history.prune(oldest as Version);
                    }
                }
                for (version, copy) in copies.versions.iter().enumerate().skip(oldest) {
                    for key in 0..6 {
                        prop_assert_eq!(history.get(&key, version as Version), copy.get(&key));
                    }
                }
            }
        }
    }

    fn history() -> History<&'static str, u32> {
        let mut history = History::default();
        history.set("a", 0, Some(1));
        history.set("a", 2, Some(2));
        history.set("b", 2, Some(7));
        history.set("a", 3, None);
        history
    }

    #[test]
    fn each_version_keeps_its_values() {
        let history = history();
        let a: Vec<_> = (0..5).map(|version| history.get(&"a", version).copied()).collect();
        assert_eq!(a, [Some(1), Some(1), Some(2), None, None]);
        assert_eq!(history.get(&"b", 1), None);
        assert_eq!(history.get(&"b", 2), Some(&7));
    }

    #[test]
    fn truncation_restores_the_version() {
        let mut history = history();
        history.truncate(1);
        assert_eq!(history.get(&"a", 9), Some(&1));
        assert_eq!(history.get(&"b", 9), None);
        history.set("b", 2, Some(8));
        assert_eq!(history.get(&"b", 2), Some(&8));
    }

    #[test]
    fn pruning_keeps_the_oldest_version_readable() {
        let mut history = history();
        history.prune(2);
        assert_eq!(history.get(&"a", 2), Some(&2));
        assert_eq!(history.get(&"a", 1), None, "forgotten");
        history.prune(3);
        assert!(!history.values.contains_key("a"), "an absent key takes no memory");
    }

    #[test]
    fn a_second_write_at_one_version_replaces_the_first() {
        let mut history = history();
        history.set("b", 4, Some(1));
        history.set("b", 4, Some(2));
        assert_eq!(history.get(&"b", 4), Some(&2));
        history.truncate(3);
        assert_eq!(history.get(&"b", 4), Some(&7));
    }
}
