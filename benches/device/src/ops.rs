//! Measures single operations, with the shapes and the numbers of calls of one answer.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use pupil_core::cpu::Cpu;
use pupil_core::format::manifest::{Encoder, Manifest, Mixture, Scope, Task};
use pupil_core::kernels::{Aligned, Kernels, attention_f32, bilstm_i16};
use serde::Serialize;

use crate::failure::Failure;

/// The minimum time of a measurement; the best of [`ROUNDS`] counts.
const ROUND: Duration = Duration::from_millis(1);
const ROUNDS: usize = 5;

/// Number of words whose gate inputs are read in turn; they fit in the second-level cache, like those of an answer.
const ROWS: usize = 64;

/// The time of an operation in one shape.
#[derive(Debug, Serialize)]
pub(crate) struct OpTime {
    pub(crate) op: &'static str,
    pub(crate) variant: &'static str,
    pub(crate) shape: String,
    /// Number of calls per answer.
    pub(crate) calls: usize,
    pub(crate) us_per_call: f64,
    pub(crate) us_per_answer: f64,
    /// Multiply-adds of one call; 0 for other kinds of work.
    pub(crate) multiply_adds: usize,
    /// Bytes of weights that one call reads.
    pub(crate) weight_bytes: usize,
}

/// Microseconds.
pub(crate) fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The work of one call of an operation, for any variant.
#[derive(Default)]
struct Work {
    multiply_adds: usize,
    weight_bytes: usize,
}

/// Measures the operations of an answer of this many tokens.
pub(crate) fn times(manifest: &Manifest, task: &Task, tokens: usize) -> Result<Vec<OpTime>, Failure> {
    let mut bench = Bench { kernels: Kernels::new(Cpu::detect()), found: Vec::new() };
    let mut encoders = BTreeSet::new();
    for member in task.all_members() {
        let encoder = manifest.encoder(member.encoder).ok_or("the task names no encoder of the file")?;
        // Members that share an encoder run it once.
        if encoders.insert(member.encoder) {
            bench.encoder(encoder, tokens);
        }
        if let Some(mixture) = member.mixture.and_then(|name| manifest.mixtures.get(name)) {
            bench.mixture(mixture, tokens);
        }
        if member.head.hidden > 0 {
            let outputs = member.head.kind.outputs(task.labels.len());
            bench.linear(member.head.hidden, encoder.output_len());
            bench.linear(outputs, member.head.hidden);
        }
    }
    Ok(bench.found)
}

struct Bench {
    kernels: Kernels,
    found: Vec<OpTime>,
}

impl Bench {
    fn encoder(&mut self, encoder: &Encoder, tokens: usize) {
        match encoder {
            Encoder::ELstm(e) => self.bilstm(e.hidden, tokens),
            Encoder::Bert(e) => {
                let (w, heads) = (e.width, attention_f32::Heads { count: e.heads, len: e.width / e.heads });
                self.dense((3 * w, w), tokens, e.layers);
                self.attention(heads, tokens, e.layers);
                self.dense((w, w), tokens, e.layers);
                self.dense((e.intermediate, w), tokens, e.layers);
                self.gelu(e.intermediate, tokens * e.layers);
                self.matmul((w, e.intermediate), tokens, e.layers);
                self.layer_norm(w, tokens, 2 * e.layers + 1);
            }
            // A graph uses other operations, and n-grams are no operation of the kernels.
            Encoder::Onnx(_) | Encoder::NGram(_) => {}
        }
    }

    /// Measures an operation, unless it has been measured with this shape.
    fn add(
        &mut self,
        (op, variant): (&'static str, &'static str),
        shape: String,
        calls: usize,
        Work { multiply_adds, weight_bytes }: Work,
        mut run: impl FnMut(),
    ) {
        let known = self.found.iter_mut().find(|o| o.op == op && o.shape == shape);
        if let Some(known) = known {
            known.calls += calls;
            known.us_per_answer = known.us_per_call * known.calls as f64;
            return;
        }
        let mut best = f64::INFINITY;
        let mut count = 1_u32;
        for _ in 0..ROUNDS {
            loop {
                let start = Instant::now();
                (0..count).for_each(|_| run());
                let took = start.elapsed();
                if took >= ROUND {
                    best = best.min(us(took) / f64::from(count));
                    break;
                }
                count *= 2;
            }
        }
        let us_per_answer = best * calls as f64;
        self.found.push(OpTime {
            op,
            variant,
            shape,
            calls,
            us_per_call: best,
            us_per_answer,
            multiply_adds,
            weight_bytes,
        });
    }

    fn bilstm(&mut self, hidden: usize, tokens: usize) {
        let v = self.kernels.bilstm_i16;
        let packed = v.pack(hidden, &weights(8 * hidden * hidden), &vec![0.004; 8 * hidden]);
        let mut rows = Aligned::zeros(ROWS * packed.row_len());
        packed.gate_inputs(&reals(ROWS * packed.row_len()), &mut rows);
        let index: Vec<u32> = (0..tokens).map(|n| u32::try_from(n * 7 % ROWS).unwrap_or_default()).collect();
        let mut state = bilstm_i16::State::default();
        let shape = format!("hidden {hidden}, {tokens} tokens");
        let weights = 8 * hidden * hidden;
        let work = Work { multiply_adds: weights * tokens, weight_bytes: 2 * weights };
        self.add(("bilstm_i16", v.name), shape, 1, work, || {
            v.run(&packed, &rows, black_box(&index), &mut state);
        });
    }

