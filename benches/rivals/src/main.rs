//! Pupil beside other runtimes: the same weights, the same answers, one thread each, in turn. `cargo xtask rivals`
//! fetches the runtimes, converts the models and runs this.
#![forbid(unsafe_code)]

mod candle;
mod compare;
mod litert;
mod model;
mod onnxruntime;
mod pupil;
mod report;
mod system;
mod tract;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The command line.
#[derive(Parser)]
#[command(name = "pupil-rivals", about = "Pupil beside other runtimes")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

/// What can be asked for.
#[derive(Subcommand)]
enum Task {
    /// Writes the models' files and their f32 twins
    Prepare {
        /// Where to
        folder: PathBuf,
    },
    /// Compares all runtimes on the prepared and converted models
    Run(compare::Options),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Task::Prepare { folder } => model::prepare(&folder),
        Task::Run(options) => compare::run(&options),
    }
}
