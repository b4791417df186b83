//! The rules of a manifest that need no section, those of its parts among them, and the sections that it implies.

use super::guard;
use super::head;
use super::knowledge;
use super::mixture;
use super::{arrays, encoder};
use crate::error::Result;
use crate::format::check::{self, damaged};
use crate::format::limits::MAX_TOKENIZER_BYTES;
use crate::format::manifest::{Manifest, parse};
use crate::format::reader::ModelFile;
use crate::format::sections::Sections;
use crate::format::storage::Storage;
#[cfg(feature = "write")]
use crate::format::writer::ImpliedSection;

impl Manifest {
    /// Reads a manifest from JSON and checks every rule that needs no section.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) for a later format, family or head,
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) beyond [`limits`](crate::format::limits),
    /// [`ErrorKind::Damaged`](crate::ErrorKind::Damaged) for anything else that breaks a rule.
    pub fn from_json(json: &str) -> Result<Self> {
        let manifest = parse(json)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Checks every rule that needs no section: names, references, dimensions, thresholds.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn check(&self) -> Result<()> {
        check::frame(self)?;
        if let Some(base) = &self.base {
            base.encoders.iter().try_for_each(|(id, encoder)| encoder::check(id, encoder))?;
            base.mixtures.iter().try_for_each(|(id, mixture)| mixture::check(id, mixture))?;
        }
        for (id, encoder) in &self.encoders {
            encoder::check(id, encoder)?;
            if let Some((tokenizer, _)) = encoder.tokenizer()
                && !self.tokenizers.contains_key(tokenizer)
            {
                return Err(damaged(format!("encoder {id} names the missing tokenizer {tokenizer}")));
            }
        }
        for (id, mixture) in &self.mixtures {
            mixture::check(id, mixture)?;
            mixture::check_shared(self, id, mixture)?;
        }
        self.guards.iter().try_for_each(|(id, guard)| guard::check(id, guard))?;
        self.knowledge.as_ref().map_or(Ok(()), knowledge::check)?;
        check::task_names(self)?;
        for task in &self.tasks {
            check::labels(task)?;
            head::check(task)?;
            check::decisions(task)?;
            check::members(task)?;
            guard::check_task(self, task)?;
            for member in task.all_members() {
                let Some(encoder) = self.encoder(member.encoder) else {
                    return Err(damaged(format!("{member} names the missing encoder {}", member.encoder)));
                };
                check::temperature(member)?;
                head::check_member(task, member, encoder)?;
                mixture::check_member(self, member, encoder)?;
            }
        }
        Ok(())
    }
}

#[cfg(feature = "write")]
impl Manifest {
    /// Checks the manifest and gives what a file with it must have beside it: each section, by name.
    ///
    /// ```
    /// use pupil_core::format::Manifest;
    ///
    /// assert!(Manifest { name: "empty".into(), ..Manifest::default() }.implied_sections()?.is_empty());
    /// # Ok::<(), pupil_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json), and [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) when there would be
    /// too many.
    pub fn implied_sections(&self) -> Result<Vec<ImpliedSection>> {
        Ok(implied(self)?.listed())
    }
}

/// Checks a manifest and gives every section that it implies, by name.
fn implied(manifest: &Manifest) -> Result<Sections> {
    manifest.check()?;
    let mut sections = Sections::default();
    for name in manifest.tokenizers.keys() {
        sections.add(format!("tokenizer.{name}"), arrays::bytes(MAX_TOKENIZER_BYTES))?;
    }
    for (name, encoder) in &manifest.encoders {
        encoder::sections(name, encoder, &mut sections)?;
    }
    for (name, mixture) in &manifest.mixtures {
        mixture::sections(name, mixture, &mut sections)?;
    }
    for (name, guard) in &manifest.guards {
        guard::sections(name, guard, &mut sections)?;
    }
    if let Some(knowledge) = &manifest.knowledge {
        knowledge::sections(knowledge, &mut sections)?;
    }
    for task in &manifest.tasks {
        guard::task_sections(task, &mut sections)?;
        for member in task.all_members() {
            let input = manifest.encoder(member.encoder).map_or(0, |encoder| encoder.output_len());
            head::sections(task, member, input, &mut sections)?;
            if let Some(mixture) = member.mixture.and_then(|name| manifest.mixtures.get(name)) {
                mixture::member_sections(member, mixture, &mut sections)?;
            }
        }
    }
    Ok(sections)
}

/// Reads a file and checks it as far as it goes by itself: structure, manifest, hashes and numbers.
///
/// # Errors
///
/// [`NotAModel`], [`Damaged`], [`Unsupported`] or [`TooLarge`], each with a message that names the section or the
/// number.
///
/// [`NotAModel`]: crate::ErrorKind::NotAModel
/// [`Damaged`]: crate::ErrorKind::Damaged
/// [`Unsupported`]: crate::ErrorKind::Unsupported
/// [`TooLarge`]: crate::ErrorKind::TooLarge
pub(crate) fn read(storage: Storage) -> Result<ModelFile> {
    ModelFile::read(storage, implied)
}
