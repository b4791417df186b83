//! The mixtures and the tasks of one file, which may be a whole model or a task pack.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::memory::Memory;
use crate::error::{Error, Result};
use crate::format::check::damaged;
use crate::format::manifest::{GuardLimits, HeadKind, Input, Manifest, MemberRef, Mixture, Scope, Task};
use crate::format::reader::ModelFile;
use crate::guard::{Findings, Reference, TextModel};
use crate::kernels::Kernels;
use crate::parts::guard;
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

/// The mixture of a member.
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
    /// In the order in which they run, so that those which share a tokenizer or an encoder follow each other.
    pub(super) members: Vec<MemberModel>,
    /// What the probabilities of each member are multiplied by, in the order of the file; empty for one member.
    pub(super) weights: Vec<f32>,
    /// The kind of the task's own head.
    pub(super) kind: HeadKind,
    pub(super) labels: usize,
    pub(super) input: Input,
    pub(super) rules: Rules,
    pub(super) guard: Option<TaskWatch>,
}

/// What tells answers to a task that no model should judge.
#[derive(Debug)]
pub(super) struct TaskWatch {
    texts: Arc<TextModel>,
    topic: Box<[i8]>,
    limits: GuardLimits,
}

impl TaskWatch {
    /// Reads an answer.
    pub(super) fn findings(
        &self,
        reference: Option<&str>,
        answer: &str,
        scratch: &mut Reference,
    ) -> Findings {
        scratch.read(reference);
        self.texts.values(answer, scratch, &self.topic).beyond(&self.limits)
    }
}

/// A member of a task, packed.
#[derive(Debug)]
pub(crate) struct MemberModel {
    /// Place in the file.
    pub(super) place: usize,
    /// Place of the encoder.
    pub(super) encoder: usize,
    pub(super) mixed: Option<Mixed>,
    pub(super) head: PackedHead,
    pub(super) start: Start,
    /// Whether the encoder's vector is kept before the mixture changes it, since the next member reads it as well.
    pub(super) keeps_vector: bool,
    /// Whether the answer's words are counted where this member reads it.
    pub(super) counts: bool,
}

/// What a member can take over from the one that ran before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing: it begins with the text.
    Text,
    /// The ids of the tokens.
    Ids,
    /// The vector of the encoder.
    Vector,
    /// The vector of the encoder, which the mixture of the one before has replaced.
    KeptVector,
}

impl TaskSet {
    /// Packs the heads of a checked file. `encoders` gives the place of each encoder that the tasks name; what all of
    /// it takes is added to `memory`, where the file itself is counted already.
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
        // Each part is counted twice: in what this file takes, and in what there is altogether, before the next is
        // built.
        let mut count = |bytes: usize, passing: usize| {
            own.add_packed(bytes, passing)?;
            memory.add_packed(bytes, passing)
        };
        let manifest = file.manifest();
        let mut mixtures = Vec::with_capacity(manifest.mixtures.len());
        for (name, dimensions) in &manifest.mixtures {
            let bytes = mixture::packed_bytes(dimensions);
            count(bytes, bytes)?;
            mixtures.push(LazyMixture {
                name: name.clone(),
                dimensions: dimensions.clone(),
                packed: OnceLock::new(),
            });
        }
        let mut guards = HashMap::new();
        for (name, d) in &manifest.guards {
            let texts = guard::load(&file, name, d)?;
            count(texts.memory_bytes(), 0)?;
            guards.insert(name.clone(), Arc::new(texts));
        }
        let mut tasks = Vec::with_capacity(manifest.tasks.len());
        for task in &manifest.tasks {
            let task = TaskModel::new(&file, task, encoders, &guards, kernels)?;
            count(task.memory_bytes(), 0)?;
            tasks.push(task);
        }
        let places = manifest.tasks.iter().enumerate().map(|(i, task)| (task.id.clone(), i)).collect();
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
        let mut memory = Memory::default();
        memory.add(file.len())?;
        Self::new(file, &places, kernels, &mut memory)
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
        let heads: usize = self.tasks.iter().map(TaskModel::memory_bytes).sum();
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
            let packed = mixture::load(&self.file, name, dimensions, experts, kernels)?;
            self.file.unchanged(&format!("mixture.{name}."))?;
            Ok(packed)
        });
        packed.as_ref().map_err(|e| Error::new(e.kind(), format!("mixture {name}: {e}")))
    }
}

