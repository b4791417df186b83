//! No exported error repeats the text of an answer, in its message or in its `Debug` output.
#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use std::sync::Arc;

use pupil_bindings::{Cancellation, Engine, Options, PassMark, Progress, PupilError, StudentTracker};
use pupil_tests::api::path;

const MARKER: &str = "zanzibar";

fn open(model: &str) -> Arc<Engine> {
    Engine::open(path(model).to_str().unwrap(), Options::default()).unwrap()
}

/// A listener that throws the answer.
struct ThrowsAnswer;

impl Progress for ThrowsAnswer {
    fn update(&self, _done: u64, _total: u64) -> Result<(), PupilError> {
        // As UniFFI reports an exception of the app.
        Err(uniffi::UnexpectedUniFFICallbackError::new(MARKER).into())
    }
}

fn ends(ends: &[u64]) -> Vec<u8> {
    ends.iter().flat_map(|end| end.to_le_bytes()).collect()
}

#[test]
fn no_error_repeats_an_answer() {
    let engine = open("tests/fixtures/golden/e_lstm.pupil");
    let packed = open("tests/fixtures/golden/mixtures.pupil")
        .attach(path("tests/fixtures/api/pack.pupil").to_str().unwrap(), None)
        .unwrap();
    let marker = || MARKER.to_owned();
    let (long, tokens) = (format!("{MARKER} ").repeat(20_000), "z ".repeat(17_000) + MARKER);
    let cancelled = Cancellation::new();
    cancelled.cancel().unwrap();
    let broken = [MARKER.as_bytes(), b"\xff", MARKER.as_bytes()].concat();
    let wide = "zänzibar zänzibar".as_bytes();
    let columns = |text: &[u8], at: &[u8], reference: &[u8], reference_at: &[u8]| {
        engine.score_columns("balloons", text, at, reference, reference_at, 1, None, None).map(drop)
    };
    let batch = |task: &str, answers: Vec<String>, references| {
        engine.score_batch(task, answers, references, 1, None, None).map(drop)
    };
    let mut refused = vec![
        engine.score(MARKER, "warm", None).map(drop),
        engine.score("balloons", MARKER, Some(marker())).map(drop),
        engine.score("compare", MARKER, None).map(drop),
        engine.score("compare", "warm", Some(long.clone())).map(drop),
        engine.score("balloons", &long, None).map(drop),
        engine.score("balloons", &tokens, None).map(drop),
        engine.explain(MARKER, "warm", None).map(drop),
        engine.explain("balloons", &long, None).map(drop),
        engine.explain("balloons", MARKER, Some(marker())).map(drop),
        engine.explain("compare", MARKER, None).map(drop),
        engine.experts(MARKER, "warm", None).map(drop),
        engine.experts("balloons", MARKER, None).map(drop),
        engine.experts("balloons", &long, None).map(drop),
        engine.detach(MARKER).map(drop),
        packed.detach(MARKER).map(drop),
        Engine::from_bytes(MARKER.as_bytes(), Options::default()).map(drop),
        Engine::from_bytes(&[&8_u64.to_le_bytes(), MARKER.as_bytes()].concat(), Options::default()).map(drop),
        engine.attach_bytes(MARKER.as_bytes(), None).map(drop),
        engine.attach_bytes(long.as_bytes(), None).map(drop),
        batch(MARKER, vec!["warm".into()], None),
        batch("balloons", vec![marker(), long.clone()], None),
        batch("balloons", vec![marker(), tokens], None),
        batch("balloons", vec![marker()], Some(vec![marker()])),
        batch("balloons", vec![marker()], Some(Vec::new())),
        batch("compare", vec![marker()], None),
        batch("compare", vec![marker()], Some(vec![long.clone()])),
        engine.score_batch("balloons", vec![marker()], None, 1, Some(Arc::new(ThrowsAnswer)), None).map(drop),
        engine.score_batch("balloons", vec![marker()], None, 1, None, Some(cancelled)).map(drop),
        columns(&broken, &ends(&[broken.len() as u64]), &[], &[]),
        columns(b"warm", &ends(&[4]), &broken, &ends(&[broken.len() as u64])),
        columns(long.as_bytes(), &ends(&[long.len() as u64]), &[], &[]),
        columns(MARKER.as_bytes(), MARKER.as_bytes(), &[], &[]),
        columns(MARKER.as_bytes(), &MARKER.as_bytes()[..7], &[], &[]),
        columns(MARKER.as_bytes(), &ends(&[8]), MARKER.as_bytes(), &ends(&[4, 8])),
    ];
    let tracker = StudentTracker::open(
        path("tests/fixtures/golden/knowledge.pupil").to_str().unwrap(),
        Options::default(),
    )
    .unwrap();
    let label = || PassMark::Label { name: marker() };
    refused.extend([
        tracker.observe(Some(marker()), true),
        tracker.observe_score(MARKER, Some(1), Vec::new(), PassMark::Level { points: 1 }).map(drop),
        tracker.observe_score("q0", None, Vec::new(), label()).map(drop),
        tracker.predict(Some(marker())).map(drop),
        tracker.simulate(vec!["q0".into(), marker()], 1).map(drop),
        tracker.restore(MARKER.as_bytes()),
        tracker.restore(long.as_bytes()),
        StudentTracker::from_bytes(MARKER.as_bytes(), Options::default()).map(drop),
    ]);
    // Ends before, after and inside characters and texts.
    let odd: [&[u64]; 6] = [&[2, 19], &[4], &[40], &[9, 5, 19], &[u64::MAX], &[0, 0]];
    refused.extend(odd.map(|at| columns(wide, &ends(at), &[], &[])));
    for (place, outcome) in refused.into_iter().enumerate() {
        let error = outcome.expect_err(&format!("call {place} was accepted"));
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(MARKER) && !shown.contains("zänzibar"), "call {place}: {shown}");
    }
}

#[test]
fn objects_show_no_text() {
    let engine = open("tests/fixtures/golden/e_lstm.pupil");
    let answer = format!("warm {MARKER} air");
    let shown = format!(
        "{:?} {:?} {engine:?}",
        engine.score("balloons", &answer, None).unwrap(),
        engine.explain("balloons", &answer, None).unwrap()
    );
    assert!(!shown.contains(MARKER), "{shown}");
}
