//! Fits of tiny models: every trained parameter changes, and a killed fit resumes with the same result.

use candle_core::{Device, Tensor, Var};
use pupil_trainer::fit::{
    CurveFiles, Curves, Example, FitInput, FitMonitor, FitSettings, History, Keep, Learner, Objective, fit,
};
use pupil_trainer::head::{Head, HeadKind, TaskHead};
use pupil_trainer::loss::{Distillation, RowTarget, Terms};
use pupil_trainer::model::bert::{self, Bert, Family};
use pupil_trainer::model::lstm::{self, ELstm};
use pupil_trainer::model::params::{Layout, Parameters, Words};
use pupil_trainer::model::{Batch, Encoder, Mode};
use pupil_trainer::random;
use pupil_trainer::tokenizer::Encoded;
use rand::Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const VOCAB: usize = 17;
/// Ids from here on are in no example.
const UNSEEN: usize = 14;
const WIDTH: usize = 12;
const LONGEST: usize = 7;
const EPOCHS: usize = 3;
const BATCH: usize = 4;
/// Not a multiple of the batch: the last step of an epoch is a short one.
const ANSWERS: usize = 10;
const STEPS: usize = EPOCHS * ANSWERS.div_ceil(BATCH);

/// Makes a learner from a seed and a dropout rate.
type MakeLearner = fn(u64, f32) -> Learner;

/// The model families, with a function that makes a tiny model from a seed and a dropout rate.
const FAMILIES: [(&str, MakeLearner); 2] = [("bert", teacher), ("e-lstm", student)];

fn tasks() -> [TaskHead; 3] {
    [
        TaskHead { kind: HeadKind::Softmax, labels: 3 },
        TaskHead { kind: HeadKind::Sigmoid, labels: 2 },
        TaskHead { kind: HeadKind::Ordinal, labels: 4 },
    ]
}

fn learner(
    encoder: Box<dyn Encoder>,
    parameters: Parameters,
    hidden: usize,
    dropout: f32,
    seed: u64,
) -> Learner {
    let priors = [vec![0.5, 0.25, 0.25], vec![0.5, 0.75], vec![0.25; 4]];
    let head = Head::new(&tasks(), &priors, encoder.width(), hidden, dropout, seed, &Device::Cpu)
        .expect("the CPU takes the head");
    Learner { encoder, parameters, mixture: None, head, trained: None }
}

fn teacher(seed: u64, dropout: f32) -> Learner {
    let config = bert::Config {
        vocab_size: VOCAB,
        hidden_size: WIDTH,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        intermediate_size: 20,
        max_position_embeddings: LONGEST,
        type_vocab_size: 2,
        family: Family::Bert,
        rotary_base: 0.0,
        layer_norm_eps: 1e-12,
        hidden_dropout_prob: dropout,
    };
    let encoder = Bert::new(config, 2).expect("the dimensions fit");
    let mut rng = random::generator(seed);
    let (mut flat, mut words) = (vec![0.0; encoder.layout().len()], vec![0.0; VOCAB * WIDTH]);
    random::uniform(&mut flat, 0.3, &mut rng);
    random::uniform(&mut words, 0.3, &mut rng);
    for entry in encoder.layout().entries().iter().filter(|e| e.name.ends_with("LayerNorm.weight")) {
        flat[entry.range.clone()].fill(1.0);
    }
    let words = Var::from_vec(words, (VOCAB, WIDTH), &Device::Cpu).expect("the CPU takes the words");
    let parameters = Parameters::new(flat, Some(Words::Trained(words)), &Device::Cpu)
        .expect("the CPU takes the parameters");
    learner(Box::new(encoder), parameters, 0, dropout, seed)
}

fn student(seed: u64, dropout: f32) -> Learner {
    let config = lstm::Config {
        vocab: VOCAB,
        embedding: WIDTH,
        hidden: 8,
        dropout,
        fixed_point: true,
        quantized_weights: false,
    };
    let encoder = ELstm::new(config);
    let parameters =
        Parameters::new(encoder.init(seed), None, &Device::Cpu).expect("the CPU takes the parameters");
    learner(Box::new(encoder), parameters, 6, dropout, seed)
}

/// Invented answers to the three tasks in turn, each with a human score and a teacher's probabilities.
fn examples(n: usize, seed: u64) -> Vec<Example> {
    let mut rng = random::generator(seed);
    (0..n)
        .map(|i| {
            let length = rng.random_range(1..=LONGEST);
            let ids: Vec<u32> =
                (0..length).map(|_| rng.random_range(0..u32::try_from(UNSEEN).expect("small"))).collect();
            let segments = (0..length).map(|t| u8::from(t > length / 2)).collect();
            let group = i % 3;
            let task = &tasks()[group];
            let score = rng.random_range(0..task.labels);
            let hard: Vec<f32> = (0..task.labels).map(|k| if k == score { 1.0 } else { 0.0 }).collect();
            let soft: Vec<f32> = hard.iter().map(|p| 0.7 * p + 0.3 / task.labels as f32).collect();
            let target = RowTarget {
                group,
                hard: Some((task.target(&hard), 1.0)),
                soft: Some(task.target(&soft)),
                // One answer has no vector.
                vector: (i != 4).then(|| (0..5).map(|_| rng.random_range(-1.0..1.0)).collect()),
                taught: None,
            };
            Example { text: Encoded { ids, segments }, target }
        })
        .collect()
}

