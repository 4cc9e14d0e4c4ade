//! Messages from L1: what they do, how they fail, and that none makes a packet impossible.

use alloy_primitives::{Address, B256, Bytes, U256, address, bytes};
use corollup_core::containers::{InboxMessage, InboxSection};
use corollup_core::endorser::{Context, Inbox, verify};
use corollup_core::error::{Error, Reason};
use corollup_core::evm::Account;
use corollup_core::genesis::GenesisAccount;
use corollup_core::producer::{Built, build};

use crate::support::{Chain, L1_CHAIN_ID, PRODUCER, Tx, contract, producer_key, verify_offline};

const DEPOSITOR: Address = address!("00000000000000000000000000000000000de905");
const COUNTER: Address = address!("0000000000000000000000000000000000c0c0c0");
const REVERTER: Address = address!("00000000000000000000000000000000000bad00");
const ETHER: u128 = 1_000_000_000_000_000_000;
/// Gas of a message that has a budget of 8 MiB / 30 of codes.
const GAS: u64 = 500_000;
/// What a message of that gas may load.
const BUDGET: usize = (8 << 20) / 30;
/// `SSTORE(0, SLOAD(0) + 1)`.
const COUNT: Bytes = bytes!("5f546001015f55");
/// `REVERT(0, 0)`.
const REVERT: Bytes = bytes!("5f5ffd");

fn message(target: Address) -> InboxMessage {
    InboxMessage {
        sender: DEPOSITOR,
        target,
        mint: ETHER,
        value: U256::from(5),
        gas: GAS,
        data: Bytes::new(),
    }
}

fn chain() -> Chain {
    Chain::native([
        (COUNTER, contract(COUNT)),
        (REVERTER, GenesisAccount { nonce: 1, code: REVERT, ..Default::default() }),
    ])
}

fn build_with(chain: &Chain, messages: Vec<InboxMessage>, transactions: Vec<Bytes>) -> Built {
    let mut request = chain.request(transactions);
    request.inbox = InboxSection { l1_chain_id: L1_CHAIN_ID, messages };
    let mut built = build(&chain.state, &chain.tree, &request).expect("the request is sound");
    built.sign(&producer_key());
    built
}

/// Builds a packet of these messages and a transaction, which an endorser accepts.
fn run(chain: &Chain, messages: Vec<InboxMessage>) -> Built {
    let built = build_with(chain, messages, vec![Tx::call(0, COUNTER).sign()]);
    assert_eq!(built.refused, []);
    let verdict = verify_offline(&built.result.encode());
    let verified = verdict.outcome.unwrap_or_else(|rejected| panic!("{rejected}"));
    assert_eq!(verified.receipts, built.receipts);
    assert_eq!(verified.access_list, built.access_list);
    built
}

fn account(built: &Built, address: Address) -> Account {
    built.access_list.account(&address).expect("listed").after().account
}

/// That a message failed with all its gas and left what it minted to its sender alone.
fn assert_failed(built: &Built, minted: U256) {
    let receipt = &built.receipts[0];
    assert!(!receipt.succeeded);
    assert_eq!(receipt.gas_used, built.result.body.inbox.messages[0].gas);
    let sender = account(built, DEPOSITOR);
    assert_eq!((sender.balance, sender.nonce), (minted, 0));
    assert!(built.receipts[1].succeeded, "the transaction after it runs");
}

#[test]
fn test_message_mints_sends_and_calls_before_the_transactions() {
    let built = run(&chain(), vec![message(COUNTER), message(COUNTER)]);
    let succeeded: Vec<bool> = built.receipts.iter().map(|receipt| receipt.succeeded).collect();
    assert_eq!(succeeded, [true; 3]);
    let sender = account(&built, DEPOSITOR);
    assert_eq!((sender.balance, sender.nonce), (U256::from(2 * ETHER - 10), 2));
    let counter = built.access_list.account(&COUNTER).expect("listed");
    assert_eq!(counter.after().slots[&U256::ZERO], U256::from(3));
    let writes = &counter.slot(U256::ZERO).expect("listed").writes;
    assert_eq!(writes.iter().map(|write| write.index).collect::<Vec<_>>(), [2, 3, 4]);
    let header = &built.result.header;
    assert_eq!(header.gas_used, built.receipts[2].cumulative_gas);
    let expected = built.result.body.inbox.extend_chain(0, B256::ZERO);
    assert_eq!((header.inbox_count, header.inbox_hash), (2, expected));
}

