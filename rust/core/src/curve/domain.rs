//! The 256 roots of unity on which a node's scalars are the values of a polynomial.

use std::sync::LazyLock;

use rayon::prelude::*;

use super::ceremony::WIDTH;
use super::scalar::{ProductSum, Scalar};

/// The roots of unity with the inverses that quotients need.
pub struct Domain {
    roots: [Scalar; WIDTH],
    /// `1 / (1 − ω^m)` at m; zero at 0.
    inverses: [Scalar; WIDTH],
}

static DOMAIN: LazyLock<Domain> = LazyLock::new(Domain::new);

impl Domain {
    /// The domain; there is one.
    pub fn get() -> &'static Self {
        &DOMAIN
    }

    fn new() -> Self {
        // ω = 7^((r − 1) / 256): 7 generates the multiplicative group of order r − 1.
        let exponent = {
            let mut minus_one = (Scalar::ZERO - Scalar::from_u64(1)).to_bytes();
            minus_one.rotate_right(1);
            // r − 1 is a multiple of 2^32, so the byte that came to the front is zero.
            minus_one
        };
        let omega = power(Scalar::from_u64(7), &exponent);
        let mut roots = [Scalar::from_u64(1); WIDTH];
        for index in 1..WIDTH {
            roots[index] = roots[index - 1] * omega;
        }
        let mut inverses = roots.map(|root| roots[0] - root);
        invert_all(&mut inverses);
        Self { roots, inverses }
    }

    /// `ω^exponent`.
    pub fn root(&self, exponent: usize) -> Scalar {
        self.roots[exponent % WIDTH]
    }

    #[cfg(test)]
    fn inverse_difference(&self, j: usize, k: usize) -> Scalar {
        self.root(WIDTH - j) * self.inverses[(WIDTH + k - j) % WIDTH]
    }

    /// The values of `Σ (f_k − f_k(ω^k)) / (X − ω^k)` on the domain, from each k with those of f_k.
    pub fn divide_outside(&self, groups: &[(usize, Box<[Scalar; WIDTH]>)]) -> [Scalar; WIDTH] {
        // 1 / (ω^j − ω^k) = ω^(−j) / (1 − ω^(k − j)), so the powers of ω come out of the sums. A
        // quotient's own value at k is −Σ q_j ω^(j − k): there, too, ω^(−k) comes out.
        let minus_one = Scalar::ZERO - Scalar::ONE;
        let zero = || Box::new([ProductSum::default(); WIDTH]);
        let add_group = |mut sums: Box<[ProductSum; WIDTH]>, (k, values): &(usize, Box<_>)| {
            let values: &[Scalar; WIDTH] = values;
            let mut at_k = ProductSum::default();
            for (j, sum) in sums.iter_mut().enumerate() {
                let inverse = self.inverses[(WIDTH + k - j) % WIDTH];
                let product = ProductSum::of(values[j] - values[*k], inverse);
                *sum += product;
                at_k += product;
            }
            sums[*k].add(at_k.reduce(), minus_one);
            sums
        };
        let merge = |mut left: Box<[ProductSum; WIDTH]>, right: Box<[ProductSum; WIDTH]>| {
            left.iter_mut().zip(right.iter()).for_each(|(sum, other)| *sum += *other);
            left
        };
        let sums = groups.par_iter().fold(zero, add_group).reduce(zero, merge);
        core::array::from_fn(|j| sums[j].reduce() * self.root(WIDTH - j))
    }

    /// `1 / (t − ω^k)` for every k; `None` when t is in the domain.
    pub fn inverse_distances(&self, t: Scalar) -> Option<[Scalar; WIDTH]> {
        let mut distances = self.roots.map(|root| t - root);
        if distances.iter().any(Scalar::is_zero) {
            return None;
        }
        invert_all(&mut distances);
        Some(distances)
    }
}

/// Replaces each by its inverse, zero by zero, with one inversion in all.
fn invert_all(scalars: &mut [Scalar]) {
    let mut product = Scalar::from_u64(1);
    let mut products = Vec::with_capacity(scalars.len());
    for scalar in scalars.iter().filter(|scalar| !scalar.is_zero()) {
        products.push(product);
        product = product * *scalar;
    }
    let mut inverse = product.inverse();
    for scalar in scalars.iter_mut().rev().filter(|scalar| !scalar.is_zero()) {
        let before = products.pop().unwrap_or_default();
        let next = inverse * *scalar;
        *scalar = inverse * before;
        inverse = next;
    }
}

fn power(base: Scalar, exponent: &[u8; 32]) -> Scalar {
    let bits = exponent.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1));
    bits.fold(Scalar::from_u64(1), |result, bit| {
        let square = result * result;
        if bit == 1 { square * base } else { square }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_roots_are_256_and_distinct() {
        let domain = Domain::get();
        let one = Scalar::from_u64(1);
        assert_eq!(domain.root(255) * domain.root(1), one);
        assert_eq!(domain.root(128), Scalar::ZERO - one);
    }

    #[test]
    fn test_inverse_differences_invert() {
        let domain = Domain::get();
        for (j, k) in [(0, 1), (1, 0), (3, 255), (200, 17)] {
            let difference = domain.root(j) - domain.root(k);
            assert_eq!(domain.inverse_difference(j, k) * difference, Scalar::from_u64(1));
        }
    }

    #[test]
    fn test_quotient_times_divisor_is_the_polynomial() {
        let domain = Domain::get();
        let values = core::array::from_fn(|i| Scalar::from_u64((i * i * i) as u64 + 5));
        let quotient = domain.divide_outside(&[(9, Box::new(values))]);
        for j in 0..WIDTH {
            let product = quotient[j] * (domain.root(j) - domain.root(9));
            assert_eq!(product + values[9], values[j]);
        }
        // The value at k is that of the polynomial of degree below 255 through the others, so
        // its coefficient of X^255, Σ q_j ω^(j), is zero.
        let top = (0..WIDTH).fold(Scalar::ZERO, |sum, j| sum + quotient[j] * domain.root(j));
        assert!(top.is_zero());
    }

    #[test]
    fn test_quotients_add_up() {
        let domain = Domain::get();
        let group = |k: usize| {
            let value = |j: usize| Scalar::from_u64((j * 7 + k) as u64).inverse();
            (k, Box::new(core::array::from_fn(value)))
        };
        let groups: Vec<_> = [0, 1, 77, 255].map(group).into();
        let sum = domain.divide_outside(&groups);
        let alone: Vec<_> = groups.chunks(1).map(|group| domain.divide_outside(group)).collect();
        for (j, sum) in sum.into_iter().enumerate() {
            assert_eq!(sum, alone.iter().fold(Scalar::ZERO, |sum, quotient| sum + quotient[j]));
        }
    }

    #[test]
    fn test_distances_of_a_root_are_refused() {
        let domain = Domain::get();
        assert!(domain.inverse_distances(domain.root(77)).is_none());
        let distances = domain.inverse_distances(Scalar::from_u64(2)).expect("outside");
        let product = distances[5] * (Scalar::from_u64(2) - domain.root(5));
        assert_eq!(product, Scalar::from_u64(1));
    }
}
