//! Attention of each question to the answers before it, as one candle op.
//!
//! Rows are student-major: row `s * steps + t` belongs to answer t of student s. Each head weakens what lies further
//! back: its scores fall by `decay × ln(distance)`.

use crate::ops::activation::exp;
use crate::ops::gemm::{View, ViewMut, gemm};
use crate::ops::{held_values, lane_sum, values, vectorized};
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

/// What each answer's question hears of the answers before it, `[students * steps, D]`: of queries, keys and values
/// side by side, `[students * steps, 3D]`, and a decay for each head. A student's first question hears nothing.
///
/// # Errors
///
/// When the shapes do not fit.
pub fn attention(qkv: &Tensor, decay: &Tensor, steps: usize) -> Result<Tensor> {
    let heads = decay.dim(0)?;
    let fits = qkv.dim(1)?.is_multiple_of(3 * heads.max(1)) && qkv.dim(0)?.is_multiple_of(steps.max(1));
    if !fits || heads == 0 || steps == 0 {
        candle_core::bail!("attention: {:?} do not fit {heads} heads and {steps} steps", qkv.dims())
    }
    qkv.contiguous()?.apply_op2(&decay.contiguous()?, Attention { heads, steps })
}

struct Attention {
    heads: usize,
    steps: usize,
}

/// The widths of one head's view.
#[derive(Clone, Copy)]
struct Head {
    steps: usize,
    /// Columns of the head.
    width: usize,
    /// Columns of all heads.
    all: usize,
    head: usize,
}

impl Head {
    /// Queries (0), keys (1) or values (2) of the head in the rows of a student.
    fn view(self, qkv: &[f32], part: usize) -> View<'_> {
        let start = part * self.all + self.head * self.width;
        View::new(&qkv[start..], self.steps, self.width, 3 * self.all)
    }
}

impl Attention {
    fn heads(&self, width: usize) -> impl Iterator<Item = Head> + use<> {
        let (steps, heads) = (self.steps, self.heads);
        (0..heads).map(move |head| Head { steps, width: width / heads, all: width, head })
    }

    /// Weights of a head, `[steps, steps]`.
    fn weights(head: Head, qkv: &[f32], decay: f32, distances: &[f32], weights: &mut [f32]) {
        let (t, scale) = (head.steps, 1.0 / (head.width as f32).sqrt());
        gemm(ViewMut::new(weights, t, t, t), 0.0, head.view(qkv, 0), head.view(qkv, 1).t());
        vectorized(
            #[inline(always)]
            || {
                for (i, row) in weights.chunks_exact_mut(t).enumerate() {
                    let (heard, later) = row.split_at_mut(i);
                    later.fill(0.0);
                    // Distances of the row are i, i - 1, … 1.
                    let distances = &distances[t - i..];
                    let mut most = f32::NEG_INFINITY;
                    for (w, d) in heard.iter_mut().zip(distances) {
                        *w = *w * scale - decay * d;
                        most = most.max(*w);
                    }
                    heard.iter_mut().for_each(|w| *w = exp(*w - most));
                    let sum = lane_sum(i, |j| heard[j]);
                    heard.iter_mut().for_each(|w| *w /= sum);
                }
            },
        );
    }

    /// Logarithms of the distances, the largest first: those of row i are the last i.
    fn distances(&self) -> Vec<f32> {
        (1..=self.steps).rev().map(|d| (d as f32).ln()).collect()
    }

    fn forward(&self, qkv: &[f32], decay: &[f32], width: usize) -> Vec<f32> {
        let t = self.steps;
        let (distances, mut weights) = (self.distances(), vec![0.0; t * t]);
        let mut out = vec![0.0; qkv.len() / 3];
        for (qkv, out) in qkv.chunks_exact(3 * width * t).zip(out.chunks_exact_mut(width * t)) {
            for head in self.heads(width) {
                Self::weights(head, qkv, decay[head.head], &distances, &mut weights);
                let at = head.head * head.width;
                let place = ViewMut::new(&mut out[at..], t, head.width, width);
                gemm(place, 0.0, View::new(&weights, t, t, t), head.view(qkv, 2));
            }
        }
        out
    }

