//! Ethereum's state trie as a [`StateCommitment`].
//!
//! A witness is the encodings of the nodes on the touched paths, each once, and of the neighbours
//! that move up when a branch keeps a single child. The values are inside its leaves.

use core::ops::Range;

use alloy_primitives::map::HashMap;
use alloy_primitives::{B256, U256};
use alloy_rlp::{Decodable, Encodable, Header, encode_fixed_size};
use alloy_trie::nodes::RlpNode;
use alloy_trie::{EMPTY_ROOT_HASH, Nibbles, TrieAccount};

use super::StateCommitment;
use super::trie::{NodeSet, NodeSource, Trie, WholeTrie, commit};
use crate::access_list::{AccessList, AccountAccess, HeaderLeaves};
use crate::error::Error;
use crate::evm::Account;
use crate::genesis::GenesisState;
use crate::lanes::keccak::hash_all;
use crate::lanes::{Backend, backend};

/// The state in a Merkle-Patricia trie of accounts, each with one of its slots.
#[derive(Clone, Debug)]
pub struct PatriciaCommitment {
    accounts: Trie,
    /// By the path of the account.
    storages: HashMap<Nibbles, Trie>,
}

/// The accounts of an access list, as far as a witness shows them.
#[derive(Clone, Debug)]
pub struct ShownAccounts {
    accounts: Trie,
    touched: Vec<TouchedTrie>,
    nodes: Nodes,
}

/// An account of an access list in its trie.
#[derive(Clone, Debug)]
struct TouchedTrie {
    path: Nibbles,
    slots: Vec<Nibbles>,
    storage: Trie,
}

/// The nodes of a witness by their hashes.
#[derive(Clone, Debug, Default)]
struct Nodes {
    bytes: Vec<u8>,
    places: HashMap<B256, Range<usize>>,
}

impl StateCommitment for PatriciaCommitment {
    type Shown = ShownAccounts;

    fn build(state: &GenesisState) -> Result<Self, Error> {
        let backend = backend();
        let paths = hash_paths(backend, state.keys().map(|address| address.as_slice()));
        let mut storages = HashMap::default();
        for (path, account) in paths.iter().zip(state.values()) {
            let mut storage = Trie::default();
            let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
            let slot_bytes: Vec<B256> = slots.clone().map(|(slot, _)| (*slot).into()).collect();
            let slot_paths = hash_paths(backend, slot_bytes.iter().map(|slot| slot.as_slice()));
            for (path, (_, value)) in slot_paths.iter().zip(slots) {
                storage.insert(path, encode_value(*value), &mut WholeTrie)?;
            }
            if !slot_paths.is_empty() {
                storages.insert(*path, storage);
            }
        }
        commit(backend, &mut storages.values_mut().collect::<Vec<_>>());
        let mut accounts = Trie::default();
        for (path, (address, account)) in paths.iter().zip(state) {
            let code_hash = alloy_primitives::keccak256(&account.code);
            let found = Account { nonce: account.nonce, balance: account.balance, code_hash };
            HeaderLeaves::pack(*address, &found, 0)
                .map_err(|error| Error::Argument(error.to_string()))?;
            let storage_root = storages.get(path).map_or(EMPTY_ROOT_HASH, Trie::root);
            if let Some(leaf) = encode_account(Some(found), storage_root) {
                accounts.insert(path, leaf, &mut WholeTrie)?;
            }
        }
        commit(backend, &mut [&mut accounts]);
        Ok(Self { accounts, storages })
    }

    fn root(&self) -> B256 {
        self.accounts.root()
    }

    fn prove(&self, access_list: &AccessList) -> Result<Vec<u8>, Error> {
        if access_list.accounts.is_empty() {
            return Err(Error::Argument("the access list is empty".into()));
        }
        let touched = place_accounts(backend(), access_list);
        let mut set = NodeSet::default();
        let mut paths: Vec<Nibbles> = touched.iter().map(|account| account.path).collect();
        paths.sort_unstable();
        self.accounts.gather(&paths, &mut set);
        for account in &touched {
            if let Some(storage) = self.storages.get(&account.path) {
                let mut slots = account.slots.clone();
                slots.sort_unstable();
                storage.gather(&slots, &mut set);
            }
        }
        if access_list.accounts.iter().any(removes) {
            self.gather_neighbours(access_list, touched, &mut set)?;
        }
        Ok(set.bytes)
    }

