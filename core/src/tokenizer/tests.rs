//! Whole tokenizers; their ids against the `tokenizers` crate are in the `tests` crate.

use proptest::prelude::*;

use super::json::ModelKind;
use super::native::Native;
use super::*;
use crate::ErrorKind;

/// A tokenizer with `[UNK]` 0, `[SEP]` 1 and then the given words.
fn json(model: &str, words: &[&str], rest: &str) -> String {
    let vocab: Vec<String> =
        ["[UNK]", "[SEP]"].iter().chain(words).zip(0..).map(|(word, id)| format!("{word:?}:{id}")).collect();
    let vocab = vocab.join(",");
    let special = r#"{"id":1,"content":"[SEP]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}"#;
    format!(
        r###"{{"version":"1.0","added_tokens":[{special}],{rest},"model":{{"type":"{model}","unk_token":"[UNK]",
            "continuing_subword_prefix":"##","max_input_chars_per_word":20,"vocab":{{{vocab}}}}}}}"###
    )
}

const BERT: &str = r#""normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
    "strip_accents":null,"lowercase":true},"pre_tokenizer":{"type":"BertPreTokenizer"}"#;

fn word_level(words: &[&str], rest: &str) -> Tokenizer {
    Tokenizer::from_json(TokenizerKind::WordLevel, json("WordLevel", words, rest).as_bytes()).unwrap()
}

fn encode(tokenizer: &Tokenizer, reference: Option<&str>, answer: &str) -> Encoding {
    let mut encoding = Encoding::new();
    tokenizer.encode(reference, answer, &mut encoding).unwrap();
    encoding
}

#[test]
fn words_are_pieces_of_the_answer_with_a_letter_or_digit() {
    let tokenizer = word_level(&["gas", "gases", "'", "s", "7"], BERT);
    let encoding = encode(&tokenizer, Some("what? ever!"), "Gas's volume = 7, [SEP] (the GASES)...");
    assert_eq!(encoding.ids, [0, 0, 0, 0, 2, 4, 5, 0, 0, 6, 0, 1, 0, 0, 3, 0, 0, 0, 0]);
    // gas, s, volume, 7, the, gases; of these unknown: volume, the.
    assert_eq!((encoding.words, encoding.unknown), (6, 2));
    assert!(!encoding.truncated);
}

#[test]
fn ordinary_added_tokens_count_as_words_and_special_ones_do_not() {
    let text = json("WordLevel", &["co2"], BERT);
    let token = r#"{"id":2,"content":"co2","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false}"#;
    let text = text.replace("\"added_tokens\":[", &format!("\"added_tokens\":[{token},"));
    let tokenizer = Tokenizer::from_json(TokenizerKind::WordLevel, text.as_bytes()).unwrap();
    let encoding = encode(&tokenizer, None, "xCO2y [SEP] [SEP]");
    assert_eq!(encoding.ids, [0, 2, 0, 1, 1]);
    assert_eq!((encoding.words, encoding.unknown), (3, 2));
}

#[test]
fn words_beyond_the_limit_are_counted_but_not_encoded() {
    let rest = format!(
        r#"{BERT},"truncation":{{"direction":"Right","max_length":3,"strategy":"LongestFirst","stride":1}}"#
    );
    let tokenizer = word_level(&["a", "b"], &rest);
    let encoding = encode(&tokenizer, None, "a b a x b y");
    assert_eq!(encoding.ids, [2, 3, 2]);
    assert_eq!((encoding.words, encoding.unknown, encoding.truncated), (6, 2, true));
    let encoding = encode(&tokenizer, None, "a b a");
    assert_eq!((encoding.words, encoding.unknown, encoding.truncated), (3, 0, false));
    let encoding = encode(&tokenizer, Some("a a a a a a"), "b");
    assert_eq!(encoding.ids, [2, 2, 3]);
    assert_eq!((encoding.words, encoding.truncated), (1, true));
}

