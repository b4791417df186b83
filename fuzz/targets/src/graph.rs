//! Graphs of the ONNX format.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use pupil_core::format::manifest::{
    Encoder, Head, HeadKind, Label, Onnx, OnnxInput, OnnxRole, Pooling, Task,
};
use pupil_core::{OpenOptions, Scorer};
use pupil_tests::Fixture;

use crate::container::Parts;
use crate::input::{Input, text};

/// Models around the graphs of the fixtures.
fn models() -> &'static [Parts; 2] {
    static MODELS: OnceLock<[Parts; 2]> = OnceLock::new();
    MODELS.get_or_init(|| {
        let ids = ("input_ids", OnnxRole::Ids);
        let all = [ids, ("attention_mask", OnnxRole::Mask), ("token_type_ids", OnnxRole::Segments)];
        [
            model("lstm.onnx", &[ids], "logits", 3, None),
            model("transformer.onnx", &all, "last_hidden_state", 16, Some(Pooling::Mean)),
        ]
    })
}

fn model(
    file: &str,
    inputs: &[(&str, OnnxRole)],
    output: &str,
    width: usize,
    pooling: Option<Pooling>,
) -> Parts {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/onnx");
    let graph = std::fs::read(folder.join(file)).expect("the graph of the fixtures can be read");
    let mut fixture = Fixture::empty(16);
    let words: Vec<String> = (0..48).map(|n| format!("w{n}")).collect();
    fixture.tokenizer("words", &words, false);
    let encoder = Onnx {
        tokenizer: "words".into(),
        vocab: 49,
        width,
        positions: 32,
        inputs: inputs.iter().map(|(name, role)| OnnxInput { name: (*name).into(), role: *role }).collect(),
        output: output.into(),
        pooling,
        ..Onnx::default()
    };
    fixture.manifest.encoders.insert("e0".into(), Encoder::Onnx(encoder));
    fixture.graphs.insert("e0".into(), graph);
    fixture.manifest.tasks.push(Task {
        id: "task".into(),
        encoder: "e0".into(),
        head: Head { kind: HeadKind::Softmax, hidden: if pooling.is_some() { 2 } else { 0 } },
        labels: ["a", "b", "c"].map(Label::named).into(),
        ..Task::default()
    });
    Parts::parse(&fixture.bytes())
}

/// Opens a model whose graph was changed, and scores with it if it opens.
pub fn onnx(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut parts = input.one_of(models()).clone();
    let is_raw = input.rarely(16);
    let section = parts.section_mut("encoder.e0.graph").expect("the model has a graph");
    let graph = Arc::make_mut(&mut section.bytes);
    if is_raw {
        *graph = input.take(4096).to_vec();
    }
    for _ in 0..=input.below(6) {
        let place = input.below(1 << 16) % graph.len().max(1);
        match input.byte() % 8 {
            0 => graph.truncate(place),
            1 => drop(graph.splice(place..place, input.take(8).iter().copied())),
            2 => drop(graph.drain(place..(place + usize::from(input.byte())).min(graph.len()))),
            3 => {
                let from = input.below(1 << 16) % graph.len().max(1);
                let piece = graph[from..(from + usize::from(input.byte())).min(graph.len())].to_vec();
                drop(graph.splice(place..place, piece));
            }
            _ => {
                if let Some(byte) = graph.get_mut(place) {
                    *byte = input.byte();
                }
            }
        }
    }
    section.shape = vec![section.bytes.len()];
    let options = OpenOptions { max_answer_bytes: 1 << 12, ..OpenOptions::default() };
    let Ok(scorer) = Scorer::from_bytes_with(parts.bytes(), &options) else { return };
    for answer in ["w1 w2 w3".to_owned(), text(&mut input)] {
        if let Ok(score) = scorer.score("task", &answer) {
            assert!(score.labels.iter().all(|label| (0.0..=1.0).contains(&label.probability)), "{score:?}");
        }
    }
}
