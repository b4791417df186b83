//! Fuzzing, with libFuzzer and AddressSanitizer.
//!
//! The pinned compiler has both; `RUSTC_BOOTSTRAP` lets it be asked for them. So nothing is installed but a C++
//! compiler for libFuzzer itself.

mod curve;
mod log;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use clap::builder::PossibleValuesParser;

use self::log::Done;
use crate::packages;
use crate::process::{find_program, say};
use crate::workspace::Workspace;

/// What is compiled for this platform alone: build scripts and macros need no sanitizer.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// Coverage of edges and comparisons, as cargo-fuzz asks for it, and AddressSanitizer.
const FLAGS: &str = "--cfg fuzzing -Zsanitizer=address -Ccodegen-units=1 -Cforce-frame-pointers \
    -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The targets, and the feature of `fuzz/Cargo.toml` that compiles each.
pub(crate) const TARGETS: [(&str, &str); 12] = [
    ("file", ""),
    ("manifest", ""),
    ("snapshot", ""),
    ("monitor", ""),
    ("signature", ""),
    ("tokenizer", "tokenizers"),
    ("csv", "tables"),
    ("workbook", "tables"),
    ("recipe", "trainer"),
    ("teacher", "trainer"),
    ("checkpoint", "trainer"),
    ("onnx", "onnx"),
];

/// Seconds that one input may take, and MiB that it may take at once; the limits of a model are below both.
const LIMITS: [&str; 3] = ["-timeout=20", "-rss_limit_mb=4096", "-malloc_limit_mb=1024"];

/// Inputs of a target that are kept in the repository.
const MOST_KEPT: usize = 60;
/// Bytes of an input that is kept.
const MOST_BYTES: u64 = 2048;

/// The names of all targets.
fn names() -> [&'static str; TARGETS.len()] {
    TARGETS.map(|(name, _)| name)
}

/// What to fuzz.
#[derive(Args)]
pub(crate) struct Options {
    /// Minutes in all, shared equally by the targets
    #[arg(long, value_name = "N", default_value_t = 10.0)]
    minutes: f64,
    /// Only this target; may be repeated
    #[arg(long = "target", value_name = "NAME", value_parser = PossibleValuesParser::new(names()))]
    targets: Vec<String>,
    /// Graphs of the ONNX format too, whose library takes minutes to compile
    #[arg(long)]
    onnx: bool,
    /// Adds the fewest inputs that reach all that was reached to those in fuzz/corpus, and fuzzes no further
    #[arg(long)]
    keep: bool,
    /// Prints the executions of all runs so far and draws how coverage grew, and fuzzes no further
    #[arg(long)]
    report: bool,
    /// Runs this input once, with its target, and shows what it panics with
    #[arg(long, value_name = "FILE", requires = "targets")]
    input: Option<PathBuf>,
}

/// The folders of a campaign.
struct Places {
    root: PathBuf,
    target: PathBuf,
}

impl Places {
    fn new(workspace: &Workspace) -> Self {
        Self { root: workspace.root().join("fuzz"), target: workspace.target().join("fuzz") }
    }

    fn program(&self, name: &str) -> PathBuf {
        self.target.join(TRIPLE).join("release").join(name)
    }

    /// What was found so far, on this machine.
    fn corpus(&self, name: &str) -> PathBuf {
        self.target.join("corpus").join(name)
    }

    /// What is kept in the repository.
    fn kept(&self, name: &str) -> PathBuf {
        self.root.join("corpus").join(name)
    }

    fn made(&self, name: &str) -> Result<PathBuf> {
        let folder = self.target.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }
}

/// Installs the compiler of libFuzzer, if there is none, as a Debian package.
pub(crate) fn install(_: &Workspace) -> Result<()> {
    if find_program("c++").is_some() { Ok(()) } else { packages::install(&["g++"]) }
}

/// Fuzzes.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let places = Places::new(workspace);
    if options.report {
        return curve::report(&places.target, &workspace.root().join("docs/figures/fuzzing.svg"));
    }
    let chosen: Vec<(&str, &str)> = TARGETS
        .into_iter()
        .filter(|(name, feature)| match options.targets.is_empty() {
            true => options.onnx || *feature != "onnx",
            false => options.targets.iter().any(|target| target == name),
        })
        .collect();
    build(workspace, &places, &chosen)?;
    if let (Some(input), Some((name, _))) = (&options.input, chosen.first()) {
        return workspace.command(places.program(name)).args([input]).run();
    }
    if options.keep {
        return chosen.iter().try_for_each(|(name, _)| keep(&places, name));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some seconds")]
    let seconds = (options.minutes * 60.0 / chosen.len() as f64).ceil().max(1.0) as u64;
    let mut done = Vec::new();
    for (name, _) in chosen {
        done.push(fuzz(&places, name, seconds)?);
    }
    curve::print(&done);
    let findings: Vec<String> = done.iter().flat_map(|one| one.findings.iter().cloned()).collect();
    ensure!(findings.is_empty(), "{} inputs broke a promise:\n{}", findings.len(), findings.join("\n"));
    Ok(())
}

