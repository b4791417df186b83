//! Checks a recipe as far as possible before training, and reports afterwards what only the results show.

use super::{Labelled, Pipeline, expected};
use crate::corpus::{CROSS_VALIDATION, Corpus};
use crate::data::{Dataset, Target, TaskData};
use crate::experiment::{Decisions, Model, ModelSpec, Series};
use crate::file::planned;
use crate::files;
use crate::labels::{Labels, Scored};
use crate::loss::levels_alone;
use crate::model::pretrained::Network;
use crate::overlap::ids;
use crate::perturb::perturbed;
use crate::recipe::{Recipe, SharedEncoder, TeacherKind, TeacherRecipe};
use anyhow::{Context, Result, bail, ensure};
use pupil_core::format::limits::{MAX_FILE_BYTES, MAX_HEADER_BYTES};
use pupil_core::format::manifest::Manifest;
use pupil_metrics::mean;
use std::collections::{BTreeMap, BTreeSet};

/// A task with fewer graded training answers than this gets a warning.
const FEW_TRAINING: usize = 200;
/// A task with fewer validation or test answers than this gets a warning.
const FEW_MEASURED: usize = 20;

/// Checks a recipe against its data and its encoder, and writes what the user should know to standard error.
pub(crate) fn before(pipeline: &mut Pipeline, folds: &[Corpus]) -> Result<()> {
    let recipe = &pipeline.recipe;
    named(recipe, &pipeline.corpus.train)?;
    sized(pipeline)?;
    let trained = trained(pipeline)?;
    answered(&pipeline.corpus, &trained)?;
    learnable(pipeline)?;
    count_copies(pipeline);
    fits_a_file(pipeline)?;
    pipeline.check_robustness()?;
    let mut lines = pipeline.corpus.notes();
    lines.extend(pipeline.check_promise(&trained)?);
    lines.extend(said(&pipeline.corpus, &trained));
    lines.extend(expected::lines(&pipeline.corpus, folds, &trained));
    if !folds.is_empty() {
        lines.extend(about_folds(pipeline, folds));
    }
    for line in lines {
        eprintln!("{line}");
    }
    Ok(())
}

/// Checks that the run can write its files, after everything else, so that a refused recipe leaves no folder.
pub(crate) fn writable(pipeline: &Pipeline) -> Result<()> {
    files::clean(&pipeline.folder);
    files::check_writable(&pipeline.folder)?;
    for source in std::iter::once(pipeline).chain(&pipeline.also) {
        let teacher = &source.recipe.teacher;
        let labels = matches!(teacher.kind(), TeacherKind::Encoder | TeacherKind::NGram);
        if pipeline.recipe.needs_teacher() && labels && teacher.run.is_some() {
            // Labels are written beside the teachers.
            files::check_writable(&source.teacher_run.join("labels"))?;
        }
    }
    pipeline.folds.iter().try_for_each(writable)
}

/// Refuses a way of learning from a teacher that a task's kind does not allow.
fn learnable(pipeline: &Pipeline) -> Result<()> {
    let tasks = &pipeline.corpus.train.tasks;
    for spec in pipeline.plan().students()? {
        let Some(d) = spec.distillation else { continue };
        for task in spec.tasks.iter().map(|t| &tasks[*t]) {
            if let Some(why) = d.form.form().refuses(task.head) {
                bail!(
                    "kd_form is `{}`, which compares levels, but of task {} {why}: choose another form, or list the \
                     levels in data.classes and set data.head to `ordinal`",
                    d.form.name(),
                    task.id
                );
            }
            if d.ranking > 0.0
                && let Some(why) = levels_alone(task.head)
            {
                bail!(
                    "ranking is {}, which puts answers in the order of their levels, but of task {} {why}: set it to 0",
                    d.ranking,
                    task.id
                );
            }
        }
    }
    Ok(())
}

/// Counts the perturbed copies that are left out.
fn count_copies(pipeline: &mut Pipeline) {
    let (recipe, copies) = (&pipeline.recipe, pipeline.recipe.label.copies);
    if recipe.needs_teacher() && copies > 0 {
        pipeline.corpus.left_out.copies = perturbed(&pipeline.corpus, copies, recipe.seed).1;
    }
}

/// Checks the run of a fold, after the whole run.
pub(crate) fn fold(pipeline: &mut Pipeline, n: usize) -> Result<()> {
    let trained = trained(pipeline)?;
    answered(&pipeline.corpus, &trained)
        .with_context(|| format!("fold {} of {}: lower data.folds, or", n + 1, pipeline.recipe.data.folds))?;
    count_copies(pipeline);
    Ok(())
}

