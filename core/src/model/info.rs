//! What a file is, without opening it for scoring.

use std::path::Path;

use super::{Model, TaskSet};
use crate::error::Result;
use crate::format::Manifest;
use crate::kernels::Kernels;
use crate::options::OpenOptions;
use crate::{open, parts};

/// What a file is: a whole model or a task pack, which cannot be opened without its base.
///
/// ```
/// let info = pupil_core::FileInfo::read("../tests/fixtures/golden/e_lstm.pupil")?;
/// assert!(info.manifest.base.is_none() && info.bytes > 0);
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FileInfo {
    /// What the file says about itself.
    pub manifest: Manifest,
    /// Bytes of the file.
    pub bytes: usize,
    /// BLAKE3 of the file, in hexadecimal.
    pub blake3: String,
}

impl FileInfo {
    /// Reads a file and checks it as far as it goes by itself: structure, manifest, hashes and numbers.
    ///
    /// # Errors
    ///
    /// As [`Scorer::open`](crate::Scorer::open).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_with(path, &OpenOptions::default())
    }

    /// Reads and checks a file that has to be by someone whom the options trust.
    ///
    /// # Errors
    ///
    /// As [`Scorer::open_with`](crate::Scorer::open_with).
    pub fn read_with(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self> {
        let file = parts::read(open::at_path(path.as_ref(), options)?)?;
        open::check_version(file.manifest(), options)?;
        let (manifest, bytes, blake3) = (file.manifest().clone(), file.len(), file.blake3());
        if manifest.base.is_some() {
            TaskSet::of_pack(file, &Kernels::generic())?;
        } else {
            Model::new(file, options)?;
        }
        Ok(Self { manifest, bytes, blake3 })
    }
}
