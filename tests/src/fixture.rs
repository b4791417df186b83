//! Small models with weights from a seed.

use std::collections::BTreeMap;

use pupil_core::format::manifest::{
    Base, Bert, Calibration, DataSource, ELstm, Encoder, Head, HeadKind, Input, Label, Manifest, Member,
    MemberRef, Metric, Mixture, NGram, Pooling, Review, Scale, Scope, Task, TokenizerEntry, Training,
};
use pupil_core::format::writer::FileBuilder;
use pupil_core::layers::{LinearWeights, NormWeights, TableWeights};
use pupil_core::parts::bert::{BertLayerWeights, BertWeights};
use pupil_core::parts::e_lstm::LstmWeights;
use pupil_core::parts::head::HeadWeights;
use pupil_core::parts::mixture::{BlockWeights, ExpertWeights, MixtureWeights};
use pupil_core::parts::n_gram::NGramWeights;
use pupil_core::quant::round_to_f16;
use pupil_core::tokenizer::TokenizerKind;

use crate::Rng;

/// Name of the tokenizer that reads an answer alone.
pub const WORD_TOKENIZER: &str = "words";

/// Name of the tokenizer that reads a reference and an answer, with `[SEP]` between them.
pub const PAIR_TOKENIZER: &str = "pairs";

const WORDS: &[&str] = &[
    "the",
    "a",
    "and",
    "because",
    "when",
    "it",
    "is",
    "was",
    "of",
    "to",
    "in",
    "same",
    "more",
    "less",
    "air",
    "balloon",
    "warm",
    "cold",
    "gas",
    "particles",
    "move",
    "faster",
    "slower",
    "heat",
    "expands",
    "shrinks",
    "room",
    "needs",
    "water",
    "ice",
    "melts",
    "mass",
    "volume",
    "density",
    "flammable",
    "property",
    "sample",
    "pressure",
    "energy",
    "changes",
    "not",
    "does",
    "light",
    "plant",
    "grows",
    "sun",
    "shadow",
    "moon",
    "magnet",
    "iron",
    ",",
    ".",
    "!",
    "?",
    "'",
    "é",
    "日",
];

/// The parts of a model file with random weights.
///
/// Everything can be changed before [`builder`](Self::builder) makes the weights for the manifest.
#[derive(Debug, Clone)]
pub struct Fixture {
    /// Seed of every weight.
    pub seed: u64,
    /// The manifest of the file.
    pub manifest: Manifest,
    /// The `tokenizer.json` of each tokenizer.
    pub tokenizers: BTreeMap<String, Vec<u8>>,
    /// The graph of each ONNX encoder.
    pub graphs: BTreeMap<String, Vec<u8>>,
    /// Whether scales have 16 bits.
    pub half_scales: bool,
}

