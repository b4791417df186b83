//! [`Tracker`]: what one student knows.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use pupil_core::format::manifest::Question;
use pupil_core::{Passed, Policy};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::call::{bad_input, detached, guarded, text, text_or_none};
use crate::engine::Options;
use crate::score::Score;

/// One student's answers so far. Calls from several threads are made one after the other.
#[pyclass(frozen)]
pub(crate) struct Tracker {
    inner: Mutex<pupil_core::Tracker>,
}

/// A question, in the order of the Python class `Question`.
type Known<'py> = (String, Bound<'py, PyTuple>, Option<f32>);

impl Tracker {
    fn made(
        py: Python<'_>,
        open: impl FnOnce() -> pupil_core::Result<pupil_core::Tracker> + Send,
    ) -> PyResult<Self> {
        guarded(py, || Ok(Self { inner: Mutex::new(detached(py, open)?) }))
    }

    /// Calls the tracker, while other threads of Python run: one of them may be waiting for it.
    fn with<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&mut pupil_core::Tracker) -> pupil_core::Result<T> + Send,
    ) -> PyResult<T> {
        guarded(py, || {
            // A panic leaves a state that is either the one before the answer or the one after.
            detached(py, || call(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner)))
        })
    }
}

#[pymethods]
impl Tracker {
    /// Opens a file with a knowledge model.
    #[staticmethod]
    fn open(py: Python<'_>, path: &Bound<'_, PyAny>, options: &Options) -> PyResult<Self> {
        let path = text(path, "the path")?;
        Self::made(py, || pupil_core::Tracker::open_with(Path::new(path), &options.inner))
    }

    /// Opens a model from memory.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, data: &[u8], options: &Options) -> PyResult<Self> {
        Self::made(py, || pupil_core::Tracker::from_bytes_with(data.to_vec(), &options.inner))
    }

    /// A tracker of the same model, without answers.
    fn for_new_student(&self, py: Python<'_>) -> PyResult<Self> {
        let inner = self.with(py, |tracker| Ok(tracker.for_new_student()))?;
        Ok(Self { inner: Mutex::new(inner) })
    }

    /// The questions of the model.
    fn questions<'py>(&self, py: Python<'py>) -> PyResult<Vec<Known<'py>>> {
        let questions = self.with(py, |tracker| {
            let skills = tracker.skills();
            let known = |q: &Question| {
                let ids: Vec<String> = q.skills.iter().map(|place| skills[*place].id.clone()).collect();
                (q.id.clone(), ids, q.difficulty)
            };
            Ok(tracker.questions().iter().map(known).collect::<Vec<_>>())
        })?;
        let known = questions
            .into_iter()
            .map(|(id, skills, difficulty)| Ok((id, PyTuple::new(py, skills)?, difficulty)));
        known.collect()
    }

    /// Number of answers taken in.
    fn answers(&self, py: Python<'_>) -> PyResult<u32> {
        self.with(py, |tracker| Ok(tracker.answers()))
    }

    /// Takes in an answer.
    #[pyo3(signature = (question, correct))]
    fn observe(&self, py: Python<'_>, question: Option<&Bound<'_, PyAny>>, correct: bool) -> PyResult<()> {
        let question = text_or_none(question, "the question")?;
        self.with(py, |tracker| match question {
            Some(question) => tracker.observe(question, correct),
            None => {
                tracker.observe_unlisted(correct);
                Ok(())
            }
        })
    }

    /// Takes in a score, and returns whether it counted as right.
    #[pyo3(signature = (question, score, level, label))]
    fn observe_score(
        &self,
        py: Python<'_>,
        question: &Bound<'_, PyAny>,
        score: &Score,
        level: Option<i32>,
        label: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let question = text(question, "the question")?;
        let passed = match (level, text_or_none(label, "the label")?) {
            (Some(level), None) => Passed::Level(level),
            (None, Some(label)) => Passed::Label(label),
            _ => return Err(bad_input(py, "give either `level` or `label`", None)),
        };
        self.with(py, |tracker| tracker.observe_score(question, &score.inner, passed))
    }

    /// The probability that the next answer is right.
    #[pyo3(signature = (question))]
    fn predict(&self, py: Python<'_>, question: Option<&Bound<'_, PyAny>>) -> PyResult<f32> {
        let question = text_or_none(question, "the question")?;
        self.with(py, |tracker| match question {
            Some(question) => tracker.predict(question),
            None => Ok(tracker.predict_unlisted()),
        })
    }

    /// The probability of a right answer to each question.
    fn predict_all(&self, py: Python<'_>) -> PyResult<Vec<f32>> {
        self.with(py, |tracker| Ok(tracker.predict_all().to_vec()))
    }

    /// For each skill its id, its name, the probability of mastery, and the number of answers.
    fn mastery(&self, py: Python<'_>) -> PyResult<Vec<(String, String, f32, u32)>> {
        self.with(py, |tracker| {
            let skills = tracker.mastery().into_iter();
            Ok(skills.map(|m| (m.skill.to_string(), m.name.to_string(), m.probability, m.answers)).collect())
        })
    }

    /// The next questions, each with its probability of a right answer and the gain: by gain if there is no range.
    fn recommend(
        &self,
        py: Python<'_>,
        count: usize,
        range: Option<(f32, f32)>,
    ) -> PyResult<Vec<(String, f32, Option<f32>)>> {
        let policy = match range {
            Some((low, high)) => Policy::TargetProbability { low, high },
            None => Policy::ExpectedGain,
        };
        self.with(py, |tracker| {
            let chosen = tracker.recommend(count, &policy)?.into_iter();
            Ok(chosen.map(|one| (one.question, one.probability, one.gain)).collect())
        })
    }

    /// Draws answers to these questions.
    fn simulate(
        &self,
        py: Python<'_>,
        questions: Vec<Bound<'_, PyAny>>,
        seed: u64,
    ) -> PyResult<Vec<(f32, bool)>> {
        let questions =
            questions.iter().map(|question| text(question, "a question")).collect::<PyResult<Vec<_>>>()?;
        self.with(py, |tracker| {
            let drawn = tracker.simulate(&questions, seed)?.into_iter();
            Ok(drawn.map(|answer| (answer.probability, answer.correct)).collect())
        })
    }

    /// The student's state.
    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.with(py, |tracker| Ok(tracker.snapshot()))?))
    }

    /// Goes on from a snapshot.
    fn restore(&self, py: Python<'_>, snapshot: &[u8]) -> PyResult<()> {
        self.with(py, |tracker| tracker.restore(snapshot))
    }
}
