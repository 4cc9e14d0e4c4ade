//! Both backends are fed the same, and each is compared with sums of blst, one by one.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// 1 .. = count times the generator.
fn multiples(count: usize) -> Vec<Point> {
    let mut sum = Jacobian::default();
    let sums: Vec<Jacobian> = (0..count)
        .map(|_| {
            sum.add(&Point::generator());
            sum
        })
        .collect();
    Jacobian::to_affine_all(&sums)
}

/// (0, 2), a point of order 3 outside the group of prime order.
fn point_with_zero_x() -> Point {
    let mut bytes = [0; 96];
    bytes[95] = 2;
    Point::from_bytes(&bytes).expect("2² = 0³ + 4")
}

fn sums_one_by_one(terms: &[Term<'_, Point>], lengths: &[usize]) -> Vec<Point> {
    Portable.add_few(terms, lengths)
}

/// Compares every backend with blst.
fn check(terms: &[Term<'_, Point>], lengths: &[usize]) {
    let expected = sums_one_by_one(terms, lengths);
    for backend in Backend::available() {
        assert_eq!(sum_terms(*backend, terms, lengths), expected, "{backend}");
    }
}

/// More terms than are added one by one: so many runs of ordinary terms after a test's own.
const FILLER: usize = 64;

fn check_batch(runs: &[Vec<Term<'_, Point>>], ordinary: &[Point]) {
    let mut terms: Vec<Term<'_, Point>> = runs.concat();
    let mut lengths: Vec<usize> = runs.iter().map(Vec::len).collect();
    for pair in ordinary.windows(2).cycle().take(FILLER) {
        terms.extend(pair.iter().map(Term::plus));
        lengths.push(2);
    }
    check(&terms, &lengths);
}

#[test]
fn test_runs_of_every_length_add_up() {
    let points = multiples(300);
    for length in 0..40 {
        let run = points[..length].iter().map(Term::plus).collect();
        check_batch(&[run, vec![], vec![Term::plus(&points[77])]], &points);
    }
    let lengths: Vec<usize> = (0..24).collect();
    let terms: Vec<Term<'_, Point>> = points[..276].iter().map(Term::plus).collect();
    check(&terms, &lengths);
    check(&[], &[0, 0]);
    check(&[], &[]);
}

#[test]
fn test_every_case_of_the_group_law_in_every_lane() {
    let points = multiples(40);
    let infinity = Point::INFINITY;
    let order_three = point_with_zero_x();
    let plus = Term::plus;
    let minus = |point| Term { point, negative: true };
    let (one, two, nine) = (&points[0], &points[1], &points[8]);
    let cases = [
        vec![plus(one), plus(one)],
        vec![plus(one), minus(one)],
        vec![minus(one), minus(one)],
        vec![plus(&infinity), plus(&infinity)],
        vec![minus(&infinity), plus(one)],
        vec![plus(one), plus(&infinity)],
        vec![plus(&order_three), plus(&order_three)],
        vec![plus(&order_three), minus(&order_three)],
        vec![plus(nine), plus(&order_three)],
        vec![plus(one), plus(one), minus(two)],
        vec![plus(one), minus(one), plus(nine)],
        vec![plus(&order_three), plus(&order_three), plus(&order_three)],
        vec![plus(one), minus(one), plus(&infinity), plus(nine), plus(nine)],
    ];
    for case in &cases {
        for lane in 0..8 {
            let mut runs: Vec<Vec<Term<'_, Point>>> =
                (0..16).map(|run| vec![plus(&points[run]), plus(&points[run + 17])]).collect();
            runs[lane] = case.clone();
            runs[15 - lane] = case.clone();
            check_batch(&runs, &points);
        }
    }
    check_batch(&cases, &points);
    // All lanes at once.
    check_batch(&cases.iter().flat_map(|case| vec![case.clone(); 8]).collect::<Vec<_>>(), &points);
}

#[test]
fn test_duplicates_by_the_thousand_add_up() {
    let points = [point_with_zero_x(), Point::generator(), Point::INFINITY];
    for point in &points {
        for lengths in [vec![4096], vec![3; 1000], vec![2047, 1, 2048]] {
            let terms = vec![Term::plus(point); lengths.iter().sum()];
            check(&terms, &lengths);
        }
        let terms: Vec<Term<'_, Point>> =
            (0..4096).map(|index| Term { point, negative: index % 3 == 0 }).collect();
        check(&terms, &[4000, 96]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn test_random_runs_add_up(
        lengths in prop::collection::vec(0..9_usize, 20..120),
        pool in 2..60_usize,
        choices in prop::collection::vec(any::<u16>(), 1000),
    ) {
        // From a small pool, chords that are none come often.
        let mut points = multiples(pool);
        points[0] = Point::INFINITY;
        let terms: Vec<Term<'_, Point>> = choices[..lengths.iter().sum::<usize>().min(1000)]
            .iter()
            .map(|choice| Term {
                point: &points[usize::from(choice >> 1) % pool],
                negative: choice & 1 == 1,
            })
            .collect();
        prop_assume!(terms.len() == lengths.iter().sum::<usize>());
        check(&terms, &lengths);
    }
}

#[test]
fn test_hostile_points_cost_less_than_three_times_the_usual() {
    let points = multiples(2000);
    let usual: Vec<Term<'_, Point>> =
        (0..8192).map(|index| Term::plus(&points[index * 7919 % 2000])).collect();
    let time = |backend: Backend, terms: &[Term<'_, Point>], lengths: &[usize]| {
        let start = Instant::now();
        sum_terms(backend, terms, lengths);
        start.elapsed()
    };
    let equal = vec![Term::plus(&points[5]); 8192];
    let infinite = vec![Term::plus(&Point::INFINITY); 8192];
    let opposite: Vec<Term<'_, Point>> =
        (0..8192).map(|index| Term { point: &points[5], negative: index % 2 == 1 }).collect();
    for backend in Backend::available() {
        for lengths in [vec![8; 1024], vec![8192], vec![1, 8000, 191]] {
            for terms in [&equal, &infinite, &opposite] {
                // Timing: the least of several rounds in turn, more where the machine is busy.
                let mut least = [Duration::MAX; 2];
                for round in 0..50 {
                    for (least, terms) in least.iter_mut().zip([&usual, terms]) {
                        *least = time(*backend, terms, &lengths).min(*least);
                    }
                    if round > 1 && least[1] < 3 * least[0] {
                        break;
                    }
                }
                let [time, hostile] = least;
                assert!(hostile < 3 * time, "{backend}: {hostile:?} against {time:?}");
            }
        }
    }
}
