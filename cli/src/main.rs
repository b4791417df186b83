//! The `pupil` command: scores answers, lists tasks, inspects and verifies `.pupil` files.
#![forbid(unsafe_code)]

mod answer;
mod args;
mod class;
mod failure;
mod inspect;
mod model;
mod score;
mod screen;
mod stdout;
mod tasks;
mod usage;
mod verify;

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::args::Command;
use crate::failure::Failure;

fn main() -> ExitCode {
    match usage::parse(std::env::args_os()).and_then(|cli| run(&cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where nobody listens, the exit code still tells.
            let _ = write!(io::stderr(), "{failure}");
            failure.exit().into()
        }
    }
}

/// Runs one subcommand.
fn run(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Score(options) if options.csv.is_some() => class::run(options),
        Command::Score(options) => score::run(options),
        Command::Tasks(options) => tasks::run(options),
        Command::Inspect(options) => inspect::run(options),
        Command::Verify(options) => verify::run(options),
    }
}
