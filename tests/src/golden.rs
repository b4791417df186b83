//! Golden vectors: the results of fixed models for fixed texts, bit for bit.

use pupil_core::{Result, Scorer};
use serde::{Deserialize, Serialize};

use crate::Fixture;

/// Seed of the model.
pub const SEED: u64 = 20_240_229;

/// Folder of the vectors.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/golden");

/// File of the model in [`FOLDER`].
pub const MODEL: &str = "e_lstm.pupil";

/// File of the vectors in [`FOLDER`].
pub const VECTORS: &str = "e_lstm.json";

/// File of the model with transformers and mixtures in [`FOLDER`].
pub const MIXTURES_MODEL: &str = "mixtures.pupil";

/// File of its vectors in [`FOLDER`].
pub const MIXTURES_VECTORS: &str = "mixtures.json";

/// File of the model whose tasks have several members, in [`FOLDER`].
pub const MEMBERS_MODEL: &str = "members.pupil";

/// File of its vectors in [`FOLDER`].
pub const MEMBERS_VECTORS: &str = "members.json";

/// File of the model whose tasks have a guard, in [`FOLDER`].
pub const GUARDED_MODEL: &str = "guarded.pupil";

/// File of its vectors in [`FOLDER`].
pub const GUARDED_VECTORS: &str = "guarded.json";

/// The file of a model, the file of its vectors, and what makes the model.
pub type Golden = (&'static str, &'static str, fn() -> Vec<u8>);

/// Every model.
pub const FILES: [Golden; 4] = [
    (MODEL, VECTORS, || Fixture::new(SEED).bytes()),
    (MIXTURES_MODEL, MIXTURES_VECTORS, || Fixture::mixtures(SEED).bytes()),
    (MEMBERS_MODEL, MEMBERS_VECTORS, || Fixture::members(SEED).bytes()),
    (GUARDED_MODEL, GUARDED_VECTORS, || Fixture::guarded(SEED).bytes()),
];

/// The contents of the file of vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vectors {
    /// The command that makes the file.
    pub origin: String,
    /// The model's file, in the same folder.
    pub model: String,
    /// BLAKE3 of the model's file.
    pub model_blake3: String,
    /// The result for each text.
    pub cases: Vec<Case>,
}

/// The result for one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Task.
    pub task: String,
    /// Reference answer, for tasks on pairs.
    pub reference: Option<String>,
    /// Answer.
    pub text: String,
    /// Tokens.
    pub ids: Vec<u32>,
    /// BLAKE3 of the output of the encoder or the mixture: its f32 values, little-endian.
    pub pooled_blake3: String,
    /// BLAKE3 of the weights of the experts, for tasks with a mixture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experts_blake3: Option<String>,
    /// BLAKE3 of what each member gave, for tasks with several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members_blake3: Option<String>,
    /// BLAKE3 of the output of the head's hidden layer.
    pub hidden_blake3: String,
    /// BLAKE3 of the head's output.
    pub logits_blake3: String,
    /// Bits of each probability, in hex.
    pub probability_bits: Vec<String>,
    /// Names of the awarded labels.
    pub awarded: Vec<String>,
    /// Awarded level.
    pub level: Option<i32>,
    /// Bits of the expected level, in hex.
    pub expected_bits: Option<String>,
    /// Bits of the confidence, in hex.
    pub confidence_bits: String,
    /// Decision, as printed.
    pub decision: String,
    /// Words of the answer.
    pub words: usize,
    /// Unknown words of the answer.
    pub unknown_words: usize,
    /// Whether the tokenizer truncated the input.
    pub truncated: bool,
}

/// Texts for tasks without a reference.
const ANSWERS: &[&str] = &[
    "",
    "   \n\t ",
    "!?",
    "warm",
    "The balloon expands because warm air needs more room.",
    "the particles of the gas move faster when it is warm, and slower when it is cold",
    "It does not! The mass is the same; the volume changes.",
    "Density, mass, volume: a property of the sample",
    "zorbl quendle frimp the snargle",
    "ice melts to water. ice melts to water. ice melts to water. ice melts to water.",
    "L'énergie de la lumière é e\u{301}",
    "日本語 air 日",
    "the\u{a0}moon\u{2003}and\u{200b}the sun \u{1f388}\u{1f388}",
    "SHADOW shadow ShAdOw\u{0}\u{fffd}\r\nmagnet",
];

/// Pairs for tasks with a reference.
const PAIRS: &[(&str, &str)] = &[
    ("Warm air expands.", "the balloon expands because the air is warm"),
    ("Warm air expands.", ""),
    ("", "iron is not a magnet"),
    ("The plant grows to the light.", "The plant grows to the light."),
    (
        "the gas particles move faster and faster, so the pressure changes, and the volume changes, and the balloon expands",
        concat!(
            "when it is cold the gas particles move slower, the volume is less, the pressure is less, the density is more, ",
            "and the mass is the same because the particles of the gas are the same. ",
            "when it is warm the balloon expands and needs more room, and the density is less, but the mass is the same."
        ),
    ),
];

