//! Opening models and scoring answers.

use std::cell::RefCell;

use pupil_core::format::manifest::{Encoder, Input as TaskInput, Manifest, Task};
use pupil_core::{BatchOptions, OpenOptions, Result, Scorer};

use crate::call::{answer, free, make, open};
use crate::wire::{Input, Output};

thread_local! {
    /// Whom the next file that is opened has to be by.
    static TRUST: RefCell<Option<OpenOptions>> = const { RefCell::new(None) };
}

/// Says whom the next file that is opened has to be by: the trusted keys, its signature, its BLAKE3, its least version.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_trust() -> usize {
    answer(|input, _| {
        let trusted_keys = input.list(|input| input.text()?.parse())?;
        let signature = input.optional(|input| input.text()?.parse())?;
        let expected_blake3 = input.optional(|input| Ok(input.text()?.to_owned()))?;
        let min_version = input.number()?;
        let options =
            OpenOptions { trusted_keys, signature, expected_blake3, min_version, ..OpenOptions::default() };
        TRUST.replace(Some(options));
        Ok(())
    })
}

/// Opens a model, which is the whole input.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_open(fold_limit_bytes: usize, max_answer_bytes: usize) -> *mut Scorer {
    let trust = TRUST.take().unwrap_or_default();
    let options = OpenOptions { fold_limit_bytes, max_answer_bytes, ..trust };
    open(|bytes| Scorer::from_bytes_with(bytes, &options))
}

/// Attaches a task pack, which is the whole input, and returns another scorer.
///
/// # Safety
///
/// `scorer` comes from this library and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_attach(scorer: *const Scorer) -> *mut Scorer {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    open(|bytes| match TRUST.take() {
        Some(options) => scorer.attach_bytes_with(bytes, &options),
        None => scorer.attach_bytes(bytes),
    })
}

/// Detaches the task pack whose name the input holds, and returns another scorer.
///
/// # Safety
///
/// As [`pupil_attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_detach(scorer: *const Scorer) -> *mut Scorer {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    make(|input| scorer.detach(input.text()?))
}

/// Frees a scorer.
///
/// # Safety
///
/// `scorer` is null, or comes from this library and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_close(scorer: *mut Scorer) {
    // SAFETY: as the caller guarantees.
    unsafe { free(scorer) }
}

/// The metadata of the model, and how it runs.
///
/// # Safety
///
/// As [`pupil_attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_about(scorer: *const Scorer) -> usize {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    answer(|_, out| {
        let (manifest, report) = (scorer.manifest(), scorer.report());
        for text in [&manifest.name, &manifest.description, &manifest.licence] {
            out.text(text);
        }
        out.list(manifest.attribution.iter(), |out, name| out.text(name));
        out.number(manifest.version);
        out.text(scorer.blake3());
        let packs: Vec<&str> = scorer.packs().map(|pack| pack.name.as_str()).collect();
        out.list(packs.iter(), |out, pack| out.text(pack));
        out.size(report.file_bytes);
        out.size(report.packed_bytes);
        out.list(report.variants.iter(), |out, chosen| {
            out.text(chosen.op);
            out.text(chosen.variant);
        });
        Ok(())
    })
}

/// The tasks of the model and of attached packs.
///
/// # Safety
///
/// As [`pupil_attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tasks(scorer: *const Scorer) -> usize {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    answer(|_, out| {
        let tasks: Vec<&Task> = scorer.tasks().collect();
        out.list(tasks.into_iter(), |out, task| write_task(out, task, scorer.manifest()));
        Ok(())
    })
}

/// A task and the families of its encoders, which `file` names: those of a task pack are those of the model.
fn write_task(out: &mut Output, task: &Task, file: &Manifest) {
    out.text(&task.id);
    out.text(&task.name);
    out.optional(task.prompt.as_deref(), Output::text);
    out.flag(task.input == TaskInput::Pair);
    out.list(task.labels.iter(), |out, label| {
        out.text(&label.name);
        out.optional(label.description.as_deref(), Output::text);
        out.flag(label.unseen);
    });
    out.optional(task.points(), |out, points| out.list(points.into_iter(), Output::signed));
    let members: Vec<_> = task.all_members().collect();
    out.list(members.into_iter(), |out, member| {
        out.text(file.encoder(member.encoder).map_or("", Encoder::family));
        out.real(member.weight);
    });
    out.optional(task.guarantee.as_ref(), Output::guarantee);
}

/// What is scored: the task, the reference if there is one, and the answer.
struct Call<'a> {
    task: &'a str,
    reference: Option<&'a str>,
    text: &'a str,
}

impl<'a> Call<'a> {
    fn read(input: &mut Input<'a>) -> Result<Self> {
        Ok(Self { task: input.text()?, reference: input.optional(Input::text)?, text: input.text()? })
    }
}

/// Scores an answer.
///
/// # Safety
///
/// As [`pupil_attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_score(scorer: *const Scorer) -> usize {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    answer(|input, out| {
        let Call { task, reference, text } = Call::read(input)?;
        let score = match reference {
            Some(reference) => scorer.score_pair(task, reference, text)?,
            None => scorer.score(task, text)?,
        };
        out.score(&score);
        Ok(())
    })
}

/// Scores an answer and tells how each word changes the score; places of words are in units of UTF-16.
///
/// # Safety
///
/// As [`pupil_attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_explain(scorer: *const Scorer) -> usize {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    answer(|input, out| {
        let Call { task, reference, text } = Call::read(input)?;
        let explanation = match reference {
            Some(reference) => scorer.explain_pair(task, reference, text)?,
            None => scorer.explain(task, text)?,
        };
        out.score(&explanation.score);
        let (mut utf8, mut utf16) = (0, 0);
        let mut units = |place: usize| {
            utf16 += text[utf8..place].chars().map(char::len_utf16).sum::<usize>();
            utf8 = place;
            utf16
        };
        out.list(explanation.words.iter(), |out, word| {
            out.size(units(word.span.start));
            out.size(units(word.span.end));
            out.list(word.labels.iter(), |out, share| out.real(*share));
            out.optional(word.expected, Output::real);
        });
        Ok(())
    })
}

/// Scores an answer and gives the weight of each expert of the task's mixtures.
///
/// # Safety
///
/// As [`pupil_attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_experts(scorer: *const Scorer) -> usize {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    answer(|input, out| {
        let Call { task, reference, text } = Call::read(input)?;
        let used = scorer.experts(task, reference, text)?;
        out.score(&used.score);
        out.list(used.blocks.iter(), |out, block| {
            out.size(block.member);
            out.list(block.weights.iter(), |out, weight| out.real(*weight));
        });
        Ok(())
    })
}

/// Scores many answers: the task, the answers, and one reference for each if there are references.
///
/// # Safety
///
/// As [`pupil_attach`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_score_batch(scorer: *const Scorer) -> usize {
    // SAFETY: the caller guarantees a live scorer.
    let scorer = unsafe { &*scorer };
    answer(|input, out| {
        let task = input.text()?;
        let texts = input.list(Input::text)?;
        let references = input.optional(|input| input.list(Input::text))?;
        let options = BatchOptions { threads: 1, ..BatchOptions::default() };
        let scores = match references {
            Some(references) => {
                let pairs: Vec<(&str, &str)> = references.into_iter().zip(texts).collect();
                scorer.score_pair_batch(task, &pairs, &options)?
            }
            None => scorer.score_batch(task, &texts, &options)?,
        };
        out.list(scores.iter(), Output::score);
        Ok(())
    })
}
