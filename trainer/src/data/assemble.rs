//! Turns rows into tasks and answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Result, anyhow, bail, ensure};

use super::number::{self, Reading};
use super::order::natural_order;
use super::raw::{Place, RawFile, RawRow, RawTarget, SECOND, TARGETS};
use super::{Answer, HeadKind, MAX_CLASSES, MAX_TASKS, ReadOptions, Target, TaskData};

/// Finds or checks the tasks, then gives every row its task and target.
pub(super) fn assemble(
    file: RawFile,
    options: &ReadOptions,
    known: Option<&[TaskData]>,
) -> Result<(Vec<TaskData>, Vec<Answer>, Vec<String>)> {
    let ids = task_ids(&file, options, known)?;
    let mut notes = missing_scores(&file);
    if known.is_none() && !options.unscored && !options.second_scores {
        notes.extend(file.second_rating.as_ref().map(|field| {
            format!(
                "{}: `{field}` seems to be a second rating and is not read; models learn only from `{}`: to use it, set \
                 `data.second_rater` to `half` or `mean`{}",
                file.name,
                file.target_field.as_deref().unwrap_or_default(),
                if field == SECOND { "" } else { ", and `data.columns.score2` to its name" }
            )
        }));
    }
    let tasks = match known {
        Some(tasks) => tasks.to_vec(),
        None => define(&file, &ids, options, &mut notes)?,
    };
    let index: HashMap<&str, usize> = tasks.iter().enumerate().map(|(i, t)| (t.id.as_str(), i)).collect();

    let field = file.target_field.clone().unwrap_or_default();
    let mut answers = Vec::with_capacity(file.rows.len());
    let mut lines: HashMap<(usize, String), usize> = HashMap::with_capacity(file.rows.len());
    for (row, id) in file.rows.into_iter().zip(&ids) {
        let place = Place { file: &file.name, unit: file.unit, line: row.line };
        let Some(&task) = index.get(id.as_str()) else {
            return Err(place.field(
                options.columns.task.as_deref().unwrap_or("task"),
                format!("not one of the known tasks: {}", listed(tasks.iter().map(|t| t.id.as_str()))),
            ));
        };
        let graded = target(place, &field, &row.target, &tasks[task])?;
        let second = match &file.second_field {
            Some(field) => target(place, field, &row.second, &tasks[task])?,
            None => Target::Missing,
        };
        let RawRow { line, id, text, reference, question, group, split_key, .. } = row;
        let split_key = match (split_key, options.columns.split_key_after) {
            (Some(key), Some(mark)) => Some(key.rsplit(mark).next().unwrap_or_default().to_owned()),
            (key, _) => key,
        };
        let (id, split_key) = match id {
            Some(id) => {
                if let Some(first) = lines.insert((task, id.clone()), line) {
                    return Err(place.field(
                        options.columns.id.as_deref().unwrap_or("id"),
                        format!("duplicate of {} {first}; give every answer of a task its own id, or drop the field", file.unit),
                    ));
                }
                (id, split_key)
            }
            None => {
                let made = text_id(&tasks[task].id, reference.as_deref(), &text);
                let copies = lines.entry((task, made.clone())).and_modify(|n| *n += 1).or_insert(1);
                let id = if *copies == 1 { made.clone() } else { format!("{made}-{copies}") };
                (id, split_key.or(Some(made)))
            }
        };
        answers.push(Answer {
            id,
            task,
            text,
            reference,
            question,
            target: graded,
            second,
            group,
            split_key,
        });
    }
    notes.extend(file.second_field.as_ref().map(|field| second_scores(&file.name, field, &answers)));
    Ok((tasks, answers, notes))
}

/// Says how many answers have a second score, and how often it differs from the first.
fn second_scores(file: &str, field: &str, answers: &[Answer]) -> String {
    let graded = || answers.iter().filter(|a| a.target != Target::Missing);
    let both = || graded().filter(|a| a.second != Target::Missing);
    let other = both().filter(|a| a.second != a.target).count();
    format!(
        "{file}: {} of {} graded answers have a second score in `{field}`, which differs from the first in {other}",
        both().count(),
        graded().count()
    )
}

