//! Attacks on test answers, and the test answers themselves.

use super::Settings;
use super::questions::Questions;
use super::report::{Group, Report};
use super::tally::{Award, Item, Tally, scored};
use crate::attack::{KINDS, Kind, Outcome, Part, Verdicts};
use crate::data::Target;
use crate::ops::dropout::derive;
use crate::progress::Bar;
use crate::random;
use anyhow::{Context, Result};
use pupil_core::{Score, Scorer};
use rand::Rng;
use std::collections::{BTreeMap, HashSet};

/// Rounds through all questions without a new text after which fewer texts are accepted.
const ROUNDS: usize = 4;
/// Fewest draws without a new text after which fewer texts are accepted.
const DRAWS: usize = 400;

/// The stream of the seed that attacks are drawn from.
pub(super) const STREAM: u64 = 0x0061_7474_6163_6B73;

/// A made text, and the one that it was made of where both are compared.
pub(super) struct Made<'a> {
    pub(super) changed: Item<'a>,
    before: Option<Item<'a>>,
}

/// Adds the rows of all kinds and those of real answers to a report.
pub(super) fn measure(
    scorer: &Scorer,
    questions: &Questions<'_>,
    settings: &Settings,
    report: &mut Report,
) -> Result<()> {
    let verdicts: Vec<Option<Verdicts>> = questions.tasks.iter().map(Verdicts::of).collect();
    let elsewhere: Vec<Vec<&str>> = (0..questions.pool.questions.len())
        .map(|place| questions.pool.elsewhere(place, derive(settings.seed, place as u64)))
        .collect();
    let bar = Bar::new("robustness".into());
    let real = questions.answers();
    let total = (real + KINDS.len() * settings.per_kind) as u64;
    // Per task: attacks of all kinds together, changes of all kinds together.
    let mut pooled: BTreeMap<(usize, Group), Tally> = BTreeMap::new();
    real_answers(scorer, questions, &verdicts, report, (&bar, total))?;
    for (n, kind) in KINDS.iter().enumerate() {
        let made = make(kind, questions, &elsewhere, Part::Heldout, (settings.per_kind, settings.seed));
        let done = (real + n * settings.per_kind) as u64;
        let changed: Vec<Item<'_>> = made.iter().map(|made| made.changed.clone()).collect();
        let before: Vec<Item<'_>> = made.iter().filter_map(|made| made.before.clone()).collect();
        let scores = scored(scorer, &questions.tasks, &changed, Some((&bar, done, total)))?;
        let unchanged = scored(scorer, &questions.tasks, &before, Some((&bar, done, total)))?;
        let group = match kind.outcome {
            Outcome::Opposite | Outcome::Wrong => Group::Attack,
            Outcome::NotBetter => Group::NotBetter,
            Outcome::Same => Group::Same,
        };
        let mut tally = Tally::default();
        for (place, (item, score)) in changed.iter().zip(&scores).enumerate() {
            let of_task = pooled.entry((item.task, group)).or_default();
            let Some(score) = score else {
                tally.refuse();
                of_task.refuse();
                continue;
            };
            let award = awarded(questions, &verdicts, item.task, score)?;
            match unchanged.get(place) {
                None => {
                    tally.add(score, &award);
                    of_task.add(score, &award);
                }
                Some(None) => {}
                Some(Some(before)) => {
                    let before = awarded(questions, &verdicts, item.task, before)?;
                    let kept = match kind.outcome {
                        Outcome::Same => award.target == before.target,
                        _ => !award.is_better(&before),
                    };
                    tally.compare(score, &award, &before, kept);
                    of_task.compare(score, &award, &before, kept);
                }
            }
        }
        report.rows.push(tally.row(kind.name, group));
    }
    bar.set(total, total, "");
    bar.finish();
    for ((task, group), tally) in &pooled {
        let name = match group {
            Group::Attack => "attacks",
            Group::Same => "changes",
            _ => continue,
        };
        let rows = report.by_task.entry(questions.tasks[*task].id.clone()).or_default();
        rows.push(tally.row(name, *group));
    }
    Ok(())
}

/// What a score awards, of a task with verdicts.
fn awarded(
    questions: &Questions<'_>,
    verdicts: &[Option<Verdicts>],
    task: usize,
    score: &Score,
) -> Result<Award> {
    let known = verdicts[task].as_ref().context("only tasks with a best score are attacked")?;
    Ok(Award::of(score, &questions.tasks[task], known))
}

