//! What a student knows: a model that reads the student's answers one after the other.

mod model;
mod random;
mod recommend;
mod simulate;
mod snapshot;

use std::fmt;
use std::sync::Arc;

use self::model::KnowledgeModel;
pub use self::recommend::{Policy, Recommendation};
pub use self::simulate::SimulatedAnswer;
use crate::error::{Error, ErrorKind, Result};
use crate::format::manifest::{Manifest, Question, Skill};
use crate::format::storage::Storage;
use crate::kernels::bilstm_i16::StepState;
use crate::kernels::math::sigmoid;
use crate::open::{self, openers};
use crate::options::OpenOptions;
use crate::parts;
use crate::parts::knowledge::{Before, Counts, KnowledgeScratch};
use crate::score::Score;

/// One student's answers so far, and what follows from them: how likely the next answers are right, which skills the
/// student has mastered, what to ask next.
///
/// The file may hold tasks as well, which a [`Scorer`](crate::Scorer) opens. Of the options, only `cpu` matters.
///
/// A tracker belongs to one student. [`for_new_student`](Self::for_new_student) gives one for another student that
/// shares the model; a clone goes on from the same answers. The same file and the same answers give the same bits on
/// every CPU. Probabilities are what the model expects of students such as those it was trained on; nothing here should
/// decide about a student without a person.
///
/// # Examples
///
/// ```
/// use pupil_core::{Policy, Tracker};
///
/// let mut tracker = Tracker::open("../tests/fixtures/golden/knowledge.pupil")?;
/// tracker.observe("q0", true)?;
/// tracker.observe("q3", false)?;
/// println!("q1 will be right with a probability of {:.2}", tracker.predict("q1")?);
/// for skill in tracker.mastery() {
///     println!("{} {:.2}, from {} answers", skill.skill, skill.probability, skill.answers);
/// }
/// for next in tracker.recommend(3, &Policy::default())? {
///     println!("ask {}", next.question);
/// }
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Tracker {
    model: Arc<KnowledgeModel>,
    /// c and h.
    state: StepState,
    /// Answers taken in.
    answers: u32,
    /// Answers to questions of each skill; the largest number stands for all beyond it.
    evidence: Vec<u16>,
    /// Right answers and last results, of a model that reads them.
    counts: Counts,
    /// A bit for each question that was asked.
    asked: Vec<u8>,
    scratch: KnowledgeScratch,
    /// Probabilities of right answers in this state, if they are known; the last is that of a question that the model
    /// does not have.
    probabilities: Vec<f32>,
    is_predicted: bool,
    /// Logits of the skills.
    skills: Vec<f32>,
}

/// How well a student has mastered a skill.
#[derive(Debug, Clone, PartialEq)]
pub struct Mastery {
    /// Id of the skill.
    pub skill: Arc<str>,
    /// Name of the skill for people; its id where it has none.
    pub name: Arc<str>,
    /// Probability that the student has mastered it, from 0 to 1.
    pub probability: f32,
    /// How many of the student's answers were to questions of this skill: what stands behind the probability. With
    /// none, it is what the model expects of any student with such answers to other questions. Counted up to 65535.
    pub answers: u32,
}

/// When a score counts as a right answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed<'a> {
    /// The awarded level has at least so many points.
    Level(i32),
    /// The label of that name is awarded.
    Label(&'a str),
}

impl Passed<'_> {
    /// Whether a score counts as right, by its level and its labels: the name of each, and whether it is awarded.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a score without levels or without such a label.
    pub fn holds<'a>(
        self,
        level: Option<i32>,
        labels: impl Iterator<Item = (&'a str, bool)> + Clone,
    ) -> Result<bool> {
        let found = match self {
            Self::Level(points) => level.map(|level| level >= points),
            Self::Label(name) => labels.clone().find(|(label, _)| *label == name).map(|(_, awarded)| awarded),
        };
        found.ok_or_else(|| {
            let message = match self {
                Self::Level(_) => "the score has no level: its task has no scale".to_owned(),
                Self::Label(_) => {
                    let names: Vec<&str> = labels.map(|(label, _)| label).collect();
                    format!("the score has no such label, it has {}", names.join(", "))
                }
            };
            Error::new(ErrorKind::BadInput, message)
        })
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tracker")
            .field("name", &self.manifest().name)
            .field("answers", &self.answers)
            .finish_non_exhaustive()
    }
}

openers!(Tracker);

impl Tracker {
    fn from_storage(storage: Storage, options: &OpenOptions) -> Result<Self> {
        let file = parts::read(storage)?;
        open::check_version(file.manifest(), options)?;
        KnowledgeModel::new(file, options).map(|model| Self::start(Arc::new(model)))
    }

    #[inline(never)]
    fn start(model: Arc<KnowledgeModel>) -> Self {
        let (questions, skills) = (model.packed.questions(), model.packed.skills());
        Self {
            state: model.packed.start(),
            answers: 0,
            evidence: vec![0; skills],
            counts: model.packed.start_counts(),
            asked: vec![0; questions.div_ceil(8)],
            scratch: KnowledgeScratch::default(),
            probabilities: vec![0.0; questions + 1],
            is_predicted: false,
            skills: vec![0.0; skills],
            model,
        }
    }