#[test]
fn an_encoding_keeps_nothing_of_the_text_before() {
    let tokenizer = word_level(&["a", "é"], BERT);
    let mut encoding = Encoding::new();
    for (reference, answer) in [(Some("a a a"), "a x a é 水"), (None, "水 x"), (None, ""), (Some(""), "")]
    {
        tokenizer.encode(reference, answer, &mut encoding).unwrap();
        let fresh = encode(&tokenizer, reference, answer);
        assert_eq!(encoding.ids, fresh.ids, "{answer}");
        assert_eq!((encoding.words, encoding.unknown), (fresh.words, fresh.unknown), "{answer}");
    }
    assert!(encoding.ids.is_empty());
    assert_eq!((encoding.words, encoding.unknown, encoding.truncated), (0, 0, false));
}

#[test]
fn a_warm_encoding_keeps_its_buffers() {
    let tokenizer = word_level(&["a", "b"], BERT);
    let mut encoding = Encoding::new();
    tokenizer.encode(Some("[SEP] b é"), "[SEP] a b a b é", &mut encoding).unwrap();
    let place = (encoding.ids.as_ptr(), encoding.ids.capacity());
    for _ in 0..9 {
        tokenizer.encode(Some("b"), "a b a é", &mut encoding).unwrap();
    }
    assert_eq!((encoding.ids.as_ptr(), encoding.ids.capacity()), place);
}

#[test]
fn tokenizers_are_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Tokenizer>();
    is_shared::<Encoding>();
}

#[test]
fn kinds_are_spelled_as_the_file_spells_them() {
    for kind in [TokenizerKind::WordLevel, TokenizerKind::WordPiece, TokenizerKind::External] {
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.as_str()));
        assert_eq!(kind.to_string(), kind.as_str());
    }
    let tokenizer = word_level(&["a"], BERT);
    assert_eq!(tokenizer.kind(), TokenizerKind::WordLevel);
    assert_eq!(format!("{tokenizer:?}"), "Tokenizer { kind: WordLevel, vocab_size: 3, .. }");
}

#[cfg(not(feature = "tokenizers"))]
#[test]
fn external_tokenizers_need_the_feature() {
    let text = json("WordLevel", &[], BERT);
    let error = Tokenizer::from_json(TokenizerKind::External, text.as_bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("feature `tokenizers`"), "{error}");
}

/// Tokenizers with the fast path for ASCII text, and the same without it.
fn with_and_without_short_cut() -> Vec<[Native; 2]> {
    let words = ["gas", "the", "a", "##s", "##a", "s", "x", ".", "-", "1", "##1", "the gas", "\\u0007"];
    let added = r#"{"id":1,"content":"[SEP]","single_word":false,"lstrip":true,"rstrip":true,"normalized":true,"special":true}"#;
    let cut = r#""truncation":{"max_length":5,"strategy":"LongestFirst","stride":0}"#;
    let rests = [
        BERT.to_owned(),
        format!("{BERT},{cut}"),
        BERT.replace("true", "false"),
        r#""normalizer":{"type":"Sequence","normalizers":[{"type":"NFKC"},{"type":"StripAccents"}]},
            "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
            {"type":"Digits","individual_digits":true},{"type":"Punctuation","behavior":"Removed"}]}"#
            .to_owned(),
        r#""normalizer":{"type":"Lowercase"},"pre_tokenizer":null"#.to_owned(),
    ];
    let mut all = Vec::new();
    for rest in rests {
        for (name, kind) in [("WordLevel", ModelKind::WordLevel), ("WordPiece", ModelKind::WordPiece)] {
            let text = json(name, &words, &rest);
            for text in [
                text.clone(),
                text.replace(&text[text.find('[').unwrap() + 1..=text.find('}').unwrap()], added),
            ] {
                let make = || Native::from_json(kind, text.replace("\\\\u", "\\u").as_bytes()).unwrap();
                let fast = make();
                assert!(fast.has_short_cut());
                all.push([fast, make().without_short_cut()]);
            }
        }
    }
    all
}

