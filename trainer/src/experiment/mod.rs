//! A run as a list of models: what each consists of and learns from; training it, storing it, scoring with it.
//!
//! Teachers, models of one task, baselines, models of several tasks and models with an added task are values of one
//! type, [`ModelSpec`]. [`Plan`] makes them from a recipe; an [`Experiment`] trains them and finds them again.

mod calibrate;
mod ensemble;
mod examples;
mod extend;
mod influence;
mod init;
mod merge;
mod model;
mod ngram;
mod plan;
mod reader;
mod score;
mod spec;
mod store;
mod targets;
mod train;

pub use calibrate::{Decisions, shifted};
pub use ensemble::{Combination, members_of};
pub use model::Model;
pub use plan::{Contrast, Numbers, Plan, SeedRun, Series, Variant};
pub use reader::Reader;
pub use score::{award_of, score_engine};
pub use spec::{
    Base, BertSpec, DecoderSpec, DistillationSpec, EncoderSpec, HeadSpec, Hidden, MergeSpec, MixtureSpec,
    ModelSpec, Streams, Words,
};
pub use store::Finished;

use crate::corpus::Corpus;
use crate::data::Dataset;
use crate::labels::{Labels, Vectors};
use crate::model::pretrained::Pretrained;
use crate::recipe::Recipe;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

/// What the models of a run share.
pub struct Experiment<'a> {
    /// The settings.
    pub recipe: &'a Recipe,
    /// The answers.
    pub corpus: &'a Corpus,
    /// The pretrained encoder, from which encoders and word vectors start.
    pub pretrained: &'a Pretrained,
    /// The teachers' probabilities, for models that learn from them.
    pub teaching: Option<Teaching<'a>>,
    /// Parameter files of models whose encoders are the start of these, in the order of the seeds; none where they
    /// start from the pretrained encoder.
    pub starts: Vec<PathBuf>,
    /// Folder of adapters from which those of a decoder start; none where they start untrained.
    pub adapters: Option<PathBuf>,
    /// Folder of the models.
    pub folder: PathBuf,
    /// What precedes the names of models in progress bars.
    pub stage: String,
    /// Shortest time between two checkpoints of a fit. A killed run loses about this much training at most.
    pub between_checkpoints: Duration,
    /// Decisions made so far, by the model's folder; each takes a pass over the validation answers.
    decided: Mutex<BTreeMap<PathBuf, Vec<Decisions>>>,
}

/// The teachers' probabilities.
pub struct Teaching<'a> {
    /// Those of the training part.
    pub labels: &'a Labels,
    /// A teacher's vectors of the training part, for models that learn them.
    pub vectors: Option<&'a Vectors>,
    /// The teacher's units, the one on which its loss depends most first; empty unless they are learned.
    pub units: &'a [usize],
    /// Perturbed copies of it, with theirs.
    pub copies: Vec<Transfer<'a>>,
    /// Hash of those copies that a first student has determined, if there are any.
    pub targeted: Option<&'a str>,
    /// Hash of the teachers.
    pub blake3: &'a str,
    /// Parameter file of each teacher of all tasks.
    pub joint: Vec<PathBuf>,
}

/// Answers that only a teacher has scored.
pub struct Transfer<'a> {
    /// The answers.
    pub set: &'a Dataset,
    /// The teachers' probabilities for them.
    pub labels: &'a Labels,
    /// A teacher's vectors of them, for models that learn them.
    pub vectors: Option<&'a Vectors>,
}

impl<'a> Experiment<'a> {
    /// An experiment whose models are in `folder`.
    #[must_use]
    pub fn new(
        recipe: &'a Recipe,
        corpus: &'a Corpus,
        pretrained: &'a Pretrained,
        teaching: Option<Teaching<'a>>,
        folder: PathBuf,
    ) -> Self {
        Self {
            recipe,
            corpus,
            pretrained,
            teaching,
            starts: Vec::new(),
            adapters: None,
            folder,
            stage: String::new(),
            between_checkpoints: Duration::from_secs(60),
            decided: Mutex::default(),
        }
    }
}
