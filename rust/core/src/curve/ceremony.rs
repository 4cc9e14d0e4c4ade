//! The points of Ethereum's KZG ceremony that commitments of 256 scalars need.
//!
//! The files are kept once, beside the Python reference. `g1_lagrange_256.bin` is the inverse
//! Fourier transform of the first 256 powers of τ in the public file, compressed.

use std::sync::LazyLock;

use super::ffi::{Point, PointG2};

/// Scalars in a vector, and children of an inner node.
pub const WIDTH: usize = 256;

static LAGRANGE_FILE: &[u8; 48 * WIDTH] =
    include_bytes!("../../../../python/corollup/spec/ceremony/g1_lagrange_256.bin");
static TAU_G2_FILE: &[u8; 96] =
    include_bytes!("../../../../python/corollup/spec/ceremony/g2_tau.bin");

static LAGRANGE: LazyLock<Vec<Point>> = LazyLock::new(|| decode_points(LAGRANGE_FILE));
static TAU_G2: LazyLock<PointG2> =
    LazyLock::new(|| PointG2::from_compressed(TAU_G2_FILE).expect("the shipped file is valid"));

/// The commitments to the 256 unit vectors.
pub fn lagrange_points() -> &'static [Point] {
    &LAGRANGE
}

pub(super) fn tau_g2() -> &'static PointG2 {
    &TAU_G2
}

fn decode_points(file: &[u8]) -> Vec<Point> {
    let (points, _) = file.as_chunks::<48>();
    points
        .iter()
        .map(|bytes| Point::from_compressed(bytes).expect("the shipped file is valid"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::domain::Domain;
    use super::super::ffi::{pairing_check, pairing_product_is_one};
    use super::super::msm::multi_scalar_multiply;
    use super::*;
    use crate::curve::Scalar;

    static MONOMIAL_FILE: &[u8; 48 * WIDTH] =
        include_bytes!("../../../../python/corollup/spec/ceremony/g1_monomial_256.bin");

    #[test]
    fn test_each_power_of_tau_is_tau_times_the_one_before() {
        let powers = decode_points(MONOMIAL_FILE);
        assert_eq!(powers[0], Point::generator());
        for pair in powers.windows(2) {
            assert!(pair[1].is_in_group());
            assert!(pairing_product_is_one(&[
                (pair[1], PointG2::generator()),
                (pair[0].negate(), *tau_g2()),
            ]));
            assert!(pairing_check(&pair[1], &pair[0].negate()));
        }
        assert!(!pairing_product_is_one(&[
            (powers[2], PointG2::generator()),
            (powers[0].negate(), *tau_g2()),
        ]));
    }

    #[test]
    fn test_lagrange_points_are_the_transform_of_the_powers() {
        let powers = decode_points(MONOMIAL_FILE);
        let domain = Domain::get();
        let width_inverse = Scalar::from_u64(WIDTH as u64).inverse();
        for (index, point) in lagrange_points().iter().enumerate() {
            // ℓ_i(X) = 1/256 Σ_j ω^(−ij) X^j
            let coefficients: Vec<Scalar> = (0..WIDTH)
                .map(|j| width_inverse * domain.root(WIDTH - index * j % WIDTH))
                .collect();
            assert_eq!(*point, multi_scalar_multiply(&powers, &coefficients), "{index}");
        }
    }
}
