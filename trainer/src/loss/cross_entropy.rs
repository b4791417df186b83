//! Cross-entropy of one row's logits with its target.

use crate::head::{Link, LossTarget};

/// Adds the gradient of one term to `dz` and returns the term.
pub(super) fn cross_entropy(
    link: Link,
    z: &[f32],
    dz: &mut [f32],
    target: &LossTarget,
    temperature: f32,
    weight: f32,
) -> f32 {
    let n = z.len();
    let mut loss = 0.0;
    match link {
        Link::Softmax => {
            let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = z.iter().map(|v| ((v - max) / temperature).exp()).sum();
            let mass: f32 = target.positive.iter().sum();
            for k in 0..n {
                let log_p = (z[k] - max) / temperature - sum.ln();
                loss -= target.positive[k] * log_p;
                dz[k] += weight / temperature * (mass * log_p.exp() - target.positive[k]);
            }
        }
        Link::Logistic => {
            let share = 1.0 / n as f32;
            for k in 0..n {
                let x = z[k] / temperature;
                // softplus(x) = ln(1 + eˣ), without overflow.
                let softplus = |x: f32| x.max(0.0) + (-x.abs()).exp().ln_1p();
                let p = 1.0 / (1.0 + (-x).exp());
                loss += share * (target.positive[k] * softplus(-x) + target.negative[k] * softplus(x));
                dz[k] +=
                    weight * share / temperature * (target.negative[k] * p - target.positive[k] * (1.0 - p));
            }
        }
    }
    loss * weight
}
