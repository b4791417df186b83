//! How an exported file is attacked, and how much of it may succeed.

use crate::attack::{self, Outcome};
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Attacks on the exported file, whose card gets the table.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct RobustnessRecipe {
    /// Texts of each kind of attack, if the test answers allow as many.
    pub per_kind: usize,
    /// Most rows of each label of an adversarial set; 0 for all.
    pub per_label: usize,
    /// Largest share of the texts of each kind of attack, and of contradictory answers of people, that the file may
    /// award the best score automatically. Without it there is no limit.
    pub max_best_automatic: Option<f64>,
    /// Other limits for single rows of the table, by name.
    pub limits: BTreeMap<String, f64>,
    /// Largest share of the texts of each kind of attack, made from validation answers, that may be awarded the best
    /// score automatically. The confidence that this takes is found for each task and goes into the file. Without it,
    /// the best score needs no more confidence than others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aim: Option<f64>,
    /// Other aims for single kinds, or for `real-wrong` and `real-contradictory`: answers of people.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub aims: BTreeMap<String, f64>,
    /// Smallest share of the changes of each kind that must keep a score, if it must be kept.
    pub min_kept: Option<f64>,
    /// Files of adversarial sets, or folders of them.
    pub sets: Vec<PathBuf>,
    /// The task that judges them; by default the first one that reads a reference answer.
    pub set_task: Option<String>,
}

impl Default for RobustnessRecipe {
    fn default() -> Self {
        Self {
            per_kind: 200,
            per_label: 0,
            max_best_automatic: None,
            limits: BTreeMap::new(),
            aim: None,
            aims: BTreeMap::new(),
            min_kept: None,
            sets: Vec::new(),
            set_task: None,
        }
    }
}

impl RobustnessRecipe {
    pub(super) fn check(&self) -> Result<()> {
        ensure!(
            (20..=100_000).contains(&self.per_kind),
            "robustness.per_kind is {}, but must be from 20 to 100000",
            self.per_kind
        );
        let alone = [
            ("robustness.max_best_automatic", self.max_best_automatic),
            ("robustness.aim", self.aim),
            ("robustness.min_kept", self.min_kept),
        ];
        let of = |what: &'static str, shares: &BTreeMap<String, f64>| -> Vec<(&'static str, f64)> {
            shares.values().map(|share| (what, *share)).collect()
        };
        let shares = alone.into_iter().filter_map(|(what, share)| Some((what, share?)));
        let rows = [of("robustness.limits", &self.limits), of("robustness.aims", &self.aims)].concat();
        for (what, share) in shares.chain(rows) {
            ensure!((0.0..=1.0).contains(&share), "{what} is {share}, but must be a share from 0 to 1");
        }
        let kinds = || attack::KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", ");
        for name in self.limits.keys() {
            let real = ["real-right", "real-wrong", "real-contradictory"].contains(&name.as_str());
            ensure!(
                real || name.contains('/') || attack::find(name).is_some(),
                "robustness.limits: there is no row `{name}`; there are {}, real-contradictory, real-wrong, real-right and \
                 `SET/LABEL`",
                kinds()
            );
        }
        for name in self.aims.keys() {
            let real = ["real-wrong", "real-contradictory"].contains(&name.as_str());
            let limits = |kind: &&attack::Kind| matches!(kind.outcome, Outcome::Opposite | Outcome::Wrong);
            ensure!(
                real || attack::find(name).as_ref().is_some_and(limits),
                "robustness.aims: there is no attack `{name}`; there are {}, real-contradictory and real-wrong",
                attack::KINDS.iter().filter(limits).map(|kind| kind.name).collect::<Vec<_>>().join(", ")
            );
        }
        Ok(())
    }
}
