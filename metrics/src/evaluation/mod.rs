//! Evaluates a system's scores of graded answers: every figure of RSMTool's `rsmeval`, and more, as tables and plots.
//!
//! Tables and columns have the names of RSMTool's files, so that a script which reads one reads the other. Differences
//! from it are listed in `docs/evaluation.md`.

mod agreement;
mod compare;
mod confidence;
mod drifted;
mod figure;
mod groups;
mod human;
mod input;
mod intervals;
mod judge;
mod length;
mod named;
mod plots;
mod promises;
mod select;
mod stated;
mod table;
#[cfg(test)]
mod tests;

pub use confidence::uncalibrated;
pub use drifted::award_name;
pub use figure::{Axis, Estimate, Figure, Guide, Line, Plot};
pub use input::{
    Decided, Earlier, EarlierAnswer, Given, Graded, Input, NO_GROUP, Options, Other, Scale, Scored, Task,
};
pub use select::group_name;
pub use table::{Cell, Column, Format, Limit, Place, Rule, Table, Warning};

use crate::ScoreKind;
use judge::Outcome;
use select::{Numeric, select};

/// A part of a report.
#[derive(Clone, Debug)]
pub struct Section {
    /// Identifier in the page.
    pub id: String,
    /// Heading.
    pub title: String,
    /// What the section shows, in paragraphs.
    pub text: Vec<String>,
    /// Its tables and plots, in order.
    pub parts: Vec<Part>,
}

/// A table or a plot.
#[derive(Clone, Debug)]
pub enum Part {
    /// A table.
    Table(Table),
    /// A plot.
    Figure(Figure),
}

/// An evaluation, ready to be written.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was evaluated.
    pub title: String,
    /// Facts about the evaluation, as name and value.
    pub facts: Vec<(String, String)>,
    /// The main figures in sentences.
    pub summary: Vec<String>,
    /// The sections.
    pub sections: Vec<Section>,
    /// Figures beyond limits.
    pub warnings: Vec<Warning>,
}

impl Report {
    /// All tables.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.sections.iter().flat_map(|section| &section.parts).filter_map(|part| match part {
            Part::Table(table) => Some(table),
            Part::Figure(_) => None,
        })
    }

    /// A table by its name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables().find(|table| table.name == name)
    }

    fn section(&mut self, id: &str, title: &str, text: &[&str], parts: Vec<Part>) {
        if !parts.is_empty() {
            let text = text.iter().map(|line| (*line).to_owned()).collect();
            self.sections.push(Section { id: id.to_owned(), title: title.to_owned(), text, parts });
        }
    }
}

