//! cargo-deny: licences, banned crates and sources, as `.deny.toml` says; and, on request, advisories.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::process::{Run, say};
use crate::workspace::Workspace;

/// The pinned version: a newer one may decide differently.
const VERSION: &str = "0.20.2";

/// Where the advisories are published.
const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

/// Which advisories to check.
#[derive(Args)]
pub(crate) struct Options {
    /// A clone of RustSec's advisory-db, for a machine without network; otherwise they are downloaded
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

/// Checks the dependency tree, installing cargo-deny first if need be.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    install(workspace)?;
    deny(workspace, &["--offline"]).args(["licenses", "bans", "sources"]).run()
}

/// Checks the crates of the lock file against RustSec's advisories.
pub(crate) fn advisories(workspace: &Workspace, options: &Options) -> Result<()> {
    install(workspace)?;
    let run = deny(workspace, &[]).args(["advisories"]);
    match &options.from {
        None => run.run(),
        Some(folder) => {
            let dated = Run::program("git").dir(folder).args(["log", "-1", "--format=%H of %cs"]).output();
            // git fetches from the clone whatever is asked for at the published address.
            run.env("GIT_CONFIG_COUNT", "1")
                .env("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", folder.canonicalize()?.display()))
                .env("GIT_CONFIG_VALUE_0", ADVISORIES)
                .run()?;
            say!("   advisories of the commit {}", dated.as_deref().unwrap_or("(unknown)"));
            Ok(())
        }
    }
}

/// cargo-deny's check, without what is to be checked.
fn deny(workspace: &Workspace, options: &[&str]) -> Run {
    workspace
        .command(workspace.tool("cargo-deny"))
        .shown_as(".tools/bin/cargo-deny")
        .args(["--all-features", "--locked", "--config", ".deny.toml"])
        .args(options)
        .args(["check", "--hide-inclusion-graph"])
}

/// Builds the pinned cargo-deny into `.tools`, unless it is there.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    workspace.install_tool("cargo-deny", VERSION)
}
