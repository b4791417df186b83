//! Plain records that cross the boundary.

use pupil_core::format::manifest::{self, Encoder, Manifest};
use pupil_core::{FileAccess, OpenOptions};

/// Options for opening a model; the defaults suit phones and tablets.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Options {
    /// Limit of precomputed tables in bytes. Tables beyond the limit are computed with each call, which is slower but
    /// gives the same result.
    #[uniffi(default = 16777216)]
    pub fold_limit_bytes: u64,
    /// Limit of an answer or a reference, in bytes of UTF-8.
    #[uniffi(default = 65536)]
    pub max_answer_bytes: u64,
    /// Public keys of the publishers whose files are opened, each as its line of text; none of them: anyone's. With a
    /// key, a file needs a signature in minisign's format, which is verified before anything in the file is read.
    #[uniffi(default = [])]
    pub trusted_keys: Vec<String>,
    /// The text of the signature. Without it, a file that is opened by its path has its signature beside it, under its
    /// own name and `.minisig`.
    #[uniffi(default = None)]
    pub signature: Option<String>,
    /// The BLAKE3 of the only file that may be opened, in hexadecimal.
    #[uniffi(default = None)]
    pub expected_blake3: Option<String>,
    /// The least version of the model, so that a signed file of old is refused.
    #[uniffi(default = 0)]
    pub min_version: u32,
    /// Maps the file instead of copying it. Only for a file that nobody writes to while it is open: if it is shortened,
    /// the process ends, and if it is rewritten, anything may happen.
    #[uniffi(default = false)]
    pub map_unchanging_file: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fold_limit_bytes: 16 << 20,
            max_answer_bytes: 64 << 10,
            trusted_keys: Vec::new(),
            signature: None,
            expected_blake3: None,
            min_version: 0,
            map_unchanging_file: false,
        }
    }
}

impl Options {
    /// The options of the engine.
    pub(crate) fn parsed(self) -> pupil_core::Result<OpenOptions> {
        let bytes = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(OpenOptions {
            fold_limit_bytes: bytes(self.fold_limit_bytes),
            max_answer_bytes: bytes(self.max_answer_bytes),
            access: if self.map_unchanging_file { mapped() } else { FileAccess::COPIED },
            trusted_keys: self.trusted_keys.iter().map(|key| key.parse()).collect::<Result<_, _>>()?,
            signature: self.signature.map(|text| text.parse()).transpose()?,
            expected_blake3: self.expected_blake3,
            min_version: self.min_version,
            ..OpenOptions::default()
        })
    }
}

#[expect(
    unsafe_code,
    reason = "other languages have no unsafe functions: their callers promise it by the option's name"
)]
fn mapped() -> FileAccess {
    // SAFETY: who sets `map_unchanging_file` promises that nobody writes to the file, as its documentation asks.
    unsafe { FileAccess::mapped() }
}

/// The score of one answer.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Score {
    /// One entry per label of the task, in the order of the task.
    pub labels: Vec<LabelScore>,
    /// The awarded level in points, if the task has a scale.
    pub level: Option<i32>,
    /// The expected level in points, if the task has a scale.
    pub expected: Option<f32>,
    /// How sure the model is of the award, from 0 to 1.
    pub confidence: f32,
    /// Whether the score can be used without review.
    pub decision: Decision,
    /// The promise that covers the score: that of its task, if the decision is automatic.
    pub guarantee: Option<Guarantee>,
    /// Number of words of the answer that contain a letter or a digit.
    pub words: u32,
    /// Number of words that the model does not know.
    pub unknown_words: u32,
    /// Number of tokens that the model read, including those of the reference.
    pub tokens: u32,
    /// Whether the answer was too long and was truncated.
    pub truncated: bool,
    /// Whether the answer repeats a word or a phrase many times.
    pub repetitive: bool,
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

/// Whether the score can be used without review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Decision {
    /// The score can be used without review.
    Automatic,
    /// A person should review the answer, for this reason.
    Review {
        /// The first reason that applies.
        reason: ReviewReason,
    },
}

/// Why a person should review the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum ReviewReason {
    /// The answer has fewer words than the task requires, or none.
    TooShort,
    /// The answer is written in another language or script than the training answers.
    OtherLanguage,
    /// The letters of the answer do not make words.
    Gibberish,
    /// The model does not know most of the words.
    UnknownWords,
    /// The answer repeats a word or a phrase many times.
    Repetition,
    /// The answer repeats the question.
    CopiedQuestion,
    /// The answer is nearly the reference answer, but not the same.
    NearReference,
    /// The answer is about something else than the question.
    OffTopic,
    /// The answer is a list of words, or words in no order.
    WordList,
    /// The answer or the reference was too long and was truncated.
    Truncated,
    /// No training answer of the model has the awarded label or level.
    UnseenLabel,
    /// The confidence is lower than the task requires.
    LowConfidence,
    /// Nothing could be promised about automatic scores of the task, so there are none.
    NoPromise,
    /// The score would be automatic, but is part of the share that a person reviews anyway.
    Audit,
    /// A reason without a name here, from a later engine.
    Other,
}

