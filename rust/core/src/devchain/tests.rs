use alloy_consensus::{SignableTransaction, TxEip1559};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, address, b256, hex};
use alloy_rpc_types_eth::TransactionRequest;
use serde_json::{Value, json};

use super::*;
use crate::evm::Envelope;

/// The first account of the usual test mnemonic.
const ALICE: Address = address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
const ALICE_KEY: B256 = b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
const BOB: Address = address!("0000000000000000000000000000000000000b0b");

fn ether(amount: u64) -> U256 {
    U256::from(amount) * U256::from(10).pow(U256::from(18))
}

fn new_chain() -> DevChain {
    let config = DevConfig { genesis_time: 1_000, ..DevConfig::default() };
    DevChain::new(config, &[(ALICE, ether(10_000))])
}

fn sign(tx: TxEip1559) -> Vec<u8> {
    let secret = secp256k1_sign(tx.signature_hash());
    Envelope::from(tx.into_signed(secret)).encoded_2718()
}

fn secp256k1_sign(hash: B256) -> alloy_primitives::Signature {
    alloy_consensus::crypto::secp256k1::sign_message(ALICE_KEY, hash).expect("a valid key")
}

fn transfer(nonce: u64) -> TxEip1559 {
    TxEip1559 {
        chain_id: 31337,
        nonce,
        gas_limit: 21_000,
        max_fee_per_gas: 2_000_000_000,
        max_priority_fee_per_gas: 1_000_000_000,
        to: TxKind::Call(BOB),
        value: ether(1),
        ..TxEip1559::default()
    }
}

fn ask(chain: &DevChain, method: &str, params: Value) -> Value {
    let Value::Array(params) = params else { panic!("parameters are a list") };
    chain.answer(method, params).expect(method)
}

fn command(chain: &mut DevChain, method: &str, params: Value) -> Value {
    let Value::Array(params) = params else { panic!("parameters are a list") };
    chain.command(method, params, 1_001).expect(method)
}

fn code_of(result: Result<impl core::fmt::Debug, RpcError>) -> i32 {
    result.expect_err("refused").code
}

