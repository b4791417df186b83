//! The engine as a shared library with C functions, for `cargo xtask size`.
//!
//! An app embeds the code that its calls reach. These functions reach everything in `Scorer`: opening from a path and
//! from memory, single scores, batches, explanations, experts, task packs, and every field of every result; and
//! everything in `Tracker` and `Monitor`, and what a file promises. So the linker removes nothing that an app would
//! use.
//!
//! Results are returned as in bindings, field by field in a [`Buffer`] of bytes that the caller owns: a status (0, or 1
//! for an error, or 255 for a panic), then the fields, or the kind and the message of the error.
#![expect(unsafe_code, reason = "C functions take raw pointers and are exported by name")]

use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;

use pupil_core::format::manifest::Guarantee;
use pupil_core::{
    BatchOptions, Explanation, Monitor, OpenOptions, Policy, Result, Score, Scorer, Tracker, Watch,
};

/// Bytes that the caller owns and frees with [`pupil_free_buffer`].
#[repr(C)]
#[derive(Debug)]
pub struct Buffer {
    data: *mut u8,
    len: usize,
    capacity: usize,
}

/// The first byte after a panic.
const PANIC: u8 = u8::MAX;

/// Opens a file; returns null on error.
///
/// # Safety
///
/// `path` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_open(path: *const c_char) -> *mut Scorer {
    // SAFETY: the caller guarantees a C string.
    let Some(path) = (unsafe { text(path) }) else { return null_mut() };
    handle(|| Scorer::open_with(path, &OpenOptions::default()))
}

/// Opens a model from memory; the bytes are copied. Returns null on error.
///
/// # Safety
///
/// `bytes` is null or points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_open_bytes(bytes: *const u8, len: usize) -> *mut Scorer {
    if bytes.is_null() {
        return null_mut();
    }
    // SAFETY: the caller guarantees `len` bytes, and they are copied before this returns.
    let bytes = unsafe { std::slice::from_raw_parts(bytes, len) };
    handle(|| Scorer::from_bytes(bytes.to_vec()))
}

/// Attaches a task pack and returns another scorer, or null on error.
///
/// # Safety
///
/// `scorer` comes from this library and is not freed; `path` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_attach(scorer: *const Scorer, path: *const c_char) -> *mut Scorer {
    // SAFETY: the caller guarantees a live scorer and a C string.
    let (Some(scorer), Some(path)) = (unsafe { (scorer.as_ref(), text(path)) }) else { return null_mut() };
    handle(|| scorer.attach(path))
}

/// Detaches a task pack and returns another scorer, or null if there is no such pack.
///
/// # Safety
///
/// As [`pupil_attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_detach(scorer: *const Scorer, name: *const c_char) -> *mut Scorer {
    // SAFETY: the caller guarantees a live scorer and a C string.
    let (Some(scorer), Some(name)) = (unsafe { (scorer.as_ref(), text(name)) }) else { return null_mut() };
    handle(|| scorer.detach(name))
}

/// The metadata of the file, and how it runs here.
///
/// # Safety
///
/// `scorer` comes from this library and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_describe(scorer: *const Scorer) -> Buffer {
    // SAFETY: the caller guarantees a live scorer.
    let Some(scorer) = (unsafe { scorer.as_ref() }) else { return Buffer::NONE };
    answer(|out| {
        let (manifest, report) = (scorer.manifest(), scorer.report());
        out.texts([&manifest.name, &manifest.description, &manifest.licence, scorer.blake3()]);
        out.list(&manifest.attribution, |out, name| out.text(name));
        out.list(&scorer.tasks().collect::<Vec<_>>(), |out, task| {
            out.texts([&task.id, &task.name, task.prompt.as_deref().unwrap_or_default()]);
            out.list(&task.labels, |out, label| {
                out.text(&label.name);
                out.0.push(u8::from(label.unseen));
            });
            out.list(&task.points().unwrap_or_default(), |out, points| {
                out.0.extend_from_slice(&points.to_le_bytes());
            });
            out.guarantee(task.guarantee.as_ref());
        });
        out.list(&scorer.packs().collect::<Vec<_>>(), |out, pack| out.text(&pack.name));
        out.list(&report.variants, |out, variant| out.texts([variant.op, variant.variant]));
        out.list(&[report.file_bytes, report.packed_bytes, report.table_bytes], |out, bytes| {
            out.number(*bytes)
        });
        Ok(())
    })
}

