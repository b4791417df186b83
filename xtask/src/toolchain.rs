//! Compilers for other platforms: the pinned one if rustup has installed the platform's standard library, and Debian's,
//! which compiles the standard library as well.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::packages;
use crate::process::{Run, find_program};
use crate::workspace::Workspace;

/// Debian's compiler and its documentation tool.
pub(crate) const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
pub(crate) const DEBIAN_RUSTDOC: &str = "/usr/bin/rustdoc";

/// The source of its standard library.
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// The packages of both.
pub(crate) const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "libstd-rust-web-dev", "rust-web-src"];

/// A compiler that is installed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The pinned one.
    Pinned,
    /// Debian's.
    Debian,
}

impl Toolchain {
    /// The compiler for that target; the pinned one is preferred.
    pub(crate) fn of(workspace: &Workspace, target: &str) -> Option<Self> {
        if has_target(workspace, target) {
            return Some(Self::Pinned);
        }
        debian_has_source().then_some(Self::Debian)
    }

    /// Cargo's output folder for builds with it. Debian's compiler has a separate one for each `purpose`, since each
    /// compiler would rebuild what the other built.
    pub(crate) fn target(self, workspace: &Workspace, purpose: &str) -> PathBuf {
        match self {
            Self::Pinned => workspace.target(),
            Self::Debian => workspace.target().join(purpose).join("debian"),
        }
    }

    /// The cargo command, with this compiler.
    pub(crate) fn compile(self, cargo: Run) -> Run {
        match self {
            Self::Pinned => cargo,
            // Compiling the standard library is not a stable option.
            Self::Debian => cargo
                .args(["-Zbuild-std=std,panic_unwind"])
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTDOC", DEBIAN_RUSTDOC)
                .env("RUSTC_BOOTSTRAP", "1"),
        }
    }
}

/// Whether the pinned compiler has the standard library of that target.
pub(crate) fn has_target(workspace: &Workspace, target: &str) -> bool {
    workspace
        .command("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .output()
        .is_some_and(|dir| Path::new(&dir).is_dir())
}

/// Whether Debian's compiler can compile the standard library.
pub(crate) fn debian_has_source() -> bool {
    Path::new(DEBIAN_RUSTC).is_file() && Path::new(DEBIAN_SOURCE).is_file()
}

/// Makes sure that there is a compiler for each of the targets: the pinned one if rustup has the target, else Debian's.
pub(crate) fn install(workspace: &Workspace, targets: &[&str]) -> Result<()> {
    let refused = |target: &&&str| !has_target(workspace, target) && add_target(workspace, target).is_err();
    if targets.iter().filter(refused).count() > 0 && !debian_has_source() {
        packages::install(&DEBIAN_PACKAGES)?;
    }
    Ok(())
}

/// Adds a target to the pinned toolchain.
pub(crate) fn add_target(workspace: &Workspace, target: &str) -> Result<()> {
    if find_program("rustup").is_none() {
        bail!("rustup is not installed");
    }
    // Without these two, an unreachable server costs many minutes.
    Run::program("rustup")
        .dir(workspace.root())
        .args(["target", "add", target])
        .env("RUSTUP_DOWNLOAD_TIMEOUT", "30")
        .env("RUSTUP_MAX_RETRIES", "1")
        .run()
}
