//! The published schema agrees with the reader.

use pupil_core::Scorer;
use pupil_core::format::Manifest;
use pupil_core::format::manifest::{HeadKind, Input, OnnxRole, Scope};
use pupil_core::tokenizer::TokenizerKind;
use pupil_tests::{Fixture, Raw};
use serde_json::{Map, Value, json};

use crate::tiny;

const SCHEMA: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/manifest.schema.json"));

pub(crate) fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// Whether a text is so many digits of a hash.
fn is_hex(text: &str, len: usize) -> bool {
    text.len() == len && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Lists where a value breaks a schema. Supports the keywords of the published schema, and panics on others.
pub(crate) fn violations(root: &Value, schema: &Value, value: &Value, place: &str, out: &mut Vec<String>) {
    let mut here = Vec::new();
    let fail = |here: &mut Vec<String>, what: String| here.push(format!("{place}: {what}"));
    let number = |limit: &Value| limit.as_f64().unwrap();
    let length = |items: usize| items as f64;
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "title" | "description" | "default" | "$defs" => {}
            "$ref" => {
                let target =
                    root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).expect("it is defined");
                violations(root, target, value, place, out);
                return;
            }
            "anyOf" => {
                let choices = rule.as_array().unwrap().iter().map(|choice| {
                    let mut found = Vec::new();
                    violations(root, choice, value, place, &mut found);
                    found
                });
                // The best-matching choice determines the errors.
                here.extend(choices.min_by_key(Vec::len).unwrap());
            }
            "const" => {
                if value != rule {
                    fail(&mut here, format!("is not {rule}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    fail(&mut here, format!("is none of {rule}"));
                }
            }
            "type" => {
                let fits = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64() || value.is_u64(),
                    "null" => value.is_null(),
                    "boolean" => value.is_boolean(),
                    other => panic!("the schema has the type {other}"),
                };
                let allowed = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                if !allowed.iter().any(fits) {
                    fail(&mut here, format!("is no {rule}"));
                }
            }
            "minimum" if value.as_f64().is_some_and(|v| v < number(rule)) => {
                fail(&mut here, format!("is below {rule}"))
            }
            "exclusiveMinimum" if value.as_f64().is_some_and(|v| v <= number(rule)) => {
                fail(&mut here, format!("is not above {rule}"))
            }
            "maximum" if value.as_f64().is_some_and(|v| v > number(rule)) => {
                fail(&mut here, format!("is above {rule}"))
            }
            "minLength" if value.as_str().is_some_and(|v| length(v.len()) < number(rule)) => {
                fail(&mut here, "is short".into())
            }
            "minItems" if value.as_array().is_some_and(|v| length(v.len()) < number(rule)) => {
                fail(&mut here, "is short".into())
            }
            "maxItems" if value.as_array().is_some_and(|v| length(v.len()) > number(rule)) => {
                fail(&mut here, "is long".into())
            }
            "minimum" | "exclusiveMinimum" | "maximum" | "minLength" | "minItems" | "maxItems" => {}
            "pattern" => {
                let text = value.as_str().unwrap_or_default();
                let fits = match rule.as_str().unwrap() {
                    "^[0-9a-f]{64}$" => is_hex(text, 64),
                    "^[0-9a-f]{32}$" => is_hex(text, 32),
                    "^tokenizer\\..+$" => {
                        text.strip_prefix("tokenizer.").is_some_and(|rest| !rest.is_empty())
                    }
                    other => panic!("the schema has the pattern {other}"),
                };
                if !fits {
                    fail(&mut here, format!("does not match {rule}"));
                }
            }
            "required" => {
                for key in rule.as_array().unwrap() {
                    if value.as_object().is_some_and(|v| !v.contains_key(key.as_str().unwrap())) {
                        fail(&mut here, format!("lacks {key}"));
                    }
                }
            }
            "properties" => {
                for (key, rule) in rule.as_object().unwrap() {
                    if let Some(inner) = value.get(key) {
                        violations(root, rule, inner, &format!("{place}/{key}"), out);
                    }
                }
            }
            "additionalProperties" => {
                for (key, inner) in value.as_object().unwrap_or(&Map::new()) {
                    violations(root, rule, inner, &format!("{place}/{key}"), out);
                }
            }
            "items" => {
                for (i, inner) in value.as_array().unwrap_or(&Vec::new()).iter().enumerate() {
                    violations(root, rule, inner, &format!("{place}/{i}"), out);
                }
            }
            other => panic!("the schema has the word {other}"),
        }
    }
    out.extend(here);
}

