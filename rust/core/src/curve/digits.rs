//! Scalars as signed digits: half the multiples for a window, since points are negated for free.

use super::scalar::Scalar;

/// Windows that hold 256 bits: the last digit has room for the carry of a 255-bit scalar.
pub(super) const fn window_count(window_bits: usize) -> usize {
    256usize.div_ceil(window_bits)
}

/// A scalar whose digits are read in any order, for windows of 3 to 13 bits.
///
/// To the scalar is added 2^(bits − 1) in each window, which takes the carries; so digit w is
/// window w of the sum, less 2^(bits − 1).
#[derive(Clone, Copy)]
pub(super) struct SignedDigits {
    /// The sum is below 2^(bits · windows) ≤ 2^268; one word more is for reads across words.
    words: [u64; 6],
    window_bits: usize,
}

/// The sum of 2^(bits − 1) over all windows.
const fn offset(window_bits: usize) -> [u64; 6] {
    let mut words = [0; 6];
    let mut window = 0;
    while window < window_count(window_bits) {
        let bit = window * window_bits + window_bits - 1;
        words[bit / 64] |= 1 << (bit % 64);
        window += 1;
    }
    words
}

/// Offsets by the bits of a window; fewer than 3 have none.
static OFFSETS: [[u64; 6]; 14] = {
    let mut offsets = [[0; 6]; 14];
    let mut bits = 3;
    while bits < 14 {
        offsets[bits] = offset(bits);
        bits += 1;
    }
    offsets
};

impl SignedDigits {
    /// The digits of a scalar.
    pub(super) fn new(scalar: Scalar, window_bits: usize) -> Self {
        let bytes = scalar.to_le_bytes();
        let (scalar_words, _) = bytes.as_chunks::<8>();
        let mut words = OFFSETS[window_bits];
        let mut carry = false;
        for (index, word) in words.iter_mut().enumerate() {
            let own = scalar_words.get(index).map_or(0, |bytes| u64::from_le_bytes(*bytes));
            (*word, carry) = word.carrying_add(own, carry);
        }
        Self { words, window_bits }
    }

    /// Digit `window`, in −2^(bits − 1) .. 2^(bits − 1); it counts 2^(bits · window).
    #[inline]
    pub(super) fn get(&self, window: usize) -> i16 {
        let bit = window * self.window_bits;
        let (word, within) = (bit / 64, bit % 64);
        let high = self.words[word + 1] << 1 << (63 - within);
        let bits = (self.words[word] >> within | high) & ((1 << self.window_bits) - 1);
        i16::try_from(bits).unwrap_or(i16::MAX) - (1 << (self.window_bits - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_digits_rebuild_the_scalar() {
        let minus_one = Scalar::ZERO - Scalar::from_u64(1);
        let mut scalars = vec![Scalar::ZERO, Scalar::from_u64(1), minus_one];
        let mut scalar = Scalar::from_u64(0x1234_5678_9abc_def1);
        for _ in 0..20 {
            scalar = scalar * scalar + Scalar::from_u64(1);
            scalars.push(scalar);
        }
        for scalar in scalars {
            for bits in 3..14 {
                let base = Scalar::from_u64(1 << bits);
                let digits = SignedDigits::new(scalar, bits);
                let half = 1 << (bits - 1);
                let value = (0..window_count(bits)).rev().fold(Scalar::ZERO, |sum, window| {
                    let digit = digits.get(window);
                    assert!((-half..half).contains(&digit));
                    let size = Scalar::from_u64(u64::from(digit.unsigned_abs()));
                    sum * base + if digit < 0 { Scalar::ZERO - size } else { size }
                });
                assert_eq!(value, scalar, "{bits} bits");
            }
        }
    }
}
