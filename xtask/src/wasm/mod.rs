//! The engine on WebAssembly: its tests in node, the npm package, and the demo page.

use std::env;
use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::kernels;
use crate::packages;
use crate::process::{Run, find_program, say};
use crate::release;
use crate::size;
use crate::steps::Steps;
use crate::toolchain::{self, has_target};
use crate::workspace::Workspace;

/// The target of programs for a server, whose standard library has files: that of the tests in Rust.
const WASI: &str = "wasm32-wasip1";

/// The target of the module for browsers and servers, which imports nothing.
const BROWSER: &str = "wasm32-unknown-unknown";

/// Vectors of 128 bits, which every browser has since 2023.
const SIMD: &str = "-Ctarget-feature=+simd128";

/// For a module that is fetched: less inlining, since the kernels say themselves what must be inlined; loops are
/// unrolled only where that gives little code, which leaves those of the kernels; and none is compiled twice, with and
/// without vectors, for slices that might overlap. With optimisation for size, a score takes up to five times as long.
const SMALL: [&str; 4] = [
    "-Cllvm-args=-inline-threshold=5",
    "-Cllvm-args=-unroll-runtime=0",
    "-Cllvm-args=-unroll-threshold=60",
    "-Cllvm-args=-vectorize-memory-check-threshold=0",
];

/// What makes the linked module smaller still, by a tenth, for the extensions of WebAssembly that compilers use
/// today.
const OPTIMIZER: &str = "node_modules/binaryen/bin/wasm-opt";
const OPTIMIZE: [&str; 6] = [
    "-Os",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
];

/// Prints how long a file is when it is compressed as for a server. What node compresses is some 2 % longer.
const COMPRESSED: &str = "gzip -9 -c \"$0\" | wc -c";

/// The test programs of `pupil-tests` that exercise the engine's numbers, and the checks of files, since a size here
/// has 32 bits.
const PROGRAMS: [&str; 3] = ["format", "golden", "parity"];

/// Tests that need threads, panics that are caught, or files as Unix has them.
const LEFT_OUT: [&str; 6] = [
    "session::",
    "output::",
    "writer::",
    "file_beyond_the_maximum_size",
    "a_pack_brings_a_guard_of_its_own",
    "a_file_may_hold_tasks_and_a_knowledge_model",
];

/// The least major version of node: the first that is maintained and has all that the tests use.
const NODE: u32 = 20;

/// The version that is fetched from npm's registry where the system has none, or an older one.
const FETCHED: &str = "node@20.20.2";

/// The npm package.
const PACKAGE: &str = "web";

const RUST_STEP: &str = "tests on WebAssembly";
const PACKAGE_STEP: &str = "tests of the npm package";

const REMEDY: &str = "`cargo xtask setup --wasm` (with rustup, as root on Debian), then `cargo xtask wasm`";

/// How to run the tests.
#[derive(Args)]
pub(crate) struct Options {
    /// Only builds and tests the npm package, and packs it into target/npm
    #[arg(long)]
    package: bool,

    /// Only builds the npm package and the demo page, and serves the page on this machine
    #[arg(long, conflicts_with = "package")]
    demo: bool,
}

/// Runs the tests or fails.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if let Some(missing) = missing(workspace) {
        bail!("{missing}; to run it: {REMEDY}");
    }
    if options.demo {
        build(workspace)?;
        return npm(workspace, &workspace.root().join(PACKAGE))?.args(["run", "demo"]).run();
    }
    let mut steps = Steps::start(true);
    if options.package {
        steps.run(PACKAGE_STEP, || package(workspace))?;
        steps.run("npm package", || pack(workspace))?;
    } else {
        add(workspace, &mut steps)?;
    }
    steps.finish(true)
}

/// Adds the tests to a chain, or the note that they cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    if let Some(missing) = missing(workspace) {
        steps.not_run(RUST_STEP, &missing, REMEDY);
        steps.not_run(PACKAGE_STEP, &missing, REMEDY);
        return Ok(());
    }
    steps.run(RUST_STEP, || test(workspace))?;
    steps.run(PACKAGE_STEP, || package(workspace))
}

/// Installs what the tests need, unless it is installed.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    for target in [WASI, BROWSER] {
        if !has_target(workspace, target) {
            toolchain::add_target(workspace, target)?;
        }
    }
    if missing_node(workspace).is_some() {
        if find_program("npm").is_none() {
            packages::install(&["nodejs", "npm"])?;
        }
        let folder = workspace.tools().join("node");
        npm(workspace, workspace.root())?
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .args([folder.as_os_str(), FETCHED.as_ref()])
            .run()?;
    }
    missing(workspace).map_or(Ok(()), |missing| bail!("{missing}"))
}

/// What the tests lack, if they lack something.
fn missing(workspace: &Workspace) -> Option<String> {
    let library = [WASI, BROWSER].into_iter().find(|target| !has_target(workspace, target));
    library
        .map(|target| format!("the pinned compiler has no standard library for {target}"))
        .or_else(|| missing_node(workspace))
}

