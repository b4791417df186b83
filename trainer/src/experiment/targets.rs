//! What a model learns of a human score: probabilities, priors and weights of classes.

use crate::data::{Answer, Target, TaskData};
use crate::head::{ClassWeights, Link, LossTarget, SecondRater, TaskHead};

/// A human score as probabilities: one-hot, or 0/1 per label. `None` where nobody scored.
#[must_use]
pub(super) fn certain(task: &TaskData, target: &Target) -> Option<Vec<f32>> {
    match target {
        Target::Class(k) | Target::Level(k) => {
            Some((0..task.labels.len()).map(|i| if i == *k { 1.0 } else { 0.0 }).collect())
        }
        Target::Labels(labels) => Some(labels.iter().map(|l| if *l { 1.0 } else { 0.0 }).collect()),
        Target::Missing => None,
    }
}

/// What a model learns of an answer's human scores, as probabilities. `None` where nobody scored first.
#[must_use]
pub(super) fn graded(task: &TaskData, answer: &Answer, rater: SecondRater) -> Option<Vec<f32>> {
    let first = certain(task, &answer.target)?;
    let Some(second) = certain(task, &answer.second).filter(|_| !rater.is_ignored()) else {
        return Some(first);
    };
    match (rater, &answer.target, &answer.second) {
        (SecondRater::Mean, Target::Level(a), Target::Level(b)) => Some(between(&task.points, *a, *b)),
        _ => Some(first.iter().zip(&second).map(|(a, b)| 0.5 * (a + b)).collect()),
    }
}

/// The mean of the points of two levels, as probabilities of the levels on both sides of it.
fn between(points: &[i32], a: usize, b: usize) -> Vec<f32> {
    let mean = 0.5 * (f64::from(points[a]) + f64::from(points[b]));
    let above = points.iter().position(|p| f64::from(*p) >= mean).unwrap_or(a.max(b));
    let mut shares = vec![0.0; points.len()];
    let high = f64::from(points[above]);
    match above.checked_sub(1).filter(|_| high > mean) {
        Some(below) => {
            let low = f64::from(points[below]);
            #[expect(clippy::cast_possible_truncation, reason = "a share")]
            let share = ((mean - low) / (high - low)) as f32;
            (shares[below], shares[above]) = (1.0 - share, share);
        }
        None => shares[above] = 1.0,
    }
    shares
}

/// The share of each class, level or label among the given answers of a task (plus one of each).
#[must_use]
pub(super) fn priors<'a>(
    task: &TaskData,
    rater: SecondRater,
    answers: impl Iterator<Item = &'a Answer>,
) -> Vec<f32> {
    let mut counts = vec![1.0f32; task.labels.len()];
    let mut n = task.labels.len() as f32;
    for p in answers.filter_map(|a| graded(task, a, rater)) {
        counts.iter_mut().zip(&p).for_each(|(c, p)| *c += p);
        n += 1.0;
    }
    counts.iter().map(|c| c / n).collect()
}

/// The weight of each class in the loss; rubric labels are never weighted.
#[must_use]
pub(super) fn weights(kind: ClassWeights, task: &TaskData, prior: &[f32]) -> Vec<f32> {
    let raw: Vec<f32> = prior
        .iter()
        .map(|p| match kind {
            _ if task.head.is_multi_label() => 1.0,
            ClassWeights::None => 1.0,
            ClassWeights::InverseRoot => 1.0 / p.sqrt(),
            ClassWeights::Positive if task.head.is_ordered() => 1.0,
            ClassWeights::Balanced | ClassWeights::Positive => 1.0 / p,
        })
        .collect();
    let mean: f32 = raw.iter().zip(prior).map(|(w, p)| w * p).sum::<f32>() / prior.iter().sum::<f32>();
    raw.iter().map(|w| w / mean).collect()
}

