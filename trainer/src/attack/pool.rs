//! Graded answers by question, from which attacks are made.

use super::words::{looks_english, words};
use super::{Outcome, Source};
use crate::data::{Answer, Target, TaskData};
use crate::random;
use crate::tokenizer::normalized;
use pupil_metrics::ScoreKind;
use rand::Rng;
use std::collections::HashMap;

/// The best, the worst and the contradictory score of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdicts {
    /// Full marks.
    pub best: Target,
    /// What an answer gets that does not answer the question.
    pub worst: Target,
    /// What an answer gets that contradicts the right one; the worst where the task has no such class.
    pub opposite: Target,
}

/// Names of classes, in lower case, that are the best one.
const BEST: [&str; 6] = ["correct", "right", "true", "yes", "entailment", "full"];
/// Names of classes that are the worst one, the first that a task has.
const WORST: [&str; 9] =
    ["incorrect", "wrong", "false", "no", "irrelevant", "non_domain", "neutral", "other", "none"];
/// Names of classes for what contradicts.
const OPPOSITE: [&str; 3] = ["contradictory", "contradiction", "contradicts"];

impl Verdicts {
    /// Those of a task: the highest and the lowest level; all labels and none; of classes those with a known name, such
    /// as `correct`, `incorrect` and `contradictory`, or the last and the first one if their names are rising numbers.
    /// `None` if there is no such class.
    #[must_use]
    pub fn of(task: &TaskData) -> Option<Self> {
        let last = task.labels.len() - 1;
        let (best, worst, opposite) = match task.head.scores() {
            ScoreKind::Level => (Target::Level(last), Target::Level(0), None),
            ScoreKind::Labels => {
                let all = |award| Target::Labels(vec![award; task.labels.len()]);
                (all(true), all(false), None)
            }
            ScoreKind::Class if is_rising(&task.labels) => (Target::Class(last), Target::Class(0), None),
            ScoreKind::Class => {
                let find = |names: &[&str]| {
                    let class =
                        |name: &&str| task.labels.iter().position(|label| label.to_lowercase() == *name);
                    names.iter().find_map(class).map(Target::Class)
                };
                let (best, opposite) = (find(&BEST)?, find(&OPPOSITE));
                let worst = find(&WORST).or_else(|| opposite.clone())?;
                (best, worst, opposite)
            }
        };
        Some(Self { opposite: opposite.unwrap_or_else(|| worst.clone()), best, worst })
    }

    /// The score that an attack's text has, if its outcome states one alone.
    #[must_use]
    pub fn stated(&self, outcome: Outcome) -> Option<&Target> {
        match outcome {
            Outcome::Opposite => Some(&self.opposite),
            Outcome::Wrong => Some(&self.worst),
            Outcome::Same | Outcome::NotBetter => None,
        }
    }

    /// The row of a report for an answer that a person gave this score: `real-right`, `real-contradictory` where the
    /// task has such a class, `real-wrong`; none where the answer is neither.
    #[must_use]
    pub fn of_person(&self, task: &TaskData, target: &Target) -> Option<&'static str> {
        if *target == self.best {
            Some("real-right")
        } else if *target == self.opposite && self.opposite != self.worst {
            Some("real-contradictory")
        } else {
            self.is_wrong(task, target).then_some("real-wrong")
        }
    }

    /// Whether an answer with this score is wrong as a whole: neither the best class nor one that is called partial;
    /// the lowest level; no label.
    #[must_use]
    pub fn is_wrong(&self, task: &TaskData, target: &Target) -> bool {
        match target {
            Target::Missing => false,
            Target::Class(_) if is_rising(&task.labels) => *target == self.worst,
            Target::Class(class) => {
                *target != self.best && !task.labels[*class].to_lowercase().starts_with("part")
            }
            Target::Level(_) | Target::Labels(_) => *target == self.worst,
        }
    }
}

/// Whether the names of classes are numbers, the lowest first.
fn is_rising(labels: &[String]) -> bool {
    let numbers: Vec<i32> = labels.iter().filter_map(|label| label.parse().ok()).collect();
    numbers.len() == labels.len() && numbers.windows(2).all(|pair| pair[0] < pair[1])
}