/// Scores an answer; the reference may be null.
///
/// # Safety
///
/// `scorer` comes from this library and is not freed; the others are null or C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_score(
    scorer: *const Scorer,
    task: *const c_char,
    reference: *const c_char,
    text: *const c_char,
) -> Buffer {
    // SAFETY: the caller guarantees a live scorer and C strings.
    let Some(call) = (unsafe { Call::new(scorer, task, reference, text) }) else { return Buffer::NONE };
    answer(|out| {
        let score = match call.reference {
            Some(reference) => call.scorer.score_pair(call.task, reference, call.text),
            None => call.scorer.score(call.task, call.text),
        };
        score.map(|score| out.score(&score))
    })
}

/// Scores many answers, one per line, on all cores.
///
/// # Safety
///
/// As [`pupil_score`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_score_lines(
    scorer: *const Scorer,
    task: *const c_char,
    reference: *const c_char,
    text: *const c_char,
) -> Buffer {
    // SAFETY: the caller guarantees a live scorer and C strings.
    let Some(call) = (unsafe { Call::new(scorer, task, reference, text) }) else { return Buffer::NONE };
    answer(|out| {
        let lines: Vec<&str> = call.text.lines().collect();
        let options = BatchOptions::default();
        let scores = match call.reference {
            Some(reference) => {
                let pairs: Vec<_> = lines.iter().map(|line| (reference, *line)).collect();
                call.scorer.score_pair_batch(call.task, &pairs, &options)
            }
            None => call.scorer.score_batch(call.task, &lines, &options),
        };
        scores.map(|scores| out.list(&scores, Bytes::score))
    })
}

/// Scores an answer and returns how each word changes the score.
///
/// # Safety
///
/// As [`pupil_score`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_explain(
    scorer: *const Scorer,
    task: *const c_char,
    reference: *const c_char,
    text: *const c_char,
) -> Buffer {
    // SAFETY: the caller guarantees a live scorer and C strings.
    let Some(call) = (unsafe { Call::new(scorer, task, reference, text) }) else { return Buffer::NONE };
    answer(|out| {
        let explanation = match call.reference {
            Some(reference) => call.scorer.explain_pair(call.task, reference, call.text),
            None => call.scorer.explain(call.task, call.text),
        };
        explanation.map(|explanation| out.explanation(&explanation))
    })
}

/// Scores an answer and returns the weights of the experts.
///
/// # Safety
///
/// As [`pupil_score`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_experts(
    scorer: *const Scorer,
    task: *const c_char,
    reference: *const c_char,
    text: *const c_char,
) -> Buffer {
    // SAFETY: the caller guarantees a live scorer and C strings.
    let Some(call) = (unsafe { Call::new(scorer, task, reference, text) }) else { return Buffer::NONE };
    answer(|out| {
        let used = call.scorer.experts(call.task, call.reference, call.text)?;
        out.score(&used.score);
        out.list(&used.blocks, |out, block| out.list(&block.weights, |out, weight| out.real(*weight)));
        Ok(())
    })
}

/// Begins to watch the scores of a model; goes on from a state of `len` bytes, if there is one. Returns null on error.
///
/// # Safety
///
/// `scorer` comes from this library and is not freed; `state` is null or points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_watch(scorer: *const Scorer, state: *const u8, len: usize) -> *mut Monitor {
    // SAFETY: the caller guarantees a live scorer.
    let Some(scorer) = (unsafe { scorer.as_ref() }) else { return null_mut() };
    // SAFETY: it is not null, and the caller guarantees `len` bytes, which are read before this returns.
    let state = (!state.is_null()).then(|| unsafe { std::slice::from_raw_parts(state, len) });
    handle(|| match state {
        Some(state) => Monitor::resume(scorer, state),
        None => Monitor::new(scorer),
    })
}

/// Scores an answer, takes the score in, and says what has changed, and the state to keep.
///
/// # Safety
///
/// `monitor` and `scorer` come from this library and are not freed; the others are null or C strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_watch_answer(
    monitor: *mut Monitor,
    scorer: *const Scorer,
    task: *const c_char,
    answer_text: *const c_char,
) -> Buffer {
    // SAFETY: the caller guarantees a live monitor.
    let Some(monitor) = (unsafe { monitor.as_mut() }) else { return Buffer::NONE };
    // SAFETY: the caller guarantees a live scorer and C strings.
    let Some(call) = (unsafe { Call::new(scorer, task, std::ptr::null(), answer_text) }) else {
        return Buffer::NONE;
    };
    answer(|out| {
        let score = call.scorer.score(call.task, call.text)?;
        monitor.add(call.task, &score);
        // As bindings do, which have the numbers of a score and not the score.
        monitor.add_numbers(call.task, score.confidence, score.words, score.unknown_words);
        out.list(&monitor.changes(), |out, change| {
            out.text(change.task.as_deref().unwrap_or_default());
            out.0.push(match change.what {
                Watch::Confidence => 0,
                Watch::Words => 1,
                Watch::UnknownWords => 2,
            });
            out.perhaps(change.above);
            out.real(change.calibrated);
            out.real(change.now);
            out.0.extend_from_slice(&change.since.to_le_bytes());
        });
        let state = monitor.state();
        out.number(state.len());
        out.0.extend(state);
        Ok(())
    })
}

