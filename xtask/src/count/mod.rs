//! The number of instructions for kernels and answers, which does not depend on the load of the machine.
//!
//! The program `count` of the benches runs one case several times. The difference between [`TIMES`] runs and twice as
//! many is the cost of the case alone.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::arm;
use crate::process::{Run, find_program, say};
use crate::workspace::Workspace;

/// How often a case runs, in the smaller of two counts.
const TIMES: u64 = 2;

/// Builds the program of `pupil-benches` that is counted, whose name is [`PROGRAM`].
pub(crate) const BUILD: [&str; 7] =
    ["build", "--release", "--locked", "--package", "pupil-benches", "--bin", "count"];

/// The program.
pub(crate) const PROGRAM: &str = "count";

/// The qemu plugin that counts.
const PLUGIN: &str = include_str!("plugin.c");

/// The program that counts on a machine with an x86-64 CPU.
const VALGRIND: &str = "valgrind";

/// What to count.
#[derive(Args)]
pub(crate) struct Options {
    /// Counts only cases whose name, `op/variant/shape`, contains this
    case: Option<String>,
    /// Which compiler builds the program for Arm
    #[arg(long, value_enum, default_value_t)]
    from: arm::Source,
}

/// Counts on each kind of CPU whose tools are installed, and reports what is missing for the others.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let case = options.case.as_deref().unwrap_or("");
    match arm::ready(workspace, options.from) {
        Ok(compiler) => {
            let plugin = plugin(workspace)?;
            compiler.cargo(workspace, &BUILD).run()?;
            let program = compiler.folder(workspace).join("release").join(PROGRAM);
            count("64-bit Arm under qemu, CPU max", case, || {
                let plugin = format!("file={}", plugin.display());
                Run::program(arm::QEMU).args([&program]).env("QEMU_CPU", "max").env("QEMU_PLUGIN", plugin)
            })?;
        }
        Err(missing) => say!("count: nothing on Arm: {missing}; to install it: cargo xtask setup --arm"),
    }
    if cfg!(target_arch = "x86_64") {
        if find_program(VALGRIND).is_none() {
            say!("count: nothing on x86-64: {VALGRIND} is not installed");
            return Ok(());
        }
        workspace.cargo(&BUILD).run()?;
        let program = workspace.target().join("release").join(PROGRAM);
        count("x86-64 under valgrind, which knows AVX2 and nothing later", case, || {
            Run::program(VALGRIND)
                .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
                .args([&program])
        })?;
    }
    Ok(())
}

/// Builds the plugin with the C compiler of this machine.
pub(crate) fn plugin(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target().join("count");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (source, built) = (folder.join("plugin.c"), folder.join("plugin.so"));
    fs::write(&source, PLUGIN).with_context(|| format!("cannot write {}", source.display()))?;
    let paths: [&Path; 3] = [&source, "-o".as_ref(), &built];
    workspace.command("cc").args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror"]).args(paths).run()?;
    Ok(built)
}

/// Prints the instructions of each case of a program.
#[expect(clippy::print_stdout, reason = "the numbers are the output")]
fn count(title: &str, part: &str, program: impl Fn() -> Run) -> Result<()> {
    println!("\n{title}");
    let names = program().output().context("the program does not name its cases")?;
    for name in names.lines().filter(|name| name.contains(part)) {
        let executed = |times: u64| {
            let text = program().args([name, &times.to_string()]).stderr()?;
            collected(&text).with_context(|| format!("no number of instructions in: {text}"))
        };
        let (once, twice) = (executed(TIMES)?, executed(2 * TIMES)?);
        if twice < once {
            bail!("{name} takes {once} instructions, but {twice} for twice as many runs");
        }
        println!("{name:<40} {:>12}", (twice - once) / TIMES);
    }
    Ok(())
}

/// The number after `Collected :`, which valgrind and the plugin write.
pub(crate) fn collected(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
}