/// Further texts for tasks that have a guard; those with a reference are for pairs.
pub const GUARDED: &[(Option<&str>, &str)] = &[
    (None, "the balloon is warm and the air is cold"),
    (None, "THE BALLOON, IS WARM; and the \u{201c}air\u{201d} is cold!"),
    (None, "der Ballon steigt, denn warme Luft braucht Platz"),
    (None, "шар больше, потому что воздух теплее"),
    (None, "xqzk vwpj qqxz kjwv zzxq"),
    (None, "snargle the frimp of zorbl and the quendle"),
    (None, "the balloons expanding in warmer rooms"),
    (None, "warm air and warm air and warm air and warm air"),
    (None, "Why is one balloon larger than the other?"),
    (None, "When is it? When is it warm?"),
    (None, "the moon is in the shadow of the sun and the magnet is of iron"),
    (None, "balloon warm air cold gas mass"),
    (None, "is the and because it of"),
    (None, "12 30 4.5"),
    (Some("The balloon is warm and the air is cold."), "the air is cold and the balloon is warm"),
    (Some("The balloon is warm and the air is cold."), "cold the is warm air balloon is and the"),
    (Some("The balloon is warm and the air is cold."), "balloon, warm, air, cold"),
    (
        Some("The balloon is warm and the air is cold."),
        "the magnet and the iron and the moon of the plant in the shadow",
    ),
    (Some("Warm air expands."), "the balloons expanding in warmer rooms"),
    (Some("The zorbl is frimp."), "the zorbl is frimp because it is a zorbl"),
    (Some("Why is one balloon larger than the other?"), "why is one balloon larger than the other"),
];

/// Makes the vectors with an open model, given the name and the bytes of its file.
///
/// # Errors
///
/// Those of scoring.
pub fn vectors(scorer: &Scorer, name: &str, file: &[u8]) -> Result<Vectors> {
    let mut cases = Vec::new();
    for task in scorer.tasks() {
        match task.input {
            pupil_core::format::manifest::Input::Pair => {
                for (reference, answer) in PAIRS {
                    cases.push(case(scorer, &task.id, Some(reference), answer)?);
                }
            }
            _ => {
                for answer in ANSWERS {
                    cases.push(case(scorer, &task.id, None, answer)?);
                }
            }
        }
        let is_pair = task.input == pupil_core::format::manifest::Input::Pair;
        let guarded = GUARDED.iter().filter(|(reference, _)| reference.is_some() == is_pair);
        for (reference, answer) in guarded.filter(|_| task.guard.is_some()) {
            cases.push(case(scorer, &task.id, *reference, answer)?);
        }
    }
    Ok(Vectors {
        origin: "cargo run -p pupil-tests --bin golden".into(),
        model: name.into(),
        model_blake3: blake3::hash(file).to_hex().to_string(),
        cases,
    })
}

/// The result for one text with an open model.
///
/// # Errors
///
/// Those of scoring.
pub fn case(scorer: &Scorer, task: &str, reference: Option<&str>, answer: &str) -> Result<Case> {
    let trace = scorer.trace(task, reference, answer)?;
    let score = &trace.score;
    Ok(Case {
        task: task.into(),
        reference: reference.map(Into::into),
        text: answer.into(),
        ids: trace.ids,
        pooled_blake3: checksum(&trace.pooled),
        experts_blake3: (!trace.experts.is_empty()).then(|| checksum(&trace.experts)),
        members_blake3: (!trace.members.is_empty()).then(|| checksum(&trace.members)),
        hidden_blake3: checksum(&trace.hidden),
        logits_blake3: checksum(&trace.logits),
        probability_bits: score.labels.iter().map(|l| bits(l.probability)).collect(),
        awarded: score.awarded().map(|l| l.name.to_string()).collect(),
        level: score.level,
        expected_bits: score.expected.map(bits),
        confidence_bits: bits(score.confidence),
        decision: score.decision.to_string(),
        words: score.words,
        unknown_words: score.unknown_words,
        truncated: score.truncated,
    })
}

/// The contents of the file of vectors.
///
/// # Panics
///
/// Never: strings and numbers have a JSON form.
pub fn render(vectors: &Vectors) -> String {
    let mut json = serde_json::to_string_pretty(vectors).expect("strings and numbers have a JSON form");
    json.push('\n');
    json
}

/// BLAKE3 of little-endian numbers, in hex.
pub fn checksum(values: &[f32]) -> String {
    let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
    blake3::hash(&bytes).to_hex().to_string()
}

/// The bits of a number, in hex.
pub fn bits(value: f32) -> String {
    format!("{:08x}", value.to_bits())
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that [`hex`] wrote.
///
/// # Panics
///
/// If it did not write the text.
pub fn unhex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().as_chunks::<2>().0.iter();
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).expect("ASCII"), 16).expect("hex")).collect()
}

/// The number whose bits [`bits`] wrote.
///
/// # Panics
///
/// If it did not write the text.
pub fn real(text: &str) -> f32 {
    f32::from_bits(u32::from_str_radix(text, 16).expect("eight digits"))
}
