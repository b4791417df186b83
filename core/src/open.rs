//! The functions that open a file, the same for all that a file is opened as.

/// Writes these functions for a type that has `from_storage(Storage, &OpenOptions) -> Result<Self>`.
macro_rules! openers {
    ($type:ty) => {
        impl $type {
            /// Opens a file.
            ///
            /// Files of 1 MiB and more are mapped: while they are open, they must not be changed or shortened in place.
            /// Replacing a file by moving another over it is safe.
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
            /// As [`open`](Self::open).
            pub fn open_with(
                path: impl AsRef<std::path::Path>,
                options: &crate::options::OpenOptions,
            ) -> crate::error::Result<Self> {
                Self::from_storage(crate::format::storage::Storage::from_path(path.as_ref())?, options)
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
            /// As [`open`](Self::open).
            pub fn from_bytes_with(
                bytes: impl Into<std::borrow::Cow<'static, [u8]>>,
                options: &crate::options::OpenOptions,
            ) -> crate::error::Result<Self> {
                Self::from_storage(crate::format::storage::Storage::from_bytes(bytes.into())?, options)
            }

            /// Opens `len` bytes of a file from byte `offset`, such as an asset inside a package.
            ///
            /// The file may be closed afterwards; what [`open`](Self::open) says about mapped files applies.
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
            /// As [`from_file`](Self::from_file).
            pub fn from_file_with(
                file: &std::fs::File,
                offset: u64,
                len: u64,
                options: &crate::options::OpenOptions,
            ) -> crate::error::Result<Self> {
                Self::from_storage(crate::format::storage::Storage::from_file(file, offset, len)?, options)
            }
        }
    };
}
pub(crate) use openers;
