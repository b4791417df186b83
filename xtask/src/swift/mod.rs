//! The Swift package in `ios`: compiled and tested against the library of this machine.
//!
//! A `swift` on the PATH is preferred. Otherwise it is Debian's: its packages need a later C library than older systems
//! have, so they are installed into a folder of this project with a small separate Debian.

mod bench;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::bindings::{self, Language};
use crate::packages;
use crate::process::{Run, find_program, say};
use crate::steps::Steps;
use crate::workspace::Workspace;

/// The Debian release that is installed, the first with a Swift compiler.
const RELEASE: &str = "trixie";

/// The compiler, what it links with, and what its package manager calls.
const PACKAGES: [&str; 5] = ["swiftlang", "libc6-dev", "libstdc++-14-dev", "git", "ca-certificates"];

/// Debian's server, if this machine does not run Debian.
const MIRROR: &str = "http://deb.debian.org/debian";

/// Written last, so that a folder without it is known to be incomplete.
const MARK: &str = "pupil-complete";

/// The hand-written part of the package.
const SOURCES: [&str; 5] = ["Package.swift", "Sources", "Tests", "Sample", "Benchmark"];

/// The first Swift with the language mode that the package is written in.
const LEAST_MAJOR: u32 = 6;

/// Where Debian's package has the compiler's other programs.
const DEBIAN_TOOLS: &str = "/usr/libexec/swift/bin";

/// What to do without a compiler.
const REMEDY: &str =
    "`cargo xtask setup --swift` as root on Debian or Ubuntu, or a Swift of at least 6.0 on the PATH";

/// Runs a program in the folder `$1` that contains a Debian, with the folders up to `--` visible there as well.
///
/// Only this process sees the mounts, and they end with it, however it ends.
const INSIDE: &str = r#"set -e
debian="$1"; shift
while [ "$1" != -- ]; do mkdir -p "$debian$1"; mount --rbind "$1" "$debian$1"; shift; done
shift
mount -t proc proc "$debian/proc"
exec chroot "$debian" env HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@""#;

/// What to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Compares a call through the package with the same call in Rust, on a release build, instead of testing
    #[arg(long)]
    bench: bool,
}

/// Runs the tests, or the measurement.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.bench {
        return bench::run(workspace);
    }
    let mut steps = Steps::start(true);
    add(workspace, &mut steps)?;
    steps.finish(true)
}

/// A Swift compiler that is installed.
pub(crate) enum Compiler {
    /// On the PATH.
    Native,
    /// In this folder with a Debian.
    Debian(PathBuf),
}

impl Compiler {
    /// The compiler, if there is one, or why there is none.
    pub(crate) fn installed(workspace: &Workspace) -> Result<Self, String> {
        let native = find_program("swift").map(|_| {
            let printed = Run::program("swift").args(["--version"]).output();
            printed.as_deref().and_then(major)
        });
        if native.flatten().is_some_and(|major| major >= LEAST_MAJOR) {
            return Ok(Self::Native);
        }
        let debian = debian(workspace);
        if !debian.join(MARK).is_file() {
            return Err(match native {
                None => "no Swift compiler is installed".into(),
                Some(None) => {
                    "the `swift` on the PATH is not a Swift compiler, and no other is installed".into()
                }
                Some(Some(major)) => format!(
                    "the `swift` on the PATH is Swift {major}, less than {LEAST_MAJOR}, and no other is installed"
                ),
            });
        }
        if private_mounts() {
            Ok(Self::Debian(debian))
        } else {
            Err(format!("using the compiler in {} takes root, or the right to mount", debian.display()))
        }
    }

    /// A command of `swift` for the package in `ios`, which links the library of that folder.
    fn swift(&self, workspace: &Workspace, library: &Path, args: &[&str]) -> Run {
        let library = format!("PUPIL_LIBRARY={}", library.display());
        // Some tests panic on purpose. Set for builds as well: with another environment everything is compiled again.
        self.program(workspace, Path::new("env")).args([&library, "RUST_BACKTRACE=0", "swift"]).args(args)
    }

