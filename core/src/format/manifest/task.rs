//! The tasks of a manifest.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::audit::Audit;
use super::fields::{Field, Fields, Read, deserialized_by_fields};
use super::guarantee::Guarantee;
use super::guard::TaskGuard;
use super::monitor::Distributions;
use crate::names::named;

/// One item that answers are scored on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// What callers name the task by; unique in the file.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Text of the item, where its terms allow to ship it.
    pub prompt: Option<String>,
    /// What the model reads.
    pub input: Input,
    /// Name of the encoder.
    pub encoder: String,
    /// Name of the mixture of experts between encoder and head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mixture: Option<String>,
    /// Shape and reading of the outputs. Its kind decides what is awarded, for all members.
    pub head: Head,
    /// Share of the task's own encoder and head in the probabilities, where there are further `members`: above 0; the
    /// shares of all of them sum to 1.
    #[serde(skip_serializing_if = "is_one")]
    pub weight: f32,
    /// Further members, whose probabilities are added to those of the task's own encoder and head, each with its
    /// weight.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Classes, rubric labels or levels, in the order of the outputs.
    pub labels: Vec<Label>,
    /// Makes the labels levels of a scale; needed by ordinal heads, allowed for softmax heads.
    pub scale: Option<Scale>,
    /// Sigmoid: one probability per label from which it is awarded. Ordinal: one per step between levels, on the
    /// expected number of steps. Softmax: none.
    pub thresholds: Vec<f32>,
    /// Correction of over-confident outputs.
    pub calibration: Calibration,
    /// When a person should look.
    pub review: Review,
    /// What is promised about its automatic scores. Where there is one that promises nothing, none are automatic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guarantee: Option<Guarantee>,
    /// How the calibration answers were distributed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor: Option<Distributions>,
    /// Which automatic scores a person looks at all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
    /// What tells answers that no model should judge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<TaskGuard>,
    /// What was measured on held-out answers.
    pub metrics: Vec<Metric>,
}

impl Default for Task {
    /// A task without labels, to be filled in; its only member has all of the weight.
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            prompt: None,
            input: Input::default(),
            encoder: String::new(),
            mixture: None,
            head: Head::default(),
            weight: 1.0,
            members: Vec::new(),
            labels: Vec::new(),
            scale: None,
            thresholds: Vec::new(),
            calibration: Calibration::default(),
            review: Review::default(),
            guarantee: None,
            monitor: None,
            audit: None,
            guard: None,
            metrics: Vec::new(),
        }
    }
}

impl Task {
    /// Every member of the task: its own encoder and head first, then those of `members`.
    ///
    /// ```
    /// use pupil_core::format::manifest::{Member, Task};
    ///
    /// let further = Member { encoder: "e1".into(), weight: 0.25, ..Member::default() };
    /// let task = Task { encoder: "e0".into(), weight: 0.75, members: vec![further], ..Task::default() };
    /// let all: Vec<(&str, f32)> = task.all_members().map(|member| (member.encoder, member.weight)).collect();
    /// assert_eq!(all, [("e0", 0.75), ("e1", 0.25)]);
    /// ```
    pub fn all_members(&self) -> impl Iterator<Item = MemberRef<'_>> {
        let own = MemberRef {
            task: &self.id,
            place: 0,
            encoder: &self.encoder,
            mixture: self.mixture.as_deref(),
            head: self.head,
            temperature: self.calibration.temperature,
            weight: self.weight,
        };
        let further = (1..).zip(&self.members).map(|(place, member)| MemberRef {
            task: &self.id,
            place,
            encoder: &member.encoder,
            mixture: member.mixture.as_deref(),
            head: member.head,
            temperature: member.calibration.temperature,
            weight: member.weight,
        });
        std::iter::once(own).chain(further)
    }

    /// The points of each level, where the task has a scale.
    #[must_use]
    pub fn points(&self) -> Option<Vec<i32>> {
        self.scale.as_ref().map(|scale| scale.levels(self.labels.len()))
    }
}

