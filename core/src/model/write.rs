//! Finished files: those that the reader takes.

use std::path::Path;

use super::{Model, TaskSet};
use crate::error::{Error, ErrorKind, Result};
use crate::format::storage::Storage;
use crate::format::writer::FileBuilder;
use crate::kernels::Kernels;
use crate::options::OpenOptions;
use crate::output;
use crate::parts;

impl FileBuilder {
    /// The finished file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadInput`] when a section is added twice, does not fill its shape, or when the reader would refuse
    /// the file; the message says why.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let refused =
            |e: Error| Error::new(ErrorKind::BadInput, format!("file would be refused: {e}")).with_source(e);
        let file = Storage::from_bytes(self.assemble()?.into()).and_then(parts::read).map_err(refused)?;
        let file = if file.manifest().base.is_some() {
            TaskSet::of_pack(file, &Kernels::generic()).map(TaskSet::into_file)
        } else {
            Model::new(file, &OpenOptions::default()).map(Model::into_file)
        };
        Ok(file.map_err(refused)?.into_bytes())
    }

    /// Writes the finished file under a temporary name, flushes it to the disk and renames it, so that no reader ever
    /// sees half a file.
    ///
    /// # Errors
    ///
    /// As [`to_bytes`](Self::to_bytes), and [`ErrorKind::Io`].
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        output::write(path, &self.to_bytes()?).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidInput => Error::new(ErrorKind::BadInput, e.to_string()),
            _ => Error::new(ErrorKind::Io, format!("cannot write {}: {e}", path.display())).with_source(e),
        })
    }
}
