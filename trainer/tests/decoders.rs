//! Compares decoders with `transformers` and `peft`: `fixtures/decoders`.

#![expect(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use candle_core::{DType, Device, Tensor};
use pupil_trainer::fit::{FitSettings, Learner, Objective, Optimizer, State, Update};
use pupil_trainer::head::{Head, HeadKind, LossTarget, TaskHead};
use pupil_trainer::loss::{HeadLoss, RowTarget};
use pupil_trainer::model::decoder::mxfp4::{self, Packed};
use pupil_trainer::model::decoder::{Decoder, LoraSettings, Precision, RunSettings, peft};
use pupil_trainer::model::params::Parameters;
use pupil_trainer::model::pretrained::{Network, Pretrained};
use pupil_trainer::model::{Batch, Encoder, Mode};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Largest differences, as shares of the largest magnitude of the tensor.
const FREQUENCY: f64 = 1e-6;
const LAYER: f64 = 1e-5;
const LOGITS: f64 = 2e-5;
const GRADIENT: f64 = 1e-4;
const HALF: f64 = 3e-2;
const MERGED: f64 = 1e-5;
const LOSS: f64 = 1e-3;

const LENGTHS: [usize; 2] = [5, 33];
const BOTH: [&str; 2] = ["llama", "gpt-oss"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/decoders")
}

fn load(path: &Path) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(path, &Device::Cpu).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.to_dtype(DType::F32).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

fn assert_close(name: &str, have: &[f32], want: &[f32], tolerance: f64) {
    assert_eq!(have.len(), want.len(), "{name}");
    let largest = want.iter().fold(0f32, |m, v| m.max(v.abs()));
    for (i, (have, want)) in have.iter().zip(want).enumerate() {
        let error = f64::from((have - want).abs());
        assert!(
            error <= tolerance * f64::from(largest),
            "{name}[{i}] is {have}, the reference has {want} of {largest}"
        );
    }
}

/// A copy of a folder of the fixtures, with a tokenizer of a few letters.
fn folder(name: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in fixtures().join(name).read_dir().unwrap().flatten().filter(|e| e.path().is_file()) {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let vocab: HashMap<String, usize> = ["\u{10a}", "\u{120}", "a", "b", "c", "."]
        .iter()
        .enumerate()
        .map(|(n, t)| ((*t).to_owned(), n))
        .collect();
    let json = serde_json::json!({
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true },
        "model": { "type": "BPE", "vocab": vocab, "merges": [] },
    });
    std::fs::write(copy.path().join("tokenizer.json"), json.to_string()).unwrap();
    copy
}

/// A tiny decoder with the adapters of the fixture, and what the reference computed.
struct Case {
    reference: HashMap<String, Tensor>,
    decoder: Decoder,
    parameters: Parameters,
    folder: tempfile::TempDir,
}

fn adapters(name: &str) -> PathBuf {
    fixtures().join(name).join("adapter")
}

fn open(folder: &Path, lora: LoraSettings, run: RunSettings) -> Decoder {
    Pretrained::open(folder).unwrap().decoder(lora, run, &Device::Cpu, |_, _| {}).unwrap()
}

impl Case {
    fn new(name: &'static str, run: RunSettings) -> Self {
        let folder = folder(name);
        let lora = peft::settings(&adapters(name)).unwrap();
        let decoder = open(folder.path(), lora, run);
        let flat = peft::read(&adapters(name), &decoder).unwrap();
        let parameters = decoder.parameters(flat).unwrap();
        let reference = load(&fixtures().join(name).join("reference.safetensors"));
        Self { reference, decoder, parameters, folder }
    }

    fn want(&self, name: &str) -> Vec<f32> {
        values(self.reference.get(name).unwrap_or_else(|| panic!("the reference lacks {name}")))
    }

    /// The adapters before any training: they change nothing.
    fn untrained(&self) -> Parameters {
        self.decoder.parameters(self.decoder.init(7)).unwrap()
    }

