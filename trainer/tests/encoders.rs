//! Compares the pretrained encoders of teachers with PyTorch, and reads their files: `fixtures/encoders`.

#![expect(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use candle_core::{Device, Tensor, Var};
use pupil_trainer::knowledge::histories::Histories;
use pupil_trainer::knowledge::world::{GraphSource, graph};
use pupil_trainer::model::bert::{Bert, Config};
use pupil_trainer::model::params::{Parameters, Words};
use pupil_trainer::model::pretrained::{Encoders, Pretrained};
use pupil_trainer::model::weights::{WORDS, Weights};
use pupil_trainer::model::{Batch, Encoder, Mode};
use pupil_trainer::ops::attention::bucket;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Largest difference from PyTorch's f64, as a share of the largest magnitude of the tensor.
const OUTPUT: f64 = 1e-5;
const GRADIENT: f64 = 1e-4;

struct Case(Value);

impl Case {
    fn new(name: &str) -> Self {
        let all: Value = serde_json::from_str(include_str!("fixtures/encoders/encoders.json")).unwrap();
        Self(all[name].clone())
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let value = self.0.pointer(&format!("/{path}")).unwrap_or_else(|| panic!("the fixture lacks {path}"));
        serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("the fixture's {path}: {e}"))
    }

    /// The sequences from `from` on.
    fn batch(&self, sequences: std::ops::Range<usize>) -> Batch {
        let (ids, segments): (Vec<Vec<u32>>, Vec<Vec<u8>>) = (self.get("ids"), self.get("segments"));
        let mut batch = Batch::default();
        for i in sequences {
            batch.push(&ids[i], &segments[i]);
        }
        batch
    }

    fn compare(&self, path: &str, have: &[f32], tolerance: f64) {
        let want: Vec<f64> = self.get(path);
        assert_eq!(have.len(), want.len(), "{path}");
        let largest = want.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for (i, (have, want)) in have.iter().zip(&want).enumerate() {
            let error = (f64::from(*have) - want).abs();
            assert!(error <= tolerance * largest, "{path}[{i}] is {have}, PyTorch has {want} of {largest}");
        }
    }
}

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/encoders").join(name);
    std::fs::read(path).unwrap()
}

/// A folder with a file of the fixtures under the name that the trainer looks for.
fn folder(file: &str, bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(file), bytes).unwrap();
    folder
}

/// Output and all gradients of the fused and of the composed pass are those of PyTorch, for a padded batch and for each
/// sequence alone.
fn assert_equals_pytorch(case: &Case, bert: &Bert, parameters: &Parameters) {
    let mode = Mode::Train { seed: 1 };
    let batch = case.batch(0..3);
    let flat = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let width = bert.width();
    for composed in [false, true] {
        let run = |batch: &Batch, mode: Mode| {
            if composed {
                bert.forward_composed(parameters, batch, mode).unwrap()
            } else {
                bert.forward(parameters, batch, mode).unwrap()
            }
        };
        let inferred = flat(&run(&batch, Mode::Infer));
        for i in 0..3 {
            let alone = flat(&run(&case.batch(i..i + 1), Mode::Infer));
            for (a, b) in alone.iter().zip(&inferred[i * width..]) {
                assert!((a - b).abs() < 1e-5, "sequence {i}: alone {a}, in a batch {b}");
            }
        }
        let pooled = run(&batch, mode);
        case.compare("pooled", &flat(&pooled), OUTPUT);
        case.compare("pooled", &inferred, OUTPUT);
        let dpooled =
            Tensor::from_vec(case.get::<Vec<f32>>("dpooled"), pooled.shape(), &Device::Cpu).unwrap();
        let store = (pooled * dpooled).unwrap().sum_all().unwrap().backward().unwrap();
        let left = parameters.sink.take();
        let words = parameters.words.as_ref().unwrap().tensor();
        let (flat_gradient, of_words) = if composed {
            assert!(left.flat.is_empty());
            (flat(&parameters.flat_gradient(&store).unwrap().unwrap()), flat(store.get(words).unwrap()))
        } else {
            (left.flat, left.words)
        };
        case.compare(&format!("gradients/{WORDS}"), &of_words, GRADIENT);
        let entries = bert.layout().entries();
        for entry in entries {
            let gradient = &flat_gradient[entry.range.clone()];
            // The gradient of a key's bias is zero but for rounding: a constant does not change a softmax.
            if entry.name.ends_with("qkv.bias") {
                let scale = gradient.iter().fold(0f32, |m, v| m.max(v.abs()));
                assert!(gradient[width..2 * width].iter().all(|v| v.abs() < 1e-5 * scale.max(1.0)));
            }
            case.compare(&format!("gradients/{}", entry.name), gradient, GRADIENT);
        }
        let named: serde_json::Map<String, Value> = case.get("gradients");
        assert_eq!(named.len(), entries.len() + 1, "parameters of the fixture");
    }
}

