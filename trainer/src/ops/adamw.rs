//! AdamW that updates parameters in place, without temporaries.

use super::vectorized;
use candle_core::{CpuStorage, InplaceOp1, Layout, Result, Tensor, Var};
use rayon::prelude::*;
use std::cell::RefCell;
use std::ops::Range;

/// Settings that hold for a whole run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay, multiplied by the learning rate.
    pub weight_decay: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.01 }
    }
}

/// One parameter with its moments.
pub struct Slot {
    /// The parameter.
    pub var: Var,
    /// Factor on the learning rate of this parameter.
    pub rate_factor: f64,
    /// Elements that decay: matrices do, biases and norms do not.
    pub decayed: Vec<Range<usize>>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl Slot {
    /// A slot with zero moments.
    #[must_use]
    pub fn new(var: Var, rate_factor: f64, decayed: Vec<Range<usize>>) -> Self {
        let n = var.elem_count();
        Self { var, rate_factor, decayed, first: vec![0.0; n], second: vec![0.0; n] }
    }

    /// First and second moment, for a checkpoint.
    #[must_use]
    pub fn moments(&self) -> (&[f32], &[f32]) {
        (&self.first, &self.second)
    }

    /// Restores moments from a checkpoint.
    ///
    /// # Panics
    ///
    /// When the lengths differ from the parameter's.
    pub fn set_moments(&mut self, first: Vec<f32>, second: Vec<f32>) {
        assert_eq!(
            (first.len(), second.len()),
            (self.first.len(), self.second.len()),
            "moments fit the parameter"
        );
        (self.first, self.second) = (first, second);
    }

    /// Makes update number `step` (from 1) with the gradient times `gradient_scale`.
    ///
    /// # Errors
    ///
    /// When candle refuses the tensors, for instance a gradient of another shape.
    pub fn update(
        &mut self,
        gradient: &[f32],
        gradient_scale: f64,
        rate: f64,
        step: usize,
        s: &Settings,
    ) -> Result<()> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "steps and factors are small"
        )]
        let f = Factors {
            gradient_scale: gradient_scale as f32,
            beta1: s.beta1 as f32,
            rest1: (1.0 - s.beta1) as f32,
            beta2: s.beta2 as f32,
            rest2: (1.0 - s.beta2) as f32,
            rate: (rate * self.rate_factor / (1.0 - s.beta1.powi(step as i32))) as f32,
            second_correction: (1.0 / (1.0 - s.beta2.powi(step as i32))).sqrt() as f32,
            epsilon: s.epsilon as f32,
            keep: (1.0 - rate * self.rate_factor * s.weight_decay) as f32,
        };
        if gradient.len() != self.first.len() {
            candle_core::bail!("adamw: {} parameters but {} gradients", self.first.len(), gradient.len())
        }
        let moments = RefCell::new((&mut self.first, &mut self.second));
        let op = Update { factors: f, decayed: &self.decayed, gradient, moments };
        if self.var.device().is_cpu() {
            self.var.as_tensor().inplace_op1(&op)
        } else {
            // The moments are on the host; an update on the device would use the same formula.
            let shape = self.var.shape().clone();
            let mut parameter = self.var.flatten_all()?.to_vec1::<f32>()?;
            op.apply(&mut parameter);
            self.var.set(&Tensor::from_vec(parameter, shape, self.var.device())?)
        }
    }
}

#[derive(Clone, Copy)]
struct Factors {
    gradient_scale: f32,
    beta1: f32,
    /// 1 − β₁, subtracted before rounding: in f32, 1 − 0.999 is off by 1e-5 of its value.
    rest1: f32,
    beta2: f32,
    rest2: f32,
    rate: f32,
    second_correction: f32,
    epsilon: f32,
    keep: f32,
}

struct Update<'a> {
    factors: Factors,
    decayed: &'a [Range<usize>],
    gradient: &'a [f32],
    moments: RefCell<(&'a mut Vec<f32>, &'a mut Vec<f32>)>,
}

