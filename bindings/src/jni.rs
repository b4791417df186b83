//! Scoring through JNI, for Kotlin.
//!
//! UniFFI calls from Kotlin go through JNA, which takes longer than a small model needs for an answer. So the call that
//! apps make for every answer uses JNI: texts arrive as UTF-8 bytes, and a score or an error is returned as bytes in a
//! fixed layout. All other calls use UniFFI.
//!
//! Kotlin refers to an engine by a number that is never reused, not by an address, so a stale number is an error. A
//! call holds the engine while it runs, so the app may close it meanwhile.
#![expect(unsafe_code, reason = "the virtual machine finds these functions by their exported names")]

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

/// The open engines by number. UniFFI's objects own them, so an engine that Kotlin does not close is freed with its
/// object.
static ENGINES: RwLock<BTreeMap<u64, Weak<Engine>>> = RwLock::new(BTreeMap::new());

static NEXT: AtomicU64 = AtomicU64::new(1);

/// First byte of a reply: a score follows.
const SCORE: u8 = 0;

/// First byte of a reply: the engine with this number is closed.
const CLOSED: u8 = 255;

#[uniffi::export]
impl Engine {
    /// The number by which the JNI functions find the engine, as long as the object exists.
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

/// A text that Kotlin encoded.
fn text<'a>(bytes: &'a [u8], what: &str) -> Result<&'a str, PupilError> {
    std::str::from_utf8(bytes).map_err(|error| PupilError::BadInput {
        reason: format!("the {what} is not valid UTF-8: {error}"),
        answer: None,
    })
}

/// Encodes a score, all numbers little-endian: [`SCORE`]; flags (1 if there is a level, 2 if the input was truncated, 4
/// if the answer is repetitive); the decision as in [`crate::Columns::decisions`]; a padding byte; level, expected
/// level, confidence, words, unknown words, tokens and the number of labels, 4 bytes each; the probabilities, 4 bytes
/// each; the awards, 1 byte each.
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

/// Encodes an error: a byte for its kind, then its reason in UTF-8.
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
        PupilError::Untrusted { .. } => 11,
    };
    let mut bytes = vec![kind];
    bytes.extend(error.to_string().into_bytes());
    bytes
}

/// Runs a call and returns its reply; a panic inside it becomes an error.
///
/// Returns null if the virtual machine has no memory for the reply, or if code outside the engine panicked.
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

/// `Natives.score`: scores an answer; the reference may be null.
// SAFETY: the name consists of Kotlin's package, class and function, so it is unique.
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

/// `Natives.release`: removes a number, so that later calls find no engine.
// SAFETY: the name consists of Kotlin's package, class and function, so it is unique.
#[unsafe(no_mangle)]
extern "system" fn Java_io_github_pupilsdk_Natives_release<'local>(
    _env: EnvUnowned<'local>,
    _class: JClass<'local>,
    number: jlong,
) {
    let mut engines = ENGINES.write().unwrap_or_else(PoisonError::into_inner);
    // Dropping the weak reference runs no code that could panic.
    engines.remove(&number.cast_unsigned());
}

/// `PanicNatives.inside` of the tests: panics inside the engine's guard.
// SAFETY: the name consists of Kotlin's package, class and function, so it is unique.
#[cfg(feature = "deliberate-panic")]
#[unsafe(no_mangle)]
extern "system" fn Java_io_github_pupilsdk_PanicNatives_inside<'local>(
    env: EnvUnowned<'local>,
    _class: JClass<'local>,
) -> JByteArray<'local> {
    answered(env, |_| Ok(guarded(|| panic!("deliberate"))))
}

/// `PanicNatives.outside` of the tests: panics where only this module can catch the panic.
// SAFETY: the name consists of Kotlin's package, class and function, so it is unique.
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
    fn text_that_is_not_utf8_is_rejected_without_repeating_it() {
        let error = text(b"zanzibar\xff", "answer").expect_err("a byte of it is not valid UTF-8");
        let told = String::from_utf8(error_bytes(&error)[1..].to_vec()).expect("errors are text");
        assert!(told.contains("the answer is not valid UTF-8") && !told.contains("zanzibar"), "{told}");
    }
}