    /// As `swift`, for a subcommand that builds against the library that tests use.
    fn build(&self, workspace: &Workspace, subcommand: &[&str]) -> Run {
        let library = workspace.target().join("debug");
        let scratch = scratch(workspace);
        let swift = self
            .swift(workspace, &library, subcommand)
            .args(["--scratch-path".as_ref(), scratch.as_os_str()]);
        match self {
            // A later compiler may warn about code that this one accepts, also in generated code.
            Self::Native => swift,
            Self::Debian(_) => swift.args(["-Xswiftc", "-warnings-as-errors"]),
        }
    }

    /// A program that comes with the compiler but is not one of its commands.
    fn tool(&self, workspace: &Workspace, name: &str) -> Result<Run> {
        let path = match self {
            Self::Native => find_program(name)
                .with_context(|| format!("{name}, which comes with the compiler, is not on the PATH"))?,
            Self::Debian(_) => Path::new(DEBIAN_TOOLS).join(name),
        };
        Ok(self.program(workspace, &path))
    }

    /// Any program in the compiler's environment, in the folder of the package.
    fn program(&self, workspace: &Workspace, program: &Path) -> Run {
        let package = workspace.root().join("ios");
        match self {
            Self::Native => Run::program(program).dir(&package),
            Self::Debian(debian) => {
                let mut folders = vec![workspace.root().to_owned()];
                if !workspace.target().starts_with(workspace.root()) {
                    folders.push(workspace.target());
                }
                inside(debian, &folders)
                    .args(["env", "--chdir"])
                    .args([package.as_os_str(), program.as_os_str()])
            }
        }
    }
}

/// Adds the checks and tests to a chain, or the note that they cannot run here.
pub(crate) fn add(workspace: &Workspace, steps: &mut Steps) -> Result<()> {
    let compiler = match Compiler::installed(workspace) {
        Ok(compiler) => compiler,
        Err(reason) => {
            steps.not_run("Swift", &reason, REMEDY);
            return Ok(());
        }
    };
    steps.run("Swift: format", || {
        let lint = ["format", "lint", "--strict", "--recursive", "--configuration", ".swift-format"];
        compiler.program(workspace, Path::new("swift")).args(lint).args(SOURCES).run()
    })?;
    steps.run("Swift: build", || {
        stage(workspace, &bindings::generate(workspace, Language::Swift)?)?;
        compiler.build(workspace, &["build", "--build-tests"]).run()
    })?;
    steps.run("Swift: tests", || test(workspace, &compiler))?;
    // On a Mac, Xcode builds the documentation: ios/README.md.
    if cfg!(target_os = "linux") {
        steps.run("Swift: documentation", || document(workspace, &compiler).map(drop))?;
    }
    Ok(())
}

/// Builds the reference, and returns its folder.
pub(crate) fn reference(workspace: &Workspace) -> Result<PathBuf> {
    ensure!(cfg!(target_os = "linux"), "on this system another command builds it: see ios/README.md");
    let compiler = match Compiler::installed(workspace) {
        Ok(compiler) => compiler,
        Err(reason) => bail!("{reason}: {REMEDY}"),
    };
    stage(workspace, &bindings::generate_alone(workspace, Language::Swift)?)?;
    compiler.build(workspace, &["build", "--target", "Pupil"]).run()?;
    document(workspace, &compiler)
}

