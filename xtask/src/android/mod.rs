//! The libraries that Android apps embed, one per kind of CPU.
//!
//! With Android's NDK they are built to ship. Without it, the same code is compiled for Android and linked by the
//! linker of the pinned compiler, with the system's symbols undefined; the result cannot run, but it has the size, the
//! segments and the imports of the real one.

mod elf;
mod ndk;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use self::elf::Library;
use crate::bindings::{self, Language};
use crate::kotlin;
use crate::packages;
use crate::process::{Run, find_program, say};
use crate::release;
use crate::size::{self, PROFILE};
use crate::steps::Steps;
use crate::toolchain::{self, Toolchain};
use crate::workspace::Workspace;

/// A kind of CPU: its name in Rust and in Android.
struct Abi {
    target: &'static str,
    folder: &'static str,
}

/// The one whose library is linked without the NDK, to be checked and weighed.
const LINKED: Abi = Abi { target: "aarch64-linux-android", folder: "arm64-v8a" };

const ABIS: [Abi; 3] = [
    LINKED,
    Abi { target: "x86_64-linux-android", folder: "x86_64" },
    Abi { target: "armv7-linux-androideabi", folder: "armeabi-v7a" },
];

/// Package and features of the library, without its profile.
const PACKAGE: [&str; 7] =
    ["--locked", "--package", "pupil-bindings", "--lib", "--features", "jni", "--profile"];

/// Where Gradle looks for the libraries, and for the generated code.
const LIBRARIES: &str = "android/engine/src/main/jniLibs";

/// How to install a standard library for Android.
const REMEDY: &str = "`rustup target add aarch64-linux-android x86_64-linux-android armv7-linux-androideabi`, \
                      or on Debian `cargo xtask setup --android` as root";

/// What to build.
#[derive(Args)]
pub(crate) struct Options {
    /// Builds without Android's NDK and checks the result against Android's requirements
    #[arg(long)]
    check: bool,
}

/// Builds the libraries and the generated code for Gradle, or checks them.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.check {
        let mut steps = Steps::start(true);
        add(workspace, &mut steps)?;
        return steps.finish(true);
    }
    let ndk = ndk::Ndk::find()?;
    for abi in ABIS {
        let library = ndk.build(workspace, &abi)?;
        let read = Library::read(&library)?;
        read.check_pages()
            .and_then(|()| read.check_exports())
            .with_context(|| format!("{} cannot ship", library.display()))?;
        let folder = workspace.root().join(LIBRARIES).join(abi.folder);
        fs::create_dir_all(&folder)?;
        fs::copy(&library, folder.join("libpupil_bindings.so"))?;
        say!("android: {} in {}", abi.target, folder.display());
    }
    let code = workspace.target().join("android").join("kotlin");
    bindings::write(workspace, Language::Kotlin, "jni", &code)?;
    say!("android: generated code in {}", code.display());
    Ok(())
}

/// Adds the checks to a chain, or the notes that they cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    const NAME: &str = "Android libraries";
    match toolchains(workspace) {
        Some(toolchains) => steps.run(NAME, || check(workspace, &toolchains))?,
        None => {
            steps.not_run(NAME, "no Rust standard library for Android, nor its source, is installed", REMEDY)
        }
    }
    const JNA: &str = "Android libraries of JNA";
    if find_program("mvn").is_some() && find_program("jar").is_some() {
        steps.run(JNA, || check_jna(workspace))
    } else {
        steps.not_run(JNA, "a JDK or Maven is not installed", kotlin::REMEDY);
        Ok(())
    }
}

/// Installs what the checks of the libraries and the tests in Kotlin need, as Debian packages.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    let mut missing = Vec::new();
    if find_program("javac").is_none() {
        missing.push("default-jdk-headless");
    }
    if find_program("mvn").is_none() {
        missing.push("maven");
    }
    if !missing.is_empty() {
        packages::install(&missing)?;
    }
    toolchain::install(workspace, &ABIS.map(|abi| abi.target))
}

/// The compilers for all ABIs, in their order, or none where one is missing.
fn toolchains(workspace: &Workspace) -> Option<Vec<Toolchain>> {
    ABIS.iter().map(|abi| Toolchain::of(workspace, abi.target)).collect()
}

