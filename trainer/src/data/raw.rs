//! Rows as read from a file, before tasks are known.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, ensure};

use super::number::{self, Reading};
use super::{HeadKind, MAX_NAME_BYTES, MAX_TEXT_BYTES, ReadOptions};

/// Default name of the field of a second rater's scores.
pub(super) const SECOND: &str = "score2";
/// Default names of the target field, in search order.
pub(super) const TARGETS: [&str; 3] = ["score", "label", "labels"];

/// The rows of one file.
pub(super) struct RawFile {
    pub(super) name: String,
    /// What messages call the place of a row: `line`, or `row` of a spreadsheet.
    pub(super) unit: &'static str,
    pub(super) rows: Vec<RawRow>,
    /// Name of the target field, for messages; `None` when the file has none.
    pub(super) target_field: Option<String>,
    /// Label columns in the order of the header; empty for JSON Lines.
    pub(super) label_order: Vec<String>,
    /// Marks of missing scores, with the count of each.
    pub(super) missing: BTreeMap<String, usize>,
    /// A field that is not read and seems to hold the scores of a second rater.
    pub(super) second_rating: Option<String>,
    /// The field of the second rater's scores, if they are read.
    pub(super) second_field: Option<String>,
}

/// One row; `line` is where it begins, counted from 1.
pub(super) struct RawRow {
    pub(super) line: usize,
    pub(super) id: Option<String>,
    pub(super) task: Option<String>,
    pub(super) text: String,
    pub(super) reference: Option<String>,
    pub(super) question: Option<String>,
    pub(super) group: Option<String>,
    pub(super) split_key: Option<String>,
    pub(super) target: RawTarget,
    pub(super) second: RawTarget,
    pub(super) min_score: Option<i32>,
    pub(super) max_score: Option<i32>,
}

/// A target before it is matched with a task.
pub(super) enum RawTarget {
    Missing,
    /// A number in its written form, or a name.
    Value {
        text: String,
        number: bool,
    },
    /// Label names with their award.
    Named(Vec<(String, bool)>),
    /// Names of the awarded labels only.
    Awarded(Vec<String>),
    /// Awards in the order of the task's labels.
    Flags(Vec<bool>),
}

/// A place in a file, for messages.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) unit: &'static str,
    pub(super) line: usize,
}

