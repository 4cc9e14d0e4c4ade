//! Sums, deltas and products on the curve of the commitments, on each backend of this machine and
//! by blst alone, on one core.
//!
//! blst has no delta from a table of multiples but that of its window method, so that is its peer.

#![allow(missing_docs)]

use std::hint::black_box;

use blst::*;
use corollup_core::curve::ceremony::{WIDTH, lagrange_points};
use corollup_core::curve::fixed_base::{Delta, FixedBase, TableSize};
use corollup_core::curve::msm::multi_scalar_multiply_on;
use corollup_core::curve::sums::sum_points_on;
use corollup_core::curve::{Point, Scalar};
use corollup_core::lanes::Backend;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};

const SCALAR_BITS: usize = 255;

fn scalars(count: usize) -> Vec<Scalar> {
    let mut scalar = Scalar::from_u64(0x1234_5678_9abc_def1);
    let next = |_| {
        scalar = scalar * scalar + Scalar::ONE;
        scalar
    };
    (0..count).map(next).collect()
}

fn points(count: usize) -> Vec<Point> {
    let deltas: Vec<[Delta; 1]> =
        (0..=u8::MAX).cycle().zip(scalars(count)).map(|delta| [delta]).collect();
    let changes: Vec<(Point, &[Delta])> =
        deltas.iter().map(|deltas| (Point::INFINITY, &deltas[..])).collect();
    FixedBase::get(TableSize::Medium).update(&changes)
}

fn to_blst(points: &[Point]) -> Vec<blst_p1_affine> {
    let decode = |point: &Point| {
        let mut decoded = blst_p1_affine::default();
        let bytes = point.to_compressed();
        // SAFETY: blst reads the 48 bytes and writes the point.
        let result = unsafe { blst_p1_uncompress(&mut decoded, bytes.as_ptr()) };
        assert_eq!(result, BLST_ERROR::BLST_SUCCESS);
        decoded
    };
    points.iter().map(decode).collect()
}

fn to_le_bytes(scalars: &[Scalar]) -> Vec<u8> {
    let bytes = |scalar: &Scalar| {
        let mut bytes = scalar.to_bytes();
        bytes.reverse();
        bytes
    };
    scalars.iter().flat_map(bytes).collect()
}

/// A group whose throughput is in `count` things; all on one thread, as blst is.
fn group<'a>(c: &'a mut Criterion, name: &str, count: usize) -> BenchmarkGroup<'a, WallTime> {
    // Refused when it is there already.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap_or_default();
    let mut group = c.benchmark_group(name);
    group.sample_size(10).throughput(Throughput::Elements(count as u64));
    group
}

fn add(c: &mut Criterion) {
    const RUN: usize = 16;
    for count in [64, 2048] {
        let points = points(count * RUN);
        let lists: Vec<&[Point]> = points.chunks_exact(RUN).collect();
        let mut group = group(c, &format!("curve add, {count} sums of {RUN}"), count * (RUN - 1));
        for backend in Backend::available() {
            group.bench_function(backend.name(), |b| b.iter(|| sum_points_on(*backend, &lists)));
        }
        let peer = to_blst(&points);
        let lists = [peer.as_ptr(), core::ptr::null()];
        group.bench_function("blst, all in one sum", |b| {
            b.iter(|| {
                let mut sum = blst_p1::default();
                // SAFETY: the first list has all the points, for the second is null.
                unsafe { blst_p1s_add(&mut sum, lists.as_ptr(), peer.len()) };
                sum
            });
        });
        group.finish();
    }
}

