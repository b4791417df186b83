//! The system's scores: by a model, or from the columns of a scored table.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pupil_core::format::manifest::Task as FileTask;
use pupil_core::{Decision, Score, Scorer};
use pupil_metrics::ScoreKind;
use pupil_metrics::evaluation::{Decided, Earlier, EarlierAnswer, Given, Other, Scored, Task, uncalibrated};
use pupil_metrics::scores::Trim;

use super::cells::{given, number};
use super::graded::{GradedTable, check_names};
use crate::args::{EvaluateArgs, TableArgs};
use crate::batch::{
    AnswerOptions, AnswerTable, open_model, refuse_without_model, rows, score_rows, task_column,
};
use crate::failure::{Exit, Failure, display_name};

/// Most classes or rubric labels that are found in a table; a column of texts has more.
const MOST_LABELS: usize = 100;
/// The name of the task of a table that names none.
const ONLY_TASK: &str = "all answers";

/// A system's scores of the answers.
pub(super) struct System {
    pub(super) title: String,
    pub(super) facts: Vec<(String, String)>,
    pub(super) tasks: Vec<Task>,
    /// What the model's file says about each of them.
    pub(super) stated: Vec<FileTask>,
    /// The task of each answer.
    pub(super) task_of: Vec<usize>,
    pub(super) scores: Vec<Scored>,
    /// Words of each answer.
    pub(super) lengths: Vec<Option<f64>>,
    /// Share of unknown words.
    pub(super) unknown: Vec<Option<f64>>,
}

impl System {
    /// Takes the scores in the table, or scores it.
    pub(super) fn open(
        table: &AnswerTable,
        graded: &GradedTable,
        options: &EvaluateArgs,
    ) -> Result<Self, Failure> {
        let columns = ScoreColumns::find(table, options.graded.predicted.as_deref())?;
        let mut system = if options.file.is_none() && columns.has_scores() {
            refuse_without_model(&options.scoring)?;
            Self::of_columns(table, graded, &columns, options)?
        } else {
            Self::of_model(table, graded, options.file.as_deref(), options)?
        };
        for task in system.tasks.iter_mut().filter(|task| task.kind == ScoreKind::Level) {
            if let (Some(min), Some(max)) = (options.trim_min, options.trim_max) {
                task.trim = Some(Trim { min, max, tolerance: options.trim_tolerance });
            } else if let Some(trim) = &mut task.trim {
                trim.tolerance = options.trim_tolerance;
            }
        }
        Ok(system)
    }

    /// Scores the answers.
    fn of_model(
        table: &AnswerTable,
        graded: &GradedTable,
        path: Option<&Path>,
        options: &EvaluateArgs,
    ) -> Result<Self, Failure> {
        let (scorer, scored) = score(table, graded, path, options)?;
        let used: BTreeSet<usize> = scored.iter().map(|(task, _)| *task).collect();
        let file_tasks: Vec<&FileTask> = scorer.tasks().collect();
        let tasks: Vec<Task> = used.iter().map(|task| task_of_file(file_tasks[*task])).collect();
        let places: BTreeMap<usize, usize> =
            used.iter().enumerate().map(|(place, task)| (*task, place)).collect();
        let name = &scorer.manifest().name;
        let title = if name.is_empty() { "a model without a name".to_owned() } else { name.clone() };
        let of = |(task, score): &(usize, Score)| scored_of(score, file_tasks[*task], &tasks[places[task]]);
        Ok(Self {
            facts: vec![
                ("model".to_owned(), title.clone()),
                ("model's hash (BLAKE3)".to_owned(), scorer.blake3()[..16].to_owned()),
            ],
            title,
            stated: used.iter().map(|task| file_tasks[*task].clone()).collect(),
            task_of: scored.iter().map(|(task, _)| places[task]).collect(),
            scores: scored.iter().map(of).collect(),
            lengths: scored.iter().map(|(_, score)| Some(score.words as f64)).collect(),
            unknown: scored.iter().map(|(_, score)| share(score.unknown_words, score.words)).collect(),
            tasks,
        })
    }

