//! The first lines of a card, in YAML: what the index of a hub of models reads. The keys are those that
//! `huggingface_hub` knows.

use crate::recipe::CardRecipe;
use pupil_metrics::Metric;
use std::fmt::Write as _;

/// What every card is found by.
const TAGS: [&str; 3] = ["pupil", "education", "on-device"];

/// Licences that the hub knows by this name, in small letters. Others are called `other` there, and named.
const LICENCES: [&str; 22] = [
    "apache-2.0",
    "bsd-2-clause",
    "bsd-3-clause",
    "cc-by-2.0",
    "cc-by-3.0",
    "cc-by-4.0",
    "cc-by-nc-3.0",
    "cc-by-nc-4.0",
    "cc-by-nc-nd-4.0",
    "cc-by-nc-sa-4.0",
    "cc-by-nd-4.0",
    "cc-by-sa-3.0",
    "cc-by-sa-4.0",
    "cc0-1.0",
    "gpl-2.0",
    "gpl-3.0",
    "isc",
    "lgpl-3.0",
    "mit",
    "mpl-2.0",
    "unlicense",
    "zlib",
];

/// A figure of a test set.
pub struct HubFigure {
    /// The hub's name of the metric.
    kind: &'static str,
    /// The name for people.
    title: String,
    /// A fraction.
    value: f64,
    /// Settings of the metric, as its implementation takes them.
    setting: Option<(&'static str, &'static str)>,
}

impl HubFigure {
    /// The area under the curve, accuracy or calibration error of a knowledge model.
    #[must_use]
    pub fn new(kind: &'static str, title: &str, value: f64) -> Self {
        Self { kind, title: title.to_owned(), value, setting: None }
    }

    /// That of a metric, if hubs have one for it. `tasks` are those it is the mean of.
    #[must_use]
    pub fn of(metric: Metric, value: f64, tasks: usize) -> Option<Self> {
        let (kind, setting) = match metric {
            Metric::Qwk => ("cohen_kappa", Some(("weights", "quadratic"))),
            Metric::Kappa => ("cohen_kappa", None),
            Metric::Accuracy => ("accuracy", None),
            Metric::MacroF1 => ("f1", Some(("average", "macro"))),
            Metric::WeightedF1 => ("f1", Some(("average", "weighted"))),
            Metric::Pearson => ("pearsonr", None),
            Metric::LabelAccuracy | Metric::ExactMatch | Metric::Adjacent | Metric::MicroF1 | Metric::Smd => {
                return None;
            }
        };
        let of = if tasks == 1 { String::new() } else { format!(", mean over {tasks} tasks") };
        Some(Self { kind, title: format!("{}{of}", metric.title()), value, setting })
    }
}

/// The figures of one test set.
pub struct HubResult {
    /// Name of the test set in the card.
    pub split: String,
    /// What was measured.
    pub figures: Vec<HubFigure>,
}

/// What the first lines say.
pub struct FrontMatter<'a> {
    /// Name of the model.
    pub name: &'a str,
    /// Name of the data for people.
    pub data: &'a str,
    /// Its licence, as an SPDX expression; empty if it is not for distribution.
    pub licence: &'a str,
    /// What a person said.
    pub said: &'a CardRecipe,
    /// The hub's name of what it does, and a name for people.
    pub task: (&'a str, &'a str),
    /// More words to find it by.
    pub tags: &'a [&'a str],
    /// The model whose layers it has, by its name on the hub.
    pub base: Option<&'a str>,
    /// Its figures, on all test sets.
    pub results: &'a [HubResult],
}

/// A text that every reader of YAML takes as a text: YAML reads strings of JSON, and nothing else is safe. `no` alone
/// would be false.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A short name for a text, as in addresses.
fn slug(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    text.chars().map(plain).collect()
}

fn list<'a>(out: &mut String, key: &str, items: impl IntoIterator<Item = &'a str>) {
    let mut items = items.into_iter().peekable();
    if items.peek().is_some() {
        let _ = writeln!(out, "{key}:");
        items.for_each(|item| {
            let _ = writeln!(out, "- {}", quoted(item));
        });
    }
}

