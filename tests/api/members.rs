//! Tasks with several members.

use pupil_core::format::manifest::{Calibration, HeadKind, Input, Member, MemberRef, Scale, Task};
use pupil_core::{Error, ErrorKind, OpenOptions, ReviewReason, Scorer};
use pupil_tests::{Fixture, Raw};

use super::{SEED, answers};

fn open(fixture: &Fixture) -> Scorer {
    Scorer::from_bytes(fixture.bytes()).unwrap()
}

/// The numbers of one member alone: a file whose tasks have that member as their own encoder and head.
fn alone(fixture: &Fixture, task: &str, place: usize) -> Scorer {
    let raw = Raw::parse(&fixture.bytes());
    let mut fixture = fixture.clone();
    fixture.manifest.tasks.retain(|t| t.id == task);
    let own = &mut fixture.manifest.tasks[0];
    let all: Vec<Member> = own
        .all_members()
        .map(|m| Member {
            encoder: m.encoder.into(),
            mixture: m.mixture.map(Into::into),
            head: m.head,
            calibration: Calibration { temperature: m.temperature },
            weight: m.weight,
        })
        .collect();
    let id = own.all_members().nth(place).unwrap().section_id();
    let member = &all[place];
    (own.encoder, own.mixture, own.head, own.calibration) =
        (member.encoder.clone(), member.mixture.clone(), member.head, member.calibration);
    (own.weight, own.members) = (1.0, Vec::new());
    // Thresholds and scale belong to the kind of the task's own head.
    let labels = own.labels.len();
    own.thresholds = member.head.kind.plain_thresholds(labels);
    if member.head.kind == HeadKind::Ordinal && own.scale.is_none() {
        own.scale = Some(Scale { min: 0, ..Scale::default() });
    }
    let mut made = Raw::parse(&fixture.bytes());
    made.copy_sections(&raw, &format!("task.{id}."), &format!("task.{task}."));
    Scorer::from_bytes(made.to_bytes()).unwrap()
}

/// What the members of a task give by themselves, combined here.
fn combined(task: &Task, members: &[Vec<f32>]) -> Vec<f32> {
    let weights: Vec<f32> = task.all_members().map(|m| m.weight).collect();
    let sum: f32 = weights.iter().sum();
    let mean = |value: &dyn Fn(&Vec<f32>) -> f32| {
        members.iter().zip(&weights).fold(0.0, |total, (p, w)| total + w / sum * value(p))
    };
    (0..task.labels.len()).map(|k| mean(&|p| p[k])).collect()
}

#[test]
fn probabilities_are_the_weighted_sums_of_those_of_the_members() {
    let fixture = Fixture::members(SEED);
    let scorer = open(&fixture);
    for task in &fixture.manifest.tasks {
        let members: Vec<Scorer> =
            (0..=task.members.len()).map(|place| alone(&fixture, &task.id, place)).collect();
        let score = |scorer: &Scorer, answer: &str| match task.input {
            Input::Pair => scorer.score_pair(&task.id, "warm air expands", answer).unwrap(),
            _ => scorer.score(&task.id, answer).unwrap(),
        };
        for answer in answers(20) {
            let own: Vec<Vec<f32>> = members
                .iter()
                .map(|member| score(member, &answer).labels.iter().map(|l| l.probability).collect())
                .collect();
            let together = score(&scorer, &answer);
            for (label, want) in together.labels.iter().zip(combined(task, &own)) {
                assert!((0.0..=1.0).contains(&label.probability));
                assert!((label.probability - want).abs() < 1e-6, "{}: {label:?}, {want}", task.id);
            }
            // What is counted comes from the first member with a tokenizer, whatever runs first.
            let reads = |m: MemberRef<'_>| fixture.manifest.encoders[m.encoder].tokenizer().is_some();
            let counted = task.all_members().position(reads).unwrap_or_default();
            let first = score(&members[counted], &answer);
            assert_eq!((together.words, together.unknown_words), (first.words, first.unknown_words));
            assert_eq!((together.tokens, together.repetitive), (first.tokens, first.repetitive));
        }
    }
}

