//! Behaviour of the suite; conformance to the public vectors is tested through Python.

#![allow(clippy::unwrap_used)]

use alloy_primitives::{address, b256};

use super::*;
use crate::error::Error;

const MESSAGE: &[u8] = &[0x56; 32];

fn secret(seed: u8) -> SecretKey {
    SecretKey::derive_master(&[seed; 32]).unwrap()
}

fn shares(count: u8) -> Vec<(PublicKey, Signature)> {
    (1..=count).map(|seed| (secret(seed).public_key(), secret(seed).sign(MESSAGE))).collect()
}

/// Shares as they come from the wire.
fn claims(shares: &[(PublicKey, Signature)]) -> Vec<Share> {
    shares.iter().map(|(key, signature)| (*key, (*signature).into())).collect()
}

/// A point of the twist that is outside the subgroup; its cofactor is odd.
fn outside_subgroup() -> UncheckedSignature {
    let mut bytes = [0; 96];
    (bytes[0], bytes[95]) = (0x80, 2);
    UncheckedSignature::from_bytes(&bytes).unwrap()
}

/// A point whose order divides the cofactor, which a pairing need not see.
fn torsion() -> UncheckedSignature {
    const ORDER: [u8; 32] =
        b256!("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001").0;
    // The multiplications of the library are for the subgroup alone.
    let point = outside_subgroup();
    let bits = ORDER.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1));
    bits.skip(2).fold(point, |sum, bit| {
        let doubled = add(sum, sum);
        if bit { add(doubled, point) } else { doubled }
    })
}

fn negate(point: UncheckedSignature) -> UncheckedSignature {
    let mut bytes = point.0.compress();
    bytes[0] ^= 0x20;
    UncheckedSignature::from_bytes(&bytes).unwrap()
}

fn add(one: UncheckedSignature, other: UncheckedSignature) -> UncheckedSignature {
    let sum = blst::min_pk::AggregateSignature::aggregate(&[&one.0, &other.0], false).unwrap();
    UncheckedSignature(sum.to_signature())
}

fn sets<'a>(shares: &'a [(PublicKey, Signature)], message: &'a [u8]) -> Vec<SignatureSet<'a>> {
    shares.iter().map(|(key, signature)| SignatureSet { key, message, signature }).collect()
}

fn infinite_signature() -> Signature {
    Signature::from_eip2537(&[0; 256]).unwrap()
}

#[test]
fn signature_verifies_under_its_key_and_message_only() {
    let signature = secret(1).sign(MESSAGE);
    assert!(verify(&secret(1).public_key(), MESSAGE, &signature));
    assert!(!verify(&secret(2).public_key(), MESSAGE, &signature));
    assert!(!verify(&secret(1).public_key(), b"other", &signature));
    assert!(!verify(&secret(1).public_key(), MESSAGE, &infinite_signature()));
}

#[test]
fn possession_and_signature_are_never_exchanged() {
    let (key, signature) = (secret(1).public_key(), secret(1).sign(MESSAGE));
    let proof = secret(1).prove_possession(MESSAGE);
    assert!(verify_possession(&key, MESSAGE, &proof));
    assert!(!verify(&key, MESSAGE, &proof));
    assert!(!verify_possession(&key, MESSAGE, &signature));
}

#[test]
fn generated_keys_differ_and_are_not_printed() {
    let (first, second) = (SecretKey::generate().unwrap(), SecretKey::generate().unwrap());
    assert_ne!(first.to_bytes(), second.to_bytes());
    assert_eq!(format!("{first:?}"), "SecretKey(hidden)");
}

#[test]
fn derivation_follows_the_path() {
    let seed = [7; 32];
    let expected = SecretKey::derive_master(&seed).unwrap().derive_child(12381).derive_child(0);
    let found = SecretKey::derive_path(&seed, "m/12381/0").unwrap();
    assert_eq!(found.to_bytes(), expected.to_bytes());
    for path in ["", "12381", "m/", "m//1", "m/-1", "m/+1", "m/01", "m/4294967296", "m/1'"] {
        assert!(SecretKey::derive_path(&seed, path).is_err(), "{path}");
    }
    assert!(SecretKey::derive_path(&seed, "m/4294967295").is_ok());
    assert_eq!(
        SecretKey::derive_master(&[7; 31]).unwrap_err(),
        Error::Bls("seed is shorter than 32 bytes")
    );
}

