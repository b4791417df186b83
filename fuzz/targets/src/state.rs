//! What is kept outside of a model: snapshots of students, states of monitors, keys and signatures.

use std::sync::OnceLock;

use pupil_core::{ErrorKind, Monitor, PublicKey, Scorer, Signature, Tracker};
use pupil_tests::Fixture;

use crate::input::Input;

fn trackers() -> &'static [Tracker; 2] {
    static TRACKERS: OnceLock<[Tracker; 2]> = OnceLock::new();
    TRACKERS.get_or_init(|| {
        [Fixture::knowledge(14), Fixture::counting(15)]
            .map(|fixture| Tracker::from_bytes(fixture.bytes()).expect("the fixture opens"))
    })
}

/// Restores a snapshot that was changed and hashed again; one that is taken is given back byte for byte.
pub fn snapshot(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut tracker = input.one_of(trackers()).for_new_student();
    let questions = tracker.questions().len();
    for _ in 0..input.below(24) {
        let place = input.below(questions);
        tracker.observe(&format!("q{place}"), input.byte() % 2 == 1).expect("the question is of the model");
    }
    let before = tracker.snapshot();
    let mut changed = before.clone();
    for _ in 0..input.below(8) {
        let place = input.below(1 << 16) % changed.len();
        match input.byte() % 8 {
            0 => changed.truncate(place),
            1 => changed.extend(input.take(9)),
            2 => changed[place..].fill(input.byte()),
            _ => changed[place] = changed[place].wrapping_add(input.byte()),
        }
        if changed.is_empty() {
            break;
        }
    }
    if !input.rarely(8)
        && let Some(content) = changed.len().checked_sub(8)
    {
        let hash = *blake3::hash(&changed[..content]).as_bytes();
        changed[content..].copy_from_slice(&hash[..8]);
    }
    match tracker.restore(&changed) {
        Err(error) => {
            assert_ne!(error.kind(), ErrorKind::Internal, "{error}");
            assert_eq!(tracker.snapshot(), before, "a refused snapshot changes nothing");
        }
        Ok(()) => assert_eq!(tracker.snapshot(), changed, "what was taken is given back"),
    }
    for turn in 0..4 {
        let numbers = tracker.predict_all().to_vec();
        assert!(numbers.iter().all(|p| (0.0..=1.0).contains(p)), "{numbers:?}");
        tracker.observe("q5", turn % 2 == 0).expect("the question is of the model");
    }
    let after = tracker.snapshot();
    tracker.for_new_student().restore(&after).expect("a snapshot of its own");
}

/// Goes on from the state of a monitor; one that is taken is given back byte for byte.
pub fn monitor(bytes: &[u8]) {
    static GUARDED: OnceLock<Scorer> = OnceLock::new();
    let scorer =
        GUARDED.get_or_init(|| Scorer::from_bytes(Fixture::guarded(13).bytes()).expect("the fixture opens"));
    let mut input = Input::new(bytes);
    let mut monitor = Monitor::new(scorer).expect("it has distributions");
    for _ in 0..input.below(32) {
        let (task, words) = (*input.one_of(&["balloons", "compare", "?"]), input.below(64));
        monitor.add_numbers(task, f32::from(input.byte()) / 255.0, words, input.below(words + 1));
    }
    let mut state = monitor.state();
    for _ in 0..input.below(8) {
        let place = input.below(1 << 16) % state.len();
        match input.byte() % 8 {
            0 => state.truncate(place.max(1)),
            1 => state.extend(input.take(9)),
            2 => state[place..].fill(input.byte()),
            _ => state[place] = state[place].wrapping_add(input.byte()),
        }
    }
    if let Ok(mut monitor) = Monitor::resume(scorer, &state) {
        assert_eq!(monitor.state(), state, "what was taken is given back");
        for words in 0..8 {
            monitor.add_numbers("balloons", 0.5, words, words / 2);
        }
        for change in monitor.changes() {
            assert!(
                (0.0..=1.0).contains(&change.now) && (0.0..=1.0).contains(&change.calibrated),
                "{change:?}"
            );
        }
    }
}

/// A key of minisign's own documentation, and what it has signed: these four bytes, in both ways.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const SIGNED: &[u8] = b"test";
const SIGNATURES: [&str; 2] = [
    "untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==",
    "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1633700835\tfile:test\tprehashed
wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==",
];

/// Verifies a changed signature, or a changed file: none of them passes, unless nothing was changed.
pub fn signature(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let key: PublicKey = KEY.parse().expect("it is a key");
    if input.rarely(4) {
        let text = String::from_utf8_lossy(input.rest()).into_owned();
        let _ =
            (text.parse::<PublicKey>().map(|key| key.id()), text.parse::<Signature>().map(|s| s.key_id()));
        return;
    }
    let original = input.one_of(&SIGNATURES);
    let (mut signature, mut file) = (original.as_bytes().to_vec(), SIGNED.to_vec());
    for _ in 0..input.below(6) {
        let changed = if input.byte().is_multiple_of(4) { &mut file } else { &mut signature };
        let place = input.below(1 << 16) % changed.len().max(1);
        match input.byte() % 4 {
            0 => changed.truncate(place),
            1 => changed.extend(input.take(9)),
            _ => {
                if let Some(byte) = changed.get_mut(place) {
                    *byte = input.byte();
                }
            }
        }
    }
    let Ok(text) = String::from_utf8(signature) else { return };
    let Ok(parsed) = text.parse::<Signature>() else { return };
    if parsed.verify(&file, std::slice::from_ref(&key)).is_ok() {
        assert_eq!(file, SIGNED, "other bytes were verified");
        let lines =
            |text: &str| -> Vec<String> { text.lines().skip(1).map(|line| line.trim().to_owned()).collect() };
        let (found, wanted) = (lines(&text), lines(original));
        assert_eq!(found[..3], wanted[..3], "another signature was verified");
    }
}
