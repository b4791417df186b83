//! Faults while files are written: a full disk, an error of the disk, a kill, each at every call that writes; and
//! limits of size and memory, and two writers.
//!
//! strace makes the faults in the programs as they are shipped. After each, a file that was there is what it was or
//! what it was to become; a program that failed has said so and left nothing beside it; and the same command does its
//! work once the fault is gone.

mod scenario;
mod strace;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use self::scenario::{COMMANDS, Scenario, TRAINER};
use self::strace::{Call, Fault};
use crate::packages;
use crate::process::{find_program, say};
use crate::workspace::Workspace;

/// What to try.
#[derive(Args)]
pub(crate) struct Options {
    /// The folder with the programs `pupil` and `pupil-train`; without it they are built
    #[arg(long, value_name = "FOLDER")]
    programs: Option<PathBuf>,
    /// Only scenarios whose name contains this
    #[arg(long, value_name = "NAME", default_value = "")]
    only: String,
    /// Of the trainer's calls, which are many, every n-th
    #[arg(long, value_name = "N", default_value_t = 1)]
    every: usize,
}

/// What came of the faults of one kind.
#[derive(Default)]
struct Tally {
    faults: usize,
    old: usize,
    new: usize,
    /// What must not be.
    wrong: Vec<String>,
}

/// Tries all faults and prints the table.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("the faults are made by strace, which is there for Linux alone");
    }
    if find_program("strace").is_none() {
        packages::install(&["strace"])?;
    }
    let programs = match &options.programs {
        Some(folder) => folder.clone(),
        None => built(workspace)?,
    };
    let scratch = workspace.target().join("faults");
    let mut wrong = Vec::new();
    say!("\n| what | fault | times | old file | new file | wrong |");
    say!("|---|---|---|---|---|---|");
    for scenario in COMMANDS.iter().chain([&TRAINER]).filter(|scenario| scenario.name.contains(&options.only))
    {
        let every = if scenario.program == TRAINER.program { options.every.max(1) } else { 1 };
        let bench = Bench { scenario, programs: &programs, folder: scratch.join(scenario.name) };
        for (title, tally) in bench.all(every)? {
            let Tally { faults, old, new, wrong: list } = tally;
            say!("| {} | {title} | {faults} | {old} | {new} | {} |", scenario.name, list.len());
            wrong.extend(list.into_iter().map(|what| format!("{}, {title}: {what}", scenario.name)));
        }
    }
    ensure!(wrong.is_empty(), "{} faults did harm:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// Builds both programs as they are shipped.
fn built(workspace: &Workspace) -> Result<PathBuf> {
    workspace
        .cargo(&["build", "--release", "--locked", "-p", "pupil-cli", "-p", "pupil-trainer", "--bins"])
        .run()?;
    Ok(workspace.target().join("release"))
}

/// A scenario in a folder of its own.
struct Bench<'a> {
    scenario: &'a Scenario,
    programs: &'a Path,
    folder: PathBuf,
}

