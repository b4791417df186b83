//! Task packs: files with one added task, which are used with the file of their base.

use super::{Part, add_task, audit, guard as guards, head, manifest, mixture, name};
use crate::experiment::Experiment;
use crate::guard::Fitted;
use crate::recipe::TrainedParts;
use anyhow::{Context, Result};
use pupil_core::Scorer;
use pupil_core::format::manifest::{self as format, Head, Task};
use pupil_core::format::writer::FileBuilder;
use std::collections::BTreeMap;

/// Builds the pack of the task that a model adds to its base, whose file `base` has opened. The pack has its own
/// experts only if they were trained.
///
/// # Errors
///
/// When the model has no base or no mixture.
pub fn build_pack(
    experiment: &Experiment<'_>,
    part: &Part,
    base: &Scorer,
    recipe_blake3: &str,
    guard: Option<&Fitted>,
) -> Result<FileBuilder> {
    let Part { spec, model, decisions, metrics } = part;
    let own = spec.base.as_ref().context("a pack needs a model with an added task")?;
    let (task, place) = (spec.tasks[spec.tasks.len() - 1], spec.tasks.len() - 1);
    let state = model.learner.state()?;
    let data = &experiment.corpus.train.tasks[task];
    let mut manifest = manifest(experiment, &[spec], recipe_blake3);
    manifest.name = format!("{}-{}", experiment.recipe.model_name(), data.id);
    let shared = name(experiment.corpus, &own.model);
    let own_experts = own.parts == TrainedParts::Mixture;
    let mut entry = mixture::entry_of(model).context("the model has no mixture")?;
    let mut mixtures = BTreeMap::new();
    if !own_experts {
        mixtures.insert(shared.clone(), entry.clone());
        entry.experts_of = Some(shared.clone());
    }
    manifest.base = Some(format::Base {
        name: base.manifest().name.clone(),
        blake3: base.blake3().to_owned(),
        encoders: base.manifest().encoders.clone(),
        mixtures,
    });
    manifest.mixtures.insert(shared.clone(), entry);
    let hidden = spec.head.hidden.units(model.learner.encoder.width());
    manifest.tasks.push(Task {
        encoder: shared.clone(),
        mixture: Some(shared.clone()),
        head: Head { kind: data.head.in_file(), hidden },
        metrics: metrics.get(place).cloned().unwrap_or_default(),
        audit: audit(experiment, &data.id, std::iter::once(&state)),
        ..head::entry(experiment.recipe, experiment.corpus, task, &decisions[place])
    });
    if let Some(guard) = guard {
        guards::enter(&mut manifest, guard, experiment.corpus);
    }
    let mut file = FileBuilder::new(manifest.clone());
    file.half_scales(true);
    if let Some(guard) = guard {
        guards::add(&mut file, guard, &manifest, experiment.corpus);
    }
    mixture::add(&mut file, &shared, (model, &state), own_experts)?;
    add_task(&mut file, &data.id, (model, &state), (task, &decisions[place].shifts))?;
    Ok(file)
}
