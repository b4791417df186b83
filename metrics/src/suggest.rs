//! Which ungraded answers to grade next, so that a model learns most from them.
//!
//! Least sure, and unlike what is graded: but the least sure answers one by one are often odd ones, or copies of one
//! answer. So answers are chosen for the doubt that they stand for. A set of answers S covers an answer i with its
//! largest similarity to a graded answer or to one of S, and
//!
//! F(S) = Σᵢ weight(i) · max over graded and chosen j of similarity(i, j)
//!
//! is made large, one answer after the other, each time the one that adds most. F is monotone and submodular (a
//! weighted facility location), so this reaches at least 1 − 1/e of what the best set of that size adds (Nemhauser,
//! Wolsey and Fisher 1978). With weights that grow as the confidence falls, it is uncertainty sampling (Lewis and Gale
//! 1994) by facility location, as in Wei, Iyer and Bilmes 2015, "Submodularity in data subset selection and active
//! learning".

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A chosen answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// Its place among the candidates.
    pub place: usize,
    /// What it added to the covered weight.
    pub gain: f64,
    /// Its largest similarity to a graded or an already chosen answer, from 0 to 1.
    pub similarity: f64,
}

/// A candidate with a bound of what it adds.
#[derive(PartialEq)]
struct Bound {
    gain: f64,
    place: usize,
    /// The number of choices when the gain was computed.
    round: usize,
}

impl Eq for Bound {}

impl PartialOrd for Bound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bound {
    /// The largest gain first, the earlier one of equals.
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain.total_cmp(&other.gain).then_with(|| other.place.cmp(&self.place))
    }
}

/// Chooses up to `count` candidates, the one that adds most first. Ends early when no candidate adds anything.
///
/// `weights` say how much it matters that a candidate is covered, `known` is its largest similarity to a graded answer
/// (0 without one), `similarity` that of two candidates, 1 for a candidate with itself; `progress` is told about every
/// candidate that is looked at for the first time. The gain of a candidate never grows, so that most need not be
/// computed again (Minoux 1978).
///
/// ```
/// use pupil_metrics::suggest::choose;
///
/// // Three copies of one answer, and one that stands alone.
/// let alike = |a: usize, b: usize| f64::from(u8::from(a == b || (a < 3 && b < 3)));
/// let chosen = choose(&[0.5, 0.4, 0.6, 0.9], &[0.0; 4], alike, 4, || {});
/// assert_eq!(chosen.iter().map(|choice| choice.place).collect::<Vec<_>>(), [0, 3]);
/// assert!((chosen[0].gain - 1.5).abs() < 1e-12);
/// ```
///
/// # Panics
///
/// When the lengths differ, a weight is negative, or a similarity does not lie in 0..=1.
#[must_use]
pub fn choose(
    weights: &[f64],
    known: &[f64],
    similarity: impl Fn(usize, usize) -> f64,
    count: usize,
    mut progress: impl FnMut(),
) -> Vec<Choice> {
    assert_eq!(weights.len(), known.len(), "a number for each candidate");
    assert!(weights.iter().all(|weight| *weight >= 0.0), "weights are not negative");
    assert!(known.iter().all(|alike| (0.0..=1.0).contains(alike)), "similarities lie between 0 and 1");
    let mut covered = known.to_vec();
    let gain = |place: usize, covered: &[f64]| -> f64 {
        let others = weights.iter().zip(covered).enumerate();
        others.map(|(other, (weight, covered))| weight * (similarity(place, other) - covered).max(0.0)).sum()
    };
    let mut bounds: BinaryHeap<Bound> = (0..weights.len())
        .map(|place| {
            progress();
            Bound { gain: gain(place, &covered), place, round: 0 }
        })
        .collect();
    let mut chosen: Vec<Choice> = Vec::with_capacity(count.min(weights.len()));
    while chosen.len() < count {
        let Some(best) = bounds.pop().filter(|best| best.gain > 0.0) else { break };
        if best.round < chosen.len() {
            bounds.push(Bound { gain: gain(best.place, &covered), round: chosen.len(), ..best });
            continue;
        }
        let place = best.place;
        chosen.push(Choice { place, gain: best.gain, similarity: covered[place] });
        for (other, covered) in covered.iter_mut().enumerate() {
            let alike = similarity(place, other);
            assert!((0.0..=1.0).contains(&alike), "a similarity lies between 0 and 1");
            *covered = covered.max(alike);
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_choice_adds_as_much_as_any_other_would(
            points in proptest::collection::vec((0.0_f64..=1.0, 0.0_f64..=0.6, 0.0_f64..=1.0), 0..20),
            count in 0_usize..25,
        ) {
            let weights: Vec<f64> = points.iter().map(|p| p.0).collect();
            let known: Vec<f64> = points.iter().map(|p| p.1).collect();
            let alike = |a: usize, b: usize| 1.0 - (points[a].2 - points[b].2).abs();
            let chosen = choose(&weights, &known, alike, count, || {});
            // By definition, from scratch.
            let covered = |set: &[usize]| -> f64 {
                let of = |i: usize| set.iter().map(|j| alike(*j, i)).fold(known[i], f64::max);
                (0..points.len()).map(|i| weights[i] * of(i)).sum()
            };
            let places: Vec<usize> = chosen.iter().map(|choice| choice.place).collect();
            for (n, choice) in chosen.iter().enumerate() {
                let before = covered(&places[..n]);
                prop_assert!((covered(&places[..=n]) - before - choice.gain).abs() < 1e-9);
                for other in 0..points.len() {
                    let with: Vec<usize> = places[..n].iter().copied().chain([other]).collect();
                    prop_assert!(covered(&with) - before <= choice.gain + 1e-9);
                }
            }
            if chosen.len() < count.min(points.len()) {
                for other in 0..points.len() {
                    let with: Vec<usize> = places.iter().copied().chain([other]).collect();
                    prop_assert!(covered(&with) - covered(&places) <= 1e-9);
                }
            }
        }
    }

    #[test]
    fn copies_of_graded_answers_are_not_chosen() {
        let alike = |a: usize, b: usize| if a == b { 1.0 } else { 0.1 };
        let chosen = choose(&[0.9, 0.2, 0.0], &[1.0, 0.5, 0.0], alike, 3, || {});
        assert_eq!(chosen.iter().map(|choice| choice.place).collect::<Vec<_>>(), [1]);
        assert!((chosen[0].gain - 0.1).abs() < 1e-12 && chosen[0].similarity == 0.5);
        assert!(choose(&[], &[], |_, _| 0.0, 5, || {}).is_empty());
    }
}
