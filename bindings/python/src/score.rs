//! The score of one answer. These are classes of this crate since a class of Python's own takes microseconds to make.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use pupil_core::format::manifest::{self, Agreement};
use pupil_core::{Decision, ReviewReason};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

/// The score of one label.
#[pyclass(frozen, eq, hash, module = "pupil_scorer")]
#[derive(Clone, PartialEq)]
pub(crate) struct LabelScore {
    inner: pupil_core::LabelScore,
}

impl Hash for LabelScore {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.inner.name, self.inner.probability.to_bits(), self.inner.awarded).hash(state);
    }
}

/// The names of its fields.
const LABEL_FIELDS: [&str; 3] = ["name", "probability", "awarded"];

#[pymethods]
impl LabelScore {
    #[new]
    fn new(name: &str, probability: f32, awarded: bool) -> Self {
        Self { inner: pupil_core::LabelScore { name: Arc::from(name), probability, awarded } }
    }

    #[classattr]
    fn __match_args__() -> (&'static str, &'static str, &'static str) {
        LABEL_FIELDS.into()
    }

    /// Name of the label.
    #[getter]
    fn name(&self) -> &str {
        &self.inner.name
    }

    /// Calibrated probability, from 0 to 1; exactly a 32-bit float.
    #[getter]
    fn probability(&self) -> f32 {
        self.inner.probability
    }

    /// Whether the label is awarded.
    #[getter]
    fn awarded(&self) -> bool {
        self.inner.awarded
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        shown(this, &LABEL_FIELDS)
    }

    fn __reduce__<'py>(this: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        parts(this, &LABEL_FIELDS)
    }
}

/// What is promised about the automatic scores of a task, and the calibration answers that it rests on.
///
/// These are graded answers that no other part of the model was made from. With probability `confidence` over the
/// choice of these answers, at most the share `max_error` of automatic scores is wrong. The promise holds for answers
/// as those that it was calibrated on: to the same questions, by students like those, at the same time and graded in
/// the same way. If `automatic` is 0, there were too few answers to promise anything, and no score is automatic.
#[pyclass(frozen, eq, hash, module = "pupil_scorer", from_py_object)]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Guarantee {
    pub(crate) inner: manifest::Guarantee,
}

impl Hash for Guarantee {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let it = &self.inner;
        (it.max_error.to_bits(), it.answers, it.automatic, it.wrong, it.tasks).hash(state);
    }
}

/// The names of its fields.
const GUARANTEE_FIELDS: [&str; 9] =
    ["max_error", "confidence", "adjacent", "answers", "automatic", "wrong", "bound", "tasks", "needed"];

#[pymethods]
impl Guarantee {
    #[new]
    #[pyo3(signature = (max_error, confidence, adjacent, answers, automatic, wrong, bound, tasks, needed=None))]
    #[expect(clippy::too_many_arguments, reason = "one for each field, by name")]
    fn new(
        max_error: f32,
        confidence: f32,
        adjacent: bool,
        answers: usize,
        automatic: usize,
        wrong: usize,
        bound: f32,
        tasks: usize,
        needed: Option<usize>,
    ) -> Self {
        let agreement = if adjacent { Agreement::Adjacent } else { Agreement::Exact };
        let inner = manifest::Guarantee {
            max_error,
            confidence,
            agreement,
            answers,
            automatic,
            wrong,
            bound,
            tasks,
            needed,
        };
        Self { inner }
    }

