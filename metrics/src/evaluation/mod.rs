//! Evaluates a system's scores of graded answers: every figure of RSMTool's `rsmeval`, and more, as tables.
//!
//! Tables and columns have the names of RSMTool's files, so that a script which reads one reads the other. Differences
//! from it are listed in `docs/evaluation.md`.

mod agreement;
mod groups;
mod human;
mod input;
mod length;
mod select;
mod table;
#[cfg(test)]
mod tests;

pub use input::{Decided, Given, Graded, Input, NO_GROUP, Options, Scale, Scored, Task};
pub use select::group_name;
pub use table::{Cell, Column, Format, Limit, Rule, Table, Warning};

use select::{Numeric, select};

/// A part of a report.
#[derive(Clone, Debug)]
pub struct Section {
    /// Identifier in the page.
    pub id: &'static str,
    /// Heading.
    pub title: String,
    /// What the section shows, in paragraphs.
    pub text: Vec<String>,
    /// Its tables.
    pub tables: Vec<Table>,
}

/// An evaluation, ready to be written.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was evaluated.
    pub title: String,
    /// Facts about the evaluation, as name and value.
    pub facts: Vec<(String, String)>,
    /// The sections.
    pub sections: Vec<Section>,
    /// Figures beyond limits.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// All tables.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.sections.iter().flat_map(|section| &section.tables)
    }

    /// A table by its name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables().find(|table| table.name == name)
    }

    fn section(&mut self, id: &'static str, title: &str, text: &[&str], tables: Vec<Table>) {
        if !tables.is_empty() {
            let text = text.iter().map(|line| (*line).to_owned()).collect();
            self.sections.push(Section { id, title: title.to_owned(), text, tables });
        }
    }
}

/// Evaluates a table.
#[must_use]
pub fn evaluate(input: &Input, options: &Options) -> Report {
    let mut report = Report {
        title: input.title.clone(),
        facts: input.facts.clone(),
        sections: Vec::new(),
        warnings: Vec::new(),
    };
    let selected = select(input, options);
    let mut warnings = Vec::new();
    let mut kept: Vec<usize> = selected.scaled.iter().chain(&selected.named).copied().collect();
    kept.sort_unstable();
    let mut data = selected.tables(input);
    data.extend(select::composition(input, &kept));
    let text = format!(
        "{} of {} answers are evaluated; {} were left out because a score is missing, is not one, or by a rule below.",
        kept.len(),
        input.answers.len(),
        selected.left_out()
    );
    report.section("data", "The answers", &[&text], data);
    let numeric = Numeric::of(input, selected.scaled, options);
    if !numeric.places.is_empty() {
        let rows = numeric.all();
        let tables = vec![
            agreement::eval(&numeric, &mut warnings),
            agreement::eval_short(&numeric),
            agreement::smd(&numeric),
            agreement::levels(&numeric),
            agreement::confusion(
                "confMatrix",
                "Human scores (rows) and trimmed, rounded scores of the system (columns)",
                &numeric.pairs(numeric.form(numeric.rounded()).unwrap_or_default(), &rows),
            ),
            agreement::distribution(&numeric, &mut warnings),
        ];
        report.section("agreement", "Agreement with human scores", &[], tables);
        report.section("human", "Human scores", &[], human_tables(input, &numeric, options, &mut warnings));
        for grouping in 0..input.groupings.len() {
            let made = groups::group_tables(input, &numeric, grouping, options, &mut warnings);
            let mut tables = vec![made.eval, made.smd];
            tables.extend(made.human);
            tables.extend(made.fairness);
            tables.extend(length::length_by_group(input, &numeric, grouping));
            let title = format!("By {}", input.groupings[grouping]);
            report.section("group", &title, &[], tables);
        }
        let tables: Vec<Table> = length::length(input, &numeric).into_iter().collect();
        report.section("length", "Length", &[], tables);
    }
    report.warnings = warnings;
    report
}

/// Tables of human scores, where several raters scored answers or the raters' error variance is known.
fn human_tables(
    input: &Input,
    numeric: &Numeric,
    options: &Options,
    warnings: &mut Vec<Warning>,
) -> Vec<Table> {
    let mut tables = Vec::new();
    let pairs = numeric.rater_pairs(&numeric.all());
    if let Some(agreement) = pairs.agreement() {
        tables.push(human::consistency(&agreement, warnings));
        tables.extend(human::rater_pairs(input, numeric));
        tables.push(human::confusion_of_raters(&pairs));
        tables.push(human::degradation(numeric, &agreement, warnings));
        tables.push(human::disattenuation(numeric, &agreement, warnings));
        tables.push(human::rater_variance(numeric, &agreement));
    }
    tables.extend(human::true_scores(input, numeric, options));
    tables
}
