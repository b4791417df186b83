//! Signatures, expected hashes and versions: what is opened, what is refused, and what the messages say.

use std::path::PathBuf;

use pupil_core::{
    Error, ErrorKind, FileInfo, OpenOptions, PublicKey, Scorer, Signature, Tracker, signature_path,
};
use pupil_tests::{Fixture, Raw};

use crate::SEED;

/// A key of minisign's own documentation, and what it has signed: the four bytes `test`.
const OTHER: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const OF_BYTES: &str = "untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==";
const OF_A_HASH: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1633700835\tfile:test\tprehashed
wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==";

fn shipped(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models").join(name)
}

/// The key that has signed the shipped models.
fn publisher() -> PublicKey {
    std::fs::read_to_string(shipped("publisher.pub")).unwrap().parse().unwrap()
}

fn signature(model: &str) -> Signature {
    std::fs::read_to_string(signature_path(&shipped(model))).unwrap().parse().unwrap()
}

fn trusting(keys: &[PublicKey]) -> OpenOptions {
    OpenOptions { trusted_keys: keys.to_vec(), ..OpenOptions::default() }
}

/// The message of an error, which is of this kind.
fn refused<T>(result: Result<T, Error>) -> String {
    let error = result.err().expect("it is refused");
    assert_eq!(error.kind(), ErrorKind::Untrusted, "{error}");
    error.to_string()
}

const MODEL: &str = "mind-ca/mind-ca.pupil";

#[test]
fn both_kinds_of_signatures_of_minisign_are_verified() {
    let key: PublicKey = OTHER.parse().unwrap();
    let two_lines: PublicKey = format!("untrusted comment: a key\n{OTHER}\n").parse().unwrap();
    assert_eq!(key, two_lines);
    assert_eq!(key.id(), "E7620F1842B4E81F");
    for (text, comment) in [
        (OF_BYTES, "timestamp:1555779966\tfile:test"),
        (OF_A_HASH, "timestamp:1633700835\tfile:test\tprehashed"),
    ] {
        let signature: Signature = text.parse().unwrap();
        assert_eq!((signature.key_id(), signature.comment()), (key.id(), comment));
        signature.verify(b"test", &[publisher(), key.clone()]).unwrap();
        assert!(refused(signature.verify(b"tesT", std::slice::from_ref(&key))).contains("does not belong"));
        assert!(refused(signature.verify(b"test", &[publisher()])).contains(&publisher().id()));
        let forged = text.replace("timestamp:1", "timestamp:2").parse::<Signature>().unwrap();
        refused(forged.verify(b"test", std::slice::from_ref(&key)));
    }
}

#[test]
fn what_is_no_key_and_no_signature_is_refused() {
    let cut = &OF_A_HASH[..OF_A_HASH.len() - 20];
    for text in [
        "",
        "RWQ",
        OTHER.trim_end_matches('3'),
        OF_A_HASH,
        "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO\u{e9}",
    ] {
        assert_eq!(text.parse::<PublicKey>().unwrap_err().kind(), ErrorKind::BadInput, "{text}");
    }
    for text in [
        "",
        OTHER,
        cut,
        "a\nb\nc\nd",
        &OF_A_HASH.replace("RUQ", "RUX"),
        &OF_A_HASH.replace("trusted comment", "x"),
    ] {
        assert_eq!(text.parse::<Signature>().unwrap_err().kind(), ErrorKind::BadInput, "{text}");
    }
}

#[test]
fn signed_model_is_opened_in_every_way() {
    let keys = [OTHER.parse().unwrap(), publisher()];
    let beside = trusting(&keys);
    let given = OpenOptions { signature: Some(signature(MODEL)), ..trusting(&keys) };
    let (path, bytes) = (shipped(MODEL), std::fs::read(shipped(MODEL)).unwrap());
    let file = std::fs::File::open(&path).unwrap();
    for scorer in [
        Scorer::open_with(&path, &beside),
        Scorer::open_with(&path, &given),
        Scorer::from_bytes_with(bytes.clone(), &given),
        Scorer::from_file_with(&file, 0, bytes.len() as u64, &given),
    ] {
        scorer.unwrap();
    }
    FileInfo::read_with(&path, &beside).unwrap();
    for other in ["science/science.pupil", "practice/practice.pupil"] {
        let info = FileInfo::read_with(shipped(other), &beside).unwrap();
        assert!(
            signature(other).comment().contains(&format!("version:{}", info.manifest.version)),
            "{other}"
        );
    }
    Tracker::open_with(shipped("practice/practice.pupil"), &beside).unwrap();
}

