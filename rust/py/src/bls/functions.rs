//! The functions of the suite. What they take as bytes they check; what they give is bytes.

use corollup_core::bls::{self, SignatureSet, UncheckedSignature};
use corollup_core::containers::{KeyBytes, SignatureBytes};
use corollup_core::error::Error;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use super::arguments::{KeyArgument, SignatureArgument, check_keys, decode_shares};
use crate::error::BindingError;

/// The functions of the BLS suite, as static methods.
///
/// A key or a signature that is malformed verifies nothing; everywhere else it raises.
#[pyclass(frozen, module = "corollup._core")]
pub(crate) struct Bls;

#[pymethods]
impl Bls {
    /// Compute the public key of a secret key.
    #[staticmethod]
    fn compute_public_key(py: Python<'_>, secret: PyBackedBytes) -> Result<KeyBytes, BindingError> {
        compute(py, || Ok(bls::SecretKey::from_bytes(&secret)?.public_key().to_bytes()))
    }

    /// Derive the secret key at an EIP-2334 path below the EIP-2333 master key of a seed.
    #[staticmethod]
    fn derive_secret_key(
        py: Python<'_>,
        seed: PyBackedBytes,
        path: &str,
    ) -> Result<[u8; 32], BindingError> {
        compute(py, || Ok(*bls::SecretKey::derive_path(&seed, path)?.to_bytes()))
    }

    /// Sign a message.
    #[staticmethod]
    fn sign(
        py: Python<'_>,
        secret: PyBackedBytes,
        message: PyBackedBytes,
    ) -> Result<SignatureBytes, BindingError> {
        compute(py, || Ok(bls::SecretKey::from_bytes(&secret)?.sign(&message).to_bytes()))
    }

    /// Sign a registration message under the possession tag.
    #[staticmethod]
    fn prove_possession(
        py: Python<'_>,
        secret: PyBackedBytes,
        message: PyBackedBytes,
    ) -> Result<SignatureBytes, BindingError> {
        compute(py, || {
            Ok(bls::SecretKey::from_bytes(&secret)?.prove_possession(&message).to_bytes())
        })
    }

    /// Return whether a signature is the key's signature of the message.
    #[staticmethod]
    fn verify(
        py: Python<'_>,
        key: KeyArgument,
        message: PyBackedBytes,
        signature: SignatureArgument,
    ) -> bool {
        holds(py, || Ok(bls::verify(&key.check()?, &message, &signature.check()?)))
    }

    /// Return whether a proof is the key's proof of possession over a registration message.
    #[staticmethod]
    fn verify_possession(
        py: Python<'_>,
        key: KeyArgument,
        message: PyBackedBytes,
        proof: SignatureArgument,
    ) -> bool {
        holds(py, || Ok(bls::verify_possession(&key.check()?, &message, &proof.check()?)))
    }

    /// Sum signatures of any messages.
    #[staticmethod]
    fn aggregate(
        py: Python<'_>,
        signatures: Vec<SignatureArgument>,
    ) -> Result<SignatureBytes, BindingError> {
        compute(py, || {
            let points = bls::decode_many(&signatures, SignatureArgument::decode);
            let points = points.into_iter().collect::<Result<Vec<_>, _>>()?;
            Ok(UncheckedSignature::sum(&points)?.to_bytes())
        })
    }

    /// Sum keys whose possession was proven.
    #[staticmethod]
    fn aggregate_keys(py: Python<'_>, keys: Vec<KeyArgument>) -> Result<KeyBytes, BindingError> {
        compute(py, || Ok(bls::PublicKey::aggregate(&check_keys(&keys)?)?.to_bytes()))
    }

    /// Return whether a signature is the sum of every key's signature of one message.
    #[staticmethod]
    fn fast_aggregate_verify(
        py: Python<'_>,
        keys: Vec<KeyArgument>,
        message: PyBackedBytes,
        signature: SignatureArgument,
    ) -> bool {
        holds(py, || {
            Ok(bls::fast_aggregate_verify(&check_keys(&keys)?, &message, &signature.check()?))
        })
    }

    /// Return whether a signature is the sum of each key's signature of its own message.
    #[staticmethod]
    fn aggregate_verify(
        py: Python<'_>,
        keys: Vec<KeyArgument>,
        messages: Vec<PyBackedBytes>,
        signature: SignatureArgument,
    ) -> bool {
        let messages: Vec<&[u8]> = messages.iter().map(|message| &**message).collect();
        holds(py, || Ok(bls::aggregate_verify(&check_keys(&keys)?, &messages, &signature.check()?)))
    }

