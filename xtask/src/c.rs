//! The library for C: its header, its tests, and the package with header and libraries.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::packages;
use crate::process::{find_program, say};
use crate::release;
use crate::steps::Steps;
use crate::workspace::{AS_FOR_TESTS, FEATURES, Workspace};

/// The header, which is written from the code.
const HEADER: &str = "bindings/c/include/pupil.h";

/// How C is compiled, in tests and examples.
const FLAGS: [&str; 8] =
    ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread", "-I", "bindings/c/include"];

/// Under valgrind, every tenth score and explanation: all of them take a minute.
const STEP: &str = "10";

/// And few races: it runs one thread at a time.
const RACES: &str = "6";

/// The profile of libraries that apps embed.
const PROFILE: &str = "mobile";

/// What cargo calls the libraries, on the platforms that have them.
const LIBRARIES: [&str; 7] = [
    "libpupil_c.so",
    "libpupil_c.dylib",
    "libpupil_c.a",
    "pupil_c.dll",
    "libpupil_c.dll.a",
    "pupil_c.dll.lib",
    "pupil_c.lib",
];

/// What to do with the library.
#[derive(Args)]
pub(crate) struct Options {
    /// Writes the header from the code, and builds no package
    #[arg(long)]
    header: bool,
    /// Runs the tests in C that `cargo xtask test` runs, and builds no package
    #[arg(long, conflicts_with = "header")]
    tests: bool,
    /// The platform to build for, such as x86_64-pc-windows-gnu; without it, this machine
    #[arg(long, value_name = "TRIPLE", conflicts_with_all = ["header", "tests"])]
    target: Option<String>,
}

/// Builds the package into `target/c`, and on this machine uses it; or writes the header, or runs the tests.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.header {
        build(workspace)?;
        fs::write(workspace.root().join(HEADER), header(workspace)?).context(HEADER)?;
        say!("c: {HEADER} is written");
        return Ok(());
    }
    if options.tests {
        let mut steps = Steps::start(true);
        add(workspace, &mut steps)?;
        return steps.finish(true);
    }
    package(workspace, options.target.as_deref())
}

/// Installs the compiler and valgrind, if they are missing, as Debian packages.
pub(crate) fn install(_: &Workspace) -> Result<()> {
    // valgrind needs the symbols of the C library, which Debian only recommends with it.
    let packages = [("cc", "gcc"), ("cc", "libc6-dev"), ("valgrind", "valgrind"), ("valgrind", "libc6-dbg")];
    let missing: Vec<&str> = packages
        .into_iter()
        .filter(|(program, _)| find_program(program).is_none())
        .map(|(_, package)| package)
        .collect();
    if missing.is_empty() { Ok(()) } else { packages::install(&missing) }
}

/// Adds the tests, or the note that they cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    let (name, checked) = ("tests in C", "tests in C under valgrind");
    let remedy =
        "install a C compiler and valgrind (Debian: `apt-get install gcc libc6-dev valgrind libc6-dbg`)";
    let valgrind = find_program("valgrind");
    if cfg!(windows) || find_program("cc").is_none() {
        steps.not_run(name, "there is no cc", remedy);
        steps.not_run(checked, "there is no cc", remedy);
        return Ok(());
    }
    let [cases, program, races] = ["cases.txt", "cases", "races"].map(|name| folder(workspace).join(name));
    steps.run(name, || {
        build(workspace)?;
        check_header(workspace)?;
        fs::create_dir_all(folder(workspace))?;
        let lines = workspace.command(debug(workspace).join("pupil-cases"));
        fs::write(&cases, format!("{}\n", lines.output().context("pupil-cases failed")?))?;
        compile(workspace, "bindings/c/tests/cases.c", &program)?;
        compile(workspace, "bindings/c/examples/score.c", &folder(workspace).join("score"))?;
        compile(workspace, "bindings/c/tests/races.c", &races)?;
        workspace.command(&program).args([&cases]).run()?;
        workspace.command(&races).run()
    })?;
    if valgrind.is_none() {
        steps.not_run(checked, "there is no valgrind", remedy);
        return Ok(());
    }
    steps.run(checked, || {
        let valgrind = |program: &[&OsStr]| {
            workspace
                .command("valgrind")
                .args(["-q", "--error-exitcode=9", "--suppressions=bindings/c/tests/valgrind.supp"])
                .args(["--leak-check=full", "--show-leak-kinds=definite,indirect,possible"])
                .args(["--errors-for-leak-kinds=definite,indirect,possible"])
                .args(program)
                .env("PUPIL_ROUNDS", RACES)
                .run()
        };
        valgrind(&[program.as_os_str(), cases.as_os_str(), STEP.as_ref()])?;
        valgrind(&[races.as_os_str()])
    })
}

