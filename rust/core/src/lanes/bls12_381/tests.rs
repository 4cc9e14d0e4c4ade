//! Lanes against blst, at the edges of every bound.

use super::super::field::settle;
use super::*;

/// Numbers of 0 .. 8p: the edges of limbs and of multiples of p, and runs of ones.
fn edge_elements() -> Vec<[u64; 8]> {
    let mut elements = vec![[0; 8]];
    for index in 0..8 {
        let mut limbs = [0; 8];
        limbs[index] = if index < 7 { LIMB_MASK } else { 8 * MODULUS[7] - 1 };
        elements.push(limbs);
        limbs[..index].fill(LIMB_MASK);
        elements.push(limbs);
        limbs = [0; 8];
        limbs[index] = 1;
        elements.push(limbs);
    }
    for factor in 1..8 {
        let multiple: [u64; 8] = core::array::from_fn(|j| Bls12::MULTIPLES[j][factor]);
        for difference in -1..=1 {
            let mut element = multiple;
            // No multiple has a lowest limb that would borrow or carry.
            element[0] = element[0].checked_add_signed(difference).expect("in the midst");
            elements.push(element);
        }
    }
    elements.push(Bls12::ONE);
    elements.push(FOLD_4);
    elements
}

/// The residue modulo p, as blst takes it.
fn residue(limbs: &[u64; 8]) -> Fp {
    // Horner over the limbs; 2^384 times what is meant, as blst's form is.
    let shift = Fp::from_words([0, 0, 0, 0, 0, 0]);
    limbs.iter().rev().fold(shift, |sum, limb| {
        let shifted = (0..LIMB_BITS).fold(sum, |sum, _| sum + sum);
        shifted + Fp::from_words([*limb, 0, 0, 0, 0, 0])
    })
}

#[target_feature(enable = "avx512f")]
fn to_lanes(elements: &[[u64; 8]; 8]) -> Limbs<8> {
    core::array::from_fn(|j| {
        let lanes = elements.map(|limbs| limbs[j].cast_signed());
        let [a, b, c, d, e, f, g, h] = lanes;
        _mm512_setr_epi64(a, b, c, d, e, f, g, h)
    })
}

#[target_feature(enable = "avx512f")]
fn from_lanes(limbs: &Limbs<8>) -> [[u64; 8]; 8] {
    let words = limbs.map(|limb| {
        let mut words = [0_u64; 8];
        // SAFETY: the array has 64 bytes.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), limb) };
        words
    });
    core::array::from_fn(|lane| words.map(|word| word[lane]))
}

fn is_below(limbs: &[u64; 8], multiple: usize) -> bool {
    let bound: Vec<u64> = (0..8).rev().map(|j| Bls12::MULTIPLES[j][multiple]).collect();
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
    // 2^352 = 2^(384 − 32): blst divides products by 2^384, lanes by 2^416.
    let form = Fp::from_words([0, 0, 0, 0, 0, 1 << 32]);
    let elements = edge_elements();
    for (index, left) in elements.iter().enumerate() {
        for step in 0..elements.len().div_ceil(8) {
            let rights: [[u64; 8]; 8] =
                core::array::from_fn(|lane| elements[(index + 8 * step + lane) % elements.len()]);
            let products = multiply::<Bls12, 8>(&to_lanes(&[*left; 8]), &to_lanes(&rights));
            for (product, right) in from_lanes(&products).iter().zip(&rights) {
                assert!(is_below(product, 5));
                assert!(residue(product) == residue(left) * residue(right) * form);
            }
            // SAFETY: this function has the features.
            let squares = carry(unsafe { Bls12::square(&to_lanes(&rights)) });
            for (square, root) in from_lanes(&squares).iter().zip(&rights) {
                assert!(is_below(square, 5));
                assert!(residue(square) == residue(root) * residue(root) * form);
            }
        }
    }
}