/// Lists the marks that mean a missing score.
fn missing_scores(file: &RawFile) -> Vec<String> {
    let count: usize = file.missing.values().sum();
    if count == 0 {
        return Vec::new();
    }
    let marks: Vec<String> = file.missing.iter().map(|(mark, n)| format!("`{mark}` {n}")).collect();
    vec![format!(
        "{}: {count} of {} answers have no score ({}); name such a mark in `data.classes` if it is a class",
        file.name,
        file.rows.len(),
        marks.join(", ")
    )]
}

/// An id that depends on the content of the row, not on its position.
fn text_id(task: &str, reference: Option<&str>, text: &str) -> String {
    let mut hash = blake3::Hasher::new();
    for part in [task, reference.unwrap_or_default(), text] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_hex()[..16].to_owned()
}

fn task_ids(file: &RawFile, options: &ReadOptions, known: Option<&[TaskData]>) -> Result<Vec<String>> {
    let fallback = match (&options.columns.fixed_task, known) {
        (Some(id), _) => Some(id.as_str()),
        (None, Some([only])) => Some(only.id.as_str()),
        _ => None,
    };
    file.rows
        .iter()
        .map(|row| {
            row.task.clone().or_else(|| fallback.map(str::to_owned)).ok_or_else(|| {
                Place { file: &file.name, unit: file.unit, line: row.line }.field(
                    options.columns.task.as_deref().unwrap_or("task"),
                    "missing; name the field with `data.columns.task`, or give every row one task with `data.columns.fixed_task`",
                )
            })
        })
        .collect()
}

