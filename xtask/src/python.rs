//! The Python package: its tests, Apache Spark, wheels, and the source distribution.
//!
//! Everything that Python needs is in `.tools/python`, a virtual environment with the versions of
//! `bindings/python/requirements.txt`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::packages;
use crate::process::{Run, find_program, say};
use crate::release;
use crate::steps::Steps;
use crate::toolchain::Toolchain;
use crate::workspace::{AS_FOR_TESTS, FEATURES, Workspace};

/// The package, its tests and its examples.
const FOLDER: &str = "bindings/python";

/// The versions that the environment holds.
const REQUIREMENTS: &str = "bindings/python/requirements.txt";

/// The C compiler for wheels of other platforms, which only they need.
const ZIG: &str = "ziglang==0.17.1";

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
    /// Builds a wheel for another platform, such as aarch64-unknown-linux-musl, with the C compiler of the package
    /// ziglang
    #[arg(long, value_name = "TRIPLE", conflicts_with_all = ["bench", "tests"])]
    target: Option<String>,
    /// The oldest C library that the wheel needs: manylinux2014, musllinux_1_2
    #[arg(long, value_name = "TAG", requires = "target")]
    compatibility: Option<String>,
    /// Builds the source distribution, and installs it into a fresh environment, which compiles it
    #[arg(long, conflicts_with_all = ["bench", "tests", "target"])]
    sdist: bool,
}

