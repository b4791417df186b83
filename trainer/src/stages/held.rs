//! How many genuine answers a file sends to review, by reason: a section of its card.

use super::Pipeline;
use crate::data::{Answer, Dataset};
use crate::guard::Fitted;
use anyhow::{Context, Result};
use pupil_core::{BatchOptions, Decision, ReviewReason, Score, Scorer};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Answers, and how many of them are sent to review for each reason.
struct Held {
    title: String,
    answers: usize,
    reasons: BTreeMap<String, usize>,
}

impl Held {
    fn share(&self, reason: &str) -> String {
        let n = self.reasons.get(reason).copied().unwrap_or_default();
        format!("{:.2} %", n as f64 / self.answers.max(1) as f64 * 100.0)
    }
}

impl Pipeline {
    /// The section of the card about genuine answers that no model should judge; nothing without a guard.
    pub(super) fn held_back(&self, scorer: &Scorer, guard: Option<&Fitted>) -> Result<String> {
        let Some(guard) = guard else { return Ok(String::new()) };
        let data = &self.corpus.train;
        let mut columns = Vec::new();
        let mut train = Held { title: "training".into(), answers: 0, reasons: BTreeMap::new() };
        for held in guard.held_back.values() {
            train.answers += held.answers;
            for (reason, n) in &held.reasons {
                *train.reasons.entry((*reason).to_owned()).or_default() += n;
            }
        }
        columns.push(train);
        let validation = data.subset(&self.corpus.split.validation);
        let tests = self.corpus.tests.iter().map(|(name, set)| (name.as_str(), set));
        for (title, set) in [("validation", &validation)].into_iter().chain(tests) {
            columns.push(self.held(scorer, title, set)?);
        }
        let limits = &guard.limits;
        let reasons = [
            ("too-short", true),
            ("other-language", limits.other_language.is_some()),
            ("gibberish", limits.gibberish.is_some()),
            ("unknown-words", true),
            ("repetition", true),
            ("copied-question", limits.copied.is_some() || limits.question.is_some()),
            ("near-reference", !guard.near.is_empty()),
            ("off-topic", limits.off_topic.is_some()),
            ("word-list", limits.order.is_some() || limits.keywords.is_some()),
            ("truncated", true),
        ];
        let mut page = String::from("## Held back\n\n");
        write!(
            page,
            "Share of genuine answers that are marked for a person whatever their score is, by the first reason that \
             applies. The limits were set on the training answers, each judged by what was counted on others, so that \
             the guard holds back {} % of them at most; there, only its own reasons are counted. ",
            self.recipe.guard.max_held_back * 100.0
        )?;
        if !reasons[5].1 {
            write!(page, "No question is known to the file: `copied-question` cannot occur. ")?;
        }
        writeln!(page, "\n")?;
        let titles: Vec<&str> = columns.iter().map(|held| held.title.as_str()).collect();
        writeln!(page, "| reason | {} |", titles.join(" | "))?;
        writeln!(page, "|---|{}", "---:|".repeat(columns.len()))?;
        let answers: Vec<String> = columns.iter().map(|held| held.answers.to_string()).collect();
        writeln!(page, "| answers | {} |", answers.join(" | "))?;
        for (reason, on) in reasons {
            let shares: Vec<String> = columns.iter().map(|held| held.share(reason)).collect();
            let off = if on { "" } else { " (off)" };
            writeln!(page, "| {reason}{off} | {} |", shares.join(" | "))?;
        }
        let all = columns.iter().map(|held| {
            let n: usize = held.reasons.values().sum();
            format!("{:.2} %", n as f64 / held.answers.max(1) as f64 * 100.0)
        });
        writeln!(page, "| all | {} |\n", all.collect::<Vec<_>>().join(" | "))?;
        Ok(page)
    }

    /// The decisions of a file on the answers of a set to its tasks.
    fn held(&self, scorer: &Scorer, title: &str, set: &Dataset) -> Result<Held> {
        let mut held = Held { title: title.to_owned(), answers: 0, reasons: BTreeMap::new() };
        for (place, task) in set.tasks.iter().enumerate().filter(|(_, task)| scorer.task(&task.id).is_some())
        {
            let answers: Vec<&Answer> = set.of_task(place).map(|i| &set.answers[i]).collect();
            for score in self.scores(scorer, &task.id, &answers)? {
                held.answers += 1;
                let Decision::Review(reason) = score.decision else { continue };
                let score_decides = matches!(
                    reason,
                    ReviewReason::LowConfidence
                        | ReviewReason::UnseenLabel
                        | ReviewReason::NoPromise
                        | ReviewReason::Audit
                );
                if !score_decides {
                    *held.reasons.entry(reason.to_string()).or_default() += 1;
                }
            }
        }
        Ok(held)
    }

    /// The scores of answers to a task, with their references where models read them.
    pub(super) fn scores(&self, scorer: &Scorer, task: &str, answers: &[&Answer]) -> Result<Vec<Score>> {
        let options = BatchOptions::default();
        if !self.recipe.data.pairs {
            let texts: Vec<&str> = answers.iter().map(|a| a.text.as_str()).collect();
            return Ok(scorer.score_batch(task, &texts, &options)?);
        }
        let pair = |a: &&Answer| Some((a.reference.clone()?, a.text.clone()));
        let pairs: Vec<(String, String)> =
            answers.iter().map(pair).collect::<Option<_>>().context("an answer has no reference")?;
        Ok(scorer.score_pair_batch(task, &pairs, &options)?)
    }
}
