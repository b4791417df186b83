//! The engine's tests on WebAssembly, run by node.

use anyhow::{Result, bail};
use clap::Args;

use crate::kernels;
use crate::packages;
use crate::process::find_program;
use crate::steps::Steps;
use crate::toolchain::{self, has_target};
use crate::workspace::Workspace;

/// The target of programs for a server, whose standard library has files: that of the tests.
const WASI: &str = "wasm32-wasip1";

/// Vectors of 128 bits, which every browser has since 2023.
const SIMD: &str = "-Ctarget-feature=+simd128";

/// The test programs of `pupil-tests` that exercise the engine's numbers.
const NUMBERS: [&str; 2] = ["golden", "parity"];

/// Tests that need threads, panics that are caught, or the files of Unix.
const LEFT_OUT: [&str; 2] = ["session::", "output::"];

/// The least major version of node: the first that is maintained and has all that the tests use.
const NODE: u32 = 20;

const STEP: &str = "tests on WebAssembly";

const REMEDY: &str = "`cargo xtask setup --wasm` (rustup; node 20 or later, as a Debian package as root), then `cargo xtask wasm`";

/// How to run the tests.
#[derive(Args)]
pub(crate) struct Options {}

/// Runs the tests or fails.
pub(crate) fn run(workspace: &Workspace, _: &Options) -> Result<()> {
    if let Some(missing) = missing(workspace) {
        bail!("{missing}; to run it: {REMEDY}");
    }
    let mut steps = Steps::start(true);
    add(workspace, &mut steps)?;
    steps.finish(true)
}

/// Adds the tests to a chain, or the note that they cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    match missing(workspace) {
        None => steps.run(STEP, || test(workspace)),
        Some(missing) => {
            steps.not_run(STEP, &missing, REMEDY);
            Ok(())
        }
    }
}

/// Installs what the tests need, unless it is installed.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    if !has_target(workspace, WASI) {
        toolchain::add_target(workspace, WASI)?;
    }
    if missing_node(workspace).is_some() {
        packages::install(&["nodejs", "npm"])?;
    }
    missing(workspace).map_or(Ok(()), |missing| bail!("{missing}"))
}

/// What the tests lack, if they lack something.
fn missing(workspace: &Workspace) -> Option<String> {
    let library = (!has_target(workspace, WASI))
        .then(|| "the pinned compiler has no standard library for WebAssembly".to_owned());
    library.or_else(|| missing_node(workspace))
}

/// Why node cannot be used, if it cannot.
fn missing_node(workspace: &Workspace) -> Option<String> {
    if find_program("node").is_none() {
        return Some("node is not installed".to_owned());
    }
    let version = workspace.command("node").args(["--version"]).output().unwrap_or_default();
    let major: Option<u32> = version
        .strip_prefix('v')
        .and_then(|rest| rest.split('.').next())
        .and_then(|major| major.parse().ok());
    major.is_none_or(|major| major < NODE).then(|| format!("node is {version}, not {NODE} or later"))
}

/// Compiles the tests of the engine and of its numbers, and runs them in node.
fn test(workspace: &Workspace) -> Result<()> {
    let runner = workspace.root().join("xtask/src/wasm/run.mjs");
    let kernels = kernels::required(workspace, &["wasm_simd128"])?;
    let packages = ["test", "--locked", "--package", "pupil-core", "--package", "pupil-tests", "--lib"];
    workspace
        .cargo(&packages)
        .args(NUMBERS.iter().flat_map(|test| ["--test", test]))
        .args(["--target", WASI, "--"])
        .args(LEFT_OUT.iter().flat_map(|test| ["--skip", test]))
        .env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", SIMD)
        .env("CARGO_TARGET_WASM32_WASIP1_RUNNER", format!("node --no-warnings {}", runner.display()))
        .env("KERNELS", kernels)
        .run()
}
