//! The functions that open a file, the same for all that a file is opened as.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::format::Manifest;
use crate::format::storage::Storage;
use crate::options::OpenOptions;
use crate::trust;

/// The bytes of a file, by whom the options trust.
pub(crate) fn at_path(path: &Path, options: &OpenOptions) -> Result<Storage> {
    let storage = Storage::from_path(path, options.access)?;
    check_bytes(&storage, Some(path), options)?;
    Ok(storage)
}

/// Bytes in memory, by whom the options trust.
pub(crate) fn in_memory(bytes: Cow<'static, [u8]>, options: &OpenOptions) -> Result<Storage> {
    let storage = Storage::from_bytes(bytes)?;
    check_bytes(&storage, None, options)?;
    Ok(storage)
}

/// A part of a file, by whom the options trust.
pub(crate) fn part_of(file: &File, offset: u64, len: u64, options: &OpenOptions) -> Result<Storage> {
    let storage = Storage::from_file(file, offset, len, options.access)?;
    check_bytes(&storage, None, options)?;
    Ok(storage)
}

/// Checks the bytes of a file, before anything in them is read: the signature, where keys are trusted, and the hash,
/// where one is expected. `path` is where the file is, if it has one.
///
/// # Errors
///
/// [`ErrorKind::Untrusted`]; [`ErrorKind::BadInput`] for options that contradict each other.
fn check_bytes(bytes: &[u8], path: Option<&Path>, options: &OpenOptions) -> Result<()> {
    if !options.trusted_keys.is_empty() {
        let beside;
        let signature = match (&options.signature, path) {
            (Some(signature), _) => signature,
            (None, Some(path)) => {
                beside = trust::signature_beside(path)?;
                &beside
            }
            (None, None) => {
                return Err(trust::untrusted(
                    "only signed files are trusted, and these bytes come without a signature: give it in the options",
                ));
            }
        };
        signature.verify(bytes, &options.trusted_keys)?;
    } else if options.signature.is_some() {
        return Err(Error::new(
            ErrorKind::BadInput,
            "a signature is given and no key to verify it with: name the keys that are trusted",
        ));
    }
    if let Some(expected) = &options.expected_blake3 {
        let found = blake3::hash(bytes);
        let expected = blake3::Hash::from_hex(expected.trim()).map_err(|e| {
            Error::new(ErrorKind::BadInput, "the expected BLAKE3 is not 64 hex digits").with_source(e)
        })?;
        if found != expected {
            return Err(trust::untrusted(format!(
                "the file has the BLAKE3 {found}, expected is {expected}: get the file that was published under that hash"
            )));
        }
    }
    Ok(())
}

/// Refuses a model that is older than the program allows.
///
/// # Errors
///
/// [`ErrorKind::Untrusted`].
pub(crate) fn check_version(manifest: &Manifest, options: &OpenOptions) -> Result<()> {
    let Manifest { name, version, .. } = manifest;
    if *version < options.min_version {
        return Err(trust::untrusted(format!(
            "{name} has version {version}, at least {} is needed: get the current file from its publisher",
            options.min_version
        )));
    }
    Ok(())
}

/// Writes these functions for a type that has `from_storage(Storage, &OpenOptions) -> Result<Self>`.
macro_rules! openers {
    ($type:ty) => {
        impl $type {
            /// Opens a file.
            ///
            /// The file is copied into memory, so that nothing done to it later changes what is open;
            /// [`OpenOptions::access`](crate::OpenOptions::access) says how to map it instead.
            ///
            /// # Errors
            ///
            /// [`NotFound`], [`Io`] when the file cannot be read; [`NotAModel`], [`Damaged`], [`Unsupported`] or
            /// [`TooLarge`] when it is refused; [`BadInput`] when it holds something else, and the message says what to
            /// open it with.
            ///
            /// [`NotFound`]: crate::ErrorKind::NotFound
            /// [`Io`]: crate::ErrorKind::Io
            /// [`NotAModel`]: crate::ErrorKind::NotAModel
            /// [`Damaged`]: crate::ErrorKind::Damaged
            /// [`Unsupported`]: crate::ErrorKind::Unsupported
            /// [`TooLarge`]: crate::ErrorKind::TooLarge
            /// [`BadInput`]: crate::ErrorKind::BadInput
            pub fn open(path: impl AsRef<std::path::Path>) -> crate::error::Result<Self> {
                Self::open_with(path, &crate::options::OpenOptions::default())
            }

            /// Opens a file with options.
            ///
            /// # Errors
            ///
            /// As [`open`](Self::open), and [`Untrusted`](crate::ErrorKind::Untrusted) when the file is not signed with
            /// one of the trusted keys, or not what the options expect.
            pub fn open_with(
                path: impl AsRef<std::path::Path>,
                options: &crate::options::OpenOptions,
            ) -> crate::error::Result<Self> {
                Self::from_storage(crate::open::at_path(path.as_ref(), options)?, options)
            }

            /// Opens bytes that are in memory: a `Vec<u8>`, perhaps decrypted, or a `&'static [u8]`.
            ///
            /// # Errors
            ///
            /// As [`open`](Self::open).
            pub fn from_bytes(
                bytes: impl Into<std::borrow::Cow<'static, [u8]>>,
            ) -> crate::error::Result<Self> {
                Self::from_bytes_with(bytes, &crate::options::OpenOptions::default())
            }

            /// Opens bytes that are in memory, with options.
            ///
            /// # Errors
            ///
            /// As [`open_with`](Self::open_with).
            pub fn from_bytes_with(
                bytes: impl Into<std::borrow::Cow<'static, [u8]>>,
                options: &crate::options::OpenOptions,
            ) -> crate::error::Result<Self> {
                Self::from_storage(crate::open::in_memory(bytes.into(), options)?, options)
            }

            /// Opens `len` bytes of a file from byte `offset`, such as an asset inside a package.
            ///
            /// The file may be closed afterwards; its position stays as it is.
            ///
            /// # Errors
            ///
            /// [`BadInput`](crate::ErrorKind::BadInput) when the file does not hold those bytes, and as
            /// [`open`](Self::open).
            pub fn from_file(file: &std::fs::File, offset: u64, len: u64) -> crate::error::Result<Self> {
                Self::from_file_with(file, offset, len, &crate::options::OpenOptions::default())
            }

            /// Opens a part of a file, with options.
            ///
            /// # Errors
            ///
            /// As [`from_file`](Self::from_file) and [`open_with`](Self::open_with).
            pub fn from_file_with(
                file: &std::fs::File,
                offset: u64,
                len: u64,
                options: &crate::options::OpenOptions,
            ) -> crate::error::Result<Self> {
                Self::from_storage(crate::open::part_of(file, offset, len, options)?, options)
            }
        }
    };
}
pub(crate) use openers;