    fn batch(&self) -> Batch {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ids below 128")]
        let ids: Vec<u32> = self.want("ids").iter().map(|v| *v as u32).collect();
        let mut batch = Batch::default();
        batch.push(&ids[..LENGTHS[0]], &[0; LENGTHS[0]]);
        batch.push(&ids[LENGTHS[0]..], &[0; LENGTHS[1]]);
        batch
    }

    /// A learner with the classifier of the reference.
    fn learner(self) -> Learner {
        let width = self.decoder.width();
        let tasks = [TaskHead::of(HeadKind::Sigmoid, 3)];
        let head = Head::new(&tasks, &[vec![0.5; 3]], width, width / 2, 0.0, 1, &Device::Cpu).unwrap();
        let head = head.normed(width).unwrap();
        let mut state = State::from([("encoder".to_owned(), self.parameters.values().unwrap())]);
        for part in ["norm", "hidden", "output"] {
            for kind in ["weight", "bias"] {
                state.insert(format!("head.{part}.{kind}"), self.want(&format!("head.{part}.{kind}")));
            }
        }
        let learner = Learner {
            encoder: Box::new(self.decoder),
            parameters: self.parameters,
            mixture: None,
            head,
            trained: None,
        };
        learner.set_state(&state).unwrap();
        learner
    }

    /// The targets of the reference, whose positive labels have weights.
    fn targets(&self) -> Vec<RowTarget> {
        let weights = self.want("positive");
        [[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]]
            .iter()
            .map(|truth: &[f32; 3]| {
                let target = LossTarget {
                    positive: truth.iter().zip(&weights).map(|(t, w)| t * w).collect(),
                    negative: truth.iter().map(|t| 1.0 - t).collect(),
                };
                RowTarget { group: 0, hard: Some((target, 1.0)), soft: None, vector: None, taught: None }
            })
            .collect()
    }
}

const KEPT: RunSettings = RunSettings { precision: Precision::F32, checkpointing: false, language: true };

#[test]
fn frequencies_equal_those_of_transformers() {
    for name in BOTH {
        let case = Case::new(name, KEPT);
        let config = case.decoder.config();
        let (frequencies, scale) = config.rope.frequencies(config.head_dim);
        #[expect(clippy::cast_possible_truncation, reason = "compared in f32")]
        let frequencies: Vec<f32> = frequencies.into_iter().map(|f| f as f32).collect();
        // Each by itself: the longest wavelength is a thousandth of the first.
        for (n, (have, want)) in frequencies.iter().zip(case.want("inv_freq")).enumerate() {
            assert_close(&format!("{name} inv_freq {n}"), &[*have], &[want], FREQUENCY);
        }
        #[expect(clippy::cast_possible_truncation, reason = "compared in f32")]
        let scale = scale as f32;
        assert_close("scaling", &[scale], &case.want("attention_scaling"), FREQUENCY);
    }
}

