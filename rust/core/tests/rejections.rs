//! One packet for each reason, and a valid one; Python reads the same file.

use std::path::Path;

use alloy_primitives::{Address, B256, hex};
use corollup_core::containers::Config;
use corollup_core::endorser::{Anchor, Context, Inbox, Network, Schedule, verify};
use corollup_core::error::{Class, Reason};
use serde_json::Value;

#[test]
fn test_valid_packet_is_accepted() {
    let document = read();
    let verdict = verify_case(&bytes(&document["valid"]), &document["context"]);
    assert_eq!(verdict, (Some(1), None));
    let mut context = document["context"].clone();
    context["hints"] = document["hints"].clone();
    assert_eq!(verify_case(&bytes(&document["valid"]), &context), (Some(1), None));
}

#[test]
fn test_each_reason_has_its_packet() {
    let document = read();
    let cases = document["invalid"].as_array().expect("a list");
    let names: Vec<_> = cases.iter().map(|case| text(&case["reason"])).collect();
    let expected: Vec<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(names, expected);
    for (case, reason) in cases.iter().zip(Reason::ALL) {
        let context = case.get("context").unwrap_or(&document["context"]);
        let status = (reason.class() == Class::Reject).then_some(0);
        assert_eq!(verify_case(&bytes(&case["encoded"]), context), (status, Some(*reason)));
    }
}

fn verify_case(encoded: &[u8], context: &Value) -> (Option<u8>, Option<Reason>) {
    let network = Network {
        domain: hash(&context["network"]["domain"]),
        config: Config::decode(&bytes(&context["network"]["config"])).expect("a configuration"),
    };
    let anchor = &context["anchor"];
    let schedule = &context["schedule"];
    let payload_hashes: Option<Vec<B256>> =
        context["payload_hashes"].as_array().map(|hashes| hashes.iter().map(hash).collect());
    let hints = context["hints"].as_str().map(|hints| hex::decode(hints).expect("hex"));
    let context = Context {
        network: Some(&network),
        parent_hash: Some(hash(&context["parent_hash"])),
        anchor: Some(Anchor {
            hash: hash(&anchor["hash"]),
            timestamp: number(&anchor["timestamp"]),
            prev_randao: hash(&anchor["prev_randao"]),
            depth: number(&anchor["depth"]),
        }),
        schedule: Some(Schedule {
            producer: Address::from_slice(&bytes(&schedule["producer"])),
            key: bytes(&schedule["key"]).try_into().expect("48 bytes"),
        }),
        inbox: Some(Inbox {
            due: number(&context["inbox"]["due"]),
            sent: number(&context["inbox"]["sent"]),
            hash: hash(&context["inbox"]["hash"]),
        }),
        fee_cover: Some(number(&context["fee_cover"]).into()),
        payload_hashes: payload_hashes.as_deref(),
        hints: hints.as_deref(),
        ..Context::default()
    };
    let verdict = verify(encoded, &context).expect("a verdict");
    assert!(verdict.checks_not_done.is_empty());
    (verdict.status(), verdict.outcome.err().map(|rejected| rejected.reason))
}

fn read() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/rejections.json");
    let document = std::fs::read_to_string(path).expect("the vector file");
    serde_json::from_str(&document).expect("JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).expect("hex")
}

fn hash(value: &Value) -> B256 {
    B256::from_slice(&bytes(value))
}

fn number(value: &Value) -> u64 {
    u64::from_str_radix(text(value).trim_start_matches("0x"), 16).expect("a quantity")
}
