//! Copies of the answers on which a first student and its teacher differ most.
//!
//! The first student is a model of the recipe, trained on the same answers but without these copies. Its predictions
//! decide how many copies each answer gets; the teachers label the copies, and all other students learn from them.

use super::{Labelled, Pipeline};
use crate::data::{Dataset, Target};
use crate::experiment::{Model, ModelSpec, SeedRun, Series};
use crate::files;
use crate::head::TaskHead;
use crate::labels::Labels;
use crate::ops::dropout::derive;
use crate::overlap::{Overlap, overlap_with_training};
use crate::perturb::targeted;
use crate::recipe::CopyTarget;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// No answer has more copies than this times the mean number of copies, rounded up.
const FOCUS: usize = 8;

/// Copies of the answers on which student and teacher differ most.
pub struct Targeted {
    /// The copies and the teachers' probabilities for them.
    pub copies: (Dataset, Labels),
    /// Number of copies of each answer of the training file, by its index; the others have none.
    pub counts: BTreeMap<usize, usize>,
    /// Number of copies that were left out, by task: they are answers of a test set, the held-out or the validation
    /// part.
    pub left_out: Vec<usize>,
    /// How many copies are answers of the training part.
    pub overlap: Overlap,
}

/// How many copies each answer gets, in a file.
#[derive(Deserialize, Serialize)]
struct Counts {
    /// Hash of everything that determines them.
    key: String,
    counts: BTreeMap<usize, usize>,
}

impl Pipeline {
    /// Adds the targeted copies, if the recipe asks for them; trains the first student if it is not trained yet.
    pub(super) fn add_targeted(&self, labelled: &mut Labelled) -> Result<()> {
        if self.recipe.label.targeted <= 0.0 {
            return Ok(());
        }
        let counts = self.copies_of_answers(labelled)?;
        let (set, left_out) = targeted(&self.corpus, &counts, derive(self.recipe.seed, 1 << 32));
        let n: usize = left_out.iter().sum();
        if n > 0 {
            eprintln!(
                "not used for training: {n} targeted copies that occur in a test set, the held-out part or the \
                 validation part"
            );
        }
        // Another recipe that uses the same teachers has copies of its own beside theirs.
        let title = format!("targeted-{}", self.recipe.name);
        let labels = self.label_by_all(&set, &title, &labelled.weights)?;
        if self.recipe.needs_vectors() && !set.answers.is_empty() {
            labelled.vectors.insert("targeted", self.vectors_of(&set, &title)?);
        }
        let corpus = &self.corpus;
        let overlap = Overlap {
            left_out: Some(n),
            ..overlap_with_training(
                self.recipe.data.pairs,
                &corpus.train,
                &corpus.split,
                "targeted copies",
                &set.answers,
            )
        };
        labelled.targeted = Some(Targeted { copies: (set, labels), counts, left_out, overlap });
        Ok(())
    }

    /// The models of the first seed of the first series that learns from copies, in a folder of their own.
    fn first_student(&self) -> Result<Vec<ModelSpec>> {
        let learns = |series: &Series| series.models().any(ModelSpec::beyond_scores);
        let found = self.plan().series()?.into_iter().find(learns);
        let run = found.and_then(|series| series.runs.into_iter().next());
        let SeedRun { mut models, .. } = run.context("label.targeted: no model learns from copies")?;
        models.iter_mut().for_each(|spec| spec.folder = Path::new("first").join(&spec.folder));
        Ok(models)
    }

