//! Installs the emulator and a compiler for Arm.

use anyhow::{Context, Result, bail};

use super::compiler::{Compiler, MUSL, V7_MUSL};
use super::{QEMU, Source, ready};
use crate::process::{Run, find_program};
use crate::workspace::Workspace;

/// The emulator.
const QEMU_PACKAGES: [&str; 1] = ["qemu-user"];

/// Debian's compiler (the `web` packages are the recent ones), its Arm library, and a linker.
const COMPILER_PACKAGES: [&str; 5] = [
    "rustc-web",
    "libstd-rust-web-dev",
    "libstd-rust-web-dev:arm64",
    "gcc-aarch64-linux-gnu",
    "libc6-dev-arm64-cross",
];

/// Further packages with which Debian's compiler builds for 32-bit Arm.
const V7_PACKAGES: [&str; 4] =
    ["rustc-web", "rust-web-src", "gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"];

/// Installs whatever is missing.
pub(crate) fn install(workspace: &Workspace, source: Source) -> Result<()> {
    let missing_v7 = Compiler::installed_for_v7(workspace, source).is_none();
    if ready(workspace, source).is_ok() && !missing_v7 {
        return Ok(());
    }
    for (missing, target) in [(Compiler::installed(workspace, source).is_none(), MUSL), (missing_v7, V7_MUSL)]
    {
        if missing && source != Source::Debian {
            let added = add_rustup_target(workspace, target);
            if let (Err(error), Source::Rustup) = (added, source) {
                return Err(error);
            }
        }
    }
    let mut packages = Vec::new();
    if find_program(QEMU).is_none() {
        packages.extend(QEMU_PACKAGES);
    }
    if Compiler::installed(workspace, source).is_none() {
        packages.extend(COMPILER_PACKAGES);
    }
    if Compiler::installed_for_v7(workspace, source).is_none() {
        packages.extend(V7_PACKAGES);
    }
    if !packages.is_empty() {
        apt_install(&packages)?;
    }
    ready(workspace, source).map(|_| ()).map_err(anyhow::Error::msg)
}

/// Adds a target to the pinned toolchain.
fn add_rustup_target(workspace: &Workspace, target: &str) -> Result<()> {
    if find_program("rustup").is_none() {
        bail!("rustup is not installed");
    }
    // Without these two, a server that cannot be reached costs many minutes.
    Run::program("rustup")
        .dir(workspace.root())
        .args(["target", "add", target])
        .env("RUSTUP_DOWNLOAD_TIMEOUT", "30")
        .env("RUSTUP_MAX_RETRIES", "1")
        .run()
}

/// Installs Debian packages.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if find_program("apt-get").is_none() {
        bail!("this system has no apt-get; install what these Debian packages hold: {list}");
    }
    if !is_root() {
        bail!("installing packages needs root: run this command as root, or have these installed: {list}");
    }
    if packages.iter().any(|name| name.ends_with(":arm64")) {
        Run::program("dpkg").args(["--add-architecture", "arm64"]).run()?;
    }
    Run::program("apt-get").args(["update", "-q"]).run().context("cannot read the package lists")?;
    Run::program("apt-get")
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()
}

/// Whether this process may install packages.
fn is_root() -> bool {
    Run::program("id").args(["-u"]).output().as_deref() == Some("0")
}
