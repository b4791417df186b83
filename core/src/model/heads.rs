//! What reads the vectors of encoders: the mixtures and the tasks of one file, a whole model or a task pack.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::check::{check_biases, check_cuts, check_mixture, check_scales, check_weights, damaged};
use super::memory::{Memory, mixture_bytes};
use super::plain::{Plain, PlainNorm};
use crate::error::{Error, Result};
use crate::format::manifest::{self, HeadKind, Input, Manifest, Scope};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::layers::{BlockWeights, ExpertWeights, Linear, Mixture, MixtureWeights, head, relu};
use crate::score::Rules;
use crate::session::Session;

/// The mixtures and tasks of a file, and the file.
#[derive(Debug)]
pub(crate) struct Heads {
    file: ModelFile,
    mixtures: Vec<LazyMixture>,
    tasks: Vec<TaskModel>,
    places: HashMap<String, usize>,
    /// What all of it takes at most.
    memory: Memory,
}

/// A mixture, packed when it is first used.
#[derive(Debug)]
struct LazyMixture {
    name: String,
    dimensions: manifest::Mixture,
    packed: OnceLock<Result<Mixture>>,
}

/// The mixture of a task.
#[derive(Debug)]
pub(super) struct Mixed {
    /// Place of the mixture.
    pub(super) mixture: usize,
    /// Embedding of the task.
    pub(super) embedding: Vec<f32>,
}

/// A task, packed.
#[derive(Debug)]
pub(crate) struct TaskModel {
    /// Place of the encoder.
    pub(super) encoder: usize,
    pub(super) mixed: Option<Mixed>,
    pub(super) input: Input,
    kind: HeadKind,
    temperature: f32,
    /// Hidden layer and output; none where the encoder's numbers are the outputs.
    layers: Option<(Linear, Linear)>,
    /// Ordinal heads: what is added to the output for each step between levels.
    cuts: Vec<f32>,
    pub(super) rules: Rules,
}

impl Heads {
    /// Checks what the structure of a file left open, and packs the heads. `encoders` gives the place of each encoder
    /// that the tasks name; what all of it takes is added to `memory`.
    ///
    /// # Errors
    ///
    /// [`crate::ErrorKind::Damaged`] or [`crate::ErrorKind::TooLarge`].
    pub(super) fn new(
        file: ModelFile,
        encoders: &HashMap<String, usize>,
        kernels: &Kernels,
        memory: &mut Memory,
    ) -> Result<Self> {
        let mut own = Memory::default();
        own.add(file.len())?;
        let manifest = file.manifest();
        let mut mixtures = Vec::with_capacity(manifest.mixtures.len());
        for (name, dimensions) in &manifest.mixtures {
            let bytes = mixture_bytes(dimensions);
            own.add_packed(bytes, bytes)?;
            check_mixture(&file, name, dimensions)?;
            mixtures.push(LazyMixture {
                name: name.clone(),
                dimensions: dimensions.clone(),
                packed: OnceLock::new(),
            });
        }
        let mut tasks = Vec::with_capacity(manifest.tasks.len());
        for task in &manifest.tasks {
            let task = TaskModel::new(&file, task, encoders[&task.encoder], kernels)?;
            own.add(task.memory_bytes())?;
            tasks.push(task);
        }
        let places = manifest.tasks.iter().enumerate().map(|(i, task)| (task.id.clone(), i)).collect();
        memory.join(own)?;
        Ok(Self { file, mixtures, tasks, places, memory: own })
    }