/// Builds a wheel or the source distribution, installs it into a fresh environment and uses it there; or measures the
/// cost of a call, or runs the tests.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.tests {
        let mut steps = Steps::start(true);
        add(workspace, &mut steps)?;
        return steps.finish(true);
    }
    if let Some(reason) = missing_python(workspace) {
        bail!("{reason}: {REMEDY}");
    }
    if let Some(target) = &options.target {
        let package = wheel_for(workspace, target, options.compatibility.as_deref())?;
        say!("python: {} has {} bytes", package.display(), fs::metadata(&package)?.len());
        return Ok(());
    }
    let package = if options.sdist { sdist(workspace)? } else { wheel(workspace)? };
    let python = fresh_environment(workspace, &package)?;
    if options.bench {
        return bench(workspace, &python);
    }
    workspace.command(&python).args(["-I", "bindings/python/examples/first_score.py"]).run()?;
    let bytes = fs::metadata(&package)?.len();
    say!("python: {} ({bytes} bytes) is installed and scores", package.display());
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
        // What the stub says of the extension module, compared with the module.
        workspace
            .command(&python)
            .env("PYTHONPATH", &package)
            .args([
                "-m",
                "mypy.stubtest",
                "pupil_scorer._pupil",
                "--ignore-missing-stub",
                "--mypy-config-file",
            ])
            .args(["bindings/python/pyproject.toml"])
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
            .cargo(&["build", "--locked", "--workspace", "--exclude", "pupil-rivals", "--features", FEATURES])
            .args(["--bin", "pupil"])
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
///
/// The library is the one that the tests in Rust have built: a wheel would compile the engine once more.
fn stage(workspace: &Workspace) -> Result<PathBuf> {
    workspace
        .cargo(&["build", "--locked", "--workspace", "--exclude", "pupil-rivals", "--features", FEATURES])
        .args(["--lib"])
        .args(AS_FOR_TESTS)
        .run()?;
    let path = workspace.target().join("python");
    let package = path.join("pupil_scorer");
    if path.exists() {
        fs::remove_dir_all(&path)?;
    }
    copy(&workspace.root().join(FOLDER).join("pupil_scorer"), &package)?;
    let name = format!("{}pupil_python{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    let library = workspace.target().join("debug").join(name);
    let module = if cfg!(windows) { "_pupil.pyd" } else { "_pupil.abi3.so" };
    fs::copy(&library, package.join(module)).with_context(|| library.display().to_string())?;
    Ok(path)
}

/// Copies a folder, and what its links lead to; not what Python has compiled.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let name = path.file_name().context("an entry has no name")?;
        if path.is_file() {
            fs::copy(&path, to.join(name)).with_context(|| path.display().to_string())?;
        } else if name != "__pycache__" {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

/// Where packages are built.
fn wheels(workspace: &Workspace) -> PathBuf {
    workspace.target().join("wheels")
}

/// Builds the wheel for this machine into `target/wheels`.
fn wheel(workspace: &Workspace) -> Result<PathBuf> {
    maturin(workspace, &wheels(workspace).join("here"), &["build".into(), "--locked".into()], |command| {
        command
    })
}

/// Builds the source distribution into `target/wheels`.
fn sdist(workspace: &Workspace) -> Result<PathBuf> {
    maturin(workspace, &wheels(workspace).join("sdist"), &["sdist".into()], |command| command)
}

/// Builds a wheel for another platform, whose C library is that of the tag or a later one.
fn wheel_for(workspace: &Workspace, target: &str, compatibility: Option<&str>) -> Result<PathBuf> {
    let toolchain = Toolchain::of(workspace, target).with_context(|| {
        format!("no compiler has the standard library of {target}: `rustup target add {target}`")
    })?;
    let mut arguments: Vec<OsString> = ["build", "--locked", "--target", target].map(OsString::from).into();
    // A C compiler that links with a C library of any age; the one for Windows has its own.
    if !target.contains("windows") {
        let python = environment(workspace)?;
        workspace.command(&python).args(["-m", "pip", "install", "--quiet", ZIG]).run()?;
        arguments.push("--zig".into());
    }
    if let Some(tag) = compatibility {
        arguments.extend(["--compatibility", tag].map(OsString::from));
    }
    let built = toolchain.target(workspace, "wheels");
    // Where maturin looks for the package ziglang.
    let python = environment(workspace)?;
    maturin(workspace, &wheels(workspace).join(target), &arguments, |command| {
        let command = command.env("CARGO_ZIGBUILD_PYTHON_PATH", python);
        toolchain.compile(command).env("CARGO_TARGET_DIR", built)
    })
}

/// Runs maturin, which writes one file into the folder.
fn maturin(
    workspace: &Workspace,
    folder: &Path,
    arguments: &[OsString],
    with: impl FnOnce(Run) -> Run,
) -> Result<PathBuf> {
    let python = environment(workspace)?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let command = workspace
        .command(&python)
        .dir(&workspace.root().join(FOLDER))
        .args(["-m", "maturin"])
        .args(arguments)
        .args(["--out"])
        .args([folder.as_os_str()]);
    release::to_ship(workspace, with(command), &[])?.run()?;
    only(folder)
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
    // The types of pandas appear in signatures.
    let pandas = ["pandas", "--constraint", "bindings/python/requirements.txt"];
    workspace.command(&python).args(pip).args(pandas).run()?;
    workspace
        .command(&python)
        .args(["-I", "-m", "pdoc", "--no-show-source", "--output-directory"])
        .args([folder.as_os_str(), "pupil_scorer".as_ref()])
        .run()?;
    Ok(folder.to_owned())
}

/// An environment with only the package and its dependencies.
fn fresh_environment(workspace: &Workspace, package: &Path) -> Result<PathBuf> {
    let folder = workspace.target().join("wheels/environment");
    workspace.command("python3").args(["-m", "venv", "--clear"]).args([folder.as_os_str()]).run()?;
    let python = interpreter(&folder);
    workspace
        .command(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args([package.as_os_str()])
        .run()?;
    Ok(python)
}

/// Measures in Python and in Rust, in turns; both compiled with the profile of the wheel.
fn bench(workspace: &Workspace, python: &Path) -> Result<()> {
    let cargo = workspace.cargo(&["build", "--locked", "--profile", "mobile", "--package", "pupil-bench"]);
    release::to_ship(workspace, cargo, &[])?.run()?;
    workspace
        .command(python)
        .args(["-I", "bindings/python/benches/overhead.py", "--rust"])
        .args([workspace.target().join("mobile/pupil-bench").as_os_str()])
        .run()
}