impl Place<'_> {
    /// A message about one field of this line.
    pub(super) fn field(self, field: &str, what: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{}, {} {}, field `{field}`: {what}", self.file, self.unit, self.line)
    }

    /// A message about one column of this line, counted from 0. It omits the name, which may be the text of an answer.
    pub(super) fn column(self, column: usize, what: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{}, {} {}, column {}: {what}", self.file, self.unit, self.line, column + 1)
    }

    /// A message about the whole line.
    pub(super) fn line(self, what: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{}, {} {}: {what}", self.file, self.unit, self.line)
    }

    /// Refuses an answer or a reference answer that is too long.
    pub(super) fn check_text(self, field: &str, text: &str) -> Result<()> {
        ensure!(
            text.len() <= MAX_TEXT_BYTES,
            self.field(
                field,
                format!("{} bytes, the limit is {MAX_TEXT_BYTES}; shorten or drop it", text.len())
            )
        );
        Ok(())
    }

    /// Refuses a name that is empty, or that is probably a text: long, or with line ends.
    pub(super) fn check_name(self, field: &str, name: &str) -> Result<()> {
        ensure!(!name.trim().is_empty(), self.field(field, "empty; give it a value or drop the field"));
        check_name(name).map_err(|what| self.field(field, format!("{what}; is this the right field?")))
    }

    /// Reads a whole number in any of the forms that people write.
    pub(super) fn whole(self, field: &str, text: &str) -> Result<i32> {
        match number::read(text) {
            Reading::Whole(number) => Ok(number),
            Reading::Fraction(number) => Err(self.field(
                field,
                format!(
                    "{number} is not a whole number; multiply the scores to make them whole, or bin them"
                ),
            )),
            Reading::Odd(why) => Err(self.field(field, why)),
            Reading::Missing | Reading::Name => {
                Err(self
                    .field(field, "not a whole number; set `data.head` to `softmax` if these are classes"))
            }
        }
    }

    /// Reads one score cell: a number, the name of a class, or nothing. Counts the marks of missing scores.
    pub(super) fn value(
        self,
        field: &str,
        cell: &str,
        options: &ReadOptions,
        missing: &mut BTreeMap<String, usize>,
    ) -> Result<RawTarget> {
        let text = cell.trim();
        // A name in `data.classes` is a class, whatever it looks like.
        let named = options.classes.iter().any(|class| class == text);
        let value = |text: &str, number| RawTarget::Value { text: text.to_owned(), number };
        Ok(match number::read(text) {
            Reading::Missing if named => value(text, false),
            Reading::Missing => {
                if !text.is_empty() {
                    *missing.entry(text.to_owned()).or_default() += 1;
                }
                RawTarget::Missing
            }
            Reading::Whole(_) if named => value(text, true),
            Reading::Whole(number) => value(&number.to_string(), true),
            Reading::Fraction(_) if named => value(text, false),
            Reading::Fraction(number) if !options.head.is_some_and(HeadKind::is_classes) => {
                value(&number, true)
            }
            Reading::Odd(why) if !named && !options.head.is_some_and(HeadKind::is_classes) => {
                return Err(
                    self.field(field, format!("{why}; set `data.head` to `softmax` if these are classes"))
                );
            }
            Reading::Fraction(_) | Reading::Odd(_) | Reading::Name => {
                self.check_name(field, text)?;
                value(text, false)
            }
        })
    }
}

/// The error for a file that lacks the second scores that a recipe asks for.
pub(super) fn no_second_scores(file: &str, field: &str) -> anyhow::Error {
    anyhow!(
        "{file}: there is no field `{field}` with the scores of a second rater; name it with `data.columns.score2`, or \
         leave `data.second_rater` out"
    )
}

/// Whether the name of a field suggests a second rating: `score2`, `Rater 2`, `human_2_score`.
pub(super) fn is_second_rating(name: &str) -> bool {
    let plain: String = name.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = ["score", "rating", "label"].iter().find_map(|end| plain.strip_suffix(end)).unwrap_or(&plain);
    let first = plain.strip_suffix('2').or_else(|| plain.strip_prefix("second"));
    first.is_some_and(|what| {
        matches!(
            what,
            "score" | "rater" | "rating" | "grade" | "grader" | "points" | "human" | "mark" | "label" | ""
        ) && plain.len() > 1
    })
}

/// Says what is wrong with a name, if anything is.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.len() > MAX_NAME_BYTES {
        return Err(format!("{} bytes, a name has at most {MAX_NAME_BYTES}", name.len()));
    }
    if name.chars().any(char::is_control) {
        return Err("a name with a line end or another control character".to_owned());
    }
    Ok(())
}

/// The error for a data file that cannot be read as a table, with advice that names recipe settings.
pub(super) fn refused(error: &pupil_tables::Error) -> anyhow::Error {
    refused_by(error, |setting| format!("`data.{setting}`"))
}

/// The error for a table that cannot be read, with advice; `called` gives the name of a setting.
pub(crate) fn refused_by(error: &pupil_tables::Error, called: impl Fn(&str) -> String) -> anyhow::Error {
    use pupil_tables::Setting;
    let named = |setting| match setting {
        Setting::Delimiter => called("delimiter"),
        Setting::Encoding => called("encoding"),
        Setting::Sheet => called("sheet"),
    };
    match error.advice(named) {
        Some(advice) => anyhow!("{error}; {advice}"),
        None => anyhow!("{error}"),
    }
}
