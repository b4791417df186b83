//! The size of the library that an app embeds, compared with the limits in `benches/budget.toml`.
//!
//! The package `pupil-library` represents it: C functions that reach all of the engine. For this machine, cargo links
//! it. For 64-bit Arm a static library is built, and the linker of the pinned compiler turns it into a shared one, with
//! the system's symbols undefined: that needs neither a C compiler nor an SDK.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process::say;
use crate::release;
use crate::steps::Steps;
use crate::toolchain::{DEBIAN_RUSTC, has_target};
use crate::workspace::Workspace;

/// The limits.
const BUDGET: &str = "benches/budget.toml";

/// What the library is built as.
pub(crate) const PROFILE: &str = "mobile";

/// Targets of the pinned toolchain that represent an Arm tablet, the closest first: Android's own, and the one that the
/// Arm tests use. The static library for musl contains the C functions that it calls, so it is a little larger.
const PINNED: [&str; 2] = ["aarch64-linux-android", MUSL];
const MUSL: &str = "aarch64-unknown-linux-musl";

/// The target of Debian's compiler, if the pinned toolchain has no Arm target.
const DEBIAN: &str = "aarch64-unknown-linux-gnu";

/// How to install an Arm target.
const REMEDY: &str = "`rustup target add aarch64-linux-android`, or `cargo xtask setup --arm`";

/// The step of a chain.
const NAME: &str = "size of the library";

/// What to weigh.
#[derive(Args)]
pub(crate) struct Options {
    /// Also the library with the feature `onnx`, which takes minutes to compile
    #[arg(long)]
    onnx: bool,
}

/// One library and its size.
struct Weighed {
    machine: Machine,
    features: &'static str,
    bytes: u64,
    limit: u64,
}

/// A machine to build for.
#[derive(Clone, Copy)]
enum Machine {
    This,
    Pinned(&'static str),
    Debian,
}

impl Machine {
    /// The first Arm machine that a compiler here can build for.
    fn arm(workspace: &Workspace) -> Option<Self> {
        let pinned = PINNED.into_iter().find(|target| has_target(workspace, target));
        let debian = || {
            let library = Path::new("/usr/lib/rustlib").join(DEBIAN).join("lib");
            (Path::new(DEBIAN_RUSTC).is_file() && library.is_dir()).then_some(Self::Debian)
        };
        pinned.map(Self::Pinned).or_else(debian)
    }

    fn name(self) -> &'static str {
        match self {
            Self::This => "this machine",
            Self::Pinned(target) => target,
            Self::Debian => DEBIAN,
        }
    }

    /// The name of its limit; the musl library, which contains C functions, has a separate one.
    fn entry(self) -> &'static str {
        if matches!(self, Self::Pinned(MUSL)) { "aarch64-musl" } else { self.arch() }
    }

    fn arch(self) -> &'static str {
        match self {
            Self::This => std::env::consts::ARCH,
            Self::Pinned(_) | Self::Debian => "aarch64",
        }
    }
}

/// Builds the libraries, prints a table of their sizes, and fails when one is too large.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut steps = Steps::start(true);
    let mut machines = vec![Machine::This];
    if !cfg!(target_arch = "aarch64") {
        machines.extend(arm(workspace, &mut steps));
    }
    steps.run(NAME, || weigh_all(workspace, &machines, options.onnx))?;
    steps.finish(false)
}

/// Adds to a chain the step that weighs the library for Arm, which apps embed, or the note that it cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    let machine = if cfg!(target_arch = "aarch64") { Some(Machine::This) } else { arm(workspace, steps) };
    match machine {
        Some(machine) => steps.run(NAME, || weigh_all(workspace, &[machine], false)),
        None => Ok(()),
    }
}

/// The Arm machine to build for, or a note that there is none.
fn arm(workspace: &Workspace, steps: &mut Steps) -> Option<Machine> {
    let machine = Machine::arm(workspace);
    if machine.is_none() {
        let reason = "no Rust standard library for 64-bit Arm is installed";
        steps.not_run("size of the library on Arm", reason, REMEDY);
    }
    machine
}

fn weigh_all(workspace: &Workspace, machines: &[Machine], onnx: bool) -> Result<()> {
    let limits = limits(workspace)?;
    let mut weighed = Vec::new();
    for features in ["", "onnx"].into_iter().take(1 + usize::from(onnx)) {
        for &machine in machines {
            let library = build(workspace, features, machine)?;
            release::check_paths(workspace, &library)?;
            let bytes = fs::metadata(&library).with_context(|| format!("no {}", library.display()))?.len();
            let entry = machine.entry().to_owned() + if features.is_empty() { "" } else { "-onnx" };
            let limit = limit(&limits, &entry)?;
            weighed.push(Weighed { machine, features, bytes, limit });
        }
    }
    print_table(&weighed);
    let over: Vec<String> = weighed
        .iter()
        .filter(|w| w.bytes > w.limit)
        .map(|w| format!("{}: {} bytes, {} more than allowed", w.machine.name(), w.bytes, w.bytes - w.limit))
        .collect();
    if !over.is_empty() {
        bail!("the library is too large for {}", over.join("; "));
    }
    Ok(())
}

