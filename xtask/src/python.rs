//! The Python package: its tests, Apache Spark, and the wheel.
//!
//! Everything that Python needs is in `.tools/python`, a virtual environment with the versions of
//! `bindings/python/requirements.txt`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::bindings::{self, Language};
use crate::packages;
use crate::process::{Run, find_program, say};
use crate::steps::Steps;
use crate::workspace::{AS_FOR_TESTS, FEATURES, Workspace};

/// The package, its tests and its examples.
const FOLDER: &str = "bindings/python";

/// The versions that the environment holds.
const REQUIREMENTS: &str = "bindings/python/requirements.txt";

/// How to install Python.
const REMEDY: &str =
    "install Python 3.11 or later with venv (Debian: `apt-get install python3 python3-venv`)";

/// What to do with the package.
#[derive(Args)]
pub(crate) struct Options {
    /// Measures the cost of a call through Python, compared with the same call inside Rust
    #[arg(long)]
    bench: bool,
    /// Builds no wheel, and runs the Python tests that `cargo xtask test` runs
    #[arg(long, conflicts_with = "bench")]
    tests: bool,
}

/// Builds the wheel, installs it into a fresh environment and uses it there; or measures the cost of a call, or runs
/// the tests.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.tests {
        let mut steps = Steps::start(true);
        add(workspace, &mut steps)?;
        return steps.finish(true);
    }
    if let Some(reason) = missing_python(workspace) {
        bail!("{reason}: {REMEDY}");
    }
    let wheel = wheel(workspace)?;
    let python = fresh_environment(workspace, &wheel)?;
    if options.bench {
        return bench(workspace, &python);
    }
    workspace.command(&python).args(["-I", "bindings/python/examples/first_score.py"]).run()?;
    let bytes = fs::metadata(&wheel)?.len();
    say!("python: {} ({bytes} bytes) is installed and scores", wheel.display());
    Ok(())
}

/// Installs Python, if it is missing, as Debian packages; the first test installs the rest.
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
        workspace
            .cargo(&["build", "--locked", "--workspace", "--bin", "pupil", "--features", FEATURES])
            .args(AS_FOR_TESTS)
            .run()?;
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

/// Why Python cannot be used, if it cannot.
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

/// The interpreter of the environment in `.tools/python`, which is made again when its versions change.
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

/// Assembles the package with the library for tests, and returns the folder to add to Python's path.
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
    // The layout that maturin uses in the wheel.
    let engine = package.join("_pupil");
    fs::create_dir(&engine)?;
    fs::write(engine.join("__init__.py"), "from .pupil import *\n")?;
    fs::copy(generated.join("pupil.py"), engine.join("pupil.py"))?;
    let name = library.file_name().context("the library has no name")?;
    fs::copy(&library, engine.join(name)).with_context(|| library.display().to_string())?;
    Ok(path)
}

/// Builds the wheel with the release library, into `target/wheels`.
fn wheel(workspace: &Workspace) -> Result<PathBuf> {
    let python = environment(workspace)?;
    let wheels = workspace.target().join("wheels");
    // maturin packs all the code that it finds in its own folder, even that of another version.
    for folder in [&wheels, &workspace.target().join("maturin")] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    let built = wheels.join("built");
    workspace
        .command(&python)
        .dir(&workspace.root().join(FOLDER))
        .args(["-m", "maturin", "build", "--release", "--out"])
        .args([built.as_os_str()])
        .run()?;
    let wheel = only(&built)?;
    let to = wheels.join(wheel.file_name().context("the wheel has no name")?);
    if cfg!(unix) {
        strip(workspace, &python, &wheel, &wheels)?;
    } else {
        fs::copy(&wheel, &to)?;
    }
    ensure!(to.is_file(), "{} was not written", to.display());
    Ok(to)
}

/// Repacks a wheel into `wheels`, without the symbols that only the generator reads.
fn strip(workspace: &Workspace, python: &Path, wheel: &Path, wheels: &Path) -> Result<()> {
    let unpacked = wheels.join("unpacked");
    let tool = || workspace.command(python).args(["-m", "wheel"]);
    tool().args(["unpack", "--dest"]).args([&unpacked, wheel]).run()?;
    let content = only(&unpacked)?;
    let library = bindings::library(workspace, "release");
    let name = library.file_name().context("the library has no name")?;
    let level = if cfg!(target_os = "macos") { "-x" } else { "--strip-unneeded" };
    workspace.command("strip").args([level]).args([content.join("pupil_scorer/_pupil").join(name)]).run()?;
    // The earliest date of the zip format, which maturin writes too: the same source gives the same wheel.
    tool().env("SOURCE_DATE_EPOCH", "315532800").args(["pack", "--dest-dir"]).args([wheels, &content]).run()
}

/// The one entry of a folder.
fn only(folder: &Path) -> Result<PathBuf> {
    let entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    let [entry] = &entries[..] else {
        bail!("{} holds {} entries, not one", folder.display(), entries.len());
    };
    Ok(entry.clone())
}

/// What makes the reference.
const PDOC: &str = "pdoc==16.0.0";

/// Builds the reference of the package into a folder, from its wheel in a fresh environment.
pub(crate) fn reference(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    if let Some(reason) = missing_python(workspace) {
        bail!("{reason}: {REMEDY}");
    }
    let python = fresh_environment(workspace, &wheel(workspace)?)?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", PDOC];
    workspace.command(&python).args(pip).run()?;
    workspace
        .command(&python)
        .args(["-I", "-m", "pdoc", "--no-show-source", "--output-directory"])
        .args([folder.as_os_str(), "pupil_scorer".as_ref()])
        .run()?;
    Ok(folder.to_owned())
}

/// An environment with only the wheel and its dependencies.
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
fn bench(workspace: &Workspace, python: &Path) -> Result<()> {
    workspace.cargo(&["build", "--locked", "--release", "--package", "pupil-bench"]).run()?;
    workspace
        .command(python)
        .args(["-I", "bindings/python/benches/overhead.py", "--rust"])
        .args([workspace.target().join("release/pupil-bench").as_os_str()])
        .run()
}