#[test]
fn a_member_twice_with_half_of_the_weight_is_that_member_by_itself() {
    let plain = open(&Fixture::mixtures(SEED));
    let mut fixture = Fixture::mixtures(SEED);
    for task in &mut fixture.manifest.tasks {
        task.weight = 0.5;
        task.members = vec![Member {
            encoder: task.encoder.clone(),
            mixture: task.mixture.clone(),
            head: task.head,
            calibration: task.calibration,
            weight: 0.5,
        }];
    }
    let raw = Raw::parse(&Fixture::mixtures(SEED).bytes());
    let mut made = Raw::parse(&fixture.bytes());
    for task in &fixture.manifest.tasks {
        let id = &task.id;
        made.copy_sections(&raw, &format!("task.{id}."), &format!("task.{id}.member.1."));
    }
    let twice = Scorer::from_bytes(made.to_bytes()).unwrap();
    for task in plain.tasks() {
        let reference = (task.input == Input::Pair).then_some("warm air expands");
        for answer in answers(15) {
            let [one, two] = [&plain, &twice].map(|scorer| match reference {
                Some(reference) => scorer.score_pair(&task.id, reference, &answer).unwrap(),
                None => scorer.score(&task.id, &answer).unwrap(),
            });
            // Half of a number and another half are the number: no rounding at all.
            assert_eq!(one, two, "{}", task.id);
        }
    }
}

#[test]
fn experts_are_told_for_each_member_with_a_mixture() {
    let scorer = open(&Fixture::members(SEED));
    let shape = |task: &str| -> Vec<(usize, usize)> {
        let used = scorer.experts(task, None, "warm air expands").unwrap();
        for block in &used.blocks {
            assert!((block.weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
        used.blocks.iter().map(|block| (block.member, block.weights.len())).collect()
    };
    assert_eq!(shape("levels"), [(1, 3), (1, 3), (3, 4), (3, 4)]);
    assert_eq!(shape("rubric"), [(0, 3), (0, 3), (1, 4), (1, 4), (2, 5), (3, 4), (3, 4)]);
    assert_eq!(scorer.experts("topic", None, "warm").unwrap_err().kind(), ErrorKind::BadInput);
}

#[test]
fn threads_folding_and_packs_do_not_change_a_bit() {
    let fixture = Fixture::members(SEED);
    let scorer = open(&fixture);
    let unfolded = OpenOptions { fold_limit_bytes: 0, ..OpenOptions::default() };
    let others = [
        Scorer::from_bytes_with(fixture.bytes(), &unfolded).unwrap(),
        scorer.attach_bytes(Fixture::members(SEED).pack(scorer.blake3()).bytes()).unwrap(),
    ];
    let texts = answers(60);
    for task in ["levels", "rubric", "topic"] {
        let want: Vec<_> = texts.iter().map(|text| scorer.score(task, text).unwrap()).collect();
        let batch = scorer.score_batch(task, &texts, &Default::default()).unwrap();
        assert_eq!(batch, want);
        for (other, id) in others.iter().zip([task.to_owned(), format!("more-{task}")]) {
            let have: Vec<_> = texts.iter().map(|text| other.score(&id, text).unwrap()).collect();
            assert_eq!(have, want, "{id}");
        }
        let explained = scorer.explain(task, "warm air expands").unwrap();
        assert_eq!((explained.words.len(), &explained.score.labels.len()), (3, &want[0].labels.len()));
    }
}

#[test]
fn truncation_by_one_member_is_truncation() {
    let scorer = open(&Fixture::members(SEED));
    let long = "the air is warm and the gas expands ".repeat(20);
    assert!(scorer.score_pair("compare", "warm", &long).unwrap().truncated);
    // A BERT that cannot read that many tokens refuses the answer for all.
    let error: Error = scorer.score("rubric", &long).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
}

#[test]
fn n_grams_alone_need_no_tokenizer_and_count_words_by_letters_and_digits() {
    let mut fixture = Fixture::members(SEED);
    let manifest = &mut fixture.manifest;
    manifest.tasks.retain(|task| task.id == "grams");
    manifest.encoders.retain(|name, _| name == "g1");
    manifest.mixtures.clear();
    manifest.tokenizers.clear();
    fixture.tokenizers.clear();
    let scorer = open(&fixture);
    for (answer, words, reason) in [
        ("", 0, Some(ReviewReason::TooShort)),
        ("... !?", 0, Some(ReviewReason::TooShort)),
        ("It's 3 of them; caf\u{e9} _ nai\u{308}ve", 7, None),
        ("melts and Melts and melts and melts", 7, Some(ReviewReason::Repetition)),
        // Each ideograph is a word, other letters between them are one.
        ("水变热，CO2多了 Wärme", 7, None),
        ("热水热水热水热水", 8, Some(ReviewReason::Repetition)),
    ] {
        let score = scorer.score("grams", answer).unwrap();
        assert_eq!((score.words, score.unknown_words, score.tokens), (words, 0, 0), "{answer}");
        assert_eq!(score.decision.reason(), reason, "{answer}");
        assert!(!score.truncated);
    }
    let explained = scorer.explain("grams", "warm air expands").unwrap();
    assert!(explained.words.iter().all(|word| word.expected.is_some_and(|share| share != 0.0)));
    // A weight matrix stays in the file.
    assert!(scorer.report().packed_bytes < 5_000);
}
