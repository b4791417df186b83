//! A model of the size of MiniLM-L6, alone and with a mixture of experts on every token: 64 tokens, one thread.

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use pupil_core::OpenOptions;
use pupil_core::Scorer;
use pupil_core::cpu::Cpu;
use pupil_core::format::manifest::{Bert, Head, HeadKind, Label, Mixture, Scope, Task};
use pupil_core::kernels::Kernels;
use pupil_tests::{Fixture, invented_word};
use std::hint::black_box;

/// Ids of the vocabulary of BERT.
const VOCAB: usize = 30_522;
/// Words of the answer, each a token.
const TOKENS: usize = 64;

/// The file and an answer.
fn model() -> (Vec<u8>, String) {
    let mut fixture = Fixture::empty(1);
    fixture.half_scales = true;
    let words: Vec<String> = (0..5000).map(invented_word).collect();
    fixture.tokenizer("t", &words, false);
    fixture.bert("e", "t", Bert { vocab: VOCAB, ..Bert::default() });
    let mixtures = &mut fixture.manifest.mixtures;
    mixtures.insert("token".into(), Mixture::default());
    mixtures.insert("pooled".into(), Mixture { scope: Scope::Pooled, ..Mixture::default() });
    fixture.manifest.tasks = [("none", None), ("pooled", Some("pooled")), ("token", Some("token"))]
        .map(|(id, mixture)| Task {
            id: id.into(),
            encoder: "e".into(),
            mixture: mixture.map(Into::into),
            head: Head { kind: HeadKind::Softmax, hidden: 192 },
            labels: ["0", "1", "2", "3"].map(Label::named).into(),
            ..Task::default()
        })
        .into();
    (fixture.bytes(), words[..TOKENS].join(" "))
}

fn unimoe(c: &mut Criterion) {
    let (bytes, answer) = model();
    let path = std::env::temp_dir().join(format!("pupil-bench-{}.pupil", std::process::id()));
    std::fs::write(&path, &bytes).expect("the file can be written");
    let mut group = c.benchmark_group("unimoe");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("file to first score", |b| {
        b.iter(|| Scorer::open(black_box(&path)).and_then(|s| s.score("none", &answer)).expect("it scores"));
    });
    std::fs::remove_file(&path).expect("it was written here");
    for cpu in Cpu::detect().narrowings() {
        let name = Kernels::new(cpu).matmul_i8.name;
        if name == "generic" {
            continue;
        }
        let options = OpenOptions { cpu, ..OpenOptions::default() };
        let scorer = Scorer::from_bytes_with(bytes.clone(), &options).expect("it opens");
        for mixture in ["none", "pooled", "token"] {
            let tokens = scorer.score(mixture, &answer).expect("it scores").tokens;
            assert_eq!(tokens, TOKENS);
            group.bench_function(format!("{name}/{mixture}/n{TOKENS}"), |b| {
                b.iter(|| scorer.score(black_box(mixture), black_box(&answer)).expect("it scores"));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, unimoe);
criterion_main!(benches);
