//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use pupil_metrics::guarantee::Aim;

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
  10 the .pupil file is not signed with a trusted key, or is not the one that was expected

No message repeats an answer, a reference or the contents of a table.";

/// Shown under `pupil score --help`.
const SCORE_EXAMPLES: &str = "\
Examples:
  pupil score --task TASK \"The text of one answer\"
  pupil score --reference \"What a good answer says\" \"The text of one answer\"
  pupil score science.pupil --task TASK --explain --answer-file answer.txt
  pupil score --csv class.xlsx --out scored.xlsx --task TASK
  pupil score --csv class.csv --out scored.csv --task TASK --html class.html --explain
  pupil score --csv - --out - --task TASK < class.csv > scored.csv
  pupil score --task TASK -- \"-2 degrees\"

Tables that --csv reads: CSV, .xlsx, .xls, .ods and JSON Lines; `-` is stdin. The delimiter (comma, semicolon, tab or \
bar), a byte order mark, UTF-16, Excel's line sep=; and a title above the header are recognised, and the encoding of \
text that is not UTF-8 is guessed (--encoding sets it). Column names match in any case. The answers are in the column \
text or of another usual name (Answer, Response, Antwort, ...), or in the only column of sentences; --text-column \
names it.

--out writes the kind that its ending names: .csv, .tsv, .xlsx, .ods, .jsonl; `-` is stdout, with the kind of the \
table that was read. CSV is written as it was, with more columns; what was in another encoding, or no CSV, becomes \
CSV in UTF-8 with a byte order mark, which Excel opens. An existing file is replaced with --force only. In the added \
columns of CSV, a text that a spreadsheet program would take for a formula begins with an apostrophe.