/// Multiplies the weight of each column being true by the odds of its being false in the training part.
pub(super) fn weigh_positive(head: &TaskHead, prior: &[f32], target: &mut LossTarget) {
    if head.kind.link() == Link::Logistic {
        let shares = head.target(prior);
        for (weight, (p, n)) in target.positive.iter_mut().zip(shares.positive.iter().zip(&shares.negative)) {
            *weight *= n / p;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::HeadKind;

    fn task(head: HeadKind, points: &[i32]) -> TaskData {
        let labels = (0..points.len()).map(|i| i.to_string()).collect();
        let points = if head == HeadKind::Ordinal { points.to_vec() } else { Vec::new() };
        TaskData { id: "t".into(), name: "t".into(), head, labels, points }
    }

    fn scored(target: Target, second: Target) -> Answer {
        let text = String::new();
        Answer {
            id: "a".into(),
            task: 0,
            text,
            reference: None,
            question: None,
            target,
            second,
            group: None,
            split_key: None,
        }
    }

    #[test]
    fn both_scores_share_the_probability_or_give_their_mean() {
        use SecondRater::{Half, Ignore, Mean};
        let (plain, uneven) = (task(HeadKind::Ordinal, &[0, 1, 2, 3]), task(HeadKind::Ordinal, &[0, 1, 5]));
        let (classes, labels) = (task(HeadKind::Softmax, &[0, 0, 0]), task(HeadKind::Sigmoid, &[0, 0]));
        let level = |a: usize, b: usize| scored(Target::Level(a), Target::Level(b));
        let class = scored(Target::Class(0), Target::Class(2));
        let flags = scored(Target::Labels(vec![true, false]), Target::Labels(vec![true, true]));
        for (data, answer, rater, want) in [
            (&plain, level(0, 2), Ignore, vec![1.0, 0.0, 0.0, 0.0]),
            (&plain, level(0, 2), Half, vec![0.5, 0.0, 0.5, 0.0]),
            (&plain, level(0, 2), Mean, vec![0.0, 1.0, 0.0, 0.0]),
            (&plain, level(3, 0), Mean, vec![0.0, 0.5, 0.5, 0.0]),
            (&plain, level(3, 3), Mean, vec![0.0, 0.0, 0.0, 1.0]),
            (&plain, level(0, 0), Half, vec![1.0, 0.0, 0.0, 0.0]),
            // 2.5 points are three eighths of the way from 1 to 5.
            (&uneven, level(0, 2), Mean, vec![0.0, 0.625, 0.375]),
            (&classes, class.clone(), Half, vec![0.5, 0.0, 0.5]),
            (&labels, flags.clone(), Half, vec![1.0, 0.5]),
            (&labels, flags, Mean, vec![1.0, 0.5]),
            // Without a second score, the first one counts alone.
            (&plain, scored(Target::Level(1), Target::Missing), Half, vec![0.0, 1.0, 0.0, 0.0]),
        ] {
            assert_eq!(graded(data, &answer, rater), Some(want), "{rater:?} {answer:?}");
        }
        assert_eq!(graded(&plain, &scored(Target::Missing, Target::Level(1)), Half), None);
    }

    #[test]
    fn half_of_each_score_is_the_mean_of_both_losses_targets() {
        for (head, data) in [
            (HeadKind::Ordinal, task(HeadKind::Ordinal, &[0, 1, 2, 3])),
            (HeadKind::Softmax, task(HeadKind::Softmax, &[0, 0, 0, 0])),
        ] {
            let of = |k| if head == HeadKind::Ordinal { Target::Level(k) } else { Target::Class(k) };
            let head = TaskHead::of(head, 4);
            for (a, b) in [(0, 3), (1, 2), (2, 2)] {
                let both = head.target(&graded(&data, &scored(of(a), of(b)), SecondRater::Half).unwrap());
                let one = |k| head.target(&certain(&data, &of(k)).unwrap()).positive;
                let mean: Vec<f32> = one(a).iter().zip(one(b)).map(|(a, b)| 0.5 * (a + b)).collect();
                assert_eq!(both.positive, mean);
            }
        }
    }

    #[test]
    fn rare_labels_and_steps_weigh_as_the_odds_of_their_absence() {
        let head = TaskHead::of(HeadKind::Sigmoid, 2);
        let mut target = head.target(&[1.0, 0.0]);
        weigh_positive(&head, &[0.2, 0.5], &mut target);
        assert!((target.positive[0] - 4.0).abs() < 1e-6 && target.negative == [0.0, 1.0], "{target:?}");
        let head = TaskHead::of(HeadKind::Ordinal, 3);
        let mut target = head.target(&[0.0, 0.0, 1.0]);
        weigh_positive(&head, &[0.5, 0.3, 0.2], &mut target);
        assert!((target.positive[0] - 1.0).abs() < 1e-6 && (target.positive[1] - 4.0).abs() < 1e-5);
        let data = task(HeadKind::Ordinal, &[0, 1, 2]);
        assert_eq!(weights(ClassWeights::Positive, &data, &[0.5, 0.3, 0.2]), [1.0; 3]);
        let data = task(HeadKind::Softmax, &[0, 0]);
        assert_eq!(
            weights(ClassWeights::Positive, &data, &[0.8, 0.2]),
            weights(ClassWeights::Balanced, &data, &[0.8, 0.2])
        );
    }

    #[test]
    fn the_mean_of_two_scores_keeps_their_mean_points() {
        for points in [&[0, 1, 2, 3][..], &[0, 1, 5], &[-3, 0, 10, 11]] {
            for a in 0..points.len() {
                for b in 0..points.len() {
                    let shares = between(points, a, b);
                    let mean: f32 = shares.iter().zip(points).map(|(s, p)| s * *p as f32).sum();
                    let want = 0.5 * (points[a] + points[b]) as f32;
                    assert!((mean - want).abs() < 1e-5, "{points:?} {a} {b}: {shares:?}");
                    assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
                }
            }
        }
    }
}
