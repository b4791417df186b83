use proptest::prelude::*;
use std::collections::BTreeSet;

use super::{
    FREQUENT, Filter, NUMBER, OTHER, Reference, Spelling, TextModel, TextWeights, Trigram, Word, class_table,
    joined, read,
};
use crate::ErrorKind;
use crate::format::manifest::{Guard, GuardLimits, GuardWeights};

struct Unread;

impl Spelling for Unread {
    fn value(&self, _: Trigram) -> i32 {
        1
    }

    fn has_page(&self, page: usize) -> bool {
        page == 0
    }
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    read(text, &Unread, |word| words.push(word));
    words
}

fn hashes(text: &str) -> Vec<u64> {
    words(text).iter().map(|word| word.hash).collect()
}

#[test]
fn case_punctuation_and_apostrophes_do_not_change_words() {
    let plain = hashes("the balloon doesnt rise");
    for text in [
        "The BALLOON doesn't rise!",
        "the balloon, doesn\u{2019}t -- rise...",
        "\u{201c}the\u{201d} (balloon)/doesn't\u{a0}rise\n",
    ] {
        assert_eq!(hashes(text), plain, "{text}");
    }
    assert_eq!(hashes("cafe\u{301}"), hashes("cafe"));
    assert_eq!(hashes("ÄRGER"), hashes("ärger"));
    assert_ne!(hashes("warm"), hashes("warn"));
    assert!(hashes("!? ... \u{1f388}").is_empty());
}

#[test]
fn ideographs_are_words_of_their_own_and_numbers_are_known_by_their_first_digit() {
    assert_eq!(words("日本語 air日").len(), 5);
    let numbers: Vec<bool> = words("12 4th x4 ٣").iter().map(|word| word.is_number).collect();
    assert_eq!(numbers, [true, true, false, true]);
    // Two edges and three letters have four trigrams; the reader gives 1 for each.
    let word = words("air")[0];
    assert_eq!((word.spelling, word.trigrams), (4, 4));
}

#[test]
fn letters_of_other_pages_and_the_last_sign_are_counted() {
    let count = |text: &str| read(text, &Unread, |_| {});
    assert_eq!((count("abc де").all, count("abc де").foreign), (5, 2));
    assert_eq!((count("日a").all, count("日a").foreign), (2, 1));
    for (text, sentences, questions) in [
        ("", 0, 0),
        ("why", 1, 0),
        ("why?", 1, 1),
        ("Why? \u{201c}Because!\u{201d} Really?!", 3, 2),
        ("... it melts. ?", 1, 0),
        ("为什么？因为热。", 2, 1),
    ] {
        assert_eq!((count(text).sentences, count(text).questions), (sentences, questions), "{text}");
    }
    let firsts: Vec<bool> = words("It melts, why? It is warm").iter().map(|word| word.is_first).collect();
    assert_eq!(firsts, [true, false, false, true, false, false]);
}

#[test]
fn a_filter_has_what_was_put_in_and_little_else() {
    let member = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (n << 7);
    for bits in [12, 16] {
        let blocks = 4000 * bits / 64;
        let filter = Filter::of((0..4000).map(member), blocks);
        assert!((0..4000).all(|n| filter.has(member(n))));
        let wrong = (4000..104_000).filter(|n| filter.has(member(*n))).count();
        assert!(wrong < if bits == 12 { 3500 } else { 1800 }, "{bits} bits: {wrong} of 100000");
    }
    assert!(!Filter::default().has(5));
}

#[test]
fn a_reference_has_its_words_and_their_order() {
    let mut reference = Reference::default();
    reference.read(Some("Warm air rises above cold air"));
    let [warm, air, rises, above, ..] = hashes("warm air rises above")[..] else { panic!("four words") };
    assert!(reference.is_given() && reference.has_word(warm) && !reference.has_word(hashes("balloon")[0]));
    assert!(reference.has_pair(joined(warm, air)) && !reference.has_pair(joined(air, warm)));
    assert!(reference.has_triple(joined(joined(warm, air), rises)));
    assert!(!reference.has_triple(joined(joined(warm, rises), above)));
    reference.read(None);
    assert!(!reference.is_given() && !reference.has_word(warm));
    // A long one takes larger sets, and a later one does not see it.
    reference.read(Some(&"sun ".repeat(20_000)));
    reference.read(Some("ice"));
    assert!(!reference.has_word(hashes("sun")[0]) && reference.has_word(hashes("ice")[0]));
}