fn check(manifest: &Value) -> Vec<String> {
    let (schema, mut out) = (schema(), Vec::new());
    violations(&schema, &schema, manifest, "", &mut out);
    out
}

#[test]
fn manifests_of_real_files_match_the_schema() {
    let pack = Fixture::mixtures(1).pack(&"0".repeat(64));
    let members = Fixture::members(1);
    let many = [Fixture::many(1, 3, 50), Fixture::empty(1)];
    let others = [Fixture::guarded(1), Fixture::knowledge(1), Fixture::counting(1), pack];
    for fixture in [Fixture::new(1), Fixture::mixtures(1), members].into_iter().chain(others).chain(many) {
        let found = check(&Raw::parse(&fixture.bytes()).manifest());
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn schema_and_reader_agree_on_what_is_required() {
    let pack = Fixture::mixtures(1).pack(&"0".repeat(64));
    let known = Fixture::counting(1);
    for fixture in
        [Fixture::new(1), Fixture::mixtures(1), Fixture::members(1), Fixture::guarded(1), known, pack]
    {
        agree_on_what_is_required(&fixture);
    }
}

fn agree_on_what_is_required(fixture: &Fixture) {
    let whole = Raw::parse(&fixture.bytes()).manifest();
    let mut places = Vec::new();
    collect(&whole, String::new(), &mut places);
    assert!(places.len() > 100);
    let mut differing = Vec::new();
    for place in places {
        let (parent, key) = place.rsplit_once('/').unwrap();
        let mut manifest = whole.clone();
        manifest.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
        let schema_refuses = !check(&manifest).is_empty();
        // Only required fields of the structs, no rules between two fields.
        let reader_refuses = serde_json::from_value::<Manifest>(manifest).is_err();
        if schema_refuses != reader_refuses {
            differing.push((place, schema_refuses, reader_refuses));
        }
    }
    assert!(differing.is_empty(), "(place, schema refuses, reader refuses): {differing:#?}");
}

/// Every key of every object, as a JSON pointer; entries of maps by name count as well.
fn collect(value: &Value, place: String, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let place = format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
                collect(inner, place.clone(), out);
                out.push(place);
            }
        }
        Value::Array(items) => {
            for (i, inner) in items.iter().enumerate() {
                collect(inner, format!("{place}/{i}"), out);
            }
        }
        _ => {}
    }
}

#[test]
fn reader_refuses_what_the_schema_refuses_for_mixtures() {
    for (place, value) in [
        ("/encoders/b0/family", json!("other")),
        ("/encoders/b0/width", json!(2049)),
        ("/encoders/b0/layers", json!(49)),
        ("/encoders/b0/heads", json!(65)),
        ("/encoders/b0/intermediate", json!(8193)),
        ("/encoders/b0/positions", json!(4097)),
        ("/encoders/b0/segments", json!(0)),
        ("/encoders/b0/epsilon", json!(0)),
        ("/encoders/b0/pooling", json!("other")),
        ("/mixtures/token/scope", json!("other")),
        ("/mixtures/token/width", json!(0)),
        ("/mixtures/token/blocks", json!(5)),
        ("/mixtures/token/experts", json!(9)),
        ("/mixtures/token/hidden", json!(8193)),
        ("/mixtures/token/gate", json!(0)),
        ("/mixtures/token/task_embedding", json!(1025)),
        ("/mixtures/token/top_k", json!(9)),
        ("/mixtures/token/epsilon", json!(1.5)),
        ("/tasks/0/mixture", json!(1)),
    ] {
        let mut raw = Raw::parse(&Fixture::mixtures(1).bytes());
        raw.edit(|m| *m.pointer_mut(place).expect("the manifest has it") = value.clone());
        assert!(!check(&raw.manifest()).is_empty(), "the schema accepts {value} at {place}");
        assert!(Scorer::from_bytes(raw.to_bytes()).is_err(), "the reader accepts {value} at {place}");
    }
}

