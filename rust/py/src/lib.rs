//! Python binding of `corollup-core`: the module `corollup._core`.

mod bench;
mod bls;
mod devchain;
mod endorser;
mod error;
mod genesis;
mod lanes;
mod ledger;
mod precompile;
mod replay;
mod state;
mod statetest;
mod verkle;

use pyo3::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The native core of the package `corollup`.
#[pymodule(gil_used = false)]
mod _core {
    use super::*;

    #[pymodule_export]
    use crate::bench::{
        GoalBench, build_on_state, check_random_packets, fill_state, make_random_packets,
    };

    #[pymodule_export]
    use crate::bls::{Bls, PublicKey, SecretKey, Signature};

    #[pymodule_export]
    use crate::devchain::DevChain;

    #[pymodule_export]
    use crate::endorser::{Caches, Verdict, verify_execution_result};

    #[pymodule_export]
    use crate::genesis::GenesisState;

    #[pymodule_export]
    use crate::lanes::{available_backends, backend, choose_backend};

    #[pymodule_export]
    use crate::ledger::{
        Candidate, Ledger, TransactionInfo, decode_transaction, describe_pending_transaction,
    };

    #[pymodule_export]
    use crate::precompile::run_precompile;

    #[pymodule_export]
    use crate::replay::ReplayBlock;

    #[pymodule_export]
    use crate::state::{SnapshotSummary, export_state, import_state};

    #[pymodule_export]
    use crate::statetest::run_state_tests;

    #[pymodule_export]
    use crate::verkle::{PartialVerkleTree, Verkle, VerkleTree};

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// Follows the environment's choice of a backend, or refuses to be imported; and keeps the text
    /// of a panic from the user's terminal: Python raises it as an exception.
    #[pymodule_init]
    fn initialize(_module: &Bound<'_, PyModule>) -> PyResult<()> {
        lanes::choose_from_environment()?;
        if std::env::var_os("RUST_BACKTRACE").is_none() {
            std::panic::set_hook(Box::new(|_| {}));
        }
        Ok(())
    }
}
