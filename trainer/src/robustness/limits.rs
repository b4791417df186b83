//! How much of an attack may succeed.

use super::report::{Group, Report, Row};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Largest shares of texts that may be awarded the best score automatically.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Of every kind of attack, of changes that must not raise a score, and of contradictory answers of people.
    pub all: Option<f64>,
    /// Of single rows by name, instead.
    pub own: BTreeMap<String, f64>,
    /// Smallest share of label-preserving changes of every kind that must keep the score.
    pub min_kept: Option<f64>,
}

/// A row of fewer texts than this has no limit: its share is mostly chance.
pub(super) const FEWEST: usize = 20;

impl Limits {
    /// The limit of a row, if it has one.
    #[must_use]
    pub fn of(&self, row: &Row) -> Option<f64> {
        let limited =
            matches!(row.group, Group::Attack | Group::NotBetter) || row.name == "real-contradictory";
        self.own.get(&row.name).copied().or_else(|| self.all.filter(|_| limited))
    }

    /// A line for each row that is beyond its limit.
    #[must_use]
    pub fn exceeded(&self, report: &Report) -> Vec<String> {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        let mut lines = Vec::new();
        for row in report.rows.iter().filter(|row| row.n >= FEWEST) {
            if let Some(limit) = self.of(row).filter(|limit| row.best_automatic.value > *limit) {
                lines.push(format!(
                    "{}: {} of {} texts are awarded the best score automatically, the limit is {}",
                    row.name,
                    percent(row.best_automatic.value),
                    row.n,
                    percent(limit)
                ));
            }
            let kept = row.kept.filter(|_| row.group == Group::Same);
            if let (Some(kept), Some(least)) = (kept, self.min_kept)
                && kept.value < least
            {
                lines.push(format!(
                    "{}: {} of {} changes keep the score, at least {} must",
                    row.name,
                    percent(kept.value),
                    row.n,
                    percent(least)
                ));
            }
        }
        lines
    }
}
