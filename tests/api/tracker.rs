//! Trackers: answers in, probabilities, mastery and recommendations out.

use pupil_core::{ErrorKind, Passed, Policy, Scorer, Tracker};
use pupil_tests::Fixture;

use super::SEED;

fn tracker() -> Tracker {
    Tracker::from_bytes(Fixture::knowledge(SEED).bytes()).unwrap()
}

#[test]
fn answers_change_what_is_predicted_and_count_as_evidence() {
    let mut tracker = tracker();
    let before = tracker.predict_all().to_vec();
    assert_eq!(before.len(), tracker.questions().len());
    assert_eq!(tracker.predict("q4").unwrap(), before[4]);
    let unlisted = tracker.predict_unlisted();
    assert!(unlisted > 0.0 && unlisted < 1.0 && !before.contains(&unlisted));
    tracker.observe("q5", true).unwrap();
    tracker.observe("q20", false).unwrap();
    tracker.observe_unlisted(true);
    let after = tracker.predict_all().to_vec();
    assert!(before.iter().zip(&after).all(|(a, b)| a != b) && after.iter().all(|p| (0.0..=1.0).contains(p)));
    // q5 asks for multiplication and division, q20 for nothing.
    let evidence: Vec<(String, String, u32)> = tracker
        .mastery()
        .iter()
        .map(|skill| (skill.skill.to_string(), skill.name.to_string(), skill.answers))
        .collect();
    let named = |id: &str, name: &str, answers| (id.to_owned(), name.to_owned(), answers);
    let want = [
        named("add", "Addition", 0),
        named("subtract", "Subtraction", 0),
        named("multiply", "multiply", 1),
        named("divide", "divide", 1),
    ];
    assert_eq!(evidence, want);
    assert_eq!(tracker.answers(), 3);
    assert_ne!(tracker.predict_unlisted(), unlisted);
    assert!(tracker.was_asked("q5").unwrap() && !tracker.was_asked("q4").unwrap());
}

#[test]
fn students_share_the_model_and_nothing_else() {
    let mut first = tracker();
    let start = first.predict_all().to_vec();
    first.observe("q1", false).unwrap();
    let mut second = first.for_new_student();
    assert_eq!(second.predict_all(), start);
    let mut copy = first.clone();
    copy.observe("q2", true).unwrap();
    assert_eq!((first.answers(), copy.answers(), second.answers()), (1, 2, 0));
    assert_ne!(first.predict_all(), copy.predict_all());
}

#[test]
fn a_student_goes_on_from_a_snapshot_with_the_same_bits() {
    let mut whole = tracker();
    let answers: Vec<(String, bool)> = (0..60).map(|n| (format!("q{}", n * 5 % 21), n % 3 != 0)).collect();
    for (question, correct) in &answers[..30] {
        whole.observe(question, *correct).unwrap();
    }
    let snapshot = whole.snapshot();
    let mut resumed = tracker();
    resumed.observe("q8", true).unwrap();
    resumed.predict_all();
    resumed.restore(&snapshot).unwrap();
    for (question, correct) in &answers[30..] {
        whole.observe(question, *correct).unwrap();
        resumed.observe(question, *correct).unwrap();
    }
    assert_eq!(resumed.predict_all(), whole.predict_all());
    assert_eq!((resumed.mastery(), resumed.snapshot()), (whole.mastery(), whole.snapshot()));
}

#[test]
fn a_score_is_an_answer() {
    let scorer = Scorer::from_bytes(Fixture::new(SEED).bytes()).unwrap();
    let (level, label) = (
        scorer.score("balloons", "warm air expands").unwrap(),
        scorer.score("topic", "warm air expands").unwrap(),
    );
    let awarded = label.awarded().next().unwrap().name.to_string();
    let other = label.labels.iter().find(|l| !l.awarded).unwrap().name.to_string();
    let points = level.level.unwrap();
    let mut tracker = tracker();
    for (score, passed, want) in [
        (&level, Passed::Level(points), true),
        (&level, Passed::Level(points + 1), false),
        (&label, Passed::Label(&awarded), true),
        (&label, Passed::Label(&other), false),
    ] {
        let mut plain = tracker.clone();
        plain.observe("q2", want).unwrap();
        assert_eq!(tracker.observe_score("q2", score, passed).unwrap(), want, "{passed:?}");
        assert_eq!(tracker.snapshot(), plain.snapshot());
    }
    let before = tracker.snapshot();
    let error = tracker.observe_score("q2", &label, Passed::Level(1)).unwrap_err();
    assert_eq!(error.to_string(), "the score has no level: its task has no scale");
    let error = tracker.observe_score("q2", &label, Passed::Label("none")).unwrap_err();
    assert!(
        error.kind() == ErrorKind::BadInput && error.to_string().contains("heat, light, magnets"),
        "{error}"
    );
    assert_eq!(tracker.snapshot(), before);
}

