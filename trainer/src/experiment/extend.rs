//! Adding a task to a finished model: encoder and old heads are frozen; a part of the mixture and the new head are
//! trained on the task's answers and on a few answers of each old task.

use super::init::Start;
use super::spec::{Base, ModelSpec};
use super::{Experiment, Model};
use crate::fit::read_state;
use anyhow::{Context, Result};
use std::collections::BTreeMap;

impl Experiment<'_> {
    /// The base with one more task, whose parameters are random.
    pub(super) fn with_added_task(&self, spec: &ModelSpec, base: &Base) -> Result<Model> {
        let old = self.trained(&base.model)?;
        let start = Start {
            tokenizer: old.tokenizer,
            encoder: old.learner.encoder,
            parameters: old.learner.parameters,
        };
        let mut model = self.assemble(spec, start)?;
        let mut state = read_state(&self.parameters_of(&base.model))?;
        let mut trained = BTreeMap::new();
        // In every parameter, the values of a task follow those of the tasks before it.
        for (name, values) in model.learner.state()? {
            let known = state.get_mut(&name).with_context(|| format!("the base has no `{name}`"))?;
            let grown = known.len()..values.len();
            if !grown.is_empty() {
                trained.insert(name.clone(), grown.clone());
            } else if base.parts.trains(&name) {
                trained.insert(name.clone(), 0..values.len());
            }
            known.extend_from_slice(&values[grown]);
        }
        model.learner.set_state(&state)?;
        model.learner.trained = Some(trained);
        Ok(model)
    }
}
