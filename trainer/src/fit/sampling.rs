//! Training examples, and the order in which they are sampled.

use crate::loss::RowTarget;
use crate::ops::dropout::derive;
use crate::random;
use crate::tokenizer::Encoded;

/// One answer ready for training.
#[derive(Clone, Debug)]
pub struct Example {
    /// Its tokens.
    pub text: Encoded,
    /// Its targets.
    pub target: RowTarget,
}

/// The share of each task in the next epoch.
pub(super) fn shares(train: &[Example], student: &[f64], teacher: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.0; student.len()];
    train.iter().for_each(|e| counts[e.target.group] += 1.0);
    let gaps: Vec<f64> = student
        .iter()
        .zip(teacher)
        .zip(&counts)
        .map(|((s, t), n)| if *n > 0.0 { (s - t).max(0.0) } else { 0.0 })
        .collect();
    let sum: f64 = gaps.iter().sum();
    let even = |n: &f64| n / train.len() as f64;
    counts
        .iter()
        .zip(&gaps)
        .map(|(n, gap)| if sum > 0.0 { 0.5 * even(n) + 0.5 * gap / sum } else { even(n) })
        .collect()
}

/// Samples as many answers as there are, with these shares of the tasks. The answers of a task repeat in a random
/// order.
pub(super) fn drawn(train: &[Example], shares: &[f64], seed: u64) -> Vec<usize> {
    let mut order = Vec::with_capacity(train.len() + shares.len());
    for (task, share) in shares.iter().enumerate() {
        let own: Vec<usize> = (0..train.len()).filter(|i| train[*i].target.group == task).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
        let wanted = (share * train.len() as f64).round() as usize;
        let turn = random::permutation(own.len(), derive(seed, task as u64 + 1));
        order.extend(turn.iter().cycle().take(if own.is_empty() { 0 } else { wanted }).map(|i| own[*i]));
    }
    // Rounding may leave one answer too few or too many per task.
    let all = random::permutation(train.len(), derive(seed, 0));
    let missing = train.len().saturating_sub(order.len());
    order.extend(&all[..missing]);
    let mixed = random::permutation(order.len(), seed);
    mixed.into_iter().take(train.len()).map(|i| order[i]).collect()
}
