//! The recovery of many senders at once, in lanes.
//!
//! Q = −z/r · G + s/r · R, where R is lifted from the signature. The product with R is made by
//! doubling and adding in eight lanes, with s/r in two short parts; the one with G is a sum of
//! points of a table. What lanes do not find is left to the recovery one by one, which alone says
//! that a signature is nobody's.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::field::Field;
use super::hint::join;
use super::point::{Jacobian, Point};
use super::scalar::{Scalar, Short};
use super::signature::Signature;
use super::sums::sum_runs;
use crate::evm::Signer;
use crate::lanes::ladder::{self, MULTIPLES, Product, WINDOW_BITS, WINDOWS};
use crate::lanes::runs::Term;
use crate::lanes::{Backend, Features};

/// Signatures of one batch: more share an inversion, fewer stay in the cache.
const BATCH: usize = 256;

/// Recovers what lanes find; `None` says nothing.
pub(super) fn recover_all(
    features: Features,
    signatures: &[Option<Signature>],
) -> Vec<Option<Signer>> {
    signatures
        .par_chunks(BATCH)
        .flat_map_iter(|signatures| {
            let mut found = vec![None; signatures.len()];
            let (places, lifted) = lift(features, signatures);
            for (place, recovered) in places.into_iter().zip(recover(features, &lifted)) {
                found[place] = recovered;
            }
            found
        })
        .collect()
}

/// A signature with its point, and the factors of G and of the point in its key.
struct Lifted {
    nonce: Point,
    generator_factor: Scalar,
    nonce_factor: (Short, Short),
}

/// The signatures in range whose r is the x coordinate of a point, and their places.
fn lift(features: Features, signatures: &[Option<Signature>]) -> (Vec<usize>, Vec<Lifted>) {
    let mut candidates = Vec::with_capacity(signatures.len());
    for (place, signature) in signatures.iter().enumerate() {
        let Some(signature) = signature else { continue };
        let scalars = (Scalar::from_bytes(&signature.r), Scalar::from_bytes(&signature.s));
        let x = Field::from_bytes(&signature.r);
        if let ((Some(r), Some(s)), Some(x)) = (scalars, x)
            && !r.is_zero()
            && !s.is_zero()
        {
            candidates.push((place, signature, r, s, x));
        }
    }
    let squares: Vec<Field> = candidates.iter().map(|(.., x)| Point::y_square(*x)).collect();
    let roots = ladder::sqrt_all(features, &squares);
    let inverses = Scalar::invert_all(candidates.iter().map(|(_, _, r, _, _)| *r));
    let (mut places, mut lifted) = (Vec::new(), Vec::new());
    for (((place, signature, _, s, x), root), (square, inverse)) in
        candidates.into_iter().zip(roots).zip(squares.iter().zip(inverses))
    {
        if root.square() == *square {
            let z = Scalar::from_bytes_reduced(&signature.hash);
            places.push(place);
            lifted.push(Lifted {
                nonce: Point::new(x, root.with_parity(signature.is_odd)),
                generator_factor: -z * inverse,
                nonce_factor: (s * inverse).split(),
            });
        }
    }
    (places, lifted)
}

fn recover(features: Features, lifted: &[Lifted]) -> Vec<Option<Signer>> {
    let tables = compute_odd_multiples(lifted);
    let products: Vec<Product<'_>> = lifted
        .iter()
        .zip(&tables)
        .map(|(lifted, multiples)| {
            let (first, second) = lifted.nonce_factor;
            Product { multiples, first: odd_digits(first), second: odd_digits(second) }
        })
        .collect();
    let products = Jacobian::to_affine_all(&ladder::multiply_all(features, &products));

    // An even part was made odd by adding one; the point is taken away again here.
    let generator = generator_table();
    let with_lambda: Vec<Point> = lifted.iter().map(|lifted| lifted.nonce.times_lambda()).collect();
    let (mut terms, mut lengths) = (Vec::new(), Vec::new());
    for ((lifted, product), lambda) in lifted.iter().zip(&products).zip(&with_lambda) {
        let before = terms.len();
        terms.push(Term::plus(product));
        let (first, second) = lifted.nonce_factor;
        for (part, point) in [(first, &lifted.nonce), (second, lambda)] {
            if part.magnitude & 1 == 0 {
                terms.push(Term { point, negative: !part.is_negative });
            }
        }
        for (window, byte) in signed_bytes(lifted.generator_factor).into_iter().enumerate() {
            if byte != 0 {
                let point = &generator[window][usize::from(byte.unsigned_abs()) - 1];
                terms.push(Term { point, negative: byte < 0 });
            }
        }
        lengths.push(terms.len() - before);
    }
    let keys = sum_runs(Backend::Lanes, &terms, &lengths);
    let is_found = |(key, product): (&Point, &Point)| !key.is_infinity() && !product.is_infinity();
    let found = keys.iter().zip(&products).map(is_found);
    found
        .zip(&keys)
        .zip(lifted)
        .map(|((found, key), lifted)| found.then(|| to_signer(key, &lifted.nonce)))
        .collect()
}