    #[classattr]
    fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, GUARANTEE_FIELDS)
    }

    /// Largest share of wrong ones among automatic scores, exactly a 32-bit float.
    #[getter]
    fn max_error(&self) -> f32 {
        self.inner.max_error
    }

    /// Probability of the promise, exactly a 32-bit float.
    #[getter]
    fn confidence(&self) -> f32 {
        self.inner.confidence
    }

    /// Whether a score one level away from a person's counts as right; otherwise it must be the same.
    #[getter]
    fn adjacent(&self) -> bool {
        self.inner.agreement == Agreement::Adjacent
    }

    /// Number of calibration answers.
    #[getter]
    fn answers(&self) -> usize {
        self.inner.answers
    }

    /// How many of them get an automatic score; 0 if nothing is promised.
    #[getter]
    fn automatic(&self) -> usize {
        self.inner.automatic
    }

    /// How many of these scores are wrong.
    #[getter]
    fn wrong(&self) -> usize {
        self.inner.wrong
    }

    /// Exact upper bound of the share of wrong ones, from these numbers; 1 if nothing is promised.
    #[getter]
    fn bound(&self) -> f32 {
        self.inner.bound
    }

    /// Number of tasks that the promise and the numbers are of, all of them together.
    #[getter]
    fn tasks(&self) -> usize {
        self.inner.tasks
    }

    /// If nothing is promised: about as many graded answers would be enough, if errors stayed as they are; `None` if
    /// only a better model would help.
    #[getter]
    fn needed(&self) -> Option<usize> {
        self.inner.needed
    }

    /// Whether anything is promised.
    #[getter]
    fn is_promised(&self) -> bool {
        self.inner.is_promised()
    }

    /// The share of answers that are expected to be scored automatically; `None` if nothing is promised.
    #[getter]
    fn share(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 answers")]
        self.is_promised().then(|| self.inner.automatic as f64 / self.inner.answers as f64)
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        shown(this, &GUARANTEE_FIELDS)
    }

    fn __reduce__<'py>(this: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        parts(this, &GUARANTEE_FIELDS)
    }
}

/// The score of one answer.
#[pyclass(frozen, module = "pupil_scorer")]
pub(crate) struct Score {
    pub(crate) inner: pupil_core::Score,
    /// The number of the decision, as in [`code`].
    decision: u8,
    /// The labels as Python's objects, once they are asked for.
    labels: PyOnceLock<Py<PyTuple>>,
}

impl From<pupil_core::Score> for Score {
    fn from(inner: pupil_core::Score) -> Self {
        Self { decision: code(inner.decision), inner, labels: PyOnceLock::new() }
    }
}

/// The names of its fields.
const SCORE_FIELDS: [&str; 11] = [
    "labels",
    "level",
    "expected",
    "confidence",
    "decision",
    "guarantee",
    "words",
    "unknown_words",
    "tokens",
    "truncated",
    "repetitive",
];

#[pymethods]
impl Score {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "one for each field, by name")]
    fn new(
        labels: Vec<PyRef<'_, LabelScore>>,
        level: Option<i32>,
        expected: Option<f32>,
        confidence: f32,
        decision: u8,
        guarantee: Option<Guarantee>,
        words: usize,
        unknown_words: usize,
        tokens: usize,
        truncated: bool,
        repetitive: bool,
    ) -> PyResult<Self> {
        let Some(found) = of_code(decision) else {
            return Err(PyValueError::new_err(format!("{decision} is not the number of a decision")));
        };
        let inner = pupil_core::Score {
            labels: labels.iter().map(|label| label.inner.clone()).collect(),
            level,
            expected,
            confidence,
            decision: found,
            guarantee: guarantee.map(|guarantee| guarantee.inner),
            words,
            unknown_words,
            tokens,
            truncated,
            repetitive,
        };
        Ok(Self { inner, decision, labels: PyOnceLock::new() })
    }

    #[classattr]
    fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, SCORE_FIELDS)
    }

    /// One entry per label of the task, in the order of the task.
    #[getter]
    fn labels(&self, py: Python<'_>) -> PyResult<Py<PyTuple>> {
        let made = self.labels.get_or_try_init(py, || {
            let labels = self.inner.labels.iter().map(|label| LabelScore { inner: label.clone() });
            let labels = labels.map(|label| Py::new(py, label)).collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, labels).map(Bound::unbind)
        })?;
        Ok(made.clone_ref(py))
    }

    /// The awarded level in points, if the task has a scale.
    #[getter]
    fn level(&self) -> Option<i32> {
        self.inner.level
    }

    /// The expected level in points, if the task has a scale.
    #[getter]
    fn expected(&self) -> Option<f32> {
        self.inner.expected
    }

    /// The confidence of the award, from 0 to 1.
    #[getter]
    fn confidence(&self) -> f32 {
        self.inner.confidence
    }

    /// Whether the score can be used without review.
    #[getter]
    fn decision(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static DECISIONS: PyOnceLock<Vec<Option<Py<PyAny>>>> = PyOnceLock::new();
        let all = DECISIONS.get_or_try_init(py, || -> PyResult<Vec<Option<Py<PyAny>>>> {
            let class = py.import("pupil_scorer._types")?.getattr("Decision")?;
            Ok((0..=u8::MAX).map(|code| class.call1((code,)).ok().map(Bound::unbind)).collect())
        })?;
        let found = all[usize::from(self.decision)].as_ref();
        found.map(|found| found.clone_ref(py)).ok_or_else(|| PyValueError::new_err("an unnamed decision"))
    }

    /// The promise that covers the score: that of its task, if the decision is automatic.
    #[getter]
    fn guarantee(&self) -> Option<Guarantee> {
        self.inner.guarantee.map(|inner| Guarantee { inner })
    }

    /// Number of words of the answer that contain a letter or a digit.
    #[getter]
    fn words(&self) -> usize {
        self.inner.words
    }

    /// Number of words that the model does not know.
    #[getter]
    fn unknown_words(&self) -> usize {
        self.inner.unknown_words
    }

    /// Number of tokens that the model read, including those of the reference.
    #[getter]
    fn tokens(&self) -> usize {
        self.inner.tokens
    }

    /// Whether the answer was too long and was truncated.
    #[getter]
    fn truncated(&self) -> bool {
        self.inner.truncated
    }

    /// Whether the answer repeats a word or a phrase many times.
    #[getter]
    fn repetitive(&self) -> bool {
        self.inner.repetitive
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        other.cast::<Self>().is_ok_and(|other| {
            let other = other.get();
            self.decision == other.decision && self.inner == other.inner
        })
    }

    fn __hash__(&self) -> u64 {
        let mut state = DefaultHasher::new();
        let it = &self.inner;
        (it.confidence.to_bits(), self.decision, it.level, it.words, it.tokens).hash(&mut state);
        state.finish()
    }

    fn __repr__(this: &Bound<'_, Self>) -> PyResult<String> {
        shown(this, &SCORE_FIELDS)
    }

    fn __reduce__<'py>(this: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
        parts(this, &SCORE_FIELDS)
    }
}

