use alloy_consensus::crypto::secp256k1::sign_message;
use alloy_consensus::{SignableTransaction, TxEip1559, TxLegacy};
use alloy_eips::Encodable2718;
use alloy_primitives::{B256, Bytes, Signature as Vrs, TxKind, U256, uint};

use super::super::field::Field;
use super::super::point::{Jacobian, Point};
use super::super::scalar::Short;
use super::super::*;
use super::random;

const N: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

fn legacy(nonce: u64) -> TxLegacy {
    let to = TxKind::Call([7; 20].into());
    TxLegacy {
        chain_id: Some(1),
        nonce,
        gas_price: 9,
        gas_limit: 21_000,
        to,
        ..TxLegacy::default()
    }
}

fn encode(tx: TxLegacy, signature: Vrs) -> Bytes {
    Envelope::from(tx.into_signed(signature)).encoded_2718().into()
}

fn sign(tx: TxLegacy, key: u64) -> Bytes {
    let signature = sign_message(random(key).into(), tx.signature_hash()).expect("a valid key");
    encode(tx, signature)
}

/// Transactions of different senders, of two types.
fn payload(count: u64) -> Vec<Bytes> {
    let sign = |nonce: u64| {
        if nonce.is_multiple_of(2) {
            return sign(legacy(nonce), nonce);
        }
        let tx = TxEip1559 { chain_id: 1, nonce, gas_limit: 21_000, ..TxEip1559::default() };
        let signature = sign_message(random(nonce).into(), tx.signature_hash()).expect("a key");
        Envelope::from(tx.into_signed(signature)).encoded_2718().into()
    };
    (0..count).map(sign).collect()
}

/// Both backends, and one by one.
fn plain(payload: &[Bytes], fork: Fork) -> Vec<Result<Transaction, Error>> {
    let one_by_one: Vec<_> = payload.iter().map(|bytes| Transaction::decode(bytes, fork)).collect();
    for backend in Backend::available() {
        assert_eq!(decode_without_hints(*backend, payload, fork), one_by_one, "{backend}");
        let twice = vec![payload.to_vec(); 7].concat();
        let decoded = decode_without_hints(*backend, &twice, fork);
        assert_eq!(decoded, vec![one_by_one.clone(); 7].concat(), "{backend}");
    }
    one_by_one
}

/// The true hints, and zeros for what has no sender.
fn true_hints(payload: &[Bytes], fork: Fork) -> Vec<u8> {
    let hint = |decoded: Result<Transaction, Error>| {
        decoded.map_or([0; HINT_BYTES], |transaction| transaction.to_hint())
    };
    plain(payload, fork).into_iter().flat_map(hint).collect()
}

fn assert_true(payload: &[Bytes], fork: Fork, hints: &[u8]) {
    for backend in Backend::available() {
        let found = decode_with_hints(*backend, payload, fork, hints);
        assert_eq!(found, Ok(plain(payload, fork)), "{backend}");
    }
}

fn assert_false(payload: &[Bytes], hints: &[u8], message: &str) {
    for backend in Backend::available() {
        let found = decode_with_hints(*backend, payload, Fork::Osaka, hints);
        assert_eq!(found, Err(Rejected::new(Reason::FalseHint, message)), "{backend}");
    }
}

fn is_batch_true(payload: &[Bytes], hints: &[u8]) -> Vec<bool> {
    let decoded: Vec<_> = payload.iter().map(|bytes| Decoded::new(bytes, Fork::Osaka)).collect();
    let hints = hints.as_chunks().0;
    let backends = Backend::available().iter();
    backends.map(|backend| super::super::is_batch_true(*backend, &decoded, hints)).collect()
}

#[test]
fn test_true_hints_give_what_recovery_gives() {
    for count in [0, 1, MIN_BATCH as u64 - 1, MIN_BATCH as u64, 50] {
        let payload = payload(count);
        let hints = true_hints(&payload, Fork::Osaka);
        assert_true(&payload, Fork::Osaka, &hints);
        let transactions: Vec<_> = plain(&payload, Fork::Osaka).into_iter().flatten().collect();
        assert_eq!(compute_hints(&transactions), hints);
        for backend in Backend::available() {
            let found = decode_without_hints(*backend, &payload, Fork::Osaka);
            let found: Vec<_> = found.into_iter().flatten().collect();
            assert_eq!(compute_hints(&found), hints, "{backend}");
        }
        let is_worth_it = payload.len() >= MIN_BATCH;
        assert!(is_batch_true(&payload, &hints).iter().all(|is_true| *is_true == is_worth_it));
    }
}

