//! Promises about the scores of one table, from answers that are drawn from it at random.
//!
//! **The promise.** People grade answers that are drawn from the table at random, without replacement, and
//! [`promise`] returns a threshold of confidence. With probability 1 − δ over the draw, at most `max_error` of all
//! scores of the table from this threshold on are wrong. Nothing is said about other answers.
//!
//! **Why it holds.** The answers are fixed, and only the draw is random. So nothing need be independent: the answers of
//! a student, copied answers, tasks of different difficulty may all be in the table. The thresholds and their order
//! come from the confidences of the whole table, which no grade has changed. Of the M scores from a threshold on, n are
//! drawn; given n, the number of wrong ones among them is hypergeometric. The claim "K or more of the M are wrong", for
//! the smallest K above `max_error` · M, is tested by the probability of as few wrong ones as were found, which is
//! largest at K: an exact p-value for any numbers. The tests share the level as those of
//! [`guarantee`](crate::guarantee) do, so that Theorem 1 of Angelopoulos, Bates, Candès, Jordan and Lei (2021) gives
//! the promise for every threshold that was reached.
//!
//! The bound of one threshold is the exact one of the hypergeometric distribution; see Buonaccorsi (1987), "A note on
//! confidence intervals for proportions in finite populations", The American Statistician 41.

use crate::distributions::hypergeometric_at_most;
use crate::guarantee::{Aim, Candidate, Judged, choose_by, stepped};

/// What drawn answers allow to promise about a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TablePromise {
    /// The confidence from which scores may count. `None`: nothing is promised.
    pub threshold: Option<f64>,
    /// Scores of the table from there on.
    pub automatic: u64,
    /// Drawn ones among them.
    pub drawn: u64,
    /// Wrong ones among these.
    pub wrong: u64,
    /// Upper bound of the number of wrong ones among all of them, for this threshold alone. The threshold was chosen by
    /// the same answers, so that only the aim is promised.
    pub most_wrong: u64,
    /// Where nothing is promised: how many drawn answers would be enough in all, if errors stayed as observed. `None`
    /// where a promise is made, and where not even all of the table would do.
    pub needed: Option<u64>,
}

/// The smallest number of wrong scores that breaks a promise about `automatic` ones.
fn too_many(automatic: u64, max_error: f64) -> u64 {
    // 0.07 · 100 is a little above 7.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let most = (max_error * automatic as f64 * (1.0 + 1e-12)).floor() as u64;
    most + 1
}

/// p-value of the hypothesis that more than `max_error` of `automatic` scores are wrong, after `wrong` of `drawn` ones
/// were found wrong. 1 without drawn ones.
///
/// # Panics
///
/// When more are drawn than there are, or more are wrong than drawn.
#[must_use]
pub fn p_of_more(wrong: u64, drawn: u64, automatic: u64, max_error: f64) -> f64 {
    assert!(wrong <= drawn && drawn <= automatic, "wrong ones are drawn, and drawn ones are there");
    match too_many(automatic, max_error) {
        _ if drawn == 0 => 1.0,
        many if many > automatic => 0.0,
        many => hypergeometric_at_most(wrong, drawn, many, automatic),
    }
}

/// The largest number of wrong scores among `automatic` ones that the draw does not contradict: the true number is
/// above it with probability `outside` at most.
///
/// # Panics
///
/// As [`p_of_more`].
#[must_use]
pub fn most_wrong(wrong: u64, drawn: u64, automatic: u64, outside: f64) -> u64 {
    assert!(wrong <= drawn && drawn <= automatic, "wrong ones are drawn, and drawn ones are there");
    let (mut low, mut high) = (wrong, automatic - (drawn - wrong));
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if hypergeometric_at_most(wrong, drawn, middle, automatic) > outside {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    low
}

/// Thresholds from the confidences of a table: from one that just enough of `drawn` answers pass down to the lowest.
/// With enough drawn ones, half of the level is on a second start, where a few errors do not decide.
///
/// Empty if even all drawn answers without an error would be too few.
#[must_use]
pub fn candidates(table: &[f64], drawn: usize, aim: Aim) -> Vec<Candidate> {
    /// How many more than necessary should pass the first threshold: their number varies.
    const SLACK: f64 = 1.2;
    /// How many times as many as necessary make a second start worth half of the level.
    const SECOND: f64 = 3.0;
    let all = table.len() as f64;
    // The fewest scores from the surest down, as a share, of which the drawn part without an error is enough.
    let fewest = |outside: f64| {
        let enough = |automatic: usize| {
            let part = automatic as f64 * drawn as f64 / all;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a count")]
            let part = part.floor() as u64;
            p_of_more(0, part, automatic as u64, aim.max_error) <= outside
        };
        let (mut low, mut high) = (0, table.len());
        if high == 0 || !enough(high) {
            return None;
        }
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if enough(middle) { high = middle } else { low = middle }
        }
        Some(high as f64 / all)
    };
    let Some(first) = fewest(aim.outside()) else { return Vec::new() };
    let two = fewest(aim.outside() / 2.0).filter(|_| first * SECOND <= 1.0);
    let starts = match two {
        Some(half) => vec![(SLACK * half).min(1.0), half.sqrt()],
        None => vec![(SLACK * first).min(1.0)],
    };
    stepped(table, &starts)
}

