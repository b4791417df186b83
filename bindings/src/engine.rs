//! The object that apps hold.

use std::path::Path;
use std::sync::Arc;

use pupil_core::Scorer;

use crate::batch::{self, Cancellation, Columns, Packed, Progress};
use crate::descriptor;
use crate::error::{PupilError, guarded};
use crate::types::{About, ExpertUse, Explanation, Options, Score, Task};

/// An open model. Any number of threads may use it at once; the same file and the same text give the same bits everywhere.
#[derive(Debug, uniffi::Object)]
pub struct Engine {
    scorer: Scorer,
}

impl Engine {
    fn make(open: impl FnOnce() -> pupil_core::Result<Scorer>) -> Result<Arc<Self>, PupilError> {
        guarded(|| Ok(Arc::new(Self { scorer: open()? })))
    }

    /// The engine behind it, for the other routes across the boundary.
    pub fn scorer(&self) -> &Scorer {
        &self.scorer
    }
}

#[uniffi::export]
impl Engine {
    /// Opens a file. One of 1 MiB or more is mapped, a smaller one copied: nobody may change it in place while it is open; moving
    /// another over it is safe.
    #[uniffi::constructor]
    pub fn open(path: &str, options: Options) -> Result<Arc<Self>, PupilError> {
        Self::make(|| Scorer::open_with(Path::new(path), &options.into()))
    }

    /// Opens a model that is in memory, perhaps decrypted there; the bytes are copied.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: &[u8], options: Options) -> Result<Arc<Self>, PupilError> {
        Self::make(|| Scorer::from_bytes_with(bytes.to_vec(), &options.into()))
    }

    /// Opens `length` bytes of an open file from byte `offset`, such as an uncompressed asset, which are mapped if they are 1 MiB or
    /// more; the descriptor stays the caller's and may be closed afterwards.
    #[uniffi::constructor]
    pub fn from_descriptor(
        descriptor: i32,
        offset: u64,
        length: u64,
        options: Options,
    ) -> Result<Arc<Self>, PupilError> {
        let file = descriptor::duplicate(descriptor)?;
        Self::make(|| Scorer::from_file_with(&file, offset, length, &options.into()))
    }

    /// An engine that knows the tasks of a task pack as well; it shares the model with this one, which stays as it is.
    pub fn attach(&self, path: &str) -> Result<Arc<Self>, PupilError> {
        Self::make(|| self.scorer.attach(path))
    }

    /// As `attach`, with a pack that is in memory.
    pub fn attach_bytes(&self, bytes: &[u8]) -> Result<Arc<Self>, PupilError> {
        Self::make(|| self.scorer.attach_bytes(bytes.to_vec()))
    }

    /// As `attach`, with a pack that is a part of an open file; see `from_descriptor`.
    pub fn attach_descriptor(
        &self,
        descriptor: i32,
        offset: u64,
        length: u64,
    ) -> Result<Arc<Self>, PupilError> {
        let file = descriptor::duplicate(descriptor)?;
        Self::make(|| self.scorer.attach_file(&file, offset, length))
    }

    /// An engine without the task pack of that name.
    pub fn detach(&self, name: &str) -> Result<Arc<Self>, PupilError> {
        Self::make(|| self.scorer.detach(name))
    }

    /// What the model says about itself. Reads the whole file once, for its hash.
    pub fn about(&self) -> Result<About, PupilError> {
        guarded(|| Ok(About::new(&self.scorer)))
    }

    /// What it can score, with the tasks of attached packs.
    pub fn tasks(&self) -> Result<Vec<Task>, PupilError> {
        guarded(|| Ok(self.scorer.tasks().map(Task::from).collect()))
    }

    /// Scores an answer, against a reference answer where the task needs one.
    pub fn score(&self, task: &str, answer: &str, reference: Option<String>) -> Result<Score, PupilError> {
        guarded(|| match &reference {
            Some(reference) => Ok(self.scorer.score_pair(task, reference, answer)?.into()),
            None => Ok(self.scorer.score(task, answer)?.into()),
        })
    }

    /// Tells how each word of an answer moved its score.
    pub fn explain(
        &self,
        task: &str,
        answer: &str,
        reference: Option<String>,
    ) -> Result<Explanation, PupilError> {
        guarded(|| match &reference {
            Some(reference) => {
                Ok(Explanation::new(self.scorer.explain_pair(task, reference, answer)?, answer))
            }
            None => Ok(Explanation::new(self.scorer.explain(task, answer)?, answer)),
        })
    }

    /// Scores an answer and tells how much each expert of the task's mixture took part.
    pub fn experts(
        &self,
        task: &str,
        answer: &str,
        reference: Option<String>,
    ) -> Result<ExpertUse, PupilError> {
        guarded(|| Ok(self.scorer.experts(task, reference.as_deref(), answer)?.into()))
    }

    /// Scores many answers in their order; `references`, where the task needs them, are as many.
    ///
    /// `threads` counts the caller's, 0 takes one per core. Whoever holds `cancellation` may stop it before the next answer.
    pub fn score_batch(
        &self,
        task: &str,
        answers: Vec<String>,
        references: Option<Vec<String>>,
        threads: u32,
        progress: Option<Arc<dyn Progress>>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Vec<Score>, PupilError> {
        guarded(|| {
            let scores = batch::run(
                &self.scorer,
                task,
                &answers,
                references.as_deref(),
                threads,
                progress.as_deref(),
                cancellation.as_deref(),
            )?;
            Ok(scores.into_iter().map(Score::from).collect())
        })
    }

    /// As `score_batch`, for numbers rather than objects: texts in one piece in, columns of numbers out.
    ///
    /// `text` holds the answers one after the other in UTF-8, `ends` where each ends: unsigned numbers of 64 bits, little-endian.
    /// `reference_text` and `reference_ends` likewise; both are empty where the task needs no reference.
    #[expect(clippy::too_many_arguments, reason = "each language's face has named arguments with defaults")]
    pub fn score_columns(
        &self,
        task: &str,
        text: &[u8],
        ends: &[u8],
        reference_text: &[u8],
        reference_ends: &[u8],
        threads: u32,
        progress: Option<Arc<dyn Progress>>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Columns, PupilError> {
        guarded(|| {
            let answers = Packed::new(text, ends)?.texts()?;
            let references = (!reference_ends.is_empty())
                .then(|| Packed::new(reference_text, reference_ends)?.texts())
                .transpose()?;
            let scores = batch::run(
                &self.scorer,
                task,
                &answers,
                references.as_deref(),
                threads,
                progress.as_deref(),
                cancellation.as_deref(),
            )?;
            Ok(Columns::new(&scores))
        })
    }
}

/// Panics, to show what becomes of a panic.
#[cfg(feature = "deliberate-panic")]
#[uniffi::export]
impl Engine {
    /// Panics inside the engine's guard.
    pub fn panic_inside(&self) -> Result<(), PupilError> {
        guarded(|| panic!("deliberate"))
    }

    /// Panics outside the engine's guard, where only UniFFI stands between it and the app.
    pub fn panic_outside(&self) -> Result<(), PupilError> {
        panic!("deliberate")
    }
}
