//! The bytes of a file: held in memory or mapped.

use std::borrow::Cow;
use std::fs::File;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use memmap2::{Mmap, MmapOptions};

use super::limits::MAX_FILE_BYTES;
use crate::error::{Error, ErrorKind, Result};

/// How the bytes of a file get into memory.
///
/// ```
/// use pupil_core::{FileAccess, OpenOptions, Scorer};
///
/// let path = "../models/mind-ca/mind-ca.pupil";
/// // SAFETY: the file is part of the installed program, and nobody writes to it.
/// let access = unsafe { FileAccess::mapped() };
/// let scorer = Scorer::open_with(path, &OpenOptions { access, ..OpenOptions::default() })?;
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileAccess {
    mapped: bool,
}

impl FileAccess {
    /// The file is copied when it is opened. What happens to it afterwards has no effect.
    pub const COPIED: Self = Self { mapped: false };

    /// The pages of the file are used in place, where the system can map files. Opening takes less time, the memory
    /// counts as a cache that the system can take back, and processes that open the same file share it.
    ///
    /// # Safety
    ///
    /// Nobody writes to the file or shortens it while it is open: neither this process nor another. Reading a part that
    /// was cut off ends the process (SIGBUS), and bytes that change while they are read are undefined behaviour. Moving
    /// another file over it is allowed. A file in an installed package fulfils this, and so does one that only the
    /// program can write to and that it does not change.
    ///
    /// Against mistakes, and not against attackers, each part is hashed again when it is packed: a file that has
    /// changed until then gives [`ErrorKind::Damaged`].
    #[expect(unsafe_code, reason = "a file that changes while it is mapped is undefined behaviour")]
    pub const unsafe fn mapped() -> Self {
        Self { mapped: true }
    }

    pub(crate) fn is_mapped(self) -> bool {
        self.mapped
    }
}

impl Default for FileAccess {
    /// [`COPIED`](Self::COPIED).
    fn default() -> Self {
        Self::COPIED
    }
}

/// Less than this is not worth a call of the system: 64 KiB.
const RELEASE_BYTES: usize = 64 << 10;

