//! Data files and their settings.

use crate::data::{Columns, DataFile, Format, ReadOptions};
use crate::head::{HeadKind, SecondRater};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Defines a data set's table in a recipe: the fields that every data set has, then its own. They are written out here
/// once, because serde cannot both flatten a struct and refuse unknown fields.
macro_rules! data_set {
    ($(#[$attribute:meta])* $name:ident { $($(#[$own:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Name for provenance.
            pub name: String,
            /// Graded answers to train on.
            pub train: DataFile,
            /// Test sets by name.
            #[serde(default)]
            pub test: BTreeMap<String, DataFile>,
            /// Answers without scores that the teacher may label.
            #[serde(default)]
            pub unlabelled: Option<DataFile>,
            /// Format of the files; by default from their extensions.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub format: Option<Format>,
            /// Delimiter of CSV files; detected by default.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub delimiter: Option<char>,
            /// Encoding of CSV and JSON Lines files, such as `windows-1252`; by default UTF-8.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub encoding: Option<String>,
            /// Sheet of spreadsheets; by default the only one with cells.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub sheet: Option<String>,
            /// Names of the fields.
            #[serde(default)]
            pub columns: Columns,
            /// Head kind of all its tasks; by default numbers make ordinal tasks and names softmax tasks.
            #[serde(default)]
            pub head: Option<HeadKind>,
            /// Lowest and highest score of every ordinal task; by default from the score fields, otherwise from the
            /// scores.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub levels: Option<[i32; 2]>,
            /// Names of classes or levels in order, if the file does not give an order. Names that are whole numbers
            /// are the points of their levels.
            #[serde(default)]
            pub classes: Vec<String>,
            /// What models learn from the scores of a second rater in the training file.
            #[serde(default, skip_serializing_if = "SecondRater::is_ignored")]
            pub second_rater: SecondRater,
            $($(#[$own])* pub $field: $type,)*
        }
    };
}

data_set! {
    /// Data files and their settings: the first data set, and what holds for all.
    DataRecipe {
        /// Whether the models read the reference answer before the student's answer.
        #[serde(default)]
        pub pairs: bool,
        /// More data sets with their own tasks. Test sets with the same name are evaluated together.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub also: Vec<DataPart>,
        /// Share of the graded answers of the training file whose scores are used, drawn for each task; the others
        /// count as unlabelled. For measuring how much grading a model needs.
        #[serde(default = "all", skip_serializing_if = "is_all")]
        pub graded: f64,
        /// Share of the training file for validation, which decides when to stop.
        pub validation: f64,
        /// Share of the training file that is set aside as the test set `held-out`; 0 if there are test files.
        #[serde(default)]
        pub held_out: f64,
        /// Share of the training file from which only the promise about automatic scores is made; needs
        /// `export.max_error`.
        #[serde(default, skip_serializing_if = "is_zero")]
        pub calibration: f64,
        /// Parts of the training file, each of which is held out once, in cross-validation; 0 for none. It excludes a
        /// held-out part and test sets.
        #[serde(default, skip_serializing_if = "is_none")]
        pub folds: usize,
    }
}

data_set! {
    /// A further data set.
    DataPart {
        /// Whether its answers belong to tasks of the data sets before it. Its training file is then only trained on:
        /// none of its answers is in the validation part or held out.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub extends: bool,
    }
}

fn all() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_all(share: &f64) -> bool {
    *share >= 1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_none(folds: &usize) -> bool {
    *folds == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(share: &f64) -> bool {
    *share == 0.0
}

impl DataRecipe {
    /// How another file with answers to the tasks of the first data set is read.
    #[must_use]
    pub fn options(&self, file: &DataFile) -> ReadOptions {
        self.parts()[0].options(file)
    }

    /// Every data set: the one in the recipe itself, then those in `also`.
    pub(crate) fn parts(&self) -> Vec<DataPart> {
        let own = DataPart {
            name: self.name.clone(),
            train: self.train.clone(),
            test: self.test.clone(),
            unlabelled: self.unlabelled.clone(),
            format: self.format,
            delimiter: self.delimiter,
            encoding: self.encoding.clone(),
            sheet: self.sheet.clone(),
            columns: self.columns.clone(),
            head: self.head,
            levels: self.levels,
            classes: self.classes.clone(),
            second_rater: self.second_rater,
            extends: false,
        };
        std::iter::once(own).chain(self.also.iter().cloned()).collect()
    }
}

impl DataPart {
    /// How one of its files is read: by the file's own settings, otherwise by those of the data set. A setting of the
    /// data set that does not apply to the format of the file is ignored.
    #[must_use]
    pub fn options(&self, file: &DataFile) -> ReadOptions {
        let own = file.settings();
        ReadOptions {
            format: own.format.or(self.format),
            delimiter: own.delimiter.or(self.delimiter),
            encoding: own.encoding.or_else(|| self.encoding.clone()),
            sheet: own.sheet.or_else(|| self.sheet.clone()),
            only: own.only,
            columns: self.columns.clone(),
            head: self.head,
            levels: self.levels,
            classes: self.classes.clone(),
            unscored: false,
            second_scores: false,
        }
    }

    /// How its training file is read.
    #[must_use]
    pub fn training_options(&self) -> ReadOptions {
        ReadOptions { second_scores: !self.second_rater.is_ignored(), ..self.options(&self.train) }
    }

    /// Its files.
    pub(super) fn files(&self) -> impl Iterator<Item = &DataFile> {
        std::iter::once(&self.train).chain(self.test.values()).chain(&self.unlabelled)
    }
}
