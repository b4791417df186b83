//! How the words of student models are written in the answers.

use crate::tokenizer::{normalizer, written_words};
use anyhow::Result;
use pupil_core::tokenizer::spaced;
use std::collections::{BTreeMap, HashMap};
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;

/// The most frequent spelling of each word, with its accents and capitals: student models read without them, but for a
/// pretrained vocabulary of many languages `für` and `fur` are different words.
///
/// # Errors
///
/// When a text cannot be split.
pub fn spellings(texts: &[&str]) -> Result<HashMap<String, String>> {
    let (normalizer, splitter) = (normalizer().into(), BertPreTokenizer.into());
    let mut counts: HashMap<String, BTreeMap<String, u64>> = HashMap::new();
    for text in texts {
        for (word, written) in written_words(&spaced(text), &normalizer, &splitter)? {
            if !written.is_empty() {
                *counts.entry(word).or_default().entry(written.to_owned()).or_default() += 1;
            }
        }
    }
    // Of equally frequent spellings the last, which is not in capitals.
    let most = |of: BTreeMap<String, u64>| of.into_iter().max_by_key(|(_, n)| *n).map(|(written, _)| written);
    Ok(counts.into_iter().filter_map(|(word, of)| Some((word, most(of)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_spelled_as_most_texts_spell_them() {
        let texts = ["Für Öl, für Luft;", "FÜR das Öl", "ol", "für l'été (e\u{301}te\u{301})", "水变热，水"];
        let spelled = spellings(&texts).unwrap();
        let of = |word: &str| spelled.get(word).map(String::as_str);
        assert_eq!(
            (of("fur"), of("ol"), of("das"), of("luft")),
            (Some("für"), Some("Öl"), Some("das"), Some("Luft"))
        );
        assert_eq!((of("水"), of("，"), of("ete")), (Some("水"), Some("，"), Some("été")));
        assert_eq!(of("für"), None);
    }
}