#[test]
fn reader_refuses_what_the_schema_refuses_for_members() {
    for (place, value) in [
        ("/tasks/0/weight", json!(0)),
        ("/tasks/0/weight", json!(1.5)),
        ("/tasks/0/members/0/weight", json!(-0.1)),
        ("/tasks/0/members/0/weight", json!(null)),
        ("/tasks/0/members/1/encoder", json!(null)),
        ("/tasks/0/members/1/head/kind", json!("other")),
        ("/tasks/0/members/1/head/hidden", json!(4097)),
        ("/tasks/0/members/1/calibration/temperature", json!(0)),
        ("/tasks/0/members", json!({})),
        ("/encoders/g1/chars", json!([0, 3])),
        ("/encoders/g1/chars", json!([3, 9])),
        ("/encoders/g1/words", json!([1])),
        ("/encoders/g1/words", json!([1, 2, 3])),
        ("/encoders/g1/buckets", json!(255)),
        ("/encoders/g1/buckets", json!(1_048_577)),
        ("/encoders/g1/units", json!(0)),
        ("/encoders/g1/units", json!(1025)),
        ("/encoders/g1/sublinear", json!(1)),
    ] {
        let mut raw = Raw::parse(&Fixture::members(1).bytes());
        raw.edit(|m| *m.pointer_mut(place).expect("the manifest has it") = value.clone());
        assert!(!check(&raw.manifest()).is_empty(), "the schema accepts {value} at {place}");
        assert!(Scorer::from_bytes(raw.to_bytes()).is_err(), "the reader accepts {value} at {place}");
    }
}

#[test]
fn reader_refuses_what_the_schema_refuses_for_guards() {
    for (place, value) in [
        ("/guards/texts/letters", json!(1)),
        ("/guards/texts/letters", json!(65_537)),
        ("/guards/texts/words", json!(0)),
        ("/guards/texts/classes", json!(257)),
        ("/guards/texts/frequent", json!(-1)),
        ("/guards/texts/slots", json!(65_537)),
        ("/guards/texts/questions", json!(-1)),
        ("/guards/texts/pages", json!([256])),
        ("/guards/texts/weights/moved", json!(1024)),
        ("/tasks/0/monitor/answers", json!(0)),
        ("/tasks/0/monitor/answers", json!(-1)),
        ("/tasks/0/monitor/words/0/above", json!(1.5)),
        ("/tasks/0/monitor/words/0/at", json!("4")),
        ("/tasks/0/monitor/words", json!([{ "at": 1 }])),
        ("/tasks/0/audit/share", json!(1.5)),
        ("/tasks/0/audit/salt", json!("0F".repeat(32))),
        ("/tasks/0/audit/salt", json!("00")),
        ("/tasks/0/guard/model", json!(1)),
        ("/tasks/0/guard/topic", json!(65_537)),
        ("/tasks/0/guard/limits/order", json!(1_u64 << 31)),
        ("/tasks/0/guard/limits/copied", json!(0.5)),
        ("/tasks/0/guard/held_back/all", json!(-0.5)),
    ] {
        let mut raw = Raw::parse(&Fixture::guarded(1).bytes());
        raw.edit(|m| *m.pointer_mut(place).expect("the manifest has it") = value.clone());
        assert!(!check(&raw.manifest()).is_empty(), "the schema accepts {value} at {place}");
        assert!(Scorer::from_bytes(raw.to_bytes()).is_err(), "the reader accepts {value} at {place}");
    }
}

