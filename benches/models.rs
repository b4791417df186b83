//! Whole models: ids in, probabilities out.

use criterion::{Criterion, criterion_group, criterion_main};
use pupil_benches::{Buffers, E_LSTM, ELstm, tokens};
use pupil_core::cpu::Cpu;
use pupil_core::kernels::Kernels;
use std::hint::black_box;

fn e_lstm(c: &mut Criterion) {
    for kernels in Kernels::choices(Cpu::detect()) {
        let name = kernels.bilstm_i16.name;
        for (form, limit) in [("folded", usize::MAX), ("computed", 0)] {
            let model = ELstm::new(E_LSTM, &kernels, limit);
            let (mut buffers, mut out) = (Buffers::default(), vec![0.0; E_LSTM.levels]);
            for length in [15, 50] {
                let ids = tokens(length, E_LSTM.vocab);
                c.bench_function(&format!("e_lstm_{form}/{name}/n{length}"), |b| {
                    b.iter(|| model.forward(black_box(&ids), &mut buffers, &mut out));
                });
            }
        }
    }
}

criterion_group!(benches, e_lstm);
criterion_main!(benches);