    /// Takes the scores in columns.
    fn of_columns(
        table: &AnswerTable,
        graded: &GradedTable,
        columns: &ScoreColumns,
        options: &EvaluateArgs,
    ) -> Result<Self, Failure> {
        let first = graded.first_rows();
        let (ids, task_of) = tasks_of_table(table, &first, options)?;
        let mut tasks = Vec::with_capacity(ids.len());
        for (t, id) in ids.iter().enumerate() {
            let of_task: Vec<usize> = (0..first.len()).filter(|place| task_of[*place] == t).collect();
            tasks.push(task_of_columns(table, graded, columns, id, &of_task, &first, options)?);
        }
        let mut system = Self {
            title: table.name(),
            facts: vec![
                ("system's scores".to_owned(), table.name()),
                ("from the columns".to_owned(), columns.said(table)),
            ],
            tasks,
            stated: Vec::new(),
            task_of,
            scores: Vec::new(),
            lengths: Vec::new(),
            unknown: Vec::new(),
        };
        for (place, row) in first.into_iter().enumerate() {
            let task = &system.tasks[system.task_of[place]];
            system.scores.push(columns.scored(table, row, task)?);
            let (words, unknown) = columns.words(table, row, &options.table)?;
            system.lengths.push(words);
            system.unknown.push(unknown.zip(words).filter(|(_, words)| *words > 0.0).map(|(u, w)| u / w));
        }
        Ok(system)
    }

    /// Another system's scores of the same answers.
    pub(super) fn other(
        &self,
        path: &Path,
        table: &AnswerTable,
        graded: &GradedTable,
        options: &EvaluateArgs,
    ) -> Result<Other, Failure> {
        let is_model = path.extension().is_some_and(|ending| ending == "pupil");
        if is_model {
            let (scorer, scored) = score(table, graded, Some(path), options)?;
            let file_tasks: Vec<&FileTask> = scorer.tasks().collect();
            let of = |(place, (task, score)): (usize, &(usize, Score))| {
                scored_of(score, file_tasks[*task], &self.tasks[self.task_of[place]])
            };
            let scores = scored.iter().enumerate().map(of).collect();
            let name = &scorer.manifest().name;
            let title = if *name == self.title {
                format!("{name} ({})", &scorer.blake3()[..8])
            } else {
                name.clone()
            };
            return Ok(Other { title, scores });
        }
        let other = AnswerTable::read(path, &TableArgs::recognised())?;
        let columns = ScoreColumns::find(&other, None)?;
        if !columns.has_scores() {
            let message = format!("{} has no scores of a system", display_name(path));
            return Err(Failure::new(Exit::Table, message)
                .hint("--against takes a .pupil file or a table that `pupil score` has written"));
        }
        let rows = matched(table, &other, graded, path, options)?;
        let mut scores = Vec::with_capacity(rows.len());
        for (place, row) in rows.into_iter().enumerate() {
            scores.push(match row {
                Some(row) => columns.scored(&other, row, &self.tasks[self.task_of[place]])?,
                None => Scored::default(),
            });
        }
        Ok(Other { title: display_name(path), scores })
    }
}

/// Answers of an earlier time.
pub(super) fn earlier(path: &Path, options: &EvaluateArgs) -> Result<Earlier, Failure> {
    let table = AnswerTable::read(path, &TableArgs::recognised())?;
    let columns = ScoreColumns::find(&table, None)?;
    if !columns.has_scores() {
        let message = format!("{} has no scores of a system", display_name(path));
        return Err(Failure::new(Exit::Table, message)
            .hint("--drift-from takes a table that `pupil score` has written"));
    }
    let mut answers = Vec::with_capacity(table.len());
    for row in 0..table.len() {
        let cell = |column: Option<usize>| column.map(|column| table.text(row, column)).transpose();
        let (words, unknown) = columns.words(&table, row, &options.table)?;
        let award = match cell(columns.level)?.map(str::trim).filter(|level| !level.is_empty()) {
            Some(level) => Some(number(level).map_or_else(|| level.to_owned(), |level| level.to_string())),
            None => cell(columns.label)?.map(|label| label.trim().to_owned()),
        };
        answers.push(EarlierAnswer {
            raw: cell(columns.raw.or(columns.level))?.and_then(number),
            confidence: cell(columns.confidence)?.and_then(number),
            length: words,
            unknown: unknown.zip(words).filter(|(_, words)| *words > 0.0).map(|(u, w)| u / w),
            automatic: cell(columns.decision)?.map(|decision| decision.trim() == "automatic"),
            // The names of classes are short; longer cells are texts.
            award: award.filter(|award| award.len() <= 100),
        });
    }
    Ok(Earlier { title: display_name(path), answers })
}

