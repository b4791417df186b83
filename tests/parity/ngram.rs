//! Compares counts of n-grams and their values with scikit-learn's.

use super::{fixture, integers};
use pupil_core::ngram::{NGramScratch, NGramSpec, tfidf};
use serde_json::Value;

fn lengths(value: &Value) -> Option<(u8, u8)> {
    let both: Vec<u8> = value.is_array().then(|| integers(value))?;
    Some((both[0], both[1]))
}

#[test]
fn counts_and_values_equal_those_of_scikit_learn() {
    let all = fixture("ngram.json");
    let (mut scratch, mut values, mut texts) = (NGramScratch::default(), Vec::new(), 0);
    for case in all["cases"].as_array().unwrap() {
        let buckets = u32::try_from(case["buckets"].as_u64().unwrap()).unwrap();
        let spec = NGramSpec::new(lengths(&case["chars"]), lengths(&case["words"]), buckets).unwrap();
        for row in case["texts"].as_array().unwrap() {
            let text = row["text"].as_str().unwrap();
            let want: Vec<Vec<u32>> = row["counts"].as_array().unwrap().iter().map(integers).collect();
            let want: Vec<(u32, u32)> = want.iter().map(|pair| (pair[0], pair[1])).collect();
            let counts = spec.counts(text, &mut scratch);
            assert_eq!(counts, want, "{spec:?} on {text:?}");
            assert!(counts.windows(2).all(|w| w[0].0 < w[1].0));
            for (name, sublinear) in [("plain", false), ("sublinear", true)] {
                tfidf(counts, |bucket| 1.0 + (bucket % 7) as f32 / 4.0, sublinear, &mut values);
                let want = row[name].as_array().unwrap();
                assert_eq!(values.len(), want.len());
                for (got, want) in values.iter().zip(want) {
                    let far = (f64::from(*got) - want.as_f64().unwrap()).abs();
                    assert!(far < 1e-6, "{name} {spec:?} on {text:?}: {far}");
                }
            }
            texts += 1;
        }
    }
    assert_eq!(texts, 92);
}

#[test]
fn words_consist_of_the_characters_that_python_matches() {
    let all = fixture("ngram.json");
    let (word, assigned): (Vec<u32>, Vec<u32>) = (integers(&all["word"]), integers(&all["assigned"]));
    let inside = |bounds: &[u32], c: char| bounds.partition_point(|b| *b <= u32::from(c)) % 2 == 1;
    let spec = NGramSpec::new(None, Some((1, 1)), 1 << 8).unwrap();
    let mut scratch = NGramScratch::default();
    let (mut text, mut different) = (String::new(), Vec::new());
    for c in ('\u{80}'..=char::MAX).filter(|c| inside(&assigned, *c)) {
        text.clear();
        text.extend(["a", c.to_string().as_str(), "b"]);
        // Lower case may add a mark, which parts the word.
        if c.to_lowercase().count() == 1 {
            let is_word = !spec.counts(&text, &mut scratch).is_empty();
            if is_word != inside(&word, c) {
                different.push(c);
            }
        }
    }
    // The table of marks is older: it lacks 149 vowel signs, and two characters have changed their category.
    assert!(different.len() <= 151 && different.iter().all(|c| *c >= '\u{afa}'), "{different:?}");
}