#[test]
fn every_layer_and_the_logits_equal_those_of_transformers() {
    for name in BOTH {
        let case = Case::new(name, KEPT);
        let (parameters, batch) = (case.untrained(), case.batch());
        let layers = case.decoder.layer_outputs(&parameters, &batch).unwrap();
        for (n, layer) in layers.iter().enumerate() {
            let want = case.want(&format!("layer.{n}"));
            assert_close(&format!("{name} layer {n}"), &values(&layer.states), &want, LAYER);
            assert_eq!(layer.experts.is_empty(), name == "llama");
            if name == "llama" {
                continue;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small indices")]
            let want: Vec<usize> = case.want(&format!("experts.{n}")).iter().map(|e| *e as usize).collect();
            assert_eq!(layer.experts.concat(), want, "experts of layer {n}");
        }
        let logits = case.decoder.next_logits(&parameters, &batch, &[4, 37]).unwrap();
        assert_close(&format!("{name} logits"), &values(&logits), &case.want("logits"), LOGITS);
    }
}

#[test]
fn half_precision_stays_near() {
    let run = RunSettings { precision: Precision::Bf16, ..KEPT };
    let case = Case::new("llama", run);
    let pooled = case.decoder.forward(&case.parameters, &case.batch(), Mode::Infer).unwrap();
    assert_close("llama", &values(&pooled), &case.want("pooled"), HALF);
    // Rounding sends some tokens to other experts, whose outputs are then others, and later layers read them: pooled
    // vectors of `transformers` in bf16 are 0.025 away. So the tolerance holds for two layers, token by token until its
    // experts are others, and twice as much for the pooled vectors as wholes.
    let case = Case::new("gpt-oss", run);
    let layers = case.decoder.layer_outputs(&case.untrained(), &case.batch()).unwrap();
    let width = case.decoder.width();
    let mut same = [true; LENGTHS[0] + LENGTHS[1]];
    for (n, layer) in layers.iter().enumerate().take(2) {
        let (have, want) = (values(&layer.states), case.want(&format!("layer.{n}")));
        let largest = want.iter().fold(0f32, |m, v| m.max(v.abs()));
        for (t, own) in layer.experts.iter().enumerate() {
            let of = &case.want(&format!("experts.{n}"))[2 * t..2 * t + 2];
            same[t] &= own.iter().all(|e| of.contains(&(*e as f32)));
            for i in t * width..(t + 1) * width {
                let error = f64::from((have[i] - want[i]).abs() / largest);
                assert!(!same[t] || error < HALF, "layer {n}, token {t}: {} but {}", have[i], want[i]);
            }
        }
    }
    let kept = same.iter().filter(|s| **s).count();
    assert!(kept >= 34, "{kept} of 38 tokens have the same experts in two layers");
    let pooled = case.decoder.forward(&case.parameters, &case.batch(), Mode::Infer).unwrap();
    let (have, want) = (values(&pooled), case.want("pooled"));
    let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|x| f64::from(x * x)).sum::<f64>().sqrt();
    let off = norm(&mut have.iter().zip(&want).map(|(a, b)| a - b)) / norm(&mut want.iter().copied());
    assert!(off > 1e-3 && off < 2.0 * HALF, "{off}");
}

#[test]
fn a_sequence_alone_gives_the_vector_it_has_in_a_batch_and_an_empty_one_zeros() {
    for name in BOTH {
        let case = Case::new(name, KEPT);
        let whole = case.batch();
        let pooled =
            |batch: &Batch| values(&case.decoder.forward(&case.parameters, batch, Mode::Infer).unwrap());
        let (together, width) = (pooled(&whole), case.decoder.width());
        assert_close(name, &together, &case.want("pooled"), LAYER);
        for i in 0..2 {
            let alone = pooled(&whole.part(i..i + 1));
            assert_close(&format!("{name} alone"), &alone, &together[i * width..(i + 1) * width], LAYER);
        }
        let mut with_empty = Batch::default();
        with_empty.push(&[], &[]);
        with_empty.push(&whole.ids[..5], &[0; 5]);
        let both = pooled(&with_empty);
        assert!(both[..width].iter().all(|v| *v == 0.0));
        assert_close(&format!("{name} beside nothing"), &both[width..], &together[..width], LAYER);
        with_empty = with_empty.part(0..1);
        assert_eq!(pooled(&with_empty), vec![0.0; width]);
    }
}

