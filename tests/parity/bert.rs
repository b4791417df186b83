//! Compares transformers and mixtures of experts from a seed with golden bits, for every variant.

use super::e_lstm::Numbers;
use super::{fixture, integers};
use pupil_core::cpu::Cpu;
use pupil_core::format::manifest::{self, Pooling};
use pupil_core::kernels::{Kernels, gelu_i8, math};
use pupil_core::layers::{LinearWeights, NormWeights, TableWeights};
use pupil_core::parts::bert::{BertLayerWeights, BertScratch, BertWeights, PackedBert};
use pupil_core::parts::mixture::{
    BlockWeights, ExpertWeights, MixtureScratch, MixtureWeights, PackedMixture,
};
use serde_json::{Value, json};

/// Weights, scales and biases.
struct Dense(Vec<i8>, Vec<f32>, Vec<f32>);

impl Dense {
    fn table(n: &mut Numbers, m: usize, k: usize) -> Self {
        Self(n.weights(m * k), n.scales(m), Vec::new())
    }

    fn new(n: &mut Numbers, m: usize, k: usize) -> Self {
        Self(n.weights(m * k), n.scales(m), scaled(n.biases(m), 0.125))
    }

    fn as_table(&self) -> TableWeights<'_> {
        TableWeights { weight: &self.0, scale: &self.1 }
    }

    fn linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: &self.0, scale: &self.1, bias: &self.2 }
    }
}

struct Norm(Vec<f32>, Vec<f32>);

impl Norm {
    fn new(n: &mut Numbers, width: usize) -> Self {
        let weight = scaled(n.biases(width), 0.25).into_iter().map(|v| 1.0 + v).collect();
        Self(weight, scaled(n.biases(width), 0.125))
    }

    fn weights(&self) -> NormWeights<'_> {
        NormWeights { weight: &self.0, bias: &self.1 }
    }
}

fn scaled(values: Vec<f32>, by: f32) -> Vec<f32> {
    values.into_iter().map(|v| v * by).collect()
}

/// The dimensions of an entry, as in the manifest.
fn dimensions<T: serde::de::DeserializeOwned>(entry: &Value, epsilon: f32) -> T {
    let mut entry = entry.clone();
    entry["tokenizer"] = json!("none");
    entry["epsilon"] = json!(epsilon);
    serde_json::from_value(entry).expect("the fields of a manifest")
}

/// Generates the arrays of an encoder in the order of `make_bert.py`.
fn encoder(d: &manifest::Bert, n: &mut Numbers, kernels: &Kernels) -> PackedBert {
    let w = d.width;
    let [words, positions, segments] =
        [d.vocab, d.positions, d.segments].map(|rows| Dense::table(n, rows, w));
    let norm = Norm::new(n, w);
    let layers: Vec<_> = (0..d.layers)
        .map(|_| {
            let (qkv, attended, first) = (Dense::new(n, 3 * w, w), Dense::new(n, w, w), Norm::new(n, w));
            let (up, down) = (Dense::new(n, d.intermediate, w), Dense::new(n, w, d.intermediate));
            (qkv, attended, first, up, down, Norm::new(n, w))
        })
        .collect();
    let layers = layers.iter().map(|(qkv, attended, first, up, down, second)| BertLayerWeights {
        qkv: qkv.linear(),
        attended: attended.linear(),
        attended_norm: first.weights(),
        up: up.linear(),
        down: down.linear(),
        down_norm: second.weights(),
    });
    let weights = BertWeights {
        words: words.as_table(),
        positions: positions.as_table(),
        segments: segments.as_table(),
        norm: norm.weights(),
        layers: layers.collect(),
    };
    PackedBert::new(d, &weights, kernels).expect("a valid encoder")
}

