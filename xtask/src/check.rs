//! All checks that do not run the code.

use anyhow::Result;

use crate::deny;
use crate::kernels;
use crate::layers;
use crate::setup;
use crate::steps::Steps;
use crate::version;
use crate::width;
use crate::workspace::{AS_FOR_TESTS, CHECKED_FEATURES, OPTIONAL, Workspace};

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
    // The engine has `write` here and no other optional feature, as in the command line.
    steps.run("lints", || lints(workspace, CHECKED_FEATURES))?;
    steps.run("documentation", || {
        workspace
            .cargo(&["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"])
            .args(["--features", CHECKED_FEATURES, "--lib", "--bins"])
            .args(AS_FOR_TESTS)
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()
    })
}

/// Adds the lints of optional features, which belong to the tests: they take as long again.
pub(crate) fn add_optional(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    steps.run("lints of optional features", || lints(workspace, &format!("{CHECKED_FEATURES},{OPTIONAL}")))
}

/// Clippy, over all targets.
fn lints(workspace: &Workspace, features: &str) -> Result<()> {
    workspace
        .cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--features", features])
        .args(["--", "-D", "warnings"])
        .run()
}
