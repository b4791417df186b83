//! The comparison: every round runs every runtime, so that other load on the machine affects all of them alike.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use pupil_benches::Numbers;
use pupil_core::cpu::{Cpu, FeatureSet};
use pupil_core::kernels::Kernels;

use crate::alone;
use crate::candle::Candle;
use crate::litert::{LiteRt, Python};
use crate::model::{CLASS, Files, Model};
use crate::onnxruntime::{self, OnnxRuntime};
use crate::picture;
use crate::pupil::Pupil;
use crate::report::{Report, Row, Spread, Table, Unsupported};
use crate::system::System;
use crate::tract::Tract;

/// The largest allowed difference between probabilities of runtimes that compute in f32.
const FLOAT_TOLERANCE: f32 = 1e-4;
/// The largest allowed difference between probabilities of quantizing runtimes and of f32.
const INTEGER_TOLERANCE: f32 = 0.1;

/// Options of `pupil-rivals compare`.
#[derive(Args)]
pub(crate) struct Options {
    /// The folder with the models
    folder: PathBuf,
    /// Shared library of ONNX Runtime
    #[arg(long)]
    onnxruntime: PathBuf,
    /// Python that has LiteRT
    #[arg(long)]
    python: PathBuf,
    /// The folder for rivals.md and rivals.json
    #[arg(long)]
    out: PathBuf,
    /// Compare only this model
    #[arg(long, value_enum)]
    only: Option<Model>,
    /// The number of rounds; without it, each table has its own
    #[arg(long)]
    rounds: Option<usize>,
}

/// Seconds, for every runtime and round.
type Times = Vec<Vec<f64>>;

/// How exact the probabilities of a runtime must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exact {
    Float,
    Integer,
    /// Runs no model.
    Not,
}

/// The runtimes that run a model, and those that cannot run it.
struct Runtimes {
    systems: Vec<(Exact, Box<dyn System>)>,
    missing: Vec<Unsupported>,
}

/// Runs the comparison, prints it and writes it to files.
pub(crate) fn run(options: &Options) -> Result<()> {
    let threads = candle_core::utils::get_num_threads();
    ensure!(threads == 1, "candle would use {threads} threads: set RAYON_NUM_THREADS=1");
    let environment = onnxruntime::load(&options.onnxruntime)?;
    let python = Python::start(&options.python)?;
    let mut report = Report::new(&mut python.borrow_mut())?;
    for model in Model::ALL.into_iter().filter(|m| options.only.is_none_or(|only| only == *m)) {
        let files = Files::new(&options.folder, model);
        for length in model.lengths() {
            eprintln!("{}, {length} tokens", model.name());
            let ids = model.ids(*length);
            let mut runtimes = Runtimes::new(model, *length, &files, &environment, &python)?;
            let differences = runtimes.check(&ids)?;
            let (rounds, block) = match model {
                Model::ELstm => (101, 0.003),
                Model::MiniLm => (21, 0.015),
            };
            let rounds = options.rounds.unwrap_or(rounds);
            let seconds = runtimes.time_calls(&ids, rounds, block)?;
            report.add(Table {
                title: format!("{}, {length} tokens", model.title()),
                unit: model.unit(),
                rounds,
                rows: runtimes.rows(&[seconds], &differences),
                columns: &["an answer"],
                missing: std::mem::take(&mut runtimes.missing),
            })?;
            if Some(*length) == model.class_length() {
                eprintln!("{}, a class", model.name());
                let class = vec![ids.clone(); CLASS];
                let rounds = options.rounds.unwrap_or(21);
                let seconds = runtimes.time_classes(&class, rounds)?;
                report.add(Table {
                    title: format!("{}, {CLASS} answers of {length} tokens at once", model.title()),
                    unit: model.unit(),
                    rounds,
                    rows: runtimes.rows(&[seconds], &vec![None; differences.len()]),
                    columns: &["an answer"],
                    missing: Vec::new(),
                })?;
            }
            if *length == model.first_length() {
                let rounds = options.rounds.unwrap_or(if model == Model::ELstm { 31 } else { 5 });
                let (opened, answered) = runtimes.open(&ids, rounds)?;
                report.add(Table {
                    title: format!("{}, from the file to an answer of {length} tokens", model.title()),
                    unit: ("ms", 1e3),
                    rounds,
                    rows: runtimes.rows(&[opened, answered], &differences),
                    columns: &["opening", "file to first answer"],
                    missing: Vec::new(),
                })?;
            }
        }
    }
    for model in Model::ALL.into_iter().filter(|m| options.only.is_none_or(|only| only == *m)) {
        eprintln!("{}, memory", model.name());
        let rounds = options.rounds.unwrap_or(5);
        let alone = alone::all(&options.folder, model, &options.onnxruntime, &options.python, rounds)?;
        report.add_tiles(&alone);
        report.add(Table {
            title: format!("{}, memory after the first answer, a process each", model.title()),
            unit: ("MiB", 1.0 / f64::from(1 << 20)),
            rounds,
            rows: alone.iter().map(|(name, footprints)| memory(name, footprints)).collect(),
            columns: &["resident", "at most"],
            missing: Vec::new(),
        })?;
    }
    let picture = picture::svg(&report.answers(), &format!("{}. One thread each.", report.cpu()));
    report.write(&options.out, &picture)
}