const OBJECTIVE: Objective = Objective {
    distillation: Distillation::Paper,
    lambda: 0.5,
    temperature: 2.0,
    balance: 0.0,
    features: 0.0,
    mapped: true,
    terms: Terms { ranking: 0.0, moments: 0.0, selects: false },
};

#[test]
fn every_trainable_variable_receives_a_gradient_and_changes() {
    let train = examples(24, 2);
    // One step without weight decay: only a gradient changes an element.
    let settings = FitSettings {
        epochs: 1,
        batch: train.len(),
        rate: 1e-2,
        weight_decay: 0.0,
        ..FitSettings::default()
    };
    let monitor =
        FitMonitor { checkpoint: None, every: Duration::MAX, curves: None, progress: &|_, _, _| {} };
    let seen: BTreeSet<usize> = train.iter().flat_map(|e| &e.text.ids).map(|id| *id as usize).collect();
    assert_eq!(seen.len(), UNSEEN, "every id below UNSEEN occurs");
    for (family, make) in FAMILIES {
        let learner = make(1, 0.0);
        let before = learner.state().unwrap();
        let validation = examples(3, 3);
        let input = FitInput {
            train: &train,
            validation: &validation,
            settings: &settings,
            objective: OBJECTIVE,
            unknown: 0,
            teacher_losses: None,
            seed: 4,
        };
        fit(&learner, &input, &monitor).unwrap();
        let after = learner.state().unwrap();
        let mut still: Vec<&str> =
            before.keys().map(String::as_str).filter(|n| before[*n] == after[*n]).collect();
        let (flat_before, flat_after) = (&before["encoder"], &after["encoder"]);
        for entry in learner.encoder.layout().entries() {
            if flat_before[entry.range.clone()] == flat_after[entry.range.clone()] {
                still.push(&entry.name);
            }
        }
        assert!(still.is_empty(), "{family}: {still:?} did not change");
        assert_eq!(before.contains_key("words"), family == "bert");
        let rows = |state: &BTreeMap<String, Vec<f32>>| -> Vec<Vec<f32>> {
            let values = match learner.encoder.layout().get("embedding") {
                Some(entry) => &state["encoder"][entry.range.clone()],
                None => &state["words"],
            };
            values.chunks_exact(WIDTH).map(<[f32]>::to_vec).collect()
        };
        let (rows_before, rows_after) = (rows(&before), rows(&after));
        let moved: BTreeSet<usize> = (0..VOCAB).filter(|v| rows_before[*v] != rows_after[*v]).collect();
        assert_eq!(moved, seen, "{family}: word vectors that changed, and words that occur");
    }
}

/// The fits that are killed and resumed: every family, with and without averages and a map.
const RESUMED: [(&str, MakeLearner, Kept); 4] = [
    ("bert", teacher, Kept { ema: 0.0, features: 0.0 }),
    ("e-lstm", student, Kept { ema: 0.0, features: 0.0 }),
    ("bert", teacher, Kept { ema: 0.9, features: 0.0 }),
    ("e-lstm", student, Kept { ema: 0.9, features: 0.7 }),
];

/// What a fit has to keep besides parameters and moments.
#[derive(Clone, Copy)]
struct Kept {
    ema: f64,
    /// The weight of the teacher's vectors, for which a map is learned.
    features: f32,
}

/// The payload of [`resume_unwind`] in a simulated kill.
struct Killed;

fn fit_input<'a>(train: &'a [Example], validation: &'a [Example], settings: &'a FitSettings) -> FitInput<'a> {
    FitInput { train, validation, settings, objective: OBJECTIVE, unknown: 0, teacher_losses: None, seed: 7 }
}

