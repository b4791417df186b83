//! A chain of named steps with timings and a table at the end.

use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::panic;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::{self, say};

/// How a chain of steps behaves.
#[derive(Args, Clone, Copy)]
pub(crate) struct RunOptions {
    /// Counts a step that could not run as a failure
    #[arg(long)]
    pub(crate) strict: bool,
    /// Goes on after a failed step and reports all of them at the end
    #[arg(long)]
    pub(crate) keep_going: bool,
}

/// The result of one step.
enum Outcome {
    Passed,
    Failed(String),
    /// Why it did not run, and what to do about it.
    NotRun {
        reason: String,
        remedy: String,
    },
}

/// The steps done so far.
pub(crate) struct Steps {
    keep_going: bool,
    started: Instant,
    done: Vec<(String, Duration, Outcome)>,
}

impl Steps {
    /// Starts the clock.
    pub(crate) fn start(keep_going: bool) -> Self {
        Self { keep_going, started: Instant::now(), done: Vec::new() }
    }

    /// Runs one step under a heading.
    ///
    /// # Errors
    ///
    /// The step's own error, unless the chain keeps going.
    pub(crate) fn run(&mut self, name: &str, body: impl FnOnce() -> Result<()>) -> Result<()> {
        heading(name);
        let started = Instant::now();
        let result = body();
        let took = started.elapsed();
        let outcome = match result {
            Ok(()) => {
                say!("   {name}: passed in {:.1} s", took.as_secs_f64());
                Outcome::Passed
            }
            Err(error) => {
                say!("   {name}: FAILED after {:.1} s: {error:#}", took.as_secs_f64());
                Outcome::Failed(format!("{error:#}"))
            }
        };
        let failed = matches!(outcome, Outcome::Failed(_));
        self.done.push((name.to_owned(), took, outcome));
        if failed && !self.keep_going {
            self.print_table();
            bail!("stopped at `{name}` (--keep-going runs the rest as well)");
        }
        Ok(())
    }

    /// Notes a step that cannot run here.
    pub(crate) fn not_run(&mut self, name: &str, reason: &str, remedy: &str) {
        heading(name);
        say!("   {name}: NOT RUN: {reason}\n   to run it: {remedy}");
        let outcome = Outcome::NotRun { reason: reason.to_owned(), remedy: remedy.to_owned() };
        self.done.push((name.to_owned(), Duration::ZERO, outcome));
    }

    /// Runs two chains in parallel: while one waits for a download, or uses a single core, the other continues.
    ///
    /// The output of the first one goes into the file and is printed when both are done.
    ///
    /// # Errors
    ///
    /// That of either chain.
    pub(crate) fn beside(
        &mut self,
        log: &Path,
        first: impl FnOnce(&mut Self) -> Result<()> + Send,
        second: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        say!(
            "   steps that run in parallel with the next ones are printed after them, from {}",
            log.display()
        );
        let mut lane = Self::start(self.keep_going);
        let (beside, here) = thread::scope(|scope| {
            let lane = &mut lane;
            let beside = scope.spawn(move || {
                process::log_into(file);
                first(lane)
            });
            let here = second(self);
            (beside.join(), here)
        });
        let text = fs::read(log).with_context(|| format!("cannot read {}", log.display()))?;
        io::stderr().write_all(&text).context("cannot print the log")?;
        self.done.append(&mut lane.done);
        here.and(beside.unwrap_or_else(|reason| panic::resume_unwind(reason)))
    }

    /// Prints the table and says whether all went well.
    ///
    /// # Errors
    ///
    /// When a step failed, or, with `strict`, when one did not run.
    pub(crate) fn finish(self, strict: bool) -> Result<()> {
        self.print_table();
        let failed = self.done.iter().filter(|(_, _, outcome)| matches!(outcome, Outcome::Failed(_))).count();
        let not_run =
            self.done.iter().filter(|(_, _, outcome)| matches!(outcome, Outcome::NotRun { .. })).count();
        if failed > 0 {
            bail!("{failed} of {} steps failed", self.done.len());
        }
        if not_run > 0 && strict {
            bail!("{not_run} of {} steps did not run, and --strict asks for all", self.done.len());
        }
        Ok(())
    }

    /// Prints one line per step, the slowest first. Steps that ran in parallel are counted in full.
    fn print_table(&self) {
        heading("summary, the slowest step first");
        let width = self.done.iter().map(|(name, _, _)| name.len()).max().unwrap_or(0);
        let mut slowest: Vec<_> = self.done.iter().collect();
        slowest.sort_by_key(|(_, took, _)| Reverse(*took));
        for (name, took, outcome) in slowest {
            let seconds = took.as_secs_f64();
            match outcome {
                Outcome::Passed => say!("   {name:<width$}  {seconds:>7.1} s  passed"),
                Outcome::Failed(why) => say!("   {name:<width$}  {seconds:>7.1} s  FAILED: {why}"),
                Outcome::NotRun { reason, remedy } => {
                    say!("   {name:<width$}        -    NOT RUN: {reason}; to run it: {remedy}");
                }
            }
        }
        say!("   {:<width$}  {:>7.1} s", "total", self.started.elapsed().as_secs_f64());
    }
}

/// Prints a heading that stands out in a long log.
fn heading(name: &str) {
    say!("\n== {name} {}", "=".repeat(100_usize.saturating_sub(name.len() + 4)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_beside_others_are_in_the_one_table_and_either_failure_counts() {
        let log = std::env::temp_dir().join(format!("xtask-steps-{}", std::process::id()));
        let mut steps = Steps::start(true);
        let both = steps.beside(
            &log,
            |lane| {
                lane.run("a", || {
                    say!("said by a");
                    bail!("broken")
                })
            },
            |steps| steps.run("b", || Ok(())),
        );
        assert!(both.is_ok());
        let names: Vec<&str> = steps.done.iter().map(|(name, _, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert!(fs::read_to_string(&log).unwrap().contains("said by a\n"));
        assert!(steps.finish(false).is_err());

        let mut steps = Steps::start(false);
        let stops = |lane: &mut Steps| lane.run("a", || bail!("broken"));
        assert!(steps.beside(&log, stops, |steps| steps.run("b", || Ok(()))).is_err());
        fs::remove_file(log).unwrap();
    }
}