impl FrontMatter<'_> {
    /// The lines, with the marks around them.
    #[must_use]
    pub fn yaml(&self) -> String {
        let mut out = String::from("---\n");
        let licence = slug(self.licence);
        if LICENCES.contains(&licence.as_str()) {
            let _ = writeln!(out, "license: {}", quoted(&licence));
        } else if !licence.is_empty() {
            let _ = writeln!(out, "license: \"other\"\nlicense_name: {}", quoted(&licence));
        }
        list(&mut out, "language", self.said.language.iter().map(String::as_str));
        let _ = writeln!(out, "library_name: \"pupil\"\npipeline_tag: {}", quoted(self.task.0));
        let own = self.said.tags.iter().map(String::as_str);
        list(&mut out, "tags", TAGS.into_iter().chain(self.tags.iter().copied()).chain(own));
        if let Some(base) = self.base {
            let _ = writeln!(out, "base_model: {}", quoted(base));
        }
        list(&mut out, "datasets", self.said.datasets.iter().map(String::as_str));
        let figures = || self.results.iter().flat_map(|result| &result.figures);
        let mut kinds: Vec<&str> = figures().map(|figure| figure.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        list(&mut out, "metrics", kinds);
        if figures().next().is_some() {
            self.index(&mut out);
        }
        out += "---\n\n";
        out
    }

    /// The figures by test set.
    fn index(&self, out: &mut String) {
        let _ = writeln!(out, "model-index:\n- name: {}\n  results:", quoted(self.name));
        for HubResult { split, figures } in self.results.iter().filter(|result| !result.figures.is_empty()) {
            let (task, name) = self.task;
            let _ = writeln!(
                out,
                "  - task:\n      type: {}\n      name: {}\n    dataset:\n      type: {}\n      name: {}\n      split: {}\n    \
                 metrics:",
                quoted(task),
                quoted(name),
                quoted(&slug(self.data)),
                quoted(self.data),
                quoted(split)
            );
            for HubFigure { kind, title, value, setting } in figures {
                let _ = writeln!(
                    out,
                    "    - type: {}\n      value: {value:.4}\n      name: {}",
                    quoted(kind),
                    quoted(title)
                );
                if let Some((key, value)) = setting {
                    let _ = writeln!(out, "      args:\n        {key}: {}", quoted(value));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(language: &str) -> CardRecipe {
        CardRecipe { language: vec![language.to_owned()], ..CardRecipe::default() }
    }

    #[test]
    fn lines_are_those_of_the_fixture() {
        let figures = [(Metric::Qwk, 0.8519), (Metric::Accuracy, 0.889), (Metric::Adjacent, 0.988)];
        let figures = figures.into_iter().filter_map(|(metric, value)| HubFigure::of(metric, value, 11));
        let said = CardRecipe {
            datasets: vec!["someone/answers".to_owned()],
            tags: vec!["\"quoted\": yes".to_owned()],
            ..said("no")
        };
        let lines = FrontMatter {
            name: "a model",
            data: "Answers: a set",
            licence: "MIT OR Apache-2.0",
            said: &said,
            task: ("text-classification", "Scoring of written answers"),
            tags: &["short-answer-scoring"],
            base: Some("sentence-transformers/all-MiniLM-L6-v2"),
            results: &[
                HubResult { split: "test".to_owned(), figures: figures.collect() },
                HubResult { split: "not measured".to_owned(), figures: Vec::new() },
            ],
        };
        // The tests in Python read it with `huggingface_hub`.
        let fixture = include_str!("../../tests/fixtures/front-matter.md");
        assert_eq!(lines.yaml(), fixture, "{}", lines.yaml());
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let said = CardRecipe::default();
        let lines = FrontMatter {
            name: "a",
            data: "b",
            licence: "",
            said: &said,
            task: ("text-classification", "c"),
            tags: &[],
            base: None,
            results: &[],
        };
        let want = "---\nlibrary_name: \"pupil\"\npipeline_tag: \"text-classification\"\ntags:\n- \"pupil\"\n\
                    - \"education\"\n- \"on-device\"\n---\n\n";
        assert_eq!(lines.yaml(), want);
        assert!(
            FrontMatter { licence: "CC-BY-SA-4.0", ..lines }.yaml().contains("\nlicense: \"cc-by-sa-4.0\"\n")
        );
    }
}
