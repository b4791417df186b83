//! How much memory an open model needs, known before it is allocated.

use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::MAX_MEMORY_BYTES;

/// Adds up the memory that an open model needs once all of its parts have been used.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    bytes: u64,
    /// The most memory that any part needs in addition while it is packed, which happens on first use.
    passing: u64,
}

impl Memory {
    /// Adds so many bytes.
    pub(super) fn add(&mut self, bytes: usize) -> Result<()> {
        self.join(Self { bytes: bytes as u64, passing: 0 })
    }

    /// Adds a part that takes `passing` bytes more while it is packed.
    pub(super) fn add_packed(&mut self, bytes: usize, passing: usize) -> Result<()> {
        self.join(Self { bytes: bytes as u64, passing: passing as u64 })
    }

    /// Adds what another part takes.
    pub(super) fn join(&mut self, other: Self) -> Result<()> {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.passing = self.passing.max(other.passing);
        if self.bytes.saturating_add(self.passing) > MAX_MEMORY_BYTES {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!("model needs more than {MAX_MEMORY_BYTES} bytes of memory, the largest allowed"),
            ));
        }
        Ok(())
    }
}
