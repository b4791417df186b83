//! [`Engine`]: an open model.

use std::path::Path;

use pupil_core::format::manifest::{self, Encoder, Input, Manifest};
use pupil_core::{FileAccess, OpenOptions, Scorer};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::batch::{self, Cancellation, Columns};
use crate::call::{detached, guarded, raised, text, text_or_none};
use crate::score::{Guarantee, Score};
use crate::texts::Texts;

/// How files are opened.
#[pyclass(frozen)]
pub(crate) struct Options {
    pub(crate) inner: OpenOptions,
}

#[pymethods]
impl Options {
    #[new]
    #[pyo3(signature = (
        *, fold_limit_bytes, max_answer_bytes, trusted_keys, signature, expected_blake3, min_version, map_unchanging_file
    ))]
    #[expect(clippy::too_many_arguments, reason = "one for each option, by name")]
    fn new(
        py: Python<'_>,
        fold_limit_bytes: u64,
        max_answer_bytes: u64,
        trusted_keys: Vec<String>,
        signature: Option<&str>,
        expected_blake3: Option<String>,
        min_version: u32,
        map_unchanging_file: bool,
    ) -> PyResult<Self> {
        let bytes = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        let parsed = || {
            Ok(OpenOptions {
                fold_limit_bytes: bytes(fold_limit_bytes),
                max_answer_bytes: bytes(max_answer_bytes),
                access: if map_unchanging_file { mapped() } else { FileAccess::COPIED },
                trusted_keys: trusted_keys.iter().map(|key| key.parse()).collect::<Result<_, _>>()?,
                signature: signature.map(str::parse).transpose()?,
                expected_blake3,
                min_version,
                ..OpenOptions::default()
            })
        };
        guarded(py, || Ok(Self { inner: parsed().map_err(|error| raised(py, &error))? }))
    }
}

#[expect(unsafe_code, reason = "Python has no unsafe functions: its callers promise it by the option's name")]
fn mapped() -> FileAccess {
    // SAFETY: who sets `map_unchanging_file` promises that nobody writes to the file, as its documentation asks.
    unsafe { FileAccess::mapped() }
}

/// A score, and for each word its start and end in characters, the shares of the labels and that of the level.
type Explained<'py> = (Score, Vec<(usize, usize, Bound<'py, PyTuple>, Option<f32>)>);

/// A score, and for each block the place of its member and the weights of its experts.
type Used<'py> = (Score, Vec<(usize, Bound<'py, PyTuple>)>);

/// The metadata of a model, in the order of the Python class `About`.
type About<'py> = (
    String,
    String,
    String,
    Bound<'py, PyTuple>,
    u32,
    String,
    Bound<'py, PyTuple>,
    usize,
    usize,
    Vec<(&'static str, &'static str)>,
);

/// A task, in the order of the Python class `Task`; labels and members are tuples as well.
type Task<'py> = (
    String,
    String,
    Option<String>,
    bool,
    Vec<(String, Option<String>, bool)>,
    Option<Bound<'py, PyTuple>>,
    Vec<(String, f32)>,
    Option<Guarantee>,
);

/// An open model.
#[pyclass(frozen)]
pub(crate) struct Engine {
    pub(crate) scorer: Scorer,
}

impl Engine {
    fn made(py: Python<'_>, open: impl FnOnce() -> pupil_core::Result<Scorer> + Send) -> PyResult<Self> {
        guarded(py, || Ok(Self { scorer: detached(py, open)? }))
    }
}

#[pymethods]
impl Engine {
    /// Opens a file.
    #[staticmethod]
    fn open(py: Python<'_>, path: &Bound<'_, PyAny>, options: &Options) -> PyResult<Self> {
        let path = text(path, "the path")?;
        Self::made(py, || Scorer::open_with(Path::new(path), &options.inner))
    }

