//! All tests: those in Rust here, the others in separate files.

use anyhow::Result;

use crate::steps::{RunOptions, Steps};
use crate::workspace::{FEATURES, Workspace};
use crate::{android, arm, c, check, ios, kernels, kotlin, python, setup, size, swift, wasm};

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    run: RunOptions,
    /// The tests in Swift as well, and whatever cannot run here is a failure
    #[arg(long)]
    all: bool,
    /// First installs the tools that are missing, beside the checks and the tests in Rust (Debian packages need root)
    #[arg(long, requires = "all")]
    install: bool,
    /// Only the checks and the tests in Rust, on this machine's CPU
    #[arg(long, conflicts_with = "all")]
    rust: bool,
    /// Only the tests in Swift
    #[arg(long, conflicts_with_all = ["all", "rust"])]
    swift: bool,
}

/// Runs the requested tests.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut steps = Steps::start(options.run.keep_going);
    if options.swift {
        swift::add(workspace, &mut steps)?;
        ios::add(workspace, &mut steps)?;
        // With Swift alone, a test that cannot run is a failure.
        return steps.finish(true);
    }
    let rust = |steps: &mut Steps| {
        check::add_widely(workspace, steps)?;
        add(workspace, steps)
    };
    if options.install {
        // The compiler's own components first: rustup must not change them from two processes.
        setup::components(workspace)?;
        let install = |lane: &mut Steps| lane.run(INSTALL, || setup::tools(workspace));
        steps.beside(&workspace.target().join("logs/setup.log"), install, rust)?;
    } else {
        rust(&mut steps)?;
    }
    if options.rust {
        return steps.finish(options.run.strict);
    }
    // The first chain waits for Java, Maven's downloads and Spark; the others compile and emulate.
    let languages = |lane: &mut Steps| {
        c::add(workspace, lane)?;
        python::add(workspace, lane)?;
        kotlin::add(workspace, lane)?;
        if options.all { swift::add(workspace, lane) } else { Ok(()) }
    };
    steps.beside(&workspace.target().join("logs/languages.log"), languages, |steps| {
        size::add(workspace, steps)?;
        android::add(workspace, steps)?;
        wasm::add(workspace, steps)?;
        if options.all {
            ios::add(workspace, steps)?;
        }
        arm::add(workspace, steps)
    })?;
    steps.finish(options.run.strict || options.all)
}

/// The step that installs what is missing.
const INSTALL: &str = "installing tools, beside checks and tests in Rust";

/// Adds the tests in Rust.
fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    // `--all-targets` runs each bench once as well. It builds the examples as tests; one test runs them as programs.
    steps.run("tests", || {
        let examples = ["--example", "score_one", "--example", "score_batch", "--example", "explain"];
        workspace
            .cargo(&["build", "--locked", "--workspace", "--exclude", "pupil-rivals", "--features", FEATURES])
            .args(examples)
            .run()?;
        workspace
            .cargo(&["test", "--locked", "--workspace", "--all-targets", "--features", FEATURES])
            // It has no tests, and the runtimes that it compares take minutes to build. The lints check it. With it,
            // the engine would have other features: the steps below leave it out too, so that nothing is built twice.
            .args(["--exclude", "pupil-rivals"])
            .env("KERNELS", kernels::required(workspace, &kernels::of_this_machine())?)
            .run()
    })?;
    steps.run("tests on the generic kernels", || {
        workspace
            .cargo(&["test", "--locked", "--workspace", "--exclude", "pupil-rivals", "--features", FEATURES])
            .args(["--test", "golden", "--test", "api"])
            .env("PUPIL_CPU", "generic")
            .run()
    })?;
    steps.run("examples in the documentation", || {
        workspace
            .cargo(&["test", "--locked", "--workspace", "--exclude", "pupil-rivals", "--features", FEATURES])
            .args(["--doc"])
            .run()
    })
}
