//! Measuring teachers and students on every test set: JSON and tables.

use super::gather::numbered;
use super::measure::{Measured, Predictions, measure};
use super::source::{Source, pooled};
use super::{Labelled, Pipeline, check};
use crate::data::{Dataset, TaskData};
use crate::experiment::{Experiment, Series};
use crate::files;
use crate::labels::Scored;
use crate::overlap;
use crate::report::{Run, Style, evaluate, expert_map, expert_table, markdown, table};
use anyhow::Result;

/// Merges the classes of tasks and of predictions on them, or leaves them as they are.
type Coarsen<'a> = &'a dyn Fn(&[TaskData], &[Scored]) -> (Vec<TaskData>, Vec<Scored>);

impl Pipeline {
    /// Measures teachers and students, the students in f32 and in the engine, on every test set; writes JSON and
    /// tables.
    ///
    /// # Errors
    ///
    /// When a student has not been trained or a file cannot be written.
    pub fn evaluate(&self, labelled: &Labelled) -> Result<String> {
        let (plan, own) = (self.plan(), self.source(labelled));
        let of_folds = self.labels_of_folds()?;
        let sources = &self.sources(labelled, &of_folds)[..];
        let choices = self.choices(&own, sources)?;
        let choice = &choices.whole;
        let tested = self.tested(sources, &choices.measured())?;
        let sets = self.test_sets()?;
        let students = &own.students;
        let (series, sweep) = (plan.series()?, plan.sweep()?);
        let advice = self.advice(&tested, choice.series())?;
        let (mut text, mut page) = (String::new(), format!("## What to use\n\n{}\n\n", advice.join("\n\n")));
        page += &choice.section()?;
        page += &self.promise_section(None, sources, &choices.measured())?;
        page += &self.confidence_section(None, sources, &choices.measured())?;
        let mut behind = Vec::new();
        let mut add = |(t, p): (String, String)| {
            text += &t;
            page += &p;
        };
        for name in sets.keys() {
            let predictions = self.predictions(sources, &series, name)?;
            // An external teacher gives no probabilities for the test sets.
            let teachers = labelled_by_teachers(sources, name)?;
            for merge in &self.recipe.evaluate.merged {
                let merged: Vec<Predictions> =
                    predictions.iter().map(|p| p.merged(merge, &plan.task_data(&p.tasks))).collect();
                // Tasks without such classes are left out.
                if merged.iter().any(|p| !p.floats.is_empty()) {
                    let split = format!("{name}, {}", merge.name);
                    let coarse = |tasks: &[TaskData], rows: &[Scored]| merge.apply(tasks, rows);
                    let systems = self.measured(&split, &series, &merged, &teachers, &coarse)?;
                    add(self.page(&split, &systems)?);
                }
            }
            let same = |tasks: &[TaskData], rows: &[Scored]| (tasks.to_vec(), rows.to_vec());
            let systems = self.measured(name, &series, &predictions, &teachers, &same)?;
            add(self.page(name, &systems)?);
            behind.extend(self.behind_ngrams(&series, &predictions, &systems.systems)?);
            if let Some(first) = sweep.first() {
                let task = &self.corpus.train.tasks[first.tasks[0]];
                let mut rows = Vec::new();
                for series in &sweep {
                    for run in &series.runs {
                        let own = numbered(
                            &pooled(sources, name, &|s, set| s.students.score_f32(&run.models, set))?,
                            &series.tasks,
                        );
                        let title = format!("{}, f32", series.title);
                        let run = Run { system: title, split: name.clone(), seed: Some(run.seed) };
                        rows.push(evaluate(run, std::slice::from_ref(task), &own, &self.bootstrap())?);
                    }
                }
                add((
                    format!("λ sweep on {}\n\n{}\n", task.id, table(&rows)),
                    format!("### λ sweep on {}\n\n{}\n", task.id, markdown(&rows)),
                ));
            }
        }
        page += &format!("## Fits\n\n{}\n", self.fits(students, &series)?);
        if let Some(set) = sets.values().next() {
            page += &format!("## Cost\n\n{}\n", self.costs(students, &series, set)?);
        }
        for (name, set) in &sets {
            if !plan.added()?.is_empty() {
                let added = self.measure_added(students, name, set)?;
                page += &format!("## Added tasks, {name}\n\n{}\n", markdown(&added.systems));
                page += &format!("{}\n", self.pack_sizes(students)?);
                text += &format!("{}\n", table(&added.systems));
                for comparison in &added.comparisons {
                    page += &format!("{}\n", comparison.render(Style::Markdown));
                    text += &format!("{}\n", comparison.render(Style::Text));
                }
            }
            page += &self.experts(students, &series, (name, set))?;
        }
        let mut overlaps = self.overlaps();
        if let Some(targeted) = &labelled.targeted {
            page += &targeted.section(&self.corpus.train, &self.corpus.split.train);
            overlaps.push(targeted.overlap.clone());
        }
        page += &overlap::section(&overlaps);
        files::write_json(&self.folder.join("results").join("overlap.json"), &overlaps)?;
        if !labelled.teachers.is_empty() {
            page += "\n## Weights of the teachers\n\n| teacher | weight |\n|---|---:|\n";
            for teacher in &labelled.teachers {
                page += &format!("| {} | {:.3} |\n", teacher.title, teacher.weight);
            }
        }
        for (title, lines) in
            [("Teacher", check::teacher_behind(self, labelled, choice.series())?), ("Behind n-grams", behind)]
        {
            if !lines.is_empty() {
                lines.iter().for_each(|line| eprintln!("{line}"));
                page += &format!("\n## {title}\n\n{}\n", lines.join("\n\n"));
            }
        }
        files::write(&self.folder.join("results.md"), page.as_bytes())?;
        for line in choice.line().iter().chain(&advice) {
            text += &format!("{line}\n");
        }
        Ok(text)
    }

