//! A whole recipe on invented answers and a tiny random encoder: seconds instead of hours, the same stages.

#![expect(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use pupil_core::{Decision, ReviewReason, Scorer};
use pupil_trainer::checkpoint::write_state;
use pupil_trainer::files;
use pupil_trainer::model::Encoder;
use pupil_trainer::model::bert::{Bert, Config};
use pupil_trainer::pipeline::Pipeline;
use pupil_trainer::random;
use pupil_trainer::recipe::Recipe;
use pupil_trainer::text::{Cut, Text};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const RECIPE: &str = r#"
name = "tiny"
licence = "MIT"
seed = 7

[data]
name = "invented"
train = "train.jsonl"
test = { test = "test.jsonl" }
unlabelled = "unlabelled.jsonl"
validation = 0.2

[teacher]
encoder = "a tiny random encoder"
encoder_licence = "MIT"
seeds = [1, 2]
max_tokens = 32
train_words = true
[teacher.fit]
epochs = 4
batch = 16
rate = 3e-3
head_rate_factor = 3.0
patience = 4

[label]
copies = 1

[pupil]
tokenizer = "word-level"
vocab = 60
min_count = 1
max_tokens = 32
embedding = 8
hidden = 8
dense = 8
dropout = 0.1
head_dropout = 0.0
state_bits = 16
quantization_aware = false
pretrained_embedding = true

[distil]
lambdas = [0.0, 1.0]
temperature = 1.5
seeds = [1, 2]
baseline = true
sweep = { task = "heat", lambdas = [0.5] }
[distil.fit]
epochs = 25
batch = 16
rate = 1e-2
warmup = 0.05
patience = 25
word_dropout = 0.02

[export]
lambda = 1.0
ship = true

[evaluate]
replicates = 50
"#;