/// The catalogue and the comments of the compiled package as pages. Whatever they refer to has to exist.
fn document(workspace: &Workspace, compiler: &Compiler) -> Result<PathBuf> {
    let scratch = scratch(workspace);
    // The compiler's own name of this machine is the name of the folder that the link leads to.
    let debug = fs::canonicalize(scratch.join("debug")).context("the package is not built")?;
    let machine = debug.parent().and_then(Path::file_name).context("the build has no name of the machine")?;
    let (graph, archive) = (scratch.join("graph"), scratch.join("Pupil.doccarchive"));
    for folder in [&graph, &archive] {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
    }
    fs::create_dir_all(&graph)?;
    compiler
        .tool(workspace, "swift-symbolgraph-extract")?
        .args(["-module-name", "Pupil", "-minimum-access-level", "public"])
        .args(["-target".as_ref(), machine])
        .args(["-I".as_ref(), debug.join("Modules").as_os_str(), "-I".as_ref(), debug.as_os_str()])
        .args(["-Xcc", "-fmodule-map-file=Generated/PupilFFI/module.modulemap"])
        .args(["-output-dir".as_ref(), graph.as_os_str()])
        .run()?;
    compiler
        .tool(workspace, "docc")?
        .args(["convert", "Sources/Pupil/Pupil.docc", "--fallback-display-name", "Pupil"])
        .args(["--fallback-bundle-identifier", "io.github.pupilsdk.Pupil", "--warnings-as-errors"])
        .args(["--additional-symbol-graph-dir".as_ref(), graph.as_os_str()])
        .args(["--transform-for-static-hosting", "--hosting-base-path", "reference/swift"])
        .args(["--output-path".as_ref(), archive.as_os_str()])
        .run()?;
    Ok(archive)
}

/// The major version in the output of `swift --version`; other programs of that name print none.
fn major(printed: &str) -> Option<u32> {
    let (_, version) = printed.split_once("Swift version ")?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Runs the tests, and checks that as many ran as are written.
fn test(workspace: &Workspace, compiler: &Compiler) -> Result<()> {
    let [asked, report] = ["tests.xml", "tests-swift-testing.xml"].map(|name| scratch(workspace).join(name));
    if report.exists() {
        fs::remove_file(&report)?;
    }
    compiler.build(workspace, &["test"]).args(["--xunit-output".as_ref(), asked.as_os_str()]).run()?;
    let text = fs::read_to_string(&report).with_context(|| format!("no report {}", report.display()))?;
    let ran = text.matches("<testcase ").count();
    let written = ["ios/Tests", "ios/Sample/Tests"]
        .into_iter()
        .map(|folder| written(&workspace.root().join(folder)))
        .sum::<Result<usize>>()?;
    ensure!(ran == written, "{written} tests are written, but {ran} ran");
    say!("   {ran} tests ran, as many as are written");
    Ok(())
}

/// The number of tests in the files of a folder.
fn written(folder: &Path) -> Result<usize> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut count = 0;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            count += written(&path)?;
        } else if path.extension().is_some_and(|extension| extension == "swift") {
            count += fs::read_to_string(&path)?.matches("@Test(").count();
        }
    }
    Ok(count)
}

/// Puts generated code where the package looks for it.
fn stage(workspace: &Workspace, generated: &Path) -> Result<()> {
    let package = workspace.root().join("ios/Generated");
    // The package prefers the XCFramework, which has no function that panics on purpose.
    let framework = package.join("PupilFFI.xcframework");
    if framework.exists() {
        fs::remove_dir_all(&framework)?;
    }
    place(&generated.join("PupilEngine.swift"), &package.join("PupilEngine/PupilEngine.swift"))?;
    place(&generated.join("PupilFFI.h"), &package.join("PupilFFI/PupilFFI.h"))?;
    place(&generated.join("PupilFFI.modulemap"), &package.join("PupilFFI/module.modulemap"))
}

/// Copies a file, unless it is unchanged: its time decides what is compiled again.
pub(crate) fn place(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, bytes).with_context(|| format!("cannot write {}", to.display()))
}

/// The output folder of the compiler.
fn scratch(workspace: &Workspace) -> PathBuf {
    workspace.target().join("swift")
}

/// The folder of the Debian with the compiler.
fn debian(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("swift")
}

/// A program in that Debian, which sees some folders of this machine under the same paths.
fn inside(debian: &Path, folders: &[PathBuf]) -> Run {
    Run::program("unshare")
        .shown_as("(in .tools/swift)")
        .silent_args(["--mount", "--propagation", "private", "sh", "-c", INSIDE, "sh"])
        .silent_args([debian])
        .silent_args(folders)
        .silent_args(["--"])
}

