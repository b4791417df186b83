//! The Python package: its tests, Apache Spark, and the wheel.
//!
//! Everything that Python needs lies in `.tools/python`, a virtual environment with the versions of
//! `bindings/python/requirements.txt`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::bindings::{self, Language};
use crate::packages;
use crate::process::{Run, find_program};
use crate::steps::Steps;
use crate::workspace::Workspace;

/// The package, its tests and its examples.
const FOLDER: &str = "bindings/python";

/// The versions that the environment holds.
const REQUIREMENTS: &str = "bindings/python/requirements.txt";

/// How Python comes to a machine that lacks it.
const REMEDY: &str =
    "install Python 3.11 or later with venv (Debian: `apt-get install python3 python3-venv`)";

/// The generated code, under the name by which the package imports it.
const GENERATED: &str = "_pupil.py";

/// What to do with the package.
#[derive(Args)]
pub(crate) struct Options {
    /// Measures what a call costs through Python, beside the same call inside Rust
    #[arg(long)]
    overhead: bool,
    /// Builds no wheel, and runs the Python tests that `cargo xtask test` runs
    #[arg(long, conflicts_with = "overhead")]
    tests: bool,
}

/// Builds the wheel, installs it into a fresh environment and uses it there; or measures what a call costs, or runs the tests.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.tests {
        let mut steps = Steps::start(true);
        add(workspace, &mut steps)?;
        return steps.finish(false);
    }
    let wheel = wheel(workspace)?;
    let python = fresh_environment(workspace, &wheel)?;
    if options.overhead {
        return overhead(workspace, &python);
    }
    workspace.command(&python).args(["-I", "bindings/python/examples/first_score.py"]).run()?;
    let bytes = fs::metadata(&wheel)?.len();
    eprintln!("python: {} ({bytes} bytes) is installed and scores", wheel.display());
    Ok(())
}

/// Installs Python, where it is missing, as Debian packages; the rest comes with the first test.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    match missing_python(workspace) {
        None => Ok(()),
        Some(_) => packages::install(&["python3", "python3-venv"]),
    }
}

/// Adds the tests, or the note that they cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    let (tests, spark) = ("tests in Python", "tests on Apache Spark");
    if let Some(reason) = missing_python(workspace) {
        steps.not_run(tests, &reason, REMEDY);
        steps.not_run(spark, &reason, REMEDY);
        return Ok(());
    }
    steps.run(tests, || {
        let python = environment(workspace)?;
        let package = stage(workspace)?;
        workspace
            .command(&python)
            .args(["-m", "mypy", "--config-file", "bindings/python/pyproject.toml", "--cache-dir"])
            .args([workspace.target().join("mypy").as_os_str()])
            .args(["pupil_scorer", "tests", "examples", "benches"].map(|part| format!("{FOLDER}/{part}")))
            .run()?;
        pytest(workspace, &python, &package).args(["-m", "not spark"]).run()
    })?;
    if workspace.command("java").args(["-version"]).output().is_none() {
        let remedy = "install Java 17 or later (Debian: `apt-get install default-jre-headless`)";
        steps.not_run(spark, "there is no Java", remedy);
        return Ok(());
    }
    steps.run(spark, || {
        let python = environment(workspace)?;
        let package = stage(workspace)?;
        // The same choice of packages as the other tests, which have built it.
        workspace.cargo(&["build", "--locked", "--workspace", "--bin", "pupil"]).run()?;
        pytest(workspace, &python, &package)
            .args(["-m", "spark"])
            .env("PUPIL_CLI", workspace.target().join("debug/pupil"))
            .run()
    })
}

fn pytest(workspace: &Workspace, python: &Path, package: &Path) -> Run {
    workspace.command(python).env("PYTHONPATH", package).env("PYTHONDONTWRITEBYTECODE", "1").args([
        "-m",
        "pytest",
        "-q",
        "-c",
        "bindings/python/pyproject.toml",
        FOLDER,
    ])
}

/// Why Python cannot be used, where that is so.
fn missing_python(workspace: &Workspace) -> Option<String> {
    find_program("python3").is_none().then(|| "there is no python3".to_owned()).or_else(|| {
        let asked = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])";
        let Some(version) = workspace.command("python3").args(["-c", asked]).output() else {
            return Some("python3 comes without venv".to_owned());
        };
        let minor: Option<u32> = version.strip_prefix("3.").and_then(|minor| minor.parse().ok());
        minor.is_none_or(|minor| minor < 11).then(|| format!("python3 is {version}"))
    })
}

