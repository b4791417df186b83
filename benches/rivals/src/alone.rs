//! One runtime alone in a process: the memory that it takes, and whether it uses the tile registers of AMX.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use pupil_core::Scorer;
use serde::{Deserialize, Serialize};

use crate::candle::Candle;
use crate::litert;
use crate::model::{Files, Model, TASK};
use crate::onnxruntime::{self, OnnxRuntime};
use crate::system::System;
use crate::tract::Tract;

/// What a process is started for.
#[derive(Args)]
pub(crate) struct Options {
    /// The folder with the models
    folder: PathBuf,
    /// The model
    #[arg(long, value_enum)]
    model: Model,
    /// The runtime
    #[arg(long, value_enum)]
    runtime: Runtime,
    /// Shared library of ONNX Runtime
    #[arg(long)]
    onnxruntime: PathBuf,
}

/// The runtimes that this program holds or loads.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Runtime {
    Pupil,
    OnnxruntimeF32,
    OnnxruntimeInt8,
    TractF32,
    CandleF32,
}

impl Runtime {
    /// All of them, with their names in the tables.
    const ALL: [(Self, &'static str); 5] = [
        (Self::Pupil, "Pupil"),
        (Self::OnnxruntimeF32, "ONNX Runtime, f32"),
        (Self::OnnxruntimeInt8, "ONNX Runtime, int8"),
        (Self::TractF32, "tract, f32"),
        (Self::CandleF32, "candle, f32"),
    ];
}

/// What a process grew by, from before it opened the file to after its first answer.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) struct Footprint {
    /// Bytes that are resident.
    pub(crate) resident: u64,
    /// The most bytes that were resident.
    pub(crate) peak: u64,
    /// Whether the process has asked the system for tile registers; unknown where the system cannot be asked.
    pub(crate) tiles: Option<bool>,
}

/// Opens a model, answers once, and prints the [`Footprint`].
pub(crate) fn run(options: &Options) -> Result<()> {
    let (model, files) = (options.model, Files::new(&options.folder, options.model));
    let length = model.first_length();
    let ids = model.ids(length);
    let before = resident("VmRSS")?;
    let footprint = match options.runtime {
        Runtime::Pupil => {
            let scorer = Scorer::open(files.path("pupil"))?;
            let score = scorer.score(TASK, &model.text(length))?;
            let footprint = Footprint::since(before)?;
            drop((scorer, score));
            footprint
        }
        runtime => {
            let mut system: Box<dyn System> = match runtime {
                Runtime::TractF32 => Box::new(Tract::new("", files.path("onnx"), length)?),
                Runtime::CandleF32 => Box::new(Candle::new("", model, files.path("safetensors"))?),
                _ => {
                    let float = matches!(runtime, Runtime::OnnxruntimeF32);
                    let graph = if float { files.path("onnx") } else { files.quantized() };
                    Box::new(OnnxRuntime::new("", &onnxruntime::load(&options.onnxruntime)?, graph)?)
                }
            };
            system.answer(&ids)?;
            let footprint = Footprint::since(before)?;
            drop(system);
            footprint
        }
    };
    writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(&footprint)?)?;
    Ok(())
}

/// The footprints of every runtime, each in `rounds` new processes; LiteRT's in Python.
pub(crate) fn all(
    folder: &Path,
    model: Model,
    library: &Path,
    python: &Path,
    rounds: usize,
) -> Result<Vec<(String, Vec<Footprint>)>> {
    let this = std::env::current_exe()?;
    let mut commands: Vec<(String, Command)> = Vec::new();
    for (runtime, name) in Runtime::ALL {
        let value = runtime.to_possible_value().context("a runtime without a name")?;
        let mut command = Command::new(&this);
        command.arg("alone").arg(folder).args(["--model", model.name(), "--runtime", value.get_name()]);
        command.arg("--onnxruntime").arg(library);
        commands.push((name.to_owned(), command));
    }
    let (files, length) = (Files::new(folder, model), model.first_length());
    for kind in ["f32", "int8"] {
        let mut command = litert::command(python);
        command.arg("alone").arg(files.path(&format!("{kind}.{length}.tflite")));
        command.arg(serde_json::to_string(&model.ids(length))?);
        commands.push((format!("LiteRT, {kind} *"), command));
    }
    let measure = |(name, mut command): (String, Command)| {
        let footprints = (0..rounds).map(|_| {
            let output = command.output().with_context(|| format!("cannot start {name}"))?;
            if !output.status.success() {
                bail!(
                    "{name} alone ended with {}: {}",
                    output.status,
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            Ok(serde_json::from_slice(&output.stdout)?)
        });
        Ok((name.clone(), footprints.collect::<Result<_>>()?))
    };
    commands.into_iter().map(measure).collect()
}

impl Footprint {
    /// What this process has grown by.
    fn since(before: u64) -> Result<Self> {
        let (resident, peak) = (resident("VmRSS")?, resident("VmHWM")?);
        Ok(Self {
            resident: resident.saturating_sub(before),
            peak: peak.saturating_sub(before),
            tiles: tiles(),
        })
    }
}

/// A line of `/proc/self/status`, in bytes.
fn resident(key: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("memory is measured on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")).context("no such line")?;
    Ok(1024 * kilobytes.trim().parse::<u64>()?)
}

/// Whether this process has asked for tile registers, which Linux gives to nobody unasked.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[expect(unsafe_code, reason = "the standard library has no such call")]
fn tiles() -> Option<bool> {
    /// `ARCH_GET_XCOMP_PERM` of <asm/prctl.h>, and the bit of the tiles.
    const PERMITTED: libc::c_long = 0x1022;
    const TILE_DATA: u64 = 1 << 18;
    let mut permitted = 0u64;
    // SAFETY: the call writes eight bytes to the address.
    let failed = unsafe { libc::syscall(libc::SYS_arch_prctl, PERMITTED, &raw mut permitted) };
    (failed == 0).then_some(permitted & TILE_DATA != 0)
}

/// Other systems have other calls for it.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn tiles() -> Option<bool> {
    None
}
