//! Rounding to values that int8 rows can store, as the engine sees them, while training is in f32.

use super::{LANES, vectorized};
use pupil_core::quant::row_scale_f16;

/// Rounds each row of `k` values to int8 and back, with the scale of [`pupil_core::quant::quantize_rows`].
pub(crate) fn round_rows(values: &mut [f32], k: usize) {
    round_with(values, k, |max| max / 127.0);
}

/// Rounds each row of `k` weights to int8 and back, with the scale of [`pupil_core::quant::quantize_rows_f16`].
pub(crate) fn round_rows_f16(values: &mut [f32], k: usize) {
    round_with(values, k, row_scale_f16);
}

fn round_with(values: &mut [f32], k: usize, scale_of: impl Fn(f32) -> f32) {
    for row in values.chunks_exact_mut(k) {
        let scale = scale_of(largest(row));
        if scale == 0.0 {
            row.fill(0.0);
            continue;
        }
        vectorized(
            #[inline(always)]
            || {
                for v in row {
                    let steps = (*v / scale).round_ties_even().clamp(-127.0, 127.0);
                    // Integers have no NaN and no -0: NaN becomes 0, and adding 0 turns -0 into 0.
                    *v = if steps.is_nan() { 0.0 } else { (steps + 0.0) * scale };
                }
            },
        );
    }
}

/// The largest magnitude, ignoring NaN.
fn largest(row: &[f32]) -> f32 {
    vectorized(
        #[inline(always)]
        || {
            let larger = |max: f32, v: f32| if v.abs() > max { v.abs() } else { max };
            let (blocks, rest) = row.as_chunks::<LANES>();
            let mut lanes = [0.0; LANES];
            for block in blocks {
                for (max, v) in lanes.iter_mut().zip(block) {
                    *max = larger(*max, *v);
                }
            }
            lanes.into_iter().chain(rest.iter().copied()).fold(0.0, larger)
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pupil_core::quant::{quantize_rows, quantize_rows_f16};

    /// The values of a matrix in the engine.
    fn kept((quantized, scale): (Vec<i8>, Vec<f32>), k: usize) -> Vec<u32> {
        let values = quantized.chunks_exact(k).zip(scale);
        values.flat_map(|(row, scale)| row.iter().map(move |q| (f32::from(*q) * scale).to_bits())).collect()
    }

    fn bits(values: &[f32]) -> Vec<u32> {
        values.iter().map(|v| v.to_bits()).collect()
    }

    fn value() -> impl Strategy<Value = f32> {
        prop_oneof![
            8 => -8.0f32..8.0,
            2 => prop_oneof![Just(0.0f32), Just(-0.0), Just(1e-30), Just(-3e-44), Just(f32::NAN)],
            // Ties: an odd number of halves of the scale, where the largest magnitude is 127.
            2 => (-253i16..254).prop_map(|n| f32::from(n) / 2.0),
            1 => Just(127.0f32),
        ]
    }

    proptest! {
        #[test]
        fn rounded_rows_are_what_the_engine_keeps(
            k in 1usize..70,
            values in prop::collection::vec(value(), 70..210),
        ) {
            let whole = &values[..values.len() / k * k];
            let mut rounded = whole.to_vec();
            round_rows(&mut rounded, k);
            prop_assert_eq!(bits(&rounded), kept(quantize_rows(whole, k), k));
            rounded.copy_from_slice(whole);
            round_rows_f16(&mut rounded, k);
            prop_assert_eq!(bits(&rounded), kept(quantize_rows_f16(whole, k), k));
        }
    }

    #[test]
    fn rounded_rows_hold_at_most_255_steps_of_one_scale() {
        let mut row = vec![0.5, -1.27, 0.014, 0.0];
        round_rows(&mut row, 4);
        for (have, want) in row.iter().zip([0.5, -1.27, 0.01, 0.0]) {
            assert!((have - want).abs() < 1e-6, "{have} but {want}");
        }
    }
}
