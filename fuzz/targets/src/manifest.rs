//! Manifests.

use pupil_core::format::Manifest;

use crate::bases::{bases, known};
use crate::input::Input;
use crate::json::mutate;

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
    assert!(alike(&format!("{same:?}"), &format!("{manifest:?}")), "{same:?} was {manifest:?}");
    if let Ok(sections) = manifest.implied_sections() {
        assert!(sections.windows(2).all(|two| two[0].name < two[1].name), "sections are sorted, each once");
    }
}

/// Whether two manifests, as `Debug` writes all their fields, are the same but for the last bits of 64-bit numbers:
/// `serde_json` reads numbers of extreme sizes to within some units in the last place.
fn alike(one: &str, other: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !(c.is_alphanumeric() || "+-.".contains(c))).map(str::to_owned).collect()
    };
    let near = |one: &str, other: &str| match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => (one - other).abs() <= 8.0 * f64::EPSILON * one.abs(),
        _ => false,
    };
    let (one, other) = (words(one), words(other));
    one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| one == other || near(one, other))
}