    fn backward(&self, qkv: &[f32], decay: &[f32], dout: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
        let t = self.steps;
        let (distances, mut weights, mut dscores) = (self.distances(), vec![0.0; t * t], vec![0.0; t * t]);
        let (mut dqkv, mut ddecay) = (vec![0.0; qkv.len()], vec![0.0; decay.len()]);
        let students = qkv.chunks_exact(3 * width * t).zip(dout.chunks_exact(width * t));
        for ((qkv, dout), dqkv) in students.zip(dqkv.chunks_exact_mut(3 * width * t)) {
            for head in self.heads(width) {
                Self::weights(head, qkv, decay[head.head], &distances, &mut weights);
                let dout = View::new(&dout[head.head * head.width..], t, head.width, width);
                gemm(ViewMut::new(&mut dscores, t, t, t), 0.0, dout, head.view(qkv, 2).t());
                let (scale, mut total) = (1.0 / (head.width as f32).sqrt(), 0.0);
                vectorized(
                    #[inline(always)]
                    || {
                        for (i, (d, w)) in
                            dscores.chunks_exact_mut(t).zip(weights.chunks_exact(t)).enumerate()
                        {
                            let mean = lane_sum(i, |j| d[j] * w[j]);
                            d[i..].fill(0.0);
                            for (d, w) in d[..i].iter_mut().zip(w) {
                                *d = w * (*d - mean);
                            }
                            total += lane_sum(i, |j| d[j] * distances[t - i + j]);
                            d[..i].iter_mut().for_each(|d| *d *= scale);
                        }
                    },
                );
                ddecay[head.head] -= total;
                let scores = View::new(&dscores, t, t, t);
                let mut into = |part: usize, a: View<'_>, b: View<'_>| {
                    let start = part * width + head.head * head.width;
                    gemm(ViewMut::new(&mut dqkv[start..], t, head.width, 3 * width), 0.0, a, b);
                };
                into(0, scores, head.view(qkv, 1));
                into(1, scores.t(), head.view(qkv, 0));
                into(2, View::new(&weights, t, t, t).t(), dout);
            }
        }
        (dqkv, ddecay)
    }
}

impl CustomOp2 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(
        &self,
        qkv: &CpuStorage,
        qkv_layout: &Layout,
        decay: &CpuStorage,
        decay_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, columns) = qkv_layout.shape().dims2()?;
        let (qkv, decay) = (values(self.name(), qkv, qkv_layout)?, values(self.name(), decay, decay_layout)?);
        let out = self.forward(qkv, decay, columns / 3);
        Ok((CpuStorage::F32(out), Shape::from((rows, columns / 3))))
    }

    fn bwd(
        &self,
        qkv: &Tensor,
        decay: &Tensor,
        _: &Tensor,
        dout: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let dout = dout.contiguous()?;
        let (dqkv, ddecay) = {
            let (q, ql) = qkv.storage_and_layout();
            let (w, wl) = decay.storage_and_layout();
            let (d, dl) = dout.storage_and_layout();
            self.backward(
                held_values(self.name(), &q, ql)?,
                held_values(self.name(), &w, wl)?,
                held_values(self.name(), &d, dl)?,
                qkv.dim(1)? / 3,
            )
        };
        let dqkv = Tensor::from_vec(dqkv, qkv.shape(), qkv.device())?;
        Ok((Some(dqkv), Some(Tensor::from_vec(ddecay, decay.shape(), decay.device())?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::{assert_gradient, uniform, weighted};
    use candle_core::{Device, Var};

    fn tensor(v: &[f32], m: usize) -> Tensor {
        Tensor::from_slice(v, (v.len() / m, m), &Device::Cpu).unwrap()
    }

    fn vector(v: &[f32]) -> Tensor {
        Tensor::from_slice(v, v.len(), &Device::Cpu).unwrap()
    }

    #[test]
    fn a_question_hears_the_answers_before_it_alone() {
        let (steps, students, d, decay) = (5, 2, 4, [0.3f32, 0.0]);
        let qkv = uniform(students * steps * 3 * d, 1);
        let out = attention(&tensor(&qkv, 3 * d), &vector(&decay), steps).unwrap().to_vec2::<f32>().unwrap();
        for (row, out) in out.iter().enumerate() {
            let (s, t) = (row / steps, row % steps);
            let part = |t: usize, part: usize, column: usize| {
                f64::from(qkv[(s * steps + t) * 3 * d + part * d + column])
            };
            for (column, out) in out.iter().enumerate() {
                let head = column / 2;
                let columns = [2 * head, 2 * head + 1];
                let score = |j: usize| {
                    let product: f64 = columns.iter().map(|c| part(t, 0, *c) * part(j, 1, *c)).sum();
                    (product / 2f64.sqrt() - f64::from(decay[head]) * ((t - j) as f64).ln()).exp()
                };
                let sum: f64 = (0..t).map(score).sum();
                let want: f64 = (0..t).map(|j| score(j) / sum * part(j, 2, column)).sum();
                assert!((f64::from(*out) - want).abs() < 1e-5, "{s} {t} {column}: {out} {want}");
            }
        }
    }

    #[test]
    fn gradients_are_finite_differences() {
        let (steps, students, d) = (6, 2, 4);
        let (qkv, decay) = (uniform(students * steps * 3 * d, 1), vec![0.4, 0.9]);
        let weights = uniform(students * steps * d, 3);
        let run = |qkv: &[f32], decay: &[f32]| {
            let out = attention(&tensor(qkv, 3 * d), &vector(decay), steps).unwrap();
            weighted(&out.flatten_all().unwrap().to_vec1::<f32>().unwrap(), &weights)
        };
        let (q, w) =
            (Var::from_tensor(&tensor(&qkv, 3 * d)).unwrap(), Var::from_tensor(&vector(&decay)).unwrap());
        let loss = (attention(&q, &w, steps).unwrap() * tensor(&weights, d)).unwrap().sum_all().unwrap();
        let store = loss.backward().unwrap();
        let gradient = |v: &Var| store.get(v).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_gradient("dqkv", &qkv, &gradient(&q), |x| run(x, &decay));
        assert_gradient("ddecay", &decay, &gradient(&w), |x| run(&qkv, x));
    }
}