/// Makes the tasks of a training file.
fn define(
    file: &RawFile,
    ids: &[String],
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<TaskData>> {
    let mut by_task: BTreeMap<&str, Vec<&RawRow>> = BTreeMap::new();
    for (row, id) in file.rows.iter().zip(ids) {
        by_task.entry(id).or_default().push(row);
    }
    ensure!(
        by_task.len() <= MAX_TASKS,
        "{}: {} tasks, the limit is {MAX_TASKS}; is `task` the right field?",
        file.name,
        by_task.len()
    );
    let mut tasks = by_task
        .into_iter()
        .map(|(id, rows)| {
            define_task(file, id, &rows, options, notes).map_err(|e| {
                // Messages about a line already name their place.
                if e.to_string().starts_with(&file.name) {
                    e
                } else {
                    anyhow!("{}, task `{id}`: {e}", file.name)
                }
            })
        })
        .collect::<Result<Vec<_>>>()?;
    tasks.sort_by(|a, b| natural_order(&a.id, &b.id));
    Ok(tasks)
}

fn define_task(
    file: &RawFile,
    id: &str,
    rows: &[&RawRow],
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<TaskData> {
    let (mut values, mut names, mut sets) = (0_usize, 0_usize, 0_usize);
    for row in rows {
        match row.target {
            RawTarget::Missing => {}
            RawTarget::Value { number, .. } => {
                values += 1;
                names += usize::from(!number);
            }
            _ => sets += 1,
        }
    }
    if values + sets == 0 {
        match (&file.target_field, &options.columns.target) {
            (Some(field), _) => bail!("no answer has a value in `{field}`"),
            (None, Some(field)) => bail!("no row has the target field `{field}`"),
            (None, None) => {
                bail!(
                    "no row has a target field (`{}`); name it with `data.columns.target`",
                    TARGETS.join("`, `")
                )
            }
        }
    }
    ensure!(values == 0 || sets == 0, "some answers have one value and others a set of labels; use one form");
    if options.head.is_none()
        && options.classes.is_empty()
        && 0 < names
        && names < values
        && let Some(row) = rows.iter().find(|r| matches!(r.target, RawTarget::Value { number: false, .. }))
    {
        return Err(Place { file: &file.name, unit: file.unit, line: row.line }.field(
            file.target_field.as_deref().unwrap_or_default(),
            "not a number, unlike other scores of the same task; correct it, or set `data.head` to `softmax` if these are classes",
        ));
    }
    let head = options.head.unwrap_or(match (sets, names) {
        (1.., _) => HeadKind::Sigmoid,
        (0, 0) => HeadKind::Ordinal,
        (0, _) => HeadKind::Softmax,
    });
    ensure!(
        head.is_multi_label() == (sets > 0),
        "the head is set to {head:?}, but the answers have {}",
        if sets > 0 {
            "sets of labels"
        } else {
            "one value each; label sets are 0/1 columns, objects or arrays"
        }
    );
    if head.is_classes() && options.head.is_none() && options.classes.is_empty() && graded(rows) {
        notes.push(format!(
            "{}, task `{id}`: the scores are letters or Roman numerals, which are read as classes without an order; if they \
             are levels, set `data.head` to `ordinal` and list them in `data.classes`, lowest first",
            file.name
        ));
    }
    let (labels, points) = match head {
        HeadKind::Sigmoid => (label_names(file, rows, options)?, Vec::new()),
        HeadKind::Softmax => (class_names(rows, options), Vec::new()),
        HeadKind::Ordinal if !options.classes.is_empty() => {
            (options.classes.clone(), points_of(&options.classes, options.levels)?)
        }
        HeadKind::Ordinal => {
            let points = level_points(file, id, rows, options, notes)?;
            (points.iter().map(i32::to_string).collect(), points)
        }
    };
    ensure!(
        labels.len() <= MAX_CLASSES,
        "{} classes or labels, the limit is {MAX_CLASSES}; is `{}` the right field?",
        labels.len(),
        file.target_field.as_deref().unwrap_or_default()
    );
    ensure!(
        labels.len() >= head.min_labels(),
        "every answer has the same score, so there is nothing to learn; for a scale that is wider than the data, set `data.levels` or a maximum-score field"
    );
    Ok(TaskData { id: id.to_owned(), name: id.to_owned(), head, labels, points })
}

/// Whether all scores are letters or Roman numerals, as in school grades.
fn graded(rows: &[&RawRow]) -> bool {
    const ROMAN: [&str; 10] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"];
    rows.iter().all(|row| match &row.target {
        RawTarget::Value { text, .. } => {
            let letter = text.strip_suffix(['+', '-']).unwrap_or(text);
            letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_alphabetic())
                || ROMAN.contains(&text.as_str())
        }
        _ => true,
    })
}

/// The points of named levels: the names if they are whole numbers, otherwise consecutive numbers.
fn points_of(classes: &[String], levels: Option<[i32; 2]>) -> Result<Vec<i32>> {
    let named: Vec<i32> = classes.iter().filter_map(|class| class.parse().ok()).collect();
    if named.is_empty() {
        let low = levels.map_or(0, |[low, _]| low);
        let points: Vec<i32> = (low..).take(classes.len()).collect();
        if let Some([low, high]) = levels {
            ensure!(
                points.last() == Some(&high),
                "`data.classes` names {} levels, and `data.levels` goes from {low} to {high}",
                classes.len()
            );
        }
        return Ok(points);
    }
    ensure!(
        named.len() == classes.len(),
        "`data.classes` names {} of {} levels by numbers; name all levels by their points, or none",
        named.len(),
        classes.len()
    );
    if let Some(far) = named.iter().find(|point| point.unsigned_abs() > 1 << 20) {
        bail!("`data.classes` names a level of {far} points, beyond 2^20");
    }
    if let Some(pair) = named.windows(2).find(|pair| pair[0] >= pair[1]) {
        bail!("`data.classes` names {} before {}; name the levels from lowest to highest", pair[0], pair[1]);
    }
    if let Some([low, high]) = levels {
        ensure!(
            (named.first(), named.last()) == (Some(&low), Some(&high)),
            "`data.levels` goes from {low} to {high}, and `data.classes` does not; leave one of them out"
        );
    }
    Ok(named)
}

/// How often a score was given, and the line of the first answer that has it.
type Given = BTreeMap<i32, (usize, usize)>;

/// The points of each level: the stated range, otherwise what the scores show.
fn level_points(
    file: &RawFile,
    id: &str,
    rows: &[&RawRow],
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<i32>> {
    let field = file.target_field.as_deref().unwrap_or_default();
    let mut given = Given::new();
    let (mut stated_low, mut stated_high) = (None, None);
    for row in rows {
        let place = Place { file: &file.name, unit: file.unit, line: row.line };
        if let RawTarget::Value { text, .. } = &row.target {
            given.entry(place.whole(field, text)?).or_insert((0, row.line)).0 += 1;
        }
        for (stated, value, what) in
            [(&mut stated_low, row.min_score, "lowest"), (&mut stated_high, row.max_score, "highest")]
        {
            if let Some(value) = value {
                ensure!(
                    *stated.get_or_insert(value) == value,
                    place.line(format!("the {what} score differs from that in another row of the same task"))
                );
            }
        }
    }
    let seen = |end: Option<(&i32, &(usize, usize))>| end.map_or(0, |(score, _)| *score);
    let (low, high) = (seen(given.first_key_value()), seen(given.last_key_value()));
    let (low, high) = match options.levels {
        Some([low, high]) => (low, high),
        // A stated maximum means points, which count from 0.
        None => match (stated_low, stated_high) {
            (None, Some(stated)) => (low.min(0), stated),
            (None, None) => return inferred(file, id, field, &given, notes),
            (Some(stated), None) => (stated, high),
            (Some(low), Some(high)) => (low, high),
        },
    };
    ensure!(low <= high, "the lowest score {low} is above the highest, {high}");
    let count = i64::from(high) - i64::from(low) + 1;
    ensure!(
        count <= MAX_CLASSES as i64,
        "scores from {low} to {high} make {count} levels, the limit is {MAX_CLASSES}; bin the scores first"
    );
    let points: Vec<i32> = (low..=high).collect();
    notes.extend(not_given(file, id, &points, &given));
    Ok(points)
}

/// The points of a scale without a stated range.
///
/// Scores at equal distances of more than one point are all the levels. If some scores between the lowest and the
/// highest are missing, they are levels that no answer has. If most are missing, a score is probably an error.
fn inferred(
    file: &RawFile,
    id: &str,
    field: &str,
    given: &Given,
    notes: &mut Vec<String>,
) -> Result<Vec<i32>> {
    let points: Vec<i32> = given.keys().copied().collect();
    let (Some(low), Some(high)) = (points.first(), points.last()) else { return Ok(points) };
    let gaps: Vec<i64> = points.windows(2).map(|p| i64::from(p[1]) - i64::from(p[0])).collect();
    let missing = i64::from(*high) - i64::from(*low) + 1 - points.len() as i64;
    if missing == 0 {
        return Ok(points);
    }
    if gaps.windows(2).all(|pair| pair[0] == pair[1]) {
        let listed: Vec<String> = points.iter().map(i32::to_string).collect();
        notes.push(format!(
            "{}, task `{id}`: the scores are {}, which are read as all levels; set `data.levels` if there are levels between them",
            file.name,
            listed.join(", ")
        ));
        return Ok(points);
    }
    if missing < points.len() as i64 {
        let points: Vec<i32> = (*low..=*high).collect();
        notes.extend(not_given(file, id, &points, given));
        return Ok(points);
    }
    // The score beyond the widest gap, on the side with fewer answers.
    let widest = (0..gaps.len()).max_by_key(|i| gaps[*i]).unwrap_or_default();
    let answers = |part: &[i32]| part.iter().map(|score| given[score].0).sum::<usize>();
    let (below, above) = points.split_at(widest + 1);
    let odd = if answers(below) < answers(above) { below.last() } else { above.first() };
    let odd = *odd.unwrap_or(high);
    let (count, line) = given[&odd];
    Err(Place { file: &file.name, unit: file.unit, line }.field(
        field,
        format!(
            "score {odd}, which {count} of {} answers of task `{id}` have, is far from the others; correct it, or state the \
             scale with `data.levels`, its points in `data.classes`, or a maximum-score field",
            answers(&points)
        ),
    ))
}

/// Says which levels no answer has.
fn not_given(file: &RawFile, id: &str, points: &[i32], given: &Given) -> Option<String> {
    let absent: Vec<String> =
        points.iter().filter(|score| !given.contains_key(score)).map(i32::to_string).collect();
    (!absent.is_empty()).then(|| {
        format!(
            "{}, task `{id}`: no answer has the score {}, so an answer that is awarded it will go to a person",
            file.name,
            absent.join(", ")
        )
    })
}

fn class_names(rows: &[&RawRow], options: &ReadOptions) -> Vec<String> {
    if !options.classes.is_empty() {
        return options.classes.clone();
    }
    let mut names = BTreeSet::new();
    for row in rows {
        if let RawTarget::Value { text, number } = &row.target {
            names.insert(class_name(text, *number));
        }
    }
    let mut names: Vec<String> = names.into_iter().collect();
    names.sort_by(|a, b| natural_order(a, b));
    names
}

/// The name of a class; a whole number has one spelling.
fn class_name(text: &str, number: bool) -> String {
    match number::read(text) {
        Reading::Whole(whole) if number => whole.to_string(),
        _ => text.trim().to_owned(),
    }
}

fn label_names(file: &RawFile, rows: &[&RawRow], options: &ReadOptions) -> Result<Vec<String>> {
    if !options.classes.is_empty() {
        return Ok(options.classes.clone());
    }
    let mut seen = BTreeSet::new();
    let mut flags = None;
    for row in rows {
        match &row.target {
            RawTarget::Named(named) => seen.extend(named.iter().map(|(name, _)| name.as_str())),
            RawTarget::Awarded(names) => seen.extend(names.iter().map(String::as_str)),
            RawTarget::Flags(f) if !f.is_empty() => {
                flags.get_or_insert(f.len());
            }
            _ => {}
        }
    }
    if let (Some(n), true) = (flags, seen.is_empty()) {
        return Ok((1..=n).map(|i| format!("label {i}")).collect());
    }
    if file.label_order.is_empty() {
        let mut names: Vec<String> = seen.into_iter().map(str::to_owned).collect();
        names.sort_by(|a, b| natural_order(a, b));
        Ok(names)
    } else {
        Ok(file.label_order.iter().filter(|l| seen.contains(l.as_str())).cloned().collect())
    }
}

/// Matches a raw target with its task.
fn target(place: Place<'_>, field: &str, raw: &RawTarget, task: &TaskData) -> Result<Target> {
    let labels = &task.labels;
    let position = |name: &str| {
        labels.iter().position(|l| l == name).ok_or_else(|| {
            place.field(
                field,
                format!(
                    "not one of the {} names that task `{}` has in the training data; correct it, or list all names in `data.classes`",
                    labels.len(),
                    task.id
                ),
            )
        })
    };
    match (raw, task.head) {
        (RawTarget::Missing, _) => Ok(Target::Missing),
        (RawTarget::Value { text, number }, HeadKind::Softmax) => {
            let name = if labels.contains(text) { text.clone() } else { class_name(text, *number) };
            position(&name).map(Target::Class)
        }
        (RawTarget::Value { text, number }, HeadKind::Ordinal) => {
            if let Some(level) = labels.iter().position(|l| l == text.trim()) {
                return Ok(Target::Level(level));
            }
            if !number {
                position(text.trim())?;
            }
            let score = place.whole(field, text)?;
            task.points.iter().position(|point| *point == score).map(Target::Level).ok_or_else(|| {
                let (low, high) = (task.points.first().copied(), task.points.last().copied());
                let what = match (low, high) {
                    (Some(low), Some(high)) if score < low || score > high => format!("outside {low}..={high}"),
                    _ => "between the points".to_owned(),
                };
                place.field(
                    field,
                    format!(
                        "score {score} is {what} of task `{}`; correct it, or state the scale with `data.levels` or a maximum-score field",
                        task.id
                    ),
                )
            })
        }
        (RawTarget::Named(named), HeadKind::Sigmoid) => {
            let mut awards = vec![None; labels.len()];
            for (name, award) in named {
                awards[position(name)?] = Some(*award);
            }
            if let Some(missing) = awards.iter().position(Option::is_none) {
                return Err(place.field(
                    &labels[missing],
                    format!(
                        "no value, but other answers of task `{}` have this label; fill in 0 or 1",
                        task.id
                    ),
                ));
            }
            Ok(Target::Labels(awards.into_iter().flatten().collect()))
        }
        (RawTarget::Awarded(names), HeadKind::Sigmoid) => {
            let mut awards = vec![false; labels.len()];
            for name in names {
                awards[position(name)?] = true;
            }
            Ok(Target::Labels(awards))
        }
        // An empty array means "none of them" if labels are listed by name.
        (RawTarget::Flags(flags), HeadKind::Sigmoid) if flags.is_empty() => {
            Ok(Target::Labels(vec![false; labels.len()]))
        }
        (RawTarget::Flags(flags), HeadKind::Sigmoid) => {
            ensure!(
                flags.len() == labels.len(),
                place.field(
                    field,
                    format!("{} values, task `{}` has {} labels", flags.len(), task.id, labels.len())
                )
            );
            Ok(Target::Labels(flags.clone()))
        }
        (RawTarget::Value { .. }, HeadKind::Sigmoid) => {
            Err(place.field(field, format!("one value, but task `{}` has a set of labels", task.id)))
        }
        (_, HeadKind::Softmax | HeadKind::Ordinal) => {
            Err(place.field(field, format!("a set of labels, but task `{}` has one value", task.id)))
        }
    }
}

/// The first names of a list, for messages.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    let shown = names.iter().take(12).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
    if names.len() > 12 { format!("{shown} and {} more", names.len() - 12) } else { shown }
}
