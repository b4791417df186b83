//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// What every caller may rely on.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  an error of pupil's own; please report it
  2  the command line does not make sense
  3  a file is missing or cannot be read or written
  4  the file is not a .pupil file
  5  the .pupil file is damaged or beyond the limits
  6  the .pupil file needs a later version
  7  the model has no such task, or has several and none was named
  8  the answer is empty, too long or not UTF-8
  9  the table lacks a column, has a broken row or cannot be read as a table

No message repeats an answer, a reference or what a table holds.";

/// Shown under `pupil score --help`.
const SCORE_EXAMPLES: &str = "\
Examples:
  pupil score --task TASK \"The text of one answer\"
  pupil score --reference \"What a good answer says\" \"The text of one answer\"
  pupil score science.pupil --task TASK --explain --answer-file answer.txt
  pupil score --csv class.csv --out scored.csv --task TASK
  pupil score --task TASK -- \"-2 degrees\"

Tables that --csv reads: CSV in UTF-8 or UTF-16, or in the encoding of --encoding; .xlsx, .xls and .ods. The delimiter \
(comma, semicolon, tab or bar), a byte order mark and Excel's line sep=; are recognised. Columns are found by their names in \
any case. A table of CSV is written as it was, with more columns; a spreadsheet becomes CSV in UTF-8 with a byte order mark.

Columns that --csv adds: level and expected (tasks with a scale), label (other tasks), confidence, decision, \
reason, words, unknown_words, truncated, repetitive, and p_NAME for every label. A name that the table has already gets the prefix \
pupil_. An empty answer in a table is sent to review, and so is a mark for a missing one (NA, #N/A, null, -); a broken row stops the work before anything is written.";

/// The program and its options.
#[derive(Parser)]
#[command(
    name = "pupil",
    version,
    about = "Scores written answers on this machine; nothing is sent anywhere",
    after_help = EXIT_CODES
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Score one answer, or a class in a table
    #[command(after_help = SCORE_EXAMPLES)]
    Score(Box<Score>),
    /// List the tasks of a model
    Tasks(Tasks),
    /// Show all that a model says about itself: tasks, sizes, origin, measurements, licence
    Inspect(OneModel),
    /// Check the structure of a .pupil file and every hash in it
    Verify(Verify),
}

/// A model to look at.
#[derive(Args)]
pub(crate) struct OneModel {
    /// The .pupil file; without it, the model that is built in
    pub(crate) file: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A model whose tasks are listed.
#[derive(Args)]
pub(crate) struct Tasks {
    /// The .pupil file; without it, the models that are built in
    pub(crate) file: Option<PathBuf>,
    /// A task pack whose tasks are listed too; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) pack: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A file to check.
#[derive(Args)]
pub(crate) struct Verify {
    /// The .pupil file
    pub(crate) file: PathBuf,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to score and how to show it.
#[derive(Args)]
#[command(override_usage = "pupil score [FILE] [--task TASK] [OPTIONS] ANSWER\n       \
                            pupil score [FILE] [--task TASK] [OPTIONS] --answer-file PATH\n       \
                            pupil score [FILE] [--task TASK] [OPTIONS] --csv TABLE --out TABLE")]
pub(crate) struct Score {
    /// The .pupil file; without it, a model that is built in: the one that has the task, or with a reference the one that
    /// compares answers with references
    #[arg(value_name = "FILE")]
    pub(crate) first: Option<OsString>,
    /// The answer, also when it stands alone; `-` reads it from stdin
    #[arg(value_name = "ANSWER")]
    pub(crate) second: Option<OsString>,
    /// The task to score on; needed where the model has several
    #[arg(long, short)]
    pub(crate) task: Option<String>,
    /// A task pack of the model, whose tasks are then known too; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) pack: Vec<PathBuf>,
    /// Read the answer from a file
    #[arg(long, value_name = "PATH", conflicts_with = "csv")]
    pub(crate) answer_file: Option<PathBuf>,
    /// The reference answer, for tasks that compare with one
    #[arg(long, value_name = "TEXT")]
    pub(crate) reference: Option<String>,
    /// Show how much each word changes the score
    #[arg(long, conflicts_with = "csv")]
    pub(crate) explain: bool,
    /// Show how much each expert took part, in models that have experts
    #[arg(long, conflicts_with_all = ["csv", "explain"])]
    pub(crate) experts: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Score every row of this table, which has a header: CSV, .xlsx, .xls or .ods
    #[arg(long, value_name = "TABLE", requires = "out")]
    pub(crate) csv: Option<PathBuf>,
    /// Write the table with its scores here, as CSV
    #[arg(long, value_name = "TABLE", requires = "csv")]
    pub(crate) out: Option<PathBuf>,
    /// The column that holds the answers
    #[arg(long, value_name = "NAME", default_value = "text", requires = "csv")]
    pub(crate) text_column: String,
    /// The column that names the task of each row, by default `task` where there is one; unused with --task
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) task_column: Option<String>,
    /// The column that holds the reference answers, by default `reference` where there is one; unused with --reference
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) reference_column: Option<String>,
    /// What stands between two fields of a CSV table: one ASCII character, or `tab`; recognised without it
    #[arg(long, value_name = "CHAR", value_parser = delimiter, requires = "csv")]
    pub(crate) delimiter: Option<char>,
    /// The encoding of a CSV table, such as windows-1252 or utf-16le; without it, UTF-8 or what a byte order mark says
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) encoding: Option<String>,
    /// The sheet of a spreadsheet; needed where several have cells
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) sheet: Option<String>,
    /// Score on this many threads; without it, as many as the machine has
    #[arg(long, value_name = "N", requires = "csv")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
}

/// Reads a field separator.
fn delimiter(text: &str) -> Result<char, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok('\t'),
        [byte @ (b'\t' | b' '..=b'~')] if !byte.is_ascii_alphanumeric() && *byte != b'"' => {
            Ok(char::from(*byte))
        }
        // The message is made where all refusals of the command line are made.
        _ => Err(String::new()),
    }
}
