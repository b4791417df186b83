//! Fits compared with scikit-learn's, and fits of tasks with hardly any answers.

use super::fit::{Row, Settings, fit, idf, matrix};
use super::ridge::ridge;
use crate::data::{Target, TaskData};
use crate::files;
use crate::head::HeadKind;
use pupil_core::ngram::{NGramScratch, NGramSpec};
use serde_json::Value;
use std::path::Path;

const PENALTIES: [f64; 2] = [0.3, 3.0];

fn spec(buckets: u32) -> NGramSpec {
    NGramSpec::new(Some((3, 5)), Some((1, 2)), buckets).unwrap()
}

fn settings() -> Settings<'static> {
    Settings {
        spec: spec(1 << 12),
        sublinear: true,
        word_weight: 2.0,
        penalties: &PENALTIES,
        folds: 5,
        lambda: 0.0,
        seed: 1,
        // The human scores themselves: every penalty is as good.
        awards: &|_, scores| scores.to_vec(),
    }
}

fn task(head: HeadKind, labels: usize) -> TaskData {
    let names = || (0..labels).map(|k| k.to_string()).collect();
    let points = if head == HeadKind::Ordinal { (0..).take(labels).collect() } else { Vec::new() };
    TaskData { id: "t".into(), name: "t".into(), head, labels: names(), points }
}

fn row<'a>(text: &'a str, target: Target, labels: usize) -> Row<'a> {
    let human = match &target {
        Target::Class(k) | Target::Level(k) => {
            Some((0..labels).map(|i| f32::from(u8::from(i == *k))).collect())
        }
        Target::Labels(l) => Some(l.iter().map(|on| f32::from(u8::from(*on))).collect()),
        Target::Missing => None,
    };
    Row { text, target, human, teacher: None, source: text }
}

#[test]
fn regression_on_ngrams_equals_that_of_scikit_learn() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/ngram/ridge.json");
    let fixture: Value = files::read_json(&file).unwrap();
    let numbers =
        |list: &Value| -> Vec<f64> { list.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect() };
    let buckets = u32::try_from(fixture["buckets"].as_u64().unwrap()).unwrap();
    let mut scratch = NGramScratch::default();
    let mut counts = |list: &Value| -> Vec<Vec<(u32, u32)>> {
        let texts = list.as_array().unwrap().iter();
        texts.map(|t| spec(buckets).counts(t.as_str().unwrap(), &mut scratch).to_vec()).collect()
    };
    let (train, other) = (counts(&fixture["train"]), counts(&fixture["other"]));
    let idf = idf(train.iter(), buckets as usize);
    let x = matrix(&train, &idf, true, buckets as usize);
    let z = matrix(&other, &idf, true, buckets as usize);
    let mut start = Vec::new();
    for want in fixture["fits"].as_array().unwrap() {
        let found = ridge(&x, &numbers(&fixture["points"]), want["alpha"].as_f64().unwrap(), &mut start);
        assert!((found.bias - want["intercept"].as_f64().unwrap()).abs() < 1e-5);
        let norm: f64 = found.weight.iter().map(|w| w * w).sum();
        assert!((norm / want["norm"].as_f64().unwrap() - 1.0).abs() < 1e-5, "{norm}");
        for (have, want) in found.of(&z).iter().zip(numbers(&want["predicted"])) {
            assert!((have - want).abs() < 1e-5, "{have} but {want}");
        }
    }
}

#[test]
fn tasks_of_any_size_and_kind_are_fitted() {
    let texts = ["", "iron rusts in water", "the air is warm", "", "water and oxygen", "🙂"];
    for n in 1..=texts.len() {
        for (head, labels) in [(HeadKind::Ordinal, 4), (HeadKind::Softmax, 3), (HeadKind::Sigmoid, 2)] {
            for same in [true, false] {
                let k = |i: usize| if same { 1 } else { i % labels };
                let target = |i: usize| match head {
                    HeadKind::Ordinal => Target::Level(k(i)),
                    HeadKind::Softmax => Target::Class(k(i)),
                    HeadKind::Sigmoid => Target::Labels((0..labels).map(|l| l == k(i)).collect()),
                };
                let rows: Vec<Row<'_>> =
                    texts[..n].iter().enumerate().map(|(i, text)| row(text, target(i), labels)).collect();
                let task = task(head, labels);
                for validation in [&rows[..0], &rows[..1]] {
                    let found = fit(&task, &rows, validation, &settings()).unwrap();
                    let all = found.weight.iter().chain(&found.bias).chain(&found.idf);
                    assert!(all.clone().all(|v| v.is_finite()), "{head:?} {n} {same}");
                    assert!(found.training_loss.is_finite() && found.validation_loss.is_finite());
                }
            }
        }
    }
}

#[test]
fn teacher_decides_where_nobody_scored() {
    let task = task(HeadKind::Ordinal, 2);
    let (low, high) = ([1.0f32, 0.0], [0.0f32, 1.0]);
    let scored: Vec<String> =
        (0..20).map(|i| format!("answer {i} {}", if i % 2 == 0 { "oxygen" } else { "sand" })).collect();
    let mut rows: Vec<Row<'_>> =
        scored.iter().enumerate().map(|(i, t)| row(t, Target::Level(usize::from(i % 2 == 0)), 2)).collect();
    let alone = fit(&task, &rows, &[], &settings()).unwrap();
    let more: Vec<String> =
        (0..20).map(|i| format!("{} {i}", if i % 2 == 0 { "rust" } else { "glass" })).collect();
    for (i, text) in more.iter().enumerate() {
        let teacher = Some(if i % 2 == 0 { &high[..] } else { &low[..] });
        rows.push(Row { teacher, ..row(text, Target::Missing, 2) });
    }
    let taught = fit(&task, &rows, &[], &Settings { lambda: 1.0, ..settings() }).unwrap();
    let weight_of = |found: &super::Fitted, word: &str| -> f32 {
        let only = NGramSpec::new(None, Some((1, 1)), 1 << 11).unwrap();
        let bucket = only.counts(word, &mut NGramScratch::default())[0].0 as usize;
        found.weight[(1 << 11) + bucket]
    };
    assert_eq!(weight_of(&alone, "rust"), 0.0);
    assert!(weight_of(&taught, "rust") > 0.0 && weight_of(&taught, "glass") < 0.0);
    assert!(weight_of(&taught, "oxygen") > 0.0);
}