/// The libraries and programs that the tests use: what the tests in Rust have built.
fn build(workspace: &Workspace) -> Result<()> {
    workspace
        .cargo(&["build", "--locked", "--workspace", "--exclude", "pupil-rivals", "--features", FEATURES])
        .args(["--lib", "--bin", "pupil-header", "--bin", "pupil-cases"])
        .args(AS_FOR_TESTS)
        .run()
}

/// What the header must be.
fn header(workspace: &Workspace) -> Result<String> {
    let text = workspace.command(debug(workspace).join("pupil-header")).output();
    Ok(format!("{}\n", text.context("pupil-header failed: run it in the root to see why")?))
}

/// Fails if the header is not that of the code.
fn check_header(workspace: &Workspace) -> Result<()> {
    let found = fs::read_to_string(workspace.root().join(HEADER)).context(HEADER)?;
    ensure!(
        found == header(workspace)?,
        "{HEADER} is not that of bindings/c/src: `cargo xtask c --header` writes it"
    );
    Ok(())
}

/// Compiles a C program that uses the library of the tests.
fn compile(workspace: &Workspace, source: &str, program: &Path) -> Result<()> {
    let library = debug(workspace);
    let found_at_run_time = format!("-Wl,-rpath,{}", library.display());
    workspace
        .command("cc")
        .args(FLAGS)
        .args([source, "-g", "-o"])
        .args([program])
        .args(["-L"])
        .args([&library])
        .args(["-lpupil_c", &found_at_run_time])
        .run()
}

/// Builds header, libraries and the example into a folder, and on this machine compiles and runs the example there.
fn package(workspace: &Workspace, target: Option<&str>) -> Result<()> {
    let package = folder(workspace).join(target.unwrap_or("package"));
    if package.exists() {
        fs::remove_dir_all(&package)?;
    }
    let mut build = workspace
        .cargo(&["rustc", "--locked", "--package", "pupil-c", "--lib", "--profile", PROFILE])
        .args(["--crate-type", "cdylib,staticlib"]);
    let mut built = workspace.target();
    if let Some(target) = target {
        build = build.args(["--target", target]);
        built = built.join(target);
    }
    release::to_ship(workspace, build, &[])?.run()?;
    for part in ["include", "lib"] {
        fs::create_dir_all(package.join(part))?;
    }
    fs::copy(workspace.root().join(HEADER), package.join("include/pupil.h"))?;
    fs::copy(workspace.root().join("bindings/c/examples/score.c"), package.join("score.c"))?;
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(workspace.root().join(licence), package.join(licence))?;
    }
    let mut bytes = Vec::new();
    for name in LIBRARIES {
        let from = built.join(PROFILE).join(name);
        if from.is_file() {
            bytes.push(format!("{name} ({} bytes)", fs::copy(&from, package.join("lib").join(name))?));
        }
    }
    if bytes.len() < 2 {
        bail!("cargo built {} libraries, not a shared and a static one", bytes.len());
    }
    if target.is_none() && cfg!(unix) {
        let example = |library: &[&str]| -> Result<()> {
            let model = workspace.root().join("models/mind-ca/mind-ca.pupil");
            let cc = workspace.command("cc").dir(&package).args([
                "-std=c11",
                "-Iinclude",
                "score.c",
                "-o",
                "score",
            ]);
            cc.args(library).run()?;
            let answer = ["mindca-ss_brian", "He thinks that they are in the other house"];
            workspace.command(package.join("score")).args([model.as_os_str()]).args(answer).run()
        };
        example(&["lib/libpupil_c.a", "-lm", "-lpthread", "-ldl"])?;
        // Beside the program, from wherever it is started.
        let beside = if cfg!(target_os = "macos") { "@loader_path" } else { "$ORIGIN" };
        example(&["-Llib", "-lpupil_c", &format!("-Wl,-rpath,{beside}/lib")])?;
        fs::remove_file(package.join("score"))?;
    }
    say!("c: {} has pupil.h and {}", package.display(), bytes.join(", "));
    Ok(())
}

/// Where programs of the tests, and packages, are.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("c")
}

/// Where cargo puts what the tests use.
fn debug(workspace: &Workspace) -> PathBuf {
    workspace.target().join("debug")
}