#[test]
fn simulated_answers_depend_on_the_seed_alone_and_leave_the_tracker_as_it_is() {
    let mut tracker = tracker();
    tracker.observe("q1", true).unwrap();
    let before = tracker.snapshot();
    let questions: Vec<String> = (0..200).map(|n| format!("q{}", n % 21)).collect();
    let first = tracker.simulate(&questions, 3).unwrap();
    assert_eq!(first, tracker.simulate(&questions, 3).unwrap());
    assert_ne!(first, tracker.simulate(&questions, 4).unwrap());
    assert_eq!(tracker.snapshot(), before);
    // The same answers, given to a tracker, lead to the same probabilities.
    let mut replayed = tracker.clone();
    for (question, answer) in questions.iter().zip(&first) {
        assert_eq!(replayed.predict(question).unwrap(), answer.probability);
        replayed.observe(question, answer.correct).unwrap();
    }
    let right = first.iter().filter(|answer| answer.correct).count() as f32;
    let expected: f32 = first.iter().map(|answer| answer.probability).sum();
    // Five standard deviations of 200 draws are at most 35.
    assert!((right - expected).abs() < 36.0, "{right} right, {expected} expected");
    let error = tracker.simulate(&["q1", "q99"], 3).unwrap_err();
    assert!(error.kind() == ErrorKind::BadInput && !error.to_string().contains("q99"), "{error}");
    assert_eq!(tracker.simulate(&vec!["q1"; 65_537], 3).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn recommendations_obey_their_policy_and_never_repeat_a_question() {
    let mut tracker = tracker();
    for question in ["q0", "q7", "q13"] {
        tracker.observe(question, true).unwrap();
    }
    for policy in [Policy::default(), Policy::ExpectedGain, Policy::TargetProbability { low: 0.0, high: 0.1 }]
    {
        let before = tracker.snapshot();
        let all = tracker.recommend(100, &policy).unwrap();
        assert_eq!(tracker.snapshot(), before);
        let mut ids: Vec<&str> = all.iter().map(|one| one.question.as_str()).collect();
        assert_eq!(ids.len(), 18);
        ids.sort_unstable();
        ids.dedup();
        assert!(ids.len() == 18 && !ids.iter().any(|id| ["q0", "q7", "q13"].contains(id)), "{ids:?}");
        // A shorter list is the beginning of a longer one.
        assert_eq!(tracker.recommend(4, &policy).unwrap(), all[..4]);
        for one in &all {
            assert_eq!(one.probability, tracker.predict(&one.question).unwrap());
            assert_eq!(one.gain.is_some(), policy == Policy::ExpectedGain);
        }
        if let Policy::TargetProbability { low, high } = policy {
            let outside = |p: f32| (low - p).max(p - high).max(0.0);
            assert!(all.windows(2).all(|w| outside(w[0].probability) <= outside(w[1].probability)));
        }
    }
}

#[test]
fn the_gain_of_a_question_is_the_mean_over_both_answers() {
    let mut tracker = tracker();
    tracker.observe("q3", false).unwrap();
    let mean = |tracker: &mut Tracker| {
        let skills = tracker.mastery();
        skills.iter().map(|skill| skill.probability).sum::<f32>() / skills.len() as f32
    };
    let now = mean(&mut tracker);
    let chosen = tracker.recommend(20, &Policy::ExpectedGain).unwrap();
    for one in &chosen {
        let after = [true, false].map(|correct| {
            let mut student = tracker.clone();
            student.observe(&one.question, correct).unwrap();
            mean(&mut student)
        });
        let want = one.probability * after[0] + (1.0 - one.probability) * after[1] - now;
        assert!((one.gain.unwrap() - want).abs() < 1e-5, "{one:?}: {want}");
    }
    let best = chosen.iter().filter_map(|one| one.gain).fold(f32::NEG_INFINITY, f32::max);
    assert_eq!(chosen[0].gain, Some(best));
}

#[test]
fn recommendations_spread_over_skills() {
    let mut tracker = tracker();
    // Every question is suitable: the first four are of four skills.
    let wide = Policy::TargetProbability { low: 0.0, high: 1.0 };
    let chosen = tracker.recommend(4, &wide).unwrap();
    let mut skills: Vec<usize> = chosen
        .iter()
        .flat_map(|one| &tracker.questions().iter().find(|q| q.id == one.question).unwrap().skills)
        .copied()
        .collect();
    skills.sort_unstable();
    let before = skills.len();
    skills.dedup();
    assert_eq!(skills.len(), before, "{chosen:?}");
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let mut tracker = tracker();
    let bad = |result: Result<_, pupil_core::Error>, said: &str| {
        let error = result.map(|_: Vec<pupil_core::Recommendation>| ()).unwrap_err();
        assert!(error.kind() == ErrorKind::BadInput && error.to_string().contains(said), "{error}");
    };
    bad(tracker.recommend(0, &Policy::default()), "at least 1 is needed");
    for (low, high) in [(0.8, 0.7), (-0.1, 0.5), (0.5, 1.1), (f32::NAN, 0.5), (0.5, f32::NAN)] {
        bad(tracker.recommend(1, &Policy::TargetProbability { low, high }), "must lie in 0..=1");
    }
    for error in [
        tracker.observe("my answer", true).unwrap_err(),
        tracker.predict("my answer").map(drop).unwrap_err(),
        tracker.was_asked("my answer").map(drop).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::BadInput);
        let want =
            "the model has no such question, it has q0, q1, q2, q3, q4, q5, q6, q7, q8, q9 and 11 more";
        assert_eq!(error.to_string(), want);
    }
    assert_eq!(tracker.answers(), 0);
    assert_eq!(Tracker::open("none.pupil").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_part_of_a_file_opens_too() {
    let (file, folder) = (Fixture::knowledge(SEED).bytes(), tempfile::tempdir().unwrap());
    let path = folder.path().join("package");
    std::fs::write(&path, [b"before", &file[..], b"after"].concat()).unwrap();
    let package = std::fs::File::open(&path).unwrap();
    let mut tracker = Tracker::from_file(&package, 6, file.len() as u64).unwrap();
    assert_eq!(tracker.predict_all(), Tracker::from_bytes(file).unwrap().predict_all());
    assert_eq!(Tracker::from_file(&package, 6, 1 << 40).unwrap_err().kind(), ErrorKind::BadInput);
}
