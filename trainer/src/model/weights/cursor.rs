//! Reads numbers and texts of a file that is not trusted.

use anyhow::{Context, Result, ensure};

/// A position in the bytes of a file.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The next `n` bytes.
    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8]> {
        let left = self.bytes.len() - self.at;
        ensure!(n <= left, "{n} bytes are expected at byte {}, the file has {left} more", self.at);
        self.at += n;
        Ok(&self.bytes[self.at - n..self.at])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, _) = self.take(N)?.as_chunks::<N>();
        Ok(bytes[0])
    }

    pub(super) fn u8(&mut self) -> Result<u8> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn f32(&mut self) -> Result<f32> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    /// A count of things that take at least `bytes` bytes each, so that the rest of the file can hold them.
    pub(super) fn count(&self, count: u64, bytes: usize, what: &str) -> Result<usize> {
        let left = self.bytes.len() - self.at;
        let held = usize::try_from(count).ok().filter(|n| n.checked_mul(bytes).is_some_and(|b| b <= left));
        held.with_context(|| format!("the file claims {count} {what}, but has {left} more bytes"))
    }

    /// A text after its length in 64 bits.
    pub(super) fn text(&mut self) -> Result<&'a str> {
        let length = self.u64()?;
        let at = self.at;
        let length = self.count(length, 1, "bytes of a text")?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).with_context(|| format!("the text at byte {at} is not valid UTF-8"))
    }
}
