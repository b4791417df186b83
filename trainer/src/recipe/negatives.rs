//! Made-up answers that models learn not to reward.

use crate::attack;
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Made-up answers that models learn beside the graded ones of the training part; see [`attack`].
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct NegativesRecipe {
    /// How many for each graded answer, on average; 0 for none.
    pub rate: f64,
    /// Weight of the loss of a made-up answer; that of a graded answer is 1. What a kind makes is not always wrong in
    /// every rater's eyes: with a small weight, people's scores decide where both look alike.
    pub weight: f32,
    /// How often each kind of attack is tried, relative to the others; 1 for kinds that are not named, 0 for never.
    pub kinds: BTreeMap<String, f64>,
}

impl Default for NegativesRecipe {
    fn default() -> Self {
        Self { rate: 0.0, weight: 1.0, kinds: BTreeMap::new() }
    }
}

impl NegativesRecipe {
    /// How often a kind is tried.
    #[must_use]
    pub fn share(&self, kind: &str) -> f64 {
        self.kinds.get(kind).copied().unwrap_or(1.0)
    }

    /// Whether none are made.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.rate <= 0.0
    }

    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            (0.0..=100.0).contains(&self.rate),
            "negatives.rate is {}, but must be from 0 to 100",
            self.rate
        );
        ensure!(
            self.weight > 0.0 && self.weight <= 10.0,
            "negatives.weight is {}, but must be above 0 and at most 10",
            self.weight
        );
        for (kind, share) in &self.kinds {
            ensure!(
                attack::find(kind).is_some(),
                "negatives.kinds: there is no kind `{kind}`, there are {}",
                attack::KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ")
            );
            ensure!(
                (0.0..=100.0).contains(share),
                "negatives.kinds: the share of `{kind}` is {share}, but must be from 0 to 100"
            );
        }
        ensure!(
            self.is_none() || attack::KINDS.iter().any(|kind| self.share(kind.name) > 0.0),
            "negatives.kinds leaves no kind to make: set negatives.rate to 0 instead"
        );
        Ok(())
    }
}
