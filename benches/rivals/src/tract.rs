//! tract, with a plan for one number of tokens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow};
use tract_core::prelude::{
    Datum as _, Framework as _, IntoRunnable as _, Tensor, TractResult, TypedRunnableModel, tvec,
};
use tract_onnx::prelude::{InferenceFact, InferenceModelExt as _};

use crate::system::{First, System, first, timed};

/// A plan of one graph.
pub(crate) struct Tract {
    name: String,
    path: PathBuf,
    plan: Arc<TypedRunnableModel>,
}

impl Tract {
    /// Reads a graph and plans it for this many tokens.
    pub(crate) fn new(name: &str, path: PathBuf, tokens: usize) -> Result<Self> {
        let plan = plan(&path, tokens).map_err(|e| anyhow!("{e:#}"))?;
        Ok(Self { name: name.into(), path, plan })
    }
}

fn plan(path: &Path, tokens: usize) -> TractResult<Arc<TypedRunnableModel>> {
    // The intermediate shapes in the graph hold for one length only, but tract relies on them.
    let onnx = tract_onnx::onnx().with_ignore_output_shapes(true).with_ignore_value_info(true);
    let mut model = onnx.model_for_path(path)?;
    model.set_input_fact(0, InferenceFact::dt_shape(i64::datum_type(), [1, tokens]))?;
    model.into_optimized()?.into_runnable()
}

/// Runs the plan and passes its output to `take`.
fn run<T>(plan: &Arc<TypedRunnableModel>, ids: &[i64], take: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let call = || -> TractResult<T> {
        let ids = Tensor::from_shape(&[1, ids.len()], ids)?;
        let outputs = plan.run(tvec!(ids.into()))?;
        let view = outputs[0].to_plain_array_view::<f32>()?;
        Ok(take(view.as_slice().unwrap_or_default()))
    };
    call().map_err(|e| anyhow!("{e:#}"))
}

impl System for Tract {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
        run(&self.plan, &ids, <[f32]>::to_vec)
    }

    fn seconds(&mut self, ids: &[u32], calls: usize) -> Result<f64> {
        let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
        timed(calls, || run(&self.plan, &ids, <[f32]>::len))
    }

    fn first(&mut self, ids: &[u32]) -> Result<First> {
        let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
        let open = || plan(&self.path, ids.len()).map_err(|e| anyhow!("{e:#}"));
        first(open, |plan| run(plan, &ids, <[f32]>::len))
    }
}
