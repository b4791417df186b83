//! What a file promises about its automatic scores, made from the calibration part alone, and whether test answers
//! keep it.

use super::Pipeline;
use super::gather::{best_of_seeds, gathered};
use super::source::Source;
use crate::data::{Answer, Dataset, Target};
use crate::experiment::{Combination, Decisions, Series, award_of};
use crate::file::{Part, build, guard};
use crate::progress::Bar;
use crate::robustness::Least;
use anyhow::{Context, Result, bail, ensure};
use pupil_core::format::manifest::{Agreement, Cut, Distributions, Guarantee};
use pupil_core::{Decision, ReviewReason, Scorer};
use pupil_metrics::guarantee::{Aim, Judged, Promise, Verdict, check, promise};
use pupil_metrics::homogeneity::homogeneity;
use pupil_metrics::proportion::{trials_needed, upper_bound};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

/// Re-allocations of errors in the test of whether tasks share an error rate.
const REALLOCATIONS: usize = 10_000;
/// p-value below which tasks do not share a promise.
const SHARED: f64 = 0.1;

/// Where the distributions of calibration answers are cut.
const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// The confidence from which scores of a task are automatic, what is promised of them, and what the calibration answers
/// were like.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Promised {
    min_confidence: f32,
    guarantee: Guarantee,
    monitor: Option<Distributions>,
}

/// An answer, and what the engine makes of it.
struct Judgement {
    task: usize,
    /// Whether another rule than that of confidence sends it to review.
    held_back: bool,
    automatic: bool,
    judged: Judged,
    confidence: f32,
    words: usize,
    unknown_words: usize,
}

/// Automatic scores on the test answers of a task.
#[derive(Clone, Copy, Default)]
struct Kept {
    answers: u64,
    automatic: u64,
    wrong: u64,
}