impl Fixture {
    /// A model with one task of each kind: `balloons` (ordinal, 0 to 2), `rubric` (sigmoid, 3 labels), `topic`
    /// (softmax, 3 classes), `grade` (softmax with a scale from 1 to 4) and `compare` (softmax on pairs).
    pub fn new(seed: u64) -> Self {
        let words: Vec<String> = WORDS.iter().map(ToString::to_string).collect();
        let mut fixture = Self::empty(seed);
        fixture.tokenizer(WORD_TOKENIZER, &words, false);
        fixture.tokenizer(PAIR_TOKENIZER, &words, true);
        fixture.encoder("e0", WORD_TOKENIZER, ELstm { hidden: 16, embedding: 32, ..ELstm::default() });
        fixture.encoder(
            "e1",
            WORD_TOKENIZER,
            ELstm { hidden: 9, embedding: 7, state_bits: 8, ..ELstm::default() },
        );
        fixture.encoder("e2", PAIR_TOKENIZER, ELstm { hidden: 20, embedding: 24, ..ELstm::default() });
        fixture.manifest.tasks = vec![
            Task {
                name: "Two balloons".into(),
                prompt: Some("Why is one balloon larger than the other?".into()),
                thresholds: vec![0.75, 1.25],
                scale: Some(Scale { min: 0, ..Scale::default() }),
                review: Review { min_confidence: 0.45, ..Review::default() },
                metrics: vec![Metric {
                    name: "qwk".into(),
                    split: "test".into(),
                    value: 0.0,
                    low: Some(-0.1),
                    high: Some(0.1),
                    n: Some(100),
                }],
                ..task("balloons", "e0", HeadKind::Ordinal, 16, &["0", "1", "2"])
            },
            Task {
                thresholds: vec![0.5, 0.625, 0.5],
                review: Review { min_words: 3, max_unknown: 0.25, min_confidence: 0.55, ..Review::default() },
                ..task("rubric", "e1", HeadKind::Sigmoid, 5, &["states a cause", "names the gas", "compares"])
            },
            Task {
                calibration: Calibration { temperature: 1.5 },
                ..task("topic", "e0", HeadKind::Softmax, 8, &["heat", "light", "magnets"])
            },
            Task {
                scale: Some(Scale { min: 1, ..Scale::default() }),
                ..task("grade", "e1", HeadKind::Softmax, 12, &["1", "2", "3", "4"])
            },
            Task {
                input: Input::Pair,
                ..task("compare", "e2", HeadKind::Softmax, 10, &["correct", "contradicts", "other"])
            },
        ];
        fixture
    }

    /// A model with mixtures of experts: `token` (small BERT, sigmoid), `chosen` (the same mixture, with only the two
    /// best experts, ordinal), `pair` (BERT on pairs, pooled scope, softmax), `most` (BERT with max pooling, no
    /// mixture) and `lstm` (E-LSTM, pooled scope, ordinal). Its scales have 16 bits.
    pub fn mixtures(seed: u64) -> Self {
        let words: Vec<String> = WORDS.iter().map(ToString::to_string).collect();
        let mut fixture = Self::empty(seed);
        fixture.half_scales = true;
        fixture.tokenizer(WORD_TOKENIZER, &words, false);
        fixture.tokenizer(PAIR_TOKENIZER, &words, true);
        let small =
            Bert { width: 20, layers: 2, heads: 2, intermediate: 36, positions: 70, ..Bert::default() };
        fixture.bert("b0", WORD_TOKENIZER, small.clone());
        fixture.bert(
            "b1",
            PAIR_TOKENIZER,
            Bert { layers: 1, heads: 4, pooling: Pooling::Cls, ..small.clone() },
        );
        fixture.bert("b2", WORD_TOKENIZER, Bert { layers: 1, heads: 1, pooling: Pooling::Max, ..small });
        fixture.encoder("e0", WORD_TOKENIZER, ELstm { hidden: 10, embedding: 12, ..ELstm::default() });
        let mixture = Mixture {
            width: 20,
            blocks: 2,
            experts: 3,
            hidden: 24,
            gate: 9,
            task_embedding: 6,
            ..Mixture::default()
        };
        fixture.manifest.mixtures = [
            ("token", mixture.clone()),
            ("chosen", Mixture { experts: 5, blocks: 1, top_k: Some(2), ..mixture.clone() }),
            ("pooled", Mixture { scope: Scope::Pooled, experts: 4, ..mixture }),
        ]
        .map(|(name, mixture)| (name.to_owned(), mixture))
        .into();
        let mixed = |name: &str| Some(name.to_owned());
        let levels = |task: Task| Task {
            thresholds: vec![0.75, 1.25],
            scale: Some(Scale { min: 0, ..Scale::default() }),
            ..task
        };
        fixture.manifest.tasks = vec![
            Task {
                mixture: mixed("token"),
                thresholds: vec![0.5, 0.5, 0.5],
                ..task("token", "b0", HeadKind::Sigmoid, 10, &["states a cause", "names the gas", "compares"])
            },
            levels(Task {
                mixture: mixed("chosen"),
                ..task("chosen", "b0", HeadKind::Ordinal, 10, &["0", "1", "2"])
            }),
            Task {
                mixture: mixed("pooled"),
                input: Input::Pair,
                ..task("pair", "b1", HeadKind::Softmax, 10, &["correct", "contradicts", "other"])
            },
            task("most", "b2", HeadKind::Softmax, 7, &["heat", "light", "magnets"]),
            levels(Task {
                mixture: mixed("pooled"),
                ..task("lstm", "e0", HeadKind::Ordinal, 8, &["0", "1", "2"])
            }),
        ];
        fixture
    }