#[test]
fn gradients_of_adapters_and_classifier_equal_those_of_peft() {
    for (name, checkpointing) in [("llama", false), ("llama", true), ("gpt-oss", false), ("gpt-oss", true)] {
        let case = Case::new(name, RunSettings { checkpointing, ..KEPT });
        let (batch, rows, reference) = (case.batch(), case.targets(), case.reference.clone());
        let want = |name: &str| values(&reference[name]);
        let learner = case.learner();
        let logits = learner.logits(&batch, Mode::Train { seed: 1 }).unwrap();
        let loss =
            HeadLoss::new(learner.head.groups().to_vec(), rows, Objective::default().distillation, 0.0, 1.0);
        let loss = loss.apply(&logits).unwrap();
        assert_close(name, &[loss.to_scalar().unwrap()], &want("loss"), GRADIENT);
        let store = loss.backward().unwrap();
        let flat = values(&learner.parameters.flat_gradient(&store).unwrap().unwrap());
        let entries = learner.encoder.layout().entries();
        for entry in entries {
            let gradient = format!("gradient.{}", entry.name);
            assert_close(
                &format!("{name} {gradient}"),
                &flat[entry.range.clone()],
                &want(&gradient),
                GRADIENT,
            );
        }
        let named = reference.keys().filter(|k| k.contains("lora_")).count();
        assert_eq!(named, entries.len(), "adapters of the reference");
        for (variable, var, _) in learner.head.variables() {
            let gradient = format!("gradient.head.{variable}");
            assert_close(&gradient, &values(store.get(&var).unwrap()), &want(&gradient), GRADIENT);
        }
    }
}

#[test]
fn twenty_steps_of_adamw_give_the_losses_of_pytorch_in_one_part_or_two() {
    for (name, accumulation) in [("llama", 1), ("llama", 2), ("gpt-oss", 1), ("gpt-oss", 2)] {
        let case = Case::new(name, KEPT);
        let (batch, rows, want) = (case.batch(), case.targets(), case.want("losses"));
        let learner = case.learner();
        let settings = FitSettings {
            accumulation,
            betas: [0.9, 0.95],
            clip: 0.3,
            head_rate_factor: 5.0,
            weight_decay: 0.02,
            ..FitSettings::default()
        };
        let before = learner.state().unwrap();
        let mut optimizer = Optimizer::new(&learner, &settings).unwrap();
        let mut step = |number: usize| {
            let update = Update { number, rate: 2e-3, seed: 1 };
            #[expect(clippy::cast_possible_truncation, reason = "a loss")]
            let loss = optimizer.step(&batch, rows.clone(), Objective::default(), update).unwrap() as f32;
            loss
        };
        let losses: Vec<f32> = (1..=21).map(&mut step).collect();
        assert_close(name, &losses, &want, LOSS);
        // Every variable has moved, in every part.
        let after = learner.state().unwrap();
        for entry in learner.encoder.layout().entries() {
            let (old, new) =
                (&before["encoder"][entry.range.clone()], &after["encoder"][entry.range.clone()]);
            assert!(old.iter().zip(new).all(|(a, b)| a != b), "{} stays", entry.name);
        }
        for name in after.keys().filter(|k| k.starts_with("head.")) {
            assert_ne!(after[name], before[name], "{name} stays");
        }
    }
}

#[test]
fn fresh_adapters_change_nothing_and_move_in_two_steps() {
    let case = Case::new("llama", KEPT);
    let fresh = case.untrained();
    let values_of = fresh.values().unwrap();
    for entry in case.decoder.layout().entries() {
        let zero = values_of[entry.range.clone()].iter().all(|v| *v == 0.0);
        assert_eq!(zero, entry.name.ends_with("lora_B.weight"), "{}", entry.name);
    }
    let (batch, rows) = (case.batch(), case.targets());
    let learner = Case { parameters: fresh, ..case }.learner();
    let mut optimizer = Optimizer::new(&learner, &FitSettings::default()).unwrap();
    for number in 1..=2 {
        let update = Update { number, rate: 1e-3, seed: 1 };
        optimizer.step(&batch, rows.clone(), Objective::default(), update).unwrap();
    }
    let after = learner.parameters.values().unwrap();
    for entry in learner.encoder.layout().entries() {
        assert_ne!(after[entry.range.clone()], values_of[entry.range.clone()], "{}", entry.name);
    }
}

