use alloy_primitives::{U256, uint};
use secp256k1::{PublicKey, SECP256K1, SecretKey};

use super::super::field::Field;
use super::super::point::{Jacobian, Point};
use super::super::scalar::{Scalar, Short};
use super::random;

const P: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F_U256);
const N: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);
const LAMBDA: U256 = uint!(0x5363AD4CC05C30E0A5261C028812645A122E22EA20816678DF02967C1B23BD72_U256);

fn field(value: U256) -> Field {
    Field::new(value.into_limbs())
}

fn value(field: Field) -> U256 {
    U256::from_be_bytes(field.to_bytes())
}

/// Numbers where carries, folds and reductions begin and end, and some without a pattern.
fn numbers(modulus: U256) -> Vec<U256> {
    let fold = U256::ZERO.wrapping_sub(modulus);
    let mut numbers = vec![U256::MAX, U256::MAX - fold, U256::ONE << 255, U256::MAX >> 1];
    for near in [U256::ZERO, modulus, fold, fold << 1, U256::ONE << 128, U256::ONE << 192] {
        numbers.extend((0..3).map(|i| near.wrapping_add(U256::from(i))));
        numbers.extend((1..3).map(|i| near.wrapping_sub(U256::from(i))));
    }
    numbers.extend((0..12).map(|seed| U256::from_be_bytes(random(seed))));
    numbers
}

#[test]
fn test_field_agrees_with_modular_arithmetic() {
    for a in numbers(P) {
        let (x, reduced) = (field(a), a % P);
        assert_eq!(value(x), reduced);
        assert_eq!(x.is_zero(), reduced.is_zero());
        assert_eq!(x.is_odd(), reduced.bit(0));
        assert_eq!(value(-x), (P - reduced) % P);
        assert_eq!(value(x.square()), a.mul_mod(a, P));
        for b in numbers(P) {
            let y = field(b);
            assert_eq!(value(x + y), a.add_mod(b, P));
            assert_eq!(value(x - y), reduced.add_mod(P - b % P, P));
            assert_eq!(value(x * y), a.mul_mod(b, P), "{a} times {b}");
            assert_eq!(x == y, reduced == b % P);
        }
    }
}

#[test]
fn test_field_inverses_and_roots() {
    for a in numbers(P) {
        let x = field(a);
        let product = if x.is_zero() { Field::ZERO } else { Field::ONE };
        assert_eq!(x * x.invert(), product);
        for b in numbers(P).into_iter().filter(|_| !x.is_zero()) {
            // Products whose folds end at the edges.
            assert_eq!(value(field(b) * x.invert() * x), b % P);
        }
        let root = x.square().sqrt().expect("a square has a root");
        assert!(root == x || root == -x);
        // −1 is no square, so exactly one of x and −x is.
        assert!(x.is_zero() || x.sqrt().is_some() != (-x).sqrt().is_some());
    }
}

#[test]
fn test_only_reduced_bytes_are_read() {
    assert_eq!(Field::from_bytes(&(P - U256::ONE).to_be_bytes()), Some(-Field::ONE));
    assert_eq!(Scalar::from_bytes(&(N - U256::ONE).to_be_bytes()), Some(-Scalar::ONE));
    for above in [U256::ZERO, U256::ONE, U256::from(977)] {
        assert_eq!(Field::from_bytes(&(P + above).to_be_bytes()), None);
        assert_eq!(Scalar::from_bytes(&(N + above).to_be_bytes()), None);
    }
    assert_eq!(Field::from_bytes(&[0xff; 32]), None);
    assert_eq!(Scalar::from_bytes(&[0xff; 32]), None);
}

fn scalar(number: U256) -> Scalar {
    Scalar::from_bytes_reduced(&number.to_be_bytes())
}

#[test]
fn test_scalars_agree_with_modular_arithmetic() {
    for a in numbers(N) {
        let x = scalar(a);
        assert_eq!(x, Scalar::from_bytes(&(a % N).to_be_bytes()).expect("reduced"));
        assert_eq!(-x, scalar((N - a % N) % N));
        let product = if x.is_zero() { Scalar::ZERO } else { Scalar::ONE };
        assert_eq!(x * x.invert(), product);
        for b in numbers(N) {
            assert_eq!(x + scalar(b), scalar(a.add_mod(b, N)));
            assert_eq!(x * scalar(b), scalar(a.mul_mod(b, N)), "{a} times {b}");
        }
    }
}

#[test]
fn test_scalars_split_into_short_ones() {
    let bound = 0xA2A8_918C_A85B_AFE2_2016_D0B9_17E4_DD77_u128 + 2;
    let edges = numbers(N).into_iter().chain((0..500).map(|i| U256::from_be_bytes(random(i))));
    for scalar in edges.map(scalar) {
        let (first, second) = scalar.split();
        assert_eq!(first.to_scalar() + self::scalar(LAMBDA) * second.to_scalar(), scalar);
        assert!(first.magnitude <= bound && second.magnitude <= bound, "{first:?} {second:?}");
    }
}

#[test]
fn test_signed_integers_of_128_bits_become_scalars() {
    let edges =
        [(0, U256::ZERO), (1, U256::ONE), (-1, N - U256::ONE), (i128::MIN, N - (U256::ONE << 127))];
    for (integer, expected) in edges {
        assert_eq!(Short::from(integer).to_scalar(), scalar(expected));
    }
}

/// By doubling and adding.
fn multiply(point: &Point, scalar: U256) -> Point {
    let bits = (0..256).rev().map(|bit| scalar.bit(bit));
    let add = |sum: Jacobian, bit| if bit { sum.double().add(point) } else { sum.double() };
    bits.fold(Jacobian::INFINITY, add).to_affine()
}

#[test]
fn test_multiples_of_the_generator_are_public_keys() {
    for seed in 0..8 {
        let secret = SecretKey::from_slice(&random(seed)).expect("below n");
        let key = PublicKey::from_secret_key(SECP256K1, &secret).serialize_uncompressed();
        let point = multiply(&Point::GENERATOR, U256::from_be_bytes(random(seed)));
        assert_eq!([point.x.to_bytes(), point.y.to_bytes()].concat(), key[1..]);
        assert!(point.is_on_curve());
        assert_eq!(Point::from_x(point.x, point.y.is_odd()), Some(point));
        assert_eq!(Point::from_x(point.x, !point.y.is_odd()), Some(-point));
    }
}

#[test]
fn test_every_case_of_the_group_law() {
    let (one, infinity) = (Point::GENERATOR, Point::INFINITY);
    let start = Jacobian::INFINITY.add(&one);
    assert!(multiply(&one, N).is_infinity());
    assert_eq!(multiply(&one, N - U256::ONE), -one);
    assert_eq!(multiply(&one, N + U256::ONE), one);
    assert!(!infinity.is_on_curve());
    assert_eq!(start.add(&one).to_affine(), start.double().to_affine());
    assert!(start.add(&-one).is_infinity());
    assert!(start.add(&-one).to_affine().is_infinity());
    assert!(start.add(&-one).double().is_infinity());
    assert_eq!(start.add(&infinity).to_affine(), one);
    assert_eq!(multiply(&one, LAMBDA), one.times_lambda());
}

#[test]
fn test_no_point_has_the_x_coordinate_5() {
    assert_eq!(Point::from_x(Field::new([5, 0, 0, 0]), false), None);
}
