//! Where things lie.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::Run;

/// The checked-out workspace.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the root: the parent of this crate's folder.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .context("CARGO_MANIFEST_DIR is not set: start this program as `cargo xtask`")?;
        let root = Path::new(&manifest).parent().context("the folder of xtask has no parent")?;
        Ok(Self { root: root.to_owned() })
    }

    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Tools built for this project alone; git ignores the folder.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join(".tools")
    }

    /// Cargo's output folder.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |dir| self.root.join(dir))
    }

    /// A command in the root.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Run {
        Run::program(program).dir(&self.root)
    }

    /// A cargo command in the root, with the compiler that rust-toolchain.toml pins.
    pub(crate) fn cargo(&self, args: &[&str]) -> Run {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        Run::program(cargo).shown_as("cargo").dir(&self.root).args(args)
    }
}
