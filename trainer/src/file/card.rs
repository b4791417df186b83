//! The model card: the purpose of a file, its training data, and its agreement with people.

use super::front_matter::{FrontMatter, HubFigure, HubResult};
use crate::corpus::Corpus;
use crate::data::TaskData;
use crate::experiment::{Series, Variant};
use crate::overlap::Overlap;
use crate::recipe::{Recipe, SharedEncoder, System};
use crate::report::{Evaluation, MeanOverTasks, markdown};
use anyhow::{Context, Result};
use pupil_metrics::Metric;
use std::fmt::Write;
use std::path::Path;

/// What a card says about an exported file.
pub struct Measured<'a> {
    /// The models in the file.
    pub series: &'a Series,
    /// Its tasks.
    pub tasks: &'a [TaskData],
    /// Why these models were chosen: a section, or nothing.
    pub choice: &'a str,
    /// What to use for each task.
    pub advice: &'a [String],
    /// The file and what it is compared with, a list for each test set.
    pub evaluations: &'a [Vec<Evaluation>],
    /// What must be said about the figures.
    pub warnings: &'a [String],
    /// How many answers of each set are also in the training part.
    pub overlaps: &'a [Overlap],
    /// What attacks on the file gave: sections, or nothing.
    pub robustness: &'a str,
    /// What the file promises about automatic scores, and whether test answers keep it: a section, or nothing.
    pub promise: &'a str,
    /// How well confidences say how often scores are right: a section, or nothing.
    pub confidence: &'a str,
    /// Which genuine answers go to review whatever their score is: a section, or nothing.
    pub held_back: &'a str,
    /// Number of folds of cross-validation; 0 without.
    pub folds: usize,
}

/// The parts of the model.
fn model(recipe: &Recipe, series: &Series) -> String {
    let (p, tasks) = (&recipe.pupil, series.tasks.len());
    let lstm = format!(
        "{:?} vocabulary of at most {}, embedding {}, bidirectional LSTM {}",
        p.tokenizer, p.vocab, p.embedding, p.hidden
    );
    let n = &recipe.ngram;
    let lengths = |given: &Option<Vec<u8>>| match given.as_deref() {
        None => "as the script suggests".to_owned(),
        Some([least, most]) => format!("{least} to {most}"),
        Some(_) => "none".to_owned(),
    };
    let ngrams = format!(
        "TF-IDF of n-grams (characters: {}; words: {}; {} buckets), ridge regression",
        lengths(&n.chars),
        lengths(&n.words),
        n.buckets
    );
    let system = match (series.variant, &recipe.unimoe) {
        (Variant::NGram { .. }, _) => return format!("{tasks} models of one task each: {ngrams}"),
        (Variant::Ensemble, _) => {
            let models = series.runs.first().map_or(0, |run| run.models.len());
            let kinds = recipe.ensemble.iter().flat_map(|e| &e.members);
            let kinds: Vec<String> = kinds.map(|kind| kind.title()).collect();
            return format!(
                "{models} models of {tasks} tasks, combined for each task: {} ({ngrams}; {lstm})",
                kinds.join(", ")
            );
        }
        (Variant::System(system), Some(u)) => (system, u),
        (Variant::System(_) | Variant::PerTask { .. } | Variant::Baseline, _) => {
            return format!("{tasks} models of one task each: {lstm}, dense {}", p.dense);
        }
    };
    let (system, u) = system;
    let encoder = match u.encoder {
        SharedEncoder::Lstm => lstm,
        SharedEncoder::Bert if u.layers.is_empty() => recipe.teacher.encoder.clone(),
        SharedEncoder::Bert => format!("layers {:?} of {}", u.layers, recipe.teacher.encoder),
    };
    let m = &u.mixture;
    match system {
        System::Individual => format!("{tasks} models of one task each: {encoder}"),
        System::Mtl | System::MtlGuided => format!("one model of {tasks} tasks: {encoder}"),
        System::Unimoe | System::UnimoeGuided => format!(
            "one model of {tasks} tasks: {encoder}; {} blocks of {} experts of {} units",
            m.blocks, m.experts, m.hidden
        ),
    }
}

/// The teacher of the model.
fn teacher(recipe: &Recipe, series: &Series) -> String {
    let t = &recipe.teacher;
    if !series.is_taught() {
        return "none: it learned from human scores alone".into();
    }
    if t.probabilities.is_some() {
        return format!("{}, whose probabilities were given", t.described());
    }
    format!("{}, fine-tuned; seeds {:?}", t.described(), t.seeds)
}

