//! Whole models: ids in, probabilities out; n-grams: text in, one number out.

use criterion::{Criterion, criterion_group, criterion_main};
use pupil_benches::{Buffers, E_LSTM, ELstm, tokens};
use pupil_core::cpu::Cpu;
use pupil_core::format::manifest::NGram;
use pupil_core::kernels::Kernels;
use pupil_core::parts::n_gram::{NGramWeights, PackedNGram, TextScratch};
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

/// Answers of 8 and of 50 words.
const ANSWERS: [(usize, &str); 2] = [
    (8, "Warm air rises because it is less dense"),
    (
        50,
        "The air in the balloon gets warm, so its particles move faster and need more room. Because the balloon can \
         stretch, the same amount of air fills a larger volume, and it is less dense than the cold air around it. That \
         is why the balloon rises until the air in it is cold.",
    ),
];

fn n_gram(c: &mut Criterion) {
    let (d, kernels) = (NGram::default(), Kernels::new(Cpu::detect()));
    let w = NGramWeights {
        idf: &vec![2.5; d.buckets],
        weight: &vec![3; d.buckets * d.units],
        scale: &vec![0.01; d.units],
        bias: &vec![0.5; d.units],
    };
    let encoder = PackedNGram::new(&d, &w, &kernels).expect("the arrays fit");
    let (mut scratch, mut out) = (TextScratch::default(), vec![0.0; d.units]);
    for (words, answer) in ANSWERS {
        c.bench_function(&format!("n_gram/words{words}"), |b| {
            b.iter(|| encoder.forward(black_box(answer), &mut scratch, &mut out));
        });
    }
}

criterion_group!(benches, e_lstm, n_gram);
criterion_main!(benches);
