//! Golden fixtures: outputs that every CPU must reproduce.

use anyhow::Result;
use clap::Args;

use crate::workspace::Workspace;

/// How to treat a fixture that differs.
#[derive(Args)]
pub(crate) struct Options {
    /// Changes nothing and fails when a fixture differs from what the code makes now
    #[arg(long)]
    check: bool,
}

/// Rebuilds every fixture, or compares them with what the code makes now.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let golden = if options.check {
        ["test", "--locked", "--package", "pupil-tests", "--test", "golden"]
    } else {
        ["run", "--locked", "--package", "pupil-tests", "--bin", "golden"]
    };
    workspace.cargo(&golden).run()
}
