//! Miri: interprets the engine's own tests and stops at undefined behaviour, such as a read beyond a slice.
//!
//! It interprets no vector instructions of a CPU, so the plain kernels run. That takes a thousand times as long: tests
//! that go through every number there is are left out, each by an attribute that says so.

use anyhow::{Context, Result, ensure};

use crate::process::{Run, find_program};
use crate::workspace::Workspace;

/// It comes with nightly compilers alone.
const TOOLCHAIN: &str = "nightly";

/// What reads bytes of others, and what computes: the reader, the tokenizer, the kernels and the parts of models above
/// them, a monitor's state and a student's. Of what is left, files and threads belong to the operating system.
const MODULES: [&str; 8] =
    ["format::", "kernels::", "layers::", "monitor::", "parts::", "quant::", "tokenizer::", "tracker::"];

/// Files may be read, numbers may become pointers as in the crates beneath, logarithms are the same at every call, and
/// properties are tried on few values.
const SETTINGS: [(&str, &str); 2] = [
    ("MIRIFLAGS", "-Zmiri-disable-isolation -Zmiri-permissive-provenance -Zmiri-deterministic-floats"),
    ("PROPTEST_CASES", "2"),
];

/// Runs the tests.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    ensure!(find_program("rustup").is_some(), "Miri is installed by rustup, and that is not here");
    let installed = Run::program("rustup").args(["run", TOOLCHAIN, "cargo", "miri", "--version"]).output();
    if installed.is_none() {
        Run::program("rustup")
            .args(["toolchain", "install", TOOLCHAIN, "--profile", "minimal"])
            .args(["--component", "miri", "--component", "rust-src"])
            .run()
            .context("no nightly compiler with Miri can be installed")?;
    }
    let mut run = workspace
        .command("rustup")
        .args(["run", TOOLCHAIN, "cargo", "miri", "test", "--locked", "--package", "pupil-core", "--lib"])
        .args(["--no-default-features", "--features", "write", "--"])
        .args(MODULES)
        // Set by the cargo that runs this program, for its own compiler.
        .without_env(&["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC", "RUSTDOC"])
        .env("CARGO_TARGET_DIR", workspace.target().join("miri"));
    for (name, value) in SETTINGS {
        run = run.env(name, value);
    }
    run.run()
}