impl ReviewReason {
    /// The number of the reason in [`crate::Columns::decisions`].
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::TooShort => 1,
            Self::OtherLanguage => 2,
            Self::Gibberish => 3,
            Self::UnknownWords => 4,
            Self::Repetition => 5,
            Self::CopiedQuestion => 6,
            Self::NearReference => 7,
            Self::OffTopic => 8,
            Self::WordList => 9,
            Self::Truncated => 10,
            Self::UnseenLabel => 11,
            Self::LowConfidence => 12,
            Self::NoPromise => 13,
            Self::Audit => 14,
            Self::Other => u8::MAX,
        }
    }
}

impl From<pupil_core::ReviewReason> for ReviewReason {
    fn from(reason: pupil_core::ReviewReason) -> Self {
        use pupil_core::ReviewReason as Reason;
        match reason {
            Reason::TooShort => Self::TooShort,
            Reason::OtherLanguage => Self::OtherLanguage,
            Reason::Gibberish => Self::Gibberish,
            Reason::UnknownWords => Self::UnknownWords,
            Reason::Repetition => Self::Repetition,
            Reason::CopiedQuestion => Self::CopiedQuestion,
            Reason::NearReference => Self::NearReference,
            Reason::OffTopic => Self::OffTopic,
            Reason::WordList => Self::WordList,
            Reason::Truncated => Self::Truncated,
            Reason::UnseenLabel => Self::UnseenLabel,
            Reason::LowConfidence => Self::LowConfidence,
            Reason::NoPromise => Self::NoPromise,
            Reason::Audit => Self::Audit,
            // The engine may get further reasons; they must not appear as one of those above.
            _ => Self::Other,
        }
    }
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
            guarantee: score.guarantee.as_ref().map(Guarantee::from),
            words: count(score.words),
            unknown_words: count(score.unknown_words),
            tokens: count(score.tokens),
            truncated: score.truncated,
            repetitive: score.repetitive,
        }
    }
}

impl From<pupil_core::Decision> for Decision {
    fn from(decision: pupil_core::Decision) -> Self {
        decision.reason().map_or(Self::Automatic, |reason| Self::Review { reason: reason.into() })
    }
}

/// A score and the effect of each word.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Explanation {
    /// The score of the whole answer.
    pub score: Score,
    /// The words of the answer, in their order.
    pub words: Vec<WordShare>,
}

/// The effect of one word: the difference between the scores with it and without it.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct WordShare {
    /// The position of the word in the answer.
    pub span: Span,
    /// For each label, its probability with the word minus that without it.
    pub labels: Vec<f32>,
    /// The expected level with the word minus that without it, if the task has a scale.
    pub expected: Option<f32>,
}

/// A range of a text, in the units of the languages. The end is exclusive.
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
    /// In code points: `unicodeScalars` of Swift.
    pub scalar_start: u32,
    /// In code points.
    pub scalar_end: u32,
}