#[test]
fn test_transactions_of_one_sender() {
    let payload: Vec<_> = (0..20).map(|nonce| sign(legacy(nonce), 1)).collect();
    assert_true(&payload, Fork::Osaka, &true_hints(&payload, Fork::Osaka));
    let payload = vec![sign(legacy(0), 1); 300];
    let hints = true_hints(&payload, Fork::Osaka);
    assert_true(&payload, Fork::Osaka, &hints);
    assert!(is_batch_true(&payload, &hints).iter().all(|is_true| *is_true));
}

#[test]
fn test_hints_of_another_length_are_false() {
    let payload = payload(7);
    let hints = true_hints(&payload, Fork::Osaka);
    for length in [0, 1, 95, 96 * 6, 96 * 7 - 1] {
        let message = format!("the hints have {length} bytes, expected 96 for each of 7");
        assert_false(&payload, &hints[..length], &message);
    }
    let longer = [hints.as_slice(), &[0]].concat();
    assert_false(&payload, &longer, "the hints have 673 bytes, expected 96 for each of 7");
}

#[test]
fn test_a_false_part_of_a_hint_is_found_in_every_place() {
    for count in [MIN_BATCH as u64 - 1, 9] {
        let payload = payload(count);
        let hints = true_hints(&payload, Fork::Osaka);
        for index in 0..payload.len() {
            let message = format!("the hint of transaction {index} is false");
            for byte in [0, 31, 32, 63, 64, 95] {
                let mut hints = hints.clone();
                hints[index * HINT_BYTES + byte] ^= 1;
                assert_false(&payload, &hints, &message);
            }
        }
    }
}

/// Replaces one transaction's hint by what `change` makes of its key and its R.
fn with_points(
    hints: &[u8],
    index: usize,
    change: impl Fn(Point, Field) -> (Point, Field),
) -> Vec<u8> {
    let mut hints = hints.to_vec();
    let hint = &mut hints.as_chunks_mut::<HINT_BYTES>().0[index];
    let [x, y, nonce_y] = hint.as_chunks().0 else { unreachable!("96 bytes") };
    let read = |bytes| Field::from_bytes(bytes).expect("a true hint");
    let (key, nonce_y) = change(Point::new(read(x), read(y)), read(nonce_y));
    *hint = [key.x, key.y, nonce_y].map(Field::to_bytes).as_flattened().try_into().expect("96");
    hints
}

#[test]
fn test_false_points_on_the_curve_are_found_by_the_batch() {
    let payload = payload(9);
    let hints = true_hints(&payload, Fork::Osaka);
    let message = "the hint of transaction 4 is false";
    let negated = with_points(&hints, 4, |key, y| (-key, y));
    assert_false(&payload, &negated, message);
    assert_false(&payload, &with_points(&hints, 4, |key, y| (key, -y)), message);
    assert_false(&payload, &with_points(&hints, 4, |key, y| (key.times_lambda(), y)), message);
    assert_false(&payload, &with_points(&hints, 4, |_, y| (Point::GENERATOR, y)), message);
    assert_false(&payload, &with_points(&hints, 4, |_, y| (Point::INFINITY, y)), message);
    let mut swapped = hints.clone();
    swapped[4 * HINT_BYTES..6 * HINT_BYTES].rotate_left(HINT_BYTES);
    assert_false(&payload, &swapped, message);
    // Two errors that cancel without weights: what is added to one key is taken from another.
    let shift = |by: Point| move |key, y| (Jacobian::INFINITY.add(&key).add(&by).to_affine(), y);
    let shifted = with_points(&hints, 4, shift(Point::GENERATOR));
    assert_false(&payload, &with_points(&shifted, 7, shift(-Point::GENERATOR)), message);
}

#[test]
fn test_coordinates_from_the_modulus_on_are_false() {
    let payload = payload(9);
    let mut hints = true_hints(&payload, Fork::Osaka);
    hints[2 * HINT_BYTES..][..32].copy_from_slice(&[0xff; 32]);
    assert_false(&payload, &hints, "the hint of transaction 2 is false");
}

/// Signatures that are nobody's, each with what makes it so.
fn nobodys() -> Vec<Bytes> {
    let five = U256::from(5);
    // s·R = z·G: the key would be infinity.
    let nonce = Point::GENERATOR;
    let r = U256::from_be_bytes(nonce.x.to_bytes());
    let mut infinite = (0..).map(legacy).filter_map(|tx| {
        let s = U256::from_be_bytes(tx.signature_hash().0) % N;
        let s = if s > N >> 1 { return None } else { s };
        Some(encode(tx, Vrs::new(r, s, nonce.y.is_odd())))
    });
    let made = |r, s| encode(legacy(0), Vrs::new(r, s, false));
    vec![
        made(five, five),
        made(U256::ZERO, five),
        made(five, U256::ZERO),
        made(N, five),
        made(U256::MAX, five),
        infinite.next().expect("half of the hashes are low"),
    ]
}

