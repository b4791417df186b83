//! ONNX graphs, compared with ONNX Runtime on the same files.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use std::path::Path;

use pupil_core::format::manifest::{
    Encoder, Head, HeadKind, Input, Label, Mixture, Onnx, OnnxInput, OnnxRole, Pooling, Scope, Task,
};
use pupil_core::{BatchOptions, Error, ErrorKind, Scorer};
use pupil_tests::{Fixture, Rng};
use serde::Deserialize;

/// The tolerance between tract and ONNX Runtime; all measured differences are within 1e-6.
const TOLERANCE: f32 = 1e-5;

/// The contents of the file that `make.py` writes.
#[derive(Deserialize)]
struct Golden {
    vocab: usize,
    width: usize,
    positions: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    reference: Vec<usize>,
    answer: Vec<usize>,
    mean: Vec<f32>,
    cls: Vec<f32>,
    max: Vec<f32>,
    logits: Vec<f32>,
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/onnx").join(name)).unwrap()
}

fn golden() -> Golden {
    serde_json::from_slice(&file("graphs.json")).unwrap()
}

/// The text with these ids.
fn text(ids: &[usize]) -> String {
    ids.iter().map(|id| format!("w{}", id - 2)).collect::<Vec<_>>().join(" ")
}

fn inputs(roles: &[(&str, OnnxRole)]) -> Vec<OnnxInput> {
    roles.iter().map(|(name, role)| OnnxInput { name: (*name).into(), role: *role }).collect()
}

/// A model with the transformer (tasks `mean`, `cls`, `max`, `mixed`, all on pairs) and the LSTM (`logits`).
fn fixture() -> Fixture {
    let golden = golden();
    let words: Vec<String> = (0..golden.vocab - 2).map(|n| format!("w{n}")).collect();
    let mut fixture = Fixture::empty(5);
    fixture.tokenizer("pairs", &words, true);
    let names = ["input_ids", "attention_mask", "token_type_ids"];
    let roles = [OnnxRole::Ids, OnnxRole::Mask, OnnxRole::Segments];
    let labels = ["a", "b", "c"].map(Label::named);
    let softmax = |hidden| Head { kind: HeadKind::Softmax, hidden };
    let mixture = Mixture {
        scope: Scope::Pooled,
        width: golden.width,
        experts: 3,
        hidden: 16,
        gate: 8,
        task_embedding: 4,
        ..Mixture::default()
    };
    fixture.manifest.mixtures.insert("mixture".into(), mixture);
    for (name, pooling) in [("mean", Pooling::Mean), ("cls", Pooling::Cls), ("max", Pooling::Max)] {
        let transformer = Onnx {
            tokenizer: "pairs".into(),
            vocab: golden.vocab,
            width: golden.width,
            positions: golden.positions,
            inputs: inputs(&names.iter().copied().zip(roles).collect::<Vec<_>>()),
            output: "last_hidden_state".into(),
            pooling: Some(pooling),
            ..Onnx::default()
        };
        fixture.manifest.encoders.insert(name.into(), Encoder::Onnx(transformer));
        fixture.graphs.insert(name.into(), file("transformer.onnx"));
        fixture.manifest.tasks.push(Task {
            id: name.into(),
            encoder: name.into(),
            input: Input::Pair,
            head: softmax(8),
            labels: labels.to_vec(),
            ..Task::default()
        });
    }
    let mixed =
        Task { id: "mixed".into(), mixture: Some("mixture".into()), ..fixture.manifest.tasks[0].clone() };
    fixture.manifest.tasks.push(mixed);
    let lstm = Onnx {
        tokenizer: "pairs".into(),
        vocab: golden.vocab,
        width: 3,
        positions: 64,
        inputs: inputs(&[("input_ids", OnnxRole::Ids)]),
        output: "logits".into(),
        ..Onnx::default()
    };
    fixture.manifest.encoders.insert("lstm".into(), Encoder::Onnx(lstm));
    fixture.graphs.insert("lstm".into(), file("lstm.onnx"));
    fixture.manifest.tasks.push(Task {
        id: "logits".into(),
        encoder: "lstm".into(),
        head: softmax(0),
        labels: labels.into(),
        ..Task::default()
    });
    fixture
}

/// The dimensions of an encoder of the fixture, for changes.
fn dimensions<'a>(fixture: &'a mut Fixture, name: &str) -> &'a mut Onnx {
    match fixture.manifest.encoders.get_mut(name) {
        Some(Encoder::Onnx(dimensions)) => dimensions,
        other => panic!("{name} is {other:?}"),
    }
}

/// The error of opening the file of a fixture; the writer opens the file that it wrote.
fn refused(fixture: &Fixture) -> Error {
    let error = fixture.builder().to_bytes().unwrap_err();
    let source = std::error::Error::source(&error).and_then(|source| source.downcast_ref::<Error>());
    let source = source.expect("the writer passes on the reader's error");
    Error::new(source.kind(), source.to_string())
}

fn assert_near(found: &[f32], wanted: &[f32], what: &str) {
    assert_eq!(found.len(), wanted.len(), "{what}");
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() <= TOLERANCE * wanted.abs().max(1.0), "{what}: {found}, not {wanted}");
    }
}