/// How an object is shown: its class, and its fields by name.
fn shown(this: &Bound<'_, PyAny>, fields: &[&str]) -> PyResult<String> {
    let mut text = format!("{}(", this.get_type().name()?);
    for (place, field) in fields.iter().enumerate() {
        let separator = if place == 0 { "" } else { ", " };
        text += &format!("{separator}{field}={}", this.getattr(*field)?.repr()?.to_str()?);
    }
    Ok(text + ")")
}

/// What an object is pickled as: its class, and its fields.
fn parts<'py>(
    this: &Bound<'py, PyAny>,
    fields: &[&str],
) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>)> {
    let values = fields.iter().map(|field| this.getattr(*field)).collect::<PyResult<Vec<_>>>()?;
    Ok((this.get_type(), PyTuple::new(this.py(), values)?))
}

/// The reasons for a review that have a number: 1 and so on, in this order.
const REASONS: [ReviewReason; 14] = [
    ReviewReason::TooShort,
    ReviewReason::OtherLanguage,
    ReviewReason::Gibberish,
    ReviewReason::UnknownWords,
    ReviewReason::Repetition,
    ReviewReason::CopiedQuestion,
    ReviewReason::NearReference,
    ReviewReason::OffTopic,
    ReviewReason::WordList,
    ReviewReason::Truncated,
    ReviewReason::UnseenLabel,
    ReviewReason::LowConfidence,
    ReviewReason::NoPromise,
    ReviewReason::Audit,
];

/// The number of a decision: 0 is automatic, the others are those of the Python class `Decision`.
pub(crate) fn code(decision: Decision) -> u8 {
    let Some(reason) = decision.reason() else { return 0 };
    let place = REASONS.iter().position(|known| *known == reason);
    // The engine may get further reasons; they must not appear as one of those above.
    place.and_then(|place| u8::try_from(place + 1).ok()).unwrap_or(u8::MAX)
}

/// The decision of that number. One of a later engine has lost its reason.
fn of_code(code: u8) -> Option<Decision> {
    match code {
        0 => Some(Decision::Automatic),
        u8::MAX => Some(Decision::Review(ReviewReason::TooShort)),
        _ => REASONS.get(usize::from(code) - 1).map(|reason| Decision::Review(*reason)),
    }
}
