//! Installs what the other commands need and the machine lacks.

use anyhow::{Result, bail, ensure};
use clap::Args;

use crate::android;
use crate::arm;
use crate::c;
use crate::deny;
use crate::fuzz;
use crate::ios;
use crate::process::{Run, find_program, say};
use crate::python;
use crate::swift;
use crate::wasm;
use crate::workspace::Workspace;

/// What to install.
#[derive(Args)]
pub(crate) struct Options {
    /// Everything that `cargo xtask test --all` needs: the tools of the other options, Python, a C compiler and
    /// valgrind
    #[arg(long)]
    all: bool,
    /// Also the tools that build for 64-bit Arm Linux and run the result (Debian packages need root)
    #[arg(long)]
    arm: bool,
    /// Also what tests and checks the Android SDK: a JDK, Maven, and the source of Rust's library (Debian packages need
    /// root)
    #[arg(long)]
    android: bool,
    /// Also what runs tests on WebAssembly: the target, and node (a Debian package needs root)
    #[arg(long)]
    wasm: bool,
    /// Also the C++ compiler that libFuzzer needs (a Debian package needs root)
    #[arg(long)]
    fuzz: bool,
    /// Where the Arm standard library comes from
    #[arg(long, value_enum, default_value_t)]
    from: arm::Source,
    /// Also a Swift compiler (Debian packages, into .tools/swift; needs root), and what compiles Rust for iPhones
    #[arg(long)]
    swift: bool,
}

/// Installs it.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    components(workspace)?;
    deny::install(workspace)?;
    others(workspace, options)
}

/// Installs all tools except cargo's, which the checks install themselves.
pub(crate) fn tools(workspace: &Workspace) -> Result<()> {
    let all = Options {
        all: true,
        arm: false,
        android: false,
        wasm: false,
        fuzz: false,
        from: arm::Source::default(),
        swift: false,
    };
    others(workspace, &all)
}

/// Installs the requested tools that are not cargo's.
fn others(workspace: &Workspace, options: &Options) -> Result<()> {
    // If one cannot be installed, the others still are.
    let mut failed = Vec::new();
    let mut install = |wanted: bool, name: &str, install: &dyn Fn() -> Result<()>| {
        if let Some(Err(error)) = wanted.then(install) {
            say!("setup: {name}: {error:#}");
            failed.push(name.to_owned());
        }
    };
    install(options.arm || options.all, "the Arm tools", &|| arm::install(workspace, options.from));
    install(options.android || options.all, "the Android tools", &|| android::install(workspace));
    install(options.wasm || options.all, "the tools for WebAssembly", &|| wasm::install(workspace));
    install(options.fuzz, "a C++ compiler", &|| fuzz::install(workspace));
    install(options.all, "the tools for C", &|| c::install(workspace));
    install(options.all, "Python", &|| python::install(workspace));
    install(options.swift || options.all, "a library for iOS", &|| ios::install(workspace));
    install(options.swift || options.all, "Swift", &|| swift::install(workspace));
    ensure!(failed.is_empty(), "not installed: {}", failed.join(", "));
    say!("setup: everything requested is installed");
    Ok(())
}

/// Makes sure that the toolchain has its formatter and its linter.
pub(crate) fn components(workspace: &Workspace) -> Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if workspace.cargo(&[subcommand, "--version"]).output().is_some() {
            continue;
        }
        if find_program("rustup").is_none() {
            bail!("`cargo {subcommand}` is missing and so is rustup: install {component} by hand");
        }
        Run::program("rustup").dir(workspace.root()).args(["component", "add", component]).run()?;
    }
    Ok(())
}
