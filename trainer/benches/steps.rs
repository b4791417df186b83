//! Whole training steps: forward, loss, backward, clipping, AdamW. `benches/rivals/train_step.py` times PyTorch on
//! the same shapes.
//!
//! ```sh
//! cargo bench -p pupil-trainer --bench steps
//! ```
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot set up has nothing to report")]

use candle_core::{Device, Var};
use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use pupil_trainer::fit::{FitSettings, Learner, Objective, Optimizer, Update};
use pupil_trainer::head::{Head, HeadKind, TaskHead};
use pupil_trainer::loss::RowTarget;
use pupil_trainer::model::bert::{self, Bert, Family};
use pupil_trainer::model::lstm::{self, ELstm};
use pupil_trainer::model::params::{Parameters, Words};
use pupil_trainer::model::{Batch, Encoder};
use pupil_trainer::random;
use rand::Rng;

const BATCH: usize = 32;
const LEVELS: usize = 4;
const VOCAB: u32 = 800;

fn learner(encoder: Box<dyn Encoder>, parameters: Parameters, dense: usize) -> Learner {
    let tasks = [TaskHead { kind: HeadKind::Ordinal, labels: LEVELS }];
    let priors = [vec![0.25; LEVELS]];
    let head = Head::new(&tasks, &priors, encoder.width(), dense, 0.1, 1, &Device::Cpu).unwrap();
    Learner { encoder, parameters, mixture: None, head, trained: None }
}

/// The dimensions of all-MiniLM-L6-v2 with random weights: speed does not depend on them.
fn mini_lm(threads: usize) -> Learner {
    let config = bert::Config {
        vocab_size: 30_522,
        hidden_size: 384,
        num_hidden_layers: 6,
        num_attention_heads: 12,
        intermediate_size: 1536,
        max_position_embeddings: 512,
        type_vocab_size: 2,
        family: Family::Bert,
        rotary_base: 0.0,
        layer_norm_eps: 1e-12,
        hidden_dropout_prob: 0.1,
    };
    let words = config.vocab_size * config.hidden_size;
    let shape = (config.vocab_size, config.hidden_size);
    let encoder = Bert::new(config, threads).unwrap();
    let mut rng = random::generator(1);
    let (mut flat, mut table) = (vec![0.0; encoder.layout().len()], vec![0.0; words]);
    random::uniform(&mut flat, 0.03, &mut rng);
    random::uniform(&mut table, 0.03, &mut rng);
    for entry in encoder.layout().entries().iter().filter(|e| e.name.ends_with("LayerNorm.weight")) {
        flat[entry.range.clone()].fill(1.0);
    }
    let words = Var::from_vec(table, shape, &Device::Cpu).unwrap();
    let parameters = Parameters::new(flat, Some(Words::Trained(words)), &Device::Cpu).unwrap();
    learner(Box::new(encoder), parameters, 0)
}

fn e_lstm() -> Learner {
    let encoder = ELstm::new(lstm::Config {
        vocab: VOCAB as usize,
        embedding: 32,
        hidden: 16,
        dropout: 0.1,
        fixed_point: false,
        quantized_weights: false,
    });
    let parameters = Parameters::new(encoder.init(1), None, &Device::Cpu).unwrap();
    learner(Box::new(encoder), parameters, 16)
}

/// One batch of answers of the same length, with their targets.
fn answers(tokens: usize) -> (Batch, Vec<RowTarget>) {
    let mut rng = random::generator(2);
    let task = TaskHead { kind: HeadKind::Ordinal, labels: LEVELS };
    let (mut batch, mut rows) = (Batch::default(), Vec::new());
    for _ in 0..BATCH {
        let ids: Vec<u32> = (0..tokens).map(|_| rng.random_range(0..VOCAB)).collect();
        batch.push(&ids, &vec![0; tokens]);
        let level = rng.random_range(0..LEVELS);
        let certain: Vec<f32> = (0..LEVELS).map(|k| if k == level { 1.0 } else { 0.0 }).collect();
        rows.push(RowTarget {
            group: 0,
            hard: Some((task.target(&certain), 1.0)),
            soft: None,
            vector: None,
            taught: None,
        });
    }
    (batch, rows)
}

/// Times whole steps on one batch of answers of the same length.
fn bench(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    learner: &Learner,
    tokens: usize,
    threads: usize,
) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let mut optimizer = Optimizer::new(learner, &FitSettings::default()).unwrap();
    let (batch, rows) = answers(tokens);
    let objective = Objective::default();
    let mut number = 0;
    group.bench_function(BenchmarkId::new(format!("{name}, {threads} threads"), tokens), |b| {
        b.iter(|| {
            number += 1;
            let update = Update { number, rate: 1e-5, seed: number as u64 };
            pool.install(|| optimizer.step(&batch, rows.clone(), objective, update).unwrap())
        });
    });
}

fn benches(c: &mut Criterion) {
    let mut group = c.benchmark_group("step");
    group.throughput(Throughput::Elements(BATCH as u64));
    for tokens in [15, 50] {
        bench(&mut group, "e-lstm", &e_lstm(), tokens, 1);
    }
    let threads = rayon::current_num_threads();
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for tokens in [64, 128] {
        bench(&mut group, "mini-lm", &mini_lm(threads), tokens, threads);
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
