//! The model file: one safetensors container with a manifest and hashed sections.
//!
//! `docs/format.md` describes the bytes. [`manifest`] holds what a file says about itself, [`limits`] what a file may
//! ask of the device, `writer` (feature `write`) makes files.

pub mod hash;
pub mod limits;
pub mod manifest;
#[cfg(feature = "write")]
pub mod writer;

pub(crate) mod check;
pub(crate) mod reader;
pub(crate) mod sections;
pub(crate) mod storage;

pub use manifest::Manifest;
pub use storage::FileAccess;

/// The format version that this crate reads and writes.
pub const FORMAT: u32 = 1;

/// The metadata key of the container that holds the manifest as JSON.
pub const MANIFEST_KEY: &str = "pupil";

/// The metadata key of the container that holds the [hash] of the manifest's bytes.
pub const MANIFEST_HASH_KEY: &str = "pupil.xxh3";

/// Sections whose name begins with this are hashed and then ignored; any other unused section is refused.
pub const EXTRA_PREFIX: &str = "extra.";