    fn verify(root: B256, access_list: &AccessList, witness: &[u8]) -> Result<Self::Shown, Error> {
        let backend = backend();
        let mut nodes = Nodes::decode(backend, witness)?;
        let mut accounts = Trie::from_root(root);
        let mut touched = place_accounts(backend, access_list);
        for (place, access) in touched.iter_mut().zip(&access_list.accounts) {
            let leaf = accounts.get(&place.path, &mut nodes)?.map(decode_account).transpose()?;
            let found = leaf.map(|TrieAccount { nonce, balance, code_hash, .. }| Account {
                nonce,
                balance,
                code_hash,
            });
            let found = found.filter(|account| !account.is_dead());
            if found != account_before(access) {
                return Err(differs(&format!("account {}", access.address)));
            }
            place.storage = Trie::from_root(leaf.map_or(EMPTY_ROOT_HASH, |leaf| leaf.storage_root));
            for (path, slot) in place.slots.iter().zip(&access.slots) {
                let expected = encode_leaf(slot.value.before);
                if place.storage.get(path, &mut nodes)? != expected.as_deref() {
                    return Err(differs(&format!("slot {} of {}", slot.slot, access.address)));
                }
            }
        }
        Ok(ShownAccounts { accounts, touched, nodes })
    }

    fn apply(shown: Self::Shown, access_list: &AccessList) -> Result<B256, Error> {
        let ShownAccounts { accounts, touched, mut nodes } = shown;
        apply(accounts, touched, access_list, &mut nodes)
    }

    fn values_size(_: &AccessList) -> usize {
        0
    }
}

impl PatriciaCommitment {
    /// Adds what the writes of the access list need beside the paths.
    fn gather_neighbours(
        &self,
        access_list: &AccessList,
        mut touched: Vec<TouchedTrie>,
        set: &mut NodeSet,
    ) -> Result<(), Error> {
        for account in &mut touched {
            let storage = self.storages.get(&account.path);
            account.storage = Trie::from_root(storage.map_or(EMPTY_ROOT_HASH, Trie::root));
        }
        let accounts = Trie::from_root(self.root());
        let mut source = Recorder { state: self, storage: None, set };
        apply(accounts, touched, access_list, &mut source).map(drop)
    }
}

/// Hands out the nodes of a whole state, and notes which.
struct Recorder<'a> {
    state: &'a PatriciaCommitment,
    /// The path of the account whose slots are asked for; none for the accounts themselves.
    storage: Option<Nibbles>,
    set: &'a mut NodeSet,
}

/// A source for the tries of a state, told which of them comes next.
trait StateSource: NodeSource {
    fn enter(&mut self, storage: Option<Nibbles>);
}

impl NodeSource for Recorder<'_> {
    fn node(&mut self, reference: &RlpNode, path: &Nibbles) -> Option<Vec<u8>> {
        let trie = match &self.storage {
            Some(account) => self.state.storages.get(account)?,
            None => &self.state.accounts,
        };
        let encoding = trie.encoding_at(path)?;
        self.set.insert(reference.as_hash()?, || encoding.clone());
        Some(encoding)
    }
}

impl StateSource for Recorder<'_> {
    fn enter(&mut self, storage: Option<Nibbles>) {
        self.storage = storage;
    }
}

impl Nodes {
    fn decode(backend: Backend, witness: &[u8]) -> Result<Self, Error> {
        let mut rest = witness;
        let mut places = Vec::new();
        while !rest.is_empty() {
            let start = witness.len() - rest.len();
            Header::decode_bytes(&mut rest, true)
                .map_err(|error| Error::encoding("witness", error.to_string()))?;
            places.push(start..witness.len() - rest.len());
        }
        let nodes: Vec<&[u8]> = places.iter().map(|place| &witness[place.clone()]).collect();
        let hashes = hash_all(backend, &nodes);
        Ok(Self { bytes: witness.to_vec(), places: hashes.into_iter().zip(places).collect() })
    }
}

impl NodeSource for Nodes {
    fn node(&mut self, reference: &RlpNode, _: &Nibbles) -> Option<Vec<u8>> {
        let place = self.places.get(&reference.as_hash()?)?;
        Some(self.bytes[place.clone()].to_vec())
    }
}

impl StateSource for Nodes {
    fn enter(&mut self, _: Option<Nibbles>) {}
}