#[test]
fn secret_key_is_a_scalar_from_one_to_the_order() {
    const ORDER: [u8; 32] =
        b256!("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001").0;
    let mut below = ORDER;
    below[31] = 0;
    assert_eq!(*SecretKey::from_bytes(&below).unwrap().to_bytes(), below);
    for bytes in [&ORDER[..], &[0; 32], &[0xff; 32], &[1; 31], &[1; 33]] {
        assert!(SecretKey::from_bytes(bytes).is_err());
    }
}

#[test]
fn encodings_round_trip() {
    let (key, signature) = (secret(1).public_key(), secret(1).sign(MESSAGE));
    assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Ok(key));
    assert_eq!(PublicKey::from_eip2537(&key.to_eip2537()), Ok(key));
    for signature in [signature, infinite_signature()] {
        assert_eq!(Signature::from_bytes(&signature.to_bytes()), Ok(signature));
        assert_eq!(Signature::from_eip2537(&signature.to_eip2537()), Ok(signature));
    }
    assert_eq!(infinite_signature().to_eip2537(), [0; 256]);
}

#[test]
fn infinity_is_no_key() {
    const INFINITE: Error = Error::Bls("public key is the point at infinity");
    let mut compressed = [0; 48];
    compressed[0] = 0xc0;
    assert_eq!(PublicKey::from_bytes(&compressed), Err(INFINITE));
    assert_eq!(PublicKey::from_eip2537(&[0; 128]), Err(INFINITE));
}

#[test]
fn keys_that_cancel_out_do_not_aggregate() {
    let key = secret(1).public_key();
    let mut negated = key.to_bytes();
    negated[0] ^= 0x20;
    let negated = PublicKey::from_bytes(&negated).unwrap();
    assert!(PublicKey::aggregate(&[key, negated]).is_err());
    assert!(!fast_aggregate_verify(&[key, negated], MESSAGE, &infinite_signature()));
    assert!(!aggregate_verify(&[key, negated], &[MESSAGE, b"other"], &infinite_signature()));
}

#[test]
fn points_outside_the_subgroup_are_refused() {
    // x = 4 is on the curve of G1; the cofactor is large, so it is not in the subgroup.
    let mut key = [0; 48];
    (key[0], key[47]) = (0x80, 4);
    assert_eq!(PublicKey::from_bytes(&key), Err(Error::Bls("public key is not in the subgroup")));
    let mut signature = [0; 96];
    (signature[0], signature[95]) = (0x80, 2);
    assert_eq!(
        Signature::from_bytes(&signature),
        Err(Error::Bls("signature is not in the subgroup"))
    );
}

#[test]
fn eip2537_padding_and_elements_must_be_canonical() {
    let key = secret(1).public_key().to_eip2537();
    for position in [0, 15, 64, 79] {
        let mut bytes = key;
        bytes[position] = 1;
        assert!(PublicKey::from_eip2537(&bytes).is_err(), "padding at {position}");
    }
    for flag in [0x20, 0x40, 0x80] {
        for position in [16, 80] {
            let mut bytes = key;
            bytes[position] |= flag;
            assert!(PublicKey::from_eip2537(&bytes).is_err(), "flag {flag:#x} at {position}");
        }
    }
    assert!(PublicKey::from_eip2537(&key[..127]).is_err());
    assert!(PublicKey::from_eip2537(&[&key[..], &[0]].concat()).is_err());
}

#[test]
fn aggregate_verifies_for_exactly_its_signers() {
    let shares = shares(5);
    let (keys, signatures): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
    let sum = aggregate(&signatures).unwrap();
    assert!(fast_aggregate_verify(&keys, MESSAGE, &sum));
    assert!(!fast_aggregate_verify(&keys[1..], MESSAGE, &sum));
    assert!(!fast_aggregate_verify(&[], MESSAGE, &infinite_signature()));
    assert!(aggregate(&[]).is_err());
}

