//! [`StudentTracker`]: what one student knows.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use pupil_core::{Passed, Policy, Tracker};

use crate::descriptor;
use crate::error::{PupilError, guarded};
use crate::types::{LabelScore, Options};

/// One student's answers so far, and what follows from them. Calls from several threads are made one after the other.
#[derive(Debug, uniffi::Object)]
pub struct StudentTracker {
    tracker: Mutex<Tracker>,
}

/// A question that the model knows.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Question {
    /// Id of the question.
    pub id: String,
    /// Ids of the skills that it asks for.
    pub skills: Vec<String>,
    /// Share of wrong answers among the training answers, if it is known.
    pub difficulty: Option<f32>,
}

/// How well the student has mastered a skill.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct SkillMastery {
    /// Id of the skill.
    pub skill: String,
    /// Name of the skill for people.
    pub name: String,
    /// Probability that the student has mastered it, from 0 to 1.
    pub probability: f32,
    /// Number of the student's answers to questions of this skill.
    pub answers: u32,
}

/// A question to ask next.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Recommendation {
    /// Id of the question.
    pub question: String,
    /// Probability of a right answer.
    pub probability: f32,
    /// By how much the mean mastery is expected to rise, if that was the policy.
    pub gain: Option<f32>,
}

/// A simulated answer.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct SimulatedAnswer {
    /// Probability of a right answer when the question was asked.
    pub probability: f32,
    /// Whether the drawn answer is right.
    pub correct: bool,
}

/// When a score counts as a right answer.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum PassMark {
    /// The awarded level has at least so many points.
    Level {
        /// The points.
        points: i32,
    },
    /// The label of that name is awarded.
    Label {
        /// The name.
        name: String,
    },
}

/// How the next questions are chosen.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Enum)]
pub enum RecommendationPolicy {
    /// Questions whose answers are right with a probability in this range, then those nearest to it.
    TargetProbability {
        /// The least probability.
        low: f32,
        /// The largest probability.
        high: f32,
    },
    /// Questions after which the expected mastery has risen most.
    ExpectedGain,
}

impl StudentTracker {
    fn make(open: impl FnOnce() -> pupil_core::Result<Tracker>) -> Result<Arc<Self>, PupilError> {
        guarded(|| Ok(Arc::new(Self { tracker: Mutex::new(open()?) })))
    }

    /// Calls the tracker.
    fn with<T>(&self, call: impl FnOnce(&mut Tracker) -> pupil_core::Result<T>) -> Result<T, PupilError> {
        guarded(|| {
            // A panic leaves a state that is either the one before the answer or the one after.
            let mut tracker = self.tracker.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(call(&mut tracker)?)
        })
    }
}

#[uniffi::export]
impl StudentTracker {
    /// Opens a file with a knowledge model, for a student who has not answered anything.
    #[uniffi::constructor]
    pub fn open(path: &str, options: Options) -> Result<Arc<Self>, PupilError> {
        Self::make(|| Tracker::open_with(Path::new(path), &options.parsed()?))
    }

