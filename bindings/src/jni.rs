//! Scoring for Java's virtual machines, by the functions that they call themselves.
//!
//! UniFFI reaches Kotlin through JNA, which takes longer than a small model needs for an answer. So the one call that is made for
//! every answer goes this way: texts arrive as bytes of UTF-8, and a score, or an error, leaves as bytes of a fixed layout.
//! Everything else stays with UniFFI.
//!
//! Kotlin holds an engine by a number that is never used twice, not by an address: a number whose engine is gone is an error.
//! A call holds the engine while it runs, so it may be closed meanwhile.
#![expect(
    unsafe_code,
    reason = "the virtual machine finds these functions by their names, which are exported"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass};
use jni::sys::jlong;

use crate::batch::decision_code;
use crate::engine::Engine;
use crate::error::{PupilError, guarded};
use crate::types::count;

/// The open engines by their numbers. They belong to UniFFI's objects, so one that Kotlin forgets to close is freed with its object.
static ENGINES: RwLock<BTreeMap<u64, Weak<Engine>>> = RwLock::new(BTreeMap::new());

static NEXT: AtomicU64 = AtomicU64::new(1);

/// First byte of an answer to Kotlin: a score follows.
const SCORE: u8 = 0;

/// First byte of an answer to Kotlin: no engine has this number any more.
const CLOSED: u8 = 255;

#[uniffi::export]
impl Engine {
    /// The number by which the functions of this file find the engine, for as long as the object lives.
    pub fn number(self: Arc<Self>) -> Result<u64, PupilError> {
        guarded(|| {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let mut engines = ENGINES.write().unwrap_or_else(PoisonError::into_inner);
            engines.retain(|_, engine| engine.strong_count() > 0);
            engines.insert(number, Arc::downgrade(&self));
            Ok(number)
        })
    }
}

fn find(number: jlong) -> Option<Arc<Engine>> {
    let engines = ENGINES.read().unwrap_or_else(PoisonError::into_inner);
    engines.get(&number.cast_unsigned())?.upgrade()
}

/// A text that Kotlin has encoded.
fn text<'a>(bytes: &'a [u8], what: &str) -> Result<&'a str, PupilError> {
    std::str::from_utf8(bytes).map_err(|error| PupilError::BadInput {
        reason: format!("the {what} is no UTF-8: {error}"),
        answer: None,
    })
}

/// The score, all numbers little-endian: [`SCORE`]; the sum of 1 for a level, 2 for an input that was cut and 4 for an answer that
/// repeats itself; the decision as in [`crate::Columns::decisions`]; a byte without meaning; level, expected level, confidence,
/// words, unknown words, tokens and the number of labels, 4 bytes each; the probabilities, 4 bytes each; the awards, a byte each.
fn score_bytes(score: &pupil_core::Score) -> Vec<u8> {
    let flags =
        u8::from(score.level.is_some()) | u8::from(score.truncated) << 1 | u8::from(score.repetitive) << 2;
    let mut bytes = Vec::with_capacity(32 + 5 * score.labels.len());
    bytes.extend([SCORE, flags, decision_code(score), 0]);
    bytes.extend(score.level.unwrap_or_default().to_le_bytes());
    bytes.extend(score.expected.unwrap_or_default().to_le_bytes());
    bytes.extend(score.confidence.to_le_bytes());
    for number in [score.words, score.unknown_words, score.tokens, score.labels.len()] {
        bytes.extend(count(number).to_le_bytes());
    }
    bytes.extend(score.labels.iter().flat_map(|label| label.probability.to_le_bytes()));
    bytes.extend(score.labels.iter().map(|label| u8::from(label.awarded)));
    bytes
}

/// The error: a byte for its kind, and its reason in UTF-8.
fn error_bytes(error: &PupilError) -> Vec<u8> {
    let kind = match error {
        PupilError::Unreadable { .. } => 1,
        PupilError::NotAModel { .. } => 2,
        PupilError::Damaged { .. } => 3,
        PupilError::Unsupported { .. } => 4,
        PupilError::TooLarge { .. } => 5,
        PupilError::WrongBase { .. } => 6,
        PupilError::UnknownTask { .. } => 7,
        PupilError::BadInput { .. } => 8,
        PupilError::Cancelled { .. } => 9,
        PupilError::Internal { .. } => 10,
    };
    let mut bytes = vec![kind];
    bytes.extend(error.to_string().into_bytes());
    bytes
}