    /// A model whose tasks have several members: `levels` (ordinal, six members on four encoders, two of them softmax
    /// heads, two behind mixtures, one an n-gram model), `rubric` (sigmoid, both scopes of mixtures on one BERT, and
    /// n-grams behind a hidden layer), `topic` (softmax, n-grams first, with an ordinal member), `compare` (softmax on
    /// pairs, with n-grams of the answer) and `grams` (n-grams alone, ordinal).
    pub fn members(seed: u64) -> Self {
        let mut fixture = Self::mixtures(seed);
        fixture.encoder(
            "e1",
            WORD_TOKENIZER,
            ELstm { hidden: 9, embedding: 7, state_bits: 8, ..ELstm::default() },
        );
        fixture.encoder("e2", PAIR_TOKENIZER, ELstm { hidden: 8, embedding: 6, ..ELstm::default() });
        fixture.manifest.encoders.remove("b2");
        for (name, encoder) in [
            ("g1", NGram { buckets: 1024, ..NGram::default() }),
            ("g3", NGram { words: None, buckets: 300, units: 3, sublinear: false, ..NGram::default() }),
        ] {
            fixture.manifest.encoders.insert(name.into(), Encoder::NGram(encoder));
        }
        let member = |encoder: &str, mixture: Option<&str>, kind, hidden, weight| Member {
            encoder: encoder.into(),
            mixture: mixture.map(Into::into),
            head: Head { kind, hidden },
            calibration: Calibration { temperature: 1.0 + weight },
            weight,
        };
        let (softmax, sigmoid, ordinal) = (HeadKind::Softmax, HeadKind::Sigmoid, HeadKind::Ordinal);
        let levels = |task: Task| Task {
            thresholds: vec![0.75, 1.25],
            scale: Some(Scale { min: 1, ..Scale::default() }),
            ..task
        };
        fixture.manifest.tasks = vec![
            levels(Task {
                weight: 0.2,
                members: vec![
                    member("b0", Some("token"), ordinal, 6, 0.1),
                    member("e1", None, softmax, 4, 0.2),
                    member("e0", Some("pooled"), ordinal, 7, 0.15),
                    member("b0", None, softmax, 5, 0.25),
                    member("g1", None, ordinal, 0, 0.1),
                ],
                ..task("levels", "e0", ordinal, 8, &["1", "2", "3"])
            }),
            Task {
                thresholds: vec![0.5, 0.5, 0.5],
                mixture: Some("token".into()),
                weight: 0.25,
                members: vec![
                    member("b0", Some("pooled"), sigmoid, 4, 0.25),
                    member("b0", Some("chosen"), sigmoid, 5, 0.2),
                    member("b0", Some("pooled"), sigmoid, 6, 0.2),
                    member("g3", None, sigmoid, 7, 0.1),
                ],
                ..task("rubric", "b0", sigmoid, 10, &["states a cause", "names the gas", "compares"])
            },
            Task {
                weight: 0.4,
                members: vec![member("e1", None, softmax, 8, 0.3), member("e0", None, ordinal, 3, 0.3)],
                ..task("topic", "g3", softmax, 0, &["heat", "light", "magnets"])
            },
            Task {
                input: Input::Pair,
                weight: 0.5,
                members: vec![member("b1", None, softmax, 6, 0.3), member("g3", None, softmax, 0, 0.2)],
                ..task("compare", "e2", softmax, 5, &["correct", "contradicts", "other"])
            },
            levels(task("grams", "g1", ordinal, 0, &["1", "2", "3"])),
        ];
        fixture
    }

