//! The vectors of `tests/vectors/bls.json`, which Python and Solidity read too.

use std::path::Path;

use alloy_primitives::{Address, B256, hex};
use corollup_core::bls::{
    POSSESSION_DST, PublicKey, SIGNATURE_DST, SecretKey, Signature, aggregate,
    compute_registration_message, fast_aggregate_verify, hash_to_g2, verify, verify_possession,
};
use corollup_core::containers::compute_endorse_message;
use corollup_core::error::Error;
use serde_json::Value;

#[test]
fn test_keys() {
    let vectors = read_vectors();
    let seed = bytes(&vectors["seed"]);
    for case in list(&vectors["keys"]) {
        let secret = SecretKey::derive_path(&seed, text(&case["path"])).expect("a path");
        assert_eq!(secret.to_bytes().as_slice(), bytes(&case["secret"]));
        let key = secret.public_key();
        assert_eq!(key.to_bytes().as_slice(), bytes(&case["key"]));
        assert_eq!(key.to_eip2537().as_slice(), bytes(&case["key_eip2537"]));
        assert_eq!(PublicKey::from_eip2537(&bytes(&case["key_eip2537"])), Ok(key));
        assert_eq!(key.hash(), hash(&case["key_hash"]));
    }
}

#[test]
fn test_endorsements() {
    let vectors = read_vectors();
    for case in list(&vectors["endorsements"]) {
        let status = u8::try_from(number(&case["status"])).expect("a status");
        let message = compute_endorse_message(&hash(&case["digest"]), status);
        assert_eq!(message, hash(&case["message"]));
        let point = hash_to_g2(message.as_slice(), SIGNATURE_DST).expect("a tag");
        assert_eq!(point.to_eip2537().as_slice(), bytes(&case["message_point_eip2537"]));

        let keys: Vec<_> = list(&case["keys"]).iter().map(key).collect();
        let signatures: Vec<_> = list(&case["signatures"]).iter().map(signature).collect();
        for (key, signature) in keys.iter().zip(&signatures) {
            assert!(verify(key, message.as_slice(), signature));
        }
        let total = aggregate(&signatures).expect("signatures");
        assert_eq!(total.to_bytes().as_slice(), bytes(&case["aggregate"]));
        assert_eq!(total.to_eip2537().as_slice(), bytes(&case["aggregate_eip2537"]));
        assert_eq!(Signature::from_eip2537(&bytes(&case["aggregate_eip2537"])), Ok(total));
        assert!(fast_aggregate_verify(&keys, message.as_slice(), &total));
        let key = PublicKey::aggregate(&keys).expect("keys");
        assert_eq!(key.to_bytes().as_slice(), bytes(&case["aggregate_key"]));
        assert_eq!(key.to_eip2537().as_slice(), bytes(&case["aggregate_key_eip2537"]));
    }
}

#[test]
fn test_registrations() {
    let vectors = read_vectors();
    for case in list(&vectors["registrations"]) {
        let key = key(&case["key"]);
        let message = compute_registration_message(
            number(&case["l1_chain_id"]),
            address(&case["management_contract"]),
            address(&case["operator"]),
            &key,
        );
        assert_eq!(message, hash(&case["message"]));
        let point = hash_to_g2(message.as_slice(), POSSESSION_DST).expect("a tag");
        assert_eq!(point.to_eip2537().as_slice(), bytes(&case["message_point_eip2537"]));
        let proof = signature(&case["proof"]);
        assert_eq!(proof.to_eip2537().as_slice(), bytes(&case["proof_eip2537"]));
        assert!(verify_possession(&key, message.as_slice(), &proof));
    }
}

#[test]
fn test_invalid_encodings() {
    let vectors = read_vectors();
    let key = |data: &[u8]| PublicKey::from_bytes(data).map(drop);
    check_refusals(&vectors["invalid_keys"], key);
    check_refusals(&vectors["invalid_signatures"], |data| Signature::from_bytes(data).map(drop));
    let key = |data: &[u8]| PublicKey::from_eip2537(data).map(drop);
    check_refusals(&vectors["invalid_eip2537_keys"], key);
    let signature = |data: &[u8]| Signature::from_eip2537(data).map(drop);
    check_refusals(&vectors["invalid_eip2537_signatures"], signature);
}

fn check_refusals(cases: &Value, decode: impl Fn(&[u8]) -> Result<(), Error>) {
    for case in list(cases) {
        let error = decode(&bytes(&case["encoded"])).expect_err(text(&case["name"]));
        assert_eq!(error.to_string(), text(&case["error"]), "{}", case["name"]);
    }
}

fn read_vectors() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/bls.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file")).expect("JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).expect("hexadecimal bytes")
}

fn hash(value: &Value) -> B256 {
    text(value).parse().expect("a hash")
}

fn address(value: &Value) -> Address {
    text(value).parse().expect("an address")
}

fn number(value: &Value) -> u64 {
    u64::from_str_radix(text(value).trim_start_matches("0x"), 16).expect("a quantity")
}

fn key(value: &Value) -> PublicKey {
    PublicKey::from_bytes(&bytes(value)).expect("a key")
}

fn signature(value: &Value) -> Signature {
    Signature::from_bytes(&bytes(value)).expect("a signature")
}
