//! The cost of the boundary: a score through the Swift package compared with the same call inside Rust.

use std::path::Path;

use anyhow::{Context, Result};

use super::{Compiler, REMEDY, stage};
use crate::bindings::{self, Language};
use crate::process::say;
use crate::workspace::Workspace;

/// Models, tasks and answers of 15 words.
const CALLS: [[&str; 3]; 2] = [
    [
        "models/mind-ca/mind-ca.pupil",
        "mindca-ss_burglar",
        "He feared that the officer had come to arrest him because he had stolen things",
    ],
    [
        "tests/fixtures/golden/e_lstm.pupil",
        "balloons",
        "The balloon expands because the air gets warm and then it needs more room inside",
    ],
];

/// How often each program runs, in turns. The smallest median counts, since other work can only add time.
const ROUNDS: usize = 5;

/// Builds both with optimisation, runs them in turns, and prints the table.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let compiler = Compiler::installed(workspace).map_err(|reason| anyhow::anyhow!("{reason}: {REMEDY}"))?;
    stage(workspace, &bindings::generate(workspace, Language::Swift)?)?;
    workspace
        .cargo(&["build", "--locked", "--release", "--package", "pupil-bindings", "--package", "pupil-bench"])
        .args(["--features", "pupil-bindings/deliberate-panic"])
        .run()?;
    let library = workspace.target().join("release");
    let scratch = workspace.target().join("swift");
    let build = ["build", "--configuration", "release", "--product", "PupilBenchmark", "--scratch-path"];
    compiler.swift(workspace, &library, &build).args([&scratch]).run()?;
    let [rust, swift] = [library.join("pupil-bench"), scratch.join("release/PupilBenchmark")];

    say!(
        "   {:<38} {:>9} {:>9} {:>9} {:>9}",
        "microseconds of a score, median",
        "Rust",
        "Swift",
        "awaited",
        "batch"
    );
    for [model, task, answer] in CALLS {
        let model = workspace.root().join(model);
        let mut least = [f64::INFINITY; 4];
        for _ in 0..ROUNDS {
            let printed = workspace
                .command(&rust)
                .args([model.as_os_str()])
                .args(["--task", task, "--answer", answer])
                .output()
                .context("pupil-bench failed")?;
            let inside = number_after(&printed, "warm score  median ")?;
            let printed = compiler
                .program(workspace, &swift)
                .args([model.as_os_str()])
                .args([task, answer])
                .output()
                .context("PupilBenchmark failed")?;
            let mut times = [inside, 0.0, 0.0, 0.0];
            for (time, name) in times[1..].iter_mut().zip(["score ", "awaited ", "batch "]) {
                *time = number_after(&printed, name)?;
            }
            for (least, time) in least.iter_mut().zip(times) {
                *least = least.min(time);
            }
        }
        let name = model.file_name().map(Path::new).map(Path::display).context("a model has a name")?;
        let [inside, score, awaited, batch] = least;
        let shown = format!("{name}, {task}");
        say!("   {shown:<38} {inside:>9.1} {score:>9.1} {awaited:>9.1} {batch:>9.1}");
    }
    Ok(())
}

/// The number that follows a text.
fn number_after(printed: &str, text: &str) -> Result<f64> {
    let rest = printed.split(text).nth(1).with_context(|| format!("no `{text}` in: {printed}"))?;
    let number = rest.split_whitespace().next().unwrap_or_default();
    number.parse().with_context(|| format!("`{text}` is followed by `{number}`, which is not a number"))
}