#[test]
fn dropout_gives_a_gradient_of_the_same_mask_whether_layers_run_once_or_twice() {
    let lora = |name: &str| LoraSettings { dropout: 0.4, ..peft::settings(&adapters(name)).unwrap() };
    for name in BOTH {
        let folder = folder(name);
        let batch = Case::new(name, KEPT).batch();
        let mode = Mode::Train { seed: 3 };
        let mut found: Vec<(Vec<f32>, Vec<f32>)> = Vec::new();
        for checkpointing in [false, true] {
            let decoder = open(folder.path(), lora(name), RunSettings { checkpointing, ..KEPT });
            let flat = peft::read(&adapters(name), &decoder).unwrap();
            let parameters = decoder.parameters(flat.clone()).unwrap();
            let out = decoder.forward(&parameters, &batch, mode).unwrap();
            let store = out.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let gradient = values(&parameters.flat_gradient(&store).unwrap().unwrap());
            let loss = |flat: Vec<f32>| {
                let moved = decoder.parameters(flat).unwrap();
                let out = decoder.forward(&moved, &batch, mode).unwrap();
                values(&out).iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>()
            };
            // Another expert for a token is a jump, which has no gradient: gpt-oss is compared with PyTorch alone.
            let checked = if name == "llama" { decoder.layout().entries() } else { &[] };
            for entry in checked.iter().step_by(5) {
                let at = entry.range.start + entry.range.len() / 3;
                let shifted = |by: f32| {
                    let mut moved = flat.clone();
                    moved[at] += by;
                    loss(moved)
                };
                let numeric = (shifted(4e-3) - shifted(-4e-3)) / 8e-3;
                let error = (numeric - f64::from(gradient[at])).abs();
                assert!(
                    error < 2e-2 * (1.0 + numeric.abs()),
                    "{}: {} but {numeric}",
                    entry.name,
                    gradient[at]
                );
            }
            let inferred = values(&decoder.forward(&parameters, &batch, Mode::Infer).unwrap());
            assert_ne!(values(&out), inferred);
            found.push((values(&out), gradient));
        }
        assert_eq!(found[0], found[1]);
    }
}

#[test]
fn mxfp4_equals_transformers_bit_for_bit() {
    let all = load(&fixtures().join("mxfp4.safetensors"));
    let packed = Packed::new(&all["blocks"], &all["scales"], &Device::Cpu).unwrap();
    let have = packed.matrix(0, DType::BF16).unwrap();
    // The reference turns rows and columns around.
    let want = all["values"].squeeze(0).unwrap().t().unwrap().contiguous().unwrap();
    let bits = |t: &Tensor| -> Vec<u16> {
        t.flatten_all().unwrap().to_vec1::<half::bf16>().unwrap().iter().map(|v| v.to_bits()).collect()
    };
    let (have, want) = (bits(&have), bits(&want));
    let wrong = have.iter().zip(&want).position(|(a, b)| a != b);
    assert_eq!(wrong, None, "{:x?} {:x?}", wrong.map(|i| have[i]), wrong.map(|i| want[i]));
    let dense = mxfp4::decode(&[0x21; 16], &[128]);
    assert_eq!(dense[..4], [1.0, 2.0, 1.0, 2.0]);
}