/// Two tasks: the level is the number of key ideas that an answer names.
fn answers(rows: usize, seed: u64, scored: bool) -> String {
    use rand::Rng;
    let ideas = [("heat", ["particles", "faster"]), ("rust", ["oxygen", "water"])];
    let filler = ["the", "it", "because", "then", "metal", "air", "gets", "very", "and", "so"];
    let mut rng = random::generator(seed);
    let mut out = String::new();
    for i in 0..rows {
        let (task, keys) = ideas[i % 2];
        let level = rng.random_range(0..3usize);
        let mut words: Vec<&str> = (0..6).map(|_| filler[rng.random_range(0..filler.len())]).collect();
        for key in &keys[..level] {
            words.insert(rng.random_range(0..words.len()), key);
        }
        let score = if scored { format!(r#","score":{level}"#) } else { String::new() };
        let text = words.join(" ");
        out.push_str(&format!(
            r#"{{"id":"{seed}-{i}","task":"{task}","text":"{text}"{score},"max_score":2}}"#
        ));
        out.push('\n');
    }
    out
}

/// A pretrained encoder's folder with random weights.
fn encoder(folder: &Path) {
    let texts = answers(60, 1, false);
    let lines: Vec<&str> = texts.lines().collect();
    let text = Text::build(&lines, Cut::WordPiece, 120, 1, 32).unwrap();
    let config = Config {
        vocab_size: text.vocab_size(),
        hidden_size: 16,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 32,
        max_position_embeddings: 32,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        hidden_dropout_prob: 0.0,
    };
    files::write(&folder.join("tokenizer.json"), &text.to_json().unwrap()).unwrap();
    files::write_json(&folder.join("config.json"), &config).unwrap();
    let bert = Bert::new(config.clone(), 1).unwrap();
    let mut rng = random::generator(3);
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    let mut add = |name: String, shape: Vec<usize>| {
        let mut values = vec![0.0; shape.iter().product()];
        if name.ends_with("LayerNorm.weight") {
            values.fill(1.0);
        } else if !name.ends_with("bias") {
            random::normal(&mut values, 0.2, &mut rng);
        }
        tensors.insert(name, (shape, values.iter().flat_map(|v: &f32| v.to_le_bytes()).collect()));
    };
    add("embeddings.word_embeddings.weight".into(), vec![config.vocab_size, 16]);
    for entry in bert.layout().entries() {
        if let Some((prefix, suffix)) = entry.name.split_once("self.qkv.") {
            for part in ["query", "key", "value"] {
                let shape = if suffix == "weight" { vec![16, 16] } else { vec![16] };
                add(format!("{prefix}self.{part}.{suffix}"), shape);
            }
        } else {
            add(entry.name.clone(), entry.shape.clone());
        }
    }
    let views: Vec<(&String, TensorView<'_>)> =
        tensors.iter().map(|(n, (s, b))| (n, TensorView::new(Dtype::F32, s.clone(), b).unwrap())).collect();
    files::write(&folder.join("model.safetensors"), &safetensors::serialize(views, None).unwrap()).unwrap();
}

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        files::write(&data.join("train.jsonl"), answers(160, 10, true).as_bytes()).unwrap();
        files::write(&data.join("test.jsonl"), answers(60, 11, true).as_bytes()).unwrap();
        files::write(&data.join("unlabelled.jsonl"), answers(40, 12, false).as_bytes()).unwrap();
        files::write(&folder.path().join("recipe.toml"), RECIPE.as_bytes()).unwrap();
        encoder(&folder.path().join("encoder"));
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn open(&self, runs: &str) -> Pipeline {
        Pipeline::open(&self.path("recipe.toml"), &self.path("data"), &self.path("encoder"), &self.path(runs))
            .unwrap()
    }
}

#[test]
fn recipe_gives_a_working_file_and_the_same_file_again() {
    let bench = Bench::new();
    let (tables, path) = bench.open("a").run().unwrap();
    for row in
        ["teacher", "averaged embeddings, f32", "E-LSTM λ=0, int8", "E-LSTM λ=1, f32", "λ sweep on heat"]
    {
        assert!(tables.contains(row), "no `{row}` in\n{tables}");
    }
    let scorer = Scorer::open(&path).unwrap();
    let level = |answer: &str| scorer.score("rust", answer).unwrap().level.unwrap();
    assert_eq!(level("the metal gets very the and it"), 0);
    assert_eq!(level("because the oxygen and water gets it"), 2);
    let empty = scorer.score("rust", "").unwrap();
    assert_eq!(empty.decision, Decision::Review(ReviewReason::TooShort));
    let qwk = &scorer.manifest().tasks[0].metrics.iter().find(|m| m.name == "qwk").unwrap();
    assert!(qwk.value > 0.6 && qwk.low.unwrap() <= qwk.value, "{qwk:?}");
    assert!(bench.path("a/tiny/card.md").is_file() && bench.path("a/tiny/results.md").is_file());

    // Elsewhere, from nothing, by one stage at a time: the same bytes.
    let again = bench.open("b");
    again.teach().unwrap();
    let labelled = again.distil().unwrap();
    let other = again.export(&labelled).unwrap();
    assert_eq!(fs::read(&path).unwrap(), fs::read(&other).unwrap());

    // A second run trains nothing: the pupils and teachers are the files of the first.
    let stamp = |f: &str| fs::metadata(bench.path(f)).unwrap().modified().unwrap();
    let kept = [
        "a/tiny/teachers/teacher-0-seed-1.safetensors",
        "a/tiny/pupils/heat/e-lstm-lambda-1-seed-2/pupil.safetensors",
        "a/tiny/labels/train-seed-2.csv",
    ];
    let before: Vec<_> = kept.iter().map(|f| stamp(f)).collect();
    bench.open("a").run().unwrap();
    assert_eq!(before, kept.iter().map(|f| stamp(f)).collect::<Vec<_>>());

    // Another setting of the pupils repeats the pupils and leaves the teacher alone.
    let changed = RECIPE.replace("rate = 1e-2", "rate = 9e-3");
    files::write(&bench.path("recipe.toml"), changed.as_bytes()).unwrap();
    bench.open("a").distil().unwrap();
    let after: Vec<_> = kept.iter().map(|f| stamp(f)).collect();
    assert_eq!((before[0], before[2]), (after[0], after[2]));
    assert_ne!(before[1], after[1]);
}

#[test]
fn stages_out_of_order_say_what_is_missing() {
    let bench = Bench::new();
    let pipeline = bench.open("a");
    let error = pipeline.label().err().unwrap().to_string();
    assert!(error.contains("run `teach` first"), "{error}");
}

#[test]
fn recipe_mistakes_are_named() {
    let bench = Bench::new();
    for (from, to, want) in [
        ("state_bits = 16", "state_bits = 12", "pupil.state_bits is 8 or 16"),
        ("lambda = 1.0", "lambda = 3.0", "export.lambda 3 is not among distil.lambdas"),
        ("validation = 0.2", "validation = 0.0", "data.validation is above 0"),
        ("test = { test = \"test.jsonl\" }", "held_out = 0.0", "there is nothing to measure on"),
        ("seed = 7", "sede = 7", "sede"),
        ("train = \"train.jsonl\"", "train = \"absent.jsonl\"", "absent.jsonl"),
    ] {
        files::write(&bench.path("recipe.toml"), RECIPE.replace(from, to).as_bytes()).unwrap();
        let runs = bench.path("a");
        let error =
            Pipeline::open(&bench.path("recipe.toml"), &bench.path("data"), &bench.path("encoder"), &runs);
        let text = format!("{:#}", error.err().unwrap());
        assert!(text.contains(want), "{to}: {text}");
    }
}

#[test]
fn recipes_of_the_repository_are_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/recipes");
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        Recipe::read(&file).unwrap();
    }
}

#[test]
fn damaged_teacher_is_reported_not_used() {
    let bench = Bench::new();
    let pipeline = bench.open("a");
    pipeline.teach().unwrap();
    let file = bench.path("a/tiny/teachers/teacher-0-seed-1.safetensors");
    write_state(&file, &BTreeMap::from([("encoder".to_owned(), vec![0.0; 3])])).unwrap();
    let error = format!("{:#}", pipeline.label().err().unwrap());
    assert!(error.contains("`encoder` has 3 values"), "{error}");
}
