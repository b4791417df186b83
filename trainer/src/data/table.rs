//! Tables: a header row, then one answer per record, as CSV or in a spreadsheet.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use pupil_tables::{Kind, Options, Table};

use super::number::{self, Reading};
use super::raw::{
    Place, RawFile, RawRow, RawTarget, SECOND, check_name, is_second_rating, no_second_scores, refused,
};
use super::{Format, ReadOptions, TaskData};

/// The column of each role.
struct Roles {
    text: usize,
    task: Option<usize>,
    reference: Option<usize>,
    question: Option<usize>,
    group: Option<usize>,
    id: Option<usize>,
    split_key: Option<usize>,
    min_score: Option<usize>,
    max_score: Option<usize>,
    target: Option<usize>,
    second: Option<usize>,
    labels: Vec<usize>,
}

/// Reads every row; skips blank lines and rows of blank cells.
///
/// With `tasks`, only a column with the name of one of their rubric labels is a label column.
pub(super) fn rows(
    name: &str,
    bytes: &[u8],
    format: Format,
    options: &ReadOptions,
    tasks: Option<&[TaskData]>,
) -> Result<RawFile> {
    let is_csv = format == Format::Csv;
    // A file with a CSV extension may be a spreadsheet, unless `format` is set.
    let kind = match format {
        Format::Spreadsheet => Some(Kind::Spreadsheet),
        _ => options.format.map(|_| Kind::Csv),
    };
    let how = Options {
        kind,
        delimiter: options.delimiter.filter(|_| is_csv),
        encoding: options.encoding.clone().filter(|_| is_csv),
        sheet: options.sheet.clone().filter(|_| !is_csv),
        ..Options::default()
    };
    let table = Table::parse(name, bytes.to_vec(), &how).map_err(|e| refused(&e))?;
    let unit = if table.dialect().kind == Kind::Csv { "line" } else { "row" };
    let mut filled: Vec<usize> = (0..table.len()).filter(|row| !table.is_blank(*row)).collect();
    ensure!(!filled.is_empty(), "{name}: a header, but no rows");
    for (field, values) in &options.only {
        let column = table.find(field).map_err(|e| refused(&e))?;
        let column = column
            .with_context(|| format!("{name}: `only` names the column `{field}`, which the header lacks"))?;
        let mut wanted = Vec::new();
        for row in filled {
            if values.have(table.text(row, column).map_err(|e| refused(&e))?.trim()) {
                wanted.push(row);
            }
        }
        filled = wanted;
    }
    ensure!(!filled.is_empty(), "{name}: no row has the values that `only` asks for");
    let header = Place { file: name, unit, line: table.header_line() };
    check_header(header, table.header())?;
    let roles = roles(header, &table, options, tasks)?;
    // Marks of missing second scores are not counted: not every answer has a second rater.
    let (mut missing, mut unread) = (BTreeMap::new(), BTreeMap::new());
    let rows = filled
        .into_iter()
        .map(|row| {
            let place = Place { file: name, unit, line: table.line(row) };
            read_row(place, &table, row, &roles, options, (&mut missing, &mut unread))
        })
        .collect::<Result<_>>()?;
    let names = table.header();
    let target_field = match (roles.target, roles.labels.is_empty()) {
        (Some(column), _) => Some(names[column].clone()),
        (None, false) => Some("label columns".to_owned()),
        (None, true) => None,
    };
    let label_order = roles.labels.iter().map(|&c| names[c].clone()).collect();
    let second_rating = names
        .iter()
        .enumerate()
        .find(|(c, name)| roles.target != Some(*c) && !roles.labels.contains(c) && is_second_rating(name))
        .map(|(_, name)| name.clone());
    let second_field = roles.second.filter(|_| options.second_scores).map(|c| names[c].clone());
    let name = name.to_owned();
    Ok(RawFile { name, unit, rows, target_field, label_order, missing, second_rating, second_field })
}