/// The first lines: the file's figures on each test set, and what the recipe says.
fn front_matter(recipe: &Recipe, evaluations: &[Vec<Evaluation>]) -> String {
    let result = |evaluation: &Evaluation| {
        let of = |(metric, mean): (&Metric, &MeanOverTasks)| {
            HubFigure::of(*metric, mean.arithmetic.value, mean.tasks)
        };
        let figures = evaluation.means.iter().filter_map(of).collect();
        HubResult { split: evaluation.run.split.clone(), figures }
    };
    // The first system of each set is the file.
    let results: Vec<HubResult> = evaluations.iter().filter_map(|set| set.first()).map(result).collect();
    let encoder = recipe.teacher.encoder.as_str();
    let has_its_layers = recipe.unimoe.as_ref().is_some_and(|u| u.encoder == SharedEncoder::Bert);
    let is_on_the_hub = encoder.split('/').count() == 2 && !encoder.starts_with(['.', '/']);
    FrontMatter {
        name: recipe.model_name(),
        data: &recipe.data.name,
        licence: &recipe.licence,
        said: &recipe.card,
        task: ("text-classification", "Scoring of written answers"),
        tags: &["short-answer-scoring"],
        base: (has_its_layers && is_on_the_hub).then_some(encoder),
        results: &results,
    }
    .yaml()
}

/// Writes the card of a file, in Markdown.
///
/// # Errors
///
/// When the file cannot be read for its size and hash.
pub fn render(recipe: &Recipe, corpus: &Corpus, measured: &Measured<'_>, file: &Path) -> Result<String> {
    let Measured {
        series,
        tasks,
        choice,
        advice,
        evaluations,
        warnings,
        overlaps,
        robustness,
        promise,
        confidence,
        held_back,
        folds,
    } = *measured;
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut card = front_matter(recipe, evaluations);
    writeln!(card, "# {}\n\n{}\n", recipe.model_name(), recipe.description)?;
    writeln!(card, "| | |\n|---|---|")?;
    writeln!(card, "| file | `{name}`, {} bytes |", bytes.len())?;
    writeln!(card, "| BLAKE3 | `{}` |", blake3::hash(&bytes).to_hex())?;
    writeln!(
        card,
        "| licence | {} |",
        if recipe.licence.is_empty() { "not for distribution" } else { &recipe.licence }
    )?;
    writeln!(card, "| model | {}; int8 |", model(recipe, series))?;
    writeln!(card, "| teacher | {} |", teacher(recipe, series))?;
    writeln!(card, "| tool | {} |", crate::tool::TOOL)?;
    if !recipe.attribution.is_empty() {
        writeln!(card, "\n## Attribution\n")?;
        for line in &recipe.attribution {
            writeln!(card, "- {line}")?;
        }
    }
    writeln!(card, "\n## Data\n\n| file | answers | BLAKE3 |\n|---|---|---|")?;
    for s in &corpus.sources {
        writeln!(card, "| {} | {} | `{}` |", s.name, s.rows, s.blake3)?;
    }
    writeln!(card, "\n## Agreement with human scores\n")?;
    if folds == 0 {
        writeln!(card, "Measured by the engine on this file, bootstrap 95 % intervals in brackets.")?;
    } else {
        writeln!(
            card,
            "Cross-validation: measured by the engine on {folds} files, each trained in the same way without the answers \
             that it is measured on; bootstrap 95 % intervals in brackets. This file has learned from all graded answers."
        )?;
    }
    if evaluations.iter().any(|set| set.len() > 1) {
        writeln!(card, "N-grams with ridge regression are the baseline that it should beat.")?;
    }
    writeln!(card)?;
    for line in advice {
        writeln!(card, "{line}\n")?;
    }
    for set in evaluations {
        if let Some(e) = set.first() {
            writeln!(card, "### {}\n\n{}", e.run.split, markdown(set))?;
        }
    }
    for line in warnings {
        writeln!(card, "{line}\n")?;
    }
    write!(card, "{choice}{promise}{confidence}")?;
    writeln!(card, "{}", crate::overlap::section(overlaps))?;
    if !robustness.is_empty() {
        writeln!(card, "{robustness}")?;
    }
    write!(card, "{held_back}")?;
    writeln!(card, "## Tasks\n\n| task | head | labels |\n|---|---|---|")?;
    for t in tasks {
        let head = t.head.described();
        writeln!(card, "| {} | {head} | {} |", t.id, t.labels.join(", "))?;
    }
    let guarded = if held_back.is_empty() {
        ""
    } else {
        ", and so are most that are written in another language, make no words, list words or are about something else"
    };
    let audited = match recipe.export.audit_share {
        0.0 => String::new(),
        share => format!(
            " So is a share of {share} of the scores that would be automatic, chosen by a hash of the answer's text \
             (`audit`): these tell how often the others are wrong."
        ),
    };
    let reach = if recipe.data.pairs {
        "The model compares an answer with a reference answer, also for questions that it has never seen, where it errs more \
         often: compare the test sets above, of seen questions and of unseen ones. It tells what agrees with the reference, not \
         what is true."
    } else {
        "The model knows the questions of its tasks; it says nothing about others."
    };
    writeln!(
        card,
        "\n## Limits\n\n{reach} It scores what is written, in the \
         language and by the kind of students that it learned from, and it repeats the habits of their raters. Answers \
         in the review band, too short ones, ones of mostly unknown words, ones that repeat a word or a phrase over and \
         over and ones that are longer than the model reads are marked for a person{guarded};{audited} no score \
         here should decide anything about a student by itself."
    )?;
    Ok(card)
}