#[test]
fn tokenizers_that_look_at_neighbours_take_no_short_cut() {
    for rest in [
        r#""normalizer":{"type":"Strip","strip_left":true,"strip_right":false}"#,
        r#""pre_tokenizer":{"type":"Whitespace"}"#,
        r#""pre_tokenizer":{"type":"Digits","individual_digits":false}"#,
        r#""pre_tokenizer":{"type":"Punctuation","behavior":"MergedWithNext"}"#,
    ] {
        let native = Native::from_json(ModelKind::WordLevel, json("WordLevel", &[], rest).as_bytes());
        assert!(!native.unwrap().has_short_cut(), "{rest}");
    }
}

proptest! {
    #[test]
    fn the_short_cut_changes_nothing(texts in prop::collection::vec(
        prop_oneof!["[ -~]{0,40}", "[\\x00-\\x7f]{0,40}", "((gas|the|[ax1s.é\\[-]|\\[SEP\\]|\\x07)[ \t]?){0,12}",
        "((gas|the|[ax1s.<ａ\u{301}\u{338}\u{200d}\u{a0}水’é-]|[\u{300}-\u{36f}가-힣])[ \t\n\u{b}\u{c}\u{85}\u{200b}\u{2028}]?){0,16}", "\\PC{0,20}"],
        1..5,
    )) {
        let all = with_and_without_short_cut();
        let (mut fast, mut slow) = (Encoding::new(), Encoding::new());
        for [short, long] in &all {
            let reference = texts.get(1).map(String::as_str);
            for text in &texts {
                fast.ids.clear();
                slow.ids.clear();
                short.encode(reference, text, &mut fast).unwrap();
                long.encode(reference, text, &mut slow).unwrap();
                prop_assert_eq!(&fast.ids, &slow.ids);
                prop_assert_eq!((fast.words, fast.unknown), (slow.words, slow.unknown));
                prop_assert_eq!(fast.truncated, slow.truncated);
                prop_assert_eq!(fast.repeats(0.25), slow.repeats(0.25));
            }
        }
    }
}

#[cfg(feature = "tokenizers")]
mod external {
    use super::*;

    fn read(text: &str) -> Result<Tokenizer> {
        Tokenizer::from_json(TokenizerKind::External, text.as_bytes())
    }

