//! The model behind trackers: read, checked and packed once, shared by all students.

use std::collections::HashMap;
use std::sync::Arc;

use crate::cpu::Cpu;
use crate::error::{Error, ErrorKind, Result};
use crate::format::manifest::{Knowledge, Manifest};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::options::OpenOptions;
use crate::parts::knowledge::{PREFIX, PackedKnowledge, load};

/// Bytes of a hash in a snapshot.
pub(super) const HASH_BYTES: usize = 8;

/// A knowledge model that is ready to run.
#[derive(Debug)]
pub(super) struct KnowledgeModel {
    pub(super) manifest: Manifest,
    pub(super) packed: PackedKnowledge,
    pub(super) skills: Vec<NamedSkill>,
    /// Beginning of the BLAKE3 hash of all that a state depends on: dimensions, questions, skills and weights.
    pub(super) identity: [u8; HASH_BYTES],
    places: HashMap<String, usize>,
}

/// A skill's names, shared with every result.
#[derive(Debug)]
pub(super) struct NamedSkill {
    pub(super) id: Arc<str>,
    pub(super) name: Arc<str>,
}

impl KnowledgeModel {
    /// Packs the knowledge model of a checked file.
    pub(super) fn new(file: ModelFile, options: &OpenOptions) -> Result<Self> {
        Cpu::check_variable()?;
        let manifest = file.manifest();
        let Some(knowledge) = &manifest.knowledge else {
            return Err(Error::new(
                ErrorKind::BadInput,
                format!("the file {} has no knowledge model: open it with a scorer", manifest.name),
            ));
        };
        let packed = load(&file, knowledge, &Kernels::new(options.cpu))?;
        let named = |(id, name): (&String, &String)| {
            let id: Arc<str> = id.as_str().into();
            let name = if name.is_empty() { Arc::clone(&id) } else { name.as_str().into() };
            NamedSkill { id, name }
        };
        let skills = knowledge.skills.iter().map(|skill| named((&skill.id, &skill.name))).collect();
        let places =
            knowledge.questions.iter().enumerate().map(|(place, question)| (question.id.clone(), place));
        let (identity, places) = (identity(manifest, knowledge), places.collect());
        Ok(Self { packed, skills, identity, places, manifest: file.into_manifest() })
    }

    pub(super) fn knowledge(&self) -> &Knowledge {
        self.manifest.knowledge.as_ref().expect("only files with a knowledge model become one")
    }

    /// Place of a question. One that is not there is not named in the error: it might be an answer, given in the wrong
    /// place.
    pub(super) fn question(&self, id: &str) -> Result<usize> {
        self.places.get(id).copied().ok_or_else(|| self.no_such_question())
    }

    #[cold]
    #[inline(never)]
    fn no_such_question(&self) -> Error {
        const LISTED: usize = 10;
        let questions = &self.knowledge().questions;
        let ids: Vec<&str> = questions.iter().take(LISTED).map(|q| q.id.as_str()).collect();
        let more = match questions.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Error::new(
            ErrorKind::BadInput,
            format!("the model has no such question, it has {}{more}", ids.join(", ")),
        )
    }
}

/// What a snapshot names its model by. Names for people, figures and provenance are no part of it.
fn identity(manifest: &Manifest, knowledge: &Knowledge) -> [u8; HASH_BYTES] {
    let mut bytes = Vec::new();
    let number = |bytes: &mut Vec<u8>, number: usize| bytes.extend((number as u64).to_le_bytes());
    for length in [knowledge.embedding, knowledge.hidden, knowledge.skills.len(), knowledge.questions.len()] {
        number(&mut bytes, length);
    }
    let ids = knowledge.skills.iter().map(|s| &s.id).chain(knowledge.questions.iter().map(|q| &q.id));
    for id in ids {
        number(&mut bytes, id.len());
        bytes.extend(id.as_bytes());
    }
    for question in &knowledge.questions {
        number(&mut bytes, question.skills.len());
        question.skills.iter().for_each(|skill| number(&mut bytes, *skill));
    }
    if knowledge.counts > 0 {
        number(&mut bytes, knowledge.counts);
    }
    for (_, section) in manifest.sections.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        bytes.extend(section.xxh3.as_bytes());
    }
    short_hash(&bytes)
}

/// The first bytes of the BLAKE3 hash: enough to tell models apart and to find damage, not to keep out an attacker.
#[inline(never)]
pub(super) fn short_hash(bytes: &[u8]) -> [u8; HASH_BYTES] {
    *blake3::hash(bytes).as_bytes().first_chunk().expect("a hash has 32 bytes")
}
