//! Turns text into token ids in the trainer: a pretrained tokenizer for the teacher, a small one for student models.

use anyhow::{Context, Result, anyhow, ensure};
use pupil_core::tokenizer::spaced;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use tokenizers::models::wordlevel::WordLevel;
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    AddedToken, DecoderWrapper, ModelWrapper, NormalizerWrapper, OffsetReferential, OffsetType,
    PostProcessorWrapper, PreTokenizedString, PreTokenizerWrapper, TokenizerBuilder, TokenizerImpl,
    TruncationParams,
};

/// The token for words outside of the vocabulary.
pub const UNKNOWN: &str = "[UNK]";
/// The token between the two texts of a pair.
pub const SEPARATOR: &str = "[SEP]";

/// How a student model tokenizes text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenizerKind {
    /// The most frequent words; others are unknown.
    WordLevel,
    /// Pieces of words, so that a misspelled word is not lost.
    WordPiece,
}

/// Token ids of one answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Encoded {
    /// The ids.
    pub ids: Vec<u32>,
    /// The segment of each: 0, or 1 for the second text of a pair.
    pub segments: Vec<u8>,
}

/// A tokenizer as the `tokenizers` crate runs it.
#[derive(Clone)]
pub struct Tokenizer {
    inner: tokenizers::Tokenizer,
}

fn boxed(error: tokenizers::Error) -> anyhow::Error {
    anyhow!("{error}")
}