#[test]
fn graphs_give_the_results_of_onnx_runtime() {
    let scorer = Scorer::from_bytes(fixture().bytes()).unwrap();
    for (number, case) in golden().cases.iter().enumerate() {
        let (reference, answer) = (text(&case.reference), text(&case.answer));
        for (task, wanted) in [("mean", &case.mean), ("cls", &case.cls), ("max", &case.max)] {
            let trace = scorer.trace(task, Some(&reference), &answer).unwrap();
            assert_eq!(trace.ids.len(), case.reference.len() + 1 + case.answer.len());
            assert_near(&trace.pooled, wanted, &format!("case {number}, {task}"));
        }
        let trace = scorer.trace("logits", None, &answer).unwrap();
        assert_near(&trace.logits, &case.logits, &format!("case {number}, logits"));
        let total: f32 = case.logits.iter().map(|logit| logit.exp()).sum();
        let wanted: Vec<f32> = case.logits.iter().map(|logit| logit.exp() / total).collect();
        assert_near(&trace.probabilities, &wanted, &format!("case {number}, probabilities"));
    }
}

#[test]
fn mixture_of_experts_reads_the_vector_of_a_graph() {
    let scorer = Scorer::from_bytes(fixture().bytes()).unwrap();
    let found = scorer.experts("mixed", Some("w1 w2"), "w3 w4").unwrap();
    let experts: Vec<usize> = found.blocks.iter().map(|block| block.weights.len()).collect();
    assert_eq!(experts, [3, 3]);
}

#[test]
fn threads_share_a_graph() {
    let scorer = Scorer::from_bytes(fixture().bytes()).unwrap();
    let mut rng = Rng::new(3);
    let answers: Vec<String> =
        (0..60).map(|n| text(&(0..n % 40).map(|_| 2 + rng.below(40)).collect::<Vec<_>>())).collect();
    let together =
        scorer.score_batch("logits", &answers, &BatchOptions { threads: 4, ..BatchOptions::default() });
    for (answer, together) in answers.iter().zip(together.unwrap()) {
        assert_eq!(scorer.score("logits", answer).unwrap(), together, "{answer}");
    }
}

#[test]
fn empty_input_gives_a_score() {
    let scorer = Scorer::from_bytes(fixture().bytes()).unwrap();
    assert_eq!(scorer.trace("logits", None, "").unwrap().logits, [0.0; 3]);
}

#[test]
fn too_many_tokens_are_refused() {
    let scorer = Scorer::from_bytes(fixture().bytes()).unwrap();
    let long = text(&[7; 30]);
    let error = scorer.score_pair("mean", &long, &long).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(error.to_string(), "input has 61 tokens, the graph reads 48");
}

#[test]
fn invalid_graph_is_refused() {
    let whole = file("lstm.onnx");
    let mut rng = Rng::new(9);
    let noise: Vec<u8> = (0..500).map(|_| rng.bits().to_le_bytes()[0]).collect();
    for bytes in [&noise[..], &whole[..whole.len() / 2], &whole[..whole.len() - 1], b"{}"] {
        let mut fixture = fixture();
        fixture.graphs.insert("lstm".into(), bytes.to_vec());
        let error = refused(&fixture);
        assert!(matches!(error.kind(), ErrorKind::Damaged | ErrorKind::Internal), "{error}");
        assert!(error.to_string().starts_with("encoder lstm: "), "{error}");
    }
}

#[test]
fn graph_with_changed_bytes_never_panics() {
    let whole = file("lstm.onnx");
    let mut rng = Rng::new(13);
    for _ in 0..60 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            let place = rng.below(bytes.len());
            bytes[place] = rng.bits().to_le_bytes()[0];
        }
        let mut fixture = fixture();
        fixture.graphs.insert("lstm".into(), bytes);
        // It may open and run, depending on the changed byte, but the program must not panic.
        if let Ok(bytes) = fixture.builder().to_bytes() {
            let scorer = Scorer::from_bytes(bytes).unwrap();
            drop(scorer.score("logits", "w1 w2 w3"));
        }
    }
}

#[test]
fn names_that_the_graph_does_not_have_are_listed() {
    let changed = |change: &dyn Fn(&mut Onnx)| {
        let mut fixture = fixture();
        change(dimensions(&mut fixture, "mean"));
        let error = refused(&fixture);
        assert_eq!(error.kind(), ErrorKind::Damaged);
        error.to_string()
    };
    assert_eq!(
        changed(&|d| d.output = "pooler".into()),
        "encoder mean: the graph has no output pooler, it has last_hidden_state"
    );
    assert_eq!(
        changed(&|d| d.inputs[0].name = "ids".into()),
        "encoder mean: the graph has no input ids, it has input_ids, attention_mask, token_type_ids"
    );
    assert_eq!(
        changed(&|d| drop(d.inputs.pop())),
        "encoder mean: the graph has the input token_type_ids, which the manifest does not feed"
    );
}

#[test]
fn output_of_another_shape_is_refused() {
    let refused = |name: &str, task: &str, change: &dyn Fn(&mut Onnx)| {
        let mut fixture = fixture();
        change(dimensions(&mut fixture, name));
        let scorer = Scorer::from_bytes(fixture.bytes()).unwrap();
        let error = scorer.trace(task, (task == "cls").then_some("w1"), "w1").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        error.to_string()
    };
    assert_eq!(
        refused("cls", "cls", &|d| d.width = 12),
        "the graph's output last_hidden_state has shape [1, 32, 24], [1, 32, 12] is needed"
    );
    assert_eq!(
        refused("cls", "cls", &|d| d.pooling = None),
        "the graph's output last_hidden_state has shape [1, 32, 24], [1, 24] is needed"
    );
    assert_eq!(
        refused("lstm", "logits", &|d| d.pooling = Some(Pooling::Mean)),
        "the graph's output logits has shape [1, 3], [1, 1, 3] is needed"
    );
}