    /// A model of `count` tasks `t0`, `t1`, …, each with its own tokenizer of `vocab` invented words and its own
    /// encoder of the published size, like models that are trained per item.
    pub fn many(seed: u64, count: usize, vocab: usize) -> Self {
        let mut fixture = Self::empty(seed);
        for i in 0..count {
            let words: Vec<String> = (i..).step_by(3).map(invented_word).take(vocab - 1).collect();
            let (tokenizer, encoder) = (format!("k{i}"), format!("e{i}"));
            fixture.tokenizer(&tokenizer, &words, false);
            fixture.encoder(&encoder, &tokenizer, ELstm::default());
            fixture.manifest.tasks.push(Task {
                scale: Some(Scale { min: 0, ..Scale::default() }),
                thresholds: vec![0.5, 1.5, 2.5],
                ..task(&format!("t{i}"), &encoder, HeadKind::Ordinal, 16, &["0", "1", "2", "3"])
            });
        }
        fixture
    }

    /// A task pack for this model, whose file has this hash: the same mixtures and tasks with the same weights. The ids
    /// of the tasks begin with `more-`. The mixture `pooled` uses the experts of the model.
    pub fn pack(mut self, blake3: &str) -> Self {
        self.tokenizers.clear();
        let manifest = &mut self.manifest;
        let mut mixtures = BTreeMap::new();
        if let Some((name, shared)) = manifest.mixtures.iter_mut().find(|(name, _)| *name == "pooled") {
            mixtures.insert(name.clone(), shared.clone());
            shared.experts_of = Some(name.clone());
        }
        manifest.base = Some(Base {
            name: std::mem::replace(&mut manifest.name, "pack".into()),
            blake3: blake3.into(),
            encoders: std::mem::take(&mut manifest.encoders),
            mixtures,
        });
        manifest.tokenizers.clear();
        for task in &mut manifest.tasks {
            task.id.insert_str(0, "more-");
        }
        self
    }

    /// A model without tasks.
    pub fn empty(seed: u64) -> Self {
        let manifest = Manifest {
            name: "fixture".into(),
            description: "Random weights: its scores mean nothing.".into(),
            licence: "MIT OR Apache-2.0".into(),
            attribution: vec!["The Pupil authors".into()],
            created_by: "pupil-tests".into(),
            training: Training {
                data: vec![DataSource { name: "none".into(), blake3: None, rows: Some(0) }],
                seed: Some(seed),
                tool: Some("pupil-tests".into()),
                ..Training::default()
            },
            ..Manifest::default()
        };
        Self { seed, manifest, tokenizers: BTreeMap::new(), graphs: BTreeMap::new(), half_scales: false }
    }

    /// Adds a word-level tokenizer; for pairs it puts `[SEP]` between the texts and truncates to 64 tokens.
    pub fn tokenizer(&mut self, name: &str, words: &[String], pairs: bool) {
        self.tokenizers.insert(name.into(), tokenizer_json(words, pairs));
        self.manifest.tokenizers.insert(name.into(), TokenizerEntry::of_kind(TokenizerKind::WordLevel, name));
    }

    /// Adds an encoder with as many embeddings as its tokenizer has ids.
    ///
    /// # Panics
    ///
    /// If the tokenizer is missing.
    pub fn encoder(&mut self, name: &str, tokenizer: &str, mut dimensions: ELstm) {
        dimensions.vocab = self.vocab(tokenizer);
        dimensions.tokenizer = tokenizer.into();
        self.manifest.encoders.insert(name.into(), Encoder::ELstm(dimensions));
    }

    /// Adds a BERT encoder with as many embeddings as its tokenizer has ids.
    ///
    /// # Panics
    ///
    /// If the tokenizer is missing.
    pub fn bert(&mut self, name: &str, tokenizer: &str, mut dimensions: Bert) {
        dimensions.vocab = dimensions.vocab.max(self.vocab(tokenizer));
        dimensions.tokenizer = tokenizer.into();
        self.manifest.encoders.insert(name.into(), Encoder::Bert(dimensions));
    }

