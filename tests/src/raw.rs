//! A parsed file, so that a test can break one part and keep the rest valid.

use std::ops::Range;

use pupil_core::format::hash;
use serde_json::{Value, json};

/// Header and data of a file.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The container's header.
    pub header: Value,
    /// The data after the header.
    pub data: Vec<u8>,
}

impl Raw {
    /// Parses a file.
    ///
    /// # Panics
    ///
    /// If the bytes are not a container.
    pub fn parse(bytes: &[u8]) -> Self {
        let (length, rest) = bytes.split_first_chunk::<8>().expect("a file begins with a length");
        let length = usize::try_from(u64::from_le_bytes(*length)).expect("the header fits");
        let header = serde_json::from_slice(&rest[..length]).expect("the header is JSON");
        Self { header, data: rest[length..].to_vec() }
    }

    /// Writes the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        Self::with_header(self.header.to_string().as_bytes(), &self.data)
    }

    /// A file with any header and data.
    pub fn with_header(header: &[u8], data: &[u8]) -> Vec<u8> {
        let mut header = header.to_vec();
        header.resize(header.len().next_multiple_of(8), b' ');
        let length = u64::try_from(header.len()).unwrap_or(u64::MAX);
        [&length.to_le_bytes(), header.as_slice(), data].concat()
    }

    /// The manifest.
    ///
    /// # Panics
    ///
    /// If there is no manifest.
    pub fn manifest(&self) -> Value {
        let json = self.header["__metadata__"]["pupil"].as_str().expect("a manifest is a string");
        serde_json::from_str(json).expect("a manifest is JSON")
    }

    /// Replaces the manifest and its hash.
    pub fn set_manifest(&mut self, manifest: &Value) {
        self.set_manifest_text(manifest.to_string());
    }

    /// Replaces the manifest with any text, and its hash.
    pub fn set_manifest_text(&mut self, text: String) {
        self.header["__metadata__"]["pupil.xxh3"] = json!(hash::digits(text.as_bytes()));
        self.header["__metadata__"]["pupil"] = json!(text);
    }

    /// Changes the manifest and its hash.
    pub fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        let mut manifest = self.manifest();
        change(&mut manifest);
        self.set_manifest(&manifest);
    }

    /// The range of a section in the data.
    ///
    /// # Panics
    ///
    /// If there is no such section.
    pub fn range(&self, section: &str) -> Range<usize> {
        let offsets = &self.header[section]["data_offsets"];
        let end =
            |i: usize| usize::try_from(offsets[i].as_u64().expect("an offset is a number")).expect("it fits");
        end(0)..end(1)
    }

    /// Changes the bytes of a section and its hash.
    pub fn edit_section(&mut self, section: &str, change: impl FnOnce(&mut [u8])) {
        let range = self.range(section);
        change(&mut self.data[range.clone()]);
        let hash = hash::digits(&self.data[range]);
        self.edit(|m| m["sections"][section]["xxh3"] = json!(hash));
    }

    /// Gives each section whose name is `to` and a word or words without `member` the bytes of the section of `other`
    /// whose name is `from` and the same words.
    pub fn copy_sections(&mut self, other: &Self, from: &str, to: &str) {
        let names: Vec<String> =
            self.header.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        for name in names {
            if let Some(rest) = name.strip_prefix(to).filter(|rest| !rest.starts_with("member.")) {
                let bytes = &other.data[other.range(&format!("{from}{rest}"))];
                self.edit_section(&name, |own| own.copy_from_slice(bytes));
            }
        }
    }

    /// Changes one number of a section and its hash.
    pub fn set_number(&mut self, section: &str, place: usize, value: f32) {
        self.edit_section(section, |bytes| bytes[4 * place..][..4].copy_from_slice(&value.to_le_bytes()));
    }

    /// Appends a section to the data and lists it.
    pub fn append(&mut self, section: &str, dtype: &str, bytes: &[u8]) {
        let start = self.data.len();
        self.data.extend(bytes);
        self.header[section] =
            json!({"dtype": dtype, "shape": [bytes.len()], "data_offsets": [start, self.data.len()]});
        let hash = hash::digits(bytes);
        self.edit(|m| m["sections"][section] = json!({"xxh3": hash}));
    }
}
