//! On which values of its vectors a teacher's loss depends.

use super::targets::certain;
use super::{Experiment, ModelSpec};
use crate::fit::Objective;
use crate::labels::Vectors;
use crate::loss::{HeadLoss, RowTarget, features};
use anyhow::{Context, Result};
use candle_core::{Device, Var};

/// Answers whose gradients are computed together.
const BATCH: usize = 256;

impl Experiment<'_> {
    /// The values of a teacher's vectors, the one on which its loss on graded training answers depends most first.
    ///
    /// # Errors
    ///
    /// When the teacher is not trained, or candle fails.
    pub fn influence(&self, spec: &ModelSpec, vectors: &Vectors) -> Result<Vec<usize>> {
        let (model, set) = (self.trained(spec)?, &self.corpus.train);
        let graded: Vec<(usize, RowTarget)> = self
            .corpus
            .split
            .train
            .iter()
            .filter_map(|i| {
                let answer = &set.answers[*i];
                let truth = certain(&set.tasks[answer.task], &answer.target)?;
                let hard = Some((model.head(answer.task).target(&truth), 1.0));
                let group = model.group(answer.task);
                Some((*i, RowTarget { group, hard, soft: None, vector: None, taught: None }))
            })
            .collect();
        let (mut values, mut gradients) = (Vec::new(), Vec::new());
        let (head, form) = (&model.learner.head, Objective::default().distillation);
        for chunk in graded.chunks(BATCH) {
            let own: Vec<Vec<f32>> = chunk.iter().map(|(i, _)| vectors.rows()[*i].to_vec()).collect();
            let width = own.first().map_or(0, Vec::len);
            let device = model.learner.parameters.flat.device();
            let var = Var::from_vec(own.concat(), (own.len(), width), &Device::Cpu)?;
            let groups: Vec<usize> = chunk.iter().map(|(_, row)| row.group).collect();
            let logits = head.forward(&var.to_device(device)?, &groups, None)?;
            let rows = chunk.iter().map(|(_, row)| row.clone()).collect();
            let loss = HeadLoss::new(head.groups().to_vec(), rows, form, 0.0, 1.0).apply(&logits)?;
            let store = loss.backward()?;
            let gradient = store.get(&var).context("a teacher's vectors have a gradient")?;
            // The loss is a mean over the chunk, so that a smaller last one would count more.
            gradients.extend(gradient.affine(own.len() as f64, 0.0)?.to_vec2::<f32>()?);
            values.extend(own);
        }
        Ok(features::by_influence(&values, &gradients))
    }
}