/// What the user should know about the folds.
fn about_folds(pipeline: &Pipeline, folds: &[Corpus]) -> Vec<String> {
    let mut lines = Vec::new();
    let of_folds = || folds.iter().flat_map(|c| &c.overlaps).filter(|o| o.set == CROSS_VALIDATION);
    let shared: usize = of_folds().map(|o| o.shared).sum();
    if shared > 0 {
        lines.push(format!(
            "warning: {shared} of the {} answers also occur in another fold, where models learn them",
            of_folds().map(|o| o.answers).sum::<usize>()
        ));
    }
    let elsewhere = |kind| matches!(kind, TeacherKind::Pupil(_) | TeacherKind::Probabilities(_));
    if pipeline.recipe.needs_teacher() && pipeline.recipe.teacher.all().any(|t| elsewhere(t.kind())) {
        lines.push(
            "warning: a teacher from elsewhere may have learned from the answers of all folds: then figures of models \
             that learn from it are too good"
                .to_owned(),
        );
    }
    lines
}

/// Checks every teacher that is not trained in this run.
pub(crate) fn teachers(pipeline: &Pipeline) -> Result<()> {
    if !pipeline.recipe.needs_teacher() {
        return Ok(());
    }
    for source in std::iter::once(pipeline).chain(&pipeline.also) {
        let teacher = &source.recipe.teacher;
        match teacher.kind() {
            TeacherKind::Probabilities(probabilities) => {
                let labels = source.labels_from_elsewhere(probabilities)?.train;
                for (task, have, of) in rows_of(&source.corpus, &labels)? {
                    eprintln!("teacher rows: {} {have} of {of} answers", source.corpus.train.tasks[task].id);
                }
                covered(source, &labels)?;
            }
            TeacherKind::Pupil(_) => has_tasks(source)?,
            TeacherKind::Encoder | TeacherKind::NGram => {}
        }
        if teacher.kind() == TeacherKind::Encoder && !std::ptr::eq(source, pipeline) {
            adapted("teacher.also", teacher, &source.pretrained.network()?)?;
        }
        if let (TeacherKind::Encoder | TeacherKind::NGram, Some(run)) = (teacher.kind(), &teacher.run) {
            source.teachers().check_borrowed(&source.plan().all_teachers(), run)?;
        }
    }
    Ok(())
}

/// The file of a finished model that teaches has every task.
fn has_tasks(pipeline: &Pipeline) -> Result<()> {
    let TeacherKind::Pupil(file) = pipeline.recipe.teacher.kind() else { return Ok(()) };
    let path = pipeline.data.join(file);
    let open = || format!("teacher.pupil {}; the folder of data sets is given by --data", path.display());
    let scorer = pupil_core::Scorer::open(&path).with_context(open)?;
    for task in &pipeline.corpus.train.tasks {
        let labels = scorer.manifest().task(&task.id).map(|t| t.labels.len());
        ensure!(
            labels == Some(task.labels.len()),
            "teacher.pupil {}: task {} has {} labels in the recipe's data and {} in the file",
            path.display(),
            task.id,
            task.labels.len(),
            labels.map_or("none".to_owned(), |n| n.to_string())
        );
    }
    Ok(())
}

/// Every task that a setting names exists.
fn named(recipe: &Recipe, train: &Dataset) -> Result<()> {
    let known = |setting: &str, id: &str| {
        ensure!(
            train.task_index(id).is_some(),
            "{setting}: there is no task {id}, there are {}",
            ids(&train.tasks)
        );
        Ok(())
    };
    if let Some(sweep) = &recipe.distil.sweep {
        known("distil.sweep.task", &sweep.task)?;
    }
    if let Some(u) = &recipe.unimoe {
        u.tasks.iter().try_for_each(|id| known("unimoe.tasks", id))?;
        u.adapt.iter().flat_map(|a| &a.tasks).try_for_each(|id| known("unimoe.adapt.tasks", id))?;
    }
    for teacher in recipe.teacher.all() {
        let Some(crate::recipe::Probabilities::ByTask(paths)) = &teacher.probabilities else { continue };
        paths.keys().try_for_each(|id| known("teacher.probabilities", id))?;
    }
    Ok(())
}

