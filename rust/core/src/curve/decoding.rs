//! Points from bytes, many at a time.

use rayon::prelude::*;

use super::ffi::{Point, PointError};
use crate::lanes::{self, Backend};

/// Points that one thread decodes at a time.
const BLOCK: usize = 512;

/// [`Point::from_bytes`] of each; or the error of the first that fails, and its index.
pub fn decode_points(bytes: &[[u8; 96]]) -> Result<Vec<Point>, (usize, PointError)> {
    decode_points_on(lanes::backend(), bytes)
}

/// [`decode_points`] on a backend.
pub fn decode_points_on(
    backend: Backend,
    bytes: &[[u8; 96]],
) -> Result<Vec<Point>, (usize, PointError)> {
    let blocks: Vec<Vec<Point>> = bytes
        .par_chunks(BLOCK)
        .enumerate()
        .map(|(block, bytes)| {
            decode_block(backend, bytes).map_err(|(index, error)| (block * BLOCK + index, error))
        })
        // All of them, for the first error must not depend on the threads.
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Result<_, _>>()?;
    Ok(blocks.concat())
}

fn decode_block(backend: Backend, bytes: &[[u8; 96]]) -> Result<Vec<Point>, (usize, PointError)> {
    let mut points = Vec::with_capacity(bytes.len());
    let (eights, _) = bytes.as_chunks::<8>();
    #[cfg(target_arch = "x86_64")]
    if let Some(features) = backend.features() {
        for eight in eights {
            // Where one is no point, the rest is decoded one by one, to say which and why.
            let Some(decoded) = lanes::decode_bls12(features, eight) else { break };
            points.extend(decoded);
        }
    }
    let _ = (backend, eights);
    for (index, bytes) in bytes.iter().enumerate().skip(points.len()) {
        points.push(Point::from_bytes(bytes).map_err(|error| (index, error))?);
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::super::ceremony::lagrange_points;
    use super::*;

    /// Each backend's answer, which must be the same.
    fn decode(bytes: &[[u8; 96]]) -> Result<Vec<Point>, (usize, PointError)> {
        let one_by_one: Result<Vec<Point>, _> = bytes
            .iter()
            .enumerate()
            .map(|(index, bytes)| Point::from_bytes(bytes).map_err(|error| (index, error)))
            .collect();
        for backend in Backend::available() {
            assert_eq!(decode_points_on(*backend, bytes), one_by_one, "{backend}");
        }
        one_by_one
    }

    fn valid() -> Vec<[u8; 96]> {
        let mut bytes: Vec<[u8; 96]> =
            lagrange_points().iter().map(|point| point.to_bytes()).collect();
        bytes[3] = [0; 96];
        // (0, 2) and (0, −2), outside the group.
        bytes[9] = [0; 96];
        bytes[9][95] = 2;
        bytes[10] = Point::from_bytes(&bytes[9]).expect("on the curve").negate().to_bytes();
        bytes
    }

    #[test]
    fn test_points_of_the_curve_are_decoded() {
        let bytes = valid();
        for count in [0, 1, 7, 8, 9, 64, 256] {
            assert_eq!(decode(&bytes[..count]).map(|points| points.len()), Ok(count));
        }
        let many = [bytes.clone(), bytes.clone(), bytes].concat();
        assert_eq!(decode(&many).map(|points| points.len()), Ok(768));
    }

    #[test]
    fn test_what_is_no_point_is_found_in_every_lane() {
        /// p, big-endian.
        const MODULUS: [u8; 48] = {
            let mut bytes = [0xff; 48];
            let words: [u64; 6] = [
                0x1a01_11ea_397f_e69a,
                0x4b1b_a7b6_434b_acd7,
                0x6477_4b84_f385_12bf,
                0x6730_d2a0_f6b0_f624,
                0x1eab_fffe_b153_ffff,
                0xb9fe_ffff_ffff_aaab,
            ];
            let mut i = 0;
            while i < 48 {
                bytes[i] = words[i / 8].to_be_bytes()[i % 8];
                i += 1;
            }
            bytes
        };
        for lane in 0..17 {
            let mut off_curve = valid()[..17].to_vec();
            off_curve[lane][95] ^= 1;
            assert_eq!(decode(&off_curve), Err((lane, PointError::NotOnCurve)));
            for half in [0, 48] {
                for coordinate in [MODULUS, [0xff; 48]] {
                    let mut bytes = valid()[..17].to_vec();
                    bytes[lane][half..half + 48].copy_from_slice(&coordinate);
                    assert_eq!(decode(&bytes), Err((lane, PointError::NotCanonical)));
                }
            }
        }
        let mut bytes = [valid(), valid(), valid()].concat();
        bytes[700] = [1; 96];
        bytes[500] = [0xff; 96];
        assert_eq!(decode(&bytes), Err((500, PointError::NotCanonical)));
    }
}
