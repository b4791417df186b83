//! Manifests with ONNX graphs; `tests/onnx` runs the graphs.

use pupil_core::ErrorKind::{self, Damaged, TooLarge, Unsupported};
use pupil_core::format::Manifest;
use pupil_core::format::manifest::{
    Encoder, Head, HeadKind, Label, Mixture, Onnx, OnnxInput, OnnxRole, Pooling, Scale, Scope, Task,
    TokenizerEntry,
};
use pupil_core::tokenizer::TokenizerKind;
use serde_json::Value;

use crate::schema::{schema, violations};

/// A change to a manifest, and the kind and a part of the message of the resulting error.
type Rule<'a> = (&'a dyn Fn(&mut Manifest), ErrorKind, &'a str);

fn manifest() -> Manifest {
    let mut manifest = Manifest { name: "graph".into(), ..Manifest::default() };
    manifest.tokenizers.insert("t".into(), TokenizerEntry::of_kind(TokenizerKind::WordLevel, "t"));
    let input = |name: &str, role| OnnxInput { name: name.into(), role };
    let graph = Onnx {
        tokenizer: "t".into(),
        vocab: 10,
        width: 3,
        positions: 64,
        inputs: vec![input("ids", OnnxRole::Ids), input("mask", OnnxRole::Mask)],
        output: "logits".into(),
        ..Onnx::default()
    };
    manifest.encoders.insert("g".into(), Encoder::Onnx(graph));
    manifest.tasks.push(Task {
        id: "topic".into(),
        encoder: "g".into(),
        head: Head { kind: HeadKind::Softmax, hidden: 0 },
        labels: ["a", "b", "c"].map(Label::named).into(),
        ..Task::default()
    });
    manifest
}

fn graph(manifest: &mut Manifest) -> &mut Onnx {
    match manifest.encoders.get_mut("g") {
        Some(Encoder::Onnx(graph)) => graph,
        other => panic!("{other:?} is no graph"),
    }
}

#[test]
fn graphs_that_break_a_rule_are_refused() {
    manifest().check().unwrap();
    let rules: &[Rule<'_>] = &[
        (&|m| graph(m).vocab = 0, Damaged, "g has vocab 0"),
        (&|m| graph(m).width = 5000, TooLarge, "g has width 5000"),
        (&|m| graph(m).positions = 5000, TooLarge, "g has positions 5000"),
        (&|m| graph(m).pad = 10, Damaged, "pad 10, its ids end at 9"),
        (&|m| graph(m).inputs.clear(), Damaged, "g has inputs 0"),
        (&|m| graph(m).inputs[0].role = OnnxRole::Mask, Damaged, "0 inputs for ids"),
        (&|m| graph(m).inputs[1].role = OnnxRole::Ids, Damaged, "2 inputs for ids"),
        (&|m| graph(m).inputs[1].name = "ids".into(), Damaged, "a duplicate input ids"),
        (&|m| graph(m).output = String::new(), Damaged, "output of a graph has a name of 0 bytes"),
        (&|m| drop(m.tasks[0].labels.pop()), Damaged, "2 labels and an encoder that gives 3 numbers"),
        (
            &|m| {
                m.tasks[0].head.kind = HeadKind::Ordinal;
                m.tasks[0].scale = Some(Scale { min: 0, ..Scale::default() });
                m.tasks[0].thresholds = vec![0.5, 1.5];
            },
            Damaged,
            "gives 3 numbers, and no layer between them: 1 are needed",
        ),
        (
            &|m| {
                let mixture = Mixture { scope: Scope::Pooled, width: 3, ..Mixture::default() };
                m.mixtures.insert("x".into(), mixture);
                m.tasks[0].mixture = Some("x".into());
            },
            Damaged,
            "head.hidden 0",
        ),
        (
            &|m| {
                m.mixtures.insert("x".into(), Mixture { width: 3, ..Mixture::default() });
                m.tasks[0].mixture = Some("x".into());
                m.tasks[0].head.hidden = 4;
            },
            Damaged,
            "mixture of scope token",
        ),
    ];
    for (change, kind, said) in rules {
        let mut manifest = manifest();
        change(&mut manifest);
        let error = manifest.check().unwrap_err();
        assert_eq!(error.kind(), *kind, "{error}");
        assert!(error.to_string().contains(said), "{said}: {error}");
    }
}

#[test]
fn kinds_of_a_later_version_are_not_damage() {
    type Later<'a> = (&'a dyn Fn(&mut Value), &'a str);
    let whole = manifest().to_json().unwrap();
    let read = |change: &dyn Fn(&mut Value)| {
        let mut value = serde_json::from_str(&whole).unwrap();
        change(&mut value);
        let error = Manifest::from_json(&value.to_string()).unwrap_err();
        (error.kind(), error.to_string())
    };
    let later: &[Later<'_>] = &[
        (&|m| m["encoders"]["g"]["inputs"][1]["role"] = "x".into(), "encoder g feeds its input mask"),
        (&|m| m["encoders"]["g"]["pooling"] = "x".into(), "encoder g pools in a way"),
        (&|m| m["encoders"]["g"]["family"] = "x".into(), "encoder g is of a family"),
        (&|m| m["tokenizers"]["t"]["kind"] = "x".into(), "tokenizer t is of a kind"),
        (&|m| m["tasks"][0]["head"]["kind"] = "x".into(), "has a head that this version"),
        (&|m| m["tasks"][0]["input"] = "x".into(), "reads an input"),
    ];
    for (change, said) in later {
        let (kind, message) = read(change);
        assert!(kind == Unsupported && message.contains(said), "{said}: {message}");
    }
    let (kind, message) = read(&|m| m["tasks"][0]["head"]["kind"] = 1.into());
    assert!(kind == Damaged && message.contains("manifest cannot be read"), "{message}");
}

#[test]
fn only_graphs_may_have_no_hidden_layer() {
    let mut fixture = pupil_tests::Fixture::new(1);
    fixture.manifest.tasks[0].head.hidden = 0;
    let error = fixture.manifest.check().unwrap_err();
    assert!(error.to_string().contains("head.hidden 0"), "{error}");
}

#[test]
fn graphs_match_the_schema_and_survive_json() {
    let mut manifest = manifest();
    graph(&mut manifest).pooling = Some(Pooling::Cls);
    let json = manifest.to_json().unwrap();
    assert_eq!(Manifest::from_json(&json).unwrap(), manifest);
    let (root, value) = (schema(), serde_json::from_str(&json).unwrap());
    let mut found = Vec::new();
    violations(&root, &root, &value, "manifest", &mut found);
    assert_eq!(found, [""; 0]);
    let mut broken = value.clone();
    broken["encoders"]["g"]["inputs"][0]["role"] = "weights".into();
    violations(&root, &root, &broken, "manifest", &mut found);
    assert!(!found.is_empty());
}

#[cfg(not(feature = "onnx"))]
#[test]
fn builds_without_the_feature_name_it() {
    let file = pupil_core::format::writer::FileBuilder::new(manifest())
        .bytes("tokenizer.t", &pupil_tests::tokenizer_json(&["a".into()], false))
        .bytes("encoder.g.graph", b"any")
        .to_bytes();
    let error = file.unwrap_err();
    let source =
        std::error::Error::source(&error).and_then(|e| e.downcast_ref::<pupil_core::Error>()).unwrap();
    assert_eq!(source.kind(), Unsupported);
    assert_eq!(source.to_string(), "encoder g is a graph of the ONNX format: build with the feature `onnx`");
}
