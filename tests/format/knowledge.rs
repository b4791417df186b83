//! Rules of knowledge models and of snapshots: one invalid manifest, file or snapshot each.

use pupil_core::ErrorKind::{self, Damaged, TooLarge, Unsupported};
use pupil_core::format::limits::MAX_SNAPSHOT_BYTES;
use pupil_core::{FileInfo, Scorer, Tracker};
use pupil_tests::{Fixture, Raw, Rng};
use serde_json::{Value, json};

fn refused(change: impl FnOnce(&mut Raw)) -> (ErrorKind, String) {
    let mut raw = Raw::parse(&Fixture::counting(1).bytes());
    change(&mut raw);
    // A scorer ignores the knowledge model, but checks it.
    let scored = Scorer::from_bytes(raw.to_bytes()).expect_err("a rule is broken");
    let error = Tracker::from_bytes(raw.to_bytes()).expect_err("a rule is broken");
    assert_eq!((scored.kind(), scored.to_string()), (error.kind(), error.to_string()));
    (error.kind(), error.to_string())
}

#[test]
fn dimensions_and_names_that_break_a_rule_are_refused() {
    let rules: [(&str, Value, ErrorKind, &str); 26] = [
        ("/embedding", json!(0), Damaged, "knowledge model has embedding 0"),
        ("/embedding", json!(1025), TooLarge, "knowledge model has embedding 1025, at most 1024"),
        ("/embedding", json!(10), Damaged, "section knowledge.answers"),
        ("/hidden", json!(0), Damaged, "knowledge model has hidden 0"),
        ("/hidden", json!(513), TooLarge, "knowledge model has hidden 513, at most 512"),
        ("/hidden", json!(u64::MAX), TooLarge, "knowledge model has hidden"),
        ("/hidden", json!(241), TooLarge, "needs 1027 bytes for a snapshot, at most 1024"),
        ("/hidden", json!(18), Damaged, "section knowledge."),
        ("/counts", json!(257), TooLarge, "units that read counts, at most 256"),
        ("/counts", json!(6), Damaged, "section knowledge.counts."),
        ("/counts", json!(0), Unsupported, "section knowledge.counts."),
        ("/counts", json!("many"), Damaged, "not a whole number"),
        ("/skills", json!([]), Damaged, "knowledge model has no skills"),
        ("/skills/3", json!({ "id": "add" }), Damaged, "duplicate skill add"),
        ("/skills/3", json!({ "id": "" }), Damaged, "skill has a name of 0 bytes"),
        ("/skills/3", json!({ "name": "Division" }), Damaged, "missing field `knowledge.skills[3].id`"),
        ("/questions", json!([]), Damaged, "knowledge model has no questions"),
        ("/questions/1", json!({ "id": "q0", "skills": [] }), Damaged, "duplicate question q0"),
        ("/questions/1", json!({ "id": "a\nb", "skills": [] }), Damaged, "a control character"),
        ("/questions/1/skills", json!([4]), Damaged, "question q1 asks for skill 4, there are 4"),
        ("/questions/1/skills", json!([2, 1]), Damaged, "question q1 names skill 1 after 2"),
        ("/questions/1/skills", json!([1, 1]), Damaged, "question q1 names skill 1 after 1"),
        ("/questions/1/skills", json!([-1]), Damaged, "not a whole number from 0 on"),
        ("/questions/0/difficulty", json!(1.5), Damaged, "question q0 has difficulty 1.5"),
        ("/questions/0/difficulty", json!(-0.1), Damaged, "question q0 has difficulty -0.1"),
        ("/questions/0/difficulty", json!("hard"), Damaged, "not a number"),
    ];
    for (place, value, kind, said) in rules {
        let change = |m: &mut Value| *m["knowledge"].pointer_mut(place).expect("it is there") = value.clone();
        let (found, message) = refused(|raw| raw.edit(change));
        assert!(found == kind && message.contains(said), "{place} {value}: {found:?} {message}");
    }
    for (what, most) in [("questions", 4096), ("skills", 256)] {
        let many: Value = (0..=most).map(|n| json!({ "id": format!("x{n}"), "skills": [] })).collect();
        let (kind, message) = refused(|raw| raw.edit(|m| m["knowledge"][what] = many));
        assert!(kind == TooLarge && message.contains(&format!("{what}, at most {most}")), "{message}");
    }
}

