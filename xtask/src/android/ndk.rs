//! Android's native development kit.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{Abi, PACKAGE};
use crate::release;
use crate::size::PROFILE;
use crate::toolchain::has_target;
use crate::workspace::Workspace;

/// The oldest maintained one that aligns segments to 16 KB.
const OLDEST: u32 = 28;

/// The oldest Android that the SDK runs on; as in gradle/libs.versions.toml.
const MIN_SDK: u32 = 24;

/// How to install an NDK.
const REMEDY: &str = "install one with Android Studio or `sdkmanager \"ndk;28.2.13676358\"` and set ANDROID_NDK_HOME to its folder; \
                      without one, `cargo xtask android --check` compiles and checks the libraries all the same";

/// An NDK that is installed.
pub(super) struct Ndk {
    programs: PathBuf,
}

impl Ndk {
    /// The NDK that the environment names, or the latest in Android's SDK.
    pub(super) fn find() -> Result<Self> {
        let named = ["ANDROID_NDK_HOME", "ANDROID_NDK_ROOT"].iter().find_map(env::var_os).map(PathBuf::from);
        let in_sdk = || {
            let sdk = ["ANDROID_HOME", "ANDROID_SDK_ROOT"].iter().find_map(env::var_os)?;
            let folders = fs::read_dir(Path::new(&sdk).join("ndk")).ok()?;
            folders
                .filter_map(|entry| Some(entry.ok()?.path()))
                .max_by_key(|path| revision(path).unwrap_or(0))
        };
        let Some(root) = named.or_else(in_sdk) else { bail!("there is no Android NDK here: {REMEDY}") };
        let revision = revision(&root)?;
        if revision < OLDEST {
            bail!("the NDK in {} is r{revision}, at least r{OLDEST} is needed: {REMEDY}", root.display());
        }
        let hosts = root.join("toolchains/llvm/prebuilt");
        let host = fs::read_dir(&hosts)
            .ok()
            .and_then(|mut hosts| hosts.find_map(Result::ok))
            .with_context(|| format!("{} has no programs for this machine", hosts.display()))?;
        Ok(Self { programs: host.path().join("bin") })
    }

    /// Builds the library for one kind of CPU and returns its path.
    pub(super) fn build(&self, workspace: &Workspace, abi: &Abi) -> Result<PathBuf> {
        let target = abi.target;
        if !has_target(workspace, target) {
            bail!("Rust cannot build for {target} yet: `rustup target add {target}`");
        }
        // Clang and Rust have different names for 32-bit Arm.
        let clang = target.replace("armv7-", "armv7a-") + &format!("{MIN_SDK}-clang");
        let suffix = if cfg!(windows) { ".cmd" } else { "" };
        let linker = self.programs.join(clang + suffix);
        let variable = format!("CARGO_TARGET_{}_LINKER", target.to_uppercase().replace('-', "_"));
        let folder = workspace.target().join("android");
        let cargo = workspace
            .cargo(&["rustc"])
            .args(PACKAGE)
            .args([PROFILE, "--target", target, "--crate-type", "cdylib", "--"])
            .args(["-C", "link-arg=-Wl,-z,max-page-size=16384"])
            .env(&variable, linker)
            .env("CARGO_TARGET_DIR", &folder);
        release::to_ship(workspace, cargo, &[])?.run()?;
        Ok(folder.join(target).join(PROFILE).join("libpupil_bindings.so"))
    }
}

/// The release of the NDK in a folder: 28 of r28c.
fn revision(root: &Path) -> Result<u32> {
    let path = root.join("source.properties");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    text.lines()
        .find_map(|line| line.strip_prefix("Pkg.Revision")?.trim_start_matches([' ', '=']).split('.').next())
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("{} has no Pkg.Revision", path.display()))
}