fn apply(
    mut accounts: Trie,
    mut touched: Vec<TouchedTrie>,
    access_list: &AccessList,
    source: &mut impl StateSource,
) -> Result<B256, Error> {
    let backend = backend();
    let roots_before: Vec<B256> = touched.iter().map(|account| account.storage.root()).collect();
    for (place, access) in touched.iter_mut().zip(&access_list.accounts) {
        source.enter(Some(place.path));
        for (path, slot) in place.slots.iter().zip(&access.slots) {
            let after = slot.value.after();
            match encode_leaf(after) {
                _ if after == slot.value.before => {}
                Some(leaf) => place.storage.insert(path, leaf, source)?,
                None => place.storage.remove(path, source)?,
            }
        }
    }
    commit(backend, &mut touched.iter_mut().map(|place| &mut place.storage).collect::<Vec<_>>());
    source.enter(None);
    for ((place, access), root_before) in
        touched.iter().zip(&access_list.accounts).zip(roots_before)
    {
        let (before, after) = (account_before(access), account_after(access));
        let storage_root = place.storage.root();
        if before == after && storage_root == root_before {
            continue;
        }
        match encode_account(after, storage_root) {
            Some(leaf) => accounts.insert(&place.path, leaf, source)?,
            None => accounts.remove(&place.path, source)?,
        }
    }
    commit(backend, &mut [&mut accounts]);
    Ok(accounts.root())
}

/// Where the accounts and slots of an access list are in the tries.
fn place_accounts(backend: Backend, access_list: &AccessList) -> Vec<TouchedTrie> {
    let accounts = &access_list.accounts;
    let paths = hash_paths(backend, accounts.iter().map(|account| account.address.as_slice()));
    let slots = accounts.iter().flat_map(|account| &account.slots);
    let slots: Vec<B256> = slots.map(|access| access.slot.into()).collect();
    let mut slots = hash_paths(backend, slots.iter().map(|slot| slot.as_slice())).into_iter();
    let place = |(path, account): (Nibbles, &AccountAccess)| TouchedTrie {
        path,
        slots: slots.by_ref().take(account.slots.len()).collect(),
        storage: Trie::default(),
    };
    paths.into_iter().zip(accounts).map(place).collect()
}

fn hash_paths<'a>(backend: Backend, keys: impl Iterator<Item = &'a [u8]>) -> Vec<Nibbles> {
    let keys: Vec<&[u8]> = keys.collect();
    hash_all(backend, &keys).iter().map(Nibbles::unpack).collect()
}

/// Whether the writes take something out of a trie.
fn removes(access: &AccountAccess) -> bool {
    let dies = account_before(access).is_some() && account_after(access).is_none();
    let is_cleared = |before: B256, after: B256| !before.is_zero() && after.is_zero();
    let mut slots = access.slots.iter();
    dies || slots.any(|slot| is_cleared(slot.value.before, slot.value.after()))
}

fn account_before(access: &AccountAccess) -> Option<Account> {
    let (basic_data, code_hash) = (access.basic_data.before, access.code_hash.before);
    HeaderLeaves { basic_data, code_hash }.unpack()
}

fn account_after(access: &AccountAccess) -> Option<Account> {
    let (basic_data, code_hash) = (access.basic_data.after(), access.code_hash.after());
    HeaderLeaves { basic_data, code_hash }.unpack()
}

/// The leaf of an account; none for one that is dead and has no slots.
fn encode_account(account: Option<Account>, storage_root: B256) -> Option<Vec<u8>> {
    let account = account.unwrap_or_default();
    if account.is_dead() && storage_root == EMPTY_ROOT_HASH {
        return None;
    }
    let Account { nonce, balance, code_hash } = account;
    let mut leaf = Vec::new();
    TrieAccount { nonce, balance, storage_root, code_hash }.encode(&mut leaf);
    Some(leaf)
}

fn decode_account(mut leaf: &[u8]) -> Result<TrieAccount, Error> {
    TrieAccount::decode(&mut leaf).map_err(|error| Error::encoding("account", error.to_string()))
}

/// The leaf of a slot; none for zero.
fn encode_leaf(value: B256) -> Option<Vec<u8>> {
    (!value.is_zero()).then(|| encode_value(value.into()))
}

fn encode_value(value: U256) -> Vec<u8> {
    encode_fixed_size(&value).to_vec()
}

fn differs(what: &str) -> Error {
    Error::encoding("witness", format!("{what} has another value before"))
}
