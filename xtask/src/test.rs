//! Every test: those in Rust here, the others in files of their own.

use anyhow::Result;

use crate::check::FEATURES;
use crate::steps::{RunOptions, Steps};
use crate::workspace::Workspace;
use crate::{android, arm, check, ios, kernels, kotlin, python, size, swift};

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    run: RunOptions,
    /// The tests in Swift as well, and whatever cannot run here is a failure
    #[arg(long)]
    all: bool,
    /// Only the tests in Swift
    #[arg(long, conflicts_with = "all")]
    swift: bool,
}

/// Runs the tests that were asked for.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut steps = Steps::start(options.run.keep_going);
    if !options.swift {
        check::add(workspace, &mut steps)?;
        add(workspace, &mut steps)?;
        python::add(workspace, &mut steps)?;
        kotlin::add(workspace, &mut steps)?;
    }
    if options.swift || options.all {
        swift::add(workspace, &mut steps)?;
        ios::add(workspace, &mut steps)?;
    }
    if !options.swift {
        size::add(workspace, &mut steps)?;
        android::add(workspace, &mut steps)?;
        arm::add(workspace, &mut steps)?;
    }
    // Who asks for Swift alone wants to see it run.
    steps.finish(options.run.strict || options.all || options.swift)
}

/// Adds the tests in Rust.
fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    // `--all-targets` runs each bench once as well. The same `--workspace` everywhere: another choice of packages
    // would mean other features of what they stand on, and building that again.
    steps.run("tests", || {
        workspace
            .cargo(&["test", "--locked", "--workspace", "--all-targets", "--features", FEATURES])
            .env("KERNELS", kernels::required(workspace, &kernels::of_this_machine())?)
            .run()
    })?;
    steps.run("tests on the generic kernels", || {
        workspace
            .cargo(&["test", "--locked", "--workspace", "--features", FEATURES])
            .args(["--test", "golden", "--test", "api"])
            .env("PUPIL_CPU", "generic")
            .run()
    })?;
    steps.run("examples in the documentation", || {
        workspace.cargo(&["test", "--locked", "--workspace", "--features", FEATURES, "--doc"]).run()
    })?;
    steps.run("tests with every tokenizer and with ONNX graphs", || {
        workspace
            .cargo(&["test", "--locked", "--workspace", "--features"])
            .args([format!("{FEATURES},pupil-core/tokenizers,pupil-tests/onnx,pupil-trainer/onnx")])
            .args(["--test", "tokenizer", "--test", "golden", "--test", "onnx", "--test", "import"])
            .run()
    })
}
