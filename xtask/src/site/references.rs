//! The references of the languages, each by its own tool.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::process::say;
use crate::workspace::Workspace;
use crate::{kotlin, python, swift};

/// A reference that was built.
pub(super) struct Reference {
    /// The language.
    pub(super) name: &'static str,
    /// Its folder in the site.
    pub(super) folder: &'static str,
    /// The page to begin with.
    pub(super) first: &'static str,
    /// Where its tool has put it.
    pub(super) built: PathBuf,
}

/// Builds those whose tools are installed, and says what is missing for the others.
pub(super) fn build(workspace: &Workspace, site: &Path) -> Result<Vec<Reference>> {
    let mut built = Vec::new();
    let mut add = |name, folder, first, reference: Result<PathBuf>| match reference {
        Ok(path) => built.push(Reference { name, folder, first, built: path }),
        Err(error) => say!("site: no reference of {name}: {error:#}"),
    };
    add("Rust", "rust", "pupil_core/index.html", rust(workspace, &site.join("rust")));
    add("Kotlin and Java", "kotlin", "index.html", kotlin::reference(workspace));
    add("Python", "python", "pupil_scorer.html", python::reference(workspace, &site.join("python")));
    add("Swift", "swift", "documentation/pupil/index.html", swift::reference(workspace));
    Ok(built)
}

/// The engine, without private items and other crates.
fn rust(workspace: &Workspace, target: &Path) -> Result<PathBuf> {
    let doc = target.join("doc");
    if doc.exists() {
        fs::remove_dir_all(&doc)?;
    }
    workspace
        .cargo(&["doc", "--locked", "--no-deps", "--package", "pupil-core", "--package", "pupil-metrics"])
        .args(["--target-dir".as_ref(), target.as_os_str()])
        .run()?;
    Ok(doc)
}