/// A cargo command for one target.
fn cargo(workspace: &Workspace, toolchain: Toolchain, command: &str, target: &str) -> Result<Run> {
    let run = workspace
        .cargo(&[command])
        .args(PACKAGE)
        .args([PROFILE, "--target", target])
        .env("CARGO_TARGET_DIR", folder(workspace, toolchain));
    release::to_ship(workspace, toolchain.compile(run), &[])
}

/// The output folder of that compiler.
fn folder(workspace: &Workspace, toolchain: Toolchain) -> PathBuf {
    toolchain.target(workspace, "android")
}

/// Links the library of phones and tablets and checks it; the others, whose code this machine and the emulated 32-bit
/// CPU test, are only type-checked.
fn check(workspace: &Workspace, toolchains: &[Toolchain]) -> Result<()> {
    for (abi, &toolchain) in ABIS.iter().zip(toolchains) {
        if abi.target == LINKED.target {
            check_linked(workspace, toolchain)?;
        } else {
            cargo(workspace, toolchain, "check", abi.target)?.run()?;
        }
    }
    Ok(())
}

/// Links the one library and checks it.
fn check_linked(workspace: &Workspace, toolchain: Toolchain) -> Result<()> {
    let Abi { target, folder: abi } = LINKED;
    cargo(workspace, toolchain, "rustc", target)?.args(["--crate-type", "staticlib"]).run()?;
    let built = folder(workspace, toolchain).join(target).join(PROFILE);
    let path = size::link(
        workspace,
        &built,
        "pupil_bindings",
        "Java_io_github_pupilsdk_*; uniffi_*; ffi_*",
        "Java_io_github_pupilsdk_Natives_score",
    )?;
    let library = Library::read(&path)?;
    let bytes = fs::metadata(&path)?.len();
    say!(
        "   {target}: {bytes} bytes, {} functions exported, {} imported",
        library.exports.len(),
        library.imports.len()
    );
    let paths = release::check_paths(workspace, &path);
    let checks = [paths, library.check_pages(), library.check_imports(), library.check_exports()];
    let mut wrong: Vec<String> =
        checks.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect();
    let limit = size::limit(&size::limits(workspace)?, "aarch64-android")?;
    if bytes > limit {
        wrong.push(format!("{bytes} bytes, {} more than allowed", bytes - limit));
    }
    if !wrong.is_empty() {
        bail!("{abi}: {}", wrong.join("; "));
    }
    Ok(())
}

/// Checks that the libraries of JNA, which apps embed as well, can be mapped with pages of 16 KB.
fn check_jna(workspace: &Workspace) -> Result<()> {
    let versions = kotlin::versions(workspace)?;
    let version = versions.iter().find(|(name, _)| name == "jna").context("JNA has no version")?.1.clone();
    let folder = workspace.target().join("android").join("jna");
    fs::create_dir_all(&folder)?;
    workspace
        .command("mvn")
        .args(["--batch-mode", "--no-transfer-progress"])
        .args([format!("{}:copy", kotlin::dependency_plugin(&versions)?)])
        .args([format!("-Dartifact=net.java.dev.jna:jna:{version}:aar")])
        .args([format!("-DoutputDirectory={}", folder.display())])
        .run()?;
    let archive = folder.join(format!("jna-{version}.aar"));
    let libraries: Vec<PathBuf> =
        ABIS.iter().map(|abi| Path::new("jni").join(abi.folder).join("libjnidispatch.so")).collect();
    Run::program("jar").dir(&folder).args(["--extract", "--file"]).args([&archive]).args(&libraries).run()?;
    let mut wrong = Vec::new();
    for library in &libraries {
        match Library::read(&folder.join(library))?.check_pages() {
            Ok(()) => say!("   {}: pages of 16 KB are fine", library.display()),
            Err(error) => wrong.push(format!("{}: {error}", library.display())),
        }
    }
    if !wrong.is_empty() {
        bail!("JNA {version}: {}", wrong.join("; "));
    }
    Ok(())
}
