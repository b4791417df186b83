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

/// Adds the static checks, cheapest first. Lints are of the code as the command line has it: the engine has `write` and
/// no other optional feature.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    add_with(workspace, steps, CHECKED_FEATURES)
}

/// The same with lints of the code with all features, for the tests. They compile what is there only without a feature,
/// and a second pass of lints would take as long as the first.
pub(crate) fn add_widely(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    add_with(workspace, steps, &format!("{CHECKED_FEATURES},{OPTIONAL}"))
}

fn add_with(workspace: &Workspace, steps: &mut Steps, features: &str) -> Result<()> {
    steps.run("dependencies", || {
        setup::components(workspace)?;
        workspace.cargo(&["fetch", "--locked"]).run()?;
        // Fails when its lock file no longer fits; what its programs call is compiled with everything else.
        workspace.cargo(&["fetch", "--locked", "--manifest-path", "fuzz/Cargo.toml"]).run()
    })?;
    steps.run("versions", || version::check(workspace))?;
    steps.run("layers", || layers::check(workspace))?;
    steps.run("variants of kernels", || kernels::check(workspace))?;
    steps.run("width of comments and pages", || width::check(workspace))?;
    steps.run("formatting", || workspace.cargo(&["fmt", "--all", "--check"]).run())?;
    steps.run("licences, bans, sources", || deny::check(workspace))?;
    steps.run("lints", || {
        workspace
            .cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--features", features])
            .args(["--", "-D", "warnings"])
            .run()
    })?;
    steps.run("documentation", || {
        workspace
            .cargo(&["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"])
            .args(["--features", features, "--lib", "--bins"])
            .args(AS_FOR_TESTS)
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()
    })
}
