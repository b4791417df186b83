//! Adding up the probabilities of a task's members.

use super::ordinal::levels;
use super::run::HeadScratch;
use crate::format::manifest::HeadKind;

/// What the members of a task have given: for each member one row of the probabilities that are added up. Of tasks
/// whose head has levels those are the cumulative probabilities, of all others the probabilities of the labels.
#[derive(Debug, Default)]
pub(crate) struct MemberRows {
    rows: Vec<f32>,
}

impl MemberRows {
    /// The rows, one after the other in the order of the file.
    pub(crate) fn rows(&self) -> &[f32] {
        &self.rows
    }

    /// Begins the answer of a task with so many members and labels, whose own head is of this kind.
    pub(crate) fn begin(&mut self, kind: HeadKind, members: usize, labels: usize) {
        self.rows.clear();
        self.rows.resize(members * width(kind, labels), 0.0);
    }

    /// Keeps what the head of the member at that place has computed.
    pub(crate) fn keep(&mut self, kind: HeadKind, place: usize, head: &HeadScratch) {
        let width = width(kind, head.probabilities.len());
        let row = &mut self.rows[place * width..][..width];
        if kind.level_thresholds(head.probabilities.len()) == 0 {
            row.copy_from_slice(&head.probabilities);
        } else if head.cumulative.is_empty() {
            // From the last level down, so that the sums cannot rise from one level to the next.
            let mut sum = 0.0;
            for (cumulative, p) in row.iter_mut().zip(&head.probabilities[1..]).rev() {
                sum += p;
                *cumulative = at_most_one(sum);
            }
        } else {
            row.copy_from_slice(&head.cumulative);
        }
    }

    /// Replaces the probabilities in `head` by the sum of the rows, each times the weight of its member. The weights
    /// are in the order of the file, and so are the sums, from 0.
    pub(crate) fn sum(&self, kind: HeadKind, weights: &[f32], head: &mut HeadScratch) {
        let HeadScratch { cumulative, probabilities, .. } = head;
        let has_levels = kind.level_thresholds(probabilities.len()) > 0;
        cumulative.resize(if has_levels { probabilities.len() - 1 } else { 0 }, 0.0);
        let sums = if has_levels { &mut *cumulative } else { &mut *probabilities };
        let width = sums.len();
        for (k, sum) in sums.iter_mut().enumerate() {
            let column = self.rows[k..].iter().step_by(width);
            *sum = at_most_one(column.zip(weights).fold(0.0, |sum, (p, weight)| sum + weight * p));
        }
        if has_levels {
            levels(cumulative, probabilities);
        }
    }
}

/// Length of a row.
fn width(kind: HeadKind, labels: usize) -> usize {
    match kind.level_thresholds(labels) {
        0 => labels,
        steps => steps,
    }
}

/// Sums of rounded numbers may exceed 1 in the last bit.
fn at_most_one(sum: f32) -> f32 {
    if sum > 1.0 { 1.0 } else { sum }
}
