//! Who signed a packet's transactions.
//!
//! One by one a sender is recovered by libsecp256k1, which alone says that a signature is nobody's.
//! Many are recovered together in lanes, where there are any. With *hints*, the public keys and
//! points that a recovery would find, all of them are checked at once instead ([`batch`]), which is
//! several times faster. A hint is not part of the packet and never changes what a transaction is:
//! see `docs/decisions/0110-sender-hints.md`.

mod batch;
pub(crate) mod field;
mod hint;
mod msm;
pub(crate) mod point;
#[cfg(target_arch = "x86_64")]
mod recovery;
mod scalar;
mod signature;
mod sums;
#[cfg(test)]
mod tests;

use alloy_eips::{Decodable2718, Encodable2718};
use alloy_primitives::Bytes;
use rayon::prelude::*;

pub use self::hint::{HINT_BYTES, HintBytes};
use self::hint::{Statement, check_hint};
use self::signature::Signature;
use crate::error::{Error, Reason, Rejected, require};
use crate::evm::{Envelope, Fork, Signer, Transaction};
use crate::lanes::{self, Backend};

/// Why the native version refuses type 3.
pub const BLOB_TRANSACTION: &str = "blob transactions (type 3) are not accepted on the L2";

/// Below this number of transactions the batch does not pay.
const MIN_BATCH: usize = 6;

/// Below this number of transactions the recovery in lanes does not pay.
#[cfg(target_arch = "x86_64")]
const MIN_RECOVERY: usize = 16;

/// A transaction that decoded, with a signature in range.
struct Decoded {
    bytes: Bytes,
    envelope: Envelope,
    signature: Signature,
}

impl Decoded {
    fn new(bytes: &Bytes, fork: Fork) -> Result<Self, Error> {
        let refuse = |why: String| Error::encoding("transaction", why);
        let envelope =
            Envelope::decode_2718_exact(bytes).map_err(|error| refuse(error.to_string()))?;
        if envelope.encoded_2718() != *bytes {
            return Err(refuse("the encoding is not canonical".into()));
        }
        let signature = Signature::of(&envelope);
        if fork != Fork::Frontier && signature.is_high() {
            return Err(refuse("the s of its signature is high".into()));
        }
        Ok(Self { bytes: bytes.clone(), envelope, signature })
    }

    /// Recovers the sender.
    fn recover(self) -> Result<Transaction, Error> {
        let signer = self.signature.recover();
        let signer =
            signer.ok_or_else(|| Error::encoding("transaction", "nobody has its signature"))?;
        Ok(self.with_signer(signer))
    }

    fn with_signer(self, signer: Signer) -> Transaction {
        Transaction::new(self.bytes, self.envelope, signer)
    }
}

impl Transaction {
    /// Decodes canonical EIP-2718 bytes and recovers the sender.
    ///
    /// # Errors
    /// If the bytes are no transaction or not its only encoding, or if the signature is no
    /// signature; since Homestead also if its `s` is high (EIP-2).
    pub fn decode(bytes: &Bytes, fork: Fork) -> Result<Self, Error> {
        Decoded::new(bytes, fork)?.recover()
    }

    /// Makes the hint with which others check the sender.
    pub fn to_hint(&self) -> HintBytes {
        hint::compute_hint(&Signature::of(self.envelope()), self.signer())
    }
}

/// Decodes each transaction of a payload and finds its sender, in order.
///
/// # Arguments
/// * `hints` — [`HINT_BYTES`] a transaction in the order of the payload. The hint of a transaction
///   that has no sender says nothing, and may be anything.
///
/// # Errors
/// [`Reason::FalseHint`] if the hints are not of this length, or a transaction has another sender
/// or another point than its hint. With true hints the result is the same as without.
pub fn decode_transactions(
    payload: &[Bytes],
    fork: Fork,
    hints: Option<&[u8]>,
) -> Result<Vec<Result<Transaction, Error>>, Rejected> {
    match hints {
        None => Ok(decode_without_hints(lanes::backend(), payload, fork)),
        Some(hints) => decode_with_hints(lanes::backend(), payload, fork, hints),
    }
}

