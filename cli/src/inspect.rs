//! `pupil inspect`: the metadata of a model.

use std::fmt::{self, Write as _};
use std::path::Path;

use pupil_core::format::Manifest;
use pupil_core::format::manifest::{Encoder, Guarantee, Metric, Scope, Task};
use pupil_core::{FileInfo, Report, Scorer};
use serde::Serialize;

use crate::args::InspectArgs;
use crate::failure::Failure;
use crate::model;
use crate::provenance;
use crate::stdout;
use crate::tasks::outcome;
use crate::terminal::{Style, columns, grouped, padded, printable};

/// Runs `pupil inspect`.
pub(crate) fn run(options: &InspectArgs) -> Result<(), Failure> {
    let path = options.file.as_deref();
    let failure = |error| Failure::opening(path.unwrap_or(Path::new("")), &error);
    let seen = match path.map(FileInfo::read).transpose().map_err(failure)? {
        Some(info) if !is_scored_with(&info.manifest) => Inspected { info, report: None },
        _ => Inspected::whole(&model::open(path)?),
    };
    if options.provenance {
        return provenance::run(&seen.info, &options.made_from, options.json);
    }
    if options.json {
        return stdout::print_json(&InspectJson::new(&seen));
    }
    let mut text = String::new();
    show(&mut text, Style::of_stdout(), &seen).expect("a String takes everything that is written to it");
    stdout::print(&text)
}

/// Whether a scorer opens the file by itself: it is neither a task pack nor a knowledge model alone.
fn is_scored_with(manifest: &Manifest) -> bool {
    manifest.base.is_none() && (manifest.knowledge.is_none() || !manifest.tasks.is_empty())
}

/// A file, and a report of how it runs on this machine. A task pack and a knowledge model have no report.
struct Inspected {
    info: FileInfo,
    report: Option<Report>,
}

impl Inspected {
    /// Inspects an open model.
    fn whole(scorer: &Scorer) -> Self {
        let report = scorer.report();
        let info = FileInfo {
            manifest: scorer.manifest().clone(),
            bytes: report.file_bytes,
            blake3: scorer.blake3().to_owned(),
        };
        Self { info, report: Some(report) }
    }
}