fn delta(c: &mut Criterion) {
    const COUNT: usize = 2048;
    let before = points(1)[0];
    let deltas: Vec<[Delta; 1]> =
        (0..=u8::MAX).cycle().zip(scalars(COUNT)).map(|delta| [delta]).collect();
    let changes: Vec<(Point, &[Delta])> =
        deltas.iter().map(|deltas| (before, &deltas[..])).collect();
    let scalars = to_le_bytes(&scalars(COUNT));
    for (size, bits) in [(TableSize::Medium, 8), (TableSize::Large, 10)] {
        let base = FixedBase::get(size);
        base.warm_up();
        let mut group = group(c, &format!("curve delta, {bits} bits"), COUNT);
        for backend in Backend::available() {
            group.bench_function(backend.name(), |b| {
                b.iter(|| base.update_on(*backend, &changes));
            });
        }
        let table = window_table(&lagrange_points()[..1], bits);
        group.bench_function("blst, one point's windows", |b| {
            b.iter(|| {
                for scalar in scalars.chunks_exact(32) {
                    black_box(multiply(&table, bits, 1, scalar));
                }
            });
        });
        group.finish();
    }
}

fn commit(c: &mut Criterion) {
    let base = FixedBase::get(TableSize::Medium);
    base.warm_up();
    let scalars = scalars(WIDTH);
    let vector: &[Scalar; WIDTH] = scalars.as_slice().try_into().expect("256 of them");
    let mut group = group(c, "curve commit, 8 bits", 1);
    for backend in Backend::available() {
        group.bench_function(backend.name(), |b| b.iter(|| base.commit_on(*backend, vector)));
    }
    let table = window_table(lagrange_points(), 8);
    let scalars = to_le_bytes(&scalars);
    group.bench_function("blst, windows of all points", |b| {
        b.iter(|| multiply(&table, 8, WIDTH, &scalars));
    });
    group.finish();
}

/// blst's table of windows for points.
fn window_table(points: &[Point], bits: usize) -> Vec<blst_p1_affine> {
    let points = to_blst(points);
    let lists = [points.as_ptr(), core::ptr::null()];
    // SAFETY: the table is as long as blst says; the first list has all the points.
    unsafe {
        let size = blst_p1s_mult_wbits_precompute_sizeof(bits, points.len());
        let mut table = vec![blst_p1_affine::default(); size / size_of::<blst_p1_affine>()];
        blst_p1s_mult_wbits_precompute(table.as_mut_ptr(), bits, lists.as_ptr(), points.len());
        table
    }
}

fn multiply(table: &[blst_p1_affine], bits: usize, count: usize, scalars: &[u8]) -> blst_p1 {
    let lists = [scalars.as_ptr(), core::ptr::null()];
    let mut product = blst_p1::default();
    // SAFETY: the table is that of `count` points and `bits` bits, and there are as many scalars;
    // the working space is as long as blst says.
    unsafe {
        let mut space = vec![0_u64; blst_p1s_mult_wbits_scratch_sizeof(count) / 8];
        blst_p1s_mult_wbits(
            &mut product,
            table.as_ptr(),
            bits,
            count,
            lists.as_ptr(),
            SCALAR_BITS,
            space.as_mut_ptr(),
        );
    }
    product
}

fn product(c: &mut Criterion) {
    for count in [500, 2_000, 20_000] {
        let (points, scalars) = (points(count), scalars(count));
        let mut group = group(c, &format!("curve product of {count}"), count);
        for backend in Backend::available() {
            group.bench_function(backend.name(), |b| {
                b.iter(|| multi_scalar_multiply_on(*backend, &points, &scalars));
            });
        }
        let (peer, scalars) = (to_blst(&points), to_le_bytes(&scalars));
        group.bench_function("blst", |b| {
            b.iter(|| {
                let points = [peer.as_ptr(), core::ptr::null()];
                let scalars = [scalars.as_ptr(), core::ptr::null()];
                let mut sum = blst_p1::default();
                // SAFETY: the first lists have all points and scalars, for the second are null;
                // the working space is as long as blst says.
                unsafe {
                    let size = blst_p1s_mult_pippenger_scratch_sizeof(count) / 8;
                    let mut space = vec![0_u64; size];
                    blst_p1s_mult_pippenger(
                        &mut sum,
                        points.as_ptr(),
                        count,
                        scalars.as_ptr(),
                        SCALAR_BITS,
                        space.as_mut_ptr(),
                    );
                }
                sum
            });
        });
        group.finish();
    }
}

criterion_group!(benches, add, delta, commit, product);
criterion_main!(benches);