fn read_row(
    place: Place<'_>,
    table: &Table,
    row: usize,
    roles: &Roles,
    options: &ReadOptions,
    (missing, unread): (&mut BTreeMap<String, usize>, &mut BTreeMap<String, usize>),
) -> Result<RawRow> {
    let names = table.header();
    let text = |column: usize| table.text(row, column).map_err(|e| refused(&e));
    let cell = |column: Option<usize>| -> Result<Option<String>> {
        let Some(column) = column else { return Ok(None) };
        let value = text(column)?.trim();
        if value.is_empty() {
            return Ok(None);
        }
        place.check_name(&names[column], value)?;
        Ok(Some(value.to_owned()))
    };
    let filled = |column: Option<usize>| -> Result<Option<String>> {
        Ok(cell(column)?.filter(|value| !number::is_missing(value)))
    };
    let whole = |column: Option<usize>| -> Result<Option<i32>> {
        let Some(column) = column else { return Ok(None) };
        let value = text(column)?;
        if number::is_missing(value) { Ok(None) } else { place.whole(&names[column], value).map(Some) }
    };
    let long = |column: Option<usize>| -> Result<Option<String>> {
        let Some(column) = column else { return Ok(None) };
        place.check_text(&names[column], text(column)?)?;
        Ok(Some(text(column)?.to_owned()).filter(|text| !text.trim().is_empty()))
    };
    let (reference, question) = (long(roles.reference)?, long(roles.question)?);
    let answer = text(roles.text)?;
    // If no column is called `text`, the first one holds the answers, whatever its name.
    let answer_name = if options.columns.text.is_some() { &names[roles.text] } else { "text" };
    place.check_text(answer_name, answer)?;
    Ok(RawRow {
        line: place.line,
        id: cell(roles.id)?,
        task: cell(roles.task)?,
        text: answer.to_owned(),
        reference,
        question,
        group: filled(roles.group)?,
        split_key: filled(roles.split_key)?,
        target: target(place, table, row, roles, options, missing)?,
        second: match roles.second.filter(|_| options.second_scores) {
            Some(column) => score(place, table, row, column, options, unread)?,
            None => RawTarget::Missing,
        },
        min_score: whole(roles.min_score)?,
        max_score: whole(roles.max_score)?,
    })
}

/// Refuses a first line that holds scores: the header is missing.
fn check_header(place: Place<'_>, names: &[String]) -> Result<()> {
    let data = |n: &String| matches!(n.as_str(), "0" | "1");
    if names.len() > 1 && names[1..].iter().all(|n| n.is_empty() || data(n)) && names.iter().any(data) {
        return Err(place
            .line("looks like a row of data; the first line must name the columns, such as `text,label`"));
    }
    Ok(())
}

fn roles(
    header: Place<'_>,
    table: &Table,
    options: &ReadOptions,
    tasks: Option<&[TaskData]>,
) -> Result<Roles> {
    let columns = &options.columns;
    let file = header.file;
    let named =
        |name: &str| table.find(name).map_err(|e| refused(&e)).with_context(|| format!("column `{name}`"));
    let find = |given: &Option<String>, default: &str| -> Result<Option<usize>> {
        match given {
            Some(name) => named(name)?
                .with_context(|| {
                    format!(
                        "{file}: the header has no column `{name}`; it has {} columns",
                        table.header().len()
                    )
                })
                .map(Some),
            None => named(default),
        }
    };
    let text = find(&columns.text, "text")?;
    let mut roles = Roles {
        text: text.unwrap_or(0),
        task: if columns.fixed_task.is_some() { None } else { find(&columns.task, "task")? },
        reference: find(&columns.reference, "reference")?,
        question: find(&columns.question, "question")?.filter(|column| Some(*column) != text),
        group: find(&columns.group, "group")?,
        id: find(&columns.id, "id")?,
        split_key: find(&columns.split_key, "split_key")?,
        min_score: find(&columns.min_score, "min_score")?,
        max_score: find(&columns.max_score, "max_score")?,
        target: None,
        second: None,
        labels: Vec::new(),
    };
    let used = [roles.task, roles.reference, roles.group, roles.id, roles.split_key];
    if used.contains(&Some(roles.text)) {
        bail!(
            "{file}: no column is called `text`, and the first one is `{}`; name the answer column with `data.columns.text`",
            table.header()[roles.text]
        );
    }
    if options.unscored {
        return Ok(roles);
    }
    // A column that a recipe names is never a rubric label, even where it is not read.
    roles.second = match &columns.score2 {
        Some(name) => named(name)?,
        None if options.second_scores => named(SECOND)?,
        None => None,
    };
    if options.second_scores {
        if roles.second.is_none() {
            return Err(no_second_scores(file, columns.score2.as_deref().unwrap_or(SECOND)));
        }
        ensure!(
            columns.label_columns.is_empty(),
            "{file}: rubric labels in columns have one rater; leave `data.second_rater` out"
        );
    }
    if !columns.label_columns.is_empty() {
        ensure!(
            columns.target.is_none(),
            "{file}: give either `data.columns.target` or `data.columns.label_columns`, not both"
        );
        for label in &columns.label_columns {
            match named(label)? {
                Some(column) => roles.labels.push(column),
                // A file that does not define the tasks may have no scores.
                None => ensure!(tasks.is_some(), "{file}: the header has no column `{label}`"),
            }
        }
        return Ok(roles);
    }
    roles.target = match &columns.target {
        // An unscored file may lack the column; a training file is refused later, when no row has a target.
        Some(name) => named(name)?,
        None => match named("score")? {
            None => named("label")?,
            score => score,
        },
    }
    .filter(|&c| c != roles.text);
    if roles.target.is_none() && columns.target.is_none() {
        let taken = [
            used.as_slice(),
            &[Some(roles.text), roles.question, roles.min_score, roles.max_score, roles.second],
        ]
        .concat();
        let free: Vec<usize> = (0..table.header().len()).filter(|&c| !taken.contains(&Some(c))).collect();
        roles.labels = label_columns(header, table, &free, tasks)?;
    }
    Ok(roles)
}

