//! The parts of a model file, to be changed and put together again with the hashes that belong to them.

use std::sync::Arc;

use pupil_core::format::Manifest;
use pupil_core::format::hash;
use serde_json::Value;

use crate::input::Input;
use crate::json::Json;

/// A section of a file.
#[derive(Debug, Clone)]
pub struct Section {
    /// Its name.
    pub name: String,
    /// The type of its elements.
    pub dtype: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its bytes.
    pub bytes: Arc<Vec<u8>>,
}

/// A file in parts.
#[derive(Debug, Clone)]
pub struct Parts {
    /// The manifest, without the hashes of sections.
    pub manifest: Json,
    /// The sections in their order.
    pub sections: Vec<Section>,
}

/// Bytes of sections that a repair may make.
const MOST_MADE: usize = 1 << 18;

impl Parts {
    /// Takes a file apart.
    ///
    /// # Panics
    ///
    /// If it is no file of our own.
    pub fn parse(bytes: &[u8]) -> Self {
        let ours = "the file is our own";
        let (length, rest) = bytes.split_first_chunk::<8>().expect(ours);
        let (header, data) = rest.split_at(usize::try_from(u64::from_le_bytes(*length)).expect(ours));
        let header: Value = serde_json::from_slice(header).expect(ours);
        let mut manifest = Json::parse(header["__metadata__"]["pupil"].as_str().expect(ours).as_bytes());
        manifest.remove("sections");
        let number = |value: &Value| usize::try_from(value.as_u64().expect(ours)).expect(ours);
        let mut sections: Vec<(usize, Section)> = Vec::new();
        for (name, entry) in
            header.as_object().expect(ours).iter().filter(|(name, _)| *name != "__metadata__")
        {
            let (start, end) = (number(&entry["data_offsets"][0]), number(&entry["data_offsets"][1]));
            let section = Section {
                name: name.clone(),
                dtype: entry["dtype"].as_str().expect(ours).into(),
                shape: entry["shape"].as_array().expect(ours).iter().map(number).collect(),
                bytes: Arc::new(data[start..end].to_vec()),
            };
            sections.push((start, section));
        }
        sections.sort_by_key(|(start, _)| *start);
        Self { manifest, sections: sections.into_iter().map(|(_, section)| section).collect() }
    }

    /// Puts the file together, with the hashes of what it holds.
    pub fn bytes(&self) -> Vec<u8> {
        let mut manifest = self.manifest.clone();
        let hashes = self.sections.iter().map(|section| {
            let hash = Json::Text(hash::digits(&section.bytes));
            (section.name.clone(), Json::Map(vec![("xxh3".into(), hash)]))
        });
        // Where a mutation has put a list of its own, that one counts.
        if manifest.get_mut("sections").is_none() {
            manifest.set("sections", Json::Map(hashes.collect()));
        }
        let manifest = manifest.text();
        let metadata = Json::Map(vec![
            ("pupil".into(), Json::Text(manifest.clone())),
            ("pupil.xxh3".into(), Json::Text(hash::digits(manifest.as_bytes()))),
        ]);
        let mut header = vec![("__metadata__".to_owned(), metadata)];
        let mut end = 0;
        for section in &self.sections {
            let start = end;
            end += section.bytes.len();
            let entry = Json::Map(vec![
                ("dtype".into(), Json::Text(section.dtype.clone())),
                ("shape".into(), Json::Plain(format!("{:?}", section.shape))),
                ("data_offsets".into(), Json::Plain(format!("[{start},{end}]"))),
            ]);
            header.push((section.name.clone(), entry));
        }
        let mut header = Json::Map(header).text();
        while !header.len().is_multiple_of(8) {
            header.push(' ');
        }
        let mut file = Vec::with_capacity(8 + header.len() + end);
        file.extend((header.len() as u64).to_le_bytes());
        file.extend(header.as_bytes());
        self.sections.iter().for_each(|section| file.extend(section.bytes.iter()));
        file
    }

    /// The section of that name.
    pub fn section_mut(&mut self, name: &str) -> Option<&mut Section> {
        self.sections.iter_mut().find(|section| section.name == name)
    }

    /// Replaces the bytes of a section by others of another number.
    pub fn set_bytes(&mut self, name: &str, bytes: Vec<u8>) {
        if let Some(section) = self.section_mut(name) {
            section.shape = vec![bytes.len()];
            section.bytes = Arc::new(bytes);
        }
    }

