//! Invented answers, a pretrained encoder of random weights, and a folder for both.

use pupil_trainer::files;
use pupil_trainer::model::bert::Config;
use pupil_trainer::random;
use pupil_trainer::stages::Pipeline;
use std::fs;
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

/// A tiny pretrained encoder: a vocabulary of the words above and of letters, random weights.
fn encoder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recorded/encoder")
}

/// Copies the encoder into its own folder, without dropout: with so few dimensions, training is better without it.
fn copy_encoder(folder: &Path) {
    for name in ["model.safetensors", "tokenizer.json"] {
        files::write(&folder.join(name), &fs::read(encoder().join(name)).unwrap()).unwrap();
    }
    let config: Config = files::read_json(&encoder().join("config.json")).unwrap();
    files::write_json(&folder.join("config.json"), &Config { hidden_dropout_prob: 0.0, ..config }).unwrap();
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
        copy_encoder(&folder.path().join("encoder"));
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn open(&self, runs: &str) -> Pipeline {
        self.try_open(runs).unwrap()
    }

    /// The message with which this recipe is refused before anything is trained.
    pub(crate) fn refused(&self, recipe: &str, runs: &str) -> String {
        files::write(&self.path("recipe.toml"), recipe.as_bytes()).unwrap();
        format!("{:#}", self.try_open(runs).err().expect("the recipe is refused"))
    }

    fn try_open(&self, runs: &str) -> anyhow::Result<Pipeline> {
        Pipeline::open(&self.path("recipe.toml"), &self.path("data"), self.path("encoder"), &self.path(runs))
    }
}
