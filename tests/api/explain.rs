//! Explanations are exact: each effect is the difference of two scores.

use pupil_core::format::manifest::Input;
use pupil_core::{ErrorKind, Scorer};
use pupil_tests::Fixture;

use crate::{SEED, scorer};

fn assert_exact(scorer: &Scorer, task: &str, reference: Option<&str>, answer: &str) {
    let score = |text: &str| match reference {
        Some(reference) => scorer.score_pair(task, reference, text).unwrap(),
        None => scorer.score(task, text).unwrap(),
    };
    let explanation = match reference {
        Some(reference) => scorer.explain_pair(task, reference, answer).unwrap(),
        None => scorer.explain(task, answer).unwrap(),
    };
    let whole = score(answer);
    assert_eq!(explanation.score, whole);
    let words: Vec<&str> = explanation.words.iter().map(|w| &answer[w.span.clone()]).collect();
    assert_eq!(words, answer.split_whitespace().collect::<Vec<_>>());
    for share in &explanation.words {
        let without = score(&[&answer[..share.span.start], &answer[share.span.end..]].concat());
        assert_eq!(share.labels.len(), whole.labels.len());
        for ((share, with), without) in share.labels.iter().zip(&whole.labels).zip(&without.labels) {
            assert_eq!(share.to_bits(), (with.probability - without.probability).to_bits());
        }
        match (whole.expected, without.expected) {
            (Some(with), Some(without)) => {
                assert_eq!(share.expected.unwrap().to_bits(), (with - without).to_bits());
            }
            _ => assert_eq!(share.expected, None),
        }
    }
}

#[test]
fn effects_are_exactly_the_change_without_the_word() {
    let scorer = scorer();
    for answer in [
        "Warm air expands, because the particles move faster!",
        "  the\tballoon\n needs \u{a0} more\u{2003}room ",
        "é 日本 🎈 frimp",
        "air air air",
        "warm",
        "",
    ] {
        for task in ["balloons", "rubric", "topic", "grade"] {
            assert_exact(&scorer, task, None, answer);
        }
        assert_exact(&scorer, "compare", Some("warm air expands"), answer);
    }
}

#[test]
fn effects_of_transformers_are_exact() {
    for fixture in [Fixture::mixtures(SEED), Fixture::members(SEED)] {
        let scorer = Scorer::from_bytes(fixture.bytes()).unwrap();
        for task in &fixture.manifest.tasks {
            let reference = (task.input == Input::Pair).then_some("warm air expands");
            for answer in ["Warm air expands, because the particles move faster!", "air", ""] {
                assert_exact(&scorer, &task.id, reference, answer);
            }
        }
    }
}

#[test]
fn some_word_has_an_effect() {
    let explanation = scorer().explain("topic", "warm air expands").unwrap();
    assert_eq!(explanation.words.len(), 3);
    assert!(explanation.words.iter().any(|w| w.labels.iter().any(|share| *share != 0.0)));
}

#[test]
fn answer_of_too_many_words_is_not_explained() {
    let scorer = scorer();
    assert!(scorer.explain("topic", &"a ".repeat(300)).is_ok());
    let error = scorer.explain("topic", &"a ".repeat(1025)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.to_string().contains("1025 words, at most 1024"), "{error}");
}
