//! Square roots, and products of eight points with scalars, by doubling and adding.
//!
//! Scalars come as digits that are all odd, so there is a point to add in every window, and no
//! lane is another's exception. A sum whose points have equal x coordinates cannot be made by a
//! chord: then Z is 0, and stays so. Who asks for a product sees it, and makes it another way.
//!
//! Coordinates of sums are settled, but Z is below 1.001p; other bounds are given beside values.

use super::super::Features;
use super::super::field::{Field, multiply, settle, subtract};
use super::super::limbs::*;
use super::Secp256k1;
use crate::senders::field;
use crate::senders::point::{Jacobian, Point};

type Element = Limbs<5>;

/// Bits of a window.
pub(crate) const WINDOW_BITS: usize = 4;
/// Windows of a scalar of 128 bits.
pub(crate) const WINDOWS: usize = 128 / WINDOW_BITS;
/// Odd multiples of a point, 1 .. 15 times.
pub(crate) const MULTIPLES: usize = 1 << (WINDOW_BITS - 1);

/// A product `first · point + λ second · point` to be made.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    /// The odd multiples of the point: 1, 3, 5, …, none of them infinity.
    pub(crate) multiples: &'a [Point; MULTIPLES],
    /// Odd digits −15 .. 15 of the first scalar, the lowest first.
    pub(crate) first: [i8; WINDOWS],
    /// The same of the second.
    pub(crate) second: [i8; WINDOWS],
}

/// The cube root of one by which x is multiplied for λ times a point.
const BETA: [u64; 5] = [
    0x9_6C28_7195_01EE,
    0x7_512F_5899_5C13,
    0xC_3434_E99C_F049,
    0x0_7106_E644_79EA,
    0x0_7AE9_6A2B_657C,
];

/// The powers (p + 1) / 4 of eight elements at a time: their roots, if they have any.
pub(crate) fn sqrt_all(_: Features, numbers: &[field::Field]) -> Vec<field::Field> {
    let mut roots = Vec::with_capacity(numbers.len() + 8);
    for chunk in numbers.chunks(8) {
        let points: [Point; 8] = core::array::from_fn(|lane| {
            Point::new(chunk.get(lane).copied().unwrap_or(field::Field::ZERO), field::Field::ZERO)
        });
        // SAFETY: the argument proves the features.
        let found = unsafe { sqrt_eight(&points) };
        roots.extend(found.map(|point| *point.x()));
    }
    roots.truncate(numbers.len());
    roots
}

/// The roots of the first coordinates.
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn sqrt_eight(points: &[Point; 8]) -> [Point; 8] {
    let pointers = core::array::from_fn(|lane| &raw const points[lane]);
    // SAFETY: this function has the features, the pointers are valid.
    let x = unsafe { Secp256k1::load_x(&pointers) };
    // Powers with so many ones in binary, as in the portable twin.
    let ones_2 = mul(&square(&x), &x);
    let ones_3 = mul(&square(&ones_2), &x);
    let ones_6 = mul(&square_times(&ones_3, 3), &ones_3);
    let ones_9 = mul(&square_times(&ones_6, 3), &ones_3);
    let ones_11 = mul(&square_times(&ones_9, 2), &ones_2);
    let ones_22 = mul(&square_times(&ones_11, 11), &ones_11);
    let ones_44 = mul(&square_times(&ones_22, 22), &ones_22);
    let ones_88 = mul(&square_times(&ones_44, 44), &ones_44);
    let ones_176 = mul(&square_times(&ones_88, 88), &ones_88);
    let ones_220 = mul(&square_times(&ones_176, 44), &ones_44);
    let ones_223 = mul(&square_times(&ones_220, 3), &ones_3);
    let power = mul(&square_times(&ones_223, 23), &ones_22);
    let power = mul(&square_times(&power, 6), &ones_2);
    let root = square_times(&power, 2);
    // SAFETY: this function has the features.
    unsafe { Secp256k1::store(&root, &root, 0) }
}

