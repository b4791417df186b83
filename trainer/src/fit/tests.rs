use super::*;
use crate::head::Head;
use crate::loss::RowTarget;
use crate::model::mixture::{Mixture, Scope};
use crate::model::params::{Parameters, Words};
use crate::model::{Batch, Encoder, Mode};
use crate::tokenizer::Encoded;
use candle_core::{Tensor, Var};

#[test]
fn rate_rises_then_falls_to_almost_zero() {
    for falls in [Schedule::Linear, Schedule::Cosine] {
        let settings = FitSettings { warmup: 0.1, schedule: falls, ..FitSettings::default() };
        let rates: Vec<f64> = (0..100).map(|s| schedule(s, 100, &settings)).collect();
        assert!((rates[0] - 0.1).abs() < 1e-12 && (rates[9] - 1.0).abs() < 1e-12);
        assert!(rates[9..].windows(2).all(|w| w[1] < w[0]) && rates[99] > 0.0 && rates[99] < 0.02);
        // A cosine falls slowly at first, and is half way down at the same step.
        let quarter = rates[9 + 23];
        assert!(if falls == Schedule::Cosine { quarter > 0.85 } else { quarter < 0.76 }, "{quarter}");
        assert!((rates[9 + 45] - 0.5).abs() < 0.02, "{}", rates[9 + 45]);
    }
}

#[test]
fn tasks_far_behind_the_teacher_are_drawn_more_often() {
    let target = |group| RowTarget { group, hard: None, soft: None, vector: None, taught: None };
    let train: Vec<Example> =
        (0..300).map(|i| Example { text: Encoded::default(), target: target(i % 3) }).collect();
    let shares = shares(&train, &[0.5, 0.9, 0.2], &[0.4, 0.6, 0.3]);
    // Gaps of 0.1, 0.3 and none.
    for (have, want) in shares.iter().zip([1.0 / 6.0 + 0.125, 1.0 / 6.0 + 0.375, 1.0 / 6.0]) {
        assert!((have - want).abs() < 1e-9, "{shares:?}");
    }
    let order = drawn(&train, &shares, 5);
    assert_eq!(order.len(), train.len());
    assert_eq!(order, drawn(&train, &shares, 5));
    let of = |task: usize| order.iter().filter(|i| *i % 3 == task).count();
    assert!((160..=165).contains(&of(1)) && (48..=52).contains(&of(2)), "{} {}", of(1), of(2));
    // A task that is sampled in full includes each of its answers.
    let seen: std::collections::HashSet<_> = order.iter().filter(|i| *i % 3 == 1).collect();
    assert_eq!(seen.len(), 100);
}

/// A learner on an encoder, for a task with three levels and one with two labels.
fn learner(encoder: Box<dyn Encoder>, parameters: Parameters, scope: Option<Scope>) -> Learner {
    use crate::head::TaskHead;
    use crate::model::mixture::Config;
    let tasks = [
        TaskHead { kind: crate::head::HeadKind::Ordinal, labels: 3 },
        TaskHead { kind: crate::head::HeadKind::Sigmoid, labels: 2 },
    ];
    let priors = [vec![0.2, 0.3, 0.5], vec![0.5, 0.5]];
    let (width, device) = (encoder.width(), candle_core::Device::Cpu);
    let head = Head::new(&tasks, &priors, width, 4, 0.1, 1, &device).unwrap();
    let config =
        |scope| Config { scope, experts: 2, blocks: 2, hidden: 4, gate: 3, task_embedding: 2, top_k: None };
    let mixture = scope.map(|scope| Mixture::new(config(scope), width, 2, 2, &device).unwrap());
    Learner { encoder, parameters, mixture, head, trained: None }
}

