//! Runs the shared cases with the exported types; Kotlin, Swift and Python run the same file.
#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use pupil_bindings::{
    Cancellation, Change, Decision, Engine, Member, Monitor, Options, PassMark, Progress, PupilError,
    RecommendationPolicy, ReviewReason, Score, StudentTracker, Watched,
};
use pupil_tests::api::{
    CASES, Call, Cases, ChangeCase, DrawnCase, Expected, FOLDER, Given, MemberCase, QuestionCase,
    RecommendedCase, SkillCase, TrackerCall, path,
};
use pupil_tests::golden::{bits, hex, real, unhex};

fn cases() -> Cases {
    serde_json::from_slice(&std::fs::read(std::path::Path::new(FOLDER).join(CASES)).unwrap()).unwrap()
}

fn open(model: &str, pack: Option<&str>) -> Result<Arc<Engine>, PupilError> {
    let engine = Engine::open(path(model).to_str().unwrap(), Options::default())?;
    match pack {
        Some(pack) => engine.attach(path(pack).to_str().unwrap(), None),
        None => Ok(engine),
    }
}

/// Engines by model and pack, each opened once.
#[derive(Default)]
struct Engines(HashMap<(String, Option<String>), Arc<Engine>>);

impl Engines {
    fn of(&mut self, call: &Call) -> Arc<Engine> {
        let key = (call.model.clone(), call.pack.clone());
        Arc::clone(self.0.entry(key).or_insert_with(|| open(&call.model, call.pack.as_deref()).unwrap()))
    }
}

fn name(error: &PupilError) -> &'static str {
    match error {
        PupilError::Unreadable { .. } => "unreadable",
        PupilError::NotAModel { .. } => "not-a-model",
        PupilError::Damaged { .. } => "damaged",
        PupilError::Unsupported { .. } => "unsupported",
        PupilError::TooLarge { .. } => "too-large",
        PupilError::Untrusted { .. } => "untrusted",
        PupilError::WrongBase { .. } => "wrong-base",
        PupilError::UnknownTask { .. } => "unknown-task",
        PupilError::BadInput { .. } => "bad-input",
        PupilError::Cancelled { .. } => "cancelled",
        PupilError::Internal { .. } => "internal",
    }
}

fn seen(score: &Score) -> Expected {
    Expected {
        labels: score.labels.iter().map(|label| label.name.clone()).collect(),
        probability_bits: score.labels.iter().map(|label| bits(label.probability)).collect(),
        awarded: score.labels.iter().map(|label| label.awarded).collect(),
        level: score.level,
        expected_bits: score.expected.map(bits),
        confidence_bits: bits(score.confidence),
        decision: match score.decision {
            Decision::Automatic => "automatic",
            Decision::Review { reason: ReviewReason::TooShort } => "too-short",
            Decision::Review { reason: ReviewReason::OtherLanguage } => "other-language",
            Decision::Review { reason: ReviewReason::Gibberish } => "gibberish",
            Decision::Review { reason: ReviewReason::UnknownWords } => "unknown-words",
            Decision::Review { reason: ReviewReason::Repetition } => "repetition",
            Decision::Review { reason: ReviewReason::CopiedQuestion } => "copied-question",
            Decision::Review { reason: ReviewReason::NearReference } => "near-reference",
            Decision::Review { reason: ReviewReason::OffTopic } => "off-topic",
            Decision::Review { reason: ReviewReason::WordList } => "word-list",
            Decision::Review { reason: ReviewReason::Truncated } => "truncated",
            Decision::Review { reason: ReviewReason::UnseenLabel } => "unseen-label",
            Decision::Review { reason: ReviewReason::LowConfidence } => "low-confidence",
            Decision::Review { reason: ReviewReason::NoPromise } => "no-promise",
            Decision::Review { reason: ReviewReason::Audit } => "audit",
            Decision::Review { reason: ReviewReason::Other } => "other",
        }
        .into(),
        promised_bits: score.guarantee.map(|guarantee| bits(guarantee.max_error)),
        words: score.words as usize,
        unknown_words: score.unknown_words as usize,
        tokens: score.tokens as usize,
        truncated: score.truncated,
        repetitive: score.repetitive,
    }
}

