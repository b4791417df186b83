//! Candidates, `−ln Σ q(k)` over the outcomes that the teacher gives at least γ: the student decides among them, as in
//! Li et al. 2025, "CanDist" (arXiv 2506.03857). Its target, the student's own probabilities on the candidates and
//! nothing elsewhere, gives the gradient of this term. A column of a logistic head where true and false are both
//! candidates adds nothing.

use super::Form;
use super::divergence::softmax;
use crate::head::{Link, LossTarget, TaskHead};

/// The teacher's smallest probability of a candidate.
const GAMMA: f32 = 0.1;

/// See the [module](self).
pub(super) struct Candidates;

impl Form for Candidates {
    /// 1 for each outcome that is excluded alone: for a softmax `positive` marks the candidates; for a logistic column
    /// it says that only true is one, `negative` that only false is.
    fn target(&self, head: &TaskHead, teacher: &[f32], _temperature: f32) -> LossTarget {
        let p = head.target(teacher);
        let flag = |yes: bool| if yes { 1.0 } else { 0.0 };
        match head.kind.link() {
            Link::Softmax => LossTarget {
                positive: p.positive.iter().map(|p| flag(*p >= GAMMA)).collect(),
                negative: Vec::new(),
            },
            Link::Logistic => LossTarget {
                positive: p.positive.iter().map(|p| flag(1.0 - p < GAMMA)).collect(),
                negative: p.positive.iter().map(|p| flag(*p < GAMMA)).collect(),
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
        match link {
            Link::Logistic => super::cross_entropy(link, logits, gradient, target, temperature, weight),
            Link::Softmax => {
                let q = softmax(logits, temperature);
                let inside: f32 = q.iter().zip(&target.positive).map(|(q, c)| q * c).sum();
                let inside = inside.max(f32::MIN_POSITIVE);
                for ((dz, q), c) in gradient.iter_mut().zip(&q).zip(&target.positive) {
                    *dz += weight / temperature * (q - q * c / inside);
                }
                -inside.ln() * weight
            }
        }
    }
}
