//! The two compilers that can build for 64-bit Arm Linux.

use std::path::{Path, PathBuf};

use super::{QEMU, QEMU_32, Source};
use crate::process::{Run, find_program};
use crate::toolchain::{self, DEBIAN_RUSTC, DEBIAN_RUSTDOC, Toolchain};
use crate::workspace::Workspace;

/// Statically linked: needs neither a C compiler nor a C library for Arm.
pub(super) const MUSL: &str = "aarch64-unknown-linux-musl";

/// The target of Debian's packages.
const GNU: &str = "aarch64-unknown-linux-gnu";

/// Debian's C compiler for Arm, used as the linker.
const GNU_LINKER: &str = "aarch64-linux-gnu-gcc";

/// 32-bit Arm, statically linked; of the pinned toolchain.
pub(super) const V7_MUSL: &str = "armv7-unknown-linux-musleabihf";

/// The same for Debian's compiler, which has to build the standard library first.
const V7_GNU: &str = "armv7-unknown-linux-gnueabihf";

/// Debian's C compiler for it, and the folder of the C library that its programs load.
const V7_GNU_LINKER: &str = "arm-linux-gnueabihf-gcc";
const V7_GNU_ROOT: &str = "/usr/arm-linux-gnueabihf";

/// Seconds after which an emulated test program is stopped: far above what the slowest needs.
const LIMIT_S: &str = "1200";

/// A compiler that is installed.
pub(crate) enum Compiler {
    /// The pinned toolchain with the musl target.
    Rustup,
    /// Debian's rustc, driven by the pinned cargo.
    Debian,
}

impl Compiler {
    /// The compiler of that source, if it is installed.
    pub(super) fn installed(workspace: &Workspace, source: Source) -> Option<Self> {
        let rustup = source != Source::Debian && toolchain::has_target(workspace, MUSL);
        let debian = source != Source::Rustup && has_debian();
        Self::chosen(rustup, debian)
    }

    /// Likewise for 32-bit Arm.
    pub(super) fn installed_for_v7(workspace: &Workspace, source: Source) -> Option<Self> {
        let rustup = source != Source::Debian && toolchain::has_target(workspace, V7_MUSL);
        let debian = source != Source::Rustup
            && toolchain::debian_has_source()
            && Path::new(V7_GNU_ROOT).is_dir()
            && find_program(V7_GNU_LINKER).is_some();
        Self::chosen(rustup, debian)
    }

    fn chosen(rustup: bool, debian: bool) -> Option<Self> {
        if rustup {
            Some(Self::Rustup)
        } else if debian {
            Some(Self::Debian)
        } else {
            None
        }
    }

    /// Its output folder, with one folder per profile.
    pub(crate) fn folder(&self, workspace: &Workspace) -> PathBuf {
        match self {
            Self::Rustup => workspace.target().join(MUSL),
            Self::Debian => debian_target(workspace).join(GNU),
        }
    }

    /// A cargo command that builds for Arm and runs the result under the emulator.
    pub(crate) fn cargo(&self, workspace: &Workspace, args: &[&str]) -> Run {
        let runner = runner(QEMU);
        match self {
            Self::Rustup => workspace
                .cargo(args)
                .args(["--target", MUSL])
                .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER", "rust-lld")
                .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS", "-Clink-self-contained=yes")
                .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER", runner),
            Self::Debian => workspace
                .cargo(args)
                .args(["--target", GNU])
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTDOC", DEBIAN_RUSTDOC)
                .env("CARGO_TARGET_DIR", debian_target(workspace))
                .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", GNU_LINKER)
                // No `-L` for qemu: with Debian's arm64 C library installed, a second copy of it would be mixed in.
                .env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER", runner),
        }
    }

    /// Likewise for 32-bit Arm.
    pub(super) fn cargo_for_v7(&self, workspace: &Workspace, args: &[&str]) -> Run {
        let runner = runner(QEMU_32);
        match self {
            Self::Rustup => workspace
                .cargo(args)
                .args(["--target", V7_MUSL])
                .env("CARGO_TARGET_ARMV7_UNKNOWN_LINUX_MUSLEABIHF_LINKER", "rust-lld")
                .env("CARGO_TARGET_ARMV7_UNKNOWN_LINUX_MUSLEABIHF_RUSTFLAGS", "-Clink-self-contained=yes")
                .env("CARGO_TARGET_ARMV7_UNKNOWN_LINUX_MUSLEABIHF_RUNNER", runner),
            Self::Debian => Toolchain::Debian
                .compile(workspace.cargo(args).args(["--target", V7_GNU]))
                .env("CARGO_TARGET_DIR", debian_target(workspace).join("v7"))
                .env("CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_LINKER", V7_GNU_LINKER)
                .env(
                    "CARGO_TARGET_ARMV7_UNKNOWN_LINUX_GNUEABIHF_RUNNER",
                    format!("{runner} -L {V7_GNU_ROOT}"),
                ),
        }
    }
}

/// The command that runs a program on an emulated CPU: one that hangs must fail, not block the machine.
fn runner(qemu: &str) -> String {
    format!("timeout --kill-after=10 {LIMIT_S} {qemu}")
}

/// The output folder of Debian's compiler: separate, or each compiler would rebuild what the other built.
fn debian_target(workspace: &Workspace) -> PathBuf {
    workspace.target().join("debian")
}

/// Whether Debian's compiler, its Arm library and its linker are installed.
fn has_debian() -> bool {
    Path::new(DEBIAN_RUSTC).is_file()
        && Path::new("/usr/lib/rustlib").join(GNU).join("lib").is_dir()
        && find_program(GNU_LINKER).is_some()
}
