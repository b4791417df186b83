//! Predictions merged into coarser classes, such as correct and incorrect for a task with five classes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use super::{Scored, decide};
use crate::data::{Target, TaskData};

/// A merge of classes into coarser ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    /// Name of the coarser classes, such as `2-way`.
    pub name: String,
    /// The classes that each coarser class contains.
    pub classes: BTreeMap<String, Vec<String>>,
}

impl Merge {
    /// The coarser class of each label of a task; `None` unless the task has classes, each has a coarser class, and
    /// there are fewer coarser classes.
    fn places(&self, task: &TaskData) -> Option<Vec<usize>> {
        if !task.head.is_classes() || self.classes.len() >= task.labels.len() {
            return None;
        }
        task.labels.iter().map(|l| self.classes.values().position(|from| from.contains(l))).collect()
    }

    /// Checks that every class belongs to a task and is listed once, and that at least one task can be merged.
    ///
    /// # Errors
    ///
    /// When a check fails.
    pub fn check(&self, tasks: &[TaskData]) -> Result<()> {
        let name = &self.name;
        let mut seen = BTreeSet::new();
        for class in self.classes.values().flatten() {
            ensure!(seen.insert(class), "evaluate.merged `{name}`: duplicate class {class}");
            ensure!(
                tasks.iter().any(|t| t.labels.contains(class)),
                "evaluate.merged `{name}` names the class {class}, which no task has"
            );
        }
        ensure!(
            tasks.iter().any(|t| self.places(t).is_some()),
            "evaluate.merged `{name}` fits no task: it must list every class of a task, and have fewer classes"
        );
        Ok(())
    }

    /// The predictions for the tasks that can be merged: probabilities are summed, awards are made from the sums.
    #[must_use]
    pub fn apply(&self, tasks: &[TaskData], rows: &[Scored]) -> (Vec<TaskData>, Vec<Scored>) {
        let places: Vec<Option<Vec<usize>>> = tasks.iter().map(|task| self.places(task)).collect();
        let coarse: Vec<TaskData> = tasks
            .iter()
            .zip(&places)
            .filter(|(_, places)| places.is_some())
            .map(|(task, _)| TaskData { labels: self.classes.keys().cloned().collect(), ..task.clone() })
            .collect();
        let merged = rows.iter().filter_map(|row| {
            let to = places[row.task].as_ref()?;
            let task = places[..row.task].iter().flatten().count();
            let mut probabilities = vec![0.0; self.classes.len()];
            for (p, place) in row.probabilities.iter().zip(to) {
                probabilities[*place] += p;
            }
            let target = match row.target {
                Target::Class(class) => Target::Class(to[class]),
                ref other => other.clone(),
            };
            let predicted = decide(&coarse[task], &probabilities);
            Some(Scored { task, target, predicted, probabilities, ..row.clone() })
        });
        let merged = merged.collect();
        (coarse, merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::HeadKind;

    #[test]
    fn probabilities_are_summed_and_awards_follow_from_the_sums() {
        let task = |id: &str, head, labels: &[&str]| TaskData {
            id: id.into(),
            name: id.into(),
            head,
            labels: labels.iter().map(ToString::to_string).collect(),
            points: Vec::new(),
        };
        let tasks = [
            task("level", HeadKind::Ordinal, &["0", "1", "2"]),
            task("five", HeadKind::Softmax, &["right", "partial", "wrong", "beside"]),
            task("two", HeadKind::Softmax, &["right", "wrong"]),
        ];
        let classes = [("no", vec!["partial", "wrong", "beside"]), ("yes", vec!["right"])];
        let merge = Merge {
            name: "2-way".into(),
            classes: classes
                .map(|(to, from)| (to.to_owned(), from.into_iter().map(str::to_owned).collect()))
                .into(),
        };
        merge.check(&tasks).unwrap();
        let broken = |from: &str, to: &str| {
            let mut merge = merge.clone();
            let class = merge.classes.values_mut().flatten().find(|c| *c == from).unwrap();
            to.clone_into(class);
            merge.check(&tasks).unwrap_err().to_string()
        };
        assert!(broken("beside", "besides").contains("the class besides, which no task has"));
        assert!(broken("beside", "right").contains("duplicate class right"));
        assert!(broken("beside", "0").contains("fits no task"));
        let row = |task, target, probabilities: &[f32]| Scored {
            index: 0,
            id: "a".into(),
            task,
            group: None,
            cluster: None,
            target,
            predicted: Target::Class(0),
            probabilities: probabilities.to_vec(),
        };
        let rows = [
            row(0, Target::Level(1), &[0.5, 0.25, 0.25]),
            row(1, Target::Class(2), &[0.375, 0.25, 0.25, 0.125]),
            row(1, Target::Missing, &[0.75, 0.25, 0.0, 0.0]),
            row(2, Target::Class(0), &[0.75, 0.25]),
        ];
        let (coarse, merged) = merge.apply(&tasks, &rows);
        // The task of two classes has nothing to merge.
        assert_eq!(coarse.iter().map(|t| t.id.as_str()).collect::<Vec<_>>(), ["five"]);
        assert_eq!(coarse[0].labels, ["no", "yes"]);
        assert_eq!(merged.len(), 2);
        assert_eq!((&merged[0].target, &merged[0].predicted), (&Target::Class(0), &Target::Class(0)));
        assert_eq!(merged[0].probabilities, [0.625, 0.375]);
        assert_eq!((&merged[1].target, &merged[1].predicted), (&Target::Missing, &Target::Class(1)));
    }
}