/// The pretrained encoder has the layers and reads the lengths that the recipe asks for.
fn sized(pipeline: &Pipeline) -> Result<()> {
    let recipe = &pipeline.recipe;
    let reads = |setting: &str, tokens: usize, longest: usize| {
        ensure!(tokens <= longest, "{setting} is {tokens}, the encoder reads {longest}");
        Ok(())
    };
    if recipe.needs_teacher() && recipe.teacher.kind() == TeacherKind::Encoder {
        let network = pipeline.pretrained.network()?;
        reads("teacher.max_tokens", recipe.teacher.max_tokens, network.longest())?;
        adapted("teacher", &recipe.teacher, &network)?;
    }
    if let Some(u) = recipe.unimoe.as_ref().filter(|u| u.encoder == SharedEncoder::Bert) {
        let config = pipeline.pretrained.config()?;
        u.check_layers(config.num_hidden_layers)?;
        reads("unimoe.max_tokens", u.max_tokens, config.longest())?;
    }
    Ok(())
}

/// A decoder has adapters, an encoder of BERT's family has none.
fn adapted(setting: &str, teacher: &TeacherRecipe, network: &Network) -> Result<()> {
    let name = &teacher.encoder;
    match (network, &teacher.lora) {
        (Network::Decoder(_), None) => bail!(
            "{setting}.encoder {name} is a decoder, of which only adapters are trained: add a table [{setting}.lora]"
        ),
        (Network::Bert(_), Some(_)) => bail!(
            "{setting}.lora has adapters of a decoder, but {name} is of BERT's family, whose weights are all trained: \
             leave it out"
        ),
        _ => Ok(()),
    }
}

/// The tasks of models.
fn tasks_of<'a>(models: impl Iterator<Item = &'a ModelSpec>) -> BTreeSet<usize> {
    models.flat_map(|spec| &spec.tasks).copied().collect()
}

/// The tasks of all models that are trained.
fn trained(pipeline: &Pipeline) -> Result<BTreeSet<usize>> {
    let (plan, recipe) = (pipeline.plan(), &pipeline.recipe);
    let mut models = plan.students()?;
    models.extend(plan.added()?);
    if recipe.needs_teacher() {
        models.extend(plan.all_teachers());
    }
    Ok(tasks_of(models.iter()))
}

/// Number of graded answers of a task among these rows of the training file.
fn graded(corpus: &Corpus, rows: &[usize], task: usize) -> usize {
    let answers = rows.iter().map(|i| &corpus.train.answers[*i]);
    answers.filter(|a| a.task == task && a.target != Target::Missing).count()
}

/// Every trained task has graded answers for training and for validation.
fn answered(corpus: &Corpus, trained: &BTreeSet<usize>) -> Result<()> {
    for task in trained {
        let learned = graded(corpus, &corpus.split.train, *task);
        let validation = graded(corpus, &corpus.split.validation, *task);
        ensure!(
            learned > 0 && validation > 0,
            "task {} has {learned} graded answers to train on and {validation} to validate on, and needs one of each: \
             raise `data.validation`, or add answers",
            corpus.train.tasks[*task].id
        );
    }
    Ok(())
}

/// The engine would accept the exported file.
fn fits_a_file(pipeline: &Pipeline) -> Result<()> {
    let accepted = |manifest: &Manifest| -> Result<()> {
        for task in &manifest.tasks {
            let own: BTreeSet<&str> = task.all_members().map(|member| member.encoder).collect();
            let alone = Manifest {
                tasks: vec![task.clone()],
                encoders: keep(&manifest.encoders, &own),
                tokenizers: keep(&manifest.tokenizers, &own),
                mixtures: manifest.mixtures.clone(),
                ..Manifest::default()
            };
            alone.check().with_context(|| format!("the model file cannot hold the task {:?}", task.id))?;
        }
        manifest.check().context("the model file cannot hold all tasks of the recipe")?;
        let bytes = manifest.to_json()?.len();
        ensure!(
            bytes <= MAX_HEADER_BYTES,
            "the model file cannot hold all tasks of the recipe: their description takes {bytes} bytes, at most \
             {MAX_HEADER_BYTES} are possible"
        );
        Ok(())
    };
    let plan = pipeline.plan();
    let nothing = Labelled::nothing(&pipeline.corpus);
    let students = pipeline.students(&nothing);
    for series in plan.candidates()? {
        // One seed of each model that goes into the file, and the tasks added to it.
        let mut models = series.runs.into_iter().next().map_or(Vec::new(), |run| run.models);
        let first = models.clone();
        let of_first = |spec: &ModelSpec| spec.base.as_ref().is_some_and(|b| first.contains(&b.model));
        models.extend(plan.added()?.into_iter().filter(of_first));
        let (manifest, bytes) = planned(&students, &models)?;
        accepted(&manifest)?;
        ensure!(
            bytes <= MAX_FILE_BYTES,
            "the encoders' layers alone take {bytes} bytes, a model file has at most {MAX_FILE_BYTES}: name fewer of \
             them under unimoe.layers"
        );
    }
    Ok(())
}