/// The lowest threshold that keeps the promise about the scores of a table, whose confidences are `table`. `drawn` are
/// the graded answers, all of which are in the table and were drawn from it at random.
///
/// ```
/// use pupil_metrics::finite::promise;
/// use pupil_metrics::guarantee::{Aim, Judged};
///
/// let aim = Aim { max_error: 0.05, confidence: 0.9 };
/// let table: Vec<f64> = (0..1000).map(|i| f64::from(i) / 1000.0).collect();
/// // Every third answer is drawn; scores below 0.2 are wrong.
/// let drawn: Vec<Judged> = table.iter().step_by(3).map(|c| Judged { confidence: *c, wrong: *c < 0.2 }).collect();
/// let promised = promise(&table, &drawn, aim);
/// assert!(promised.threshold.is_some_and(|t| (0.15..0.25).contains(&t)));
/// assert!(promised.most_wrong * 20 <= promised.automatic);
/// ```
///
/// # Panics
///
/// When the aim is not between 0 and 1, or more answers are drawn than there are.
#[must_use]
pub fn promise(table: &[f64], drawn: &[Judged], aim: Aim) -> TablePromise {
    assert!(drawn.len() <= table.len(), "drawn answers are in the table");
    let mut order = table.to_vec();
    order.sort_unstable_by(|a, b| b.total_cmp(a));
    let passing = |threshold: f64| order.partition_point(|confidence| *confidence >= threshold) as u64;
    let p_value = |threshold: f64, wrong: u64, n: u64| p_of_more(wrong, n, passing(threshold), aim.max_error);
    let choice = choose_by(&candidates(table, drawn.len(), aim), drawn, aim, p_value);
    let Some(test) = choice.chosen else {
        let needed = needed(table, drawn, aim);
        return TablePromise { threshold: None, automatic: 0, drawn: 0, wrong: 0, most_wrong: 0, needed };
    };
    let automatic = passing(test.threshold);
    TablePromise {
        threshold: Some(test.threshold),
        automatic,
        drawn: test.automatic,
        wrong: test.wrong,
        // The test was passed at a level of its own, which may be above that of the bound.
        most_wrong: most_wrong(test.wrong, test.automatic, automatic, aim.outside())
            .min(too_many(automatic, aim.max_error) - 1),
        needed: None,
    }
}

