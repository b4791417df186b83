//! One benchmark per op, variant and shape.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use pupil_benches::{Numbers, tokens};
use pupil_core::cpu::Cpu;
use pupil_core::kernels::{
    Aligned, attention_f32, bilstm_i16, gelu_i8, layer_norm_f32, matmul_i8, matvec_i8, quantize_i8,
    softmax_f32,
};
use std::hint::black_box;

/// Values of both signs within -127..=127.
fn weights(n: usize) -> Vec<i8> {
    let mut numbers = Numbers::new(3);
    (0..n).map(|_| i8::try_from(numbers.below(255).cast_signed() - 127).expect("a weight")).collect()
}

fn bilstm(c: &mut Criterion) {
    for v in bilstm_i16::available(Cpu::detect()) {
        for (hidden, length) in [(16, 1), (16, 15), (16, 50), (32, 15), (48, 15), (64, 15)] {
            let scale = vec![0.5 / 127.0; 8 * hidden];
            let packed = v.pack(hidden, &weights(8 * hidden * hidden), &scale);
            let mut rows = Aligned::zeros(200 * packed.row_len());
            let reals = Numbers::new(5).reals(rows.len(), 2.0);
            packed.gate_inputs(&reals, &mut rows);
            let index = tokens(length, 200);
            let mut state = bilstm_i16::State::default();
            c.bench_function(&format!("bilstm_i16/{}/h{hidden}_n{length}", v.name), |b| {
                b.iter(|| v.run(&packed, &rows, black_box(&index), &mut state));
            });
        }
    }
}

fn matvec(c: &mut Criterion) {
    for v in matvec_i8::available(Cpu::detect()) {
        for (m, k) in [(16, 32), (1, 16), (128, 32), (128, 128)] {
            let packed = v.pack(m, k, &weights(m * k), &vec![0.01; m], &vec![0.0; m]);
            let x = weights(k);
            let mut out = vec![0.0; m];
            c.bench_function(&format!("matvec_i8/{}/m{m}_k{k}", v.name), |b| {
                b.iter(|| v.run(&packed, black_box(&x), 0.01, &mut out));
            });
        }
    }
}

fn quantize(c: &mut Criterion) {
    for v in quantize_i8::available(Cpu::detect()) {
        for k in [16, 32, 384] {
            let x = Numbers::new(9).reals(k, 1.0);
            let mut q = vec![0; k];
            c.bench_function(&format!("quantize_i8/{}/k{k}", v.name), |b| {
                b.iter(|| v.run(black_box(&x), &mut q));
            });
        }
    }
}

/// The shapes of MiniLM's layers: query, key and value; what follows the attention; the dense pair.
const MINI_LM: [(usize, usize); 4] = [(1152, 384), (384, 384), (1536, 384), (384, 1536)];

fn matmul(c: &mut Criterion) {
    for v in matmul_i8::available(Cpu::detect()) {
        for (m, k) in MINI_LM {
            let packed = v.pack(m, k, &weights(m * k), &vec![0.01; m], &vec![0.0; m]);
            for rows in [1, 16, 64] {
                let (x, x_scale) = (weights(rows * k), vec![0.01; rows]);
                let mut out = vec![0.0; rows * m];
                c.bench_function(&format!("matmul_i8/{}/n{rows}_m{m}_k{k}", v.name), |b| {
                    b.iter(|| v.run(&packed, black_box(&x), &x_scale, &mut out));
                });
            }
        }
    }
}

fn attention(c: &mut Criterion) {
    let heads = attention_f32::Heads { count: 12, len: 32 };
    for v in attention_f32::available(Cpu::detect()) {
        for rows in [16, 64, 128] {
            let qkv = Numbers::new(5).reals(rows * 3 * heads.width(), 2.0);
            let mut out = vec![0.0; rows * heads.width()];
            let mut scratch = attention_f32::Scratch::default();
            c.bench_function(&format!("attention_f32/{}/h12_d32_n{rows}", v.name), |b| {
                b.iter(|| v.run(&heads, black_box(&qkv), &mut scratch, &mut out));
            });
        }
    }
}

fn rows_of_floats(c: &mut Criterion) {
    let x = Numbers::new(9).reals(64 * 1536, 4.0);
    let mut q = vec![0; 1536];
    for v in gelu_i8::available(Cpu::detect()) {
        c.bench_function(&format!("gelu_i8/{}/k1536", v.name), |b| {
            b.iter_batched_ref(|| x[..1536].to_vec(), |x| v.run(x, &mut q), BatchSize::SmallInput);
        });
    }
    let (weight, bias) = (vec![1.0; 384], vec![0.5; 384]);
    for v in layer_norm_f32::available(Cpu::detect()) {
        let mut rows = x[..64 * 384].to_vec();
        c.bench_function(&format!("layer_norm_f32/{}/n64_k384", v.name), |b| {
            b.iter(|| v.run(black_box(&mut rows), &weight, &bias, 1e-12));
        });
    }
    for v in softmax_f32::available(Cpu::detect()) {
        let mut shares = x[..64].to_vec();
        c.bench_function(&format!("softmax_f32/{}/k64", v.name), |b| {
            b.iter(|| v.run(black_box(&mut shares)));
        });
    }
}

criterion_group!(benches, bilstm, matvec, quantize, matmul, attention, rows_of_floats);
criterion_main!(benches);
