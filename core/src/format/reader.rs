//! Reads a file without trusting it: every size is bounded before it is used, and every byte is hashed.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use safetensors::Dtype;
use safetensors::tensor::{Metadata, TensorInfo};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::limits::{MAX_HEADER_BYTES, MAX_SECTIONS};
use super::manifest::{Manifest, parse};
use super::sections::{Sections, Spec, Stored, Values};
use super::storage::{FileSlice, Storage};
use super::{EXTRA_PREFIX, MANIFEST_HASH_KEY, MANIFEST_KEY, hash};
use crate::error::{Error, ErrorKind, Result};

/// Bytes of the length field before the header.
const LENGTH_BYTES: usize = size_of::<u64>();

/// How every file begins after the length; tells a damaged file from a foreign one.
const BEGINNING: &[u8] = br#"{"__metadata__":{"pupil":"#;

/// A file whose structure, manifest and hashes hold.
#[derive(Debug)]
pub(crate) struct ModelFile {
    storage: Arc<Storage>,
    manifest: Manifest,
    sections: HashMap<String, Place>,
}

/// The range of a section in the file, and the type of its numbers.
#[derive(Debug)]
struct Place {
    range: Range<usize>,
    dtype: Dtype,
}

#[cold]
fn damaged(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Damaged, message)
}

impl ModelFile {
    /// Checks a file. `implied` checks its manifest and gives the sections that it implies.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAModel`], [`ErrorKind::Damaged`], [`ErrorKind::Unsupported`] or [`ErrorKind::TooLarge`], each
    /// with a message that names the section or the number.
    pub(crate) fn read(storage: Storage, implied: fn(&Manifest) -> Result<Sections>) -> Result<Self> {
        let bytes: &[u8] = &storage;
        let header_bytes = header(bytes)?;
        let data_start = LENGTH_BYTES + header_bytes.len();
        let kind =
            if header_bytes.starts_with(BEGINNING) { ErrorKind::Damaged } else { ErrorKind::NotAModel };
        // All JSON is read from text: a second reader of JSON, for bytes, would be a second copy of its code in every
        // app.
        let header = std::str::from_utf8(header_bytes)
            .map_err(|e| Error::new(kind, format!("header cannot be read: {e}")).with_source(e))?;
        let header: Header = serde_json::from_str(header)
            .map_err(|e| Error::new(kind, format!("header cannot be read: {e}")).with_source(e))?;
        let manifest_json = header
            .metadata
            .get(MANIFEST_KEY)
            .ok_or_else(|| Error::new(ErrorKind::NotAModel, "file has no manifest under the key pupil"))?;
        let expected = header
            .metadata
            .get(MANIFEST_HASH_KEY)
            .ok_or_else(|| damaged("file has no hash of its manifest under the key pupil.xxh3"))?;
        check_hash("the manifest", &hash::digits(manifest_json.as_bytes()), expected)?;
        let manifest = parse(manifest_json)?;
        let expected = implied(&manifest)?;

        let data = &bytes[data_start..];
        let metadata = container(header.tensors, data.len())?;
        let sections = check_sections(&manifest, &expected, &metadata, data, data_start)?;
        Ok(Self { storage: Arc::new(storage), manifest, sections })
    }

    /// What the file says about itself.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What the file says about itself, without the file. A copy would bring code for copying each of its maps.
    pub(crate) fn into_manifest(self) -> Manifest {
        self.manifest
    }

    /// Bytes of the file.
    pub(crate) fn len(&self) -> usize {
        self.storage.len()
    }

    /// BLAKE3 of the whole file, in hexadecimal.
    pub(crate) fn blake3(&self) -> String {
        blake3::hash(&self.storage).to_hex().to_string()
    }