#[test]
fn sections_that_break_a_rule_are_refused() {
    type Change = fn(&mut [u8]);
    let rules: [(&str, Change, &str); 9] = [
        ("knowledge.answers", |b| b[7] = 0x80, "has 1 weights of -128"),
        ("knowledge.recurrent", |b| b[..2].fill(0x80), "has 2 weights of -128"),
        ("knowledge.output.scale", |b| b[..2].copy_from_slice(&[0, 0x7c]), "has inf at 0"),
        ("knowledge.input.bias", |b| b[..4].copy_from_slice(&f32::NAN.to_le_bytes()), "has NaN at 0"),
        ("knowledge.mastery.bias", |b| b[..4].copy_from_slice(&2e7f32.to_le_bytes()), "within"),
        ("knowledge.mastery", |b| b[18] = 0x80, "has 1 weights of -128"),
        ("knowledge.counts.gates", |b| b[10] = 0x80, "has 1 weights of -128"),
        ("knowledge.counts.skills.scale", |b| b[..2].copy_from_slice(&[0, 0x7c]), "has inf at 0"),
        ("knowledge.counts.output", |b| b[4..8].copy_from_slice(&7e4f32.to_le_bytes()), "has 70000 at 1"),
    ];
    for (section, change, said) in rules {
        let (kind, message) = refused(|raw| raw.edit_section(section, change));
        assert!(kind == Damaged && message.contains(said), "{section}: {kind:?} {message}");
    }
    let (kind, message) = refused(|raw| raw.edit(|m| drop(m.as_object_mut().unwrap().remove("knowledge"))));
    assert!(kind == Unsupported && message.contains("knowledge.counts.output"), "{message}");
}

#[test]
fn a_pack_brings_no_knowledge_model() {
    let mut pack = Fixture::mixtures(1).pack(&"0".repeat(64));
    pack.manifest.knowledge = Fixture::knowledge(1).manifest.knowledge;
    let error = pack.builder().to_bytes().unwrap_err();
    assert!(error.kind() == ErrorKind::BadInput && error.to_string().contains("knowledge model and a base"));
}