/// How many drawn answers would be enough, if the error rate at each threshold stayed as observed; at most a twentieth
/// more than needed.
fn needed(table: &[f64], drawn: &[Judged], aim: Aim) -> Option<u64> {
    /// Fewer drawn answers say nothing about a rate: then none of them is taken to be wrong.
    const FEWEST_OF_RATE: usize = 10;
    /// From so many answers on, the surest ones tell their rate; that of somewhat less sure ones is no lower, as a
    /// rule.
    const SURE_OF_RATE: usize = 30;
    let mut order = table.to_vec();
    order.sort_unstable_by(|a, b| b.total_cmp(a));
    let mut known: Vec<&Judged> = drawn.iter().collect();
    known.sort_unstable_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let mut size = drawn.len() + 1;
    while size <= table.len() {
        for start in candidates(table, size, aim).iter().filter(|candidate| candidate.share > 0.0) {
            let automatic = order.partition_point(|confidence| *confidence >= start.threshold);
            let n = automatic * size / table.len();
            let passing = known.partition_point(|one| one.confidence >= start.threshold);
            let sure = passing.max(SURE_OF_RATE.min(known.len()));
            let wrong = if sure < FEWEST_OF_RATE {
                0
            } else {
                (known[..sure].iter().filter(|one| one.wrong).count() * n).div_ceil(sure)
            };
            let p = p_of_more(wrong.min(n) as u64, n as u64, automatic as u64, aim.max_error);
            if p <= aim.outside() * start.share {
                return Some(size as u64);
            }
        }
        size += (size / 20).max(1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    const AIM: Aim = Aim { max_error: 0.05, confidence: 0.9 };

    /// The probability of promising what is not true, by all draws of a small table, is at most that stated.
    #[test]
    fn every_table_of_a_small_size_is_covered() {
        // Of 40 scores with one confidence, `marked` are wrong; 30 are drawn.
        let aim = Aim { max_error: 0.1, confidence: 0.9 };
        for marked in 0..=40_u64 {
            let is_true = marked as f64 <= aim.max_error * 40.0;
            let promised: f64 = (0..=marked.min(30))
                .filter(|wrong| {
                    let drawn: Vec<Judged> =
                        (0..30).map(|i| Judged { confidence: 0.8, wrong: i < *wrong }).collect();
                    promise(&[0.8; 40], &drawn, aim).threshold.is_some()
                })
                .map(|wrong| {
                    let below =
                        wrong.checked_sub(1).map_or(0.0, |k| hypergeometric_at_most(k, 30, marked, 40));
                    hypergeometric_at_most(wrong, 30, marked, 40) - below
                })
                .sum();
            assert!(is_true || promised <= 0.1 + 1e-9, "{marked} of 40: {promised}");
            assert!(marked > 0 || promised > 0.999, "all right, and nothing promised");
        }
    }

    #[test]
    fn all_answers_graded_say_exactly_what_is_true() {
        let table: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
        for errors in [9, 10, 11, 30] {
            // The least sure scores are wrong.
            let drawn: Vec<Judged> =
                (0..200).map(|i| Judged { confidence: table[i], wrong: i < errors }).collect();
            let found = promise(&table, &drawn, AIM);
            assert_eq!((found.drawn, found.most_wrong), (found.automatic, found.wrong));
            assert!(found.wrong * 20 <= found.automatic);
            // 10 of 200 are 5 %.
            assert_eq!(found.automatic == 200, errors <= 10, "{errors}: {found:?}");
        }
        assert_eq!(p_of_more(7, 100, 100, 0.07), 0.0);
        assert_eq!(p_of_more(8, 100, 100, 0.07), 1.0);
        assert_eq!(p_of_more(0, 0, 100, 0.07), 1.0);
    }

    #[test]
    fn bound_is_the_largest_number_that_is_not_contradicted() {
        for (wrong, drawn, all) in [(0, 45, 900), (3, 60, 130), (0, 0, 7), (5, 5, 9), (2, 50, 50)] {
            let most = most_wrong(wrong, drawn, all, 0.1);
            assert!(hypergeometric_at_most(wrong, drawn, most, all) > 0.1);
            let next = most + 1;
            assert!(
                next > all - (drawn - wrong) || hypergeometric_at_most(wrong, drawn, next, all) <= 0.1,
                "{wrong} of {drawn} of {all}: {most}"
            );
        }
        assert_eq!(most_wrong(0, 0, 7, 0.1), 7);
        assert_eq!(most_wrong(2, 50, 50, 0.1), 2);
    }

    #[test]
    fn small_tables_need_fewer_answers_than_endless_ones() {
        // 45 right answers of an endless number are enough; of 100, fewer.
        let enough = |all: u64| (1..=all).find(|n| p_of_more(0, *n, all, 0.05) <= 0.1);
        assert_eq!(enough(1_000_000), Some(45));
        assert!(enough(100).is_some_and(|n| n < 35), "{:?}", enough(100));
    }

    #[test]
    fn too_few_answers_promise_nothing_and_what_they_need_is_enough() {
        let mut stream = Stream::new(3, "finite", 0);
        let table: Vec<f64> = (0..2000).map(|_| stream.below(1000) as f64 / 1000.0).collect();
        let right = |n: usize| -> Vec<Judged> {
            table[..n].iter().map(|confidence| Judged { confidence: *confidence, wrong: false }).collect()
        };
        let found = promise(&table, &right(20), AIM);
        let needed = found.needed.expect("about 45 would do");
        assert!(found.threshold.is_none() && (40..=60).contains(&needed), "{found:?}");
        let needed = usize::try_from(needed).unwrap();
        assert!(promise(&table, &right(needed + 5), AIM).threshold.is_some());
        // Where half of the scores are wrong at every confidence, nothing helps but a better system.
        let coin: Vec<Judged> =
            (0..300).map(|i| Judged { confidence: table[i], wrong: i % 2 == 0 }).collect();
        let found = promise(&table, &coin, AIM);
        assert_eq!((found.threshold, found.needed), (None, None));
        assert_eq!(promise(&[], &[], AIM).threshold, None);
    }
}
