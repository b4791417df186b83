//! Manifests.

use pupil_core::format::Manifest;

use crate::bases::{bases, known};
use crate::input::Input;
use crate::json::{alike, mutate};

/// Reads a manifest, and what it is written as.
pub fn manifest(bytes: &[u8]) {
    let text = match bytes.split_first() {
        // The text itself, or one of our own with changes.
        Some((b'{', _)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => {
            let mut input = Input::new(bytes);
            let mut json = input.one_of(bases()).parts.manifest.clone();
            for _ in 0..=input.below(16) {
                mutate(&mut json, known(), &mut input);
            }
            json.text()
        }
    };
    let manifest = match Manifest::from_json(&text) {
        Ok(manifest) => manifest,
        Err(error) => {
            assert!(!error.message().contains(['\n', '\u{1b}', '\0']), "{:?}", error.message());
            return;
        }
    };
    let again = manifest.to_json().expect("what was read can be written");
    let same = Manifest::from_json(&again).expect("what was written can be read");
    let rewritten = same.to_json().expect("what was read can be written");
    let value = |text: &str| serde_json::from_str(text).expect("a manifest is JSON");
    assert!(alike(&value(&again), &value(&rewritten)), "{same:?} was {manifest:?}");
    if let Ok(sections) = manifest.implied_sections() {
        assert!(sections.windows(2).all(|two| two[0].name < two[1].name), "sections are sorted, each once");
    }
}