/// Fits with dropout everywhere and a checkpoint after every step; `None` if the fit was killed.
fn fit_watched(
    learner: &Learner,
    kept: Kept,
    checkpoint: Option<&Path>,
    progress: &(dyn Fn() + Sync),
) -> Option<History> {
    let settings = FitSettings {
        epochs: EPOCHS,
        batch: BATCH,
        rate: 1e-2,
        patience: EPOCHS,
        word_dropout: 0.1,
        ema: kept.ema,
        ..FitSettings::default()
    };
    let files = checkpoint.and_then(Path::parent).map(CurveFiles::within);
    let curves = files.as_ref().map(|files| ("a model", files));
    let monitor = FitMonitor { checkpoint, every: Duration::ZERO, curves, progress: &|_, _, _| progress() };
    let (train, validation) = (examples(ANSWERS, 5), examples(6, 6));
    let mut input = fit_input(&train, &validation, &settings);
    input.objective.features = kept.features;
    match catch_unwind(AssertUnwindSafe(|| fit(learner, &input, &monitor))) {
        Ok(history) => Some(History { seconds: 0.0, ..history.expect("the fit succeeds") }),
        Err(cause) if cause.is::<Killed>() => None,
        Err(cause) => resume_unwind(cause),
    }
}

fn bits(learner: &Learner) -> BTreeMap<String, Vec<u32>> {
    let state = learner.state().expect("the parameters can be read");
    state.into_iter().map(|(name, values)| (name, values.into_iter().map(f32::to_bits).collect())).collect()
}

/// The parameters and the history of a fit that nothing interrupts.
fn uninterrupted(make: MakeLearner, kept: Kept) -> (BTreeMap<String, Vec<u32>>, History) {
    let learner = make(1, 0.2);
    let history = fit_watched(&learner, kept, None, &|| {}).expect("nothing kills this fit");
    (bits(&learner), history)
}

#[test]
fn epoch_with_the_lowest_loss_or_the_last_epoch_is_kept() {
    let (train, validation) = (examples(ANSWERS, 5), examples(12, 6));
    let (_, make) = FAMILIES[0];
    let fitted = |keep: Keep, epochs: usize| {
        // The rate is so high that overfitting raises the validation loss.
        let settings =
            FitSettings { epochs, batch: BATCH, rate: 0.1, patience: 2, keep, ..FitSettings::default() };
        let input = fit_input(&train, &validation, &settings);
        let monitor =
            FitMonitor { checkpoint: None, every: Duration::MAX, curves: None, progress: &|_, _, _| {} };
        let learner = make(1, 0.0);
        let history = fit(&learner, &input, &monitor).unwrap();
        (history, bits(&learner))
    };
    let (lowest, best) = fitted(Keep::LowestLoss, 8);
    let losses = &lowest.validation_loss;
    assert_eq!(
        losses.len(),
        lowest.best_epoch + 3,
        "two epochs without a lower loss end the fit: {losses:?}"
    );
    assert!(losses.iter().all(|loss| *loss >= losses[lowest.best_epoch]));
    let (last, end) = fitted(Keep::Last, 8);
    assert_eq!((last.validation_loss.len(), last.best_epoch), (8, 7));
    assert_ne!(best, end);
    // The epoch with the most answers that get exactly their score; that is the one whose parameters are there.
    let (exact, kept) = fitted(Keep::ExactMatch, 8);
    let (shares, losses) = (&exact.exact_match, &exact.validation_loss);
    assert_eq!(shares.len(), losses.len());
    let best = exact.best_epoch;
    let better =
        |e: &usize| shares[*e] > shares[best] || shares[*e] == shares[best] && losses[*e] < losses[best];
    assert_eq!((0..losses.len()).find(better), None, "{shares:?} {losses:?}");
    assert_eq!(kept == end, best == 7);
}

#[test]
fn a_teachers_vectors_change_the_encoder_and_their_map_is_thrown_away() {
    let (train, validation) = (examples(ANSWERS, 5), examples(12, 6));
    let settings =
        FitSettings { epochs: 4, batch: BATCH, rate: 3e-2, keep: Keep::Last, ..FitSettings::default() };
    let monitor =
        FitMonitor { checkpoint: None, every: Duration::MAX, curves: None, progress: &|_, _, _| {} };
    for (family, make) in FAMILIES {
        let fitted = |features: f32| {
            let learner = make(1, 0.0);
            let mut input = fit_input(&train, &validation, &settings);
            input.objective.features = features;
            let history = fit(&learner, &input, &monitor).unwrap();
            (learner.state().unwrap(), history)
        };
        let ((plain, _), (taught, history)) = (fitted(0.0), fitted(1.0));
        assert_eq!(plain.keys().collect::<Vec<_>>(), taught.keys().collect::<Vec<_>>(), "{family}");
        assert_ne!(plain["encoder"], taught["encoder"], "{family}");
        assert!(history.train_loss[3] < history.train_loss[0], "{family}: {:?}", history.train_loss);
        let mut bare = train.clone();
        bare.iter_mut().for_each(|e| e.target.vector = None);
        let mut input = fit_input(&bare, &validation, &settings);
        input.objective.features = 1.0;
        let error = fit(&make(1, 0.0), &input, &monitor).unwrap_err().to_string();
        assert!(error.contains("none of the 10 answers has a vector of the teacher"), "{error}");
    }
}

