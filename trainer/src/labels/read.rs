//! Reads label files.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::{Labels, Provenance, Scored, companion, decide};
use crate::data::{Columns, Dataset, FileSettings, Format, MAX_FILE_BYTES, Target, TaskData, refused_by};

/// Largest deviation from 1 of the sum of the probabilities of classes or levels.
const SUM_TOLERANCE: f32 = 1e-3;

/// Reads a label file that Pupil wrote, with its companion.
///
/// # Errors
///
/// When a file is missing or malformed, or the CSV is not the one that the companion describes.
pub fn read(path: &Path) -> Result<(Labels, Provenance)> {
    let beside = companion(path);
    let json = load(&beside)?;
    let provenance: Provenance = serde_json::from_slice(&json)
        .with_context(|| format!("{}: not the companion of a label file", beside.display()))?;
    let bytes = load(path)?;
    ensure!(
        blake3::hash(&bytes).to_hex().as_str() == provenance.labels_blake3,
        "{}: changed since {} was written; make the labels again",
        path.display(),
        beside.display()
    );
    let how = FileSettings { format: Some(Format::Csv), delimiter: Some(','), ..FileSettings::default() };
    let table = Table::new(path, bytes, &how)?;
    let mut rows = Vec::with_capacity(table.records.len());
    for (line, record) in table.lines() {
        let cell = |name: &str| {
            table
                .column(name)
                .map(|c| &record[c])
                .ok_or_else(|| anyhow!("{}: no column `{name}`", table.name))
        };
        let id = cell("task")?;
        let task = provenance.tasks.iter().position(|t| &t.id == id);
        let task = task.ok_or_else(|| table.at(line, "a task that the companion file lacks"))?;
        let data = &provenance.tasks[task];
        let probabilities = table.probabilities(line, record, data)?;
        rows.push(Scored {
            index: cell("sample_index")?
                .parse()
                .map_err(|_| table.at(line, "`sample_index` is not a number"))?,
            id: cell("id")?.to_owned(),
            task,
            group: None,
            cluster: None,
            target: table.award(line, record, data, "true")?,
            predicted: match table.award(line, record, data, "pred")? {
                Target::Missing => return Err(table.at(line, "no award (`pred_*`)")),
                award => award,
            },
            probabilities,
        });
    }
    let labels = Labels { tasks: provenance.tasks.clone(), rows };
    Ok((labels, provenance))
}

/// Reads a label file if it was made by this teacher from this data and both files are intact.
///
/// `None` means that the labels have to be made: a file is missing, damaged, or from another teacher or data set.
#[must_use]
pub fn cached(path: &Path, teacher_blake3: &str, data_blake3: &str) -> Option<Labels> {
    let (labels, provenance) = read(path).ok()?;
    (provenance.teacher_blake3 == teacher_blake3 && provenance.data_blake3 == data_blake3).then_some(labels)
}

/// Further names of the columns by which the rows of another tool's file are matched, besides `id`, `task` and `text`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    id: Vec<String>,
    task: Vec<String>,
    text: Vec<String>,
}

impl Names {
    /// The names in these columns.
    pub fn of<'a>(columns: impl IntoIterator<Item = &'a Columns>) -> Self {
        let mut names = Self::default();
        for c in columns {
            for (own, name) in
                [(&mut names.id, &c.id), (&mut names.task, &c.task), (&mut names.text, &c.text)]
            {
                own.extend(name.clone());
            }
        }
        names
    }
}

