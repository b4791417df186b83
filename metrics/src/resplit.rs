//! Random re-splits of graded answers: how often promises would be broken, and how much they cost beside a plain band.
//!
//! In each repeat, the answers are split at random into a validation part, a calibration part and a test part; answers
//! of one student stay together. The confidences of the validation part give the order of thresholds, and the plain
//! band: the confidence that a share of them is below. The calibration part gives the promise.
//!
//! **What counts as broken.** Seen from the splits, the answers of the table are the population that calibration
//! answers are drawn from, so the error rate of a threshold is known: that of all answers of the table at or above it.
//! Where students have several answers to a task, one of them is drawn for calibration, so that the answers of a
//! student count as one together. A promise is broken in a repeat if that rate is above the largest allowed, and by the
//! theorem of [`guarantee`](crate::guarantee) this happens in a share of 1 − confidence of the repeats at most (drawing
//! without replacement makes it less). The error rate on a small test part would mostly show the chance of that part.
//!
//! **Other ways to draw.** [`Draw`] says how calibration answers come about: as a part of the table; as students that
//! are drawn from it with replacement, as many as there might be one day; or as answers that are drawn from it without
//! replacement, for a promise about the table itself ([`crate::finite`]).

use std::collections::HashMap;

use rayon::prelude::*;

use crate::Stream;
use crate::finite;
use crate::guarantee::{Aim, Judged, promise};

/// A graded answer with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Place of the task.
    pub task: usize,
    /// The student, where several answers may be of one: they are in the same part.
    pub student: Option<usize>,
    /// Whether another rule than that of confidence sends the score to review.
    pub held_back: bool,
    /// Confidence of the score, and whether it is wrong.
    pub judged: Judged,
}

/// Where calibration answers come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Draw {
    /// A share of the answers, students whole; the test part is the rest.
    Part(f64),
    /// So many students, drawn with replacement, as from endlessly many who are like those of the table. The test part
    /// is the table.
    Students(usize),
    /// So many answers, drawn without replacement, whoever's they are. The promise is about the scores of the table
    /// itself, and the test part is the table.
    Answers(usize),
}

/// How answers are split, and what is to be promised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The promise.
    pub aim: Aim,
    /// Share of the answers in the validation part.
    pub validation: f64,
    /// Where the calibration answers come from.
    pub calibration: Draw,
    /// Whether all tasks share one promise. Of a student's answers to all tasks, one is then a calibration answer,
    /// unless [`Draw::Answers`] draws answers.
    pub pooled: bool,
    /// Share of validation answers that the plain band sends to review.
    pub review_share: f64,
    /// Number of splits.
    pub repeats: usize,
    /// Seed of the splits.
    pub seed: u64,
}

/// What all repeats gave for a task.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Repeats {
    /// Answers in the table.
    pub answers: u64,
    /// Wrong scores among them, whatever their confidence.
    pub wrong: u64,
    /// Independent calibration answers, the mean of all repeats.
    pub calibration: f64,
    /// Repeats in which something was promised.
    pub promised: u64,
    /// Repeats in which the promise was broken.
    pub broken: u64,
    /// Share of test answers whose scores counted by the promise, the mean of all repeats; 0 where nothing was
    /// promised.
    pub automatic: f64,
    /// Error rate of these scores, of all repeats together. `None` if no score counted.
    pub error: Option<f64>,
    /// Share of test answers whose scores counted by the plain band.
    pub plain_automatic: f64,
    /// Error rate of these scores.
    pub plain_error: Option<f64>,
    /// Repeats in which the error rate of the plain band was above the largest allowed.
    pub plain_above: u64,
}

/// What all repeats gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Resplit {
    /// Each task, with a promise of its own.
    pub tasks: Vec<Repeats>,
    /// All tasks, each with its own promise: shares of all answers. Broken is a repeat in which more than the allowed
    /// share of all scores that count were wrong.
    pub all: Repeats,
    /// Number of repeats.
    pub repeats: u64,
}

