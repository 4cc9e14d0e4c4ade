//! The recovery in lanes beside libsecp256k1.

use alloy_primitives::{U256, uint};

use super::super::point::Point;
use super::super::recovery::recover_all;
use super::super::scalar::Scalar;
use super::super::signature::Signature;
use super::random;
use crate::lanes::Features;

const N: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);
const LAMBDA: U256 = uint!(0x5363AD4CC05C30E0A5261C028812645A122E22EA20816678DF02967C1B23BD72_U256);

/// Each signature by both; whether it is somebody's.
fn assert_recovered(signatures: &[Signature]) -> Vec<bool> {
    let Some(features) = Features::detect() else { return vec![] };
    let optional: Vec<_> = signatures.iter().copied().map(Some).collect();
    let found = recover_all(features, &optional);
    let check = |(signature, found): (&Signature, &Option<_>)| {
        let expected = signature.recover();
        if let Some(signer) = found {
            let signer: &crate::evm::Signer = signer;
            let expected = expected.as_ref().expect("lanes find no more than there is");
            assert_eq!(signer.public_key, expected.public_key);
        }
        (expected.is_some(), found.is_some())
    };
    let both: Vec<_> = signatures.iter().zip(&found).map(check).collect();
    // Sums that need another way are rare, even among those below that are made for it.
    let missed = both.iter().filter(|(there, found)| there != found).count();
    assert!(missed * 20 <= both.len(), "{missed} of {} are left", both.len());
    both.into_iter().map(|(there, _)| there).collect()
}

fn sample(seed: u64) -> Signature {
    Signature {
        hash: random(seed),
        r: random(seed + 1_000),
        s: random(seed + 2_000),
        is_odd: seed.is_multiple_of(2),
    }
}

#[test]
fn test_random_signatures() {
    for count in [1, 7, 8, 9, 300, 600] {
        let signatures: Vec<_> = (0..count).map(sample).collect();
        let there = assert_recovered(&signatures);
        // Half of the numbers are x coordinates.
        let some = there.iter().filter(|there| **there).count();
        assert!(there.len() < 100 || (some > there.len() / 3 && some < there.len() * 2 / 3));
    }
}

fn bytes(scalar: U256) -> [u8; 32] {
    scalar.to_be_bytes()
}

/// A signature with these factors of G and of R in its key.
fn with_factors(generator: U256, nonce: U256, is_odd: bool) -> Signature {
    let r = U256::from_be_bytes(Point::GENERATOR.x().to_bytes());
    let minus = (N - generator % N) % N;
    Signature {
        hash: bytes(minus.mul_mod(r, N)),
        r: bytes(r),
        s: bytes(nonce.mul_mod(r, N)),
        is_odd,
    }
}

#[test]
fn test_factors_at_their_edges() {
    let small = (0..20).map(U256::from);
    let edges = (0..32).map(|byte| uint!(128_U256) << (8 * byte));
    let near = small.chain(edges).flat_map(|number| [number, N - number % N]);
    let factors: Vec<U256> = near.chain([LAMBDA, N - LAMBDA, N >> 1, U256::MAX % N]).collect();
    let mut signatures = Vec::new();
    for (place, factor) in factors.iter().enumerate() {
        for other in [1, 2, 5, 7] {
            let other = factors[place.wrapping_mul(other) % factors.len()];
            signatures.push(with_factors(*factor, other, place.is_multiple_of(2)));
        }
        signatures.push(with_factors(U256::ZERO, *factor, true));
        signatures.push(with_factors(*factor, U256::ONE, false));
        // R is G or −G, so these sums go through infinity and through doublings.
        signatures.push(with_factors(*factor, *factor, false));
        signatures.push(with_factors(*factor, N - *factor % N, false));
    }
    let there = assert_recovered(&signatures);
    assert!(there.is_empty() || there.contains(&false) && there.contains(&true));
}

#[test]
fn test_what_is_out_of_range_is_left() {
    let Some(features) = Features::detect() else { return };
    let good = with_factors(U256::from(3), U256::from(4), false);
    let faults = [
        Signature { r: [0; 32], ..good },
        Signature { s: [0; 32], ..good },
        Signature { r: bytes(N), ..good },
        Signature { s: bytes(N), ..good },
        Signature { r: [0xff; 32], ..good },
        Signature { r: bytes(U256::from(5)), ..good },
    ];
    let mut signatures: Vec<_> = faults.into_iter().map(Some).collect();
    signatures.extend([None, Some(good)]);
    let found = recover_all(features, &signatures);
    let found: Vec<_> = found.iter().map(Option::is_some).collect();
    assert_eq!(found, [false, false, false, false, false, false, false, true]);
    assert!(recover_all(features, &[]).is_empty());
}

#[test]
fn test_inverses_of_many_scalars() {
    let scalars: Vec<_> = (0..9).map(|seed| Scalar::from_bytes_reduced(&random(seed))).collect();
    let inverses = Scalar::invert_all(scalars.iter().copied());
    assert!(scalars.iter().zip(&inverses).all(|(one, other)| *one * *other == Scalar::ONE));
    assert_eq!(Scalar::invert_all(core::iter::empty()), []);
}
