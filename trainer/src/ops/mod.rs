//! Numerical kernels of training, each with its backward pass, on plain slices.
//!
//! candle's own layer norm, softmax and dropout carry no gradient or are stubs, and its recurrent layers and
//! AdamW spend most of their time in temporaries. So the encoders of [`crate::model`] are single candle ops
//! that consist of these functions. Each is checked against finite differences and PyTorch.
//!
//! Matrices are row-major. `_backward` functions *add* to gradients of parameters and *overwrite* gradients of
//! activations.

use candle_core::{CpuStorage, Layout, Result, Storage};

pub mod activation;
pub mod adamw;
pub mod attention;
pub mod average;
pub mod dropout;
pub(crate) mod experts;
pub mod gemm;
pub mod lstm;
pub mod norm;
pub mod rope;
pub(crate) mod round;

/// The values in a tensor's storage, for a candle op named `op`.
pub(crate) fn values<'a>(op: &str, storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        candle_core::bail!("{op} takes contiguous values")
    };
    Ok(&storage.as_slice::<f32>()?[start..end])
}

/// [`values`] for the backward pass of an op, which receives tensors instead of storages.
pub(crate) fn held_values<'a>(op: &str, storage: &'a Storage, layout: &Layout) -> Result<&'a [f32]> {
    match storage {
        Storage::Cpu(storage) => values(op, storage, layout),
        _ => candle_core::bail!("{op} runs on the CPU"),
    }
}

/// Compiles `body` for the widest vectors this processor has and runs it.
///
/// The compiler vectorises the loops inside. The closure and the helpers it calls must be `#[inline(always)]`:
/// otherwise they are compiled once, for the oldest supported processor.
#[inline(always)]
pub(crate) fn vectorized<R>(body: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(body)
}

/// Number of interleaved partial sums that lets a reduction be vectorised.
pub(crate) const LANES: usize = 16;

/// Sums `f(i)` over `0..n` in [`LANES`] interleaved partial sums.
#[inline(always)]
pub(crate) fn lane_sum(n: usize, f: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let blocks = n / LANES;
    for b in 0..blocks {
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane += f(b * LANES + l);
        }
    }
    let mut sum: f32 = lanes.iter().sum();
    for i in blocks * LANES..n {
        sum += f(i);
    }
    sum
}

/// Adds `source` to `target`, element by element.
pub(crate) fn add_assign(target: &mut [f32], source: &[f32]) {
    assert_eq!(target.len(), source.len(), "add_assign takes two slices of one length");
    vectorized(
        #[inline(always)]
        || {
            for (t, s) in target.iter_mut().zip(source) {
                *t += s;
            }
        },
    );
}

#[cfg(test)]
pub(crate) mod tests {
    use rand::{Rng, SeedableRng};

    /// Uniform values in `-1..1`.
    pub(crate) fn uniform(n: usize, seed: u64) -> Vec<f32> {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
    }

    /// Compares `analytic` with central differences of `loss` around `x`.
    ///
    /// The loss is summed in f64 by the caller; the step suits f32 inputs of order one.
    pub(crate) fn assert_gradient(name: &str, x: &[f32], analytic: &[f32], loss: impl Fn(&[f32]) -> f64) {
        const STEP: f32 = 4e-3;
        let mut probe = x.to_vec();
        for i in 0..x.len() {
            probe[i] = x[i] + STEP;
            let up = loss(&probe);
            probe[i] = x[i] - STEP;
            let down = loss(&probe);
            probe[i] = x[i];
            let numeric = (up - down) / (2.0 * f64::from(STEP));
            let error = (numeric - f64::from(analytic[i])).abs();
            assert!(
                error <= 2e-3 * (1.0 + numeric.abs()),
                "{name}[{i}]: analytic {} but finite difference {numeric}",
                analytic[i]
            );
        }
    }

    /// The sum of products with fixed weights: a scalar loss with a dense gradient.
    pub(crate) fn weighted(values: &[f32], weights: &[f32]) -> f64 {
        values.iter().zip(weights).map(|(v, w)| f64::from(*v) * f64::from(*w)).sum()
    }
}
