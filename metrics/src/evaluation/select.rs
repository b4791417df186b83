//! Which answers are evaluated, and which are left out and why.

use std::collections::BTreeMap;

use super::input::{Given, Graded, Input, NO_GROUP, Options, Scale};
use super::table::{Cell, Format, Place, Table};
use crate::ScoreKind;
use crate::scores::{ScorePairs, round_half_even};

/// Answers that are evaluated, and counts of the others.
#[derive(Debug, Default)]
pub(super) struct Selected {
    /// Places of the answers with a scale.
    pub(super) scaled: Vec<usize>,
    /// Places of the answers with classes or labels.
    pub(super) named: Vec<usize>,
    /// Places of the answers that were left out, except for flags.
    excluded: Vec<usize>,
    flagged: usize,
    listwise: bool,
    exclude_zero: bool,
}

/// Sorts the answers, as `rsmeval` does: flags, then human scores, then the system's, then students with few answers.
pub(super) fn select(input: &Input, options: &Options) -> Selected {
    let mut selected = Selected {
        listwise: options.min_per_student > 1,
        exclude_zero: options.exclude_zero,
        ..Selected::default()
    };
    let mut kept = Vec::new();
    for (place, answer) in input.answers.iter().enumerate() {
        let has_score = match &answer.reference {
            Given::Points(points) => !(options.exclude_zero && *points == 0.0),
            Given::Class(_) | Given::Labels(_) => true,
            Given::Missing | Given::Invalid => false,
        };
        if answer.flagged {
            selected.flagged += 1;
        } else if has_score && is_scored(input, answer) {
            kept.push(place);
        } else {
            selected.excluded.push(place);
        }
    }
    if selected.listwise {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for place in &kept {
            if let Some(student) = &input.answers[*place].student {
                *counts.entry(student).or_default() += 1;
            }
        }
        let stays = |place: &usize| {
            let student = input.answers[*place].student.as_deref();
            student.is_some_and(|s| counts[s] >= options.min_per_student)
        };
        let (stay, leave): (Vec<usize>, Vec<usize>) = kept.into_iter().partition(stays);
        selected.excluded.extend(leave);
        kept = stay;
    }
    (selected.scaled, selected.named) =
        kept.into_iter().partition(|p| input.tasks[input.answers[*p].task].kind == ScoreKind::Level);
    selected
}

/// Whether the system's score can be compared.
fn is_scored(input: &Input, answer: &Graded) -> bool {
    match input.tasks[answer.task].kind {
        ScoreKind::Level => answer.system.raw.is_some(),
        ScoreKind::Class | ScoreKind::Labels => answer.system.award.is_some(),
    }
}

impl Selected {
    /// Tables of what was left out.
    pub(super) fn tables(&self, input: &Input) -> Vec<Table> {
        let mut tables = Vec::new();
        if self.flagged > 0 {
            let mut table = Table::new("flagged", "Answers left out for their flags")
                .column("what", "", Format::Digits(0))
                .column("answers", "answers", Format::Digits(0));
            table.push(vec!["left out for a flag".into(), (self.flagged as u64).into()]);
            table.push(vec!["all answers of the table".into(), (input.answers.len() as u64).into()]);
            tables.push(table);
        }
        let mut table = Table::new("test_excluded_composition", "Answers left out")
            .column("Human/System", "human score", Format::Digits(0))
            .column("numeric system score", "with a score of the system", Format::Digits(0))
            .column("non-numeric system score", "without one", Format::Digits(0));
        for (name, kind) in [
            ("numeric non-zero human score", HumanScore::Points),
            ("zero human score", HumanScore::Zero),
            ("non-numeric human score", HumanScore::None),
        ] {
            let count = |scored: bool| {
                let is = |place: &&usize| {
                    let answer = &input.answers[**place];
                    HumanScore::of(&answer.reference) == kind && is_scored(input, answer) == scored
                };
                self.excluded.iter().filter(is).count() as u64
            };
            // Such answers are left out only by the rules that say so.
            let can_be = match kind {
                HumanScore::Points => self.listwise,
                HumanScore::Zero => self.listwise || self.exclude_zero,
                HumanScore::None => true,
            };
            let scored = if can_be { Cell::Count(count(true)) } else { Cell::None };
            table.push(vec![name.into(), scored, count(false).into()]);
        }
        // A table without left out answers says nothing that the text does not.
        tables.push(if self.excluded.is_empty() { table.only(Place::Files) } else { table });
        tables
    }

