//! The generated code of each language, and the library it calls.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

use crate::process::say;
use crate::workspace::{AS_FOR_TESTS, FEATURES, Workspace};

/// The program that writes the code.
const GENERATOR: &str = "uniffi-bindgen";

/// The languages that UniFFI writes code for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// For Android and the JVM
    Kotlin,
    /// For Apple's platforms and Linux
    Swift,
}

impl Language {
    fn name(self) -> &'static str {
        match self {
            Self::Kotlin => "kotlin",
            Self::Swift => "swift",
        }
    }
}

/// What to generate.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Languages; all when none is named
    #[arg(value_enum)]
    languages: Vec<Language>,
}

/// Builds the library for this machine and writes the code of each language that was asked for.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let all = [Language::Kotlin, Language::Swift];
    let languages = if options.languages.is_empty() { &all[..] } else { &options.languages };
    for language in languages {
        let folder = generate(workspace, *language)?;
        say!("bindings: {} in {}", language.name(), folder.display());
    }
    Ok(())
}

/// Builds the library with the features of the tests, and writes the code of one language into
/// `target/bindings/LANGUAGE`.
///
/// The tests in Rust use the same library: one for all languages, with the features of the whole workspace.
pub(crate) fn generate(workspace: &Workspace, language: Language) -> Result<PathBuf> {
    let folder = folder(workspace, language);
    as_for_tests(workspace, &["--lib"])?;
    write_code(workspace, &library(workspace, "debug"), language, &folder)?;
    Ok(folder)
}

/// As `generate`, for documentation: builds the library and the generator, and nothing else of the workspace.
pub(crate) fn generate_alone(workspace: &Workspace, language: Language) -> Result<PathBuf> {
    let folder = folder(workspace, language);
    workspace
        .cargo(&["build", "--locked", "--package", "pupil-bindings", "--package", "pupil-bindgen"])
        .args(["--features", "pupil-bindings/deliberate-panic,pupil-bindings/jni,pupil-bindgen/generator"])
        .run()?;
    run_generator(workspace, &library(workspace, "debug"), language, &folder)?;
    Ok(folder)
}

/// Where the code of one language is written.
fn folder(workspace: &Workspace, language: Language) -> PathBuf {
    workspace.target().join("bindings").join(language.name())
}

/// Builds a part of the workspace with the features of the tests, which reuse it.
fn as_for_tests(workspace: &Workspace, part: &[&str]) -> Result<()> {
    workspace
        .cargo(&["build", "--locked", "--workspace", "--exclude", "pupil-rivals", "--features", FEATURES])
        .args(part)
        .args(AS_FOR_TESTS)
        .run()
}

/// Builds the library for this machine and writes the code of one language into `folder`, replacing its content.
pub(crate) fn write(workspace: &Workspace, language: Language, features: &str, folder: &Path) -> Result<()> {
    workspace.cargo(&["build", "--locked", "--package", "pupil-bindings", "--features", features]).run()?;
    write_code(workspace, &library(workspace, "debug"), language, folder)
}

/// Where cargo puts the library for this machine.
pub(crate) fn library(workspace: &Workspace, profile: &str) -> PathBuf {
    let name = format!("{}pupil_bindings{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    workspace.target().join(profile).join(name)
}

/// Writes the code of one language for a library that still has its symbols, replacing the content of `folder`.
pub(crate) fn write_code(
    workspace: &Workspace,
    library: &Path,
    language: Language,
    folder: &Path,
) -> Result<()> {
    as_for_tests(workspace, &["--bin", GENERATOR])?;
    run_generator(workspace, library, language, folder)
}

/// As `write_code`, with a generator that is built.
fn run_generator(workspace: &Workspace, library: &Path, language: Language, folder: &Path) -> Result<()> {
    // Files of another version must not be compiled as well.
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let program = format!("{GENERATOR}{}", std::env::consts::EXE_SUFFIX);
    workspace
        .command(workspace.target().join("debug").join(program))
        .shown_as(GENERATOR)
        .args(["generate"])
        .args([library.as_os_str()])
        .args(["--language", language.name(), "--no-format", "--out-dir"])
        .args([folder.as_os_str()])
        .run()
}
