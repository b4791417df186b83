//! Rules of transformers and mixtures: one invalid manifest or file each.

use pupil_core::ErrorKind::{BadInput, Damaged, TooLarge, Unsupported};
use pupil_core::{BlockUse, ErrorKind, Scorer};
use pupil_tests::{Fixture, Raw};
use serde_json::{Value, json};

/// Changes one value of the manifest and returns the error of opening the file.
fn changed(place: &str, value: Value) -> (ErrorKind, String) {
    let mut raw = Raw::parse(&Fixture::mixtures(1).bytes());
    raw.edit(|m| {
        let (parent, key) = place.rsplit_once('/').unwrap();
        m.pointer_mut(parent).unwrap()[key] = value;
    });
    let error = Scorer::from_bytes(raw.to_bytes()).expect_err(place);
    (error.kind(), error.to_string())
}

#[test]
fn dimensions_that_break_a_rule_are_refused() {
    for (place, value, kind, says) in [
        ("/encoders/b0/tokenizer", json!("gone"), Damaged, "encoder b0 names the missing tokenizer gone"),
        ("/encoders/b0/vocab", json!(0), Damaged, "b0 has vocab 0"),
        ("/encoders/b0/vocab", json!(1 << 21), TooLarge, "b0 has vocab 2097152"),
        ("/encoders/b0/vocab", json!(5), Damaged, ""),
        ("/encoders/b0/width", json!(4096), TooLarge, "b0 has width 4096"),
        ("/encoders/b0/layers", json!(49), TooLarge, "b0 has layers 49"),
        ("/encoders/b0/heads", json!(0), Damaged, "b0 has heads 0"),
        ("/encoders/b0/heads", json!(65), TooLarge, "b0 has heads 65"),
        ("/encoders/b0/heads", json!(3), Damaged, "width 20, which 3 heads do not share evenly"),
        ("/encoders/b0/intermediate", json!(8193), TooLarge, "b0 has intermediate 8193"),
        ("/encoders/b0/positions", json!(4097), TooLarge, "b0 has positions 4097"),
        ("/encoders/b0/segments", json!(17), TooLarge, "b0 has segments 17"),
        ("/encoders/b0/epsilon", json!(0.0), Damaged, "encoder b0 has epsilon 0"),
        ("/encoders/b0/pooling", json!("median"), Unsupported, "encoder b0 pools in a way"),
        ("/mixtures/token/scope", json!("word"), Unsupported, "mixture token has a scope"),
        ("/mixtures/token/width", json!(21), Damaged, "gives 20 numbers and a mixture of width 21"),
        ("/mixtures/token/blocks", json!(5), TooLarge, "token has blocks 5"),
        ("/mixtures/token/experts", json!(1), Damaged, "mixture token has 1 experts"),
        ("/mixtures/token/experts", json!(9), TooLarge, "token has experts 9"),
        ("/mixtures/token/hidden", json!(8193), TooLarge, "token has hidden 8193"),
        ("/mixtures/token/gate", json!(0), Damaged, "token has gate 0"),
        ("/mixtures/token/task_embedding", json!(1025), TooLarge, "token has task_embedding 1025"),
        ("/mixtures/token/top_k", json!(0), Damaged, "mixture token has top_k 0"),
        ("/mixtures/token/top_k", json!(4), Damaged, "mixture token has top_k 4"),
        ("/mixtures/token/epsilon", json!(2.0), Damaged, "mixture token has epsilon 2"),
        ("/tasks/0/mixture", json!("gone"), Damaged, "task token names the missing mixture gone"),
        ("/tasks/4/mixture", json!("token"), Damaged, "gives no vector for each token"),
    ] {
        // The E-LSTM and the transformers have the same width, so that only the scope is wrong.
        let (found, message) = changed(place, value);
        assert_eq!(found, kind, "{place}: {message}");
        assert!(message.contains(says), "{place}: {message}");
    }
}