/// Generates a mixture and the embedding of its task in the same way.
fn mixture(d: &manifest::Mixture, n: &mut Numbers, kernels: &Kernels) -> (PackedMixture, Vec<f32>) {
    let blocks: Vec<_> = (0..d.blocks)
        .map(|_| {
            let gate = Dense::new(n, d.gate, d.width + d.task_embedding);
            let output = Dense::new(n, d.experts, d.gate);
            let expert =
                |n: &mut Numbers| (Dense::new(n, d.hidden, d.width), Dense::new(n, d.width, d.hidden));
            (gate, output, (0..d.experts).map(|_| expert(n)).collect::<Vec<_>>())
        })
        .collect();
    let norm = (d.scope == manifest::Scope::Pooled).then(|| Norm::new(n, d.width));
    let blocks = blocks.iter().map(|(gate, output, experts)| BlockWeights {
        gate: gate.linear(),
        gate_output: output.linear(),
        experts: experts
            .iter()
            .map(|(up, down)| ExpertWeights { up: up.linear(), down: down.linear() })
            .collect(),
    });
    let weights = MixtureWeights { blocks: blocks.collect(), norm: norm.as_ref().map(Norm::weights) };
    (PackedMixture::new(d, &weights, kernels).expect("a valid mixture"), n.biases(d.task_embedding))
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn every_variant_gives_the_golden_bits() {
    let golden = fixture("bert.json");
    let epsilon = f32::from_bits(u32::try_from(golden["epsilon"].as_u64().unwrap()).unwrap());
    let models = golden["models"].as_array().unwrap();
    assert_eq!(models.len(), 3, "the fixture is complete");
    for kernels in Kernels::choices(Cpu::detect()) {
        let (mut tokens, mut scratch) = (BertScratch::default(), MixtureScratch::default());
        for entry in models {
            let mut described = entry.clone();
            described["family"] = json!("bert");
            let manifest::Encoder::Bert(d) = dimensions(&described, epsilon) else { unreachable!() };
            let mut n = Numbers(entry["seed"].as_u64().unwrap());
            let bert = encoder(&d, &mut n, &kernels);
            let mixtures: Vec<_> = entry["mixtures"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| {
                    let mut entry = entry.clone();
                    entry["width"] = json!(d.width);
                    mixture(&dimensions(&entry, epsilon), &mut n, &kernels)
                })
                .collect();
            for text in entry["texts"].as_array().unwrap() {
                let (ids, segments): (Vec<u32>, Vec<u32>) =
                    (integers(&text["ids"]), integers(&text["segments"]));
                let what = format!("seed {}, {} tokens, {:?}", entry["seed"], ids.len(), kernels.names());
                for ((mixture, task), want) in mixtures.iter().zip(text["mixed"].as_array().unwrap()) {
                    let mut out = vec![f32::NAN; d.width];
                    bert.forward(&ids, &segments, &mut tokens, &mut out).unwrap();
                    assert_eq!(bits(&out), integers::<u32>(&text["pooled"]), "pooled, {what}");
                    mixture.forward(task, d.pooling, &mut tokens, &mut scratch, &mut out).unwrap();
                    assert_eq!(bits(scratch.weights()), integers::<u32>(&want["weights"]), "weights, {what}");
                    assert_eq!(bits(&out), integers::<u32>(&want["out"]), "mixed, {what}");
                }
                let texts = [0..ids.len(), 0..ids.len() / 2, 0..0, ids.len() / 2..ids.len()];
                let parts =
                    |of: &[u32]| texts.iter().flat_map(|t| of[t.clone()].to_vec()).collect::<Vec<_>>();
                let lens: Vec<usize> = texts.iter().map(|text| text.len()).collect();
                let mut group = vec![f32::NAN; texts.len() * d.width];
                bert.forward_group(&parts(&ids), &parts(&segments), &lens, &mut tokens, &mut group).unwrap();
                for (text, group) in texts.iter().zip(group.chunks_exact(d.width)) {
                    let mut out = vec![f32::NAN; d.width];
                    bert.forward(&ids[text.clone()], &segments[text.clone()], &mut tokens, &mut out).unwrap();
                    assert_eq!(bits(group), bits(&out), "{text:?} in a group, {what}");
                }
                // Compared with the same model in f64 without quantized activations: values are around 1.
                assert!(text["far"].as_f64().unwrap() < 0.15, "{what}");
            }
        }
    }
}

#[test]
fn gelu_has_the_golden_bits_and_its_stated_error() {
    let golden = fixture("bert.json");
    for row in golden["gelu"].as_array().unwrap() {
        let bits = |place: usize| u32::try_from(row[place].as_u64().unwrap()).unwrap();
        let (x, want, truth) = (bits(0), bits(1), row[2].as_str().unwrap().parse::<f64>().unwrap());
        let got = f64::from(f32::from_bits(want));
        let near = got == truth || (got - truth).abs() <= math::GELU_MAX_ERROR;
        assert!(near, "gelu({:e}) = {got}, not {truth}", f32::from_bits(x));
        for v in gelu_i8::available(Cpu::detect()) {
            let mut values = [f32::from_bits(x)];
            v.run(&mut values, &mut [0]);
            assert_eq!(values[0].to_bits(), want, "{} gelu({:e})", v.name, f32::from_bits(x));
        }
    }
}

#[test]
fn shares_have_the_golden_bits_and_their_stated_error() {
    let golden = fixture("bert.json");
    for row in golden["share"].as_array().unwrap() {
        let bits = |place: usize| u32::try_from(row[place].as_u64().unwrap()).unwrap();
        let (x, want, truth) = (f32::from_bits(bits(0)), bits(1), row[2].as_str().unwrap());
        assert_eq!(math::share(x).to_bits(), want, "share({x:e})");
        let far = (f64::from(f32::from_bits(want)) - truth.parse::<f64>().unwrap()).abs();
        assert!(far <= math::SHARE_MAX_ERROR, "share({x:e}) is {far:e} from {truth}");
    }
}

/// Compares two layers of the size of BERT-base with a plain forward pass in f32 without quantized activations.
#[test]
fn wide_layers_are_near_a_plain_forward_pass() {
    let d = manifest::Bert {
        vocab: 30,
        width: 768,
        layers: 2,
        heads: 12,
        intermediate: 3072,
        positions: 16,
        ..manifest::Bert::default()
    };
    let mut n = Numbers(5);
    let w = d.width;
    let tables = [d.vocab, d.positions, d.segments].map(|rows| Dense::table(&mut n, rows, w));
    let norm = Norm::new(&mut n, w);
    let layers: Vec<_> = (0..d.layers)
        .map(|_| {
            let shapes = [(3 * w, w), (w, w), (d.intermediate, w), (w, d.intermediate)];
            let mut dense = shapes.map(|(m, k)| Dense::new(&mut n, m, k));
            // Outputs are about as large as the inputs.
            dense.iter_mut().for_each(|layer| layer.1.iter_mut().for_each(|scale| *scale *= 0.06));
            (dense, [Norm::new(&mut n, w), Norm::new(&mut n, w)])
        })
        .collect();
    let weights = BertWeights {
        words: tables[0].as_table(),
        positions: tables[1].as_table(),
        segments: tables[2].as_table(),
        norm: norm.weights(),
        layers: layers
            .iter()
            .map(|([qkv, attended, up, down], [first, second])| BertLayerWeights {
                qkv: qkv.linear(),
                attended: attended.linear(),
                attended_norm: first.weights(),
                up: up.linear(),
                down: down.linear(),
                down_norm: second.weights(),
            })
            .collect(),
    };
    let ids = [3, 1, 4, 1, 5, 9, 2, 6];
    let segments = [0, 0, 0, 0, 1, 1, 1, 1];
    let mut rows: Vec<Vec<f32>> = (0..ids.len())
        .map(|t| {
            let row = |table: &Dense, row: u32| {
                let row = row as usize;
                table.0[row * w..][..w].iter().map(|q| f32::from(*q) * table.1[row]).collect::<Vec<f32>>()
            };
            let parts = [
                row(&tables[0], ids[t]),
                row(&tables[1], u32::try_from(t).unwrap()),
                row(&tables[2], segments[t]),
            ];
            plain_norm(&norm, (0..w).map(|c| parts.iter().map(|part| part[c]).sum()).collect())
        })
        .collect();
    for ([qkv, attended, up, down], [first, second]) in &layers {
        let wide: Vec<Vec<f32>> = rows.iter().map(|row| plain_dense(qkv, row)).collect();
        rows = (0..rows.len())
            .map(|t| {
                let mixed = plain_dense(attended, &plain_attention(&wide, t, d.heads));
                let x = plain_norm(first, rows[t].iter().zip(mixed).map(|(a, b)| a + b).collect());
                let inner: Vec<f32> = plain_dense(up, &x).into_iter().map(plain_gelu).collect();
                plain_norm(second, x.iter().zip(plain_dense(down, &inner)).map(|(a, b)| a + b).collect())
            })
            .collect();
    }
    for kernels in Kernels::choices(Cpu::detect()) {
        let bert = PackedBert::new(&d, &weights, &kernels).unwrap();
        assert_eq!(bert.pooling(), Pooling::Mean);
        let mut scratch = BertScratch::default();
        let mut out = vec![0.0; w];
        bert.forward(&ids, &segments, &mut scratch, &mut out).unwrap();
        let far = scratch
            .tokens()
            .iter()
            .zip(rows.iter().flatten())
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        let size = rows.iter().flatten().fold(0.0, |most: f32, v| most.max(v.abs()));
        assert!(far < 0.05 * size, "{far} of {size}");
    }
}

fn plain_dense(layer: &Dense, x: &[f32]) -> Vec<f32> {
    let rows = layer.0.chunks_exact(x.len()).zip(&layer.1).zip(&layer.2);
    rows.map(|((w, s), b)| w.iter().zip(x).map(|(w, x)| f32::from(*w) * x).sum::<f32>() * s + b).collect()
}

fn plain_norm(norm: &Norm, x: Vec<f32>) -> Vec<f32> {
    let n = x.len() as f32;
    let mean = x.iter().sum::<f32>() / n;
    let root = (x.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / n + 1e-12).sqrt();
    x.iter().zip(&norm.0).zip(&norm.1).map(|((x, w), b)| (x - mean) / root * w + b).collect()
}

fn plain_attention(wide: &[Vec<f32>], t: usize, heads: usize) -> Vec<f32> {
    let width = wide[t].len() / 3;
    let d = width / heads;
    let part = |row: usize, part: usize, head: usize| &wide[row][part * width + head * d..][..d];
    (0..heads)
        .flat_map(|h| {
            let dot = |j: usize| part(t, 0, h).iter().zip(part(j, 1, h)).map(|(q, k)| q * k).sum::<f32>();
            let e: Vec<f32> = (0..wide.len()).map(|j| (dot(j) / (d as f32).sqrt()).exp()).collect();
            let sum: f32 = e.iter().sum();
            (0..d)
                .map(move |c| (0..wide.len()).map(|j| e[j] / sum * part(j, 2, h)[c]).sum())
                .collect::<Vec<f32>>()
        })
        .collect()
}

/// The tanh approximation, within 1e-3 of the exact GELU.
fn plain_gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + (0.797_884_6 * (x + 0.044_715 * x * x * x)).tanh())
}
