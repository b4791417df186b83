//! Cases of trackers: calls of one tracker, one after the other, and what each gives.

use pupil_core::{Passed, Policy, Result, Scorer, Tracker};
use serde::{Deserialize, Serialize};

use super::{Call, E_LSTM, MIND_CA, Text, error_name, open, path, score};
use crate::golden::{bits, hex, real, unhex};
use crate::knowledge::ANSWERS;

const KNOWLEDGE: &str = "tests/fixtures/golden/knowledge.pupil";
const COUNTING: &str = "tests/fixtures/golden/knowledge-counts.pupil";
const PRACTICE: &str = "models/practice/practice.pupil";

/// A file that a tracker opens, and the calls of that tracker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackerCase {
    /// Path of the file in the repository.
    pub model: String,
    /// The number of leading bytes to open; if absent, the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bytes: Option<usize>,
    /// The name of the error of opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The questions of the model; none on error.
    pub questions: Vec<QuestionCase>,
    /// The calls.
    pub steps: Vec<Step>,
}

/// A question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuestionCase {
    /// Its id.
    pub id: String,
    /// Ids of its skills.
    pub skills: Vec<String>,
    /// Bits of the share of wrong answers, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difficulty_bits: Option<String>,
}

/// A call and what it gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The call.
    #[serde(flatten)]
    pub call: TrackerCall,
    /// What it gives.
    pub result: Given,
}

/// A call of a tracker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call", rename_all = "snake_case")]
pub enum TrackerCall {
    /// Goes on with a tracker for another student.
    ForNewStudent,
    /// The number of answers.
    Answers,
    /// Takes in an answer.
    Observe {
        /// The question; none for one that the model does not have.
        question: Option<String>,
        /// Whether the answer is right.
        correct: bool,
    },
    /// Takes in a score, right from `level` on or if `label` is awarded.
    ObserveScore {
        /// The question.
        question: String,
        /// What is scored.
        score: Call,
        /// Points.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<i32>,
        /// A label.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        label: Option<String>,
    },
    /// The probability of a right answer.
    Predict {
        /// The question; none for one that the model does not have.
        question: Option<String>,
    },
    /// The probabilities of all questions.
    PredictAll,
    /// Mastery of all skills.
    Mastery,
    /// What to ask next: by gain, or in a range, which is the default of the language without bits.
    Recommend {
        /// How many.
        count: u32,
        /// Whether the policy is expected gain.
        by_gain: bool,
        /// Bits of the least and the largest probability.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range_bits: Option<[String; 2]>,
    },
    /// Draws answers to `questions`, which are repeated `times` times.
    Simulate {
        /// The questions.
        questions: Vec<String>,
        /// How often.
        times: usize,
        /// The seed in decimal; not every reader of JSON reads whole numbers of 64 bits.
        seed: String,
    },
    /// The state.
    Snapshot,
    /// Goes on from a state: bytes in hexadecimal, repeated `times` times.
    Restore {
        /// The bytes.
        snapshot: Text,
    },
}

/// What a call gives; nothing if it gives nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    /// The name of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The number of answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<u32>,
    /// Whether a score counted as right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<bool>,
    /// Bits of probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<Vec<String>>,
    /// Mastery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mastery: Option<Vec<SkillCase>>,
    /// Recommended questions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommended: Option<Vec<RecommendedCase>>,
    /// Simulated answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawn: Option<Vec<DrawnCase>>,
    /// A state, in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
}

/// Mastery of a skill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SkillCase {
    /// Id of the skill.
    pub skill: String,
    /// Its name for people.
    pub name: String,
    /// Bits of the probability.
    pub bits: String,
    /// Answers behind it.
    pub answers: u32,
}

/// A recommended question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecommendedCase {
    /// Id of the question.
    pub question: String,
    /// Bits of the probability of a right answer.
    pub bits: String,
    /// Bits of the gain, if that was the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain_bits: Option<String>,
}

/// A simulated answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DrawnCase {
    /// Bits of the probability of a right answer.
    pub bits: String,
    /// Whether it is right.
    pub correct: bool,
}

impl TrackerCall {
    fn observe(question: &str, correct: bool) -> Self {
        Self::Observe { question: Some(question.into()), correct }
    }

    fn recommend(count: u32, by_gain: bool, range: Option<[f32; 2]>) -> Self {
        Self::Recommend { count, by_gain, range_bits: range.map(|ends| ends.map(bits)) }
    }

    fn simulate(questions: &[&str], times: usize, seed: u64) -> Self {
        let questions = questions.iter().map(|id| (*id).into()).collect();
        Self::Simulate { questions, times, seed: seed.to_string() }
    }

    fn restore(text: impl Into<String>, times: usize) -> Self {
        Self::Restore { snapshot: Text { text: text.into(), times } }
    }
}

