//! The program for `cargo xtask count`, which counts its instructions.
//!
//! Without arguments it lists the cases that this machine can run; with a case and a number it runs the case that many
//! times. The setup happens once in every run, so that the difference between two runs is the case alone.

use pupil_benches::{Buffers, E_LSTM, ELstm, Numbers, tokens};
use pupil_core::cpu::Cpu;
use pupil_core::format::manifest;
use pupil_core::kernels::{Aligned, Kernels, bilstm_i16, matmul_i8, matvec_i8, quantize_i8};
use pupil_core::layers::{LinearWeights, NormWeights, TableWeights};
use pupil_core::parts::bert::{BertLayerWeights, BertScratch, BertWeights, PackedBert};
use pupil_core::parts::n_gram::{NGramWeights, PackedNGram, TextScratch};
use pupil_core::{OpenOptions, Scorer};
use std::hint::black_box;

/// The shipped models.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../models");

/// A task of `mind-ca`, and an answer of fifteen words.
const TASK: &str = "mindca-ss_burglar";
const ANSWER: &str = "He thinks that the police officer has come to take him away for the robbery.";

/// Answers of 8 and of 54 words.
const N_GRAMS: [&str; 2] = [
    "Warm air rises because it is less dense",
    "The air in the balloon gets warm, so its particles move faster and need more room. Because the balloon can \
     stretch, the same amount of air fills a larger volume, and it is less dense than the cold air around it. That \
     is why the balloon rises until the air in it is cold.",
];

/// What texts are made of that are meant to be slow.
const HOSTILE: [&str; 16] = include!("../../../tests/api/hostile.in");

/// Models that do with a text all that the engine can, and the shipped one.
const READERS: [&str; 3] =
    ["tests/fixtures/golden/members", "tests/fixtures/golden/guarded", "models/mind-ca/mind-ca"];

/// Runs a case this many times.
type Body = Box<dyn FnOnce(usize)>;

/// A case: `op/variant/shape`. It is prepared just before it runs.
struct Case {
    name: String,
    prepare: Box<dyn FnOnce() -> Body>,
}

impl Case {
    fn new(name: String, prepare: impl FnOnce() -> Body + 'static) -> Self {
        Self { name, prepare: Box::new(prepare) }
    }
}

/// Values of both signs within -127..=127.
fn weights(n: usize) -> Vec<i8> {
    let mut numbers = Numbers::new(3);
    (0..n).map(|_| i8::try_from(numbers.below(255).cast_signed() - 127).expect("a weight")).collect()
}

fn matmul(v: &'static matmul_i8::Variant, [rows, m, k]: [usize; 3]) -> Case {
    Case::new(format!("matmul_i8/{}/r{rows}_m{m}_k{k}", v.name), move || {
        let packed = v.pack(m, k, &weights(m * k), &vec![0.01; m], &vec![0.0; m]);
        let (x, x_scale, mut out) = (weights(rows * k), vec![0.01; rows], vec![0.0; rows * m]);
        Box::new(move |times| {
            for _ in 0..times {
                v.run(&packed, black_box(&x), &x_scale, &mut out);
            }
        })
    })
}

fn matvec(v: &'static matvec_i8::Variant, [m, k]: [usize; 2]) -> Case {
    Case::new(format!("matvec_i8/{}/m{m}_k{k}", v.name), move || {
        let packed = v.pack(m, k, &weights(m * k), &vec![0.01; m], &vec![0.0; m]);
        let (x, mut out) = (weights(k), vec![0.0; m]);
        Box::new(move |times| {
            for _ in 0..times {
                v.run(&packed, black_box(&x), 0.01, &mut out);
            }
        })
    })
}

fn quantize(v: &'static quantize_i8::Variant, k: usize) -> Case {
    Case::new(format!("quantize_i8/{}/k{k}", v.name), move || {
        let (x, mut q) = (Numbers::new(9).reals(k, 1.0), vec![0; k]);
        Box::new(move |times| {
            for _ in 0..times {
                v.run(black_box(&x), &mut q);
            }
        })
    })
}

fn bilstm(v: &'static bilstm_i16::Variant, [hidden, length]: [usize; 2]) -> Case {
    Case::new(format!("bilstm_i16/{}/h{hidden}_n{length}", v.name), move || {
        let scale = vec![0.5 / 127.0; 8 * hidden];
        let packed = v.pack(hidden, &weights(8 * hidden * hidden), &scale);
        let mut rows = Aligned::zeros(200 * packed.row_len());
        let reals = Numbers::new(5).reals(rows.len(), 2.0);
        packed.gate_inputs(&reals, &mut rows);
        let index = tokens(length, 200);
        let mut state = bilstm_i16::State::default();
        Box::new(move |times| {
            for _ in 0..times {
                v.run(&packed, &rows, black_box(&index), &mut state);
            }
        })
    })
}