    /// A tracker for another student, who has not answered anything; it shares the model.
    #[must_use]
    pub fn for_new_student(&self) -> Self {
        Self::start(Arc::clone(&self.model))
    }

    /// What the file says about itself.
    pub fn manifest(&self) -> &Manifest {
        &self.model.manifest
    }

    /// The questions, in the order of [`predict_all`](Self::predict_all).
    pub fn questions(&self) -> &[Question] {
        &self.model.knowledge().questions
    }

    /// The skills, in the order of [`mastery`](Self::mastery).
    pub fn skills(&self) -> &[Skill] {
        &self.model.knowledge().skills
    }

    /// How many answers were taken in.
    pub fn answers(&self) -> u32 {
        self.answers
    }

    /// Whether a question was asked already.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a question that the model does not have.
    pub fn was_asked(&self, question: &str) -> Result<bool> {
        self.model.question(question).map(|place| self.is_asked(place))
    }

    /// Takes in an answer.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a question that the model does not have: see
    /// [`observe_unlisted`](Self::observe_unlisted).
    pub fn observe(&mut self, question: &str, correct: bool) -> Result<()> {
        let place = self.model.question(question)?;
        self.take_in(place, correct);
        Ok(())
    }

    /// Takes in an answer to a question that the model does not have, such as one that was written since.
    pub fn observe_unlisted(&mut self, correct: bool) {
        self.take_in(self.questions().len(), correct);
    }

    /// Takes in the score of an answer, and says whether it counted as right. Whether a score that goes to review
    /// should count is for the caller to decide.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a question that the model does not have, and for a score without levels or
    /// without such a label.
    pub fn observe_score(&mut self, question: &str, score: &Score, passed: Passed<'_>) -> Result<bool> {
        let place = self.model.question(question)?;
        let correct =
            passed.holds(score.level, score.labels.iter().map(|label| (&*label.name, label.awarded)))?;
        self.take_in(place, correct);
        Ok(correct)
    }

    /// The probability that the student's next answer is right if it is to this question, from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`BadInput`](ErrorKind::BadInput) for a question that the model does not have.
    pub fn predict(&mut self, question: &str) -> Result<f32> {
        let place = self.model.question(question)?;
        Ok(self.predictions()[place])
    }

    /// The probability that the student's next answer is right if it is to a question that the model does not have.
    pub fn predict_unlisted(&mut self) -> f32 {
        let questions = self.questions().len();
        self.predictions()[questions]
    }

    /// The probability of a right answer to each question, in the order of [`questions`](Self::questions).
    pub fn predict_all(&mut self) -> &[f32] {
        let questions = self.questions().len();
        &self.predictions()[..questions]
    }

    #[inline(never)]
    fn predictions(&mut self) -> &[f32] {
        if !self.is_predicted {
            let skills_of = self.model.knowledge().questions.iter().map(|question| &*question.skills);
            let student = (&self.state, self.answers, &self.counts);
            self.model.packed.predict(student, skills_of, &mut self.scratch, &mut self.probabilities);
            self.probabilities.iter_mut().for_each(|p| *p = sigmoid(*p));
            self.is_predicted = true;
        }
        &self.probabilities
    }

    /// How well the student has mastered each skill, and how many answers stand behind it.
    pub fn mastery(&mut self) -> Vec<Mastery> {
        self.model.packed.mastery(&self.state, &mut self.scratch, &mut self.skills);
        let named = self.model.skills.iter().zip(&self.skills).zip(&self.evidence);
        named
            .map(|((named, logit), answers)| Mastery {
                skill: Arc::clone(&named.id),
                name: Arc::clone(&named.name),
                probability: sigmoid(*logit),
                answers: u32::from(*answers),
            })
            .collect()
    }

    /// Takes in an answer to the question at a place; one past the last is a question that the model does not have.
    #[inline(never)]
    fn take_in(&mut self, place: usize, correct: bool) {
        self.step(place, correct);
        let packed = &self.model.packed;
        let question = self.model.knowledge().questions.get(place);
        let skills = question.map_or(&[][..], |question| &question.skills);
        packed.count(correct, skills, &self.evidence, &mut self.counts, &mut self.scratch);
        self.answers = self.answers.saturating_add(1);
        self.is_predicted = false;
        if question.is_some() {
            self.asked[place / 8] |= 1 << (place % 8);
            for skill in skills {
                self.evidence[*skill] = self.evidence[*skill].saturating_add(1);
            }
        }
    }

    /// Changes c and h, and nothing else.
    fn step(&mut self, place: usize, correct: bool) {
        let question = self.model.knowledge().questions.get(place);
        let before = Before {
            answers: self.answers,
            by_skill: &self.evidence,
            counts: &self.counts,
            skills: question.map_or(&[], |question| &question.skills),
        };
        self.model.packed.step(place, correct, &before, &mut self.state, &mut self.scratch);
    }

    fn is_asked(&self, place: usize) -> bool {
        self.asked[place / 8] >> (place % 8) & 1 == 1
    }
}
