//! A chain of named steps with timings and a table at the end.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;

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

/// What became of one step.
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
                eprintln!("   {name}: passed in {:.1} s", took.as_secs_f64());
                Outcome::Passed
            }
            Err(error) => {
                eprintln!("   {name}: FAILED after {:.1} s: {error:#}", took.as_secs_f64());
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
        eprintln!("   {name}: NOT RUN: {reason}\n   to run it: {remedy}");
        let outcome = Outcome::NotRun { reason: reason.to_owned(), remedy: remedy.to_owned() };
        self.done.push((name.to_owned(), Duration::ZERO, outcome));
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

    /// Prints one line per step.
    fn print_table(&self) {
        heading("summary");
        let width = self.done.iter().map(|(name, _, _)| name.len()).max().unwrap_or(0);
        for (name, took, outcome) in &self.done {
            let seconds = took.as_secs_f64();
            match outcome {
                Outcome::Passed => eprintln!("   {name:<width$}  {seconds:>7.1} s  passed"),
                Outcome::Failed(why) => eprintln!("   {name:<width$}  {seconds:>7.1} s  FAILED: {why}"),
                Outcome::NotRun { reason, remedy } => {
                    eprintln!("   {name:<width$}        -    NOT RUN: {reason}; to run it: {remedy}");
                }
            }
        }
        eprintln!("   {:<width$}  {:>7.1} s", "total", self.started.elapsed().as_secs_f64());
    }
}

/// Prints a heading that stands out in a long log.
fn heading(name: &str) {
    eprintln!("\n== {name} {}", "=".repeat(100_usize.saturating_sub(name.len() + 4)));
}