/// The cases of trackers.
///
/// # Panics
///
/// If a model of the repository cannot be opened.
pub(super) fn trackers() -> Vec<TrackerCase> {
    let mut other = opened(PRACTICE, None).expect("the repository's models open");
    other.observe_unlisted(true);
    let foreign = hex(&other.snapshot());
    let whole = |model: &str, steps: Vec<TrackerCall>| tracker_case(model, None, steps);
    vec![
        whole(KNOWLEDGE, course(KNOWLEDGE, &foreign)),
        whole(COUNTING, course(COUNTING, &foreign)),
        whole(PRACTICE, practice()),
        whole(MIND_CA, Vec::new()),
        whole("tests/fixtures/golden/no-such-file.pupil", Vec::new()),
        whole("README.md", Vec::new()),
        tracker_case(KNOWLEDGE, Some(0), Vec::new()),
        tracker_case(KNOWLEDGE, Some(5_000), Vec::new()),
    ]
}

/// Every call, with arguments that are right and wrong.
fn course(model: &str, foreign: &str) -> Vec<TrackerCall> {
    use TrackerCall::{Answers, ForNewStudent, Mastery, ObserveScore, Predict, PredictAll, Snapshot};
    let predict = |id: Option<&str>| Predict { question: id.map(Into::into) };
    let mut calls = vec![
        Answers,
        predict(Some("q0")),
        predict(None),
        PredictAll,
        Mastery,
        TrackerCall::recommend(3, false, None),
        TrackerCall::recommend(3, true, None),
    ];
    let mut before = opened(model, None).expect("the repository's models open");
    for (question, correct) in ANSWERS {
        calls.push(TrackerCall::Observe { question: question.map(Into::into), correct });
        calls.push(predict(question));
        match question {
            Some(question) => before.observe(question, correct).expect("the model has the question"),
            None => before.observe_unlisted(correct),
        }
    }
    let snapshot = before.snapshot();
    calls.extend([
        PredictAll,
        Mastery,
        Snapshot,
        TrackerCall::recommend(6, false, None),
        TrackerCall::recommend(6, true, None),
        TrackerCall::recommend(3, false, Some([0.0, 0.25])),
        TrackerCall::recommend(100, false, Some([0.5, 0.5])),
        TrackerCall::recommend(0, false, None),
        TrackerCall::recommend(0, true, None),
        TrackerCall::recommend(1, false, Some([0.9, 0.1])),
        TrackerCall::recommend(1, false, Some([f32::NAN, 0.5])),
        TrackerCall::simulate(&["q0", "q8", "q16", "q3", "q20"], 4, 7),
        TrackerCall::simulate(&["q0", "q8", "q16", "q3", "q20"], 1, u64::MAX),
        TrackerCall::simulate(&[], 1, 7),
        TrackerCall::simulate(&["q0", "my answer"], 1, 7),
        TrackerCall::simulate(&["q0"], 65_537, 7),
        TrackerCall::observe("my answer", true),
        TrackerCall::observe("", true),
        predict(Some("my answer")),
    ]);
    let answered = |task: &str| Call {
        model: E_LSTM.into(),
        pack: None,
        task: task.into(),
        answer: Text::once("warm air expands"),
        reference: None,
    };
    let [with_level, with_labels] = ["balloons", "topic"].map(answered);
    let scorer = open(E_LSTM, None).expect("the repository's models open");
    let level = scored(&scorer, &with_level).level.expect("the task has a scale");
    let labels = scored(&scorer, &with_labels).labels;
    let by_level = |score: &Call, question: &str, level| ObserveScore {
        question: question.into(),
        score: score.clone(),
        level: Some(level),
        label: None,
    };
    let by_label = |score: &Call, label: &str| ObserveScore {
        question: "q9".into(),
        score: score.clone(),
        level: None,
        label: Some(label.into()),
    };
    calls.extend([
        by_level(&with_level, "q4", level),
        by_level(&with_level, "q4", level + 1),
        by_level(&with_level, "my answer", level),
        by_level(&with_labels, "q4", level),
    ]);
    calls.extend(labels.iter().map(|label| by_label(&with_labels, &label.name)));
    calls.extend([by_label(&with_labels, "my answer"), Answers, Mastery, Snapshot, ForNewStudent]);
    calls.extend([Answers, predict(Some("q0")), TrackerCall::observe("q2", false), predict(Some("q0"))]);
    // Everything that is refused leaves the state as it is.
    let (mut flipped, mut later) = (snapshot.clone(), snapshot.clone());
    flipped[30] ^= 1;
    later[4] += 1;
    calls.extend([
        TrackerCall::restore(hex(&flipped), 1),
        TrackerCall::restore(hex(&snapshot[..snapshot.len() - 1]), 1),
        TrackerCall::restore(hex(&snapshot), 2),
        TrackerCall::restore("", 1),
        TrackerCall::restore(hex(b"my answer"), 1),
        TrackerCall::restore(hex(&later), 1),
        TrackerCall::restore(foreign, 1),
        TrackerCall::restore("00", 1_025),
        TrackerCall::restore("00", 2 << 20),
        Answers,
        predict(Some("q0")),
        TrackerCall::restore(hex(&snapshot), 1),
        Answers,
        PredictAll,
        Mastery,
        TrackerCall::recommend(6, true, None),
        Snapshot,
    ]);
    calls
}