impl From<Table> for Part {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<Figure> for Part {
    fn from(figure: Figure) -> Self {
        Self::Figure(figure)
    }
}

/// Tables as parts.
fn parts(tables: impl IntoIterator<Item = Table>) -> Vec<Part> {
    tables.into_iter().map(Part::Table).collect()
}

/// Evaluates a table.
#[must_use]
pub fn evaluate(input: &Input, options: &Options) -> Report {
    let mut report = Report {
        title: input.title.clone(),
        facts: input.facts.clone(),
        summary: Vec::new(),
        sections: Vec::new(),
        warnings: Vec::new(),
    };
    let selected = select(input, options);
    let mut warnings = Vec::new();
    let mut kept: Vec<usize> = selected.scaled.iter().chain(&selected.named).copied().collect();
    kept.sort_unstable();
    let numeric = Numeric::of(input, selected.scaled.clone(), options);
    let outcomes = judge::outcomes(input, &numeric, &selected.named);

    let text = format!(
        "{} of {} answers are evaluated; {} were left out because a score is missing, is not one, or by a rule below.",
        kept.len(),
        input.answers.len(),
        selected.left_out()
    );
    let mut data = parts(selected.tables(input));
    data.extend(parts(select::composition(input, &kept)));
    data.extend(parts(numeric.rows(input)));
    report.section("data", "The answers", &[&text], data);
    if !numeric.places.is_empty() {
        agreement_section(input, &numeric, options, &mut report, &mut warnings);
        report.section(
            "human",
            "Human scores",
            &[],
            parts(human_tables(input, &numeric, options, &mut warnings)),
        );
        if let Some((table, figure)) = intervals::tasks(input, &numeric, &outcomes, options) {
            report.section("tasks", "By task", &[], vec![table.into(), figure.into()]);
        }
        group_sections(input, &numeric, options, &mut report, &mut warnings);
        report.section("length", "Length", &[], parts(length::length(input, &numeric)));
    }
    let named = named::tables(input, &selected.named, options);
    report.section("named", "Classes and rubric labels", &[], parts(named));
    confidence_sections(input, &outcomes, options, &mut report);
    let stated = stated::promises(input, &outcomes).into_iter().chain(stated::robustness(input));
    report.section("file", "What the file says about itself", &[], parts(stated));
    if let Some(other) = &input.other {
        let (tables, figures) = compare::tables(input, other, &numeric, &selected.named, options);
        let mut made = parts(tables);
        made.extend(figures.into_iter().map(Part::Figure));
        report.section("comparison", &format!("Beside {}", other.title), &[], made);
    }
    if let Some(earlier) = &input.earlier {
        report.section("drift", "Drift", &[], parts(drifted::tables(input, earlier, &mut warnings)));
    }
    report.warnings = warnings;
    report.summary =
        summary(input, &report, &outcomes, kept.len(), &intervals::method(input, options, kept.len()));
    report
}

fn agreement_section(
    input: &Input,
    numeric: &Numeric,
    options: &Options,
    report: &mut Report,
    warnings: &mut Vec<Warning>,
) {
    let distribution = agreement::distribution(numeric, warnings);
    let (intervals, figure) = intervals::summary(input, numeric, options);
    let mut text = format!(
        "`{0}` is the system's number as it is; `{0}_trim` is moved into the scale, at most {1} beyond its ends; \
         `{0}_trim_round` is rounded as well, halves to the even neighbour.",
        numeric.prefix,
        crate::scores::TRIM_TOLERANCE
    );
    if numeric.form(select::LEVEL).is_some() {
        text += " `level` is the score that the system gives, by thresholds of its own.";
    }
    let rounded = numeric.pairs(numeric.form(numeric.rounded()).unwrap_or_default(), &numeric.all());
    let title = "Human scores (rows) and trimmed, rounded scores of the system (columns)";
    let mut made: Vec<Part> = vec![
        intervals.into(),
        figure.into(),
        agreement::eval(numeric, warnings).into(),
        agreement::eval_short(numeric).into(),
        agreement::smd(numeric).into(),
        agreement::levels(numeric).into(),
        agreement::confusion("confMatrix", title, &rounded).into(),
    ];
    if let Some(levels) = numeric.form(select::LEVEL) {
        let title = "Human scores (rows) and levels that the system gives (columns)";
        made.push(
            agreement::confusion("confMatrix_level", title, &numeric.pairs(levels, &numeric.all())).into(),
        );
    }
    made.push(plots::distribution(&distribution).into());
    made.push(distribution.into());
    report.section("agreement", "Agreement with human scores", &[&text], made);
}

fn group_sections(
    input: &Input,
    numeric: &Numeric,
    options: &Options,
    report: &mut Report,
    warnings: &mut Vec<Warning>,
) {
    for grouping in 0..input.groupings.len() {
        let made = groups::group_tables(input, numeric, grouping, options, warnings);
        let (dsm, figure) = intervals::groups(input, numeric, grouping, options);
        let name = &input.groupings[grouping];
        let mut all: Vec<Part> = vec![dsm.into(), figure.into(), made.eval.into(), made.smd.into()];
        all.extend(parts(made.human));
        all.extend(parts(made.fairness));
        if let Some(fits) = &made.fits {
            all.extend(plots::fairness(fits, name, grouping, options).into_iter().map(Part::Figure));
        }
        if let Some(figure) = plots::conditional(input, numeric, grouping, options) {
            all.push(plots::conditional_table(&figure, name).into());
            all.push(figure.into());
        }
        all.extend(parts(length::length_by_group(input, numeric, grouping)));
        report.section(&format!("group-{grouping}"), &format!("By {name}"), &[], all);
    }
}

fn confidence_sections(input: &Input, outcomes: &[Outcome], options: &Options, report: &mut Report) {
    let mut confidence = Vec::new();
    if let Some((tables, figure)) = confidence::reliability_tables(outcomes) {
        confidence.extend(parts(tables));
        confidence.push(figure.into());
    }
    report.section("confidence", "Confidence", &[], confidence);
    let mut review = parts(promises::review(outcomes));
    if let Some((tables, figure)) = confidence::risk_tables(outcomes, options) {
        review.extend(parts(tables));
        review.push(figure.into());
    }
    for grouping in 0..input.groupings.len() {
        review.extend(parts(promises::review_by_group(input, outcomes, grouping, options)));
    }
    review.extend(parts(promises::promises(input, outcomes, options)));
    report.section("review", "What counts without review", &[], review);
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

/// The main figures in sentences.
fn summary(input: &Input, report: &Report, outcomes: &[Outcome], kept: usize, method: &str) -> Vec<String> {
    let mut lines = vec![format!("{kept} answers are evaluated.")];
    if let Some(table) = report.table("intervals") {
        let mut figures = Vec::new();
        for row in &table.rows {
            let (Cell::Text(key), Some(value)) = (&row[0], row[3].number()) else { continue };
            let said = match key.as_str() {
                "wtkappa" => "QWK",
                "exact_agr" => "exact agreement",
                "corr" => "r",
                _ => continue,
            };
            let unit = if key == "exact_agr" { " %" } else { "" };
            let digits = if key == "exact_agr" { 1 } else { 3 };
            let between = row[4].number().zip(row[5].number());
            let between =
                between.map_or_else(String::new, |(low, high)| format!(" [{low:.digits$}, {high:.digits$}]"));
            figures.push(format!("{said} of `{}` {value:.digits$}{unit}{between}", row[2].csv()));
        }
        lines.push(format!("Agreement with human scores: {}.", figures.join("; ")));
        if let Some(mean) = report.table("eval_by_task").and_then(|table| table.about.first()) {
            lines.push(mean.clone());
        }
        lines.push(method.to_owned());
    }
    lines.extend(named_summary(report, method));
    let decided = outcomes.iter().filter(|o| o.decision.is_some()).count();
    if decided > 0 {
        let automatic: Vec<&Outcome> = outcomes.iter().filter(|o| o.is_automatic()).collect();
        let wrong = automatic.iter().filter(|o| o.wrong).count();
        let share = 100.0 * automatic.len() as f64 / decided as f64;
        let error = if automatic.is_empty() { 0.0 } else { 100.0 * wrong as f64 / automatic.len() as f64 };
        lines.push(format!(
            "{share:.1} % of the scores count without review; {error:.1} % of these are wrong."
        ));
    }
    if input.weighted {
        lines.push(
            "Answers are weighted in figures of agreement; counts, tests, confidence and promises count each answer once."
                .to_owned(),
        );
    }
    if input.adjudicated {
        lines.push(
            "The system is compared with the adjudicated score where there is one, otherwise with the first rater's."
                .to_owned(),
        );
    }
    match report.warnings.len() {
        0 => lines.push("No figure is beyond a limit.".to_owned()),
        1 => lines.push("One figure is beyond a limit; it is marked ▲.".to_owned()),
        n => lines.push(format!("{n} figures are beyond a limit; they are marked ▲.")),
    }
    lines
}

/// The main figures of tasks with classes or rubric labels.
fn named_summary(report: &Report, method: &str) -> Vec<String> {
    /// More tasks are in the tables alone.
    const TASKS: usize = 6;
    let mut lines = Vec::new();
    for (name, kind) in [("eval_classes", ScoreKind::Class), ("eval_labels", ScoreKind::Labels)] {
        let Some(table) = report.table(name) else { continue };
        let main = kind.main_metric();
        let Some(place) = table.column_place(main.name()) else { continue };
        let figure = |row: &Vec<Cell>| {
            let value = row[place].number()?;
            let between = row[row.len() - 2].number().zip(row[row.len() - 1].number());
            let between = between.map_or_else(String::new, |(low, high)| format!(" [{low:.3}, {high:.3}]"));
            Some(format!("`{}` {value:.3}{between}", row[0].csv()))
        };
        let figures: Vec<String> = table.rows.iter().take(TASKS).filter_map(figure).collect();
        let more = table.rows.len().saturating_sub(TASKS);
        let more = if more > 0 { format!("; and {more} tasks more") } else { String::new() };
        if !figures.is_empty() {
            lines.push(format!("{}: {}{more}.", main.title(), figures.join("; ")));
        }
    }
    if !lines.is_empty() && report.table("intervals").is_none() {
        lines.push(method.to_owned());
    }
    lines
}
