//! The `pupil` command: scores answers, evaluates scores, lists tasks, inspects, signs and verifies
//! `.pupil` files.
#![forbid(unsafe_code)]

mod alike;
mod answer;
mod args;
mod batch;
mod evaluate;
mod failure;
mod graded;
mod inspect;
mod model;
mod monitor;
mod promise;
mod provenance;
mod resplit;
mod score;
mod shell;
mod sign;
mod similar;
mod stdout;
mod suggest;
mod tasks;
mod terminal;
mod threads;
mod usage;
mod verify;

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::args::Command;
use crate::failure::Failure;

fn main() -> ExitCode {
    pupil_core::output::remove_partial_on_signals();
    match usage::parse(std::env::args_os()).and_then(|cli| run(&cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If stderr is closed, the exit code still reports the failure.
            let _ = write!(io::stderr(), "{failure}");
            failure.exit().into()
        }
    }
}

/// Runs one subcommand.
fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Score(options) if options.csv.is_some() => batch::run(options),
        Command::Score(options) => score::run(options),
        Command::Evaluate(options) => evaluate::run(options),
        Command::Monitor(options) => monitor::run(options),
        Command::Promise(options) => promise::run(options),
        Command::Resplit(options) => resplit::run(options),
        Command::Suggest(options) => suggest::run(options),
        Command::Tasks(options) => tasks::run(options),
        Command::Inspect(options) => inspect::run(options),
        Command::Verify(options) => verify::run(options),
        Command::Keygen(options) => sign::generate(options),
        Command::Sign(options) => sign::run(options),
        Command::Completions(options) => shell::completions(options),
        Command::Manual(options) => shell::manual(options),
    }
}