/// How the rows of a file are matched with answers.
enum Matching<'a> {
    /// By task and id.
    Id(HashMap<(usize, &'a str), usize>),
    /// By id alone, if no two answers share an id.
    IdAlone(HashMap<&'a str, usize>),
    /// By their index among the answers, counted from 0, in a column of the file.
    Index(usize),
    /// By their order.
    Order,
}

/// Reads the label file of any tool for the answers of a data set.
///
/// Rows are matched by the column `id`, or by the data's own name for it (`names`), in any letter case, together with
/// the column `task`. Without a column `task`, ids are enough if the file has one task, or if no two tasks share an id.
/// If there are ids, `sample_index` is ignored: it may count the rows of another file. Without ids, rows are matched by
/// `sample_index`, otherwise by their order; then there must be as many rows as answers, and no column that might be an
/// id under another name. With the argument `task`, the file is for this task alone, and `sample_index` and order count
/// only its answers. A `text` column must repeat the answers. Probabilities are in `prob_X` or `p(X=yes)`, awards in
/// `pred_X`; without `pred_X`, [`decide`] makes the awards. The human scores are those of the data set; `true_X` must
/// not contradict them.
///
/// # Errors
///
/// When the file is malformed, a row cannot be matched, two rows match one answer, a probability is missing or out of
/// range, or a task, a text or a human score differs.
pub fn read_for(
    path: &Path,
    how: &FileSettings,
    dataset: &Dataset,
    task: Option<usize>,
    names: &Names,
) -> Result<Labels> {
    let table = Table::new(path, load(path)?, how)?;
    let candidates: Vec<usize> = match task {
        Some(task) => dataset.of_task(task).collect(),
        None => (0..dataset.answers.len()).collect(),
    };
    let id = table.role("id", &names.id)?;
    let tasks = table.role("task", &names.task)?;
    let text = table.role("text", &names.text)?;
    let index = table.role("sample_index", &[])?;
    let matching = match (id, index) {
        (Some(_), _) => by_id(&table, dataset, &candidates, tasks.is_some())?,
        (None, Some(column)) => Matching::Index(column),
        (None, None) => {
            table.check_order([tasks, text], candidates.len())?;
            Matching::Order
        }
    };

    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(table.records.len());
    for (position, (line, record)) in table.lines().enumerate() {
        let known = match tasks {
            None => None,
            Some(column) => {
                let found = dataset.task_index(record[column].trim());
                let found = found.ok_or_else(|| table.at(line, "`task` is not a task of the data"))?;
                ensure!(
                    task.is_none_or(|only| only == found),
                    table
                        .at(line, "`task` is not the task for which `teacher.probabilities` names this file")
                );
                Some(found)
            }
        };
        let own = || id.map_or("", |column| record[column].trim());
        let found = match &matching {
            Matching::Id(by_id) => {
                let of = known.or(task).or_else(|| candidates.first().map(|i| dataset.answers[*i].task));
                of.and_then(|of| by_id.get(&(of, own()))).copied()
            }
            Matching::IdAlone(by_id) => by_id.get(own()).copied(),
            Matching::Index(column) => {
                record[*column].trim().parse::<usize>().ok().and_then(|i| candidates.get(i).copied())
            }
            Matching::Order => candidates.get(position).copied(),
        };
        let Some(found) = found else {
            return Err(match matching {
                Matching::Index(_) => table.at(
                    line,
                    &format!(
                        "no such answer in the data: `sample_index` must be a number from 0 to {}",
                        candidates.len().saturating_sub(1)
                    ),
                ),
                _ => table.at(
                    line,
                    "no such answer in the data: its `id` is not in the column that `data.columns.id` names, \
                     `id` by default",
                ),
            });
        };
        ensure!(seen.insert(found), table.at(line, "the same answer as an earlier row"));
        let answer = &dataset.answers[found];
        let data = &dataset.tasks[answer.task];
        ensure!(
            known.is_none_or(|known| known == answer.task),
            table.at(line, "the task differs from the data set; were the rows reordered?")
        );
        if let Some(column) = text {
            ensure!(
                record[column].split_whitespace().eq(answer.text.split_whitespace()),
                table.at(line, "the text differs from the data set; were the rows reordered?")
            );
        }
        let truth = table.award(line, record, data, "true")?;
        ensure!(
            truth == Target::Missing || answer.target == Target::Missing || truth == answer.target,
            table.at(line, "the human score differs from the data set; were the rows reordered?")
        );
        let probabilities = table.probabilities(line, record, data)?;
        let predicted = match table.award(line, record, data, "pred")? {
            Target::Missing => decide(data, &probabilities),
            award => award,
        };
        rows.push(Scored::with_award(dataset, found, probabilities, predicted));
    }
    rows.sort_by_key(|r| r.index);
    Ok(Labels { tasks: dataset.tasks.clone(), rows })
}

/// The answers by task and id if there is a column `task` or only one task, otherwise by id alone.
fn by_id<'a>(
    table: &Table,
    dataset: &'a Dataset,
    candidates: &[usize],
    with_task: bool,
) -> Result<Matching<'a>> {
    let answers = candidates.iter().map(|i| (*i, &dataset.answers[*i]));
    let mut of = answers.clone().map(|(_, a)| a.task);
    let first = of.next();
    if with_task || of.all(|task| Some(task) == first) {
        return Ok(Matching::Id(answers.map(|(i, a)| ((a.task, a.id.as_str()), i)).collect()));
    }
    let by_id: HashMap<&str, usize> = answers.map(|(i, a)| (a.id.as_str(), i)).collect();
    ensure!(
        by_id.len() == candidates.len(),
        "{}: {} answers have {} different ids, since tasks share some; add a column `task`",
        table.name,
        candidates.len(),
        by_id.len()
    );
    Ok(Matching::IdAlone(by_id))
}

