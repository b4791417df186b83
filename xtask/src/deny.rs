//! cargo-deny: licences, banned crates and sources, as `.deny.toml` says.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// The pinned version: a newer one may decide differently.
const VERSION: &str = "0.20.2";

/// Checks the dependency tree, installing cargo-deny first if need be.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    workspace
        .command(workspace.tools().join("bin").join(binary()))
        .shown_as(".tools/bin/cargo-deny")
        .args(["--all-features", "--locked", "--offline", "--config", ".deny.toml"])
        .args(["check", "--hide-inclusion-graph", "licenses", "bans", "sources"])
        .run()
}

/// Builds the pinned cargo-deny into `.tools`, unless it is there.
///
/// It runs for two seconds a day, so it is built without optimisation: 80 s of CPU time instead of 8 minutes.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    let tools = workspace.tools();
    let present = workspace.command(tools.join("bin").join(binary())).args(["--version"]).output();
    if present.as_deref() == Some(&format!("cargo-deny {VERSION}")) {
        return Ok(());
    }
    let build = tools.join("build");
    workspace
        .cargo(&["install", "--locked", "--force", "--root", ".tools", "--target-dir", ".tools/build"])
        .args([format!("cargo-deny@{VERSION}")])
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo")
        .run()?;
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))
}

/// The program's file name on this system.
fn binary() -> String {
    format!("cargo-deny{}", std::env::consts::EXE_SUFFIX)
}
