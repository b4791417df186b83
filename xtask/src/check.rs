//! Everything that can be said without running the code.

use anyhow::Result;

use crate::deny;
use crate::kernels;
use crate::layers;
use crate::setup;
use crate::steps::Steps;
use crate::version;
use crate::width;
use crate::workspace::Workspace;

/// What the bindings have in tests and for Kotlin, and the generator of their code. The same everywhere: other features
/// of one package mean other features of what it stands on, and building that again.
pub(crate) const FEATURES: &str =
    "pupil-bindings/deliberate-panic,pupil-bindings/jni,pupil-bindgen/generator";

/// Adds the static checks, cheapest first.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    steps.run("dependencies", || {
        setup::components(workspace)?;
        workspace.cargo(&["fetch", "--locked"]).run()
    })?;
    steps.run("versions", || version::check(workspace))?;
    steps.run("layers", || layers::check(workspace))?;
    steps.run("variants of kernels", || kernels::check(workspace))?;
    steps.run("width of comments and pages", || width::check(workspace))?;
    steps.run("formatting", || workspace.cargo(&["fmt", "--all", "--check"]).run())?;
    steps.run("licences, bans, sources", || deny::check(workspace))?;
    steps.run("lints", || lints(workspace))?;
    steps.run("documentation", || {
        workspace
            .cargo(&["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()
    })
}

/// Clippy, over every set of features that ships or is tested.
fn lints(workspace: &Workspace) -> Result<()> {
    let clippy = |scope: &[&str]| {
        let args = [&["clippy", "--locked"], scope, &["--", "-D", "warnings"]].concat();
        workspace.cargo(&args).run()
    };
    clippy(&["--workspace", "--all-targets", "--features", FEATURES])?;
    // The command line builds the engine with `write` alone.
    clippy(&["--package", "pupil-cli"])?;
    // Everything optional in one call, so that what it stands on is checked once.
    let everything = "pupil-core/write,pupil-core/tokenizers,pupil-tests/onnx,pupil-trainer/onnx";
    let packages = ["--package", "pupil-core", "--package", "pupil-tests", "--package", "pupil-trainer"];
    clippy(&[&packages[..], &["--all-targets", "--features", everything]].concat())
}