impl Pipeline {
    /// Checks before training that the calibration part is worth a promise; what the user should know is returned.
    pub(super) fn check_promise(&self, trained: &BTreeSet<usize>) -> Result<Vec<String>> {
        let Some(aim) = self.recipe.export.aim() else { return Ok(Vec::new()) };
        let (data, share) = (&self.corpus.train, self.recipe.data.calibration);
        if self.agreement() == Agreement::Adjacent
            && let Some(task) = trained.iter().find(|task| !data.tasks[**task].head.is_ordered())
        {
            bail!(
                "export.agreement is `adjacent`, but the labels of task {} have no order: set it to `exact`, or leave it \
                 out",
                data.tasks[*task].id
            );
        }
        let counts: Vec<(usize, u64)> = if self.recipe.export.pooled {
            let all: Vec<usize> = trained.iter().copied().collect();
            let n = self.calibration(&all).len() as u64;
            all.into_iter().take(1).map(|task| (task, n)).collect()
        } else {
            trained.iter().map(|task| (*task, self.calibration(&[*task]).len() as u64)).collect()
        };
        ensure!(
            counts.iter().any(|(_, n)| *n > 0),
            "data.calibration is {share}, but none of its {} answers has a human score for a task: raise data.calibration, \
             or leave export.max_error out",
            self.corpus.split.calibration.len()
        );
        let Some(fewest) = trials_needed(0.0, aim.max_error, aim.outside()) else {
            bail!(
                "export.max_error {} with export.confidence {} needs more than ten million answers: raise the first, or \
                 lower the second",
                aim.max_error,
                aim.confidence
            );
        };
        let few: Vec<String> = counts
            .iter()
            .filter(|(_, n)| *n < fewest)
            .map(|(task, n)| format!("{} {n}", data.tasks[*task].id))
            .collect();
        if few.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![format!(
            "warning: to promise that at most {} % of automatic scores are wrong, with {} % confidence, a task needs at least \
             {fewest} independent calibration answers, even if all are right ({}): with fewer, none of its scores is \
             automatic; raise data.calibration, add graded answers, or ask for less (export.max_error, export.confidence)",
            percent(aim.max_error),
            percent(aim.confidence),
            few.join(", ")
        )])
    }

    fn agreement(&self) -> Agreement {
        self.recipe.export.agreement.unwrap_or_default()
    }

    /// The graded calibration answers of these tasks, as indices of the training file. Answers with the same split key
    /// are not independent: one of them is kept, chosen by a hash.
    fn calibration(&self, tasks: &[usize]) -> Vec<usize> {
        let data = &self.corpus.train;
        let mut chosen: HashMap<&str, ([u8; 32], usize)> = HashMap::new();
        let mut all = Vec::new();
        for i in &self.corpus.split.calibration {
            let answer = &data.answers[*i];
            if answer.target == Target::Missing || !tasks.contains(&answer.task) {
                continue;
            }
            let Some(key) = answer.split_key.as_deref() else {
                all.push(*i);
                continue;
            };
            let named = format!("{}\n{}", data.tasks[answer.task].id, answer.id);
            let hash = *blake3::hash(named.as_bytes()).as_bytes();
            let kept = chosen.entry(key).or_insert((hash, *i));
            *kept = (*kept).min((hash, *i));
        }
        all.extend(chosen.into_values().map(|(_, i)| i));
        all.sort_unstable();
        all
    }

    /// What the engine makes of some graded answers of a set to the tasks that it has.
    fn judge(&self, scorer: &Scorer, set: &Dataset, rows: &[usize]) -> Result<Vec<Judgement>> {
        let mut by: BTreeMap<usize, Vec<&Answer>> = BTreeMap::new();
        for answer in rows.iter().map(|i| &set.answers[*i]).filter(|a| a.target != Target::Missing) {
            by.entry(answer.task).or_default().push(answer);
        }
        let mut all = Vec::with_capacity(rows.len());
        for (task, answers) in by {
            let data = &set.tasks[task];
            let entry = scorer.task(&data.id).with_context(|| format!("the file has no task {}", data.id))?;
            for (score, answer) in self.scores(scorer, &data.id, &answers)?.iter().zip(answers) {
                let award = award_of(data, score)?;
                let unsure = score
                    .labels
                    .iter()
                    .zip(&entry.labels)
                    .any(|(label, of_file)| label.awarded && score.confidence < of_file.min_confidence);
                let low = score.decision == Decision::Review(ReviewReason::LowConfidence) && !unsure;
                // Who is audited is a random share of the others, about which the same is promised.
                let automatic =
                    matches!(score.decision, Decision::Automatic | Decision::Review(ReviewReason::Audit));
                all.push(Judgement {
                    task,
                    held_back: !automatic && !low,
                    automatic,
                    judged: Judged {
                        confidence: f64::from(score.confidence),
                        wrong: is_wrong(self.agreement(), &answer.target, &award),
                    },
                    confidence: score.confidence,
                    words: score.words,
                    unknown_words: score.unknown_words,
                });
            }
        }
        Ok(all)
    }

    /// What can be promised of each of these tasks; `scorer` has them, with their guards and without a promise. Empty
    /// where the recipe asks for no promise.
    pub(super) fn promises(&self, scorer: &Scorer, tasks: &[usize]) -> Result<BTreeMap<usize, Promised>> {
        let mut promises = BTreeMap::new();
        let Some(aim) = self.recipe.export.aim() else { return Ok(promises) };
        let data = &self.corpus.train;
        let bar = Bar::new("what can be promised".into());
        let validation: Vec<usize> = self.corpus.split.validation.clone();
        let validation: Vec<usize> =
            validation.into_iter().filter(|i| tasks.contains(&data.answers[*i].task)).collect();
        let other = self.judge(scorer, data, &validation)?;
        let groups: Vec<Vec<usize>> = if self.recipe.export.pooled && shared(&other, tasks, self.recipe.seed)
        {
            vec![tasks.to_vec()]
        } else {
            tasks.iter().map(|task| vec![*task]).collect()
        };
        for group in &groups {
            let confidences: Vec<f64> = other
                .iter()
                .filter(|j| group.contains(&j.task) && !j.held_back)
                .map(|j| j.judged.confidence)
                .collect();
            let all = self.judge(scorer, data, &self.calibration(group))?;
            let counted: Vec<Judged> = all.iter().filter(|j| !j.held_back).map(|j| j.judged).collect();
            let found = promise(&confidences, &counted, (all.len() - counted.len()) as u64, aim);
            let promised = self.promised(&found, aim, group.len());
            promises.extend(group.iter().map(|task| {
                let own: Vec<&Judgement> = all.iter().filter(|j| j.task == *task).collect();
                (*task, Promised { monitor: distributions(&own), ..promised.clone() })
            }));
            bar.add(1, groups.len() as u64, &data.tasks[group[0]].id);
        }
        bar.finish();
        Ok(promises)
    }

    /// The promise as the file has it.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "thresholds are 32-bit confidences, shares are rounded"
    )]
    fn promised(&self, found: &Promise, aim: Aim, tasks: usize) -> Promised {
        let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Promised {
            min_confidence: found.threshold.map_or(1.0, |threshold| threshold as f32),
            guarantee: Guarantee {
                max_error: aim.max_error as f32,
                confidence: aim.confidence as f32,
                agreement: self.agreement(),
                answers: count(found.answers),
                automatic: count(found.automatic),
                wrong: count(found.wrong),
                bound: found.bound as f32,
                tasks,
                needed: found.needed.map(count),
            },
            monitor: None,
        }
    }

    /// Promises nothing, or what calibration answers allow, of the tasks of a file's parts and combinations.
    fn enter_promises(
        promises: &BTreeMap<usize, Promised>,
        parts: &mut [Part],
        combinations: &mut [Combination],
    ) {
        for (task, decisions) in decisions_of(parts, combinations) {
            if let Some(promised) = promises.get(&task) {
                enter(promised, decisions);
            }
        }
    }

    /// The engine for the models of a series, with guards and promises.
    pub(super) fn promising(&self, source: &Source<'_>, series: &Series) -> Result<Scorer> {
        let students = &source.students;
        let (mut parts, mut combinations) = gathered(students, &best_of_seeds(students, series)?)?;
        let guard = guard(students, &series.tasks)?;
        let built = |parts: &[Part], combinations: &[Combination]| -> Result<Scorer> {
            let file = build(students, parts, combinations, &self.recipe_blake3, guard.as_ref())?;
            Ok(Scorer::from_bytes(file.to_bytes()?)?)
        };
        source.pipeline.decide(&series.tasks, &mut parts, &mut combinations, built)?;
        built(&parts, &combinations)
    }

    /// Enters what the recipe asks for beyond a review band into the tasks of a file's parts and combinations: the
    /// confidence that the best scores need, and then what is promised about the scores that are left. `built` makes
    /// the file, which both are found with.
    pub(super) fn decide(
        &self,
        tasks: &[usize],
        parts: &mut [Part],
        combinations: &mut [Combination],
        built: impl Fn(&[Part], &[Combination]) -> Result<Scorer>,
    ) -> Result<(BTreeMap<usize, Least>, BTreeMap<usize, Promised>)> {
        let least = self.least_confidences(&built(parts, combinations)?, tasks)?;
        Self::enter_least(&least, &self.corpus.train.tasks, parts, combinations);
        let promises = self.promises(&built(parts, combinations)?, tasks)?;
        Self::enter_promises(&promises, parts, combinations);
        Ok((least, promises))
    }

    /// The engine that the sections about a source measure: the file, or one made of the source's models where the file
    /// is not there or the source is a fold.
    pub(super) fn engine(
        &self,
        file: Option<&Scorer>,
        source: &Source<'_>,
        series: &Series,
    ) -> Result<Scorer> {
        match file.filter(|_| self.folds.is_empty()) {
            Some(file) => Ok(file.clone()),
            None => self.promising(source, series),
        }
    }

    /// The engine for the models of a series, without guards and promises, as if no temperature had been set.
    pub(super) fn untempered(&self, source: &Source<'_>, series: &Series) -> Result<Scorer> {
        let students = &source.students;
        let (mut parts, combinations) = gathered(students, &best_of_seeds(students, series)?)?;
        parts.iter_mut().flat_map(|part| &mut part.decisions).for_each(|of| of.temperature = 1.0);
        let file = build(students, &parts, &combinations, &self.recipe_blake3, None)?;
        Ok(Scorer::from_bytes(file.to_bytes()?)?)
    }

    /// The section about the promise, for a card and for the tables: what the file promises, and whether test answers
    /// keep it. Nothing where the recipe asks for no promise. `scorer` is the file, if it is there; `exported` has the
    /// series of each source.
    pub(super) fn promise_section(
        &self,
        scorer: Option<&Scorer>,
        sources: &[Source<'_>],
        exported: &[&Series],
    ) -> Result<String> {
        let Some(aim) = self.recipe.export.aim() else { return Ok(String::new()) };
        let mut kept: BTreeMap<String, BTreeMap<usize, Kept>> = BTreeMap::new();
        let mut page = String::new();
        for (n, (source, series)) in sources.iter().zip(exported).enumerate() {
            let own = self.engine(scorer, source, series)?;
            if n == 0 {
                page = self.promised_table(scorer.unwrap_or(&own), series, aim)?;
            }
            for (name, set) in &source.pipeline.corpus.tests {
                let rows: Vec<usize> = series.tasks.iter().flat_map(|task| set.of_task(*task)).collect();
                for judgement in self.judge(&own, set, &rows)? {
                    let of = kept.entry(name.clone()).or_default().entry(judgement.task).or_default();
                    of.answers += 1;
                    of.automatic += u64::from(judgement.automatic);
                    of.wrong += u64::from(judgement.automatic && judgement.judged.wrong);
                }
            }
        }
        self.kept_table(&mut page, &kept, aim)?;
        Ok(page)
    }

    /// What a file promises of each task: a heading, the conditions and a table.
    fn promised_table(&self, scorer: &Scorer, series: &Series, aim: Aim) -> Result<String> {
        let mut page = String::from("## What is promised about automatic scores\n\n");
        let wrong = match self.agreement() {
            Agreement::Exact => "differ from a person's",
            Agreement::Adjacent => "are more than one level away from a person's",
        };
        writeln!(
            page,
            "With {} % confidence, at most {} % of the automatic scores {wrong}. {} It rests on a share of {} of the training \
             file that nothing else was made from; of answers with the same split key one counts. Automatic are scores with \
             at least the confidence of the third column, which is the lowest that passed a test, in an order that was \
             fixed before (fixed-sequence testing with exact binomial p-values: Angelopoulos et al. 2021, Theorem 1; \
             Clopper and Pearson 1934).\n",
            percent(aim.confidence),
            percent(aim.max_error),
            Guarantee::CONDITIONS,
            self.recipe.data.calibration
        )?;
        writeln!(
            page,
            "| task | calibration answers | confidence from | automatic | wrong | upper bound | expected automatic | answers \
             needed |\n|---|---:|---:|---:|---:|---:|---:|---:|"
        )?;
        for task in &series.tasks {
            let id = &self.corpus.train.tasks[*task].id;
            let entry = scorer.task(id).with_context(|| format!("the file has no task {id}"))?;
            let g = entry.guarantee.with_context(|| format!("the file promises nothing of task {id}"))?;
            let pooled = if g.tasks > 1 { format!(" ({} tasks together)", g.tasks) } else { String::new() };
            let cells = match g.share() {
                Some(share) => format!(
                    "{:.4} | {} | {} | {:.2} % | {:.1} % | ",
                    entry.review.min_confidence,
                    g.automatic,
                    g.wrong,
                    g.bound * 100.0,
                    share * 100.0
                ),
                None => format!(
                    "no promise | 0 | | | 0 % | {}",
                    g.needed.map_or("a better model".to_owned(), |n| format!("about {n}"))
                ),
            };
            writeln!(page, "| {id}{pooled} | {} | {cells} |", g.answers)?;
        }
        writeln!(page)?;
        Ok(page)
    }

    /// Adds a table for each test set of whether its answers keep the promise.
    fn kept_table(
        &self,
        page: &mut String,
        sets: &BTreeMap<String, BTreeMap<usize, Kept>>,
        aim: Aim,
    ) -> Result<()> {
        if sets.is_empty() {
            return Ok(());
        }
        writeln!(
            page,
            "Checked on test answers: kept if the exact upper bound of the error rate is at most {} %, broken if the lower \
             bound is above it, open if there are too few automatic scores to say.\n",
            percent(aim.max_error)
        )?;
        writeln!(
            page,
            "| set | task | answers | automatic | share | wrong | error rate | upper bound | promise |\n\
             |---|---|---:|---:|---:|---:|---:|---:|---|"
        )?;
        for (name, tasks) in sets {
            let all = tasks.values().fold(Kept::default(), |sum, of| Kept {
                answers: sum.answers + of.answers,
                automatic: sum.automatic + of.automatic,
                wrong: sum.wrong + of.wrong,
            });
            let named = tasks.iter().map(|(task, of)| (self.corpus.train.tasks[*task].id.as_str(), *of));
            for (id, of) in named.chain((tasks.len() > 1).then_some(("all tasks", all))) {
                let share = |part: u64, whole: u64| 100.0 * part as f64 / whole.max(1) as f64;
                let (rate, bound, verdict) = if of.automatic == 0 {
                    (String::new(), String::new(), "nothing is automatic")
                } else {
                    let verdict = match check(of.wrong, of.automatic, aim) {
                        Verdict::Kept => "kept",
                        Verdict::Broken => "broken",
                        Verdict::Open => "open",
                    };
                    let bound = 100.0 * upper_bound(of.wrong, of.automatic, aim.outside());
                    (format!("{:.2} %", share(of.wrong, of.automatic)), format!("{bound:.2} %"), verdict)
                };
                writeln!(
                    page,
                    "| {} | {id} | {} | {} | {:.1} % | {} | {rate} | {bound} | {verdict} |",
                    name.replace('|', "\\|"),
                    of.answers,
                    of.automatic,
                    share(of.automatic, of.answers),
                    of.wrong
                )?;
            }
        }
        writeln!(page)?;
        Ok(())
    }
}

