//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The exit codes, shown in the general help; callers may rely on them.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  an internal error; please report it
  2  the command line is wrong
  3  a file is missing or cannot be read or written
  4  the file is not a .pupil file
  5  the .pupil file is damaged or beyond the limits
  6  the .pupil file needs a later version
  7  the model has no such task, or has several and none was named
  8  the answer is empty, too long or not valid UTF-8
  9  the table lacks a column, has a malformed row or cannot be read as a table

No message repeats an answer, a reference or the contents of a table.";

/// Shown under `pupil score --help`.
const SCORE_EXAMPLES: &str = "\
Examples:
  pupil score --task TASK \"The text of one answer\"
  pupil score --reference \"What a good answer says\" \"The text of one answer\"
  pupil score science.pupil --task TASK --explain --answer-file answer.txt
  pupil score --csv class.csv --out scored.csv --task TASK
  pupil score --task TASK -- \"-2 degrees\"

Tables that --csv reads: CSV in UTF-8 or UTF-16, or in the encoding given by --encoding; .xlsx, .xls and .ods. \
The delimiter (comma, semicolon, tab or bar), a byte order mark and Excel's line sep=; are recognised. \
Column names match in any case. A CSV table is written as it was, with more columns; a spreadsheet becomes CSV \
in UTF-8 with a byte order mark.

Columns that --csv adds: level and expected (tasks with a scale), label (other tasks), confidence, decision, \
reason, words, unknown_words, truncated, repetitive, and p_NAME for every label. A name that the table \
already has gets the prefix pupil_. An empty answer in a table is sent to review, and so is a missing-value \
marker (NA, #N/A, null, -). A malformed row stops the run before anything is written.";

/// The program and its options.
#[derive(Parser)]
#[command(
    name = "pupil",
    version,
    about = "Scores written answers on this machine; nothing is sent anywhere",
    after_help = EXIT_CODES
)]
pub(crate) struct Cli {
    /// The subcommand.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The subcommands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Score one answer, or a table of answers
    #[command(after_help = SCORE_EXAMPLES)]
    Score(Box<ScoreArgs>),
    /// List the tasks of a model
    Tasks(TasksArgs),
    /// Show the metadata of a model: tasks, sizes, origin, measurements, licence
    Inspect(InspectArgs),
    /// Check the structure of a .pupil file and every hash in it
    Verify(VerifyArgs),
}

/// Options of `pupil inspect`.
#[derive(Args)]
pub(crate) struct InspectArgs {
    /// The .pupil file; without it, the built-in model
    pub(crate) file: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `pupil tasks`.
#[derive(Args)]
pub(crate) struct TasksArgs {
    /// The .pupil file; without it, the built-in models
    pub(crate) file: Option<PathBuf>,
    /// Also list the tasks of this task pack; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) pack: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `pupil verify`.
#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// The .pupil file
    pub(crate) file: PathBuf,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `pupil score`.
#[derive(Args)]
#[command(override_usage = "pupil score [FILE] [--task TASK] [OPTIONS] ANSWER\n       \
                            pupil score [FILE] [--task TASK] [OPTIONS] --answer-file PATH\n       \
                            pupil score [FILE] [--task TASK] [OPTIONS] --csv TABLE --out TABLE")]
pub(crate) struct ScoreArgs {
    /// The .pupil file; without it, a built-in model: the one that has the task or, if a reference is given, the one
    /// that compares answers with references
    #[arg(value_name = "FILE")]
    pub(crate) first: Option<OsString>,
    /// The answer, also when it is the only argument; `-` reads it from stdin
    #[arg(value_name = "ANSWER")]
    pub(crate) second: Option<OsString>,
    /// The task to score on; required if the model has several
    #[arg(long, short)]
    pub(crate) task: Option<String>,
    /// A task pack of the model, which adds its tasks; may be given several times
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
    /// Show the weight of each expert, in models that have experts
    #[arg(long, conflicts_with_all = ["csv", "explain"])]
    pub(crate) experts: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Score every row of this table: CSV, .xlsx, .xls or .ods with a header
    #[arg(long, value_name = "TABLE", requires = "out")]
    pub(crate) csv: Option<PathBuf>,
    /// Write the table with its scores here, as CSV
    #[arg(long, value_name = "TABLE", requires = "csv")]
    pub(crate) out: Option<PathBuf>,
    /// The column that holds the answers
    #[arg(long, value_name = "NAME", default_value = "text", requires = "csv")]
    pub(crate) text_column: String,
    /// The column that names the task of each row; default: `task`, if the table has it; unused with --task
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) task_column: Option<String>,
    /// The column that holds the reference answers; default: `reference`, if the table has it; unused with --reference
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) reference_column: Option<String>,
    /// The delimiter of a CSV table: one ASCII character, or `tab`; recognised without this option
    #[arg(long, value_name = "CHAR", value_parser = delimiter, requires = "csv")]
    pub(crate) delimiter: Option<char>,
    /// The encoding of a CSV table, such as windows-1252 or utf-16le; without it, UTF-8 or the encoding of the byte
    /// order mark
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) encoding: Option<String>,
    /// The sheet of a spreadsheet; required if several sheets have cells
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) sheet: Option<String>,
    /// The number of threads; without it, as many as the machine has
    #[arg(long, value_name = "N", requires = "csv")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
}

/// Parses a delimiter.
fn delimiter(text: &str) -> Result<char, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok('\t'),
        [byte @ (b'\t' | b' '..=b'~')] if !byte.is_ascii_alphanumeric() && *byte != b'"' => {
            Ok(char::from(*byte))
        }
        // `usage` writes the message, as for all errors of the command line.
        _ => Err(String::new()),
    }
}
