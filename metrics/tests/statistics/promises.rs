//! What bounds and thresholds promise, on simulated answers. Seeds are fixed, so that a failure repeats; with another
//! seed, a test fails with the probability that it states.

use proptest::prelude::*;
use pupil_metrics::Stream;
use pupil_metrics::audit::{AuditBound, mixture_bound};
use pupil_metrics::guarantee::{
    Aim, Candidate, Judged, Verdict, candidates_from, check, choose_threshold, outlook, promise,
    usual_candidates,
};
use pupil_metrics::proportion::{lower_bound, upper_bound};

/// A number from 0 up to 1.
fn uniform(stream: &mut Stream) -> f64 {
    (stream.bits() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Answers whose error rate at confidence `c` is `error(c)`.
fn answers(stream: &mut Stream, n: usize, error: impl Fn(f64) -> f64) -> Vec<Judged> {
    (0..n)
        .map(|_| {
            let confidence = uniform(stream).sqrt();
            Judged { confidence, wrong: uniform(stream) < error(confidence) }
        })
        .collect()
}

/// The error rates of answers at or above 0, 1/2000, 2/2000, …, by integrating the density 2c.
fn true_rates(error: impl Fn(f64) -> f64) -> Vec<f64> {
    const STEPS: u32 = 2000;
    let (mut wrong, mut all) = (0.0, 0.0);
    let mut rates: Vec<f64> = (0..STEPS)
        .rev()
        .map(|step| {
            let c = (f64::from(step) + 0.5) / f64::from(STEPS);
            wrong += 2.0 * c * error(c);
            all += 2.0 * c;
            wrong / all
        })
        .collect();
    rates.reverse();
    rates
}

/// The error rate at a threshold.
fn rate_at(rates: &[f64], threshold: f64) -> f64 {
    rates[((threshold * rates.len() as f64) as usize).min(rates.len() - 1)]
}

const AIM: Aim = Aim { max_error: 0.05, confidence: 0.9 };

/// How often a threshold is chosen, and how often one is chosen whose true error rate is above the promise.
fn simulate(
    runs: usize,
    n: usize,
    error: impl Fn(f64) -> f64 + Copy,
    candidates: impl Fn(&mut Stream) -> Vec<Candidate>,
) -> (f64, f64) {
    let (mut chosen, mut broken) = (0, 0);
    let rates = true_rates(error);
    for run in 0..runs {
        let mut stream = Stream::new(20_261_127, "promise", run);
        let candidates = candidates(&mut stream);
        let answers = answers(&mut stream, n, error);
        if let Some(test) = choose_threshold(&candidates, &answers, AIM).chosen {
            chosen += 1;
            broken += usize::from(rate_at(&rates, test.threshold) > AIM.max_error);
        }
    }
    (chosen as f64 / runs as f64, broken as f64 / runs as f64)
}

#[test]
fn promise_is_broken_no_more_often_than_it_says() {
    // Four standard deviations of 1,000 runs above 10 %.
    const MOST: f64 = 0.1 + 4.0 * 0.0095;
    let good = |c: f64| 0.15 * (1.0 - c);
    let falling = |c: f64| 0.4 * (1.0 - c);
    let wavy = |c: f64| if (0.8..0.9).contains(&c) { 0.12 } else { 0.045 };
    let overconfident = |c: f64| if c > 0.95 { 0.2 } else { 0.02 };
    let at_the_limit = |_: f64| 0.0501;
    let errors: [&dyn Fn(f64) -> f64; 5] = [&good, &falling, &wavy, &overconfident, &at_the_limit];
    for (which, error) in errors.into_iter().enumerate() {
        for n in [120, 600] {
            let usual = simulate(1000, n, error, |_| usual_candidates());
            let from_others = simulate(1000, n, error, |stream| {
                let others: Vec<f64> = (0..80).map(|_| uniform(stream).sqrt()).collect();
                candidates_from(&others, n, AIM)
            });
            assert!(usual.1 <= MOST, "error {which}, {n} answers: {usual:?}");
            assert!(from_others.1 <= MOST, "error {which}, {n} answers: {from_others:?}");
            if which == 0 && n == 600 {
                // A good model gets a threshold.
                assert!(usual.0 > 0.85 && from_others.0 > 0.85, "{usual:?} {from_others:?}");
            }
        }
    }
}

#[test]
fn promise_of_a_file_is_broken_no_more_often_than_it_says() {
    // Four standard deviations of 1,000 runs above 10 %.
    const MOST: usize = 100 + 38;
    let falling = |c: f64| 0.4 * (1.0 - c);
    let at_the_limit = |_: f64| 0.0501;
    let good = |c: f64| 0.05 * (1.0 - c);
    let errors: [(&dyn Fn(f64) -> f64, f64); 3] = [(&falling, 0.0), (&at_the_limit, 0.0), (&good, 0.6)];
    for (error, least) in errors {
        let rates = true_rates(error);
        let (mut broken, mut share) = (0, 0.0);
        for run in 0..1000 {
            let mut stream = Stream::new(20_261_128, "file", run);
            let other: Vec<f64> = (0..100).map(|_| uniform(&mut stream).sqrt()).collect();
            // A rule that does not look at scores holds one answer in ten back.
            let all = answers(&mut stream, 250, error);
            let (held, judged) = all.split_at(25);
            let found = promise(&other, judged, held.len() as u64, AIM);
            assert_eq!(found.answers, 250);
            let Some(threshold) = found.threshold else {
                assert_eq!((found.automatic, found.wrong, found.bound), (0, 0, 1.0));
                continue;
            };
            assert!(other.contains(&threshold) && found.bound <= AIM.max_error && found.needed.is_none());
            assert!(upper_bound(found.wrong, found.automatic, AIM.outside()) <= AIM.max_error + 1e-9);
            broken += usize::from(rate_at(&rates, threshold) > AIM.max_error);
            share += found.automatic as f64 / 250.0 / 1000.0;
        }
        assert!(broken <= MOST, "{broken} of 1000");
        assert!(share >= least, "{share} automatic");
    }
}

#[test]
fn answers_needed_are_about_enough_if_errors_stay() {
    let judged = |n: usize, wrong: usize| -> Vec<Judged> {
        let sure = |i: usize| 0.5 + i as f64 / (2 * n) as f64;
        let errors = |i: usize| (i * wrong + n / 2) / n;
        (0..n).map(|i| Judged { confidence: sure(i), wrong: errors(i) != errors(i + 1) }).collect()
    };
    let other: Vec<f64> = (0..200).map(|i| 0.5 + f64::from(i) / 400.0).collect();
    for (n, wrong, held_back) in [(40, 0, 0), (40, 0, 10), (100, 2, 0), (15, 0, 3)] {
        let found = promise(&other, &judged(n, wrong), held_back, AIM);
        let needed = found.needed.unwrap();
        assert!(found.threshold.is_none() && needed > found.answers, "{found:?}");
        // So many answers in all, or somewhat more, of which the same shares are wrong and held back.
        let is_enough = |size: u64| {
            let held = (held_back * size).div_ceil(found.answers);
            let errors = wrong * size as usize / found.answers as usize;
            promise(&other, &judged((size - held) as usize, errors), held, AIM).threshold.is_some()
        };
        let enough = (needed..20_000).find(|size| is_enough(*size)).unwrap();
        assert!(enough * 2 <= needed * 3, "{n} {wrong} {held_back}: {found:?}, enough are {enough}");
    }
    // A model that is wrong every third time does not get better by answers.
    assert_eq!(promise(&other, &judged(300, 100), 0, AIM).needed, None);
    assert_eq!(promise(&[], &[], 0, AIM).needed, Some(45));
}

#[test]
fn too_few_answers_promise_nothing() {
    let right: Vec<Judged> = (0..44).map(|_| Judged { confidence: 0.97, wrong: false }).collect();
    let one = [Candidate { threshold: 0.9, share: 1.0 }];
    let choice = choose_threshold(&one, &right, AIM);
    assert_eq!(choice.chosen, None);
    assert_eq!(outlook(&choice, AIM).unwrap().answers, 45);
    let more: Vec<Judged> = (0..45).map(|_| Judged { confidence: 0.97, wrong: false }).collect();
    let test = choose_threshold(&one, &more, AIM).chosen.unwrap();
    assert_eq!((test.automatic, test.wrong, test.threshold), (45, 0, 0.9));
    // A tenth of the answers counts, so ten times as many are needed.
    let mixed: Vec<Judged> =
        (0..200).map(|i| Judged { confidence: if i < 20 { 0.95 } else { 0.1 }, wrong: i >= 20 }).collect();
    let choice = choose_threshold(&one, &mixed, AIM);
    assert_eq!((choice.chosen, outlook(&choice, AIM).unwrap().answers), (None, 450));
    // With half of the scores wrong, no number of answers helps.
    let bad: Vec<Judged> = (0..200).map(|i| Judged { confidence: 0.95, wrong: i % 2 == 0 }).collect();
    assert_eq!(outlook(&choose_threshold(&one, &bad, AIM), AIM), None);
    assert!(candidates_from(&[], 100, AIM).is_empty());
    assert!(candidates_from(&[0.5, 0.6], 44, AIM).is_empty());
}

#[test]
fn level_passes_on_only_after_a_rejection() {
    let answers: Vec<Judged> = (0..300)
        .map(|i| Judged { confidence: 1.0 - f64::from(i) / 300.0, wrong: (100..160).contains(&i) })
        .collect();
    let candidate = |threshold: f64, share: f64| Candidate { threshold, share };
    let choice = choose_threshold(
        &[candidate(0.75, 0.5), candidate(0.5, 0.0), candidate(0.4, 0.0), candidate(0.2, 0.5)],
        &answers,
        AIM,
    );
    let seen: Vec<(u64, u64, bool)> = choice.tests.iter().map(|t| (t.automatic, t.wrong, t.kept)).collect();
    assert_eq!(seen, [(76, 0, true), (151, 51, false), (181, 60, false), (240, 60, false)]);
    let levels: Vec<f64> = choice.tests.iter().map(|t| t.level).collect();
    for (got, want) in levels.iter().zip([0.05, 0.05, 0.0, 0.05]) {
        assert!((got - want).abs() < 1e-12, "{levels:?}");
    }
    assert_eq!(choice.chosen.unwrap().threshold, 0.75);
}

#[test]
fn check_needs_answers_for_either_verdict() {
    assert_eq!(check(0, 45, AIM), Verdict::Kept);
    assert_eq!(check(0, 44, AIM), Verdict::Open);
    assert_eq!(check(12, 100, AIM), Verdict::Broken);
    assert_eq!(check(0, 0, AIM), Verdict::Open);
}

#[test]
fn audit_bound_fails_at_some_moment_no_more_often_than_it_says() {
    for rate in [0.05, 0.3] {
        let runs = 400;
        let failures = (0..runs)
            .filter(|run| {
                let mut stream = Stream::new(7, "audit", *run);
                let mut audit = AuditBound::new(0.9, 0.05);
                (0..250).any(|_| {
                    audit.add(uniform(&mut stream) < rate);
                    audit.bound() < rate || audit.low() > rate
                })
            })
            .count();
        // Four standard deviations above 20 %, 10 % for each of the two bounds.
        assert!(failures as f64 <= 400.0 * 0.2 + 4.0 * 8.0, "{failures} of {runs} at {rate}");
        // An exact bound, read after each answer, fails far more often; else this test would show nothing.
        let ordinary = (0..runs)
            .filter(|run| {
                let mut stream = Stream::new(7, "audit", *run);
                let mut wrong = 0;
                (1..=250).any(|n| {
                    wrong += u64::from(uniform(&mut stream) < rate);
                    upper_bound(wrong, n, 0.1) < rate
                })
            })
            .count();
        assert!(ordinary > 2 * failures, "{ordinary} {failures}");
    }
}

#[test]
fn audit_bound_comes_near_the_rate() {
    let mut stream = Stream::new(3, "audit", 0);
    let mut audit = AuditBound::new(0.9, 0.05);
    (0..20_000).for_each(|_| audit.add(uniform(&mut stream) < 0.04));
    assert_eq!(audit.audited(), 20_000);
    assert!((0.04..0.047).contains(&audit.bound()), "{}", audit.bound());
    assert!((0.034..0.04).contains(&audit.low()), "{}", audit.low());
    let verdicts = [0.05, 0.04, 0.03].map(|aim| audit.verdict(aim));
    assert_eq!(verdicts, [Verdict::Kept, Verdict::Open, Verdict::Broken]);
}

proptest! {
    #[test]
    fn exact_bounds_cover(rate in 0.01_f64..0.99, trials in 1_u64..60, outside in 0.01_f64..0.4) {
        // The probability of all outcomes whose bound misses the rate.
        let mut chance = (1.0 - rate).powi(i32::try_from(trials).unwrap());
        let (mut above, mut below) = (0.0, 0.0);
        for hits in 0..=trials {
            above += if upper_bound(hits, trials, outside) < rate { chance } else { 0.0 };
            below += if lower_bound(hits, trials, outside) > rate { chance } else { 0.0 };
            chance *= (trials - hits) as f64 / (hits + 1) as f64 * rate / (1.0 - rate);
        }
        prop_assert!(above <= outside + 1e-9 && below <= outside + 1e-9, "{} {}", above, below);
    }

    #[test]
    fn nothing_above_the_audit_bound_is_possible(
        audited in 1_u64..300, share in 0.0_f64..0.99, outside in 0.01_f64..0.5, expected in 0.01_f64..0.5
    ) {
        let wrong = (share * audited as f64) as u64;
        let prior = (1.0, 1.0 / expected - 1.0);
        let bound = mixture_bound(wrong, audited, prior, outside);
        prop_assert!(bound >= wrong as f64 / audited as f64 && bound <= 1.0);
        // More errors never lower the bound, and more right scores never raise it.
        prop_assert!(mixture_bound(wrong + 1, audited + 1, prior, outside) >= bound - 1e-12);
        prop_assert!(mixture_bound(wrong, audited + 1, prior, outside) <= bound + 1e-12);
        prop_assert!(mixture_bound(wrong, audited, prior, outside / 2.0) >= bound - 1e-12);
    }

    #[test]
    fn chosen_threshold_is_one_that_was_kept(
        answers in proptest::collection::vec((0.0_f64..1.0, proptest::bool::weighted(0.03)), 0..400)
    ) {
        let judged: Vec<Judged> =
            answers.iter().map(|(confidence, wrong)| Judged { confidence: *confidence, wrong: *wrong }).collect();
        let choice = choose_threshold(&usual_candidates(), &judged, AIM);
        if let Some(test) = choice.chosen {
            prop_assert!(test.kept && test.p <= test.level && test.level <= 0.1 + 1e-12);
            prop_assert!(upper_bound(test.wrong, test.automatic, 0.1) <= 0.05 + 1e-9);
            let among = judged.iter().filter(|a| a.confidence >= test.threshold);
            prop_assert_eq!(among.clone().count() as u64, test.automatic);
            prop_assert_eq!(among.filter(|a| a.wrong).count() as u64, test.wrong);
        }
    }
}
