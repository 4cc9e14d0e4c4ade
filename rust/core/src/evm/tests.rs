use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::{SignableTransaction, TxLegacy};
use alloy_eips::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address, bytes, keccak256};

use super::*;
use crate::genesis::{GenesisAccount, GenesisState, add_predeploys};
use crate::state::MemoryState;

const KEY: B256 = B256::with_last_byte(1);
const SENDER: Address = address!("7e5f4552091a69125d5dfcb7b8c2659029395bdf");
const CONTRACT: Address = address!("000000000000000000000000000000000000c0de");
const OTHER: Address = address!("0000000000000000000000000000000000007e57");
const COINBASE: Address = address!("000000000000000000000000000000000000ba5e");
const GAS_PRICE: u128 = 10;

fn environment() -> BlockEnvironment {
    BlockEnvironment {
        fork: Fork::Osaka,
        chain_id: 1337,
        number: 9,
        timestamp: 1_700_000_000,
        gas_limit: 30_000_000,
        base_fee: 7,
        coinbase: COINBASE,
        prev_randao: B256::with_last_byte(5),
        blob_base_fee: 1,
    }
}

fn state(code: Bytes) -> MemoryState {
    let balance = U256::from(10).pow(U256::from(18));
    let mut genesis = GenesisState::from([
        (SENDER, GenesisAccount { balance, ..GenesisAccount::default() }),
        (CONTRACT, GenesisAccount { code, nonce: 1, balance, ..GenesisAccount::default() }),
        (OTHER, GenesisAccount { code: bytes!("5b5b5b"), nonce: 1, ..GenesisAccount::default() }),
    ]);
    add_predeploys(&mut genesis);
    MemoryState::from(&genesis)
}

fn sign(nonce: u64, to: TxKind) -> Bytes {
    let tx = TxLegacy {
        chain_id: Some(1337),
        nonce,
        gas_price: GAS_PRICE,
        gas_limit: 100_000,
        to,
        value: U256::from(3),
        input: Bytes::new(),
    };
    let signature = sign_message(KEY, tx.signature_hash()).expect("a valid key");
    Envelope::from(tx.into_signed(signature)).encoded_2718().into()
}

fn run(state: &MemoryState, bytes: &Bytes) -> Outcome {
    let transaction = Transaction::decode(bytes, Fork::Osaka).expect("signed here");
    execute_transaction(state, &environment(), &transaction).expect("valid")
}

#[test]
fn test_transfer_touches_sender_receiver_and_coinbase() {
    let outcome = run(&state(Bytes::new()), &sign(0, OTHER.into()));
    assert!(outcome.is_success());
    assert_eq!(outcome.touched.keys().copied().collect::<Vec<_>>(), [OTHER, COINBASE, SENDER]);
    let gas = U256::from(outcome.gas_used);
    assert_eq!(outcome.touched[&COINBASE].account.balance, gas * U256::from(3));
    assert_eq!(outcome.touched[&SENDER].account.nonce, 1);
    assert_eq!(outcome.touched[&OTHER].account.balance, U256::from(3));
}

#[test]
fn test_wrong_nonce_is_invalid() {
    let transaction = Transaction::decode(&sign(1, OTHER.into()), Fork::Osaka).expect("signed");
    let error = execute_transaction(&state(Bytes::new()), &environment(), &transaction)
        .expect_err("the nonce is 0");
    assert_eq!(error.to_string(), "nonce 1 too high, expected 0");
}

/// `SSTORE(0, EXTCODESIZE(OTHER))`, then `EXTCODEHASH(OTHER)` into slot 1.
const SIZE_AND_HASH: Bytes = bytes!("617e573b5f55617e573f600155");

#[test]
fn test_code_size_and_hash_are_those_of_the_account() {
    let outcome = run(&state(SIZE_AND_HASH), &sign(0, CONTRACT.into()));
    let slots = &outcome.touched[&CONTRACT].slots;
    assert_eq!(slots[&U256::ZERO], U256::from(3));
    assert_eq!(B256::from(slots[&U256::from(1)]), keccak256(bytes!("5b5b5b")));
}

#[test]
fn test_block_hash_reads_the_history_contract() {
    let parent_hash = B256::repeat_byte(0xab);
    // SSTORE(0, BLOCKHASH(NUMBER - 1))
    let mut state = state(bytes!("60014303405f55"));
    let stored = history::store_parent_hash(&state, &environment(), parent_hash).expect("runs");
    assert_eq!(
        stored.touched.keys().copied().collect::<Vec<_>>(),
        [history::HISTORY_STORAGE_ADDRESS]
    );
    state.apply(&stored.touched);
    let outcome = run(&state, &sign(0, CONTRACT.into()));
    assert_eq!(B256::from(outcome.touched[&CONTRACT].slots[&U256::ZERO]), parent_hash);
}

#[test]
fn test_contract_may_call_in_a_simulation() {
    let call = Call { from: CONTRACT, to: OTHER.into(), gas_limit: 50_000, ..Call::default() };
    let outcome = simulate(&state(Bytes::new()), &environment(), &call).expect("runs");
    assert_eq!((outcome.status, outcome.gas_used), (Status::Success, 21_003));
}

#[test]
fn test_simulated_call_cannot_send_what_its_sender_lacks() {
    let value = U256::from(1);
    let call = Call { from: OTHER, value, gas_limit: 60_000, ..Call::default() };
    let error = simulate(&state(Bytes::new()), &environment(), &call).expect_err("no funds");
    assert!(error.to_string().contains("lack of funds"), "{error}");
}
