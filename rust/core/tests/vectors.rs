//! The vectors of `tests/vectors`, which Python and Solidity read too.

use std::path::Path;

use alloy_primitives::{Address, B256, Bytes, Log, U256, hex};
use corollup_core::access_list::{
    AccessList, AccountAccess, Entry, SlotAccess, Write, compute_access_root,
};
use corollup_core::containers::{
    BlobProof, Body, Config, DataSection, ExecutionResult, Genesis, Header, InboxMessage,
    InboxSection, compute_digest, compute_domain, compute_endorse_message, compute_payload_hash,
    decode_payload, encode_payload,
};
use corollup_core::error::{Class, Reason};
use corollup_core::merkle::compute_merkle_root;
use corollup_core::outbox::Withdrawal;
use corollup_core::receipts::{Receipt, compute_receipts_root};
use serde_json::Value;

#[test]
fn test_access_list() {
    for case in valid("access_list") {
        let encoded = bytes(&case["encoded"]);
        let list = AccessList::decode(&encoded).expect("an access list");
        assert_eq!(list.encode(), encoded);
        assert_eq!(list, read_access_list(&case["accounts"]));
        assert_eq!(compute_access_root(&list.entries()), hash(&case["root"]));
        assert_eq!(compute_merkle_root(self::list(&case["leaves"])), hash(&case["root"]));
    }
    for case in invalid("access_list") {
        let rejected = AccessList::decode(&bytes(&case["encoded"])).expect_err("malformed");
        assert_eq!(rejected.reason, Reason::MalformedEncoding, "{}", case["name"]);
    }
}

#[test]
fn test_receipt() {
    let receipts: Vec<Receipt> = valid("receipt").iter().map(read_receipt).collect();
    for (receipt, case) in receipts.iter().zip(valid("receipt")) {
        assert_eq!(receipt.encode().to_vec(), bytes(&case["item"]));
    }
    assert_eq!(compute_receipts_root(&receipts), hash(&read("receipt")["receipts_root"]));
}

#[test]
fn test_config() {
    check_struct("config", Config::FIELDS, |bytes| {
        Config::decode(bytes).map(|config| (config.encode(), Some(config.hash()))).ok()
    });
}

#[test]
fn test_genesis() {
    check_struct("genesis", Genesis::FIELDS, |bytes| {
        Genesis::decode(bytes).map(|genesis| (genesis.encode(), Some(genesis.hash()))).ok()
    });
}

#[test]
fn test_header() {
    check_struct("header", Header::FIELDS, |bytes| {
        Header::decode(bytes).map(|header| (header.encode(), None)).ok()
    });
}

#[test]
fn test_domain() {
    for case in valid("domain") {
        let domain = compute_domain(
            number(&case["l1_chain_id"]),
            number(&case["l2_chain_id"]),
            Address::from_slice(&bytes(&case["state_contract"])),
            hash(&case["genesis_hash"]),
        );
        assert_eq!(domain, hash(&case["domain"]));
    }
}

#[test]
fn test_digest() {
    for case in valid("digest") {
        let header = Header::decode(&words(&case["header"], Header::FIELDS)).expect("a header");
        assert_eq!(compute_digest(&hash(&case["domain"]), &header), hash(&case["digest"]));
    }
}

#[test]
fn test_endorse_message() {
    for case in valid("endorse_message") {
        let status = u8::try_from(number(&case["status"])).expect("a status");
        let message = compute_endorse_message(&hash(&case["digest"]), status);
        assert_eq!(message, hash(&case["message"]));
    }
}

#[test]
fn test_merkle() {
    for case in valid("merkle") {
        assert_eq!(compute_merkle_root(list(&case["items"])), hash(&case["root"]));
    }
}

#[test]
fn test_payload() {
    for case in valid("payload") {
        let transactions: Vec<Bytes> = list(&case["transactions"]);
        let payload = encode_payload(&transactions).expect("below the limit");
        assert_eq!(payload, bytes(&case["encoded"]));
        assert_eq!(decode_payload(&payload), Ok(transactions.clone()));
        assert_eq!(compute_payload_hash(&payload), hash(&case["payload_hash"]));
        assert_eq!(compute_merkle_root(transactions), hash(&case["transactions_root"]));
    }
    for case in invalid("payload") {
        assert!(decode_payload(&bytes(&case["encoded"])).is_err(), "{}", case["name"]);
    }
}