#[test]
fn files_open_or_are_rejected_as_the_cases_say() {
    for case in cases().opens {
        let opened = match case.first_bytes {
            None => open(&case.model, case.pack.as_deref()),
            Some(len) => {
                Engine::from_bytes(&std::fs::read(path(&case.model)).unwrap()[..len], Options::default())
            }
        };
        let tasks = opened.as_ref().ok().map(|engine| engine.tasks().unwrap());
        let ids = tasks.as_ref().map(|tasks| tasks.iter().map(|task| task.id.clone()).collect::<Vec<_>>());
        assert_eq!(ids, case.tasks, "{}", case.model);
        let member = |m: &Member| MemberCase { family: m.family.clone(), weight_bits: bits(m.weight) };
        let members =
            tasks.map(|tasks| tasks.iter().map(|task| task.members.iter().map(member).collect()).collect());
        assert_eq!(members, case.members, "{}", case.model);
        assert_eq!(opened.err().as_ref().map(name), case.error.as_deref(), "{}", case.model);
    }
}

#[test]
fn scores_have_the_bits_of_the_cases() {
    let mut engines = Engines::default();
    for case in cases().scores {
        let call = &case.call;
        let score = engines.of(call).score(&call.task, &call.answer.whole(), call.reference.clone());
        assert_eq!(score.as_ref().ok().map(seen), case.score, "{call:?}");
        assert_eq!(score.err().as_ref().map(name), case.error.as_deref(), "{call:?}");
    }
}

#[test]
fn monitors_find_what_the_cases_say_also_after_a_pause() {
    let cases = cases().monitors;
    assert!(cases.iter().any(|case| case.changes.iter().any(|change| change.task.is_none())));
    for case in cases {
        let engine = open(&case.model, None).unwrap();
        let mut monitor = match Monitor::new(&engine, None) {
            Ok(monitor) => monitor,
            Err(error) => {
                assert_eq!(Some(name(&error)), case.error.as_deref());
                continue;
            }
        };
        for added in &case.added {
            monitor = Monitor::new(&engine, Some(monitor.state().unwrap())).unwrap();
            let score = engine.score(&added.task, &added.answer, added.reference.clone()).unwrap();
            for _ in 0..added.times {
                monitor.add(&added.task, score.confidence, score.words, score.unknown_words).unwrap();
            }
        }
        let found: Vec<ChangeCase> = monitor.changes().unwrap().into_iter().map(change).collect();
        assert_eq!((found, None), (case.changes, case.error), "{}", case.model);
        assert_eq!(name(&Monitor::new(&engine, Some(vec![1, 2, 3])).unwrap_err()), "bad-input");
    }
}

fn change(change: Change) -> ChangeCase {
    ChangeCase {
        task: change.task,
        what: match change.what {
            Watched::Confidence => "confidence",
            Watched::Words => "words",
            Watched::UnknownWords => "unknown-words",
        }
        .into(),
        above_bits: change.above.map(bits),
        calibrated_bits: bits(change.calibrated),
        now_bits: bits(change.now),
        since: change.since,
    }
}

#[test]
fn trackers_give_what_the_cases_say() {
    let cases = cases().trackers;
    assert!(cases.iter().map(|case| case.steps.len()).sum::<usize>() > 90);
    for case in cases {
        let opened = match case.first_bytes {
            None => StudentTracker::open(path(&case.model).to_str().unwrap(), Options::default()),
            Some(len) => StudentTracker::from_bytes(
                &std::fs::read(path(&case.model)).unwrap()[..len],
                Options::default(),
            ),
        };
        let mut tracker = match opened {
            Ok(tracker) => tracker,
            Err(error) => {
                assert_eq!(Some(name(&error)), case.error.as_deref(), "{}", case.model);
                continue;
            }
        };
        let questions = tracker.questions().unwrap().into_iter().map(|question| QuestionCase {
            id: question.id,
            skills: question.skills,
            difficulty_bits: question.difficulty.map(bits),
        });
        assert_eq!((questions.collect::<Vec<_>>(), None), (case.questions, case.error), "{}", case.model);
        for (place, step) in case.steps.iter().enumerate() {
            let result = given(&mut tracker, &step.call)
                .unwrap_or_else(|error| Given { error: Some(name(&error).into()), ..Given::default() });
            assert_eq!(result, step.result, "{}, step {place}: {:?}", case.model, step.call);
        }
    }
}