#[test]
fn experts_in_sixteen_bits_give_the_same_as_those_in_four() {
    let case = Case::new("gpt-oss", KEPT);
    let names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    let all: HashMap<String, Tensor> = names.iter().flat_map(|n| load(&case.folder.path().join(n))).collect();
    let mut dense = HashMap::new();
    for (name, tensor) in &all {
        if let Some(of) = name.strip_suffix("_blocks") {
            let packed = Packed::new(tensor, &all[&format!("{of}_scales")], &Device::Cpu).unwrap();
            let each: Vec<Tensor> =
                (0..4).map(|e| packed.matrix(e, DType::BF16).unwrap().t().unwrap()).collect();
            dense.insert(of.to_owned(), Tensor::stack(&each, 0).unwrap().contiguous().unwrap());
        } else if !name.ends_with("_scales") {
            dense.insert(name.clone(), tensor.clone());
        }
    }
    let one = folder("gpt-oss");
    for name in names.iter().copied().chain(["model.safetensors.index.json"]) {
        std::fs::remove_file(one.path().join(name)).unwrap();
    }
    candle_core::safetensors::save(&dense, one.path().join("model.safetensors")).unwrap();
    let decoder = open(one.path(), case.decoder.lora().clone(), KEPT);
    let parameters = decoder.parameters(case.parameters.values().unwrap()).unwrap();
    let have = values(&decoder.forward(&parameters, &case.batch(), Mode::Infer).unwrap());
    let want = values(&case.decoder.forward(&case.parameters, &case.batch(), Mode::Infer).unwrap());
    assert_eq!(have, want);
}

#[test]
fn adapters_are_written_as_peft_reads_them_and_read_again() {
    for name in BOTH {
        let case = Case::new(name, KEPT);
        let flat = case.parameters.values().unwrap();
        let written = tempfile::tempdir().unwrap();
        peft::write(written.path(), (case.decoder.layout(), case.decoder.lora()), &flat, "base").unwrap();
        let file = |folder: &Path| load(&folder.join("adapter_model.safetensors"));
        let (have, want) = (file(written.path()), file(&adapters(name)));
        assert_eq!(have.len(), want.len());
        for (tensor, want) in &want {
            assert_eq!(have[tensor].dims(), want.dims(), "{tensor}");
            assert_eq!(values(&have[tensor]), values(want), "{tensor}");
        }
        assert_eq!(peft::settings(written.path()).unwrap(), *case.decoder.lora());
        assert_eq!(peft::read(written.path(), &case.decoder).unwrap(), flat);
    }
}

#[test]
fn adapters_of_other_settings_are_refused_with_both() {
    let case = Case::new("llama", KEPT);
    let lora = LoraSettings { rank: 3, ..case.decoder.lora().clone() };
    let other = open(case.folder.path(), lora, KEPT);
    let error = format!("{:#}", peft::read(&adapters("llama"), &other).unwrap_err());
    assert!(error.contains("has adapters of rank 2, alpha 4"), "{error}");
    assert!(error.contains("the recipe's have rank 3"), "{error}");
    let copy = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(adapters("llama").join("adapter_config.json")).unwrap();
    for (from, to, said) in [
        ("\"LORA\"", "\"IA3\"", "adapters of the type IA3 cannot be read"),
        (
            "\"use_dora\": false",
            "\"use_dora\": true",
            "use_dora, use_rslora and fan_in_fan_out must be false",
        ),
        ("\"q_proj\"", "\"lm_head\"", "has \"lm_head\", unknown or repeated"),
    ] {
        assert!(text.contains(from), "{from}");
        std::fs::write(copy.path().join("adapter_config.json"), text.replacen(from, to, 1)).unwrap();
        let error = format!("{:#}", peft::settings(copy.path()).unwrap_err());
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn merged_weights_give_what_the_adapters_give() {
    let case = Case::new("llama", KEPT);
    let merged = tempfile::tempdir().unwrap();
    peft::merge(case.folder.path(), &case.decoder, &case.parameters, merged.path()).unwrap();
    let alone = open(merged.path(), case.decoder.lora().clone(), KEPT);
    let fresh = alone.parameters(alone.init(1)).unwrap();
    let have = values(&alone.forward(&fresh, &case.batch(), Mode::Infer).unwrap());
    let want = values(&case.decoder.forward(&case.parameters, &case.batch(), Mode::Infer).unwrap());
    assert_close("merged", &have, &want, MERGED);
    let plain = values(&case.decoder.forward(&case.untrained(), &case.batch(), Mode::Infer).unwrap());
    assert_ne!(plain, want);
    // MXFP4 is not expanded without a word.
    let case = Case::new("gpt-oss", KEPT);
    let error = peft::merge(case.folder.path(), &case.decoder, &case.parameters, merged.path()).unwrap_err();
    assert!(format!("{error:#}").contains("is in MXFP4"), "{error:#}");
}

#[test]
fn target_that_no_layer_has_is_refused() {
    let folder = folder("gpt-oss");
    let pretrained = Pretrained::open(folder.path()).unwrap();
    let targets = ["q_proj", "up_proj"].map(str::to_owned).to_vec();
    let lora = LoraSettings { targets, ..LoraSettings::default() };
    let error = pretrained.decoder(lora, KEPT, &Device::Cpu, |_, _| {}).err().unwrap();
    let said = format!("{error:#}");
    assert!(said.contains("teacher.lora.targets has up_proj, which is no layer of this decoder"), "{said}");
    assert!(said.contains("q_proj, k_proj, v_proj, o_proj"), "{said}");
}

#[test]
fn llama_from_gguf_gives_the_logits_of_transformers() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixtures().join("tiny-llama.gguf"), folder.path().join("model.gguf")).unwrap();
    let reference = load(&fixtures().join("tiny-llama.safetensors"));
    let decoder = open(folder.path(), LoraSettings::default(), KEPT);
    let parameters = decoder.parameters(decoder.init(1)).unwrap();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ids below 288")]
    let ids: Vec<u32> = values(&reference["ids"]).iter().map(|v| *v as u32).collect();
    let mut batch = Batch::default();
    batch.push(&ids, &vec![0; ids.len()]);
    let logits = decoder.next_logits(&parameters, &batch, &[32]).unwrap();
    assert_close("logits", &values(&logits), &values(&reference["logits"]), LOGITS);
}

