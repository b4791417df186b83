//! Rows as they stand in a file, before tasks are known.

use anyhow::{Result, anyhow, bail, ensure};

use super::{MAX_NAME_BYTES, MAX_TEXT_BYTES};

/// Default names of the target field, in the order in which they are looked for.
pub(super) const TARGETS: [&str; 3] = ["score", "label", "labels"];

/// The rows of one file.
pub(super) struct RawFile {
    pub(super) name: String,
    pub(super) rows: Vec<RawRow>,
    /// Name of the target field, for messages; `None` when the file has none.
    pub(super) target_field: Option<String>,
    /// Label columns in the order of the header; empty for JSON Lines.
    pub(super) label_order: Vec<String>,
}

/// One row; `line` is where it begins, counted from 1.
pub(super) struct RawRow {
    pub(super) line: usize,
    pub(super) id: Option<String>,
    pub(super) task: Option<String>,
    pub(super) text: String,
    pub(super) reference: Option<String>,
    pub(super) group: Option<String>,
    pub(super) split_key: Option<String>,
    pub(super) target: RawTarget,
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
    pub(super) line: usize,
}

impl Place<'_> {
    /// A message about one field of this line.
    pub(super) fn field(self, field: &str, what: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{}, line {}, field `{field}`: {what}", self.file, self.line)
    }

    /// A message about the whole line.
    pub(super) fn line(self, what: impl std::fmt::Display) -> anyhow::Error {
        anyhow!("{}, line {}: {what}", self.file, self.line)
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

    /// Refuses a name that is empty, or that is probably a text: long, or with line ends in it.
    pub(super) fn check_name(self, field: &str, name: &str) -> Result<()> {
        ensure!(!name.trim().is_empty(), self.field(field, "empty; give it a value or drop the field"));
        check_name(name).map_err(|what| self.field(field, format!("{what}; is this the right field?")))
    }

    /// Reads a whole number; `2.0` is one, as spreadsheets write it.
    pub(super) fn whole(self, field: &str, text: &str) -> Result<i32> {
        let text = text.trim();
        let digits = match text.split_once('.') {
            Some((whole, zeros)) if !whole.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
            _ => text,
        };
        digits.parse().map_err(|_| {
            if text.parse::<f64>().is_ok() {
                self.field(field, format!("{text} is not a whole number; round or bin the scores first"))
            } else {
                self.field(field, "holds something other than a whole number; use a class field for names")
            }
        })
    }
}

/// Says what is wrong with a name, if anything is.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.len() > MAX_NAME_BYTES {
        return Err(format!("{} bytes, a name has at most {MAX_NAME_BYTES}", name.len()));
    }
    if name.chars().any(char::is_control) {
        return Err("a name with a line end or another control character in it".to_owned());
    }
    Ok(())
}

/// The file's text without its byte-order mark.
pub(super) fn decode<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        bail!("{name}: the file is UTF-16; save it as UTF-8");
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(e) => {
            let line = 1 + bytes[..e.valid_up_to()].iter().filter(|&&b| b == b'\n').count();
            bail!(
                "{name}, line {line}: byte {:#04x} is not UTF-8; save the file as UTF-8 (Excel calls it `CSV UTF-8`)",
                bytes[e.valid_up_to()]
            )
        }
    }
}
