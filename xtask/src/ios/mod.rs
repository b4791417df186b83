//! The library for Apple's platforms: the XCFramework of a release, and the checks that need no Apple SDK.
//!
//! A static library needs no linker, so any machine can compile it. Only a Mac can join the platforms and link an app.

mod framework;
mod symbols;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use self::symbols::Symbols;
use crate::bindings::{self, Language};
use crate::process::say;
use crate::release;
use crate::steps::Steps;
use crate::toolchain::{self, Toolchain};
use crate::workspace::Workspace;

/// The target of iPhones and iPads.
const DEVICE: &str = "aarch64-apple-ios";

/// The profile of the library that apps embed; described in the root's `Cargo.toml`.
const PROFILE: &str = "mobile";

const REMEDY: &str = "`rustup target add aarch64-apple-ios`, or `cargo xtask setup --swift`";

/// The declaration that Apple requires.
const PRIVACY: &str = "ios/Sources/Pupil/PrivacyInfo.xcprivacy";

/// What to make.
#[derive(Args)]
pub(crate) struct Options {
    /// Only compiles the library for iPhones and checks its symbols, which needs neither a Mac nor Xcode
    #[arg(long)]
    check: bool,
    /// Address of the zipped XCFramework, for the package that apps use
    #[arg(long, conflicts_with = "check")]
    url: Option<String>,
}

/// Makes the release, or checks what can be checked here.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if !options.check {
        ensure!(
            cfg!(target_os = "macos"),
            "an XCFramework takes Apple's SDK: run this on a Mac with Xcode; \
             `cargo xtask ios --check` compiles the library here and checks its symbols"
        );
        return framework::release(workspace, options.url.as_deref());
    }
    let mut steps = Steps::start(false);
    add(workspace, &mut steps)?;
    steps.finish(true)
}

/// Adds the check to a chain, or the note that it cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    let Some(toolchain) = Toolchain::of(workspace, DEVICE) else {
        steps.not_run("iOS library", "no Rust standard library for iOS is installed, nor its source", REMEDY);
        return Ok(());
    };
    steps.run("iOS library", || {
        let built = library(workspace, toolchain, DEVICE)?;
        let header = generate(workspace, &built)?.join("PupilFFI.h");
        check(workspace, &built, &header)
    })
}

/// Compares the library's symbols with its header and the privacy manifest.
fn check(workspace: &Workspace, library: &Path, header: &Path) -> Result<()> {
    let read = |path: &Path| fs::read(path).with_context(|| format!("cannot read {}", path.display()));
    let symbols = Symbols::of(&read(library)?)?;
    let declared = symbols::declared(&String::from_utf8(read(header)?)?);
    ensure!(declared.len() > 30, "the header declares only {} functions", declared.len());
    let missing: Vec<&String> = declared.iter().filter(|name| !symbols.exported.contains(*name)).collect();
    ensure!(missing.is_empty(), "declared, but not exported: {missing:?}");

    let network = symbols.imports_of(symbols::NETWORK);
    ensure!(network.is_empty(), "the library calls the network: {network:?}");

    let manifest = String::from_utf8(read(&workspace.root().join(PRIVACY))?)?;
    for (category, functions) in symbols::REASONED {
        let called = symbols.imports_of(functions);
        let stated = manifest.contains(&format!("<string>{category}</string>"));
        match (called.is_empty(), stated) {
            (false, false) => bail!("{called:?} must be declared as {category} in {PRIVACY}"),
            (true, true) => bail!("{PRIVACY} declares {category}, which nothing calls"),
            (false, true) => say!("   {category} is declared, for {called:?}"),
            (true, false) => {}
        }
    }
    let bytes = fs::metadata(library)?.len();
    say!(
        "   {}: {} declared functions are exported; {} imports, none of the network; {bytes} bytes before linking",
        symbols.machine,
        declared.len(),
        symbols.imported.len()
    );
    Ok(())
}

/// Compiles the static library for a target, and returns its path.
fn library(workspace: &Workspace, toolchain: Toolchain, target: &str) -> Result<PathBuf> {
    let folder = toolchain.target(workspace, "ios");
    let args = ["rustc", "--locked", "--package", "pupil-bindings", "--lib", "--profile", PROFILE];
    let cargo = workspace
        .cargo(&args)
        .args(["--crate-type", "staticlib", "--target", target, "--target-dir"])
        .args([&folder])
        .env("IPHONEOS_DEPLOYMENT_TARGET", "15.0")
        .env("MACOSX_DEPLOYMENT_TARGET", "12.0");
    release::to_ship(workspace, toolchain.compile(cargo), &[])?.run()?;
    Ok(folder.join(target).join(PROFILE).join("libpupil_bindings.a"))
}

/// The folder of everything built for iOS.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("ios")
}

/// Writes the Swift code and the header of a library, and returns their folder.
fn generate(workspace: &Workspace, library: &Path) -> Result<PathBuf> {
    let generated = folder(workspace).join("generated");
    bindings::write_code(workspace, library, Language::Swift, &generated)?;
    Ok(generated)
}

/// Installs what the check needs, unless it is installed.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    toolchain::install(workspace, &[DEVICE])
}