Columns that --csv adds: level and expected (tasks with a scale), label (other tasks), confidence, decision, \
reason, words, unknown_words, truncated, repetitive, p_NAME for every label, and explanation (--explain). A name that the table \
already has gets the prefix pupil_. An empty answer in a table is sent to review, and so is a missing-value \
marker (NA, #N/A, null, -). A malformed row stops the run before anything is written.";

/// Shown under `pupil verify --help`.
const VERIFY_EXAMPLES: &str = "\
Examples:
  pupil verify science.pupil
  pupil verify science.pupil --key publisher.pub
  pupil verify science.pupil --key RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3 --min-version 3

Without --key, a forged file with hashes of its own passes. The signature is science.pupil.minisig unless --signature \
names it. `minisign -V -p publisher.pub -m science.pupil` verifies the same signature.";

/// Shown under `pupil keygen --help`.
const KEYGEN_EXAMPLES: &str = "\
Examples:
  pupil keygen --key publisher.key
  pupil keygen --key ci.key --no-password

Writes the secret key (readable by its owner alone) and the public key, publisher.pub, in the format of minisign. Keep \
the secret key offline, or in the secret store of the machine that releases; who has it can sign as you. Apps name the \
public key in their options. To change keys, release apps that trust both, then sign with the new one, then release \
apps without the old one.";

/// Shown under `pupil sign --help`.
const SIGN_EXAMPLES: &str = "\
Example:
  pupil sign science.pupil --key publisher.key

Writes science.pupil.minisig, as `minisign -S -s publisher.key -m science.pupil` does, and only for a file that passes \
`pupil verify`. The version that apps compare is that of the model, `version` in the recipe that it was trained by.";

/// Shown under `pupil completions --help`.
const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  pupil completions bash > ~/.local/share/bash-completion/completions/pupil
  pupil completions fish > ~/.config/fish/completions/pupil.fish";

/// Shown under `pupil manual --help`.
const MANUAL_EXAMPLES: &str = "\
Example:
  pupil manual > ~/.local/share/man/man1/pupil.1";

/// Shown under `pupil evaluate --help`.
const EVALUATE_EXAMPLES: &str = "\
Examples:
  pupil evaluate science.pupil --csv graded.csv --score points --html report.html
  pupil evaluate --csv scored.csv --score human --score2 second --group language --student child --csv-dir figures
  pupil evaluate --csv scored.csv --score points --predicted their_score --trim-min 0 --trim-max 4
  pupil evaluate one.pupil --against other.pupil --csv graded.csv --score points --html report.html
  pupil evaluate --long --id answer --rater rater --score points --csv ratings.csv --html report.html

Without a file, the scores are those in the table, as `pupil score --csv` writes them (columns expected, level, label, \
confidence, decision, reason, words), or the column given by --predicted; a table without them is scored by a built-in \
model. Rows without a human score (empty, NA and the like, or a code given by --missing) or with one that is no score \
of the task are left out and counted.

For tasks with rubric labels, --score names a column with the awarded labels, joined by a bar (an empty cell: none); \
without --score, each label is a column of its name with 0 or 1.

The report has every figure of RSMTool's rsmeval under the same names, with intervals. It holds no answer.";

/// Shown under `pupil monitor --help`.
const MONITOR_EXAMPLES: &str = "\
Examples:
  pupil monitor --csv evaluated.csv --write-reference reference.json
  pupil monitor --csv scored.csv --drift-from reference.json
  pupil monitor model.pupil --csv today.csv --drift-from reference.json --seen seen.json
  pupil monitor model.pupil --csv today.csv --audits audited.csv --score points

The reference holds counts and no answer: by task, how confidences, numbers of words, shares of unknown words, scores and \
decisions were distributed. Without a file, the scores are those in the table, as `pupil score --csv` writes them; with \
one, the table is scored. With several tasks, a change of all of them is looked for as well. --seen keeps the counts from run to run: give each answer once, in the order of time.

While nothing changes, an alarm is ever given with the probability --false-alarm at most, however often you look.

--audits bounds the error rate of automatic scores by those that a model sent to a person for the reason audit. The \
bounds may be read after every graded answer: with the confidence --confidence, none is ever wrong.";

/// Shown under `pupil promise --help`.
const PROMISE_EXAMPLES: &str = "\
Examples:
  pupil promise --csv scored.csv --draw 500 --out drawn.csv
  pupil promise --csv drawn.csv --score points --out decided.csv

The first command draws 500 answers at random, marked by 1 in the column drawn. Once people have graded them all, in a \
column of human scores, the second one finds the lowest confidence from which, with the stated confidence, at most \
--max-error of the scores of this table are wrong. The column stands of --out says of which scores that is. Only the \
draw is random: answers may depend on each other. Nothing is promised about answers that are not in the table.

Each task has a promise of its own; with --pooled, there is one for the table as a whole, which needs far fewer graded \
answers and says nothing about a single task.";

/// Shown under `pupil suggest --help`.
const SUGGEST_EXAMPLES: &str = "\
Examples:
  pupil suggest my-class.pupil --csv ungraded.csv --graded graded.csv --count 50 --out suggested.csv
  pupil suggest --task TASK --csv class.csv --out suggested.csv

Answers are chosen one after the other, each time the one that stands for most doubt: the sum, over all ungraded \
answers, of a weight x the similarity to it beyond that to graded and chosen ones. The weight is 1 - confidence, plus \
the mean of that over the task. Similarity is the cosine of \
n-grams of letters and words (TF-IDF). Each task gets its share of the answers. Answers without words, in another language, gibberish, repetitions, copies of the question and lists of words are left \
out. The table has the columns that training reads, id, task, text, reference (tasks that compare) and an empty score \
(label or labels for tasks without a scale), and why, confidence, similarity, gain and line.";

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
    /// Measure how well scores agree with human scores
    #[command(after_help = EVALUATE_EXAMPLES)]
    Evaluate(Box<EvaluateArgs>),
    /// Choose the ungraded answers whose grading would teach a model most
    #[command(after_help = SUGGEST_EXAMPLES)]
    Suggest(Box<SuggestArgs>),
    /// Watch whether scored answers are still like those of a reference
    #[command(after_help = MONITOR_EXAMPLES)]
    Monitor(Box<MonitorArgs>),
    /// Promise how many scores of a table are wrong at most, from answers drawn from it and graded
    #[command(after_help = PROMISE_EXAMPLES)]
    Promise(Box<PromiseArgs>),
    /// Show what promises about automatic scores would give, by random re-splits of a scored table
    Resplit(Box<ResplitArgs>),
    /// List the tasks of a model
    Tasks(TasksArgs),
    /// Show the metadata of a model: tasks, sizes, origin, measurements, licence
    Inspect(InspectArgs),
    /// Check the structure of a .pupil file, every hash in it, and who signed it
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyArgs),
    /// Make a key to sign models with
    #[command(after_help = KEYGEN_EXAMPLES)]
    Keygen(KeygenArgs),
    /// Sign a .pupil file, so that apps can tell it from a forged one
    #[command(after_help = SIGN_EXAMPLES)]
    Sign(SignArgs),
    /// Print a script that completes commands in a shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Print the manual page, for `man`
    #[command(after_help = MANUAL_EXAMPLES)]
    Manual(ManualArgs),
}