fn load(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("{name}: cannot be opened"))?.len();
    ensure!(size <= MAX_FILE_BYTES, "{name}: {size} bytes, the limit is {MAX_FILE_BYTES}");
    std::fs::read(path).with_context(|| format!("{name}: cannot be read"))
}

/// The error for a table that cannot be read, with advice that names the settings of its file.
fn refused(error: &pupil_tables::Error) -> anyhow::Error {
    refused_by(error, |setting| format!("`{setting}` beside its `path`"))
}

/// A table with named columns.
struct Table {
    name: String,
    header: Vec<String>,
    columns: HashMap<String, usize>,
    records: Vec<Vec<String>>,
    /// The line on which each record begins.
    lines: Vec<usize>,
}

impl Table {
    /// Reads a table with all its cells.
    fn new(path: &Path, bytes: Vec<u8>, how: &FileSettings) -> Result<Self> {
        let name = path.display().to_string();
        ensure!(
            how.format != Some(Format::JsonLines),
            "{name}: a teacher's probabilities are read from a table; leave `format` out, or set it to `csv` or `spreadsheet`"
        );
        let options = pupil_tables::Options {
            kind: how.format.map(|format| match format {
                Format::Spreadsheet => pupil_tables::Kind::Spreadsheet,
                Format::Csv | Format::JsonLines => pupil_tables::Kind::Csv,
            }),
            delimiter: how.delimiter,
            encoding: how.encoding.clone(),
            sheet: how.sheet.clone(),
            ..pupil_tables::Options::default()
        };
        let table = pupil_tables::Table::parse(&name, bytes, &options).map_err(|e| refused(&e))?;
        let header = table.header().to_vec();
        let mut columns = HashMap::new();
        for (i, column) in header.iter().enumerate().filter(|(_, column)| !column.is_empty()) {
            if let Some(earlier) = columns.insert(column.clone(), i) {
                bail!("{name}: columns {} and {} have the same name", earlier + 1, i + 1);
            }
        }
        let (mut records, mut lines) = (Vec::new(), Vec::new());
        for row in (0..table.len()).filter(|row| !table.is_blank(*row)) {
            let cells = (0..header.len()).map(|column| Ok(table.text(row, column)?.to_owned()));
            records.push(cells.collect::<Result<Vec<_>, pupil_tables::Error>>().map_err(|e| refused(&e))?);
            lines.push(table.line(row));
        }
        Ok(Self { name, header, columns, records, lines })
    }

    /// Rows with the line on which they begin, counted from 1 as in an editor.
    fn lines(&self) -> impl Iterator<Item = (usize, &[String])> {
        self.lines.iter().copied().zip(self.records.iter().map(Vec::as_slice))
    }

    /// The column of that name, or the only one that matches in another letter case.
    fn column(&self, name: &str) -> Option<usize> {
        if let Some(column) = self.columns.get(name) {
            return Some(*column);
        }
        let lower = name.to_lowercase();
        let mut like = (0..self.header.len()).filter(|&c| self.header[c].to_lowercase() == lower);
        like.next().filter(|_| like.next().is_none())
    }

