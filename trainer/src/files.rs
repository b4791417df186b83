//! Files that are either whole or absent.

use anyhow::{Context, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;

/// Writes `bytes` beside `path`, flushes them to the disk and renames.
///
/// # Errors
///
/// When the folder cannot be made or the file cannot be written; the old file, if any, is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let attempt = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        pupil_core::format::writer::write_file(path, bytes)
    };
    attempt().with_context(|| format!("cannot write {}", path.display()))
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
/// When it is missing or holds something else.
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
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(blake3::hash(&bytes).to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_write_leaves_the_old_file_and_no_rubbish() {
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
