//! An endorser of a replayed block beside a bare node.

use corollup_core::caches::{Caches, Limits};
use corollup_core::endorser::{Context, verify};
use corollup_core::error::Error;
use corollup_core::evm::run_bare_block;
use corollup_core::genesis::GenesisState;
use corollup_core::replay::ReplayBlock;
use corollup_core::state::MemoryState;

use crate::race::race;

/// Times the verification of a block's packet with empty caches and with caches that have seen it,
/// and the block in a bare node, in turn.
///
/// # Returns
/// The least seconds of each.
///
/// # Errors
/// If the packet is refused, or the block does not run.
pub fn race_block(
    block: &ReplayBlock,
    pre_state: &GenesisState,
    encoded: &[u8],
    hints: Option<&[u8]>,
    runs: usize,
) -> Result<[f64; 3], Error> {
    let (state, environment) = (MemoryState::from(pre_state), block.environment());
    let caches = Caches::new(Limits::default());
    let context = Context { hints, ..Context::default() };
    let cold = || require_valid(encoded, &context);
    let warm = || require_valid(encoded, &Context { caches: Some(&caches), ..context });
    let bare = || run_bare_block(&state, &environment, &block.transactions).map(drop);
    race(runs, [&mut { cold }, &mut { warm }, &mut { bare }])
}

/// Verifies a packet that has to be valid.
///
/// # Errors
/// If it is refused, with the reason.
pub fn require_valid(encoded: &[u8], context: &Context<'_>) -> Result<(), Error> {
    match verify(encoded, context)?.outcome {
        Ok(_) => Ok(()),
        Err(rejected) => Err(Error::State(rejected.to_string())),
    }
}