fn keep<T: Clone>(all: &BTreeMap<String, T>, names: &BTreeSet<&str>) -> BTreeMap<String, T> {
    all.iter()
        .filter(|(id, _)| names.contains(id.as_str()))
        .map(|(id, one)| (id.clone(), one.clone()))
        .collect()
}

/// For each task: its index, its training answers with a row of the teacher, all its training answers.
fn rows_of(corpus: &Corpus, labels: &Labels) -> Result<Vec<(usize, usize, usize)>> {
    let aligned = labels.aligned(&corpus.train)?;
    let mut counts: Vec<(usize, usize, usize)> = (0..corpus.train.tasks.len()).map(|t| (t, 0, 0)).collect();
    for i in &corpus.split.train {
        let count = &mut counts[corpus.train.answers[*i].task];
        count.1 += usize::from(aligned[*i].is_some());
        count.2 += 1;
    }
    Ok(counts)
}

/// Every task that learns from a teacher has enough of its rows: of an external teacher the share that the recipe
/// requires, of one that was trained here all.
///
/// # Errors
///
/// Otherwise, with the task and both numbers.
pub(crate) fn covered(pipeline: &Pipeline, labels: &Labels) -> Result<()> {
    let (recipe, corpus) = (&pipeline.recipe, &pipeline.corpus);
    let mut models = pipeline.plan().students()?;
    models.extend(pipeline.plan().added()?);
    let taught = tasks_of(models.iter().filter(|spec| spec.lambda() > 0.0));
    let least = recipe.teacher.min_coverage;
    for (task, have, of) in rows_of(corpus, labels)?.into_iter().filter(|c| taught.contains(&c.0)) {
        let id = &corpus.train.tasks[task].id;
        if recipe.teacher.all().any(|t| t.kind().labels_others()) {
            ensure!(
                have == of,
                "the teachers' labels have {have} of the {of} training answers of task {id}: remove the folder {} and \
                 run `label` again",
                pipeline.teacher_run.join("labels").display()
            );
            continue;
        }
        ensure!(
            have > 0 && have as f64 >= least * of as f64,
            "teacher.probabilities: {have} of the {of} training answers of task {id} have a row of the teacher, and a \
             share of {least} must have one: add rows, lower `teacher.min_coverage`, or train this task without a teacher"
        );
    }
    Ok(())
}

/// What the user should know about the data before training.
fn said(corpus: &Corpus, trained: &BTreeSet<usize>) -> Vec<String> {
    let mut lines = Vec::new();
    let out = &corpus.left_out;
    for (n, what) in [(out.unscored.len(), "answers without a score"), (out.copies, "perturbed copies")] {
        if n > 0 {
            lines.push(format!(
                "not used for training: {n} {what} that occur in a test set, the held-out part or the validation part"
            ));
        }
    }
    for o in corpus.overlaps.iter().filter(|o| o.shared > 0) {
        lines.push(format!(
            "warning: {} of the {} answers of the set `{}` ({:.1} %) also occur in the training part, in {} answers",
            o.shared,
            o.answers,
            o.set,
            o.share() * 100.0,
            o.training
        ));
    }
    let few = |limit: usize, counts: Vec<(usize, usize)>| {
        let named: Vec<String> = counts
            .iter()
            .filter(|(_, n)| *n < limit)
            .map(|(task, n)| format!("{} {n}", corpus.train.tasks[*task].id))
            .collect();
        let more = named.len().saturating_sub(12);
        let shown = named.iter().take(12).cloned().collect::<Vec<_>>().join(", ");
        (!named.is_empty()).then(|| if more > 0 { format!("{shown} and {more} more") } else { shown })
    };
    let count = |rows: &[usize]| trained.iter().map(|t| (*t, graded(corpus, rows, *t))).collect();
    if let Some(tasks) = few(FEW_TRAINING, count(&corpus.split.train)) {
        lines.push(format!(
            "warning: fewer than {FEW_TRAINING} graded training answers ({tasks}): expect a model that sends most answers \
             to review"
        ));
    }
    if let Some(tasks) = few(FEW_MEASURED, count(&corpus.split.validation)) {
        lines.push(format!(
            "warning: fewer than {FEW_MEASURED} validation answers ({tasks}): the end of training depends much on chance, \
             and thresholds keep their defaults"
        ));
    }
    for (name, set) in &corpus.tests {
        let scored = |t: &usize| {
            let scored = |i: &usize| set.answers[*i].target != Target::Missing;
            (*t, set.of_task(*t).filter(scored).count())
        };
        // A set may have only some of the tasks.
        let counts = trained.iter().map(scored).filter(|c| c.1 > 0).collect();
        if let Some(tasks) = few(FEW_MEASURED, counts) {
            lines.push(format!(
                "warning: intervals will be wide: fewer than {FEW_MEASURED} {name} answers ({tasks})"
            ));
        }
    }
    lines
}

