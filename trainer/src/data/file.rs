//! A data file as a recipe names it.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::Format;

/// A data file: its path, or a table with the path and how this one file is written.
///
/// In TOML `"answers.csv"`, or `{ path = "answers.txt", format = "csv", delimiter = ";" }`. Paths are relative to the folder of
/// data sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DataFile {
    /// A path alone.
    Path(PathBuf),
    /// A path and how the file is written.
    With(FileSettings),
}

/// How one data file is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileSettings {
    /// The file.
    pub path: PathBuf,
    /// Its layout; by default what its name says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// CSV only: what stands between two cells; by default it is recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// CSV and JSON Lines: the encoding, such as `windows-1252`; by default UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// Spreadsheets only: the sheet; by default the only one that has cells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

/// By hand, so that a misspelt setting is named instead of the whole table.
impl<'de> Deserialize<'de> for DataFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(path) => Ok(Self::Path(path.into())),
            table @ toml::Value::Table(_) => table
                .try_into()
                .map(Self::With)
                .map_err(|error: toml::de::Error| D::Error::custom(error.message())),
            _ => {
                Err(D::Error::custom("a file is a path, or a table with `path` and how the file is written"))
            }
        }
    }
}

impl DataFile {
    /// The path as the recipe has it.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Path(path) => path,
            Self::With(settings) => &settings.path,
        }
    }

    /// The path from the folder of data sets.
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

    /// Refuses a setting that means nothing for a file of its kind; `format` is what is meant where the file does not say.
    ///
    /// # Errors
    ///
    /// When there is one.
    pub fn check(&self, format: Option<Format>) -> anyhow::Result<()> {
        let own = self.settings();
        let Some(format) = own.format.or(format).or_else(|| Format::of(&own.path)) else { return Ok(()) };
        let path = own.path.display();
        ensure!(
            own.delimiter.is_none() || format == Format::Csv,
            "{path}: `delimiter` is set, and the file is not CSV; leave it out"
        );
        ensure!(
            own.encoding.is_none() || format != Format::Spreadsheet,
            "{path}: `encoding` is set, and the file is a spreadsheet; leave it out"
        );
        ensure!(
            own.sheet.is_none() || format == Format::Spreadsheet,
            "{path}: `sheet` is set, and the file is not a spreadsheet; leave it out"
        );
        Ok(())
    }
}
