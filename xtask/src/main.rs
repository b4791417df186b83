//! The project's own commands: `cargo xtask <command>`.
//!
//! Each step prints the command it runs, so that any of them can be repeated by hand.
#![forbid(unsafe_code)]

mod android;
mod arm;
mod bindings;
mod c;
mod check;
mod count;
mod deny;
mod encoder;
mod faults;
mod fuzz;
mod golden;
mod ios;
mod kernels;
mod kotlin;
mod layers;
mod miri;
mod packages;
mod process;
mod python;
mod release;
mod rivals;
mod sbom;
mod setup;
mod site;
mod size;
mod steps;
mod swift;
mod test;
mod toolchain;
mod version;
mod wasm;
mod width;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::steps::{RunOptions, Steps};
use crate::workspace::Workspace;

/// The command line.
#[derive(Parser)]
#[command(
    name = "cargo xtask",
    about = "Pupil's own commands: set up, check, test, compare, rebuild fixtures"
)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

/// The commands.
#[derive(Subcommand)]
enum Task {
    /// Installs what the other commands need: formatter, linter, cargo-deny, and on request more
    Setup(setup::Options),
    /// Checks formatting, lints, documentation and dependencies: everything but the tests
    Check(RunOptions),
    /// All of `check`, then every test here and, where the tools are installed, on emulated Arm CPUs
    Test(test::Options),
    /// Builds the libraries and the code of the Android SDK with the NDK, or checks them without it (--check)
    Android(android::Options),
    /// Builds the engine's tests for 64-bit Arm and runs them on emulated CPUs
    Arm(arm::Options),
    /// Checks the crates of the lock file against RustSec's advisories
    Advisories(deny::Options),
    /// Compares the crates and modules with the layers of docs/architecture.md, and finds circular imports
    Layers(layers::Options),
    /// Counts the instructions of kernels and whole answers, on an emulated Arm CPU and, with valgrind, here
    Count(count::Options),
    /// Fetches a pretrained encoder that teachers start from, into .tools/encoders: minilm, mpnet, nomic or e5-small
    Encoder(encoder::Options),
    /// Makes disks fail, kills programs and takes memory from them at every call that writes, and sees what is lost
    Faults(faults::Options),
    /// Fuzzes files, tokenizers, tables and what else is read, with libFuzzer and AddressSanitizer
    Fuzz(fuzz::Options),
    /// Rebuilds the golden fixtures, or with --check fails when that changes one
    Golden(golden::Options),
    /// Builds the library for this machine and writes its Kotlin and Swift code into target/bindings
    Bindings(bindings::Options),
    /// Builds the library for C into target/c, with its header, and uses it there; or with --header writes the header
    C(c::Options),
    /// Builds the Python wheel or source distribution into target/wheels, installs it into a fresh environment and uses
    /// it there
    Python(python::Options),
    /// Tests the Kotlin SDK and its sample on this machine's Java, or with --bench measures a call
    Kotlin(kotlin::Options),
    /// Builds the XCFramework and the Swift package of a release, on a Mac; or with --check the library for iPhones,
    /// anywhere
    Ios(ios::Options),
    /// Builds the documentation as a site into target/site/book, and checks its links
    Site(site::Options),
    /// Tests the Swift package on this machine, or with --bench measures a call
    Swift(swift::Options),
    /// Compares Pupil with ONNX Runtime, LiteRT, tract and candle on the same weights, into target/rivals.md
    Rivals(rivals::Options),
    /// Interprets tests of the engine with Miri, which stops at undefined behaviour
    Miri,
    /// Builds the programs as they are released: the same bytes wherever that is done, with the list of their crates
    Release,
    /// Writes a bill of materials (CycloneDX) for each thing that is released, into target/sbom
    Sbom(sbom::Options),
    /// Builds the engine's tests for WebAssembly and runs them in node
    Wasm(wasm::Options),
    /// Fails when a file repeats a version that differs from its source
    Version,
    /// Fails when a comment or a page has lines that are too long
    Width,
    /// Builds the library that apps embed, for this machine and for 64-bit Arm, and compares its size with the limits
    Size(size::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs one task from the root of the workspace.
fn run(task: &Task) -> anyhow::Result<()> {
    let workspace = Workspace::locate()?;
    match task {
        Task::Setup(options) => setup::run(&workspace, options),
        Task::Check(options) => {
            let mut steps = Steps::start(options.keep_going);
            check::add(&workspace, &mut steps)?;
            steps.finish(options.strict)
        }
        Task::Test(options) => test::run(&workspace, options),
        Task::Android(options) => android::run(&workspace, options),
        Task::Arm(options) => arm::run(&workspace, options),
        Task::Advisories(options) => deny::advisories(&workspace, options),
        Task::Layers(options) => layers::run(&workspace, options),
        Task::Count(options) => count::run(&workspace, options),
        Task::Encoder(options) => encoder::run(&workspace, options),
        Task::Faults(options) => faults::run(&workspace, options),
        Task::Fuzz(options) => fuzz::run(&workspace, options),
        Task::Golden(options) => golden::run(&workspace, options),
        Task::Bindings(options) => bindings::run(&workspace, options),
        Task::C(options) => c::run(&workspace, options),
        Task::Python(options) => python::run(&workspace, options),
        Task::Kotlin(options) => kotlin::run(&workspace, options),
        Task::Ios(options) => ios::run(&workspace, options),
        Task::Site(options) => site::run(&workspace, options),
        Task::Swift(options) => swift::run(&workspace, options),
        Task::Rivals(options) => rivals::run(&workspace, options),
        Task::Miri => miri::run(&workspace),
        Task::Release => release::run(&workspace),
        Task::Sbom(options) => sbom::run(&workspace, options),
        Task::Wasm(options) => wasm::run(&workspace, options),
        Task::Version => version::check(&workspace),
        Task::Width => width::check(&workspace),
        Task::Size(options) => size::run(&workspace, options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_of_xtask_that_is_named_anywhere_exists() {
        let root = Workspace::locate().expect("the tests run inside the workspace");
        let found = root.texts().expect("the repository can be read");
        let cli = Cli::command();
        let (mut named, mut absent) = (0, Vec::new());
        for (path, text) in &found {
            for rest in text.split("cargo xtask ").skip(1) {
                let word: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
                if word.is_empty() || word.starts_with('-') {
                    continue;
                }
                named += 1;
                if cli.find_subcommand(&word).is_none() {
                    absent.push(format!("{}: {word}", path.display()));
                }
            }
        }
        assert!(named > 20, "{named} commands are named");
        assert!(absent.is_empty(), "{absent:#?}");
    }
}