impl TaskModel {
    fn new(
        file: &ModelFile,
        task: &Task,
        encoders: &HashMap<String, usize>,
        guards: &HashMap<String, Arc<TextModel>>,
        kernels: &Kernels,
    ) -> Result<Self> {
        let manifest = file.manifest();
        let mut members = Vec::with_capacity(1 + task.members.len());
        let mut plan: Vec<Step<'_>> = Vec::with_capacity(1 + task.members.len());
        let mut counting = None;
        for member in task.all_members() {
            let step = Step::new(manifest, encoders, member);
            if counting.is_none() && step.tokenizer.is_some() {
                counting = Some(member.place);
            }
            // Behind those with the same key: members that nothing tells apart stay in the order of the file. A sort
            // of the library would be more code than all of this.
            let at = plan.partition_point(|other| other.key() <= step.key());
            plan.insert(at, step);
        }
        for (n, step) in plan.iter().enumerate() {
            let start = n.checked_sub(1).map_or(Start::Text, |before| step.after(&plan[before]));
            let next = plan.get(n + 1).map(|next| next.after(step));
            let member = step.member;
            members.push(MemberModel {
                place: member.place,
                encoder: step.encoder,
                mixed: step
                    .mixture
                    .map(|mixture| Mixed { mixture, embedding: file.f32s(&mixture::task_embedding(member)) }),
                head: PackedHead::load(file, member, task.labels.len(), step.width, kernels)?,
                start,
                keeps_vector: next == Some(Start::KeptVector),
                counts: member.place == counting.unwrap_or_default(),
            });
        }
        Ok(Self {
            weights: shares(task),
            members,
            kind: task.head.kind,
            labels: task.labels.len(),
            input: task.input,
            rules: Rules::new(task),
            guard: task.guard.as_ref().and_then(|guard| {
                let texts = Arc::clone(guards.get(&guard.model)?);
                Some(TaskWatch { texts, topic: guard::topic(file, task), limits: guard.limits })
            }),
        })
    }

    /// Bytes of memory that the heads hold, and the weights of the task's words.
    fn memory_bytes(&self) -> usize {
        let heads: usize = self.members.iter().map(|member| member.head.memory_bytes()).sum();
        heads + self.guard.as_ref().map_or(0, |guard| guard.topic.len())
    }
}

/// What the members of a task are multiplied by: their weights, divided by the sum of all. One member needs none.
fn shares(task: &Task) -> Vec<f32> {
    if task.members.is_empty() {
        return Vec::new();
    }
    let sum = task.all_members().fold(0.0, |sum, member| sum + member.weight);
    task.all_members().map(|member| member.weight / sum).collect()
}

/// What decides when a member runs.
struct Step<'a> {
    member: MemberRef<'a>,
    tokenizer: Option<&'a str>,
    /// Place of the encoder, and the length of its vector.
    encoder: usize,
    width: usize,
    /// Place of the mixture.
    mixture: Option<usize>,
    changes: Changes,
}

/// What the mixture of a member changes of what its encoder gave. Members that change less run first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Changes {
    Nothing,
    Vector,
    /// The vectors of the tokens as well.
    Tokens,
}

impl<'a> Step<'a> {
    fn new(manifest: &'a Manifest, encoders: &HashMap<String, usize>, member: MemberRef<'a>) -> Self {
        let encoder = manifest.encoder(member.encoder);
        let mixture = member.mixture.and_then(|name| manifest.mixtures.get(name));
        Self {
            member,
            tokenizer: encoder.and_then(|encoder| Some(encoder.tokenizer()?.0)),
            encoder: encoders[member.encoder],
            width: encoder.map_or(0, |encoder| encoder.output_len()),
            mixture: member.mixture.and_then(|name| manifest.mixtures.keys().position(|other| other == name)),
            changes: match mixture.map(|mixture| mixture.scope) {
                None => Changes::Nothing,
                Some(Scope::Pooled) => Changes::Vector,
                Some(Scope::Token) => Changes::Tokens,
            },
        }
    }

    /// Steps run in the order of this.
    fn key(&self) -> (Option<&str>, usize, Changes) {
        (self.tokenizer, self.encoder, self.changes)
    }

    /// What it can take over from the step before it.
    fn after(&self, before: &Step<'_>) -> Start {
        if self.tokenizer != before.tokenizer {
            Start::Text
        } else if self.encoder != before.encoder || before.changes == Changes::Tokens {
            Start::Ids
        } else if before.changes == Changes::Nothing {
            Start::Vector
        } else {
            Start::KeptVector
        }
    }
}