#[test]
fn a_file_may_hold_tasks_and_a_knowledge_model() {
    let mut fixture = Fixture::new(1);
    let error = Tracker::from_bytes(fixture.bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    assert!(error.to_string().contains("fixture has no knowledge model: open it with a scorer"), "{error}");
    fixture.manifest.knowledge = Fixture::knowledge(1).manifest.knowledge;
    let bytes = fixture.bytes();
    let scorer = Scorer::from_bytes(bytes.clone()).unwrap();
    assert!(scorer.score("balloons", "warm air").is_ok());
    assert_eq!(Tracker::from_bytes(bytes.clone()).unwrap().questions().len(), 21);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("both.pupil");
    std::fs::write(&path, bytes).unwrap();
    assert!(FileInfo::read(&path).unwrap().manifest.knowledge.is_some());
    assert_eq!(Tracker::open(&path).unwrap().skills().len(), 4);
}

/// A tracker with a few answers, and its snapshot.
fn started(fixture: &Fixture) -> (Tracker, Vec<u8>) {
    let mut tracker = Tracker::from_bytes(fixture.bytes()).unwrap();
    for (question, correct) in [("q0", true), ("q3", false), ("q20", true)] {
        tracker.observe(question, correct).unwrap();
    }
    let snapshot = tracker.snapshot();
    (tracker, snapshot)
}

/// A snapshot with some bytes replaced, and a checksum that fits.
fn changed(snapshot: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut changed = snapshot.to_vec();
    changed[at..at + bytes.len()].copy_from_slice(bytes);
    let end = changed.len() - 8;
    let hash = blake3::hash(&changed[..end]);
    changed[end..].copy_from_slice(&hash.as_bytes()[..8]);
    changed
}

#[test]
fn snapshots_that_break_a_rule_are_refused_and_change_nothing() {
    let (mut tracker, good) = started(&Fixture::knowledge(1));
    assert!(good.len() <= MAX_SNAPSHOT_BYTES && good.len() == 28 + 19 * 4 + 4 * 2 + 3, "{}", good.len());
    let (cell, hidden) = (20, 20 + 19 * 2);
    let (evidence, asked) = (hidden + 19 * 2, hidden + 19 * 2 + 8);
    let mut cut = good.clone();
    cut.pop();
    let long = [&good[..], &[0]].concat();
    let mut flipped = good.clone();
    flipped[30] ^= 1;
    let rules: [(Vec<u8>, ErrorKind, &str); 13] = [
        (Vec::new(), Damaged, "0 bytes that are not a snapshot"),
        (vec![b'x'; 200], Damaged, "200 bytes that are not a snapshot"),
        (b"PupK\x02\0\0\0".to_vec(), ErrorKind::WrongBase, "belongs to another model than fixture"),
        (changed(&good, 4, &[1]), Unsupported, "snapshot has version 1, this version reads 2"),
        (changed(&good, 5, &[1]), Damaged, "checksum"),
        (changed(&good, 8, &[0; 8]), ErrorKind::WrongBase, "belongs to another model"),
        (cut, Damaged, "snapshot has 114 bytes, those of this model have 115"),
        (long, Damaged, "snapshot has 116 bytes"),
        (flipped, Damaged, "checksum"),
        (changed(&good, cell, &14_336i16.to_le_bytes()), Damaged, "a state of 3.5 after 3 answers"),
        (changed(&good, cell, &i16::MIN.to_le_bytes()), Damaged, "a state of -8 after 3 answers"),
        (changed(&good, hidden, &i16::MIN.to_le_bytes()), Damaged, "a state of -32768"),
        (changed(&good, evidence, &4u16.to_le_bytes()), Damaged, "4 answers of one skill, 3 in all"),
    ];
    for (bytes, kind, said) in rules {
        let error = tracker.restore(&bytes).expect_err(said);
        assert!(error.kind() == kind && error.to_string().contains(said), "{said}: {error}");
        assert_eq!(tracker.snapshot(), good, "{said}");
    }
    let beyond = tracker.restore(&changed(&good, asked + 2, &[0b10_0000])).unwrap_err();
    assert!(beyond.to_string().contains("beyond the 21 of the model"), "{beyond}");
    let other = Tracker::from_bytes(Fixture::knowledge(2).bytes()).unwrap().snapshot();
    assert_eq!(tracker.restore(&other).unwrap_err().kind(), ErrorKind::WrongBase);
}

#[test]
fn counts_of_a_snapshot_that_contradict_each_other_are_refused() {
    let mut tracker = Tracker::from_bytes(Fixture::counting(1).bytes()).unwrap();
    // `add`, `divide`, no skill.
    for (question, correct) in [("q0", true), ("q3", false), ("q20", true)] {
        tracker.observe(question, correct).unwrap();
    }
    let good = tracker.snapshot();
    let counts = good.len() - 8 - 12 - 4 * 3;
    assert_eq!(counts, 28 - 8 + 19 * 4 + 4 * 2 + 3);
    let skill = |place: usize| counts + 12 + 3 * place;
    let rules: [(Vec<u8>, &str); 8] = [
        (changed(&good, counts, &[4]), "4 right answers of all skills, 3 in all"),
        (changed(&good, counts, &[1]), "that 1 of 3 right answers exclude"),
        (changed(&good, counts, &[3]), "that 3 of 3 right answers exclude"),
        (changed(&good, counts + 4, &[0b1101]), "that 2 of 3 right answers exclude"),
        (changed(&good, skill(0), &[2]), "2 right answers of one skill, 1 in all"),
        (changed(&good, skill(1), &[1]), "1 right answers of one skill, 0 in all"),
        (changed(&good, skill(0) + 2, &[0]), "that 1 of 1 right answers exclude"),
        (changed(&good, skill(1) + 2, &[1]), "that 0 of 0 right answers exclude"),
    ];
    for (bytes, said) in rules {
        let error = tracker.restore(&bytes).expect_err(said);
        assert!(error.kind() == Damaged && error.to_string().contains(said), "{said}: {error}");
        assert_eq!(tracker.snapshot(), good, "{said}");
    }
    let mut other = tracker.for_new_student();
    other.restore(&good).unwrap();
    assert_eq!(other.snapshot(), good);
    for (question, correct) in [("q5", true), ("q0", false), ("q1", true)] {
        assert_eq!(other.predict_all(), tracker.predict_all());
        tracker.observe(question, correct).unwrap();
        other.observe(question, correct).unwrap();
    }
    // A clone and simulated answers go on from the counts as well.
    let simulated = tracker.simulate(&["q2", "q7"], 3).unwrap();
    assert_eq!(simulated[0].probability, tracker.predict("q2").unwrap());
    tracker.observe("q2", simulated[0].correct).unwrap();
    assert_eq!(simulated[1].probability, tracker.predict("q7").unwrap());
}

#[test]
fn no_byte_of_a_file_or_a_snapshot_makes_a_tracker_panic() {
    let file = Fixture::counting(1).bytes();
    let mut rng = Rng::new(5);
    for _ in 0..300 {
        let mut bytes = file.clone();
        for _ in 0..=rng.below(3) {
            let at = rng.below(bytes.len());
            bytes[at] = rng.bits().to_le_bytes()[0];
        }
        bytes.truncate(bytes.len() - rng.below(2) * rng.below(200));
        assert!(bytes == file || Tracker::from_bytes(bytes).is_err());
    }
    for fixture in [Fixture::knowledge(1), Fixture::counting(1)] {
        damage(&fixture, &mut rng);
    }
}

fn damage(fixture: &Fixture, rng: &mut Rng) {
    let (mut tracker, good) = started(fixture);
    for _ in 0..2000 {
        let at = rng.below(good.len() - 8);
        let bytes = changed(&good, at, &[rng.bits().to_le_bytes()[0]]);
        if tracker.restore(&bytes).is_ok() {
            tracker.observe("q1", true).unwrap();
            assert!(tracker.predict_all().iter().all(|p| (0.0..=1.0).contains(p)));
            assert!(tracker.mastery().iter().all(|skill| (0.0..=1.0).contains(&skill.probability)));
            tracker.restore(&good).unwrap();
        }
    }
}