/// Scores the first row of each answer; with the index of its task in the scorer.
fn score(
    table: &AnswerTable,
    graded: &GradedTable,
    path: Option<&Path>,
    options: &EvaluateArgs,
) -> Result<(Scorer, Vec<(usize, Score)>), Failure> {
    let how = AnswerOptions::of(&options.scoring, &options.table);
    let packs = if path == options.file.as_deref() { &options.scoring.pack[..] } else { &[] };
    let (scorer, task) = open_model(path, packs, table, how)?;
    let rows = rows(&scorer, table, how, task, &graded.first_rows())?;
    let scores = score_rows(&scorer, table, &rows, how)?;
    let scored = rows.iter().map(|row| row.task).zip(scores).collect();
    Ok((scorer, scored))
}

/// A number as the scored table has it, so that both give the same figures.
pub(crate) fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// A task of a file, as the evaluation needs it.
fn task_of_file(task: &FileTask) -> Task {
    let points: Vec<f64> = task.points().unwrap_or_default().into_iter().map(f64::from).collect();
    let kind = match (&task.scale, task.head.kind.awards_one()) {
        (Some(_), _) => ScoreKind::Level,
        (None, true) => ScoreKind::Class,
        (None, false) => ScoreKind::Labels,
    };
    let trim = points.first().zip(points.last()).map(|(min, max)| Trim::to(*min, *max));
    let labels = task.labels.iter().map(|label| label.name.clone()).collect();
    Task { id: task.id.clone(), kind, labels, points, trim }
}

/// A score of the engine. Classes and labels are found in `own` by their names.
fn scored_of(score: &Score, task: &FileTask, own: &Task) -> Scored {
    let place = |name: &str| own.labels.iter().position(|label| label == name);
    let award = match own.kind {
        ScoreKind::Level => score.level.map(|level| Given::Points(f64::from(level))),
        ScoreKind::Class => score.awarded().next().and_then(|label| place(&label.name)).map(Given::Class),
        ScoreKind::Labels => {
            let mut on = vec![false; own.labels.len()];
            let places: Option<Vec<usize>> = score.awarded().map(|label| place(&label.name)).collect();
            places.map(|places| {
                places.into_iter().for_each(|place| on[place] = true);
                Given::Labels(on)
            })
        }
    };
    Scored {
        raw: score.expected.map(decimal),
        award,
        probabilities: score.labels.iter().map(|label| label.probability).collect(),
        confidence: Some(decimal(score.confidence)),
        uncalibrated: uncalibrated(score, task),
        decision: Some(match score.decision {
            Decision::Automatic => Decided::Automatic,
            Decision::Review(reason) => Decided::Review(reason.to_string()),
        }),
    }
}

/// The columns that `pupil score` adds to a table.
#[derive(Debug, Default)]
pub(crate) struct ScoreColumns {
    raw: Option<usize>,
    pub(crate) level: Option<usize>,
    pub(crate) label: Option<usize>,
    pub(crate) confidence: Option<usize>,
    pub(crate) decision: Option<usize>,
    pub(crate) reason: Option<usize>,
    words: Option<usize>,
    unknown: Option<usize>,
    /// Whether the system's scores are a column that was named.
    named: bool,
}

impl ScoreColumns {
    /// Finds them; `predicted` names the column of the scores.
    pub(crate) fn find(table: &AnswerTable, predicted: Option<&str>) -> Result<Self, Failure> {
        // A table that had such a column got one with a prefix.
        let find = |name: &str| {
            let names = [format!("pupil_pupil_{name}"), format!("pupil_{name}"), name.to_owned()];
            names.iter().find_map(|name| table.find(name).transpose()).transpose()
        };
        let mut columns = Self {
            confidence: find("confidence")?,
            decision: find("decision")?,
            reason: find("reason")?,
            words: find("words")?,
            unknown: find("unknown_words")?,
            ..Self::default()
        };
        if let Some(name) = predicted {
            let column = table.column(name, "", "--predicted", "the system's scores")?;
            return Ok(Self { raw: Some(column), label: Some(column), named: true, ..columns });
        }
        // Without a confidence, such columns may be anything.
        if columns.confidence.is_some() {
            columns.raw = find("expected")?;
            columns.level = find("level")?;
            columns.label = find("label")?;
        }
        Ok(columns)
    }