    /// A byte-pair tokenizer that knows a few letters and one merge.
    const PAIRS: &str = r###"{"version":"1.0","truncation":{"direction":"Right","max_length":6,
        "strategy":"LongestFirst","stride":0},"padding":null,"added_tokens":[],
        "normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"Whitespace"},
        "post_processor":{"type":"BertProcessing","sep":["<s>",5],"cls":["<s>",5]},"decoder":null,
        "model":{"type":"BPE","dropout":null,"unk_token":"<unk>","continuing_subword_prefix":null,
        "end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":false,
        "vocab":{"<unk>":0,"a":1,"b":2,"c":3,"ab":4,"<s>":5},"merges":[["a","b"]]}}"###;

    #[test]
    fn byte_pairs_are_encoded_and_counted() {
        let tokenizer = read(PAIRS).unwrap();
        assert_eq!((tokenizer.kind(), tokenizer.vocab_size()), (TokenizerKind::External, 6));
        let encoding = encode(&tokenizer, None, "ABc ?a");
        assert_eq!(encoding.ids, [5, 4, 3, 0, 1, 5]);
        assert_eq!((encoding.words, encoding.unknown, encoding.truncated), (2, 0, false));
        let encoding = encode(&tokenizer, Some("c"), "ab axb c é ab");
        assert_eq!(encoding.ids, [5, 3, 5, 4, 1, 5]);
        assert_eq!((encoding.words, encoding.unknown, encoding.truncated), (5, 2, true));
        assert!(encode(&tokenizer, None, "").ids == [5, 5]);
    }

    #[test]
    fn native_and_external_readers_agree() {
        let text = json("WordPiece", &["gas", "##es", "the"], BERT);
        let native = Tokenizer::from_json(TokenizerKind::WordPiece, text.as_bytes()).unwrap();
        let external = read(&text).unwrap();
        assert_eq!(external.vocab_size(), native.vocab_size());
        for (reference, answer) in [(None, "the GASES, [SEP] ga s水"), (Some("gas!"), "é gasgas 7 the")] {
            let (native, external) =
                (encode(&native, reference, answer), encode(&external, reference, answer));
            assert_eq!(external.ids, native.ids);
            assert_eq!((external.words, external.unknown), (native.words, native.unknown));
            assert_eq!(external.truncated, native.truncated);
        }
        for answer in ["Gas, gas! GAS", "the gas\u{85}the gas\u{b}the gases", "gas the gas"] {
            let (mut native, mut external) = (encode(&native, None, answer), encode(&external, None, answer));
            assert_eq!(external.ids, native.ids);
            assert_eq!(external.repeats(0.5), native.repeats(0.5), "{answer}");
        }
    }

    #[test]
    fn the_unknown_piece_of_a_unigram_model_is_counted() {
        let text = r#"{"version":"1.0","added_tokens":[],"pre_tokenizer":{"type":"WhitespaceSplit"},
            "model":{"type":"Unigram","unk_id":1,"byte_fallback":false,
            "vocab":[["a",-1.0],["<unk>",-9.0],["b",-2.0],["ab",-2.5]]}}"#;
        let encoding = encode(&read(text).unwrap(), None, "ab ba xa");
        assert_eq!(encoding.ids, [3, 2, 0, 1, 0]);
        assert_eq!((encoding.words, encoding.unknown), (3, 1));
    }

    #[test]
    fn text_that_replacements_would_lengthen_too_much_is_refused() {
        let one = r#"{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaa"}"#;
        let of = |times: usize| {
            let steps = vec![one; times].join(",");
            let normalizer = format!(r#"{{"type":"Sequence","normalizers":[{steps}]}}"#);
            read(&PAIRS.replace(r#"{"type":"Lowercase"}"#, &normalizer)).unwrap()
        };
        let mut encoding = Encoding::new();
        of(2).encode(None, &"a".repeat(1000), &mut encoding).unwrap();
        // Three thousand letters would become as many hundred millions.
        for (times, reference, answer) in [(5, None, "a".repeat(3000)), (9, Some("a"), String::new())] {
            let error = of(times).encode(reference, &answer, &mut encoding).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
        }
    }

    #[test]
    fn what_the_crate_refuses_or_panics_on_is_an_error() {
        let broken = PAIRS.replace("\"merges\":[[\"a\",\"b\"]]", "\"merges\":[[\"a\",\"z\"]]");
        assert_eq!(read(&broken).unwrap_err().kind(), ErrorKind::Damaged);
        let padded = PAIRS.replace("\"padding\":null", "\"padding\":{}");
        assert_eq!(read(&padded).unwrap_err().kind(), ErrorKind::Unsupported);
        let huge = PAIRS.replace("\"c\":3", "\"c\":4000000000");
        assert_eq!(read(&huge).unwrap_err().kind(), ErrorKind::TooLarge);
        let outside = read(&PAIRS.replace("\"sep\":[\"<s>\",5]", "\"sep\":[\"<s>\",50]")).unwrap();
        let error = outside.encode(None, "a", &mut Encoding::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        let template = r#"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<gone>","type_id":0}}],
            "pair":[],"special_tokens":{}}"#;
        let text = json("WordLevel", &[], &format!("{BERT},\"post_processor\":{template}"));
        let error = read(&text).unwrap().encode(None, "a", &mut Encoding::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
    }
}

#[test]
fn rare_white_space_parts_words_on_every_way() {
    let tokenizer = word_level(&["the", "gas"], BERT);
    let mut encoding = Encoding::new();
    let gaps = [
        "\u{b}", "\u{c}", "\u{1c}", "\u{1d}", "\u{1e}", "\u{1f}", "\u{85}", "\u{200b}", "\u{2028}",
        "\u{2029}",
    ];
    for gap in gaps {
        // ASCII alone, with a letter beyond it, and with what may be a special token.
        for text in ["the gas", "the gas é", "the gas [UNK]"] {
            tokenizer.encode(None, text, &mut encoding).unwrap();
            let (ids, words) = (encoding.ids.clone(), encoding.words);
            tokenizer.encode(None, &text.replace(' ', gap), &mut encoding).unwrap();
            assert_eq!((&encoding.ids, encoding.words), (&ids, words), "{gap:?} in {text}");
        }
    }
}
