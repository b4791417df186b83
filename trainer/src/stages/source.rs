//! Whose models are measured on which answers: those of the run on its test sets, or in cross-validation those of each
//! fold on the answers of that fold.

use super::{Labelled, Pipeline};
use crate::corpus::CROSS_VALIDATION;
use crate::data::Dataset;
use crate::experiment::Experiment;
use crate::labels::Scored;
use crate::overlap::Overlap;
use anyhow::Result;
use std::collections::BTreeMap;

/// Models, what they have learned from, and the answers that they have not seen.
pub(super) struct Source<'a> {
    /// The settings and the answers.
    pub(super) pipeline: &'a Pipeline,
    /// What the models have learned from.
    pub(super) labelled: &'a Labelled,
    /// The models.
    pub(super) students: Experiment<'a>,
}

impl Pipeline {
    /// Its own models.
    pub(super) fn source<'a>(&'a self, labelled: &'a Labelled) -> Source<'a> {
        Source { pipeline: self, labelled, students: self.students(labelled) }
    }

    /// What the models of each fold have learned from; nothing without cross-validation.
    pub(super) fn labels_of_folds(&self) -> Result<Vec<Labelled>> {
        self.folds.iter().map(Self::labels).collect()
    }

    /// The models that are measured: those of each fold, or its own.
    pub(super) fn sources<'a>(&'a self, labelled: &'a Labelled, of_folds: &'a [Labelled]) -> Vec<Source<'a>> {
        match &self.folds[..] {
            [] => vec![self.source(labelled)],
            folds => folds.iter().zip(of_folds).map(|(fold, labelled)| fold.source(labelled)).collect(),
        }
    }

    /// All test sets; those of folds together are one.
    pub(super) fn test_sets(&self) -> Result<BTreeMap<String, Dataset>> {
        let mut all = self.corpus.tests.clone();
        for (name, set) in self.folds.iter().flat_map(|fold| &fold.corpus.tests) {
            match all.get_mut(name) {
                None => drop(all.insert(name.clone(), set.clone())),
                Some(there) => there.append(set.clone())?,
            }
        }
        Ok(all)
    }

    /// How many answers of each set are also in the training part of the models that are measured on it; in
    /// cross-validation the sums over folds.
    pub(super) fn overlaps(&self) -> Vec<Overlap> {
        let mut all = self.corpus.overlaps.clone();
        let of_folds = self.folds.iter().flat_map(|fold| &fold.corpus.overlaps);
        for overlap in of_folds.filter(|o| o.set == CROSS_VALIDATION) {
            match all.iter_mut().find(|known| known.set == overlap.set) {
                None => all.push(overlap.clone()),
                Some(sum) => {
                    sum.answers += overlap.answers;
                    sum.shared += overlap.shared;
                    sum.training += overlap.training;
                }
            }
        }
        all
    }
}

/// Predictions for the test set of this name, each answer by the models that have not seen it. Indices are those of
/// the sets one after the other.
pub(super) fn pooled(
    sources: &[Source<'_>],
    name: &str,
    score: &dyn Fn(&Source<'_>, &Dataset) -> Result<Vec<Scored>>,
) -> Result<Vec<Scored>> {
    let (mut rows, mut before) = (Vec::new(), 0);
    for source in sources {
        let Some(set) = source.pipeline.corpus.tests.get(name) else { continue };
        rows.extend(score(source, set)?.into_iter().map(|r| {
            // Label files do not say it.
            let cluster = set.answers.get(r.index).and_then(|answer| answer.split_key.clone());
            Scored { index: r.index + before, cluster, ..r }
        }));
        before += set.answers.len();
    }
    Ok(rows)
}
