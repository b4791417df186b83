//! The parts of a release: the XCFramework, and the package that apps name.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::{DEVICE, folder, generate, library};
use crate::process::{find_program, say};
use crate::swift::place;
use crate::toolchain::Toolchain;
use crate::workspace::Workspace;

/// The targets of the iOS simulators and of Macs, for Apple's processors and Intel's.
const SIMULATOR: [&str; 2] = ["aarch64-apple-ios-sim", "x86_64-apple-ios"];
const MAC: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];

const MODEL: &str = "models/science/science.pupil";

/// Makes `target/ios/release` and puts framework, generated code and model where the local package and the sample look.
pub(super) fn release(workspace: &Workspace, url: Option<&str>) -> Result<()> {
    for program in ["xcodebuild", "lipo", "swift", "ditto"] {
        ensure!(find_program(program).is_some(), "`{program}` is missing: install Xcode and open it once");
    }
    let build = |target: &str| -> Result<PathBuf> {
        let toolchain = Toolchain::of(workspace, target)
            .with_context(|| format!("run `rustup target add {target}` first"))?;
        library(workspace, toolchain, target)
    };
    let device = build(DEVICE)?;
    let simulator = joined(workspace, "simulator", &SIMULATOR.map(build))?;
    let mac = joined(workspace, "macos", &MAC.map(build))?;

    let generated = generate(workspace, &device)?;
    let release = folder(workspace).join("release");
    if release.exists() {
        fs::remove_dir_all(&release)?;
    }
    let headers = folder(workspace).join("headers");
    // In a separate folder: an app may have several frameworks with a file of that name.
    place(&generated.join("PupilFFI.h"), &headers.join("PupilFFI/PupilFFI.h"))?;
    place(&generated.join("PupilFFI.modulemap"), &headers.join("PupilFFI/module.modulemap"))?;

    let framework = release.join("PupilFFI.xcframework");
    let mut xcodebuild = workspace.command("xcodebuild").args(["-create-xcframework"]);
    for library in [&device, &simulator, &mac] {
        xcodebuild = xcodebuild.args(["-library"]).args([library]).args(["-headers"]).args([&headers]);
    }
    xcodebuild.args(["-output"]).args([&framework]).run()?;

    let zip = release.join("PupilFFI.xcframework.zip");
    workspace.command("ditto").args(["-c", "-k", "--keepParent"]).args([&framework, &zip]).run()?;
    let checksum = workspace
        .command("swift")
        .args(["package", "compute-checksum"])
        .args([&zip])
        .output()
        .context("`swift package compute-checksum` failed")?;

    let (version, repository) = version_and_repository(workspace)?;
    let url = url.map_or_else(
        || format!("{repository}/releases/download/v{version}/PupilFFI.xcframework.zip"),
        str::to_owned,
    );
    let package = release.join("package");
    place(&generated.join("PupilEngine.swift"), &package.join("Sources/PupilEngine/PupilEngine.swift"))?;
    copy_folder(&workspace.root().join("ios/Sources/Pupil"), &package.join("Sources/Pupil"))?;
    for licence in ["LICENSE", "LICENSE-MIT", "LICENSE-APACHE"] {
        place(&workspace.root().join(licence), &package.join(licence))?;
    }
    fs::write(package.join("Package.swift"), manifest(&url, &checksum))?;

    let local = workspace.root().join("ios");
    for stale in ["PupilFFI", "PupilFFI.xcframework"].map(|name| local.join("Generated").join(name)) {
        if stale.exists() {
            fs::remove_dir_all(&stale)?;
        }
    }
    copy_folder(&framework, &local.join("Generated/PupilFFI.xcframework"))?;
    place(&generated.join("PupilEngine.swift"), &local.join("Generated/PupilEngine/PupilEngine.swift"))?;
    for ending in ["", ".minisig"] {
        let resource = format!("Sample/App.swiftpm/Resources/science.pupil{ending}");
        place(&workspace.root().join(format!("{MODEL}{ending}")), &local.join(resource))?;
    }

    say!("ios: upload {} to {url}", zip.display());
    say!(
        "ios: {} is the package for apps; put it at the root of a repository, tagged {version}",
        package.display()
    );
    Ok(())
}

/// Joins the libraries of two processors.
fn joined(workspace: &Workspace, name: &str, libraries: &[Result<PathBuf>; 2]) -> Result<PathBuf> {
    let output = folder(workspace).join(name).join("libpupil_bindings.a");
    fs::create_dir_all(folder(workspace).join(name))?;
    let mut lipo = workspace.command("lipo").args(["-create"]);
    for library in libraries {
        lipo = lipo.args([library.as_ref().map_err(|error| anyhow::anyhow!("{error:#}"))?]);
    }
    lipo.args(["-output"]).args([&output]).run()?;
    Ok(output)
}

/// Copies all files of a folder.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            place(&entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Version and address, which the root's `Cargo.toml` states for all.
fn version_and_repository(workspace: &Workspace) -> Result<(String, String)> {
    let root: toml::Table = fs::read_to_string(workspace.root().join("Cargo.toml"))?.parse()?;
    let text = |key: &str| {
        root.get("workspace")
            .and_then(|table| table.get("package"))
            .and_then(|table| table.get(key))
            .and_then(toml::Value::as_str)
            .map(str::to_owned)
            .with_context(|| format!("Cargo.toml has no workspace.package.{key}"))
    };
    Ok((text("version")?, text("repository")?))
}

/// The package's manifest, which names the zipped framework by its address and its hash.
fn manifest(url: &str, checksum: &str) -> String {
    format!(
        r#"// swift-tools-version: 6.0

import PackageDescription

let package = Package(
    name: "Pupil",
    platforms: [.iOS(.v15), .macOS(.v12)],
    products: [.library(name: "Pupil", targets: ["Pupil"])],
    targets: [
        .binaryTarget(
            name: "PupilFFI",
            url: "{url}",
            checksum: "{checksum}"
        ),
        .target(name: "PupilEngine", dependencies: ["PupilFFI"]),
        .target(name: "Pupil", dependencies: ["PupilEngine"], resources: [.copy("PrivacyInfo.xcprivacy")]),
    ]
)
"#
    )
}