fn given(tracker: &mut Arc<StudentTracker>, call: &TrackerCall) -> Result<Given, PupilError> {
    let mut given = Given::default();
    match call {
        TrackerCall::ForNewStudent => *tracker = tracker.for_new_student()?,
        TrackerCall::Answers => given.answers = Some(tracker.answers()?),
        TrackerCall::Observe { question, correct } => tracker.observe(question.clone(), *correct)?,
        TrackerCall::ObserveScore { question, score, level, label } => {
            let scored = open(&score.model, None)?.score(&score.task, &score.answer.whole(), None)?;
            let mark = match (level, label) {
                (Some(points), _) => PassMark::Level { points: *points },
                (None, label) => PassMark::Label { name: label.clone().unwrap() },
            };
            given.right = Some(tracker.observe_score(question, scored.level, scored.labels, mark)?);
        }
        TrackerCall::Predict { question } => {
            given.bits = Some(vec![bits(tracker.predict(question.clone())?)])
        }
        TrackerCall::PredictAll => given.bits = Some(tracker.predict_all()?.into_iter().map(bits).collect()),
        TrackerCall::Mastery => {
            let skills = tracker.mastery()?.into_iter().map(|one| SkillCase {
                skill: one.skill,
                name: one.name,
                bits: bits(one.probability),
                answers: one.answers,
            });
            given.mastery = Some(skills.collect());
        }
        TrackerCall::Recommend { count, by_gain, range_bits } => {
            let policy = match range_bits.as_ref().map(|range| [real(&range[0]), real(&range[1])]) {
                _ if *by_gain => RecommendationPolicy::ExpectedGain,
                // The defaults are those of each language.
                None => RecommendationPolicy::TargetProbability { low: 0.7, high: 0.85 },
                Some([low, high]) => RecommendationPolicy::TargetProbability { low, high },
            };
            let chosen = tracker.recommend(*count, policy)?.into_iter().map(|one| RecommendedCase {
                question: one.question,
                bits: bits(one.probability),
                gain_bits: one.gain.map(bits),
            });
            given.recommended = Some(chosen.collect());
        }
        TrackerCall::Simulate { questions, times, seed } => {
            let questions = std::iter::repeat_n(questions, *times).flatten().cloned().collect();
            let drawn = tracker.simulate(questions, seed.parse().unwrap())?;
            let drawn =
                drawn.iter().map(|one| DrawnCase { bits: bits(one.probability), correct: one.correct });
            given.drawn = Some(drawn.collect());
        }
        TrackerCall::Snapshot => given.snapshot = Some(hex(&tracker.snapshot()?)),
        TrackerCall::Restore { snapshot } => tracker.restore(&unhex(&snapshot.whole()))?,
    }
    Ok(given)
}

#[test]
fn explanations_have_the_bits_and_the_positions_of_the_cases() {
    let mut engines = Engines::default();
    for case in cases().explanations {
        let call = &case.call;
        let text = call.answer.whole();
        let explanation = engines.of(call).explain(&call.task, &text, call.reference.clone()).unwrap();
        assert_eq!(explanation.words.len(), case.words.len(), "{call:?}");
        for (word, want) in explanation.words.iter().zip(&case.words) {
            let span = word.span;
            assert_eq!([span.utf8_start, span.utf8_end].map(|n| n as usize), want.utf8, "{call:?}");
            assert_eq!([span.utf16_start, span.utf16_end].map(|n| n as usize), want.utf16, "{call:?}");
            assert_eq!([span.scalar_start, span.scalar_end].map(|n| n as usize), want.scalars, "{call:?}");
            let labels: Vec<String> = word.labels.iter().copied().map(bits).collect();
            assert_eq!(
                (labels, word.expected.map(bits)),
                (want.label_bits.clone(), want.expected_bits.clone())
            );
        }
    }
}