    /// Returns the bytes.
    #[cfg(feature = "write")]
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match Arc::try_unwrap(self.storage) {
            Ok(Storage::Held(bytes)) => bytes.into_owned(),
            Ok(Storage::Mapped(map)) => map.to_vec(),
            Err(shared) => shared.to_vec(),
        }
    }

    fn place(&self, name: &str) -> &Place {
        self.sections.get(name).expect("every implied section was found when the file was read")
    }

    /// The bytes of a section that the manifest implies.
    ///
    /// # Panics
    ///
    /// When the manifest does not imply the section.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        &self.storage[self.place(name).range.clone()]
    }

    /// The signed bytes of a section.
    ///
    /// # Panics
    ///
    /// As [`bytes`](Self::bytes).
    pub(crate) fn i8s(&self, name: &str) -> &[i8] {
        bytemuck::cast_slice(self.bytes(name))
    }

    /// The same, to be kept while the file is open.
    ///
    /// # Panics
    ///
    /// As [`bytes`](Self::bytes).
    pub(crate) fn part(&self, name: &str) -> FileSlice {
        FileSlice::new(Arc::clone(&self.storage), self.place(name).range.clone())
    }

    /// Returns the memory of a section that has been packed, where the file is mapped; it can still be read.
    ///
    /// # Panics
    ///
    /// As [`bytes`](Self::bytes).
    pub(crate) fn release(&self, name: &str) {
        self.storage.release(self.place(name).range.clone());
    }

    /// Compares every section whose name begins so with its hash once more, where the file is mapped and others could
    /// have changed it since it was opened. To be called once the sections are packed: then what was packed is what
    /// is hashed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`].
    pub(crate) fn unchanged(&self, beginning: &str) -> Result<()> {
        if !self.storage.is_mapped() {
            return Ok(());
        }
        for (name, listed) in self.manifest.sections.range(beginning.to_owned()..) {
            let Some(place) = self.sections.get(name).filter(|_| name.starts_with(beginning)) else { break };
            if hash::digits(&self.storage[place.range.clone()]) != listed.xxh3 {
                return Err(damaged(format!(
                    "section {name} has changed since the file was opened: open it again, and replace files by moving \
                     another over them"
                )));
            }
        }
        Ok(())
    }

    /// The numbers of a section, copied, since a section need not be aligned; those of 16 bits are widened, exactly.
    ///
    /// # Panics
    ///
    /// As [`bytes`](Self::bytes).
    pub(crate) fn f32s(&self, name: &str) -> Vec<f32> {
        self.stored(name).f32s()
    }

    fn stored<'a>(&'a self, name: &'a str) -> Stored<'a> {
        Stored { name, bytes: self.bytes(name), dtype: self.place(name).dtype }
    }
}

/// The header's bytes, after every check of its length.
fn header(bytes: &[u8]) -> Result<&[u8]> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>().filter(|(_, rest)| !rest.is_empty())
    else {
        return Err(Error::new(ErrorKind::NotAModel, format!("file has only {} bytes", bytes.len())));
    };
    let length = u64::from_le_bytes(*length);
    // As much of the beginning as a file has that was cut short within it.
    let seen = rest.len().min(BEGINNING.len());
    let ours = rest[..seen] == BEGINNING[..seen];
    if length > MAX_HEADER_BYTES as u64 {
        return Err(Error::new(
            if ours { ErrorKind::TooLarge } else { ErrorKind::NotAModel },
            format!("header declares {length} bytes, at most {MAX_HEADER_BYTES} are read"),
        ));
    }
    usize::try_from(length).ok().and_then(|n| rest.get(..n)).ok_or_else(|| {
        Error::new(
            if ours { ErrorKind::Damaged } else { ErrorKind::NotAModel },
            format!("header declares {length} bytes, {} follow: the file was cut short", rest.len()),
        )
    })
}

/// Checks the ranges of all tensors against the data and each other.
fn container(mut tensors: Vec<(String, TensorInfo)>, data_len: usize) -> Result<Metadata> {
    if tensors.len() > MAX_SECTIONS {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("file has {} sections, at most {MAX_SECTIONS} are read", tensors.len()),
        ));
    }
    // Bounded first, so that no later sum of offsets can wrap around.
    for (name, info) in &tensors {
        let (start, end) = info.data_offsets;
        if end > data_len || start > end {
            return Err(damaged(format!(
                "section {name} lies at bytes {start}..{end}, the data has {data_len}"
            )));
        }
    }
    tensors.sort_by_key(|(_, info)| info.data_offsets);
    let end = tensors.last().map_or(0, |(_, info)| info.data_offsets.1);
    if end != data_len {
        return Err(damaged(format!("sections end at byte {end}, the data has {data_len}")));
    }
    Metadata::new(None, tensors).map_err(|e| {
        damaged(format!("sections overlap, leave a hole or have a wrong size: {e}")).with_source(e)
    })
}