#[test]
fn a_transfer_is_mined_with_a_receipt() {
    let mut chain = new_chain();
    let hash = chain.submit(&sign(transfer(0))).expect("valid");
    let block = chain.mine(1_001).expect("mines");
    let receipt = ask(&chain, "eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["blockHash"], json!(block));
    assert_eq!(receipt["gasUsed"], "0x5208");
    assert_eq!(ask(&chain, "eth_getBalance", json!([BOB])), json!(ether(1)));
    assert_eq!(ask(&chain, "eth_getBalance", json!([BOB, "0x0"])), "0x0");
    assert_eq!(chain.pool().transactions().count(), 0);
}

#[test]
fn nonces_are_mined_in_order_whatever_the_arrival() {
    let mut chain = new_chain();
    for nonce in [2, 0, 1, 4] {
        chain.submit(&sign(transfer(nonce))).expect("valid");
    }
    chain.mine(1_001).expect("mines");
    assert_eq!(chain.chain().head().transactions.len(), 3);
    assert_eq!(chain.pool().next_nonce(chain.chain(), &ALICE), Ok(3));
    assert_eq!(chain.pool().transactions().count(), 1, "nonce 4 waits for 3");
}

#[test]
fn the_hash_is_that_of_the_header_and_the_history_contract_has_the_parents() {
    let mut chain = new_chain();
    let genesis = chain.chain().head().hash;
    let hash = chain.mine(1_001).expect("mines");
    let raw: Bytes = serde_json::from_value(ask(&chain, "debug_getRawHeader", json!(["latest"])))
        .expect("bytes");
    assert_eq!(keccak256(&raw), hash);
    let call = json!({"to": crate::evm::history::HISTORY_STORAGE_ADDRESS, "data": B256::ZERO});
    let answer = ask(&chain, "eth_call", json!([call]));
    assert_eq!(answer, json!(genesis));
}

#[test]
fn equal_seeds_and_times_give_equal_chains() {
    let mine = || {
        let mut chain = new_chain();
        chain.submit(&sign(transfer(0))).expect("valid");
        (1_001..1_004).map(|now| chain.mine(now).expect("mines")).collect::<Vec<_>>()
    };
    assert_eq!(mine(), mine());
}

#[test]
fn a_snapshot_restores_blocks_pool_edits_and_clock() {
    let mut chain = new_chain();
    chain.mine(1_001).expect("mines");
    chain.submit(&sign(transfer(0))).expect("valid");
    let before = (chain.chain().head().hash, chain.pool().clone());
    let id = chain.snapshot();
    chain.set_balance(BOB, ether(5)).expect("in memory");
    chain.increase_time(1_000);
    chain.mine(1_002).expect("mines");
    assert_eq!(ask(&chain, "eth_getBalance", json!([BOB])), json!(ether(6)));
    assert!(chain.revert(id));
    assert_eq!((chain.chain().head().hash, chain.pool().clone()), before);
    assert_eq!(ask(&chain, "eth_getBalance", json!([BOB])), "0x0");
    chain.mine(1_003).expect("mines");
    assert_eq!(chain.chain().head().header.timestamp, 1_003);
    assert!(!chain.revert(id), "a snapshot is used once");
}

#[test]
fn a_snapshot_before_an_edit_of_the_genesis_is_restored() {
    let mut chain = new_chain();
    let id = chain.snapshot();
    chain.set_balance(BOB, ether(5)).expect("in memory");
    chain.mine(1_001).expect("mines");
    assert!(chain.revert(id));
    assert_eq!(ask(&chain, "eth_getBalance", json!([BOB])), "0x0");
}

#[test]
fn a_pruned_snapshot_is_gone() {
    let config = DevConfig { history: 2, ..DevConfig::default() };
    let mut chain = DevChain::new(config, &[(ALICE, ether(10_000))]);
    let (old, new) = (chain.snapshot(), chain.snapshot());
    for now in 1..=2 {
        chain.mine(now).expect("mines");
    }
    assert!(chain.revert(new), "two blocks back are kept");
    for now in 1..=3 {
        chain.mine(now).expect("mines");
    }
    assert!(!chain.revert(old));
    assert_eq!(chain.chain().head().number(), 3);
}

#[test]
fn a_reorganisation_gives_other_blocks() {
    let mut chain = new_chain();
    chain.mine(1_001).expect("mines");
    chain.submit(&sign(transfer(0))).expect("valid");
    let old = chain.mine(1_002).expect("mines");
    let dropped = chain.rollback(1).expect("two blocks");
    assert_eq!(dropped, [Bytes::from(sign(transfer(0)))]);
    assert_ne!(chain.mine(1_002).expect("mines"), old);
    assert_eq!(ask(&chain, "eth_getBlockByHash", json!([old])), Value::Null);
    assert_eq!(code_of(chain.rollback(3)), -32000);
}

#[test]
fn time_and_randomness_can_be_set() {
    let mut chain = new_chain();
    chain.set_next_timestamp(5_000).expect("after the head");
    chain.set_next_prev_randao(B256::repeat_byte(7));
    chain.mine(1_001).expect("mines");
    let header = chain.chain().head().header.clone();
    assert_eq!((header.timestamp, header.mix_hash), (5_000, B256::repeat_byte(7)));
    chain.mine(1_003).expect("mines");
    assert_eq!(chain.chain().head().header.timestamp, 5_002, "the clock goes on from there");
    assert_eq!(code_of(chain.set_next_timestamp(5_002)), -32000);
}

#[test]
fn tags_follow_the_head() {
    let mut chain = new_chain();
    for now in 1_001..1_006 {
        chain.mine(now).expect("mines");
    }
    let number = |tag: &str| ask(&chain, "eth_getBlockByNumber", json!([tag]))["number"].clone();
    let tags = ["earliest", "finalized", "safe", "latest", "pending"].map(number);
    assert_eq!(tags, ["0x0", "0x3", "0x4", "0x5", "0x5"]);
}

#[test]
fn an_impersonated_contract_sends_a_transaction() {
    let mut chain = new_chain();
    let request = |from| TransactionRequest {
        from: Some(from),
        to: Some(TxKind::Call(ALICE)),
        value: Some(U256::from(1)),
        ..TransactionRequest::default()
    };
    chain.set_code(BOB, hex!("00").into()).expect("in memory");
    chain.set_balance(BOB, ether(1)).expect("in memory");
    assert_eq!(code_of(chain.submit_unsigned(request(BOB))), -32000);
    command(&mut chain, "hardhat_impersonateAccount", json!([BOB]));
    let hash = chain.submit_unsigned(request(BOB)).expect("impersonated");
    chain.mine(1_001).expect("mines");
    let receipt = ask(&chain, "eth_getTransactionReceipt", json!([hash]));
    assert_eq!((&receipt["status"], &receipt["from"]), (&json!("0x1"), &json!(BOB)));
}

#[test]
fn a_transaction_that_cannot_run_is_refused() {
    let mut chain = new_chain();
    let mut refuse = |tx: TxEip1559| code_of(chain.submit(&sign(tx)));
    assert_eq!(refuse(TxEip1559 { gas_limit: (1 << 24) + 1, ..transfer(0) }), -32003);
    assert_eq!(refuse(TxEip1559 { gas_limit: 20_999, ..transfer(0) }), -32003);
    assert_eq!(refuse(TxEip1559 { value: ether(10_000), ..transfer(0) }), -32003);
    assert_eq!(refuse(TxEip1559 { max_fee_per_gas: 1, ..transfer(0) }), -32003);
    assert_eq!(refuse(TxEip1559 { chain_id: 1, ..transfer(0) }), -32000);
    assert_eq!(code_of(chain.submit(&[0x02])), -32602);
    chain.submit(&sign(TxEip1559 { gas_limit: 1 << 24, ..transfer(0) })).expect("at the cap");
    assert_eq!(code_of(chain.submit(&sign(transfer(0)))), -32000, "underpriced replacement");
    chain.mine(1_001).expect("mines");
    assert_eq!(code_of(chain.submit(&sign(transfer(0)))), -32003, "nonce too low");
}

#[test]
fn a_replacement_pays_a_tenth_more() {
    let mut chain = new_chain();
    let priced =
        |fee, tip| TxEip1559 { max_fee_per_gas: fee, max_priority_fee_per_gas: tip, ..transfer(0) };
    chain.submit(&sign(priced(2_000_000_000, 1_000_000_000))).expect("valid");
    assert_eq!(code_of(chain.submit(&sign(priced(2_199_999_999, 1_100_000_000)))), -32000);
    assert_eq!(code_of(chain.submit(&sign(priced(2_200_000_000, 1_099_999_999)))), -32000);
    chain.submit(&sign(priced(2_200_000_000, 1_100_000_000))).expect("pays a tenth more");
    assert_eq!(chain.pool().transactions().count(), 1);
}

#[test]
fn a_block_takes_what_its_gas_limit_holds() {
    let config = DevConfig { gas_limit: 50_000, ..DevConfig::default() };
    let mut chain = DevChain::new(config, &[(ALICE, ether(10_000))]);
    for nonce in 0..3 {
        let tx = TxEip1559 { value: U256::ZERO, ..transfer(nonce) };
        chain.submit(&sign(tx)).expect("valid");
    }
    chain.mine(1).expect("mines");
    assert_eq!(chain.chain().head().transactions.len(), 2);
    chain.mine(2).expect("mines");
    assert_eq!(chain.chain().head().transactions.len(), 1);
}

#[test]
fn pruned_states_are_named() {
    let config = DevConfig { history: 2, ..DevConfig::default() };
    let mut chain = DevChain::new(config, &[(ALICE, ether(10_000))]);
    for now in 1..=4 {
        chain.mine(now).expect("mines");
    }
    assert_eq!(ask(&chain, "eth_getBalance", json!([ALICE, "0x2"])), json!(ether(10_000)));
    let error =
        chain.answer("eth_getBalance", vec![json!(ALICE), json!("0x1")]).expect_err("pruned");
    assert_eq!(error.code, -32001);
    assert_eq!(error.message, "state of block 1 is pruned");
    assert_eq!(ask(&chain, "eth_getBlockByNumber", json!(["0x1"]))["number"], "0x1");
}

#[test]
fn commands_change_the_chain() {
    let mut chain = new_chain();
    command(&mut chain, "anvil_setBalance", json!([BOB, "0x5"]));
    command(&mut chain, "anvil_setNonce", json!([BOB, "0x6"]));
    command(&mut chain, "anvil_setCode", json!([BOB, "0x00"]));
    command(&mut chain, "anvil_setStorageAt", json!([BOB, "0x1", B256::with_last_byte(7)]));
    assert_eq!(ask(&chain, "eth_getBalance", json!([BOB])), "0x5");
    assert_eq!(ask(&chain, "eth_getTransactionCount", json!([BOB, "pending"])), "0x6");
    assert_eq!(ask(&chain, "eth_getCode", json!([BOB])), "0x00");
    let slot = ask(&chain, "eth_getStorageAt", json!([BOB, "0x1", "latest"]));
    assert_eq!(slot, json!(B256::with_last_byte(7)));
    command(&mut chain, "anvil_mine", json!(["0x3", "0xa"]));
    let head = &chain.chain().head().header;
    assert_eq!((head.number, head.timestamp), (3, 1_021));
    assert_eq!(command(&mut chain, "evm_snapshot", json!([])), "0x1");
    command(&mut chain, "anvil_reorg", json!([2]));
    assert_eq!(chain.chain().head().number(), 3);
    assert_eq!(
        command(&mut chain, "evm_revert", json!(["0x1"])),
        json!(false),
        "its block is gone"
    );
}

#[test]
fn automine_gives_each_transaction_its_block() {
    let mut chain = new_chain();
    command(&mut chain, "evm_setAutomine", json!([true]));
    for nonce in 0..2 {
        let raw = Bytes::from(sign(transfer(nonce)));
        command(&mut chain, "eth_sendRawTransaction", json!([raw]));
    }
    assert_eq!(chain.chain().head().number(), 2);
    assert_eq!(ask(&chain, "eth_accounts", json!([])), json!([ALICE]));
}

#[test]
fn a_waiting_transaction_is_found() {
    let mut chain = new_chain();
    let hash = chain.submit(&sign(transfer(0))).expect("valid");
    let found = ask(&chain, "eth_getTransactionByHash", json!([hash]));
    assert_eq!((&found["hash"], &found["blockHash"]), (&json!(hash), &Value::Null));
    assert_eq!(command(&mut chain, "anvil_dropTransaction", json!([hash])), json!(hash));
    assert_eq!(ask(&chain, "eth_getTransactionByHash", json!([hash])), Value::Null);
}

#[test]
fn mining_is_bounded() {
    let mut chain = new_chain();
    let mut mine = |blocks| chain.command("anvil_mine", vec![json!(blocks)], 0);
    assert!(mine(MAX_MINED_BLOCKS).is_ok());
    assert_eq!(code_of(mine(MAX_MINED_BLOCKS + 1)), -32005);
}

#[test]
fn the_pool_is_bounded() {
    let mut chain = new_chain();
    let mut fill = |nonce| {
        chain.submit_unsigned(TransactionRequest {
            from: Some(ALICE),
            to: Some(TxKind::Call(BOB)),
            gas: Some(21_000),
            nonce: Some(nonce),
            ..TransactionRequest::default()
        })
    };
    for nonce in 0..MAX_POOL_TRANSACTIONS as u64 {
        fill(nonce).expect("there is room");
    }
    assert_eq!(code_of(fill(MAX_POOL_TRANSACTIONS as u64)), -32005);
    assert_eq!(code_of(fill(0)), -32000, "already known");
    let next = ask(&chain, "eth_getTransactionCount", json!([ALICE, "pending"]));
    assert_eq!(next, json!(alloy_primitives::U64::from(MAX_POOL_TRANSACTIONS)));
}
