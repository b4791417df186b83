//! What a manifest promises about the automatic scores of a task.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::fields::{Field, Fields, Read, deserialized_by_fields};
use crate::names::named;

/// What is promised about the automatic scores of a task, and the calibration answers that it rests on: graded answers
/// that no other part of the model was made from.
///
/// With probability [`confidence`](Self::confidence) over the choice of these answers, at most the share
/// [`max_error`](Self::max_error) of the scores that are [automatic](crate::Decision::Automatic) differ from those that
/// people give. [`CONDITIONS`](Self::CONDITIONS) says for which answers.
///
/// Where there were too few to promise anything, no score of the task is automatic.
///
/// ```
/// use pupil_core::format::manifest::{Agreement, Guarantee};
///
/// let promised = Guarantee {
///     max_error: 0.05,
///     confidence: 0.9,
///     agreement: Agreement::Exact,
///     answers: 160,
///     automatic: 120,
///     wrong: 2,
///     bound: 0.0437,
///     tasks: 1,
///     needed: None,
/// };
/// assert_eq!(promised.share(), Some(0.75));
/// assert_eq!(
///     promised.to_string(),
///     "at most 5 % of automatic scores are wrong, with 90 % confidence; 75 % of answers are scored automatically \
///      (calibrated on 160 answers: 120 automatic, 2 of them wrong, upper bound 4.37 %)"
/// );
/// let none = Guarantee { answers: 40, automatic: 0, wrong: 0, bound: 1.0, needed: Some(45), ..promised };
/// assert_eq!(none.share(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Guarantee {
    /// Largest share of wrong ones among automatic scores, from 0 to 1.
    pub max_error: f32,
    /// Probability of the promise, from 0 to 1.
    pub confidence: f32,
    /// How a score must agree with a person's, otherwise it is wrong.
    pub agreement: Agreement,
    /// Calibration answers.
    pub answers: usize,
    /// How many of them get an automatic score; 0 where nothing is promised.
    pub automatic: usize,
    /// How many of these scores are wrong.
    pub wrong: usize,
    /// Exact upper bound of the share of wrong ones, from these numbers; 1 where nothing is promised. What is promised
    /// is `max_error`: the threshold was chosen by these answers, so that the bound may be too low.
    pub bound: f32,
    /// Tasks that the promise and the numbers are of, all of them together; 1 for the task alone.
    pub tasks: usize,
    /// Where nothing is promised: as many graded calibration answers would be enough, if errors stayed as they are.
    /// `None` where a promise is made, and where only a better model would help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needed: Option<usize>,
}

impl Guarantee {
    /// For which answers a promise holds.
    pub const CONDITIONS: &'static str = "The promise holds for answers as those that it was calibrated on: to the \
                                          same questions, by students like those, at the same time and graded in the \
                                          same way.";

    /// Whether anything is promised.
    #[must_use]
    pub fn is_promised(&self) -> bool {
        self.automatic > 0
    }

    /// The share of answers that are expected to be scored automatically; none where nothing is promised.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "both are at most 2^24")]
    pub fn share(&self) -> Option<f32> {
        self.is_promised().then(|| self.automatic as f32 / self.answers as f32)
    }
}

/// The words for a wrong score, and the promise without its numbers.
impl Guarantee {
    fn wrong_means(&self) -> &'static str {
        match self.agreement {
            Agreement::Exact => "wrong",
            Agreement::Adjacent => "more than one level away",
        }
    }

    /// What is promised, without the numbers that it rests on; meaningless where nothing is.
    #[must_use]
    pub fn aim(&self) -> String {
        let (error, confidence) = (Percent(self.max_error), Percent(self.confidence));
        let of = if self.tasks > 1 { format!("of {} tasks together ", self.tasks) } else { String::new() };
        format!(
            "at most {error} of automatic scores {of}are {}, with {confidence} confidence",
            self.wrong_means()
        )
    }
}

impl Field for Guarantee {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            max_error: fields.required("max_error")?,
            confidence: fields.required("confidence")?,
            agreement: fields.or_default("agreement")?,
            answers: fields.required("answers")?,
            automatic: fields.required("automatic")?,
            wrong: fields.required("wrong")?,
            bound: fields.required("bound")?,
            tasks: fields.get("tasks")?.unwrap_or(1),
            needed: fields.optional("needed")?,
        })
    }
}

deserialized_by_fields!(Guarantee);

/// The promise in a sentence, or that there is none and what would change it.
impl fmt::Display for Guarantee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(share) = self.share() else {
            let (error, confidence) = (Percent(self.max_error), Percent(self.confidence));
            write!(
                f,
                "nothing is automatic: {} calibration answers are not enough to promise that at most {error} of automatic \
                 scores are {}, with {confidence} confidence",
                self.answers,
                self.wrong_means()
            )?;
            return match self.needed {
                Some(needed) => write!(f, "; about {needed} would be, if errors stayed as they are"),
                None => f.write_str("; more of them would not help, a better model may"),
            };
        };
        let (share, bound) = (Percent(share), Percent(self.bound));
        write!(
            f,
            "{}; {share} of answers are scored automatically (calibrated on {} \
             answers: {} automatic, {} of them wrong, upper bound {bound})",
            self.aim(),
            self.answers,
            self.automatic,
            self.wrong
        )
    }
}

/// A share as a percentage with at most two decimals.
struct Percent(f32);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0 * 100.0);
        write!(f, "{} %", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// How a score must agree with a person's, so that it is not wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Agreement {
    /// It is the same class, the same level or the same set of labels.
    #[default]
    Exact,
    /// It is the same level or one beside it.
    Adjacent,
}

named!(Agreement { Exact = "exact", Adjacent = "adjacent" });
