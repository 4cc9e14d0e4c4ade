//! The state that a network starts from.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, U256, address, hex, keccak256};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::evm::history::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use crate::outbox::OUTBOX_ADDRESS;
use crate::verkle::keys::{BasicData, Key, Value, basic_data_key, code_hash_key, storage_key};

/// An account of the genesis state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisAccount {
    /// Balance, wei.
    #[serde(default)]
    pub balance: U256,
    /// Transactions sent, or contracts created.
    #[serde(default, with = "alloy_serde::quantity")]
    pub nonce: u64,
    /// Contract code; empty for a plain account.
    #[serde(default)]
    pub code: Bytes,
    /// Storage slots that are not zero.
    #[serde(default)]
    pub storage: BTreeMap<U256, U256>,
}

/// The accounts of the genesis state.
pub type GenesisState = BTreeMap<Address, GenesisAccount>;

/// The token bridge's end on the L2.
pub const TOKEN_BRIDGE_ADDRESS: Address = address!("4200000000000000000000000000000000000010");

/// Runtime code of the outbox, in hex.
const OUTBOX_CODE: &str = include_str!("outbox.hex");
/// Runtime code of the token bridge, in hex.
const TOKEN_BRIDGE_CODE: &str = include_str!("token_bridge_l2.hex");

/// Adds the contracts that every network of the native version has at its genesis.
pub fn add_predeploys(state: &mut GenesisState) {
    add_history(state);
    add_contract(state, OUTBOX_ADDRESS, decode_code(OUTBOX_CODE));
    add_contract(state, TOKEN_BRIDGE_ADDRESS, decode_code(TOKEN_BRIDGE_CODE));
}

/// Adds the contract of block hashes, which an L1 has, too.
pub fn add_history(state: &mut GenesisState) {
    add_contract(state, HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE.clone());
}

fn add_contract(state: &mut GenesisState, address: Address, code: Bytes) {
    let account = state.entry(address).or_default();
    account.nonce = 1;
    account.code = code;
}

fn decode_code(code: &str) -> Bytes {
    hex::decode(code.trim()).expect("the file holds hex").into()
}

/// The leaves of the state's tree. A value of zero is no leaf.
///
/// # Errors
/// If a balance is 2^128 or more, or a code has 2^24 bytes or more.
pub fn leaves(state: &GenesisState) -> Result<Vec<(Key, Value)>, Error> {
    let mut leaves = Vec::new();
    for (address, account) in state {
        leaves.push((basic_data_key(address), account.basic_data(address)?.pack()?));
        if !account.code.is_empty() {
            leaves.push((code_hash_key(address), keccak256(&account.code).0));
        }
        let slots = account.storage.iter();
        leaves
            .extend(slots.map(|(slot, value)| (storage_key(address, *slot), value.to_be_bytes())));
    }
    leaves.retain(|(_, value)| *value != Value::default());
    Ok(leaves)
}

impl GenesisAccount {
    fn basic_data(&self, address: &Address) -> Result<BasicData, Error> {
        let balance = u128::try_from(self.balance).map_err(|_| {
            Error::Argument(format!("balance {} of {address} is not below 2^128", self.balance))
        })?;
        let code_size = u32::try_from(self.code.len()).unwrap_or(u32::MAX);
        Ok(BasicData { version: 0, code_size, nonce: self.nonce, balance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Address = address!("00000000000000000000000000000000000a11ce");

    #[test]
    fn test_leaves_leave_out_zeros() {
        let storage = BTreeMap::from([(U256::from(1), U256::ZERO), (U256::from(2), U256::from(7))]);
        let account = GenesisAccount { storage, ..GenesisAccount::default() };
        let state = GenesisState::from([(ALICE, account)]);
        let expected = (storage_key(&ALICE, U256::from(2)), U256::from(7).to_be_bytes());
        assert_eq!(leaves(&state), Ok(vec![expected]));
    }

    #[test]
    fn test_balance_of_2_to_the_128_is_refused() {
        let state = |balance| {
            GenesisState::from([(ALICE, GenesisAccount { balance, ..GenesisAccount::default() })])
        };
        assert!(leaves(&state(U256::from(u128::MAX))).is_ok());
        let error = leaves(&state(U256::from(u128::MAX) + U256::from(1))).expect_err("too large");
        assert!(error.to_string().ends_with("is not below 2^128"), "{error}");
    }

    #[test]
    fn test_predeploys_hold_the_history_contract() {
        let mut state = GenesisState::new();
        add_predeploys(&mut state);
        assert_eq!(
            keccak256(&state[&HISTORY_STORAGE_ADDRESS].code).to_string(),
            "0x6e49e66782037c0555897870e29fa5e552daf4719552131a0abce779daec0a5d"
        );
    }

    #[test]
    fn test_predeploys_have_the_codes_of_the_artifacts() {
        let mut state = GenesisState::new();
        add_predeploys(&mut state);
        for (name, address) in [("Outbox", OUTBOX_ADDRESS), ("TokenBridgeL2", TOKEN_BRIDGE_ADDRESS)]
        {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python/corollup/l1/artifacts");
            let text = std::fs::read_to_string(format!("{folder}/{name}.json")).expect("a file");
            let artifact: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            let code = hex::decode(artifact["deployedBytecode"].as_str().expect("a string"));
            assert_eq!(state[&address].code, code.expect("hex"), "{name}");
        }
    }
}
