//! The packages of the workspace: their dependencies, and the roots of their crates.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// A package of the workspace.
pub(super) struct Package {
    /// Its folder, from the root of the workspace.
    pub(super) folder: String,
    pub(super) name: String,
    /// The packages of this workspace that it depends on.
    pub(super) dependencies: Vec<String>,
    /// Those that only its tests, benches and examples depend on.
    pub(super) dev_dependencies: Vec<String>,
    /// The files that its crates begin with, from the root of the workspace.
    pub(super) roots: Vec<String>,
}

/// Every package of the workspace.
pub(super) fn all(workspace: &Workspace) -> Result<Vec<Package>> {
    let manifest = table(&workspace.root().join("Cargo.toml"))?;
    let members = manifest
        .get("workspace")
        .and_then(|table| table.get("members"))
        .and_then(toml::Value::as_array)
        .context("Cargo.toml names no members")?;
    let folders: Vec<&str> = members.iter().filter_map(toml::Value::as_str).collect();
    let mut packages = folders.iter().map(|folder| read(workspace, folder)).collect::<Result<Vec<_>>>()?;
    let names: Vec<String> = packages.iter().map(|package| package.name.clone()).collect();
    for package in &mut packages {
        for list in [&mut package.dependencies, &mut package.dev_dependencies] {
            list.retain(|name| names.contains(name));
        }
    }
    Ok(packages)
}

fn read(workspace: &Workspace, folder: &str) -> Result<Package> {
    let manifest = table(&workspace.root().join(folder).join("Cargo.toml"))?;
    let name = manifest
        .get("package")
        .and_then(|package| package.get("name"))
        .and_then(toml::Value::as_str)
        .with_context(|| format!("{folder}/Cargo.toml has no name"))?;
    let keys = |table: &str| -> Vec<String> {
        let table = manifest.get(table).and_then(toml::Value::as_table);
        table.into_iter().flat_map(|table| table.keys().cloned()).collect()
    };
    let mut dependencies = keys("dependencies");
    dependencies.extend(keys("build-dependencies"));
    Ok(Package {
        folder: folder.to_owned(),
        name: name.to_owned(),
        dependencies,
        dev_dependencies: keys("dev-dependencies"),
        roots: roots(workspace, folder, &manifest),
    })
}

/// The roots that the manifest names, and those that cargo finds by itself.
fn roots(workspace: &Workspace, folder: &str, manifest: &toml::Table) -> Vec<String> {
    let mut roots: Vec<String> = ["src/lib.rs", "src/main.rs", "build.rs"].map(str::to_owned).into();
    let list = |key: &str| manifest.get(key).and_then(toml::Value::as_array).into_iter().flatten();
    let named =
        manifest.get("lib").into_iter().chain(["bin", "test", "bench", "example"].into_iter().flat_map(list));
    roots.extend(named.filter_map(|target| Some(target.get("path")?.as_str()?.to_owned())));
    let package = workspace.root().join(folder);
    for targets in ["src/bin", "tests", "benches", "examples"] {
        for entry in fs::read_dir(package.join(targets)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".rs") {
                roots.push(format!("{targets}/{name}"));
            } else {
                roots.push(format!("{targets}/{name}/main.rs"));
            }
        }
    }
    roots.retain(|root| package.join(root).is_file());
    roots.sort();
    roots.dedup();
    roots.into_iter().map(|root| format!("{folder}/{root}")).collect()
}

fn table(path: &Path) -> Result<toml::Table> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    text.parse().with_context(|| format!("{} is not TOML", path.display()))
}
