//! The graded answers of a table: human scores, raters, groups, students, flags, weights.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::number;
use crate::args::EvaluateArgs;
use crate::batch::AnswerTable;
use crate::failure::{Exit, Failure};

/// Most subgroups of a column, and most raters: a column of texts has more.
const MOST_NAMES: usize = 200;
/// Most tasks, as the trainer has it.
const MOST_TASKS: usize = 4096;
/// Longest name of a subgroup or rater in bytes.
pub(super) const LONGEST_NAME: usize = 100;

/// Where the human scores are.
pub(super) enum Scores {
    /// Each rater has a column.
    Columns(Vec<usize>),
    /// Each rating has a row.
    Rows { score: usize, rater: usize },
    /// Each rubric label has a column of its name.
    Labels,
}

/// Rows that are taken by a value of a column.
pub(super) struct Flag {
    pub(super) column: usize,
    values: Vec<String>,
}

/// The columns of graded answers, and the rows of each answer.
pub(super) struct GradedTable {
    pub(super) scores: Scores,
    pub(super) raters: Vec<String>,
    pub(super) adjudicated: Option<usize>,
    pub(super) id: Option<usize>,
    pub(super) weight: Option<usize>,
    pub(super) groups: Vec<(String, usize)>,
    pub(super) student: Option<usize>,
    pub(super) question: Option<usize>,
    pub(super) flags: Vec<Flag>,
    /// Rows of each answer, the first of which has its text.
    pub(super) answers: Vec<Vec<usize>>,
}

impl GradedTable {
    /// Finds the columns and the answers.
    pub(super) fn read(table: &AnswerTable, options: &EvaluateArgs) -> Result<Self, Failure> {
        let column = |name: &str, option: &str, of: &str| table.column(name, "", option, of);
        let maybe = |name: &Option<String>, option: &str, of: &str| {
            name.as_deref().map(|name| column(name, option, of)).transpose()
        };
        let id = maybe(&options.id, "--id", "the names of the answers")?;
        let (scores, mut raters) = match (&options.graded.score, &options.rater) {
            (None, _) => (Scores::Labels, Vec::new()),
            (Some(score), Some(rater)) => {
                if !options.score2.is_empty() {
                    let message = "--score2 and --long cannot be used together";
                    return Err(Failure::new(Exit::Usage, message)
                        .hint("with --long, every rating is a row and --rater names the raters"));
                }
                let score = column(score, "--score", "the human scores")?;
                (Scores::Rows { score, rater: column(rater, "--rater", "the raters")? }, Vec::new())
            }
            (Some(score), None) => {
                let mut columns = vec![column(score, "--score", "the human scores")?];
                for name in &options.score2 {
                    columns.push(column(name, "--score2", "a further rater's scores")?);
                }
                let names = columns.iter().map(|column| table.header()[*column].clone()).collect();
                (Scores::Columns(columns), names)
            }
        };
        let mut answers: Vec<Vec<usize>> = Vec::new();
        if let (Scores::Rows { rater, .. }, Some(id)) = (&scores, id) {
            answers = by_name(table, id)?;
            let names = (0..table.len()).map(|row| Ok(table.text(row, *rater)?.trim().to_owned()));
            let names: BTreeSet<String> = names.collect::<Result<_, Failure>>()?;
            raters = names.into_iter().collect();
            check_names(&raters, table.len(), "--rater", "raters")?;
        } else {
            answers.extend((0..table.len()).map(|row| vec![row]));
        }
        let groups = options.group.iter().map(|name| {
            let place = column(name, "--group", "the subgroups")?;
            Ok((table.header()[place].clone(), place))
        });
        let groups = groups.collect::<Result<Vec<(String, usize)>, Failure>>()?;
        let text = table.known_text_column(&options.table)?;
        for (option, place) in
            groups.iter().map(|(_, place)| ("--group", *place)).chain(id.map(|id| ("--id", id)))
        {
            if text == Some(place) {
                let message =
                    format!("{option} names the column of the answers, which must not get into a report");
                return Err(Failure::new(Exit::Usage, message)
                    .hint("--text-column NAME picks the column of the answers"));
            }
        }
        let flags = options.flag.iter().map(|flag| Flag::read(table, flag));
        Ok(Self {
            scores,
            raters,
            adjudicated: maybe(&options.adjudicated, "--adjudicated", "the adjudicated scores")?,
            id,
            weight: maybe(&options.weight, "--weight", "the weights")?,
            groups,
            student: maybe(&options.graded.student, "--student", "the students")?,
            question: maybe(&options.question, "--question", "the questions")?,
            flags: flags.collect::<Result<_, _>>()?,
            answers,
        })
    }

    /// The row of each answer that has its text.
    pub(super) fn first_rows(&self) -> Vec<usize> {
        self.answers.iter().map(|rows| rows[0]).collect()
    }