impl Explanation {
    /// Converts the engine's explanation of `answer`.
    pub(crate) fn new(explanation: pupil_core::Explanation, answer: &str) -> Self {
        let mut at = TextPosition::default();
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

/// A position in a text, in all three units.
#[derive(Debug, Clone, Copy, Default)]
struct TextPosition {
    utf8: usize,
    utf16: usize,
    scalar: usize,
}

impl TextPosition {
    /// The later position that is `utf8` bytes from the beginning.
    fn advanced(self, text: &str, utf8: usize) -> Self {
        text[self.utf8..utf8].chars().fold(self, |position, c| Self {
            utf8: position.utf8 + c.len_utf8(),
            utf16: position.utf16 + c.len_utf16(),
            scalar: position.scalar + 1,
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

/// A score and the weight of each expert of the task's mixtures.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ExpertUse {
    /// The score.
    pub score: Score,
    /// The blocks of every mixture, in the order of the task's members.
    pub blocks: Vec<BlockUse>,
}

/// The weights of the experts in one block.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct BlockUse {
    /// The place of the member of the task that the block belongs to; 0 is the first.
    pub member: u32,
    /// One weight per expert; they sum to 1 apart from rounding, and are 0 for experts that did not run.
    pub weights: Vec<f32>,
}

impl From<pupil_core::ExpertUse> for ExpertUse {
    fn from(used: pupil_core::ExpertUse) -> Self {
        Self {
            score: used.score.into(),
            blocks: used
                .blocks
                .into_iter()
                .map(|block| BlockUse { member: count(block.member), weights: block.weights })
                .collect(),
        }
    }
}

/// A task that a model can score.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Task {
    /// The id that `score` takes.
    pub id: String,
    /// The display name.
    pub name: String,
    /// The question, if its licence allows repeating it.
    pub prompt: Option<String>,
    /// Whether answers are compared with a reference answer, which is then required.
    pub needs_reference: bool,
    /// The labels, or the levels in rising order.
    pub labels: Vec<Label>,
    /// Points of each level, rising, if the task has a scale.
    pub points: Option<Vec<i32>>,
    /// The models whose probabilities are combined; most tasks have one.
    pub members: Vec<Member>,
    /// What is promised about automatic scores, if the model was made with a guarantee.
    pub guarantee: Option<Guarantee>,
}

/// What is promised about the automatic scores of a task, and the calibration answers that it rests on: graded answers
/// that no other part of the model was made from.
///
/// With probability `confidence` over the choice of these answers, at most the share `max_error` of automatic scores
/// is wrong. The promise holds for answers as those that it was calibrated on: to the same questions, by students like
/// those, at the same time and graded in the same way.
///
/// If `automatic` is 0, there were too few answers to promise anything, and no score of the task is automatic.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Record)]
pub struct Guarantee {
    /// Largest share of wrong ones among automatic scores, from 0 to 1.
    pub max_error: f32,
    /// Probability of the promise, from 0 to 1.
    pub confidence: f32,
    /// Whether a score one level away from a person's counts as right; otherwise it must be the same.
    pub adjacent: bool,
    /// Number of calibration answers.
    pub answers: u32,
    /// How many of them get an automatic score; their share is what to expect. 0 if nothing is promised.
    pub automatic: u32,
    /// How many of these scores are wrong.
    pub wrong: u32,
    /// Exact upper bound of the share of wrong ones, from these numbers; 1 if nothing is promised.
    pub bound: f32,
    /// Number of tasks that the promise and the numbers are of, all of them together.
    pub tasks: u32,
    /// If nothing is promised: about as many graded answers would be enough, if errors stayed as they are.
    pub needed: Option<u32>,
}

impl From<&manifest::Guarantee> for Guarantee {
    fn from(guarantee: &manifest::Guarantee) -> Self {
        Self {
            max_error: guarantee.max_error,
            confidence: guarantee.confidence,
            adjacent: guarantee.agreement == manifest::Agreement::Adjacent,
            answers: count(guarantee.answers),
            automatic: count(guarantee.automatic),
            wrong: count(guarantee.wrong),
            bound: guarantee.bound,
            tasks: count(guarantee.tasks),
            needed: guarantee.needed.map(count),
        }
    }
}

/// A model that takes part in a task.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Member {
    /// The family of its encoder, such as `e-lstm`.
    pub family: String,
    /// Its share in the probabilities; those of all members sum to 1.
    pub weight: f32,
}

/// A label of a task.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// Its description in the rubric.
    pub description: Option<String>,
    /// Whether no training answer has it; then an answer that is awarded it goes to review.
    pub unseen: bool,
}

impl Task {
    /// A task and the families of its encoders, which `file` names.
    pub(crate) fn new(task: &manifest::Task, file: &Manifest) -> Self {
        let family = |encoder: &str| file.encoder(encoder).map_or("", Encoder::family).to_owned();
        Self {
            id: task.id.clone(),
            name: task.name.clone(),
            prompt: task.prompt.clone(),
            needs_reference: task.input == manifest::Input::Pair,
            labels: task
                .labels
                .iter()
                .map(|label| Label {
                    name: label.name.clone(),
                    description: label.description.clone(),
                    unseen: label.unseen,
                })
                .collect(),
            points: task.points(),
            members: task
                .all_members()
                .map(|member| Member { family: family(member.encoder), weight: member.weight })
                .collect(),
            guarantee: task.guarantee.as_ref().map(Guarantee::from),
        }
    }
}

/// The metadata of a model, and how it runs on this device.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct About {
    /// Name of the model.
    pub name: String,
    /// Its purpose.
    pub description: String,
    /// Its number among the models of its publisher and name, counted up with each; 0 if it is not counted.
    pub version: u32,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// The credits to show when it is used.
    pub attribution: Vec<String>,
    /// BLAKE3 of the whole file, in hexadecimal.
    pub blake3: String,
    /// Names of the attached task packs.
    pub packs: Vec<String>,
    /// Size of the file in bytes.
    pub file_bytes: u64,
    /// Size of packed weights and tables so far, in bytes; encoders are packed when they are first used.
    pub packed_bytes: u64,
    /// The chosen kernel variant of each operation.
    pub variants: Vec<Variant>,
}

/// An operation and the kernel variant that was chosen for it.
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
            version: manifest.version,
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