    /// Number of answers that were left out, without those with flags.
    pub(super) fn left_out(&self) -> usize {
        self.excluded.len()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum HumanScore {
    Points,
    Zero,
    None,
}

impl HumanScore {
    fn of(given: &Given) -> Self {
        match given {
            Given::Points(points) if *points == 0.0 => Self::Zero,
            Given::Points(_) | Given::Class(_) | Given::Labels(_) => Self::Points,
            Given::Missing | Given::Invalid => Self::None,
        }
    }
}

/// What answers the evaluation has.
pub(super) fn composition(input: &Input, kept: &[usize]) -> Vec<Table> {
    let distinct = |of: &dyn Fn(&Graded) -> Option<String>| {
        let values: std::collections::BTreeSet<String> =
            kept.iter().filter_map(|p| of(&input.answers[*p])).collect();
        values.len() as u64
    };
    let has_students = kept.iter().any(|p| input.answers[*p].student.is_some());
    let mut table = Table::new("data_composition", "Answers of the evaluation")
        .column("partition", "", Format::Digits(0))
        .column("responses", "answers", Format::Digits(0));
    let mut row: Vec<Cell> = vec!["Evaluation".into(), (kept.len() as u64).into()];
    if has_students {
        table = table.column("candidates", "students", Format::Digits(0));
        row.push(distinct(&|a| a.student.clone()).into());
    }
    for (g, name) in input.groupings.iter().enumerate() {
        table = table.column(name, format!("groups of {name}"), Format::Digits(0));
        row.push(distinct(&|a| Some(a.groups[g].clone())).into());
    }
    table.push(row);
    let mut tables = vec![table];
    for (g, name) in input.groupings.iter().enumerate() {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for place in kept {
            *counts.entry(&input.answers[*place].groups[g]).or_default() += 1;
        }
        let mut table = Table::new(format!("data_composition_by_{name}"), format!("Answers by {name}"))
            .column(name, name, Format::Digits(0))
            .column("N responses", "answers", Format::Digits(0));
        for (group, count) in counts {
            table.push(vec![group.into(), count.into()]);
        }
        tables.push(table);
    }
    tables
}

/// Numeric scores of the answers that are compared: human ones and each form of the system's.
#[derive(Debug)]
pub(super) struct Numeric {
    /// Places of the answers.
    pub(super) places: Vec<usize>,
    /// The scores that the system is compared with.
    pub(super) human: Vec<f64>,
    /// The first rater's, for human–human figures.
    pub(super) first: Vec<Option<f64>>,
    /// The second rater's.
    pub(super) second: Vec<Option<f64>>,
    /// Weights; empty if all are equal.
    pub(super) weights: Vec<f64>,
    /// The system's scores by form, in the order in which tables show them.
    pub(super) forms: Vec<(&'static str, Vec<f64>)>,
    /// `raw` or `scale`: what the names of forms begin with.
    pub(super) prefix: &'static str,
}

impl Numeric {
    /// Takes the answers at these places.
    pub(super) fn of(input: &Input, places: Vec<usize>, options: &Options) -> Self {
        let prefix = if options.scale == Scale::Raw { "raw" } else { "scale" };
        let answers: Vec<&Graded> = places.iter().map(|p| &input.answers[*p]).collect();
        let trim = |answer: &Graded, score: f64| {
            input.tasks[answer.task].trim.map_or(score, |trim| trim.apply(score))
        };
        let raw: Vec<f64> = answers.iter().filter_map(|a| a.system.raw).collect();
        assert_eq!(raw.len(), answers.len(), "only scored answers are compared");
        let mut forms: Vec<(&'static str, Vec<f64>)> = Vec::new();
        let mut add = |names: [&'static str; 3], scores: Vec<f64>| {
            let trimmed: Vec<f64> = answers.iter().zip(&scores).map(|(a, s)| trim(a, *s)).collect();
            let rounded = trimmed.iter().map(|s| round_half_even(*s)).collect();
            forms.push((names[0], scores));
            forms.push((names[1], trimmed));
            forms.push((names[2], rounded));
        };
        const RAW: [&str; 3] = ["raw", "raw_trim", "raw_trim_round"];
        const SCALE: [&str; 3] = ["scale", "scale_trim", "scale_trim_round"];
        match options.scale {
            Scale::Raw => add(RAW, raw),
            Scale::AsIs => add(SCALE, raw),
            Scale::By(scaling) => {
                let scaled = raw.iter().map(|s| scaling.apply(*s)).collect();
                add(RAW, raw);
                add(SCALE, scaled);
            }
        }
        let awards: Vec<f64> =
            answers.iter().filter_map(|a| a.system.award.as_ref().and_then(Given::points)).collect();
        if awards.len() == answers.len() && !awards.is_empty() {
            forms.push((LEVEL, awards));
        }
        let rating = |answer: &Graded, rater: usize| {
            let points = answer.raters.get(rater).and_then(Given::points);
            points.filter(|points| !(options.exclude_zero && *points == 0.0))
        };
        Self {
            human: answers.iter().filter_map(|a| a.reference.points()).collect(),
            first: answers.iter().map(|a| rating(a, 0)).collect(),
            second: answers.iter().map(|a| rating(a, 1)).collect(),
            weights: if input.weighted { answers.iter().map(|a| a.weight).collect() } else { Vec::new() },
            forms,
            prefix,
            places,
        }
    }

    /// Scores of every answer, as RSMTool keeps them.
    pub(super) fn rows(&self, input: &Input) -> Vec<Table> {
        if self.places.is_empty() {
            return Vec::new();
        }
        let digits = Format::Digits(4);
        let mut processed = Table::new("pred_processed", "Every form of every score")
            .only(Place::Csv)
            .column("spkitemid", "answer", digits)
            .column("sc1", "human score", digits);
        for (form, _) in &self.forms {
            processed = processed.column(*form, *form, digits);
        }
        let mut human = Table::new("test_human_scores", "Human scores of every answer")
            .only(Place::Csv)
            .column("spkitemid", "answer", digits)
            .column("sc1", "human score", digits)
            .column("sc2", "second rater", digits);
        for (row, place) in self.places.iter().enumerate() {
            let id = &input.answers[*place].id;
            let mut cells: Vec<Cell> = vec![id.as_str().into(), self.human[row].into()];
            cells.extend(self.forms.iter().map(|(_, scores)| Cell::Number(scores[row])));
            processed.push(cells);
            human.push(vec![id.as_str().into(), self.human[row].into(), self.second[row].into()]);
        }
        let has_second = self.second.iter().any(Option::is_some);
        if has_second { vec![processed, human] } else { vec![processed] }
    }

    /// The scores of one form.
    pub(super) fn form(&self, name: &str) -> Option<&[f64]> {
        self.forms.iter().find(|(form, _)| *form == name).map(|(_, scores)| scores.as_slice())
    }

    /// The form that is trimmed but not rounded.
    pub(super) fn trimmed(&self) -> &'static str {
        if self.prefix == "raw" { "raw_trim" } else { "scale_trim" }
    }

    /// The form that is trimmed and rounded.
    pub(super) fn rounded(&self) -> &'static str {
        if self.prefix == "raw" { "raw_trim_round" } else { "scale_trim_round" }
    }

    /// The form that counts: the awarded level, or the rounded score where there is none.
    pub(super) fn counted(&self) -> &'static str {
        if self.form(LEVEL).is_some() { LEVEL } else { self.rounded() }
    }

    /// Human scores beside one form, for some rows.
    pub(super) fn pairs(&self, scores: &[f64], rows: &[usize]) -> ScorePairs {
        let of = |values: &[f64]| rows.iter().map(|row| values[*row]).collect::<Vec<f64>>();
        let weights = if self.weights.is_empty() { Vec::new() } else { of(&self.weights) };
        ScorePairs::new(of(&self.human), of(scores), &weights)
    }

    /// First beside second rater, for those of some rows that both scored.
    pub(super) fn rater_pairs(&self, rows: &[usize]) -> ScorePairs {
        let both = |row: &&usize| self.first[**row].is_some() && self.second[**row].is_some();
        let rows: Vec<usize> = rows.iter().filter(both).copied().collect();
        let of = |values: &[Option<f64>]| rows.iter().filter_map(|row| values[*row]).collect::<Vec<f64>>();
        let weights: Vec<f64> = if self.weights.is_empty() {
            Vec::new()
        } else {
            rows.iter().map(|r| self.weights[*r]).collect()
        };
        ScorePairs::new(of(&self.first), of(&self.second), &weights)
    }

    /// Every row.
    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.human.len()).collect()
    }
}

/// The name of the form that counts.
pub(super) const LEVEL: &str = "level";

/// The group of an answer, or the name for none.
#[must_use]
pub fn group_name(cell: &str) -> String {
    let cell = cell.trim();
    if cell.is_empty() { NO_GROUP.to_owned() } else { cell.to_owned() }
}