    /// Return whether each signature verifies under its key and message; true for none.
    #[staticmethod]
    fn batch_verify(
        py: Python<'_>,
        keys: Vec<KeyArgument>,
        messages: Vec<PyBackedBytes>,
        signatures: Vec<SignatureArgument>,
    ) -> Result<bool, BindingError> {
        compute(py, || {
            require_equal_counts([keys.len(), messages.len(), signatures.len()])?;
            let Ok(keys) = check_keys(&keys) else { return Ok(false) };
            let signatures = bls::decode_many(&signatures, SignatureArgument::check);
            let Ok(signatures) = signatures.into_iter().collect::<Result<Vec<_>, _>>() else {
                return Ok(false);
            };
            let claims = keys.iter().zip(&messages).zip(&signatures);
            let sets: Vec<_> = claims
                .map(|((key, message), signature)| SignatureSet { key, message, signature })
                .collect();
            bls::batch_verify(&sets)
        })
    }

    /// Find the positions of the signatures of one message that do not verify, ascending.
    #[staticmethod]
    fn find_invalid(
        py: Python<'_>,
        keys: Vec<KeyArgument>,
        message: PyBackedBytes,
        signatures: Vec<SignatureArgument>,
    ) -> Result<Vec<usize>, BindingError> {
        compute(py, || {
            require_equal_counts([keys.len(), keys.len(), signatures.len()])?;
            let (shares, mut invalid) = decode_shares(&keys, &signatures);
            let (positions, shares): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
            let refused = bls::find_invalid(&message, &shares)?;
            invalid.extend(refused.into_iter().map(|index| positions[index]));
            invalid.sort_unstable();
            Ok(invalid)
        })
    }

    /// Sum the signatures of one message, leaving the bad ones out.
    #[staticmethod]
    fn aggregate_valid(
        py: Python<'_>,
        keys: Vec<KeyArgument>,
        message: PyBackedBytes,
        signatures: Vec<SignatureArgument>,
    ) -> Result<(Option<SignatureBytes>, Vec<usize>), BindingError> {
        compute(py, || {
            require_equal_counts([keys.len(), keys.len(), signatures.len()])?;
            let (shares, mut invalid) = decode_shares(&keys, &signatures);
            let (positions, shares): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
            let (sum, refused) = bls::aggregate_valid(&message, &shares)?;
            invalid.extend(refused.into_iter().map(|index| positions[index]));
            invalid.sort_unstable();
            Ok((sum.map(|sum| sum.to_bytes()), invalid))
        })
    }

    /// Hash a message to a point of G2 (RFC 9380), encoded as a signature.
    #[staticmethod]
    fn hash_to_g2(
        py: Python<'_>,
        message: PyBackedBytes,
        dst: PyBackedBytes,
    ) -> Result<SignatureBytes, BindingError> {
        compute(py, || Ok(bls::hash_to_g2(&message, &dst)?.to_bytes()))
    }

    /// Refuse bytes that are no public key.
    #[staticmethod]
    fn validate_key(py: Python<'_>, key: PyBackedBytes) -> Result<(), BindingError> {
        compute(py, || bls::PublicKey::from_bytes(&key).map(drop))
    }

    /// Refuse bytes that are no signature.
    #[staticmethod]
    fn validate_signature(py: Python<'_>, signature: PyBackedBytes) -> Result<(), BindingError> {
        compute(py, || bls::Signature::from_bytes(&signature).map(drop))
    }

    /// Convert a public key to the 128 bytes that the precompiles of EIP-2537 take.
    #[staticmethod]
    fn to_eip2537_key(py: Python<'_>, key: KeyArgument) -> Result<[u8; 128], BindingError> {
        compute(py, || Ok(key.check()?.to_eip2537()))
    }

    /// Convert a signature to the 256 bytes that the precompiles of EIP-2537 take.
    #[staticmethod]
    fn to_eip2537_signature(
        py: Python<'_>,
        signature: SignatureArgument,
    ) -> Result<[u8; 256], BindingError> {
        compute(py, || Ok(signature.check()?.to_eip2537()))
    }

    /// Convert the 128 bytes of a valid public key to its compressed form.
    #[staticmethod]
    fn from_eip2537_key(py: Python<'_>, encoded: PyBackedBytes) -> Result<KeyBytes, BindingError> {
        compute(py, || Ok(bls::PublicKey::from_eip2537(&encoded)?.to_bytes()))
    }

    /// Convert the 256 bytes of a signature to its compressed form.
    #[staticmethod]
    fn from_eip2537_signature(
        py: Python<'_>,
        encoded: PyBackedBytes,
    ) -> Result<SignatureBytes, BindingError> {
        compute(py, || Ok(bls::Signature::from_eip2537(&encoded)?.to_bytes()))
    }
}

/// Computes without the GIL.
fn compute<T: Send>(
    py: Python<'_>,
    work: impl FnOnce() -> Result<T, Error> + Send,
) -> Result<T, BindingError> {
    Ok(py.detach(work)?)
}

/// Decides without the GIL; a malformed argument decides for false.
fn holds(py: Python<'_>, claim: impl FnOnce() -> Result<bool, Error> + Send) -> bool {
    py.detach(|| claim().unwrap_or(false))
}

fn require_equal_counts([keys, messages, signatures]: [usize; 3]) -> Result<(), Error> {
    if keys == messages && keys == signatures {
        return Ok(());
    }
    Err(Error::Argument("keys, messages and signatures differ in number".into()))
}
