//! Puts human scores and the system's together.

use std::collections::{BTreeSet, HashSet};

use pupil_metrics::evaluation::{Given, Graded, Input, group_name};

use super::cells::{given, is_on};
use super::graded::{GradedTable, LONGEST_NAME, Scores, check_names};
use super::system::System;
use crate::args::EvaluateArgs;
use crate::batch::AnswerTable;
use crate::failure::{Exit, Failure};

impl GradedTable {
    /// What the evaluation needs.
    pub(super) fn input(
        &self,
        table: &AnswerTable,
        system: &System,
        options: &EvaluateArgs,
    ) -> Result<Input, Failure> {
        let clusters = match (self.student, self.question) {
            (Some(column), _) => Some(("student", column)),
            (None, Some(column)) => Some(("question", column)),
            (None, None) => None,
        };
        let texts = table.known_text_column(&options.table)?;
        let mut seen = HashSet::new();
        let mut answers = Vec::with_capacity(self.answers.len());
        for (place, rows) in self.answers.iter().enumerate() {
            let text = |column: usize| self.same_cell(table, rows, column);
            let task = system.task_of[place];
            let raters = self.ratings(table, rows, system, task, options)?;
            let adjudicated = match self.adjudicated {
                Some(column) => given(text(column)?, &system.tasks[task], &options.missing),
                None => Given::Missing,
            };
            let first = raters.iter().find(|rating| **rating != Given::Missing);
            let reference = match (adjudicated, &self.scores) {
                (Given::Missing, Scores::Rows { .. }) => first.cloned().unwrap_or(Given::Missing),
                (Given::Missing, _) => raters.first().cloned().unwrap_or(Given::Missing),
                (adjudicated, _) => adjudicated,
            };
            let name = |column: usize| text(column).map(|text| Some(text.trim()).filter(|t| !t.is_empty()));
            let groups = self.groups.iter().map(|(_, column)| text(*column).map(group_name));
            let mut flagged = false;
            for flag in &self.flags {
                flagged |= !flag.takes(text(flag.column)?);
            }
            let repeated = texts.map(text).transpose()?.is_some_and(|text| !seen.insert((task, text)));
            answers.push(Graded {
                id: match self.id {
                    // A long cell is a text, which must not get into a file.
                    Some(column) if text(column)?.len() <= LONGEST_NAME => text(column)?.trim().to_owned(),
                    _ => (rows[0] + 1).to_string(),
                },
                task,
                reference,
                raters,
                system: system.scores[place].clone(),
                groups: groups.collect::<Result<_, _>>()?,
                cluster: match clusters {
                    Some((_, column)) => name(column)?.map(str::to_owned),
                    None => None,
                },
                student: match self.student {
                    Some(column) => name(column)?.map(str::to_owned),
                    None => None,
                },
                length: system.lengths[place],
                unknown: system.unknown[place],
                weight: self.weight_of(table, rows)?,
                repeated,
                flagged,
            });
        }
        for (g, (..)) in self.groups.iter().enumerate() {
            let names: BTreeSet<String> = answers.iter().map(|a| a.groups[g].clone()).collect();
            check_names(&names.into_iter().collect::<Vec<_>>(), answers.len(), "--group", "subgroups")?;
        }
        Ok(Input {
            title: system.title.clone(),
            facts: self.facts(table, system, &answers),
            tasks: system.tasks.clone(),
            stated: system.stated.clone(),
            answers,
            groupings: self.groups.iter().map(|(name, _)| name.clone()).collect(),
            raters: self.raters.clone(),
            adjudicated: self.adjudicated.is_some(),
            clusters: clusters.map(|(what, _)| what.to_owned()),
            weighted: self.weight.is_some(),
            other: None,
            earlier: None,
        })
    }

    /// The ratings of an answer, one for each rater.
    fn ratings(
        &self,
        table: &AnswerTable,
        rows: &[usize],
        system: &System,
        task: usize,
        options: &EvaluateArgs,
    ) -> Result<Vec<Given>, Failure> {
        let task = &system.tasks[task];
        match &self.scores {
            Scores::Columns(columns) => columns
                .iter()
                .map(|column| Ok(given(table.text(rows[0], *column)?, task, &options.missing)))
                .collect(),
            Scores::Rows { score, rater } => {
                let mut ratings = vec![None; self.raters.len()];
                for row in rows {
                    let name = table.text(*row, *rater)?.trim();
                    let place = self.raters.binary_search_by(|known| known.as_str().cmp(name)).unwrap_or(0);
                    let rating = given(table.text(*row, *score)?, task, &options.missing);
                    if ratings[place].replace(rating).is_some() {
                        let message =
                            format!("{}: this rater has already scored this answer", table.location(*row));
                        return Err(Failure::new(Exit::Table, message)
                            .hint("give each rating of a rater its own answer in the column of --id, or leave one out"));
                    }
                }
                Ok(ratings.into_iter().map(|rating| rating.unwrap_or(Given::Missing)).collect())
            }
            Scores::Labels => {
                let mut on = Vec::with_capacity(task.labels.len());
                for name in &task.labels {
                    let Some(column) = table.find(name)? else {
                        let message = "the human scores are missing: no column is named by --score";
                        return Err(Failure::new(Exit::Usage, message).hint(
                            "without --score, a task needs rubric labels, and each of them a column of its name with 0 or 1",
                        ));
                    };
                    let cell = table.text(rows[0], column)?;
                    if pupil_tables::is_missing(cell) {
                        return Ok(vec![Given::Missing]);
                    }
                    match is_on(cell) {
                        Some(is_on) => on.push(is_on),
                        None => return Ok(vec![Given::Invalid]),
                    }
                }
                Ok(vec![Given::Labels(on)])
            }
        }
    }

    /// Facts about the table for the head of the page.
    fn facts(&self, table: &AnswerTable, system: &System, answers: &[Graded]) -> Vec<(String, String)> {
        let mut facts = system.facts.clone();
        let mut fact = |name: &str, text: String| facts.push((name.to_owned(), text));
        fact("human scores", table.name());
        let raters: Vec<&str> = self.raters.iter().map(String::as_str).collect();
        if !raters.is_empty() {
            fact("raters", raters.join(", "));
        }
        let (mut missing, mut invalid, mut outside) = (0, 0, 0);
        for answer in answers {
            match &answer.reference {
                Given::Missing => missing += 1,
                Given::Invalid => invalid += 1,
                Given::Points(points) => {
                    let trim = system.tasks[answer.task].trim;
                    outside += usize::from(trim.is_some_and(|trim| *points < trim.min || *points > trim.max));
                }
                Given::Class(_) | Given::Labels(_) => {}
            }
        }
        for (count, what) in
            [(missing, "missing"), (invalid, "not a score of the task"), (outside, "outside the scale")]
        {
            if count > 0 {
                fact(&format!("human scores {what}"), count.to_string());
            }
        }
        facts
    }
}
