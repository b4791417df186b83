//! What the sections of a file must be; the parts of a model say which there are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use half::f16;
use safetensors::Dtype;

use super::limits::MAX_SECTIONS;
use crate::error::{Error, ErrorKind, Result};

/// The shape that a section must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Bytes of any number from 1 to this.
    Bytes(usize),
    /// One dimension.
    One(usize),
    /// Two dimensions, rows first.
    Two(usize, usize),
    /// Three dimensions, the slowest first.
    Three(usize, usize, usize),
}

impl Shape {
    /// Whether a declared shape is this one.
    pub(crate) fn fits(self, shape: &[usize]) -> bool {
        match self {
            Self::Bytes(most) => matches!(shape, [n] if (1..=most).contains(n)),
            Self::One(a) => shape == [a],
            Self::Two(a, b) => shape == [a, b],
            Self::Three(a, b, c) => shape == [a, b, c],
        }
    }
}

/// A section as it lies in a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stored<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
    /// Type of its elements.
    pub(super) dtype: Dtype,
}

impl Stored<'_> {
    /// Its numbers, copied, since a section need not be aligned; those of 16 bits are widened, exactly.
    pub(crate) fn f32s(self) -> Vec<f32> {
        if self.dtype == Dtype::F16 {
            let (halves, _) = self.bytes.as_chunks::<2>();
            return halves.iter().map(|h| f16::from_le_bytes(*h).to_f32()).collect();
        }
        let (words, _) = self.bytes.as_chunks::<4>();
        words.iter().map(|w| f32::from_le_bytes(*w)).collect()
    }
}

/// What the values of a section must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Values {
    /// Any bytes at all.
    Any,
    /// Weights of -127 to 127. They are most of a file, so they are checked while they are hashed.
    Weights,
    /// What a rule says.
    Checked(fn(Stored<'_>) -> Result<()>),
}

/// What a section must be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spec {
    /// Type of its elements.
    pub(crate) dtype: Dtype,
    /// Its shape.
    pub(crate) shape: Shape,
    /// Whether its numbers may have 16 bits instead of 32.
    pub(crate) half: bool,
    /// What its values must be.
    pub(crate) values: Values,
}

/// Sections by name, each with one owner.
#[derive(Debug, Default)]
pub(crate) struct Sections(BTreeMap<String, Spec>);

impl Sections {
    /// Adds a section.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`] when two parts would share it, [`ErrorKind::TooLarge`] when there would be too many.
    pub(crate) fn add(&mut self, name: String, spec: Spec) -> Result<()> {
        if self.0.len() >= MAX_SECTIONS {
            // A short manifest can imply very many sections.
            let message = format!(
                "the manifest implies more than {MAX_SECTIONS} sections, at most {MAX_SECTIONS} are read"
            );
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        match self.0.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(spec);
                Ok(())
            }
            Entry::Occupied(entry) => Err(Error::new(
                ErrorKind::Damaged,
                format!("two parts would use the section {}", entry.key()),
            )),
        }
    }

    /// The section of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Spec> {
        self.0.get(name)
    }

    /// Names in ascending order.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// What each section must be, for those who write files.
    #[cfg(feature = "write")]
    pub(crate) fn listed(&self) -> Vec<super::writer::ImpliedSection> {
        let listed = self.0.iter().map(|(name, spec)| super::writer::ImpliedSection {
            name: name.clone(),
            dtype: spec.dtype.to_string(),
            shape: match spec.shape {
                Shape::Bytes(_) => None,
                Shape::One(a) => Some(vec![a]),
                Shape::Two(a, b) => Some(vec![a, b]),
                Shape::Three(a, b, c) => Some(vec![a, b, c]),
            },
        });
        listed.collect()
    }

    /// Number of sections.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