#[test]
fn test_execution_result() {
    for case in valid("execution_result") {
        let encoded = bytes(&case["encoded"]);
        let result = ExecutionResult::decode(&encoded).expect("an execution result");
        assert_eq!(result.encode(), encoded);
        assert_eq!(result.domain, hash(&case["domain"]));
        assert_eq!(result.l2_chain_id, number(&case["l2_chain_id"]));
        assert_eq!(result.header.encode(), words(&case["header"], Header::FIELDS));
        assert_eq!(result.body.access_list, bytes(&case["body"]["access_list"]));
        assert_eq!(result.body.payload, bytes(&case["body"]["payload"]));
        check_sections(&result.body, &case["body"]);
        assert_eq!(result.body.codes, list(&case["body"]["codes"]));
        assert_eq!(result.body.proof, bytes(&case["body"]["proof"]));
    }
    for case in invalid("execution_result") {
        let rejected = ExecutionResult::decode(&bytes(&case["encoded"])).expect_err("malformed");
        assert_eq!(rejected.reason, Reason::MalformedEncoding, "{}", case["name"]);
    }
}

#[test]
fn test_inbox_message() {
    let document = read("inbox_message");
    let l1_chain_id = number(&document["l1_chain_id"]);
    let mut inbox_hash = B256::ZERO;
    for case in valid("inbox_message") {
        let index = number(&case["index"]);
        let message = read_message(&case);
        assert_eq!(message.hash(l1_chain_id, index), hash(&case["message_hash"]));
        let section = InboxSection { l1_chain_id, messages: vec![message] };
        inbox_hash = section.extend_chain(index, inbox_hash);
        assert_eq!(inbox_hash, hash(&case["inbox_hash"]));
    }
}

#[test]
fn test_withdrawal() {
    let document = read("withdrawal");
    let l2_chain_id = number(&document["l2_chain_id"]);
    let items = valid("withdrawal").into_iter().map(|case| {
        let narrow = |value| u32::try_from(number(value)).expect("a position");
        let withdrawal = Withdrawal {
            nonce: number(&case["nonce"]),
            sender: Address::from_slice(&bytes(&case["sender"])),
            target: Address::from_slice(&bytes(&case["target"])),
            value: text(&case["value"]).parse().expect("a quantity"),
            gas: number(&case["gas"]),
            data: bytes(&case["data"]),
            position: narrow(&case["position"]),
            log_index: narrow(&case["log"]),
        };
        assert_eq!(withdrawal.hash(l2_chain_id), hash(&case["withdrawal_hash"]));
        assert_eq!(withdrawal.encode(l2_chain_id).to_vec(), bytes(&case["item"]));
        withdrawal.encode(l2_chain_id)
    });
    assert_eq!(compute_merkle_root(items), hash(&document["withdrawals_root"]));
}

fn read_message(message: &Value) -> InboxMessage {
    InboxMessage {
        sender: Address::from_slice(&bytes(&message["sender"])),
        target: Address::from_slice(&bytes(&message["target"])),
        mint: text(&message["mint"]).parse::<U256>().expect("a quantity").to(),
        value: text(&message["value"]).parse().expect("a quantity"),
        gas: number(&message["gas"]),
        data: bytes(&message["data"]).into(),
    }
}

fn check_sections(body: &Body, case: &Value) {
    let array = |value: &Value| value.as_array().expect("a list").clone();
    let messages = array(&case["inbox"]["messages"]);
    let messages = messages.iter().map(read_message);
    let l1_chain_id = number(&case["inbox"]["l1_chain_id"]);
    assert_eq!(body.inbox, InboxSection { l1_chain_id, messages: messages.collect() });
    let blobs = array(&case["data"]["blobs"]);
    let blobs = blobs.iter().map(|blob| BlobProof {
        commitment: bytes(&blob["commitment"]).try_into().expect("48 bytes"),
        proof: bytes(&blob["proof"]).try_into().expect("48 bytes"),
    });
    let payloads = list(&case["data"]["payloads"]);
    assert_eq!(body.data, DataSection { payloads, blobs: blobs.collect() });
}