#[test]
fn model_without_the_right_signature_is_refused() {
    let (path, bytes) = (shipped(MODEL), std::fs::read(shipped(MODEL)).unwrap());
    let keys = [publisher()];
    let given = OpenOptions { signature: Some(signature(MODEL)), ..trusting(&keys) };
    // No signature at all.
    let message = refused(Scorer::from_bytes_with(bytes.clone(), &trusting(&keys)));
    assert!(message.contains("without a signature"), "{message}");
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.pupil");
    std::fs::write(&copy, &bytes).unwrap();
    let message = refused(Scorer::open_with(&copy, &trusting(&keys)));
    assert!(message.contains("copy.pupil.minisig"), "{message}");
    // Another publisher's key, and another model's signature.
    let message = refused(Scorer::open_with(&path, &trusting(&[OTHER.parse().unwrap()])));
    assert!(message.contains(&publisher().id()) && message.contains("E7620F1842B4E81F"), "{message}");
    let other = OpenOptions { signature: Some(signature("practice/practice.pupil")), ..given.clone() };
    refused(Scorer::open_with(&path, &other));
    // What lies beside is no signature.
    for text in ["", "four\nlines\nof\ntext", &"x".repeat(1 << 20)] {
        std::fs::write(signature_path(&copy), text).unwrap();
        refused(Scorer::open_with(&copy, &trusting(&keys)));
    }
    // A signature that nothing verifies.
    let alone = OpenOptions { signature: Some(signature(MODEL)), ..OpenOptions::default() };
    assert_eq!(Scorer::open_with(&path, &alone).unwrap_err().kind(), ErrorKind::BadInput);
    // Signed bytes are not read before they are verified: of damage inside, nothing is said.
    let mut damaged = bytes;
    damaged.truncate(100);
    assert!(refused(Scorer::from_bytes_with(damaged, &given)).contains("does not belong"));
}

#[test]
fn forged_model_whose_hashes_are_right_is_refused() {
    let bytes = std::fs::read(shipped(MODEL)).unwrap();
    let mut raw = Raw::parse(&bytes);
    let section = raw.manifest()["sections"]
        .as_object()
        .unwrap()
        .keys()
        .find(|name| name.ends_with("output.bias"))
        .unwrap()
        .clone();
    raw.set_number(&section, 0, 1000.0);
    let forged = raw.to_bytes();
    // Whoever trusts nobody opens it, and gets another score.
    Scorer::from_bytes(forged.clone()).unwrap();
    let options = OpenOptions { signature: Some(signature(MODEL)), ..trusting(&[publisher()]) };
    refused(Scorer::from_bytes_with(forged, &options));
    Scorer::from_bytes_with(bytes, &options).unwrap();
}

#[test]
fn only_the_expected_hash_and_version_are_opened() {
    let mut fixture = Fixture::new(SEED);
    fixture.manifest.version = 3;
    let bytes = fixture.bytes();
    let hash = Scorer::from_bytes(bytes.clone()).unwrap().blake3().to_owned();
    let open = |expected_blake3: Option<&str>, min_version| {
        let expected_blake3 = expected_blake3.map(str::to_owned);
        Scorer::from_bytes_with(
            bytes.clone(),
            &OpenOptions { expected_blake3, min_version, ..OpenOptions::default() },
        )
    };
    assert_eq!(open(Some(&hash), 3).unwrap().manifest().version, 3);
    open(Some(&format!("{}\n", hash.to_uppercase())), 0).unwrap();
    let message = refused(open(Some(&"0".repeat(64)), 0));
    assert!(message.contains(&hash), "{message}");
    let message = refused(open(None, 4));
    assert!(message.contains("version 3, at least 4"), "{message}");
    assert_eq!(open(Some("a hash"), 0).unwrap_err().kind(), ErrorKind::BadInput);
}

#[test]
fn pack_for_a_signed_model_has_to_be_signed() {
    let options = OpenOptions { signature: Some(signature(MODEL)), ..trusting(&[publisher()]) };
    let bytes = std::fs::read(shipped(MODEL)).unwrap();
    let signed = Scorer::from_bytes_with(bytes.clone(), &options).unwrap();
    let anyone = Scorer::from_bytes(bytes).unwrap();
    let pack = Fixture::mixtures(SEED).pack(signed.blake3()).bytes();
    let kind = |result: Result<Scorer, Error>| result.unwrap_err().kind();
    assert_eq!(kind(signed.attach_bytes(pack.clone())), ErrorKind::Untrusted);
    // The pack does not fit the model; with these options, that is what is found.
    assert_ne!(kind(signed.attach_bytes_with(pack.clone(), &OpenOptions::default())), ErrorKind::Untrusted);
    assert_ne!(kind(anyone.attach_bytes(pack)), ErrorKind::Untrusted);
}

#[test]
fn samples_trust_the_key_that_signed_the_shipped_models() {
    let key = std::fs::read_to_string(shipped("publisher.pub")).unwrap();
    let key = key.lines().last().unwrap();
    for sample in [
        "android/sample/src/shared/kotlin/io/github/pupilsdk/sample/Publisher.kt",
        "ios/Sample/Model/Publisher.swift",
    ] {
        let text = std::fs::read_to_string(shipped("..").join(sample)).unwrap();
        assert!(text.contains(key), "{sample} does not name the key {key}: models/sign.sh writes it");
    }
}
