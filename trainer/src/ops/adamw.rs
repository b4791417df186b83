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
    moments: Moments,
}

/// First and second moment of a parameter, where the parameter is.
enum Moments {
    Host { first: Vec<f32>, second: Vec<f32> },
    Device { first: Tensor, second: Tensor, decayed: Tensor },
}

/// The gradient of a parameter.
pub enum Gradient {
    /// On the host.
    Host(Vec<f32>),
    /// On the device of the parameter, in one dimension.
    Device(Tensor),
}

impl Gradient {
    /// Adds another gradient of the same parameter.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn add(&mut self, other: Self) -> Result<()> {
        let on = |values: Vec<f32>, device: &candle_core::Device| {
            Tensor::from_slice(&values, values.len(), device)
        };
        *self = match (std::mem::replace(self, Self::Host(Vec::new())), other) {
            (Self::Host(mut sum), Self::Host(values)) => {
                super::add_assign(&mut sum, &values);
                Self::Host(sum)
            }
            (Self::Device(sum), Self::Device(values)) => Self::Device((sum + values)?),
            (Self::Device(sum), Self::Host(values)) | (Self::Host(values), Self::Device(sum)) => {
                let values = on(values, sum.device())?;
                Self::Device((sum + values)?)
            }
        };
        Ok(())
    }

    /// Sum of the squares.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn squared_norm(&self) -> Result<f64> {
        match self {
            Self::Host(values) => Ok(squared_norm(values)),
            Self::Device(values) => Ok(f64::from(values.sqr()?.sum_all()?.to_scalar::<f32>()?)),
        }
    }

    /// Sets the gradient to 0 outside of a range.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn keep_only(&mut self, kept: &Range<usize>) -> Result<()> {
        match self {
            Self::Host(values) => {
                values[..kept.start].fill(0.0);
                values[kept.end..].fill(0.0);
            }
            Self::Device(values) => {
                let zeros = |n: usize| Tensor::zeros(n, values.dtype(), values.device());
                let part = values.narrow(0, kept.start, kept.len())?;
                *values =
                    Tensor::cat(&[zeros(kept.start)?, part, zeros(values.elem_count() - kept.end)?], 0)?;
            }
        }
        Ok(())
    }

    /// Number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Host(values) => values.len(),
            Self::Device(values) => values.elem_count(),
        }
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Slot {
    /// A slot with zero moments.
    ///
    /// # Errors
    ///
    /// When candle cannot place the moments on the parameter's device.
    pub fn new(var: Var, rate_factor: f64, decayed: Vec<Range<usize>>) -> Result<Self> {
        let n = var.elem_count();
        let mut slot = Self {
            var,
            rate_factor,
            decayed,
            moments: Moments::Host { first: Vec::new(), second: Vec::new() },
        };
        slot.set_moments(vec![0.0; n], vec![0.0; n])?;
        Ok(slot)
    }

    /// First and second moment, for a checkpoint.
    ///
    /// # Errors
    ///
    /// When candle cannot read them from a device.
    pub fn moments(&self) -> Result<(Vec<f32>, Vec<f32>)> {
        match &self.moments {
            Moments::Host { first, second } => Ok((first.clone(), second.clone())),
            Moments::Device { first, second, .. } => Ok((first.to_vec1()?, second.to_vec1()?)),
        }
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
    pub fn set_moments(&mut self, first: Vec<f32>, second: Vec<f32>) -> Result<()> {
        let n = self.var.elem_count();
        assert_eq!((first.len(), second.len()), (n, n), "moments fit the parameter");
        let device = self.var.device();
        self.moments = if device.is_cpu() {
            Moments::Host { first, second }
        } else {
            let mut decayed = vec![0f32; n];
            self.decayed.iter().for_each(|range| decayed[range.clone()].fill(1.0));
            let on_device = |values: Vec<f32>| Tensor::from_vec(values, n, device);
            Moments::Device {
                first: on_device(first)?,
                second: on_device(second)?,
                decayed: on_device(decayed)?,
            }
        };
        Ok(())
    }

    /// Makes update number `step` (from 1) with the gradient times `gradient_scale`.
    ///
    /// # Errors
    ///
    /// When candle refuses the tensors, for instance a gradient of another shape.
    pub fn update(
        &mut self,
        gradient: &Gradient,
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
        let parameters = self.var.elem_count();
        if gradient.len() != parameters {
            candle_core::bail!("adamw: {parameters} parameters but {} gradients", gradient.len())
        }
        match (&mut self.moments, gradient) {
            (Moments::Host { first, second }, Gradient::Host(gradient)) => {
                let moments = RefCell::new((first, second));
                let op = Update { factors: f, decayed: &self.decayed, gradient, moments };
                self.var.as_tensor().inplace_op1(&op)
            }
            (Moments::Device { first, second, decayed }, gradient) => {
                let gradient = match gradient {
                    Gradient::Device(gradient) => gradient.clone(),
                    Gradient::Host(values) => Tensor::from_slice(values, parameters, self.var.device())?,
                };
                let parameter = self.var.as_tensor().detach().flatten_all()?;
                let updated = f.apply(&parameter, &gradient, first, second, decayed)?;
                self.var.set(&updated.reshape(self.var.shape())?)
            }
            (Moments::Host { .. }, Gradient::Device(_)) => {
                candle_core::bail!("adamw: the parameter is on the CPU, its gradient is not")
            }
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

impl Factors {
    /// The update as tensor operations, for parameters on a device: the parameter after it. The moments are replaced.
    fn apply(
        &self,
        parameter: &Tensor,
        gradient: &Tensor,
        first: &mut Tensor,
        second: &mut Tensor,
        decayed: &Tensor,
    ) -> Result<Tensor> {
        let gradient = (gradient * f64::from(self.gradient_scale))?;
        *first = ((&*first * f64::from(self.beta1))? + (&gradient * f64::from(self.rest1))?)?;
        *second = ((&*second * f64::from(self.beta2))? + (gradient.sqr()? * f64::from(self.rest2))?)?;
        let root = second.sqrt()?.affine(f64::from(self.second_correction), f64::from(self.epsilon))?;
        let step = (first.div(&root)? * f64::from(self.rate))?;
        let kept = decayed.affine(f64::from(self.keep - 1.0), 1.0)?;
        (parameter * kept)? - step
    }
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
        let settings = Settings { weight_decay: 0.1, ..Settings::default() };
        let (mut p, mut m, mut v) = (p0, [0.0; 3], [0.0; 3]);
        for (i, g) in grads.iter().enumerate() {
            let (step, power) = (i + 1, i32::try_from(i + 1).unwrap());
            slot.update(&Gradient::Host(g.to_vec()), 0.5, 1e-2, step, &settings).unwrap();
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
    fn update_by_tensor_operations_equals_the_one_in_place() {
        let at = |values: &[f32]| Tensor::new(values, &Device::Cpu).unwrap();
        let (start, settings) =
            ([0.5f32, -1.0, 2.0, 0.1], Settings { weight_decay: 0.1, ..Settings::default() });
        let mut slot = Slot::new(Var::from_tensor(&at(&start)).unwrap(), 1.0, vec![1..2, 2..3]).unwrap();
        let (mut first, mut second, decayed) = (at(&[0.0; 4]), at(&[0.0; 4]), at(&[0.0, 1.0, 1.0, 0.0]));
        let mut parameter = at(&start);
        for step in 1..4usize {
            let gradient: Vec<f32> = (0..4u8).map(|i| (f32::from(i) - 1.5) / step as f32).collect();
            let power = i32::try_from(step).unwrap();
            #[expect(clippy::cast_possible_truncation, reason = "factors in f32, as in an update")]
            let factors = Factors {
                gradient_scale: 0.5,
                beta1: 0.9,
                rest1: 0.1,
                beta2: 0.999,
                rest2: (1.0 - 0.999f64) as f32,
                rate: (1e-2 / (1.0 - 0.9f64.powi(power))) as f32,
                second_correction: (1.0 / (1.0 - 0.999f64.powi(power))).sqrt() as f32,
                epsilon: 1e-8,
                keep: (1.0 - 1e-2 * 0.1f64) as f32,
            };
            parameter = factors.apply(&parameter, &at(&gradient), &mut first, &mut second, &decayed).unwrap();
            slot.update(&Gradient::Host(gradient), 0.5, 1e-2, step, &settings).unwrap();
        }
        let (have, want) = (parameter.to_vec1::<f32>().unwrap(), slot.var.to_vec1::<f32>().unwrap());
        let (m, v) = slot.moments().unwrap();
        assert!(have.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-6), "{have:?} but {want:?}");
        for (have, want) in [(first, m), (second, v)] {
            let have = have.to_vec1::<f32>().unwrap();
            assert!(have.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-6), "{have:?} but {want:?}");
        }
    }

    #[test]
    fn range_outside_of_which_a_gradient_is_0() {
        let values = vec![1.0f32, 2.0, 3.0, 4.0];
        let mut on_device = Gradient::Device(Tensor::new(&values[..], &Device::Cpu).unwrap());
        let mut on_host = Gradient::Host(values);
        for gradient in [&mut on_device, &mut on_host] {
            assert!((gradient.squared_norm().unwrap() - 30.0).abs() < 1e-6);
            gradient.keep_only(&(1..3)).unwrap();
            assert!((gradient.squared_norm().unwrap() - 13.0).abs() < 1e-6);
            assert_eq!(gradient.len(), 4);
        }
    }

    #[test]
    fn gradient_of_another_size_is_refused() {
        let var = Var::zeros(3, candle_core::DType::F32, &Device::Cpu).unwrap();
        let mut slot = Slot::new(var, 1.0, vec![]).unwrap();
        let gradient = Gradient::Host(vec![0.0; 4]);
        let error = slot.update(&gradient, 1.0, 1e-3, 1, &Settings::default()).unwrap_err().to_string();
        assert!(error.contains("3 parameters but 4 gradients"), "{error}");
    }
}
