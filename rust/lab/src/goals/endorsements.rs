//! The endorsements of a committee, from bytes to a checked sum.

use blst::min_pk;
use corollup_core::bls::{
    PublicKey, SIGNATURE_DST, SecretKey, Share, UncheckedSignature, aggregate_valid,
    decode_known_key, decode_many,
};
use corollup_core::error::Error;

use super::{Bench, Row};
use crate::race::{on_threads, race};

/// Seats of a committee.
const SEATS: u32 = 128;
const MESSAGE: &[u8] = &[0x56; 32];
/// Seat whose share is bad: in the middle of a half, so that no search is lucky.
const BAD_SEAT: usize = 83;
const RUNS_FACTOR: usize = 4;

/// The endorsements that a node received.
struct Received {
    keys: Vec<[u8; 48]>,
    signatures: Vec<Vec<u8>>,
}

pub(super) fn measure(bench: &Bench) -> Result<Vec<Row>, Error> {
    let good = receive()?;
    let mut uncompressed = receive()?;
    for signature in &mut uncompressed.signatures {
        *signature = uncompress(signature)?;
    }
    let mut poisoned = receive()?;
    poisoned.signatures[BAD_SEAT] = secret(0)?.sign(b"another").to_bytes().into();
    let keys = decode_keys(&good)?;
    let runs = bench.runs * RUNS_FACTOR;
    let [compressed, uncompressed, one_bad, blst] = on_threads(1, || {
        race(
            runs,
            [
                &mut || aggregate(&good, &[]),
                &mut || aggregate(&uncompressed, &[]),
                &mut || aggregate(&poisoned, &[BAD_SEAT]),
                &mut || validate_each(&good, &keys),
            ],
        )
    })?;
    let peer = "blst validating each";
    Ok(vec![
        Row::ratio("128 endorsements ÷ blst validating each", compressed, peer, blst),
        Row::ratio(
            "128 endorsements, uncompressed ÷ blst validating each",
            uncompressed,
            peer,
            blst,
        ),
        Row::ratio(
            "128 endorsements with one bad share ÷ all good",
            one_bad,
            "all good",
            compressed,
        ),
    ])
}

/// What an aggregator does: keys are known from the epoch, signatures come as bytes.
fn aggregate(received: &Received, bad: &[usize]) -> Result<(), Error> {
    let keys = received.keys.iter().map(|key| decode_known_key(key));
    let signatures =
        decode_many(&received.signatures, |bytes| UncheckedSignature::from_bytes(bytes));
    let shares = keys
        .zip(signatures)
        .map(|(key, signature)| Ok((key?, signature?)))
        .collect::<Result<Vec<Share>, Error>>()?;
    let (sum, invalid) = aggregate_valid(MESSAGE, &shares)?;
    if sum.is_none() || invalid != bad {
        return Err(Error::State(format!("expected bad shares {bad:?}, found {invalid:?}")));
    }
    Ok(())
}

/// The peer: every signature decoded and its subgroup checked, then one check of the sum.
fn validate_each(received: &Received, keys: &[min_pk::PublicKey]) -> Result<(), Error> {
    let failed = |_| Error::Bls("blst refuses a good signature");
    let signatures: Vec<&[u8]> = received.signatures.iter().map(Vec::as_slice).collect();
    let sum = min_pk::AggregateSignature::aggregate_serialized(&signatures, true);
    let sum = sum.map_err(failed)?.to_signature();
    let keys: Vec<&min_pk::PublicKey> = keys.iter().collect();
    match sum.fast_aggregate_verify(false, MESSAGE, SIGNATURE_DST, &keys) {
        blst::BLST_ERROR::BLST_SUCCESS => Ok(()),
        error => Err(failed(error)),
    }
}

fn receive() -> Result<Received, Error> {
    let mut received = Received { keys: Vec::new(), signatures: Vec::new() };
    for seat in 0..SEATS {
        let secret = secret(seat)?;
        received.keys.push(secret.public_key().to_bytes());
        received.signatures.push(secret.sign(MESSAGE).to_bytes().into());
    }
    Ok(received)
}

fn secret(seat: u32) -> Result<SecretKey, Error> {
    Ok(SecretKey::derive_master(&[7; 32])?.derive_child(seat))
}

fn decode_keys(received: &Received) -> Result<Vec<min_pk::PublicKey>, Error> {
    let decode = |key: &[u8; 48]| {
        PublicKey::from_bytes(key)?;
        min_pk::PublicKey::uncompress(key).map_err(|_| Error::Bls("blst refuses a good key"))
    };
    received.keys.iter().map(decode).collect()
}

fn uncompress(signature: &[u8]) -> Result<Vec<u8>, Error> {
    let point = min_pk::Signature::uncompress(signature);
    Ok(point.map_err(|_| Error::Bls("blst refuses a good signature"))?.serialize().into())
}
