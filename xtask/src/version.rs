//! One version for everything: the one in the root's `Cargo.toml`.
//!
//! Every crate, Gradle, the Python package and the release of the Swift package read it there. Pages for people have to
//! repeat it; this module compares those places, and a few others that repeat a version, with their source.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::kotlin;
use crate::process::say;
use crate::workspace::Workspace;

/// A file that repeats a version: the text before it and after it.
struct Place {
    file: &'static str,
    before: &'static str,
    after: &'static str,
}

/// Places of the project's own version.
const PUPIL: [Place; 4] = [
    Place { file: "web/package.json", before: "\"version\": \"", after: "\"" },
    Place { file: "web/package-lock.json", before: "\"version\": \"", after: "\"" },
    Place { file: "docs/kotlin.md", before: "implementation(\"io.github.pupilsdk:pupil:", after: "\")" },
    Place { file: "CHANGELOG.md", before: "\n## ", after: "," },
];

/// Places of the NDK's version, whose source is the catalogue of Gradle.
const NDK: [Place; 2] = [
    Place { file: "xtask/src/android/ndk.rs", before: "\"ndk;", after: "\\\"" },
    Place { file: "android/README.md", before: "/ndk/", after: "\n" },
];

/// Places of the oldest Android.
const MIN_SDK: [Place; 1] =
    [Place { file: "xtask/src/android/ndk.rs", before: "const MIN_SDK: u32 = ", after: ";" }];

/// Places of Gradle's own version.
const GRADLE: [Place; 2] = [
    Place { file: "android/gradle/wrapper/gradle-wrapper.properties", before: "/gradle-", after: "-bin.zip" },
    Place { file: "android/README.md", before: "Gradle ", after: " " },
];

/// Files that must take the version from elsewhere, and the text that does it.
const FOLLOWERS: [(&str, &str); 2] = [
    ("android/build.gradle.kts", "../Cargo.toml"),
    ("bindings/python/pyproject.toml", "dynamic = [\"version\"]"),
];

/// Fails on any difference.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let manifest = table(workspace, "Cargo.toml")?;
    let version =
        manifest["workspace"]["package"]["version"].as_str().context("the version is not a string")?;
    let mut wrong = Vec::new();
    compare(workspace, version, &PUPIL, &mut wrong)?;

    let versions = kotlin::versions(workspace)?;
    for (name, places) in [("ndk", &NDK[..]), ("min-sdk", &MIN_SDK[..]), ("gradle", &GRADLE[..])] {
        let (_, version) = versions
            .iter()
            .find(|(there, _)| there == name)
            .with_context(|| format!("Gradle's catalogue has no version {name}"))?;
        compare(workspace, version, places, &mut wrong)?;
    }

    let members = manifest["workspace"]["members"].as_array().context("the members are not a list")?;
    for member in members {
        let file = format!("{}/Cargo.toml", member.as_str().context("a member is not a string")?);
        let package = &table(workspace, &file)?["package"];
        let inherits = package.get("version").and_then(|version| version.get("workspace"));
        if inherits.and_then(toml::Value::as_bool) != Some(true) {
            wrong.push(format!("{file} does not say `version.workspace = true`"));
        }
    }
    for (file, says) in FOLLOWERS {
        if !read(workspace, file)?.contains(says) {
            wrong.push(format!("{file} does not say `{says}`"));
        }
    }

    // Code of one version of UniFFI does not work with a library of another.
    let lock = table(workspace, "Cargo.lock")?;
    let locked = |name: &str| -> Vec<String> {
        let packages = lock["package"].as_array().into_iter().flatten();
        packages
            .filter(|package| package["name"].as_str() == Some(name))
            .filter_map(|package| package["version"].as_str().map(str::to_owned))
            .collect()
    };
    let (runtime, generator) = (locked("uniffi_core"), locked("uniffi_bindgen"));
    if runtime.len() != 1 || runtime != generator {
        wrong.push(format!("UniFFI's runtime is {runtime:?}, its generator {generator:?}"));
    }

    ensure!(wrong.is_empty(), "{}", wrong.join("; "));
    say!("   {version} everywhere");
    Ok(())
}

/// Compares every place with the version.
fn compare(workspace: &Workspace, version: &str, places: &[Place], wrong: &mut Vec<String>) -> Result<()> {
    for Place { file, before, after } in places {
        let text = read(workspace, file)?;
        let Some((found, _)) = text.split_once(before).and_then(|(_, rest)| rest.split_once(after)) else {
            bail!("{file} has no version between `{}` and `{after}`", before.trim());
        };
        if found != version {
            wrong.push(format!("{file} says {found}, it must be {version}"));
        }
    }
    Ok(())
}

fn read(workspace: &Workspace, file: &str) -> Result<String> {
    fs::read_to_string(workspace.root().join(file)).with_context(|| format!("cannot read {file}"))
}

fn table(workspace: &Workspace, file: &str) -> Result<toml::Table> {
    read(workspace, file)?.parse().with_context(|| format!("{file} is not TOML"))
}
