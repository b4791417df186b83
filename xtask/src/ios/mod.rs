//! The library for Apple's platforms: the XCFramework of a release, and what can be checked of it without Apple's SDK.
//!
//! A static library needs no linker, so any machine can compile it. Only a Mac can join the platforms and link an app.

mod framework;
mod symbols;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use self::symbols::Symbols;
use crate::process::{Run, find_program};
use crate::steps::Steps;
use crate::workspace::Workspace;

/// What iPhones and iPads have.
const DEVICE: &str = "aarch64-apple-ios";

/// What apps embed; described in the root's `Cargo.toml`.
const PROFILE: &str = "mobile";

/// Debian's compiler and the source of its standard library, for machines where rustup has no target of Apple's.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";
const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

const REMEDY: &str = "`rustup target add aarch64-apple-ios`, or `cargo xtask setup --swift`";

/// What Apple wants declared.
const PRIVACY: &str = "ios/Sources/Pupil/PrivacyInfo.xcprivacy";

/// What to make.
#[derive(Args)]
pub(crate) struct Options {
    /// Only compiles the library for iPhones and checks its symbols, which needs neither a Mac nor Xcode
    #[arg(long)]
    check: bool,
    /// Where the zipped XCFramework will lie, for the package that apps use
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
    let Some(compiler) = Compiler::find(workspace, DEVICE) else {
        steps.not_run("iOS library", "no Rust standard library for iOS is installed, nor its source", REMEDY);
        return Ok(());
    };
    steps.run("iOS library", || {
        let library = compiler.library(workspace, DEVICE)?;
        let header = generate(workspace, &library)?.join("PupilFFI.h");
        check(workspace, &library, &header)
    })
}

/// Holds the library's symbols against its header and the privacy manifest.
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
            (false, true) => eprintln!("   {category} is declared, for {called:?}"),
            (true, false) => {}
        }
    }
    let bytes = fs::metadata(library)?.len();
    eprintln!(
        "   {}: {} declared functions are exported; {} imports, none of the network; {bytes} bytes before linking",
        symbols.machine,
        declared.len(),
        symbols.imported.len()
    );
    Ok(())
}

/// What can compile for a target.
enum Compiler {
    /// The pinned toolchain, which has the target.
    Pinned,
    /// Debian's, which compiles the standard library along.
    Debian,
}

impl Compiler {
    fn find(workspace: &Workspace, target: &str) -> Option<Self> {
        let libraries = ["--print", "target-libdir", "--target", target];
        let pinned =
            workspace.command("rustc").args(libraries).output().is_some_and(|dir| Path::new(&dir).is_dir());
        let debian = || Path::new(DEBIAN_RUSTC).is_file() && Path::new(DEBIAN_SOURCE).is_file();
        if pinned { Some(Self::Pinned) } else { debian().then_some(Self::Debian) }
    }

    /// Compiles the static library for a target, and gives its path.
    fn library(&self, workspace: &Workspace, target: &str) -> Result<PathBuf> {
        let folder = folder(workspace).join(match self {
            Self::Pinned => "pinned",
            // Another compiler's artefacts stay apart, or each would rebuild what the other left.
            Self::Debian => "debian",
        });
        let args = ["rustc", "--locked", "--package", "pupil-bindings", "--lib", "--profile", PROFILE];
        let cargo = workspace
            .cargo(&args)
            .args(["--crate-type", "staticlib", "--target", target, "--target-dir"])
            .args([&folder])
            .env("IPHONEOS_DEPLOYMENT_TARGET", "15.0")
            .env("MACOSX_DEPLOYMENT_TARGET", "12.0");
        match self {
            Self::Pinned => cargo.run()?,
            Self::Debian => cargo
                .args(["-Zbuild-std=std,panic_unwind"])
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .run()?,
        }
        Ok(folder.join(target).join(PROFILE).join("libpupil_bindings.a"))
    }
}

/// Where all of it lies.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("ios")
}

/// Writes the Swift code and the header of a library, and gives their folder.
fn generate(workspace: &Workspace, library: &Path) -> Result<PathBuf> {
    let generated = folder(workspace).join("generated");
    if generated.exists() {
        fs::remove_dir_all(&generated)?;
    }
    workspace
        .cargo(&["run", "--locked", "--quiet", "--package", "pupil-bindgen", "--", "generate"])
        .args([library])
        .args(["--language", "swift", "--no-format", "--out-dir"])
        .args([&generated])
        .run()?;
    Ok(generated)
}

/// Installs what the check needs, unless it is there.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    if Compiler::find(workspace, DEVICE).is_some() {
        return Ok(());
    }
    if find_program("rustup").is_some() {
        // Without these two, a server that cannot be reached costs many minutes.
        let added = Run::program("rustup")
            .dir(workspace.root())
            .args(["target", "add", DEVICE])
            .env("RUSTUP_DOWNLOAD_TIMEOUT", "30")
            .env("RUSTUP_MAX_RETRIES", "1")
            .run();
        if added.is_ok() {
            return Ok(());
        }
    }
    ensure!(find_program("apt-get").is_some(), "the target {DEVICE} is missing: rustup could not add it");
    Run::program("apt-get").args(["update", "-q"]).run().context("cannot read the package lists")?;
    Run::program("apt-get")
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .args(DEBIAN_PACKAGES)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()?;
    ensure!(Compiler::find(workspace, DEVICE).is_some(), "no compiler for {DEVICE} after installing it");
    Ok(())
}
