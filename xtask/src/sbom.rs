//! A bill of materials for each thing that is released: every crate in it, with version, licence, source and checksum,
//! in CycloneDX 1.5.
//!
//! It is made of what cargo says of the lock file, so that nothing has to be installed. The same lock file gives the
//! same bytes: there is no date and no random number in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::process::say;
use crate::workspace::Workspace;

/// What is released: the package, the features it is released with, and what it is.
const RELEASED: [(&str, &str, &str); 6] = [
    ("pupil-cli", "", "application"),
    ("pupil-trainer", "", "application"),
    ("pupil-bindings", "jni", "library"),
    ("pupil-c", "", "library"),
    ("pupil-python", "", "library"),
    ("pupil-web", "", "library"),
];

/// Where to.
#[derive(Args)]
pub(crate) struct Options {
    /// The platform that crates are chosen for; `all` takes those of every platform
    #[arg(long, default_value = "all", value_name = "TRIPLE")]
    target: String,
}

/// A crate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Component {
    name: String,
    version: String,
    licence: String,
    /// SHA-256 of the archive that the registry gives; none for our own crates.
    checksum: Option<String>,
}

/// Writes the bills into `target/sbom`.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let folder = workspace.target().join("sbom");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let lock = fs::read_to_string(workspace.root().join("Cargo.lock")).context("Cargo.lock")?;
    let checksums = checksums(&lock)?;
    for (package, features, kind) in RELEASED {
        let tree = workspace
            .cargo(&["tree", "--locked", "--prefix", "none", "--edges", "normal", "--format", "{p}|{l}"])
            .args(["--package", package, "--features", features, "--target", &options.target])
            .output()
            .with_context(|| format!("cargo does not list the crates of {package}"))?;
        let mut components = components(&tree, &checksums)?;
        let place = components.iter().position(|one| one.name == package);
        let own = components.remove(place.with_context(|| format!("{package} is not in its own tree"))?);
        let path = folder.join(format!("{package}.cdx.json"));
        fs::write(&path, bill(&own, kind, &components))
            .with_context(|| format!("cannot write {}", path.display()))?;
        say!("sbom: {} with {} crates", path.display(), components.len());
    }
    Ok(())
}

/// The checksums in a lock file, by name and version.
fn checksums(lock: &str) -> Result<BTreeMap<(String, String), String>> {
    let lock: toml::Table = lock.parse().context("Cargo.lock")?;
    let packages =
        lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock lists no packages")?;
    let text =
        |package: &toml::Value, key: &str| package.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    let of =
        |package| Some(((text(package, "name")?, text(package, "version")?), text(package, "checksum")?));
    Ok(packages.iter().filter_map(of).collect())
}

/// The crates in a tree, each once. One from a registry has a checksum, or the lock file is not that of the tree.
fn components(tree: &str, checksums: &BTreeMap<(String, String), String>) -> Result<Vec<Component>> {
    let mut found = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (package, licence) = line.split_once('|').with_context(|| format!("no licence in {line}"))?;
        let mut words = package.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let version = version.strip_prefix('v').with_context(|| format!("no version in {line}"))?;
        let is_own = package.contains("(/") || package.contains(":\\");
        let checksum = checksums.get(&(name.to_owned(), version.to_owned())).cloned();
        ensure!(is_own != checksum.is_some(), "{name} {version} has no checksum in Cargo.lock");
        let licence = licence.trim_end_matches(" (*)").to_owned();
        found.push(Component { name: name.into(), version: version.into(), licence, checksum });
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The bill.
fn bill(own: &Component, kind: &str, components: &[Component]) -> String {
    let mut out =
        String::from("{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.5\",\n  \"version\": 1,\n");
    let _ = writeln!(out, "  \"metadata\": {{\"component\": {}}},", component(own, kind));
    out.push_str("  \"components\": [");
    for (place, one) in components.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let _ = write!(out, "{comma}\n    {}", component(one, "library"));
    }
    let refs: Vec<String> = components.iter().map(|one| quoted(&reference(one))).collect();
    let _ = write!(
        out,
        "\n  ],\n  \"dependencies\": [{{\"ref\": {}, \"dependsOn\": [{}]}}]\n}}\n",
        quoted(&reference(own)),
        refs.join(", ")
    );
    out
}

/// What names a crate everywhere.
fn reference(one: &Component) -> String {
    format!("pkg:cargo/{}@{}", one.name, one.version)
}

fn component(one: &Component, kind: &str) -> String {
    let purl = quoted(&reference(one));
    let mut out = format!(
        "{{\"type\": {}, \"bom-ref\": {purl}, \"name\": {}, \"version\": {}, \"purl\": {purl}",
        quoted(kind),
        quoted(&one.name),
        quoted(&one.version)
    );
    // Some crates still write a slash where SPDX has OR.
    let licence = one.licence.replace('/', " OR ").replace("  ", " ");
    let _ = write!(out, ", \"licenses\": [{{\"expression\": {}}}]", quoted(&licence));
    if let Some(checksum) = &one.checksum {
        let _ = write!(out, ", \"hashes\": [{{\"alg\": \"SHA-256\", \"content\": {}}}]", quoted(checksum));
    }
    out.push('}');
    out
}

/// A string of JSON; names, versions and licences hold no control characters.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"00ff\"\n\
                        [[package]]\nname = \"own\"\nversion = \"0.1.0\"\n";

    #[test]
    fn bill_lists_each_crate_once_with_licence_and_checksum() {
        let sums = checksums(LOCK).unwrap();
        let tree = "own v0.1.0 (/home/x/own)|MIT\na v1.0.0|MIT/Apache-2.0\na v1.0.0|MIT/Apache-2.0 (*)\n";
        let mut found = components(tree, &sums).unwrap();
        assert_eq!(found.len(), 2);
        let own = found.pop().unwrap();
        let bill = bill(&own, "application", &found);
        for part in [
            "\"specVersion\": \"1.5\"",
            "\"purl\": \"pkg:cargo/a@1.0.0\", \"licenses\": [{\"expression\": \"MIT OR Apache-2.0\"}], \"hashes\": \
             [{\"alg\": \"SHA-256\", \"content\": \"00ff\"}]",
            "\"dependsOn\": [\"pkg:cargo/a@1.0.0\"]",
        ] {
            assert!(bill.contains(part), "{part} is missing in\n{bill}");
        }
        assert!(!bill.contains("/home/"), "{bill}");
        // A crate that the lock file does not have.
        assert!(components("b v1.0.0|MIT\n", &sums).is_err());
    }
}