#[test]
fn reader_refuses_what_the_schema_refuses_for_knowledge_models() {
    for (place, value) in [
        ("/knowledge/embedding", json!(0)),
        ("/knowledge/embedding", json!(1025)),
        ("/knowledge/hidden", json!(513)),
        ("/knowledge/counts", json!(257)),
        ("/knowledge/counts", json!(-1)),
        ("/knowledge/skills", json!([])),
        ("/knowledge/skills/0/id", json!("")),
        ("/knowledge/skills/0/name", json!(1)),
        ("/knowledge/questions", json!([])),
        ("/knowledge/questions/0/id", json!("")),
        ("/knowledge/questions/0/skills", json!([-1])),
        ("/knowledge/questions/0/difficulty", json!(1.5)),
        ("/knowledge/metrics/0/value", json!("high")),
    ] {
        let mut raw = Raw::parse(&Fixture::counting(1).bytes());
        raw.edit(|m| *m.pointer_mut(place).expect("the manifest has it") = value.clone());
        assert!(!check(&raw.manifest()).is_empty(), "the schema accepts {value} at {place}");
        assert!(Scorer::from_bytes(raw.to_bytes()).is_err(), "the reader accepts {value} at {place}");
    }
}

#[test]
fn reader_refuses_what_the_schema_refuses() {
    let cases = [
        ("/format", json!(2)),
        ("/name", json!(null)),
        ("/tokenizers/t/kind", json!("other")),
        ("/tokenizers/t/section", json!("t")),
        ("/encoders/e/family", json!("other")),
        ("/encoders/e/vocab", json!(0)),
        ("/encoders/e/hidden", json!(513)),
        ("/encoders/e/embedding", json!(1025)),
        ("/tasks/0/id", json!("")),
        ("/tasks/0/input", json!("other")),
        ("/tasks/0/head/kind", json!("other")),
        ("/tasks/0/head/hidden", json!(4097)),
        ("/tasks/0/labels", json!([])),
        ("/tasks/0/labels/0/name", json!("")),
        ("/tasks/0/scale/min", json!(1_048_577)),
        ("/tasks/0/thresholds/0", json!(-0.5)),
        ("/tasks/0/calibration/temperature", json!(0)),
        ("/tasks/0/review/max_unknown", json!(1.5)),
        ("/tasks/0/review/min_words", json!(-1)),
        ("/tasks/0/metrics/0/value", json!("high")),
        ("/training/seed", json!(-1)),
        ("/sections/tokenizer.t/xxh3", json!("00")),
    ];
    for (place, value) in cases {
        let mut raw = Raw::parse(&tiny().bytes());
        raw.edit(|m| *m.pointer_mut(place).expect("the manifest has it") = value.clone());
        assert!(!check(&raw.manifest()).is_empty(), "the schema accepts {value} at {place}");
        assert!(Scorer::from_bytes(raw.to_bytes()).is_err(), "the reader accepts {value} at {place}");
    }
}

#[test]
fn the_schema_lists_every_kind_that_the_reader_knows() {
    let schema = schema();
    let listed = |property: &str| {
        let mut found = Vec::new();
        enums(&schema, property, &mut found);
        found
    };
    let head_kinds: Vec<&str> = HeadKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let tokenizers: Vec<&str> = TokenizerKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(listed("kind"), [json!(head_kinds), json!(tokenizers)]);
    let roles: Vec<&str> = OnnxRole::ALL.iter().map(|role| role.as_str()).collect();
    assert_eq!(listed("role"), [json!(roles)]);
    let scopes: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    assert_eq!(listed("scope"), [json!(scopes)]);
    let inputs: Vec<&str> = Input::ALL.iter().map(|input| input.as_str()).collect();
    assert_eq!(listed("input"), [json!(inputs)]);
}

/// The lists of allowed values of the properties of that name, by the names of the schema's definitions.
fn enums(schema: &Value, property: &str, found: &mut Vec<Value>) {
    for (key, value) in schema.as_object().into_iter().flatten() {
        match value.get("enum") {
            Some(list) if key == property => found.push(list.clone()),
            _ => enums(value, property, found),
        }
    }
}
