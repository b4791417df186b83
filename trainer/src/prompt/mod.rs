//! Scores from a language model that was not trained for them: a prompt with the rubric, and the likelihood of each
//! score after it.
//!
//! The probability of a score is the softmax of its log-likelihood after the answer less that after an empty answer:
//! what a model would say anyway counts for nothing (contextual calibration, Zhao et al. 2021).

mod likelihood;
mod text;

pub use likelihood::Scorer;
pub use text::{Asked, Format, Shown};

use crate::data::TaskData;

/// Probabilities of a task's classes, levels or labels from the log-likelihoods of all options of all questions, less
/// those after an empty answer.
#[must_use]
pub fn probabilities(task: &TaskData, found: &[Vec<f64>], empty: &[Vec<f64>]) -> Vec<f32> {
    let softmax = |(found, empty): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
        let gains: Vec<f64> = found.iter().zip(empty).map(|(a, b)| a - b).collect();
        let most = gains.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let e: Vec<f64> = gains.iter().map(|g| (g - most).exp()).collect();
        let sum: f64 = e.iter().sum();
        e.into_iter().map(|v| v / sum).collect()
    };
    let all = found.iter().zip(empty).map(softmax);
    #[expect(clippy::cast_possible_truncation, reason = "probabilities")]
    let narrow = |p: f64| p as f32;
    if task.head.is_multi_label() {
        all.map(|p| narrow(p[1])).collect()
    } else {
        all.flatten().map(narrow).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::HeadKind;

    fn task(head: HeadKind, labels: &[&str]) -> TaskData {
        TaskData {
            id: "t".into(),
            name: "t".into(),
            head,
            labels: labels.iter().map(|l| (*l).to_owned()).collect(),
            points: Vec::new(),
        }
    }

    #[test]
    fn what_is_likely_after_nothing_too_counts_for_nothing() {
        let classes = task(HeadKind::Softmax, &["a", "b"]);
        // The answer makes `b` four times as likely as it was, although `a` stays the likeliest.
        let p = probabilities(&classes, &[vec![-0.5, -1.0]], &[vec![-0.5, -1.0 - 4f64.ln()]]);
        assert!((p[1] - 0.8).abs() < 1e-6 && (p[0] - 0.2).abs() < 1e-6, "{p:?}");
        let labels = task(HeadKind::Sigmoid, &["x", "y"]);
        let same = vec![-1.0, -2.0];
        let p = probabilities(&labels, &[same.clone(), vec![-1.0, 0.0]], &[same.clone(), same]);
        assert!((p[0] - 0.5).abs() < 1e-6 && (p[1] - 1.0 / (1.0 + (-2f32).exp())).abs() < 1e-6, "{p:?}");
    }
}