    pub(crate) fn has_scores(&self) -> bool {
        self.raw.or(self.level).or(self.label).is_some()
    }

    /// Their names.
    fn said(&self, table: &AnswerTable) -> String {
        let label = self.label.filter(|_| !self.named);
        let columns = [self.raw, self.level, label, self.confidence, self.decision];
        let names: Vec<&str> =
            columns.iter().flatten().map(|column| table.header()[*column].as_str()).collect();
        names.join(", ")
    }

    /// The score of a row.
    fn scored(&self, table: &AnswerTable, row: usize, task: &Task) -> Result<Scored, Failure> {
        let cell = |column: Option<usize>| column.map(|column| table.text(row, column)).transpose();
        let number_in = |column: Option<usize>| cell(column).map(|cell| cell.and_then(number));
        let level = number_in(self.level)?;
        let award = match task.kind {
            ScoreKind::Level => level.map(Given::Points),
            ScoreKind::Class | ScoreKind::Labels => cell(self.label)?
                .map(|cell| given(cell, task, &[]))
                .filter(|given| matches!(given, Given::Class(_) | Given::Labels(_))),
        };
        let decision = match cell(self.decision)?.map(str::trim) {
            Some("automatic") => Some(Decided::Automatic),
            Some("review") => {
                let reason = cell(self.reason)?.unwrap_or_default().trim();
                // Reasons are one word; anything else is another column of that name.
                let is_reason = reason.len() <= 40 && !reason.contains(char::is_whitespace);
                Some(Decided::Review(if is_reason { reason.to_owned() } else { String::new() }))
            }
            _ => None,
        };
        Ok(Scored {
            raw: if task.kind == ScoreKind::Level { number_in(self.raw)?.or(level) } else { None },
            award,
            confidence: number_in(self.confidence)?.filter(|c| (0.0..=1.0).contains(c)),
            decision,
            ..Scored::default()
        })
    }

    /// Words of a row's answer, and unknown ones. Without such columns, words of the text are counted.
    pub(crate) fn words(
        &self,
        table: &AnswerTable,
        row: usize,
        options: &TableArgs,
    ) -> Result<(Option<f64>, Option<f64>), Failure> {
        let number_in = |column: Option<usize>| {
            column.map(|c| table.text(row, c)).transpose().map(|cell| cell.and_then(number))
        };
        let unknown = number_in(self.unknown)?;
        if self.words.is_some() {
            return Ok((number_in(self.words)?, unknown));
        }
        let Some(column) = table.known_text_column(options)? else { return Ok((None, unknown)) };
        let is_word = |word: &&str| word.chars().any(char::is_alphanumeric);
        let words = table.text(row, column)?.split_whitespace().filter(is_word).count();
        Ok((Some(words as f64), unknown))
    }
}

/// The tasks of a scored table, and the place of each answer's.
fn tasks_of_table(
    table: &AnswerTable,
    first: &[usize],
    options: &EvaluateArgs,
) -> Result<(Vec<String>, Vec<usize>), Failure> {
    let how = AnswerOptions { task: options.scoring.task.as_deref(), reference: None, table: &options.table };
    let Some(column) = task_column(table, how)? else {
        let id = options.scoring.task.clone().unwrap_or_else(|| ONLY_TASK.to_owned());
        return Ok((vec![id], vec![0; first.len()]));
    };
    let cells: Vec<&str> =
        first.iter().map(|row| table.text(*row, column).map(str::trim)).collect::<Result<_, _>>()?;
    let ids: BTreeSet<&str> = cells.iter().copied().collect();
    let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
    check_names(&ids, cells.len(), "--task-column", "tasks")?;
    let place = |cell: &str| ids.binary_search_by(|id| id.as_str().cmp(cell)).unwrap_or(0);
    let task_of = cells.into_iter().map(place).collect();
    Ok((ids, task_of))
}