/// The products; with Z = 0 where a sum on the way had points of equal x coordinates.
pub(crate) fn multiply_all(_: Features, products: &[Product<'_>]) -> Vec<Jacobian> {
    let mut sums = Vec::with_capacity(products.len() + 8);
    for chunk in products.chunks(8) {
        let eight = core::array::from_fn(|lane| chunk.get(lane).unwrap_or(&chunk[0]));
        // SAFETY: the argument proves the features.
        sums.extend(unsafe { multiply_eight(&eight) });
    }
    sums.truncate(products.len());
    sums
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn multiply_eight(products: &[&Product<'_>; 8]) -> [Jacobian; 8] {
    let beta = splat_all(&BETA);
    let first = |window: usize| load(products, |product| product.first[window]);
    let second = |window: usize| {
        let (x, y) = load(products, |product| product.second[window]);
        (mul(&x, &beta), y)
    };
    let (x, y) = first(WINDOWS - 1);
    let mut sum = Sum { x, y, z: splat_all(&Secp256k1::ONE) };
    sum = sum.add(&second(WINDOWS - 1));
    for window in (0..WINDOWS - 1).rev() {
        for _ in 0..WINDOW_BITS {
            sum = sum.double();
        }
        sum = sum.add(&first(window));
        sum = sum.add(&second(window));
    }
    // SAFETY: this function has the features.
    let (points, z) =
        unsafe { (Secp256k1::store(&sum.x, &sum.y, 0), Secp256k1::store(&sum.z, &sum.z, 0)) };
    core::array::from_fn(|lane| Jacobian::new(points[lane], *z[lane].x()))
}

/// The digits' multiples: x canonical, y below 2.001p.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn load(products: &[&Product<'_>; 8], digit_of: impl Fn(&Product<'_>) -> i8) -> (Element, Element) {
    let mut negative = 0;
    let pointers = core::array::from_fn(|lane| {
        let digit = digit_of(products[lane]);
        negative |= u8::from(digit < 0) << lane;
        &raw const products[lane].multiples[usize::from(digit.unsigned_abs() / 2)]
    });
    // SAFETY: this function has the features, the pointers are valid.
    let (x, y) = unsafe { (Secp256k1::load_x(&pointers), Secp256k1::load_y(&pointers, negative)) };
    // Within ±1.001p, plus 2p, is within the bounds of `settle`.
    (x, settle::<Secp256k1, 5>(&subtract::<Secp256k1, 5, 2>(&y, &splat_all(&[0; 5]))))
}

/// Eight points (X / Z², Y / Z³).
#[derive(Clone, Copy)]
struct Sum {
    x: Element,
    y: Element,
    z: Element,
}

impl Sum {
    /// Twice the points. No point has y = 0, so Z is 0 only where it was.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn double(&self) -> Self {
        let two_y = carry(add_columns(&self.y, &self.y));
        let y_square = square(&self.y);
        // S = 4 X Y² + p, of 1p .. 5.01p; M = 3 X², below 3.01p.
        let product = mul(&self.x, &y_square);
        let twice = add_columns(&product, &product);
        let s = settle::<Secp256k1, 5>(&plus::<1>(&add_columns(&twice, &twice)));
        let x_square = square(&self.x);
        let m = carry(add_columns(&x_square, &add_columns(&x_square, &x_square)));
        // M² − 2 S + 3p, of .96p .. 4.01p.
        let m_square = square(&m);
        let x =
            settle::<Secp256k1, 5>(&subtract_columns(&plus::<3>(&m_square), &add_columns(&s, &s)));
        // M (S − X) − 2 (2 Y²)² + 3p, of .99p .. 4.01p.
        let slope = mul(&m, &carry(subtract::<Secp256k1, 5, 2>(&s, &x)));
        let four = square(&carry(add_columns(&y_square, &y_square)));
        let y = settle::<Secp256k1, 5>(&subtract_columns(
            &plus::<3>(&slope),
            &add_columns(&four, &four),
        ));
        Self { x, y, z: mul(&two_y, &self.z) }
    }

    /// The sums with points; Z is 0 where their x coordinates are equal.
    #[inline]
    #[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
    fn add(&self, (x, y): &(Element, Element)) -> Self {
        let z_square = square(&self.z);
        let z_cube = mul(&z_square, &self.z);
        // Both of .98p .. 3.01p.
        let run = carry(subtract::<Secp256k1, 5, 2>(&mul(x, &z_square), &self.x));
        let rise = carry(subtract::<Secp256k1, 5, 2>(&mul(y, &z_cube), &self.y));
        let run_square = square(&run);
        let run_cube = mul(&run_square, &run);
        let v = mul(&self.x, &run_square);
        // rise² − run³ − 2 V + 4p, of .99p .. 5.01p.
        let less = subtract::<Secp256k1, 5, 4>(&square(&rise), &run_cube);
        let x = settle::<Secp256k1, 5>(&subtract_columns(&less, &add_columns(&v, &v)));
        // rise (V − X) − Y run³ + 2p, of .99p .. 3.01p.
        let back = mul(&rise, &carry(subtract::<Secp256k1, 5, 2>(&v, &x)));
        let y =
            settle::<Secp256k1, 5>(&subtract::<Secp256k1, 5, 2>(&back, &mul(&self.y, &run_cube)));
        Self { x, y, z: mul(&self.z, &run) }
    }
}

/// `a + K p`, in columns.
#[inline]
#[target_feature(enable = "avx512f")]
fn plus<const K: usize>(a: &Element) -> Element {
    subtract::<Secp256k1, 5, K>(a, &splat_all(&[0; 5]))
}

/// The product of elements, below 1.001p.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn mul(a: &Element, b: &Element) -> Element {
    multiply::<Secp256k1, 5>(a, b)
}

/// The square of an element, below 1.001p.
#[inline]
#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn square(a: &Element) -> Element {
    // SAFETY: this function has the features.
    carry(unsafe { Secp256k1::square(a) })
}

#[target_feature(enable = "avx512f,avx512dq,avx512bw,avx512ifma,avx512vbmi")]
fn square_times(a: &Element, count: usize) -> Element {
    (0..count).fold(*a, |power, _| square(&power))
}