/// Writes everything under short headings.
fn show(text: &mut String, style: Style, Inspected { info, report }: &Inspected) -> fmt::Result {
    let FileInfo { manifest, bytes, blake3 } = info;
    writeln!(text, "{}", style.bold(printable(&manifest.name)))?;
    if !manifest.description.is_empty() {
        writeln!(text, "{}", printable(&manifest.description))?;
    }
    let mut facts = vec![
        ("licence", or_dash(&manifest.licence)),
        (
            "file",
            format!(
                "{} bytes, format {}, {} sections",
                grouped(*bytes as u64),
                manifest.format,
                manifest.sections.len()
            ),
        ),
        ("blake3", blake3.clone()),
        ("made by", or_dash(&manifest.created_by)),
    ];
    if manifest.version > 0 {
        facts.insert(1, ("version", manifest.version.to_string()));
    }
    if let Some(report) = report {
        let tables = grouped(report.table_bytes as u64);
        facts.push(("memory", format!("{tables} bytes of tables once all tasks have been used")));
    }
    if let Some(base) = &manifest.base {
        facts.push(("pack for", format!("{}, blake3 {}", or_dash(&base.name), base.blake3)));
    }
    for credit in &manifest.attribution {
        facts.insert(1, ("credit", printable(credit)));
    }
    section(text, style, "", &facts)?;

    let encoders: Vec<(String, String)> = manifest
        .encoders
        .iter()
        .map(|(name, encoder)| {
            let size = match encoder {
                Encoder::ELstm(e) => format!(
                    "e-lstm, {} words, embedding {}, hidden 2 x {}",
                    grouped(e.vocab as u64),
                    e.embedding,
                    e.hidden,
                ),
                Encoder::Bert(e) => format!(
                    "bert, {} words, {} layers, width {}, {} heads, intermediate {}, {} tokens at most",
                    grouped(e.vocab as u64),
                    e.layers,
                    e.width,
                    e.heads,
                    e.intermediate,
                    e.positions
                ),
                Encoder::Onnx(e) => format!(
                    "onnx, {} words, {} numbers out, {} tokens at most",
                    grouped(e.vocab as u64),
                    e.width,
                    e.positions
                ),
                Encoder::NGram(e) => {
                    let range = |lengths: Option<(u8, u8)>, what: &str| {
                        lengths.map(|(least, most)| format!("{least} to {most} {what}, "))
                    };
                    let counted = [range(e.chars, "characters"), range(e.words, "words")];
                    format!(
                        "n-gram, {}{} buckets, {} numbers out",
                        counted.into_iter().flatten().collect::<String>(),
                        grouped(e.buckets as u64),
                        e.units
                    )
                }
            };
            (printable(name), size)
        })
        .collect();
    section(text, style, "encoders", &encoders)?;

    if let Some(knowledge) = &manifest.knowledge {
        let names = knowledge.skills.iter().map(|skill| match skill.name.as_str() {
            "" => printable(&skill.id),
            name => printable(name),
        });
        let mut rows = vec![
            (
                "model",
                format!(
                    "{} questions, {} skills, embedding {}, hidden {}",
                    grouped(knowledge.questions.len() as u64),
                    knowledge.skills.len(),
                    knowledge.embedding,
                    knowledge.hidden
                ),
            ),
            ("skills", listed(names)),
            ("state", format!("{} bytes a student", grouped(knowledge.snapshot_bytes() as u64))),
            ("use", "apps open it with `Tracker`, to follow a student's right and wrong answers".to_owned()),
        ];
        rows.extend(knowledge.metrics.iter().map(|measured| ("measured", metric(measured))));
        section(text, style, "knowledge", &rows)?;
    }

    let mixtures: Vec<(String, String)> = manifest
        .mixtures
        .iter()
        .map(|(name, m)| {
            let scope = if m.scope == Scope::Token { "every token" } else { "the pooled vector" };
            let run = m.top_k.map_or_else(String::new, |k| format!(", {k} of them run"));
            let size = format!(
                "on {scope}, {} blocks of {} experts of {} units{run}, task embedding {}",
                m.blocks, m.experts, m.hidden, m.task_embedding
            );
            (printable(name), size)
        })
        .collect();
    section(text, style, "mixtures of experts", &mixtures)?;

    let tasks: Vec<(String, String)> = manifest
        .tasks
        .iter()
        .map(|task| {
            let line = [outcome(task, manifest), measured(task)].join("; ");
            (printable(&task.id), line.trim_end_matches("; ").to_owned())
        })
        .collect();
    section(text, style, "tasks", &tasks)?;
    let figures = manifest.tasks.iter().map(|task| task.metrics.len()).max().unwrap_or(0);
    if figures > 1 {
        writeln!(text, "  {}", style.dim(format!("--json shows all {figures} figures of each task")))?;
    }

    let promises: Vec<(String, String)> =
        manifest.tasks.iter().filter_map(|task| Some((printable(&task.id), automatic(task)?))).collect();
    section(text, style, "automatic scores", &promises)?;
    if manifest.tasks.iter().any(|task| task.guarantee.is_some_and(|guarantee| guarantee.is_promised())) {
        writeln!(text, "  {}", style.dim(Guarantee::CONDITIONS))?;
    }

    section(text, style, "training", &training(manifest))?;
    let kernels: Vec<(&str, &str)> = report
        .iter()
        .flat_map(|report| &report.variants)
        .map(|variant| (variant.op, variant.variant))
        .collect();
    section(text, style, "kernels on this machine", &kernels)
}