/// How the calibration answers of a task were distributed. Nothing without any.
fn distributions(answers: &[&Judgement]) -> Option<Distributions> {
    #[expect(clippy::cast_precision_loss, reason = "words of an answer are far below 2^24")]
    let unknown = |j: &Judgement| j.unknown_words as f32 / j.words.max(1) as f32;
    #[expect(clippy::cast_precision_loss, reason = "words of an answer are far below 2^24")]
    let words = |j: &Judgement| j.words as f32;
    let cuts = |number: &dyn Fn(&Judgement) -> f32| -> Vec<Cut> {
        let mut numbers: Vec<f32> = answers.iter().map(|j| number(j)).collect();
        numbers.sort_unstable_by(f32::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length is a place"
        )]
        let place = |share: f64| (share * (numbers.len() - 1) as f64).round() as usize;
        let mut edges = QUANTILES.map(|share| numbers[place(share)]).to_vec();
        edges.dedup();
        let cut = |at| Cut { at, above: numbers.len() - numbers.partition_point(|number| *number <= at) };
        edges.into_iter().map(cut).collect()
    };
    (!answers.is_empty()).then(|| Distributions {
        answers: answers.len(),
        confidence: cuts(&|j| j.confidence),
        words: cuts(&words),
        unknown: cuts(&unknown),
    })
}