#[test]
fn byte_pairs_of_gguf_make_a_tokenizer() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixtures().join("tiny-llama.gguf"), folder.path().join("model.gguf")).unwrap();
    let tokenizer = Pretrained::open(folder.path()).unwrap().tokenizer(32).unwrap();
    let id = |piece: &str| tokenizer.id(piece).unwrap();
    let text = tokenizer.encode(None, "gas 12 the gas").unwrap();
    let want = [id("gas"), id("\u{120}"), id("1"), id("2"), id("\u{120}the"), id("\u{120}"), id("gas")];
    // A space before a digit is a piece of its own, and so is each digit; ` gas` has no merge with its space.
    assert_eq!(text.ids, want);
    let pair = tokenizer.encode(Some("gas"), "the").unwrap();
    assert_eq!(pair.ids[..2], [id("gas"), id("\u{10a}")]);
    assert!(pair.segments.iter().all(|s| *s == 0));
    assert!(tokenizer.encode(None, "").unwrap().ids.is_empty());
}

#[test]
fn folders_that_are_broken_are_refused_with_what_is_wrong() {
    let refused = |name: &str, change: &dyn Fn(&Path)| {
        let folder = folder(name);
        change(folder.path());
        let opened = Pretrained::open(folder.path())
            .and_then(|p| p.decoder(LoraSettings::default(), KEPT, &Device::Cpu, |_, _| {}));
        format!("{:#}", opened.err().unwrap())
    };
    let edit = |file: &'static str, from: &'static str, to: &'static str| {
        move |folder: &Path| {
            let path = folder.join(file);
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{from}");
            std::fs::write(path, text.replacen(from, to, 1)).unwrap();
        }
    };
    let config = "config.json";
    let index = "model.safetensors.index.json";
    for (name, change, said) in [
        (
            "llama",
            edit(config, "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3"),
            "is not a multiple of num_key_value_heads 3",
        ),
        (
            "llama",
            edit(config, "\"rope_type\": \"default\"", "\"rope_type\": \"llama3\""),
            "of the type `llama3` cannot be computed",
        ),
        ("llama", edit(config, "\"hidden_size\": 32", "\"hidden_size\": 64"), "expected [128, 64]"),
        ("llama", edit(config, "\"silu\"", "\"relu\""), "the activation `relu` cannot be computed"),
        (
            "gpt-oss",
            edit(config, "\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 5"),
            "5 of 4 experts",
        ),
        ("gpt-oss", edit(config, "\"sliding_attention\"", "\"other\""), "layers of the type `other`"),
        (
            "gpt-oss",
            edit(index, "\"model-00002-of-00002.safetensors\"", "\"../x.safetensors\""),
            "not the name of a file beside it",
        ),
    ] {
        let error = refused(name, &change);
        assert!(error.contains(said), "{error}");
    }
    let error = refused("gpt-oss", &|folder| {
        std::fs::remove_file(folder.join("model-00002-of-00002.safetensors")).unwrap();
    });
    assert!(error.contains("model-00002-of-00002.safetensors"), "{error}");
    let file = "model.safetensors";
    for length in [0, 7, 100, 20_000] {
        let error = refused("llama", &|folder| {
            let bytes = std::fs::read(folder.join(file)).unwrap();
            std::fs::write(folder.join(file), &bytes[..length]).unwrap();
        });
        assert!(error.contains("cannot read pretrained weights"), "{length}: {error}");
    }
    let network = Pretrained::open(folder("llama").path()).unwrap().network().unwrap();
    assert!(matches!(network, Network::Decoder(_)));
    let error = Pretrained::open(folder("llama").path()).unwrap().config().unwrap_err().to_string();
    assert!(error.contains("has a decoder, which can only be a teacher"), "{error}");
}