#[test]
fn experts_have_the_bits_of_the_cases() {
    let mut engines = Engines::default();
    for case in cases().experts {
        let call = &case.call;
        match engines.of(call).experts(&call.task, &call.answer.whole(), call.reference.clone()) {
            Ok(used) => {
                let weights: Vec<Vec<String>> = used
                    .blocks
                    .iter()
                    .map(|block| block.weights.iter().copied().map(bits).collect())
                    .collect();
                assert_eq!(weights, case.weight_bits, "{call:?}");
                let members: Vec<usize> = used.blocks.iter().map(|block| block.member as usize).collect();
                assert_eq!(members, case.members, "{call:?}");
            }
            Err(error) => assert_eq!(Some(name(&error)), case.error.as_deref(), "{call:?}"),
        }
    }
}

/// Concatenated texts, and the end of each.
fn packed(texts: &[String]) -> (Vec<u8>, Vec<u8>) {
    let mut end = 0;
    let ends = texts.iter().flat_map(|text| {
        end += text.len() as u64;
        end.to_le_bytes()
    });
    let ends = ends.collect();
    (texts.concat().into_bytes(), ends)
}

#[test]
fn batches_and_columns_have_the_bits_of_the_cases() {
    for case in cases().batches {
        let engine = open(&case.model, None).unwrap();
        let (text, ends) = packed(&case.answers);
        let (reference_text, reference_ends) = packed(case.references.as_deref().unwrap_or_default());
        for threads in [0, 1, 3] {
            let scores = engine.score_batch(
                &case.task,
                case.answers.clone(),
                case.references.clone(),
                threads,
                None,
                None,
            );
            let columns = engine.score_columns(
                &case.task,
                &text,
                &ends,
                &reference_text,
                &reference_ends,
                threads,
                None,
                None,
            );
            match (scores, columns) {
                (Ok(scores), Ok(columns)) => {
                    let have: Vec<Vec<String>> = scores
                        .iter()
                        .map(|score| score.labels.iter().map(|label| bits(label.probability)).collect())
                        .collect();
                    assert_eq!(have, case.probability_bits);
                    let flat: Vec<String> = columns
                        .probabilities
                        .as_chunks()
                        .0
                        .iter()
                        .map(|bytes| bits(f32::from_le_bytes(*bytes)))
                        .collect();
                    assert_eq!(flat, case.probability_bits.concat());
                    assert_eq!(columns.decisions.len(), scores.len());
                }
                (Err(error), Err(of_columns)) => {
                    assert_eq!(Some(name(&error)), case.error.as_deref());
                    let PupilError::TooLarge { answer, .. } = &error else { panic!("{error:?}") };
                    assert_eq!(*answer, case.error_answer.map(|place| place as u64));
                    assert_eq!(error, of_columns);
                }
                other => panic!("one of the two failed: {other:?}"),
            }
        }
    }
}

fn many() -> Vec<String> {
    (0..400).map(|i| format!("warm air {i} needs more room")).collect()
}

#[derive(Default)]
struct Counts {
    last: AtomicU64,
    /// Throws from this number of answers on.
    fails_at: Option<u64>,
}

impl Progress for Counts {
    fn update(&self, done: u64, total: u64) -> Result<(), PupilError> {
        assert!(self.last.swap(done, Ordering::Relaxed) < done && done <= total);
        match self.fails_at {
            Some(at) if done >= at => Err(PupilError::Unsupported { reason: "the listener stopped".into() }),
            _ => Ok(()),
        }
    }
}

