//! Mixtures of experts in a file: the entry in the manifest and the sections.

use super::quantized::{Named, Quantized};
use crate::experiment::Model;
use crate::fit::State;
use crate::model::mixture::{self, EPSILON, Scope};
use anyhow::{Context, Result};
use pupil_core::format::manifest as format;
use pupil_core::format::writer::FileBuilder;
use pupil_core::parts::mixture::{BlockWeights, ExpertWeights, MixtureWeights};
use pupil_core::quant::round_to_f16;

/// The entry of a model's mixture in the manifest, if it has one.
pub(super) fn entry_of(model: &Model) -> Option<format::Mixture> {
    let mixture = model.learner.mixture.as_ref()?;
    Some(entry(mixture.config(), model.learner.encoder.width()))
}

/// The entry of a mixture for vectors of `width`.
pub(super) fn entry(c: &mixture::Config, width: usize) -> format::Mixture {
    #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
    let epsilon = EPSILON as f32;
    format::Mixture {
        scope: if c.scope == Scope::Token { format::Scope::Token } else { format::Scope::Pooled },
        width,
        blocks: c.blocks,
        experts: c.experts,
        hidden: c.hidden,
        gate: c.gate,
        task_embedding: c.task_embedding,
        top_k: c.top_k,
        epsilon,
        experts_of: None,
    }
}

/// Adds gates, experts and normalization of the mixture; a task pack may have no experts.
pub(super) fn add(
    file: &mut FileBuilder,
    name: &str,
    (model, state): (&Model, &State),
    with_experts: bool,
) -> Result<()> {
    let Some(mixture) = &model.learner.mixture else { return Ok(()) };
    let (c, width) = (mixture.config(), model.learner.encoder.width());
    let own = state.iter().filter_map(|(n, v)| Some((n.strip_prefix("mixture.")?.to_owned(), v.as_slice())));
    let parts = Named::new(own);
    let mut blocks = Vec::new();
    for b in 0..c.blocks {
        let part = |name: &str| format!("block.{b}.{name}");
        let (up, up_bias) = (parts.get(&part("up"))?, parts.get(&part("up.bias"))?);
        let (down, down_bias) = (parts.get(&part("down"))?, parts.get(&part("down.bias"))?);
        let experts: Vec<[Quantized; 2]> = (0..if with_experts { c.experts } else { 0 })
            .map(|j| {
                let rows = j * c.hidden..(j + 1) * c.hidden;
                let own: Vec<f32> = down
                    .chunks_exact(c.experts * c.hidden)
                    .flat_map(|row| &row[rows.clone()])
                    .copied()
                    .collect();
                [
                    Quantized::new(&up[rows.start * width..rows.end * width], width, &up_bias[rows.clone()]),
                    Quantized::new(&own, c.hidden, &down_bias[j * width..(j + 1) * width]),
                ]
            })
            .collect();
        blocks.push((parts.dense(&part("gate"))?, parts.dense(&part("gate.output"))?, experts));
    }
    let weights = MixtureWeights {
        blocks: blocks
            .iter()
            .map(|(gate, output, experts)| BlockWeights {
                gate: gate.linear(),
                gate_output: output.linear(),
                experts: experts
                    .iter()
                    .map(|[up, down]| ExpertWeights { up: up.linear(), down: down.linear() })
                    .collect(),
            })
            .collect(),
        norm: if c.scope == Scope::Pooled { Some(parts.norm("norm")?) } else { None },
    };
    file.mixture(name, &weights);
    Ok(())
}

/// Adds the embedding of a task, in models with a mixture.
///
/// # Errors
///
/// When the model lacks it.
pub(super) fn add_task(
    file: &mut FileBuilder,
    id: &str,
    (model, state): (&Model, &State),
    task: usize,
) -> Result<()> {
    let Some(mixture) = &model.learner.mixture else { return Ok(()) };
    let n = mixture.config().task_embedding;
    let all = state.get("mixture.tasks").context("the model has no task embeddings")?;
    let place = model.group(task);
    let row: Vec<f32> = all[place * n..(place + 1) * n].iter().map(|v| round_to_f16(*v)).collect();
    file.f16(format!("task.{id}.embedding"), &[n], &row);
    Ok(())
}
