//! Invalid and adversarial files give an error of the right kind, never a panic.

use proptest::prelude::*;
use pupil_core::ErrorKind;
use pupil_core::tokenizer::{Encoding, Tokenizer, TokenizerKind};
use serde_json::{Value, json};

use crate::support::{added, template, vocab, word_level, word_piece};

fn read(json: &Value) -> Result<Tokenizer, ErrorKind> {
    read_text(&json.to_string())
}

fn read_text(text: &str) -> Result<Tokenizer, ErrorKind> {
    Tokenizer::from_json(TokenizerKind::WordPiece, text.as_bytes()).map_err(|error| {
        let message = error.message();
        assert!(
            message.starts_with("tokenizer: ") && !message.ends_with('.') && message.len() < 200,
            "{message}"
        );
        error.kind()
    })
}

fn base() -> Value {
    word_piece(vocab(["gas", "##es"]))
}

/// The base with one value replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut json = base();
    match json.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => {
            let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
            json.pointer_mut(parent).expect("a parent")[name] = value;
        }
    }
    json
}

#[test]
fn base_is_accepted() {
    assert_eq!(read(&base()).unwrap().vocab_size(), 7);
}

#[test]
fn each_broken_rule_has_its_kind() {
    use ErrorKind::{Damaged, TooLarge, Unsupported};
    let special = |ids: Value| json!({"[CLS]": {"id": "[CLS]", "ids": ids, "tokens": []}});
    let piece = |id: &str| json!({"SpecialToken": {"id": id, "type_id": 0}});
    let truncated =
        |length: u64, stride: u64| json!({"max_length": length, "strategy": "OnlyFirst", "stride": stride});
    let steps =
        |count: usize| json!({"type": "Sequence", "normalizers": vec![json!({"type": "NFC"}); count]});
    let second = json!({"Sequence": {"id": "B", "type_id": 0}});
    let cases = [
        ("/version", json!("2.0"), Unsupported),
        ("/padding", json!({"strategy": "BatchLongest"}), Unsupported),
        ("/model", Value::Null, Damaged),
        ("/model", json!([]), Damaged),
        ("/model/type", json!("BPE"), Unsupported),
        ("/model/type", json!("WordLevel"), Damaged),
        ("/model/type", json!(7), Damaged),
        ("/model/unk_token", json!("[NONE]"), Damaged),
        ("/model/unk_token", Value::Null, Damaged),
        ("/model/continuing_subword_prefix", json!(3), Damaged),
        ("/model/max_input_chars_per_word", json!(-1), Damaged),
        ("/model/vocab", json!([["a", 0]]), Damaged),
        ("/model/vocab", json!({"[UNK]": "0"}), Damaged),
        ("/model/vocab", json!({"[UNK]": 0.5}), Damaged),
        ("/model/vocab", json!({"[UNK]": -1}), Damaged),
        ("/model/vocab", json!({"[UNK]": 0, "a": 0}), Damaged),
        ("/model/vocab", json!({"[UNK]": 4_294_967_295_u64}), TooLarge),
        ("/model/vocab", json!({"[UNK]": u64::MAX}), TooLarge),
        ("/model/vocab", json!({"[UNK]": 1 << 20}), TooLarge),
        ("/model/vocab", json!({"[UNK]": 0, "x".repeat(1025): 1}), TooLarge),
        ("/normalizer", json!({"type": "Replace", "pattern": {"String": "a"}, "content": "b"}), Unsupported),
        ("/normalizer", json!({"type": "Bert\u{7}\n".repeat(99)}), Unsupported),
        ("/normalizer", json!({}), Damaged),
        ("/normalizer", json!({"type": ["NFC"]}), Damaged),
        ("/normalizer", json!({"type": "BertNormalizer", "lowercase": true}), Damaged),
        ("/normalizer/strip_accents", json!("yes"), Damaged),
        ("/normalizer", json!({"type": "Sequence"}), Damaged),
        ("/normalizer", json!({"type": "Sequence", "normalizers": {}}), Damaged),
        ("/normalizer", steps(65), TooLarge),
        ("/normalizer", json!({"type": "x".repeat(1 << 16)}), TooLarge),
        ("/pre_tokenizer", json!({"type": "Metaspace", "replacement": "_"}), Unsupported),
        ("/pre_tokenizer", json!({"type": "Punctuation", "behavior": "Other"}), Damaged),
        ("/pre_tokenizer", json!("BertPreTokenizer"), Damaged),
        ("/post_processor", json!({"type": "ByteLevel"}), Unsupported),
        ("/post_processor/single", json!([second]), Damaged),
        ("/post_processor/single", json!([piece("[GONE]")]), Damaged),
        ("/post_processor/single", json!(["[CLS]", "$A"]), Damaged),
        ("/post_processor/pair", json!(vec![second; 65]), TooLarge),
        ("/post_processor/special_tokens", special(json!([])), Damaged),
        ("/post_processor/special_tokens/[CLS]/ids", json!([1 << 20]), TooLarge),
        ("/post_processor/special_tokens/[CLS]/ids", json!([-1]), Damaged),
        ("/post_processor/special_tokens/[CLS]/ids", json!(vec![0; 65]), TooLarge),
        ("/post_processor/trim_offsets", json!(true), Damaged),
        ("/truncation", truncated(2, 0), Damaged),
        ("/truncation", truncated(8, 8), Damaged),
        ("/truncation", json!({"max_length": 9, "strategy": "Any", "stride": 0}), Damaged),
        ("/truncation", json!({"max_length": 9}), Damaged),
        (
            "/truncation",
            json!({"direction": "Left", "max_length": 9, "strategy": "OnlyFirst", "stride": 0}),
            Unsupported,
        ),
        ("/added_tokens", json!({}), Damaged),
        ("/added_tokens", json!([{"id": 0}]), Damaged),
        ("/added_tokens", json!([added(0, "[UNK]", [false; 4], true)]), Damaged),
        ("/added_tokens", json!([added(9, "new", [false; 4], true)]), Damaged),
        (
            "/added_tokens",
            json!([added(1, "[UNK]", [false; 4], true), added(1, "[UNK]", [true; 4], true)]),
            Damaged,
        ),
        ("/added_tokens", json!([added(7, &"x".repeat(1025), [false; 4], true)]), TooLarge),
        ("/added_tokens", json!(vec![added(1, "[UNK]", [false; 4], true); 4097]), TooLarge),
    ];
    let wrong: Vec<String> = cases
        .into_iter()
        .filter_map(|(pointer, value, kind)| match read(&with(pointer, value.clone())) {
            Err(found) if found == kind => None,
            other => Some(format!("{pointer} = {value:.60}: {other:?}, not {kind:?}")),
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn id_gaps_and_templates_beyond_the_vocabulary_are_counted() {
    let mut json = with("/model/vocab/gas", json!(500));
    let tokenizer = read(&json).unwrap();
    assert_eq!(tokenizer.vocab_size(), 501);
    let mut encoding = Encoding::new();
    tokenizer.encode(None, "gases", &mut encoding).unwrap();
    assert_eq!(encoding.ids, [2, 500, 6, 3]);
    json["post_processor"]["special_tokens"]["[SEP]"]["ids"] = json!([900]);
    assert_eq!(read(&json).unwrap().vocab_size(), 901);
}

#[test]
fn invalid_json_is_damaged() {
    let deep = format!("{{\"normalizer\":{}1{}}}", "[".repeat(30_000), "]".repeat(30_000));
    let twice = base().to_string().replace("\"gas\":5", "\"gas\":5,\"gas\":7");
    let fields = base().to_string().replace("\"padding\":null", "\"padding\":null,\"padding\":null");
    let cases = ["", "null", "[]", "{", "{}", "{\"model\":{}}", "\u{feff}{}", &deep, &twice, &fields];
    let wrong: Vec<&str> =
        cases.into_iter().filter(|text| read_text(text).err() != Some(ErrorKind::Damaged)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let kind = Tokenizer::from_json(TokenizerKind::WordPiece, b"{\"model\":\"\xff\"}").unwrap_err().kind();
    assert_eq!(kind, ErrorKind::Damaged);
}

#[test]
fn json_over_the_limit_is_too_large() {
    let text = format!("{{\"decoder\":\"{}\"}}", "x".repeat(16 << 20));
    assert_eq!(read_text(&text).err(), Some(ErrorKind::TooLarge));
    let wide: Vec<String> = (0..100).map(|i| format!("\"{i}\":0")).collect();
    assert_eq!(read_text(&format!("{{{}}}", wide.join(","))).err(), Some(ErrorKind::TooLarge));
}

#[test]
fn text_that_cannot_be_truncated_is_bad_input() {
    let mut json = word_level(vocab(["gas"]));
    json["truncation"] = json!({"max_length": 2, "strategy": "OnlySecond", "stride": 0});
    let tokenizer = Tokenizer::from_json(TokenizerKind::WordLevel, json.to_string().as_bytes()).unwrap();
    let mut encoding = Encoding::new();
    let error = tokenizer.encode(None, "gas gas gas", &mut encoding).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    assert!(encoding.ids.is_empty());
    tokenizer.encode(Some("gas"), "gas gas gas", &mut encoding).unwrap();
    assert_eq!(encoding.ids, [5, 5]);
    assert!(encoding.truncated);
}

/// Any JSON, shallow.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0_u32..9).prop_map(Value::from),
        "\\PC{0,9}".prop_map(Value::from),
        Just(template()),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{0,9}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

/// Pointers to every value of the base.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    all.push(at.to_owned());
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, value)| pointers(value, &format!("{at}/{name}"), all))
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| pointers(value, &format!("{at}/{i}"), all));
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_json_gives_an_error_or_a_working_tokenizer(
        place in any::<prop::sample::Index>(),
        value in value(),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut all = Vec::new();
        pointers(&base(), "", &mut all);
        let mut json = base();
        *json.pointer_mut(&all[place.index(all.len())]).expect("the pointer is from the base") = value;
        let mut text = json.to_string();
        if let Some(cut) = cut {
            let mut end = cut.index(text.len());
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        if let Ok(tokenizer) = read_text(&text) {
            let mut encoding = Encoding::new();
            let answer = "Gases [SEP] expand ##es, é 水!";
            for reference in [None, Some("gas gas")] {
                if tokenizer.encode(reference, answer, &mut encoding).is_ok() {
                    prop_assert!(encoding.ids.iter().all(|&id| (id as usize) < tokenizer.vocab_size()));
                }
            }
        }
    }
}