#[test]
fn test_message_alone_does_not_touch_the_producer() {
    let built = build_with(&chain(), vec![message(COUNTER)], Vec::new());
    assert!(verify_offline(&built.result.encode()).outcome.is_ok());
    assert_eq!(built.access_list.account(&PRODUCER), None);
}

#[test]
fn test_next_packet_goes_on_in_the_inbox() {
    let mut chain = chain();
    let first = build_with(&chain, vec![message(COUNTER)], Vec::new());
    chain.apply(&first);
    let second = build_with(&chain, vec![message(DEPOSITOR)], Vec::new());
    assert!(verify_offline(&second.result.encode()).outcome.is_ok());
    let all = InboxSection {
        l1_chain_id: L1_CHAIN_ID,
        messages: vec![message(COUNTER), message(DEPOSITOR)],
    };
    let header = &second.result.header;
    assert_eq!((header.inbox_count, header.inbox_hash), (2, all.extend_chain(0, B256::ZERO)));
}

#[test]
fn test_reverted_message_raises_the_nonce_and_keeps_the_mint() {
    let built = run(&chain(), vec![message(REVERTER)]);
    let sender = account(&built, DEPOSITOR);
    assert_eq!((sender.balance, sender.nonce), (U256::from(ETHER), 1));
    assert!(!built.receipts[0].succeeded);
    assert!(built.receipts[0].gas_used < GAS);
}

#[test]
fn test_value_above_the_balance_fails() {
    let value = U256::from(ETHER);
    let fits = run(&chain(), vec![InboxMessage { value, ..message(COUNTER) }]);
    assert!(fits.receipts[0].succeeded);
    let value = value + U256::from(1);
    assert_failed(
        &run(&chain(), vec![InboxMessage { value, ..message(COUNTER) }]),
        U256::from(ETHER),
    );
}

#[test]
fn test_gas_below_the_floor_of_the_data_fails() {
    let data = Bytes::from(vec![1; 1000]);
    let floor = 21_000 + 40 * 1000;
    let target = Address::repeat_byte(0x77);
    let with = |gas| InboxMessage { gas, data: data.clone(), ..message(target) };
    assert!(run(&chain(), vec![with(floor)]).receipts[0].succeeded);
    assert_failed(&run(&chain(), vec![with(floor - 1)]), U256::from(ETHER));
}

#[test]
fn test_last_nonce_sends_nothing() {
    let sender = |nonce| (DEPOSITOR, GenesisAccount { nonce, ..Default::default() });
    let chain = |nonce| Chain::native([sender(nonce), (COUNTER, contract(COUNT))]);
    assert!(run(&chain(u64::MAX - 1), vec![message(COUNTER)]).receipts[0].succeeded);
    let built = run(&chain(u64::MAX), vec![message(COUNTER)]);
    assert!(!built.receipts[0].succeeded);
    assert_eq!(account(&built, DEPOSITOR).nonce, u64::MAX);
}

#[test]
fn test_balance_that_no_leaf_holds_fails() {
    let most = U256::from(u128::MAX);
    let rich = |address, balance| (address, GenesisAccount { balance, ..Default::default() });
    let target = Address::repeat_byte(0x77);
    let chain = |balance| Chain::native([rich(target, balance), (COUNTER, contract(COUNT))]);
    let fits = run(&chain(most - U256::from(5)), vec![message(target)]);
    assert_eq!(account(&fits, target).balance, most);
    let built = run(&chain(most - U256::from(4)), vec![message(target)]);
    assert_failed(&built, U256::from(ETHER));
    assert_eq!(
        built.access_list.account(&target).expect("read").after().account.balance,
        most - U256::from(4)
    );
}

#[test]
fn test_mint_stops_at_what_a_leaf_holds() {
    let most = U256::from(u128::MAX);
    let sender = GenesisAccount { balance: most, ..Default::default() };
    let chain = Chain::native([(DEPOSITOR, sender), (COUNTER, contract(COUNT))]);
    let built = run(&chain, vec![InboxMessage { value: U256::ZERO, ..message(COUNTER) }]);
    assert!(built.receipts[0].succeeded);
    assert_eq!(account(&built, DEPOSITOR).balance, most);
}

