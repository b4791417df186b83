//! Terms that sum a function of the teacher's and the student's probability of each outcome: classes of a softmax, or
//! true and false of each column of a logistic head, of which the mean is taken.

use super::{Form, levels_alone};
use crate::head::{HeadKind, Link, LossTarget};

/// The smallest probability of the teacher in a logarithm or a quotient. Certain teachers would otherwise give
/// unlimited gradients, and their probabilities are no more exact than this.
pub(super) const FLOOR: f32 = 1e-4;

/// A term that is the sum of `of` over outcomes.
pub(super) struct Divergence {
    /// The value for the probabilities `p` of the teacher and `q` of the student, and its derivative by `q`.
    pub(super) of: fn(f32, f32) -> (f32, f32),
    /// Whether it compares cumulative probabilities of levels, so that classes need an order.
    pub(super) between_levels: bool,
}

impl Form for Divergence {
    fn refuses(&self, kind: HeadKind) -> Option<&'static str> {
        if self.between_levels { levels_alone(kind) } else { None }
    }

    fn term(
        &self,
        link: Link,
        logits: &[f32],
        gradient: &mut [f32],
        target: &LossTarget,
        temperature: f32,
        weight: f32,
    ) -> f32 {
        divergence(link, logits, gradient, target, temperature, weight, self.of)
    }
}

/// Adds the gradient of `weight · Σ f(p, q)` to `dz` and returns the term; `f` gives its value and its derivative by
/// the student's probability `q`.
fn divergence(
    link: Link,
    z: &[f32],
    dz: &mut [f32],
    target: &LossTarget,
    temperature: f32,
    weight: f32,
    f: fn(f32, f32) -> (f32, f32),
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