fn e_lstm(kernels: Kernels, length: usize) -> Case {
    Case::new(format!("e_lstm/{}/n{length}", kernels.matvec_i8.name), move || {
        let model = ELstm::new(E_LSTM, &kernels, usize::MAX);
        let (mut buffers, mut out) = (Buffers::default(), vec![0.0; E_LSTM.levels]);
        let ids = tokens(length, E_LSTM.vocab);
        Box::new(move |times| {
            for _ in 0..times {
                model.forward(black_box(&ids), &mut buffers, &mut out);
            }
        })
    })
}

/// A transformer like MiniLM, with few words, and one layer or all six.
fn bert(kernels: Kernels, layers: usize, length: usize) -> Case {
    let what = if layers == 1 { "bert_layer" } else { "minilm" };
    Case::new(format!("{what}/{}/n{length}", kernels.matmul_i8.name), move || {
        let d = manifest::Bert { vocab: 100, layers, positions: 64, ..manifest::Bert::default() };
        let (w, wide) = (d.width, d.intermediate);
        let (i8s, scales, zeros, ones) =
            (weights(3 * w * wide), vec![1e-4; wide], vec![0.0; wide], vec![1.0; w]);
        let linear = |m: usize, k: usize| LinearWeights {
            weight: &i8s[..m * k],
            scale: &scales[..m],
            bias: &zeros[..m],
        };
        let table = |rows: usize| TableWeights { weight: &i8s[..rows * w], scale: &scales[..rows] };
        let norm = || NormWeights { weight: &ones, bias: &zeros[..w] };
        let layer = || BertLayerWeights {
            qkv: linear(3 * w, w),
            attended: linear(w, w),
            attended_norm: norm(),
            up: linear(wide, w),
            down: linear(w, wide),
            down_norm: norm(),
        };
        let weights = BertWeights {
            words: table(d.vocab),
            positions: table(d.positions),
            segments: table(d.segments),
            norm: norm(),
            layers: (0..layers).map(|_| layer()).collect(),
        };
        let bert = PackedBert::new(&d, &weights, &kernels).expect("a valid encoder");
        let (ids, segments) = (tokens(length, d.vocab), vec![0; length]);
        let (mut scratch, mut out) = (BertScratch::default(), vec![0.0; bert.output_len()]);
        Box::new(move |times| {
            for _ in 0..times {
                bert.forward(black_box(&ids), &segments, &mut scratch, &mut out).expect("valid ids");
            }
        })
    })
}

/// The n-grams of an answer, and their sums.
fn n_gram(kernels: Kernels, answer: &'static str) -> Case {
    let (variant, words) = (kernels.quantize_i8.name, answer.split(' ').count());
    Case::new(format!("n_gram/{variant}/words{words}"), move || {
        let d = manifest::NGram::default();
        let w = NGramWeights {
            idf: &vec![2.5; d.buckets],
            weight: &weights(d.buckets * d.units),
            scale: &vec![0.01; d.units],
            bias: &vec![0.5; d.units],
        };
        let encoder = PackedNGram::new(&d, &w, &kernels).expect("the arrays fit");
        let (mut scratch, mut out) = (TextScratch::default(), vec![0.0; d.units]);
        encoder.forward(answer, &mut scratch, &mut out).expect("it is short");
        Box::new(move |times| {
            for _ in 0..times {
                encoder.forward(black_box(answer), &mut scratch, &mut out).expect("it is short");
            }
        })
    })
}

/// The shipped model, from text to score.
fn answer(cpu: Cpu) -> Case {
    Case::new(format!("answer/{}/mind-ca", Kernels::new(cpu).matvec_i8.name), move || {
        let options = OpenOptions { cpu, ..OpenOptions::default() };
        let scorer = Scorer::open_with(shipped("mind-ca"), &options).expect("the shipped model opens");
        scorer.score(TASK, ANSWER).expect("it scores");
        Box::new(move |times| {
            for _ in 0..times {
                scorer.score(black_box(TASK), black_box(ANSWER)).expect("it scores");
            }
        })
    })
}

/// A file of the shipped models.
fn shipped(model: &str) -> String {
    format!("{FOLDER}/{model}/{model}.pupil")
}