/// Frees a monitor.
///
/// # Safety
///
/// `monitor` is null or comes from this library, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_free_monitor(monitor: *mut Monitor) {
    if !monitor.is_null() {
        // SAFETY: `pupil_watch` made it from a box, and the caller frees it once.
        drop(unsafe { Box::from_raw(monitor) });
    }
}

/// Opens a file with a knowledge model, for a new student; returns null on error.
///
/// # Safety
///
/// `path` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_track(path: *const c_char) -> *mut Tracker {
    // SAFETY: the caller guarantees a C string.
    let Some(path) = (unsafe { text(path) }) else { return null_mut() };
    handle(|| Tracker::open(path))
}

/// Takes in an answer; without a question, one to a question that the model does not have. Then says what follows:
/// probabilities, mastery, what to ask next by both policies, simulated answers, and the state after it was restored.
///
/// # Safety
///
/// `tracker` comes from this library and is not freed; `question` is null or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_observe(
    tracker: *mut Tracker,
    question: *const c_char,
    correct: bool,
    seed: u64,
) -> Buffer {
    // SAFETY: the caller guarantees a live tracker and a C string.
    let (Some(tracker), question) = (unsafe { (tracker.as_mut(), text(question)) }) else {
        return Buffer::NONE;
    };
    answer(|out| {
        match question {
            Some(question) => tracker.observe(question, correct)?,
            None => tracker.observe_unlisted(correct),
        }
        out.real(tracker.predict_unlisted());
        out.list(tracker.predict_all(), |out, p| out.real(*p));
        out.list(&tracker.mastery(), |out, skill| {
            out.texts([&skill.skill, &skill.name]);
            out.real(skill.probability);
            out.number(skill.answers as usize);
        });
        for policy in [Policy::default(), Policy::ExpectedGain] {
            out.list(&tracker.recommend(5, &policy)?, |out, one| {
                out.text(&one.question);
                out.real(one.probability);
                out.perhaps(one.gain);
            });
        }
        let questions: Vec<String> = tracker.questions().iter().map(|q| q.id.clone()).collect();
        out.list(&tracker.simulate(&questions, seed)?, |out, drawn| {
            out.real(drawn.probability);
            out.0.push(u8::from(drawn.correct));
        });
        let mut other = tracker.for_new_student();
        other.restore(&tracker.snapshot())?;
        out.number(other.answers() as usize);
        Ok(())
    })
}

/// Frees a tracker.
///
/// # Safety
///
/// `tracker` is null or comes from this library, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_free_tracker(tracker: *mut Tracker) {
    if !tracker.is_null() {
        // SAFETY: `pupil_track` made it from a box, and the caller frees it once.
        drop(unsafe { Box::from_raw(tracker) });
    }
}

/// Closes a scorer.
///
/// # Safety
///
/// `scorer` is null or comes from this library, and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_free(scorer: *mut Scorer) {
    if !scorer.is_null() {
        // SAFETY: `handle` made it from a box, and the caller frees it once.
        drop(unsafe { Box::from_raw(scorer) });
    }
}

/// Frees a buffer that this library returned.
///
/// # Safety
///
/// `buffer` comes unchanged from this library and is not used afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_free_buffer(buffer: Buffer) {
    if !buffer.data.is_null() {
        // SAFETY: `answer` made the three parts from a vector, and the caller frees them once.
        drop(unsafe { Vec::from_raw_parts(buffer.data, buffer.len, buffer.capacity) });
    }
}

/// The arguments of a call that reads an answer.
struct Call<'a> {
    scorer: &'a Scorer,
    task: &'a str,
    reference: Option<&'a str>,
    text: &'a str,
}