/// Options of `pupil completions`.
#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// Options of `pupil manual`.
#[derive(Args)]
pub(crate) struct ManualArgs {}

/// Options of `pupil inspect`.
#[derive(Args)]
pub(crate) struct InspectArgs {
    /// The .pupil file; without it, the built-in model
    pub(crate) file: Option<PathBuf>,
    /// Show what the model was made from: recipe, data, teacher and tool, with their whole hashes
    #[arg(long)]
    pub(crate) provenance: bool,
    /// A recipe or a table that the model was made from: its hash must be one of those in the model; may be given
    /// several times
    #[arg(long, value_name = "FILE", requires = "provenance")]
    pub(crate) made_from: Vec<PathBuf>,
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
    /// A public key that is trusted, as a file or as its line of text; repeat it for several
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Vec<OsString>,
    /// The signature; without it, the file beside the model whose name ends in .minisig
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) signature: Option<PathBuf>,
    /// The BLAKE3 that the file has to have
    #[arg(long, value_name = "HEX")]
    pub(crate) expect_blake3: Option<String>,
    /// The least version that the model has to have
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) min_version: u32,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Options of `pupil keygen`.
#[derive(Args)]
pub(crate) struct KeygenArgs {
    /// The secret key to write
    #[arg(long, value_name = "FILE", default_value = "pupil.key")]
    pub(crate) key: PathBuf,
    /// The public key to write; without it, the name of the secret key with the ending .pub
    #[arg(long, value_name = "FILE")]
    pub(crate) public: Option<PathBuf>,
    /// Encrypt the secret key with the first line of this file, instead of asking for a password
    #[arg(long, value_name = "FILE", conflicts_with = "no_password")]
    pub(crate) password_file: Option<PathBuf>,
    /// Do not encrypt the secret key
    #[arg(long)]
    pub(crate) no_password: bool,
}