impl Field for Task {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            id: fields.required("id")?,
            name: fields.or_default("name")?,
            prompt: fields.optional("prompt")?,
            input: fields.or_default("input")?,
            encoder: fields.required("encoder")?,
            mixture: fields.optional("mixture")?,
            head: fields.required("head")?,
            weight: fields.get("weight")?.unwrap_or(1.0),
            members: fields.or_default("members")?,
            labels: fields.required("labels")?,
            scale: fields.optional("scale")?,
            thresholds: fields.or_default("thresholds")?,
            calibration: fields.or_default("calibration")?,
            review: fields.or_default("review")?,
            guarantee: fields.optional("guarantee")?,
            monitor: fields.optional("monitor")?,
            audit: fields.optional("audit")?,
            guard: fields.optional("guard")?,
            metrics: fields.or_default("metrics")?,
        })
    }
}

/// A further member of a task: an encoder and a head of their own, which give probabilities of the task's labels.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Member {
    /// Name of the encoder.
    pub encoder: String,
    /// Name of the mixture of experts between encoder and head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mixture: Option<String>,
    /// Shape and reading of the outputs.
    pub head: Head,
    /// Correction of over-confident outputs.
    pub calibration: Calibration,
    /// Share in the probabilities, above 0.
    pub weight: f32,
}

impl Field for Member {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            encoder: fields.required("encoder")?,
            mixture: fields.optional("mixture")?,
            head: fields.required("head")?,
            calibration: fields.or_default("calibration")?,
            weight: fields.required("weight")?,
        })
    }
}

/// A member of a task, its own encoder and head among them; see [`Task::all_members`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MemberRef<'a> {
    /// Id of the task.
    pub task: &'a str,
    /// Place among all members; the task's own encoder and head have 0.
    pub place: usize,
    /// Name of the encoder.
    pub encoder: &'a str,
    /// Name of the mixture of experts between encoder and head.
    pub mixture: Option<&'a str>,
    /// Shape and reading of the outputs.
    pub head: Head,
    /// Divisor of the outputs.
    pub temperature: f32,
    /// Share in the probabilities.
    pub weight: f32,
}

impl MemberRef<'_> {
    /// What stands for `ID` in the names `task.ID.…` of the member's sections: the task's id, or `ID.member.1` and so
    /// on.
    #[must_use]
    pub fn section_id(self) -> String {
        match self.place {
            0 => self.task.to_owned(),
            n => format!("{}.member.{n}", self.task),
        }
    }
}

/// As errors name it: `task ID`, or `member 1 of task ID` and so on.
impl fmt::Display for MemberRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place > 0 {
            write!(f, "member {} of ", self.place)?;
        }
        write!(f, "task {}", self.task)
    }
}

/// What a task reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Input {
    /// The answer alone.
    #[default]
    Answer,
    /// A reference answer, then the answer.
    Pair,
}

named!(Input { Answer = "answer", Pair = "pair" });

/// The last layers of a task: dense, ReLU, dense; or none where a graph ends in the outputs itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Head {
    /// How the outputs are read.
    pub kind: HeadKind,
    /// Units of the hidden layer. 0: there are no layers, and the numbers that the encoder gives are the outputs: one a
    /// label, or one alone for an ordinal head. Only n-grams and graphs of the ONNX format may do so.
    pub hidden: usize,
}

impl Field for Head {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { kind: fields.required("kind")?, hidden: fields.required("hidden")? })
    }
}

/// How the outputs of a head are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HeadKind {
    /// One of the labels; the most probable is awarded.
    #[default]
    Softmax,
    /// Each label by itself; awarded from its threshold on.
    Sigmoid,
    /// One level of an ordered scale, from one number and a threshold between each two levels.
    Ordinal,
}

named!(HeadKind { Softmax = "softmax", Sigmoid = "sigmoid", Ordinal = "ordinal" });

/// A class, a rubric label or a level.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Label {
    /// Name, unique in its task.
    pub name: String,
    /// What the rubric says about it.
    pub description: Option<String>,
    /// Whether none of the answers that the model was trained on has it: an award of it goes to review.
    #[serde(skip_serializing_if = "is_false")]
    pub unseen: bool,
    /// An award of it with less confidence goes to review, from 0 to 1; beside the least confidence of the task.
    #[serde(skip_serializing_if = "is_zero")]
    pub min_confidence: f32,
}