impl<'a> Call<'a> {
    /// `None` if a required argument is missing or is not valid UTF-8.
    ///
    /// # Safety
    ///
    /// As [`pupil_score`], and everything outlives `'a`.
    unsafe fn new(
        scorer: *const Scorer,
        task: *const c_char,
        reference: *const c_char,
        answer: *const c_char,
    ) -> Option<Self> {
        // SAFETY: the caller guarantees a live scorer and C strings.
        unsafe {
            Some(Self {
                scorer: scorer.as_ref()?,
                task: text(task)?,
                reference: text(reference),
                text: text(answer)?,
            })
        }
    }
}

/// The string at a pointer; `None` if it is null or not valid UTF-8.
///
/// # Safety
///
/// `pointer` is null or a C string that outlives `'a`.
unsafe fn text<'a>(pointer: *const c_char) -> Option<&'a str> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: it is not null, and the caller guarantees a C string.
    unsafe { CStr::from_ptr(pointer) }.to_str().ok()
}

/// Runs a call that makes a scorer, tracker or monitor; returns null if it fails or panics.
fn handle<T>(make: impl FnOnce() -> Result<T>) -> *mut T {
    match catch_unwind(AssertUnwindSafe(make)) {
        Ok(Ok(made)) => Box::into_raw(Box::new(made)),
        _ => null_mut(),
    }
}

/// Runs a call that writes a result; writes an error or a panic instead if it fails.
fn answer(write: impl FnOnce(&mut Bytes) -> Result<()>) -> Buffer {
    let result = catch_unwind(AssertUnwindSafe(|| {
        let mut out = Bytes(vec![0]);
        if let Err(error) = write(&mut out) {
            out = Bytes(vec![1]);
            out.texts([&format!("{:?}", error.kind()), &error.to_string()]);
            out.number(error.answer().unwrap_or(usize::MAX));
        }
        out.0
    }));
    let mut bytes = std::mem::ManuallyDrop::new(result.unwrap_or_else(|_| vec![PANIC]));
    Buffer { data: bytes.as_mut_ptr(), len: bytes.len(), capacity: bytes.capacity() }
}

impl Buffer {
    /// For calls whose arguments are missing.
    const NONE: Self = Self { data: null_mut(), len: 0, capacity: 0 };
}

/// A result as bytes.
struct Bytes(Vec<u8>);

impl Bytes {
    fn number(&mut self, value: usize) {
        self.0.extend_from_slice(&(value as u64).to_le_bytes());
    }

    fn real(&mut self, value: f32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// NaN stands for `None`, since no score contains NaN.
    fn perhaps(&mut self, value: Option<f32>) {
        self.real(value.unwrap_or(f32::NAN));
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn texts<const N: usize>(&mut self, texts: [&str; N]) {
        texts.into_iter().for_each(|text| self.text(text));
    }

    fn list<T>(&mut self, items: &[T], write: impl Fn(&mut Self, &T)) {
        self.number(items.len());
        items.iter().for_each(|item| write(self, item));
    }

    /// A promise with its sentence and its numbers; an empty sentence without one.
    fn guarantee(&mut self, guarantee: Option<&Guarantee>) {
        let Some(of) = guarantee else { return self.text("") };
        self.texts([&of.to_string(), Guarantee::CONDITIONS]);
        self.0.extend([of.agreement as u8, u8::from(of.is_promised())]);
        [of.max_error, of.confidence, of.bound].into_iter().for_each(|share| self.real(share));
        self.perhaps(of.share());
        [of.answers, of.automatic, of.wrong, of.tasks].into_iter().for_each(|count| self.number(count));
        self.number(of.needed.unwrap_or(usize::MAX));
    }

    fn score(&mut self, score: &Score) {
        self.list(&score.labels, |out, label| {
            out.text(&label.name);
            out.real(label.probability);
            out.0.push(u8::from(label.awarded));
        });
        self.0.extend_from_slice(&score.level.unwrap_or(i32::MIN).to_le_bytes());
        self.perhaps(score.expected);
        self.real(score.confidence);
        self.text(&score.decision.to_string());
        self.guarantee(score.guarantee.as_ref());
        [score.words, score.unknown_words, score.tokens].into_iter().for_each(|count| self.number(count));
        self.0.extend([u8::from(score.truncated), u8::from(score.repetitive)]);
    }

    fn explanation(&mut self, explanation: &Explanation) {
        self.score(&explanation.score);
        self.list(&explanation.words, |out, word| {
            out.number(word.span.start);
            out.number(word.span.end);
            out.list(&word.labels, |out, share| out.real(*share));
            out.perhaps(word.expected);
        });
    }
}