/// A model whose frequent words are `the` and `is`, and whose endings are those of `warm` and `gas`.
fn model(limits: impl FnOnce(&mut Guard)) -> crate::Result<TextModel> {
    let ending = |text: &str| words(text)[0].ending;
    let entries = [(hashes("the")[0], 3), (hashes("is")[0], 4), (ending("warm"), 5), (ending("gas"), 6)];
    let table = class_table(&entries, 2).unwrap();
    let known: BTreeSet<u64> = hashes("the is warm gas room air").into_iter().collect();
    let filter: Vec<u8> = Filter::of(known, 16).blocks().iter().flat_map(|b| b.to_le_bytes()).collect();
    let mut guard = Guard {
        letters: 256,
        words: 16,
        classes: 7,
        frequent: 2,
        slots: table.len(),
        questions: 0,
        pages: vec![0],
        weights: GuardWeights {
            known: 2,
            unknown: -5,
            spelled: 3,
            misspelled: -7,
            found: 10,
            lost: -3,
            found_pair: 4,
            lost_pair: -1,
            ..GuardWeights::default()
        },
    };
    limits(&mut guard);
    let table: Vec<u8> = table.iter().flat_map(|slot| slot.to_le_bytes()).collect();
    TextModel::new(
        &guard,
        &TextWeights {
            letters: &[-1; 256],
            words: &filter,
            questions: &[],
            table: &table,
            order: &[1; 49],
            keywords: &[0, 0, 2, -3, -3, 2, 2],
            question: &[0, 0, 0, 4, 0, 0, 0],
        },
    )
}

#[test]
fn classes_are_those_of_words_then_of_endings() {
    let model = model(|_| {}).unwrap();
    let class = |text: &str| model.class(words(text)[0]);
    assert_eq!([class("The"), class("is")], [FREQUENT, FREQUENT + 1]);
    assert_eq!([class("storm"), class("has"), class("room")], [5, 6, OTHER]);
    assert_eq!([class("harm"), class("9th")], [5, NUMBER]);
}

#[test]
fn values_are_the_sums_of_their_weights() {
    let model = model(|_| {}).unwrap();
    let mut reference = Reference::default();
    reference.read(None);
    let values = model.values("The room is warm, 12 zorbls?", &reference, &[]);
    assert_eq!((values.words, values.unknown, values.frequent), (6, 1, 2));
    assert_eq!(values.known, 4 * 2 - 5);
    // Six letters have seven trigrams.
    assert_eq!((values.spelling, values.strangeness), (4 * 3 - 7 - 7, -1));
    assert_eq!(values.order, 7);
    // `room` and `zorbls` have no class, `warm` that of its ending; the number weighs nothing.
    let weights: i32 = [2, -3, -3, 2, 2].iter().sum();
    assert_eq!(values.keywords, values.order - weights);
    assert_eq!((values.question, values.topic, values.copied), (4, 0, 0));
    let topic = model.values("room zorbls", &reference, &[9, 9]);
    assert_eq!(topic.topic, 9, "unknown words belong to no topic");
}

#[test]
fn a_changed_reference_answer_is_told_from_itself_and_from_other_answers() {
    let model = model(|_| {}).unwrap();
    let mut reference = Reference::default();
    reference.read(Some("The air is warm: the gas is warm."));
    let near = |text: &str, reference: &Reference| model.values(text, reference, &[]).near;
    // Five different words: the, air, is, warm, gas. Six pairs: the air, air is, is warm, warm the, the gas, gas is.
    // What is repeated counts once.
    assert_eq!(near("the air IS warm -- the gas is warm", &reference), 0);
    let same = model.values("the air is warm the gas is warm", &reference, &[]);
    assert_eq!((same.order, same.keywords, same.topic), (0, 0, 0));
    assert_eq!(near("the gas is warm, the air is warm", &reference), 5 * 10 + 6 * 4);
    assert_eq!(near("the air is not warm: the gas is warm", &reference), 5 * 10 + 6 * 4);
    assert_eq!(near("the air is not warm: gas is cold", &reference), 5 * 10 + 3 * 4 - 3);
    assert_eq!(near("air air air is cold", &reference), 2 * 10 - 3 * 3 + 4 - 5);
    assert_eq!(near("zorbl", &reference), -5 * 3 - 6);
    let over = model.values("gas is warm, the air is", &reference, &[]);
    assert_eq!(over.near, 5 * 10 + 5 * 4 - 1);
    let limits = |limit| GuardLimits { near_reference: Some(limit), ..GuardLimits::default() };
    assert!(over.beyond(&limits(68)).near_reference && !over.beyond(&limits(69)).near_reference);
    reference.read(None);
    assert_eq!(near("the air is warm", &reference), 0);
    // Of more different words than are compared one by one, nothing is counted. The next reference is read as if it
    // were the first.
    let words = |number: usize| (0..number).map(|n| format!("w{n} ")).collect::<String>();
    reference.read(Some(&words(300)));
    assert_eq!(near(&words(299), &reference), 0);
    reference.read(Some(&words(257)));
    assert_eq!(near(&format!("x {}", words(257)), &reference), 256 * 4);
    reference.read(Some("ice"));
    assert_eq!(near("ice ice", &reference), 10);
}

