//! The programs as they are released: the list of their crates is embedded in them, and they have the same bytes
//! wherever they are built.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::process::{Run, say};
use crate::workspace::Workspace;

/// Embeds the list, which `cargo audit bin` and others read out of the program.
const AUDITABLE: &str = "0.7.7";

/// What `cargo auditable build` hands to itself as the wrapper of the compiler. It would also name itself by its whole
/// path, which cargo makes part of the names of all symbols: then no two folders give the same bytes.
const AUDITABLE_ARGUMENTS: &str = r#"{"offline":false,"locked":true,"frozen":false,"config":[]}"#;

/// What is built.
const PROGRAMS: [&str; 2] = ["pupil", "pupil-train"];

/// Builds the programs.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    workspace.install_tool("cargo-auditable", AUDITABLE)?;
    let tools = workspace.tools().join("bin");
    let path = env::join_paths(
        [tools].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    )?;
    let cargo = workspace
        .cargo(&["build", "--release", "--locked", "--bins"])
        .args(["--package", "pupil-cli", "--package", "pupil-trainer"])
        .silent_env("PATH", path)
        .env("RUSTC_WORKSPACE_WRAPPER", "cargo-auditable")
        .env("CARGO_AUDITABLE_ORIG_ARGS", AUDITABLE_ARGUMENTS);
    to_ship(workspace, cargo, &[])?.run()?;
    for program in PROGRAMS {
        let name = format!("{program}{}", env::consts::EXE_SUFFIX);
        let place = workspace.target().join("release").join(name);
        check_paths(workspace, &place)?;
        say!("release: {}, {} bytes", place.display(), fs::metadata(&place)?.len());
    }
    Ok(())
}

/// A cargo command whose output is shipped. The folders of whoever builds it do not appear in it, so that the same
/// source gives the same bytes wherever it lies; `flags` are further ones of the compiler.
///
/// # Errors
///
/// When there is no home of cargo, or no compiler to ask for its own folder.
pub(crate) fn to_ship(workspace: &Workspace, cargo: Run, flags: &[&str]) -> Result<Run> {
    let sysroot = workspace.command("rustc").args(["--print", "sysroot"]).output();
    let source =
        PathBuf::from(sysroot.context("`rustc --print sysroot` fails")?).join("lib/rustlib/src/rust");
    let replaced = [
        (cargo_home()?, "/cargo"),
        (source, "/rust"),
        (workspace.root().to_owned(), "/pupil"),
        // Of these, the last that fits is taken.
        (workspace.target(), "/target"),
    ];
    let replaced = replaced.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    let flags: Vec<&str> = replaced.iter().map(String::as_str).chain(flags.iter().copied()).collect();
    // In this variable flags are separated by a character that no path holds.
    Ok(cargo.silent_env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f")))
}

/// Fails when a file that ships names a folder of whoever built it.
pub(crate) fn check_paths(workspace: &Workspace, shipped: &Path) -> Result<()> {
    let bytes = fs::read(shipped).with_context(|| format!("cannot read {}", shipped.display()))?;
    for folder in [workspace.root().to_owned(), workspace.target(), cargo_home()?] {
        let text = folder.display().to_string();
        let count = bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
        ensure!(count == 0, "{} names {text} in {count} places", shipped.display());
    }
    Ok(())
}

/// Where cargo keeps the source of dependencies.
fn cargo_home() -> Result<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::home_dir().map(|home| home.join(".cargo")))
        .context("neither CARGO_HOME nor a home folder is known")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_in_what_ships_are_found() {
        let workspace = Workspace::locate().unwrap();
        let file = env::temp_dir().join(format!("xtask-release-{}", std::process::id()));
        fs::write(&file, b"\0/cargo/registry/src/a.rs\0").unwrap();
        assert!(check_paths(&workspace, &file).is_ok());
        fs::write(&file, format!("\0{}/core/src/lib.rs\0", workspace.root().display())).unwrap();
        let error = check_paths(&workspace, &file).unwrap_err().to_string();
        fs::remove_file(&file).unwrap();
        assert!(error.contains("in 1 places"), "{error}");
    }
}
