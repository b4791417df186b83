//! Files that are either complete or absent.

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;

/// Writes `bytes` to a temporary file beside `path`, flushes it to the disk and renames it.
///
/// # Errors
///
/// When the folder cannot be made or the file cannot be written; the old file, if any, is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let attempt = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        pupil_core::output::write(path, bytes)
    };
    attempt().with_context(|| format!("cannot write {}", path.display()))
}

/// Longest part of a path that is made from a name, in bytes; file systems allow about 255.
const MAX_NAME: usize = 100;

/// A name, such as that of a task, as one part of a path: the name itself if it is short and plain, otherwise its plain
/// characters with the beginning of its hash, so that no two names share a file and no name leads out of its folder.
#[must_use]
pub fn part(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.len() <= MAX_NAME && !name.starts_with('.') && name.chars().all(plain) {
        return name.to_owned();
    }
    let kept: String = name.chars().map(|c| if plain(c) { c } else { '-' }).take(MAX_NAME / 4).collect();
    let hash = blake3::hash(name.as_bytes()).to_hex();
    format!("{}-{}", kept.trim_start_matches('.'), &hash[..12])
}

/// Writes a value as indented JSON.
///
/// # Errors
///
/// As [`write()`].
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    write(path, &bytes)
}

/// Reads a JSON file.
///
/// # Errors
///
/// When it is missing or contains something else.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is not what was expected", path.display()))
}

/// BLAKE3 of a file, in hexadecimal.
///
/// # Errors
///
/// When it cannot be read.
pub fn hash(path: &Path) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    // In pieces: some weights are larger than the memory.
    let hashed = fs::File::open(path).and_then(|file| hasher.update_reader(file).map(|_| ()));
    hashed.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Checks that a folder can be written to, and makes it where it is missing.
///
/// # Errors
///
/// When it cannot.
pub fn check_writable(folder: &Path) -> Result<()> {
    let probe = folder.join(".writable");
    write(&probe, b"").with_context(|| {
        format!("cannot write to the folder {}; set another one with --runs", folder.display())
    })?;
    match fs::remove_file(&probe) {
        // Another run, with the same folder, has removed it.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.with_context(|| format!("cannot remove {}", probe.display())),
    }
}

/// Removes incomplete files of killed processes from a folder and all folders below it: hidden files
/// `.NAME.PID-N.partial` whose process has ended. Removes nothing on systems that do not list processes in `/proc`.
pub fn clean(folder: &Path) {
    if !Path::new("/proc/self").exists() {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            clean(&entry.path());
        } else if kind.is_file() && entry.file_name().to_str().and_then(writer).is_some_and(gone) {
            // A file that cannot be removed does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The process that writes this file, if the name is that of an incomplete file.
fn writer(name: &str) -> Option<u32> {
    let (_, number) = name.strip_prefix('.')?.strip_suffix(".partial")?.rsplit_once('.')?;
    let (process, count) = number.split_once('-')?;
    count.parse::<u64>().ok()?;
    process.parse().ok()
}

fn gone(process: u32) -> bool {
    !Path::new("/proc").join(process.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_folder_and_differ() {
        for plain in ["asap-1", "mindca-ss_burglar", "v1.2", "Wärme"] {
            assert_eq!(part(plain), plain);
        }
        let odd = ["", ".", "..", "../up", "/abs", "gas/1", "gas\\1", "gas 1", "gas:1", ".hidden"]
            .map(String::from);
        let odd = odd.into_iter().chain([String::from("x").repeat(300), String::from("ä").repeat(200)]);
        let mut seen = std::collections::BTreeSet::new();
        for name in odd {
            let part = part(&name);
            assert!(Path::new(&part).components().count() == 1 && !part.starts_with('.'), "{name}: {part}");
            assert!(part.len() <= 120 && !part.contains(['/', '\\', ':']), "{name}: {part}");
            assert!(seen.insert(part.clone()), "{name}: duplicate {part}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_incomplete_files_of_killed_processes_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        // No process has this number: the highest that Linux gives is 4,194,304.
        let (gone, own) = (4_194_305, std::process::id());
        let left =
            [format!("a/b/.tokenizer.json.{gone}-3.partial"), format!("a/.labels.csv.{gone}-0.partial")];
        let kept = [
            format!(".tokenizer.json.{own}-0.partial"),
            format!("a/.labels.csv.{own}-12.partial"),
            format!("tokenizer.json.{gone}-0.partial"),
            "a/.x.partial".to_owned(),
            format!("a/.x.{gone}-y.partial"),
            "a/b/pupil.safetensors".to_owned(),
        ];
        left.iter().chain(&kept).for_each(|name| write(&folder.path().join(name), b"x").unwrap());
        clean(folder.path());
        assert!(left.iter().all(|name| !folder.path().join(name).exists()));
        assert!(kept.iter().all(|name| folder.path().join(name).exists()));
        clean(&folder.path().join("absent"));
    }

    #[test]
    fn error_names_a_folder_that_cannot_be_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let runs = folder.path().join("runs/own");
        check_writable(&runs).unwrap();
        assert_eq!(fs::read_dir(&runs).unwrap().count(), 0);
        // Several runs may begin at once.
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..20).for_each(|_| check_writable(&runs).unwrap()));
            }
        });
        write(&folder.path().join("file"), b"x").unwrap();
        let error = format!("{:#}", check_writable(&folder.path().join("file/own")).unwrap_err());
        assert!(error.contains("set another one with --runs"), "{error}");
    }

    #[test]
    fn failed_write_leaves_only_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.json");
        write_json(&path, &vec![1, 2]).unwrap();
        write_json(&path, &vec![3]).unwrap();
        assert_eq!(read_json::<Vec<i32>>(&path).unwrap(), [3]);
        let blocked = path.join("below-a-file");
        assert!(write(&blocked, b"x").unwrap_err().to_string().starts_with("cannot write"));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