#[test]
fn a_limit_is_exceeded_beyond_it_and_off_without_it() {
    let model = model(|_| {}).unwrap();
    let reference = Reference::default();
    let values = model.values("zorbl quendle", &reference, &[]);
    assert_eq!(values.known, -10);
    let found = |limits: GuardLimits| values.beyond(&limits);
    assert_eq!(found(GuardLimits::default()), Default::default());
    assert!(!found(GuardLimits { unknown_words: Some(-10), ..GuardLimits::default() }).unknown_words);
    assert!(found(GuardLimits { unknown_words: Some(-9), ..GuardLimits::default() }).unknown_words);
    let language = |least| {
        let limits =
            GuardLimits { unknown_words: Some(-9), other_language: Some(least), ..GuardLimits::default() };
        found(limits).other_language
    };
    assert!(language(-1) && !language(0), "{values:?}");
    let foreign = model.values("шар тёплый", &reference, &[]);
    assert!(
        foreign.is_foreign
            && foreign
                .beyond(&GuardLimits { other_language: Some(99), ..GuardLimits::default() })
                .other_language
    );
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    type Change = fn(&mut Guard);
    let rules: [(Change, &str); 5] = [
        (|guard| guard.letters = 128, "the letters of a guard have 256 values, they need 128"),
        (|guard| guard.words = 17, "the words of a guard have 128 values, they need 136"),
        (|guard| guard.classes = 6, "the order of a guard have 49 values, they need 36"),
        (|guard| guard.slots *= 2, "the table of a guard have"),
        (|guard| guard.questions = 1, "the questions of a guard have 0 values, they need 8"),
    ];
    for (change, said) in rules {
        let error = model(change).unwrap_err();
        assert!(error.kind() == ErrorKind::Damaged && error.message().contains(said), "{error}");
    }
}

#[test]
fn a_table_gives_every_hash_its_class() {
    let entries: Vec<(u64, u8)> = (0..250_u8).map(|n| (hashes(&format!("word{n}x"))[0], n.max(1))).collect();
    let table = class_table(&entries, 2).unwrap();
    assert!(table.len().is_power_of_two() && table.len() <= 2048, "{}", table.len());
    assert_eq!(table.iter().filter(|slot| **slot != 0).count(), 250);
    // Nine hashes that differ only where no table looks do not fit into eight probes.
    let same: Vec<(u64, u8)> = (0..9_u64).map(|n| (n << 8, 1)).collect();
    assert!(class_table(&same, 2).is_none());
}

proptest! {
    #[test]
    fn any_text_has_values_that_do_not_depend_on_case_or_spaces(text in "\\PC{0,60}") {
        let model = model(|_| {}).unwrap();
        let mut reference = Reference::default();
        reference.read(Some(&text));
        let values = model.values(&text, &reference, &[3; 16]);
        prop_assert!(values.unknown == 0, "every word is in the reference");
        let spaced = format!("  {text}\u{a0}");
        prop_assert_eq!(model.values(&spaced, &reference, &[3; 16]), values);
    }

    #[test]
    fn ascii_text_is_the_same_in_any_case(text in "[ -~]{0,80}") {
        let model = model(|_| {}).unwrap();
        let reference = Reference::default();
        let values = model.values(&text, &reference, &[3; 16]);
        prop_assert_eq!(model.values(&text.to_uppercase(), &reference, &[3; 16]), values);
        prop_assert_eq!(model.values(&text.to_lowercase(), &reference, &[3; 16]), values);
    }
}
