//! A data file in a recipe.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Format;

/// A data file: a path, or a table with the path and settings for this file.
///
/// In TOML `"answers.csv"`, or `{ path = "answers.txt", format = "csv", delimiter = ";" }`. Paths are relative to the
/// data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DataFile {
    /// A path alone.
    Path(PathBuf),
    /// A path with settings.
    With(FileSettings),
}

/// Settings of one data file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileSettings {
    /// The file.
    pub path: PathBuf,
    /// Its format; by default from the file extension.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// CSV only: the delimiter; detected by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// CSV and JSON Lines: the encoding, such as `windows-1252`; by default UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Spreadsheets only: the sheet; by default the only one with cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The rows that are read: for each field that is named, the values of which it has one. A field that is missing or
    /// null has the value "". By default all rows are read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Values>,
}

/// Values of a field, of which a row must have one: in TOML a text, a number, true or false, or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Values(Vec<String>);

impl Values {
    /// Whether this is one of them.
    #[must_use]
    pub fn have(&self, value: &str) -> bool {
        self.0.iter().any(|own| own == value)
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        fn one<E: serde::de::Error>(value: &toml::Value) -> Result<String, E> {
            match value {
                toml::Value::String(text) => Ok(text.clone()),
                toml::Value::Integer(number) => Ok(number.to_string()),
                toml::Value::Boolean(flag) => Ok(flag.to_string()),
                _ => Err(E::custom(
                    "a value of `only` is a text, a whole number, true, false or a list of them",
                )),
            }
        }
        let values = match toml::Value::deserialize(deserializer)? {
            toml::Value::Array(values) => values.iter().map(one).collect::<Result<_, _>>()?,
            value => vec![one(&value)?],
        };
        Ok(Self(values))
    }
}

/// Written by hand, so that the error names a misspelt setting instead of the whole table.
impl<'de> Deserialize<'de> for DataFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(path) => Ok(Self::Path(path.into())),
            table @ toml::Value::Table(_) => table
                .try_into()
                .map(Self::With)
                .map_err(|error: toml::de::Error| D::Error::custom(error.message())),
            _ => Err(D::Error::custom("a file is a path, or a table with `path` and settings")),
        }
    }
}

impl DataFile {
    /// The path as written in the recipe.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::With(settings) => &settings.path,
        }
    }

    /// The path inside the data folder `root`.
    #[must_use]
    pub fn at(&self, root: &Path) -> PathBuf {
        root.join(self.path())
    }

    /// The file's own settings.
    #[must_use]
    pub fn settings(&self) -> FileSettings {
        match self {
            Self::Path(path) => FileSettings { path: path.clone(), ..FileSettings::default() },
            Self::With(settings) => settings.clone(),
        }
    }

    /// Refuses a setting that does not apply to the format of the file; `format` is used if the file does not state its
    /// own.
    ///
    /// # Errors
    ///
    /// When there is such a setting.
    pub fn check(&self, format: Option<Format>) -> anyhow::Result<()> {
        let own = self.settings();
        let Some(format) = own.format.or(format).or_else(|| Format::of(&own.path)) else { return Ok(()) };
        let path = own.path.display();
        ensure!(
            own.delimiter.is_none() || format == Format::Csv,
            "{path}: `delimiter` is set, but the file is not CSV; leave it out"
        );
        ensure!(
            own.encoding.is_none() || format != Format::Spreadsheet,
            "{path}: `encoding` is set, but the file is a spreadsheet; leave it out"
        );
        ensure!(
            own.sheet.is_none() || format == Format::Spreadsheet,
            "{path}: `sheet` is set, but the file is not a spreadsheet; leave it out"
        );
        Ok(())
    }
}
