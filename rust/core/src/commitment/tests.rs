//! Both commitments on the same states and writes.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_trie::TrieAccount;
use alloy_trie::root::{state_root_unhashed, storage_root_unhashed};
use proptest::prelude::*;

use super::{PatriciaCommitment, StateCommitment, VerkleCommitment};
use crate::access_list::{
    AccessList, AccountAccess, Entry, FIRST_TRANSACTION_INDEX, HeaderLeaves, SlotAccess,
};
use crate::evm::Account;
use crate::genesis::{GenesisAccount, GenesisState};
use crate::verkle::PointSize;

/// The root by the library alone.
fn expected_root(state: &GenesisState) -> B256 {
    let is_alive = |account: &GenesisAccount| *account != GenesisAccount::default();
    let accounts = state.iter().filter(|(_, account)| is_alive(account));
    state_root_unhashed(accounts.map(|(address, account)| {
        let slots = account.storage.iter().filter(|(_, value)| !value.is_zero());
        let trie_account = TrieAccount {
            nonce: account.nonce,
            balance: account.balance,
            storage_root: storage_root_unhashed(
                slots.map(|(slot, value)| ((*slot).into(), *value)),
            ),
            code_hash: keccak256(&account.code),
        };
        (*address, trie_account)
    }))
}

fn leaves(address: Address, account: &GenesisAccount) -> HeaderLeaves {
    let code_hash = keccak256(&account.code);
    let found = Account { nonce: account.nonce, balance: account.balance, code_hash };
    let code_size = u32::try_from(account.code.len()).expect("a small code");
    HeaderLeaves::pack(address, &found, code_size).expect("a small balance")
}

fn entry(before: B256, after: B256) -> Entry {
    let mut entry = Entry::read(before);
    entry.record(FIRST_TRANSACTION_INDEX, after);
    entry
}

/// The access list of a packet that leads from one state to the other and touches all of both.
fn access_list(before: &GenesisState, after: &GenesisState) -> AccessList {
    let absent = GenesisAccount::default();
    let addresses: BTreeMap<Address, ()> =
        before.keys().chain(after.keys()).map(|address| (*address, ())).collect();
    let account = |address: Address| {
        let old = before.get(&address).unwrap_or(&absent);
        let new = after.get(&address).unwrap_or(&absent);
        let slots: BTreeMap<U256, ()> =
            old.storage.keys().chain(new.storage.keys()).map(|slot| (*slot, ())).collect();
        let value = |account: &GenesisAccount, slot: &U256| {
            B256::from(account.storage.get(slot).copied().unwrap_or_default())
        };
        let (old_leaves, new_leaves) = (leaves(address, old), leaves(address, new));
        AccountAccess {
            address,
            basic_data: entry(old_leaves.basic_data, new_leaves.basic_data),
            code_hash: entry(old_leaves.code_hash, new_leaves.code_hash),
            slots: slots
                .into_keys()
                .map(|slot| SlotAccess { slot, value: entry(value(old, &slot), value(new, &slot)) })
                .collect(),
        }
    };
    AccessList { accounts: addresses.into_keys().map(account).collect() }
}

/// Proves, verifies and applies; the witness has to be refused for other values and other roots.
fn round_trip<C: StateCommitment>(commitment: &C, access: &AccessList) -> B256 {
    let witness = commitment.prove(access).expect("a list that is not empty");
    let mut altered = access.clone();
    altered.accounts[0].basic_data.before = B256::with_last_byte(0xee);
    assert!(C::verify(commitment.root(), &altered, &witness).is_err());
    assert!(C::verify(B256::with_last_byte(1), access, &witness).is_err());
    let shown = C::verify(commitment.root(), access, &witness).expect("an honest witness");
    C::apply(shown, access).expect("the witness suffices")
}

fn account(number: u64, slots: impl IntoIterator<Item = (u64, u64)>) -> GenesisAccount {
    let storage = slots.into_iter().map(|(slot, value)| (U256::from(slot), U256::from(value)));
    GenesisAccount {
        balance: U256::from(number),
        nonce: number % 3,
        storage: storage.filter(|(_, value)| !value.is_zero()).collect(),
        ..GenesisAccount::default()
    }
}

fn sample_state(count: u64) -> GenesisState {
    let address = |number: u64| Address::from_word(keccak256(number.to_be_bytes()));
    (1..=count).map(|number| (address(number), account(number, [(number, 1), (7, 9)]))).collect()
}

#[test]
fn test_roots_are_those_of_ethereum() {
    for count in [0, 1, 2, 17, 300] {
        let state = sample_state(count);
        let built = PatriciaCommitment::build(&state).expect("small balances");
        assert_eq!(built.root(), expected_root(&state), "{count}");
    }
}

#[test]
fn test_a_witness_without_one_of_its_nodes_is_refused() {
    let state = sample_state(50);
    let built = PatriciaCommitment::build(&state).expect("small balances");
    let access = access_list(&state.clone().into_iter().take(1).collect(), &GenesisState::new());
    let witness = built.prove(&access).expect("a list that is not empty");
    for length in 0..witness.len() {
        assert!(PatriciaCommitment::verify(built.root(), &access, &witness[..length]).is_err());
    }
    for index in 0..witness.len() {
        let mut altered = witness.clone();
        altered[index] ^= 1;
        // A byte of a node that only the update needs shows there.
        let root = PatriciaCommitment::verify(built.root(), &access, &altered)
            .and_then(|shown| PatriciaCommitment::apply(shown, &access));
        assert!(root.is_err(), "byte {index}");
    }
}

#[test]
fn test_an_empty_access_list_is_refused() {
    let state = sample_state(2);
    let access = AccessList::default();
    assert!(PatriciaCommitment::build(&state).expect("small").prove(&access).is_err());
    assert!(VerkleCommitment::build(&state).expect("small").prove(&access).is_err());
}

/// Few addresses, slots and values, so that tries grow, shrink and become empty.
fn any_state() -> impl Strategy<Value = GenesisState> {
    let slots = prop::collection::btree_map(0u64..6, 0u64..3, 0..5);
    let entry = (0u64..40, 0u64..3, slots).prop_map(|(name, number, slots)| {
        (Address::from_word(keccak256(name.to_be_bytes())), account(number, slots))
    });
    prop::collection::vec(entry, 1..25).prop_map(|entries| {
        let alive = entries.into_iter().filter(|(_, account)| account.nonce != 0);
        alive.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn test_both_commitments_follow_any_change(
        before in any_state(),
        after in any_state(),
        bystanders in any_state(),
    ) {
        let access = access_list(&before, &after);
        prop_assume!(!access.accounts.is_empty());
        let with_bystanders = |state: &GenesisState| -> GenesisState {
            let others = bystanders.iter().filter(|(address, _)| {
                access.account(address).is_none()
            });
            others.chain(state).map(|(address, account)| (*address, account.clone())).collect()
        };
        let (before, after) = (with_bystanders(&before), with_bystanders(&after));

        let patricia = PatriciaCommitment::build(&before).expect("small balances");
        prop_assert_eq!(patricia.root(), expected_root(&before));
        prop_assert_eq!(round_trip(&patricia, &access), expected_root(&after));

        let verkle = VerkleCommitment::build(&before).expect("small balances");
        let affine = round_trip(&verkle, &access);
        let compressed = verkle.with_points(PointSize::Compressed);
        prop_assert_eq!(round_trip(&compressed, &access), affine);
    }
}