    /// Like `open`, from memory; the bytes are copied.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: &[u8], options: Options) -> Result<Arc<Self>, PupilError> {
        Self::make(|| Tracker::from_bytes_with(bytes.to_vec(), &options.parsed()?))
    }

    /// Like `open`, from `length` bytes of an open file from byte `offset`. The caller keeps the descriptor and may
    /// close it afterwards.
    #[uniffi::constructor]
    pub fn from_descriptor(
        descriptor: i32,
        offset: u64,
        length: u64,
        options: Options,
    ) -> Result<Arc<Self>, PupilError> {
        let file = descriptor::duplicate(descriptor)?;
        Self::make(|| Tracker::from_file_with(&file, offset, length, &options.parsed()?))
    }

    /// A tracker for another student, who has not answered anything; it shares the model.
    pub fn for_new_student(&self) -> Result<Arc<Self>, PupilError> {
        let tracker = self.with(|tracker| Ok(tracker.for_new_student()))?;
        Ok(Arc::new(Self { tracker: Mutex::new(tracker) }))
    }

    /// The questions of the model, in the order of `predict_all`.
    pub fn questions(&self) -> Result<Vec<Question>, PupilError> {
        self.with(|tracker| {
            let skills = tracker.skills();
            let question = |q: &pupil_core::format::manifest::Question| Question {
                id: q.id.clone(),
                skills: q.skills.iter().map(|place| skills[*place].id.clone()).collect(),
                difficulty: q.difficulty,
            };
            Ok(tracker.questions().iter().map(question).collect())
        })
    }

    /// Number of answers taken in.
    pub fn answers(&self) -> Result<u32, PupilError> {
        self.with(|tracker| Ok(tracker.answers()))
    }

    /// Takes in an answer; without a question, one to a question that the model does not have.
    pub fn observe(&self, question: Option<String>, correct: bool) -> Result<(), PupilError> {
        self.with(|tracker| match &question {
            Some(question) => tracker.observe(question, correct),
            None => {
                tracker.observe_unlisted(correct);
                Ok(())
            }
        })
    }

    /// Takes in a score, by its level and its labels, and returns whether it counted as right.
    pub fn observe_score(
        &self,
        question: &str,
        level: Option<i32>,
        labels: Vec<LabelScore>,
        mark: PassMark,
    ) -> Result<bool, PupilError> {
        let passed = match &mark {
            PassMark::Level { points } => Passed::Level(*points),
            PassMark::Label { name } => Passed::Label(name),
        };
        self.with(|tracker| {
            let labels = labels.iter().map(|label| (label.name.as_str(), label.awarded));
            let correct = passed.holds(level, labels)?;
            tracker.observe(question, correct)?;
            Ok(correct)
        })
    }

    /// The probability that the next answer is right if it is to this question; without a question, to one that the
    /// model does not have.
    pub fn predict(&self, question: Option<String>) -> Result<f32, PupilError> {
        self.with(|tracker| match &question {
            Some(question) => tracker.predict(question),
            None => Ok(tracker.predict_unlisted()),
        })
    }

    /// The probability of a right answer to each question of the model.
    pub fn predict_all(&self) -> Result<Vec<f32>, PupilError> {
        self.with(|tracker| Ok(tracker.predict_all().to_vec()))
    }

    /// How well the student has mastered each skill, and how many answers stand behind it.
    pub fn mastery(&self) -> Result<Vec<SkillMastery>, PupilError> {
        self.with(|tracker| {
            let skill = |m: pupil_core::Mastery| SkillMastery {
                skill: m.skill.to_string(),
                name: m.name.to_string(),
                probability: m.probability,
                answers: m.answers,
            };
            Ok(tracker.mastery().into_iter().map(skill).collect())
        })
    }

    /// The next questions, best first; fewer if fewer are left. A question that was asked is never recommended.
    pub fn recommend(
        &self,
        count: u32,
        policy: RecommendationPolicy,
    ) -> Result<Vec<Recommendation>, PupilError> {
        let policy = match policy {
            RecommendationPolicy::TargetProbability { low, high } => Policy::TargetProbability { low, high },
            RecommendationPolicy::ExpectedGain => Policy::ExpectedGain,
        };
        self.with(|tracker| {
            let one = |r: pupil_core::Recommendation| Recommendation {
                question: r.question,
                probability: r.probability,
                gain: r.gain,
            };
            Ok(tracker.recommend(count as usize, &policy)?.into_iter().map(one).collect())
        })
    }

    /// Draws the student's answers to a sequence of questions, each in view of those drawn before. The tracker stays as
    /// it is; the same seed gives the same answers.
    pub fn simulate(&self, questions: Vec<String>, seed: u64) -> Result<Vec<SimulatedAnswer>, PupilError> {
        self.with(|tracker| {
            let one = |a: pupil_core::SimulatedAnswer| SimulatedAnswer {
                probability: a.probability,
                correct: a.correct,
            };
            Ok(tracker.simulate(&questions, seed)?.into_iter().map(one).collect())
        })
    }

    /// The student's state, at most 1 KiB, to be kept until `restore`. Store it as carefully as the answers themselves.
    pub fn snapshot(&self) -> Result<Vec<u8>, PupilError> {
        self.with(|tracker| Ok(tracker.snapshot()))
    }

    /// Goes on from a snapshot of the same model.
    pub fn restore(&self, snapshot: &[u8]) -> Result<(), PupilError> {
        self.with(|tracker| tracker.restore(snapshot))
    }
}
