//! What the dimensions of an n-gram encoder may be, and what memory follows from them.

use crate::error::Result;
use crate::format::check::{damaged, dimension};
use crate::format::limits::{MAX_BUCKETS, MAX_UNITS};
use crate::format::manifest::NGram;
use crate::ngram::NGramSpec;

impl NGram {
    /// Which n-grams are counted.
    ///
    /// # Errors
    ///
    /// As [`NGramSpec::new`].
    pub fn spec(&self) -> Result<NGramSpec> {
        // Beyond 32 bits is beyond the limit as well.
        NGramSpec::new(self.chars, self.words, u32::try_from(self.buckets).unwrap_or(u32::MAX))
    }
}

/// Checks the dimensions of the encoder `id`.
pub(in crate::parts) fn check(id: &str, d: &NGram) -> Result<()> {
    dimension(id, "buckets", d.buckets, MAX_BUCKETS)?;
    dimension(id, "units", d.units, MAX_UNITS)?;
    match d.spec() {
        Ok(_) => Ok(()),
        Err(e) => Err(damaged(format!("encoder {id} has {e}"))),
    }
}

/// Bytes that the encoder keeps for each token of an input: none, but a quotient by it must have a value.
pub(in crate::parts) fn token_bytes() -> usize {
    1
}

/// Bytes that a packed encoder takes. Its weights stay in the file.
pub(in crate::parts) fn packed_bytes(d: &NGram) -> usize {
    size_of::<f32>() * (d.buckets + 2 * d.units)
}