    /// The column that is called `name`, or one of `others`, in any letter case.
    fn role(&self, name: &str, others: &[String]) -> Result<Option<usize>> {
        let called = |column: &str, name: &str| column.to_lowercase() == name.trim().to_lowercase();
        let mut found = (0..self.header.len()).filter(|&c| {
            called(&self.header[c], name) || others.iter().any(|other| called(&self.header[c], other))
        });
        let first = found.next();
        if let (Some(one), Some(two)) = (first, found.next()) {
            bail!("{}: columns {} and {} both mean `{name}`; keep one", self.name, one + 1, two + 1);
        }
        Ok(first)
    }

    /// Checks that rows can be matched by their order: there are as many rows as answers, and no column might hold ids.
    fn check_order(&self, known: [Option<usize>; 2], answers: usize) -> Result<()> {
        let score = |name: &str| {
            let name = name.to_lowercase();
            ["true_", "pred_", "prob_"].iter().any(|prefix| name.starts_with(prefix))
                || name.starts_with("p(") && name.ends_with("=yes)")
        };
        let unknown = (0..self.header.len()).find(|&c| !known.contains(&Some(c)) && !score(&self.header[c]));
        if let Some(column) = unknown {
            bail!(
                "{}: column {} is unknown, and there is no `id` or `sample_index` to match rows by: name it `id` if it \
                 holds the answers' ids, `sample_index` if it holds their indices from 0, or remove it if the rows are in \
                 the order of the data",
                self.name,
                column + 1
            );
        }
        ensure!(
            self.records.len() == answers,
            "{}: {} rows for {answers} answers, and no `id` or `sample_index` to match them by",
            self.name,
            self.records.len()
        );
        Ok(())
    }

    fn at(&self, line: usize, what: &str) -> anyhow::Error {
        anyhow!("{}, line {line}: {what}", self.name)
    }

    fn probabilities(&self, line: usize, record: &[String], task: &TaskData) -> Result<Vec<f32>> {
        let mut probabilities = Vec::with_capacity(task.labels.len());
        for label in &task.labels {
            let column = self
                .column(&format!("prob_{label}"))
                .or_else(|| self.column(&format!("p({label}=yes)")))
                .ok_or_else(|| {
                    anyhow!(
                        "{}: no column `prob_{label}` or `p({label}=yes)`, which task `{}` needs",
                        self.name,
                        task.id
                    )
                })?;
            let p = record[column].trim().parse::<f32>().ok().filter(|p| (0.0..=1.0).contains(p));
            probabilities.push(p.ok_or_else(|| {
                self.at(line, &format!("the probability of `{label}` is missing or not between 0 and 1"))
            })?);
        }
        let sum: f32 = probabilities.iter().sum();
        ensure!(
            task.head.is_multi_label() || (sum - 1.0).abs() <= SUM_TOLERANCE,
            self.at(line, &format!("the probabilities of task `{}` sum to {sum}, not to 1", task.id))
        );
        Ok(probabilities)
    }

    /// The target in the columns `prefix_X`; missing if they are absent or all blank.
    fn award(&self, line: usize, record: &[String], task: &TaskData, prefix: &str) -> Result<Target> {
        let mut flags = Vec::with_capacity(task.labels.len());
        for label in &task.labels {
            let Some(column) = self.column(&format!("{prefix}_{label}")) else { continue };
            match record[column].trim() {
                "" => {}
                "0" | "0.0" => flags.push(false),
                "1" | "1.0" => flags.push(true),
                _ => return Err(self.at(line, &format!("`{prefix}_{label}` is neither 0 nor 1"))),
            }
        }
        if flags.is_empty() {
            return Ok(Target::Missing);
        }
        ensure!(
            flags.len() == task.labels.len(),
            self.at(
                line,
                &format!("some of the columns `{prefix}_*` of task `{}` are blank or absent", task.id)
            )
        );
        let one = || {
            let mut set = flags.iter().enumerate().filter(|(_, on)| **on).map(|(i, _)| i);
            match (set.next(), set.next()) {
                (Some(only), None) => Ok(only),
                _ => {
                    Err(self.at(line, &format!("task `{}` needs exactly one 1 among `{prefix}_*`", task.id)))
                }
            }
        };
        task.head.flagged(flags.clone(), one)
    }
}
