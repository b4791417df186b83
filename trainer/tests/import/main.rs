//! ONNX graphs become `.pupil` files that score, or nothing is written.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use std::fs;
use std::path::{Path, PathBuf};

use pupil_core::FileInfo;
use pupil_core::Scorer;
use pupil_core::format::manifest::Encoder;
use pupil_trainer::file::import_onnx::import;
use tempfile::TempDir;

const TASKS: &str = r#"
name = "tiny"
licence = "MIT"

[graph]
inputs = { input_ids = "ids" }
output = "logits"
positions = 64

[[task]]
id = "topic"
kind = "softmax"
labels = ["a", "b", "c"]

[[task]]
id = "rubric"
kind = "sigmoid"
labels = ["x", "y", "z"]
"#;

/// A folder with a tokenizer of the words w0 to w39 and a description.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new(tasks: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        let special = ["[UNK]".to_owned(), "[PAD]".to_owned()];
        let words = special.into_iter().chain((0..40).map(|n| format!("w{n}")));
        let vocab: serde_json::Map<String, serde_json::Value> =
            words.enumerate().map(|(id, word)| (word, id.into())).collect();
        let json = serde_json::json!({
            "version": "1.0",
            "truncation": null,
            "padding": {
                "strategy": { "Fixed": 32 }, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 1, "pad_type_id": 0,
                "pad_token": "[PAD]"
            },
            "added_tokens": [{
                "id": 1, "content": "[PAD]", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true
            }],
            "normalizer": null,
            "pre_tokenizer": { "type": "WhitespaceSplit" },
            "post_processor": null,
            "decoder": null,
            "model": { "type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]" }
        });
        fs::write(desk.path("tokenizer.json"), json.to_string()).unwrap();
        fs::write(desk.path("tasks.toml"), tasks).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn import(&self, graph: &Path) -> anyhow::Result<PathBuf> {
        let out = self.path("model.pupil");
        let scores = import(graph, &self.path("tokenizer.json"), &self.path("tasks.toml"), &out)?;
        assert_eq!(scores.len(), 2);
        Ok(out)
    }

    /// The error of the import; no file may have been written.
    fn refused(&self, graph: &Path) -> String {
        let error = self.import(graph).unwrap_err();
        assert!(!self.path("model.pupil").exists());
        format!("{error:#}")
    }
}

fn graph(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/onnx").join(name)
}

#[test]
fn imported_graph_scores_as_onnx_runtime_does() {
    let desk = Desk::new(TASKS);
    let path = desk.import(&graph("lstm.onnx")).unwrap();
    let golden: serde_json::Value = serde_json::from_slice(&fs::read(graph("graphs.json")).unwrap()).unwrap();
    let scorer = Scorer::open(path).unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let numbers = |name: &str| case[name].as_array().unwrap().iter().map(|n| n.as_f64().unwrap());
        let answer = numbers("answer").map(|id| format!("w{}", id - 2.0)).collect::<Vec<_>>().join(" ");
        let total: f64 = numbers("logits").map(f64::exp).sum();
        let score = scorer.score("topic", &answer).unwrap();
        for (label, logit) in score.labels.iter().zip(numbers("logits")) {
            assert!((f64::from(label.probability) - logit.exp() / total).abs() < 1e-5, "{score:?}");
        }
        let rubric = scorer.score("rubric", &answer).unwrap();
        for (label, logit) in rubric.labels.iter().zip(numbers("logits")) {
            assert!((f64::from(label.probability) - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-5);
        }
    }
}

#[test]
fn settings_of_the_tokenizer_are_used() {
    let desk = Desk::new(TASKS);
    let info = FileInfo::read(desk.import(&graph("lstm.onnx")).unwrap()).unwrap();
    let Some(Encoder::Onnx(encoder)) = info.manifest.encoders.get("graph") else { panic!("no graph") };
    assert_eq!((encoder.pad, encoder.vocab, encoder.width, encoder.positions), (1, 42, 3, 64));
    assert_eq!(info.manifest.tasks[1].thresholds, [0.5; 3]);
}

#[test]
fn errors_name_the_mistake_and_nothing_is_written() {
    let lstm = graph("lstm.onnx");
    for (change, to, said) in [
        ("\"logits\"", "\"scores\"", "the graph has no output scores, it has logits"),
        ("input_ids", "ids", "the graph has no input ids, it has input_ids"),
        (", \"c\"]", "]", "task rubric has 3 labels and task topic has 2"),
        ("\"softmax\"", "\"ordinal\"", "neither softmax nor sigmoid"),
        ("kind = \"softmax\"", "kinds = \"softmax\"", "unknown field `kinds`"),
        ("= \"ids\"", "= \"mask\"", "0 inputs for ids"),
    ] {
        let found = Desk::new(&TASKS.replace(change, to)).refused(&lstm);
        assert!(found.contains(said), "{said}: {found}");
    }
    // One word more than the graph's embedding has rows.
    let large = Desk::new(TASKS);
    let json = fs::read_to_string(large.path("tokenizer.json")).unwrap();
    let more = json.replace("\"w39\":41", "\"w39\":41,\"w40\":42");
    assert_ne!(json, more);
    fs::write(large.path("tokenizer.json"), more).unwrap();
    let found = large.refused(&lstm);
    assert!(
        found.contains("the tokenizer has 43 entries, and the graph's word embedding 42 rows"),
        "{found}"
    );
    let both = TASKS.replace(", \"c\"]", "]").replace(", \"z\"]", "]");
    let found = Desk::new(&both).refused(&lstm);
    assert!(found.contains("has shape [1, 3], [1, 2] is needed"), "{found}");
    let found = Desk::new(TASKS).refused(&graph("make.py"));
    assert!(found.contains("the graph cannot be read"), "{found}");
    let found = Desk::new(TASKS).refused(&graph("none.onnx"));
    assert!(found.contains("cannot read"), "{found}");
}
