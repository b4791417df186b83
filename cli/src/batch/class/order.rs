//! What to read first.

use std::collections::BTreeMap;

use super::ScoredRow;
use crate::alike;

/// The share of their sequences of letters that alike answers have in common. The page says so.
const ALIKE: f64 = 0.6;

/// The answers to a question in the order in which they should be read.
pub(super) struct Ordered<'a> {
    /// Alike answers, each group with the one first that should be read first.
    pub(super) groups: Vec<Vec<ScoredRow<'a>>>,
    /// Answers without a word.
    pub(super) blank: Vec<ScoredRow<'a>>,
}

impl<'a> Ordered<'a> {
    /// Orders answers: those for a person first, the least sure first, equal ones as in the table. Answers are alike
    /// only if they are compared with the same reference.
    pub(super) fn of(mut rows: Vec<ScoredRow<'a>>) -> Self {
        rows.sort_by(|a, b| {
            let automatic = |one: &ScoredRow<'_>| one.score.decision.reason().is_none();
            automatic(a)
                .cmp(&automatic(b))
                .then_with(|| a.score.confidence.total_cmp(&b.score.confidence))
                .then_with(|| a.row.place.cmp(&b.row.place))
        });
        let (rows, mut blank): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|one| one.row.answer.chars().any(char::is_alphanumeric));
        blank.sort_by_key(|one| one.row.place);
        let mut by_reference: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
        for (place, one) in rows.iter().enumerate() {
            by_reference.entry(one.row.reference).or_default().push(place);
        }
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for places in by_reference.values() {
            let texts: Vec<&str> = places.iter().map(|place| rows[*place].row.answer).collect();
            for group in alike::groups(&texts, ALIKE) {
                groups.push(group.into_iter().map(|one| places[one]).collect());
            }
        }
        groups.sort_by_key(|group| group[0]);
        let groups = groups.into_iter().map(|group| group.into_iter().map(|one| rows[one]).collect());
        Self { groups: groups.collect(), blank }
    }
}