    /// Opens a model from memory.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8], options: &Options) -> PyResult<Self> {
        Self::made(py, || Scorer::from_bytes_with(data.to_vec(), &options.inner))
    }

    /// The model with a task pack from memory.
    fn attach_bytes(&self, py: Python<'_>, data: &[u8], options: Option<&Options>) -> PyResult<Self> {
        Self::made(py, || match options {
            Some(options) => self.scorer.attach_bytes_with(data.to_vec(), &options.inner),
            None => self.scorer.attach_bytes(data.to_vec()),
        })
    }

    /// The model without the task pack of that name.
    fn detach(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<Self> {
        let name = text(name, "the name")?;
        Self::made(py, || self.scorer.detach(name))
    }

    /// The metadata of the model.
    fn about<'py>(&self, py: Python<'py>) -> PyResult<About<'py>> {
        guarded(py, || {
            // The hash of the whole file.
            py.detach(|| self.scorer.blake3());
            let (manifest, report) = (self.scorer.manifest(), self.scorer.report());
            Ok((
                manifest.name.clone(),
                manifest.description.clone(),
                manifest.licence.clone(),
                PyTuple::new(py, &manifest.attribution)?,
                manifest.version,
                self.scorer.blake3().to_owned(),
                PyTuple::new(py, self.scorer.packs().map(|pack| &pack.name).collect::<Vec<_>>())?,
                report.file_bytes,
                report.packed_bytes,
                report.variants.iter().map(|chosen| (chosen.op, chosen.variant)).collect(),
            ))
        })
    }

    /// The tasks of the model and of attached packs.
    fn tasks<'py>(&self, py: Python<'py>) -> PyResult<Vec<Task<'py>>> {
        // The encoders of a task pack are those of the model, under the same names.
        guarded(py, || self.scorer.tasks().map(|one| task(py, one, self.scorer.manifest())).collect())
    }

    /// Scores an answer.
    #[pyo3(signature = (task, answer, reference=None))]
    fn score(
        &self,
        py: Python<'_>,
        task: &Bound<'_, PyAny>,
        answer: &Bound<'_, PyAny>,
        reference: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Score> {
        guarded(py, || {
            let (task, answer) = (text(task, "the task")?, text(answer, "the answer")?);
            let reference = text_or_none(reference, "the reference")?;
            let score = detached(py, || match reference {
                Some(reference) => self.scorer.score_pair(task, reference, answer),
                None => self.scorer.score(task, answer),
            })?;
            Ok(Score::from(score))
        })
    }

    /// Scores an answer and tells how each word changes the score.
    #[pyo3(signature = (task, answer, reference=None))]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        task: &Bound<'_, PyAny>,
        answer: &Bound<'_, PyAny>,
        reference: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Explained<'py>> {
        guarded(py, || {
            let (task, answer) = (text(task, "the task")?, text(answer, "the answer")?);
            let reference = text_or_none(reference, "the reference")?;
            let found = detached(py, || match reference {
                Some(reference) => self.scorer.explain_pair(task, reference, answer),
                None => self.scorer.explain(task, answer),
            })?;
            let (mut bytes, mut letters) = (0, 0);
            let mut position = |to: usize| {
                letters += answer[bytes..to].chars().count();
                bytes = to;
                letters
            };
            let words = found.words.into_iter().map(|word| {
                let (start, end) = (position(word.span.start), position(word.span.end));
                Ok((start, end, PyTuple::new(py, word.labels)?, word.expected))
            });
            let words = words.collect::<PyResult<_>>()?;
            Ok((Score::from(found.score), words))
        })
    }

    /// Scores an answer and tells the weights of the experts.
    #[pyo3(signature = (task, answer, reference=None))]
    fn experts<'py>(
        &self,
        py: Python<'py>,
        task: &Bound<'_, PyAny>,
        answer: &Bound<'_, PyAny>,
        reference: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Used<'py>> {
        guarded(py, || {
            let (task, answer) = (text(task, "the task")?, text(answer, "the answer")?);
            let reference = text_or_none(reference, "the reference")?;
            let used = detached(py, || self.scorer.experts(task, reference, answer))?;
            let blocks = used.blocks.into_iter();
            let blocks = blocks.map(|block| Ok((block.member, PyTuple::new(py, block.weights)?)));
            let blocks = blocks.collect::<PyResult<_>>()?;
            Ok((Score::from(used.score), blocks))
        })
    }

    /// Scores many answers, `piece` of them at a time.
    #[pyo3(signature = (task, answers, references, threads, progress, cancel, piece))]
    #[expect(clippy::too_many_arguments, reason = "the arguments of `Scorer.score_batch`")]
    fn score_batch<'py>(
        &self,
        py: Python<'py>,
        task: &Bound<'_, PyAny>,
        answers: &Texts,
        references: Option<&Texts>,
        threads: usize,
        progress: Option<Py<PyAny>>,
        cancel: Option<Py<Cancellation>>,
        piece: usize,
    ) -> PyResult<Columns<'py>> {
        guarded(py, || {
            let batch = batch::Batch {
                scorer: &self.scorer,
                task: text(task, "the task")?,
                answers,
                references,
                threads,
                progress,
                cancel,
                piece: piece.max(1),
            };
            batch.run(py)
        })
    }

    /// Panics, to test how panics are handled.
    #[cfg(feature = "deliberate-panic")]
    fn panic(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || detached(py, || panic!("deliberate")))
    }
}

/// A task and the families of its encoders, which `file` names.
fn task<'py>(py: Python<'py>, task: &manifest::Task, file: &Manifest) -> PyResult<Task<'py>> {
    let family = |encoder: &str| file.encoder(encoder).map_or("", Encoder::family).to_owned();
    let labels = task.labels.iter();
    Ok((
        task.id.clone(),
        task.name.clone(),
        task.prompt.clone(),
        task.input == Input::Pair,
        labels.map(|label| (label.name.clone(), label.description.clone(), label.unseen)).collect(),
        task.points().map(|points| PyTuple::new(py, points)).transpose()?,
        task.all_members().map(|member| (family(member.encoder), member.weight)).collect(),
        task.guarantee.map(|inner| Guarantee { inner }),
    ))
}