/// Compares the sections that are there with those listed and those implied; hashes each and checks its values.
fn check_sections(
    manifest: &Manifest,
    expected: &Sections,
    metadata: &Metadata,
    data: &[u8],
    data_start: usize,
) -> Result<HashMap<String, Place>> {
    let mut ranges = HashMap::with_capacity(expected.len());
    for name in metadata.offset_keys() {
        let listed = manifest
            .sections
            .get(&name)
            .ok_or_else(|| damaged(format!("section {name} is not listed in the manifest")))?;
        let info = metadata.info(&name).expect("the name came from the same metadata");
        let (start, end) = info.data_offsets;
        let spec = expected.get(&name);
        match spec {
            Some(spec) => check_shape(&name, spec, info)?,
            None if name.starts_with(EXTRA_PREFIX) => {}
            None => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!("section {name} belongs to nothing this version knows"),
                ));
            }
        }
        let section = Stored { name: &name, bytes: &data[start..end], dtype: info.dtype };
        check_values(section, spec.map_or(Values::Any, |spec| spec.values), &listed.xxh3)?;
        let range = data_start + start..data_start + end;
        ranges.insert(name, Place { range, dtype: info.dtype });
    }
    match expected.names().chain(manifest.sections.keys()).find(|name| !ranges.contains_key(*name)) {
        Some(name) => Err(damaged(format!("section {name} is missing"))),
        None => Ok(ranges),
    }
}

fn check_shape(name: &str, spec: &Spec, info: &TensorInfo) -> Result<()> {
    if info.dtype != spec.dtype && !(spec.half && info.dtype == Dtype::F16) {
        return Err(damaged(format!("section {name} has type {}, {} is needed", info.dtype, spec.dtype)));
    }
    if !spec.shape.fits(&info.shape) {
        return Err(damaged(format!(
            "section {name} has shape {:?}, {:?} is needed",
            info.shape, spec.shape
        )));
    }
    Ok(())
}

/// Compares the hash of a section, then checks its values.
fn check_values(section: Stored<'_>, values: Values, expected: &str) -> Result<()> {
    const LEAST: u8 = i8::MIN.cast_unsigned();
    let Stored { name, bytes, .. } = section;
    let (found, has_least) = match values {
        Values::Weights => hash::digits_and_search(bytes, LEAST),
        Values::Any | Values::Checked(_) => (hash::digits(bytes), false),
    };
    check_hash(format_args!("section {name}"), &found, expected)?;
    match values {
        Values::Weights if has_least => {
            let wrong = bytes.iter().filter(|b| **b == LEAST).count();
            Err(damaged(format!("section {name} has {wrong} weights of -128, the least is -127")))
        }
        Values::Checked(rule) => rule(section),
        Values::Any | Values::Weights => Ok(()),
    }
}

fn check_hash(what: impl fmt::Display, found: &str, expected: &str) -> Result<()> {
    if found != expected {
        return Err(damaged(format!("{what} does not match its hash")));
    }
    Ok(())
}

/// The JSON header of the container, with every key once.
struct Header {
    metadata: HashMap<String, String>,
    tensors: Vec<(String, TensorInfo)>,
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the header of a safetensors container")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Header, A::Error> {
                let mut metadata = None;
                let mut tensors: Vec<(String, TensorInfo)> = Vec::new();
                let mut seen = HashSet::new();
                while let Some(key) = map.next_key::<String>()? {
                    if !seen.insert(key.clone()) {
                        return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
                    }
                    if key == "__metadata__" {
                        metadata = Some(map.next_value::<Pairs>()?.0);
                    } else {
                        tensors.push((key, map.next_value()?));
                    }
                }
                Ok(Header { metadata: metadata.unwrap_or_default(), tensors })
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

/// A map from string to string with every key once.
struct Pairs(HashMap<String, String>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Once;

        impl<'de> Visitor<'de> for Once {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from string to string")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Pairs, A::Error> {
                let mut pairs = HashMap::new();
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    if pairs.insert(key, value).is_some() {
                        return Err(A::Error::custom("duplicate key of the metadata"));
                    }
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Once)
    }
}
