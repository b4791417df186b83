//! Several models combined for each task.

use super::System;
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// Models whose probabilities are combined for each task, by weights that validation answers choose. All of them go
/// into one file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnsembleRecipe {
    /// Which of the recipe's models: `n-gram`, `e-lstm`, or one of `unimoe.systems`.
    pub members: Vec<MemberKind>,
    /// Weight of the teacher's term of the members `n-gram` and `e-lstm`; one of `ngram.lambdas` and of
    /// `distil.lambdas`.
    pub lambda: f32,
    /// Models of each kind, which differ in their seeds. There are as many ensembles as the seeds of the recipe suffice
    /// for.
    pub each: usize,
}

impl Default for EnsembleRecipe {
    fn default() -> Self {
        Self { members: vec![MemberKind::NGram, MemberKind::ELstm], lambda: 1.0, each: 3 }
    }
}

/// A kind of model in an ensemble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberKind {
    /// N-grams and ridge regression.
    NGram,
    /// An E-LSTM for each task.
    ELstm,
    /// A system of `unimoe`.
    #[serde(untagged)]
    System(System),
}

impl MemberKind {
    /// Its name in texts.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::NGram => "n-grams".to_owned(),
            Self::ELstm => "E-LSTMs".to_owned(),
            Self::System(system) => system.title().to_owned(),
        }
    }
}

impl EnsembleRecipe {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(!self.members.is_empty(), "ensemble.members needs at least one kind of model");
        for (n, member) in self.members.iter().enumerate() {
            ensure!(
                !self.members[..n].contains(member),
                "ensemble.members names {member:?} twice: raise ensemble.each for more models of a kind"
            );
        }
        ensure!((1..=8).contains(&self.each), "ensemble.each is {}, but must be from 1 to 8", self.each);
        Ok(())
    }
}
