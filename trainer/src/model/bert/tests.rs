use super::load::original;
use super::*;
use crate::ops::tests::uniform;
use candle_core::{Device, Var};
use std::ops::Range;

fn tiny(hidden_dropout_prob: f32) -> (Bert, Parameters, Batch) {
    tiny_of(Family::Bert, hidden_dropout_prob)
}

fn tiny_of(family: Family, hidden_dropout_prob: f32) -> (Bert, Parameters, Batch) {
    let config = Config {
        vocab_size: 11,
        hidden_size: 12,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        intermediate_size: 20,
        max_position_embeddings: 10,
        type_vocab_size: if family == Family::Mpnet { 0 } else { 2 },
        layer_norm_eps: 1e-12,
        hidden_dropout_prob,
        family,
        rotary_base: if family == Family::NomicBert { 1000.0 } else { 0.0 },
    };
    let bert = Bert::new(config, 2).unwrap();
    let flat = uniform(bert.layout().len(), 1);
    let words = Tensor::from_vec(uniform(11 * 12, 2), (11, 12), &Device::Cpu).unwrap();
    let words = Words::Trained(Var::from_tensor(&words).unwrap());
    let parameters = Parameters::new(flat, Some(words), &Device::Cpu).unwrap();
    let mut batch = Batch::default();
    batch.push(&[1, 5, 2], &[0, 0, 1]);
    batch.push(&[10], &[0]);
    batch.push(&[3, 3, 0, 7, 9, 4, 4, 1], &[0, 0, 0, 1, 1, 1, 1, 1]);
    (bert, parameters, batch)
}

fn gradients(out: &Tensor, p: &Parameters) -> (Vec<f32>, Vec<f32>) {
    let weights = Tensor::from_vec(uniform(out.elem_count(), 9), out.shape(), &Device::Cpu).unwrap();
    let grads = (out * weights).unwrap().sum_all().unwrap().backward().unwrap();
    let left = p.sink.take();
    if !left.flat.is_empty() {
        return (left.flat, left.words);
    }
    let get = |t: &Tensor| grads.get(t).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let flat = p.flat_gradient(&grads).unwrap().unwrap().to_vec1().unwrap();
    (flat, get(p.words.as_ref().unwrap().tensor()))
}

fn assert_close(name: &str, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(1e-3f32, |m, v| m.max(v.abs()));
    for (i, (x, y)) in a.iter().zip(b).enumerate() {
        assert!((x - y).abs() <= 2e-4 * scale, "{name}[{i}]: fused {x}, composed {y}");
    }
}

#[test]
fn fused_pass_equals_the_composed_one_with_all_gradients() {
    for family in [Family::Bert, Family::Mpnet, Family::NomicBert] {
        for rate in [0.0, 0.3] {
            compare_with_composed(family, rate);
        }
    }
}

fn compare_with_composed(family: Family, dropout: f32) {
    let (bert, p, batch) = tiny_of(family, dropout);
    let composed = bert.forward_composed(&p, &batch, Mode::Train { seed: 1 }).unwrap();
    let fused = bert.forward(&p, &batch, Mode::Train { seed: 1 }).unwrap();
    let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_close("pooled", &values(&fused), &values(&composed));
    let inferred = bert.forward(&p, &batch, Mode::Infer).unwrap();
    assert_eq!(values(&fused) == values(&inferred), dropout == 0.0);
    let composed_inferred = bert.forward_composed(&p, &batch, Mode::Infer).unwrap();
    assert_close("inferred", &values(&inferred), &values(&composed_inferred));
    // Inference has used the workspaces, so the differentiable pass is made again.
    let fused = bert.forward(&p, &batch, Mode::Train { seed: 1 }).unwrap();
    let (have, have_words) = gradients(&fused, &p);
    let (want, want_words) = gradients(&composed, &p);
    assert_close("flat", &have, &want);
    assert_close("words", &have_words, &want_words);
}