    /// Gives the file the sections that its manifest implies: those that fit stay, others are made, what belongs to
    /// nothing goes. A manifest that breaks a rule, or implies more than a quarter of a mebibyte, stays as it is.
    pub fn repair(&mut self, seed: u8) {
        let Ok(manifest) = Manifest::from_json(&self.manifest.text()) else { return };
        let Ok(implied) = manifest.implied_sections() else { return };
        let bytes = |dtype: &str, shape: &[usize]| {
            let element = match dtype {
                "F32" => 4,
                "F16" => 2,
                _ => 1,
            };
            shape.iter().try_fold(element, |n: usize, d| n.checked_mul(*d)).filter(|n| *n <= MOST_MADE)
        };
        let mut sections = Vec::with_capacity(implied.len());
        let mut made = 0;
        for spec in implied {
            let old = self.sections.iter().find(|section| section.name == spec.name);
            let fits = |section: &&Section| {
                let is_half = section.dtype == "F16" && spec.dtype == "F32";
                (section.dtype == spec.dtype || is_half)
                    && spec.shape.as_ref().is_none_or(|shape| *shape == section.shape)
            };
            if let Some(section) = old.filter(fits) {
                sections.push(section.clone());
                continue;
            }
            let shape = spec.shape.unwrap_or_else(|| vec![1]);
            let Some(len) = bytes(&spec.dtype, &shape) else { return };
            made += len;
            if made > MOST_MADE {
                return;
            }
            let bytes = Arc::new(values(&spec.dtype, len, seed));
            sections.push(Section { name: spec.name, dtype: spec.dtype, shape, bytes });
        }
        // The widest first, as in files of our own.
        sections.sort_by_key(|section| match section.dtype.as_str() {
            "F32" => 0,
            "F16" => 1,
            _ => 2,
        });
        self.sections = sections;
    }
}

/// Values that a new section may well have: small numbers, weights, bytes.
fn values(dtype: &str, len: usize, seed: u8) -> Vec<u8> {
    let mut rng = pupil_tests::Rng::new(u64::from(seed / 4));
    match (dtype, seed % 4) {
        ("F32", 0) => (0..len / 4).flat_map(|_| 0.01_f32.to_le_bytes()).collect(),
        ("F32", 1) => (0..len / 4).flat_map(|_| rng.numbers(1, 0.001, 0.1)[0].to_le_bytes()).collect(),
        ("F32", _) => (0..len / 4).flat_map(|_| rng.numbers(1, -1.0, 1.0)[0].to_le_bytes()).collect(),
        ("I8", _) => (0..len).map(|_| rng.weight().cast_unsigned()).collect(),
        (_, 0) => vec![0; len],
        _ => (0..len).map(|_| rng.weight().cast_unsigned()).collect(),
    }
}

/// Numbers at the limits of what a scale or a weight may be.
const FLOATS: [f32; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    f32::MAX,
    f32::MIN,
    f32::MIN_POSITIVE,
    1e-45,
    65504.0,
    65536.0,
    -65536.0,
    16_777_216.0,
    16_777_218.0,
    0.5,
    1e-20,
    1e20,
    3.0e38,
];

/// Changes one section: its values, its type, its shape, its name, its number of bytes, or its place.
pub fn mutate(parts: &mut Parts, input: &mut Input<'_>) {
    if parts.sections.is_empty() {
        return;
    }
    let at = input.below(parts.sections.len());
    let kind = input.byte() % 16;
    let (a, b) = (input.below(1 << 16), input.byte());
    let section = &mut parts.sections[at];
    let width = if section.dtype == "F16" { 2 } else { 4 };
    let float = FLOATS[usize::from(b) % FLOATS.len()];
    let float = if width == 4 { float.to_le_bytes().to_vec() } else { [b, b ^ 0x7c].to_vec() };
    match kind {
        0..=2 => {
            let bytes = Arc::make_mut(&mut section.bytes);
            if let Some(byte) = a.checked_rem(bytes.len()).and_then(|n| bytes.get_mut(n)) {
                *byte = b;
            }
        }
        3 | 4 => {
            let bytes = Arc::make_mut(&mut section.bytes);
            let place = a.checked_rem(bytes.len() / width).unwrap_or(0) * width;
            if let Some(old) = bytes.get_mut(place..place + width) {
                old.copy_from_slice(&float);
            }
        }
        5 => Arc::make_mut(&mut section.bytes)
            .chunks_exact_mut(width)
            .for_each(|old| old.copy_from_slice(&float)),
        6 => {
            Arc::make_mut(&mut section.bytes).fill([0, 1, 127, 128, 129, 255, 0x7c, 0x80][usize::from(b % 8)])
        }
        7 => Arc::make_mut(&mut section.bytes).truncate(a % 256),
        8 => {
            let bytes = Arc::make_mut(&mut section.bytes);
            bytes.resize(bytes.len() + a % 4096, b);
        }
        9 => {
            let types = ["I8", "F32", "F16", "U8", "BF16", "F64", "BOOL", "F4", "I64", "?"];
            section.dtype = types[usize::from(b) % types.len()].into();
        }
        10 => {
            let place = a.checked_rem(section.shape.len()).unwrap_or(0);
            if let Some(d) = section.shape.get_mut(place) {
                let sizes = [0, 1, 2, *d + 1, d.wrapping_sub(1), usize::MAX, usize::MAX / 2 + 1, 1 << 32];
                *d = sizes[usize::from(b % 8)];
            }
        }
        11 => drop(parts.sections.remove(at)),
        12 => {
            let mut again = section.clone();
            again.name = if b.is_multiple_of(2) { format!("extra.{b}") } else { section.name.clone() };
            parts.sections.push(again);
        }
        13 => {
            let other = a % parts.sections.len();
            parts.sections.swap(at, other);
        }
        14 => {
            let other = Arc::clone(&parts.sections[a % parts.sections.len()].bytes);
            parts.sections[at].bytes = other;
        }
        _ => section.shape.push(usize::from(b % 2)),
    }
}