    fn vocab(&self, tokenizer: &str) -> usize {
        let json: serde_json::Value =
            serde_json::from_slice(&self.tokenizers[tokenizer]).expect("it was made here");
        json["model"]["vocab"].as_object().expect("a model has a vocabulary").len()
    }

    /// Makes the weights. Each encoder and task has its own random sequence, so that changing one does not affect the
    /// others.
    pub fn builder(&self) -> FileBuilder {
        let mut file = FileBuilder::new(self.manifest.clone());
        file.half_scales(self.half_scales);
        for (name, json) in &self.tokenizers {
            file.bytes(format!("tokenizer.{name}"), json);
        }
        for (name, graph) in &self.graphs {
            file.bytes(format!("encoder.{name}.graph"), graph);
        }
        for (place, (name, encoder)) in (1u64..).zip(&self.manifest.encoders) {
            let mut rng = Rng::new(self.seed.wrapping_mul(1000) + place);
            match encoder {
                Encoder::ELstm(dimensions) => lstm(&mut file, name, dimensions, &mut rng),
                Encoder::Bert(dimensions) => bert(&mut file, name, dimensions, &mut rng),
                Encoder::NGram(dimensions) => n_gram(&mut file, name, dimensions, self.half_scales, &mut rng),
                Encoder::Onnx(_) => {}
            }
        }
        for (place, (name, dimensions)) in (500u64..).zip(&self.manifest.mixtures) {
            mixture(&mut file, name, dimensions, &mut Rng::new(self.seed.wrapping_mul(1000) + place));
        }
        for (place, task) in (1u64..).zip(&self.manifest.tasks) {
            for member in task.all_members() {
                let sequence = place + 10_000 * member.place as u64;
                let mut rng = Rng::new(self.seed.wrapping_mul(1000).wrapping_sub(sequence));
                let input = self.manifest.encoder(member.encoder).map_or(0, Encoder::output_len);
                head(&mut file, task, member, input, self.half_scales, &mut rng);
                if let Some(mixture) = member.mixture.and_then(|name| self.manifest.mixtures.get(name)) {
                    let (name, n) =
                        (format!("task.{}.embedding", member.section_id()), mixture.task_embedding);
                    file.f32(name, &[n], &rng.numbers(n, -1.0, 1.0));
                }
            }
        }
        file
    }

    /// The finished file.
    ///
    /// # Panics
    ///
    /// If the parts are inconsistent.
    pub fn bytes(&self) -> Vec<u8> {
        self.builder().to_bytes().expect("the parts of a fixture agree")
    }
}

fn task(id: &str, encoder: &str, kind: HeadKind, hidden: usize, labels: &[&str]) -> Task {
    Task {
        id: id.into(),
        encoder: encoder.into(),
        head: Head { kind, hidden },
        labels: labels.iter().map(|l| Label::named(*l)).collect(),
        ..Task::default()
    }
}

fn lstm(file: &mut FileBuilder, name: &str, dimensions: &ELstm, rng: &mut Rng) {
    let (v, d, h) = (dimensions.vocab, dimensions.embedding, dimensions.hidden);
    let weights = LstmWeights {
        vocab: v,
        embedding_dim: d,
        hidden: h,
        state_bits: dimensions.state_bits,
        embedding: &rng.weights(v * d),
        embedding_scale: &rng.numbers(v, 0.003, 0.012),
        input: &rng.weights(8 * h * d),
        input_scale: &rng.numbers(8 * h, 0.002, 0.008),
        recurrent: &rng.weights(8 * h * h),
        recurrent_scale: &rng.numbers(8 * h, 0.002, 0.006),
        bias: &rng.numbers(8 * h, -0.75, 0.75),
    };
    file.lstm(name, &weights);
}