#[test]
fn mean_of_the_token_states_is_the_pooled_output_with_the_same_gradients() {
    let (bert, p, batch) = tiny(0.0);
    let mode = Mode::Train { seed: 1 };
    let states = bert.forward_tokens(&p, &batch, mode).unwrap();
    assert_eq!(states.values.dims(), [12, 12]);
    let mean = |rows: Range<usize>| states.values.narrow(0, rows.start, rows.len()).unwrap().mean(0).unwrap();
    let means: Vec<Tensor> = batch.sequences.iter().map(|s| mean(s.clone())).collect();
    let pooled = Tensor::stack(&means, 0).unwrap();
    let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let (have, have_words) = gradients(&pooled, &p);
    let want = bert.forward(&p, &batch, mode).unwrap();
    assert_close("pooled", &values(&pooled), &values(&want));
    let (want, want_words) = gradients(&want, &p);
    assert_close("flat", &have, &want);
    assert_close("words", &have_words, &want_words);
}

#[test]
fn kept_layers_have_their_pretrained_names() {
    let name = |n| original(&format!("encoder.layer.{n}.output.dense.bias"), &[0, 1, 4, 5]).unwrap();
    assert_eq!(name(2), "encoder.layer.4.output.dense.bias");
    assert_eq!(original("embeddings.LayerNorm.bias", &[]).unwrap(), "embeddings.LayerNorm.bias");
}

#[test]
fn rounded_pass_stays_near_the_exact_one_and_its_gradients_too() {
    let (bert, p, batch) = tiny(0.0);
    let exact = bert.forward(&p, &batch, Mode::Train { seed: 1 }).unwrap();
    let values = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let want = gradients(&exact, &p).0;
    let bert = bert.quantization_aware(true);
    let rounded = bert.forward(&p, &batch, Mode::Train { seed: 1 }).unwrap();
    let distance = |a: &[f32], b: &[f32]| {
        let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|x| x * x).sum::<f32>().sqrt();
        norm(&mut a.iter().zip(b).map(|(a, b)| a - b)) / norm(&mut b.iter().copied())
    };
    let off = distance(&values(&rounded), &values(&exact));
    assert!(off > 1e-5 && off < 0.05, "{off}");
    let off = distance(&gradients(&rounded, &p).0, &want);
    assert!(off > 1e-5 && off < 0.15, "{off}");
}

#[test]
fn dropout_gives_a_gradient_of_the_same_mask() {
    let (mut bert, p, batch) = tiny(0.0);
    Arc::get_mut(&mut bert.plan).unwrap().config.hidden_dropout_prob = 0.3;
    let mode = Mode::Train { seed: 4 };
    let out = bert.forward(&p, &batch, mode).unwrap();
    let (gradient, _) = gradients(&out, &p);
    let weights = uniform(out.elem_count(), 9);
    let loss = |flat: Vec<f32>| {
        let q = Parameters::new(flat, p.words.clone(), &Device::Cpu).unwrap();
        let out = bert.forward(&q, &batch, mode).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        crate::ops::tests::weighted(&out, &weights)
    };
    let base = p.values().unwrap();
    // A few parameters of each part; finite differences over all would take minutes.
    for entry in bert.layout().entries() {
        let i = entry.range.start + entry.range.len() / 3;
        let shifted = |by: f32| {
            let mut v = base.clone();
            v[i] += by;
            loss(v)
        };
        let numeric = (shifted(2e-3) - shifted(-2e-3)) / 4e-3;
        let error = (numeric - f64::from(gradient[i])).abs();
        assert!(error < 1e-2 * (1.0 + numeric.abs()), "{}: {} but {numeric}", entry.name, gradient[i]);
    }
}

#[test]
fn id_outside_of_the_vocabulary_is_refused() {
    let (bert, p, mut batch) = tiny(0.0);
    batch.push(&[11], &[0]);
    let error = bert.forward(&p, &batch, Mode::Infer).unwrap_err().to_string();
    assert_eq!(error, "token id 11 is outside the vocabulary of 11");
}
