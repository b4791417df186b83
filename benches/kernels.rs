//! One benchmark per op, variant and shape.

use criterion::{Criterion, criterion_group, criterion_main};
use pupil_benches::{Numbers, tokens};
use pupil_core::cpu::Cpu;
use pupil_core::kernels::{Aligned, bilstm_i16, matvec_i8, quantize_i8};
use std::hint::black_box;

/// Values of either sign within -127..=127.
fn weights(n: usize) -> Vec<i8> {
    let mut numbers = Numbers::new(3);
    (0..n).map(|_| i8::try_from(numbers.below(255).cast_signed() - 127).expect("a weight")).collect()
}

fn bilstm(c: &mut Criterion) {
    for v in bilstm_i16::available(Cpu::detect()) {
        for (hidden, length) in [(16, 1), (16, 15), (16, 50), (32, 15), (64, 15)] {
            let scale = vec![0.5 / 127.0; 8 * hidden];
            let packed = v.pack(hidden, &weights(8 * hidden * hidden), &scale, 32_767);
            let mut rows = Aligned::zeros(200 * packed.row_len());
            let mut numbers = Numbers::new(5);
            rows.iter_mut().for_each(|x| *x = numbers.real(2.0));
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

criterion_group!(benches, bilstm, matvec, quantize);
criterion_main!(benches);