impl Bench<'_> {
    /// Makes the folder as it is before the command runs.
    fn prepare(&self) -> Result<()> {
        let gone = fs::remove_dir_all(&self.folder);
        if let Err(error) = gone
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(error).with_context(|| format!("cannot empty {}", self.folder.display()));
        }
        fs::create_dir_all(&self.folder)?;
        for (name, text) in self.scenario.files {
            let path = self.folder.join(name);
            fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// The outputs as they are, without the seconds that they say something took.
    fn outputs(&self) -> Vec<Option<Vec<u8>>> {
        let read = |name: &&str| fs::read(self.folder.join(name)).ok().map(without_seconds);
        self.scenario.outputs.iter().map(read).collect()
    }

    fn run(&self, fault: Option<&Fault>) -> Result<strace::Ended> {
        strace::run(&self.programs.join(self.scenario.program), self.scenario.arguments, &self.folder, fault)
    }

    /// Every fault.
    fn all(&self, every: usize) -> Result<Vec<(String, Tally)>> {
        self.prepare()?;
        let before = self.outputs();
        let calls =
            strace::calls(&self.programs.join(self.scenario.program), self.scenario.arguments, &self.folder)?;
        let after = self.outputs();
        ensure!(after.iter().all(Option::is_some), "{} does not write what it should", self.scenario.name);
        let mut tallies = Vec::new();
        for (title, does) in
            [("full disk", "error=ENOSPC"), ("error of the disk", "error=EIO"), ("killed", "signal=SIGKILL")]
        {
            let mut tally = Tally::default();
            for Call { name, nth } in calls.iter().step_by(every) {
                let fault = Fault { call: name.clone(), nth: *nth, does };
                self.one(&fault, &before, &after, &mut tally)?;
            }
            tallies.push((title.to_owned(), tally));
        }
        for (title, limits) in scenario::LIMITS {
            let mut tally = Tally::default();
            for limit in limits {
                self.prepare()?;
                let program = self.programs.join(self.scenario.program);
                let ended = strace::limited(&program, self.scenario.arguments, &self.folder, limit)?;
                self.judge(limit, &ended, true, &before, &after, &mut tally)?;
            }
            tallies.push(((*title).to_owned(), tally));
        }
        let mut tally = Tally::default();
        for _ in 0..5 {
            self.prepare()?;
            let program = self.programs.join(self.scenario.program);
            let both = strace::at_once(&program, self.scenario.arguments, &self.folder)?;
            for ended in &both {
                self.judge("two at once", ended, false, &before, &after, &mut tally)?;
            }
        }
        tallies.push(("two writers".to_owned(), tally));
        Ok(tallies)
    }

    fn one(
        &self,
        fault: &Fault,
        before: &[Option<Vec<u8>>],
        after: &[Option<Vec<u8>>],
        tally: &mut Tally,
    ) -> Result<()> {
        self.prepare()?;
        let ended = self.run(Some(fault))?;
        // What cannot be removed stays.
        let may_leave = fault.does.contains("SIGKILL") || fault.call == "unlink";
        self.judge(&format!("{} {}", fault.call, fault.nth), &ended, may_leave, before, after, tally)
    }

    /// Compares what is there after a fault with what may be.
    fn judge(
        &self,
        what: &str,
        ended: &strace::Ended,
        may_leave: bool,
        before: &[Option<Vec<u8>>],
        after: &[Option<Vec<u8>>],
        tally: &mut Tally,
    ) -> Result<()> {
        tally.faults += 1;
        let mut wrong = |text: String| tally.wrong.push(format!("{what}: {text}"));
        let now = self.outputs();
        for (((name, now), old), new) in self.scenario.outputs.iter().zip(&now).zip(before).zip(after) {
            if !self.scenario.same(now.as_deref(), old.as_deref())
                && !self.scenario.same(now.as_deref(), new.as_deref())
            {
                wrong(format!(
                    "{name} has {:?} bytes, neither the old nor the new",
                    now.as_ref().map(Vec::len)
                ));
            }
        }
        let is_new =
            now.iter().zip(after).all(|(now, new)| self.scenario.same(now.as_deref(), new.as_deref()));
        if ended.is_ok() && !is_new {
            wrong("the program says that it has succeeded, and has not".into());
        }
        if !ended.is_ok() && !ended.is_killed() && ended.said.trim().is_empty() {
            wrong("the program has failed without a word".into());
        }
        if !may_leave && !ended.is_killed() && !partial(&self.folder)?.is_empty() {
            wrong(format!("left {:?}", partial(&self.folder)?));
        }
        if ended.said.contains("panicked") {
            wrong(format!("a panic: {}", ended.said.trim()));
        }
        *(if is_new { &mut tally.new } else { &mut tally.old }) += 1;
        // Once the fault is gone, the same command does its work.
        if !is_new {
            let again = self.run(None)?;
            let now = self.outputs();
            let same =
                now.iter().zip(after).all(|(now, new)| self.scenario.same(now.as_deref(), new.as_deref()));
            let is_mended = again.is_ok() && same;
            if !is_mended && !self.scenario.refuses(&again) {
                tally.wrong.push(format!("{what}: the next run does not mend it: {}", again.said.trim()));
            }
        }
        Ok(())
    }
}

/// A file without the lines of its field `seconds`.
fn without_seconds(bytes: Vec<u8>) -> Vec<u8> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    lines.filter(|line| !line.trim_ascii_start().starts_with(b"\"seconds\": ")).flatten().copied().collect()
}

/// Temporary files that lie in a folder or below it.
fn partial(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(partial(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "partial") {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_left_out_of_a_file() {
        let json = b"{\n  \"best\": 0,\n  \"seconds\": 0.25\n}\n\xff".to_vec();
        assert_eq!(without_seconds(json), b"{\n  \"best\": 0,\n}\n\xff");
    }
}