#[test]
fn the_average_of_the_parameters_is_kept_in_place_of_the_last_ones() {
    let (train, validation) = (examples(ANSWERS, 5), examples(12, 6));
    for (family, make) in FAMILIES {
        let fitted = |epochs: usize, ema: f64| {
            // The rate of each step depends on the number of all steps, so the fits differ only in what they keep.
            let settings = FitSettings {
                epochs,
                batch: BATCH,
                rate: 1e-2,
                keep: Keep::Last,
                ema,
                ..FitSettings::default()
            };
            let monitor =
                FitMonitor { checkpoint: None, every: Duration::MAX, curves: None, progress: &|_, _, _| {} };
            let learner = make(1, 0.0);
            let start = learner.state().unwrap();
            let history = fit(&learner, &fit_input(&train, &validation, &settings), &monitor).unwrap();
            (start, learner.state().unwrap(), history)
        };
        let (_, raw, plain) = fitted(2, 0.0);
        let (start, kept, averaged) = fitted(2, 0.999);
        // The training itself is the same; what is measured and kept is not.
        assert_eq!(plain.train_loss, averaged.train_loss, "{family}");
        assert_ne!(plain.validation_loss, averaged.validation_loss, "{family}");
        let far = |a: &BTreeMap<String, Vec<f32>>, b: &BTreeMap<String, Vec<f32>>| -> f32 {
            a.iter().flat_map(|(n, v)| v.iter().zip(&b[n]).map(|(a, b)| (a - b).abs())).sum()
        };
        assert!(far(&kept, &raw) > 0.0 && far(&kept, &start) < far(&raw, &start), "{family}");
    }
}

#[test]
fn fit_killed_in_every_step_and_resumed_gives_the_same_bits() {
    for (family, make, kept) in RESUMED {
        let (want, want_history) = uninterrupted(make, kept);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fit.checkpoint");
        for kill in 0..STEPS {
            // The first run is killed in its second step, every later one in the step after the one that it repeats.
            let calls = AtomicUsize::new(0);
            let kill_run = || {
                if calls.fetch_add(1, Ordering::Relaxed) == 1 {
                    resume_unwind(Box::new(Killed));
                }
            };
            // Only the first run starts from the right parameters, so a value that the checkpoint does not restore
            // would be visible.
            let learner = make(if kill == 0 { 1 } else { 99 }, 0.2);
            let history = fit_watched(&learner, kept, Some(&file), &kill_run);
            if kill + 1 < STEPS {
                assert!(history.is_none(), "{family}: run {kill} was not killed");
                continue;
            }
            assert_eq!(history.as_ref(), Some(&want_history), "{family}");
            assert_eq!(bits(&learner), want, "{family}: parameters of the last run");
            // The files of the course go on as well, without a gap or a row too many.
            let csv = std::fs::read_to_string(folder.path().join("history.csv")).unwrap();
            assert_eq!(csv, Curves::of_model(&want_history).csv(), "{family}");
            assert_eq!(csv.lines().count(), 1 + EPOCHS, "{family}");
        }
        let learner = make(99, 0.2);
        let history = fit_watched(&learner, kept, Some(&file), &|| panic!("a finished fit must not step"));
        assert_eq!(history, Some(want_history), "{family}: read back");
        assert_eq!(bits(&learner), want, "{family}: read back");
    }
}

/// An encoder that simulates a kill at the inference after `left` others.
struct KilledEncoder {
    inner: Box<dyn Encoder>,
    left: AtomicUsize,
}

impl Encoder for KilledEncoder {
    fn width(&self) -> usize {
        self.inner.width()
    }

    fn layout(&self) -> &Layout {
        self.inner.layout()
    }

    fn forward(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> anyhow::Result<Tensor> {
        if mode == Mode::Infer && self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            resume_unwind(Box::new(Killed));
        }
        self.inner.forward(parameters, batch, mode)
    }
}

#[test]
fn fit_killed_in_validation_and_resumed_gives_the_same_bits() {
    for (family, make, kept) in RESUMED {
        let (want, want_history) = uninterrupted(make, kept);
        for epoch in 0..EPOCHS {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("fit.checkpoint");
            let Learner { encoder, parameters, head, .. } = make(1, 0.2);
            let encoder = Box::new(KilledEncoder { inner: encoder, left: AtomicUsize::new(epoch) });
            let killed = Learner { encoder, parameters, mixture: None, head, trained: None };
            assert_eq!(fit_watched(&killed, kept, Some(&file), &|| {}), None, "{family}: epoch {epoch}");
            let learner = make(99, 0.2);
            let history = fit_watched(&learner, kept, Some(&file), &|| {});
            assert_eq!(history.as_ref(), Some(&want_history), "{family}: epoch {epoch}");
            assert_eq!(bits(&learner), want, "{family}: epoch {epoch}");
        }
    }
}