/// A line for each task on which the teacher agrees less with people than the models that learned from it, on
/// validation answers and on each test set, all with default decisions.
pub(crate) fn teacher_behind(
    pipeline: &Pipeline,
    labelled: &Labelled,
    exported: &Series,
) -> Result<Vec<String>> {
    if labelled.train.rows.is_empty() {
        return Ok(Vec::new());
    }
    let validation = &pipeline.corpus.split.validation;
    let place: BTreeMap<usize, usize> = validation.iter().copied().zip(0..).collect();
    let rows = labelled.train.rows.iter();
    let rows = rows.filter_map(|r| Some(Scored { index: *place.get(&r.index)?, ..r.clone() })).collect();
    let mut sets: Vec<(&str, Dataset, Vec<Scored>)> =
        vec![("validation", pipeline.corpus.train.subset(validation), rows)];
    for (name, set) in &pipeline.corpus.tests {
        let rows = labelled.tests.get(name).map_or(Vec::new(), |labels| labels.rows.clone());
        sets.push((name, set.clone(), rows));
    }
    let mut compared: BTreeMap<(usize, usize), (f64, usize, Vec<f64>)> = BTreeMap::new();
    let agreement = |data: &TaskData, rows: &[&Scored]| -> Result<Option<f64>> {
        let outcomes = data.outcomes(rows.iter().map(|r| (&r.target, &r.predicted)))?;
        Ok(outcomes.tally().metric(data.head.main_metric()))
    };
    for (place, (_, set, rows)) in sets.iter().enumerate() {
        for (task, data) in set.tasks.iter().enumerate() {
            let scored = rows.iter().filter(|r: &&Scored| r.task == task && r.target != Target::Missing);
            let scored: Vec<&Scored> = scored.collect();
            if let Some(value) = agreement(data, &scored)? {
                compared.insert((place, task), (value, scored.len(), Vec::new()));
            }
        }
    }
    let mut compare = |model: &Model| -> Result<()> {
        for ((place, task), (_, _, values)) in &mut compared {
            if !model.tasks.contains(task) {
                continue;
            }
            let (_, set, rows) = &sets[*place];
            // Answers without a row of the teacher are not compared.
            let known: BTreeSet<usize> = rows.iter().filter(|r| r.task == *task).map(|r| r.index).collect();
            let scored = model.score(&Decisions::plain(model.head(*task)), set, *task)?;
            let scored = scored.iter().filter(|r| r.target != Target::Missing && known.contains(&r.index));
            values.extend(agreement(&set.tasks[*task], &scored.collect::<Vec<_>>())?);
        }
        Ok(())
    };
    // The exported students if they learned from the teacher, else the last ones that did.
    let (plan, students) = (pipeline.plan(), pipeline.students(labelled));
    let mut taught = plan.series()?;
    taught.retain(Series::is_taught);
    let chosen = if exported.is_taught() { Some(exported.clone()) } else { taught.pop() };
    for spec in chosen.iter().flat_map(Series::models) {
        compare(&students.trained(spec)?)?;
    }
    let mut lines = Vec::new();
    for ((place, task), (teacher, n, values)) in compared {
        let (name, data) = (sets[place].0, &pipeline.corpus.train.tasks[task]);
        let Some(taught) = mean(values).filter(|taught| teacher < *taught) else {
            continue;
        };
        lines.push(format!(
            "warning: on {n} {name} answers of task {} the teacher agrees less with people than the models that \
             learned from it: {} {:.1} against {:.1} (x 100); a better teacher, or lambda 0, may be worth a try",
            data.id,
            data.head.main_metric().title(),
            teacher * 100.0,
            taught * 100.0
        ));
    }
    Ok(lines)
}
