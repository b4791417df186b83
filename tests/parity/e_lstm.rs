//! Compares whole E-LSTMs from a seed with golden bits, for every variant, folded or not.

use super::{fixture, floats, integers};
use pupil_core::cpu::Cpu;
use pupil_core::kernels::Kernels;
use pupil_core::layers::{Linear, LinearScratch, relu};
use pupil_core::parts::e_lstm::{LstmScratch, LstmWeights, PackedLstm};
use pupil_core::parts::head;
use serde_json::Value;

/// The generator of `make.py`.
pub(super) struct Numbers(pub(super) u64);

impl Numbers {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 32).expect("half of the bits") % end
    }

    pub(super) fn weights(&mut self, n: usize) -> Vec<i8> {
        (0..n).map(|_| i8::try_from(self.below(255).cast_signed() - 127).expect("a weight")).collect()
    }

    pub(super) fn scales(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| self.below(4096) as f32 * 2f32.powi(-18)).collect()
    }

    pub(super) fn biases(&mut self, n: usize) -> Vec<f32> {
        (0..n).map(|_| (self.below(4096) as f32 - 2048.0) * 2f32.powi(-10)).collect()
    }
}

/// A model with the chosen kernels.
struct Model {
    lstm: PackedLstm,
    dense: Linear,
    output: Linear,
}

impl Model {
    /// Generates the arrays in the order of `make.py`.
    fn new(shape: &Value, kernels: &Kernels, fold_limit_bytes: usize) -> Self {
        let size =
            |name: &str| shape[name].as_u64().and_then(|n| usize::try_from(n).ok()).expect("a dimension");
        let (v, d, h) = (size("vocab"), size("embedding_dim"), size("hidden"));
        let (dense, outputs) = (size("dense"), size("outputs"));
        let mut numbers = Numbers(shape["seed"].as_u64().expect("a seed"));
        let n = &mut numbers;
        let weights = LstmWeights {
            vocab: v,
            embedding_dim: d,
            hidden: h,
            embedding: &n.weights(v * d),
            embedding_scale: &n.scales(v),
            input: &n.weights(8 * h * d),
            input_scale: &n.scales(8 * h),
            recurrent: &n.weights(8 * h * h),
            recurrent_scale: &n.scales(8 * h),
            bias: &n.biases(8 * h),
        };
        let lstm = PackedLstm::new(&weights, kernels, fold_limit_bytes).expect("a valid encoder");
        let mut linear = |m: usize, k: usize| {
            let (weight, scale, bias) = (n.weights(m * k), n.scales(m), n.biases(m));
            Linear::new(m, k, &weight, &scale, &bias, kernels).expect("a valid layer")
        };
        Self { lstm, dense: linear(dense, 2 * h), output: linear(outputs, dense) }
    }
}

/// Panics if the bits differ.
fn same(what: &str, got: &[f32], want: &Value) {
    let got: Vec<u32> = got.iter().map(|v| v.to_bits()).collect();
    assert_eq!(got, integers::<u32>(want), "{what}");
}

#[test]
fn every_variant_gives_the_golden_bits() {
    let golden = fixture("e_lstm.json");
    let thresholds = floats(&golden["cuts"]);
    let temperature = f32::from_bits(u32::try_from(golden["temperature"].as_u64().unwrap()).unwrap());
    let models = golden["models"].as_array().unwrap();
    assert_eq!(models.len(), 5, "the fixture is complete");
    for kernels in Kernels::choices(Cpu::detect()) {
        let (mut lstm_scratch, mut linear_scratch) = (LstmScratch::default(), LinearScratch::default());
        for shape in models {
            for fold_limit_bytes in [0, usize::MAX] {
                let model = Model::new(shape, &kernels, fold_limit_bytes);
                for text in shape["texts"].as_array().unwrap() {
                    let ids: Vec<u32> = integers(&text["ids"]);
                    let what = |part: &str| {
                        let seed = &shape["seed"];
                        format!("{part}, seed {seed}, {} tokens, {:?}", ids.len(), kernels.names())
                    };
                    let mut integer = vec![0; model.lstm.output_len()];
                    model.lstm.forward_integers(&ids, &mut lstm_scratch, &mut integer);
                    assert_eq!(integer, integers::<i16>(&text["pooled"]), "{}", what("pooled"));

                    let mut pooled = vec![0.0; model.lstm.output_len()];
                    model.lstm.forward(&ids, &mut lstm_scratch, &mut pooled);
                    let mut dense = vec![0.0; model.dense.output_len()];
                    model.dense.forward(&pooled, &mut linear_scratch, &mut dense);
                    relu(&mut dense);
                    same(&what("dense"), &dense, &text["dense"]);
                    let mut logits = vec![0.0; model.output.output_len()];
                    model.output.forward(&dense, &mut linear_scratch, &mut logits);
                    same(&what("logits"), &logits, &text["logits"]);

                    let mut p = vec![0.0; logits.len()];
                    head::softmax(&logits, temperature, &mut p);
                    same(&what("softmax"), &p, &text["softmax"]);
                    head::sigmoid(&logits, temperature, &mut p);
                    same(&what("sigmoid"), &p, &text["sigmoid"]);
                    let (mut cumulative, mut levels) =
                        (vec![0.0; thresholds.len()], vec![0.0; thresholds.len() + 1]);
                    head::cumulative(logits[0], &thresholds, temperature, &mut cumulative);
                    head::levels(&cumulative, &mut levels);
                    same(&what("ordinal"), &levels, &text["ordinal"]);
                }
            }
        }
    }
}