/// What the file says about the automatic scores of a task, if anything.
fn automatic(task: &Task) -> Option<String> {
    let promise = task.guarantee.map(|guarantee| guarantee.to_string());
    let audited = task.audit.map(|audit| {
        let share = f64::from((audit.share * 1e4).round()) / 100.0;
        format!("{share} % of those that would be automatic go to a person all the same (audit)")
    });
    let least = task.labels.iter().filter(|label| label.min_confidence > task.review.min_confidence);
    let least = least.map(|label| {
        format!("{} only from a confidence of {:.3} on", printable(&label.name), label.min_confidence)
    });
    let lines: Vec<String> = promise.into_iter().chain(least).chain(audited).collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

/// Writes aligned pairs under a heading, or nothing if there are none.
fn section(
    text: &mut String,
    style: Style,
    heading: &str,
    pairs: &[(impl AsRef<str>, impl AsRef<str>)],
) -> fmt::Result {
    if pairs.is_empty() {
        return Ok(());
    }
    writeln!(text, "{}{}", if heading.is_empty() { "" } else { "\n" }, style.bold(heading))?;
    let width = pairs.iter().map(|(key, _)| columns(key.as_ref())).max().unwrap_or(0);
    for (key, value) in pairs {
        writeln!(text, "  {}  {}", style.dim(padded(key.as_ref(), width)), value.as_ref())?;
    }
    Ok(())
}

/// The origin of the model.
fn training(manifest: &Manifest) -> Vec<(String, String)> {
    let training = &manifest.training;
    let mut pairs: Vec<(String, String)> = Vec::new();
    for data in &training.data {
        let rows = data.rows.map_or_else(String::new, |rows| format!(", {} answers", grouped(rows)));
        let hash =
            data.blake3.as_deref().map_or_else(String::new, |hash| format!(", blake3 {}", short_hash(hash)));
        pairs.push(("data".to_owned(), format!("{}{rows}{hash}", printable(&data.name))));
    }
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            pairs.push((key.to_owned(), value));
        }
    };
    add("teacher", training.teacher.as_deref().map(printable));
    add("recipe", training.recipe_blake3.as_deref().map(|hash| format!("blake3 {}", short_hash(hash))));
    add("seed", training.seed.map(|seed| seed.to_string()));
    add("tool", training.tool.as_deref().map(printable));
    for (key, value) in &training.extra {
        let value = match value {
            serde_json::Value::String(value) => value.clone(),
            value => value.to_string(),
        };
        pairs.push((printable(key), printable(&value)));
    }
    pairs
}

/// The measurements of a task: the main metric, which is the first one, on each test set.
fn measured(task: &Task) -> String {
    let is_main = |m: &&Metric| m.name == task.metrics[0].name;
    task.metrics.iter().filter(is_main).map(metric).collect::<Vec<_>>().join("; ")
}

/// The first of some names, and how many there are besides.
fn listed(mut names: impl Iterator<Item = String>) -> String {
    const SHOWN: usize = 12;
    let first: Vec<String> = names.by_ref().take(SHOWN).collect();
    let more = match names.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    first.join(", ") + &more
}

/// One measurement with its interval.
fn metric(metric: &Metric) -> String {
    let mut line = printable(&metric.name);
    if !metric.split.is_empty() {
        line = format!("{line} on {}", printable(&metric.split));
    }
    line = format!("{line} {:.3}", metric.value);
    if let (Some(low), Some(high)) = (metric.low, metric.high) {
        line = format!("{line} [{low:.3}, {high:.3}]");
    }
    match metric.n {
        Some(n) => format!("{line}, n {}", grouped(n)),
        None => line,
    }
}

/// The first characters of a hash, enough to tell files apart; JSON has the whole hash.
fn short_hash(hash: &str) -> String {
    printable(hash).chars().take(16).collect()
}

/// A text, or a dash if it is empty.
fn or_dash(text: &str) -> String {
    if text.is_empty() { "-".to_owned() } else { printable(text) }
}

/// Everything as JSON: the manifest of the file, and facts about this machine.
#[derive(Serialize)]
struct InspectJson<'a> {
    manifest: &'a Manifest,
    blake3: &'a str,
    file_bytes: usize,
    /// Missing for a task pack and for a knowledge model.
    #[serde(skip_serializing_if = "Option::is_none")]
    table_bytes: Option<usize>,
    kernels: Vec<KernelJson>,
}

/// The chosen variant of one op.
#[derive(Serialize)]
struct KernelJson {
    op: &'static str,
    variant: &'static str,
}

impl<'a> InspectJson<'a> {
    /// Collects the fields.
    fn new(Inspected { info, report }: &'a Inspected) -> Self {
        let kernel =
            |variant: &pupil_core::OpVariant| KernelJson { op: variant.op, variant: variant.variant };
        Self {
            manifest: &info.manifest,
            blake3: &info.blake3,
            file_bytes: info.bytes,
            table_bytes: report.as_ref().map(|report| report.table_bytes),
            kernels: report.iter().flat_map(|report| &report.variants).map(kernel).collect(),
        }
    }
}
