//! Golden vectors of a knowledge model: a student's answers, and what the model says after each, bit for bit.

use pupil_core::{Policy, Result, Tracker};
use serde::{Deserialize, Serialize};

use crate::Fixture;
use crate::golden::{SEED, bits, checksum, hex};

/// What makes a model from a seed.
pub type Make = fn(u64) -> Fixture;

/// Files of the models in the folder of golden vectors, their vectors, and what makes a model: the second reads counts.
pub const FILES: [(&str, &str, Make); 2] = [
    ("knowledge.pupil", "knowledge.json", Fixture::knowledge),
    ("knowledge-counts.pupil", "knowledge-counts.json", Fixture::counting),
];

/// A student's answers; a question without id is one that the model does not have.
pub const ANSWERS: [(Option<&str>, bool); 12] = [
    (Some("q0"), true),
    (Some("q1"), false),
    (Some("q5"), true),
    (None, false),
    (Some("q2"), false),
    (Some("q20"), true),
    (Some("q10"), true),
    (Some("q1"), true),
    (None, true),
    (Some("q19"), false),
    (Some("q7"), false),
    (Some("q3"), true),
];

/// The bytes of a model.
pub fn model(make: Make) -> Vec<u8> {
    make(SEED).bytes()
}

/// The contents of the file of vectors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vectors {
    /// The command that makes the file.
    pub origin: String,
    /// The model's file, in the same folder.
    pub model: String,
    /// BLAKE3 of the model's file.
    pub model_blake3: String,
    /// Before the first answer and after each.
    pub steps: Vec<Step>,
    /// Questions that were simulated, from the last state on.
    pub simulated: Vec<String>,
    /// Seed of the simulation.
    pub seed: u64,
    /// Bits of each probability, and whether the drawn answer was right.
    pub drawn: Vec<(String, bool)>,
    /// Questions recommended by probability, and by gain with its bits.
    pub recommended: [Vec<(String, Option<String>)>; 2],
    /// The last state, in hexadecimal.
    pub snapshot: String,
}

/// What the model says after an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The answer; none at first.
    pub answer: Option<(Option<String>, bool)>,
    /// BLAKE3 of the probabilities of all questions.
    pub probabilities_blake3: String,
    /// Bits of the probability of a question that the model does not have.
    pub unlisted_bits: String,
    /// Bits of the probability of `q0`.
    pub first_bits: String,
    /// Bits of the mastery of each skill, and the answers behind it.
    pub mastery: Vec<(String, u32)>,
}

fn step(tracker: &mut Tracker, answer: Option<(Option<&str>, bool)>) -> Step {
    let unlisted_bits = bits(tracker.predict_unlisted());
    let probabilities = tracker.predict_all();
    Step {
        unlisted_bits,
        answer: answer.map(|(question, correct)| (question.map(Into::into), correct)),
        probabilities_blake3: checksum(probabilities),
        first_bits: bits(probabilities[0]),
        mastery: tracker.mastery().iter().map(|skill| (bits(skill.probability), skill.answers)).collect(),
    }
}

/// Makes the vectors with an open model of these bytes.
///
/// # Errors
///
/// Those of the tracker.
pub fn vectors(tracker: &mut Tracker, model: &str, file: &[u8]) -> Result<Vectors> {
    let mut tracker = tracker.for_new_student();
    let mut steps = vec![step(&mut tracker, None)];
    for (question, correct) in ANSWERS {
        match question {
            Some(question) => tracker.observe(question, correct)?,
            None => tracker.observe_unlisted(correct),
        }
        steps.push(step(&mut tracker, Some((question, correct))));
    }
    let simulated: Vec<String> = (0..30).map(|n| format!("q{}", n * 8 % 21)).collect();
    let seed = 7;
    let drawn = tracker.simulate(&simulated, seed)?;
    let mut recommended = |policy| -> Result<Vec<(String, Option<String>)>> {
        let chosen = tracker.recommend(6, &policy)?;
        Ok(chosen.into_iter().map(|one| (one.question, one.gain.map(bits))).collect())
    };
    let recommended = [recommended(Policy::default())?, recommended(Policy::ExpectedGain)?];
    Ok(Vectors {
        origin: "cargo run -p pupil-tests --bin golden".into(),
        model: model.into(),
        model_blake3: blake3::hash(file).to_hex().to_string(),
        steps,
        simulated,
        seed,
        drawn: drawn.iter().map(|answer| (bits(answer.probability), answer.correct)).collect(),
        recommended,
        snapshot: hex(&tracker.snapshot()),
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