impl Tokenizer {
    /// Reads `tokenizer.json`; truncates sequences to `max_tokens`, without padding.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn pretrained(file: &Path, max_tokens: usize) -> Result<Self> {
        let inner = tokenizers::Tokenizer::from_file(file)
            .map_err(boxed)
            .with_context(|| format!("cannot read the tokenizer {}", file.display()))?;
        Self::finish(inner, max_tokens)
    }

    /// Truncates sequences to `max_tokens`, without padding.
    pub(crate) fn finish(mut inner: tokenizers::Tokenizer, max_tokens: usize) -> Result<Self> {
        inner.with_padding(None);
        inner
            .with_truncation(Some(TruncationParams { max_length: max_tokens, ..TruncationParams::default() }))
            .map_err(boxed)?;
        Ok(Self { inner })
    }

    /// Builds the tokenizer of a student model from its training texts: at most `vocab` entries, without words that
    /// occur fewer than `min_count` times. Text becomes lower case without accents, and punctuation is separated.
    ///
    /// # Errors
    ///
    /// When there is no text, or the vocabulary is too small for the alphabet.
    pub fn build(
        texts: &[&str],
        kind: TokenizerKind,
        vocab: usize,
        min_count: u64,
        max_tokens: usize,
    ) -> Result<Self> {
        ensure!(!texts.is_empty(), "a vocabulary needs at least one text");
        let specials = [UNKNOWN, SEPARATOR];
        let normalizer: NormalizerWrapper = normalizer().into();
        let splitter: PreTokenizerWrapper = BertPreTokenizer.into();
        let model: ModelWrapper = match kind {
            TokenizerKind::WordLevel => {
                let mut counts: HashMap<String, u64> = HashMap::new();
                for text in texts {
                    for word in words(&spaced(text), &normalizer, &splitter)? {
                        *counts.entry(word).or_default() += 1;
                    }
                }
                let mut words: Vec<(String, u64)> =
                    counts.into_iter().filter(|(_, n)| *n >= min_count).collect();
                // By count, ties by spelling, so that the vocabulary depends only on the texts.
                words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
                let entries = specials.iter().map(ToString::to_string).chain(words.into_iter().map(|w| w.0));
                let entries = (0u32..).zip(entries.take(vocab)).map(|(i, w)| (w, i));
                WordLevel::builder()
                    .vocab(entries.collect())
                    .unk_token(UNKNOWN.into())
                    .build()
                    .map_err(boxed)?
                    .into()
            }
            TokenizerKind::WordPiece => {
                let mut trainer = WordPieceTrainer::builder()
                    .vocab_size(vocab)
                    .min_frequency(min_count)
                    .show_progress(false)
                    .special_tokens(specials.iter().map(|s| AddedToken::from(*s, true)).collect())
                    .build();
                let mut tokenizer: TokenizerImpl<
                    WordPiece,
                    NormalizerWrapper,
                    PreTokenizerWrapper,
                    PostProcessorWrapper,
                    DecoderWrapper,
                > = TokenizerBuilder::new()
                    .with_model(WordPiece::builder().unk_token(UNKNOWN.into()).build().map_err(boxed)?)
                    .with_normalizer(Some(normalizer.clone()))
                    .with_pre_tokenizer(Some(splitter.clone()))
                    .with_post_processor(None)
                    .with_decoder(None)
                    .build()
                    .map_err(boxed)?;
                tokenizer.train(&mut trainer, texts.iter().map(|text| spaced(text))).map_err(boxed)?;
                tokenizer.get_model().clone().into()
            }
        };
        let mut inner = tokenizers::Tokenizer::new(model);
        inner.with_normalizer(Some(normalizer)).map_err(boxed)?;
        inner.with_pre_tokenizer(Some(splitter));
        let added: Vec<AddedToken> = specials.iter().map(|s| AddedToken::from(*s, true)).collect();
        inner.add_special_tokens(added).map_err(boxed)?;
        let separator = inner.token_to_id(SEPARATOR).context("the vocabulary holds its separator")?;
        let pairs = tokenizers::processors::template::TemplateProcessing::builder()
            .try_single("$A:0")
            .map_err(|e| anyhow!("{e}"))?
            .try_pair(format!("$A:0 {SEPARATOR}:0 $B:1"))
            .map_err(|e| anyhow!("{e}"))?
            .special_tokens(vec![(SEPARATOR, separator)])
            .build()
            .map_err(|e| anyhow!("{e}"))?;
        inner.with_post_processor(Some(PostProcessorWrapper::Template(pairs)));
        Self::finish(inner, max_tokens)
    }

    /// The tokenizer with a smaller vocabulary of word pieces: the special tokens, the single characters, and every
    /// piece that occurs in `texts` or is among the first `common` of the vocabulary. Also returns the old id of each
    /// new one.
    ///
    /// The texts are tokenized as before, because the longest piece at each position is kept. Other words may be split
    /// into smaller pieces.
    ///
    /// # Errors
    ///
    /// When the tokenizer is not a word-piece tokenizer, or refuses a text.
    pub fn pruned<'a>(
        &self,
        texts: impl Iterator<Item = &'a str>,
        common: u32,
        max_tokens: usize,
    ) -> Result<(Self, Vec<u32>)> {
        use serde_json::Value;
        let mut json: Value = serde_json::from_slice(&self.to_json()?)?;
        ensure!(json["model"]["type"] == "WordPiece", "only a vocabulary of word pieces can be pruned");
        let mut kept: BTreeSet<u32> = BTreeSet::new();
        for (piece, id) in self.entries() {
            let letter = piece.strip_prefix("##").unwrap_or(&piece).chars().count() == 1;
            // Unused entries of the pretrained vocabulary have no meaning.
            if letter || id < common && !piece.starts_with("[unused") {
                kept.insert(id);
            }
        }
        // Without truncation, so that all pieces of long answers count.
        let mut untruncated = self.inner.clone();
        untruncated.with_truncation(None).map_err(boxed)?;
        for text in texts {
            kept.extend(untruncated.encode_fast(spaced(text), true).map_err(boxed)?.get_ids());
        }
        let added = json["added_tokens"].as_array_mut().context("the tokenizer names its special tokens")?;
        kept.extend(added.iter().filter_map(|t| u32::try_from(t["id"].as_u64()?).ok()));
        let kept: Vec<u32> = kept.into_iter().collect();
        let place = |id: &Value| -> Result<Value> {
            let id = id.as_u64().and_then(|id| u32::try_from(id).ok()).context("a token has an id")?;
            Ok(kept.binary_search(&id).map_err(|_| anyhow!("token {id} is not kept"))?.into())
        };
        for token in added {
            token["id"] = place(&token["id"])?;
        }
        if let Some(specials) = json["post_processor"]["special_tokens"].as_object_mut() {
            for token in specials.values_mut() {
                for id in token["ids"].as_array_mut().context("a special token has ids")? {
                    *id = place(id)?;
                }
            }
        }
        let vocabulary = json["model"]["vocab"].as_object_mut().context("the model has a vocabulary")?;
        vocabulary.retain(|_, id| place(id).is_ok());
        for id in vocabulary.values_mut() {
            *id = place(id)?;
        }
        let inner = tokenizers::Tokenizer::from_bytes(serde_json::to_vec(&json)?).map_err(boxed)?;
        Ok((Self::finish(inner, max_tokens)?, kept))
    }

    /// Reads back what [`Tokenizer::to_json`] wrote.
    ///
    /// # Errors
    ///
    /// When the bytes are not a tokenizer.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        Ok(Self { inner: tokenizers::Tokenizer::from_bytes(bytes).map_err(boxed)? })
    }

    /// The tokenizer as `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        Ok(self.inner.to_string(false).map_err(boxed)?.into_bytes())
    }

    /// Number of entries.
    #[must_use]
    pub fn vocab_size(&self) -> usize {
        self.inner.get_vocab_size(true)
    }

    /// The id of an entry.
    #[must_use]
    pub fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    /// The id of the unknown token, which XLM-R writes in another way.
    #[must_use]
    pub fn unknown(&self) -> Option<u32> {
        self.id(UNKNOWN).or_else(|| self.id("<unk>"))
    }

    /// The entries with their ids, in order of id.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, u32)> {
        let mut entries: Vec<(String, u32)> = self.inner.get_vocab(true).into_iter().collect();
        entries.sort_by_key(|e| e.1);
        entries
    }

    /// Encodes an answer, or a pair of reference and answer, after [`spaced`], as the engine does.
    ///
    /// # Errors
    ///
    /// When the tokenizer refuses the text.
    pub fn encode(&self, reference: Option<&str>, answer: &str) -> Result<Encoded> {
        let answer = spaced(answer);
        let encoding = match reference {
            Some(r) => self.inner.encode_fast((spaced(r), answer), true),
            None => self.inner.encode_fast(answer, true),
        }
        .map_err(boxed)?;
        let segments = encoding.get_type_ids().iter().map(|t| u8::from(*t != 0)).collect();
        Ok(Encoded { ids: encoding.get_ids().to_vec(), segments })
    }
}