/// All answers of people as texts to score, and their human scores.
pub(super) fn answers<'q>(questions: &'q Questions<'_>) -> (Vec<Item<'q>>, Vec<&'q Target>) {
    let (mut items, mut targets) = (Vec::new(), Vec::new());
    for question in &questions.pool.questions {
        for answer in &question.answers {
            items.push(Item {
                task: question.task,
                reference: question.reference,
                text: answer.text.clone(),
            });
            targets.push(&answer.target);
        }
    }
    (items, targets)
}

/// Adds the answers of people: right ones, wrong ones and, where the task has such a class, contradictory ones.
fn real_answers(
    scorer: &Scorer,
    questions: &Questions<'_>,
    verdicts: &[Option<Verdicts>],
    report: &mut Report,
    (bar, total): (&Bar, u64),
) -> Result<()> {
    let (items, targets) = answers(questions);
    let scores = scored(scorer, &questions.tasks, &items, Some((bar, 0, total)))?;
    let (mut right, mut wrong, mut contradictory) = (Tally::default(), Tally::default(), Tally::default());
    let mut by_task: BTreeMap<usize, Tally> = BTreeMap::new();
    for ((item, target), score) in items.iter().zip(targets).zip(&scores) {
        let Some(score) = score else { continue };
        let award = awarded(questions, verdicts, item.task, score)?;
        let Some(known) = &verdicts[item.task] else { continue };
        match known.of_person(&questions.tasks[item.task], target) {
            Some("real-right") => right.add(score, &award),
            Some("real-contradictory") => {
                contradictory.add(score, &award);
                by_task.entry(item.task).or_default().add(score, &award);
            }
            Some(_) => wrong.add(score, &award),
            None => {}
        }
    }
    report.rows.push(right.row("real-right", Group::Real));
    report.rows.push(wrong.row("real-wrong", Group::Real));
    report.rows.push(contradictory.row("real-contradictory", Group::Real));
    for (task, tally) in by_task {
        let rows = report.by_task.entry(questions.tasks[task].id.clone()).or_default();
        rows.push(tally.row("real-contradictory", Group::Real));
    }
    Ok(())
}

/// Makes so many texts of one kind, from all questions in turn, with the templates, words and pairs of words of a part.
///
/// An attack changes the reference answer, which a model is surest to award; a right answer of a student where there is
/// no reference, or nothing new can be made of it.
pub(super) fn make<'q>(
    kind: &Kind,
    questions: &'q Questions<'_>,
    elsewhere: &'q [Vec<&str>],
    part: Part,
    (per_kind, seed): (usize, u64),
) -> Vec<Made<'q>> {
    let pool = &questions.pool.questions;
    let places: Vec<usize> = (0..pool.len()).filter(|place| !kind.english || pool[*place].english).collect();
    let order = random::permutation(places.len(), derive(seed, STREAM));
    let (mut made, mut known) = (Vec::new(), HashSet::new());
    let (mut draw, mut last) = (0, 0);
    while !order.is_empty() && made.len() < per_kind && draw - last < DRAWS.max(ROUNDS * order.len()) {
        let place = places[order[draw % order.len()]];
        let question = &pool[place];
        draw += 1;
        let seed = derive(derive(seed, STREAM), draw as u64);
        let mut rng = random::generator(seed);
        let mut one = |texts: &[&'q str]| -> Option<&'q str> {
            if texts.is_empty() { None } else { Some(texts[rng.random_range(0..texts.len())]) }
        };
        let bases: Vec<Option<&'q str>> = match kind.outcome {
            Outcome::Opposite | Outcome::Wrong => vec![question.reference, one(&question.right)],
            Outcome::NotBetter => vec![one(&question.wrong)],
            Outcome::Same => {
                vec![one(&question.answers.iter().map(|answer| answer.text.as_str()).collect::<Vec<_>>())]
            }
        };
        for base in bases.into_iter().flatten().filter(|text| !text.trim().is_empty()) {
            let source = question.source(base, &elsewhere[place]);
            let Some(text) = kind.make(&source, part, seed) else { continue };
            if known.insert((place, text.clone())) {
                let item = |text: String| Item { task: question.task, reference: question.reference, text };
                let compares = matches!(kind.outcome, Outcome::Same | Outcome::NotBetter);
                made.push(Made { changed: item(text), before: compares.then(|| item(base.to_owned())) });
                last = draw;
                break;
            }
        }
    }
    made
}