fn n_gram(file: &mut FileBuilder, name: &str, d: &NGram, half: bool, rng: &mut Rng) {
    let weights = NGramWeights {
        idf: &halves(rng.numbers(d.buckets, 1.0, 6.0), half),
        weight: &rng.weights(d.buckets * d.units),
        scale: &halves(rng.numbers(d.units, 0.005, 0.02), half),
        bias: &rng.numbers(d.units, -0.75, 0.75),
    };
    file.n_gram(name, &weights);
}

/// Rounds numbers to 16 bits if `half` is set.
fn halves(values: Vec<f32>, half: bool) -> Vec<f32> {
    if half { values.into_iter().map(round_to_f16).collect() } else { values }
}

/// Random arrays of a dense layer or a table.
struct Layer {
    weight: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Layer {
    /// The scale falls with the square root of the columns, so that outputs are about as large as inputs.
    fn new((m, k): (usize, usize), rng: &mut Rng) -> Self {
        let size = 0.025 / (k as f32).sqrt();
        Self {
            weight: rng.weights(m * k),
            scale: halves(rng.numbers(m, 0.5 * size, size), true),
            bias: rng.numbers(m, -0.25, 0.25),
        }
    }

    fn linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: &self.weight, scale: &self.scale, bias: &self.bias }
    }

    fn table(&self) -> TableWeights<'_> {
        TableWeights { weight: &self.weight, scale: &self.scale }
    }
}

/// Random arrays of a normalization.
struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    fn new(width: usize, rng: &mut Rng) -> Self {
        Self { weight: rng.numbers(width, 0.5, 1.5), bias: rng.numbers(width, -0.25, 0.25) }
    }

    fn weights(&self) -> NormWeights<'_> {
        NormWeights { weight: &self.weight, bias: &self.bias }
    }
}

fn bert(file: &mut FileBuilder, name: &str, d: &Bert, rng: &mut Rng) {
    let w = d.width;
    let tables = [d.vocab, d.positions, d.segments].map(|rows| Layer::new((rows, w), rng));
    let norm = Norm::new(w, rng);
    let layers: Vec<([Layer; 4], [Norm; 2])> = (0..d.layers)
        .map(|_| {
            let shapes = [(3 * w, w), (w, w), (d.intermediate, w), (w, d.intermediate)];
            let layers = shapes.map(|shape| Layer::new(shape, rng));
            (layers, [Norm::new(w, rng), Norm::new(w, rng)])
        })
        .collect();
    let weights = BertWeights {
        words: tables[0].table(),
        positions: tables[1].table(),
        segments: tables[2].table(),
        norm: norm.weights(),
        layers: layers
            .iter()
            .map(|([qkv, attended, up, down], [attended_norm, down_norm])| BertLayerWeights {
                qkv: qkv.linear(),
                attended: attended.linear(),
                attended_norm: attended_norm.weights(),
                up: up.linear(),
                down: down.linear(),
                down_norm: down_norm.weights(),
            })
            .collect(),
    };
    file.bert(name, &weights);
}

fn mixture(file: &mut FileBuilder, name: &str, d: &Mixture, rng: &mut Rng) {
    let blocks: Vec<([Layer; 2], Vec<[Layer; 2]>)> = (0..d.blocks)
        .map(|_| {
            let gate = [(d.gate, d.width + d.task_embedding), (d.experts, d.gate)];
            let expert = [(d.hidden, d.width), (d.width, d.hidden)];
            let experts = (0..d.experts).map(|_| expert.map(|shape| Layer::new(shape, rng))).collect();
            (gate.map(|shape| Layer::new(shape, rng)), experts)
        })
        .collect();
    let norm = (d.scope == Scope::Pooled).then(|| Norm::new(d.width, rng));
    let weights = MixtureWeights {
        blocks: blocks
            .iter()
            .map(|([gate, output], experts)| BlockWeights {
                gate: gate.linear(),
                gate_output: output.linear(),
                // Always made, so that the following numbers stay the same.
                experts: experts
                    .iter()
                    .take(if d.experts_of.is_some() { 0 } else { d.experts })
                    .map(|[up, down]| ExpertWeights { up: up.linear(), down: down.linear() })
                    .collect(),
            })
            .collect(),
        norm: norm.as_ref().map(Norm::weights),
    };
    file.mixture(name, &weights);
}