    /// The number of copies of each answer of the training part, from the first student or from an earlier run.
    fn copies_of_answers(&self, labelled: &Labelled) -> Result<BTreeMap<usize, usize>> {
        let (specs, students) = (self.first_student()?, self.students(labelled));
        students.train_all(&specs)?;
        let keys = specs.iter().map(|spec| Ok(students.require(spec)?.key)).collect::<Result<Vec<_>>>()?;
        let (share, target) = (self.recipe.label.targeted, self.recipe.label.target);
        let key = serde_json::json!([keys, labelled.teacher_blake3, share, target]).to_string();
        let key = blake3::hash(key.as_bytes()).to_hex().to_string();
        let file = students.folder.join("first").join("copies.json");
        if let Ok(known) = files::read_json::<Counts>(&file)
            && known.key == key
            && known.counts.keys().all(|i| *i < self.corpus.train.answers.len())
        {
            return Ok(known.counts);
        }
        let set = &self.corpus.train;
        let taught = labelled.train.aligned(set)?;
        let (mut places, mut differences) = (Vec::new(), Vec::new());
        for spec in &specs {
            let model = students.trained(spec)?;
            let rows: Vec<usize> = self
                .corpus
                .split
                .train
                .iter()
                .copied()
                .filter(|i| spec.tasks.contains(&set.answers[*i].task) && taught[*i].is_some())
                .collect();
            let errors = match self.recipe.label.target {
                CopyTarget::Validation => self.validation_errors(&model)?,
                CopyTarget::Difference | CopyTarget::Wrong => Errors::default(),
            };
            let logits = model.logits(set, &rows, |_| {})?;
            for (i, logits) in rows.into_iter().zip(logits) {
                let head = model.head(set.answers[i].task);
                let own = head.probabilities(&logits, 1.0);
                let Some(teacher) = taught[i] else { continue };
                places.push(i);
                differences.push(match self.recipe.label.target {
                    CopyTarget::Difference => head.kind.difference(&own, teacher),
                    CopyTarget::Wrong => f64::from(u8::from(missed(head, &own, &set.answers[i].target))),
                    CopyTarget::Validation => {
                        head.kind.difference(&own, teacher) * errors.share(set.answers[i].task, head, teacher)
                    }
                });
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a checked share of a count"
        )]
        let (total, most) = ((share * places.len() as f64).round() as usize, FOCUS * share.ceil() as usize);
        let counts = allocated(&differences, total, most);
        let counts = places.into_iter().zip(counts).filter(|(_, n)| *n > 0).collect();
        let made = Counts { key, counts };
        files::write_json(&file, &made)?;
        Ok(made.counts)
    }
}

/// How often a student is wrong about validation answers: by task and class, (wrong, all).
#[derive(Default)]
struct Errors(BTreeMap<(usize, Option<usize>), (usize, usize)>);

impl Errors {
    /// The share of wrong ones among the answers of the class that the teacher awards, with one right and one wrong
    /// answer more, since a class may have none.
    fn share(&self, task: usize, head: &TaskHead, teacher: &[f32]) -> f64 {
        let class = head.award(&head.plain_thresholds(), teacher).index();
        let (wrong, all) = self.0.get(&(task, class)).copied().unwrap_or_default();
        (wrong as f64 + 1.0) / (all as f64 + 2.0)
    }
}

/// Whether an answer has a human score, and probabilities award another one.
fn missed(head: &TaskHead, probabilities: &[f32], truth: &Target) -> bool {
    *truth != Target::Missing && head.award(&head.plain_thresholds(), probabilities) != *truth
}

impl Pipeline {
    /// The errors of a first student on validation answers.
    fn validation_errors(&self, model: &Model) -> Result<Errors> {
        let (set, mut errors) = (&self.corpus.train, Errors::default());
        let graded = |i: &usize| {
            let answer = &set.answers[*i];
            model.tasks.contains(&answer.task) && answer.target != Target::Missing
        };
        let rows: Vec<usize> = self.corpus.split.validation.iter().copied().filter(graded).collect();
        for (i, logits) in rows.iter().zip(model.logits(set, &rows, |_| {})?) {
            let answer = &set.answers[*i];
            let head = model.head(answer.task);
            let counts = errors.0.entry((answer.task, answer.target.index())).or_default();
            counts.0 += usize::from(missed(head, &head.probabilities(&logits, 1.0), &answer.target));
            counts.1 += 1;
        }
        Ok(errors)
    }
}

