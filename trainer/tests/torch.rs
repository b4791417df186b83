//! Compares the trainer's own operations with PyTorch; `fixtures/torch/ops.json` has the outputs and gradients.

use candle_core::{Device, Tensor, Var};
use pupil_trainer::head::{Group, Link, LossTarget};
use pupil_trainer::loss::{Distillation, HeadLoss, RowTarget};
use pupil_trainer::model::bert::{self, Bert};
use pupil_trainer::model::lstm::{self, ELstm};
use pupil_trainer::model::params::{Parameters, Words};
use pupil_trainer::model::{Batch, Encoder, Mode};
use pupil_trainer::ops::activation::{gelu, gelu_backward};
use pupil_trainer::ops::adamw::{Gradient, Settings, Slot};
use pupil_trainer::ops::attention::{attention, attention_backward, softmax_rows, softmax_rows_backward};
use pupil_trainer::ops::lstm::{Gradients, Saved, State, Weights, bilstm, bilstm_backward};
use pupil_trainer::ops::norm::{self, layer_norm, layer_norm_backward};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::ops::Range;

/// Largest difference from PyTorch's f64, as a share of the largest magnitude of the tensor: one operation.
const OPERATION: f64 = 1e-5;
/// The same for a whole encoder, in which rounding errors add up.
const ENCODER: f64 = 5e-5;

/// One case of the fixture.
struct Case(Value);

impl Case {
    fn new(name: &str) -> Self {
        let all: Value =
            serde_json::from_str(include_str!("fixtures/torch/ops.json")).expect("the fixture is JSON");
        Self(all[name].clone())
    }

    /// The value at a path such as `weights/input`.
    fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        let value = self.0.pointer(&format!("/{path}")).unwrap_or_else(|| panic!("the fixture lacks {path}"));
        T::deserialize(value).unwrap_or_else(|e| panic!("the fixture's {path}: {e}"))
    }

    fn values(&self, path: &str) -> Vec<f32> {
        self.get(path)
    }

    /// Compares tensors with those at the given paths and reports every one that differs.
    fn assert_close(&self, tolerance: f64, tensors: &[(&str, &[f32])]) {
        let failing: Vec<String> = tensors
            .iter()
            .filter_map(|(path, have)| difference(have, &self.get::<Vec<f64>>(path), tolerance, path))
            .collect();
        assert!(failing.is_empty(), "{}", failing.join("\n"));
    }
}

/// Describes how `have` differs, if it does.
fn difference(have: &[f32], want: &[f64], tolerance: f64, name: &str) -> Option<String> {
    if have.len() != want.len() {
        return Some(format!("{name}: {} values, PyTorch has {}", have.len(), want.len()));
    }
    let largest = want.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let error = |i: usize| (f64::from(have[i]) - want[i]).abs() / largest;
    let wrong: Vec<usize> = (0..want.len()).filter(|i| error(*i).is_nan() || error(*i) > tolerance).collect();
    let worst = wrong.iter().copied().max_by(|a, b| error(*a).total_cmp(&error(*b)))?;
    Some(format!(
        "{name}: {} of {} values differ; [{worst}] is {}, PyTorch has {} (error {:.1e} of {largest}, allowed {tolerance:.0e})",
        wrong.len(),
        want.len(),
        have[worst],
        want[worst],
        error(worst)
    ))
}

/// Ranges of consecutive sequences of these lengths.
fn packed(lengths: &[usize]) -> Vec<Range<usize>> {
    let ends = lengths.iter().scan(0, |end, n| {
        *end += n;
        Some(*end)
    });
    ends.zip(lengths).map(|(end, n)| end - n..end).collect()
}

/// Gradients of the parameters and of trained word vectors, from the gradient of the encoder's output.
fn gradients(pooled: &Tensor, dpooled: Vec<f32>, parameters: &Parameters) -> (Vec<f32>, Vec<f32>) {
    let weights = Tensor::from_vec(dpooled, pooled.shape(), &Device::Cpu).expect("one weight per output");
    let loss = (pooled * weights).and_then(|t| t.sum_all()).expect("shapes fit");
    let store = loss.backward().expect("the encoder is differentiable");
    let left = parameters.sink.take();
    if !left.flat.is_empty() {
        return (left.flat, left.words);
    }
    let gradient = parameters.flat_gradient(&store).expect("candle reads it");
    (flat(&gradient.expect("the parameters have a gradient")), Vec::new())
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().and_then(|t| t.to_vec1()).expect("a tensor of f32 can be read")
}

#[test]
fn layer_norm_equals_pytorch() {
    let case = Case::new("layer_norm");
    let (sum, scale, shift) = (case.values("sum"), case.values("scale"), case.values("shift"));
    let (mut y, mut saved) = (vec![0.0; sum.len()], norm::Saved::default());
    layer_norm(&mut y, &mut saved, &sum, &scale, &shift, case.get("epsilon"));
    let (mut dsum, mut dscale, mut dshift) =
        (case.values("dy"), vec![0.0; scale.len()], vec![0.0; scale.len()]);
    layer_norm_backward(&mut dsum, &mut dscale, &mut dshift, &saved, &scale);
    case.assert_close(OPERATION, &[("y", &y), ("dsum", &dsum), ("dscale", &dscale), ("dshift", &dshift)]);
}

