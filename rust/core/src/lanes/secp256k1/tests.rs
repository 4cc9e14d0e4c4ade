//! Lanes against the portable field, at the edges of every bound.

use super::super::field::{settle, subtract, zeros};
use super::*;
use crate::senders::field::Field as Portable;

/// Numbers of 0 .. 8p: the edges of limbs and of multiples of p, and runs of ones.
fn edge_elements() -> Vec<[u64; 5]> {
    let mut elements = vec![[0; 5]];
    for index in 0..5 {
        let mut limbs = [0; 5];
        limbs[index] = if index < 4 { LIMB_MASK } else { (LAST_MASK + 1) * 8 - 1 };
        elements.push(limbs);
        limbs[..index].fill(LIMB_MASK);
        limbs[0] -= 8 * FOLD_256;
        elements.push(limbs);
        limbs = [0; 5];
        limbs[index] = 1;
        elements.push(limbs);
    }
    for factor in 1..8 {
        let multiple: [u64; 5] = core::array::from_fn(|j| Secp256k1::MULTIPLES[j][factor]);
        for difference in -1..=1 {
            let mut element = multiple;
            // No multiple has a lowest limb that would borrow or carry.
            element[0] = element[0].checked_add_signed(difference).expect("in the midst");
            elements.push(element);
        }
    }
    for bit in [32, 33, 48, 51, 52, 103, 155, 208, 255] {
        let mut limbs = [0; 5];
        limbs[bit / 52] = 1 << (bit % 52);
        elements.push(limbs);
    }
    elements
}

/// The residue modulo p.
fn residue(limbs: &[u64; 5]) -> Portable {
    let shift = Portable::new([1 << LIMB_BITS, 0, 0, 0]);
    let number = |limb: u64| Portable::new([limb, 0, 0, 0]);
    limbs.iter().rev().fold(Portable::ZERO, |sum, limb| sum * shift + number(*limb))
}

#[target_feature(enable = "avx512f")]
fn to_lanes(elements: &[[u64; 5]; 8]) -> Limbs<5> {
    core::array::from_fn(|j| {
        let lanes = elements.map(|limbs| limbs[j].cast_signed());
        let [a, b, c, d, e, f, g, h] = lanes;
        _mm512_setr_epi64(a, b, c, d, e, f, g, h)
    })
}

#[target_feature(enable = "avx512f")]
fn from_lanes(limbs: &Limbs<5>) -> [[u64; 5]; 8] {
    let words = limbs.map(|limb| {
        let mut words = [0_u64; 8];
        // SAFETY: the array has 64 bytes.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), limb) };
        words
    });
    core::array::from_fn(|lane| words.map(|word| word[lane]))
}

fn is_below(limbs: &[u64; 5], multiple: usize) -> bool {
    let bound = (0..5).rev().map(|j| Secp256k1::MULTIPLES[j][multiple]);
    limbs.iter().all(|limb| *limb <= LIMB_MASK) && limbs.iter().rev().copied().lt(bound)
}