    /// The names of the answers, if a column has them.
    pub(super) fn ids<'t>(&self, table: &'t AnswerTable) -> Result<Option<Vec<&'t str>>, Failure> {
        let Some(id) = self.id else { return Ok(None) };
        self.first_rows()
            .into_iter()
            .map(|row| table.text(row, id).map(str::trim))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// Every cell that holds a human score of an answer.
    pub(super) fn score_cells<'t>(
        &self,
        table: &'t AnswerTable,
        answer: usize,
    ) -> Result<Vec<&'t str>, Failure> {
        let rows = &self.answers[answer];
        let mut cells = Vec::new();
        match &self.scores {
            Scores::Columns(columns) => {
                for column in columns {
                    cells.push(table.text(rows[0], *column)?);
                }
            }
            Scores::Rows { score, .. } => {
                for row in rows {
                    cells.push(table.text(*row, *score)?);
                }
            }
            Scores::Labels => {}
        }
        if let Some(column) = self.adjudicated {
            cells.push(table.text(rows[0], column)?);
        }
        Ok(cells)
    }

    /// A cell that all rows of an answer share.
    pub(super) fn same_cell<'t>(
        &self,
        table: &'t AnswerTable,
        rows: &[usize],
        column: usize,
    ) -> Result<&'t str, Failure> {
        let first = table.text(rows[0], column)?;
        for row in &rows[1..] {
            if table.text(*row, column)?.trim() != first.trim() {
                let message = format!(
                    "{}: column {} is not as in row {}, which is of the same answer",
                    table.location(*row),
                    column + 1,
                    rows[0] + 1
                );
                return Err(Failure::new(Exit::Table, message).hint(
                    "with --long, only the score and the rater may differ between rows of one answer",
                ));
            }
        }
        Ok(first)
    }

    pub(super) fn weight_of(&self, table: &AnswerTable, rows: &[usize]) -> Result<f64, Failure> {
        let Some(column) = self.weight else { return Ok(1.0) };
        let weight = number(self.same_cell(table, rows, column)?).filter(|weight| *weight > 0.0);
        weight.ok_or_else(|| {
            let message = format!("{}: the weight is not a number above 0", table.location(rows[0]));
            Failure::new(Exit::Table, message).hint("leave out rows that should not count")
        })
    }
}

impl Flag {
    /// Reads `COLUMN=VALUE,VALUE`.
    fn read(table: &AnswerTable, text: &str) -> Result<Self, Failure> {
        let Some((name, values)) = text.split_once('=') else {
            return Err(Failure::new(
                Exit::Usage,
                "the value of --flag is invalid: it must be COLUMN=VALUE,VALUE",
            ));
        };
        Ok(Self {
            column: table.column(name, "", "--flag", "the flags")?,
            values: values.split(',').map(|value| value.trim().to_owned()).collect(),
        })
    }

    /// Whether a row with this cell is taken; numbers match whatever their form.
    pub(super) fn takes(&self, cell: &str) -> bool {
        let cell = cell.trim();
        self.values
            .iter()
            .any(|value| value == cell || number(value).is_some_and(|value| number(cell) == Some(value)))
    }
}

/// Rows with the same name, in the order of their first occurrence.
fn by_name(table: &AnswerTable, column: usize) -> Result<Vec<Vec<usize>>, Failure> {
    let mut place_of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut answers: Vec<Vec<usize>> = Vec::new();
    for row in 0..table.len() {
        let name = table.text(row, column)?.trim();
        let place = *place_of.entry(name).or_insert_with(|| {
            answers.push(Vec::new());
            answers.len() - 1
        });
        answers[place].push(row);
    }
    Ok(answers)
}

/// Refuses a column that holds texts, which must not get into a report: `names` are those of so many cells.
pub(super) fn check_names(names: &[String], cells: usize, option: &str, what: &str) -> Result<(), Failure> {
    /// In fewer cells, names may well differ.
    const ENOUGH: usize = 20;
    let hint = format!("{option} takes a column of a few short names");
    if cells >= ENOUGH && names.len() * 2 > cells {
        let message = format!("the column given by {option} has {} {what} in {cells} cells", names.len());
        return Err(Failure::new(Exit::Table, message).hint(hint));
    }
    let most = if option == "--task-column" { MOST_TASKS } else { MOST_NAMES };
    if names.len() > most {
        let message =
            format!("the column given by {option} has {} {what}, at most {most} are shown", names.len());
        return Err(Failure::new(Exit::Table, message).hint(hint));
    }
    let longest = names.iter().map(String::len).max().unwrap_or(0);
    if longest > LONGEST_NAME {
        let message = format!(
            "the column given by {option} has a name of {longest} bytes, at most {LONGEST_NAME} are shown"
        );
        return Err(Failure::new(Exit::Table, message).hint(hint));
    }
    Ok(())
}