/// Counts in the test part, and in the whole table, of one rule.
#[derive(Clone, Copy, Default)]
struct Counts {
    automatic: u64,
    wrong: u64,
    /// Each answer counts by the share of its student's answers to the task.
    table_automatic: f64,
    table_wrong: f64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.automatic += other.automatic;
        self.wrong += other.wrong;
        self.table_automatic += other.table_automatic;
        self.table_wrong += other.table_wrong;
    }

    fn is_above(&self, aim: Aim) -> bool {
        // Sums of shares, such as three thirds, may be off in their last digits.
        self.table_wrong > aim.max_error * self.table_automatic * (1.0 + 1e-12)
    }
}

/// One task in one repeat.
#[derive(Clone, Copy, Default)]
struct One {
    tested: u64,
    calibration: u64,
    promised: bool,
    kept: Counts,
    plain: Counts,
}

/// Splits answers `repeats` times, and promises each time what the calibration part allows.
///
/// # Panics
///
/// When an answer has a task that is not below `tasks`, the shares leave no test part, nobody is to be drawn, or more
/// answers than there are.
#[must_use]
pub fn resplit(answers: &[Answer], tasks: usize, settings: &Settings) -> Resplit {
    assert!(answers.iter().all(|a| a.task < tasks), "every answer has one of the tasks");
    let Settings { validation, calibration, .. } = *settings;
    assert!(
        match calibration {
            Draw::Part(share) => validation > 0.0 && share > 0.0 && validation + share < 1.0,
            Draw::Students(n) => validation > 0.0 && validation < 1.0 && n > 0,
            Draw::Answers(n) => n > 0 && n <= answers.len(),
        },
        "shares leave a test part, and as many are drawn as can be"
    );
    let units = units(answers);
    let group = |task: usize| if settings.pooled { 0 } else { task };
    let mut of_student: HashMap<(usize, usize), u32> = HashMap::new();
    for answer in answers {
        if let Some(student) = answer.student {
            *of_student.entry((group(answer.task), student)).or_default() += 1;
        }
    }
    // What an answer counts for in the table.
    let weights: Vec<f64> = answers
        .iter()
        .map(|a| match (calibration, a.student) {
            (Draw::Answers(_), _) | (_, None) => 1.0,
            (_, Some(student)) => 1.0 / f64::from(of_student[&(group(a.task), student)]),
        })
        .collect();
    let all: Vec<Vec<One>> = (0..settings.repeats)
        .into_par_iter()
        .map(|repeat| {
            let parts = parts(&units, answers.len(), settings, repeat);
            let of_group = |tasks: &[usize]| group_of(answers, tasks, &parts, &weights, settings);
            if settings.pooled {
                of_group(&(0..tasks).collect::<Vec<_>>())
            } else {
                (0..tasks).flat_map(|task| of_group(&[task])).collect()
            }
        })
        .collect();
    let of_table = |task: Option<usize>| {
        let own = answers.iter().filter(|a| task.is_none_or(|task| a.task == task));
        own.fold((0, 0), |(n, wrong), a| (n + 1, wrong + u64::from(a.judged.wrong)))
    };
    let of_task = |task: usize| summed(all.iter().map(|repeat| repeat[task]), settings, of_table(Some(task)));
    let together = all.iter().map(|repeat| {
        let mut sum = One::default();
        for one in repeat {
            sum.tested += one.tested;
            sum.calibration += one.calibration;
            sum.promised |= one.promised;
            sum.kept.add(one.kept);
            sum.plain.add(one.plain);
        }
        sum
    });
    Resplit {
        tasks: (0..tasks).map(of_task).collect(),
        all: summed(together, settings, of_table(None)),
        repeats: settings.repeats as u64,
    }
}

