//! How exact the figures of a small data set will be, before anything is trained.

use crate::corpus::Corpus;
use crate::data::Target;
use std::collections::BTreeSet;

/// A task with fewer graded answers than this gets a warning.
const SMALL: usize = 300;
/// With fewer graded answers than this, cross-validation is suggested.
const VERY_SMALL: usize = 200;
/// Spread of one answer's part in the main metric: a typical interval of `n` answers is 2 · 1.96 · SPREAD / √n wide.
const SPREAD: f64 = 0.6;
/// Tasks that are named.
const NAMED: usize = 12;

/// Expected width of the 95 % interval of the main metric on `n` answers, in points of a hundred; at most 100.
fn width(n: usize) -> f64 {
    (100.0 * 2.0 * 1.96 * SPREAD / (n.max(1) as f64).sqrt()).min(100.0)
}

/// A warning for the tasks with few graded answers, with the expected intervals; `folds` are those of cross-validation.
pub(super) fn lines(corpus: &Corpus, folds: &[Corpus], trained: &BTreeSet<usize>) -> Vec<String> {
    let scored = |set: &crate::data::Dataset, task: usize| {
        set.of_task(task).filter(|i| set.answers[*i].target != Target::Missing).count()
    };
    let (mut named, mut least) = (Vec::new(), usize::MAX);
    for task in trained {
        let graded = corpus.graded(*task);
        let sets = if folds.is_empty() { std::slice::from_ref(corpus) } else { folds };
        // Each test set has an interval of its own; the widest matters. Those of folds are measured as one.
        let sizes =
            sets.iter().flat_map(|c| c.tests.values()).map(|set| scored(set, *task)).filter(|n| *n > 0);
        let tested = if folds.is_empty() { sizes.min() } else { Some(sizes.sum()) };
        let Some(tested) = tested.filter(|_| graded < SMALL) else { continue };
        let id = &corpus.train.tasks[*task].id;
        named.push(format!("{id} {:.0} ({graded} graded answers, tested on {tested})", width(tested)));
        least = least.min(graded);
    }
    if named.is_empty() {
        return Vec::new();
    }
    let more = named.len().saturating_sub(NAMED);
    named.truncate(NAMED);
    if more > 0 {
        named.push(format!("and {more} more tasks"));
    }
    let advice = if least < VERY_SMALL && folds.is_empty() {
        "; with data.folds = 5 instead of a held-out part, every answer is tested on"
    } else {
        ""
    };
    vec![format!(
        "warning: with fewer than {SMALL} graded answers, expect 95 % intervals of the main metric that are about so \
         wide, in points of 100: {}{advice}",
        named.join(", ")
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_as_wide_as_on_real_answers() {
        // Medians of bootstrap intervals of QWK, n-grams on 21 public questions, random parts of their test answers.
        for (n, median) in [(20, 44.2), (40, 34.7), (100, 21.7), (200, 16.7), (300, 15.2)] {
            assert!((width(n) / median - 1.0).abs() < 0.2, "{n}: {} and {median}", width(n));
        }
        assert!((width(0) - 100.0).abs() < 1e-9);
    }
}
