//! The tests in Kotlin, on this machine's Java, and the cost of calls from Kotlin into the engine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::bindings::{self, Language};
use crate::process::{Run, find_program, say};
use crate::steps::Steps;
use crate::workspace::Workspace;

/// Every version that Gradle and Maven use.
const VERSIONS: &str = "android/gradle/libs.versions.toml";

/// How to install Java and Maven.
pub(crate) const REMEDY: &str =
    "install a JDK, 17 or later, and Maven; on Debian `cargo xtask setup --android` as root";

/// The class that measures. It is in the folder of the tests, but its name keeps Maven from running it as one.
const BENCH: &str = "CallTime";

/// The folders with tests.
const TESTS: [&str; 3] =
    ["android/sdk/src/test/kotlin", "android/sdk/src/test/java", "android/sample/src/test/kotlin"];

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Compares a call from Kotlin with the same call in Rust, on a release build, instead of testing
    #[arg(long)]
    bench: bool,
    /// Builds the reference of the SDK into target/kotlin/reference instead
    #[arg(long, conflicts_with = "bench")]
    reference: bool,
    /// Compiles the screen of the sample in Compose for a desktop, and draws it into target/kotlin/pictures instead
    #[arg(long, conflicts_with_all = ["bench", "reference"])]
    compose: bool,
}

/// Runs the tests, or the measurement.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if let Some(missing) = missing() {
        bail!("{missing} is not installed; to run it: {REMEDY}");
    }
    if options.reference {
        say!("kotlin: the reference is in {}", reference(workspace)?.display());
        return Ok(());
    }
    if options.compose {
        bindings::generate(workspace, Language::Kotlin)?;
        return maven(workspace, "debug")?.args(["--activate-profiles", "compose", "process-classes"]).run();
    }
    if options.bench { bench(workspace) } else { test(workspace) }
}

/// Builds the reference, and returns its folder.
pub(crate) fn reference(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(missing) = missing() {
        bail!("{missing} is not installed: {REMEDY}");
    }
    bindings::generate_alone(workspace, Language::Kotlin)?;
    let folder = workspace.target().join("kotlin/reference");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    maven(workspace, "debug")?.args(["dokka:dokka"]).run()?;
    ensure!(folder.join("index.html").is_file(), "Dokka has written no {}", folder.display());
    Ok(folder)
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

/// Runs the tests, and checks that as many ran as are written.
fn test(workspace: &Workspace) -> Result<()> {
    bindings::generate(workspace, Language::Kotlin)?;
    let reports = workspace.target().join("kotlin/surefire-reports");
    // Otherwise, reports of another run or of a removed class would be counted too.
    if reports.exists() {
        fs::remove_dir_all(&reports)?;
    }
    maven(workspace, "debug")?.args(["test"]).run()?;
    let ran = count(&reports, &|name| name.starts_with("TEST-") && name.ends_with(".xml"), &ran)?;
    let mut written = 0;
    for folder in TESTS {
        let source = |name: &str| match name.rsplit_once('.') {
            Some((class, "kt" | "java")) => class != BENCH,
            _ => false,
        };
        written += count(&workspace.root().join(folder), &source, &|text| Ok(self::written(text)))?;
    }
    ensure!(ran == written, "{written} tests are written, but {ran} ran");
    say!("   {ran} tests ran, as many as are written");
    Ok(())
}

/// The sum of `of` over the wanted files below a folder.
fn count(folder: &Path, wanted: &dyn Fn(&str) -> bool, of: &dyn Fn(&str) -> Result<usize>) -> Result<usize> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut sum = 0;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        if path.is_dir() {
            sum += count(&path, wanted, of)?;
        } else if wanted(&entry.file_name().to_string_lossy()) {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            sum += of(&text).with_context(|| format!("in {}", path.display()))?;
        }
    }
    Ok(sum)
}

