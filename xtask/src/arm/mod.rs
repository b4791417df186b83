//! The engine's tests on 64-bit Arm, and on 32-bit Arm, emulated by qemu.
//!
//! Two compilers can build them. With `rustup` it is the pinned one, for a statically linked musl target, so that only
//! qemu itself comes from elsewhere. On a Debian machine without access to rustup's server it is Debian's own, with
//! Debian's cross linker.

mod compiler;
mod install;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use self::compiler::Compiler;
pub(crate) use self::install::install;
use crate::kernels;
use crate::process::find_program;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// The emulator of one program at a time, from the package qemu-user.
pub(crate) const QEMU: &str = "qemu-aarch64";

/// The same for 32-bit Arm.
const QEMU_32: &str = "qemu-arm";

/// A CPU to emulate, what `PUPIL_CPU` leaves of it, the extensions whose kernel variants it must run, and the tests.
struct Emulated {
    cpu: &'static str,
    narrowed: Option<&'static str>,
    extensions: &'static [&'static str],
    tests: Tests,
}

/// Which tests run on a CPU.
enum Tests {
    /// All of them.
    All,
    /// Those of the engine's numbers, the shipped models among them.
    Numbers,
    /// Those that compare the variants of kernels, and whole models with golden bits.
    Variants,
}

/// Plain NEON, with `sdot`, and with `smmla`.
const PLAIN: &[&str] = &["arm_neon"];
const DOTPROD: &[&str] = &["arm_neon", "arm_dotprod"];
const I8MM: &[&str] = &["arm_neon", "arm_dotprod", "arm_i8mm"];

/// One CPU with all extensions that qemu has, one with `sdot`, one without any optional extension; then the first
/// again, narrowed to the extensions of the others.
const CPUS: [Emulated; 5] = [
    Emulated { cpu: "max", narrowed: None, extensions: I8MM, tests: Tests::All },
    Emulated { cpu: "cortex-a76", narrowed: None, extensions: DOTPROD, tests: Tests::Variants },
    Emulated { cpu: "cortex-a53", narrowed: None, extensions: PLAIN, tests: Tests::Numbers },
    Emulated { cpu: "max", narrowed: Some("neon,dotprod"), extensions: DOTPROD, tests: Tests::Variants },
    Emulated { cpu: "max", narrowed: Some("generic"), extensions: &[], tests: Tests::Variants },
];

/// The test programs of `pupil-tests` that exercise the engine's numbers, on every CPU.
const NUMBERS: [&str; 2] = ["golden", "parity"];

/// Those that exercise its calls. They, and the tests of the tokenizer, run only on the first CPU: none of them uses an
/// extension. The checks of files run where sizes are smaller, on WebAssembly and 32-bit Arm, and natively; the
/// comparison with the `tokenizers` crate does not depend on the CPU at all.
const CALLS: [&str; 1] = ["api"];

/// The test that starts itself a second time, which would happen without the emulator.
const ENDED: &str = "program_that_is_told_to_stop";

/// Where the Arm standard library comes from.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// rustup if it can be reached, else Debian
    #[default]
    Auto,
    /// The pinned toolchain, through rustup
    Rustup,
    /// The packages rustc-web and libstd-rust-web-dev
    Debian,
}

/// How to run the Arm tests.
#[derive(Args)]
pub(crate) struct Options {
    /// Which compiler builds them
    #[arg(long, value_enum, default_value_t)]
    from: Source,
}

/// Runs the Arm tests or fails.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    match ready(workspace, options.from) {
        Ok(compiler) => {
            let mut steps = Steps::start(true);
            add_cpus(workspace, &mut steps, &compiler)?;
            add_v7(workspace, &mut steps, options.from)?;
            steps.finish(true)
        }
        Err(missing) => bail!("{missing}; to install it: cargo xtask setup --arm"),
    }
}

/// Adds the Arm tests to a chain, or the note that they cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    if cfg!(target_arch = "aarch64") {
        return Ok(());
    }
    match ready(workspace, Source::Auto) {
        Ok(compiler) => {
            add_cpus(workspace, steps, &compiler)?;
            // Where the standard library for 32-bit Arm must be compiled first, this is a tenth of the whole test:
            // `cargo xtask arm` does it. WebAssembly has the same sizes, and runs the same tests.
            match Compiler::installed_for_v7(workspace, Source::Rustup) {
                Some(_) => add_v7(workspace, steps, Source::Rustup),
                None => Ok(()),
            }
        }
        Err(missing) => {
            let remedy = "`cargo xtask setup --arm` as root on Debian or Ubuntu, then `cargo xtask arm`";
            steps.not_run("tests on Arm", &missing, remedy);
            Ok(())
        }
    }
}

/// The compiler to use, or what is missing.
pub(crate) fn ready(workspace: &Workspace, source: Source) -> Result<Compiler, String> {
    if find_program(QEMU).is_none() {
        return Err(format!("{QEMU} is not installed"));
    }
    Compiler::installed(workspace, source)
        .ok_or_else(|| "no Rust standard library for 64-bit Arm Linux is installed".to_owned())
}

/// One step per emulated CPU; the first runs everything and builds for all.
fn add_cpus(workspace: &Workspace, steps: &mut Steps, compiler: &Compiler) -> Result<()> {
    let packages = ["test", "--locked", "--package", "pupil-core", "--package", "pupil-tests", "--lib"];
    for Emulated { cpu, narrowed, extensions, tests } in CPUS {
        let left = narrowed.map(|left| format!(" narrowed to {left}")).unwrap_or_default();
        steps.run(&format!("tests on Arm, {cpu}{left}"), || {
            let mut run = compiler.cargo(workspace, &packages);
            run = run.args(NUMBERS.iter().flat_map(|test| ["--test", test]));
            run = match tests {
                Tests::All => {
                    run.args(CALLS.iter().flat_map(|test| ["--test", test])).args(["--", "--skip", ENDED])
                }
                Tests::Numbers => run.args(["--", "--skip", "tokenizer::", "--skip", ENDED]),
                Tests::Variants => run.args(["--", "variant", "cpu::", "kernels::", "bits"]),
            };
            if let Some(left) = narrowed {
                run = run.env("PUPIL_CPU", left);
            }
            let kernels = kernels::required(workspace, extensions)?;
            run.env("QEMU_CPU", cpu).env("KERNELS", kernels).run()
        })?;
    }
    Ok(())
}

/// One step for 32-bit Arm, where every op runs its generic variant: the numbers must be those of 64 bits, and sizes
/// that such a CPU cannot hold must be refused.
fn add_v7(workspace: &Workspace, steps: &mut Steps, source: Source) -> Result<()> {
    let name = "tests on 32-bit Arm";
    let Some(compiler) = Compiler::installed_for_v7(workspace, source) else {
        let missing = "no Rust standard library for 32-bit Arm Linux is installed";
        steps.not_run(name, missing, "`cargo xtask setup --arm`, as root on Debian or Ubuntu");
        return Ok(());
    };
    // Whole models, the fixtures of an independent program, and files. The unit tests of the engine would be compiled
    // for this target alone, and their generic kernels are those that ran on 64-bit Arm.
    let packages = ["test", "--locked", "--package", "pupil-tests"];
    let tests = ["--test", "format", "--test", "golden", "--test", "parity"];
    // The shipped models alone, all the cases of them, would take longer here than everything else: generic kernels on
    // an emulated CPU. 64-bit Arm runs them, and the golden vectors hold the same layers.
    let left_out = ["--", "--skip", "cases_of_all_languages"];
    steps.run(name, || compiler.cargo_for_v7(workspace, &packages).args(tests).args(left_out).run())
}
