//! Verification as the state grows from 10^4 to 10^7 accounts.

use std::collections::HashSet;

use corollup_core::endorser::Context;
use corollup_core::error::Error;
use corollup_core::replay::{ReplayBlock, further_address};
use corollup_core::verkle::keys::basic_data_key;
use corollup_core::verkle::{BasicData, Key, Tree, Value};
use rayon::prelude::*;

use super::blocks::Scene;
use super::{Bench, Row};
use crate::race::{on_threads, race};
use crate::replay_race::require_valid;

const SIZES: [u64; 3] = [10_000, 1_000_000, 10_000_000];

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let scenes = bench.grown_scenes()?;
    let [small, middle, large] = scenes else {
        return Err(Error::State("there is a scene for each size".into()));
    };
    let verify = |scene: &Scene| {
        require_valid(&scene.encoded, &Context { hints: Some(&scene.hints), ..Context::default() })
    };
    // A ratio close to one asks for more runs than others.
    let [small, middle, large] = on_threads(1, || {
        let works: [&mut dyn FnMut() -> Result<(), Error>; 3] =
            [&mut || verify(small), &mut || verify(middle), &mut || verify(large)];
        race(2 * bench.runs, works)
    })?;
    Ok(vec![
        Row::ratio("verify time, 10^4 → 10^7 accounts", large, "10^4 accounts", small),
        Row::ratio("verify time, 10^6 → 10^7 accounts", large, "10^6 accounts", middle),
    ])
}

/// The packet of the last block that counts, in trees of each size.
pub(super) fn load_scenes(bench: &Bench) -> Result<Vec<Scene>, Error> {
    let absent = || Error::Argument("the bench has no block".into());
    let (block, state) = bench.counted().last().ok_or_else(absent)?;
    let touched = touched_stems(bench, block)?;
    SIZES
        .into_iter()
        .map(|accounts| {
            let mut tree = Tree::with_tables(super::TABLE_SIZE);
            tree.insert_all(&thin(accounts, &touched)?)?;
            Scene::load(block, state, &tree)
        })
        .collect()
}

/// The keys that a block reads or writes.
fn touched_stems(bench: &Bench, block: &ReplayBlock) -> Result<Vec<Key>, Error> {
    let is_of_block = |scene: &&Scene| scene.network.parent.number() + 1 == block.number;
    let scene = bench.scenes()?.iter().find(is_of_block);
    let list = scene.ok_or_else(|| Error::State("the block has no scene".into()))?.access_list()?;
    Ok(list.entries().into_iter().map(|(key, _)| key).collect())
}

/// Those leaves of a tree of so many accounts that give the paths of some keys the shape they have
/// in the whole tree: all below an inner node of depth two on a path, and one for every other slot
/// of the nodes on the paths.
///
/// A witness shows nodes on paths alone, so it has the same number of them in the whole tree, which
/// would take minutes to build. Slots hold other children, of which none is opened.
fn thin(accounts: u64, touched: &[Key]) -> Result<Vec<(Key, Value)>, Error> {
    let prefixes =
        |depth: usize| -> HashSet<&[u8]> { touched.iter().map(|key| &key[..depth]).collect() };
    let (firsts, seconds) = (prefixes(1), prefixes(2));
    let keys: Vec<Key> = (0..accounts)
        .into_par_iter()
        .map(|index| basic_data_key(&further_address(index)))
        .collect();
    let value = BasicData { balance: 1, ..BasicData::default() }.pack()?;
    let mut filled = HashSet::new();
    let mut is_kept = |key: &Key| {
        let depth = if firsts.contains(&key[..1]) { 2 } else { 1 };
        seconds.contains(&key[..2]) || filled.insert(key[..depth].to_vec())
    };
    Ok(keys.into_iter().filter(|key| is_kept(key)).map(|key| (key, value)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_a_thinned_tree_gives_witnesses_of_the_same_size() {
        const ACCOUNTS: u64 = 60_000;
        let mut touched: Vec<Key> = (0..20)
            .map(|index| basic_data_key(&further_address(index * 2_999)))
            .chain((0..20).map(|index| basic_data_key(&further_address(ACCOUNTS + index))))
            .collect();
        touched.sort_unstable();
        let thinned = thin(ACCOUNTS, &touched).expect("a small balance");
        let whole = thin(ACCOUNTS, &all_prefixes()).expect("a small balance");
        assert_eq!(whole.len(), 60_000);
        assert!(thinned.len() < whole.len() / 4, "{}", thinned.len());
        let prove = |leaves: Vec<(Key, Value)>| {
            let tree: Tree = leaves.into_iter().collect();
            tree.prove(1, &touched).expect("ascending keys").len()
        };
        assert_eq!(prove(thinned), prove(whole));
    }

    /// A key for every prefix of two bytes, so that nothing is left out.
    fn all_prefixes() -> Vec<Key> {
        (0..=u16::MAX)
            .map(|prefix| {
                let mut key = Key::default();
                key[..2].copy_from_slice(&prefix.to_be_bytes());
                key
            })
            .collect()
    }
}