#[test]
fn task_packs_that_break_a_rule_are_refused() {
    let base = Scorer::from_bytes(Fixture::mixtures(1).bytes()).unwrap();
    let model = Raw::parse(&Fixture::mixtures(1).bytes()).manifest();
    let pack = Fixture::mixtures(1).pack(base.blake3()).bytes();
    assert!(base.attach_bytes(pack.clone()).is_ok());
    let words = |entry: &str| json!({ "words": model["tokenizers"][entry].clone() });
    for (place, value, kind, says) in [
        ("/base/blake3", json!("ab"), Damaged, "needs a hash of 64"),
        ("/base/blake3", json!("Z".repeat(64)), Damaged, "needs a hash of 64"),
        ("/base/blake3", json!("0".repeat(64)), ErrorKind::WrongBase, "belongs to the model fixture"),
        ("/base/encoders/b0/family", json!("other"), Unsupported, "encoder b0 is of a family"),
        ("/base/encoders/b0/heads", json!(3), Damaged, "3 heads do not share evenly"),
        ("/base/encoders/b0/layers", json!(3), Damaged, "describe the encoder b0 differently"),
        ("/base/encoders/b0/tokenizer", json!("gone"), Damaged, "describe the encoder b0 differently"),
        ("/tokenizers", words("words"), Damaged, "has 1 tokenizers and a base"),
        ("/encoders", json!({ "b0": model["encoders"]["b0"].clone() }), Damaged, "has 1 encoders and a base"),
        ("/tasks/0/encoder", json!("gone"), Damaged, "names the missing encoder gone"),
        ("/mixtures/token/width", json!(21), Damaged, "gives 20 numbers and a mixture of width 21"),
        ("/mixtures/pooled/experts_of", json!("token"), Damaged, "experts of token, which no base has"),
        ("/mixtures/pooled/hidden", json!(23), Damaged, "experts of pooled, which has another shape"),
        ("/mixtures/pooled/scope", json!("token"), Damaged, "experts of pooled, which has another shape"),
        ("/base/mixtures/pooled/gate", json!(8), Damaged, "describe the mixture pooled differently"),
        ("/base/mixtures/pooled/experts", json!(1), Damaged, "pooled has 1 experts"),
    ] {
        let mut raw = Raw::parse(&pack);
        raw.edit(|m| *m.pointer_mut(place).expect("the manifest has it") = value);
        let error = base.attach_bytes(raw.to_bytes()).expect_err(place);
        assert_eq!(error.kind(), kind, "{place}: {error}");
        assert!(error.message().contains(says), "{place}: {error}");
    }
    // A whole model has no base with experts.
    let (found, message) = changed("/mixtures/pooled/experts_of", json!("token"));
    assert_eq!(found, Damaged);
    assert!(message.contains("which no base has"), "{message}");
    // A pack without its base is not a model: its tasks name missing encoders.
    let mut raw = Raw::parse(&pack);
    raw.edit(|m| drop(m.as_object_mut().unwrap().remove("base")));
    let error = Scorer::from_bytes(raw.to_bytes()).unwrap_err();
    assert_eq!(error.kind(), Damaged, "{error}");
}

