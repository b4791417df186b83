//! A network with its tokenizer and its tasks.

use super::Reader;
use crate::data::{Answer, Dataset};
use crate::fit::Learner;
use crate::head::TaskHead;
use crate::model::{Batch, Mode};
use crate::tokenizer::Encoded;
use anyhow::{Context, Result};

/// Answers per batch in inference.
const BATCH: usize = 64;

/// A model as the trainer runs it: a teacher or a student, trained or not.
pub struct Model {
    /// Its tasks, indices into the corpus, in the order of its heads.
    pub tasks: Vec<usize>,
    /// What it reads of a text.
    pub tokenizer: Reader,
    /// Encoder, mixture and heads.
    pub learner: Learner,
    /// Whether it reads the reference answer before the student's.
    pub pairs: bool,
}

impl Model {
    /// The index of a task's head.
    ///
    /// # Panics
    ///
    /// When the model does not have the task.
    #[must_use]
    pub fn group(&self, task: usize) -> usize {
        self.tasks.iter().position(|t| *t == task).expect("the task is one of the model's")
    }

    /// The head of a task.
    ///
    /// # Panics
    ///
    /// When the model does not have the task.
    #[must_use]
    pub fn head(&self, task: usize) -> &TaskHead {
        &self.learner.head.tasks()[self.group(task)]
    }

    /// The tokens or n-grams of an answer.
    ///
    /// # Errors
    ///
    /// When the tokenizer refuses the text.
    pub fn encode(&self, answer: &Answer) -> Result<Encoded> {
        self.tokenizer.encode(answer.reference.as_deref().filter(|_| self.pairs), &answer.text)
    }

    /// Logits for the answers of a set at the indices `rows`; for each answer those of its own task.
    ///
    /// # Errors
    ///
    /// When the tokenizer or the network fails.
    pub fn logits(
        &self,
        set: &Dataset,
        rows: &[usize],
        progress: impl FnMut(usize),
    ) -> Result<Vec<Vec<f32>>> {
        let groups: Vec<usize> = rows.iter().map(|i| self.group(set.answers[*i].task)).collect();
        let texts: Vec<Encoded> =
            rows.iter().map(|i| self.encode(&set.answers[*i])).collect::<Result<_>>()?;
        let both: Vec<(&Encoded, usize)> = texts.iter().zip(groups.iter().copied()).collect();
        let all = self.learner.infer(&both, BATCH, progress)?;
        let columns = |group: usize| self.learner.head.groups()[group].columns.clone();
        Ok(all.into_iter().zip(groups).map(|(row, group)| row[columns(group)].to_vec()).collect())
    }

    /// The vectors from which the heads score the answers of a set at the indices `rows`.
    ///
    /// # Errors
    ///
    /// When the tokenizer or the network fails.
    pub fn vectors(
        &self,
        set: &Dataset,
        rows: &[usize],
        mut progress: impl FnMut(usize),
    ) -> Result<Vec<Vec<f32>>> {
        let mut all = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(BATCH) {
            let mut batch = Batch::default();
            for i in chunk {
                let text = self.encode(&set.answers[*i])?;
                batch.push_for(self.group(set.answers[*i].task), &text.ids, &text.segments);
            }
            all.extend(self.learner.outputs(&batch, Mode::Infer)?.vectors.to_vec2::<f32>()?);
            progress(chunk.len());
        }
        Ok(all)
    }

    /// Mean weight of each expert for each task on the answers of a set: block, task, expert.
    ///
    /// # Errors
    ///
    /// When the network fails or has no mixture.
    pub fn expert_weights(&self, set: &Dataset) -> Result<Vec<Vec<Vec<f64>>>> {
        let mixture = self.learner.mixture.as_ref().context("a model without mixture has no experts")?;
        let c = mixture.config();
        let mut used = vec![vec![vec![0.0; c.experts]; self.tasks.len()]; c.blocks];
        for (group, task) in self.tasks.iter().enumerate() {
            let rows: Vec<usize> = set.of_task(*task).collect();
            for chunk in rows.chunks(BATCH) {
                let mut batch = Batch::default();
                for i in chunk {
                    let text = self.encode(&set.answers[*i])?;
                    batch.push_for(group, &text.ids, &text.segments);
                }
                let out = self.learner.outputs(&batch, Mode::Infer)?;
                for (block, alpha) in used.iter_mut().zip(&out.experts) {
                    for row in alpha.to_vec2::<f32>()? {
                        for (sum, a) in block[group].iter_mut().zip(row) {
                            *sum += f64::from(a) / rows.len() as f64;
                        }
                    }
                }
            }
        }
        Ok(used)
    }

    /// Number of values, including frozen word vectors.
    #[must_use]
    pub fn parameters(&self) -> usize {
        let words = match &self.learner.parameters.words {
            Some(crate::model::params::Words::Frozen(words)) => words.elem_count(),
            _ => 0,
        };
        words + self.learner.variables().iter().map(|v| v.1.elem_count()).sum::<usize>()
    }
}
