//! A model of the size of BERT-base, with a mixture on every token.

use pupil_core::Scorer;
use pupil_core::format::manifest::{Bert, Mixture};
use pupil_tests::{Fixture, WORD_TOKENIZER};

#[test]
fn bert_base_opens_and_scores() {
    let mut fixture = Fixture::mixtures(1);
    let base = Bert { vocab: 30_522, width: 768, layers: 12, intermediate: 3072, ..Bert::default() };
    fixture.manifest.encoders.clear();
    fixture.bert("b0", WORD_TOKENIZER, base);
    fixture.manifest.tasks.truncate(1);
    fixture.manifest.mixtures.retain(|name, _| name == "token");
    fixture.manifest.mixtures.insert("token".into(), Mixture { width: 768, ..Mixture::default() });
    let bytes = fixture.bytes();
    assert!(bytes.len() > 110_000_000);
    let scorer = Scorer::from_bytes(bytes).unwrap();
    let found =
        scorer.experts("token", None, "the balloon expands because warm air needs more room").unwrap();
    assert!(found.score.labels.iter().all(|label| (0.0..=1.0).contains(&label.probability)));
    let blocks: Vec<(usize, usize)> = found.blocks.iter().map(|b| (b.member, b.weights.len())).collect();
    assert_eq!(blocks, [(0, 4), (0, 4)]);
    // The embedding stays in the file.
    assert!(scorer.report().packed_bytes > 85_000_000);
}
