//! The number of instructions for kernels and answers, which does not depend on the load of the machine.
//!
//! The program `count` of the benches runs one case several times. The difference between [`TIMES`] runs and twice as
//! many is the cost of the case alone.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::arm;
use crate::process::{Run, find_program, say};
use crate::workspace::Workspace;

/// How often a case runs, in the smaller of two counts.
const TIMES: u64 = 2;

/// A long text has as many bytes as so many short ones.
const SHORT_TEXTS: u64 = 16;

/// The most that a long text may take, as a share of what the short ones take: what grows with the square of the length
/// takes sixteen times as long.
const MOST_RATIO: f64 = 1.5;

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
    /// Instead, compares a score of a text of 1 MiB with sixteen scores of 64 KiB, for texts that are meant to be slow;
    /// fails if it takes a half more
    #[arg(long, conflicts_with_all = ["case", "from"])]
    texts: bool,
    /// Which compiler builds the program for Arm
    #[arg(long, value_enum, default_value_t)]
    from: arm::Source,
}

/// Counts on each kind of CPU whose tools are installed, and reports what is missing for the others.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.texts {
        return texts(workspace);
    }
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

/// Compares long texts with short ones.
fn texts(workspace: &Workspace) -> Result<()> {
    ensure!(find_program(VALGRIND).is_some(), "{VALGRIND} is not installed");
    workspace.cargo(&BUILD).run()?;
    let program = workspace.target().join("release").join(PROGRAM);
    let under = || {
        Run::program(VALGRIND).args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).args([&program])
    };
    let names = Run::program(&program).output().context("the program does not name its cases")?;
    let mut slow = Vec::new();
    say!("   {:<24} {:>16} {:>16} {:>6}", "text", "16 of 64 KiB", "1 MiB", "ratio");
    for long in names.lines().filter(|name| name.starts_with("text/") && name.ends_with("/1024")) {
        let text = long.trim_end_matches("/1024");
        let several = SHORT_TEXTS * instructions(&under, &format!("{text}/64"), 1)?;
        let one = instructions(&under, long, 1)?;
        let ratio = one as f64 / several as f64;
        say!("   {text:<24} {several:>16} {one:>16} {ratio:>6.2}");
        if ratio > MOST_RATIO {
            slow.push(format!("{text}: {ratio:.2}"));
        }
    }
    ensure!(slow.is_empty(), "more than linear in the text: {}", slow.join(", "));
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
    // Texts take minutes: only where they are asked for.
    let wanted = |name: &&str| name.contains(part) && (name.starts_with("text/") <= part.starts_with("text"));
    for name in names.lines().filter(wanted) {
        println!("{name:<40} {:>12}", instructions(&program, name, TIMES)?);
    }
    Ok(())
}

/// The instructions of one run of a case.
fn instructions(program: &impl Fn() -> Run, name: &str, times: u64) -> Result<u64> {
    let executed = |times: u64| {
        let text = program().args([name, &times.to_string()]).stderr()?;
        collected(&text).with_context(|| format!("no number of instructions in: {text}"))
    };
    let (once, twice) = (executed(times)?, executed(2 * times)?);
    if twice < once {
        bail!("{name} takes {once} instructions, but {twice} for twice as many runs");
    }
    Ok((twice - once) / times)
}

/// The number after `Collected :`, which valgrind and the plugin write.
pub(crate) fn collected(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
}
