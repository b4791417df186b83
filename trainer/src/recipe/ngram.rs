//! The baseline of n-grams and ridge regression.

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
    /// Shortest and longest n-gram of characters within words; empty for none.
    pub chars: Vec<u8>,
    /// Shortest and longest n-gram of words; empty for none.
    pub words: Vec<u8>,
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
            chars: vec![3, 5],
            words: vec![1, 2],
            buckets: 1 << 15,
            sublinear: true,
            word_weight: 2.0,
            penalties: vec![0.1, 0.3, 1.0, 3.0, 10.0],
            folds: 5,
        }
    }
}

impl NGramRecipe {
    /// The n-grams.
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
        NGramSpec::new(both("chars", &self.chars)?, both("words", &self.words)?, self.buckets)
            .context("ngram")
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