impl Targeted {
    /// What was copied, as a section in Markdown.
    pub(super) fn section(&self, train: &Dataset, training: &[usize]) -> String {
        let mut page = String::from(
            "## Targeted copies\n\nCopies of the answers on which a first student and its teacher differ most.\n\n\
             | task | answers | copied | most copies of one | copies | left out |\n|---|---:|---:|---:|---:|---:|\n",
        );
        for (task, data) in train.tasks.iter().enumerate() {
            let own: Vec<usize> = self
                .counts
                .iter()
                .filter(|(i, _)| train.answers[**i].task == task)
                .map(|(_, n)| *n)
                .collect();
            // Writing to a string cannot fail.
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} |",
                data.id.replace('|', "\\|"),
                training.iter().filter(|i| train.answers[**i].task == task).count(),
                own.len(),
                own.iter().max().copied().unwrap_or_default(),
                self.copies.0.of_task(task).count(),
                self.left_out[task]
            );
        }
        page + "\n"
    }
}

/// Divides `total` among answers in proportion to their differences, with at most `most` for each: whole numbers by
/// largest remainder, the first of equals. What the limit cuts off goes to the others.
fn allocated(differences: &[f64], total: usize, most: usize) -> Vec<usize> {
    let mut counts = vec![0; differences.len()];
    let mut left = total.min(most.saturating_mul(differences.len()));
    let mut open: Vec<usize> = (0..differences.len()).collect();
    while left > 0 && !open.is_empty() {
        let sum: f64 = open.iter().map(|i| differences[*i]).sum();
        let share =
            |i: usize| left as f64 * if sum > 0.0 { differences[i] / sum } else { 1.0 / open.len() as f64 };
        let full: Vec<usize> = open.iter().copied().filter(|i| share(*i) >= most as f64).collect();
        if full.is_empty() {
            let shares: Vec<f64> = open.iter().map(|i| share(*i)).collect();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below `most`")]
            open.iter().zip(&shares).for_each(|(i, share)| counts[*i] = share.floor() as usize);
            let mut order: Vec<usize> = (0..open.len()).collect();
            order.sort_by(|a, b| shares[*b].fract().total_cmp(&shares[*a].fract()).then(a.cmp(b)));
            let given: usize = open.iter().map(|i| counts[*i]).sum();
            order.into_iter().take(left.saturating_sub(given)).for_each(|place| counts[open[place]] += 1);
            break;
        }
        full.iter().for_each(|i| counts[*i] = most);
        left = left.saturating_sub(most * full.len());
        open.retain(|i| counts[*i] == 0);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn copies_follow_the_differences_up_to_the_limit() {
        assert_eq!(allocated(&[0.1, 0.3, 0.0, 0.6], 10, 8), [1, 3, 0, 6]);
        // 6 of the last one are cut to 4, and the others share the rest.
        assert_eq!(allocated(&[0.1, 0.3, 0.0, 0.6], 10, 4), [2, 4, 0, 4]);
        assert_eq!(allocated(&[0.0, 0.0, 0.0], 4, 8), [2, 1, 1]);
        assert_eq!(allocated(&[1.0, 0.0], 10, 3), [3, 3]);
        assert_eq!(allocated(&[], 10, 3), [0usize; 0]);
        assert_eq!(allocated(&[0.5, 0.5], 3, 8), [2, 1]);
    }

    proptest! {
        #[test]
        fn every_copy_is_given_and_larger_differences_get_no_fewer(
            differences in proptest::collection::vec(0.0..1.0f64, 0..40),
            total in 0usize..200,
            most in 1usize..20,
        ) {
            let counts = allocated(&differences, total, most);
            prop_assert_eq!(counts.iter().sum::<usize>(), total.min(most * differences.len()));
            for (a, n) in differences.iter().zip(&counts) {
                prop_assert!(*n <= most);
                for (b, m) in differences.iter().zip(&counts) {
                    prop_assert!(a <= b || n >= m, "{a} has {n}, {b} has {m}");
                }
            }
        }
    }
}
