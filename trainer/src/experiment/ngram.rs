//! Models of n-grams: fitted in closed form, not by descent.

use super::spec::ModelSpec;
use super::store::Finished;
use super::targets::{certain, graded};
use super::{Decisions, Experiment, Model};
use crate::data::{Answer, Target};
use crate::files;
use crate::fit::{History, State};
use crate::head::TaskHead;
use crate::ngram::{Fitted, Row, Settings, fit};
use crate::ops::dropout::derive;
use crate::recipe::NGramRecipe;
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// The name of the file of a [`Regression`].
const REGRESSION: &str = "regression.json";

/// What is stored of a fit beside the parameters.
#[derive(Deserialize, Serialize)]
struct Regression {
    /// The penalty that was chosen.
    penalty: f64,
    /// Logits of the graded training answers, each by a regression that has not seen it.
    unseen: Vec<Vec<f32>>,
}

impl Experiment<'_> {
    /// Fits a model of n-grams, which has one task, and writes it.
    pub(super) fn solve(&self, spec: &ModelSpec, recipe: &NGramRecipe) -> Result<Finished> {
        let pending = self.begin(spec)?;
        let (begin, model) = (Instant::now(), self.untrained(spec)?);
        let task = *spec.tasks.first().context("a model of n-grams has a task")?;
        let data = &self.corpus.train.tasks[task];
        let head = TaskHead::of(data.head, data.labels.len());
        let settings = Settings {
            spec: recipe.spec()?,
            sublinear: recipe.sublinear,
            word_weight: recipe.word_weight,
            penalties: &recipe.penalties,
            folds: recipe.folds,
            lambda: f64::from(spec.lambda()),
            seed: derive(spec.seed, spec.streams.fit),
            awards: &|probabilities, scores| {
                let decisions = Decisions::of_probabilities(&head, data, probabilities, scores);
                probabilities.iter().map(|p| decisions.award(&head, p)).collect()
            },
        };
        let (training, validation) = (self.training_rows(spec, task)?, self.validation_rows(task));
        let fitted = fit(data, &training, &validation, &settings)
            .with_context(|| spec.folder.display().to_string())?;
        model.learner.set_state(&state(&model, &fitted))?;
        let history = History {
            train_loss: vec![fitted.training_loss],
            validation_loss: vec![fitted.validation_loss],
            seconds: begin.elapsed().as_secs_f64(),
            ..History::default()
        };
        let regression = Regression { penalty: fitted.penalty, unseen: fitted.unseen };
        files::write_json(&self.folder_of(spec).join(REGRESSION), &regression)?;
        self.finish(spec, pending, &model, history)
    }

    /// Logits of a task's graded training answers by regressions that have not seen them, and the human scores. They
    /// are as good as validation answers for setting decisions, and there are many more of them.
    pub(super) fn unseen(&self, spec: &ModelSpec, task: usize) -> Result<(Vec<Vec<f32>>, Vec<Target>)> {
        let file = self.folder_of(spec).join(REGRESSION);
        let Regression { unseen, .. } = files::read_json(&file)?;
        let rows = self.graded(task);
        ensure!(
            rows.len() == unseen.len(),
            "{} has {} answers, the task {}: remove the folder and run `distil` again",
            file.display(),
            unseen.len(),
            rows.len()
        );
        Ok((unseen, rows.into_iter().map(|i| self.corpus.train.answers[i].target.clone()).collect()))
    }

    /// The answers that a task is fitted to: those with a human score and, if a teacher is learned from, those that
    /// only the teacher has scored.
    fn training_rows(&self, spec: &ModelSpec, task: usize) -> Result<Vec<Row<'_>>> {
        let set = &self.corpus.train;
        let soft = match spec.distillation {
            None => vec![None; set.answers.len()],
            Some(_) => self.teaching()?.labels.aligned(set)?,
        };
        let mut rows = Vec::new();
        for i in self.corpus.split.train.iter().filter(|i| set.answers[**i].task == task) {
            let (answer, rater) = (&set.answers[*i], self.corpus.second_raters[task]);
            let human = graded(&set.tasks[task], answer, rater);
            rows.push(Row { human, teacher: soft[*i], ..self.row(answer) });
        }
        for copies in self.teaching.iter().flat_map(|t| &t.copies).filter(|_| spec.beyond_scores()) {
            for (answer, teacher) in copies.set.answers.iter().zip(copies.labels.aligned(copies.set)?) {
                if answer.task == task {
                    // A copy is called after its answer, `ID~1`.
                    let source = answer.id.rsplit_once('~').map_or(answer.id.as_str(), |(id, _)| id);
                    rows.push(Row { teacher, source, ..self.row(answer) });
                }
            }
        }
        rows.retain(|row| row.human.is_some() || spec.beyond_scores() && row.teacher.is_some());
        Ok(rows)
    }

    fn validation_rows(&self, task: usize) -> Vec<Row<'_>> {
        let answers = self.corpus.split.validation.iter().map(|i| &self.corpus.train.answers[*i]);
        answers.filter(|a| a.task == task).map(|a| self.row(a)).filter(|row| row.human.is_some()).collect()
    }

    /// An answer with its first score.
    fn row<'a>(&self, answer: &'a Answer) -> Row<'a> {
        let human = certain(&self.corpus.train.tasks[answer.task], &answer.target);
        Row { text: &answer.text, target: answer.target.clone(), human, teacher: None, source: &answer.id }
    }
}

/// The parameters of a fitted model. Its head passes the encoder's outputs on and adds the biases.
fn state(model: &Model, fitted: &Fitted) -> State {
    let units = model.learner.encoder.width();
    let identity = (0..units * units).map(|i| if i % (units + 1) == 0 { 1.0 } else { 0.0 });
    State::from([
        ("encoder".to_owned(), [&fitted.idf[..], &fitted.weight].concat()),
        ("head.output.weight".to_owned(), identity.collect()),
        ("head.output.bias".to_owned(), fitted.bias.clone()),
    ])
}
