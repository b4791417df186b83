//! Support for the tests: small models, a temporary folder, and runs of the program.

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pupil_core::FileInfo;
use pupil_core::format::manifest::{
    Base, Calibration, DataSource, ELstm, Encoder, Head, HeadKind, Input, Label, Manifest, Metric, Review,
    Scale, Task, TokenizerEntry, Training,
};
use pupil_core::format::writer::FileBuilder;
use pupil_core::layers::LinearWeights;
use pupil_core::parts::e_lstm::LstmWeights;
use pupil_core::parts::head::{HeadWeights, ScaleUse};
use pupil_core::tokenizer::TokenizerKind;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The model's vocabulary; id 0 stands for all other words.
const WORDS: &str = "[UNK] the a balloon air warm cold gas is it gets bigger smaller because heat grows more \
                     room particles move faster bottle water we saw that expands shrinks , .";

const EMBEDDING: usize = 8;
const HIDDEN: usize = 4;
const DENSE: usize = 6;

/// A temporary folder with two models, removed at the end of the test.
pub(crate) struct TestDir {
    dir: TempDir,
}

/// A model that is built into the program.
pub(crate) fn built_in(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../models/{name}/{name}.pupil"))
}

impl TestDir {
    /// Makes the folder and `many.pupil` (four tasks) and `one.pupil` (one task) in it.
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let balloons = task("balloons", HeadKind::Ordinal, &["0", "1", "2"]);
        let mut claim = task("claim", HeadKind::Softmax, &["agrees", "disagrees", "neither"]);
        claim.name = "What is claimed".into();
        let rubric = task("rubric", HeadKind::Sigmoid, &["names heat", "names expansion"]);
        let mut compare = task("compare", HeadKind::Softmax, &["correct", "incorrect"]);
        compare.input = Input::Pair;
        write_model(&dir.path().join("many.pupil"), vec![balloons.clone(), claim, rubric, compare]);
        write_model(&dir.path().join("one.pupil"), vec![balloons]);
        Self { dir }
    }

    /// The path of a knowledge model without tasks.
    pub(crate) fn knowledge_model(&self) -> String {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/golden/knowledge.pupil").to_owned()
    }

    /// Adds `pack.pupil`: a task pack for `one.pupil` with the task `claim`.
    pub(crate) fn with_pack(self) -> Self {
        let one = self.path("one.pupil");
        self.with_pack_for(&one, "more questions")
    }

    /// Adds `pack.pupil`: a task pack of that name for any model, with the task `claim` on its first encoder.
    pub(crate) fn with_pack_for(self, model: &Path, name: &str) -> Self {
        let model = FileInfo::read(model).expect("the model is sound");
        let base = Base {
            name: model.manifest.name,
            blake3: model.blake3,
            encoders: model.manifest.encoders,
            mixtures: model.manifest.mixtures,
        };
        let (encoder, dimensions) = base.encoders.first_key_value().expect("a model has an encoder");
        let (encoder, width) = (encoder.clone(), dimensions.output_len());
        let claim = Task { encoder, ..task("claim", HeadKind::Softmax, &["agrees", "disagrees", "neither"]) };
        let manifest =
            Manifest { name: name.into(), base: Some(base), tasks: vec![claim], ..Manifest::default() };
        let mut file = FileBuilder::new(manifest.clone());
        add_heads(&mut file, &manifest.tasks, width, &mut Random(8));
        file.write(self.path("pack.pupil")).expect("the pack is well formed");
        self
    }

    /// A path in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file in the folder.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).expect("the temporary folder can be written to");
        path
    }

    /// Reads a file in the folder.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("the file was written and is UTF-8")
    }

    /// The names of all files in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.dir.path()).expect("the temporary folder can be listed");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("the entry can be read").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs the program in the folder.
    pub(crate) fn pupil<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> RunOutput {
        self.pupil_with_stdin(args, b"")
    }

    /// Starts the program in the folder, without its output.
    pub(crate) fn start<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Child {
        self.quietly(env!("CARGO_BIN_EXE_pupil"), args)
    }

    /// Starts any program in the folder, without its output.
    pub(crate) fn quietly<A: AsRef<OsStr>>(&self, program: &str, args: impl IntoIterator<Item = A>) -> Child {
        let mut command = Command::new(program);
        command.args(args).current_dir(self.dir.path()).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Runs the program in the folder with these bytes on stdin.
    pub(crate) fn pupil_with_stdin<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        stdin: &[u8],
    ) -> RunOutput {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pupil"))
            .args(args)
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // A program that fails early does not read all of its stdin.
        let _ = child.stdin.take().expect("stdin is a pipe").write_all(stdin);
        let output = child.wait_with_output().expect("the program ends");
        RunOutput {
            code: output.status.code().expect("the program was not killed"),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("stderr is UTF-8"),
        }
    }
}

