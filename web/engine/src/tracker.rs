//! What one student knows.

use pupil_core::{Passed, Policy, Tracker};

use crate::call::{answer, free, make, open};
use crate::wire::{Input, Output};

/// Opens a file with a knowledge model, which is the whole input.
#[unsafe(no_mangle)]
pub extern "C" fn pupil_tracker_open() -> *mut Tracker {
    open(Tracker::from_bytes)
}

/// A tracker for another student, which shares the model.
///
/// # Safety
///
/// `tracker` comes from this library and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_for_new_student(tracker: *const Tracker) -> *mut Tracker {
    // SAFETY: the caller guarantees a live tracker.
    let tracker = unsafe { &*tracker };
    make(|_| Ok(tracker.for_new_student()))
}

/// Frees a tracker.
///
/// # Safety
///
/// `tracker` is null, or comes from this library and is not freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_close(tracker: *mut Tracker) {
    // SAFETY: as the caller guarantees.
    unsafe { free(tracker) }
}

/// The questions of the model: id, ids of skills, difficulty.
///
/// # Safety
///
/// As [`pupil_tracker_for_new_student`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_questions(tracker: *const Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker.
    let tracker = unsafe { &*tracker };
    answer(|_, out| {
        let skills = tracker.skills();
        out.list(tracker.questions().iter(), |out, question| {
            out.text(&question.id);
            out.list(question.skills.iter(), |out, place| out.text(&skills[*place].id));
            out.optional(question.difficulty, Output::real);
        });
        Ok(())
    })
}

/// Number of answers taken in.
///
/// # Safety
///
/// As [`pupil_tracker_for_new_student`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_answers(tracker: *const Tracker) -> u32 {
    // SAFETY: the caller guarantees a live tracker.
    unsafe { &*tracker }.answers()
}

/// Takes in an answer: the question, if the model has it, and whether it is right.
///
/// # Safety
///
/// `tracker` comes from this library, is not freed and not in another call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_observe(tracker: *mut Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker that nobody else uses.
    let tracker = unsafe { &mut *tracker };
    answer(|input, _| match (input.optional(Input::text)?, input.flag()?) {
        (Some(question), correct) => tracker.observe(question, correct),
        (None, correct) => {
            tracker.observe_unlisted(correct);
            Ok(())
        }
    })
}

/// Takes in a score: the question, the level and the labels of the score, and what counts as right, which is a level or
/// a label. Gives whether it did.
///
/// # Safety
///
/// As [`pupil_tracker_observe`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_observe_score(tracker: *mut Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker that nobody else uses.
    let tracker = unsafe { &mut *tracker };
    answer(|input, out| {
        let question = input.text()?;
        let level = input.optional(Input::signed)?;
        let labels = input.list(|input| Ok((input.text()?, input.flag()?)))?;
        let passed = match input.optional(Input::signed)? {
            Some(points) => Passed::Level(points),
            None => Passed::Label(input.text()?),
        };
        let correct = passed.holds(level, labels.iter().copied())?;
        tracker.observe(question, correct)?;
        out.flag(correct);
        Ok(())
    })
}

/// The probability of a right answer to the question in the input, or to one that the model does not have.
///
/// # Safety
///
/// As [`pupil_tracker_observe`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_predict(tracker: *mut Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker that nobody else uses.
    let tracker = unsafe { &mut *tracker };
    answer(|input, out| {
        let probability = match input.optional(Input::text)? {
            Some(question) => tracker.predict(question)?,
            None => tracker.predict_unlisted(),
        };
        out.real(probability);
        Ok(())
    })
}

/// The probability of a right answer to each question.
///
/// # Safety
///
/// As [`pupil_tracker_observe`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_predict_all(tracker: *mut Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker that nobody else uses.
    let tracker = unsafe { &mut *tracker };
    answer(|_, out| {
        out.list(tracker.predict_all().iter(), |out, probability| out.real(*probability));
        Ok(())
    })
}

/// How well the student has mastered each skill.
///
/// # Safety
///
/// As [`pupil_tracker_observe`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_mastery(tracker: *mut Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker that nobody else uses.
    let tracker = unsafe { &mut *tracker };
    answer(|_, out| {
        out.list(tracker.mastery().into_iter(), |out, mastery| {
            out.text(&mastery.skill);
            out.text(&mastery.name);
            out.real(mastery.probability);
            out.number(mastery.answers);
        });
        Ok(())
    })
}

/// The next questions: how many, and the range of probabilities, or none to choose by the expected gain.
///
/// # Safety
///
/// As [`pupil_tracker_observe`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_recommend(tracker: *mut Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker that nobody else uses.
    let tracker = unsafe { &mut *tracker };
    answer(|input, out| {
        let count = input.size()?;
        let range = input.optional(|input| Ok((input.real()?, input.real()?)))?;
        let policy =
            range.map_or(Policy::ExpectedGain, |(low, high)| Policy::TargetProbability { low, high });
        out.list(tracker.recommend(count, &policy)?.into_iter(), |out, one| {
            out.text(&one.question);
            out.real(one.probability);
            out.optional(one.gain, Output::real);
        });
        Ok(())
    })
}

/// Draws answers to the questions in the input, from a seed.
///
/// # Safety
///
/// As [`pupil_tracker_for_new_student`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_simulate(tracker: *const Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker.
    let tracker = unsafe { &*tracker };
    answer(|input, out| {
        let questions = input.list(Input::text)?;
        let drawn = tracker.simulate(&questions, input.long()?)?;
        out.list(drawn.into_iter(), |out, one| {
            out.real(one.probability);
            out.flag(one.correct);
        });
        Ok(())
    })
}

/// The student's state.
///
/// # Safety
///
/// As [`pupil_tracker_for_new_student`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_snapshot(tracker: *const Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker.
    let tracker = unsafe { &*tracker };
    answer(|_, out| {
        out.data(&tracker.snapshot());
        Ok(())
    })
}

/// Goes on from the snapshot in the input.
///
/// # Safety
///
/// As [`pupil_tracker_observe`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pupil_tracker_restore(tracker: *mut Tracker) -> usize {
    // SAFETY: the caller guarantees a live tracker that nobody else uses.
    let tracker = unsafe { &mut *tracker };
    answer(|input, _| tracker.restore(input.bytes()?))
}