#[test]
fn aggregate_of_distinct_messages_verifies() {
    let keys = [secret(1).public_key(), secret(2).public_key()];
    let sum = aggregate(&[secret(1).sign(b"a"), secret(2).sign(b"b")]).unwrap();
    assert!(aggregate_verify(&keys, &[b"a", b"b"], &sum));
    assert!(!aggregate_verify(&keys, &[b"b", b"a"], &sum));
    assert!(!aggregate_verify(&keys, &[b"a"], &sum));
    let negated = secret(1).public_key().to_bytes();
    let negated = PublicKey::from_bytes(&[&[negated[0] ^ 0x20], &negated[1..]].concat()).unwrap();
    assert!(!aggregate_verify(&[keys[0], negated], &[b"a", b"a"], &infinite_signature()));
    assert!(!aggregate_verify(&[], &[], &infinite_signature()));
}

#[test]
fn batch_holds_when_every_set_does() {
    for count in [0, 1, 2, 33] {
        assert!(batch_verify(&sets(&shares(count), MESSAGE)).unwrap(), "{count}");
    }
    let (first, second) = ((secret(1), b"a".as_slice()), (secret(2), b"b".as_slice()));
    let shares = [first, second].map(|(key, message)| (key.public_key(), key.sign(message)));
    let [a, b] = [b"a", b"b"].map(|message| message.as_slice());
    let claim = |(key, signature), message| SignatureSet { key, message, signature };
    let [(k1, s1), (k2, s2)] = &shares;
    assert!(batch_verify(&[claim((k1, s1), a), claim((k2, s2), b)]).unwrap());
    assert!(!batch_verify(&[claim((k1, s1), b), claim((k2, s2), a)]).unwrap());
}

#[test]
fn swapped_signatures_pass_the_sum_and_fail_the_batch() {
    let mut shares = shares(4);
    (shares[1].1, shares[2].1) = (shares[2].1, shares[1].1);
    let (sum, invalid) = aggregate_valid(MESSAGE, &claims(&shares)).unwrap();
    assert_eq!(invalid, [] as [usize; 0]);
    let keys: Vec<_> = shares.iter().map(|(key, _)| *key).collect();
    assert!(fast_aggregate_verify(&keys, MESSAGE, &sum.unwrap()));
    assert_eq!(find_invalid(MESSAGE, &claims(&shares)).unwrap(), [1, 2]);
}

#[test]
fn bad_shares_are_isolated_and_left_out() {
    for bad in [vec![0], vec![15], vec![3, 4, 11], (0..16).collect(), (0..16).step_by(2).collect()]
    {
        let mut shares = shares(16);
        for position in &bad {
            shares[*position].1 = secret(99).sign(MESSAGE);
        }
        shares[bad[0]].1 = infinite_signature();
        let (sum, invalid) = aggregate_valid(MESSAGE, &claims(&shares)).unwrap();
        assert_eq!(invalid, bad);
        let keys: Vec<_> = (0..16).filter(|i| !bad.contains(i)).map(|i| shares[i].0).collect();
        assert_eq!(sum.is_some(), !keys.is_empty());
        if let Some(sum) = sum {
            assert!(fast_aggregate_verify(&keys, MESSAGE, &sum));
        }
    }
    assert_eq!(aggregate_valid(MESSAGE, &[]).unwrap(), (None, vec![]));
}

#[test]
fn single_bad_share_is_found_wherever_it_is() {
    for count in [1, 2, 3, 16] {
        for position in 0..usize::from(count) {
            let mut shares = shares(count);
            shares[position].1 = secret(99).sign(MESSAGE);
            let (sum, invalid) = aggregate_valid(MESSAGE, &claims(&shares)).unwrap();
            assert_eq!(invalid, [position], "of {count}");
            assert_eq!(sum.is_some(), count > 1);
        }
    }
}