/// An .xlsx file. Each sheet has a column `text` with one answer, or no cells if the answer is empty.
pub(crate) fn spreadsheet(sheets: &[(&str, &str)]) -> Vec<u8> {
    let rows = |answer: &str| {
        if answer.is_empty() { Vec::new() } else { vec![vec!["text".to_owned()], vec![answer.to_owned()]] }
    };
    let sheets: Vec<(&str, Vec<Vec<String>>)> =
        sheets.iter().map(|(name, answer)| (*name, rows(answer))).collect();
    workbook(&sheets)
}

/// An .xlsx file of sheets with these rows of cells: numbers as numbers, everything else as text.
pub(crate) fn workbook(sheets: &[(&str, Vec<Vec<String>>)]) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const OF_FILE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const OF_PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut list, mut targets, mut parts) = (String::new(), String::new(), Vec::new());
    for (i, (name, rows)) in sheets.iter().enumerate() {
        list += &format!(r#"<sheet name="{name}" sheetId="{}" r:id="s{i}"/>"#, i + 1);
        targets += &format!(r#"<Relationship Id="s{i}" Type="{OF_FILE}/worksheet" Target="s{i}.xml"/>"#);
        let cell = |(column, text): (usize, &String), row: usize| {
            let column = char::from(b'A' + u8::try_from(column).expect("there are few columns"));
            match text.parse::<f64>() {
                Ok(number) => format!(r#"<c r="{column}{row}"><v>{number}</v></c>"#),
                Err(_) => format!(r#"<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>"#),
            }
        };
        let row = |(row, cells): (usize, &Vec<String>)| {
            let cells: String = cells.iter().enumerate().map(|one| cell(one, row + 1)).collect();
            format!(r#"<row r="{}">{cells}</row>"#, row + 1)
        };
        let rows: String = rows.iter().enumerate().map(row).collect();
        let sheet = format!(r#"<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>"#);
        parts.push((format!("xl/s{i}.xml"), sheet));
    }
    let relations = |list: &str| format!(r#"<Relationships xmlns="{OF_PACKAGE}">{list}</Relationships>"#);
    let of_sheets = relations(&targets);
    parts.push(("xl/_rels/workbook.xml.rels".to_owned(), of_sheets));
    let book = format!(r#"<workbook xmlns="{MAIN}" xmlns:r="{OF_FILE}"><sheets>{list}</sheets></workbook>"#);
    parts.push(("xl/workbook.xml".to_owned(), book));
    let to_book =
        format!(r#"<Relationship Id="r" Type="{OF_FILE}/officeDocument" Target="xl/workbook.xml"/>"#);
    parts.push(("_rels/.rels".to_owned(), relations(&to_book)));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("a vector takes everything");
        zip.write_all(text.as_bytes()).expect("a vector takes everything");
    }
    zip.finish().expect("a vector takes everything").into_inner()
}

/// The result of a run of the program.
#[derive(Debug)]
pub(crate) struct RunOutput {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl RunOutput {
    /// The stdout of a successful run.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, 0, "{self:?}");
        assert_eq!(self.stderr, "", "a successful run writes nothing to stderr");
        &self.stdout
    }

    /// The JSON of a successful run.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(self.ok()).expect("stdout is JSON")
    }

    /// The message of a run that ended with `code`.
    #[track_caller]
    pub(crate) fn failed(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "a run that fails prints no result");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        &self.stderr
    }
}

/// A task of this kind; a kind that needs a scale has one from 0.
fn task(id: &str, kind: HeadKind, labels: &[&str]) -> Task {
    Task {
        id: id.into(),
        encoder: "e0".into(),
        head: Head { kind, hidden: DENSE },
        labels: labels.iter().map(|name| Label::named(*name)).collect(),
        scale: (kind.scale() == ScaleUse::Needed).then_some(Scale { min: 0, points: Vec::new() }),
        thresholds: kind.plain_thresholds(labels.len()),
        calibration: Calibration { temperature: 1.0 },
        review: Review { min_words: 2, min_confidence: 0.2, ..Review::default() },
        metrics: vec![Metric {
            name: "qwk".into(),
            split: "test".into(),
            value: 0.7125,
            low: Some(0.69),
            high: Some(0.7349),
            n: Some(1209),
        }],
        ..Task::default()
    }
}

/// Writes a model with arbitrary but fixed weights.
fn write_model(path: &Path, tasks: Vec<Task>) {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut random = Random(7);
    let manifest = Manifest {
        name: "test model".into(),
        description: "Weights without a meaning.".into(),
        licence: "CC0-1.0".into(),
        attribution: vec!["Nobody in particular".into()],
        created_by: "a test".into(),
        tokenizers: [("t0".to_owned(), TokenizerEntry::of_kind(TokenizerKind::WordLevel, "t0"))].into(),
        encoders: [(
            "e0".to_owned(),
            Encoder::ELstm(ELstm {
                tokenizer: "t0".into(),
                vocab: words.len(),
                embedding: EMBEDDING,
                hidden: HIDDEN,
            }),
        )]
        .into(),
        tasks: tasks.clone(),
        training: Training {
            data: vec![DataSource { name: "invented".into(), blake3: None, rows: Some(12_345) }],
            teacher: Some("a coin".into()),
            seed: Some(7),
            ..Training::default()
        },
        ..Manifest::default()
    };
    let gates = 4 * HIDDEN;
    let embedding = random.weights(words.len() * EMBEDDING);
    let input = random.weights(2 * gates * EMBEDDING);
    let recurrent = random.weights(2 * gates * HIDDEN);
    let mut file = FileBuilder::new(manifest);
    file.bytes("tokenizer.t0", &tokenizer(&words)).lstm(
        "e0",
        &LstmWeights {
            vocab: words.len(),
            embedding_dim: EMBEDDING,
            hidden: HIDDEN,
            embedding: &embedding,
            embedding_scale: &vec![0.02; words.len()],
            input: &input,
            input_scale: &vec![0.02; 2 * gates],
            recurrent: &recurrent,
            recurrent_scale: &vec![0.01; 2 * gates],
            bias: &random.numbers(2 * gates),
        },
    );
    add_heads(&mut file, &tasks, 2 * HIDDEN, &mut random);
    file.write(path).expect("the model is well formed");
}

/// Adds heads with arbitrary weights for vectors of this width.
fn add_heads(file: &mut FileBuilder, tasks: &[Task], width: usize, random: &mut Random) {
    for task in tasks {
        let (kind, labels) = (task.head.kind, task.labels.len());
        let [hidden, output] = [(DENSE, width), (kind.outputs(labels), DENSE)]
            .map(|(m, k)| (random.weights(m * k), vec![0.02; m], random.numbers(m)));
        let level_thresholds: Vec<f32> = (0..kind.level_thresholds(labels)).map(|k| -(k as f32)).collect();
        let weights = HeadWeights {
            hidden: LinearWeights { weight: &hidden.0, scale: &hidden.1, bias: &hidden.2 },
            output: LinearWeights { weight: &output.0, scale: &output.1, bias: &output.2 },
            level_thresholds: &level_thresholds,
        };
        file.head(&task.id, &weights);
    }
}

/// A word-level tokenizer.json.
fn tokenizer(words: &[&str]) -> Vec<u8> {
    let vocab: serde_json::Map<String, Value> =
        words.iter().enumerate().map(|(id, word)| ((*word).to_owned(), id.into())).collect();
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": null,
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]"},
    })
    .to_string()
    .into_bytes()
}

/// Pseudo-random numbers (the high bits of PCG's linear congruential generator).
struct Random(u64);

impl Random {
    fn byte(&mut self) -> u8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0.to_be_bytes()[0]
    }

    fn weights(&mut self, n: usize) -> Vec<i8> {
        (0..n).map(|_| self.byte().cast_signed().max(-127)).collect()
    }

    fn numbers(&mut self, n: usize) -> Vec<f32> {
        self.weights(n).into_iter().map(|w| f32::from(w) / 256.0).collect()
    }
}
