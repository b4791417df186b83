//! Every Unicode character, once, through normalizers and pre-tokenizers.

use pupil_core::tokenizer::{Encoding, spaced};
use serde_json::{Value, json};
use tokenizers::tokenizer::{Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer};
use tokenizers::{NormalizedString, Tokenizer};

use crate::support::{Both, bert, vocab, word_level};

/// Number of characters per check; small enough for their words to form one vocabulary.
const BATCH: u32 = 8192;

/// The words into which the crate splits a text.
fn words(tokenizer: &Tokenizer, text: &str) -> Vec<String> {
    let mut text = NormalizedString::from(text);
    if let Some(normalizer) = tokenizer.get_normalizer() {
        normalizer.normalize(&mut text).expect("normalizers do not fail");
    }
    let mut text = PreTokenizedString::from(text);
    if let Some(pre_tokenizer) = tokenizer.get_pre_tokenizer() {
        pre_tokenizer.pre_tokenize(&mut text).expect("these pre-tokenizers do not fail");
    }
    let words = text.get_splits(OffsetReferential::Normalized, OffsetType::Byte);
    words.into_iter().map(|(word, _, _)| word.to_owned()).collect()
}

/// Puts each character between letters and between spaces, and makes a vocabulary of the words that the crate finds. A
/// word that the engine splits differently gets another id, or the unknown id.
fn check_all(normalizer: Value, pre_tokenizer: Value) {
    assert_eq!(check(normalizer, pre_tokenizer, |_| true), 0x11_0000 - 0x800);
}

/// The same, but skips most of planes 4 to 13, which have no characters yet.
fn check_assigned(normalizer: Value, pre_tokenizer: Value) {
    let seen = check(normalizer, pre_tokenizer, |c| !(0x4_0000..0xe_0000).contains(&c) || c % 97 == 0);
    assert_eq!(seen, 0x11_0000 - 0x800 - 0xa_0000 + 6756);
}

/// Checks the selected characters; returns their number.
fn check(normalizer: Value, pre_tokenizer: Value, is_wanted: fn(u32) -> bool) -> usize {
    let json = |words: &[String]| {
        let mut json = word_level(vocab(words.iter().map(String::as_str)));
        json["normalizer"] = normalizer.clone();
        json["pre_tokenizer"] = pre_tokenizer.clone();
        json["added_tokens"] = json!([]);
        json
    };
    let cutter = Both::new(&json(&[])).expect("a valid tokenizer").theirs;
    let mut encoding = Encoding::new();
    let mut seen = 0;
    for batch in 0..=(u32::from(char::MAX) / BATCH) {
        let chars: Vec<char> = (batch * BATCH..(batch + 1) * BATCH)
            .filter(|&c| is_wanted(c))
            .filter_map(char::from_u32)
            .collect();
        if chars.is_empty() {
            continue;
        }
        seen += chars.len();
        let text: String = chars.iter().map(|c| format!("x{c}y {c} ")).collect();
        let both = Both::new(&json(&words(&cutter, &spaced(&text)))).expect("a valid tokenizer");
        let failure = both.compare(None, &text, &mut encoding).err();
        let unknown = encoding.ids.contains(&1);
        if failure.is_none() && !unknown {
            continue;
        }
        // Name the differing characters, not all eight thousand.
        let wrong =
            chars.iter().filter_map(|c| both.compare(None, &format!("x{c}y {c}"), &mut encoding).err());
        let wrong: Vec<String> = wrong.collect();
        panic!("{} of {} characters differ (unknown: {unknown}): {wrong:#?}", wrong.len(), chars.len());
    }
    seen
}

#[test]
fn bert_tokenizer_splits_every_character_like_the_crate() {
    check_all(bert(true, true, None, true), json!({"type": "BertPreTokenizer"}));
}

#[test]
fn cased_bert_tokenizer_splits_every_character_like_the_crate() {
    check_assigned(bert(true, true, Some(false), false), json!({"type": "BertPreTokenizer"}));
}

#[test]
fn runs_of_word_characters_are_split_like_in_the_crate() {
    check_assigned(json!({"type": "NFC"}), json!({"type": "Whitespace"}));
}

#[test]
fn white_space_is_split_like_in_the_crate() {
    let steps = json!([{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]);
    check_assigned(json!({"type": "Sequence", "normalizers": steps}), json!({"type": "WhitespaceSplit"}));
}

#[test]
fn punctuation_and_digits_are_split_like_in_the_crate() {
    let steps = json!([
        {"type": "WhitespaceSplit"},
        {"type": "Punctuation", "behavior": "Contiguous"},
        {"type": "Digits", "individual_digits": true},
    ]);
    check_assigned(json!({"type": "NFKC"}), json!({"type": "Sequence", "pretokenizers": steps}));
}