/// The columns of rubric labels: in a training file all columns without another role, otherwise those with the name of
/// a known label.
fn label_columns(
    header: Place<'_>,
    table: &Table,
    free: &[usize],
    tasks: Option<&[TaskData]>,
) -> Result<Vec<usize>> {
    let names = table.header();
    let advice = "list those that hold rubric labels in `data.columns.label_columns`, or name the score with `data.columns.target`";
    let mut labels: Vec<usize> = Vec::new();
    for &column in free {
        let name = &names[column];
        if let Some(tasks) = tasks {
            if tasks.iter().any(|t| t.head.is_multi_label() && t.labels.contains(name)) {
                labels.push(column);
            }
            continue;
        }
        if name.is_empty() {
            let empty = (0..table.len()).all(|row| table.bytes(row, column).trim_ascii().is_empty());
            ensure!(empty, header.column(column, "no name; name it or remove it"));
            continue;
        }
        check_name(name).map_err(|what| header.column(column, format!("{what}; {advice}")))?;
        if labels.iter().any(|other| names[*other] == *name) {
            return Err(header.column(column, format!("duplicate column name; {advice}")));
        }
        labels.push(column);
    }
    Ok(labels)
}

const DATE: &str = "a date: spreadsheets turn values such as 1/2 into dates; format the cells as numbers, and type the points again";

/// Reads a cell of a score column.
fn score(
    place: Place<'_>,
    table: &Table,
    row: usize,
    column: usize,
    options: &ReadOptions,
    missing: &mut BTreeMap<String, usize>,
) -> Result<RawTarget> {
    let name = &table.header()[column];
    ensure!(!table.is_date(row, column), place.field(name, DATE));
    place.value(name, table.text(row, column).map_err(|e| refused(&e))?, options, missing)
}

fn target(
    place: Place<'_>,
    table: &Table,
    row: usize,
    roles: &Roles,
    options: &ReadOptions,
    missing: &mut BTreeMap<String, usize>,
) -> Result<RawTarget> {
    let names = table.header();
    let text = |column: usize| table.text(row, column).map_err(|e| refused(&e));
    if let Some(column) = roles.target {
        return score(place, table, row, column, options, missing);
    }
    let mut named = Vec::with_capacity(roles.labels.len());
    for &column in &roles.labels {
        ensure!(!table.is_date(row, column), place.column(column, DATE));
        let award = match number::read(text(column)?) {
            Reading::Missing => continue,
            Reading::Whole(0) => false,
            Reading::Whole(1) => true,
            _ => {
                return Err(place.column(
                    column,
                    "neither 0 nor 1; if this column is not a rubric label, list the label columns in `data.columns.label_columns`",
                ));
            }
        };
        named.push((names[column].clone(), award));
    }
    Ok(if named.is_empty() { RawTarget::Missing } else { RawTarget::Named(named) })
}