/// The normalization before student models tokenize a text: no control characters, lower case, no accents.
pub(crate) fn normalizer() -> BertNormalizer {
    BertNormalizer::new(true, true, Some(true), true)
}

/// A text as student models read it, with one space for each run of white space. Texts that are then equal are the same
/// answer for the models.
#[must_use]
pub fn normalized(text: &str) -> String {
    let text = &*pupil_core::tokenizer::spaced(text);
    let white = |c: &char| matches!(c, '\t' | '\n' | '\r');
    if text.is_ascii() {
        // The same as the normalizer for ASCII, but much faster.
        let kept = text.chars().filter(|c| !c.is_ascii_control() || white(c));
        return joined(&kept.map(|c| c.to_ascii_lowercase()).collect::<String>());
    }
    joined(&by_normalizer(text))
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn by_normalizer(text: &str) -> String {
    use tokenizers::{NormalizedString, Normalizer};
    let mut whole = NormalizedString::from(text);
    // This normalizer never fails; if it did, the unchanged text would be compared.
    if normalizer().normalize(&mut whole).is_ok() { whole.get().to_owned() } else { text.to_owned() }
}

/// The words of a text, as the tokenizer of a student model splits it before the vocabulary lookup.
fn words(text: &str, normalizer: &NormalizerWrapper, splitter: &PreTokenizerWrapper) -> Result<Vec<String>> {
    Ok(written_words(text, normalizer, splitter)?.into_iter().map(|(word, _)| word).collect())
}

/// The words of a text, each with its spelling in the text.
pub(crate) fn written_words<'a>(
    text: &'a str,
    normalizer: &NormalizerWrapper,
    splitter: &PreTokenizerWrapper,
) -> Result<Vec<(String, &'a str)>> {
    use tokenizers::{NormalizedString, Normalizer, PreTokenizer};
    let mut normalized = NormalizedString::from(text);
    normalizer.normalize(&mut normalized).map_err(boxed)?;
    let mut cut = PreTokenizedString::from(normalized);
    splitter.pre_tokenize(&mut cut).map_err(boxed)?;
    let splits = cut.get_splits(OffsetReferential::Original, OffsetType::Byte);
    Ok(splits
        .into_iter()
        .map(|(word, (start, end), _)| (word.to_owned(), text.get(start..end).unwrap_or_default().trim()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 3] = [
        "The gas expands.",
        "The gas is heated, so the balloon grows.",
        "Heat makes the gas particles move faster.",
    ];

    #[test]
    fn word_level_vocabulary_holds_the_most_frequent_words_first() {
        let text = Tokenizer::build(&TEXTS, TokenizerKind::WordLevel, 6, 1, 32).unwrap();
        let entries: Vec<String> = text.entries().into_iter().map(|e| e.0).collect();
        assert_eq!(entries, ["[UNK]", "[SEP]", "the", ".", "gas", ","]);
        let encoded = text.encode(None, "The GAS explodes.").unwrap();
        assert_eq!(encoded.ids, [2, 4, 0, 3]);
    }

    #[test]
    fn texts_that_student_models_read_alike_are_normalized_alike() {
        for same in [
            "The gas expands.",
            " the  GAS\texpands.\r\n",
            "thé gas\u{200b}expands.",
            "the gas e\u{301}xpands.",
        ] {
            assert_eq!(normalized(same), "the gas expands.", "{same:?}");
        }
        assert_ne!(normalized("the gas expands"), "the gas expands.");
        let ascii: String = (0..=127u8).map(char::from).collect();
        assert_eq!(normalized(&ascii), joined(&by_normalizer(&pupil_core::tokenizer::spaced(&ascii))));
        for empty in ["", "  \n", "\u{1}\u{7f}", "\u{200b}"] {
            assert_eq!(normalized(empty), "", "{empty:?}");
        }
    }

    #[test]
    fn pair_puts_the_separator_between_reference_and_answer() {
        let text = Tokenizer::build(&TEXTS, TokenizerKind::WordLevel, 100, 1, 32).unwrap();
        let encoded = text.encode(Some("gas"), "the gas").unwrap();
        assert_eq!(encoded.segments, [0, 0, 1, 1]);
        assert_eq!(encoded.ids[1], text.id(SEPARATOR).unwrap());
    }

    #[test]
    fn word_pieces_keep_a_misspelled_word_and_survive_json() {
        let text = Tokenizer::build(&TEXTS, TokenizerKind::WordPiece, 60, 1, 32).unwrap();
        let again = Tokenizer::from_json(&text.to_json().unwrap()).unwrap();
        let encoded = again.encode(None, "baloon").unwrap();
        assert_eq!(encoded, text.encode(None, "baloon").unwrap());
        assert!(encoded.ids.len() > 1 && !encoded.ids.contains(&text.id(UNKNOWN).unwrap()), "{encoded:?}");
        assert!(text.vocab_size() <= 60);
    }

    #[test]
    fn pruned_vocabulary_tokenizes_the_kept_texts_as_before() {
        let text = Tokenizer::build(&TEXTS, TokenizerKind::WordPiece, 80, 1, 32).unwrap();
        let (small, kept) = text.pruned(TEXTS[..1].iter().copied(), 0, 32).unwrap();
        assert!(small.vocab_size() < text.vocab_size() && kept.len() == small.vocab_size());
        let old = |ids: &[u32]| ids.iter().map(|id| kept[*id as usize]).collect::<Vec<_>>();
        for reference in [None, Some("gas")] {
            let (before, after) =
                (text.encode(reference, TEXTS[0]).unwrap(), small.encode(reference, TEXTS[0]).unwrap());
            assert_eq!((old(&after.ids), after.segments), (before.ids, before.segments));
        }
        // Common entries stay even if no text uses them.
        let (larger, kept) = text.pruned(TEXTS[..1].iter().copied(), 60, 32).unwrap();
        assert!(kept.len() > small.vocab_size() && kept[..60] == (0..60).collect::<Vec<_>>(), "{kept:?}");
        let first = |ids: &[u32]| ids.iter().all(|id| *id < 60);
        let whole = text.encode(None, TEXTS[2]).unwrap().ids;
        assert!(!first(&whole) || larger.encode(None, TEXTS[2]).unwrap().ids == whole);
        // A word that did not occur is split into letters, and does not become the unknown token.
        let other = small.encode(None, "heat").unwrap();
        assert!(other.ids.len() > 1 && !other.ids.contains(&small.id(UNKNOWN).unwrap()), "{other:?}");
    }

    #[test]
    fn long_answers_are_truncated_to_the_limit() {
        let text = Tokenizer::build(&TEXTS, TokenizerKind::WordLevel, 100, 1, 5).unwrap();
        assert_eq!(text.encode(None, &"gas ".repeat(40)).unwrap().ids.len(), 5);
    }

    #[test]
    fn rare_white_space_separates_words_as_in_the_engine() {
        let separated = ["The\u{b}gas\u{2028}expands.", "The\u{200b}gas\u{85}is\u{1e}warm."];
        let plain = ["The gas expands.", "The gas is warm."];
        let vocabulary =
            |texts: &[&str]| Tokenizer::build(texts, TokenizerKind::WordLevel, 60, 1, 32).unwrap().entries();
        assert_eq!(vocabulary(&separated), vocabulary(&plain));
        for kind in [TokenizerKind::WordLevel, TokenizerKind::WordPiece] {
            let text = Tokenizer::build(&separated, kind, 60, 1, 32).unwrap();
            assert_eq!(text.encode(None, separated[0]).unwrap(), text.encode(None, plain[0]).unwrap());
            let both = |texts: &[&str; 2]| text.encode(Some(texts[0]), texts[1]).unwrap();
            assert_eq!(both(&separated), both(&plain));
        }
    }
}