    /// A layer on many rows: each row is quantized, then all rows are multiplied.
    fn dense(&mut self, (m, k): (usize, usize), rows: usize, calls: usize) {
        self.quantize(k, rows * calls);
        self.matmul((m, k), rows, calls);
    }

    fn matmul(&mut self, (m, k): (usize, usize), rows: usize, calls: usize) {
        let v = self.kernels.matmul_i8;
        let packed = v.pack(m, k, &weights(m * k), &vec![0.01; m], &vec![0.0; m]);
        let (x, scale, mut out) = (weights(rows * k), vec![0.01; rows], vec![0.0; rows * m]);
        let work = Work { multiply_adds: m * k * rows, weight_bytes: m * k };
        self.add(("matmul_i8", v.name), format!("{m} x {k}, {rows} rows"), calls, work, || {
            v.run(&packed, black_box(&x), &scale, &mut out);
        });
    }

    /// A layer on one vector.
    fn linear(&mut self, m: usize, k: usize) {
        self.quantize(k, 1);
        let v = self.kernels.matvec_i8;
        let packed = v.pack(m, k, &weights(m * k), &vec![0.01; m], &vec![0.0; m]);
        let (x, mut out) = (weights(k), vec![0.0; m]);
        let work = Work { multiply_adds: m * k, weight_bytes: m * k };
        self.add(("matvec_i8", v.name), format!("{m} x {k}"), 1, work, || {
            v.run(&packed, black_box(&x), 0.01, &mut out)
        });
    }

    fn quantize(&mut self, k: usize, calls: usize) {
        let v = self.kernels.quantize_i8;
        let (x, mut q) = (reals(k), vec![0; k]);
        self.add(("quantize_i8", v.name), format!("{k}"), calls, Work::default(), || {
            black_box(v.run(black_box(&x), &mut q));
        });
    }

    fn attention(&mut self, heads: attention_f32::Heads, rows: usize, calls: usize) {
        let v = self.kernels.attention_f32;
        let (qkv, mut out) = (reals(3 * rows * heads.width()), vec![0.0; rows * heads.width()]);
        let mut scratch = attention_f32::Scratch::default();
        self.add(
            ("attention_f32", v.name),
            format!("{} x {}, {rows} rows", heads.count, heads.len),
            calls,
            Work { multiply_adds: 2 * heads.width() * rows * rows, weight_bytes: 0 },
            || {
                v.run(&heads, black_box(&qkv), &mut scratch, &mut out);
            },
        );
    }

    fn gelu(&mut self, k: usize, calls: usize) {
        let v = self.kernels.gelu_i8;
        let (source, mut x, mut q) = (reals(k), vec![0.0; k], vec![0; k]);
        self.add(("gelu_i8", v.name), format!("{k}"), calls, Work::default(), || {
            x.copy_from_slice(black_box(&source));
            black_box(v.run(&mut x, &mut q));
        });
    }

    fn layer_norm(&mut self, width: usize, rows: usize, calls: usize) {
        let v = self.kernels.layer_norm_f32;
        let (source, mut x) = (reals(rows * width), vec![0.0; rows * width]);
        let (weight, bias) = (vec![1.0; width], vec![0.0; width]);
        self.add(("layer_norm_f32", v.name), format!("{width}, {rows} rows"), calls, Work::default(), || {
            x.copy_from_slice(black_box(&source));
            v.run(&mut x, &weight, &bias, 1e-5);
        });
    }

    fn mixture(&mut self, d: &Mixture, tokens: usize) {
        let rows = if d.scope == Scope::Pooled { 1 } else { tokens };
        let kept = d.blocks * d.top_k.unwrap_or(d.experts).min(d.experts);
        self.dense((d.gate, d.width + d.task_embedding), 1, d.blocks);
        self.dense((d.experts, d.gate), 1, d.blocks);
        let v = self.kernels.softmax_f32;
        let (source, mut x) = (reals(d.experts), vec![0.0; d.experts]);
        self.add(("softmax_f32", v.name), format!("{}", d.experts), d.blocks, Work::default(), || {
            x.copy_from_slice(black_box(&source));
            v.run(&mut x);
        });
        self.dense((d.hidden, d.width), rows, kept);
        self.dense((d.width, d.hidden), rows, kept);
        if d.scope == Scope::Pooled {
            self.layer_norm(d.width, 1, d.blocks);
        }
    }
}

/// Weights of both signs, always the same.
fn weights(n: usize) -> Vec<i8> {
    (0..n).map(|i| i8::try_from(i * 89 % 255).unwrap_or(i8::MAX)).map(|w| w.wrapping_sub(63)).collect()
}

/// Numbers from -1 to 1, always the same.
fn reals(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i * 37 % 201) as f32 / 100.0 - 1.0).collect()
}