/// Answers that stay together: those of a student, or one alone.
fn units(answers: &[Answer]) -> Vec<Vec<usize>> {
    let mut units: Vec<Vec<usize>> = Vec::new();
    let mut of_student: HashMap<usize, usize> = HashMap::new();
    for (place, answer) in answers.iter().enumerate() {
        match answer.student.map(|student| *of_student.entry(student).or_insert(units.len())) {
            Some(unit) if unit < units.len() => units[unit].push(place),
            _ => units.push(vec![place]),
        }
    }
    units
}

/// The parts of a repeat, as places of answers.
#[derive(Default)]
struct Parts {
    validation: Vec<usize>,
    /// Those of each student, in random order.
    calibration: Vec<Vec<usize>>,
    test: Vec<usize>,
}

/// The parts of a repeat, each in random order of students.
fn parts(units: &[Vec<usize>], answers: usize, settings: &Settings, repeat: usize) -> Parts {
    let mut stream = Stream::new(settings.seed, "resplit", repeat);
    let mut within = Stream::new(settings.seed, "resplit within students", repeat);
    fn shuffle(order: &mut [usize], stream: &mut Stream) {
        for place in (1..order.len()).rev() {
            order.swap(place, stream.below(place + 1));
        }
    }
    if let Draw::Answers(n) = settings.calibration {
        let mut order: Vec<usize> = (0..answers).collect();
        shuffle(&mut order, &mut stream);
        order.truncate(n);
        return Parts {
            calibration: order.iter().map(|place| vec![*place]).collect(),
            validation: order,
            test: (0..answers).collect(),
        };
    }
    let mut order: Vec<usize> = (0..units.len()).collect();
    shuffle(&mut order, &mut stream);
    let share = if let Draw::Part(share) = settings.calibration { share } else { 0.0 };
    let ends = [settings.validation, settings.validation + share];
    let mut parts = Parts::default();
    let mut before = 0;
    for unit in order {
        let mut own = units[unit].clone();
        shuffle(&mut own, &mut within);
        let done = before as f64;
        before += own.len();
        if done < ends[0] * answers as f64 {
            parts.validation.extend(own);
        } else if done < ends[1] * answers as f64 {
            parts.calibration.push(own);
        } else {
            parts.test.extend(own);
        }
    }
    if let Draw::Students(n) = settings.calibration {
        let mut drawn = Stream::new(settings.seed, "resplit students", repeat);
        parts.calibration = (0..n)
            .map(|_| {
                let mut own = units[drawn.below(units.len())].clone();
                shuffle(&mut own, &mut within);
                own
            })
            .collect();
        parts.test = (0..answers).collect();
    }
    parts
}

/// Tasks that share a promise, in a repeat.
fn group_of(
    answers: &[Answer],
    tasks: &[usize],
    parts: &Parts,
    weights: &[f64],
    settings: &Settings,
) -> Vec<One> {
    let of = |places: &[usize]| -> Vec<Answer> {
        places.iter().map(|i| answers[*i]).filter(|a| tasks.contains(&a.task)).collect()
    };
    let validation = of(&parts.validation);
    let mut confidences: Vec<f64> = validation.iter().map(|a| a.judged.confidence).collect();
    // One answer of each student, the first in random order.
    let first = |own: &Vec<usize>| own.iter().map(|i| answers[*i]).find(|a| tasks.contains(&a.task));
    let calibration: Vec<Answer> = parts.calibration.iter().filter_map(first).collect();
    let judged: Vec<Judged> = calibration.iter().filter(|a| !a.held_back).map(|a| a.judged).collect();
    let sure = |of: &mut dyn Iterator<Item = &Answer>| -> Vec<f64> {
        of.filter(|a| !a.held_back).map(|a| a.judged.confidence).collect()
    };
    let threshold = if let Draw::Answers(_) = settings.calibration {
        let table = sure(&mut answers.iter().filter(|a| tasks.contains(&a.task)));
        finite::promise(&table, &judged, settings.aim).threshold
    } else {
        let held_back = (calibration.len() - judged.len()) as u64;
        promise(&sure(&mut validation.iter()), &judged, held_back, settings.aim).threshold
    };
    confidences.sort_unstable_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let place = (confidences.len() as f64 * settings.review_share) as usize;
    let plain = confidences.get(place).copied();
    let counts = |task: usize, threshold: Option<f64>| {
        let mut counts = Counts::default();
        let Some(threshold) = threshold else { return counts };
        let counted = |a: &Answer| a.task == task && !a.held_back && a.judged.confidence >= threshold;
        for answer in parts.test.iter().map(|i| &answers[*i]).filter(|a| counted(a)) {
            counts.automatic += 1;
            counts.wrong += u64::from(answer.judged.wrong);
        }
        for (answer, weight) in answers.iter().zip(weights).filter(|(a, _)| counted(a)) {
            counts.table_automatic += weight;
            counts.table_wrong += if answer.judged.wrong { *weight } else { 0.0 };
        }
        counts
    };
    let one = |task: &usize| One {
        tested: parts.test.iter().filter(|i| answers[**i].task == *task).count() as u64,
        calibration: calibration.iter().filter(|a| a.task == *task).count() as u64,
        promised: threshold.is_some(),
        kept: counts(*task, threshold),
        plain: counts(*task, plain),
    };
    tasks.iter().map(one).collect()
}

