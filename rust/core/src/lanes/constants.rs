//! Constants of a field, computed by the compiler from its modulus in limbs of 52 bits.

use super::limbs::{LIMB_BITS, LIMB_MASK};

/// Limb j of the multiples 0 .. 7 of the modulus.
pub(super) const fn multiples<const N: usize>(modulus: &[u64; N]) -> [[u64; 8]; N] {
    let mut multiples = [[0; 8]; N];
    let mut factor = 1;
    while factor < 8 {
        let mut carry = 0;
        let mut j = 0;
        while j < N {
            let sum = multiples[j][factor - 1] + modulus[j] + carry;
            multiples[j][factor] = sum & LIMB_MASK;
            carry = sum >> LIMB_BITS;
            j += 1;
        }
        factor += 1;
    }
    multiples
}

/// `2^exponent` modulo an odd modulus with a free bit in its last limb.
pub(super) const fn power_of_two<const N: usize>(modulus: &[u64; N], exponent: i32) -> [u64; N] {
    let mut power = [0; N];
    power[0] = 1;
    let mut rest = exponent;
    while rest > 0 {
        power = double(modulus, &power);
        rest -= 1;
    }
    while rest < 0 {
        power = halve(modulus, &power);
        rest += 1;
    }
    power
}

/// `−1 / modulus` modulo 2^52, for an odd modulus.
pub(super) const fn negative_inverse(modulus_limb: u64) -> u64 {
    // Each step of Newton's doubles the bits that are right: 1, 2, …, 64.
    let mut inverse = 1_u64;
    let mut step = 0;
    while step < 6 {
        let error = 2_u64.wrapping_sub(modulus_limb.wrapping_mul(inverse));
        inverse = inverse.wrapping_mul(error);
        step += 1;
    }
    inverse.wrapping_neg() & LIMB_MASK
}

const fn double<const N: usize>(modulus: &[u64; N], number: &[u64; N]) -> [u64; N] {
    let mut twice = [0; N];
    let mut j = 0;
    while j < N {
        twice[j] = number[j] << 1 & LIMB_MASK;
        if j > 0 {
            twice[j] |= number[j - 1] >> (LIMB_BITS - 1);
        }
        j += 1;
    }
    let mut less = [0; N];
    let mut borrow = 0;
    let mut j = 0;
    while j < N {
        let difference = twice[j].wrapping_sub(modulus[j]).wrapping_sub(borrow);
        less[j] = difference & LIMB_MASK;
        borrow = difference >> 63;
        j += 1;
    }
    if borrow == 1 { twice } else { less }
}

const fn halve<const N: usize>(modulus: &[u64; N], number: &[u64; N]) -> [u64; N] {
    let mut even = *number;
    if number[0] & 1 == 1 {
        let mut carry = 0;
        let mut j = 0;
        while j < N {
            let sum = number[j] + modulus[j] + carry;
            even[j] = sum & LIMB_MASK;
            carry = sum >> LIMB_BITS;
            j += 1;
        }
    }
    let mut half = [0; N];
    let mut j = 0;
    while j < N {
        half[j] = even[j] >> 1;
        if j + 1 < N {
            half[j] |= even[j + 1] << (LIMB_BITS - 1) & LIMB_MASK;
        }
        j += 1;
    }
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2^52 · 5 + 3.
    const MODULUS: [u64; 2] = [3, 5];
    const NUMBER: u128 = 5 << 52 | 3;

    fn number(limbs: [u64; 2]) -> u128 {
        u128::from(limbs[1]) << 52 | u128::from(limbs[0])
    }

    #[test]
    fn test_powers_of_two() {
        assert_eq!(number(power_of_two(&MODULUS, 54)), 1 << 54);
        assert_eq!(number(power_of_two(&MODULUS, 60)), (1 << 60) % NUMBER);
        let inverse = number(power_of_two(&MODULUS, -9));
        assert!(inverse < NUMBER && (inverse << 9) % NUMBER == 1);
    }

    #[test]
    fn test_multiples_and_inverse() {
        let [low, high] = multiples(&MODULUS);
        let found: Vec<u128> =
            low.iter().zip(high).map(|(low, high)| number([*low, high])).collect();
        let expected: Vec<u128> = (0..8).map(|factor| factor * NUMBER).collect();
        assert_eq!(found, expected);
        assert_eq!(negative_inverse(3).wrapping_mul(3) & LIMB_MASK, LIMB_MASK);
    }
}
