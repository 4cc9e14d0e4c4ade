//! Points of secp256k1, y² = x³ + 7. Their number is prime, so every point but infinity generates
//! the group, and a point on the curve needs no further check.

use core::ops::Neg;

use super::field::Field;

/// A point by its coordinates, below p; infinity is (0, 0), which is not on the curve.
///
/// Its eight limbs fill one cache line, and one register of the lanes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Point {
    pub(super) x: Field,
    pub(super) y: Field,
}

impl Point {
    /// The point with these coordinates.
    pub(crate) fn new(x: Field, y: Field) -> Self {
        Self { x: x.reduce(), y: y.reduce() }
    }

    /// The neutral element.
    pub(crate) const INFINITY: Self = Self { x: Field::ZERO, y: Field::ZERO };

    /// The generator G.
    pub(crate) const GENERATOR: Self = Self {
        x: Field::new([
            0x59F2_815B_16F8_1798,
            0x029B_FCDB_2DCE_28D9,
            0x55A0_6295_CE87_0B07,
            0x79BE_667E_F9DC_BBAC,
        ]),
        y: Field::new([
            0x9C47_D08F_FB10_D4B8,
            0xFD17_B448_A685_5419,
            0x5DA4_FBFC_0E11_08A8,
            0x483A_DA77_26A3_C465,
        ]),
    };

    /// A cube root of one in the field: (x, y) · λ = (β x, y).
    const BETA: Field = Field::new([
        0xC139_6C28_7195_01EE,
        0x9CF0_4975_12F5_8995,
        0x6E64_479E_AC34_34E9,
        0x7AE9_6A2B_657C_0710,
    ]);

    pub(crate) const fn is_infinity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    pub(crate) const fn x(&self) -> &Field {
        &self.x
    }

    pub(crate) const fn y(&self) -> &Field {
        &self.y
    }

    /// Whether the coordinates are those of a point other than infinity.
    pub(crate) fn is_on_curve(&self) -> bool {
        self.y.square() == Self::y_square(self.x)
    }

    /// The point times λ, by one multiplication.
    pub(crate) fn times_lambda(self) -> Self {
        Self::new(self.x * Self::BETA, self.y)
    }

    /// The square of y of the points with this x, if there are any.
    pub(crate) fn y_square(x: Field) -> Field {
        x.square() * x + Field::SEVEN
    }

    /// The point with this x coordinate and parity of y.
    pub(crate) fn from_x(x: Field, is_odd: bool) -> Option<Self> {
        Some(Self::new(x, Self::y_square(x).sqrt()?.with_parity(is_odd)))
    }
}

impl Neg for Point {
    type Output = Self;

    fn neg(self) -> Self {
        Self::new(self.x, -self.y)
    }
}

/// A point as (X / Z², Y / Z³), for the few sums that are made one by one; infinity has Z = 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jacobian {
    x: Field,
    y: Field,
    z: Field,
}

impl Jacobian {
    pub(crate) const INFINITY: Self = Self { x: Field::ONE, y: Field::ONE, z: Field::ZERO };

    /// The point (x / z², y / z³) of a point's coordinates; infinity if z is zero.
    pub(crate) const fn new(point: Point, z: Field) -> Self {
        Self { x: point.x, y: point.y, z }
    }

    pub(crate) const fn is_infinity(&self) -> bool {
        self.z.is_zero()
    }

    /// Twice the point.
    pub(crate) fn double(self) -> Self {
        // The curve has no point with y = 0, so infinity alone has z = 0 afterwards.
        let y_square = self.y.square();
        let s = (self.x * y_square).double().double();
        let slope = self.x.square().triple();
        let x = slope.square() - s.double();
        let y = slope * (s - x) - y_square.square().double().double().double();
        Self { x, y, z: (self.y * self.z).double() }
    }

    /// The sum with a point.
    pub(crate) fn add(self, other: &Point) -> Self {
        if other.is_infinity() {
            return self;
        }
        if self.is_infinity() {
            return Self { x: other.x, y: other.y, z: Field::ONE };
        }
        let z_square = self.z.square();
        let run = other.x * z_square - self.x;
        let rise = other.y * z_square * self.z - self.y;
        if run.is_zero() {
            return if rise.is_zero() { self.double() } else { Self::INFINITY };
        }
        let run_square = run.square();
        let run_cube = run_square * run;
        let v = self.x * run_square;
        let x = rise.square() - run_cube - v.double();
        Self { x, y: rise * (v - x) - self.y * run_cube, z: self.z * run }
    }

    /// The point by its coordinates.
    pub(crate) fn to_affine(self) -> Point {
        self.divide(self.z.invert())
    }

    /// The points by their coordinates, by one inversion.
    pub(crate) fn to_affine_all(points: &[Self]) -> Vec<Point> {
        let mut product = Field::ONE;
        let mut before = Vec::with_capacity(points.len());
        let denominators =
            points.iter().map(|point| if point.is_infinity() { Field::ONE } else { point.z });
        for denominator in denominators.clone() {
            before.push(product);
            product = product * denominator;
        }
        let mut inverse = product.invert();
        let mut affine = vec![Point::INFINITY; points.len()];
        for (i, denominator) in denominators.enumerate().rev() {
            if !points[i].is_infinity() {
                affine[i] = points[i].divide(inverse * before[i]);
            }
            inverse = inverse * denominator;
        }
        affine
    }

    /// The point, given 1 / Z.
    fn divide(self, inverse: Field) -> Point {
        let square = inverse.square();
        Point::new(self.x * square, self.y * square * inverse)
    }
}