/// Makes the hints of transactions, in their order.
pub fn compute_hints(transactions: &[Transaction]) -> Vec<u8> {
    transactions.par_iter().map(Transaction::to_hint).collect::<Vec<_>>().concat()
}

fn decode_without_hints(
    backend: Backend,
    payload: &[Bytes],
    fork: Fork,
) -> Vec<Result<Transaction, Error>> {
    #[cfg(target_arch = "x86_64")]
    if let Some(features) = backend.features()
        && payload.len() >= MIN_RECOVERY
    {
        return recover_in_lanes(features, payload, fork);
    }
    let _ = backend;
    payload.par_iter().map(|bytes| Transaction::decode(bytes, fork)).collect()
}

#[cfg(target_arch = "x86_64")]
fn recover_in_lanes(
    features: lanes::Features,
    payload: &[Bytes],
    fork: Fork,
) -> Vec<Result<Transaction, Error>> {
    let decoded: Vec<_> = payload.par_iter().map(|bytes| Decoded::new(bytes, fork)).collect();
    let signatures: Vec<Option<Signature>> =
        decoded.iter().map(|decoded| decoded.as_ref().ok().map(|it| it.signature)).collect();
    let found = recovery::recover_all(features, &signatures);
    let finish = |(decoded, found): (Result<Decoded, Error>, Option<Signer>)| match found {
        Some(signer) => decoded.map(|decoded| decoded.with_signer(signer)),
        None => decoded.and_then(Decoded::recover),
    };
    decoded.into_par_iter().zip(found).map(finish).collect()
}

fn decode_with_hints(
    backend: Backend,
    payload: &[Bytes],
    fork: Fork,
    hints: &[u8],
) -> Result<Vec<Result<Transaction, Error>>, Rejected> {
    let (hints, rest) = hints.as_chunks::<HINT_BYTES>();
    require(Reason::FalseHint, hints.len() == payload.len() && rest.is_empty(), || {
        let (found, transactions) = (hints.len() * HINT_BYTES + rest.len(), payload.len());
        format!("the hints have {found} bytes, expected {HINT_BYTES} for each of {transactions}")
    })?;
    let decoded: Vec<_> = payload.par_iter().map(|bytes| Decoded::new(bytes, fork)).collect();
    if is_batch_true(backend, &decoded, hints) {
        let with_key = |(decoded, hint): (Result<Decoded, Error>, &HintBytes)| {
            decoded.map(|decoded| decoded.with_signer(hint::to_signer(hint)))
        };
        return Ok(decoded.into_par_iter().zip(hints).map(with_key).collect());
    }
    // A hint is false, or a signature is nobody's: which one, recovery tells.
    let recover = |(index, decoded): (usize, Result<Decoded, Error>)| {
        let transaction = decoded.and_then(Decoded::recover);
        if let Ok(transaction) = &transaction {
            let signature = Signature::of(transaction.envelope());
            let key = &transaction.signer().public_key;
            let is_true = check_hint(&signature, key, &hints[index]);
            require(Reason::FalseHint, is_true, || {
                format!("the hint of transaction {index} is false")
            })?;
        }
        Ok(transaction)
    };
    let recovered: Vec<_> = decoded.into_par_iter().enumerate().map(recover).collect();
    recovered.into_iter().collect()
}

/// Whether all transactions that decoded have their hints' keys; false also if that is not worth
/// checking in a batch.
fn is_batch_true(
    backend: Backend,
    decoded: &[Result<Decoded, Error>],
    hints: &[HintBytes],
) -> bool {
    if decoded.len() < MIN_BATCH {
        return false;
    }
    let statement = |(decoded, hint): (&Result<Decoded, Error>, &HintBytes)| {
        let decoded = decoded.as_ref().ok()?;
        Some(Statement::new(&decoded.signature, hint))
    };
    let statements: Option<Vec<Statement>> =
        decoded.par_iter().zip(hints).filter_map(statement).collect();
    statements.is_some_and(|statements| batch::is_true(backend, &statements))
}
