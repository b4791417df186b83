//! Made-up answers for the training part: attacks with the score that they must have.

use crate::attack::{self, Kind, Outcome, Part, Pool, Question, Verdicts};
use crate::data::{Answer, Dataset, Target};
use crate::ops::dropout::derive;
use crate::overlap::Reserved;
use crate::random;
use crate::recipe::NegativesRecipe;
use crate::tokenizer::normalized;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;

/// How many draws are made for each answer that is wanted, before fewer are accepted: not every kind can make something
/// of every answer.
const DRAWS: usize = 8;

/// What models read of an answer, as a key: its task, its reference, its text.
type Read = (usize, String, String);

/// Makes answers from the graded answers of the training part, as many for each task as the recipe says; fewer where
/// nothing can be made of a task's answers.
///
/// Templates, words and pairs of words are those of [`Part::Train`]. A text that is a validation or test answer, or a
/// graded answer of the training part, is not made, and no text is made twice.
#[must_use]
pub fn made(
    recipe: &NegativesRecipe,
    train: &Dataset,
    rows: &[usize],
    reserved: &Reserved,
    pairs: bool,
    seed: u64,
) -> Vec<Answer> {
    if recipe.is_none() {
        return Vec::new();
    }
    let graded = || rows.iter().map(|i| &train.answers[*i]).filter(|a| a.target != Target::Missing);
    let read = |a: &Answer| -> Read {
        let reference = a.reference.as_deref().filter(|_| pairs).map(normalized).unwrap_or_default();
        (a.task, reference, normalized(&a.text))
    };
    let mut known: HashSet<Read> = graded().map(&read).collect();
    let pool = Pool::new(&train.tasks, graded(), pairs);
    let kinds: Vec<(&Kind, f64)> = attack::KINDS
        .iter()
        .map(|kind| (kind, recipe.share(kind.name)))
        .filter(|(_, share)| *share > 0.0)
        .collect();
    let mut answers = Vec::new();
    for (task, data) in train.tasks.iter().enumerate() {
        let Some(verdicts) = Verdicts::of(data) else { continue };
        let questions: Vec<(usize, &Question<'_>)> =
            pool.questions.iter().enumerate().filter(|(_, question)| question.task == task).collect();
        let sources: usize = questions.iter().map(|(_, question)| question.answers.len()).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of answers")]
        let wanted = (recipe.rate * sources as f64).round() as usize;
        let mut rng = random::generator(derive(seed, task as u64));
        let mut count = 0;
        for draw in 0..wanted.saturating_mul(DRAWS) {
            if count == wanted {
                break;
            }
            let kind = drawn(&kinds, &mut rng);
            let (place, question) = of_answers(&questions, rng.random_range(0..sources));
            let own = derive(derive(seed, 1 + task as u64), draw as u64);
            let Some((text, target)) = attacked(kind, (&pool, place, question), &verdicts, own, &mut rng)
            else {
                continue;
            };
            let first = question.answers[0];
            let answer = Answer {
                id: format!("made-up {}", answers.len() + 1),
                task,
                text,
                reference: first.reference.clone(),
                question: first.question.clone(),
                target,
                second: Target::Missing,
                group: None,
                split_key: None,
            };
            if !reserved.holds(&answer) && known.insert(read(&answer)) {
                answers.push(answer);
                count += 1;
            }
        }
    }
    answers
}

/// A kind, by its share.
fn drawn<'a>(kinds: &[(&'a Kind, f64)], rng: &mut ChaCha8Rng) -> &'a Kind {
    let all: f64 = kinds.iter().map(|(_, share)| share).sum();
    let mut left = rng.random::<f64>() * all;
    for (kind, share) in kinds {
        left -= share;
        if left < 0.0 {
            return kind;
        }
    }
    kinds[kinds.len() - 1].0
}

/// The question of the answer at this place among all answers: questions with more answers are drawn more often.
fn of_answers<'q, 'a>(
    questions: &[(usize, &'q Question<'a>)],
    mut place: usize,
) -> (usize, &'q Question<'a>) {
    for (n, question) in questions {
        if place < question.answers.len() {
            return (*n, question);
        }
        place -= question.answers.len();
    }
    questions[questions.len() - 1]
}

/// An attack of this kind on an answer to the question, and its score.
fn attacked(
    kind: &Kind,
    (pool, place, question): (&Pool<'_>, usize, &Question<'_>),
    verdicts: &Verdicts,
    seed: u64,
    rng: &mut ChaCha8Rng,
) -> Option<(String, Target)> {
    if kind.english && !question.english {
        return None;
    }
    let elsewhere = pool.elsewhere(place, seed);
    let (answer, target) = match kind.outcome {
        Outcome::Opposite | Outcome::Wrong => {
            let right = one(&question.right, rng)?;
            (*right, verdicts.stated(kind.outcome)?.clone())
        }
        // Half of what keeps its score is right, as nearly all of what loses it was: a change says nothing by itself.
        Outcome::Same if rng.random() => (*one(&question.right, rng)?, verdicts.best.clone()),
        Outcome::Same => {
            let answer = one(&question.answers, rng)?;
            (answer.text.as_str(), answer.target.clone())
        }
        Outcome::NotBetter => (*one(&question.wrong, rng)?, verdicts.worst.clone()),
    };
    Some((kind.make(&question.source(answer, &elsewhere), Part::Train, seed)?, target))
}

/// One of these, if there are any.
fn one<'t, T>(of: &'t [T], rng: &mut ChaCha8Rng) -> Option<&'t T> {
    if of.is_empty() { None } else { Some(&of[rng.random_range(0..of.len())]) }
}
