//! The exponential average of a parameter, in place.

use super::vectorized;
use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Var};
use rayon::prelude::*;

/// A parameter with the average of its values so far, on the parameter's device.
pub struct Average {
    var: Var,
    mean: Var,
}

impl Average {
    /// An average that begins with the parameter's present value.
    ///
    /// # Errors
    ///
    /// When candle cannot copy the parameter.
    pub fn new(var: &Var) -> Result<Self> {
        Ok(Self { var: var.clone(), mean: Var::from_tensor(&var.as_detached_tensor().copy()?)? })
    }

    /// Moves the average towards the parameter: `mean += (1 − keep) · (parameter − mean)`. An element that equals its
    /// average stays the same in every bit.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn update(&self, keep: f64) -> Result<()> {
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        let rest = (1.0 - keep) as f32;
        if self.var.device().is_cpu() {
            self.mean.inplace_op2(&self.var, &Towards { rest })
        } else {
            self.update_composed(rest)
        }
    }

    /// [`update`](Self::update) from candle's operations, for every device.
    fn update_composed(&self, rest: f32) -> Result<()> {
        let moved = (self.var.as_tensor() - self.mean.as_tensor())?.affine(f64::from(rest), 0.0)?;
        self.mean.set(&(self.mean.as_tensor() + moved)?)
    }

    /// Exchanges the values of parameter and average.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn swap(&self) -> Result<()> {
        let value = self.var.as_tensor().copy()?;
        self.var.set(self.mean.as_tensor())?;
        self.mean.set(&value)
    }

    /// The average.
    #[must_use]
    pub fn mean(&self) -> &Var {
        &self.mean
    }
}

struct Towards {
    rest: f32,
}

impl InplaceOp2 for Towards {
    fn name(&self) -> &'static str {
        "average"
    }

    fn cpu_fwd(&self, mean: &mut CpuStorage, at: &Layout, value: &CpuStorage, from: &Layout) -> Result<()> {
        const CHUNK: usize = 1 << 16;
        let (CpuStorage::F32(mean), CpuStorage::F32(value), Some(at), Some(from)) =
            (mean, value, at.contiguous_offsets(), from.contiguous_offsets())
        else {
            candle_core::bail!("average takes contiguous f32 parameters")
        };
        mean[at.0..at.1].par_chunks_mut(CHUNK).zip(value[from.0..from.1].par_chunks(CHUNK)).for_each(
            |(m, v)| {
                vectorized(
                    #[inline(always)]
                    || m.iter_mut().zip(v).for_each(|(m, v)| *m += self.rest * (v - *m)),
                );
            },
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::uniform;
    use candle_core::{Device, Tensor};

    fn values(var: &Var) -> Vec<f32> {
        var.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn three_updates_equal_the_formula_worked_in_f64() {
        let var = Var::from_vec(vec![1.0f32, -2.0, 0.25], 3, &Device::Cpu).unwrap();
        let average = Average::new(&var).unwrap();
        let mut want = [1.0f64, -2.0, 0.25];
        for (n, keep) in [(1u8, 0.5), (2, 0.9), (3, 0.999)] {
            let now: Vec<f32> = vec![1.0 + f32::from(n), -2.0 * f32::from(n), 0.25];
            var.set(&Tensor::from_vec(now.clone(), 3, &Device::Cpu).unwrap()).unwrap();
            average.update(keep).unwrap();
            want.iter_mut().zip(&now).for_each(|(w, v)| *w = keep * *w + (1.0 - keep) * f64::from(*v));
        }
        for (have, want) in values(average.mean()).iter().zip(want) {
            assert!((f64::from(*have) - want).abs() < 1e-6, "{have} but {want}");
        }
        assert_eq!(values(average.mean())[2].to_bits(), 0.25f32.to_bits());
    }

    #[test]
    fn composed_operations_give_the_same_bits_and_a_swap_exchanges_the_values() {
        let n = (1 << 16) + 37;
        let make = |seed| Var::from_vec(uniform(n, seed), n, &Device::Cpu).unwrap();
        let (direct, composed) = (Average::new(&make(1)).unwrap(), Average::new(&make(1)).unwrap());
        for step in 0..3 {
            for average in [&direct, &composed] {
                average.var.set(make(10 + step).as_tensor()).unwrap();
            }
            direct.update(0.9).unwrap();
            #[expect(clippy::cast_possible_truncation, reason = "as in `update`")]
            composed.update_composed((1.0f64 - 0.9) as f32).unwrap();
        }
        assert_eq!(values(direct.mean()), values(composed.mean()));
        let (raw, mean) = (values(&direct.var), values(direct.mean()));
        direct.swap().unwrap();
        assert_eq!((values(&direct.var), values(direct.mean())), (mean, raw));
    }
}
