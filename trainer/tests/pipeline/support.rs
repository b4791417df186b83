//! Invented answers, a pretrained encoder of random weights, and a folder for both.

use pupil_trainer::files;
use pupil_trainer::model::Encoder;
use pupil_trainer::model::bert::{Bert, Config};
use pupil_trainer::pipeline::Pipeline;
use pupil_trainer::random;
use pupil_trainer::tokenizer::{Tokenizer, TokenizerKind};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
    let text = Tokenizer::build(&lines, TokenizerKind::WordPiece, 120, 1, 32).unwrap();
    let config = Config {
        vocab_size: text.vocab_size(),
        hidden_size: 16,
        num_hidden_layers: 2,
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

pub(crate) struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) fn new(recipe: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        files::write(&data.join("train.jsonl"), answers(160, 10, true).as_bytes()).unwrap();
        files::write(&data.join("test.jsonl"), answers(60, 11, true).as_bytes()).unwrap();
        files::write(&data.join("unlabelled.jsonl"), answers(40, 12, false).as_bytes()).unwrap();
        files::write(&folder.path().join("recipe.toml"), recipe.as_bytes()).unwrap();
        encoder(&folder.path().join("encoder"));
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn open(&self, runs: &str) -> Pipeline {
        Pipeline::open(&self.path("recipe.toml"), &self.path("data"), &self.path("encoder"), &self.path(runs))
            .unwrap()
    }
}
