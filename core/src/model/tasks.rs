//! The mixtures and the tasks of one file, which may be a whole model or a task pack.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::memory::Memory;
use crate::error::{Error, Result};
use crate::format::check::damaged;
use crate::format::manifest::{Input, Manifest, Mixture, Task};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::parts::head::PackedHead;
use crate::parts::mixture::{self, PackedMixture};
use crate::score::Rules;

/// The mixtures and tasks of a file, and the file.
#[derive(Debug)]
pub(crate) struct TaskSet {
    file: ModelFile,
    mixtures: Vec<LazyMixture>,
    tasks: Vec<TaskModel>,
    places: HashMap<String, usize>,
    /// How much memory all of it needs at most.
    memory: Memory,
}

/// A mixture, packed when it is first used.
#[derive(Debug)]
struct LazyMixture {
    name: String,
    dimensions: Mixture,
    packed: OnceLock<Result<PackedMixture>>,
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
    pub(super) head: PackedHead,
    pub(super) rules: Rules,
}

impl TaskSet {
    /// Packs the heads of a checked file. `encoders` gives the place of each encoder that the tasks name; what all of
    /// it takes is added to `memory`.
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
            let bytes = mixture::packed_bytes(dimensions);
            own.add_packed(bytes, bytes)?;
            mixtures.push(LazyMixture {
                name: name.clone(),
                dimensions: dimensions.clone(),
                packed: OnceLock::new(),
            });
        }
        let mut tasks = Vec::with_capacity(manifest.tasks.len());
        for task in &manifest.tasks {
            let task = TaskModel::new(&file, task, encoders[&task.encoder], kernels)?;
            own.add(task.head.memory_bytes())?;
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
    pub(super) fn of_pack(file: ModelFile, kernels: &Kernels) -> Result<Self> {
        let encoders = file.manifest().base.iter().flat_map(|base| base.encoders.keys().cloned());
        let places = encoders.enumerate().map(|(i, name)| (name, i)).collect();
        Self::new(file, &places, kernels, &mut Memory::default())
    }

    /// What the file says about itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        self.file.manifest()
    }

    /// How much memory all of it needs at most, the file too.
    pub(super) fn memory(&self) -> Memory {
        self.memory
    }

    /// The file.
    pub(super) fn file(&self) -> &ModelFile {
        &self.file
    }

    /// Returns the file.
    #[cfg(feature = "write")]
    pub(super) fn into_file(self) -> ModelFile {
        self.file
    }

    /// The task of that id.
    pub(super) fn task(&self, id: &str) -> Option<&TaskModel> {
        Some(&self.tasks[*self.places.get(id)?])
    }

    /// Dimensions of the mixture at that place.
    pub(super) fn mixture_dimensions(&self, place: usize) -> &Mixture {
        &self.mixtures[place].dimensions
    }

    /// Bytes of the file.
    pub(super) fn file_bytes(&self) -> usize {
        self.file.len()
    }

    /// Bytes that packed heads and the mixtures used so far hold.
    pub(crate) fn packed_bytes(&self) -> usize {
        let heads: usize = self.tasks.iter().map(|task| task.head.memory_bytes()).sum();
        let mixtures = self.mixtures.iter().filter_map(|x| x.packed.get()?.as_ref().ok());
        heads + mixtures.map(PackedMixture::memory_bytes).sum::<usize>()
    }

    /// The packed mixture at that place; packs it on first use.
    pub(super) fn mixture(&self, place: usize, base: &Self, kernels: &Kernels) -> Result<&PackedMixture> {
        let LazyMixture { name, dimensions, packed } = &self.mixtures[place];
        let packed = packed.get_or_init(|| {
            let experts = match &dimensions.experts_of {
                None => None,
                Some(of) => {
                    let theirs = base.mixtures.iter().position(|m| m.name == *of);
                    let theirs = theirs.ok_or_else(|| damaged(format!("the base has no mixture {of}")))?;
                    Some(base.mixture(theirs, base, kernels)?)
                }
            };
            mixture::load(&self.file, name, dimensions, experts, kernels)
        });
        packed.as_ref().map_err(|e| Error::new(e.kind(), format!("mixture {name}: {e}")))
    }
}

impl TaskModel {
    fn new(file: &ModelFile, task: &Task, encoder: usize, kernels: &Kernels) -> Result<Self> {
        let manifest = file.manifest();
        let input = manifest.encoder(&task.encoder).map_or(0, |encoder| encoder.output_len());
        let mixed = task.mixture.as_ref().and_then(|name| {
            let mixture = manifest.mixtures.keys().position(|other| other == name)?;
            Some(Mixed { mixture, embedding: file.f32s(&mixture::task_embedding(&task.id)) })
        });
        Ok(Self {
            encoder,
            mixed,
            input: task.input,
            head: PackedHead::load(file, task, input, kernels)?,
            rules: Rules::new(task),
        })
    }
}
