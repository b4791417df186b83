//! Compares n-gram encoders and tasks with several members with golden bits, from the text to the probabilities.

use super::e_lstm::Numbers;
use super::{fixture, floats};
use pupil_core::cpu::Cpu;
use pupil_core::format::manifest::{
    Calibration, Encoder, Head, HeadKind, Label, Manifest, Member, NGram, Scale, Task,
};
use pupil_core::format::writer::FileBuilder;
use pupil_core::kernels::Kernels;
use pupil_core::parts::n_gram::{NGramWeights, PackedNGram, TextScratch};
use pupil_core::{OpenOptions, Scorer};
use serde_json::Value;

/// An encoder and its arrays, generated in the order of `make_members.py`.
struct Arrays {
    dimensions: NGram,
    idf: Vec<f32>,
    weight: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Arrays {
    fn new(d: &Value) -> Self {
        let mut entry = d.clone();
        entry["family"] = "n-gram".into();
        let Encoder::NGram(dimensions) = serde_json::from_value(entry).unwrap() else { unreachable!() };
        let NGram { buckets, units, .. } = dimensions;
        let mut n = Numbers(d["seed"].as_u64().unwrap());
        Self {
            idf: n.scales(buckets).into_iter().map(|v| 1.0 + v * 256.0).collect(),
            weight: n.weights(buckets * units),
            scale: n.scales(units),
            bias: n.biases(units),
            dimensions,
        }
    }

    fn weights(&self) -> NGramWeights<'_> {
        NGramWeights { idf: &self.idf, weight: &self.weight, scale: &self.scale, bias: &self.bias }
    }
}

fn member(value: &Value) -> Member {
    let number = |name: &str| serde_json::from_value::<f32>(value[name].clone()).unwrap();
    let kind = serde_json::from_value(value["kind"].clone()).unwrap();
    Member {
        encoder: value["encoder"].as_str().unwrap().into(),
        mixture: None,
        head: Head { kind, hidden: 0 },
        calibration: Calibration { temperature: number("temperature") },
        weight: number("weight"),
    }
}

fn task(id: &str, members: &Value) -> Task {
    let mut members: Vec<Member> = members.as_array().unwrap().iter().map(member).collect();
    let own = members.remove(0);
    let ordinal = own.head.kind == HeadKind::Ordinal;
    Task {
        id: id.into(),
        encoder: own.encoder,
        head: own.head,
        weight: own.weight,
        calibration: own.calibration,
        members,
        labels: ["0", "1", "2"].map(Label::named).into(),
        scale: ordinal.then(|| Scale::of(&[0, 1, 2])),
        thresholds: own.head.kind.plain_thresholds(3),
        ..Task::default()
    }
}

#[test]
fn n_grams_and_sums_of_members_have_the_golden_bits() {
    let all = fixture("members.json");
    let encoders: Vec<(&String, Arrays)> =
        all["encoders"].as_object().unwrap().iter().map(|(name, d)| (name, Arrays::new(d))).collect();
    let mut manifest = Manifest { name: "n-grams".into(), ..Manifest::default() };
    for (name, arrays) in &encoders {
        manifest.encoders.insert((*name).clone(), Encoder::NGram(arrays.dimensions.clone()));
    }
    manifest.tasks =
        all["tasks"].as_object().unwrap().iter().map(|(id, members)| task(id, members)).collect();
    let mut file = FileBuilder::new(manifest.clone());
    for (name, arrays) in &encoders {
        file.n_gram(name, &arrays.weights());
    }
    for member in manifest.tasks.iter().flat_map(Task::all_members) {
        if member.head.kind == HeadKind::Ordinal {
            file.level_thresholds(&member.section_id(), &floats(&all["cuts"]));
        }
    }
    let bytes = file.to_bytes().unwrap();
    for cpu in Cpu::detect().narrowings() {
        let options = OpenOptions { cpu, ..OpenOptions::default() };
        let scorer = Scorer::from_bytes_with(bytes.clone(), &options).unwrap();
        let kernels = Kernels::new(cpu);
        let packed: Vec<PackedNGram> = encoders
            .iter()
            .map(|(_, arrays)| PackedNGram::new(&arrays.dimensions, &arrays.weights(), &kernels).unwrap())
            .collect();
        let mut scratch = TextScratch::default();
        for case in all["texts"].as_array().unwrap() {
            let text = case["text"].as_str().unwrap();
            for ((name, _), packed) in encoders.iter().zip(&packed) {
                let mut out = vec![0.0; packed.output_len()];
                packed.forward(text, &mut scratch, &mut out).unwrap();
                let want = floats(&case["outputs"][name.as_str()]);
                assert_eq!(out.map_bits(), want.map_bits(), "{cpu:?} {name} {text:?}");
            }
            for task in &manifest.tasks {
                let score = scorer.score(&task.id, text).unwrap();
                let have: Vec<f32> = score.labels.iter().map(|label| label.probability).collect();
                let want = floats(&case["probabilities"][task.id.as_str()]);
                assert_eq!(have.map_bits(), want.map_bits(), "{cpu:?} {} {text:?}", task.id);
            }
        }
    }
}

/// Bits of floats, to compare.
trait MapBits {
    fn map_bits(&self) -> Vec<u32>;
}

impl MapBits for Vec<f32> {
    fn map_bits(&self) -> Vec<u32> {
        self.iter().map(|value| value.to_bits()).collect()
    }
}