/// What the scores of a task in a table are: levels if they are numbers, otherwise classes or rubric labels.
fn task_of_columns(
    table: &AnswerTable,
    graded: &GradedTable,
    columns: &ScoreColumns,
    id: &str,
    places: &[usize],
    first: &[usize],
    options: &EvaluateArgs,
) -> Result<Task, Failure> {
    let mut human = Vec::new();
    for place in places {
        human.extend(graded.score_cells(table, *place)?);
    }
    let is_code =
        |cell: &str| options.missing.iter().any(|code| code.trim().eq_ignore_ascii_case(cell.trim()));
    let mut is_level = false;
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let (mut is_list, mut awards) = (false, 0);
    for place in places {
        let row = first[*place];
        for column in [columns.raw, columns.level].into_iter().flatten() {
            is_level |= number(table.text(row, column)?).is_some();
        }
        if let Some(column) = columns.label {
            let cell = table.text(row, column)?;
            is_list |= cell.contains('|') || cell.trim().is_empty();
            awards += usize::from(!cell.trim().is_empty());
            names.extend(cell.split('|').map(str::trim).filter(|name| !name.is_empty()));
        }
    }
    let has_no_score = graded.score_cells(table, places.first().copied().unwrap_or(0))?.is_empty();
    if is_level {
        let scores: Vec<f64> =
            human.iter().filter(|cell| !is_code(cell)).filter_map(|cell| number(cell)).collect();
        let low = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let high = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let trim = (low < high).then(|| Trim::to(low, high));
        return Ok(Task {
            id: id.to_owned(),
            kind: ScoreKind::Level,
            labels: Vec::new(),
            points: Vec::new(),
            trim,
        });
    }
    if awards == 0 && !has_no_score {
        let message = "the column of the system's scores has neither numbers nor names of classes";
        return Err(
            Failure::new(Exit::Table, message).hint("--predicted names the column of the system's scores")
        );
    }
    is_list |= has_no_score;
    let own = names.clone();
    for cell in human.iter().filter(|cell| !is_code(cell) && !pupil_tables::is_missing(cell)) {
        if is_list {
            names.extend(cell.split('|').map(str::trim).filter(|name| !name.is_empty()));
        } else {
            names.insert(cell.trim());
        }
    }
    let are_texts = places.len() >= 20 && names.len() * 2 > places.len();
    if are_texts || names.len() > MOST_LABELS || names.iter().any(|name| name.len() > 200) {
        let message =
            format!("the scores are {} different texts, at most {MOST_LABELS} classes are read", names.len());
        return Err(Failure::new(Exit::Table, message).hint(
            "--score names the column of the human scores, --predicted that of the system's; scores are numbers or names of classes",
        ));
    }
    let shares_names = human.iter().any(|cell| cell.split('|').any(|name| own.contains(name.trim())));
    if !is_list && !shares_names {
        let message = "the human scores and the system's have no class in common";
        return Err(Failure::new(Exit::Table, message)
            .hint("--score names the column of the human scores, --predicted that of the system's"));
    }
    let kind = if is_list { ScoreKind::Labels } else { ScoreKind::Class };
    let labels = names.into_iter().map(str::to_owned).collect();
    Ok(Task { id: id.to_owned(), kind, labels, points: Vec::new(), trim: None })
}

/// The row of another table for each answer: by the column of names, or else in the same order.
fn matched(
    table: &AnswerTable,
    other: &AnswerTable,
    graded: &GradedTable,
    path: &Path,
    options: &EvaluateArgs,
) -> Result<Vec<Option<usize>>, Failure> {
    let Some(ids) = graded.ids(table)? else {
        if other.len() != table.len() {
            let message = format!(
                "{} has {} rows, the table of --csv {}",
                display_name(path),
                other.len(),
                table.len()
            );
            return Err(Failure::new(Exit::Table, message)
                .hint("--id COLUMN matches rows by the names of the answers"));
        }
        return Ok(graded.first_rows().into_iter().map(Some).collect());
    };
    let name = options.id.as_deref().unwrap_or_default();
    let column = other.column(name, "", "--id", "the names of the answers")?;
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    for row in 0..other.len() {
        rows.entry(other.text(row, column)?.trim()).or_insert(row);
    }
    let matched: Vec<Option<usize>> = ids.iter().map(|id| rows.get(id).copied()).collect();
    if matched.iter().all(Option::is_none) {
        let message = format!("{} has none of the answers of --csv", display_name(path));
        return Err(Failure::new(Exit::Table, message).hint("--id names a column that both tables have"));
    }
    Ok(matched)
}

/// A part of a whole.
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