#[test]
fn mpnet_equals_pytorch_with_all_gradients() {
    let case = Case::new("mpnet");
    let config: Config = case.get("config");
    let of = |name: &str| -> Vec<f32> {
        case.0["parameters"][name].as_array().unwrap().iter().map(number).collect()
    };
    let words = Var::from_vec(of(WORDS), (config.vocab_size, config.hidden_size), &Device::Cpu).unwrap();
    for threads in [1, 2] {
        let bert = Bert::new(config.clone(), threads).unwrap();
        let values = bert.layout().entries().iter().flat_map(|e| of(&e.name)).collect();
        let parameters = Parameters::new(values, Some(Words::Trained(words.clone())), &Device::Cpu).unwrap();
        assert_equals_pytorch(&case, &bert, &parameters);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the values are multiples of 1/128")]
fn number(value: &Value) -> f32 {
    value.as_f64().unwrap() as f32
}

#[test]
fn nomic_from_gguf_equals_pytorch_with_all_gradients() {
    assert_file_equals_pytorch("nomic", "model.gguf", "tiny.gguf");
}

#[test]
fn e5_from_q4_equals_pytorch_with_all_gradients() {
    assert_file_equals_pytorch("e5", "e5-small-q4.bin", "tiny-e5.bin");
}

fn assert_file_equals_pytorch(case: &str, file: &str, fixed: &str) {
    let case = Case::new(case);
    let folder = folder(file, &fixture(fixed));
    let pretrained = Pretrained::open(folder.path()).unwrap();
    let mut config: Config = case.get("config");
    let read = pretrained.config().unwrap();
    // Files have no rate of dropout, and the epsilon in f32.
    assert!((config.layer_norm_eps - read.layer_norm_eps).abs() < 1e-10);
    config.layer_norm_eps = read.layer_norm_eps;
    assert_eq!(Config { hidden_dropout_prob: 0.0, ..read }, config);
    let bert = Bert::new(config, 2).unwrap();
    let parameters = bert.load(&mut pretrained.weights().unwrap(), true, &Device::Cpu).unwrap();
    assert_equals_pytorch(&case, &bert, &parameters);
}

#[test]
fn distances_have_the_buckets_of_mpnet() {
    let case = Case::new("buckets");
    let reach: usize = case.get("reach");
    let want: Vec<usize> = case.get("values");
    let have: Vec<usize> = (0..=2 * reach).map(|key| bucket(reach, key)).collect();
    assert_eq!(have, want);
}

#[test]
fn pieces_of_gguf_make_a_tokenizer_of_words() {
    let folder = folder("model.gguf", &fixture("tiny.gguf"));
    let tokenizer = Pretrained::open(folder.path()).unwrap().tokenizer(16).unwrap();
    let encoded = tokenizer.encode(Some("The gas,"), "gases").unwrap();
    assert_eq!(encoded.ids, [2, 5, 6, 8, 3, 6, 7, 3]);
    assert_eq!(encoded.segments, [0, 0, 0, 0, 0, 1, 1, 1]);
    assert_eq!(tokenizer.unknown(), Some(1));
}

#[test]
fn pieces_of_e5_make_a_unigram_tokenizer_with_a_prefix() {
    let folder = folder("e5-small-q4.bin", &fixture("tiny-e5.bin"));
    let tokenizer = Pretrained::open(folder.path()).unwrap().tokenizer(32).unwrap();
    let encoded = tokenizer.encode(Some("a"), "ab \u{fb01}").unwrap();
    // `<s> query: a </s> </s> query: ab fi </s>`; the ligature becomes two letters, both unknown.
    assert_eq!(encoded.ids, [0, 9, 10, 7, 2, 2, 9, 10, 7, 6, 4, 3, 2]);
    assert!(encoded.segments.iter().all(|s| *s == 0));
    assert_eq!(tokenizer.unknown(), Some(3));
}

/// The error of a file that is opened as weights.
fn refused(file: &str, bytes: &[u8]) -> Option<String> {
    let folder = folder(file, bytes);
    let path = folder.path().join(file);
    let opened = if file == "model.gguf" { Weights::gguf(&path) } else { Weights::nano_e5(&path) };
    opened.err().map(|e| format!("{:#}", e))
}

#[test]
fn files_that_are_cut_off_are_refused_at_every_length() {
    for (file, fixed) in [("model.gguf", "tiny.gguf"), ("e5-small-q4.bin", "tiny-e5.bin")] {
        let whole = fixture(fixed);
        assert_eq!(refused(file, &whole), None);
        // Every length of the directory, then some of the data; the last tensor needs the last byte but for alignment.
        for length in (0..2000).chain((2000..whole.len() - 32).step_by(997)) {
            assert!(refused(file, &whole[..length]).is_some(), "{fixed} of {length} bytes");
        }
    }
}

#[test]
fn files_with_a_wrong_byte_never_panic() {
    for (file, fixed) in [("model.gguf", "tiny.gguf"), ("e5-small-q4.bin", "tiny-e5.bin")] {
        let whole = fixture(fixed);
        for place in (0..1500).step_by(5) {
            for value in [0x00, 0x7f, 0xff] {
                let mut broken = whole.clone();
                broken[place] = value;
                refused(file, &broken);
            }
        }
    }
}

/// The place of a text in a file.
fn find(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|w| w == text.as_bytes()).unwrap()
}

#[test]
fn errors_of_broken_files_say_what_is_wrong() {
    let gguf = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fixture("tiny.gguf");
        change(&mut bytes);
        refused("model.gguf", &bytes).unwrap()
    };
    let e5 = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = fixture("tiny-e5.bin");
        change(&mut bytes);
        refused("e5-small-q4.bin", &bytes).unwrap()
    };
    let set =
        |bytes: &mut Vec<u8>, at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    let kind = find(&fixture("tiny.gguf"), "token_types.weight") + 18 + 4 + 16;
    let four = find(&fixture("tiny-e5.bin"), "emb.pos") + 7;
    for (error, said) in [
        (gguf(&|b| b[0] = b'X'), "does not begin with `GGUF`"),
        (gguf(&|b| b[4] = 9), "GGUF version 9 cannot be read"),
        (gguf(&|b| set(b, 8, &u64::MAX.to_le_bytes())), "at most 65536 are possible"),
        (gguf(&|b| set(b, 24, &u64::MAX.to_le_bytes())), "claims 18446744073709551615 bytes of a text"),
        (gguf(&|b| b[kind] = 9), "the tensor token_types.weight is of type 9; f32 (0), f16 (1), Q4_0 (2)"),
        (
            gguf(&|b| set(b, kind + 4, &(1u64 << 40).to_le_bytes())),
            "bytes from byte 1099511627776 of the data",
        ),
        (gguf(&|b| set(b, kind - 16, &u64::MAX.to_le_bytes())), "is too large"),
        (e5(&|b| b[0] = b'X'), "does not begin with `E5S1`"),
        (e5(&|b| b[4] = 2), "version 2 of the format cannot be read"),
        (e5(&|b| set(b, 44, &u32::MAX.to_le_bytes())), "claims 4294967295 pieces"),
        (e5(&|b| b[four] = 3), "the tensor emb.pos is of type 3; f32 (0) and Q4_0 (1)"),
        (e5(&|b| b[four + 1] = 1), "has 1152 bytes, expected"),
    ] {
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn gguf_of_another_architecture_is_refused() {
    let mut bytes = fixture("tiny.gguf");
    let at = find(&bytes, "nomic-bert");
    bytes[at..at + 10].copy_from_slice(b"other-bert");
    let folder = folder("model.gguf", &bytes);
    let error = Pretrained::open(folder.path()).unwrap().config().unwrap_err();
    assert!(
        format!("{error:#}")
            .contains("its architecture is other-bert, only nomic-bert and llama can be read")
    );
}

/// Real weights. They are not in the repository: `cargo xtask encoder mpnet nomic e5-small` fetches them, then
/// `cargo test -p pupil-trainer --test encoders -- --ignored`.
fn real(name: &str) -> (Bert, Parameters, Pretrained) {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/encoders");
    let folder: PathBuf = std::env::var_os("PUPIL_ENCODERS").map_or(tools, PathBuf::from).join(name);
    let pretrained = Pretrained::open(&folder).unwrap();
    let bert = Bert::new(pretrained.config().unwrap(), 2).unwrap();
    let parameters = bert.load(&mut pretrained.weights().unwrap(), false, &Device::Cpu).unwrap();
    (bert, parameters, pretrained)
}

/// Cosines of every two of these texts.
fn cosines(name: &str, texts: &[&str]) -> Vec<Vec<f32>> {
    let (bert, parameters, pretrained) = real(name);
    let tokenizer = pretrained.tokenizer(128).unwrap();
    let mut batch = Batch::default();
    for text in texts {
        let encoded = tokenizer.encode(None, text).unwrap();
        batch.push(&encoded.ids, &encoded.segments);
    }
    let vectors: Vec<Vec<f32>> = bert.forward(&parameters, &batch, Mode::Infer).unwrap().to_vec2().unwrap();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let cosine = |a: &[f32], b: &[f32]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    vectors.iter().map(|a| vectors.iter().map(|b| cosine(a, b)).collect()).collect()
}

const PAIRS: [&str; 6] = [
    "The gas expands because its particles move faster.",
    "When heated, the molecules speed up, so the gas takes more room.",
    "Plants make sugar from light.",
    "Photosynthesis turns sunlight into food for the plant.",
    "The moon is smaller than the earth.",
    "Compared with our planet, its moon is small.",
];

/// The German of the first of each of the pairs.
const GERMAN: [&str; 6] = [
    "The gas expands because its particles move faster.",
    "Das Gas dehnt sich aus, weil seine Teilchen sich schneller bewegen.",
    "Plants make sugar from light.",
    "Pflanzen stellen mit Licht Zucker her.",
    "The moon is smaller than the earth.",
    "Der Mond ist kleiner als die Erde.",
];

/// The other sentence of a pair is nearer than all others.
fn assert_pairs_are_nearest(name: &str, texts: &[&str]) {
    let cosines = cosines(name, texts);
    for (i, row) in cosines.iter().enumerate() {
        let partner = row[i ^ 1];
        let others = (0..texts.len()).filter(|j| *j != i && *j != (i ^ 1));
        assert!(others.into_iter().all(|j| row[j] < partner), "{name}, sentence {i}: {row:?}");
    }
}

#[test]
#[ignore = "needs the real weights: cargo xtask encoder minilm mpnet nomic e5-small"]
fn real_encoders_find_sentences_of_the_same_meaning() {
    for name in ["all-MiniLM-L6-v2", "all-mpnet-base-v2", "nomic-embed-text-v1.5"] {
        assert_pairs_are_nearest(name, &PAIRS);
    }
    assert_pairs_are_nearest("multilingual-e5-small", &GERMAN);
}

#[test]
fn word_vectors_are_read_row_by_row() {
    let e5 = folder("e5-small-q4.bin", &fixture("tiny-e5.bin"));
    let config = Pretrained::open(e5.path()).unwrap().config().unwrap();
    let shape = [config.vocab_size, config.hidden_size];
    let open = || Weights::nano_e5(&e5.path().join("e5-small-q4.bin")).unwrap();
    let all = open().take(WORDS, &shape).unwrap();
    let last = u32::try_from(shape[0] - 1).unwrap();
    let rows = open().word_rows(shape, &[last, 0, 3]).unwrap();
    let row = |i: u32| &all[i as usize * shape[1]..][..shape[1]];
    assert_eq!(rows, [row(last), row(0), row(3)].concat());
    let error = format!("{:#}", open().word_rows(shape, &[last + 1]).unwrap_err());
    assert!(error.contains(&format!("has {} rows, but row {} is asked for", shape[0], last + 1)), "{error}");
    assert!(open().word_rows([shape[0] + 1, shape[1]], &[0]).is_err());
}

/// Four skills of a question each; the texts of the first and the last are the same.
fn four_questions(texts: [&str; 4]) -> (Histories, tempfile::TempDir) {
    let ids = ["a", "b", "c", "d"];
    let data = tempfile::tempdir().unwrap();
    let lines =
        ids.iter().zip(texts).map(|(id, text)| serde_json::json!({"question": id, "text": text}).to_string());
    std::fs::write(data.path().join("q.jsonl"), lines.collect::<Vec<_>>().join("\n")).unwrap();
    let histories = Histories {
        questions: ids.map(String::from).into(),
        skills: ids.map(String::from).into(),
        question_skills: (0..4).map(|skill| vec![skill]).collect(),
        ..Histories::default()
    };
    (histories, data)
}

#[test]
fn skills_are_related_by_an_encoder_of_their_questions_texts() {
    let all = tempfile::tempdir().unwrap();
    std::fs::create_dir(all.path().join("tiny")).unwrap();
    std::fs::write(all.path().join("tiny/model.gguf"), fixture("tiny.gguf")).unwrap();
    let encoders = Encoders { first: None, all: all.path().to_owned() };
    let (train, data) = four_questions(["the gas", "gases", ", the the", "the gas"]);
    let source = |encoder: &str, nearest| GraphSource::Texts {
        texts: "q.jsonl".into(),
        encoder: format!("somebody/{encoder}"),
        nearest,
    };
    let of = |nearest| -> Vec<Vec<f32>> {
        let graph = graph(&train, &source("tiny", nearest), data.path(), &encoders).unwrap();
        graph.expect("there is one").to_vec2().unwrap()
    };
    // Texts that are the same are nearest to each other.
    let nearest = of(1);
    assert!(nearest[0] == [0.0, 0.0, 0.0, 1.0] && nearest[3] == [1.0, 0.0, 0.0, 0.0], "{nearest:?}");
    for (place, row) in of(3).iter().enumerate() {
        let sum: f32 = row.iter().sum();
        assert!(row[place] == 0.0 && (sum == 0.0 || (sum - 1.0).abs() < 1e-6), "{row:?}");
    }
    let missing = graph(&train, &source("none", 1), data.path(), &encoders).unwrap_err();
    assert!(format!("{missing:#}").contains("the pretrained encoder lacks"), "{missing:#}");
}

#[test]
#[ignore = "needs the real weights: cargo xtask encoder minilm"]
fn minilm_relates_skills_whose_questions_are_alike() {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/encoders");
    let all = std::env::var_os("PUPIL_ENCODERS").map_or(tools, PathBuf::from);
    let encoders = Encoders { first: None, all };
    let (train, data) = four_questions([
        "Which primary key identifies a row of a table?",
        "How does photosynthesis make sugar?",
        "Why do leaves need sunlight to produce food?",
        "What is a foreign key of a relation in a database?",
    ]);
    let encoder = "sentence-transformers/all-MiniLM-L6-v2".into();
    let source = GraphSource::Texts { texts: "q.jsonl".into(), encoder, nearest: 1 };
    let graph = graph(&train, &source, data.path(), &encoders).unwrap().expect("there is one");
    let nearest: Vec<Vec<f32>> = graph.to_vec2().unwrap();
    assert!((0..4).all(|skill| nearest[skill][3 - skill] == 1.0), "{nearest:?}");
}