#[test]
fn softmax_equals_pytorch() {
    let case = Case::new("softmax");
    let (mut p, mut dscores) = (case.values("scores"), case.values("dp"));
    softmax_rows(&mut p, case.get("width"));
    softmax_rows_backward(&mut dscores, &p, case.get("width"));
    case.assert_close(OPERATION, &[("p", &p), ("dscores", &dscores)]);
}

#[test]
fn gelu_equals_pytorch() {
    let case = Case::new("gelu");
    let (x, mut dx) = (case.values("x"), case.values("dy"));
    let mut y = vec![0.0; x.len()];
    gelu(&mut y, &x);
    gelu_backward(&mut dx, &x);
    case.assert_close(OPERATION, &[("y", &y), ("dx", &dx)]);
}

#[test]
fn attention_of_packed_sequences_equals_pytorch_one_by_one() {
    let case = Case::new("attention");
    let (qkv, dcontext) = (case.values("qkv"), case.values("dcontext"));
    let (width, heads) = (case.get("width"), case.get("heads"));
    let sequences = packed(&case.get::<Vec<usize>>("lengths"));
    let (mut context, mut probabilities) = (vec![0.0; dcontext.len()], Vec::new());
    attention(&mut context, &mut probabilities, &qkv, &sequences, width, heads, None);
    let mut dqkv = vec![7.0; qkv.len()];
    attention_backward(&mut dqkv, &dcontext, &probabilities, &qkv, &sequences, width, heads, None);
    case.assert_close(OPERATION, &[("context", &context), ("dqkv", &dqkv)]);
}

#[test]
fn bidirectional_lstm_equals_pytorch() {
    let case = Case::new("bilstm");
    let sequences = packed(&case.get::<Vec<usize>>("lengths"));
    let (x, dstates) = (case.values("x"), case.values("dstates"));
    let (input, recurrent, bias) =
        (case.values("weights/input"), case.values("weights/recurrent"), case.values("weights/bias"));
    let hidden = case.get("hidden");
    let w = Weights { input: &input, recurrent: &recurrent, bias: &bias, hidden, state: State::Float };
    let (mut states, mut saved) = (vec![0.0; dstates.len()], Saved::default());
    bilstm(&mut states, &mut saved, &x, w, &sequences);
    let (mut dx, mut dinput, mut drecurrent, mut dbias) =
        (vec![7.0; x.len()], vec![0.0; input.len()], vec![0.0; recurrent.len()], vec![0.0; bias.len()]);
    let mut out = Gradients { x: &mut dx, input: &mut dinput, recurrent: &mut drecurrent, bias: &mut dbias };
    bilstm_backward(&mut out, &mut saved, &dstates, &states, &x, w, &sequences);
    case.assert_close(
        OPERATION,
        &[
            ("states", &states),
            ("dx", &dx),
            ("dweights/input", &dinput),
            ("dweights/recurrent", &drecurrent),
            ("dweights/bias", &dbias),
        ],
    );
}

#[test]
fn adamw_equals_pytorch_for_five_steps() {
    let case = Case::new("adamw");
    let start = case.values("start");
    let settings = Settings {
        epsilon: case.get("epsilon"),
        weight_decay: case.get("weight_decay"),
        ..Settings::default()
    };
    let var = Var::from_slice(&start, start.len(), &Device::Cpu).unwrap();
    #[expect(clippy::single_range_in_vec_init, reason = "one range of elements, not the elements of a range")]
    let mut slot = Slot::new(var, 1.0, vec![0..case.get("decayed")]).unwrap();
    let rates: Vec<f64> = case.get("rates");
    let mut after = Vec::new();
    for (i, rate) in rates.iter().enumerate() {
        let gradient = Gradient::Host(case.values(&format!("gradients/{i}")));
        slot.update(&gradient, 1.0, *rate, i + 1, &settings).unwrap();
        after.push((format!("after/{i}"), slot.var.to_vec1().unwrap()));
    }
    let (first, second) = slot.moments().unwrap();
    let parameters: Vec<(&str, &[f32])> =
        after.iter().map(|(n, v): &(_, Vec<f32>)| (n.as_str(), &v[..])).collect();
    // A step changes a parameter by about a hundredth of the largest, so the tolerance is stricter.
    case.assert_close(OPERATION / 10.0, &parameters);
    case.assert_close(OPERATION / 10.0, &[("first", &first), ("second", &second)]);
}

