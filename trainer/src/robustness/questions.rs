//! The test answers that attacks are made from.

use crate::attack::{Pool, Verdicts};
use crate::corpus::Corpus;
use crate::data::{Answer, Dataset, TaskData};
use crate::head::HeadKind;
use crate::tokenizer::normalized;
use pupil_core::Scorer;
use pupil_core::format::manifest::{Input, Task};
use std::collections::HashSet;

/// Test answers of the tasks of a file, by question.
#[derive(Clone, Debug)]
pub struct Questions<'a> {
    /// The tasks.
    pub tasks: Vec<TaskData>,
    /// The answers to attack.
    pub pool: Pool<'a>,
    /// Whether each task reads a reference answer.
    pub pairs: Vec<bool>,
    /// How many questions of test answers are left out, since training has them.
    pub seen: usize,
    /// Whether it is known which questions training has.
    pub known: bool,
    /// Whether the model has learned from the answers themselves, for want of test answers.
    pub learned: bool,
}

/// The tasks of a file, as a data set has them.
#[must_use]
pub fn tasks_of(scorer: &Scorer) -> Vec<TaskData> {
    scorer.tasks().map(task_of).collect()
}

fn task_of(task: &Task) -> TaskData {
    let head = HeadKind::of_file(task.head.kind);
    TaskData {
        id: task.id.clone(),
        name: task.name.clone(),
        head,
        labels: task.labels.iter().map(|label| label.name.clone()).collect(),
        points: if head.is_ordered() { task.points().unwrap_or_default() } else { Vec::new() },
    }
}

impl<'a> Questions<'a> {
    /// Those of a recipe's test sets. A question that the training part has is left out where its task has others. In
    /// cross-validation, where the exported model learns from all answers, those of the training file.
    #[must_use]
    pub fn of_corpus(scorer: &Scorer, corpus: &'a Corpus) -> Self {
        let training = &corpus.train;
        let key = |answer: &Answer, id: &str| -> (String, String) {
            (id.to_owned(), answer.reference.as_deref().map(normalized).unwrap_or_default())
        };
        let id = |answer: &Answer| training.tasks[answer.task].id.as_str();
        let trained: HashSet<(String, String)> = training.answers.iter().map(|a| key(a, id(a))).collect();
        let answers: Vec<&Answer> = corpus.tests.values().flat_map(|set| &set.answers).collect();
        if answers.is_empty() {
            let own: Vec<&Answer> = training.answers[..corpus.made.start].iter().collect();
            return Self { learned: true, ..Self::new(scorer, &training.tasks, &own, Some(&|_| true)) };
        }
        Self::new(
            scorer,
            &training.tasks,
            &answers,
            Some(&|answer| trained.contains(&key(answer, id(answer)))),
        )
    }

    /// Those of the validation part of a recipe; a question that the training part has is left out where its task has
    /// others.
    #[must_use]
    pub fn of_validation(scorer: &Scorer, corpus: &'a Corpus) -> Self {
        let (data, split) = (&corpus.train, &corpus.split);
        let key = |answer: &Answer| (answer.task, answer.reference.as_deref().map(normalized));
        let trained: HashSet<_> = split.train.iter().map(|i| key(&data.answers[*i])).collect();
        let own: Vec<&Answer> = split.validation.iter().map(|i| &data.answers[*i]).collect();
        Self::new(scorer, &data.tasks, &own, Some(&|answer| trained.contains(&key(answer))))
    }

    /// Those of a data set that was read against the tasks of the file; nothing is known about training.
    #[must_use]
    pub fn of_set(scorer: &Scorer, set: &'a Dataset) -> Self {
        Self::new(scorer, &set.tasks, &set.answers.iter().collect::<Vec<_>>(), None)
    }

    fn new(
        scorer: &Scorer,
        tasks: &[TaskData],
        answers: &[&'a Answer],
        trained: Option<&dyn Fn(&Answer) -> bool>,
    ) -> Self {
        let in_file: Vec<Option<&Task>> = tasks
            .iter()
            .map(|task| {
                let same = |own: &&Task| {
                    own.labels.len() == task.labels.len()
                        && own.labels.iter().zip(&task.labels).all(|(own, label)| own.name == *label)
                        && Verdicts::of(task).is_some()
                };
                scorer.task(&task.id).filter(same)
            })
            .collect();
        let pairs: Vec<bool> =
            in_file.iter().map(|task| task.is_some_and(|t| t.input == Input::Pair)).collect();
        let usable = |answer: &&Answer| {
            in_file[answer.task].is_some() && (!pairs[answer.task] || answer.reference.is_some())
        };
        let usable: Vec<&'a Answer> = answers.iter().copied().filter(usable).collect();
        let is_trained = |answer: &Answer| pairs[answer.task] && trained.is_some_and(|known| known(answer));
        let fresh: HashSet<usize> = usable.iter().filter(|a| !is_trained(a)).map(|a| a.task).collect();
        let left_out = |answer: &&Answer| fresh.contains(&answer.task) && is_trained(answer);
        let distinct = |answers: &mut dyn Iterator<Item = &&'a Answer>| -> usize {
            answers.map(|a| (a.task, a.reference.as_deref().map(normalized))).collect::<HashSet<_>>().len()
        };
        let seen = distinct(&mut usable.iter().filter(|a| left_out(a)));
        let kept: Vec<&'a Answer> = usable.into_iter().filter(|a| !left_out(a)).collect();
        // Answers of one task either all have a reference that is read or none has one.
        let mut pool = Pool::new(tasks, kept.iter().copied().filter(|a| !pairs[a.task]), false);
        pool.questions
            .extend(Pool::new(tasks, kept.iter().copied().filter(|a| pairs[a.task]), true).questions);
        Self { tasks: tasks.to_vec(), pool, pairs, seen, known: trained.is_some(), learned: false }
    }

    /// Keeps the questions of some tasks alone.
    #[must_use]
    pub fn only(mut self, tasks: &[&str]) -> Self {
        let all = &self.tasks;
        self.pool.questions.retain(|question| tasks.contains(&all[question.task].id.as_str()));
        self
    }

    /// Whether there is no question.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pool.questions.is_empty()
    }

    /// Number of graded answers.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.pool.questions.iter().map(|question| question.answers.len()).sum()
    }
}
