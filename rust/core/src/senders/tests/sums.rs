use super::super::msm::multi_scalar_multiply;
use super::super::point::{Jacobian, Point};
use super::super::scalar::Short;
use super::super::sums::sum_runs;
use super::random;
use crate::lanes::Backend;
use crate::lanes::runs::Term;

/// G, 2G, 3G, …
fn multiples(count: usize) -> Vec<Point> {
    let sums = (0..count).scan(Jacobian::INFINITY, |sum, _| {
        *sum = sum.add(&Point::GENERATOR);
        Some(sum.to_affine())
    });
    sums.collect()
}

/// One by one.
fn sum(points: &[Point]) -> Point {
    points.iter().fold(Jacobian::INFINITY, |sum, point| sum.add(point)).to_affine()
}

fn assert_runs(runs: &[Vec<Point>]) {
    let points = runs.concat();
    let lengths: Vec<usize> = runs.iter().map(Vec::len).collect();
    let expected: Vec<Point> = runs.iter().map(|run| sum(run)).collect();
    for backend in Backend::available() {
        let terms: Vec<_> = points.iter().map(Term::plus).collect();
        let sums = sum_runs(*backend, &terms, &lengths);
        assert_eq!(sums, expected, "{backend}");
    }
}

#[test]
fn test_runs_of_every_length_add_up() {
    let multiples = multiples(40);
    let runs: Vec<_> = (0..40).map(|length| multiples[..length].to_vec()).collect();
    assert_runs(&runs);
    assert_runs(&[]);
    assert_runs(&[vec![], vec![]]);
}

#[test]
fn test_every_case_of_the_group_law_in_every_place() {
    let points = multiples(3);
    let (one, two, infinity) = (points[0], points[1], Point::INFINITY);
    let cases = [
        [one, one],
        [one, -one],
        [infinity, infinity],
        [infinity, one],
        [one, infinity],
        [two, one],
        [-two, -two],
    ];
    for case in cases {
        for place in 0..19 {
            let mut runs: Vec<_> = (0..19).map(|_| vec![two, one]).collect();
            runs[place] = case.to_vec();
            assert_runs(&runs);
        }
        assert_runs(&vec![case.to_vec(); 19]);
        assert_runs(&[case.repeat(37)]);
    }
}

#[test]
fn test_equal_and_opposite_points_by_the_thousand_add_up() {
    let point = multiples(5)[4];
    assert_runs(&[vec![point; 1024], vec![-point; 1000], [point, -point].repeat(500)]);
}

fn assert_multiplied(points: &[Point], scalars: &[Short]) {
    let product = |(point, scalar): (&Point, &Short)| {
        let bits = (0..128).rev().map(|bit| scalar.magnitude >> bit & 1 == 1);
        let point = if scalar.is_negative { -*point } else { *point };
        let add = |sum: Jacobian, bit| if bit { sum.double().add(&point) } else { sum.double() };
        bits.fold(Jacobian::INFINITY, add).to_affine()
    };
    let expected = sum(&points.iter().zip(scalars).map(product).collect::<Vec<_>>());
    for backend in Backend::available() {
        assert_eq!(multi_scalar_multiply(*backend, points, scalars), expected, "{backend}");
    }
}

fn random_shorts(count: usize) -> Vec<Short> {
    let short = |seed: usize| {
        let bytes = random(seed as u64);
        let magnitude = bytes[..16].iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        Short { magnitude, is_negative: bytes[31] & 1 == 1 }
    };
    (0..count).map(short).collect()
}

#[test]
fn test_products_add_up_for_every_window_size() {
    for count in [0, 1, 2, 99, 100, 400, 800, 3000] {
        assert_multiplied(&multiples(count), &random_shorts(count));
    }
}

#[test]
fn test_scalars_at_their_bounds() {
    let bound = |magnitude| [false, true].map(|is_negative| Short { magnitude, is_negative });
    let top = 1_u128 << 127;
    let scalars = [0, 1, 7, 8, 9, top - 1, top, top + 1, u128::MAX - 1, u128::MAX].map(bound);
    assert_multiplied(&multiples(20), &scalars.concat());
    assert_multiplied(&vec![Point::GENERATOR; 500], &vec![bound(u128::MAX)[0]; 500]);
}

#[test]
fn test_equal_points_opposite_points_and_infinity() {
    let scalars = random_shorts(300);
    let points = multiples(3);
    let (one, two) = (points[0], points[1]);
    assert_multiplied(&vec![two; 300], &scalars);
    assert_multiplied(&vec![two; 300], &vec![scalars[0]; 300]);
    assert_multiplied(&[one, -one].repeat(150), &vec![scalars[0]; 300]);
    assert_multiplied(&vec![Point::INFINITY; 300], &scalars);
    assert_multiplied(&[Point::INFINITY, two].repeat(150), &scalars);
}
