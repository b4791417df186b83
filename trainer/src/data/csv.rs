//! CSV: a header row, then one answer per record.

use anyhow::{Context, Result, bail, ensure};

use super::raw::{Place, RawFile, RawRow, RawTarget, check_name};
use super::{HeadKind, ReadOptions, TaskData};

/// One record with the line on which it begins.
struct Record {
    line: usize,
    cells: Vec<String>,
}

/// Where each role stands in the header.
struct Roles {
    text: usize,
    task: Option<usize>,
    reference: Option<usize>,
    group: Option<usize>,
    id: Option<usize>,
    split_key: Option<usize>,
    min_score: Option<usize>,
    max_score: Option<usize>,
    target: Option<usize>,
    labels: Vec<usize>,
}

/// Reads every record; blank lines and records of blank cells are passed over.
///
/// With `tasks`, only a column that carries the name of one of their rubric labels is a label column.
pub(super) fn rows(
    name: &str,
    text: &str,
    options: &ReadOptions,
    tasks: Option<&[TaskData]>,
) -> Result<RawFile> {
    let delimiter = options.delimiter.unwrap_or(',');
    let byte = u8::try_from(delimiter)
        .ok()
        .filter(|b| b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r'))
        .with_context(|| {
            format!("{name}: the delimiter must be one ASCII character, not a quote or line end")
        })?;
    let mut records = records(name, text, byte)?.into_iter();
    let Some(header) = records.next() else { bail!("{name}: no rows, not even a header") };
    let records: Vec<Record> = records.filter(|r| r.cells.iter().any(|c| !c.trim().is_empty())).collect();
    ensure!(!records.is_empty(), "{name}: a header, but no rows");

    let names: Vec<String> = header.cells.iter().map(|c| c.trim().to_owned()).collect();
    let place = Place { file: name, line: header.line };
    if let [only] = names.as_slice()
        && let Some(other) = [';', '\t', '|'].into_iter().find(|&d| only.contains(d))
    {
        return Err(place.line(format!("one column only; set `delimiter` if the separator is {other:?}")));
    }
    for record in &records {
        if record.cells.len() != names.len() {
            return Err(Place { file: name, line: record.line }.line(format!(
                "{} cells, but the header has {}; put quotes around a text that holds {delimiter:?}, a quote or a line end, and double the quotes in it",
                record.cells.len(),
                names.len()
            )));
        }
    }
    check_header(place, &names, &records)?;
    let roles = roles(name, &names, options, tasks)?;

    let mut rows = Vec::with_capacity(records.len());
    for mut record in records {
        let place = Place { file: name, line: record.line };
        let target = target(place, &names, &roles, &record.cells)?;
        let cell = |column: Option<usize>| -> Result<Option<String>> {
            let Some(column) = column else { return Ok(None) };
            let value = record.cells[column].trim();
            if value.is_empty() {
                return Ok(None);
            }
            place.check_name(&names[column], value)?;
            Ok(Some(value.to_owned()))
        };
        let whole = |column: Option<usize>| -> Result<Option<i32>> {
            let Some(column) = column else { return Ok(None) };
            let value = record.cells[column].trim();
            if value.is_empty() { Ok(None) } else { place.whole(&names[column], value).map(Some) }
        };
        let (id, task, group) = (cell(roles.id)?, cell(roles.task)?, cell(roles.group)?);
        let split_key = cell(roles.split_key)?;
        let (min_score, max_score) = (whole(roles.min_score)?, whole(roles.max_score)?);
        let reference = match roles.reference {
            Some(column) if !record.cells[column].trim().is_empty() => {
                place.check_text(&names[column], &record.cells[column])?;
                Some(std::mem::take(&mut record.cells[column]))
            }
            _ => None,
        };
        place.check_text(&names[roles.text], &record.cells[roles.text])?;
        let text = std::mem::take(&mut record.cells[roles.text]);
        rows.push(RawRow {
            line: record.line,
            id,
            task,
            text,
            reference,
            group,
            split_key,
            target,
            min_score,
            max_score,
        });
    }
    let target_field = match (roles.target, roles.labels.is_empty()) {
        (Some(column), _) => Some(names[column].clone()),
        (None, false) => Some("label columns".to_owned()),
        (None, true) => None,
    };
    let label_order = roles.labels.iter().map(|&c| names[c].clone()).collect();
    Ok(RawFile { name: name.to_owned(), rows, target_field, label_order })
}

/// Cuts the text into records and notes where each begins.
fn records(name: &str, text: &str, delimiter: u8) -> Result<Vec<Record>> {
    let bytes = text.as_bytes();
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut records = Vec::new();
    let mut record = ::csv::StringRecord::new();
    let (mut line, mut counted) = (1, 0);
    loop {
        let from = usize::try_from(reader.position().byte())?;
        let more = reader.read_record(&mut record).with_context(|| format!("{name}: not readable as CSV"))?;
        if !more {
            return Ok(records);
        }
        // The reader passes over blank lines, and over the second half of a CR LF, before the record itself.
        let start = from + bytes[from..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        line += bytes[counted..start].iter().filter(|&&b| b == b'\n').count();
        counted = start;
        let end = usize::try_from(reader.position().byte())?;
        if end == bytes.len() && ends_in_quotes(&bytes[start..], delimiter) {
            return Err(Place { file: name, line }.line(
                "a quote opens in this row and is never closed; double each quote inside a text and close the last",
            ));
        }
        records.push(Record { line, cells: record.iter().map(str::to_owned).collect() });
    }
}

/// Says whether the last cell of a record is still inside quotes at its end.
fn ends_in_quotes(record: &[u8], delimiter: u8) -> bool {
    enum Cell {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let mut cell = Cell::Start;
    for &b in record {
        cell = match (cell, b) {
            (Cell::Quoted, b'"') => Cell::Closed,
            // A doubled quote closes and opens again; a quote in the middle of a plain cell is a character.
            (Cell::Quoted, _) | (Cell::Start | Cell::Closed, b'"') => Cell::Quoted,
            (_, b) if b == delimiter => Cell::Start,
            _ => Cell::Plain,
        };
    }
    matches!(cell, Cell::Quoted)
}

fn check_header(place: Place<'_>, names: &[String], records: &[Record]) -> Result<()> {
    let data = |n: &String| matches!(n.as_str(), "0" | "1");
    if names.len() > 1 && names[1..].iter().all(|n| n.is_empty() || data(n)) && names.iter().any(data) {
        return Err(place
            .line("looks like a row of data; the first line must name the columns, such as `text,label`"));
    }
    for (i, name) in names.iter().enumerate() {
        check_name(name).map_err(|what| {
            place.line(format!(
                "column {}: {what}; is this line the header, and are its quotes closed?",
                i + 1
            ))
        })?;
        if name.is_empty() {
            ensure!(
                i > 0 && records.iter().all(|r| r.cells[i].trim().is_empty()),
                place.line(format!("column {} has no name; name it or remove it", i + 1))
            );
        } else if names[..i].contains(name) {
            return Err(place.line(format!("columns {} and another have the same name", i + 1)));
        }
    }
    Ok(())
}

fn roles(file: &str, names: &[String], options: &ReadOptions, tasks: Option<&[TaskData]>) -> Result<Roles> {
    let columns = &options.columns;
    let exact = |name: &str| names.iter().position(|n| n == name);
    let find = |given: &Option<String>, default: &str| -> Result<Option<usize>> {
        match given {
            Some(name) => {
                exact(name).map(Some).with_context(|| format!("{file}: the header has no column `{name}`"))
            }
            None => Ok(exact(default).or_else(|| names.iter().position(|n| n.eq_ignore_ascii_case(default)))),
        }
    };
    let mut roles = Roles {
        text: find(&columns.text, "text")?.unwrap_or(0),
        task: if columns.fixed_task.is_some() { None } else { find(&columns.task, "task")? },
        reference: find(&columns.reference, "reference")?,
        group: find(&columns.group, "group")?,
        id: find(&columns.id, "id")?,
        split_key: find(&columns.split_key, "split_key")?,
        min_score: find(&columns.min_score, "min_score")?,
        max_score: find(&columns.max_score, "max_score")?,
        target: None,
        labels: Vec::new(),
    };
    let used = [roles.task, roles.reference, roles.group, roles.id, roles.split_key];
    if used.contains(&Some(roles.text)) {
        bail!(
            "{file}: the first column is `{}`; name the answer's column with `columns.text`",
            names[roles.text]
        );
    }
    if options.unscored {
        return Ok(roles);
    }
    if !columns.label_columns.is_empty() {
        ensure!(columns.target.is_none(), "{file}: give either `target` or `label_columns`, not both");
        for label in &columns.label_columns {
            match exact(label) {
                Some(column) => roles.labels.push(column),
                // A file that does not define the tasks may be without scores.
                None => ensure!(tasks.is_some(), "{file}: the header has no column `{label}`"),
            }
        }
        return Ok(roles);
    }
    roles.target = match &columns.target {
        // An unscored file may lack the column; a training file is refused later, when no row has a target.
        Some(name) => exact(name),
        None => match find(&None, "score")? {
            None => find(&None, "label")?,
            score => score,
        },
    }
    .filter(|&c| c != roles.text);
    if roles.target.is_none() && columns.target.is_none() {
        let taken = [used.as_slice(), &[Some(roles.text), roles.min_score, roles.max_score]].concat();
        let label = |c: usize| match tasks {
            Some(tasks) => tasks.iter().any(|t| t.head == HeadKind::Sigmoid && t.labels.contains(&names[c])),
            None => !names[c].is_empty(),
        };
        roles.labels = (0..names.len()).filter(|&c| label(c) && !taken.contains(&Some(c))).collect();
    }
    Ok(roles)
}

fn target(place: Place<'_>, names: &[String], roles: &Roles, cells: &[String]) -> Result<RawTarget> {
    if let Some(column) = roles.target {
        let value = cells[column].trim();
        if value.is_empty() {
            return Ok(RawTarget::Missing);
        }
        place.check_name(&names[column], value)?;
        let number = value.parse::<f64>().is_ok_and(f64::is_finite);
        return Ok(RawTarget::Value { text: value.to_owned(), number });
    }
    let mut named = Vec::with_capacity(roles.labels.len());
    for &column in &roles.labels {
        let award = match cells[column].trim() {
            "" => continue,
            "0" | "0.0" => false,
            "1" | "1.0" => true,
            _ => {
                return Err(place.field(
                    &names[column],
                    "neither 0 nor 1; if this column is no rubric label, list those that are in `columns.label_columns`",
                ));
            }
        };
        named.push((names[column].clone(), award));
    }
    Ok(if named.is_empty() { RawTarget::Missing } else { RawTarget::Named(named) })
}
