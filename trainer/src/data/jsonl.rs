//! JSON Lines: one object per line.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use serde_json::{Map, Value};

use super::number;
use super::raw::{Place, RawFile, RawRow, RawTarget, SECOND, TARGETS, is_second_rating, no_second_scores};
use super::{ReadOptions, TaskData};

/// Reads every line; skips blank lines.
pub(super) fn rows(
    name: &str,
    text: &str,
    options: &ReadOptions,
    tasks: Option<&[TaskData]>,
) -> Result<RawFile> {
    let columns = &options.columns;
    let mut objects = Vec::new();
    for (i, line) in lines(text).enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let place = Place { file: name, unit: "line", line: i + 1 };
        if !line.starts_with('{') {
            let hint = if line.starts_with('[') {
                "a JSON array; write one object per line instead (`jq -c '.[]'` does it)"
            } else {
                "not a JSON object; if this is a CSV file, set `data.format` to `csv`"
            };
            return Err(place.line(hint));
        }
        match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(object)) => objects.push((place, object)),
            Ok(_) => return Err(place.line("not a JSON object")),
            Err(e) => {
                return Err(place.line(format!(
                    "not valid JSON from column {}; each object must be on one line, with its inner quotes escaped",
                    e.column()
                )));
            }
        }
    }
    ensure!(!objects.is_empty(), "{name}: no rows");
    for field in options.only.keys() {
        ensure!(
            objects.iter().any(|(_, o)| o.contains_key(field)),
            "{name}: `only` names the field `{field}`, which no row has"
        );
    }
    objects.retain(|(_, object)| {
        options.only.iter().all(|(field, values)| values.have(&written(object.get(field))))
    });
    ensure!(!objects.is_empty(), "{name}: no row has the values that `only` asks for");

    let has = |field: &str| objects.iter().any(|(_, o)| o.contains_key(field));
    let optional = |given: &Option<String>, default: &str| -> Result<String> {
        match given {
            Some(field) if !has(field) => bail!("{name}: no row has the field `{field}`"),
            Some(field) => Ok(field.clone()),
            None => Ok(default.to_owned()),
        }
    };
    // The training file may be CSV even if this file is not.
    ensure!(
        columns.label_columns.is_empty() || tasks.is_some(),
        "{name}: `data.columns.label_columns` applies to CSV; in JSON Lines the labels are one field, set `data.columns.target`"
    );
    let text_field = columns.text.as_deref().unwrap_or("text");
    let task = optional(&columns.task, "task")?;
    let reference = optional(&columns.reference, "reference")?;
    let question = optional(&columns.question, "question")?;
    let group = optional(&columns.group, "group")?;
    let id = optional(&columns.id, "id")?;
    let split_key = optional(&columns.split_key, "split_key")?;
    let min_score = optional(&columns.min_score, "min_score")?;
    let max_score = optional(&columns.max_score, "max_score")?;
    let target_field = match &columns.target {
        _ if options.unscored => None,
        Some(field) => has(field).then(|| field.clone()),
        None => TARGETS.iter().find(|t| has(t)).map(|&t| t.to_owned()),
    };

    let second_field = match &columns.score2 {
        _ if options.unscored || !options.second_scores => None,
        given => Some(given.clone().unwrap_or_else(|| SECOND.to_owned())),
    };
    if let Some(field) = second_field.as_ref().filter(|field| !has(field)) {
        return Err(no_second_scores(name, field));
    }

    // Marks of missing second scores are not counted: not every answer has a second rater.
    let (mut missing, mut unread) = (BTreeMap::new(), BTreeMap::new());
    let filled = |value: Option<String>| value.filter(|value| !number::is_missing(value));
    let mut rows = Vec::with_capacity(objects.len());
    for (place, object) in &objects {
        let text = match object.get(text_field) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) => {
                return Err(place.field(text_field, "null; write \"\" for an empty answer"));
            }
            Some(_) => return Err(place.field(text_field, "not a string")),
            None => {
                return Err(
                    place.field(text_field, "missing; name the answer's field with `data.columns.text`")
                );
            }
        };
        place.check_text(text_field, &text)?;
        let long = |field: &str| match object.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => place.check_text(field, text).map(|()| Some(text.clone())),
            Some(_) => Err(place.field(field, "not a string")),
        };
        // A question that nobody named may be a number of it, not its text.
        let asked = columns.question.is_some() || object.get(&question).is_none_or(Value::is_string);
        let (reference, question) = (long(&reference)?, if asked { long(&question)? } else { None });
        rows.push(RawRow {
            line: place.line,
            id: name_of(*place, object, &id)?,
            task: if columns.fixed_task.is_some() { None } else { name_of(*place, object, &task)? },
            text,
            reference,
            question,
            group: filled(name_of(*place, object, &group)?),
            split_key: filled(name_of(*place, object, &split_key)?),
            target: match &target_field {
                Some(field) => target(*place, field, object.get(field), options, &mut missing)?,
                None => RawTarget::Missing,
            },
            second: match &second_field {
                Some(field) => target(*place, field, object.get(field), options, &mut unread)?,
                None => RawTarget::Missing,
            },
            min_score: whole(*place, object, &min_score)?,
            max_score: whole(*place, object, &max_score)?,
        });
    }
    let name = name.to_owned();
    let second_rating = objects
        .iter()
        .flat_map(|(_, object)| object.keys())
        .find(|field| target_field.as_ref() != Some(field) && is_second_rating(field))
        .cloned();
    Ok(RawFile {
        name,
        unit: "line",
        rows,
        target_field,
        label_order: Vec::new(),
        missing,
        second_rating,
        second_field,
    })
}