/// The row of a runtime alone in its process.
fn memory(name: &str, footprints: &[alone::Footprint]) -> Row {
    let bytes = |of: fn(&alone::Footprint) -> u64| -> Vec<f64> {
        footprints.iter().map(|footprint| of(footprint) as f64).collect()
    };
    let columns = [bytes(|footprint| footprint.resident), bytes(|footprint| footprint.peak)];
    Row {
        name: name.to_owned(),
        difference: None,
        cells: columns.iter().filter_map(|column| Spread::of(column)).collect(),
    }
}

impl Runtimes {
    /// Opens the model in every runtime.
    fn new(
        model: Model,
        length: usize,
        files: &Files,
        environment: &ort::environment::Environment,
        python: &std::rc::Rc<std::cell::RefCell<Python>>,
    ) -> Result<Self> {
        let mut runtimes = Self { systems: Vec::new(), missing: Vec::new() };
        let best = Cpu::detect();
        let no_tiles = best.without(FeatureSet::AMX);
        let narrow = no_tiles.without(FeatureSet::AVX512.union(FeatureSet::AVXVNNI));
        for cpu in [best, no_tiles, narrow] {
            let variant = Kernels::new(cpu).matmul_i8.name;
            let name = format!("Pupil, {variant}");
            if runtimes.systems.iter().all(|(_, system)| system.name() != name) {
                let system = Pupil::new(&name, model, files, cpu)?;
                runtimes.systems.push((Exact::Integer, Box::new(system)));
            }
        }
        let litert = |kind: &str| files.path(&format!("{kind}.{length}.tflite"));
        let class = |kind: &str| match model.class_length() {
            Some(class) if class == length => files.path(&format!("{kind}.class.tflite")),
            _ => PathBuf::new(),
        };
        let (plain, small) = (files.path("onnx"), files.path("int8.onnx"));
        let name = "ONNX Runtime, f32";
        runtimes.add(Exact::Float, name, |n| OnnxRuntime::new(n, environment, plain.clone()));
        let name = "ONNX Runtime, int8";
        runtimes.add(Exact::Integer, name, |n| OnnxRuntime::new(n, environment, files.quantized()));
        for (exact, kind) in [(Exact::Float, "f32"), (Exact::Integer, "int8")] {
            let name = format!("LiteRT, {kind} *");
            runtimes.add(exact, &name, |n| LiteRt::new(n, python, litert(kind), class(kind)));
        }
        runtimes.add(Exact::Float, "tract, f32", |n| Tract::new(n, plain.clone(), length));
        runtimes.add(Exact::Integer, "tract, int8", |n| Tract::new(n, small.clone(), length));
        runtimes.add(Exact::Float, "candle, f32", |n| Candle::new(n, model, files.path("safetensors")));
        if length == model.lengths()[0] {
            let nothing = files.path(&format!("nothing.{length}.tflite"));
            runtimes.add(Exact::Not, "* of that, Python's call", |n| {
                LiteRt::new(n, python, nothing, PathBuf::new())
            });
        }
        Ok(runtimes)
    }