/// A student of the shipped model.
fn practice() -> Vec<TrackerCall> {
    use TrackerCall::{Mastery, PredictAll, Snapshot};
    let answers = [("add-1", true), ("add-2", true), ("fractions-1", false), ("fractions-2", false)];
    let mut calls: Vec<TrackerCall> =
        answers.into_iter().map(|(question, correct)| TrackerCall::observe(question, correct)).collect();
    calls.extend([
        Mastery,
        PredictAll,
        TrackerCall::recommend(5, false, None),
        TrackerCall::recommend(5, true, None),
        TrackerCall::simulate(&["add-3", "fractions-3", "divide-1"], 3, 1),
        TrackerCall::observe("add-999", true),
        Snapshot,
    ]);
    calls
}

fn opened(model: &str, first_bytes: Option<usize>) -> Result<Tracker> {
    match first_bytes {
        None => Tracker::open(path(model)),
        Some(len) => Tracker::from_bytes(std::fs::read(path(model)).expect("it is there")[..len].to_vec()),
    }
}

fn tracker_case(model: &str, first_bytes: Option<usize>, calls: Vec<TrackerCall>) -> TrackerCase {
    let case =
        |error, questions, steps| TrackerCase { model: model.into(), first_bytes, error, questions, steps };
    let mut tracker = match opened(model, first_bytes) {
        Ok(tracker) => tracker,
        Err(error) => return case(Some(error_name(&error).into()), Vec::new(), Vec::new()),
    };
    let (questions, skills) = (tracker.questions(), tracker.skills());
    let questions = questions.iter().map(|question| QuestionCase {
        id: question.id.clone(),
        skills: question.skills.iter().map(|skill| skills[*skill].id.clone()).collect(),
        difficulty_bits: question.difficulty.map(bits),
    });
    let questions = questions.collect();
    let steps = calls.into_iter().map(|call| Step { result: result(&mut tracker, &call), call });
    let steps = steps.collect();
    case(None, questions, steps)
}

fn result(tracker: &mut Tracker, call: &TrackerCall) -> Given {
    given(tracker, call)
        .unwrap_or_else(|error| Given { error: Some(error_name(&error).into()), ..Given::default() })
}

fn given(tracker: &mut Tracker, call: &TrackerCall) -> Result<Given> {
    let mut given = Given::default();
    match call {
        TrackerCall::ForNewStudent => *tracker = tracker.for_new_student(),
        TrackerCall::Answers => given.answers = Some(tracker.answers()),
        TrackerCall::Observe { question: Some(question), correct } => tracker.observe(question, *correct)?,
        TrackerCall::Observe { question: None, correct } => tracker.observe_unlisted(*correct),
        TrackerCall::ObserveScore { question, score, level, label } => {
            let passed = match (level, label) {
                (Some(level), _) => Passed::Level(*level),
                (None, label) => Passed::Label(label.as_deref().expect("one of the two is given")),
            };
            let scorer = open(&score.model, None)?;
            given.right = Some(tracker.observe_score(question, &scored(&scorer, score), passed)?);
        }
        TrackerCall::Predict { question: Some(question) } => {
            given.bits = Some(vec![bits(tracker.predict(question)?)]);
        }
        TrackerCall::Predict { question: None } => given.bits = Some(vec![bits(tracker.predict_unlisted())]),
        TrackerCall::PredictAll => {
            given.bits = Some(tracker.predict_all().iter().copied().map(bits).collect());
        }
        TrackerCall::Mastery => {
            let skills = tracker.mastery().into_iter().map(|mastery| SkillCase {
                skill: mastery.skill.to_string(),
                name: mastery.name.to_string(),
                bits: bits(mastery.probability),
                answers: mastery.answers,
            });
            given.mastery = Some(skills.collect());
        }
        TrackerCall::Recommend { count, by_gain, range_bits } => {
            let policy = match range_bits {
                _ if *by_gain => Policy::ExpectedGain,
                None => Policy::default(),
                Some([low, high]) => Policy::TargetProbability { low: real(low), high: real(high) },
            };
            let chosen =
                tracker.recommend(*count as usize, &policy)?.into_iter().map(|one| RecommendedCase {
                    question: one.question,
                    bits: bits(one.probability),
                    gain_bits: one.gain.map(bits),
                });
            given.recommended = Some(chosen.collect());
        }
        TrackerCall::Simulate { questions, times, seed } => {
            let seed = seed.parse().expect("a seed is a number");
            let questions: Vec<&String> = std::iter::repeat_n(questions, *times).flatten().collect();
            let drawn = tracker.simulate(&questions, seed)?;
            let drawn =
                drawn.iter().map(|one| DrawnCase { bits: bits(one.probability), correct: one.correct });
            given.drawn = Some(drawn.collect());
        }
        TrackerCall::Snapshot => given.snapshot = Some(hex(&tracker.snapshot())),
        TrackerCall::Restore { snapshot } => tracker.restore(&unhex(&snapshot.whole()))?,
    }
    Ok(given)
}

fn scored(scorer: &Scorer, call: &Call) -> pupil_core::Score {
    score(scorer, call).expect("the texts of the cases are short")
}
