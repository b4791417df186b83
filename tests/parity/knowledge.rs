//! Compares what a knowledge model says after each answer with a second implementation, bit for bit.

use super::{fixture, integers};
use pupil_core::cpu::Cpu;
use pupil_core::{OpenOptions, Tracker};

#[test]
fn every_answer_gives_the_bits_of_the_second_implementation() {
    for name in ["knowledge", "knowledge-counts"] {
        follow(name);
    }
}

fn follow(name: &str) {
    let path = format!("{}/fixtures/golden/{name}.pupil", env!("CARGO_MANIFEST_DIR"));
    let all = fixture(&format!("{name}.json"));
    for cpu in Cpu::detect().narrowings() {
        let options = OpenOptions { cpu, ..OpenOptions::default() };
        let mut tracker = Tracker::open_with(&path, &options).unwrap();
        let ids: Vec<String> = tracker.questions().iter().map(|question| question.id.clone()).collect();
        for (place, step) in all["steps"].as_array().unwrap().iter().enumerate() {
            let question = usize::try_from(step["question"].as_u64().unwrap()).unwrap();
            let correct = step["correct"].as_bool().unwrap();
            match ids.get(question) {
                Some(id) => tracker.observe(id, correct).unwrap(),
                None => tracker.observe_unlisted(correct),
            }
            let mut bits: Vec<u32> = tracker.predict_all().iter().map(|p| p.to_bits()).collect();
            bits.push(tracker.predict_unlisted().to_bits());
            assert_eq!(bits, integers::<u32>(&step["probability_bits"]), "{name}, {cpu:?}, answer {place}");
            let mastery: Vec<u32> = tracker.mastery().iter().map(|m| m.probability.to_bits()).collect();
            assert_eq!(mastery, integers::<u32>(&step["mastery_bits"]), "{name}, {cpu:?}, answer {place}");
        }
    }
}
