//! Rotary positions: each half of a head's queries and keys is one coordinate of points that turn with the position.

use std::ops::Range;

/// Cosines and sines of all positions.
pub struct Rotations {
    /// Half of a head's values.
    half: usize,
    /// `[positions, half]`.
    cosines: Vec<f32>,
    /// `[positions, half]`.
    sines: Vec<f32>,
}

impl Rotations {
    /// Angles of `positions` positions for heads of `width` values: position times `base^(−2i / width)`.
    #[must_use]
    pub fn new(positions: usize, width: usize, base: f32) -> Self {
        let half = width / 2;
        let angles = (0..positions).flat_map(|p| {
            (0..half).map(move |i| p as f64 / f64::from(base).powf(2.0 * i as f64 / width as f64))
        });
        #[expect(clippy::cast_possible_truncation, reason = "a cosine or a sine")]
        let (cosines, sines) = angles.map(|a| (a.cos() as f32, a.sin() as f32)).unzip();
        Self { half, cosines, sines }
    }

    /// Half of a head's values.
    #[must_use]
    pub fn half(&self) -> usize {
        self.half
    }

    /// Cosines and sines of the first `positions` positions, `[positions, half]` each.
    ///
    /// # Panics
    ///
    /// When there are fewer positions.
    #[must_use]
    pub fn first(&self, positions: usize) -> (&[f32], &[f32]) {
        (&self.cosines[..positions * self.half], &self.sines[..positions * self.half])
    }

    /// Rotates the queries and keys in `qkv`, `[tokens, 3 · width]`, by the position of each token in its sequence.
    pub fn rotate(&self, qkv: &mut [f32], sequences: &[Range<usize>], width: usize) {
        self.turn(qkv, sequences, width, 1.0);
    }

    /// Turns gradients of rotated queries and keys into those before the rotation, in place.
    pub fn rotate_backward(&self, dqkv: &mut [f32], sequences: &[Range<usize>], width: usize) {
        self.turn(dqkv, sequences, width, -1.0);
    }

    fn turn(&self, qkv: &mut [f32], sequences: &[Range<usize>], width: usize, direction: f32) {
        let half = self.half;
        for s in sequences {
            for (position, t) in s.clone().enumerate() {
                let cosines = &self.cosines[position * half..(position + 1) * half];
                let sines = &self.sines[position * half..(position + 1) * half];
                let row = &mut qkv[t * 3 * width..t * 3 * width + 2 * width];
                for head in row.chunks_exact_mut(2 * half) {
                    let (a, b) = head.split_at_mut(half);
                    for (((a, b), c), s) in a.iter_mut().zip(b).zip(cosines).zip(sines) {
                        let (x, y, s) = (*a, *b, s * direction);
                        *a = x * c - y * s;
                        *b = y * c + x * s;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_gradient, uniform, weighted};
    use super::*;

    #[test]
    fn gradient_equals_finite_differences_and_values_stay_as_they_are() {
        let (width, sequences) = (8, [0..3, 3..4, 4..9]);
        let rotations = Rotations::new(5, 4, 1000.0);
        let (qkv, dy) = (uniform(9 * 3 * width, 1), uniform(9 * 3 * width, 2));
        let mut rotated = qkv.clone();
        rotations.rotate(&mut rotated, &sequences, width);
        for t in 0..9 {
            let values = t * 3 * width + 2 * width..(t + 1) * 3 * width;
            assert_eq!(rotated[values.clone()], qkv[values]);
        }
        // The first token of each sequence is not rotated.
        assert_eq!(rotated[3 * 3 * width..4 * 3 * width], qkv[3 * 3 * width..4 * 3 * width]);
        let mut dqkv = dy.clone();
        rotations.rotate_backward(&mut dqkv, &sequences, width);
        assert_gradient("dqkv", &qkv, &dqkv, |x| {
            let mut x = x.to_vec();
            rotations.rotate(&mut x, &sequences, width);
            weighted(&x, &dy)
        });
    }

    #[test]
    fn product_of_query_and_key_depends_on_their_distance_alone() {
        let rotations = Rotations::new(9, 4, 10.0);
        let product = |query: usize, key: usize| {
            let mut rows = vec![0.0; 9 * 3 * 4];
            rows[query * 12..query * 12 + 4].copy_from_slice(&[0.3, -0.7, 0.2, 0.9]);
            rows[key * 12 + 4..key * 12 + 8].copy_from_slice(&[0.5, 0.1, -0.4, 0.8]);
            #[expect(clippy::single_range_in_vec_init, reason = "one sequence")]
            rotations.rotate(&mut rows, &[0..9], 4);
            (0..4).map(|i| rows[query * 12 + i] * rows[key * 12 + 4 + i]).sum::<f32>()
        };
        assert!((product(0, 2) - product(6, 8)).abs() < 1e-6);
        assert!((product(0, 2) - product(2, 0)).abs() > 1e-2);
    }
}
