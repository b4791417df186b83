//! Made students with known mastery and misconceptions, who choose options.
//!
//! Each wrong option of a question is what one misconception leads to. A student who knows the skill chooses the right
//! option but for slips; one who does not chooses an option of a misconception that they hold, if there is one, and
//! guesses otherwise. Nothing is learned on the way. All numbers are set here, none come from real students.

use super::{Choice, Choices, Item};
use crate::random;
use rand::Rng;

/// Skills, as their questions name them.
const SKILLS: [&str; 6] = ["add", "subtract", "multiply", "divide", "compare", "round"];

/// Misconceptions, as options name what they lead to.
pub const MISCONCEPTIONS: [&str; 6] = [
    "works on numerators and denominators apart",
    "takes longer numbers for larger ones",
    "forgets to carry",
    "swaps the two numbers",
    "ignores the sign",
    "counts the places wrongly",
];

const PER_SKILL: usize = 8;
const WRONG: usize = 3;

/// What is true of a student.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Which skills the student knows.
    pub skills: [bool; SKILLS.len()],
    /// Which misconceptions the student holds.
    pub misconceptions: [bool; MISCONCEPTIONS.len()],
}

/// The questions, and the misconception behind each option of each, none behind the right one.
#[must_use]
pub fn items() -> (Vec<Item>, Vec<Vec<Option<usize>>>) {
    let mut rng = random::generator(20_261_128);
    let (mut items, mut causes) = (Vec::new(), Vec::new());
    for skill in SKILLS {
        for n in 1..=PER_SKILL {
            let order = random::permutation(MISCONCEPTIONS.len(), rng.random());
            let mut own: Vec<Option<usize>> = order.into_iter().take(WRONG).map(Some).collect();
            let correct = rng.random_range(0..=WRONG);
            own.insert(correct, None);
            let text = |cause: &Option<usize>| match cause {
                Some(cause) => format!("the result of one who {}", MISCONCEPTIONS[*cause]),
                None => "the right result".to_owned(),
            };
            items.push(Item {
                id: format!("{skill}-{n}"),
                text: format!("Task {n}: {skill} the numbers."),
                options: own.iter().map(text).collect(),
                correct,
            });
            causes.push(own);
        }
    }
    (items, causes)
}

/// Students and what is true of them; each answers so many random questions.
#[must_use]
pub fn students(count: usize, answers: usize, seed: u64) -> (Choices, Vec<Truth>) {
    let (items, causes) = items();
    let (mut students, mut truths) = (Vec::new(), Vec::new());
    for n in 0..count as u64 {
        let mut rng = random::generator(seed.wrapping_mul(1_000_003).wrapping_add(n));
        let able = rng.random_range(0.2..0.8);
        let truth = Truth {
            skills: std::array::from_fn(|_| rng.random_bool(able)),
            misconceptions: std::array::from_fn(|_| rng.random_bool(0.3)),
        };
        let mut choices = Vec::new();
        for _ in 0..answers {
            let item = rng.random_range(0..items.len());
            let any = rng.random_range(0..=WRONG);
            let held =
                |option: &usize| causes[item][*option].is_some_and(|cause| truth.misconceptions[cause]);
            let option = if truth.skills[item / PER_SKILL] {
                if rng.random_bool(0.9) { items[item].correct } else { any }
            } else {
                let held: Vec<usize> = (0..=WRONG).filter(held).collect();
                if held.is_empty() || rng.random_bool(0.15) {
                    any
                } else {
                    held[rng.random_range(0..held.len())]
                }
            };
            choices.push(Choice { item, option });
        }
        students.push(choices);
        truths.push(truth);
    }
    (Choices { items, students }, truths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lacks_a_skill_and_holds_a_misconception_chooses_its_option() {
        let (choices, truths) = students(400, 30, 1);
        assert_eq!(students(400, 30, 1).0, choices);
        let (_, causes) = items();
        let (mut held, mut known) = ((0.0, 0.0), (0.0, 0.0));
        for (choices, truth) in choices.students.iter().zip(&truths) {
            for choice in choices {
                let chosen = causes[choice.item][choice.option];
                if truth.skills[choice.item / PER_SKILL] {
                    known.0 += f64::from(u8::from(chosen.is_none()));
                    known.1 += 1.0;
                } else if causes[choice.item].iter().flatten().any(|cause| truth.misconceptions[*cause]) {
                    held.0 += f64::from(u8::from(chosen.is_some_and(|cause| truth.misconceptions[cause])));
                    held.1 += 1.0;
                }
            }
        }
        assert!((known.0 / known.1 - 0.925f64).abs() < 0.02 && held.0 / held.1 > 0.8, "{known:?} {held:?}");
    }
}
