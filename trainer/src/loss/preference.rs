//! Pairwise preference, `−ln σ(ln q(y_T) − ln q(y_S))`: the teacher's most likely outcome `y_T` is to be preferred to
//! the student's most likely other outcome `y_S`. Zhang et al. 2024, "PLaD" (arXiv 2406.02886), with β = 1 and the
//! outcomes at hand in place of sampled texts. It learns which outcome the teacher prefers, not how much; in a column
//! with two outcomes it is the cross-entropy with the teacher's choice.

use super::Form;
use crate::head::{Link, LossTarget, TaskHead};

/// See the [module](self).
pub(super) struct Preference;

impl Form for Preference {
    fn target(&self, head: &TaskHead, teacher: &[f32], _temperature: f32) -> LossTarget {
        let p = head.target(teacher);
        let chosen = |yes: bool| if yes { 1.0 } else { 0.0 };
        match head.kind.link() {
            Link::Softmax => {
                let best = (0..p.positive.len()).max_by(|a, b| p.positive[*a].total_cmp(&p.positive[*b]));
                let positive = (0..p.positive.len()).map(|k| chosen(Some(k) == best)).collect();
                LossTarget { positive, negative: Vec::new() }
            }
            Link::Logistic => LossTarget {
                positive: p.positive.iter().map(|p| chosen(*p > 0.5)).collect(),
                negative: p.positive.iter().map(|p| chosen(*p <= 0.5)).collect(),
            },
        }
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
        // −ln σ(x) and its slope.
        let term = |x: f32| ((-x).max(0.0) + (-x.abs()).exp().ln_1p(), -1.0 / (1.0 + x.exp()));
        match link {
            Link::Softmax => {
                let is_chosen = |k: &usize| target.positive[*k] > 0.5;
                let (Some(wanted), Some(other)) = (
                    (0..logits.len()).find(is_chosen),
                    (0..logits.len())
                        .filter(|k| !is_chosen(k))
                        .max_by(|a, b| logits[*a].total_cmp(&logits[*b])),
                ) else {
                    return 0.0;
                };
                let (value, slope) = term((logits[wanted] - logits[other]) / temperature);
                gradient[wanted] += weight / temperature * slope;
                gradient[other] -= weight / temperature * slope;
                value * weight
            }
            Link::Logistic => {
                let share = 1.0 / logits.len() as f32;
                let mut loss = 0.0;
                for k in 0..logits.len() {
                    let sign = if target.positive[k] > 0.5 { 1.0 } else { -1.0 };
                    let (value, slope) = term(sign * logits[k] / temperature);
                    loss += share * value;
                    gradient[k] += weight * share / temperature * sign * slope;
                }
                loss * weight
            }
        }
    }
}