/// The answers to one question.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// Index of its task.
    pub task: usize,
    /// The reference answer, where models read one.
    pub reference: Option<&'a str>,
    /// Its text, if the data have it.
    pub text: Option<&'a str>,
    /// Whether its answers look like English.
    pub english: bool,
    /// Right answers: the reference first, then those with the best score.
    pub right: Vec<&'a str>,
    /// Wrong answers.
    pub wrong: Vec<&'a str>,
    /// All graded answers.
    pub answers: Vec<&'a Answer>,
}

/// Graded answers by question: by task and reference answer for models that read a reference, otherwise by task.
#[derive(Clone, Debug)]
pub struct Pool<'a> {
    /// The questions, in the order of their first answer.
    pub questions: Vec<Question<'a>>,
}

/// A question that is shorter than this is taken for a name.
const FEWEST_WORDS: usize = 3;
/// Most right answers of other questions that a source has.
const MOST_ELSEWHERE: usize = 40;

impl<'a> Pool<'a> {
    /// Groups graded answers. Answers to tasks without [`Verdicts`] are left out.
    pub fn new(tasks: &[TaskData], answers: impl IntoIterator<Item = &'a Answer>, pairs: bool) -> Self {
        let verdicts: Vec<Option<Verdicts>> = tasks.iter().map(Verdicts::of).collect();
        let mut places: HashMap<(usize, String), usize> = HashMap::new();
        let mut questions: Vec<Question<'a>> = Vec::new();
        for answer in answers {
            let Some(verdicts) = verdicts[answer.task].as_ref().filter(|_| answer.target != Target::Missing)
            else {
                continue;
            };
            let reference = answer.reference.as_deref().filter(|_| pairs);
            let place = *places
                .entry((answer.task, reference.map(normalized).unwrap_or_default()))
                .or_insert(questions.len());
            if place == questions.len() {
                let right = reference.into_iter().filter(|text| !text.trim().is_empty()).collect();
                let (text, english, wrong, answers) = (None, false, Vec::new(), Vec::new());
                questions.push(Question {
                    task: answer.task,
                    reference,
                    text,
                    english,
                    right,
                    wrong,
                    answers,
                });
            }
            let question = &mut questions[place];
            question.text =
                question.text.or(answer.question.as_deref().filter(|text| words(text).len() >= FEWEST_WORDS));
            if !answer.text.trim().is_empty() {
                if answer.target == verdicts.best {
                    question.right.push(&answer.text);
                } else if verdicts.is_wrong(&tasks[answer.task], &answer.target) {
                    question.wrong.push(&answer.text);
                }
            }
            question.answers.push(answer);
        }
        for question in &mut questions {
            let own = question.answers.iter().map(|answer| answer.text.as_str());
            question.english = looks_english(own.chain(question.right.iter().copied()).take(200));
        }
        Self { questions }
    }

    /// Right answers to other questions than the one at this place, drawn by the seed.
    #[must_use]
    pub fn elsewhere(&self, question: usize, seed: u64) -> Vec<&'a str> {
        let mut rng = random::generator(seed);
        let others: Vec<&Question<'a>> = self
            .questions
            .iter()
            .enumerate()
            .filter(|(place, other)| *place != question && !other.right.is_empty())
            .map(|(_, other)| other)
            .collect();
        if others.is_empty() {
            return Vec::new();
        }
        let drawn = (0..MOST_ELSEWHERE).map(|_| {
            let right = &others[rng.random_range(0..others.len())].right;
            right[rng.random_range(0..right.len())]
        });
        drawn.collect()
    }
}

impl<'a> Question<'a> {
    /// A source of attacks on one of the answers, with right answers from [`Pool::elsewhere`].
    #[must_use]
    pub fn source<'s>(&'s self, answer: &'s str, elsewhere: &'s [&'a str]) -> Source<'s> {
        Source {
            answer,
            question: self.text,
            reference: self.reference,
            right: &self.right,
            wrong: &self.wrong,
            elsewhere,
        }
    }
}