/// The interpreter of the environment in `.tools/python`, which is made anew when its versions change.
fn environment(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools().join("python");
    let python = interpreter(&folder);
    let wanted = fs::read_to_string(workspace.root().join(REQUIREMENTS)).context(REQUIREMENTS)?;
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    workspace.command("python3").args(["-m", "venv", "--clear"]).args([folder.as_os_str()]).run()?;
    workspace
        .command(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--requirement", REQUIREMENTS])
        .run()?;
    fs::write(stamp, wanted)?;
    Ok(python)
}

fn interpreter(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

/// Puts the package with the library for tests together, and gives the folder to put on Python's path.
fn stage(workspace: &Workspace) -> Result<PathBuf> {
    let generated = bindings::generate(workspace, Language::Python)?;
    let library = bindings::library(workspace, "debug");
    let path = workspace.target().join("python");
    let package = path.join("pupil_scorer");
    if path.exists() {
        fs::remove_dir_all(&path)?;
    }
    fs::create_dir_all(&package)?;
    for entry in fs::read_dir(workspace.root().join(FOLDER).join("pupil_scorer"))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), package.join(entry.file_name()))?;
        }
    }
    fs::copy(generated.join("pupil.py"), package.join(GENERATED))?;
    copy_library(&library, &package)?;
    Ok(path)
}

fn copy_library(library: &Path, folder: &Path) -> Result<PathBuf> {
    let to = folder.join(library.file_name().context("the library has no name")?);
    fs::copy(library, &to).with_context(|| library.display().to_string())?;
    Ok(to)
}

/// Builds the wheel with the release library, into `target/wheels`.
fn wheel(workspace: &Workspace) -> Result<PathBuf> {
    let python = environment(workspace)?;
    workspace.cargo(&["build", "--locked", "--release", "--package", "pupil-bindings"]).run()?;
    let library = bindings::library(workspace, "release");
    let engine = workspace.target().join("wheels/engine");
    let wheels = workspace.target().join("wheels");
    if wheels.exists() {
        fs::remove_dir_all(&wheels)?;
    }
    fs::create_dir_all(&engine)?;
    // Before it is stripped: what the generator reads is among the symbols.
    bindings::write_code(workspace, &library, Language::Python, &engine)?;
    fs::rename(engine.join("pupil.py"), engine.join(GENERATED))?;
    let copy = copy_library(&library, &engine)?;
    if cfg!(unix) {
        let level = if cfg!(target_os = "macos") { "-x" } else { "--strip-unneeded" };
        workspace.command("strip").args([level]).args([copy.as_os_str()]).run()?;
    }
    workspace
        .command(&python)
        .env("PUPIL_ENGINE", &engine)
        .args(["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"])
        .args(["--no-build-isolation", "--wheel-dir"])
        .args([wheels.as_os_str()])
        .args([format!("./{FOLDER}")])
        .run()?;
    let built: Vec<PathBuf> = fs::read_dir(&wheels)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .collect();
    ensure!(built.len() == 1, "{} wheels were built in {}, not one", built.len(), wheels.display());
    Ok(built.into_iter().next().expect("there is one, as was just checked"))
}

/// An environment that holds the wheel and what it depends on, nothing else.
fn fresh_environment(workspace: &Workspace, wheel: &Path) -> Result<PathBuf> {
    let folder = workspace.target().join("wheels/environment");
    workspace.command("python3").args(["-m", "venv", "--clear"]).args([folder.as_os_str()]).run()?;
    let python = interpreter(&folder);
    workspace
        .command(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args([wheel.as_os_str()])
        .run()?;
    Ok(python)
}

/// Measures in Python and in Rust, in turns.
fn overhead(workspace: &Workspace, python: &Path) -> Result<()> {
    workspace.cargo(&["build", "--locked", "--release", "--package", "pupil-bench"]).run()?;
    workspace
        .command(python)
        .args(["-I", "bindings/python/benches/overhead.py", "--rust"])
        .args([workspace.target().join("release/pupil-bench").as_os_str()])
        .run()
}
