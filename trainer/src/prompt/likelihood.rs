//! The likelihood of each option after a prompt.

use super::text::{Asked, Format};
use crate::model::Batch;
use crate::model::decoder::Decoder;
use crate::model::params::Parameters;
use crate::tokenizer::Tokenizer;
use anyhow::{Context, Result, ensure};

/// A language model that says how likely options are.
pub struct Scorer {
    decoder: Decoder,
    /// Adapters that change nothing.
    parameters: Parameters,
    tokenizer: Tokenizer,
    format: Format,
    max_tokens: usize,
}

/// A sequence of tokens with the places after which a next token is asked for.
struct Sequence {
    ids: Vec<u32>,
    asked: Vec<(usize, u32)>,
}

impl Scorer {
    /// A scorer whose prompts have at most `max_tokens` tokens; the tokenizer must not truncate before.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn new(decoder: Decoder, tokenizer: Tokenizer, format: Format, max_tokens: usize) -> Result<Self> {
        let parameters = decoder.parameters(decoder.init(0))?;
        Ok(Self { decoder, parameters, tokenizer, format, max_tokens })
    }

    /// Log-likelihoods of the options of each question about an answer. An answer that is too long loses its last
    /// words.
    ///
    /// # Errors
    ///
    /// When a prompt is too long even without an answer, or candle fails.
    pub fn likelihoods(
        &self,
        asked: &[Asked<'_>],
        reference: Option<&str>,
        answer: &str,
    ) -> Result<Vec<Vec<f64>>> {
        asked.iter().map(|one| self.options(one, reference, answer)).collect()
    }

    fn options(&self, asked: &Asked<'_>, reference: Option<&str>, answer: &str) -> Result<Vec<f64>> {
        let said = self.encoded(asked, reference, answer)?;
        let shared = shared(&said);
        ensure!(shared > 0, "the options share no token with the prompt before them");
        let mut batch = Batch::default();
        let (mut places, mut owners, mut first) = (Vec::new(), Vec::new(), 0usize);
        for sequence in sequences(&said, shared) {
            batch.push(&sequence.ids, &vec![0; sequence.ids.len()]);
            for (at, option) in sequence.asked {
                places.push(u32::try_from(first + at)?);
                owners.push(option);
            }
            first += sequence.ids.len();
        }
        let rows = self.decoder.next_logits(&self.parameters, &batch, &places)?.to_vec2::<f32>()?;
        let mut sums = vec![0.0; said.len()];
        for ((row, option), at) in rows.iter().zip(owners).zip(places_within(&said, shared)) {
            let option = usize::try_from(option)?;
            let next = said[option].get(at).context("an option has the token that is asked for")?;
            sums[option] += log_softmax(row, *next as usize);
        }
        Ok(sums)
    }

    /// The tokens of the prompt with each option, after as many words of the answer as fit.
    fn encoded(&self, asked: &Asked<'_>, reference: Option<&str>, answer: &str) -> Result<Vec<Vec<u32>>> {
        let words: Vec<&str> = answer.split_whitespace().collect();
        let with = |kept: usize| -> Result<Vec<Vec<u32>>> {
            let shortened;
            let text = if kept == words.len() {
                answer
            } else {
                shortened = words[..kept].join(" ");
                &shortened
            };
            let said = asked.said(&asked.prompt(self.format, reference, text));
            said.iter().map(|text| Ok(self.tokenizer.encode(None, text)?.ids)).collect()
        };
        let fits = |said: &[Vec<u32>]| said.iter().all(|ids| ids.len() <= self.max_tokens);
        let whole = with(words.len())?;
        if fits(&whole) {
            return Ok(whole);
        }
        // The most words that fit, by halves.
        let (mut low, mut high) = (0, words.len());
        let mut best = with(0)?;
        ensure!(
            fits(&best),
            "the prompt has {} tokens without an answer, and prompt.max_tokens is {}: shorten the rubric, show fewer \
             answers, or raise it",
            best.iter().map(Vec::len).max().unwrap_or(0),
            self.max_tokens
        );
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            let said = with(middle)?;
            if fits(&said) {
                (low, best) = (middle, said);
            } else {
                high = middle;
            }
        }
        Ok(best)
    }
}

/// How many first tokens all sequences share; at least the last token of each is its own.
fn shared(said: &[Vec<u32>]) -> usize {
    let Some((first, rest)) = said.split_first() else { return 0 };
    let shortest = said.iter().map(Vec::len).min().unwrap_or(0);
    let same = |n: &usize| rest.iter().all(|ids| ids[*n] == first[*n]);
    (0..shortest.saturating_sub(1)).take_while(same).count()
}

/// The sequences that give all next tokens: one where every option is one token, else one for each option.
fn sequences(said: &[Vec<u32>], shared: usize) -> Vec<Sequence> {
    let option = |n: usize| u32::try_from(n).expect("a task has few options");
    if said.iter().all(|ids| ids.len() == shared + 1) {
        let asked = (0..said.len()).map(|n| (shared - 1, option(n))).collect();
        return vec![Sequence { ids: said[0][..shared].to_vec(), asked }];
    }
    let one = |(n, ids): (usize, &Vec<u32>)| Sequence {
        ids: ids[..ids.len() - 1].to_vec(),
        asked: (shared - 1..ids.len() - 1).map(|at| (at, option(n))).collect(),
    };
    said.iter().enumerate().map(one).collect()
}

/// The place of each token that is asked for in its option, in the order of [`sequences`].
fn places_within(said: &[Vec<u32>], shared: usize) -> impl Iterator<Item = usize> + '_ {
    said.iter().flat_map(move |ids| shared..ids.len())
}

/// The logarithm of the softmax at a place.
fn log_softmax(row: &[f32], at: usize) -> f64 {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = row.iter().map(|v| f64::from(v - most).exp()).sum();
    f64::from(row[at] - most) - sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_one_token_need_one_sequence_and_others_one_each() {
        let one = [vec![1, 2, 3], vec![1, 2, 4]];
        assert_eq!(shared(&one), 2);
        let made = sequences(&one, 2);
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].ids.clone(), made[0].asked.clone()), (vec![1, 2], vec![(1, 0), (1, 1)]));
        assert_eq!(places_within(&one, 2).collect::<Vec<_>>(), [2, 2]);
        let longer = [vec![1, 2, 3], vec![1, 2, 4, 5]];
        let made = sequences(&longer, shared(&longer));
        assert_eq!(made[0].ids, [1, 2]);
        assert_eq!((made[1].ids.clone(), made[1].asked.clone()), (vec![1, 2, 4], vec![(1, 1), (2, 1)]));
        assert_eq!(places_within(&longer, 2).collect::<Vec<_>>(), [2, 2, 3]);
        // An option that begins as another one.
        assert_eq!(shared(&[vec![1, 2, 3], vec![1, 2, 3, 3]]), 2);
    }

    #[test]
    fn log_softmax_sums_to_one() {
        let row = [3.0f32, -1.0, 0.5, 100.0];
        let sum: f64 = (0..4).map(|i| log_softmax(&row, i).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
}