/// The decisions of the tasks of a file's parts and combinations, with their tasks.
pub(super) fn decisions_of<'a>(
    parts: &'a mut [Part],
    combinations: &'a mut [Combination],
) -> impl Iterator<Item = (usize, &'a mut Decisions)> {
    let of_parts = parts.iter_mut().flat_map(|part| part.spec.tasks.iter().copied().zip(&mut part.decisions));
    of_parts.chain(combinations.iter_mut().map(|c| (c.task, &mut c.decisions)))
}

/// Lets a promise decide what is automatic.
pub(super) fn enter(promised: &Promised, decisions: &mut Decisions) {
    decisions.min_confidence = promised.min_confidence;
    decisions.guarantee = Some(promised.guarantee);
    decisions.monitor.clone_from(&promised.monitor);
}

/// Says what is promised of each task.
pub(super) fn say(promises: &BTreeMap<usize, Promised>, tasks: &[crate::data::TaskData]) {
    for (task, promised) in promises {
        eprintln!("task {}: {}", tasks[*task].id, promised.guarantee);
    }
}

/// Whether the error rates of automatic validation scores do not contradict that these tasks share one.
fn shared(other: &[Judgement], tasks: &[usize], seed: u64) -> bool {
    let counts: Vec<(u64, u64)> = tasks
        .iter()
        .map(|task| {
            let automatic = other.iter().filter(|j| j.task == *task && j.automatic);
            automatic.fold((0, 0), |(wrong, all), j| (wrong + u64::from(j.judged.wrong), all + 1))
        })
        .collect();
    let test = homogeneity(&counts, REALLOCATIONS, seed);
    let shared = tasks.len() > 1 && test.is_none_or(|test| test.p >= SHARED);
    if let Some(test) = test {
        eprintln!(
            "{} tasks {} one promise: p = {:.3} of equal error rates on validation answers",
            tasks.len(),
            if shared { "share" } else { "do not share" },
            test.p
        );
    }
    shared
}