#[test]
fn torsion_does_not_get_into_a_sum() {
    let good = claims(&shares(8));
    let mut shares = good.clone();
    shares[5].1 = add(shares[5].1, torsion());
    assert!(shares[5].1.check().is_err());
    let points: Vec<_> = shares.iter().map(|(_, signature)| *signature).collect();
    assert_eq!(
        UncheckedSignature::sum(&points),
        Err(Error::Bls("signature is not in the subgroup"))
    );
    let (sum, invalid) = aggregate_valid(MESSAGE, &shares).unwrap();
    assert_eq!(invalid, [5]);
    assert!(UncheckedSignature::from(sum.unwrap()).check().is_ok());
    assert_eq!(find_invalid(MESSAGE, &shares).unwrap(), [5]);

    // With a share that is bad in the ordinary way beside it, both are left out.
    shares[2].1 = secret(99).sign(MESSAGE).into();
    assert_eq!(aggregate_valid(MESSAGE, &shares).unwrap().1, [2, 5]);
}

#[test]
fn parts_outside_the_subgroup_that_cancel_out_are_a_good_sum() {
    let good = claims(&shares(8));
    let mut shares = good.clone();
    for (position, point) in [(1, outside_subgroup()), (6, negate(outside_subgroup()))] {
        shares[position].1 = add(shares[position].1, point);
    }
    let (sum, invalid) = aggregate_valid(MESSAGE, &shares).unwrap();
    assert_eq!(invalid, [] as [usize; 0]);
    assert_eq!(sum, aggregate_valid(MESSAGE, &good).unwrap().0);
    assert_eq!(find_invalid(MESSAGE, &shares).unwrap(), [1, 6]);
    // A bad share beside them has each looked at by itself.
    shares[3].1 = infinite_signature().into();
    assert_eq!(aggregate_valid(MESSAGE, &shares).unwrap().1, [1, 3, 6]);
}

#[test]
fn uncompressed_signatures_are_canonical_points() {
    let signature = secret(1).sign(MESSAGE);
    let mut encoded = signature.0.serialize();
    assert_eq!(encoded.len(), UncheckedSignature::UNCOMPRESSED_SIZE);
    assert_eq!(UncheckedSignature::from_bytes(&encoded), Ok(signature.into()));
    let mut infinity = [0; 192];
    infinity[0] = 0x40;
    assert_eq!(UncheckedSignature::from_bytes(&infinity), Ok(infinite_signature().into()));
    for position in [0, 1, 191] {
        let mut bytes = infinity;
        bytes[position] |= 1;
        assert!(UncheckedSignature::from_bytes(&bytes).is_err(), "infinity with {position}");
    }
    for flag in [0x20, 0x40, 0x80] {
        let mut bytes = encoded;
        bytes[0] |= flag;
        assert!(UncheckedSignature::from_bytes(&bytes).is_err(), "flag {flag:#x}");
    }
    encoded[191] ^= 1;
    assert!(UncheckedSignature::from_bytes(&encoded).is_err());
    assert!(UncheckedSignature::from_bytes(&[0; 192]).is_err());
    assert!(UncheckedSignature::from_bytes(&encoded[..191]).is_err());
}

#[test]
fn known_keys_are_those_of_their_bytes() {
    let key = secret(1).public_key();
    for _ in 0..2 {
        assert_eq!(decode_known_key(&key.to_bytes()), Ok(key));
        let malformed = Error::Bls("public key is not 48 bytes of a compressed point");
        assert_eq!(decode_known_key(&key.to_bytes()[..47]), Err(malformed.clone()));
        assert_eq!(decode_known_key(&[&key.to_bytes()[..], &[0]].concat()), Err(malformed));
    }
}

#[test]
fn registration_message_binds_every_field() {
    let (contract, operator) = (
        address!("00000000000000000000000000000000000000aa"),
        address!("00000000000000000000000000000000000000bb"),
    );
    let key = secret(1).public_key();
    let message = compute_registration_message(1, contract, operator, &key);
    for other in [
        compute_registration_message(2, contract, operator, &key),
        compute_registration_message(1, operator, operator, &key),
        compute_registration_message(1, contract, contract, &key),
        compute_registration_message(1, contract, operator, &secret(2).public_key()),
    ] {
        assert_ne!(message, other);
    }
}