/// All repeats of a task, or of all tasks.
fn summed(
    ones: impl Iterator<Item = One> + Clone,
    settings: &Settings,
    (answers, wrong): (u64, u64),
) -> Repeats {
    let n = settings.repeats as f64;
    let mean = |of: &dyn Fn(&One) -> f64| ones.clone().map(|one| of(&one)).sum::<f64>() / n;
    let share = |counts: Counts, one: &One| counts.automatic as f64 / one.tested.max(1) as f64;
    let rate = |of: &dyn Fn(&One) -> Counts| {
        let (wrong, all) = ones.clone().fold((0, 0), |(wrong, all), one| {
            let counts = of(&one);
            (wrong + counts.wrong, all + counts.automatic)
        });
        (all > 0).then(|| wrong as f64 / all as f64)
    };
    let count = |of: &dyn Fn(&One) -> bool| ones.clone().filter(of).count() as u64;
    Repeats {
        answers,
        wrong,
        calibration: mean(&|one| one.calibration as f64),
        promised: count(&|one| one.promised),
        broken: count(&|one| one.kept.is_above(settings.aim)),
        automatic: mean(&|one| share(one.kept, one)),
        error: rate(&|one| one.kept),
        plain_automatic: mean(&|one| share(one.plain, one)),
        plain_error: rate(&|one| one.plain),
        plain_above: count(&|one| one.plain.is_above(settings.aim)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(n: usize, error: impl Fn(f64) -> f64) -> Vec<Answer> {
        let mut stream = Stream::new(5, "answers", 0);
        let mut uniform = move || (stream.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        (0..n)
            .map(|i| {
                let confidence = uniform().sqrt();
                let judged = Judged { confidence, wrong: uniform() < error(confidence) };
                // Two answers of each student, one to each task.
                Answer { task: i % 2, student: Some(i / 2), held_back: i % 50 == 0, judged }
            })
            .collect()
    }

    fn settings() -> Settings {
        Settings {
            aim: Aim { max_error: 0.05, confidence: 0.9 },
            validation: 0.15,
            calibration: Draw::Part(0.45),
            pooled: false,
            review_share: 0.15,
            repeats: 400,
            seed: 1,
        }
    }

    #[test]
    fn promises_are_broken_no_more_often_than_they_say_and_plain_bands_are() {
        for error in [|c: f64| 0.3 * (1.0 - c), |_: f64| 0.07] {
            let found = resplit(&answers(1200, error), 2, &settings());
            for task in found.tasks.iter().chain([&found.all]) {
                // Three standard deviations of 400 repeats above 10 %.
                assert!(task.broken as f64 <= 400.0 * (0.1 + 3.0 * 0.015), "{task:?}");
            }
            assert!(found.all.plain_above > 390, "{found:?}");
        }
    }

    #[test]
    fn any_answer_of_a_student_may_be_the_one_that_counts() {
        // The first answer of each student is right and the others are often wrong: a promise about all of them must
        // not rest on first answers.
        let mut answers = Vec::new();
        for student in 0..300 {
            for n in 0..4 {
                let wrong = n > 0 && (student + n) % 3 == 0;
                let judged = Judged { confidence: 0.9, wrong };
                answers.push(Answer { task: 0, student: Some(student), held_back: false, judged });
            }
        }
        let found = resplit(&answers, 1, &settings()).tasks[0];
        assert!(found.promised <= 2 && found.broken <= 2, "{found:?}");
    }

    #[test]
    fn students_are_in_one_part_and_parts_have_their_shares() {
        let answers = answers(1000, |_| 0.0);
        let parts = parts(&units(&answers), answers.len(), &settings(), 3);
        let parts = [parts.validation, parts.calibration.concat(), parts.test];
        for (part, want) in parts.iter().zip([150, 450, 400]) {
            assert!(part.len().abs_diff(want) <= 2, "{}", part.len());
            for place in part {
                assert!(part.contains(&(place ^ 1)), "both answers of a student");
            }
        }
        let found = resplit(&answers, 2, &settings());
        assert_eq!((found.all.answers, found.all.wrong, found.all.broken), (1000, 0, 0));
        // All scores are right, so that nearly all count but those that are held back.
        assert!(found.tasks[0].promised == 400 && found.tasks[0].automatic > 0.9, "{found:?}");
        assert!((found.tasks[0].calibration - 225.0).abs() <= 2.0);
        assert_eq!(found, resplit(&answers, 2, &settings()));
        assert_ne!(found, resplit(&answers, 2, &Settings { seed: 2, ..settings() }));
    }

    #[test]
    fn other_draws_keep_promises_too() {
        // The error of a student's answers depends on the student: they are wrong together.
        let mut answers = answers(1200, |_| 0.0);
        for (place, answer) in answers.iter_mut().enumerate() {
            answer.judged.wrong = (place / 2) % 11 == 0 && answer.judged.confidence < 0.9;
        }
        for calibration in [Draw::Students(300), Draw::Answers(500), Draw::Part(0.45)] {
            for pooled in [false, true] {
                let settings = Settings { calibration, pooled, ..settings() };
                let found = resplit(&answers, 2, &settings);
                let held = if pooled { vec![found.all] } else { found.tasks.clone() };
                for task in held {
                    assert!(task.broken as f64 <= 400.0 * (0.1 + 3.0 * 0.015), "{settings:?}: {task:?}");
                }
                let drawn = match (calibration, pooled) {
                    // One answer of each student, to either task or to both together.
                    (Draw::Students(n), false) => 2 * n,
                    (Draw::Students(n) | Draw::Answers(n), _) => n,
                    (Draw::Part(_), false) => 540,
                    (Draw::Part(_), true) => 270,
                };
                assert!((found.all.calibration - drawn as f64).abs() <= 2.0, "{settings:?}: {found:?}");
                assert!(found.all.promised > 0, "{settings:?}");
            }
        }
    }

    #[test]
    fn more_students_let_more_scores_count() {
        let answers = answers(1200, |c| 0.3 * (1.0 - c));
        let share = |n: usize| {
            let calibration = Draw::Students(n);
            resplit(&answers, 2, &Settings { calibration, repeats: 60, ..settings() }).all.automatic
        };
        let shares = [60, 240, 960].map(share);
        assert!(shares[0] < shares[1] && shares[1] < shares[2], "{shares:?}");
    }

    #[test]
    fn too_few_answers_promise_nothing() {
        let found = resplit(&answers(60, |_| 0.0), 2, &settings());
        assert_eq!((found.all.promised, found.all.automatic, found.all.error), (0, 0.0, None));
        assert!(found.all.plain_automatic > 0.5);
    }
}