#[test]
fn sections_that_break_a_rule_are_refused() {
    let bytes = Fixture::mixtures(1).bytes();
    let refused = |section: &str, change: fn(&mut [u8]), says: &str| {
        let mut raw = Raw::parse(&bytes);
        raw.edit_section(section, change);
        let error = Scorer::from_bytes(raw.to_bytes()).expect_err(section);
        assert_eq!(error.kind(), Damaged, "{error}");
        assert!(error.to_string().contains(&format!("section {section} has {says}")), "{error}");
    };
    for part in
        ["words", "positions", "segments", "layer.0.qkv", "layer.1.attended", "layer.0.up", "layer.1.down"]
    {
        refused(&format!("encoder.b0.{part}"), |b| b[7] = 0x80, "1 weights of -128");
        // Infinite and negative numbers of 16 bits.
        refused(&format!("encoder.b0.{part}.scale"), |b| b[2..4].copy_from_slice(&[0, 0x7C]), "inf at 1");
        refused(&format!("encoder.b0.{part}.scale"), |b| b[..2].copy_from_slice(&[0, 0xBC]), "-1 at 0");
    }
    for part in ["block.0.gate", "block.1.gate.output", "block.1.expert.2.up", "block.0.expert.1.down"] {
        refused(&format!("mixture.token.{part}"), |b| b[3] = 0x80, "1 weights of -128");
        refused(&format!("mixture.token.{part}.scale"), |b| b[..2].copy_from_slice(&[1, 0x7C]), "NaN at 0");
        refused(&format!("mixture.token.{part}.bias"), |b| b[..4].fill(0xFF), "NaN at 0");
    }
    for norm in [
        "encoder.b0.norm",
        "encoder.b0.layer.0.attended.norm",
        "encoder.b0.layer.1.down.norm",
        "mixture.pooled.norm",
    ] {
        for part in ["weight", "bias"] {
            let infinite = |b: &mut [u8]| b[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
            refused(&format!("{norm}.{part}"), infinite, "inf at 0, it must lie within 65536 of 0");
        }
    }
    refused("task.token.embedding", |b| b[..4].fill(0xFF), "NaN at 0");
    refused("encoder.b0.layer.0.qkv.bias", |b| b[4..8].fill(0xFF), "NaN at 1");
}

#[test]
fn only_scales_and_embeddings_of_tasks_may_have_sixteen_bits() {
    let mut file = Fixture::mixtures(1).builder();
    file.f16("extra.note", &[1], &[0.1]);
    let error = file.to_bytes().expect_err("0.1 has no 16 bits");
    assert_eq!(error.kind(), BadInput);
    assert!(error.to_string().contains("extra.note has 0.1 at 0"), "{error}");
    let mut raw = Raw::parse(&Fixture::mixtures(1).bytes());
    raw.header["encoder.b0.norm.weight"]["dtype"] = json!("F16");
    raw.header["encoder.b0.norm.weight"]["shape"] = json!([40]);
    let error = Scorer::from_bytes(raw.to_bytes()).expect_err("a normalization has 32 bits");
    assert!(error.to_string().contains("encoder.b0.norm.weight has type F16, F32 is needed"), "{error}");
}

#[test]
fn too_many_tokens_are_refused_and_experts_are_returned() {
    let scorer = Scorer::from_bytes(Fixture::mixtures(1).bytes()).unwrap();
    let error = scorer.score("token", &"air ".repeat(71)).expect_err("70 positions");
    assert_eq!(error.kind(), TooLarge);
    assert!(error.to_string().contains("71 tokens, the encoder reads at most 70"), "{error}");
    for (task, blocks, experts, running) in [("token", 2, 3, 3), ("chosen", 1, 5, 2), ("lstm", 2, 4, 4)] {
        let found = scorer.experts(task, None, "warm air expands").unwrap();
        assert_eq!(found.score, scorer.score(task, "warm air expands").unwrap());
        assert_eq!(found.blocks.len(), blocks);
        for BlockUse { weights, .. } in found.blocks {
            assert_eq!(weights.len(), experts);
            assert_eq!(weights.iter().filter(|w| **w > 0.0).count(), running);
            assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
    assert_eq!(scorer.experts("pair", Some("warm air"), "cold air").unwrap().blocks.len(), 2);
    assert_eq!(scorer.experts("most", None, "warm air").expect_err("no mixture").kind(), BadInput);
    assert_eq!(scorer.experts("gone", None, "warm air").expect_err("no task").kind(), ErrorKind::UnknownTask);
}

#[test]
fn numbers_that_overflow_f32_are_refused() {
    // As large as the limits of a file allow: no single block leaves the range, but several in a row do. The following
    // rectifier and rounding would turn the infinity into an ordinary number.
    for (task, blocks) in [("token", 4), ("chosen", 4)] {
        let mut fixture = Fixture::mixtures(1);
        fixture.half_scales = false;
        for mixture in fixture.manifest.mixtures.values_mut() {
            mixture.blocks = blocks;
        }
        let plain = fixture.bytes();
        assert!(Scorer::from_bytes(plain.clone()).unwrap().score(task, "warm air").is_ok());
        let mut raw = Raw::parse(&plain);
        let count = fixture.manifest.mixtures[task].experts;
        for (b, e, part) in
            (0..blocks).flat_map(|b| (0..count).flat_map(move |e| ["up", "down"].map(|part| (b, e, part))))
        {
            raw.edit_section(&format!("mixture.{task}.block.{b}.expert.{e}.{part}.scale"), |bytes| {
                bytes.chunks_exact_mut(4).for_each(|s| s.copy_from_slice(&65_536f32.to_le_bytes()));
            });
        }
        let error = Scorer::from_bytes(raw.to_bytes()).unwrap().score(task, "warm air").expect_err(task);
        assert_eq!(error.kind(), Damaged, "{error}");
        assert!(error.to_string().contains("beyond what an f32 holds"), "{error}");
    }
}

#[test]
fn manifest_that_implies_too_many_sections_is_refused() {
    let mut raw = Raw::parse(&Fixture::mixtures(1).bytes());
    raw.edit(|m| {
        let mut encoder = m["encoders"]["b0"].clone();
        for dimension in ["vocab", "width", "heads", "intermediate", "positions"] {
            encoder[dimension] = json!(1);
        }
        encoder["layers"] = json!(48);
        for n in 0..200 {
            m["encoders"][format!("more{n}")] = encoder.clone();
        }
    });
    let error = Scorer::from_bytes(raw.to_bytes()).unwrap_err();
    assert_eq!(error.kind(), TooLarge, "{error}");
    assert!(error.to_string().contains("at most 65536"), "{error}");
}

#[test]
fn keeping_every_expert_changes_nothing() {
    let with = |top_k: Option<usize>| {
        let mut fixture = Fixture::mixtures(1);
        fixture.manifest.mixtures.get_mut("token").unwrap().top_k = top_k;
        Scorer::from_bytes(fixture.bytes()).unwrap().experts("token", None, "warm air expands").unwrap()
    };
    assert_eq!(with(None), with(Some(3)));
    assert_ne!(with(None), with(Some(1)));
    assert!(with(Some(1)).blocks.iter().flat_map(|block| &block.weights).all(|w| *w == 0.0 || *w == 1.0));
}