/// Whether this process may mount folders for itself.
fn private_mounts() -> bool {
    Run::program("unshare").args(["--mount", "--propagation", "private", "true"]).output().is_some()
}

/// Installs the compiler, unless there is one.
pub(crate) fn install(workspace: &Workspace) -> Result<()> {
    if Compiler::installed(workspace).is_ok() {
        return Ok(());
    }
    ensure!(
        cfg!(target_os = "linux") && find_program("apt-get").is_some(),
        "this system has no apt-get; install Swift 6.0 or later from https://www.swift.org/install"
    );
    ensure!(
        private_mounts(),
        "the compiler goes into a small Debian of its own, which takes root and the right to mount: \
         run `cargo xtask setup --swift` as root, or install Swift 6.0 or later from https://www.swift.org/install"
    );
    let debian = debian(workspace);
    if debian.exists() {
        say!("setup: {} is incomplete and is made again", debian.display());
        remove(&debian)?;
    }
    if find_program("debootstrap").is_none() {
        packages::install(&["debootstrap", "debian-archive-keyring"])?;
    }
    let step = |number: u32, what: &str| say!("setup: Swift, step {number} of 3: {what}");
    step(1, "a small Debian, 210 MB on disk, about a minute");
    Run::program("unshare")
        .args(["--mount", "--propagation", "private", "debootstrap", "--variant=minbase", RELEASE])
        .args([debian.as_os_str()])
        .args([mirror()])
        .run()
        .context("debootstrap failed; its log is .tools/swift/debootstrap/debootstrap.log")?;
    step(2, "the compiler, 560 MB to fetch, 2.7 GB on disk, about two minutes");
    inside(&debian, &[]).args(["apt-get", "update", "-q"]).run()?;
    inside(&debian, &[])
        .args(["apt-get", "install", "-y", "-q", "--no-install-recommends"])
        .args(PACKAGES)
        .run()?;
    inside(&debian, &[]).args(["apt-get", "clean"]).run()?;
    step(3, "whether it runs");
    inside(&debian, &[]).args(["swift", "--version"]).run()?;
    fs::write(debian.join(MARK), RELEASE)?;
    Ok(())
}

/// Removes an incomplete Debian.
fn remove(debian: &Path) -> Result<()> {
    let mounts = fs::read_to_string("/proc/self/mounts").context("cannot read /proc/self/mounts")?;
    let below =
        mounts.lines().filter_map(|line| line.split(' ').nth(1)).find(|at| Path::new(at).starts_with(debian));
    if let Some(at) = below {
        // Removing the folder would also remove the mounted files.
        bail!("{at} is mounted: run `umount {at}` first");
    }
    fs::remove_dir_all(debian).with_context(|| format!("cannot remove {}", debian.display()))
}

/// The server of this machine's packages, if it runs Debian.
fn mirror() -> String {
    let is_debian =
        fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    let listed = || {
        let text = fs::read_to_string("/etc/apt/sources.list.d/debian.sources").ok()?;
        let uris = text.lines().find_map(|line| line.strip_prefix("URIs:"))?;
        uris.split_whitespace().next().map(str::to_owned)
    };
    is_debian.then(listed).flatten().unwrap_or_else(|| MIRROR.into())
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn only_what_a_swift_compiler_prints_has_a_version() {
        let rows = [
            ("Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64-unknown-linux-gnu", Some(6)),
            ("Apple Swift version 6.1 (swiftlang-6.1.0.110.21 clang-1700.0.13.3)", Some(6)),
            ("swift-driver version: 1.62.15 Apple Swift version 5.7.2 (swiftlang-5.7.2.135.5)", Some(5)),
            ("Swift version 10.0-dev", Some(10)),
            ("python-swiftclient 4.6.0", None),
            ("Swift version ", None),
            ("", None),
        ];
        let read = rows.map(|(printed, _)| (printed, major(printed)));
        assert_eq!(read, rows);
    }
}
