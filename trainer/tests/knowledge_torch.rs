//! Compares DKT, the attention and the student model with PyTorch: `fixtures/torch/knowledge.json` has parameters,
//! outputs and all gradients.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use candle_core::{Device, Tensor};
use pupil_trainer::knowledge::batch::Batch;
use pupil_trainer::knowledge::follow;
use pupil_trainer::knowledge::histories::{Answer, Histories, Student};
use pupil_trainer::knowledge::network::{Network, Parameters};
use pupil_trainer::knowledge::stepwise;
use pupil_trainer::knowledge::world::world;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Largest difference from PyTorch's f64, as a share of the largest magnitude of the tensor.
const OUTPUT: f64 = 1e-5;
const GRADIENT: f64 = 2e-5;

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/torch/knowledge.json")).unwrap()
}

fn get<T: DeserializeOwned>(value: &Value) -> T {
    T::deserialize(value).unwrap()
}

fn assert_close(name: &str, have: &[f32], want: &[f64], tolerance: f64) {
    assert_eq!(have.len(), want.len(), "{name}");
    let largest = want.iter().fold(0.0f64, |most, v| most.max(v.abs()));
    for (n, (have, want)) in have.iter().zip(want).enumerate() {
        let error = (f64::from(*have) - want).abs();
        assert!(error <= tolerance * largest, "{name}[{n}] is {have}, PyTorch has {want} of {largest}");
    }
}

fn histories(all: &Value) -> Histories {
    let skills: Vec<Vec<usize>> = get(&all["skills"]);
    let student = |(n, student): (usize, &Value)| {
        let (questions, correct): (Vec<usize>, Vec<u8>) =
            (get(&student["questions"]), get(&student["correct"]));
        let answers =
            questions.into_iter().zip(correct).map(|(question, c)| Answer { question, correct: c == 1 });
        Student { id: n.to_string(), answers: answers.collect() }
    };
    Histories {
        questions: (0..skills.len()).map(|n| n.to_string()).collect(),
        skills: (0..3).map(|n| n.to_string()).collect(),
        question_skills: skills,
        students: all["students"].as_array().unwrap().iter().enumerate().map(student).collect(),
        ..Histories::default()
    }
}

/// Values of the fixture's students, in the rows of a batch; 0 where it is filled up.
fn rows(batch: &Batch, of_students: &Value, width: usize) -> Vec<f32> {
    let lists: Vec<Vec<f32>> = get(of_students);
    let row = |source: &Option<(usize, usize)>| match source {
        Some((student, at)) => lists[*student][at * width..(at + 1) * width].to_vec(),
        None => vec![0.0; width],
    };
    batch.source.iter().flat_map(row).collect()
}

fn equals_pytorch(kind: &str) {
    let all = fixture();
    let (case, histories) = (&all[kind], histories(&all));
    let graph = Tensor::from_vec(get::<Vec<f32>>(&all["graph"]), (3, 3), &Device::Cpu).unwrap();
    let network = Network::new(&get(&case["spec"]), &world(&histories, Some(graph)).unwrap(), 1).unwrap();
    let parameters: Parameters = get(&case["parameters"]);
    assert_eq!(parameters.len(), network.variables().count());
    network.set_parameters(&parameters).unwrap();
    let parts: Vec<_> = histories.students.iter().enumerate().map(|(n, s)| (n, 0..s.answers.len())).collect();
    let batch = Batch::new(&histories, &parts);
    let outputs = network.forward(&batch, None).unwrap();
    let mut named = vec![("logits", outputs.logits)];
    named.extend(outputs.mastery.map(|mastery| ("mastery", mastery)));
    let mut loss = Tensor::zeros((), candle_core::DType::F32, &Device::Cpu).unwrap();
    for (name, output) in &named {
        let width = output.elem_count() / batch.source.len();
        let have: Vec<f32> = output.flatten_all().unwrap().to_vec1().unwrap();
        // Rows that were filled up have outputs of their own, which count nowhere.
        let counts: Vec<f32> = batch
            .source
            .iter()
            .flat_map(|source| vec![f32::from(u8::from(source.is_some())); width])
            .collect();
        let have: Vec<f32> = have.iter().zip(&counts).map(|(h, c)| h * c).collect();
        let want: Vec<f64> = rows(&batch, &case[*name], width).into_iter().map(f64::from).collect();
        assert_close(&format!("{kind} {name}"), &have, &want, OUTPUT);
        let weights = rows(&batch, &case[format!("d{name}")], width);
        let weights = Tensor::from_vec(weights, output.shape(), &Device::Cpu).unwrap();
        loss = (loss + (output * weights).unwrap().sum_all().unwrap()).unwrap();
    }
    let store = loss.backward().unwrap();
    for (name, variable, _) in network.variables() {
        let gradient = store.get(variable).unwrap_or_else(|| panic!("{kind}: {name} has no gradient"));
        let gradient: Vec<f32> = gradient.flatten_all().unwrap().to_vec1().unwrap();
        assert_close(
            &format!("{kind} gradient of {name}"),
            &gradient,
            &get::<Vec<f64>>(&case["gradients"][name]),
            GRADIENT,
        );
    }
    // Step by step, the same.
    let stepwise = follow::predict(stepwise::network(&network).unwrap().as_ref(), &histories).unwrap();
    let logits: Vec<Vec<f64>> = get(&case["logits"]);
    for (have, logit) in stepwise.iter().flatten().zip(logits.iter().flatten()) {
        assert!((f64::from(*have) - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-5, "{kind}: {have} {logit}");
    }
}

#[test]
fn dkt_equals_pytorch_with_all_gradients() {
    equals_pytorch("dkt");
}

#[test]
fn attention_equals_pytorch_with_all_gradients() {
    equals_pytorch("attention");
}

#[test]
fn the_student_model_equals_pytorch_with_all_gradients() {
    equals_pytorch("pupil");
}

#[test]
fn student_model_that_reads_counts_gives_pytorchs_outputs_and_gradients() {
    equals_pytorch("counting");
}
