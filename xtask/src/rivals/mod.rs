//! Compares Pupil with other runtimes: fetches them, converts the models, and runs the comparison.

mod arm;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::{find_program, say};
use crate::workspace::Workspace;

/// Options.
#[derive(Args)]
pub(crate) struct Options {
    /// Fetches, builds and converts, without measuring
    #[arg(long)]
    prepare: bool,
    /// Counts instructions on emulated Arm CPUs, in place of the times on this one
    #[arg(long)]
    arm: bool,
    /// Arguments for the comparison, for example `--only minilm --rounds 5`
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Runs the comparison.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let folder = workspace.tools().join("rivals");
    let (venv, models) = (folder.join("venv"), folder.join("models"));
    let python = venv.join("bin").join("python");
    let sources = workspace.root().join("benches").join("rivals");
    install(workspace, &venv, &sources.join("requirements.txt"))?;
    workspace.cargo(&["build", "--locked", "--release", "--package", "pupil-rivals"]).run()?;
    let program = workspace.target().join("release").join("pupil-rivals");
    workspace.command(&program).args(["prepare"]).args([&models]).run()?;
    workspace.command(&python).args([sources.join("convert.py")]).args([&models]).run()?;
    if options.arm {
        return arm::run(workspace, &folder);
    }
    if options.prepare {
        say!("rivals: ready to be compared");
        return Ok(());
    }
    workspace
        .command(&program)
        .args(["run"])
        .args([&models])
        .args(["--onnxruntime".into(), library(workspace, &python)?])
        .args(["--python".into(), python])
        .args(["--out".into(), workspace.target()])
        .args(&options.rest)
        .env("RAYON_NUM_THREADS", "1")
        .run()
}

/// Makes the virtual environment, unless it has everything in the list.
fn install(workspace: &Workspace, venv: &PathBuf, list: &PathBuf) -> Result<()> {
    let wanted = fs::read(list).with_context(|| format!("cannot read {}", list.display()))?;
    let installed = venv.join("installed.txt");
    if fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    if find_program("python3").is_none() {
        bail!("ONNX Runtime and LiteRT come as Python packages: install python3 with venv and pip");
    }
    workspace.command("python3").args(["-m", "venv"]).args([venv]).run()?;
    let pip = ["-m", "pip", "install", "--quiet", "--only-binary=:all:", "--requirement"];
    workspace.command(venv.join("bin").join("python")).args(pip).args([list]).run()?;
    fs::write(&installed, wanted).with_context(|| format!("cannot write {}", installed.display()))
}

/// The shared library in the package of ONNX Runtime.
fn library(workspace: &Workspace, python: &PathBuf) -> Result<PathBuf> {
    let code = "import glob, importlib.util as u, os; \
                print(glob.glob(os.path.join(os.path.dirname(u.find_spec('onnxruntime').origin), 'capi', \
                'libonnxruntime.*'))[0])";
    let found = workspace.command(python).args(["-c", code]).output();
    Ok(found.context("the package of ONNX Runtime holds no shared library")?.into())
}
