//! The same verdict on any number of threads: random packets, every altered write, codes that the
//! packet itself creates, destroyed accounts, and gas to the last unit.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use alloy_consensus::TxLegacy;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use corollup_core::access_list::{AccessList, Entry, Write};
use corollup_core::containers::{Config, ExecutionResult, version};
use corollup_core::endorser::{Context, verify};
use corollup_core::evm::Fork;
use corollup_core::receipts::Receipt;
use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::support::{
    CHAIN_ID, Chain, GAS_PRICE, SENDER, Tx, contract, native_config, native_state,
};
use crate::tampering::Honest;

static POOLS: LazyLock<Vec<ThreadPool>> = LazyLock::new(|| {
    let pool = |threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    [1, 2, 8].map(pool).into()
});

/// What a verification found: receipts and created codes, or the rejection in words.
type Finding = Result<(Vec<Receipt>, BTreeMap<B256, Bytes>), String>;

/// Verifies on 1, 2 and 8 threads and demands one answer.
fn find(result: &ExecutionResult) -> Finding {
    let bytes = result.encode();
    let verify_on = |pool: &ThreadPool| {
        let verdict = pool.install(|| verify(&bytes, &Context::default()));
        let outcome = verdict.expect("this machine can tell").outcome;
        outcome
            .map(|verified| (verified.receipts, verified.created_codes.into_iter().collect()))
            .map_err(|rejected| rejected.to_string())
    };
    let findings: Vec<Finding> = POOLS.iter().map(verify_on).collect();
    assert_eq!(findings[0], findings[1], "1 and 2 threads");
    assert_eq!(findings[0], findings[2], "1 and 8 threads");
    findings.into_iter().next().expect("three findings")
}

const COUNTER: Address = Address::repeat_byte(0xc1);
const CALLER: Address = Address::repeat_byte(0xc2);
const REVERTER: Address = Address::repeat_byte(0xc3);
const BURNER: Address = Address::repeat_byte(0xc4);

/// SSTORE(0, SLOAD(0) + 1)
const COUNT: &[u8] = b"\x5f\x54\x60\x01\x01\x5f\x55";
/// CALL(GAS, CALLDATALOAD(0), 0, 0, 0, 0, 0)
const CALL: &[u8] = b"\x5f\x5f\x5f\x5f\x5f\x5f\x35\x5a\xf1\x50";
/// SSTORE(0, 1), REVERT(0, 0)
const REVERT: &[u8] = b"\x60\x01\x5f\x55\x5f\x5f\xfd";
/// A loop that counts the gas down to 100 000.
const BURN: &[u8] = b"\x5b\x62\x01\x86\xa0\x5a\x11\x5f\x57";

fn chain() -> Chain {
    let codes = [(COUNTER, COUNT), (CALLER, CALL), (REVERTER, REVERT), (BURNER, BURN)];
    Chain::native(codes.map(|(address, code)| (address, contract(code.to_vec()))))
}

/// A transaction by what it does.
#[derive(Clone, Debug)]
enum Action {
    Transfer(u8),
    Call(Address),
    /// Creates a contract that counts, of one of a few codes. The constructor first calls the
    /// contract that an earlier creation made.
    Create {
        number: u8,
        calls: Option<usize>,
        burns: bool,
    },
    /// Calls what an earlier creation made, directly or from a contract.
    CallCreated {
        creation: usize,
        directly: bool,
    },
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    let known = prop::sample::select(vec![COUNTER, CALLER, REVERTER]);
    let action = prop_oneof![
        (0..4_u8).prop_map(Action::Transfer),
        known.prop_map(Action::Call),
        (0..3_u8, prop::option::of(0..4_usize), any::<bool>())
            .prop_map(|(number, calls, burns)| Action::Create { number, calls, burns }),
        (0..6_usize, any::<bool>())
            .prop_map(|(creation, directly)| Action::CallCreated { creation, directly }),
    ];
    prop::collection::vec(action, 0..16)
}

/// Calls an address and goes on.
fn call_code(address: Address) -> Vec<u8> {
    [b"\x5f\x5f\x5f\x5f\x5f\x73", address.as_slice(), b"\x5a\xf1\x50"].concat()
}

/// Init code that does something and then returns the counter, followed by a byte of its own.
fn init_code(prefix: &[u8], number: u8) -> Bytes {
    let runtime = [COUNT, &[0, number]].concat();
    let length = u8::try_from(runtime.len()).expect("short");
    let start = u8::try_from(prefix.len() + 11).expect("short");
    // CODECOPY(0, start, length), RETURN(0, length)
    let copy = [0x60, length, 0x60, start, 0x5f, 0x39, 0x60, length, 0x5f, 0xf3, 0x00];
    [prefix, &copy, &runtime].concat().into()
}

fn legacy_call(nonce: u64, to: Address, input: &'static [u8]) -> Bytes {
    crate::support::sign(TxLegacy {
        chain_id: Some(CHAIN_ID),
        nonce,
        gas_price: GAS_PRICE,
        gas_limit: 200_000,
        to: to.into(),
        value: U256::ZERO,
        input: Bytes::from_static(input),
    })
}

