//! What is evaluated: graded answers with a system's scores.

use crate::guarantee::Aim;
use crate::scores::{Scaling, Trim};
use crate::{Bootstrap, ScoreKind};

/// The name of a group in an empty cell, as in RSMTool.
pub const NO_GROUP: &str = "No info";

/// A score that a person gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// Points, where the task has a scale.
    Points(f64),
    /// Place of a class.
    Class(usize),
    /// One entry for each rubric label.
    Labels(Vec<bool>),
    /// Nobody scored the answer: an empty cell or a code for missing.
    Missing,
    /// A cell that is not a score of the task.
    Invalid,
}

impl Given {
    /// The points.
    #[must_use]
    pub fn points(&self) -> Option<f64> {
        match self {
            Self::Points(points) => Some(*points),
            Self::Class(_) | Self::Labels(_) | Self::Missing | Self::Invalid => None,
        }
    }
}

/// A task: a question and what its scores are.
#[derive(Clone, Debug)]
pub struct Task {
    /// Identifier.
    pub id: String,
    /// What a score is.
    pub kind: ScoreKind,
    /// Classes, rubric labels or levels.
    pub labels: Vec<String>,
    /// Points of the levels, rising; empty if not known.
    pub points: Vec<f64>,
    /// The range of the scale, for tasks with levels.
    pub trim: Option<Trim>,
}

/// A system's score of an answer.
#[derive(Clone, Debug, Default)]
pub struct Scored {
    /// The score before trimming and rounding: a model's expected score. `None` where it is missing or not a number.
    pub raw: Option<f64>,
    /// The score that counts, where it is not the rounded one.
    pub award: Option<Given>,
    /// Probability of each class, label or level; empty if not known.
    pub probabilities: Vec<f32>,
    /// How sure the system is, from 0 to 1.
    pub confidence: Option<f64>,
    /// How sure it was before calibration, where that is known.
    pub uncalibrated: Option<f64>,
    /// Whether the score counts without review, and why not.
    pub decision: Option<Decided>,
}

/// Whether a score counts without review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It counts.
    Automatic,
    /// A person looks, for this reason.
    Review(String),
}

/// A graded answer with the system's score.
#[derive(Clone, Debug)]
pub struct Graded {
    /// Identifier: a cell of the table or the number of the row.
    pub id: String,
    /// Place of the task.
    pub task: usize,
    /// The score that the system is compared with.
    pub reference: Given,
    /// Ratings by independent raters, the first rater's first.
    pub raters: Vec<Given>,
    /// The system's score.
    pub system: Scored,
    /// Groups, one for each way of grouping.
    pub groups: Vec<String>,
    /// Answers that are not independent of each other share this: a student, a question.
    pub cluster: Option<String>,
    /// Who wrote the answer.
    pub student: Option<String>,
    /// Length in words.
    pub length: Option<f64>,
    /// Share of words that the system does not know.
    pub unknown: Option<f64>,
    /// How much the answer counts.
    pub weight: f64,
    /// Whether an earlier answer to the task has the same text; audits count only the first.
    pub repeated: bool,
    /// Whether a flag of the table takes the answer out.
    pub flagged: bool,
}

/// A table to evaluate.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// What is evaluated, for the title.
    pub title: String,
    /// Facts about where answers and scores come from, as name and value.
    pub facts: Vec<(String, String)>,
    /// The tasks.
    pub tasks: Vec<Task>,
    /// What a model's file says about each of them; empty without a file.
    pub stated: Vec<pupil_core::format::manifest::Task>,
    /// The answers.
    pub answers: Vec<Graded>,
    /// The names of the ways of grouping.
    pub groupings: Vec<String>,
    /// The names of the raters.
    pub raters: Vec<String>,
    /// What the reference score is, if it is not the first rater's.
    pub adjudicated: bool,
    /// What answers are taken together in intervals: "student", "question" or nothing.
    pub clusters: Option<String>,
    /// Whether weights were given.
    pub weighted: bool,
    /// Another system's scores of the same answers.
    pub other: Option<Other>,
    /// Earlier answers, with which these are compared.
    pub earlier: Option<Earlier>,
}

/// Another system's scores.
#[derive(Clone, Debug)]
pub struct Other {
    /// Its name.
    pub title: String,
    /// Its score of each answer.
    pub scores: Vec<Scored>,
}

/// Scored answers without human scores.
#[derive(Clone, Debug, Default)]
pub struct Earlier {
    /// Where they come from.
    pub title: String,
    /// The answers.
    pub answers: Vec<EarlierAnswer>,
}

/// One of them.
#[derive(Clone, Debug, Default)]
pub struct EarlierAnswer {
    /// The system's score.
    pub raw: Option<f64>,
    /// Its confidence.
    pub confidence: Option<f64>,
    /// Length in words.
    pub length: Option<f64>,
    /// Share of words that the system does not know.
    pub unknown: Option<f64>,
    /// Whether it counts without review.
    pub automatic: Option<bool>,
    /// What is awarded: a level, a class, labels.
    pub award: Option<String>,
}

/// How raw scores are scaled before they are trimmed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Scale {
    /// They are used as they are.
    #[default]
    Raw,
    /// They are scaled already.
    AsIs,
    /// By the means and standard deviations of other answers.
    By(Scaling),
}

/// Settings.
#[derive(Clone, Debug)]
pub struct Options {
    /// Leave out answers whose human score is 0.
    pub exclude_zero: bool,
    /// Leave out students with fewer answers.
    pub min_per_student: usize,
    /// Groups with fewer answers are not shown.
    pub min_group: u64,
    /// Variance of the errors of a rating, if it is known.
    pub rater_error_variance: Option<f64>,
    /// Scaling of raw scores.
    pub scale: Scale,
    /// Intervals.
    pub bootstrap: Bootstrap,
    /// The promise that is checked.
    pub aim: Aim,
    /// Whether only scores that are more than one level away count as errors.
    pub far_only: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            exclude_zero: false,
            min_per_student: 1,
            min_group: 1,
            rater_error_variance: None,
            scale: Scale::Raw,
            bootstrap: Bootstrap::default(),
            aim: Aim { max_error: 0.05, confidence: 0.9 },
            far_only: false,
        }
    }
}