/// Options of `pupil sign`.
#[derive(Args)]
pub(crate) struct SignArgs {
    /// The .pupil file
    pub(crate) file: PathBuf,
    /// The secret key, of `pupil keygen` or of minisign
    #[arg(long, value_name = "FILE", default_value = "pupil.key")]
    pub(crate) key: PathBuf,
    /// A file whose first line is the password of the key; without it, it is asked for
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// The signature to write; without it, the name of the model with the ending .minisig
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace a signature that exists
    #[arg(long)]
    pub(crate) force: bool,
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
    /// Show how much each word changes the score; of a table, in the column explanation, the strongest words first
    #[arg(long)]
    pub(crate) explain: bool,
    /// Show the weight of each expert, in models that have experts
    #[arg(long, conflicts_with_all = ["csv", "explain"])]
    pub(crate) experts: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Score every row of this table: CSV, .xlsx, .xls, .ods or JSON Lines; `-` reads stdin
    #[arg(long, visible_alias = "table", value_name = "TABLE", requires = "out")]
    pub(crate) csv: Option<PathBuf>,
    /// Write the table with its scores here: .csv, .tsv, .xlsx, .ods or .jsonl; `-` writes to stdout
    #[arg(long, value_name = "TABLE", requires = "csv")]
    pub(crate) out: Option<PathBuf>,
    /// Write a page for the teacher here: what to read first, distributions, words that moved scores; it holds answers
    #[arg(long, value_name = "PATH", requires = "csv")]
    pub(crate) html: Option<PathBuf>,
    /// The most groups of alike answers that the page has of a question
    #[arg(long, value_name = "N", requires = "html", default_value = "60")]
    pub(crate) html_groups: std::num::NonZeroUsize,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

/// Options of `pupil suggest`.
#[derive(Args)]
#[command(override_usage = "pupil suggest [FILE] --csv TABLE --out TABLE [OPTIONS]")]
pub(crate) struct SuggestArgs {
    /// The .pupil file; without it, a built-in model
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The ungraded answers: CSV, .xlsx, .xls, .ods or JSON Lines; `-` reads stdin
    #[arg(long, visible_alias = "table", value_name = "TABLE")]
    pub(crate) csv: PathBuf,
    /// The answers that are graded already; chosen ones are unlike them
    #[arg(long, value_name = "TABLE")]
    pub(crate) graded: Option<PathBuf>,
    /// How many answers to choose, of all tasks together
    #[arg(long, value_name = "N", default_value = "50")]
    pub(crate) count: std::num::NonZeroUsize,
    /// Write the chosen answers here, as the kind that the ending says: .csv, .tsv, .xlsx, .ods, .jsonl; another ending
    /// and `-` (stdout) mean the kind of --csv
    #[arg(long, value_name = "TABLE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) scoring: ScoringArgs,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

/// Options of `pupil monitor`.
#[derive(Args)]
#[command(override_usage = "pupil monitor [FILE] --csv TABLE --drift-from PATH [OPTIONS]\n       \
                            pupil monitor [FILE] --csv TABLE --write-reference PATH [OPTIONS]")]
pub(crate) struct MonitorArgs {
    /// The .pupil file that scores the table; without it, the scores in the table
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// The answers: CSV, .xlsx, .xls, .ods or JSON Lines; `-` reads stdin
    #[arg(long, visible_alias = "table", value_name = "TABLE")]
    pub(crate) csv: PathBuf,
    /// Compare with this: a reference that --write-reference wrote (.json), or a table that `pupil score` wrote;
    /// without it, with the calibration answers that the .pupil file tells of
    #[arg(long, value_name = "PATH")]
    pub(crate) drift_from: Option<PathBuf>,
    /// Write a reference of these answers here, as JSON
    #[arg(long, value_name = "PATH", conflicts_with_all = ["drift_from", "seen"])]
    pub(crate) write_reference: Option<PathBuf>,
    /// Go on from the counts in this file, if it exists, and write them back
    #[arg(long, value_name = "PATH")]
    pub(crate) seen: Option<PathBuf>,
    /// The audited answers that people have graded so far, in the order of time: a table that `pupil score` wrote, with
    /// a column of human scores
    #[arg(long, value_name = "TABLE", conflicts_with = "write_reference")]
    pub(crate) audits: Option<PathBuf>,
    /// The column of the human scores in the table of --audits; default: `score`
    #[arg(long, value_name = "COLUMN", requires = "audits")]
    pub(crate) score: Option<String>,
    #[command(flatten)]
    pub(crate) aim: AimArgs,
    /// The probability that an alarm is ever given while nothing changes
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.05")]
    pub(crate) false_alarm: f64,
    /// The difference of a share that counts as no change
    #[arg(long, value_name = "SHARE", value_parser = tolerance, default_value = "0.02")]
    pub(crate) tolerance: f64,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) scoring: ScoringArgs,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

/// Options of `pupil resplit`.
#[derive(Args)]
#[command(override_usage = "pupil resplit --csv TABLE --score COLUMN [OPTIONS]")]
pub(crate) struct ResplitArgs {
    #[command(flatten)]
    pub(crate) graded: GradedArgs,
    #[command(flatten)]
    pub(crate) aim: AimArgs,
    /// The share of the answers that order the thresholds and give the plain band
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.15")]
    pub(crate) validation: f64,
    /// The share of the answers that are calibration answers
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.5")]
    pub(crate) calibration: f64,
    /// Draw the answers of so many students with replacement for calibration, as if there were more students
    #[arg(long, value_name = "N", conflicts_with_all = ["calibration", "answers"])]
    pub(crate) students: Option<std::num::NonZeroUsize>,
    /// Draw so many answers, whoever's they are, and promise something about this table, as `pupil promise` does
    #[arg(long, value_name = "N", conflicts_with_all = ["calibration", "validation"])]
    pub(crate) answers: Option<std::num::NonZeroUsize>,
    /// One promise for all tasks together
    #[arg(long)]
    pub(crate) pooled: bool,
    /// The share of validation answers that the plain band sends to review
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.15")]
    pub(crate) review_share: f64,
    /// The number of splits
    #[arg(long, value_name = "N", default_value = "200")]
    pub(crate) repeats: usize,
    /// The seed of the splits
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) seed: u64,
    /// Write all figures here, as JSON
    #[arg(long, value_name = "PATH")]
    pub(crate) json: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

/// Options of `pupil promise`.
#[derive(Args)]
#[command(override_usage = "pupil promise --csv SCORED --draw N --out TABLE [OPTIONS]\n       \
                            pupil promise --csv TABLE --score COLUMN [--out DECIDED] [OPTIONS]")]
pub(crate) struct PromiseArgs {
    #[command(flatten)]
    pub(crate) graded: GradedArgs,
    /// Draw so many answers at random, for people to grade
    #[arg(long, value_name = "N", conflicts_with_all = ["score", "predicted", "pooled", "json"], requires = "out")]
    pub(crate) draw: Option<std::num::NonZeroUsize>,
    /// The seed of the draw
    #[arg(long, value_name = "N", default_value = "1", requires = "draw")]
    pub(crate) seed: u64,
    /// Write the table here, as the kind that the ending says: with the column `drawn`, or `stands` for scores that
    /// count without review
    #[arg(long, value_name = "TABLE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) aim: AimArgs,
    /// One promise for all tasks together
    #[arg(long)]
    pub(crate) pooled: bool,
    /// Write JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

// Scores of a system beside those of people. A doc comment would become the text of the command's help.
#[derive(Args)]
pub(crate) struct GradedArgs {
    /// The answers, with scores of people: CSV, .xlsx, .xls, .ods or JSON Lines; `-` reads stdin
    #[arg(long, visible_alias = "table", value_name = "TABLE")]
    pub(crate) csv: PathBuf,
    /// The column of the human scores; without it, `evaluate` takes columns of rubric labels, other commands `score`
    #[arg(long, value_name = "COLUMN")]
    pub(crate) score: Option<String>,
    /// The column of the system's scores; default: those of the columns that `pupil score --csv` writes
    #[arg(long, value_name = "COLUMN")]
    pub(crate) predicted: Option<String>,
    /// The column that names the students; all answers of a student are drawn together
    #[arg(long, value_name = "COLUMN")]
    pub(crate) student: Option<String>,
}

// What is promised of scores that count without review.
#[derive(Args)]
pub(crate) struct AimArgs {
    /// The largest error rate of scores that count without review, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.05")]
    pub(crate) max_error: f64,
    /// The confidence with which it is promised, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.9")]
    pub(crate) confidence: f64,
    /// What counts as an error
    #[arg(long, value_name = "KIND", value_enum, default_value = "exact")]
    pub(crate) error: ErrorKind,
}

impl AimArgs {
    /// The aim, without what counts as an error.
    pub(crate) fn aim(&self) -> Aim {
        Aim { max_error: self.max_error, confidence: self.confidence }
    }
}

// How a model scores all rows of a table.
#[derive(Args)]
pub(crate) struct ScoringArgs {
    /// The task of all rows
    #[arg(long, short)]
    pub(crate) task: Option<String>,
    /// A task pack of the model, which adds its tasks; may be given several times
    #[arg(long, value_name = "PATH")]
    pub(crate) pack: Vec<PathBuf>,
    /// The reference answer of all rows, for tasks that compare with one
    #[arg(long, value_name = "TEXT")]
    pub(crate) reference: Option<String>,
}

/// What counts as an error of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ErrorKind {
    /// Any difference from the human score.
    Exact,
    /// More than one level of difference.
    Adjacent,
}

/// Options of `pupil evaluate`.
#[derive(Args)]
#[command(override_usage = "pupil evaluate [FILE] --csv TABLE --score COLUMN [OPTIONS]")]
pub(crate) struct EvaluateArgs {
    /// The .pupil file; without it, the scores in the table or, if it has none, a built-in model
    #[arg(value_name = "FILE", conflicts_with = "predicted")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) graded: GradedArgs,
    /// The column of a second rater's scores; may be given several times, for further raters
    #[arg(long, value_name = "COLUMN")]
    pub(crate) score2: Vec<String>,
    /// The column of adjudicated scores; where it has one, it is what the system is compared with
    #[arg(long, value_name = "COLUMN")]
    pub(crate) adjudicated: Option<String>,
    /// The table has a row for each rating; --id and --rater say of which answer and by whom
    #[arg(long, requires_all = ["id", "rater"])]
    pub(crate) long: bool,
    /// The column that names the answers; default: the numbers of the rows
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id: Option<String>,
    /// The column that names the rater, with --long
    #[arg(long, value_name = "COLUMN", requires = "long")]
    pub(crate) rater: Option<String>,
    /// A code for a missing score, such as 99 or blank; may be given several times
    #[arg(long, value_name = "CODE", allow_hyphen_values = true)]
    pub(crate) missing: Vec<String>,
    /// The column of weights, numbers above 0
    #[arg(long, value_name = "COLUMN")]
    pub(crate) weight: Option<String>,
    /// A column of subgroups; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub(crate) group: Vec<String>,
    /// The column that names the questions; without --student, intervals draw all answers to a question together
    #[arg(long, value_name = "COLUMN")]
    pub(crate) question: Option<String>,
    /// Take only rows with one of these values in a column: COLUMN=VALUE,VALUE; may be given several times
    #[arg(long, value_name = "COLUMN=VALUES")]
    pub(crate) flag: Vec<String>,
    /// Leave out answers whose human score is 0, as RSMTool does
    #[arg(long)]
    pub(crate) exclude_zero: bool,
    /// Leave out students with fewer answers
    #[arg(long, value_name = "N", requires = "student", default_value = "1")]
    pub(crate) min_per_student: usize,
    /// Leave out subgroups with fewer answers
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) min_group: u64,
    /// The lowest score of the scale; default: that of the model's task, otherwise the lowest human score
    #[arg(long, value_name = "NUMBER", value_parser = number, allow_hyphen_values = true, requires = "trim_max")]
    pub(crate) trim_min: Option<f64>,
    /// The highest score of the scale
    #[arg(long, value_name = "NUMBER", value_parser = number, allow_hyphen_values = true, requires = "trim_min")]
    pub(crate) trim_max: Option<f64>,
    /// How far beyond the scale a trimmed score may lie
    #[arg(long, value_name = "NUMBER", value_parser = not_negative, default_value = "0.4998")]
    pub(crate) trim_tolerance: f64,
    /// Scale the system's scores by the columns `prediction` and `sc1` of this table, or `asis` if they are scaled
    #[arg(long, value_name = "TABLE")]
    pub(crate) scale_with: Option<PathBuf>,
    /// The variance of the raters' errors, if it is known; without it, it is estimated from several ratings
    #[arg(long, value_name = "NUMBER", value_parser = not_negative)]
    pub(crate) rater_error_variance: Option<f64>,
    #[command(flatten)]
    pub(crate) aim: AimArgs,
    /// The number of bootstrap replicates; 0 for no intervals
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) replicates: usize,
    /// The coverage of intervals, from 0 to 1
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.95")]
    pub(crate) coverage: f64,
    /// The seed of the replicates
    #[arg(long, value_name = "N", default_value = "0")]
    pub(crate) seed: u64,
    /// Compare with another system's scores of the same answers: a .pupil file or a scored table
    #[arg(long, value_name = "OTHER")]
    pub(crate) against: Option<PathBuf>,
    /// Compare with answers of an earlier time: a scored table
    #[arg(long, value_name = "TABLE")]
    pub(crate) drift_from: Option<PathBuf>,
    /// Write a page with all figures and plots here
    #[arg(long, value_name = "PATH")]
    pub(crate) html: Option<PathBuf>,
    /// Write all figures here, as JSON
    #[arg(long, value_name = "PATH")]
    pub(crate) json: Option<PathBuf>,
    /// Write a CSV file for each table into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) csv_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) scoring: ScoringArgs,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

// How a table is read, and which of its columns have answers, tasks and references. A doc comment would become the
// text of the command's help.
#[derive(Args)]
pub(crate) struct TableArgs {
    /// The column that holds the answers; default: `text` or another usual name, such as `Answer` or `Antwort`, or the
    /// only column of sentences
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) text_column: Option<String>,
    /// The column that names the task of each row; default: `task`, if the table has it; unused with --task
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) task_column: Option<String>,
    /// The column that holds the reference answers; default: `reference`, if the table has it; unused with --reference
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) reference_column: Option<String>,
    /// The delimiter of a CSV table: one ASCII character, or `tab`; recognised without this option
    #[arg(long, value_name = "CHAR", value_parser = delimiter, requires = "csv")]
    pub(crate) delimiter: Option<char>,
    /// The encoding of a CSV table, such as windows-1252 or utf-16le; without it, that of the byte order mark, UTF-8,
    /// or a guess
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) encoding: Option<String>,
    /// The sheet of a spreadsheet; required if several sheets have cells
    #[arg(long, value_name = "NAME", requires = "csv")]
    pub(crate) sheet: Option<String>,
    /// The number of threads; without it, as many as the machine has
    #[arg(long, value_name = "N", requires = "csv")]
    pub(crate) threads: Option<std::num::NonZeroUsize>,
    /// Also read a table of more than 32 MiB or 100,000 rows, with about 1 KB of memory for each row
    #[arg(long, requires = "csv")]
    pub(crate) large: bool,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
}

impl TableArgs {
    /// Everything is recognised from the file.
    pub(crate) fn recognised() -> Self {
        Self {
            text_column: None,
            task_column: None,
            reference_column: None,
            delimiter: None,
            encoding: None,
            sheet: None,
            threads: None,
            large: false,
            force: false,
        }
    }
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

/// Parses a finite number.
fn number(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(String::new)
}

/// Parses a finite number from 0 up.
fn not_negative(text: &str) -> Result<f64, String> {
    number(text).and_then(|number| if number >= 0.0 { Ok(number) } else { Err(String::new()) })
}

/// Parses a number from 0 up and below 1.
fn tolerance(text: &str) -> Result<f64, String> {
    not_negative(text).and_then(|number| if number < 1.0 { Ok(number) } else { Err(String::new()) })
}

/// Parses a number between 0 and 1, both excluded.
fn share(text: &str) -> Result<f64, String> {
    number(text).and_then(|number| if number > 0.0 && number < 1.0 { Ok(number) } else { Err(String::new()) })
}
