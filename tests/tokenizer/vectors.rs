//! The token ids in the golden vectors.

use std::path::Path;

use pupil_core::tokenizer::spaced;
use pupil_tests::golden::{FILES, FOLDER, SEED, Vectors};
use pupil_tests::{Fixture, PAIR_TOKENIZER, WORD_TOKENIZER};
use tokenizers::Tokenizer;

#[test]
fn ids_of_the_golden_vectors_are_those_of_the_crate() {
    let fixture = Fixture::new(SEED);
    let open = |name: &str| Tokenizer::from_bytes(&fixture.tokenizers[name]).unwrap();
    let (words, pairs) = (open(WORD_TOKENIZER), open(PAIR_TOKENIZER));
    let stored = |name: &str| std::fs::read(Path::new(FOLDER).join(name)).unwrap();
    let vectors = |name: &str| serde_json::from_slice::<Vectors>(&stored(name)).unwrap();
    // N-grams alone have no ids.
    let cases =
        FILES.into_iter().flat_map(|(_, name, _)| vectors(name).cases).filter(|case| case.task != "grams");
    let mut compared = 0;
    for case in cases {
        let encoding = match &case.reference {
            Some(reference) => pairs.encode((spaced(reference), spaced(&case.text)), true),
            None => words.encode(spaced(&case.text), true),
        };
        assert_eq!(encoding.unwrap().get_ids(), case.ids, "{:?}", case.text);
        compared += 1;
    }
    assert!(compared > 100, "{compared} cases");
}
