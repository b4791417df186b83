//! Public sets of pairs that were made to find models that do not read.

use super::Settings;
use super::questions::tasks_of;
use super::report::{Group, Report};
use super::tally::{Award, Item, Tally, scored};
use crate::attack::Verdicts;
use crate::data::{MAX_FILE_BYTES, MAX_TEXT_BYTES};
use crate::ops::dropout::derive;
use crate::progress::Bar;
use crate::random;
use anyhow::{Context, Result, anyhow, bail, ensure};
use pupil_core::Scorer;
use pupil_core::format::manifest::Input;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a row of a set is, in the words of a task with a reference answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Label {
    /// It follows from the reference.
    #[serde(alias = "entailment")]
    Correct,
    /// It does not follow.
    #[serde(alias = "neutral", alias = "wrong")]
    Incorrect,
    /// It contradicts the reference.
    #[serde(alias = "contradiction")]
    Contradictory,
}

impl Label {
    fn name(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Incorrect => "incorrect",
            Self::Contradictory => "contradictory",
        }
    }
}

/// A row of a set's file; other fields are ignored.
#[derive(Clone, Debug, Deserialize)]
struct SetRow {
    reference: String,
    text: String,
    label3: Label,
    /// `heldout` for rows to measure on; without it all rows are.
    split: Option<String>,
    category: Option<String>,
    /// The language; English without it.
    lang: Option<String>,
    /// Whether the label only tells correct from not correct.
    #[serde(default)]
    two_way: bool,
}

/// An adversarial set.
#[derive(Clone, Debug)]
pub struct AdversarialSet {
    /// Name of its file, without the extension.
    pub name: String,
    rows: Vec<SetRow>,
}

/// The files of some paths, relative to a folder: a file as it is, of a folder all files in JSON Lines, by name.
///
/// # Errors
///
/// When a path does not exist, or a folder has no such file.
pub fn files_of(paths: &[PathBuf], data: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for path in paths.iter().map(|path| data.join(path)) {
        if !path.is_dir() {
            ensure!(path.is_file(), "adversarial set {}: there is no such file", path.display());
            all.push(path);
            continue;
        }
        let entries = path.read_dir().with_context(|| format!("cannot read {}", path.display()))?;
        let mut own: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        own.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
        ensure!(!own.is_empty(), "adversarial sets {}: the folder has no file `.jsonl`", path.display());
        own.sort();
        all.extend(own);
    }
    Ok(all)
}

impl AdversarialSet {
    /// Reads the rows of a file in JSON Lines whose `split` is `heldout`, or all rows if none has a split. The other
    /// fields are `reference`, `text`, `label3` (`correct`, `incorrect` or `contradictory`) and optionally `category`,
    /// `lang` and `two_way`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, a row is not of this form, or no row is held out.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let shown = path.display();
        let size = std::fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.len();
        ensure!(
            size <= MAX_FILE_BYTES,
            "{shown}: {size} bytes, the limit is {MAX_FILE_BYTES}; split the file"
        );
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let mut rows: Vec<SetRow> = Vec::new();
        for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            // The message of serde may quote the line, so it is not repeated.
            let row: SetRow = serde_json::from_str(line).map_err(|error| {
                anyhow!(
                    "{shown}, line {}, column {}: not a row with the texts `reference` and `text` and a `label3` that is \
                     `correct`, `incorrect` or `contradictory`",
                    n + 1,
                    error.column()
                )
            })?;
            let longest = row.reference.len().max(row.text.len());
            ensure!(
                longest <= MAX_TEXT_BYTES,
                "{shown}, line {}: {longest} bytes, the limit is {MAX_TEXT_BYTES}; shorten or drop it",
                n + 1
            );
            rows.push(row);
        }
        let all = rows.len();
        if rows.iter().any(|row| row.split.is_some()) {
            rows.retain(|row| row.split.as_deref() == Some("heldout"));
        }
        ensure!(
            !rows.is_empty(),
            "{shown}: none of the {all} rows has the `split` that is measured on, `heldout`"
        );
        Ok(Self { name, rows })
    }

    /// The name of the table's rows for a language.
    fn title(&self, row: &SetRow) -> String {
        match row.lang.as_deref() {
            None | Some("en") => self.name.clone(),
            Some(language) => format!("{}-{language}", self.name),
        }
    }

    /// Whether each category has rows of one label alone, and there are more categories than labels: then they are
    /// reported, and not the labels.
    fn is_by_category(&self) -> bool {
        let pairs: BTreeSet<(Option<&str>, Label)> =
            self.rows.iter().map(|row| (row.category.as_deref(), row.label3)).collect();
        let categories: BTreeSet<Option<&str>> = pairs.iter().map(|(category, _)| *category).collect();
        let labels: BTreeSet<Label> = pairs.iter().map(|(_, label)| *label).collect();
        pairs.len() == categories.len() && categories.len() > labels.len() && !categories.contains(&None)
    }

    /// At most so many rows of each label, all rows of a reference answer together; 0 for all rows.
    fn drawn(&self, most: usize, seed: u64) -> Vec<&SetRow> {
        if most == 0 {
            return self.rows.iter().collect();
        }
        let mut by_reference: Vec<Vec<&SetRow>> = Vec::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &self.rows {
            let place = *places.entry(&row.reference).or_insert(by_reference.len());
            if place == by_reference.len() {
                by_reference.push(Vec::new());
            }
            by_reference[place].push(row);
        }
        let by_category = self.is_by_category();
        let key = |row: &SetRow| (self.title(row), row.label3, row.category.clone().filter(|_| by_category));
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        let mut drawn = Vec::new();
        for place in random::permutation(by_reference.len(), seed) {
            for row in &by_reference[place] {
                let count = counts.entry(key(row)).or_default();
                if *count < most {
                    *count += 1;
                    drawn.push(*row);
                }
            }
        }
        drawn
    }
}