/// Contracts of this size in all, which a caller calls one after the other.
fn large_codes(sizes: &[usize]) -> (Chain, Address) {
    let caller = Address::repeat_byte(0xca);
    let mut accounts = Vec::new();
    let mut program = Vec::new();
    for (number, size) in (1u8..).zip(sizes) {
        let mut code = vec![number; *size];
        code[0] = 0;
        let target = Address::repeat_byte(number);
        accounts
            .push((target, GenesisAccount { nonce: 1, code: code.into(), ..Default::default() }));
        // CALL(GAS, target, 0, 0, 0, 0, 0)
        program.extend(bytes!("5f5f5f5f5f73"));
        program.extend(target);
        program.extend(bytes!("5af150"));
    }
    // The caller itself counts, too.
    let code = program.into();
    accounts.push((caller, GenesisAccount { nonce: 1, code, ..Default::default() }));
    accounts.push((COUNTER, contract(COUNT)));
    accounts.push((REVERTER, GenesisAccount { nonce: 1, code: REVERT, ..Default::default() }));
    (Chain::native(accounts), caller)
}

#[test]
fn test_codes_of_a_message_are_within_its_budget() {
    let caller_size = 29 * 2;
    let fits = [BUDGET - caller_size - 1000, 1000];
    let (chain, caller) = large_codes(&fits);
    let built = run(&chain, vec![message(caller)]);
    assert!(built.receipts[0].succeeded);
    assert_eq!(built.result.body.codes.len(), 5);

    let (chain, caller) = large_codes(&[fits[0], 1001]);
    let built = run(&chain, vec![message(caller)]);
    assert_failed(&built, U256::from(ETHER));
    let sizes: Vec<usize> = built.result.body.codes.iter().map(|code| code.len()).collect();
    assert!(!sizes.contains(&1001), "the code over the budget is not carried");
}

#[test]
fn test_worst_messages_do_not_make_a_packet_impossible() {
    let sizes = [2 << 20; 12];
    let (chain, caller) = large_codes(&sizes);
    let messages = (0..30).map(|number| match number % 3 {
        0 => InboxMessage { data: Bytes::from(vec![1; 11_975]), ..message(REVERTER) },
        1 => message(caller),
        _ => InboxMessage { value: U256::MAX, ..message(COUNTER) },
    });
    let built = run(&chain, messages.collect());
    assert_eq!(built.receipts.len(), 31);
    assert_eq!(account(&built, DEPOSITOR).balance, U256::from(30 * ETHER));
    assert!(built.result.header.gas_used <= built.result.header.gas_limit);
}

#[test]
fn test_messages_have_half_of_the_gas() {
    let chain = chain();
    let mut request = chain.request(Vec::new());
    let messages = vec![message(COUNTER); 30];
    request.inbox = InboxSection { l1_chain_id: L1_CHAIN_ID, messages };
    assert!(build(&chain.state, &chain.tree, &request).is_ok());
    request.inbox.messages[0].gas += 1;
    let error = build(&chain.state, &chain.tree, &request).err();
    let why = "the messages have 15000001 gas, the limit is 15000000";
    assert_eq!(error, Some(Error::Argument(why.into())));
}

#[test]
fn test_altered_message_is_not_the_inbox_s() {
    let built = build_with(&chain(), vec![message(COUNTER)], Vec::new());
    let mut result = built.result;
    result.body.inbox.messages[0].mint += 1;
    let rejected = verify_offline(&result.encode()).outcome.expect_err("another message");
    assert_eq!(rejected.reason, Reason::WrongInbox);
}

#[test]
fn test_packet_consumes_what_is_due_and_no_more_than_was_sent() {
    let built = build_with(&chain(), vec![message(COUNTER); 2], Vec::new());
    let hash = built.result.header.inbox_hash;
    let check = |due, sent, hash| {
        let inbox = Some(Inbox { due, sent, hash });
        let context = Context { inbox, ..Context::default() };
        let verdict = verify(&built.result.encode(), &context).expect("a verdict");
        verdict.outcome.err().map(|rejected| rejected.reason)
    };
    assert_eq!(check(2, 2, hash), None);
    assert_eq!(check(0, 9, hash), None);
    assert_eq!(check(3, 9, hash), Some(Reason::WrongInbox));
    assert_eq!(check(0, 1, hash), Some(Reason::WrongInbox));
    assert_eq!(check(0, 9, B256::ZERO), Some(Reason::WrongInbox));
}
