//! Terms that sum a function of the teacher's and the student's probability of each outcome: classes of a softmax, or
//! true and false of each column of a logistic head, of which the mean is taken.

use crate::head::{Link, LossTarget};

/// The smallest probability of the teacher in a logarithm or a quotient. Certain teachers would otherwise give
/// unlimited gradients, and their probabilities are no more exact than this.
pub(super) const FLOOR: f32 = 1e-4;

/// Adds the gradient of `weight · Σ f(p, q)` to `dz` and returns the term; `f` gives its value and its derivative by
/// the student's probability `q`.
pub(super) fn divergence(
    link: Link,
    z: &[f32],
    dz: &mut [f32],
    target: &LossTarget,
    temperature: f32,
    weight: f32,
    f: impl Fn(f32, f32) -> (f32, f32),
) -> f32 {
    let mut loss = 0.0;
    match link {
        Link::Softmax => {
            let q = softmax(z, temperature);
            let terms: Vec<(f32, f32)> = target.positive.iter().zip(&q).map(|(p, q)| f(*p, *q)).collect();
            let mean: f32 = terms.iter().zip(&q).map(|((_, slope), q)| slope * q).sum();
            for ((value, slope), (q, dz)) in terms.iter().zip(q.iter().zip(dz)) {
                loss += value;
                *dz += weight / temperature * q * (slope - mean);
            }
        }
        Link::Logistic => {
            let share = 1.0 / z.len() as f32;
            for k in 0..z.len() {
                let (q, not_q) = sigmoid(z[k] / temperature);
                let (yes, no) = (f(target.positive[k], q), f(target.negative[k], not_q));
                loss += share * (yes.0 + no.0);
                dz[k] += weight * share / temperature * q * not_q * (yes.1 - no.1);
            }
        }
    }
    loss * weight
}

/// Probabilities of classes.
pub(super) fn softmax(z: &[f32], temperature: f32) -> Vec<f32> {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let e: Vec<f32> = z.iter().map(|v| ((v - max) / temperature).exp()).collect();
    let sum: f32 = e.iter().sum();
    e.into_iter().map(|e| e / sum).collect()
}

/// The probabilities of true and of false, each exact where it is small.
pub(super) fn sigmoid(x: f32) -> (f32, f32) {
    (1.0 / (1.0 + (-x).exp()), 1.0 / (1.0 + x.exp()))
}
