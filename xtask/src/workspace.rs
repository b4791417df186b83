//! The places of files and folders.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::Run;

/// All features of the engine, the bindings and the trainer, and the generator of the bindings' code, for tests. They
/// are the same everywhere, and always used with `--workspace`: other features or packages would change the features of
/// the dependencies, which would be built again. The engine without its optional features is tested on Arm.
pub(crate) const FEATURES: &str = "pupil-bindings/deliberate-panic,pupil-bindings/jni,pupil-bindgen/generator,\
                                   pupil-core/tokenizers,pupil-python/deliberate-panic,pupil-tests/onnx,\
                                   pupil-tests/tokenizers,pupil-trainer/onnx";

/// Those of the bindings, for lints and documentation: without the generator, whose dependency `uniffi_bindgen` takes a
/// minute of CPU time to check, while our part of it is five lines.
pub(crate) const CHECKED_FEATURES: &str = "pupil-bindings/deliberate-panic,pupil-bindings/jni,\
                                           pupil-fuzz-targets/trainer,pupil-python/deliberate-panic";

/// The optional features of the engine, for the crates whose tests use them.
pub(crate) const OPTIONAL: &str =
    "pupil-core/tokenizers,pupil-tests/onnx,pupil-tests/tokenizers,pupil-trainer/onnx";

/// An example, built so that cargo chooses the features of dependencies as for tests; otherwise it leaves out those
/// that only tests use. So a build of libraries or programs reuses what the tests have built.
pub(crate) const AS_FOR_TESTS: [&str; 2] = ["--example", "score_one"];

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

    /// The path of a program that `install_tool` builds.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.tools().join("bin").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Builds a program of the registry into `.tools`, unless it is there in that version.
    ///
    /// It runs for two seconds a day, so it is built without optimisation: for cargo-deny, 80 s of CPU time instead of
    /// 8 minutes.
    pub(crate) fn install_tool(&self, name: &str, version: &str) -> Result<()> {
        // Cargo's own list: not every tool knows its version.
        let installed = fs::read_to_string(self.tools().join(".crates.toml")).unwrap_or_default();
        if self.tool(name).is_file() && installed.contains(&format!("\"{name} {version} (")) {
            return Ok(());
        }
        let build = self.tools().join("build");
        self.cargo(&["install", "--locked", "--force", "--root", ".tools", "--target-dir", ".tools/build"])
            .args([format!("{name}@{version}")])
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo")
            .run()?;
        fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))
    }

    /// Cargo's output folder.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), |dir| self.root.join(dir))
    }

    /// Every file of the repository that people write or read, with its text, sorted.
    pub(crate) fn texts(&self) -> Result<Vec<(PathBuf, String)>> {
        let mut found = Vec::new();
        texts(&self.root, &mut found)?;
        found.sort();
        Ok(found)
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

/// Folders with generated content.
const GENERATED: [&str; 5] = ["target", "runs", "build", "node_modules", "Generated"];

/// Hidden folders with files that people write.
const HIDDEN: [&str; 3] = [".cargo", ".ci", ".github"];

/// The extensions of such files; a file without one counts as well.
const ENDINGS: [&str; 9] = ["rs", "md", "toml", "py", "kt", "kts", "swift", "yml", "sh"];

/// Adds the texts of a folder.
fn texts(folder: &Path, found: &mut Vec<(PathBuf, String)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let hidden = name.starts_with('.') && !HIDDEN.contains(&name.as_str());
            if !hidden && !GENERATED.contains(&name.as_str()) {
                texts(&path, found)?;
            }
        } else if path.extension().is_none_or(|ending| ENDINGS.iter().any(|known| ending == *known))
            && let Ok(text) = fs::read_to_string(&path)
        {
            found.push((path, text));
        }
    }
    Ok(())
}
