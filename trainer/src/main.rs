//! The command `pupil-train`.

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use pupil_metrics::Bootstrap;
use pupil_trainer::data::{DataFile, read_for};
use pupil_trainer::labels::{self, Provenance};
use pupil_trainer::model::pretrained::Encoders;
use pupil_trainer::report::{Run, Style, detail, evaluate, table};
use pupil_trainer::stages::Pipeline;
use pupil_trainer::told;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Fine-tunes a teacher on graded answers, distils it into student models and writes .pupil files.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Folder of data sets; the paths of a recipe are relative to it.
    #[arg(long, env = "PUPIL_DATA", global = true, default_value = ".")]
    data: PathBuf,
    /// Folder of the recipe's first pretrained encoder, with its weights, config.json and tokenizer.json; by default
    /// the folder under --encoders that has its name.
    #[arg(long, env = "PUPIL_ENCODER", global = true)]
    encoder: Option<PathBuf>,
    /// Folder of all pretrained encoders, in which `cargo xtask encoder` makes a folder for each.
    #[arg(long, env = "PUPIL_ENCODERS", global = true, default_value = ".tools/encoders")]
    encoders: PathBuf,
    /// Folder for all output of a run.
    #[arg(long, global = true, default_value = "runs")]
    runs: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// Runs all stages of a recipe; skips finished stages and resumes interrupted ones.
    Run {
        /// The recipe (TOML).
        recipe: PathBuf,
    },
    /// Fine-tunes the teachers.
    Teach {
        /// The recipe (TOML).
        recipe: PathBuf,
    },
    /// Writes the teachers' probabilities as CSV, for the recipe's data or for another file.
    Label {
        /// The recipe (TOML).
        recipe: PathBuf,
        /// Answers to the recipe's tasks, graded or not (CSV or JSON Lines).
        #[arg(long, requires = "out")]
        answers: Option<PathBuf>,
        /// Where to write their probabilities.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Include the answers' texts in the CSV.
        #[arg(long)]
        with_text: bool,
    },
    /// Trains the student models.
    Distil {
        /// The recipe (TOML).
        recipe: PathBuf,
    },
    /// Tries the settings under `unimoe.search` and ranks them by validation loss.
    Search {
        /// The recipe (TOML).
        recipe: PathBuf,
    },
    /// Quantizes the chosen student models and writes the .pupil file and its model card.
    Export {
        /// The recipe (TOML).
        recipe: PathBuf,
    },
    /// Makes a .pupil file from an ONNX graph; only in builds with the feature `onnx`.
    ImportOnnx {
        /// The graph: one integer per token as input, one number per label as output.
        graph: PathBuf,
        /// Its tokenizer.json.
        #[arg(long)]
        tokenizer: PathBuf,
        /// Description of the inputs and outputs (TOML).
        #[arg(long)]
        tasks: PathBuf,
        /// Where to write the .pupil file.
        #[arg(long)]
        output: PathBuf,
    },
    /// Measures agreement with human scores, for all systems of a recipe or for a CSV of probabilities.
    Evaluate {
        /// The recipe (TOML); ignored with --labels.
        #[arg(required_unless_present = "labels")]
        recipe: Option<PathBuf>,
        /// A CSV that `label` wrote, with human scores.
        #[arg(long)]
        labels: Option<PathBuf>,
        /// Where to write the metrics as JSON.
        #[arg(long)]
        json: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let arguments = Arguments::parse();
    let encoders = Encoders { first: arguments.encoder.clone(), all: arguments.encoders.clone() };
    let open = |recipe: &Path| Pipeline::open(recipe, &arguments.data, encoders.clone(), &arguments.runs);
    match &arguments.command {
        Command::Run { recipe } => {
            let (text, path) = open(recipe)?.run()?;
            say(&format!("{text}\n{}\n", path.display()))
        }
        Command::Teach { recipe } => open(recipe)?.teach(),
        Command::Label { recipe, answers, out, with_text } => {
            let pipeline = open(recipe)?;
            let (Some(answers), Some(out)) = (answers, out) else {
                pipeline.label()?;
                return say(&format!("labels are in {}\n", pipeline.teacher_run.join("labels").display()));
            };
            let options = pipeline.recipe.data.options(&DataFile::Path(answers.clone()));
            let set = read_for(answers, &options, &pipeline.corpus.train.tasks)?;
            let (made, teacher_blake3) = pipeline.label_other(&set, &options)?;
            let provenance = Provenance {
                teacher: pipeline.recipe.teacher.described(),
                teacher_blake3,
                data_blake3: set.blake3.clone(),
                created_by: pupil_trainer::TOOL.to_owned(),
                ..Provenance::default()
            };
            labels::write(out, &made, &provenance, with_text.then_some(&set))
        }
        Command::Distil { recipe } => open(recipe)?.distil().map(drop),
        Command::Search { recipe } => say(&open(recipe)?.search()?),
        Command::Export { recipe } => {
            let pipeline = open(recipe)?;
            let path = pipeline.export(&pipeline.labels()?)?;
            say(&format!("{}\n", path.display()))
        }
        Command::ImportOnnx { graph, tokenizer, tasks, output } => {
            import_onnx(graph, tokenizer, tasks, output)
        }
        Command::Evaluate { labels: Some(file), json, .. } => {
            let (found, provenance) = labels::read(file)?;
            let run = Run { system: provenance.teacher, split: file.display().to_string(), seed: None };
            let evaluation = evaluate(run, &found.tasks, &found.rows, &Bootstrap::default())?;
            if let Some(json) = json {
                evaluation.write(json)?;
            }
            say(&format!(
                "{}\n{}",
                detail(&evaluation, Style::Text),
                table(std::slice::from_ref(&evaluation))
            ))
        }
        Command::Evaluate { recipe, .. } => {
            let pipeline = open(recipe.as_deref().context("a recipe or --labels is needed")?)?;
            let labelled = pipeline.labels()?;
            say(&pipeline.evaluate(&labelled)?)
        }
    }
}

#[cfg(feature = "onnx")]
fn import_onnx(graph: &Path, tokenizer: &Path, tasks: &Path, output: &Path) -> Result<()> {
    let scores = pupil_trainer::file::import_onnx::import(graph, tokenizer, tasks, output)?;
    for (task, score) in scores {
        let labels: Vec<String> =
            score.labels.iter().map(|label| format!("{} {:.3}", label.name, label.probability)).collect();
        say(&format!("{task}, on \"An answer.\": {}\n", labels.join(", ")))?;
    }
    say(&format!("{}\n", output.display()))
}

#[cfg(not(feature = "onnx"))]
fn import_onnx(_: &Path, _: &Path, _: &Path, _: &Path) -> Result<()> {
    anyhow::bail!(
        "this build cannot run ONNX graphs: cargo run --release -p pupil-trainer --features onnx -- import-onnx …"
    )
}

/// Writes to the standard output.
fn say(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write to the standard output")
}
