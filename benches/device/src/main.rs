//! `pupil-bench`: measures how fast a model opens and scores on this machine, and its memory.
//!
//! To measure on a device, copy the program, a `.pupil` file and, to check limits, a budget. The exit status is 0, or 1
//! if a limit is exceeded, or 2 if the measurement failed.
#![forbid(unsafe_code)]

mod budget;
mod failure;
mod machine;
mod measure;
mod ops;
mod report;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use pupil_core::Scorer;
use pupil_core::format::manifest::Input;

use crate::budget::Budget;
use crate::failure::Failure;
use crate::report::Report;

/// Measures a .pupil file on this machine.
#[derive(Debug, Parser)]
#[command(name = "pupil-bench", version)]
struct Args {
    /// The model
    model: PathBuf,
    /// The task to score; default: the first
    #[arg(long)]
    task: Option<String>,
    /// An answer to score; may be given several times
    #[arg(long, value_name = "TEXT")]
    answer: Vec<String>,
    /// The reference answer, for tasks that compare; default: an invented one
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// Lengths of invented answers in words, if no --answer is given
    #[arg(long, value_name = "N,N", value_delimiter = ',', default_value = "5,15,50",
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    words: Vec<u32>,
    /// Number of warm calls per answer
    #[arg(long, value_name = "N", default_value_t = 2000,
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    repeat: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Fail if a figure exceeds its limit in this file
    #[arg(long, value_name = "FILE", requires = "device")]
    assert: Option<PathBuf>,
    /// The device whose limits apply: a table [device.NAME] of that file
    #[arg(long, value_name = "NAME", requires = "assert")]
    device: Option<String>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("pupil-bench: {error}");
            ExitCode::from(2)
        }
    }
}

/// Measures, prints, and returns whether every limit is met.
fn run(args: &Args) -> Result<bool, Failure> {
    // The budget is read first, so that an error in it does not waste a measurement.
    let budget = match (&args.assert, &args.device) {
        (Some(path), Some(device)) => {
            let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
            Some(Budget::read(&text, device).map_err(|e| format!("{}: {e}", path.display()))?)
        }
        _ => None,
    };
    let report = report(args)?;
    if args.json {
        report.print_json()?
    } else {
        report.print()
    }
    let exceeded = budget.map(|budget| budget.exceeded(&report)).unwrap_or_default();
    for line in &exceeded {
        eprintln!("pupil-bench: {line}");
    }
    Ok(exceeded.is_empty())
}

fn report(args: &Args) -> Result<Report, Failure> {
    let (scorer, load_ms) = measure::timed(|| Scorer::open(&args.model));
    let scorer = scorer.map_err(|e| format!("{}: {e}", args.model.display()))?;
    let task = match &args.task {
        Some(id) => scorer.task(id),
        None => scorer.tasks().next(),
    };
    let Some(task) = task else {
        let ids: Vec<&str> = scorer.tasks().map(|task| task.id.as_str()).collect();
        return Err(format!("the model has no such task, it has {}", ids.join(", ")).into());
    };
    let answers = if args.answer.is_empty() {
        args.words.iter().map(|words| measure::made_up(*words as usize)).collect()
    } else {
        args.answer.clone()
    };
    let reference = (task.input == Input::Pair)
        .then(|| args.reference.clone().unwrap_or_else(|| measure::made_up(measure::REFERENCE_WORDS)));
    if task.input != Input::Pair && args.reference.is_some() {
        return Err("the task takes no reference, but --reference is given".into());
    }
    let call = measure::Call { scorer: &scorer, task, reference: reference.as_deref() };
    let (first, first_ms) = measure::timed(|| call.score(&answers[0]));
    first?;
    let mut measured =
        answers.iter().map(|text| call.warm(text, args.repeat)).collect::<Result<Vec<_>, _>>()?;
    // The memory that an app would use; measuring single operations needs more.
    let (peak_mib, now_mib) = machine::memory_mib();
    for answer in &mut measured {
        answer.ops = ops::times(scorer.manifest(), task, answer.tokens)?;
    }
    let load_again_ms = measure::open_again(&args.model)?;
    let on_machine = scorer.report();
    Ok(Report {
        version: env!("CARGO_PKG_VERSION"),
        cpu: machine::cpu(),
        model: scorer.manifest().name.clone(),
        task: task.id.clone(),
        file_bytes: on_machine.file_bytes,
        load_ms,
        load_again_ms,
        first_ms,
        peak_mib,
        now_mib,
        packed_bytes: on_machine.packed_bytes,
        table_bytes: on_machine.table_bytes,
        variants: on_machine.variants.iter().map(|v| (v.op, v.variant)).collect(),
        answers: measured,
    })
}