#[test]
fn test_products_and_squares_are_those_of_blst() {
    in_lanes(check_products);
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn check_reductions() {
    let elements = edge_elements();
    for start in 0..elements.len() {
        let eight = core::array::from_fn(|lane| elements[(start + lane) % elements.len()]);
        let lanes = to_lanes(&eight);
        let canonical = from_lanes(&canonicalize::<Bls12, 8>(&lanes));
        let zero = zeros::<Bls12, 8>(&lanes);
        for lane in 0..8 {
            assert!(is_below(&canonical[lane], 1));
            assert!(residue(&canonical[lane]) == residue(&eight[lane]));
            assert_eq!(zero >> lane & 1 == 1, residue(&eight[lane]) == Fp::ZERO);
        }
        // canonical + 6p − 5p + 2p, in columns that borrow, is within the bounds of `settle`.
        let six: [u64; 8] = core::array::from_fn(|j| Bls12::MULTIPLES[j][6]);
        let five: [u64; 8] = core::array::from_fn(|j| Bls12::MULTIPLES[j][5]);
        let sum = add_columns(&to_lanes(&canonical), &splat_all(&six));
        let columns = subtract::<Bls12, 8, 2>(&sum, &splat_all(&five));
        for (settled, element) in from_lanes(&settle::<Bls12, 8>(&columns)).iter().zip(&eight) {
            assert!(residue(settled) == residue(element));
            // Below 1.02p, by the last limb.
            assert!(is_below(settled, 2) && settled[7] * 100 <= MODULUS[7] * 102);
        }
    }
}

#[test]
fn test_reductions_keep_the_residue_and_the_bounds() {
    in_lanes(check_reductions);
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn check_inverses() {
    let elements: Vec<[u64; 8]> =
        edge_elements().into_iter().filter(|limbs| residue(limbs) != Fp::ZERO).collect();
    for start in 0..elements.len() {
        let eight = core::array::from_fn(|lane| elements[(start + lane) % elements.len()]);
        let lanes = to_lanes(&eight);
        // SAFETY: this function has the features.
        let inverses = unsafe { Bls12::invert(&lanes) };
        let products = canonicalize::<Bls12, 8>(&multiply::<Bls12, 8>(&lanes, &inverses));
        assert!(from_lanes(&products).iter().all(|product| *product == Bls12::ONE));
    }
}

#[test]
fn test_inverses_invert_in_every_lane() {
    in_lanes(check_inverses);
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn check_points() {
    // Coordinates need not be on the curve to be loaded and stored.
    let numbers: Vec<[u64; 6]> = edge_elements()
        .iter()
        .map(|limbs| residue(limbs).to_words())
        .chain((0..384).filter(|bit| *bit < 380).map(|bit| {
            let mut words = [0; 6];
            words[bit / 64] = 1 << (bit % 64);
            words
        }))
        .collect();
    let points: Vec<Point> = (0..numbers.len())
        .map(|index| Point {
            x: Fp::from_words(numbers[index]),
            y: Fp::from_words(numbers[(index * 7 + 3) % numbers.len()]),
        })
        .collect();
    for (chunk, negative) in points.chunks_exact(8).zip((0..=u8::MAX).cycle()) {
        let pointers = core::array::from_fn(|lane| &raw const chunk[lane]);
        // SAFETY: this function has the features, the pointers are valid.
        let (x, y) = unsafe { (Bls12::load_x(&pointers), Bls12::load_y(&pointers, negative)) };
        let y = settle::<Bls12, 8>(&subtract::<Bls12, 8, 2>(&y, &splat_all(&[0; 8])));
        // SAFETY: this function has the features.
        let stored = unsafe { Bls12::store(&x, &y, 0b1000_0001) };
        for lane in 0..8 {
            let expected = match lane {
                0 | 7 => Point::INFINITY,
                _ if negative >> lane & 1 == 1 => chunk[lane].negate(),
                _ => chunk[lane],
            };
            assert!(stored[lane] == expected, "lane {lane}");
        }
    }
}

#[test]
fn test_points_are_loaded_and_stored_in_every_lane() {
    in_lanes(check_points);
}
