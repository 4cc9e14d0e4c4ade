//! The vectors of `tests/vectors/verkle_*.json`, which Python reads too.

use std::path::Path;

use alloy_primitives::{Address, B256, U256, hex};
use corollup_core::verkle::keys::{
    BasicData, Key, basic_data_key, chunkify_code, code_chunk_key, code_hash_key, storage_key,
};
use corollup_core::verkle::{PointSize, Tree, Value, verify};
use serde_json::Value as Json;

#[test]
fn test_keys() {
    let vectors = read("verkle_keys");
    let address = Address::from_slice(&bytes(&vectors["address"]));
    assert_eq!(basic_data_key(&address), word(&vectors["basic_data_key"]));
    assert_eq!(code_hash_key(&address), word(&vectors["code_hash_key"]));
    for case in list(&vectors["storage_keys"]) {
        let slot = U256::from_str_radix(&text(&case["slot"])[2..], 16).expect("a quantity");
        assert_eq!(storage_key(&address, slot), word(&case["key"]));
    }
    for case in list(&vectors["chunk_keys"]) {
        let chunk = u32::try_from(number(&case["chunk"])).expect("a chunk");
        assert_eq!(code_chunk_key(&address, chunk), word(&case["key"]));
    }
    let chunks: Vec<Value> = list(&vectors["chunks"]).iter().map(word).collect();
    assert_eq!(chunkify_code(&bytes(&vectors["code"])), chunks);

    let packed = word(&vectors["packed"]);
    let fields = &vectors["basic_data"];
    let data = BasicData::unpack(&packed).expect("packed data");
    assert_eq!(u64::from(data.version), number(&fields["version"]));
    assert_eq!(u64::from(data.code_size), number(&fields["code_size"]));
    assert_eq!(data.nonce, number(&fields["nonce"]));
    assert_eq!(data.balance, u128::from(number(&fields["balance"])));
    assert_eq!(data.pack(), Ok(packed));
}

#[test]
fn test_updates() {
    let vectors = read("verkle_updates");
    let tree: Tree = values(&vectors["values"]).into_iter().collect();
    assert_eq!(tree.root(), B256::from(word(&vectors["root"])));
    for case in list(&vectors["valid"]) {
        let applied = tree.clone().apply(&values(&case["writes"])).expect("in memory");
        assert_eq!(applied.post_root, B256::from(word(&case["root"])), "{}", case["name"]);
        let updates: Vec<Vec<u8>> =
            applied.updates.iter().map(|entry| entry.encode().to_vec()).collect();
        let expected: Vec<Vec<u8>> = list(&case["updates"]).iter().map(bytes).collect();
        assert_eq!(updates, expected, "{}", case["name"]);
    }
}

#[test]
fn test_proofs() {
    let vectors = read("verkle_proofs");
    let chain_id = number(&vectors["chain_id"]);
    for case in list(&vectors["valid"]) {
        let root = word(&case["root"]).into();
        let values = values(&case["values"]);
        for form in ["proof", "compressed"] {
            let partial = verify(chain_id, root, &values, &bytes(&case[form]));
            assert_eq!(partial.map(|tree| tree.root()), Ok(root));
        }
    }
    let case = &vectors["valid"][0];
    let tree: Tree = self::values(&read("verkle_updates")["values"]).into_iter().collect();
    let values = values(&case["values"]);
    let keys: Vec<Key> = values.iter().map(|(key, _)| *key).collect();
    let forms = [("proof", PointSize::Affine), ("compressed", PointSize::Compressed)];
    for (form, point_size) in forms {
        assert_eq!(tree.prove_with(chain_id, &keys, point_size), Ok(bytes(&case[form])));
    }
    for invalid in list(&vectors["invalid"]) {
        let error = verify(chain_id, tree.root(), &values, &bytes(&invalid["proof"]))
            .expect_err("an invalid proof");
        let reason = error.reason().map(corollup_core::error::Reason::name);
        assert_eq!(reason, Some(text(&invalid["reason"])));
    }
}

fn read(layout: &str) -> Json {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    let text = std::fs::read_to_string(folder.join(format!("{layout}.json"))).expect("a file");
    serde_json::from_str(&text).expect("JSON")
}

fn values(json: &Json) -> Vec<(Key, Value)> {
    list(json).iter().map(|pair| (word(&pair[0]), word(&pair[1]))).collect()
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn text(json: &Json) -> &str {
    json.as_str().expect("a string")
}

fn number(json: &Json) -> u64 {
    u64::from_str_radix(text(json).trim_start_matches("0x"), 16).expect("a quantity")
}

fn bytes(json: &Json) -> Vec<u8> {
    hex::decode(text(json)).expect("hex")
}

fn word(json: &Json) -> [u8; 32] {
    bytes(json).try_into().expect("32 bytes")
}