    /// The figures of the teacher and of all series on one test set; `coarse` may merge classes.
    fn measured(
        &self,
        split: &str,
        series: &[Series],
        predictions: &[Predictions],
        teachers: &[(String, Vec<Scored>)],
        coarse: Coarsen<'_>,
    ) -> Result<Measured> {
        let plan = self.plan();
        let mut systems = Vec::new();
        let mut tasks: Vec<usize> = Vec::new();
        for task in series.iter().flat_map(|s| &s.tasks) {
            if !tasks.contains(task) {
                tasks.push(*task);
            }
        }
        for (system, rows) in teachers {
            let (data, rows) = coarse(&plan.task_data(&tasks), &numbered(rows, &tasks));
            let run = Run { system: system.clone(), split: split.to_owned(), seed: None };
            systems.push(evaluate(run, &data, &rows, &self.bootstrap())?);
        }
        let data = |tasks: &[usize]| coarse(&plan.task_data(tasks), &[]).0;
        let contrasts = plan.contrasts(series);
        let measured = measure(split, series, &data, predictions, &contrasts, &self.bootstrap())?;
        systems.extend(measured.systems);
        Ok(Measured { systems, ..measured })
    }

    /// Writes each evaluation, and returns the tables of all of them as text and as Markdown.
    fn page(&self, split: &str, Measured { systems, comparisons }: &Measured) -> Result<(String, String)> {
        for system in systems {
            let seed = system.run.seed.map_or(String::new(), |s| format!("-seed-{s}"));
            let file = format!("{}{seed}.json", plain(&system.run.system));
            system.write(&self.folder.join("results").join(plain(split)).join(file))?;
        }
        let mut text = format!("{split}\n\n{}\n", table(systems));
        let mut page = format!("## {split}\n\n{}\n", markdown(systems));
        for comparison in comparisons {
            text += &format!("{}\n", comparison.render(Style::Text));
            page += &format!("{}\n", comparison.render(Style::Markdown));
        }
        Ok((text, page))
    }

    /// The section about the use of experts on a test set, with its picture; empty if no model has experts.
    fn experts(
        &self,
        students: &Experiment<'_>,
        series: &[Series],
        (name, set): (&str, &Dataset),
    ) -> Result<String> {
        let uses = self.expert_uses(students, series, set)?;
        let Some(tasks) = series.iter().find(|s| s.models().any(|spec| spec.mixture.is_some())) else {
            return Ok(String::new());
        };
        let tasks = self.plan().task_data(&tasks.tasks);
        let picture = format!("experts-{}.svg", plain(name));
        files::write(&self.folder.join(&picture), expert_map(&uses, &tasks)?.as_bytes())?;
        let table = expert_table(&uses, &tasks)?;
        Ok(format!("## Experts, {name}\n\n![Use of experts]({picture})\n\n{table}"))
    }
}

/// What the teachers say of a test set: each of several ones, and all together. An external teacher gives no
/// probabilities for it.
fn labelled_by_teachers(sources: &[Source<'_>], name: &str) -> Result<Vec<(String, Vec<Scored>)>> {
    type Tests<'a> = &'a dyn Fn(&Labelled) -> Option<Vec<Scored>>;
    let Some(first) = sources.first() else { return Ok(Vec::new()) };
    let all = |of: Tests<'_>| -> Result<Option<Vec<Scored>>> {
        let rows = pooled(sources, name, &|source, _| Ok(of(source.labelled).unwrap_or_default()))?;
        Ok(sources.iter().all(|source| of(source.labelled).is_some()).then_some(rows))
    };
    let mut teachers = Vec::new();
    for (n, one) in first.labelled.teachers.iter().enumerate() {
        let rows = all(&|labelled| Some(labelled.teachers.get(n)?.tests.get(name)?.rows.clone()))?;
        teachers.extend(rows.map(|rows| (format!("teacher, {}", one.title), rows)));
    }
    let title = if first.labelled.teachers.is_empty() { "teacher" } else { "teachers, combined" };
    let rows = all(&|labelled| Some(labelled.tests.get(name)?.rows.clone()))?;
    teachers.extend(rows.map(|rows| (title.to_owned(), rows)));
    Ok(teachers)
}

/// A name as part of a file's name.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() || c == '.' { c } else { '-' }).collect()
}
