//! How well confidences say how often scores are right, before and after the temperature, on test answers.

use super::Pipeline;
use super::promise::is_right;
use super::source::Source;
use crate::data::{Answer, Target};
use crate::experiment::{Series, award_of};
use anyhow::{Context, Result};
use pupil_core::format::manifest::Task;
use pupil_core::{Score, Scorer};
use pupil_metrics::evaluation::uncalibrated;
use pupil_metrics::guarantee::Judged;
use pupil_metrics::reliability::{Binning, Reliability, reliability};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Bins of confidence.
const BINS: usize = 10;

/// The confidences of answers, and whether their scores are right.
#[derive(Default)]
struct Confidences {
    after: Vec<Judged>,
    /// Those of outputs without a temperature.
    before: Vec<Judged>,
}

impl Confidences {
    fn add(&mut self, other: &Self) {
        self.after.extend(&other.after);
        self.before.extend(&other.before);
    }

    fn after(&self) -> Option<Reliability> {
        reliability(&self.after, Binning::EqualWidth(BINS))
    }

    /// Before and after are compared on the same answers, or not at all.
    fn before(&self) -> Option<Reliability> {
        let same = self.before.len() == self.after.len();
        same.then(|| reliability(&self.before, Binning::EqualWidth(BINS))).flatten()
    }
}

/// How sure other probabilities of an answer are of what a score awards.
fn confidence_in(other: &Score, score: &Score, task: &Task) -> f64 {
    let awarded = score.labels.iter().position(|label| label.awarded);
    f64::from(match awarded.filter(|_| task.head.kind.awards_one()) {
        Some(place) => other.labels[place].probability,
        None => other.confidence,
    })
}

impl Pipeline {
    /// The section about confidences, for a card and for the tables. `scorer` is the file, if it is there; `exported`
    /// has the series of each source.
    pub(super) fn confidence_section(
        &self,
        scorer: Option<&Scorer>,
        sources: &[Source<'_>],
        exported: &[&Series],
    ) -> Result<String> {
        let mut sets: BTreeMap<String, BTreeMap<usize, Confidences>> = BTreeMap::new();
        let mut temperatures: BTreeMap<usize, String> = BTreeMap::new();
        for (source, series) in sources.iter().zip(exported) {
            let own = self.engine(scorer, source, series)?;
            let mut untempered = None;
            for task in &series.tasks {
                let data = &self.corpus.train.tasks[*task];
                let entry =
                    own.task(&data.id).with_context(|| format!("the file has no task {}", data.id))?;
                let all: Vec<String> =
                    entry.all_members().map(|member| format!("{:.2}", member.temperature)).collect();
                temperatures.entry(*task).or_insert_with(|| all.join(", "));
                // The probabilities of several members together do not tell those of each.
                let is_combined = !entry.members.is_empty();
                if is_combined && untempered.is_none() {
                    untempered = Some(self.untempered(source, series)?);
                }
                for (name, set) in &source.pipeline.corpus.tests {
                    let answers: Vec<&Answer> = set.of_task(*task).map(|i| &set.answers[i]).collect();
                    let answers: Vec<&Answer> =
                        answers.into_iter().filter(|a| a.target != Target::Missing).collect();
                    let of = sets.entry(name.clone()).or_default().entry(*task).or_default();
                    let scores = self.scores(&own, &data.id, &answers)?;
                    let before: Vec<Option<f64>> = match &untempered {
                        Some(untempered) if is_combined => {
                            let raw = self.scores(untempered, &data.id, &answers)?;
                            raw.iter()
                                .zip(&scores)
                                .map(|(raw, score)| Some(confidence_in(raw, score, entry)))
                                .collect()
                        }
                        _ => scores.iter().map(|score| uncalibrated(score, entry)).collect(),
                    };
                    for ((score, before), answer) in scores.iter().zip(before).zip(&answers) {
                        let wrong = !is_right(&answer.target, &award_of(data, score)?);
                        of.after.push(Judged { confidence: f64::from(score.confidence), wrong });
                        of.before.extend(before.map(|confidence| Judged { confidence, wrong }));
                    }
                }
            }
        }
        let mut page = String::new();
        for (name, tasks) in &sets {
            self.confidences_of_set(&mut page, name, tasks, &temperatures)?;
        }
        Ok(page)
    }

    /// The tables of a test set. Nothing without answers.
    fn confidences_of_set(
        &self,
        page: &mut String,
        name: &str,
        tasks: &BTreeMap<usize, Confidences>,
        temperatures: &BTreeMap<usize, String>,
    ) -> Result<()> {
        let mut all = Confidences::default();
        tasks.values().for_each(|of| all.add(of));
        let Some(after) = all.after() else { return Ok(()) };
        if page.is_empty() {
            writeln!(
                page,
                "## How well confidence says how often scores are right\n\nECE: the distance of confidence and the share of \
                 right scores, averaged over {BINS} bins of equal width. Bias: mean confidence minus the share of right \
                 scores; above 0 the model is too sure. Brier: the mean squared distance of confidence from 1 for right and \
                 0 for wrong scores. Before: without the temperature, which was set on validation answers, that of each \
                 member where a task has several.\n"
            )?;
        }
        writeln!(
            page,
            "### Confidence on {}\n\n| task | answers | temperature | ECE before | after | bias before | after | Brier before | \
             after |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|",
            name.replace('|', "\\|")
        )?;
        let named = tasks.iter().map(|(task, of)| {
            (
                self.corpus.train.tasks[*task].id.as_str(),
                of,
                temperatures.get(task).map_or("", String::as_str),
            )
        });
        for (id, of, temperature) in named.chain((tasks.len() > 1).then_some(("all tasks", &all, ""))) {
            let Some(after) = of.after() else { continue };
            let before = of.before();
            let pair = |figure: &dyn Fn(&Reliability) -> f64| {
                let before = before.as_ref().map_or_else(String::new, |r| format!("{:.3}", figure(r)));
                format!("{before} | {:.3}", figure(&after))
            };
            writeln!(
                page,
                "| {id} | {} | {temperature} | {} | {} | {} |",
                of.after.len(),
                pair(&|r| r.expected_error),
                pair(&|r| r.bias),
                pair(&|r| r.brier)
            )?;
        }
        writeln!(
            page,
            "\n| confidence | answers before | right | answers after | right |\n|---|---:|---:|---:|---:|"
        )?;
        let before = all.before();
        for (place, bin) in after.bins.iter().enumerate() {
            let cells = |bin: Option<&pupil_metrics::reliability::ReliabilityBin>| {
                let Some(bin) = bin else { return " | ".to_owned() };
                let right = bin.accuracy.map_or_else(String::new, |share| format!("{:.1} %", 100.0 * share));
                format!("{} | {right}", bin.n)
            };
            let old = before.as_ref().and_then(|r| r.bins.get(place));
            if bin.n > 0 || old.is_some_and(|old| old.n > 0) {
                writeln!(
                    page,
                    "| {:.1} to {:.1} | {} | {} |",
                    bin.from,
                    bin.to,
                    cells(old),
                    cells(Some(bin))
                )?;
            }
        }
        writeln!(page)?;
        Ok(())
    }
}