/// Runs a call and gives its answer; a panic inside it is an error as any other.
///
/// Null when the virtual machine has no memory for the answer, or when something panicked outside the engine.
fn answered<'local>(
    mut env: EnvUnowned<'local>,
    call: impl FnOnce(&mut jni::Env<'local>) -> jni::errors::Result<Result<Vec<u8>, PupilError>>,
) -> JByteArray<'local> {
    let made = env.with_env(|env| {
        let bytes = call(env)?.unwrap_or_else(|error| error_bytes(&error));
        env.byte_array_from_slice(&bytes)
    });
    match made.into_outcome() {
        jni::Outcome::Ok(array) => array,
        jni::Outcome::Err(_) | jni::Outcome::Panic(_) => JByteArray::default(),
    }
}

/// `Natives.score`: scores an answer, against a reference that may be null.
// SAFETY: the name is made of Kotlin's package, class and function, so nothing else has it.
#[unsafe(no_mangle)]
extern "system" fn Java_io_github_pupilsdk_Natives_score<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
    number: jlong,
    task: JByteArray<'local>,
    answer: JByteArray<'local>,
    reference: JByteArray<'local>,
) -> JByteArray<'local> {
    answered(env, |env| {
        let Some(engine) = find(number) else { return Ok(Ok(vec![CLOSED])) };
        let (task, answer) = (env.convert_byte_array(task)?, env.convert_byte_array(answer)?);
        let reference = if reference.is_null() { None } else { Some(env.convert_byte_array(reference)?) };
        Ok(guarded(|| {
            let (task, answer) = (text(&task, "name of the task")?, text(&answer, "answer")?);
            let score = match &reference {
                Some(reference) => engine.scorer().score_pair(task, text(reference, "reference")?, answer)?,
                None => engine.scorer().score(task, answer)?,
            };
            Ok(score_bytes(&score))
        }))
    })
}

/// `Natives.release`: forgets a number, so that calls that begin later find no engine.
// SAFETY: the name is made of Kotlin's package, class and function, so nothing else has it.
#[unsafe(no_mangle)]
extern "system" fn Java_io_github_pupilsdk_Natives_release<'local>(
    _env: EnvUnowned<'local>,
    _class: JClass<'local>,
    number: jlong,
) {
    let mut engines = ENGINES.write().unwrap_or_else(PoisonError::into_inner);
    // What is left is a weak reference, whose end runs no code that could panic.
    engines.remove(&number.cast_unsigned());
}

/// `PanicNatives.inside` of the tests: panics where the engine would.
// SAFETY: the name is made of Kotlin's package, class and function, so nothing else has it.
#[cfg(feature = "deliberate-panic")]
#[unsafe(no_mangle)]
extern "system" fn Java_io_github_pupilsdk_PanicNatives_inside<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
) -> JByteArray<'local> {
    answered(env, |_| Ok(guarded(|| panic!("deliberate"))))
}

/// `PanicNatives.outside` of the tests: panics where only this file stands between it and the app.
// SAFETY: the name is made of Kotlin's package, class and function, so nothing else has it.
#[cfg(feature = "deliberate-panic")]
#[unsafe(no_mangle)]
extern "system" fn Java_io_github_pupilsdk_PanicNatives_outside<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
) -> JByteArray<'local> {
    answered(env, |_| panic!("deliberate"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_utf8_is_refused_without_repeating_it() {
        let error = text(b"zanzibar\xff", "answer").expect_err("a byte of it is no UTF-8");
        let told = String::from_utf8(error_bytes(&error)[1..].to_vec()).expect("errors are text");
        assert!(told.contains("the answer is no UTF-8") && !told.contains("zanzibar"), "{told}");
    }
}
