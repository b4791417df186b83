//! The tests in Kotlin, on this machine's Java, and what the way from Kotlin into the engine costs.

use std::fs;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::bindings::{self, Language};
use crate::process::{Run, find_program};
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Every version that Gradle and Maven use.
const VERSIONS: &str = "android/gradle/libs.versions.toml";

/// How Java and Maven come here.
pub(crate) const REMEDY: &str =
    "install a JDK, 17 or later, and Maven; on Debian `cargo xtask setup --android` as root";

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Measures a call from Kotlin beside the same call in Rust, on a release build, instead of testing
    #[arg(long)]
    bench: bool,
}

/// Runs the tests, or the measurement.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if let Some(missing) = missing() {
        bail!("{missing} is not installed; to run it: {REMEDY}");
    }
    if options.bench { bench(workspace) } else { test(workspace) }
}

/// Adds the tests to a chain, or the note that they cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    const NAME: &str = "tests in Kotlin";
    match missing() {
        None => steps.run(NAME, || test(workspace)),
        Some(program) => {
            steps.not_run(NAME, &format!("{program} is not installed"), REMEDY);
            Ok(())
        }
    }
}

/// The first program that is missing.
fn missing() -> Option<&'static str> {
    ["java", "mvn"].into_iter().find(|program| find_program(program).is_none())
}

fn test(workspace: &Workspace) -> Result<()> {
    bindings::generate(workspace, Language::Kotlin)?;
    maven(workspace)?.args(["test"]).run()
}

/// One `score` through JNI and through JNA, and in Rust, each in a process of its own, one after the other.
fn bench(workspace: &Workspace) -> Result<()> {
    bindings::generate(workspace, Language::Kotlin)?;
    // The features of the tests, whose code is compiled along.
    let package =
        ["--locked", "--release", "--package", "pupil-bindings", "--features", "deliberate-panic,jni"];
    workspace.cargo(&["build"]).args(package).run()?;
    let library = format!("-Dpupil.library={}", bindings::library(workspace, "release").display());
    maven(workspace)?
        .args([library.as_str(), "-Dtest=CallTime", "-Dsurefire.failIfNoSpecifiedTests=true", "test"])
        .run()?;
    workspace.cargo(&["run"]).args(package).args(["--example", "call_time"]).run()
}

/// Maven on the project of the tests, with the versions.
fn maven(workspace: &Workspace) -> Result<Run> {
    let versions = versions(workspace)?;
    let target = workspace.target();
    let run = workspace
        .command("mvn")
        .args(["--batch-mode", "--no-transfer-progress", "--file", "android/pom.xml"])
        .args([format!("-Dpupil.target={}", target.display())])
        .args(versions.iter().map(|(name, version)| format!("-Dversions.{name}={version}")));
    Ok(run)
}

/// The versions by their names.
pub(crate) fn versions(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(workspace.root().join(VERSIONS))
        .with_context(|| format!("cannot read {VERSIONS}"))?;
    let table: toml::Table = text.parse().with_context(|| format!("{VERSIONS} is no TOML"))?;
    let versions = table
        .get("versions")
        .and_then(toml::Value::as_table)
        .with_context(|| format!("{VERSIONS} has no table [versions]"))?;
    versions
        .iter()
        .map(|(name, version)| {
            let version = version.as_str().with_context(|| format!("the version {name} is no text"))?;
            Ok((name.clone(), version.to_owned()))
        })
        .collect()
}

/// The name of Maven's plugin for dependencies, with its version.
pub(crate) fn dependency_plugin(versions: &[(String, String)]) -> Result<String> {
    let version = versions.iter().find(|(name, _)| name == "maven-dependency");
    let (_, version) = version.with_context(|| format!("{VERSIONS} has no version maven-dependency"))?;
    Ok(format!("org.apache.maven.plugins:maven-dependency-plugin:{version}"))
}