#[test]
#[ignore = "needs the real weights: cargo xtask encoder smollm2"]
fn smollm2_has_the_tokens_and_states_of_transformers() {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/encoders");
    let folder =
        std::env::var_os("PUPIL_ENCODERS").map_or(tools, PathBuf::from).join("SmolLM2-135M-Instruct");
    let tokenizer = Pretrained::open(&folder).unwrap().tokenizer(64).unwrap();
    let ids = |text: &str| tokenizer.encode(None, text).unwrap().ids;
    // Tokens and states are those of `transformers` 5.24, which read the same file.
    let first = ids("Because they did n't want the woman to find them");
    assert_eq!(first, [8653, 502, 1250, 304, 982, 1277, 260, 4166, 288, 1042, 601]);
    let want = [
        21149, 216, 33, 34, 30, 37, 260, 198, 39814, 506, 216, 33, 28, 32, 32, 32, 29957, 216, 282, 216,
        3214, 34, 17,
    ];
    assert_eq!(ids("gas 12.5 the\nGas's 1,000 mL  of  CO2!"), want);
    let want = [71, 18736, 1018, 45202, 262, 9767, 42, 15486, 46494, 216, 18645, 250, 48392, 138, 40303, 218];
    assert_eq!(ids("W\u{fc}rde ich sagen: na\u{ef}ve \u{4f60}\u{597d} \u{1f600}"), want);
    let decoder = open(&folder, LoraSettings::default(), KEPT);
    assert_eq!(decoder.config().parameters(), 134_515_008);
    let parameters = decoder.parameters(decoder.init(1)).unwrap();
    let mut batch = Batch::default();
    batch.push(&first, &[0; 11]);
    let pooled = values(&decoder.forward(&parameters, &batch, Mode::Infer).unwrap());
    let want = [-0.437_841_45, -0.253_196_33, 0.526_765_3, 0.503_153_86, 0.643_459_5, -0.828_497_65];
    assert_close("pooled", &pooled[..6], &want, 1e-4);
    let logits = values(&decoder.next_logits(&parameters, &batch, &[10]).unwrap());
    let best = (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap();
    assert_eq!(best, 771);
    assert_close("logits", &logits[..4], &[15.742_903, 9.794_017, 14.497_114, 9.116_218], 1e-4);
}