/// Signs the actions in their order. What names a creation that there is not is a plain call.
fn sign(actions: &[Action]) -> Vec<Bytes> {
    let mut created: Vec<Address> = Vec::new();
    let earlier = |created: &[Address], creation: usize| {
        let found = creation.checked_rem(created.len()).map(|index| created[index]);
        found.unwrap_or(COUNTER)
    };
    let word = |address: Address| Bytes::copy_from_slice(address.into_word().as_slice());
    let signed = (0..).zip(actions).map(|(nonce, action)| {
        let tx = match action {
            Action::Transfer(to) => {
                Tx { value: 1, ..Tx::call(nonce, Address::with_last_byte(0x80 + to)) }
            }
            Action::Call(to) => Tx::call(nonce, *to),
            Action::Create { number, calls, burns } => {
                let mut prefix = if *burns { call_code(BURNER) } else { Vec::new() };
                if let Some(creation) = calls {
                    prefix.extend(call_code(earlier(&created, *creation)));
                }
                created.push(SENDER.create(nonce));
                let input = init_code(&prefix, *number);
                let gas_limit = 500_000;
                Tx { to: TxKind::Create, input, gas_limit, ..Tx::call(nonce, Address::ZERO) }
            }
            Action::CallCreated { creation, directly: true } => {
                Tx::call(nonce, earlier(&created, *creation))
            }
            Action::CallCreated { creation, directly: false } => {
                Tx { input: word(earlier(&created, *creation)), ..Tx::call(nonce, CALLER) }
            }
        };
        tx.sign()
    });
    signed.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn test_random_packet_gives_the_same_on_any_number_of_threads(actions in actions()) {
        let built = chain().build(sign(&actions));
        prop_assert_eq!(built.refused, []);
        let (receipts, codes) = find(&built.result).expect("an honest packet");
        prop_assert_eq!(receipts, built.receipts);
        let created: Vec<Bytes> = codes.into_values().collect();
        let mut expected = built.created_codes;
        expected.sort_by_key(|code| alloy_primitives::keccak256(code));
        prop_assert_eq!(created, expected);
    }
}

/// Contracts that need each other's code, each created while the one before it may still run.
fn creation_chain() -> Vec<Action> {
    let create = |number, calls| Action::Create { number, calls, burns: true };
    let call = |creation, directly| Action::CallCreated { creation, directly };
    vec![
        Action::Call(COUNTER),
        create(0, None),
        call(0, true),
        create(1, Some(0)),
        create(2, Some(1)),
        call(2, false),
        Action::Transfer(1),
        create(0, Some(2)),
        call(3, true),
        Action::Call(REVERTER),
        call(1, false),
    ]
}

#[test]
fn test_codes_of_the_packet_are_found_by_later_transactions() {
    let built = chain().build(sign(&creation_chain()));
    assert_eq!(built.refused, []);
    let (receipts, codes) = find(&built.result).expect("an honest packet");
    assert_eq!(receipts, built.receipts);
    assert_eq!(codes.len(), 3);
}

/// Every write of the list as (account, entry, write), the entries counted from the header leaves.
fn places(list: &AccessList) -> Vec<(usize, usize, usize)> {
    let mut places = Vec::new();
    for (account, access) in list.accounts.iter().enumerate() {
        let slots = access.slots.iter().map(|slot| &slot.value);
        let entries = [&access.basic_data, &access.code_hash].into_iter().chain(slots);
        for (entry, values) in entries.enumerate() {
            places.extend((0..values.writes.len()).map(|write| (account, entry, write)));
        }
    }
    places
}

fn entry_of(list: &mut AccessList, account: usize, entry: usize) -> &mut Entry {
    let account = &mut list.accounts[account];
    match entry {
        0 => &mut account.basic_data,
        1 => &mut account.code_hash,
        slot => &mut account.slots[slot - 2].value,
    }
}

#[test]
fn test_altered_write_is_found_at_its_step_on_any_number_of_threads() {
    let chain = chain();
    let built = chain.build(sign(&creation_chain()));
    let honest = Honest::new(chain, built);
    for (account, entry, write) in places(&honest.built.access_list) {
        let mut step = 0;
        let changed = honest.with_access_list(|list| {
            let write = &mut entry_of(list, account, entry).writes[write];
            write.value.0[31] ^= 1;
            step = write.index;
        });
        let why = find(&changed).expect_err("a false write");
        assert!(why.contains(&format!("step {step} writes")), "{why}");

        let changed = honest.with_access_list(|list| {
            entry_of(list, account, entry).writes.remove(write);
        });
        let why = find(&changed).expect_err("a missing write");
        assert!(why.contains(&format!("step {step} writes")), "{why}");
    }
}

