//! Prints the figures as a table or as JSON.
#![expect(clippy::print_stdout, reason = "this program prints the figures")]

use std::collections::BTreeMap;

use serde::Serialize;

use crate::failure::Failure;
use crate::machine::Processor;
use crate::measure::AnswerTimes;

/// All figures.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) version: &'static str,
    pub(crate) cpu: Processor,
    pub(crate) model: String,
    pub(crate) task: String,
    pub(crate) file_bytes: usize,
    /// The first opening.
    pub(crate) load_ms: f64,
    /// Median of later openings.
    pub(crate) load_again_ms: f64,
    /// The first score.
    pub(crate) first_ms: f64,
    /// Peak memory of the process until the answers were scored, in MiB.
    pub(crate) peak_mib: Option<f64>,
    /// Memory at that time, in MiB.
    pub(crate) now_mib: Option<f64>,
    /// Size of packed weights and tables in bytes, which are part of it.
    pub(crate) packed_bytes: usize,
    /// Size of the tables in bytes, which are part of those.
    pub(crate) table_bytes: usize,
    pub(crate) variants: BTreeMap<&'static str, &'static str>,
    pub(crate) answers: Vec<AnswerTimes>,
}

impl Report {
    pub(crate) fn print_json(&self) -> Result<(), Failure> {
        println!("{}", serde_json::to_string_pretty(self)?);
        Ok(())
    }

    pub(crate) fn print(&self) {
        let Self { cpu, model, task, .. } = self;
        println!("cpu           {}, {}, {} cores", cpu.name, cpu.arch, cpu.cores);
        println!("              {}", cpu.features);
        println!("model         {model}, task {task}, {} bytes", self.file_bytes);
        println!("load          {:.3} ms, again {:.3} ms", self.load_ms, self.load_again_ms);
        println!("first score   {:.3} ms", self.first_ms);
        let mib =
            |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), |mib| format!("{mib:.1} MiB"));
        println!(
            "memory        at most {}, now {}; packed weights {} bytes, of these tables {}",
            mib(self.peak_mib),
            mib(self.now_mib),
            self.packed_bytes,
            self.table_bytes
        );
        for answer in &self.answers {
            println!("\n{} words, {} tokens", answer.words, answer.tokens);
            println!(
                "  warm score  median {:.2} us, 95 of 100 within {:.2} us, least {:.2} us",
                answer.median_us, answer.p95_us, answer.min_us
            );
            for stage in &answer.stages {
                println!("  {:<11} {:>9.2} us", stage.stage, stage.us);
            }
            println!(
                "  {:<15} {:<12} {:<24} {:>5} {:>12} {:>12} {:>14} {:>7} {:>10}",
                "op", "variant", "shape", "calls", "us a call", "us", "multiply-adds", "a ns", "weights"
            );
            for op in &answer.ops {
                println!(
                    "  {:<15} {:<12} {:<24} {:>5} {:>12.3} {:>12.2} {:>14} {:>7.1} {:>10}",
                    op.op,
                    op.variant,
                    op.shape,
                    op.calls,
                    op.us_per_call,
                    op.us_per_answer,
                    op.multiply_adds * op.calls,
                    op.multiply_adds as f64 / (op.us_per_call * 1e3),
                    op.weight_bytes * op.calls
                );
            }
            println!(
                "  {:<58} {:>12} {:>12.2} {:>14} {:>7} {:>10}",
                "all of them",
                "",
                answer.ops.iter().map(|op| op.us_per_answer).sum::<f64>(),
                answer.ops.iter().map(|op| op.multiply_adds * op.calls).sum::<usize>(),
                "",
                answer.ops.iter().map(|op| op.weight_bytes * op.calls).sum::<usize>()
            );
        }
    }
}
