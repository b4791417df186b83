//! ONNX Runtime, called from Rust through its shared library.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;

use crate::system::{First, System, first, timed};

/// A session on one graph.
pub(crate) struct OnnxRuntime {
    name: String,
    environment: Environment,
    path: PathBuf,
    session: Session,
    ids: Vec<i64>,
}

/// Loads the library.
pub(crate) fn load(library: &Path) -> Result<Environment> {
    let found = ort::init_from(library).with_context(|| format!("cannot load {}", library.display()))?;
    Ok(found.with_name("rivals").build()?)
}

impl OnnxRuntime {
    /// Opens a graph with one thread without spinning, and with all optimisations.
    pub(crate) fn new(name: &str, environment: &Environment, path: PathBuf) -> Result<Self> {
        let session = open(environment, &path).with_context(|| format!("cannot open {}", path.display()))?;
        Ok(Self { name: name.into(), environment: environment.clone(), path, session, ids: Vec::new() })
    }
}

fn open(environment: &Environment, path: &Path) -> ort::Result<Session> {
    Session::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        .commit_from_file(path)
}

/// Runs the graph on so many answers of one length, and passes its output to `take`.
fn run<T>(session: &mut Session, answers: usize, ids: &[i64], take: impl FnOnce(&[f32]) -> T) -> Result<T> {
    let ids = TensorRef::from_array_view(([answers, ids.len() / answers], ids))?;
    let outputs = session.run(ort::inputs![ids])?;
    let (_, probabilities) = outputs[0].try_extract_tensor::<f32>()?;
    Ok(take(probabilities))
}

impl System for OnnxRuntime {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        self.ids = ids.iter().map(|id| i64::from(*id)).collect();
        run(&mut self.session, 1, &self.ids, <[f32]>::to_vec)
    }

    fn seconds(&mut self, ids: &[u32], calls: usize) -> Result<f64> {
        self.ids = ids.iter().map(|id| i64::from(*id)).collect();
        timed(calls, || run(&mut self.session, 1, &self.ids, |probabilities| probabilities[0]))
    }

    fn class_seconds(&mut self, answers: &[Vec<u32>], calls: usize) -> Result<Option<f64>> {
        self.ids = answers.iter().flatten().map(|id| i64::from(*id)).collect();
        let (session, ids) = (&mut self.session, &self.ids);
        timed(calls, || run(session, answers.len(), ids, |probabilities| probabilities[0])).map(Some)
    }

    fn first(&mut self, ids: &[u32]) -> Result<First> {
        let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
        let open = || Ok(open(&self.environment, &self.path)?);
        first(open, |session| run(session, 1, &ids, |probabilities| probabilities[0]))
    }
}