    /// Adds a runtime, or the reason why it cannot run the model.
    fn add<S: System + 'static>(&mut self, exact: Exact, name: &str, open: impl FnOnce(&str) -> Result<S>) {
        match open(name) {
            Ok(system) => self.systems.push((exact, Box::new(system))),
            Err(why) => self.missing.push(Unsupported { name: name.into(), why: format!("{why:#}") }),
        }
    }

    /// Compares all answers with those of ONNX Runtime in f32; returns the largest difference of each.
    fn check(&mut self, ids: &[u32]) -> Result<Vec<Option<f32>>> {
        let first_float = self.systems.iter_mut().find(|(exact, _)| *exact == Exact::Float);
        let (_, reference) = first_float.context("no runtime computes with f32")?;
        let wanted = reference.answer(ids)?;
        let least = wanted.iter().copied().fold(f32::INFINITY, f32::min);
        ensure!(
            wanted.len() == 4 && (wanted.iter().sum::<f32>() - 1.0).abs() < 1e-4 && least > 1e-3,
            "{wanted:?} are not usable probabilities"
        );
        let mut differences = Vec::with_capacity(self.systems.len());
        let mut wrong = Vec::new();
        for (exact, system) in &mut self.systems {
            let tolerance = match exact {
                Exact::Float => FLOAT_TOLERANCE,
                Exact::Integer => INTEGER_TOLERANCE,
                Exact::Not => {
                    differences.push(None);
                    continue;
                }
            };
            let found = system.answer(ids)?;
            let difference = found.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            if found.len() != wanted.len() || difference.is_nan() || difference > tolerance {
                wrong.push(format!("{} gives {found:?}", system.name()));
            }
            differences.push(Some(difference));
        }
        if !wrong.is_empty() {
            bail!("not the same model: {wanted:?} are wanted, but {}", wrong.join(", "));
        }
        Ok(differences)
    }

    /// Seconds per call, for every runtime and round. Each block of calls takes about `block` seconds, or one call.
    /// Every round has another order, so that no runtime always follows the same one.
    fn time_calls(&mut self, ids: &[u32], rounds: usize, block: f64) -> Result<Times> {
        let mut calls = Vec::with_capacity(self.systems.len());
        for (_, system) in &mut self.systems {
            system.seconds(ids, 3)?;
            calls.push(calls_within(block, system.seconds(ids, 3)? / 3.0));
        }
        let mut seconds = vec![Vec::with_capacity(rounds); self.systems.len()];
        let mut numbers = Numbers::new(3);
        for _ in 0..rounds {
            for place in shuffled(self.systems.len(), &mut numbers) {
                let took = self.systems[place].1.seconds(ids, calls[place])?;
                seconds[place].push(took / calls[place] as f64);
            }
        }
        Ok(seconds)
    }

    /// Seconds per answer of a class that is given at once, for every runtime and round; none for a runtime that has no
    /// model for a class.
    fn time_classes(&mut self, class: &[Vec<u32>], rounds: usize) -> Result<Times> {
        let mut seconds = vec![Vec::with_capacity(rounds); self.systems.len()];
        let mut numbers = Numbers::new(7);
        for _ in 0..rounds {
            for place in shuffled(self.systems.len(), &mut numbers) {
                if let Some(took) = self.systems[place].1.class_seconds(class, 1)? {
                    seconds[place].push(took / class.len() as f64);
                }
            }
        }
        Ok(seconds)
    }

    /// Seconds to open the file, and seconds until the first answer, for every runtime and round.
    fn open(&mut self, ids: &[u32], rounds: usize) -> Result<(Times, Times)> {
        let (mut opened, mut answered) =
            (vec![Vec::new(); self.systems.len()], vec![Vec::new(); self.systems.len()]);
        let mut numbers = Numbers::new(5);
        for _ in 0..rounds {
            for place in shuffled(self.systems.len(), &mut numbers) {
                let (exact, system) = &mut self.systems[place];
                if *exact != Exact::Not {
                    let first = system.first(ids)?;
                    opened[place].push(first.opened);
                    answered[place].push(first.answered);
                }
            }
        }
        Ok((opened, answered))
    }

    /// A row for every runtime that has times.
    fn rows(&self, columns: &[Times], differences: &[Option<f32>]) -> Vec<Row> {
        let names = self.systems.iter().map(|(_, system)| system.name().to_owned());
        let rows = names.zip(differences).enumerate().map(|(place, (name, difference))| Row {
            name,
            difference: *difference,
            cells: columns.iter().filter_map(|column| Spread::of(&column[place])).collect(),
        });
        rows.filter(|row| !row.cells.is_empty()).collect()
    }
}

/// The numbers below `end` in a random order.
fn shuffled(end: usize, numbers: &mut Numbers) -> Vec<usize> {
    let mut keyed: Vec<(u32, usize)> = (0..end).map(|place| (numbers.below(u32::MAX), place)).collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, place)| place).collect()
}

/// The number of calls of this many seconds that fill a block.
fn calls_within(block: f64, call: f64) -> usize {
    let mut calls = 1;
    while (calls as f64) * call < block {
        calls += 1 + calls / 8;
    }
    calls
}