/// Compiles the programs.
fn build(workspace: &Workspace, places: &Places, chosen: &[(&str, &str)]) -> Result<()> {
    ensure!(
        cfg!(all(target_arch = "x86_64", target_os = "linux")),
        "fuzzing is set up for Linux on x86-64 alone: the sanitizer's library is chosen by platform"
    );
    if find_program("c++").is_none() {
        bail!("libFuzzer is C++ and there is no c++: install one, as with `cargo xtask setup --fuzz`");
    }
    let mut features: Vec<&str> =
        chosen.iter().map(|(_, feature)| *feature).filter(|name| !name.is_empty()).collect();
    features.dedup();
    let manifest = places.root.join("Cargo.toml");
    let programs = chosen.iter().flat_map(|(name, _)| ["--bin", name]);
    workspace
        .cargo(&["build", "--release", "--locked", "--target", TRIPLE, "--features", &features.join(",")])
        .args(["--manifest-path".as_ref(), manifest.as_os_str()])
        .args(programs)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_DIR", &places.target)
        .run()
}

/// Fuzzes one target, beginning with all inputs that are known.
fn fuzz(places: &Places, name: &str, seconds: u64) -> Result<Done> {
    let corpus = places.made(&format!("corpus/{name}"))?;
    let findings = places.made("findings")?;
    let log = places.made("logs")?.join(format!("{name}.log"));
    say!("$ {name}, for {seconds} s, into {}", log.display());
    let status = libfuzzer(places, name, &log)?
        .arg(&corpus)
        .args(Some(places.kept(name)).filter(|kept| kept.is_dir()))
        .args(LIMITS)
        .args([format!("-max_total_time={seconds}"), format!("-max_len={}", longest(name))])
        .args(["-print_final_stats=1", "-detect_leaks=0", "-use_value_profile=0"])
        .arg(format!("-artifact_prefix={}/{name}-", findings.display()))
        .status()
        .with_context(|| format!("cannot start {name}"))?;
    let text = fs::read(&log).with_context(|| format!("cannot read {}", log.display()))?;
    let mut done = Done::read(name, &String::from_utf8_lossy(&text));
    if !status.success() && done.findings.is_empty() {
        done.findings.push(format!("{name} ended with {status}: see {}", log.display()));
    }
    for finding in &mut done.findings {
        finding.push_str(&format!(
            "  (again: cargo xtask fuzz --target {name} --input FILE; log: {})",
            log.display()
        ));
    }
    curve::remember(&places.target, &done)?;
    Ok(done)
}

/// The longest input, in bytes: decisions are few, texts are not.
fn longest(name: &str) -> usize {
    match name {
        "csv" | "recipe" | "teacher" => 2048,
        "workbook" => 4096,
        _ => 512,
    }
}

/// A program that writes into a log.
fn libfuzzer(places: &Places, name: &str, log: &Path) -> Result<Command> {
    let file = File::create(log).with_context(|| format!("cannot make {}", log.display()))?;
    let mut command = Command::new(places.program(name));
    command.env("RUST_BACKTRACE", "1").stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    Ok(command)
}

/// Keeps the fewest inputs that reach what all of them reach, the shortest first.
fn keep(places: &Places, name: &str) -> Result<()> {
    let merged = places.made(&format!("merged/{name}"))?;
    fs::remove_dir_all(&merged).and_then(|()| fs::create_dir(&merged)).context("cannot empty a folder")?;
    let kept = places.kept(name);
    fs::create_dir_all(&kept).with_context(|| format!("cannot make {}", kept.display()))?;
    let log = places.made("logs")?.join(format!("{name}-merge.log"));
    let status = libfuzzer(places, name, &log)?
        .args(["-set_cover_merge=1", "-detect_leaks=0"])
        .args([&merged, &kept, &places.corpus(name)])
        .status()?;
    ensure!(status.success(), "{name} ended with {status}: see {}", log.display());
    let mut inputs = Vec::new();
    for entry in fs::read_dir(&merged)? {
        let path = entry?.path();
        let bytes = fs::metadata(&path)?.len();
        if bytes <= MOST_BYTES {
            inputs.push((bytes, path));
        }
    }
    inputs.sort();
    // Of all lengths: the shortest reach what is reached easily.
    let step = inputs.len().div_ceil(MOST_KEPT).max(1);
    fs::remove_dir_all(&kept).and_then(|()| fs::create_dir(&kept)).context("cannot empty a folder")?;
    let mut total = 0;
    for (bytes, path) in inputs.iter().step_by(step) {
        total += bytes;
        fs::copy(path, kept.join(path.file_name().unwrap_or_default()))?;
    }
    say!(
        "{name}: {} inputs reach everything, {} of them, {total} bytes, are kept",
        inputs.len(),
        inputs.len().div_ceil(step)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_is_fuzzed_with_its_feature() {
        let root = Workspace::locate().unwrap().root().join("fuzz");
        let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
        let mut programs: Vec<(String, String)> = manifest["bin"]
            .as_array()
            .unwrap()
            .iter()
            .map(|bin| {
                let feature = bin.get("required-features").map_or("", |list| list[0].as_str().unwrap());
                (bin["name"].as_str().unwrap().to_owned(), feature.to_owned())
            })
            .collect();
        programs.sort();
        let mut targets = TARGETS.map(|(name, feature)| (name.to_owned(), feature.to_owned()));
        targets.sort();
        assert_eq!(programs, targets);
        let page = fs::read_to_string(root.join("../docs/reliability.md")).unwrap();
        assert!(TARGETS.iter().all(|(name, _)| page.contains(&format!("| `{name}`"))));
    }
}
