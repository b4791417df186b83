//! Compares Pupil with other runtimes: the same weights and answers, one thread each, in turn. `cargo xtask rivals`
//! downloads the runtimes, converts the models and runs this.
#![deny(unsafe_code)]

mod alone;
mod candle;
mod compare;
mod litert;
mod model;
mod onnxruntime;
mod picture;
mod pupil;
mod report;
mod system;
mod tract;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The command line.
#[derive(Parser)]
#[command(name = "pupil-rivals", about = "Compares Pupil with other runtimes")]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

/// The subcommands.
#[derive(Subcommand)]
enum Task {
    /// Write the models and their f32 copies
    Prepare {
        /// The output folder
        folder: PathBuf,
    },
    /// Open a model in one runtime, answer once, and print the memory that it took
    Alone(alone::Options),
    /// Compare all runtimes on the prepared and converted models
    Run(compare::Options),
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Task::Prepare { folder } => model::prepare(&folder),
        Task::Alone(options) => alone::run(&options),
        Task::Run(options) => compare::run(&options),
    }
}