/// The lines of a text, with any kind of line end. A JSON object on one line has no line end, not even in a string.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// A value as `only` writes it: text, numbers and truth values as text, everything else as nothing.
fn written(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
        _ => String::new(),
    }
}

/// A short string or a number, as a string.
fn name_of(place: Place<'_>, object: &Map<String, Value>, field: &str) -> Result<Option<String>> {
    let name = match object.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(place.field(field, "neither a string nor a number")),
    };
    place.check_name(field, &name)?;
    Ok(Some(name))
}

fn whole(place: Place<'_>, object: &Map<String, Value>, field: &str) -> Result<Option<i32>> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => place.whole(field, &number.to_string()).map(Some),
        Some(Value::String(text)) if number::is_missing(text) => Ok(None),
        Some(Value::String(text)) => place.whole(field, text).map(Some),
        Some(_) => Err(place.field(field, "not a number")),
    }
}

fn target(
    place: Place<'_>,
    field: &str,
    value: Option<&Value>,
    options: &ReadOptions,
    missing: &mut BTreeMap<String, usize>,
) -> Result<RawTarget> {
    match value {
        None | Some(Value::Null) => Ok(RawTarget::Missing),
        Some(Value::Number(number)) => place.value(field, &number.to_string(), options, missing),
        Some(Value::String(text)) => place.value(field, text, options, missing),
        Some(Value::Bool(_)) => {
            Err(place.field(field, "true or false; write 0 or 1, or an object of labels {\"name\": true}"))
        }
        Some(Value::Object(labels)) => {
            let mut named = Vec::with_capacity(labels.len());
            for (label, value) in labels {
                place.check_name(field, label)?;
                named.push((label.clone(), flag(place, field, value)?));
            }
            Ok(RawTarget::Named(named))
        }
        Some(Value::Array(entries)) if entries.iter().any(Value::is_string) => {
            let mut awarded = Vec::with_capacity(entries.len());
            for entry in entries {
                let Value::String(label) = entry else {
                    return Err(place.field(field, "mixes names with other values"));
                };
                place.check_name(field, label)?;
                awarded.push(label.clone());
            }
            Ok(RawTarget::Awarded(awarded))
        }
        Some(Value::Array(entries)) => {
            entries.iter().map(|e| flag(place, field, e)).collect::<Result<_>>().map(RawTarget::Flags)
        }
    }
}

fn flag(place: Place<'_>, field: &str, value: &Value) -> Result<bool> {
    match value {
        Value::Bool(flag) => Ok(*flag),
        Value::Number(n) if n.as_f64() == Some(0.0) => Ok(false),
        Value::Number(n) if n.as_f64() == Some(1.0) => Ok(true),
        _ => Err(place.field(field, "a label must be 0, 1, true or false")),
    }
}