#[test]
fn progress_rises_to_the_end_and_an_error_of_the_listener_stops_the_batch() {
    let engine = open("tests/fixtures/golden/e_lstm.pupil", None).unwrap();
    let counts = Arc::new(Counts::default());
    engine.score_batch("balloons", many(), None, 2, Some(counts.clone()), None).unwrap();
    assert_eq!(counts.last.load(Ordering::Relaxed), 400);

    let cancellation = Cancellation::new();
    for threads in [1, 4] {
        let counts = Arc::new(Counts { fails_at: Some(100), ..Counts::default() });
        let (listener, shared) = (Some(counts.clone() as _), Some(cancellation.clone()));
        let error = engine.score_batch("balloons", many(), None, threads, listener, shared).unwrap_err();
        assert_eq!(error, PupilError::Unsupported { reason: "the listener stopped".into() });
        assert!(counts.last.load(Ordering::Relaxed) < 200, "it went on");
    }
    // An error of the listener stops only its own batch.
    assert!(engine.score_batch("balloons", many(), None, 1, None, Some(cancellation)).is_ok());
}

/// Cancels after a number of answers.
struct Cancels(Arc<Cancellation>);

impl Progress for Cancels {
    fn update(&self, _done: u64, _total: u64) -> Result<(), PupilError> {
        self.0.cancel()
    }
}

#[test]
fn cancelling_stops_before_the_next_answer() {
    let engine = open("tests/fixtures/golden/e_lstm.pupil", None).unwrap();
    let cancellation = Cancellation::new();
    let listener = Arc::new(Cancels(cancellation.clone()));
    let error = engine
        .score_batch("balloons", many(), None, 1, Some(listener), Some(cancellation.clone()))
        .unwrap_err();
    assert_eq!(error, PupilError::Cancelled { reason: "cancelled after 16 of 400 answers".into() });
    // The cancellation is permanent.
    let error = engine.score_batch("balloons", many(), None, 1, None, Some(cancellation)).unwrap_err();
    assert_eq!(error, PupilError::Cancelled { reason: "cancelled after 0 of 400 answers".into() });
}

#[test]
fn ends_that_do_not_fit_the_text_are_rejected() {
    let engine = open("tests/fixtures/golden/e_lstm.pupil", None).unwrap();
    let ends = |ends: &[u64]| ends.iter().flat_map(|end| end.to_le_bytes()).collect::<Vec<u8>>();
    let text = "wärm air".as_bytes();
    for (ends, what) in [
        (ends(&[4, 8]), "text 1 ends before the last byte"),
        (ends(&[4, 10]), "beyond the end"),
        (ends(&[5, 4, 9]), "falling"),
        (ends(&[2, 9]), "in the middle of a character"),
        (ends(&[u64::MAX]), "a huge number"),
        (vec![0; 7], "not a multiple of 8"),
    ] {
        let error = engine.score_columns("balloons", text, &ends, &[], &[], 1, None, None).unwrap_err();
        assert!(matches!(error, PupilError::BadInput { .. }), "{what}: {error:?}");
    }
    assert!(engine.score_columns("balloons", text, &ends(&[5, 9]), &[], &[], 1, None, None).is_ok());
}

#[test]
fn answers_and_references_must_be_equal_in_number() {
    let engine = open("tests/fixtures/golden/e_lstm.pupil", None).unwrap();
    let error = engine.score_batch("balloons", many(), Some(Vec::new()), 1, None, None).unwrap_err();
    assert_eq!(
        error,
        PupilError::BadInput {
            reason: "400 answers and 0 references, the numbers must be equal".into(),
            answer: None
        }
    );
}

