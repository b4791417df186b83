//! Checks the layers in docs/architecture.md, of the crates and of the modules of a crate, and finds circular imports.
//!
//! The tables of that page are the rules: one whose first heading is `crate`, and one whose first heading is ``module
//! of `NAME` `` for each crate whose modules have layers. The last column names what may be imported.

mod circles;
mod lexer;
mod modules;
mod packages;
mod rules;
mod source;
#[cfg(test)]
mod tests;

use std::fs;

use anyhow::{Context, Result, ensure};
use clap::Args;

use self::modules::{Arrow, Tree};
use crate::workspace::Workspace;

/// The page with the rules.
const PAGE: &str = "docs/architecture.md";

/// What to check.
#[derive(Args)]
pub(crate) struct Options {
    /// Prints which module imports which as well, with the place of each import
    #[arg(long)]
    arrows: bool,
    /// Only the package in this folder, for example `core`
    folder: Option<String>,
}

/// Fails if something breaks a rule.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    run(workspace, &Options { arrows: false, folder: None })
}

/// Prints what breaks a rule, and fails if something does.
#[expect(clippy::print_stdout, reason = "the arrows are the output")]
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let page =
        fs::read_to_string(workspace.root().join(PAGE)).with_context(|| format!("cannot read {PAGE}"))?;
    let packages = packages::all(workspace)?;
    if let Some(folder) = &options.folder {
        ensure!(
            packages.iter().any(|package| package.folder == *folder),
            "no package has the folder {folder}"
        );
    } else {
        let wrong = rules::crates(&page, &packages);
        ensure!(wrong.is_empty(), "{PAGE}: {}", wrong.join("; "));
    }
    let read = |file: &str| fs::read_to_string(workspace.root().join(file)).ok();
    let mut failures = 0;
    for package in packages {
        if options.folder.as_ref().is_some_and(|folder| package.folder != *folder) {
            continue;
        }
        for root in &package.roots {
            let Some(tree) = Tree::of(root, &read) else { continue };
            let arrows = tree.arrows();
            if options.arrows {
                for arrow in &arrows {
                    println!("{root}: {arrow}");
                }
            }
            let mut findings = findings(root, &tree, &arrows);
            if root.ends_with("src/lib.rs") {
                findings.extend(rules::modules(&page, &package.folder, &tree, &arrows));
            }
            failures += findings.len();
            for finding in &findings {
                println!("{root}: {}", finding.trim_end());
            }
        }
    }
    ensure!(failures == 0, "{failures} imports or circles are against the rules of {PAGE}");
    Ok(())
}

/// The circles of one crate, and what its modules import from its root.
fn findings(root: &str, tree: &Tree, arrows: &[Arrow]) -> Vec<String> {
    let to_root = |arrow: &Arrow| arrow.folder.is_empty() && arrow.to == tree.root();
    let (upward, beside): (Vec<Arrow>, Vec<Arrow>) = arrows.iter().cloned().partition(to_root);
    let mut findings: Vec<String> = circles::circles(&beside)
        .iter()
        .map(|(folder, circle)| circles::shown(folder, circle, &beside))
        .collect();
    // The root of a test may define what its modules share; that of a library or program only declares its modules.
    if root.contains("/src/") {
        findings.extend(upward.iter().map(|arrow| {
            format!("{arrow}: a module imports an item of the root, but the root depends on all modules")
        }));
    }
    findings
}