#[test]
fn test_reasons() {
    let reasons: Vec<(String, String)> = valid("reasons")
        .iter()
        .map(|case| (text(&case["name"]).into(), text(&case["class"]).into()))
        .collect();
    let expected: Vec<(String, String)> = Reason::ALL
        .iter()
        .map(|reason| {
            let class = match reason.class() {
                Class::Ignore => "IGNORE",
                Class::Reject => "REJECT",
            };
            (reason.name().into(), class.into())
        })
        .collect();
    assert_eq!(reasons, expected);
}

fn read_access_list(accounts: &Value) -> AccessList {
    let accounts = accounts.as_array().expect("a list").iter();
    let accounts = accounts.map(|account| AccountAccess {
        address: Address::from_slice(&bytes(&account["address"])),
        basic_data: read_entry(&account["basic_data"]),
        code_hash: read_entry(&account["code_hash"]),
        slots: account["slots"].as_array().expect("a list").iter().map(read_slot).collect(),
    });
    AccessList { accounts: accounts.collect() }
}

fn read_slot(access: &Value) -> SlotAccess {
    let slot = text(&access["slot"]).parse().expect("a slot");
    SlotAccess { slot, value: read_entry(&access["value"]) }
}

fn read_entry(entry: &Value) -> Entry {
    let writes = entry["writes"].as_array().expect("a list").iter();
    let writes = writes.map(|write| Write {
        index: number(&write["index"]).try_into().expect("an index"),
        value: hash(&write["value"]),
    });
    Entry { before: hash(&entry["before"]), writes: writes.collect() }
}

fn read_receipt(case: &Value) -> Receipt {
    let logs = case["logs"].as_array().expect("a list").iter();
    let logs = logs.map(|log| {
        let topics = log["topics"].as_array().expect("a list").iter().map(hash).collect();
        let address = Address::from_slice(&bytes(&log["address"]));
        Log::new_unchecked(address, topics, bytes(&log["data"]).into())
    });
    Receipt {
        succeeded: case["succeeded"].as_bool().expect("a truth value"),
        gas_used: 0,
        cumulative_gas: number(&case["cumulative_gas"]),
        logs: logs.collect(),
        created: None,
    }
}

/// Decodes and encodes every case of a struct; `convert` gives the encoding again, and the hash.
fn check_struct(
    layout: &str,
    fields: &[&str],
    convert: impl Fn(&[u8]) -> Option<(Vec<u8>, Option<B256>)>,
) {
    for case in valid(layout) {
        let expected = words(&case["value"], fields);
        assert_eq!(bytes(&case["encoded"]), expected);
        let (encoded, found) = convert(&expected).expect("a canonical encoding");
        assert_eq!(encoded, expected);
        assert_eq!(found, case.get("hash").map(hash));
    }
    for case in invalid(layout) {
        assert_eq!(convert(&bytes(&case["encoded"])), None, "{}", case["name"]);
    }
}

/// The ABI words of an object with exactly these fields.
fn words(object: &Value, fields: &[&str]) -> Vec<u8> {
    assert_eq!(object.as_object().expect("an object").len(), fields.len());
    let word = |field: &&str| text(&object[*field]).parse::<U256>().expect("a word");
    fields.iter().flat_map(|field| word(field).to_be_bytes::<32>()).collect()
}

fn read(layout: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let path = folder.join(format!("{layout}.json"));
    let document = std::fs::read_to_string(&path).expect("a vector file");
    serde_json::from_str(&document).expect("JSON")
}

fn valid(layout: &str) -> Vec<Value> {
    cases(layout, "valid")
}

fn invalid(layout: &str) -> Vec<Value> {
    cases(layout, "invalid")
}

fn cases(layout: &str, kind: &str) -> Vec<Value> {
    let cases = read(layout)[kind].as_array().expect("a list").clone();
    assert!(!cases.is_empty());
    cases
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).expect("hex")
}

fn list(value: &Value) -> Vec<Bytes> {
    value.as_array().expect("a list").iter().map(|item| bytes(item).into()).collect()
}

fn hash(value: &Value) -> B256 {
    B256::from_slice(&bytes(value))
}

fn number(value: &Value) -> u64 {
    u64::from_str_radix(text(value).trim_start_matches("0x"), 16).expect("a quantity")
}
