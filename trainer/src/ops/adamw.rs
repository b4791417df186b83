//! AdamW that updates parameters in place, without temporaries.

use super::vectorized;
use candle_core::{CpuStorage, DType, InplaceOp1, Layout, Result, Tensor, Var};
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
    moments: Moments,
}

/// Where the moments are: where the parameter is.
enum Moments {
    Host {
        first: Vec<f32>,
        second: Vec<f32>,
    },
    Device {
        first: Tensor,
        second: Tensor,
        /// 1 for elements that decay, else 0.
        decays: Tensor,
    },
}

impl Slot {
    /// A slot with zero moments.
    ///
    /// # Errors
    ///
    /// When candle cannot place them on the parameter's device.
    pub fn new(var: Var, rate_factor: f64, decayed: Vec<Range<usize>>) -> Result<Self> {
        let n = var.elem_count();
        if !var.device().is_cpu() {
            return Self::on_device(var, rate_factor, decayed);
        }
        let moments = Moments::Host { first: vec![0.0; n], second: vec![0.0; n] };
        Ok(Self { var, rate_factor, decayed, moments })
    }

    /// A slot that computes with candle, on the device of the parameter.
    fn on_device(var: Var, rate_factor: f64, decayed: Vec<Range<usize>>) -> Result<Self> {
        let (n, device) = (var.elem_count(), var.device().clone());
        let mut decays = vec![0f32; n];
        decayed.iter().for_each(|range| decays[range.clone()].fill(1.0));
        let zeros = || Tensor::zeros(n, DType::F32, &device);
        let moments = Moments::Device {
            first: zeros()?,
            second: zeros()?,
            decays: Tensor::from_vec(decays, n, &device)?,
        };
        Ok(Self { var, rate_factor, decayed, moments })
    }

    /// Whether gradients come as tensors, for [`update_on_device`](Self::update_on_device).
    #[must_use]
    pub fn is_on_device(&self) -> bool {
        matches!(self.moments, Moments::Device { .. })
    }

    /// First and second moment, for a checkpoint.
    ///
    /// # Errors
    ///
    /// When candle cannot read them back.
    pub fn moments(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        Ok(match &self.moments {
            Moments::Host { first, second } => (first.clone(), second.clone()),
            Moments::Device { first, second, .. } => (first.to_vec1()?, second.to_vec1()?),
        })
    }

    /// Restores moments from a checkpoint.
    ///
    /// # Errors
    ///
    /// When candle cannot place them on the parameter's device.
    ///
    /// # Panics
    ///
    /// When the lengths differ from the parameter's.
    pub fn set_moments(&mut self, one: Vec<f32>, two: Vec<f32>) -> Result<()> {
        let n = self.var.elem_count();
        assert_eq!((one.len(), two.len()), (n, n), "moments fit the parameter");
        match &mut self.moments {
            Moments::Host { first, second } => (*first, *second) = (one, two),
            Moments::Device { first, second, .. } => {
                let device = self.var.device();
                (*first, *second) = (Tensor::from_vec(one, n, device)?, Tensor::from_vec(two, n, device)?);
            }
        }
        Ok(())
    }

    /// Update number `step` (from 1) as [`update`](Self::update), on the device, with a gradient of the parameter's
    /// number of elements.
    ///
    /// # Errors
    ///
    /// When candle refuses the tensors, or the moments are on the host.
    pub fn update_on_device(
        &mut self,
        gradient: &Tensor,
        gradient_scale: f64,
        rate: f64,
        step: usize,
        s: &Settings,
    ) -> Result<()> {
        let Moments::Device { first, second, decays } = &mut self.moments else {
            candle_core::bail!("adamw: the moments are on the host")
        };
        let rate = rate * self.rate_factor;
        let gradient = (gradient.detach().flatten_all()? * gradient_scale)?;
        *first = ((&*first * s.beta1)? + (&gradient * (1.0 - s.beta1))?)?;
        *second = ((&*second * s.beta2)? + (gradient.sqr()? * (1.0 - s.beta2))?)?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "steps are few")]
        let (one, two) = (1.0 - s.beta1.powi(step as i32), 1.0 - s.beta2.powi(step as i32));
        let root = ((second.sqrt()? * (1.0 / two).sqrt())? + s.epsilon)?;
        let parameter = self.var.as_detached_tensor().flatten_all()?;
        let kept = (&parameter - ((&parameter * &*decays)? * (rate * s.weight_decay))?)?;
        let moved = (kept - ((&*first / root)? * (rate / one))?)?;
        self.var.set(&moved.reshape(self.var.shape())?)
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
        let Moments::Host { first, second } = &mut self.moments else {
            candle_core::bail!("adamw: the moments are on a device")
        };
        if gradient.len() != first.len() {
            candle_core::bail!("adamw: {} parameters but {} gradients", first.len(), gradient.len())
        }
        let moments = RefCell::new((first, second));
        let op = Update { factors: f, decayed: &self.decayed, gradient, moments };
        self.var.as_tensor().inplace_op1(&op)
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
        let mut slot = Slot::new(var, 2.0, vec![0..1, 1..2]).unwrap();
        let other = Var::from_vec(vec![0.5f32, -1.0, 2.0], (3, 1), &Device::Cpu).unwrap();
        let mut composed = Slot::on_device(other, 2.0, vec![0..1, 1..2]).unwrap();
        let settings = Settings { weight_decay: 0.1, ..Settings::default() };
        let (mut p, mut m, mut v) = (p0, [0.0; 3], [0.0; 3]);
        for (i, g) in grads.iter().enumerate() {
            let (step, power) = (i + 1, i32::try_from(i + 1).unwrap());
            slot.update(g, 0.5, 1e-2, step, &settings).unwrap();
            let tensor = Tensor::new(g, &Device::Cpu).unwrap().reshape((3, 1)).unwrap();
            composed.update_on_device(&tensor, 0.5, 1e-2, step, &settings).unwrap();
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
        for var in [&slot.var, &composed.var] {
            for (have, want) in var.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().zip(p) {
                assert!((f64::from(*have) - want).abs() < 1e-6, "{have} but {want}");
            }
        }
        let (first, second) = composed.moments().unwrap();
        let restored = (first.clone(), second.clone());
        composed.set_moments(first, second).unwrap();
        assert_eq!(composed.moments().unwrap(), restored);
    }

    #[test]
    fn gradient_of_another_size_is_refused() {
        let mut slot =
            Slot::new(Var::zeros(3, candle_core::DType::F32, &Device::Cpu).unwrap(), 1.0, vec![]).unwrap();
        let error = slot.update(&[0.0; 4], 1.0, 1e-3, 1, &Settings::default()).unwrap_err().to_string();
        assert!(error.contains("3 parameters but 4 gradients"), "{error}");
    }
}