/// Whether an award is the human score.
pub(super) fn is_right(human: &Target, award: &Target) -> bool {
    !is_wrong(Agreement::Exact, human, award)
}

/// Whether an award is wrong in the sense of a promise.
fn is_wrong(agreement: Agreement, human: &Target, award: &Target) -> bool {
    match (agreement, human, award) {
        (Agreement::Adjacent, Target::Level(human), Target::Level(award)) => human.abs_diff(*award) > 1,
        _ => human != award,
    }
}

/// A share as a percentage, with as few decimals as it needs.
fn percent(share: f64) -> f64 {
    (share * 1e6).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_levels_are_wrong_only_where_scores_must_be_the_same() {
        let level = Target::Level;
        for (human, award, exact, adjacent) in
            [(1, 1, false, false), (1, 2, true, false), (2, 1, true, false), (0, 2, true, true)]
        {
            assert_eq!(is_wrong(Agreement::Exact, &level(human), &level(award)), exact);
            assert_eq!(is_wrong(Agreement::Adjacent, &level(human), &level(award)), adjacent);
        }
        let labels = |on: [bool; 2]| Target::Labels(on.to_vec());
        assert!(is_wrong(Agreement::Exact, &labels([true, false]), &labels([true, true])));
        assert!(!is_wrong(Agreement::Exact, &labels([true, false]), &labels([true, false])));
    }

    #[test]
    fn shares_are_shown_as_they_were_given() {
        assert_eq!([0.05, 0.9, 0.025, 0.07].map(percent).map(|p| p.to_string()), ["5", "90", "2.5", "7"]);
    }
}
