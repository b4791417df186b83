//! [`Engine`]: the object that apps hold.

use std::path::Path;
use std::sync::Arc;

use pupil_core::Scorer;

use crate::batch::{self, Cancellation, Columns, Packed, Progress};
use crate::descriptor;
use crate::error::{PupilError, guarded};
use crate::types::{About, ExpertUse, Explanation, Options, Score, Task};

/// An open model. Any number of threads may use it at once. The same file and the same text give the same bits on every
/// device.
#[derive(Debug, uniffi::Object)]
pub struct Engine {
    scorer: Scorer,
}

impl Engine {
    fn make(open: impl FnOnce() -> pupil_core::Result<Scorer>) -> Result<Arc<Self>, PupilError> {
        guarded(|| Ok(Arc::new(Self { scorer: open()? })))
    }

    /// The scorer, for the JNI functions.
    pub fn scorer(&self) -> &Scorer {
        &self.scorer
    }
}

#[uniffi::export]
impl Engine {
    /// Opens a file. It is copied, unless the options map it.
    #[uniffi::constructor]
    pub fn open(path: &str, options: Options) -> Result<Arc<Self>, PupilError> {
        Self::make(|| Scorer::open_with(Path::new(path), &options.parsed()?))
    }

    /// Opens a model from memory, for example after decryption; the bytes are copied.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: &[u8], options: Options) -> Result<Arc<Self>, PupilError> {
        Self::make(|| Scorer::from_bytes_with(bytes.to_vec(), &options.parsed()?))
    }

    /// Opens `length` bytes of an open file from byte `offset`, such as an uncompressed asset. They are copied,
    /// unless the options map them. The caller keeps the descriptor and may close it afterwards.
    #[uniffi::constructor]
    pub fn from_descriptor(
        descriptor: i32,
        offset: u64,
        length: u64,
        options: Options,
    ) -> Result<Arc<Self>, PupilError> {
        let file = descriptor::duplicate(descriptor)?;
        Self::make(|| Scorer::from_file_with(&file, offset, length, &options.parsed()?))
    }

    /// Returns an engine that also has the tasks of a task pack. It shares the model with this engine, which does not
    /// change. Without options, the pack has to be signed with one of the keys that the model had to be signed with, if
    /// there were any, and its signature lies beside it; of the options, only those about trust and mapping count.
    pub fn attach(&self, path: &str, options: Option<Options>) -> Result<Arc<Self>, PupilError> {
        Self::make(|| match options {
            Some(options) => self.scorer.attach_with(path, &options.parsed()?),
            None => self.scorer.attach(path),
        })
    }

    /// Like `attach`, with a pack from memory.
    pub fn attach_bytes(&self, bytes: &[u8], options: Option<Options>) -> Result<Arc<Self>, PupilError> {
        Self::make(|| match options {
            Some(options) => self.scorer.attach_bytes_with(bytes.to_vec(), &options.parsed()?),
            None => self.scorer.attach_bytes(bytes.to_vec()),
        })
    }

    /// Like `attach`, with a pack that is part of an open file; see `from_descriptor`.
    pub fn attach_descriptor(
        &self,
        descriptor: i32,
        offset: u64,
        length: u64,
        options: Option<Options>,
    ) -> Result<Arc<Self>, PupilError> {
        let file = descriptor::duplicate(descriptor)?;
        Self::make(|| match options {
            Some(options) => self.scorer.attach_file_with(&file, offset, length, &options.parsed()?),
            None => self.scorer.attach_file(&file, offset, length),
        })
    }

    /// Returns an engine without the task pack with this name.
    pub fn detach(&self, name: &str) -> Result<Arc<Self>, PupilError> {
        Self::make(|| self.scorer.detach(name))
    }

    /// The metadata of the model. Reads the whole file once, for its hash.
    pub fn about(&self) -> Result<About, PupilError> {
        guarded(|| Ok(About::new(&self.scorer)))
    }

    /// The tasks of the model and of attached packs.
    pub fn tasks(&self) -> Result<Vec<Task>, PupilError> {
        // The encoders of a task pack are those of the model, under the same names.
        guarded(|| Ok(self.scorer.tasks().map(|task| Task::new(task, self.scorer.manifest())).collect()))
    }

    /// Scores an answer, compared with a reference answer if the task needs one.
    pub fn score(&self, task: &str, answer: &str, reference: Option<String>) -> Result<Score, PupilError> {
        guarded(|| match &reference {
            Some(reference) => Ok(self.scorer.score_pair(task, reference, answer)?.into()),
            None => Ok(self.scorer.score(task, answer)?.into()),
        })
    }

    /// Scores an answer and returns how each word changes the score.
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

    /// Scores an answer and returns the weight of each expert of the task's mixture.
    pub fn experts(
        &self,
        task: &str,
        answer: &str,
        reference: Option<String>,
    ) -> Result<ExpertUse, PupilError> {
        guarded(|| Ok(self.scorer.experts(task, reference.as_deref(), answer)?.into()))
    }

    /// Scores many answers and returns the scores in the same order. If the task needs references, give one per answer.
    ///
    /// `threads` includes the calling thread; 0 means one per core. `cancellation` can stop the batch before its next
    /// answer.
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

    /// Like `score_batch`, but takes concatenated texts and returns columns of numbers instead of objects.
    ///
    /// `text` contains the concatenated answers in UTF-8, `ends` the end of each as an unsigned 64-bit little-endian
    /// number. `reference_text` and `reference_ends` are alike; both are empty if the task needs no reference.
    #[expect(
        clippy::too_many_arguments,
        reason = "the API of each language has named arguments with defaults"
    )]
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

/// Functions that panic, to test how panics are handled.
#[cfg(feature = "deliberate-panic")]
#[uniffi::export]
impl Engine {
    /// Panics inside the engine's guard.
    pub fn panic_inside(&self) -> Result<(), PupilError> {
        guarded(|| panic!("deliberate"))
    }

    /// Panics outside the engine's guard, where only UniFFI can catch the panic.
    pub fn panic_outside(&self) -> Result<(), PupilError> {
        panic!("deliberate")
    }
}
