//! `pupil inspect --provenance`: what a model was made from, and whether files are what it was made from.

use std::fs::File;
use std::path::{Path, PathBuf};

use pupil_core::FileInfo;
use serde::Serialize;

use crate::failure::{Exit, Failure, display_name};
use crate::stdout;
use crate::terminal::{Style, grouped, padded, printable};

/// What a file says that it was made from.
#[derive(Serialize)]
struct Origin {
    /// What it was for: `recipe` or `data`.
    part: &'static str,
    /// Its name, if it has one.
    name: Option<String>,
    /// Number of answers.
    rows: Option<u64>,
    /// BLAKE3 of the file that was read.
    blake3: Option<String>,
    /// The file that has this hash, of those that were given.
    found: Option<PathBuf>,
}

/// Everything as JSON.
#[derive(Serialize)]
struct ProvenanceJson<'a> {
    model: &'a str,
    version: u32,
    blake3: &'a str,
    created_by: &'a str,
    tool: Option<&'a str>,
    teacher: Option<&'a str>,
    seed: Option<u64>,
    origins: &'a [Origin],
}

/// Shows what a model was made from. Each of `files` must be one of these.
pub(crate) fn run(info: &FileInfo, files: &[PathBuf], json: bool) -> Result<(), Failure> {
    let (manifest, training) = (&info.manifest, &info.manifest.training);
    let recipe = training.recipe_blake3.iter().map(|hash| Origin {
        part: "recipe",
        name: None,
        rows: None,
        blake3: Some(hash.clone()),
        found: None,
    });
    let data = training.data.iter().map(|data| Origin {
        part: "data",
        name: Some(data.name.clone()),
        rows: data.rows,
        blake3: data.blake3.clone(),
        found: None,
    });
    let mut origins: Vec<Origin> = recipe.chain(data).collect();
    let mut other = Vec::new();
    for path in files {
        let hash = hash_of(path)?;
        let same: Vec<&mut Origin> =
            origins.iter_mut().filter(|origin| origin.blake3.as_ref() == Some(&hash)).collect();
        if same.is_empty() {
            other.push(format!("{} (blake3 {hash})", display_name(path)));
        }
        same.into_iter().for_each(|origin| origin.found = Some(path.clone()));
    }
    if json {
        stdout::print_json(&ProvenanceJson {
            model: &manifest.name,
            version: manifest.version,
            blake3: &info.blake3,
            created_by: &manifest.created_by,
            tool: training.tool.as_deref(),
            teacher: training.teacher.as_deref(),
            seed: training.seed,
            origins: &origins,
        })?;
    } else {
        stdout::print(&shown(info, &origins, !files.is_empty()))?;
    }
    if other.is_empty() {
        return Ok(());
    }
    let message = format!("{} was not made from {}", printable(&manifest.name), other.join(", "));
    Err(Failure::new(Exit::Untrusted, message)
        .hint("a hash is of the whole file, byte for byte: get the file that was used, as the model's card names it"))
}

/// The lines for people.
fn shown(info: &FileInfo, origins: &[Origin], is_compared: bool) -> String {
    let (style, manifest) = (Style::of_stdout(), &info.manifest);
    let training = &manifest.training;
    let mut text = format!("{}, version {}\n", style.bold(printable(&manifest.name)), manifest.version);
    let mut line = |key: &str, value: &str| {
        text.push_str(&format!("  {}  {value}\n", style.dim(padded(key, "teacher".len()))));
    };
    line("file", &format!("blake3 {}", info.blake3));
    for origin in origins {
        let name = origin.name.as_deref().map(|name| format!("{}, ", printable(name))).unwrap_or_default();
        let rows = origin.rows.map(|rows| format!("{} answers, ", grouped(rows))).unwrap_or_default();
        let hash = match &origin.blake3 {
            Some(hash) => format!("blake3 {}", printable(hash)),
            None => "no file: made by the tool".to_owned(),
        };
        let found = match (&origin.found, is_compared && origin.blake3.is_some()) {
            (Some(path), _) => format!("  {} {}", style.green("is"), printable(&display_name(path))),
            (None, true) => "  not among the files given".to_owned(),
            (None, false) => String::new(),
        };
        line(origin.part, &format!("{name}{rows}{hash}{found}"));
    }
    for (key, value) in [("teacher", &training.teacher), ("tool", &training.tool)] {
        if let Some(value) = value {
            line(key, &printable(value));
        }
    }
    if let Some(seed) = training.seed {
        line("seed", &seed.to_string());
    }
    text
}

/// BLAKE3 of a file, in pieces: data sets may be large.
fn hash_of(path: &Path) -> Result<String, Failure> {
    let mut hasher = blake3::Hasher::new();
    File::open(path)
        .and_then(|file| hasher.update_reader(file).map(drop))
        .map_err(|error| Failure::file("read", path, &error))?;
    Ok(hasher.finalize().to_hex().to_string())
}