/// The bytes of a file.
#[derive(Debug)]
pub(crate) enum Storage {
    /// Bytes of our own or of the program.
    Held(Cow<'static, [u8]>),
    /// Pages of a file.
    Mapped(Mmap),
}

impl Deref for Storage {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Held(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

impl Storage {
    /// Takes bytes that are already in memory.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`] beyond the size of a file.
    pub(crate) fn from_bytes(bytes: Cow<'static, [u8]>) -> Result<Self> {
        limited(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        Ok(Self::Held(bytes))
    }

    /// Copies or maps a file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`], [`ErrorKind::Io`], [`ErrorKind::NotAModel`] for what is not a regular file,
    /// [`ErrorKind::TooLarge`].
    pub(crate) fn from_path(path: &Path, access: FileAccess) -> Result<Self> {
        let failed = |e: std::io::Error| {
            let kind = match e.kind() {
                std::io::ErrorKind::NotFound => ErrorKind::NotFound,
                _ => ErrorKind::Io,
            };
            Error::new(kind, format!("cannot open {}: {e}", path.display())).with_source(e)
        };
        // Asked before opening: opening a named pipe would wait for its writer.
        if !std::fs::metadata(path).map_err(failed)?.is_file() {
            return Err(Error::new(
                ErrorKind::NotAModel,
                format!("{} is not a regular file", path.display()),
            ));
        }
        let file = File::open(path).map_err(failed)?;
        let len = file.metadata().map_err(failed)?.len();
        Self::from_file(&file, 0, len, access)
    }

    /// Copies or maps `len` bytes of an open file, from byte `offset`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadInput`] when the file does not hold those bytes, [`ErrorKind::Io`], [`ErrorKind::TooLarge`].
    pub(crate) fn from_file(file: &File, offset: u64, len: u64, access: FileAccess) -> Result<Self> {
        let failed = |e: std::io::Error| {
            Error::new(ErrorKind::Io, format!("cannot read the file: {e}")).with_source(e)
        };
        let have = file.metadata().map_err(failed)?.len();
        if offset.checked_add(len).is_none_or(|end| end > have) {
            return Err(Error::new(
                ErrorKind::BadInput,
                format!("{len} bytes from byte {offset} asked for, the file has {have}"),
            ));
        }
        let len = limited(len)?;
        if len == 0 {
            return Ok(Self::Held(Cow::Borrowed(&[])));
        }
        let copied = || Ok(Self::Held(Cow::Owned(read(file, offset, len).map_err(failed)?)));
        if !access.is_mapped() {
            return copied();
        }
        match map(file, offset, len) {
            // As on WebAssembly, where files cannot be mapped.
            Err(e) if e.kind() == std::io::ErrorKind::Unsupported => copied(),
            mapped => Ok(Self::Mapped(mapped.map_err(failed)?)),
        }
    }

    /// Whether others could change the bytes.
    pub(crate) fn is_mapped(&self) -> bool {
        matches!(self, Self::Mapped(_))
    }
}

impl Storage {
    /// Returns the memory of a range that will hardly be read again, if it is that of a mapped file. It can still be
    /// read: the system then reads it from the file.
    pub(crate) fn release(&self, range: Range<usize>) {
        if let Self::Mapped(map) = self
            && range.len() >= RELEASE_BYTES
        {
            release(map, range);
        }
    }
}

/// A part of a file that stays readable for as long as this value exists. Nothing is copied.
#[derive(Debug, Clone)]
pub(crate) struct FileSlice {
    storage: Arc<Storage>,
    range: Range<usize>,
}

impl FileSlice {
    /// The bytes `range` of a file.
    ///
    /// # Panics
    ///
    /// When the file does not have those bytes.
    pub(crate) fn new(storage: Arc<Storage>, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= storage.len(), "the file has these bytes");
        Self { storage, range }
    }
}

impl AsRef<[i8]> for FileSlice {
    fn as_ref(&self) -> &[i8] {
        bytemuck::cast_slice(&self.storage[self.range.clone()])
    }
}

/// Checks the size of a file.
fn limited(len: u64) -> Result<usize> {
    if len > MAX_FILE_BYTES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("file has {len} bytes, at most {MAX_FILE_BYTES} are read"),
        ));
    }
    usize::try_from(len)
        .map_err(|e| Error::new(ErrorKind::TooLarge, format!("file has {len} bytes")).with_source(e))
}

/// Lets the system take back the pages of a range.
#[cfg(unix)]
#[expect(unsafe_code, reason = "for other maps than these it could change what is read")]
fn release(map: &Mmap, range: Range<usize>) {
    // SAFETY: every map here is of a file and is never written, so that its pages hold nothing but what the file holds
    // and what they are filled with again when they are next read. The map checks that it has this range.
    let done =
        unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, range.start, range.len()) };
    // Nothing depends on it: pages that stay are only memory.
    drop(done);
}

#[cfg(not(unix))]
fn release(_: &Mmap, _: Range<usize>) {}

/// Reads a part of a file that was found to hold it. The position in the file, which its other users share, stays.
fn read(file: &File, offset: u64, len: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len)?;
    bytes.resize(len, 0);
    read_exact_at(file, &mut bytes, offset)?;
    Ok(bytes)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_exact_at(mut file: &File, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    let before = file.stream_position()?;
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)?;
    file.seek(SeekFrom::Start(before)).map(drop)
}

/// Maps a part of a file that was found to hold it. All pages at once, where the system can: every byte is hashed next.
#[expect(unsafe_code, reason = "mapping a file is unsafe in itself")]
fn map(file: &File, offset: u64, len: usize) -> std::io::Result<Mmap> {
    // SAFETY: nobody changes the file while it is mapped; whoever made the `FileAccess` that asks for a map promised
    // it.
    unsafe { MmapOptions::new().offset(offset).len(len).populate().map(file) }
}
