//! Plain records that cross the boundary.

use pupil_core::format::manifest;

/// How a model is opened; the defaults suit phones and tablets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Options {
    /// Bytes of precomputed tables at most; what does not fit is computed with each call, slower, with the same result.
    #[uniffi(default = 16777216)]
    pub fold_limit_bytes: u64,
    /// Bytes of UTF-8 that an answer, or a reference, may have.
    #[uniffi(default = 65536)]
    pub max_answer_bytes: u64,
}

impl From<Options> for pupil_core::OpenOptions {
    fn from(options: Options) -> Self {
        let bytes = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            fold_limit_bytes: bytes(options.fold_limit_bytes),
            max_answer_bytes: bytes(options.max_answer_bytes),
            ..Self::default()
        }
    }
}

/// The score of one answer.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Score {
    /// One entry per label of the task, in the order of the task.
    pub labels: Vec<LabelScore>,
    /// The awarded level in points, where the task has a scale.
    pub level: Option<i32>,
    /// The expected level in points, where the task has a scale.
    pub expected: Option<f32>,
    /// How sure the model is of the award, from 0 to 1.
    pub confidence: f32,
    /// Whether the score stands by itself.
    pub decision: Decision,
    /// Words of the answer that hold a letter or a digit.
    pub words: u32,
    /// How many of them the model does not know.
    pub unknown_words: u32,
    /// Tokens that the model read, of the reference as well.
    pub tokens: u32,
    /// Whether the answer was longer than the model reads.
    pub truncated: bool,
}

/// The score of one label.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct LabelScore {
    /// Name of the label.
    pub name: String,
    /// Calibrated probability, from 0 to 1.
    pub probability: f32,
    /// Whether the label is awarded.
    pub awarded: bool,
}

/// Whether a score stands by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Decision {
    /// The score stands.
    Automatic,
    /// A person should look, for this reason.
    Review {
        /// The first reason that applies.
        reason: ReviewReason,
    },
}

/// Why a person should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReviewReason {
    /// The answer has fewer words than the task asks for, or none at all.
    TooShort,
    /// The model does not know most of the words.
    MostlyUnknown,
    /// The model is less sure than the task asks for.
    LowConfidence,
}

impl From<pupil_core::Score> for Score {
    fn from(score: pupil_core::Score) -> Self {
        Self {
            labels: score
                .labels
                .into_iter()
                .map(|label| LabelScore {
                    name: label.name.as_ref().to_owned(),
                    probability: label.probability,
                    awarded: label.awarded,
                })
                .collect(),
            level: score.level,
            expected: score.expected,
            confidence: score.confidence,
            decision: score.decision.into(),
            words: count(score.words),
            unknown_words: count(score.unknown_words),
            tokens: count(score.tokens),
            truncated: score.truncated,
        }
    }
}

impl From<pupil_core::Decision> for Decision {
    fn from(decision: pupil_core::Decision) -> Self {
        use pupil_core::ReviewReason as Reason;
        match decision.reason() {
            None => Self::Automatic,
            Some(Reason::TooShort) => Self::Review { reason: ReviewReason::TooShort },
            Some(Reason::MostlyUnknown) => Self::Review { reason: ReviewReason::MostlyUnknown },
            // The engine may learn further reasons; all of them ask for a person.
            Some(_) => Self::Review { reason: ReviewReason::LowConfidence },
        }
    }
}

/// A score and what each word had to do with it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Explanation {
    /// The score of the whole answer.
    pub score: Score,
    /// The words of the answer, in their order.
    pub words: Vec<WordShare>,
}

/// How one word moved the score: the difference between the answer with it and without it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct WordShare {
    /// Where the word lies in the answer.
    pub span: Span,
    /// For each label, its probability with the word less that without it.
    pub labels: Vec<f32>,
    /// The expected level with the word less that without it, where the task has a scale.
    pub expected: Option<f32>,
}

/// A stretch of a text, in the units in which the languages count; each from its start up to, and without, its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Record)]
pub struct Span {
    /// In bytes of UTF-8: Rust.
    pub utf8_start: u32,
    /// In bytes of UTF-8.
    pub utf8_end: u32,
    /// In units of UTF-16: Kotlin, Java, `NSString`.
    pub utf16_start: u32,
    /// In units of UTF-16.
    pub utf16_end: u32,
    /// In code points: Python, `unicodeScalars` of Swift.
    pub scalar_start: u32,
    /// In code points.
    pub scalar_end: u32,
}