impl Field for Label {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            name: fields.required("name")?,
            description: fields.optional("description")?,
            unseen: fields.or_default("unseen")?,
            min_confidence: fields.or_default("min_confidence")?,
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &f32) -> bool {
    *number == 0.0
}

impl Label {
    /// A label without description.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// The scale of a task whose labels are levels. A label whose name is a whole number has the points of its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Scale {
    /// Points of the first level.
    pub min: i32,
    /// Points of every level, rising, where they are not one apart: 0, 2, 4.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<i32>,
}

impl Scale {
    /// The scale whose levels have these points, which rise.
    ///
    /// ```
    /// use pupil_core::format::manifest::Scale;
    ///
    /// assert_eq!(Scale::of(&[1, 2, 3]), Scale { min: 1, points: vec![] });
    /// assert_eq!(Scale::of(&[0, 2, 4]), Scale { min: 0, points: vec![0, 2, 4] });
    /// ```
    #[must_use]
    pub fn of(points: &[i32]) -> Self {
        let one_apart = points.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        Self {
            min: points.first().copied().unwrap_or_default(),
            points: if one_apart { Vec::new() } else { points.to_vec() },
        }
    }

    /// The points of each of so many levels.
    #[must_use]
    pub fn levels(&self, levels: usize) -> Vec<i32> {
        if self.points.is_empty() { (self.min..).take(levels).collect() } else { self.points.clone() }
    }
}

impl Field for Scale {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { min: fields.required("min")?, points: fields.or_default("points")? })
    }
}

/// Correction applied to outputs before they become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Calibration {
    /// Divisor of the outputs, above 0; 1 changes nothing.
    pub temperature: f32,
}

impl Default for Calibration {
    /// No correction.
    fn default() -> Self {
        Self { temperature: 1.0 }
    }
}

impl Field for Calibration {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { temperature: fields.get("temperature")?.unwrap_or(1.0) })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(weight: &f32) -> bool {
    *weight == 1.0
}

/// When a person should look at an answer. The reasons apply in the order of [`ReviewReason`](crate::ReviewReason):
/// besides those of the fields, an input that was cut and an award that no training answer had.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Review {
    /// Answers of fewer words go to review; an answer without any word always does.
    pub min_words: usize,
    /// Answers with a larger share of unknown words go to review, from 0 to 1.
    pub max_unknown: f32,
    /// Answers of which a larger share of the words repeats go to review, from 0 to 1. A word repeats when the same
    /// word is one of the eight before it, or is the word one period before it, whichever are more; fewer than three
    /// words never do.
    #[serde(skip_serializing_if = "is_half")]
    pub max_repeated: f32,
    /// Answers scored with less confidence go to review, from 0 to 1.
    pub min_confidence: f32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_half(share: &f32) -> bool {
    *share == 0.5
}

impl Default for Review {
    /// One word at least, at most half of the words unknown, at most half of them repeated, any confidence.
    fn default() -> Self {
        Self { min_words: 1, max_unknown: 0.5, max_repeated: 0.5, min_confidence: 0.0 }
    }
}

impl Field for Review {
    fn read(value: &Value) -> Read<Self> {
        let (fields, unset) = (Fields::of(value)?, Self::default());
        Ok(Self {
            min_words: fields.get("min_words")?.unwrap_or(unset.min_words),
            max_unknown: fields.get("max_unknown")?.unwrap_or(unset.max_unknown),
            max_repeated: fields.get("max_repeated")?.unwrap_or(unset.max_repeated),
            min_confidence: fields.get("min_confidence")?.unwrap_or(unset.min_confidence),
        })
    }
}

/// One measurement on held-out answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Metric {
    /// What was measured, such as `qwk`.
    pub name: String,
    /// On which part of the data, such as `test`.
    pub split: String,
    /// The measured value.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: Option<f64>,
    /// Upper end of the 95 % interval.
    pub high: Option<f64>,
    /// Number of answers.
    pub n: Option<u64>,
}

impl Field for Metric {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            name: fields.required("name")?,
            split: fields.or_default("split")?,
            value: fields.required("value")?,
            low: fields.optional("low")?,
            high: fields.optional("high")?,
            n: fields.optional("n")?,
        })
    }
}

deserialized_by_fields!(Task, Member, Head, Label, Scale, Calibration, Review, Metric);
