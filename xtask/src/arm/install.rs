//! Installs the emulator and a compiler for Arm.

use anyhow::Result;

use super::compiler::{Compiler, MUSL, V7_MUSL};
use super::{QEMU, Source, ready};
use crate::packages;
use crate::process::find_program;
use crate::toolchain::{self, DEBIAN_PACKAGES};
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

/// Linker and C library of Debian's compiler for 32-bit Arm.
const V7_PACKAGES: [&str; 2] = ["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"];

/// Installs whatever is missing.
pub(crate) fn install(workspace: &Workspace, source: Source) -> Result<()> {
    let missing_v7 = Compiler::installed_for_v7(workspace, source).is_none();
    if ready(workspace, source).is_ok() && !missing_v7 {
        return Ok(());
    }
    for (lacks, target) in [(Compiler::installed(workspace, source).is_none(), MUSL), (missing_v7, V7_MUSL)] {
        if lacks && source != Source::Debian {
            let added = toolchain::add_target(workspace, target);
            if let (Err(error), Source::Rustup) = (added, source) {
                return Err(error);
            }
        }
    }
    let mut missing = Vec::new();
    if find_program(QEMU).is_none() {
        missing.extend(QEMU_PACKAGES);
    }
    if Compiler::installed(workspace, source).is_none() {
        missing.extend(COMPILER_PACKAGES);
    }
    if Compiler::installed_for_v7(workspace, source).is_none() {
        missing.extend(DEBIAN_PACKAGES);
        missing.extend(V7_PACKAGES);
    }
    if !missing.is_empty() {
        packages::install(&missing)?;
    }
    ready(workspace, source).map(|_| ()).map_err(anyhow::Error::msg)
}