#[test]
fn test_write_that_no_step_makes_is_found_on_any_number_of_threads() {
    let chain = chain();
    let built = chain.build(sign(&creation_chain()));
    let honest = Honest::new(chain, built);
    let steps = 2 + u32::try_from(creation_chain().len()).expect("few");
    let value = B256::repeat_byte(9);
    for index in 1..=steps {
        let changed = honest.with_access_list(|list| {
            let counter = list.accounts.iter_mut().find(|access| access.address == COUNTER);
            counter.expect("listed").code_hash.writes.push(Write { index, value });
        });
        let why = find(&changed).expect_err("a write of nobody");
        let expected = if index == steps { "which are no steps" } else { "step " };
        assert!(why.contains(expected), "{index}: {why}");
    }
}

#[test]
fn test_first_of_two_faults_decides() {
    let chain = chain();
    let built = chain.build(sign(&creation_chain()));
    let honest = Honest::new(chain, built);
    let places = places(&honest.built.access_list);
    for pair in places.windows(2) {
        let mut steps = Vec::new();
        let changed = honest.with_access_list(|list| {
            for (account, entry, write) in pair {
                let write = &mut entry_of(list, *account, *entry).writes[*write];
                write.value.0[31] ^= 1;
                steps.push(write.index);
            }
        });
        let why = find(&changed).expect_err("two false writes");
        let first = steps.iter().min().expect("two");
        assert!(why.contains(&format!("step {first} writes")), "{why}");
    }
}

#[test]
fn test_transaction_that_is_none_fails_at_its_step() {
    let chain = chain();
    let built = chain.build(sign(&creation_chain()));
    let honest = Honest::new(chain, built);
    for position in [0, 4, 10] {
        let changed = honest.with_transactions(|txs| txs[position] = Bytes::from_static(b"none"));
        let why = find(&changed).expect_err("no transaction");
        assert!(why.starts_with("InvalidTransaction: transaction: "), "{why}");
    }
}

#[test]
fn test_gas_limit_at_what_is_left_and_past_it() {
    let gas_limit = 100_000;
    let chain = Chain::new(Config { gas_limit, ..native_config() }, &native_state([]));
    let transfer = |nonce, gas_limit| {
        Tx { gas_limit, ..Tx::call(nonce, Address::with_last_byte(0x80)) }.sign()
    };
    let at_bound = vec![transfer(0, 50_000), transfer(1, 79_000), transfer(2, 58_000)];
    let built = chain.build(at_bound.clone());
    assert_eq!(built.refused, []);
    find(&built.result).expect("the last unit may be used");

    let honest = Honest::new(chain, built);
    for (position, left) in [(1, 79_000), (2, 58_000)] {
        let mut past_bound = at_bound.clone();
        past_bound[position] = transfer(position as u64, left + 1);
        let changed = honest.with_transactions(|transactions| *transactions = past_bound);
        let expected = format!(
            "InvalidTransaction: the gas limit is {}, the packet has {left} left",
            left + 1
        );
        assert_eq!(find(&changed), Err(expected));
    }
}

#[test]
fn test_packet_of_more_gas_than_its_limit_is_cut_where_the_gas_ends() {
    let chain = chain();
    let burn = |nonce| Tx { gas_limit: 16_000_000, ..Tx::call(nonce, BURNER) }.sign();
    let built = chain.build(vec![burn(0)]);
    let left = 30_000_000 - built.receipts[0].gas_used;
    let honest = Honest::new(chain, built);
    let changed = honest.with_transactions(|transactions| transactions.extend((1..60).map(burn)));
    let expected =
        format!("InvalidTransaction: the gas limit is 16000000, the packet has {left} left");
    assert_eq!(find(&changed), Err(expected));
}

#[test]
fn test_destroyed_account_in_replays() {
    // A call with data writes to slots 0 and 1, one without destroys.
    let code = b"\x36\x60\x06\x57\x33\xff\x5b\x60\x05\x60\x00\x55\x60\x06\x60\x01\x55";
    let mortal = Address::repeat_byte(0xdd);
    for fork in [Fork::SpuriousDragon, Fork::Istanbul, Fork::London, Fork::Shanghai] {
        let config = Config { version: version::REPLAY + fork as u32, ..native_config() };
        let state = native_state([(mortal, contract(code.to_vec()))]);
        let chain = Chain::new(config, &state);
        let calls = [&b"write"[..], b"", b"write", b""];
        let calls = (0..).zip(calls).map(|(nonce, input)| legacy_call(nonce, mortal, input));
        let built = chain.build(calls.collect());
        assert_eq!(built.refused, [], "{fork:?}");
        let (receipts, _) = find(&built.result).expect("an honest packet");
        assert_eq!(receipts, built.receipts, "{fork:?}");
        let slots = built.access_list.account(&mortal).expect("listed").slots.clone();
        let zeros = slots.iter().filter(|slot| slot.value.written_at(3) == Some(B256::ZERO));
        assert_eq!((slots.len(), zeros.count()), (2, 2), "{fork:?}");

        let honest = Honest::new(chain, built);
        for position in 0..2 {
            let changed = honest.with_access_list(|list| {
                let account = list.accounts.iter_mut().find(|access| access.address == mortal);
                let slot = &mut account.expect("listed").slots[position].value;
                slot.writes.retain(|write| write.index != 3);
            });
            let why = find(&changed).expect_err("the zeros are missing");
            assert!(why.contains("step 3 writes"), "{why}");
        }
    }
}