fn to_signer(key: &Point, nonce: &Point) -> Signer {
    Signer {
        public_key: join(&key.x().to_bytes(), &key.y().to_bytes()),
        nonce_y: Some(nonce.y().to_bytes()),
    }
}

/// 1, 3, 5, … times each point.
fn compute_odd_multiples(lifted: &[Lifted]) -> Vec<[Point; MULTIPLES]> {
    let mut tables: Vec<[Point; MULTIPLES]> =
        lifted.iter().map(|lifted| [lifted.nonce; MULTIPLES]).collect();
    let pairs = vec![2; lifted.len()];
    let ones = lifted.iter().flat_map(|lifted| [Term::plus(&lifted.nonce); 2]);
    let doubles = sum_runs(Backend::Lanes, &ones.collect::<Vec<_>>(), &pairs);
    for multiple in 1..MULTIPLES {
        let terms: Vec<_> = tables
            .iter()
            .zip(&doubles)
            .flat_map(|(table, double)| [Term::plus(&table[multiple - 1]), Term::plus(double)])
            .collect();
        let sums = sum_runs(Backend::Lanes, &terms, &pairs);
        tables.iter_mut().zip(sums).for_each(|(table, sum)| table[multiple] = sum);
    }
    tables
}

/// The digits of a number or, if it is even, of the one above it in magnitude: all odd, between
/// −15 and 15, the lowest first.
fn odd_digits(number: Short) -> [i8; WINDOWS] {
    const HALF: i8 = 1 << WINDOW_BITS;
    let mut rest = number.magnitude | 1;
    let mut digits = [0; WINDOWS];
    for digit in &mut digits[..WINDOWS - 1] {
        // The five lowest bits less 16 are odd, and leave an odd number of sixteens.
        let low = (rest & 31) as i8 - HALF;
        *digit = low;
        rest = (rest >> WINDOW_BITS) | 1;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 16: four bits are left")]
    let last = rest as i8;
    digits[WINDOWS - 1] = last;
    if number.is_negative { digits.map(|digit| -digit) } else { digits }
}

/// Windows of the table of the generator: 256 bits and a carry.
const GENERATOR_WINDOWS: usize = 33;
/// Multiples in a window.
const GENERATOR_MULTIPLES: usize = 128;

/// Digits −128 .. 127 of a scalar, the lowest first.
fn signed_bytes(scalar: Scalar) -> [i16; GENERATOR_WINDOWS] {
    let mut digits = [0; GENERATOR_WINDOWS];
    let mut carry = 0;
    for (digit, byte) in digits.iter_mut().zip(scalar.to_bytes().iter().rev()) {
        let sum = i16::from(*byte) + carry;
        carry = i16::from(sum >= 128);
        *digit = sum - (carry << 8);
    }
    digits[GENERATOR_WINDOWS - 1] = carry;
    digits
}

/// 1 .. 128 times 2^(8 window) G, made when it is first needed.
fn generator_table() -> &'static [[Point; GENERATOR_MULTIPLES]; GENERATOR_WINDOWS] {
    static TABLE: OnceLock<Box<[[Point; GENERATOR_MULTIPLES]; GENERATOR_WINDOWS]>> =
        OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Box::new([[Point::INFINITY; GENERATOR_MULTIPLES]; GENERATOR_WINDOWS]);
        let mut base = Point::GENERATOR;
        for window in table.iter_mut() {
            let multiples = (0..GENERATOR_MULTIPLES).scan(Jacobian::INFINITY, |sum, _| {
                *sum = sum.add(&base);
                Some(*sum)
            });
            *window = Jacobian::to_affine_all(&multiples.collect::<Vec<_>>())
                .try_into()
                .unwrap_or([Point::INFINITY; GENERATOR_MULTIPLES]);
            base = Jacobian::INFINITY.add(&window[GENERATOR_MULTIPLES - 1]).double().to_affine();
        }
        table
    })
}
