//! A large state on disk: made from sorted leaves, then packets built on it.
//!
//! Each step is for a process of its own, whose memory is looked at from outside.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use alloy_primitives::{B256, Bytes, U256};
use corollup_core::containers::{Genesis, Parent};
use corollup_core::curve::fixed_base::TableSize;
use corollup_core::error::Error;
use corollup_core::genesis::{GenesisState, leaves};
use corollup_core::ledger::DiskOptions;
use corollup_core::producer::build;
use corollup_core::replay::{add_further_accounts, further_address};
use corollup_core::store::{Head, PacketRows, RedbStore, StateLoader, StateStore, StoredState};
use corollup_core::verkle::keys::basic_data_key;
use corollup_core::verkle::{BasicData, Key, Value};
use rayon::prelude::*;

use crate::network::{Network, producer_key};
use crate::random::Random;
use crate::transfers::{fund_senders, sign_transfer_to};

/// Accounts that send, one transfer a packet each.
const SENDERS: u64 = 500;
/// The domain of the files: they are of no network.
const DOMAIN: B256 = B256::repeat_byte(0xd1);

/// Makes the file of a state with so many further accounts.
///
/// # Errors
/// If there is such a file, or it cannot be written.
pub fn fill_state(path: &Path, accounts: u64) -> Result<(), Error> {
    if path.exists() {
        return Err(Error::Argument(format!("{} is there already", path.display())));
    }
    let DiskOptions { file_cache_bytes, history, table_size, .. } = DiskOptions::default();
    let store = Arc::new(RedbStore::open(path, file_cache_bytes)?);
    let mut loader = StateLoader::new(store, table_size)?;
    let senders = fund_senders(SENDERS)?;
    let mut own = leaves(&senders)?;
    own.sort_unstable();
    let mut own = own.into_iter().peekable();
    let value = BasicData { balance: 1, ..BasicData::default() }.pack()?;
    for key in sorted_keys(accounts) {
        while let Some((own_key, own_value)) = own.next_if(|(own_key, _)| *own_key < key) {
            loader.push(&own_key, own_value)?;
        }
        loader.push(&key, value)?;
    }
    own.try_for_each(|(key, value): (Key, Value)| loader.push(&key, value))?;
    loader
        .add_codes(senders.values().map(|account| &account.code).filter(|code| !code.is_empty()))?;
    loader.finish_new(&DOMAIN, 0, B256::ZERO, history).map(drop)
}

/// Builds packets of transfers to random further accounts on such a file, each stored before the
/// next one.
///
/// # Returns
/// The seconds of each, from the candidates to the durable state.
///
/// # Errors
/// If it is no such file, a packet cannot be built, or the device fails.
pub fn build_on_state(path: &Path, accounts: u64, packets: usize) -> Result<Vec<f64>, Error> {
    let options = DiskOptions::default();
    let store = Arc::new(RedbStore::open(path, options.file_cache_bytes)?);
    let opened = StateStore::open(store, &DOMAIN, options.history)?;
    let absent = || Error::Argument(format!("{} is no state", path.display()));
    let mut state = opened.ok_or_else(absent)?;
    let mut network = start_network(&state, options.table_size)?;
    time_packets(accounts, packets, |transfers| {
        build_and_store(&mut state, &mut network, transfers, &options)
    })
}

/// As [`build_on_state`], on a state of so many further accounts that is held in memory.
///
/// # Errors
/// If a packet cannot be built.
pub fn build_in_memory(accounts: u64, packets: usize) -> Result<Vec<f64>, Error> {
    let mut network = {
        let mut state = fund_senders(SENDERS)?;
        add_further_accounts(&mut state, accounts);
        Network::native(&state)?
    };
    time_packets(accounts, packets, |transfers| {
        let built = network.build(&network.request(transfers))?;
        network.advance(built);
        Ok(())
    })
}

/// The seconds of each packet: of every sender a transfer to a random account.
fn time_packets(
    accounts: u64,
    packets: usize,
    mut build: impl FnMut(Vec<Bytes>) -> Result<(), Error>,
) -> Result<Vec<f64>, Error> {
    let mut random = Random::new(0, "transfers");
    (0..packets)
        .map(|nonce| {
            let transfers = (1..=SENDERS).map(|sender| {
                let to = further_address(random.next() % accounts);
                sign_transfer_to(B256::from(U256::from(sender)), nonce as u64, to)
            });
            let transfers = transfers.collect::<Result<Vec<_>, _>>()?;
            let start = Instant::now();
            build(transfers)?;
            Ok(start.elapsed().as_secs_f64())
        })
        .collect()
}

fn build_and_store(
    state: &mut StateStore,
    network: &mut Network,
    transfers: Vec<Bytes>,
    options: &DiskOptions,
) -> Result<(), Error> {
    let request = network.request(transfers);
    let mut built = build(&StoredState::new(state.view()?), &network.tree, &request)?;
    if let Some(refused) = built.refused.first() {
        return Err(Error::State(format!("a transfer is refused: {}", refused.refusal)));
    }
    built.sign(&producer_key());
    let rows = PacketRows {
        tree: built.tree.changes_since(&network.tree)?,
        packet: built.result.encode(),
        ..PacketRows::default()
    };
    let header = &built.result.header;
    state.commit(
        Head { number: header.number, digest: built.digest, root: built.tree.root() },
        rows,
    )?;
    network.parent = Parent::Header(built.result.header);
    network.tree = built.tree;
    state.settle(&mut network.tree, options.tree_cache_bytes)
}

/// The network that has the state of a file at its genesis.
fn start_network(state: &StateStore, table_size: TableSize) -> Result<Network, Error> {
    let mut network = Network::native(&GenesisState::new())?;
    let genesis = Genesis {
        config_hash: network.config.hash(),
        state_root: state.head().root,
        l1_number: 5,
        l1_parent_hash: B256::repeat_byte(0x11),
    };
    network.domain = DOMAIN;
    network.parent = Parent::Genesis { config: network.config.clone(), genesis };
    network.tree = state.tree(table_size)?;
    Ok(network)
}

fn sorted_keys(accounts: u64) -> Vec<Key> {
    let mut keys: Vec<Key> = (0..accounts)
        .into_par_iter()
        .map(|index| basic_data_key(&further_address(index)))
        .collect();
    keys.par_sort_unstable();
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_packets_are_built_on_a_filled_file() {
        let folder = std::env::temp_dir().join(format!("corollup-lab-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("state");
        fill_state(&path, 2_000).expect("the file is new");
        assert!(fill_state(&path, 1).is_err());
        let seconds = build_on_state(&path, 2_000, 2).expect("the senders can pay");
        assert_eq!(seconds.len(), 2);
        assert_eq!(build_in_memory(2_000, 2).map(|seconds| seconds.len()), Ok(2));
        std::fs::remove_dir_all(folder).expect("the folder is there");
    }
}
