//! Tokenizers against the `tokenizers` crate.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pupil_core::tokenizer::{Encoding, Tokenizer, TokenizerKind, spaced};

use crate::bases::{known, tokenizers};
use crate::input::{Input, text};
use crate::json::{Json, mutate};
use crate::quiet::quietly;

/// Reads a `tokenizer.json` with the engine and with the crate, and compares the ids of texts.
pub fn tokenizer(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let mut json = input.one_of(tokenizers()).clone();
    for _ in 0..input.below(8) {
        mutate(&mut json, known(), &mut input);
    }
    // What the engine does not read, such as a decoder, is no reason for the crate to refuse a file.
    if let Json::Map(fields) = &mut json {
        let read = ["added_tokens", "normalizer", "pre_tokenizer", "post_processor", "model"];
        fields.retain(|(key, _)| read.contains(&key.as_str()));
    }
    let json = json.text();
    let kinds = [TokenizerKind::WordLevel, TokenizerKind::WordPiece];
    let Some(ours) = kinds.into_iter().find_map(|kind| Tokenizer::from_json(kind, json.as_bytes()).ok())
    else {
        return;
    };
    // The crate panics on some files that the engine reads.
    let Ok(theirs) = quietly(|| catch_unwind(|| tokenizers::Tokenizer::from_bytes(json.as_bytes()))) else {
        return;
    };
    let theirs = match theirs {
        Ok(theirs) => theirs,
        Err(error) => panic!("the crate refuses what the engine reads: {error}"),
    };
    let texts: Vec<String> = (0..3).map(|_| text(&mut input)).collect();
    let mut encoding = Encoding::new();
    for (place, answer) in texts.iter().enumerate() {
        let reference = (place == 2).then(|| texts[0].as_str());
        let found = ours.encode(reference, answer, &mut encoding);
        let wanted = quietly(|| {
            catch_unwind(AssertUnwindSafe(|| match reference {
                Some(reference) => theirs.encode((spaced(reference), spaced(answer)), true),
                None => theirs.encode(spaced(answer), true),
            }))
        });
        let Ok(wanted) = wanted else { continue };
        match (found, wanted) {
            (Ok(()), Ok(wanted)) => {
                assert_eq!(encoding.ids, wanted.get_ids(), "{reference:?}, {answer:?}");
                assert_eq!(encoding.segments, wanted.get_type_ids(), "{reference:?}, {answer:?}");
                assert!(
                    encoding.ids.iter().all(|id| (*id as usize) < ours.vocab_size()),
                    "an id beyond the vocabulary"
                );
                assert!(encoding.unknown <= encoding.words, "{} of {}", encoding.unknown, encoding.words);
            }
            (Err(_), Err(_)) => assert!(encoding.ids.is_empty(), "an error leaves no ids"),
            (found, wanted) => {
                panic!("{reference:?}, {answer:?}: {found:?} against {:?}", wanted.map(|_| ()))
            }
        }
    }
}