/// Adds the rows of all sets to a report.
pub(super) fn measure(
    scorer: &Scorer,
    sets: &[AdversarialSet],
    settings: &Settings,
    report: &mut Report,
) -> Result<()> {
    let tasks = tasks_of(scorer);
    let reads = |id: &str| scorer.task(id).is_some_and(|task| task.input == Input::Pair);
    let fits = |place: &usize| reads(&tasks[*place].id) && Verdicts::of(&tasks[*place]).is_some();
    let found = match &settings.set_task {
        None => (0..tasks.len()).find(fits),
        Some(id) => {
            let place = tasks.iter().position(|task| task.id == *id);
            let usable = place.filter(fits);
            if usable.is_none() {
                bail!(
                    "task {id} cannot judge adversarial sets: it must be a task of the file that reads a reference answer \
                     and has a class such as `correct`; the file has {}",
                    tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>().join(", ")
                );
            }
            usable
        }
    };
    let Some(place) = found else {
        report
            .notes
            .push("Adversarial sets are not measured: no task of the file reads a reference answer.".into());
        return Ok(());
    };
    let (task, verdicts) = (&tasks[place], Verdicts::of(&tasks[place]).context("the task has a best class")?);
    report.set_task = Some(task.id.clone());
    let bar = Bar::new("adversarial sets".into());
    let drawn: Vec<(&AdversarialSet, Vec<&SetRow>)> = sets
        .iter()
        .enumerate()
        .map(|(n, set)| (set, set.drawn(settings.per_label, derive(settings.seed, n as u64))))
        .collect();
    let total: usize = drawn.iter().map(|(_, rows)| rows.len()).sum();
    let mut done = 0;
    for (set, rows) in drawn {
        let items: Vec<Item<'_>> = rows
            .iter()
            .map(|row| Item { task: place, reference: Some(&row.reference), text: row.text.clone() })
            .collect();
        let scores = scored(scorer, &tasks, &items, Some((&bar, done, total as u64)))?;
        done += items.len() as u64;
        let by_category = set.is_by_category();
        let mut whole: BTreeMap<String, Tally> = BTreeMap::new();
        let mut parts: BTreeMap<(String, Label, Option<&str>), Tally> = BTreeMap::new();
        // The expected share and the label of each row of a reference answer.
        let mut options: BTreeMap<(String, &str), Vec<(f64, Label)>> = BTreeMap::new();
        for (row, score) in rows.iter().zip(&scores) {
            let title = set.title(row);
            let category = row.category.as_deref().filter(|_| by_category);
            let part = parts.entry((title.clone(), row.label3, category)).or_default();
            let Some(score) = score else {
                part.refuse();
                whole.entry(title).or_default().refuse();
                continue;
            };
            let award = Award::of(score, task, &verdicts);
            let opposite = verdicts.opposite != verdicts.worst && award.target == verdicts.opposite;
            let right = match row.label3 {
                Label::Correct => award.best,
                Label::Contradictory if verdicts.opposite != verdicts.worst => opposite,
                Label::Incorrect if !row.two_way => !award.best && !opposite,
                Label::Contradictory | Label::Incorrect => !award.best,
            };
            part.judge(score, &award, right);
            options.entry((title.clone(), &row.reference)).or_default().push((award.expected, row.label3));
            whole.entry(title).or_default().judge(score, &award, right);
        }
        for (title, tally) in &whole {
            report.rows.push(tally.row(title, Group::WholeSet));
            for ((of, label, category), tally) in parts.iter().filter(|((of, ..), _)| of == title) {
                report
                    .rows
                    .push(tally.row(&format!("{of}/{}", category.unwrap_or(label.name())), Group::Set));
            }
        }
        if by_category {
            chosen(&options, report);
        }
    }
    bar.finish();
    Ok(())
}

/// Of sets in which each reference answer has one correct option among others: how often the correct one has the
/// highest probability.
fn chosen(options: &BTreeMap<(String, &str), Vec<(f64, Label)>>, report: &mut Report) {
    let is_choice = |rows: &[(f64, Label)]| {
        rows.len() > 1 && rows.iter().filter(|(_, l)| *l == Label::Correct).count() == 1
    };
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for ((title, _), rows) in options.iter().filter(|(_, rows)| is_choice(rows)) {
        let correct = rows.iter().find(|(_, label)| *label == Label::Correct).map_or(0.0, |(p, _)| *p);
        let highest = rows.iter().all(|(p, label)| *label == Label::Correct || *p < correct);
        let count = counts.entry(title).or_default();
        count.0 += usize::from(highest);
        count.1 += 1;
    }
    for (title, (right, of)) in counts {
        let share = super::share::Share::new(right, of);
        let mut row = Tally::default().row(&format!("{title}/choice"), Group::Set);
        (row.n, row.right) = (of, Some(share));
        report.rows.push(row);
    }
}