/// The number of tests in a source in Kotlin or Java.
fn written(source: &str) -> usize {
    source.lines().filter(|line| line.split_whitespace().next() == Some("@Test")).count()
}

/// The number of tests of a report that ran: all but the skipped ones.
fn ran(report: &str) -> Result<usize> {
    let suite = report.split_once("<testsuite ").and_then(|(_, rest)| rest.split_once('>'));
    let (suite, _) = suite.context("the report has no testsuite")?;
    let number = |name: &str| -> Result<usize> {
        let value = suite.split_once(&format!(" {name}=\"")).and_then(|(_, rest)| rest.split_once('"'));
        let (value, _) = value.with_context(|| format!("the testsuite has no {name}"))?;
        value.parse().with_context(|| format!("{name} is {value}"))
    };
    let (tests, skipped) = (number("tests")?, number("skipped")?);
    tests.checked_sub(skipped).with_context(|| format!("{skipped} of {tests} tests were skipped"))
}

/// One `score` through JNI, through JNA and in Rust, each in a separate process, one after the other.
fn bench(workspace: &Workspace) -> Result<()> {
    bindings::generate(workspace, Language::Kotlin)?;
    // The features of the tests, since their code is compiled as well.
    let package =
        ["--locked", "--release", "--package", "pupil-bindings", "--features", "deliberate-panic,jni"];
    workspace.cargo(&["build"]).args(package).run()?;
    maven(workspace, "release")?
        .args([&format!("-Dtest={BENCH}"), "-Dsurefire.failIfNoSpecifiedTests=true", "test"])
        .run()?;
    workspace.cargo(&["run"]).args(package).args(["--example", "call_time"]).run()
}

/// Maven on the project of the tests, with the versions and the library of that profile.
fn maven(workspace: &Workspace, profile: &str) -> Result<Run> {
    let versions = versions(workspace)?;
    let target = workspace.target();
    let run = workspace
        .command("mvn")
        .args(["--batch-mode", "--no-transfer-progress", "--file", "android/pom.xml"])
        .args([format!("-Dpupil.target={}", target.display())])
        .args([format!("-Dpupil.library={}", bindings::library(workspace, profile).display())])
        .args(versions.iter().map(|(name, version)| format!("-Dversions.{name}={version}")));
    Ok(run)
}

/// The versions by their names.
pub(crate) fn versions(workspace: &Workspace) -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(workspace.root().join(VERSIONS))
        .with_context(|| format!("cannot read {VERSIONS}"))?;
    let table: toml::Table = text.parse().with_context(|| format!("{VERSIONS} is not TOML"))?;
    let versions = table
        .get("versions")
        .and_then(toml::Value::as_table)
        .with_context(|| format!("{VERSIONS} has no table [versions]"))?;
    versions
        .iter()
        .map(|(name, version)| {
            let version = version.as_str().with_context(|| format!("the version {name} is not a string"))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_that_were_skipped_did_not_run() {
        let report = |counts: &str| {
            format!(
                "<?xml version=\"1.0\"?>\n<testsuite name=\"A\" {counts}>\n<testcase name=\"a\"/></testsuite>"
            )
        };
        assert_eq!(ran(&report(r#"tests="5" errors="0" skipped="2" failures="0""#)).unwrap(), 3);
        assert_eq!(ran(&report(r#"tests="5" errors="0" skipped="0" failures="0""#)).unwrap(), 5);
        for counts in
            [r#"tests="5""#, r#"skipped="0""#, r#"tests="1" skipped="2""#, r#"tests="x" skipped="0""#]
        {
            assert!(ran(&report(counts)).is_err(), "{counts}");
        }
        assert!(ran("").is_err());
    }

    #[test]
    fn tests_of_a_source_are_its_annotations() {
        let source = "import org.junit.Test\n\nclass ATest {\n    @Test\n    fun a() = Unit\n\n    \
                      @Test fun b() = Unit // as @Test\n}\n";
        assert_eq!(written(source), 2);
    }
}
