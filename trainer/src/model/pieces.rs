//! Tokenizers of pretrained encoders whose files bring only the pieces.

use anyhow::{Context, Result, anyhow, ensure};
use std::collections::HashMap;
use tokenizers::models::bpe::BPE;
use tokenizers::models::unigram::Unigram;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::{BertNormalizer, NFKC, Nmt, Prepend, Sequence};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::pre_tokenizers::sequence::Sequence as PreSequence;
use tokenizers::pre_tokenizers::whitespace::WhitespaceSplit;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, ModelWrapper, NormalizerWrapper, PostProcessorWrapper, Tokenizer};

/// What begins a word in a vocabulary of llama.cpp and of SentencePiece.
pub(super) const WORD: char = '\u{2581}';

/// E5 was trained on texts that begin with `query: ` or `passage: `. Every text gets the first, also each of a pair:
/// its authors advise it for whatever is not a search.
pub(super) const E5_PREFIX: &str = "query: ";

fn boxed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{error}")
}

/// BERT's uncased tokenizer of the pieces in a GGUF file, where `▁` begins words and other pieces continue them.
///
/// # Errors
///
/// When a special piece is missing, or a piece occurs twice.
pub(super) fn word_pieces(tokens: &[String]) -> Result<Tokenizer> {
    let spelled = |token: &String| match token.strip_prefix(WORD) {
        Some(word) => word.to_owned(),
        None if token.starts_with('[') && token.ends_with(']') => token.clone(),
        None => format!("##{token}"),
    };
    let vocab: HashMap<String, u32> = tokens.iter().map(spelled).zip(0u32..).collect();
    let json = serde_json::json!({
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": vocab,
    });
    // The crate reads this from text alone.
    let model: WordPiece = serde_json::from_str(&json.to_string())?;
    let mut made = Tokenizer::new(ModelWrapper::from(model));
    ensure!(
        made.get_vocab_size(false) == tokens.len(),
        "{} of {} pieces differ",
        made.get_vocab_size(false),
        tokens.len()
    );
    made.with_normalizer(Some(NormalizerWrapper::from(BertNormalizer::default()))).map_err(boxed)?;
    made.with_pre_tokenizer(Some(PreTokenizerWrapper::from(BertPreTokenizer)));
    finish(
        made,
        ["[CLS]", "[SEP]"],
        &["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        ("[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1"),
    )
}

/// The tokenizer of XLM-R and E5 from its pieces and their scores.
///
/// Its normalization, `nmt_nfkc` of SentencePiece, is computed: it differs from the stored table in two characters of
/// 1.1 million, U+FF5E and U+1F23B. `prefix` is put before every text.
///
/// # Errors
///
/// When a special piece is missing.
pub(super) fn unigram(pieces: Vec<(String, f64)>, unknown: usize, prefix: &str) -> Result<Tokenizer> {
    let model = Unigram::from(pieces, Some(unknown), false).map_err(boxed)?;
    let mut made = Tokenizer::new(ModelWrapper::from(model));
    let normalizer = Sequence::new(vec![Nmt.into(), NFKC.into(), Prepend::new(prefix.into()).into()]);
    made.with_normalizer(Some(NormalizerWrapper::from(normalizer))).map_err(boxed)?;
    let words = Metaspace::new(WORD, PrependScheme::Always, true);
    made.with_pre_tokenizer(Some(PreTokenizerWrapper::from(PreSequence::new(vec![
        WhitespaceSplit.into(),
        words.into(),
    ]))));
    // There are two segments, but XLM-R's tokenizer, with which it was trained, knows one.
    finish(
        made,
        ["<s>", "</s>"],
        &["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        ("<s>:0 $A:0 </s>:0", "<s>:0 $A:0 </s>:0 </s>:0 $B:0 </s>:0"),
    )
}

/// How llama.cpp marks pieces that text never yields.
const CONTROL: i32 = 3;
/// The piece of a line break in a vocabulary of bytes.
const LINE_BREAK: &str = "\u{10a}";

/// A tokenizer of byte pairs from the pieces and merges in a GGUF file. `rule` is llama.cpp's name of how text is split
/// before pieces are merged, `kinds` says of each piece what it is.
///
/// # Errors
///
/// When the rule is unknown, a merge is malformed, or a piece occurs twice.
pub(super) fn byte_pairs(
    tokens: &[String],
    merges: &[String],
    kinds: &[i32],
    rule: &str,
) -> Result<Tokenizer> {
    let vocab: HashMap<&str, u32> = tokens.iter().map(String::as_str).zip(0u32..).collect();
    ensure!(vocab.len() == tokens.len(), "{} of {} pieces differ", vocab.len(), tokens.len());
    ensure!(kinds.len() == tokens.len(), "{} pieces have {} kinds", tokens.len(), kinds.len());
    let merges = merges.iter().enumerate().map(|(n, merge)| {
        let parts = merge.split_once(' ').filter(|(a, b)| vocab.contains_key(a) && vocab.contains_key(b));
        let (a, b) = parts.with_context(|| format!("merge {n} does not join two pieces"))?;
        Ok([a, b])
    });
    let merges = merges.collect::<Result<Vec<_>>>()?;
    let json = serde_json::json!({ "type": "BPE", "vocab": vocab, "merges": merges });
    // The crate reads this from text alone.
    let model: BPE = serde_json::from_str(&json.to_string())?;
    let mut made = Tokenizer::new(ModelWrapper::from(model));
    let bytes = ByteLevel::new(false, true, true);
    let split: PreTokenizerWrapper = match rule {
        // Each digit is a piece.
        "smollm" => PreSequence::new(vec![Digits::new(true).into(), bytes.into()]).into(),
        "gpt-2" => bytes.into(),
        other => anyhow::bail!("text split by the rule `{other}` cannot be read, only `smollm` and `gpt-2`"),
    };
    made.with_pre_tokenizer(Some(split));
    let special = tokens.iter().zip(kinds).filter(|(_, kind)| **kind == CONTROL);
    let special: Vec<AddedToken> = special.map(|(t, _)| AddedToken::from(t.clone(), true)).collect();
    made.add_special_tokens(special).map_err(boxed)?;
    Ok(made)
}

/// Gives a decoder's tokenizer the pattern of a pair: its two texts with a line break between them. A pattern that the
/// tokenizer has already stays.
///
/// # Errors
///
/// When the vocabulary has no line break.
pub(super) fn lines(mut made: Tokenizer) -> Result<Tokenizer> {
    if matches!(made.get_post_processor(), Some(PostProcessorWrapper::Template(_))) {
        return Ok(made);
    }
    let id = made.token_to_id(LINE_BREAK).context("the vocabulary has no line break: is it one of bytes?")?;
    let pattern = TemplateProcessing::builder()
        .try_single("$A:0")
        .map_err(boxed)?
        .try_pair(format!("$A:0 {LINE_BREAK}:0 $B:0"))
        .map_err(boxed)?
        .special_tokens(vec![(LINE_BREAK.to_owned(), id)])
        .build()
        .map_err(boxed)?;
    made.with_post_processor(Some(pattern));
    Ok(made)
}

/// Adds special pieces, and the patterns of a text and of a pair.
fn finish(
    mut made: Tokenizer,
    around: [&str; 2],
    special: &[&str],
    (single, pair): (&str, &str),
) -> Result<Tokenizer> {
    let id = |token: &str| made.token_to_id(token).with_context(|| format!("the vocabulary lacks {token}"));
    special.iter().try_for_each(|token| id(token).map(drop))?;
    let ids = around.iter().map(|t| Ok(((*t).to_owned(), id(t)?))).collect::<Result<Vec<_>>>()?;
    let pattern = TemplateProcessing::builder()
        .try_single(single)
        .map_err(boxed)?
        .try_pair(pair)
        .map_err(boxed)?
        .special_tokens(ids)
        .build()
        .map_err(boxed)?;
    made.with_post_processor(Some(pattern));
    let special: Vec<AddedToken> = special.iter().map(|t| AddedToken::from(*t, true)).collect();
    made.add_special_tokens(special).map_err(boxed)?;
    Ok(made)
}