/// Why node cannot be used, if it cannot.
fn missing_node(workspace: &Workspace) -> Option<String> {
    if find_program("npm").is_none() {
        return Some("npm is not installed".to_owned());
    }
    let version = workspace.command(node(workspace)).args(["--version"]).output().unwrap_or_default();
    let major: Option<u32> = version
        .strip_prefix('v')
        .and_then(|rest| rest.split('.').next())
        .and_then(|major| major.parse().ok());
    major.is_none_or(|major| major < NODE).then(|| match version.is_empty() {
        true => "node is not installed".to_owned(),
        false => format!("node is {version}, not {NODE} or later"),
    })
}

/// The node that setup fetched, or else the system's.
fn node(workspace: &Workspace) -> PathBuf {
    let fetched = workspace.tools().join("node/node_modules/node/bin/node");
    if fetched.is_file() { fetched } else { "node".into() }
}

/// Compiles the tests of the engine and of its numbers, and runs them in node.
fn test(workspace: &Workspace) -> Result<()> {
    let runner = workspace.root().join("xtask/src/wasm/run.mjs");
    let kernels = kernels::required(workspace, &["wasm_simd128"])?;
    let packages = ["test", "--locked", "--package", "pupil-core", "--package", "pupil-tests", "--lib"];
    workspace
        .cargo(&packages)
        .args(PROGRAMS.iter().flat_map(|test| ["--test", test]))
        .args(["--target", WASI, "--"])
        .args(LEFT_OUT.iter().flat_map(|test| ["--skip", test]))
        .env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", SIMD)
        .env(
            "CARGO_TARGET_WASM32_WASIP1_RUNNER",
            format!("{} --no-warnings {}", node(workspace).display(), runner.display()),
        )
        .env("KERNELS", kernels)
        .run()
}

/// Builds the npm package and runs its tests, and those of the demo page that need no browser.
fn package(workspace: &Workspace) -> Result<()> {
    build(workspace)?;
    npm(workspace, &workspace.root().join(PACKAGE))?.args(["test"]).run()
}

/// Builds the npm package.
fn build(workspace: &Workspace) -> Result<()> {
    let module = module(workspace)?;
    let folder = workspace.root().join(PACKAGE);
    npm(workspace, &folder)?.args(["ci", "--ignore-scripts"]).run()?;
    npm(workspace, &folder)?.args(["run", "build"]).run()?;
    let place = folder.join("dist/pupil.wasm");
    workspace
        .command(node(workspace))
        .args([folder.join(OPTIMIZER), module])
        .args(OPTIMIZE)
        .args(["-o".as_ref(), place.as_os_str()])
        .run()?;
    weigh(workspace, &place)
}

/// Compares the size of the module with the limits.
fn weigh(workspace: &Workspace, module: &Path) -> Result<()> {
    let bytes = fs::metadata(module).with_context(|| format!("no {}", module.display()))?.len();
    let printed = workspace.command("sh").args(["-c", COMPRESSED]).args([module]).output();
    let compressed: u64 =
        printed.and_then(|number| number.trim().parse().ok()).context("gzip is not here")?;
    let limits = size::limits(workspace)?;
    for (name, size, limit) in [("", bytes, "wasm32"), (" with gzip", compressed, "wasm32-gzip")] {
        let limit = size::limit(&limits, limit)?;
        say!("   the module has {size} bytes{name}, at most {limit} are allowed");
        ensure!(size <= limit, "the module has {size} bytes{name}, {} more than allowed", size - limit);
    }
    Ok(())
}

/// Builds the module.
fn module(workspace: &Workspace) -> Result<PathBuf> {
    let cargo = workspace.cargo(&[
        "build",
        "--locked",
        "--package",
        "pupil-web",
        "--profile",
        "web",
        "--target",
        BROWSER,
    ]);
    let flags: Vec<&str> = iter::once(SIMD).chain(SMALL).collect();
    release::to_ship(workspace, cargo, &flags)?.run()?;
    let module = workspace.target().join(BROWSER).join("web/pupil_web.wasm");
    release::check_paths(workspace, &module)?;
    Ok(module)
}

/// Packs what `npm publish` would send.
fn pack(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root().join(PACKAGE);
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::copy(workspace.root().join(licence), folder.join(licence))
            .with_context(|| format!("cannot copy {licence}"))?;
    }
    let packed = workspace.target().join("npm");
    fs::create_dir_all(&packed).with_context(|| format!("cannot make {}", packed.display()))?;
    npm(workspace, &folder)?.args(["pack", "--pack-destination"]).args([&packed]).run()
}

/// npm in that folder; what it runs finds the same node.
fn npm(workspace: &Workspace, folder: &Path) -> Result<Run> {
    let npm = Run::program("npm").dir(folder);
    let node = node(workspace);
    let Some(own) = node.parent().filter(|folder| folder.is_absolute()) else { return Ok(npm) };
    let others = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths(iter::once(own.to_owned()).chain(env::split_paths(&others)));
    Ok(npm.env("PATH", path.context("PATH cannot be extended")?))
}