fn head(file: &mut FileBuilder, task: &Task, member: MemberRef<'_>, input: usize, half: bool, rng: &mut Rng) {
    let (Head { kind, hidden: dense }, labels) = (member.head, task.labels.len());
    let steps = (1u8..).take(kind.level_thresholds(labels));
    if dense == 0 {
        let level_thresholds: Vec<f32> = steps.map(|k| rng.between(0.0, 0.5) - f32::from(k)).collect();
        file.level_thresholds(&member.section_id(), &level_thresholds);
        return;
    }
    let [hidden, output] = [(dense, input), (kind.outputs(labels), dense)].map(|(m, k)| {
        (rng.weights(m * k), halves(rng.numbers(m, 0.005, 0.015), half), rng.numbers(m, -0.25, 0.25))
    });
    let level_thresholds: Vec<f32> = steps.map(|k| rng.between(0.0, 0.5) - f32::from(k)).collect();
    let weights = HeadWeights {
        hidden: LinearWeights { weight: &hidden.0, scale: &hidden.1, bias: &hidden.2 },
        output: LinearWeights { weight: &output.0, scale: &output.1, bias: &output.2 },
        level_thresholds: &level_thresholds,
    };
    file.head(&member.section_id(), &weights);
}

/// An invented word, different for each number.
pub fn invented_word(mut number: usize) -> String {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut word = String::new();
    loop {
        word.push(char::from(CONSONANTS[number % CONSONANTS.len()]));
        number /= CONSONANTS.len();
        word.push(char::from(VOWELS[number % VOWELS.len()]));
        number /= VOWELS.len();
        if number == 0 {
            return word;
        }
    }
}

/// A word-level `tokenizer.json` that splits like BERT; ids 0 `[UNK]`, then for pairs 1 `[SEP]`, then the words.
///
/// # Panics
///
/// Never: the JSON consists of strings.
pub fn tokenizer_json(words: &[String], pairs: bool) -> Vec<u8> {
    let special: &[&str] = if pairs { &["[UNK]", "[SEP]"] } else { &["[UNK]"] };
    let mut vocab = String::new();
    for (id, word) in special.iter().copied().chain(words.iter().map(String::as_str)).enumerate() {
        let comma = if id == 0 { "" } else { "," };
        let word = serde_json::to_string(word).expect("a string has a JSON form");
        vocab.push_str(&format!("{comma}{word}:{id}"));
    }
    let (truncation, added, post) = if pairs {
        (
            r#"{"direction":"Right","max_length":64,"strategy":"LongestFirst","stride":0}"#,
            concat!(
                r#"{"id":1,"content":"[SEP]","single_word":false,"lstrip":false,"rstrip":false,"#,
                r#""normalized":false,"special":true}"#
            ),
            concat!(
                r#"{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A","type_id":0}}],"#,
                r#""pair":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},"#,
                r#"{"Sequence":{"id":"B","type_id":1}}],"#,
                r#""special_tokens":{"[SEP]":{"id":"[SEP]","ids":[1],"tokens":["[SEP]"]}}}"#
            ),
        )
    } else {
        ("null", "", "null")
    };
    format!(
        concat!(
            r#"{{"version":"1.0","truncation":{truncation},"padding":null,"added_tokens":[{added}],"#,
            r#""normalizer":{{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"#,
            r#""strip_accents":null,"lowercase":true}},"pre_tokenizer":{{"type":"BertPreTokenizer"}},"#,
            r#""post_processor":{post},"decoder":null,"#,
            r#""model":{{"type":"WordLevel","vocab":{{{vocab}}},"unk_token":"[UNK]"}}}}"#
        ),
        truncation = truncation,
        added = added,
        post = post,
        vocab = vocab,
    )
    .into_bytes()
}
