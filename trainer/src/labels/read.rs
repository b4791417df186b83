//! Reading of label files.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::{Labels, Provenance, Scored, companion, decide};
use crate::data::{Dataset, HeadKind, MAX_FILE_BYTES, Target, TaskData};

/// How far the probabilities of classes or levels may sum from 1.
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
    let table = Table::new(path, &bytes)?;
    let mut rows = Vec::with_capacity(table.records.len());
    for (line, record) in table.lines() {
        let cell = |name: &str| {
            table
                .column(name)
                .map(|c| &record[c])
                .ok_or_else(|| anyhow!("{}: no column `{name}`", table.name))
        };
        let id = cell("task")?;
        let task = provenance.tasks.iter().position(|t| t.id == id);
        let task = task.ok_or_else(|| table.at(line, "a task that the companion lacks"))?;
        let data = &provenance.tasks[task];
        let probabilities = table.probabilities(line, record, data)?;
        rows.push(Scored {
            index: cell("sample_index")?
                .parse()
                .map_err(|_| table.at(line, "`sample_index` is no number"))?,
            id: cell("id")?.to_owned(),
            task,
            group: None,
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

/// Reads a label file if it was made by this teacher from this data and both its files are whole.
///
/// `None` means that the labels have to be made: a file is missing, damaged, or of another teacher or data set.
#[must_use]
pub fn cached(path: &Path, teacher_blake3: &str, data_blake3: &str) -> Option<Labels> {
    let (labels, provenance) = read(path).ok()?;
    (provenance.teacher_blake3 == teacher_blake3 && provenance.data_blake3 == data_blake3).then_some(labels)
}

/// Reads the label file of any tool for the answers of a data set.
///
/// Rows are matched by the columns `task` and `id` where both exist, otherwise by `sample_index`, otherwise by their
/// order, in which case there must be as many rows as answers. With `task` the file concerns this task alone, and
/// `sample_index` and order count its answers only. A `text` column must repeat the answers. Probabilities stand in
/// `prob_X` or `p(X=yes)`; awards in `pred_X`, and without those [`decide`] makes them. The human scores are those of
/// the data set; `true_X` must not contradict them.
///
/// # Errors
///
/// When the file is malformed, a row cannot be matched or is matched twice, a probability is missing or out of range,
/// or a text or a human score differs.
pub fn read_for(path: &Path, dataset: &Dataset, task: Option<usize>) -> Result<Labels> {
    let bytes = load(path)?;
    let table = Table::new(path, &bytes)?;
    let candidates: Vec<usize> = match task {
        Some(task) => dataset.of_task(task).collect(),
        None => (0..dataset.answers.len()).collect(),
    };
    let by_id: Option<HashMap<(&str, &str), usize>> =
        (table.column("id").is_some() && table.column("task").is_some()).then(|| {
            let key = |i: usize| {
                let a = &dataset.answers[i];
                (dataset.tasks[a.task].id.as_str(), a.id.as_str())
            };
            candidates.iter().map(|&i| (key(i), i)).collect()
        });
    let index = table.column("sample_index");
    if by_id.is_none() && index.is_none() {
        ensure!(
            table.records.len() == candidates.len(),
            "{}: {} rows for {} answers, and no `sample_index` or `id` to match them by",
            table.name,
            table.records.len(),
            candidates.len()
        );
    }

    let mut seen = HashSet::new();
    let mut rows = Vec::with_capacity(table.records.len());
    for (position, (line, record)) in table.lines().enumerate() {
        let found = match (&by_id, index) {
            (Some(by_id), _) => {
                let cell = |name| table.column(name).map_or("", |c| &record[c]);
                by_id.get(&(cell("task"), cell("id"))).copied()
            }
            (None, Some(column)) => {
                record[column].trim().parse::<usize>().ok().and_then(|i| candidates.get(i).copied())
            }
            (None, None) => candidates.get(position).copied(),
        };
        let Some(found) = found else { return Err(table.at(line, "no such answer in the data set")) };
        ensure!(seen.insert(found), table.at(line, "the same answer as an earlier row"));
        let answer = &dataset.answers[found];
        let data = &dataset.tasks[answer.task];
        if let Some(column) = table.column("text") {
            ensure!(
                record[column].trim() == answer.text.trim(),
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

fn load(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let size = std::fs::metadata(path).with_context(|| format!("{name}: cannot be opened"))?.len();
    ensure!(size <= MAX_FILE_BYTES, "{name}: {size} bytes, the limit is {MAX_FILE_BYTES}");
    std::fs::read(path).with_context(|| format!("{name}: cannot be read"))
}

/// A CSV table with named columns.
struct Table {
    name: String,
    columns: HashMap<String, usize>,
    records: Vec<csv::StringRecord>,
}

impl Table {
    fn new(path: &Path, bytes: &[u8]) -> Result<Self> {
        let name = path.display().to_string();
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.headers().with_context(|| format!("{name}: the header is not UTF-8"))?.clone();
        let mut columns = HashMap::new();
        for (i, column) in header.iter().enumerate() {
            if columns.insert(column.trim().to_owned(), i).is_some() {
                bail!("{name}: two columns with the same name");
            }
        }
        let mut records = Vec::new();
        for (i, record) in reader.records().enumerate() {
            let record = record.map_err(|_| anyhow!("{name}, row {}: not UTF-8", i + 1))?;
            ensure!(
                record.len() == header.len(),
                "{name}, row {}: {} cells, but the header has {}",
                i + 1,
                record.len(),
                header.len()
            );
            records.push(record);
        }
        Ok(Self { name, columns, records })
    }

    /// Rows with their number, counted from 1 below the header.
    fn lines(&self) -> impl Iterator<Item = (usize, &csv::StringRecord)> {
        self.records.iter().enumerate().map(|(i, r)| (i + 1, r))
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.get(name).copied()
    }

    fn at(&self, row: usize, what: &str) -> anyhow::Error {
        anyhow!("{}, row {row}: {what}", self.name)
    }

    fn probabilities(&self, row: usize, record: &csv::StringRecord, task: &TaskData) -> Result<Vec<f32>> {
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
                self.at(row, &format!("the probability of `{label}` is missing or not between 0 and 1"))
            })?);
        }
        let sum: f32 = probabilities.iter().sum();
        ensure!(
            task.head == HeadKind::Sigmoid || (sum - 1.0).abs() <= SUM_TOLERANCE,
            self.at(row, &format!("the probabilities of task `{}` sum to {sum}, not to 1", task.id))
        );
        Ok(probabilities)
    }

    /// The target in the columns `prefix_X`; missing where they are absent or all blank.
    fn award(&self, row: usize, record: &csv::StringRecord, task: &TaskData, prefix: &str) -> Result<Target> {
        let mut flags = Vec::with_capacity(task.labels.len());
        for label in &task.labels {
            let Some(column) = self.column(&format!("{prefix}_{label}")) else { continue };
            match record[column].trim() {
                "" => {}
                "0" | "0.0" => flags.push(false),
                "1" | "1.0" => flags.push(true),
                _ => return Err(self.at(row, &format!("`{prefix}_{label}` is neither 0 nor 1"))),
            }
        }
        if flags.is_empty() {
            return Ok(Target::Missing);
        }
        ensure!(
            flags.len() == task.labels.len(),
            self.at(
                row,
                &format!("some of the columns `{prefix}_*` of task `{}` are blank or absent", task.id)
            )
        );
        let one = || {
            let mut set = flags.iter().enumerate().filter(|(_, on)| **on).map(|(i, _)| i);
            match (set.next(), set.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(self.at(row, &format!("task `{}` needs exactly one 1 among `{prefix}_*`", task.id))),
            }
        };
        match task.head {
            HeadKind::Sigmoid => Ok(Target::Labels(flags)),
            HeadKind::Softmax => one().map(Target::Class),
            HeadKind::Ordinal => one().map(Target::Level),
        }
    }
}