/// Opening a shipped model with all checks, and freeing it.
fn open(cpu: Cpu, model: &'static str) -> Case {
    Case::new(format!("open/{}/{model}", Kernels::new(cpu).matvec_i8.name), move || {
        let options = OpenOptions { cpu, ..OpenOptions::default() };
        Box::new(move |times| {
            for _ in 0..times {
                Scorer::open_with(black_box(shipped(model)), &options).expect("the shipped model opens");
            }
        })
    })
}

/// From the file of a shipped model to its first answer.
fn first_answer(cpu: Cpu) -> Case {
    Case::new(format!("first_answer/{}/mind-ca", Kernels::new(cpu).matvec_i8.name), move || {
        let options = OpenOptions { cpu, ..OpenOptions::default() };
        Box::new(move |times| {
            for _ in 0..times {
                let scorer = Scorer::open_with(black_box(shipped("mind-ca")), &options);
                scorer.and_then(|scorer| scorer.score(TASK, ANSWER)).expect("it scores");
            }
        })
    })
}

/// A score of a text of that many KiB, made of the unit of that number; a refusal since it is too long counts as well.
fn text(model: &'static str, unit: usize, kib: usize) -> Case {
    let name = model.rsplit('/').next().expect("a name");
    Case::new(format!("text/{name}/{unit}/{kib}"), move || {
        let bytes = std::fs::read(format!("{FOLDER}/../{model}.pupil")).expect("a model of the repository");
        let options = OpenOptions { max_answer_bytes: 2 << 20, ..OpenOptions::default() };
        let scorer = Scorer::from_bytes_with(bytes, &options).expect("it opens");
        let task = scorer.tasks().last().expect("a task").clone();
        let text = HOSTILE[unit].repeat((kib << 10) / HOSTILE[unit].len());
        Box::new(move |times| {
            for _ in 0..times {
                let _ = black_box(match task.input {
                    manifest::Input::Pair => scorer.score_pair(&task.id, &text, black_box(&text)),
                    _ => scorer.score(&task.id, black_box(&text)),
                });
            }
        })
    })
}

/// Texts of 64 KiB and of 1 MiB, for every model and unit.
fn texts() -> impl Iterator<Item = Case> {
    let units = READERS.into_iter().flat_map(|model| (0..HOSTILE.len()).map(move |unit| (model, unit)));
    units.flat_map(|(model, unit)| [64, 1024].map(|kib| text(model, unit, kib)))
}

/// All cases of this machine.
fn cases() -> Vec<Case> {
    let cpu = Cpu::detect();
    let mut cases = Vec::new();
    for v in matmul_i8::available(cpu) {
        let shapes =
            [[32, 384, 384], [32, 384, 1536], [15, 384, 384], [1, 384, 384], [7, 100, 50], [15, 128, 32]];
        cases.extend(shapes.map(|shape| matmul(v, shape)));
    }
    for v in matvec_i8::available(cpu) {
        cases.extend([[16, 32], [1, 16], [128, 32], [128, 128], [384, 384]].map(|shape| matvec(v, shape)));
    }
    cases.extend(quantize_i8::available(cpu).flat_map(|v| [32, 384].map(|k| quantize(v, k))));
    for v in bilstm_i16::available(cpu) {
        cases.extend([[16, 15], [32, 15], [64, 15]].map(|shape| bilstm(v, shape)));
    }
    let choices = Kernels::choices(cpu);
    cases.extend(choices.iter().flat_map(|kernels| [15, 50].map(|length| e_lstm(*kernels, length))));
    cases.extend(choices.iter().map(|kernels| bert(*kernels, 1, 32)));
    cases.extend(choices.iter().flat_map(|kernels| [16, 64].map(|length| bert(*kernels, 6, length))));
    cases.extend(choices.iter().flat_map(|kernels| N_GRAMS.map(|answer| n_gram(*kernels, answer))));
    cases.extend(cpu.narrowings().into_iter().map(answer));
    cases.extend(cpu.narrowings().into_iter().flat_map(|cpu| ["mind-ca", "science"].map(|m| open(cpu, m))));
    cases.extend(cpu.narrowings().into_iter().map(first_answer));
    cases.extend(texts());
    cases
}

#[expect(clippy::print_stdout, reason = "the program prints the names")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut cases = cases();
    let [name, times] = arguments.as_slice() else {
        cases.dedup_by(|a, b| a.name == b.name);
        cases.iter().for_each(|case| println!("{}", case.name));
        return;
    };
    let case = cases.into_iter().find(|case| case.name == *name).expect("a case that this machine has");
    let times = times.parse().expect("a number of times");
    (case.prepare)()(times);
}