#[test]
fn test_the_hint_of_what_has_no_sender_says_nothing() {
    let mut others = nobodys();
    let high = encode(legacy(0), Vrs::new(U256::ONE, N - U256::ONE, false));
    others.extend([high, Bytes::from_static(&[0x02, 0xc0]), Bytes::new()]);
    for other in others {
        for count in [2, 12] {
            let mut payload = payload(count);
            payload.insert(1, other.clone());
            assert!(plain(&payload, Fork::Osaka)[1].is_err(), "{other}");
            let mut hints = true_hints(&payload, Fork::Osaka);
            assert_true(&payload, Fork::Osaka, &hints);
            let (other_hint, end) = (hints[..HINT_BYTES].to_vec(), 2 * HINT_BYTES);
            hints[HINT_BYTES..end].copy_from_slice(&other_hint);
            assert_true(&payload, Fork::Osaka, &hints);
            hints[0] ^= 1;
            assert_false(&payload, &hints, "the hint of transaction 0 is false");
        }
    }
}

#[test]
fn test_a_high_s_has_a_sender_on_frontier_alone() {
    let mut payload = payload(11);
    let tx = legacy(5);
    let signature = sign_message(B256::with_last_byte(1), tx.signature_hash()).expect("a key");
    let high = Vrs::new(signature.r(), N - signature.s(), !signature.v());
    let tx = TxLegacy { chain_id: None, ..tx };
    let signature = sign_message(B256::with_last_byte(1), tx.signature_hash()).expect("a key");
    let high_unprotected = Vrs::new(signature.r(), N - signature.s(), !signature.v());
    payload[3] = encode(tx, high_unprotected);
    payload[5] = encode(legacy(5), high);
    for fork in [Fork::Frontier, Fork::Osaka] {
        let is_accepted = fork == Fork::Frontier;
        let found = plain(&payload, fork);
        assert_eq!([&found[3], &found[5]].map(Result::is_ok), [is_accepted; 2]);
        assert_true(&payload, fork, &true_hints(&payload, fork));
    }
}

#[test]
fn test_weights_depend_on_every_byte() {
    let payload = payload(3);
    let hints = true_hints(&payload, Fork::Osaka);
    let statements: Vec<_> = payload
        .iter()
        .zip(hints.as_chunks().0)
        .map(|(bytes, hint)| {
            let decoded = Decoded::new(bytes, Fork::Osaka).expect("signed here");
            (decoded.signature, Statement::new(&decoded.signature, hint).expect("a true hint"))
        })
        .collect();
    let weights = batch::compute_weights(&statements.iter().map(|(_, it)| *it).collect::<Vec<_>>());
    assert_eq!(weights.len(), 3);
    for (place, (signature, _)) in statements.iter().enumerate() {
        let mut changed: Vec<_> = statements.iter().map(|(_, it)| *it).collect();
        let other = Signature { hash: [9; 32], ..*signature };
        changed[place] = Statement::new(&other, &hints.as_chunks().0[place]).expect("plausible");
        let other = batch::compute_weights(&changed);
        assert!(weights.iter().zip(&other).all(|(one, other)| one != other));
    }
}

#[test]
fn test_vectors_have_the_hints_and_weights_that_python_has() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/hints.json");
    let document = std::fs::read_to_string(path).expect("the vector file");
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let column = |kind: &str, name: &str| -> Vec<Bytes> {
        let cases = document[kind].as_array().expect("a list").iter();
        let read = |case: &serde_json::Value| case[name].as_str().expect("text").parse();
        cases.map(|case| read(case).expect("hex")).collect()
    };
    let payload = column("valid", "transaction");
    let hints = column("valid", "hint");
    assert_true(&payload, Fork::Osaka, &hints.concat());
    let mut statements = Vec::new();
    for (index, (bytes, hint)) in payload.iter().zip(&hints).enumerate() {
        let decoded = Decoded::new(bytes, Fork::Osaka).expect("signed");
        assert_eq!(decoded.signature.hash, column("valid", "signed_hash")[index][..]);
        let hint = hint.as_ref().try_into().expect("96 bytes");
        statements.push(Statement::new(&decoded.signature, hint).expect("true"));
        let transaction = decoded.recover().expect("signed");
        assert_eq!(transaction.to_hint(), *hint);
        assert_eq!(transaction.sender()[..], column("valid", "sender")[index][..]);
    }
    for (weight, expected) in
        batch::compute_weights(&statements).iter().zip(column("valid", "weight"))
    {
        let expected = i128::from_be_bytes(expected.as_ref().try_into().expect("16 bytes"));
        assert_eq!(*weight, Short::from(expected));
    }
    let senderless = column("senderless", "transaction");
    assert!(plain(&senderless, Fork::Osaka).iter().all(Result::is_err));
    assert_true(&senderless, Fork::Osaka, &vec![0xff; senderless.len() * HINT_BYTES]);
}
