//! Seeded random numbers: every draw of a run depends only on the recipe's seed.

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The generator of one use of randomness.
#[must_use]
pub fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Fills `values` from N(0, `deviation`²), with the Box-Muller transform.
pub fn normal(values: &mut [f32], deviation: f32, rng: &mut ChaCha8Rng) {
    for pair in values.chunks_mut(2) {
        let (u, v): (f32, f32) = (1.0 - rng.random::<f32>(), rng.random());
        let (radius, angle) = (deviation * (-2.0 * u.ln()).sqrt(), std::f32::consts::TAU * v);
        pair[0] = radius * angle.cos();
        if let Some(second) = pair.get_mut(1) {
            *second = radius * angle.sin();
        }
    }
}

/// Fills `values` uniformly from `-limit..limit`.
pub fn uniform(values: &mut [f32], limit: f32, rng: &mut ChaCha8Rng) {
    values.iter_mut().for_each(|v| *v = rng.random_range(-limit..limit));
}

/// The numbers `0..n` in an order that depends on the seed.
#[must_use]
pub fn permutation(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(&mut generator(seed));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_values_have_the_expected_moments() {
        let mut v = vec![0.0; 100_001];
        normal(&mut v, 2.0, &mut generator(1));
        let mean = v.iter().sum::<f32>() / v.len() as f32;
        let variance = v.iter().map(|x| x * x).sum::<f32>() / v.len() as f32;
        assert!(mean.abs() < 0.03 && (variance - 4.0).abs() < 0.1, "{mean} {variance}");
    }

    #[test]
    fn permutation_has_every_number_once_and_depends_on_the_seed() {
        let mut p = permutation(100, 5);
        assert_eq!(p, permutation(100, 5));
        assert_ne!(p, permutation(100, 6));
        p.sort_unstable();
        assert_eq!(p, (0..100).collect::<Vec<_>>());
    }
}
