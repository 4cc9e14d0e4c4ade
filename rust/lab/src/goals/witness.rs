//! Witnesses of the Verkle tree beside those of a Merkle-Patricia trie, for the same blocks.

use corollup_core::access_list::AccessList;
use corollup_core::commitment::{PatriciaCommitment, StateCommitment, VerkleCommitment};
use corollup_core::error::Error;
use corollup_core::genesis::GenesisState;
use corollup_core::replay::{MAINNET_CHAIN_ID, add_further_accounts};
use corollup_core::verkle::{Key, PointSize};

use super::blocks::Scene;
use super::{Bench, FURTHER_ACCOUNTS, Row};
use crate::race::{on_threads, race};

/// Witness sizes of the same blocks, bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Sizes {
    affine: usize,
    compressed: usize,
    patricia: usize,
}

/// A block's witness in a trie.
pub(super) struct Control {
    root: alloy_primitives::B256,
    witness: Vec<u8>,
}

const PEER: &str = "Merkle-Patricia";

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let scenes = bench.scenes()?;
    let mut sizes = Sizes::default();
    for (scene, control) in scenes.iter().zip(bench.controls()?) {
        let list = scene.access_list()?;
        let keys: Vec<Key> = list.entries().into_iter().map(|(key, _)| key).collect();
        let prove = |size| scene.network.tree.prove_with(MAINNET_CHAIN_ID, &keys, size);
        let values = VerkleCommitment::values_size(&list);
        sizes.affine += prove(PointSize::Affine)?.len() + values;
        sizes.compressed += prove(PointSize::Compressed)?.len() + values;
        sizes.patricia += control.witness.len() + PatriciaCommitment::values_size(&list);
    }
    let mut rows = vec![
        compare_sizes("96", sizes.affine, sizes.patricia),
        compare_sizes("48", sizes.compressed, sizes.patricia),
    ];
    rows.extend(compare_times(bench, scenes)?);
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn compare_sizes(points: &str, size: usize, patricia: usize) -> Row {
    Row {
        metric: format!("witness bytes ÷ Merkle-Patricia, {points}-byte points"),
        value: size as f64 / patricia as f64,
        unit: "ratio",
        peer: format!("{PEER}, kB"),
        peer_value: patricia as f64 / 1e3,
    }
}

/// Checking the witness and computing the root after, where a trie is faster.
fn compare_times(bench: &Bench, scenes: &[Scene]) -> Result<Vec<Row>, Error> {
    let mut sums = [0.0; 2];
    for (scene, control) in scenes.iter().zip(bench.controls()?) {
        let list = scene.access_list()?;
        let verkle = scene.network.tree.root();
        let proof = scene.proof()?;
        let least = on_threads(1, || {
            race(
                bench.runs,
                [&mut || check::<VerkleCommitment>(verkle, &list, &proof), &mut || {
                    check::<PatriciaCommitment>(control.root, &list, &control.witness)
                }],
            )
        })?;
        sums = [sums[0] + least[0], sums[1] + least[1]];
    }
    let metric = "check witness and compute post-root ÷ Merkle-Patricia";
    Ok(vec![Row::ratio(metric, sums[0], PEER, sums[1])])
}

fn check<C: StateCommitment>(
    root: alloy_primitives::B256,
    list: &AccessList,
    witness: &[u8],
) -> Result<(), Error> {
    C::apply(C::verify(root, list, witness)?, list).map(drop)
}

/// The witnesses of the blocks in a trie with the further accounts.
pub(super) fn prove_controls(bench: &Bench) -> Result<Vec<Control>, Error> {
    let mut further = GenesisState::new();
    add_further_accounts(&mut further, FURTHER_ACCOUNTS);
    let prove = |(scene, state): (&Scene, &GenesisState)| {
        let mut whole = further.clone();
        whole.extend(state.clone());
        let trie = PatriciaCommitment::build(&whole)?;
        Ok(Control { root: trie.root(), witness: trie.prove(&scene.access_list()?)? })
    };
    bench.scenes()?.iter().zip(bench.counted().map(|(_, state)| state)).map(prove).collect()
}