impl Update<'_> {
    fn apply(&self, parameter: &mut [f32]) {
        const CHUNK: usize = 1 << 16;
        let f = self.factors;
        for range in self.decayed {
            parameter[range.clone()].par_chunks_mut(CHUNK).for_each(|p| {
                vectorized(
                    #[inline(always)]
                    || p.iter_mut().for_each(|v| *v *= f.keep),
                );
            });
        }
        let mut moments = self.moments.borrow_mut();
        let (first, second) = &mut *moments;
        parameter
            .par_chunks_mut(CHUNK)
            .zip(first.par_chunks_mut(CHUNK))
            .zip(second.par_chunks_mut(CHUNK))
            .zip(self.gradient.par_chunks(CHUNK))
            .for_each(|(((p, m), v), g)| {
                vectorized(
                    #[inline(always)]
                    || {
                        for (((p, m), v), g) in p.iter_mut().zip(m).zip(v).zip(g) {
                            let g = g * f.gradient_scale;
                            *m = f.beta1 * *m + f.rest1 * g;
                            *v = f.beta2 * *v + f.rest2 * g * g;
                            *p -= f.rate * *m / (v.sqrt() * f.second_correction + f.epsilon);
                        }
                    },
                );
            });
    }
}

impl InplaceOp1 for Update<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> Result<()> {
        let (CpuStorage::F32(parameter), Some((start, end))) = (storage, layout.contiguous_offsets()) else {
            candle_core::bail!("adamw takes contiguous f32 parameters")
        };
        self.apply(&mut parameter[start..end]);
        Ok(())
    }
}

/// Sum of the squares of a gradient; the same on any number of threads.
#[must_use]
pub fn squared_norm(gradient: &[f32]) -> f64 {
    const CHUNK: usize = 1 << 14;
    let parts: Vec<f64> = gradient
        .par_chunks(CHUNK)
        .map(|c| {
            f64::from(vectorized(
                #[inline(always)]
                || super::lane_sum(c.len(), |i| c[i] * c[i]),
            ))
        })
        .collect();
    parts.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn two_steps_equal_the_formula_worked_in_f64() {
        let (p0, grads) = ([0.5f64, -1.0, 2.0], [[0.1f32, -0.2, 0.0], [0.3, 0.1, -0.4]]);
        let start = vec![0.5f32, -1.0, 2.0];
        let var = Var::from_vec(start, 3, &Device::Cpu).unwrap();
        let mut slot = Slot::new(var, 2.0, vec![0..1, 1..2]);
        let settings = Settings { weight_decay: 0.1, ..Settings::default() };
        let (mut p, mut m, mut v) = (p0, [0.0; 3], [0.0; 3]);
        for (i, g) in grads.iter().enumerate() {
            let (step, power) = (i + 1, i32::try_from(i + 1).unwrap());
            slot.update(g, 0.5, 1e-2, step, &settings).unwrap();
            for j in 0..3 {
                let (rate, g) = (2e-2, f64::from(g[j]) * 0.5);
                if j < 2 {
                    p[j] *= 1.0 - rate * 0.1;
                }
                m[j] = 0.9 * m[j] + 0.1 * g;
                v[j] = 0.999 * v[j] + 0.001 * g * g;
                let (mh, vh) = (m[j] / (1.0 - 0.9f64.powi(power)), v[j] / (1.0 - 0.999f64.powi(power)));
                p[j] -= rate * mh / (vh.sqrt() + 1e-8);
            }
        }
        for (have, want) in slot.var.to_vec1::<f32>().unwrap().iter().zip(p) {
            assert!((f64::from(*have) - want).abs() < 1e-6, "{have} but {want}");
        }
    }

    #[test]
    fn gradient_of_another_size_is_refused() {
        let mut slot = Slot::new(Var::zeros(3, candle_core::DType::F32, &Device::Cpu).unwrap(), 1.0, vec![]);
        let error = slot.update(&[0.0; 4], 1.0, 1e-3, 1, &Settings::default()).unwrap_err().to_string();
        assert!(error.contains("3 parameters but 4 gradients"), "{error}");
    }
}