#[test]
fn head_losses_equal_pytorch_for_hard_soft_and_combined_targets() {
    let case = Case::new("head_losses");
    let groups: Vec<Group> = case
        .get::<Vec<Value>>("groups")
        .iter()
        .map(|g| {
            let (start, end) = <(usize, usize)>::deserialize(&g["columns"]).unwrap();
            let link = if g["link"] == "softmax" { Link::Softmax } else { Link::Logistic };
            Group { columns: start..end, link }
        })
        .collect();
    let target = |probabilities: &Value| -> Option<LossTarget> {
        let positive = Option::<Vec<f32>>::deserialize(probabilities).unwrap()?;
        let negative = positive.iter().map(|p| 1.0 - p).collect();
        Some(LossTarget { positive, negative })
    };
    let rows: Vec<RowTarget> = case
        .get::<Vec<Value>>("rows")
        .iter()
        .map(|r| RowTarget {
            group: usize::deserialize(&r["group"]).unwrap(),
            hard: target(&r["hard"]).map(|t| (t, f32::deserialize(&r["weight"]).unwrap())),
            soft: target(&r["soft"]),
            vector: None,
            taught: None,
        })
        .collect();
    for n in 0..case.get::<Vec<Value>>("cases").len() {
        let at = |name: &str| format!("cases/{n}/{name}");
        let shape = (rows.len(), case.get::<usize>("columns"));
        let z = Var::from_vec(case.values(&at("logits")), shape, &Device::Cpu).unwrap();
        let loss = HeadLoss::new(
            groups.clone(),
            rows.clone(),
            Distillation::Paper,
            case.get(&at("lambda")),
            case.get(&at("temperature")),
        )
        .apply(&z)
        .unwrap();
        let value = f64::from(loss.to_scalar::<f32>().unwrap());
        let want: f64 = case.get(&at("loss"));
        assert!((value - want).abs() <= OPERATION * want, "case {n}: loss {value}, PyTorch has {want}");
        let dlogits = flat(loss.backward().unwrap().get(&z).unwrap());
        case.assert_close(OPERATION, &[(&at("dlogits"), &dlogits)]);
    }
}

#[test]
fn e_lstm_encoder_equals_pytorch_with_all_gradients() {
    let case = Case::new("e_lstm");
    let model = ELstm::new(lstm::Config {
        vocab: case.get("vocab"),
        embedding: case.get("width"),
        hidden: case.get("hidden"),
        dropout: 0.0,
        fixed_point: false,
        quantized_weights: false,
    });
    let mut batch = Batch::default();
    for ids in case.get::<Vec<Vec<u32>>>("sequences") {
        batch.push(&ids, &vec![0; ids.len()]);
    }
    assert_encoder(&case, &model, &batch, None);
}

#[test]
fn bert_encoder_equals_pytorch_with_all_gradients_on_one_and_two_threads() {
    let case = Case::new("bert");
    let config: bert::Config = case.get("config");
    let mut batch = Batch::default();
    for (ids, segments) in case.get::<Vec<Vec<u32>>>("ids").iter().zip(case.get::<Vec<Vec<u8>>>("segments")) {
        batch.push(ids, &segments);
    }
    for threads in [1, 2] {
        let words = case.values(&format!("parameters/{WORDS}"));
        let words = Var::from_vec(words, (config.vocab_size, config.hidden_size), &Device::Cpu).unwrap();
        let model = Bert::new(config.clone(), threads).unwrap();
        assert_encoder(&case, &model, &batch, Some(Words::Trained(words)));
    }
}

/// Word vectors, which BERT stores separately from its other parameters.
const WORDS: &str = "embeddings.word_embeddings.weight";

/// Compares the output and the gradient of every named parameter.
fn assert_encoder(case: &Case, encoder: &dyn Encoder, batch: &Batch, words: Option<Words>) {
    let entries = encoder.layout().entries();
    let values = entries.iter().flat_map(|e| case.values(&format!("parameters/{}", e.name))).collect();
    let trains_words = words.is_some();
    let parameters = Parameters::new(values, words, &Device::Cpu).expect("the CPU takes the parameters");
    let pooled =
        encoder.forward(&parameters, batch, Mode::Train { seed: 1 }).expect("the batch fits the encoder");
    let (gradient, dwords) = gradients(&pooled, case.values("dpooled"), &parameters);
    let pooled = flat(&pooled);
    let mut names: Vec<String> = entries.iter().map(|e| format!("gradients/{}", e.name)).collect();
    let mut parts: Vec<&[f32]> = entries.iter().map(|e| &gradient[e.range.clone()]).collect();
    if trains_words {
        names.push(format!("gradients/{WORDS}"));
        parts.push(&dwords);
    }
    assert_eq!(
        names.len(),
        case.get::<serde_json::Map<String, Value>>("gradients").len(),
        "parameters of the fixture"
    );
    names.push("pooled".to_owned());
    parts.push(&pooled);
    let tensors: Vec<(&str, &[f32])> = names.iter().map(String::as_str).zip(parts).collect();
    case.assert_close(ENCODER, &tensors);
}

#[test]
fn difference_describes_what_differs() {
    assert_eq!(difference(&[1.0, -2.0], &[1.0, -2.00001], 1e-5, "x"), None);
    let message = difference(&[1.0, -2.0, f32::NAN], &[1.0, -2.0001, 0.0], 1e-5, "x").unwrap();
    assert!(message.starts_with("x: 2 of 3 values differ; [2] is NaN"), "{message}");
    assert!(difference(&[1.0], &[1.0, 2.0], 1.0, "x").unwrap().contains("1 values, PyTorch has 2"));
}
