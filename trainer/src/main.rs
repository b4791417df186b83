//! The command `pupil-train`.

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use pupil_core::Scorer;
use pupil_metrics::Bootstrap;
use pupil_trainer::corpus::Corpus;
use pupil_trainer::data::{Columns, DataFile, Dataset, ReadOptions, read_for};
use pupil_trainer::files;
use pupil_trainer::labels::{self, Provenance};
use pupil_trainer::model::decoder::{RunSettings, peft};
use pupil_trainer::model::pretrained::{Encoders, Pretrained};
use pupil_trainer::recipe::{Recipe, RobustnessRecipe};
use pupil_trainer::report::{Run, Style, detail, evaluate, table};
use pupil_trainer::robustness::{Questions, tasks_of};
use pupil_trainer::stages::{Pipeline, Prompted, limits_of, sets_of, settings_of};
use pupil_trainer::told;
use pupil_trainer::workers;
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
        /// Write a file that is beyond the limits of the recipe's table `robustness`.
        #[arg(long)]
        force: bool,
        /// Cross-validate in so many folds, 2 to 20, whatever `data.folds` and `data.held_out` say.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=20))]
        folds: Option<u64>,
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
    /// Scores answers by a language model that was not trained for them, as the recipe's table `prompt` says, and
    /// writes the probabilities as CSV; answers that the file has already are not scored again.
    Prompt {
        /// The recipe (TOML).
        recipe: PathBuf,
        /// Where to write the probabilities.
        #[arg(long)]
        out: PathBuf,
        /// A test set of the recipe instead of its training file.
        #[arg(long)]
        set: Option<String>,
        /// Most answers of each task; by default all.
        #[arg(long)]
        limit: Option<usize>,
        /// Include the answers' texts in the CSV.
        #[arg(long)]
        with_text: bool,
    },
    /// Merges low-rank adapters, in the layout of `peft`, into the weights of the decoder that they belong to.
    Merge {
        /// Folder of the decoder, in safetensors.
        base: PathBuf,
        /// Folder of the adapters.
        adapter: PathBuf,
        /// Folder to write the merged decoder to.
        #[arg(long)]
        out: PathBuf,
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
    /// Trains and measures the variations under `study` side by side.
    Study {
        /// The recipe (TOML).
        recipe: PathBuf,
    },
    /// Quantizes the chosen student models and writes the .pupil file and its model card.
    Export {
        /// The recipe (TOML).
        recipe: PathBuf,
        /// Write a file that is beyond the limits of the recipe's table `robustness`.
        #[arg(long)]
        force: bool,
    },
    /// Attacks a finished .pupil file with made-up answers and public adversarial sets, and prints what it awards them.
    Robustness(RobustnessArguments),
    /// Trains a model of what students know from their histories of answers, and writes its .pupil file, with figures;
    /// finished fits are not repeated.
    Knowledge {
        /// The recipe (TOML).
        recipe: PathBuf,
    },
    /// Trains a network of which option of a question a student chooses, and measures it; no file for devices is made.
    Options {
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

/// What to attack, and with what.
#[derive(clap::Args)]
struct RobustnessArguments {
    /// The file (.pupil).
    file: PathBuf,
    /// A task pack to attach; may be given several times.
    #[arg(long)]
    pack: Vec<PathBuf>,
    /// The recipe (TOML) with the test answers that attacks are made from, and with limits and adversarial sets.
    #[arg(long)]
    recipe: Option<PathBuf>,
    /// Graded answers to the file's tasks that attacks are made from (CSV, spreadsheet or JSON Lines) instead of the
    /// recipe's; may be given several times.
    #[arg(long, conflicts_with = "recipe")]
    csv: Vec<PathBuf>,
    /// The task of all rows of --csv; by default their column `task`.
    #[arg(long, requires = "csv")]
    task: Option<String>,
    /// The column of --csv with the score; by default `score`, `label` or `labels`.
    #[arg(long, requires = "csv")]
    target: Option<String>,
    /// Adversarial sets in JSON Lines, or folders of them, relative to --data; by default those of the recipe.
    #[arg(long, num_args = 1..)]
    sets: Vec<PathBuf>,
    /// The task that judges adversarial sets; by default the first one that reads a reference answer.
    #[arg(long)]
    set_task: Option<String>,
    /// Seed of every draw; by default from the recipe's.
    #[arg(long)]
    seed: Option<u64>,
    /// Texts of each kind of attack.
    #[arg(long)]
    per_kind: Option<usize>,
    /// Most rows of each label of an adversarial set; 0 for all.
    #[arg(long)]
    per_label: Option<usize>,
    /// Where to write all figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    pupil_core::output::remove_partial_on_signals();
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
    workers::start()?;
    let encoders = Encoders { first: arguments.encoder.clone(), all: arguments.encoders.clone() };
    let open = |recipe: &Path| Pipeline::open(recipe, &arguments.data, encoders.clone(), &arguments.runs);
    match &arguments.command {
        Command::Run { recipe, force, folds } => {
            let folds = folds.map(usize::try_from).transpose()?;
            let opened =
                Pipeline::open_with(recipe, &arguments.data, encoders.clone(), &arguments.runs, folds)?;
            let (text, path) = Pipeline { force: *force, ..opened }.run()?;
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
        Command::Prompt { recipe, out, set, limit, with_text } => {
            let given = Prompted { set: set.as_deref(), limit: *limit, with_text: *with_text };
            let (answers, seconds) = open(recipe)?.prompt(&encoders, given, out)?;
            let each = seconds / answers.max(1) as f64;
            say(&format!("{answers} answers in {seconds:.0} s, {each:.2} s each: {}\n", out.display()))
        }
        Command::Merge { base, adapter, out } => merge(base, adapter, out),
        Command::Distil { recipe } => open(recipe)?.distil().map(drop),
        Command::Search { recipe } => say(&open(recipe)?.search()?),
        Command::Study { recipe } => {
            say(&pupil_trainer::stages::study(recipe, &arguments.data, &encoders, &arguments.runs)?)
        }
        Command::Robustness(arguments_of_it) => robustness(arguments_of_it, &arguments.data),
        Command::Knowledge { recipe } => {
            let run = pupil_trainer::knowledge::run::run;
            let (text, path) = run(recipe, &arguments.data, encoders.clone(), &arguments.runs)?;
            say(&format!("{text}\n{}\n", path.display()))
        }
        Command::Options { recipe } => {
            let run = pupil_trainer::knowledge::options::run::run;
            say(&run(recipe, &arguments.data, &encoders, &arguments.runs)?)
        }
        Command::Export { recipe, force } => {
            let pipeline = Pipeline { force: *force, ..open(recipe)? };
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

/// Attacks a file and prints the tables.
fn robustness(given: &RobustnessArguments, data: &Path) -> Result<()> {
    let mut scorer = Scorer::open(&given.file).with_context(|| given.file.display().to_string())?;
    for pack in &given.pack {
        scorer = scorer.attach(pack).with_context(|| pack.display().to_string())?;
    }
    let recipe = given.recipe.as_deref().map(Recipe::read).transpose()?;
    let table = recipe.as_ref().and_then(|recipe| recipe.robustness.clone()).unwrap_or_default();
    let table = RobustnessRecipe {
        per_kind: given.per_kind.unwrap_or(table.per_kind),
        per_label: given.per_label.unwrap_or(table.per_label),
        sets: if given.sets.is_empty() { table.sets } else { given.sets.clone() },
        set_task: given.set_task.clone().or(table.set_task),
        ..table
    };
    ensure!(
        recipe.is_some() || !given.csv.is_empty() || !table.sets.is_empty(),
        "there is nothing to attack with: name a recipe (--recipe), graded answers (--csv) or adversarial sets (--sets)"
    );
    let mut settings = settings_of(&table, recipe.as_ref().map_or(1, |recipe| recipe.seed));
    settings.seed = given.seed.unwrap_or(settings.seed);
    let sets = sets_of(&table, data)?;
    let corpus =
        recipe.as_ref().map(|recipe| Corpus::read(recipe, data)).transpose()?.map(|(corpus, _)| corpus);
    let set = graded(given, &scorer, data)?;
    let questions = match &corpus {
        Some(corpus) => Questions::of_corpus(&scorer, corpus),
        None => Questions::of_set(&scorer, &set),
    };
    let report = pupil_trainer::robustness::run(&scorer, &questions, &sets, &settings)?;
    if let Some(json) = &given.json {
        files::write_json(json, &report)?;
    }
    let limits = limits_of(&table);
    say(&pupil_trainer::robustness::text(&report, &limits))?;
    let exceeded = limits.exceeded(&report);
    ensure!(
        exceeded.is_empty(),
        "the file is beyond the limits of robustness in its recipe:\n  {}",
        exceeded.join("\n  ")
    );
    Ok(())
}

/// The graded answers of all files, read against the tasks of the file.
fn graded(given: &RobustnessArguments, scorer: &Scorer, data: &Path) -> Result<Dataset> {
    let columns =
        Columns { fixed_task: given.task.clone(), target: given.target.clone(), ..Columns::default() };
    let options = ReadOptions { columns, ..ReadOptions::default() };
    let tasks = tasks_of(scorer);
    if let Some(id) = &given.task {
        ensure!(
            scorer.task(id).is_some(),
            "--task {id}: the file has no such task, it has {}",
            tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    let mut all =
        Dataset { tasks: tasks.clone(), answers: Vec::new(), blake3: String::new(), notes: Vec::new() };
    for path in given.csv.iter().map(|path| data.join(path)) {
        all.append(read_for(&path, &options, &tasks)?)?;
    }
    Ok(all)
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

/// Merges adapters into the weights of a decoder.
fn merge(base: &Path, adapter: &Path, out: &Path) -> Result<()> {
    ensure!(
        !out.join("model.safetensors").exists(),
        "{} has a model already: name another folder with --out",
        out.display()
    );
    let pretrained = Pretrained::open(base)?;
    let lora = peft::settings(adapter)?;
    let decoder = pretrained.decoder(lora, RunSettings::default(), &candle_core::Device::Cpu, |_, _| {})?;
    let parameters = decoder.parameters(peft::read(adapter, &decoder)?)?;
    peft::merge(base, &decoder, &parameters, out)?;
    say(&format!("{}\n", out.display()))
}

/// Writes to the standard output.
fn say(text: &str) -> Result<()> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write to the standard output")
}
