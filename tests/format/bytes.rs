//! Files with changed or missing bytes, and random bytes.

use proptest::prelude::*;
use pupil_core::ErrorKind;
use pupil_tests::Raw;
use serde_json::json;

use crate::{open, tiny};

#[test]
fn file_truncated_at_any_byte_is_refused() {
    let whole = tiny().bytes();
    let mut kinds = Vec::new();
    for len in 0..whole.len() {
        let kind = open(whole[..len].to_vec()).expect_err("a part is no file").kind();
        if !matches!(kind, ErrorKind::Damaged | ErrorKind::NotAModel) {
            kinds.push((len, kind));
        }
        // From the ninth byte on, the file is recognised as a model.
        assert!(len <= 8 || kind == ErrorKind::Damaged, "cut at {len}: {kind:?}");
    }
    assert!(kinds.is_empty(), "{kinds:?}");
}

#[test]
fn file_with_any_bit_flipped_is_refused() {
    let whole = tiny().bytes();
    let mut accepted = Vec::new();
    for place in 0..whole.len() {
        // One bit of each byte, varying between neighbours, and the bit that changes the case of letters.
        for bit in [place % 8, 5] {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << bit;
            match open(bytes) {
                Ok(_) => accepted.push((place, bit)),
                Err(e) => assert_ne!(e.kind(), ErrorKind::Internal, "byte {place} bit {bit}: {e}"),
            }
        }
    }
    assert!(accepted.is_empty(), "undetected bit flips: {accepted:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_bytes_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open(bytes).is_err());
    }

    #[test]
    fn random_header_is_refused(header in r#"[{}\[\]":,a-z0-9_ \\]{0,80}"#, data in proptest::collection::vec(any::<u8>(), 0..40)) {
        prop_assert!(open(Raw::with_header(header.as_bytes(), &data)).is_err());
    }

    #[test]
    fn several_changed_bytes_are_refused(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let whole = tiny().bytes();
        let mut bytes = whole.clone();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        prop_assert_eq!(open(bytes.clone()).is_ok(), bytes == whole);
    }

    #[test]
    fn changed_number_in_a_manifest_never_panics(
        pointer in prop::sample::select(&[
            "/format", "/encoders/e/vocab", "/encoders/e/embedding", "/encoders/e/hidden",
            "/tasks/0/head/hidden", "/tasks/0/scale/min", "/tasks/0/thresholds/0", "/tasks/0/thresholds/1",
            "/tasks/0/calibration/temperature", "/tasks/0/review/min_words", "/tasks/0/review/max_unknown",
            "/tasks/0/review/min_confidence",
        ][..]),
        number in prop_oneof![
            any::<i64>().prop_map(|n| json!(n)),
            (-3_i64..300).prop_map(|n| json!(n)),
            any::<f64>().prop_filter("JSON has no NaN and no infinity", |n| n.is_finite()).prop_map(|n| json!(n)),
            prop::sample::select(&[0.0, -0.0, 1.0, 1e39][..]).prop_map(|n| json!(n)),
        ],
    ) {
        let mut raw = Raw::parse(&tiny().bytes());
        raw.edit(|m| {
            let value = m.pointer_mut(pointer).expect("the manifest has it");
            *value = number;
        });
        // Some numbers are valid; then the model must work.
        if let Ok(scorer) = open(raw.to_bytes()) {
            let score = scorer.score("balloons", "warm air").unwrap();
            prop_assert!(score.labels.iter().all(|l| (0.0..=1.0).contains(&l.probability)));
        }
    }
}
