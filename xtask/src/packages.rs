//! Debian's packages.

use anyhow::{Result, bail};

use crate::process::{Run, find_program, say};

/// Installs packages, which needs root.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if find_program("apt-get").is_none() {
        bail!("this system has no apt-get; install the content of these Debian packages: {list}");
    }
    if !is_root() {
        bail!("installing packages needs root: run this command as root, or have these installed: {list}");
    }
    if packages.iter().any(|name| name.ends_with(":arm64")) {
        Run::program("dpkg").args(["--add-architecture", "arm64"]).run()?;
    }
    // A list that is unavailable at the moment may not be needed: the installation will show it.
    if let Err(error) = Run::program("apt-get").args(["update", "-q"]).run() {
        say!("not all package lists could be read: {error:#}");
    }
    Run::program("apt-get")
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .run()
}

/// Whether this process may install packages.
fn is_root() -> bool {
    Run::program("id").args(["-u"]).output().as_deref() == Some("0")
}
