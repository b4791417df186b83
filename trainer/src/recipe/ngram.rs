//! The baseline of n-grams and ridge regression.

use crate::script::mostly_unspaced;
use anyhow::{Context, Result, ensure};
use pupil_core::ngram::NGramSpec;
use serde::{Deserialize, Serialize};

/// TF-IDF n-grams and ridge regression, part of every run.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NGramRecipe {
    /// Weights of the teacher's expectation beside a human score; 0 learns from human scores alone. Empty for no such
    /// models.
    pub lambdas: Vec<f32>,
    /// Shortest and longest n-gram of characters within words; empty for none. By default 3 and 5, and for answers
    /// written without spaces, such as Chinese ones, 1 and 3.
    pub chars: Option<Vec<u8>>,
    /// Shortest and longest n-gram of words; empty for none. By default 1 and 2, and none for answers written without
    /// spaces.
    pub words: Option<Vec<u8>>,
    /// Buckets that n-grams are hashed into, half of them for characters and half for words.
    pub buckets: u32,
    /// Whether a count weighs as 1 + its logarithm.
    pub sublinear: bool,
    /// What n-grams of words weigh beside those of characters.
    pub word_weight: f32,
    /// Penalties of the regression to choose from.
    pub penalties: Vec<f64>,
    /// Parts of the training answers that are predicted by a regression on the others.
    pub folds: usize,
}

impl Default for NGramRecipe {
    fn default() -> Self {
        Self {
            lambdas: vec![0.0],
            chars: None,
            words: None,
            buckets: 1 << 15,
            sublinear: true,
            word_weight: 2.0,
            penalties: vec![0.1, 0.3, 1.0, 3.0, 10.0],
            folds: 5,
        }
    }
}

/// The default n-grams of characters and of words.
const SPACED: [&[u8]; 2] = [&[3, 5], &[1, 2]];
/// Those of answers written without spaces. A word of Chinese is one or two characters long, and what stands between
/// two signs of punctuation is not a word: `docs/results/languages.md` compares them.
const UNSPACED: [&[u8]; 2] = [&[1, 3], &[]];

impl NGramRecipe {
    /// The recipe with the lengths of n-grams that suit these texts, where it leaves them open.
    #[must_use]
    pub fn suited<'a>(mut self, texts: impl IntoIterator<Item = &'a str>) -> Self {
        if self.chars.is_none() || self.words.is_none() {
            let [chars, words] = if mostly_unspaced(texts) { UNSPACED } else { SPACED };
            self.chars.get_or_insert_with(|| chars.to_vec());
            self.words.get_or_insert_with(|| words.to_vec());
        }
        self
    }

    /// The n-grams; those for answers with spaces where the recipe leaves them open.
    ///
    /// # Errors
    ///
    /// When a list has other than two lengths, or a number is out of range.
    pub fn spec(&self) -> Result<NGramSpec> {
        let both = |name: &str, lengths: &[u8]| match lengths {
            [] => Ok(None),
            [least, most] => Ok(Some((*least, *most))),
            other => {
                let n = other.len();
                anyhow::bail!(
                    "ngram.{name} has {n} numbers: give the shortest and the longest length, or none"
                )
            }
        };
        let lengths = |own: &Option<Vec<u8>>, default: &[u8]| own.clone().unwrap_or_else(|| default.to_vec());
        let (chars, words) = (lengths(&self.chars, SPACED[0]), lengths(&self.words, SPACED[1]));
        NGramSpec::new(both("chars", &chars)?, both("words", &words)?, self.buckets).context("ngram")
    }

    pub(super) fn check(&self) -> Result<()> {
        self.spec()?;
        if let Some(lambda) = self.lambdas.iter().find(|l| !(0.0..1e6).contains(*l)) {
            anyhow::bail!("ngram.lambdas must be weights of at least 0, not {lambda}");
        }
        let weight = self.word_weight;
        ensure!((0.0..=100.0).contains(&weight), "ngram.word_weight is {weight}, but must be from 0 to 100");
        let n = self.penalties.len();
        ensure!((1..=32).contains(&n), "ngram.penalties has {n} values: 1 to 32 are possible");
        if let Some(penalty) = self.penalties.iter().find(|p| !(1e-6..=1e6).contains(*p)) {
            anyhow::bail!("ngram.penalties must be from 0.000001 to 1000000, not {penalty}");
        }
        ensure!((2..=20).contains(&self.folds), "ngram.folds is {}, but must be from 2 to 20", self.folds);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_lengths_follow_the_script_of_the_answers() {
        let lengths = |recipe: &NGramRecipe, text| {
            let spec = recipe.clone().suited([text]).spec().unwrap();
            (spec.chars(), spec.words())
        };
        let open = NGramRecipe::default();
        for text in ["", "Die Luft wird warm.", "El aire se calienta.", "L'air se réchauffe."] {
            assert_eq!(lengths(&open, text), (Some((3, 5)), Some((1, 2))), "{text}");
        }
        assert_eq!(lengths(&open, "空气变热了。"), (Some((1, 3)), None));
        let own = NGramRecipe { chars: Some(vec![2, 4]), ..open };
        assert_eq!(lengths(&own, "空气变热了。"), (Some((2, 4)), None));
        let none = NGramRecipe { chars: Some(vec![]), words: Some(vec![1, 1]), ..own };
        assert_eq!(lengths(&none, "空气变热了。"), (None, Some((1, 1))));
    }
}