/// The limits of libraries.
pub(crate) fn limits(workspace: &Workspace) -> Result<toml::Table> {
    let text =
        fs::read_to_string(workspace.root().join(BUDGET)).with_context(|| format!("cannot read {BUDGET}"))?;
    let mut budget: toml::Table = text.parse().with_context(|| format!("{BUDGET} is not TOML"))?;
    match budget.remove("library") {
        Some(toml::Value::Table(limits)) => Ok(limits),
        _ => bail!("{BUDGET} has no table [library]"),
    }
}

/// The limit of one library.
pub(crate) fn limit(limits: &toml::Table, entry: &str) -> Result<u64> {
    limits
        .get(entry)
        .and_then(toml::Value::as_integer)
        .and_then(|limit| u64::try_from(limit).ok())
        .with_context(|| format!("{BUDGET} has no number of bytes `{entry}` under [library]"))
}

fn print_table(weighed: &[Weighed]) {
    say!("   {:<28} {:<8} {:<8} {:>12} {:>12}", "library for", "", "features", "bytes", "at most");
    for w in weighed {
        let mark = if w.bytes > w.limit { "  TOO LARGE" } else { "" };
        let features = if w.features.is_empty() { "none" } else { w.features };
        let (name, arch) = (w.machine.name(), w.machine.arch());
        say!("   {name:<28} {arch:<8} {features:<8} {:>12} {:>12}{mark}", w.bytes, w.limit);
    }
}

/// Builds the library and gives the path of the shared one.
fn build(workspace: &Workspace, features: &str, machine: Machine) -> Result<PathBuf> {
    let cargo = |crate_type: &str| {
        let args = ["rustc", "--locked", "--package", "pupil-library", "--lib", "--profile", PROFILE];
        let run = workspace.cargo(&args).args(["--crate-type", crate_type]);
        let run = if features.is_empty() { run } else { run.args(["--features", features]) };
        release::to_ship(workspace, run, &[])
    };
    let debian = workspace.target().join("debian");
    let folder = match machine {
        Machine::This => {
            cargo("cdylib")?.run()?;
            use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
            return Ok(workspace
                .target()
                .join(PROFILE)
                .join(format!("{DLL_PREFIX}pupil_library{DLL_SUFFIX}")));
        }
        Machine::Pinned(target) => {
            cargo("staticlib")?.args(["--target", target]).run()?;
            workspace.target().join(target)
        }
        // Another compiler's output is separate, or each would rebuild what the other built.
        Machine::Debian => {
            let run = cargo("staticlib")?.args(["--target", DEBIAN]);
            run.env("RUSTC", DEBIAN_RUSTC).env("CARGO_TARGET_DIR", &debian).run()?;
            debian.join(DEBIAN)
        }
    }
    .join(PROFILE);
    link(workspace, &folder, "pupil_library", "pupil_*", "pupil_open")
}

/// Links the static library of that name in `folder` into a shared one, which exports the functions of the pattern
/// `exported`, one of which is `function`.
pub(crate) fn link(
    workspace: &Workspace,
    folder: &Path,
    name: &str,
    exported: &str,
    function: &str,
) -> Result<PathBuf> {
    let [archive, exports, library] =
        [format!("lib{name}.a"), "exports.map".to_owned(), format!("lib{name}.so")]
            .map(|name| folder.join(name));
    fs::write(&exports, format!("{{ global: {exported}; local: *; }};\n"))
        .with_context(|| format!("cannot write {}", exports.display()))?;
    workspace
        .command(linker(workspace)?)
        .shown_as("rust-lld")
        .args(["-flavor", "gnu", "-shared", "--gc-sections", "--strip-all", "--eh-frame-hdr"])
        // Functions with the same instructions become one; nothing in the engine compares their addresses.
        .args(["--icf=all"])
        // As on Android: pages may have 16 KiB, and since version 6 the loader reads packed relocations.
        .args(["-z", "max-page-size=16384", "-z", "relro", "-z", "now", "--pack-dyn-relocs=android"])
        // One function pulls in the object that contains all of them.
        .args(["--undefined", function, "--version-script"])
        .args([&exports, &archive])
        .args(["-o"])
        .args([&library])
        .run()?;
    Ok(library)
}

/// The linker that comes with the pinned compiler.
fn linker(workspace: &Workspace) -> Result<PathBuf> {
    let sysroot =
        workspace.command("rustc").args(["--print", "sysroot"]).output().context("rustc has no sysroot")?;
    let host = workspace
        .command("rustc")
        .args(["--version", "--verbose"])
        .output()
        .and_then(|text| Some(text.lines().find_map(|line| line.strip_prefix("host: "))?.to_owned()))
        .context("rustc does not say for which host it is")?;
    Ok(Path::new(&sysroot).join("lib/rustlib").join(host).join("bin/rust-lld"))
}