/// Every encoder that a model may have, with every mixture that goes with it.
fn learners() -> Vec<(&'static str, Learner)> {
    use crate::model::bert::{Bert, Config, Family};
    use crate::model::{lstm, mean};
    let cpu = candle_core::Device::Cpu;
    let mut all = Vec::new();
    for quantized in [false, true] {
        for scope in [None, Some(Scope::Pooled)] {
            let config = lstm::Config {
                vocab: 7,
                embedding: 4,
                hidden: 4,
                dropout: 0.1,
                fixed_point: quantized,
                quantized_weights: quantized,
            };
            let e = lstm::ELstm::new(config);
            let flat = Parameters::new(e.init(3), None, &cpu).unwrap();
            all.push(("e-lstm", learner(Box::new(e), flat, scope)));
        }
    }
    let e = mean::MeanEmbedding::new(mean::Config { vocab: 7, embedding: 4, dropout: 0.1 });
    let flat = Parameters::new(e.init(3), None, &cpu).unwrap();
    all.push(("mean embedding", learner(Box::new(e), flat, None)));
    for trained in [false, true] {
        for scope in [None, Some(Scope::Pooled), Some(Scope::Token)] {
            let config = Config {
                vocab_size: 7,
                hidden_size: 8,
                num_hidden_layers: 2,
                num_attention_heads: 2,
                intermediate_size: 12,
                max_position_embeddings: 16,
                type_vocab_size: 2,
                family: Family::Bert,
                rotary_base: 0.0,
                layer_norm_eps: 1e-12,
                hidden_dropout_prob: 0.1,
            };
            let e = Bert::new(config, 2).unwrap();
            let words = Tensor::from_vec(crate::ops::tests::uniform(56, 4), (7, 8), &cpu).unwrap();
            let words = match trained {
                true => Words::Trained(Var::from_tensor(&words).unwrap()),
                false => Words::Frozen(words),
            };
            let flat = crate::ops::tests::uniform(e.layout().len(), 5);
            let parameters = Parameters::new(flat, Some(words), &cpu).unwrap();
            all.push(("bert", learner(Box::new(e), parameters, scope)));
        }
    }
    all
}

#[test]
fn empty_texts_and_tiny_batches_are_learned_from_by_every_model() {
    let example = |ids: &[u32], group: usize| Example {
        text: Encoded { ids: ids.to_vec(), segments: vec![0; ids.len()] },
        target: RowTarget {
            group,
            hard: Some((crate::head::LossTarget { positive: vec![1.0, 0.0], negative: vec![0.0, 1.0] }, 1.0)),
            soft: None,
            vector: None,
            taught: None,
        },
    };
    let (empty, full) = (|group| example(&[], group), |group| example(&[1, 4, 2], group));
    let sets = [
        vec![empty(0)],
        vec![empty(0), empty(1), empty(0)],
        vec![full(0)],
        vec![empty(0), full(1), empty(1), full(0), empty(0)],
        vec![full(1), empty(0)],
    ];
    for train in &sets {
        for validation in &sets {
            for (name, learner) in learners() {
                let settings = FitSettings { epochs: 2, batch: 2, rate: 1e-2, ..FitSettings::default() };
                let objective = Objective { balance: 0.1, ..Objective::default() };
                let input = FitInput {
                    train,
                    validation,
                    settings: &settings,
                    objective,
                    unknown: 0,
                    teacher_losses: None,
                    seed: 3,
                };
                let every = Duration::from_secs(60);
                let monitor = FitMonitor { checkpoint: None, every, curves: None, progress: &|_, _, _| {} };
                let history = fit(&learner, &input, &monitor).unwrap_or_else(|e| panic!("{name}: {e:#}"));
                let state = learner.state().unwrap();
                assert!(history.train_loss.iter().all(|l| l.is_finite()), "{name}");
                assert!(state.values().flatten().all(|v| v.is_finite()), "{name}");
            }
        }
    }
}

#[test]
fn an_empty_text_has_the_vector_of_zeros_beside_others_or_alone() {
    for (name, learner) in learners() {
        let mut batch = Batch::default();
        let alone = |batch: &Batch| -> Vec<Vec<f32>> {
            let vectors = learner.encoder.forward(&learner.parameters, batch, Mode::Infer).unwrap();
            vectors.to_vec2().unwrap()
        };
        batch.push(&[], &[]);
        assert!(alone(&batch)[0].iter().all(|v| *v == 0.0), "{name}");
        let score = learner.logits(&batch, Mode::Infer).unwrap().to_vec2::<f32>().unwrap();
        batch.push(&[1, 2], &[0, 0]);
        batch.push(&[], &[]);
        let both = alone(&batch);
        assert!(both[0].iter().chain(&both[2]).all(|v| *v == 0.0), "{name}");
        assert!(both[1].iter().any(|v| *v != 0.0), "{name}");
        let scores = learner.logits(&batch, Mode::Infer).unwrap().to_vec2::<f32>().unwrap();
        for (a, b) in score[0].iter().zip(&scores[2]) {
            assert!((a - b).abs() < 1e-6, "{name}: {a} but {b}");
        }
    }
}

#[test]
fn dropped_words_become_unknown_at_the_stated_rate() {
    let mut batch = Batch::default();
    batch.push(&vec![5; 10_000], &vec![0; 10_000]);
    drop_words(&mut batch, 0.1, 0, 77);
    let dropped = batch.ids.iter().filter(|id| **id == 0).count();
    assert!((850..1150).contains(&dropped), "{dropped}");
}