    /// Checks a task pack without its base.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub(crate) fn of_pack(file: ModelFile, kernels: &Kernels) -> Result<Self> {
        let encoders = file.manifest().base.iter().flat_map(|base| base.encoders.keys().cloned());
        let places = encoders.enumerate().map(|(i, name)| (name, i)).collect();
        Self::new(file, &places, kernels, &mut Memory::default())
    }

    /// What the file says about itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        self.file.manifest()
    }

    /// What all of it takes at most, the file too.
    pub(super) fn memory(&self) -> Memory {
        self.memory
    }

    /// The file.
    pub(super) fn file(&self) -> &ModelFile {
        &self.file
    }

    /// Gives the file back.
    #[cfg(feature = "write")]
    pub(crate) fn into_file(self) -> ModelFile {
        self.file
    }

    /// The task of that id.
    pub(super) fn task(&self, id: &str) -> Option<&TaskModel> {
        Some(&self.tasks[*self.places.get(id)?])
    }

    /// Experts of a block of the mixture at that place.
    pub(super) fn experts(&self, place: usize) -> usize {
        self.mixtures[place].dimensions.experts
    }

    /// Units of the hidden layers of a mixture's experts, at that place.
    pub(super) fn expert_hidden(&self, place: usize) -> usize {
        self.mixtures[place].dimensions.hidden
    }

    /// Bytes of the file.
    pub(super) fn file_bytes(&self) -> usize {
        self.file.len()
    }

    /// Bytes that packed heads and the mixtures used so far hold.
    pub(crate) fn packed_bytes(&self) -> usize {
        let heads: usize = self.tasks.iter().map(TaskModel::memory_bytes).sum();
        let mixtures = self.mixtures.iter().filter_map(|x| x.packed.get()?.as_ref().ok());
        heads + mixtures.map(Mixture::memory_bytes).sum::<usize>()
    }

    /// The packed mixture at that place; packs it on first use.
    pub(super) fn mixture(&self, place: usize, base: &Self, kernels: &Kernels) -> Result<&Mixture> {
        let LazyMixture { name, dimensions, packed } = &self.mixtures[place];
        let packed = packed.get_or_init(|| {
            let part = |part: String| Plain::linear(&self.file, &format!("mixture.{name}.{part}"));
            let blocks: Vec<[Vec<Plain>; 3]> = (0..dimensions.blocks)
                .map(|b| {
                    let experts = |kind: &str| {
                        (0..dimensions.own_experts())
                            .map(|j| part(format!("block.{b}.expert.{j}.{kind}")))
                            .collect()
                    };
                    let gate = vec![part(format!("block.{b}.gate")), part(format!("block.{b}.gate.output"))];
                    [gate, experts("up"), experts("down")]
                })
                .collect();
            let norm = (dimensions.scope == Scope::Pooled)
                .then(|| PlainNorm::read(&self.file, &format!("mixture.{name}.norm")));
            let weights = MixtureWeights {
                blocks: blocks
                    .iter()
                    .map(|[gate, up, down]| BlockWeights {
                        gate: gate[0].as_linear(),
                        gate_output: gate[1].as_linear(),
                        experts: up
                            .iter()
                            .zip(down)
                            .map(|(up, down)| ExpertWeights { up: up.as_linear(), down: down.as_linear() })
                            .collect(),
                    })
                    .collect(),
                norm: norm.as_ref().map(PlainNorm::weights),
            };
            match &dimensions.experts_of {
                None => Mixture::new(dimensions, &weights, kernels),
                Some(of) => {
                    let theirs = base.mixtures.iter().position(|m| m.name == *of);
                    let theirs = theirs.ok_or_else(|| damaged(format!("the base has no mixture {of}")))?;
                    Mixture::with_experts_of(
                        base.mixture(theirs, base, kernels)?,
                        dimensions,
                        &weights,
                        kernels,
                    )
                }
            }
        });
        packed.as_ref().map_err(|e| Error::new(e.kind(), format!("mixture {name}: {e}")))
    }
}

impl TaskModel {
    fn new(file: &ModelFile, task: &manifest::Task, encoder: usize, kernels: &Kernels) -> Result<Self> {
        let layer = |layer: &str, m: usize, k: usize| {
            let name = format!("task.{}.{layer}", task.id);
            let (weight, scale) = (file.i8s(&name), file.f32s(&format!("{name}.scale")));
            check_weights(file, &name)?;
            check_scales(file, &format!("{name}.scale"))?;
            check_biases(file, &format!("{name}.bias"))?;
            Linear::new(m, k, weight, &scale, &file.f32s(&format!("{name}.bias")), kernels)
        };
        let dense = task.head.hidden;
        let ordinal = task.head.kind == HeadKind::Ordinal;
        let outputs = if ordinal { 1 } else { task.labels.len() };
        let manifest = file.manifest();
        let input = manifest.encoder(&task.encoder).map_or(0, manifest::Encoder::output_len);
        let mixed = task.mixture.as_ref().and_then(|name| {
            let mixture = manifest.mixtures.keys().position(|other| other == name)?;
            Some((mixture, format!("task.{}.embedding", task.id)))
        });
        let mixed = match mixed {
            Some((mixture, section)) => {
                check_biases(file, &section)?;
                Some(Mixed { mixture, embedding: file.f32s(&section) })
            }
            None => None,
        };
        let cuts = if ordinal { check_cuts(file, &format!("task.{}.cuts", task.id))? } else { Vec::new() };
        Ok(Self {
            encoder,
            mixed,
            input: task.input,
            kind: task.head.kind,
            temperature: task.calibration.temperature,
            layers: (dense > 0)
                .then(|| Ok((layer("hidden", dense, input)?, layer("output", outputs, dense)?)))
                .transpose()?,
            cuts,
            rules: Rules::new(task),
        })
    }

    /// Bytes that the packed head holds.
    fn memory_bytes(&self) -> usize {
        self.layers.as_ref().map_or(0, |(hidden, output)| hidden.memory_bytes() + output.memory_bytes())
    }

    /// From the pooled vector to probabilities.
    pub(super) fn head(&self, session: &mut Session) {
        let Session { pooled, hidden, logits, probabilities, steps, linear, .. } = session;
        match &self.layers {
            Some((first, last)) => {
                hidden.resize(first.output_len(), 0.0);
                first.forward(pooled, linear, hidden);
                relu(hidden);
                logits.resize(last.output_len(), 0.0);
                last.forward(hidden, linear, logits);
            }
            None => {
                hidden.clear();
                logits.clone_from(pooled);
            }
        }
        steps.resize(self.cuts.len(), 0.0);
        match self.kind {
            HeadKind::Ordinal => {
                probabilities.resize(self.cuts.len() + 1, 0.0);
                head::ordinal(logits[0], &self.cuts, self.temperature, steps);
                head::levels(steps, probabilities);
            }
            HeadKind::Sigmoid => {
                probabilities.resize(logits.len(), 0.0);
                head::sigmoid(logits, self.temperature, probabilities);
            }
            HeadKind::Softmax | HeadKind::Unknown => {
                probabilities.resize(logits.len(), 0.0);
                head::softmax(logits, self.temperature, probabilities);
            }
        }
    }
}