#[cfg(unix)]
#[test]
fn part_of_an_open_file_is_mapped_by_its_descriptor() {
    use std::os::fd::AsRawFd;

    let model = std::fs::read(path("models/mind-ca/mind-ca.pupil")).unwrap();
    let mut package = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut package, &[&[7; 12_345], model.as_slice(), &[9; 99]].concat()).unwrap();
    let descriptor = package.as_file().as_raw_fd();
    let length = model.len() as u64;
    let engine = Engine::from_descriptor(descriptor, 12_345, length, Options::default()).unwrap();
    // The app's descriptor and file are no longer needed.
    drop(package);
    let score = engine.score("mindca-ss_burglar", "He feared the police.", None).unwrap();
    let whole = open("models/mind-ca/mind-ca.pupil", None).unwrap();
    assert_eq!(score, whole.score("mindca-ss_burglar", "He feared the police.", None).unwrap());

    for (bad, what) in [(-1, "bad-input"), (i32::MAX, "unreadable")] {
        assert_eq!(name(&Engine::from_descriptor(bad, 0, 1, Options::default()).unwrap_err()), what);
    }
}

#[cfg(feature = "deliberate-panic")]
#[test]
fn panic_of_the_engine_is_an_error() {
    let engine = open("tests/fixtures/golden/e_lstm.pupil", None).unwrap();
    assert_eq!(name(&engine.panic_inside().unwrap_err()), "internal");
    assert!(engine.score("balloons", "warm", None).is_ok());
}

#[test]
fn columns_contain_the_numbers_of_the_decisions() {
    let engine = open("tests/fixtures/golden/e_lstm.pupil", None).unwrap();
    let answers = ["warm air needs more room than cold air", "", "zorbl quendle", "warm warm warm warm warm"];
    let (text, ends) = packed(&answers.map(str::to_owned));
    let columns = engine.score_columns("balloons", &text, &ends, &[], &[], 1, None, None).unwrap();
    assert_eq!(columns.decisions[1..], [1, 4, 5]);
    assert_eq!(columns.repetitive, [0, 0, 0, 1]);
}

#[test]
fn points_unseen_labels_and_every_decision_are_passed_on() {
    let mut fixture = pupil_tests::Fixture::new(7);
    let review = pupil_core::format::manifest::Review { max_unknown: 1.0, ..Default::default() };
    fixture.manifest.tasks.iter_mut().for_each(|task| task.review = review);
    let balloons = fixture.manifest.tasks.iter_mut().find(|task| task.id == "balloons").unwrap();
    balloons.scale = Some(pupil_core::format::manifest::Scale::of(&[0, 2, 4]));
    for (label, name) in balloons.labels.iter_mut().zip(["0", "2", "4"]) {
        label.name = name.into();
        label.unseen = true;
    }
    let engine = Engine::from_bytes(&fixture.bytes(), Options::default()).unwrap();
    let tasks = engine.tasks().unwrap();
    let task = |id: &str| tasks.iter().find(|task| task.id == id).unwrap();
    assert_eq!(task("balloons").points, Some(vec![0, 2, 4]));
    assert_eq!(task("grade").points, Some(vec![1, 2, 3, 4]));
    assert_eq!(task("topic").points, None);
    assert!(task("balloons").labels.iter().all(|label| label.unseen));
    assert!(task("topic").labels.iter().all(|label| !label.unseen));

    let unseen = engine.score("balloons", "warm air expands", None).unwrap();
    assert_eq!(unseen.decision, Decision::Review { reason: ReviewReason::UnseenLabel });
    assert!(matches!(unseen.level, Some(0 | 2 | 4)));
    let long: String = (0..2_000).map(|i| format!("warm{i} air{i} ")).collect();
    let cut = engine.score("compare", &long, Some("warm air expands".into())).unwrap();
    assert_eq!(cut.decision, Decision::Review { reason: ReviewReason::Truncated });
    let number = |task: &str, answer: &str, reference: &[u8], ends: &[u8]| {
        let len = (answer.len() as u64).to_le_bytes();
        engine.score_columns(task, answer.as_bytes(), &len, reference, ends, 1, None, None).unwrap().decisions
    };
    assert_eq!(number("balloons", "warm air expands", &[], &[]), [11]);
    assert_eq!(number("compare", &long, b"warm air", &8_u64.to_le_bytes()), [10]);
}