/// Runs a test in lanes, where there are any.
fn in_lanes(test: unsafe fn()) {
    if Features::detect().is_some() {
        // SAFETY: the features are there.
        unsafe { test() }
    }
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn check_products() {
    let elements = edge_elements();
    for (index, left) in elements.iter().enumerate() {
        for step in 0..elements.len().div_ceil(8) {
            let rights: [[u64; 5]; 8] =
                core::array::from_fn(|lane| elements[(index + 8 * step + lane) % elements.len()]);
            let products = multiply::<Secp256k1, 5>(&to_lanes(&[*left; 8]), &to_lanes(&rights));
            for (product, right) in from_lanes(&products).iter().zip(&rights) {
                // Below 1.001p, by the last limb.
                assert!(is_below(product, 2) && product[4] * 1000 <= LAST_MASK * 1001);
                assert_eq!(residue(product), residue(left) * residue(right));
            }
            // SAFETY: this function has the features.
            let squares = carry(unsafe { Secp256k1::square(&to_lanes(&rights)) });
            for (square, root) in from_lanes(&squares).iter().zip(&rights) {
                assert!(is_below(square, 2));
                assert_eq!(residue(square), residue(root).square());
            }
        }
    }
}

#[test]
fn test_products_and_squares_are_the_portable_ones() {
    in_lanes(check_products);
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn check_reductions() {
    let elements = edge_elements();
    for start in 0..elements.len() {
        let eight = core::array::from_fn(|lane| elements[(start + lane) % elements.len()]);
        let lanes = to_lanes(&eight);
        let canonical = from_lanes(&canonicalize::<Secp256k1, 5>(&lanes));
        let zero = zeros::<Secp256k1, 5>(&lanes);
        for lane in 0..8 {
            assert!(is_below(&canonical[lane], 1));
            assert_eq!(residue(&canonical[lane]), residue(&eight[lane]));
            assert_eq!(zero >> lane & 1 == 1, residue(&eight[lane]).is_zero());
        }
        // canonical + 6p − 5p + 2p, in columns that borrow, is within the bounds of `settle`.
        let six: [u64; 5] = core::array::from_fn(|j| Secp256k1::MULTIPLES[j][6]);
        let five: [u64; 5] = core::array::from_fn(|j| Secp256k1::MULTIPLES[j][5]);
        let sum = add_columns(&to_lanes(&canonical), &splat_all(&six));
        let columns = subtract::<Secp256k1, 5, 2>(&sum, &splat_all(&five));
        for (settled, element) in from_lanes(&settle::<Secp256k1, 5>(&columns)).iter().zip(&eight) {
            assert_eq!(residue(settled), residue(element));
            // Below 1.02p, by the last limb.
            assert!(is_below(settled, 2) && settled[4] * 100 <= LAST_MASK * 102);
        }
    }
}

#[test]
fn test_reductions_keep_the_residue_and_the_bounds() {
    in_lanes(check_reductions);
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn check_inverses() {
    let elements: Vec<[u64; 5]> =
        edge_elements().into_iter().filter(|limbs| !residue(limbs).is_zero()).collect();
    for start in 0..elements.len() {
        let eight = core::array::from_fn(|lane| elements[(start + lane) % elements.len()]);
        let lanes = to_lanes(&eight);
        // SAFETY: this function has the features.
        let inverses = unsafe { Secp256k1::invert(&lanes) };
        let products = canonicalize::<Secp256k1, 5>(&multiply::<Secp256k1, 5>(&lanes, &inverses));
        assert!(from_lanes(&products).iter().all(|product| *product == Secp256k1::ONE));
    }
}

#[test]
fn test_inverses_invert_in_every_lane() {
    in_lanes(check_inverses);
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn check_points() {
    // Coordinates need not be on the curve to be loaded and stored.
    let numbers: Vec<Portable> = edge_elements().iter().map(residue).collect();
    let points: Vec<Point> = (0..8 * numbers.len())
        .map(|index| {
            Point::new(numbers[index % numbers.len()], numbers[(index * 7 + 3) % numbers.len()])
        })
        .collect();
    for (chunk, negative) in points.chunks_exact(8).zip((0..=u8::MAX).cycle()) {
        let pointers = core::array::from_fn(|lane| &raw const chunk[lane]);
        // SAFETY: this function has the features, the pointers are valid.
        let (x, y) =
            unsafe { (Secp256k1::load_x(&pointers), Secp256k1::load_y(&pointers, negative)) };
        let y = settle::<Secp256k1, 5>(&subtract::<Secp256k1, 5, 2>(&y, &splat_all(&[0; 5])));
        // SAFETY: this function has the features.
        let stored = unsafe { Secp256k1::store(&x, &y, 0b1000_0001) };
        for lane in 0..8 {
            let expected = match lane {
                0 | 7 => Point::INFINITY,
                _ if negative >> lane & 1 == 1 => -chunk[lane],
                _ => chunk[lane],
            };
            assert_eq!(stored[lane], expected, "lane {lane}");
        }
    }
}

#[test]
fn test_points_are_loaded_and_stored_in_every_lane() {
    in_lanes(check_points);
}
