//! Candidates that a producer leaves out, and packets at a limit.

use alloy_consensus::{TxEip4844, TxLegacy};
use alloy_primitives::{Address, B256, Bytes, U256};
use corollup_core::containers::{Config, limits::MAX_CODE_BYTES};
use corollup_core::genesis::{GenesisAccount, GenesisState};
use corollup_core::producer::{Refusal, build};

use crate::support::{
    CHAIN_ID, Chain, GAS_PRICE, SENDER, Tx, contract, native_config, native_state, sign,
    verify_offline,
};

const OTHER: Address = Address::repeat_byte(0x0e);

/// Builds a packet, verifies it, and returns the refusal of each candidate.
fn refusals(chain: &Chain, transactions: Vec<Bytes>) -> Vec<Option<Refusal>> {
    let count = transactions.len();
    let built = chain.build(transactions);
    assert_eq!(verify_offline(&built.result.encode()).status(), Some(1));
    assert_eq!(built.transactions.len() + built.refused.len(), count);
    let mut refusals = vec![None; count];
    for refused in built.refused {
        refusals[refused.index] = Some(refused.refusal);
    }
    refusals
}

/// The message of the only candidate's refusal.
fn refusal(chain: &Chain, transaction: Bytes) -> (String, bool) {
    let refusal = refusals(chain, vec![transaction]).remove(0).expect("refused");
    (refusal.to_string(), refusal.may_pass_later())
}

#[test]
fn test_blob_transactions_are_refused_by_name() {
    let transaction = sign(TxEip4844 {
        chain_id: CHAIN_ID,
        gas_limit: 21_000,
        max_fee_per_gas: GAS_PRICE,
        max_fee_per_blob_gas: 1,
        blob_versioned_hashes: vec![B256::with_last_byte(1) | B256::left_padding_from(&[1; 32])],
        ..TxEip4844::default()
    });
    let (message, may_pass_later) = refusal(&Chain::native([]), transaction);
    assert_eq!(message, "blob transactions (type 3) are not accepted on the L2");
    assert!(!may_pass_later);
}

#[test]
fn test_nonces_and_funds() {
    let chain = Chain::native([]);
    let too_high = refusal(&chain, Tx::call(1, OTHER).sign());
    assert_eq!(too_high, ("nonce 1 too high, expected 0".into(), true));
    let poor = Chain::new(native_config(), &{
        let mut state = native_state([]);
        state.insert(SENDER, GenesisAccount { balance: U256::from(1), ..Default::default() });
        state
    });
    let (message, may_pass_later) = refusal(&poor, Tx::call(0, OTHER).sign());
    assert!(message.starts_with("lack of funds"), "{message}");
    assert!(!may_pass_later);
    let garbage = refusal(&chain, Bytes::from_static(b"garbage"));
    assert!(!garbage.1);
}

#[test]
fn test_transaction_of_another_chain_is_refused() {
    let transaction = sign(TxLegacy {
        chain_id: Some(CHAIN_ID + 1),
        gas_price: GAS_PRICE,
        gas_limit: 21_000,
        to: OTHER.into(),
        ..TxLegacy::default()
    });
    assert_eq!(refusal(&Chain::native([]), transaction), ("invalid chain ID".into(), false));
}

#[test]
fn test_packet_gas_is_taken_to_the_last_unit() {
    let transfer = |nonce| Tx { gas_limit: 21_000, ..Tx::call(nonce, OTHER) }.sign();
    let with_limit = |gas_limit| {
        let config = Config { gas_limit, ..native_config() };
        refusals(&Chain::new(config, &native_state([])), vec![transfer(0), transfer(1)])
    };
    assert_eq!(with_limit(42_000), [None, None]);
    let refusal = Refusal::Gas { gas_limit: 21_000, left: 20_999 };
    assert!(refusal.may_pass_later());
    assert_eq!(with_limit(41_999), [None, Some(refusal)]);
}

#[test]
fn test_payload_is_taken_to_the_last_byte() {
    let transaction = Tx::call(0, OTHER).sign();
    let payload_bytes = 5 + 4 + transaction.len() as u64;
    let with_limit = |max_payload_bytes| {
        let config = Config { max_payload_bytes, ..native_config() };
        refusals(&Chain::new(config, &native_state([])), vec![transaction.clone()])
    };
    assert_eq!(with_limit(payload_bytes), [None]);
    assert_eq!(with_limit(payload_bytes - 1), [Some(Refusal::TooLarge("payload bytes"))]);
}

#[test]
fn test_balance_that_no_leaf_holds_is_refused() {
    let with_balance = |balance| {
        let account = GenesisAccount { balance: U256::from(balance), ..Default::default() };
        let chain = Chain::native([(OTHER, account)]);
        refusals(&chain, vec![Tx { value: 1, ..Tx::call(0, OTHER) }.sign()]).remove(0)
    };
    assert_eq!(with_balance(u128::MAX - 1), None);
    let refusal = with_balance(u128::MAX).expect("refused");
    assert!(matches!(refusal, Refusal::Balance(_)));
    assert!(refusal.to_string().ends_with("is not below 2^128"), "{refusal}");
}

/// An account whose code is `size` bytes, the first of them STOP.
fn large_contract(size: usize, number: u8) -> (Address, GenesisAccount) {
    let mut code = vec![0; size];
    code[size - 1] = number;
    (Address::repeat_byte(number), contract(code))
}

#[test]
fn test_codes_are_taken_up_to_their_limit() {
    // The history contract's code is needed by every packet.
    let history_bytes = corollup_core::evm::history::HISTORY_STORAGE_CODE.len();
    let half = MAX_CODE_BYTES / 2;
    let with_second = |size| {
        let accounts = [large_contract(half, 1), large_contract(size, 2)];
        let calls = accounts.iter().zip(0..);
        let calls = calls.map(|((address, _), nonce)| Tx::call(nonce, *address).sign()).collect();
        refusals(&Chain::native(accounts), calls)
    };
    assert_eq!(with_second(half - history_bytes), [None, None]);
    let refusal = Refusal::Limit("bytes of code");
    assert_eq!(with_second(half - history_bytes + 1), [None, Some(refusal)]);
}

#[test]
fn test_transaction_that_fits_no_packet_is_refused_for_good() {
    let large = large_contract(MAX_CODE_BYTES - 1, 1);
    // PUSH0 PUSH0 PUSH0 PUSH20 large EXTCODECOPY
    let copier = [&[0x5f, 0x5f, 0x5f, 0x73], large.0.as_slice(), &[0x3c]].concat();
    let copier = (Address::repeat_byte(2), contract(copier));
    let chain = Chain::native([large.clone(), copier.clone()]);
    let refusal = Refusal::TooLarge("bytes of code");
    let first = refusals(&chain, vec![Tx::call(0, large.0).sign()]);
    assert_eq!(first, [Some(refusal.clone())]);
    let calls = vec![Tx::call(0, OTHER).sign(), Tx::call(1, copier.0).sign()];
    assert_eq!(refusals(&chain, calls), [None, Some(refusal)]);
    assert!(!Refusal::TooLarge("bytes of code").may_pass_later());
    assert!(Refusal::Limit("bytes of code").may_pass_later());
}

#[test]
fn test_tree_of_another_state_is_an_error() {
    let chain = Chain::native([]);
    let other = Chain::new(native_config(), &GenesisState::new());
    let error = build(&chain.state, &other.tree, &chain.request(vec![])).err().expect("refused");
    assert!(error.to_string().starts_with("the tree has root"), "{error}");
}