impl Explanation {
    /// Takes the engine's explanation of `answer`.
    pub(crate) fn new(explanation: pupil_core::Explanation, answer: &str) -> Self {
        let mut at = Place::default();
        let words = explanation
            .words
            .into_iter()
            .map(|word| {
                let start = at.advanced(answer, word.span.start);
                let end = start.advanced(answer, word.span.end);
                at = end;
                WordShare { span: start.to(end), labels: word.labels, expected: word.expected }
            })
            .collect();
        Self { score: explanation.score.into(), words }
    }
}

/// A place in a text, in all three units.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    utf8: usize,
    utf16: usize,
    scalar: usize,
}

impl Place {
    /// The later place that is `utf8` bytes from the beginning.
    fn advanced(self, text: &str, utf8: usize) -> Self {
        text[self.utf8..utf8].chars().fold(self, |place, c| Self {
            utf8: place.utf8 + c.len_utf8(),
            utf16: place.utf16 + c.len_utf16(),
            scalar: place.scalar + 1,
        })
    }

    fn to(self, end: Self) -> Span {
        Span {
            utf8_start: count(self.utf8),
            utf8_end: count(end.utf8),
            utf16_start: count(self.utf16),
            utf16_end: count(end.utf16),
            scalar_start: count(self.scalar),
            scalar_end: count(end.scalar),
        }
    }
}

/// A score and the part that each expert of the task's mixture had in it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ExpertUse {
    /// The score.
    pub score: Score,
    /// The blocks of the mixture, in their order.
    pub blocks: Vec<BlockUse>,
}

/// The part of each expert in one block.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct BlockUse {
    /// One weight per expert; they sum to 1 but for rounding, and are 0 for experts that did not run.
    pub weights: Vec<f32>,
}

impl From<pupil_core::ExpertUse> for ExpertUse {
    fn from(used: pupil_core::ExpertUse) -> Self {
        Self {
            score: used.score.into(),
            blocks: used.weights.into_iter().map(|weights| BlockUse { weights }).collect(),
        }
    }
}

/// What a model can score.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Task {
    /// The name that `score` takes.
    pub id: String,
    /// A name for people.
    pub name: String,
    /// The question, where its terms allow to repeat it.
    pub prompt: Option<String>,
    /// Whether answers are compared with a reference answer, which must then be given.
    pub needs_reference: bool,
    /// The labels, or the levels in rising order.
    pub labels: Vec<Label>,
    /// Points of the first level, where the task has a scale.
    pub scale_min: Option<i32>,
}

/// A label of a task.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// What the rubric says about it.
    pub description: Option<String>,
}

impl From<&manifest::Task> for Task {
    fn from(task: &manifest::Task) -> Self {
        Self {
            id: task.id.clone(),
            name: task.name.clone(),
            prompt: task.prompt.clone(),
            needs_reference: task.input == manifest::Input::Pair,
            labels: task
                .labels
                .iter()
                .map(|label| Label { name: label.name.clone(), description: label.description.clone() })
                .collect(),
            scale_min: task.scale.as_ref().map(|scale| scale.min),
        }
    }
}

/// What a model says about itself, and how it runs on this device.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct About {
    /// Name of the model.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// Whom to name when it is used.
    pub attribution: Vec<String>,
    /// BLAKE3 of the whole file, in hexadecimal.
    pub blake3: String,
    /// Names of the attached task packs.
    pub packs: Vec<String>,
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Bytes of packed weights and tables so far; encoders are packed when they are first used.
    pub packed_bytes: u64,
    /// The chosen instructions of each operation.
    pub variants: Vec<Variant>,
}

/// An operation and the instructions that were chosen for it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Variant {
    /// Name of the operation.
    pub op: String,
    /// Name of the variant.
    pub variant: String,
}

impl About {
    pub(crate) fn new(scorer: &pupil_core::Scorer) -> Self {
        let (manifest, report) = (scorer.manifest(), scorer.report());
        Self {
            name: manifest.name.clone(),
            description: manifest.description.clone(),
            licence: manifest.licence.clone(),
            attribution: manifest.attribution.clone(),
            blake3: scorer.blake3().to_owned(),
            packs: scorer.packs().map(|pack| pack.name.clone()).collect(),
            file_bytes: report.file_bytes as u64,
            packed_bytes: report.packed_bytes as u64,
            variants: report
                .variants
                .iter()
                .map(|chosen| Variant { op: chosen.op.to_owned(), variant: chosen.variant.to_owned() })
                .collect(),
        }
    }
}

/// A count of words, tokens or bytes of an answer; the limits on answers keep it far below 2^32.
pub(crate) fn count(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
