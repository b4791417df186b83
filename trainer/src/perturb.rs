//! Perturbed copies of answers, for a teacher to label.

use crate::corpus::Corpus;
use crate::data::{Answer, Dataset, Target};
use crate::ops::dropout::derive;
use crate::random;
use pupil_core::tokenizer::spaced;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Makes perturbed copies of the training part, as additional answers for a teacher to label.
///
/// Each copy omits words, or is a part of the answer, or joins parts of two answers to the task, or has typing errors.
/// No copy has a human score. A copy that is the same as a reserved answer is left out; the number of those is returned
/// with the copies.
#[must_use]
pub fn perturbed(corpus: &Corpus, copies: usize, seed: u64) -> (Dataset, usize) {
    let (mut answers, mut left_out) = (Vec::new(), 0);
    for task in 0..corpus.train.tasks.len() {
        let pool: Vec<&Answer> =
            corpus.split.train.iter().map(|i| &corpus.train.answers[*i]).filter(|a| a.task == task).collect();
        let mut rng = random::generator(derive(seed, task as u64));
        for copy in 0..copies {
            for answer in &pool {
                let partner = pool[rng.random_range(0..pool.len())];
                let copy = Answer {
                    id: format!("{}~{}", answer.id, copy + 1),
                    text: perturb(&answer.text, &partner.text, &mut rng),
                    target: Target::Missing,
                    second: Target::Missing,
                    ..(*answer).clone()
                };
                if corpus.reserved.holds(&copy) {
                    left_out += 1;
                } else {
                    answers.push(copy);
                }
            }
        }
    }
    let mut name = format!("{} perturbed {copies} {seed}", corpus.train.blake3);
    if left_out > 0 || !corpus.left_out.unscored.is_empty() {
        let kept: Vec<&str> = answers.iter().map(|a| a.id.as_str()).collect();
        name += &format!(" {kept:?}");
    }
    let set = Dataset {
        tasks: corpus.train.tasks.clone(),
        answers,
        blake3: blake3::hash(name.as_bytes()).to_hex().to_string(),
        notes: Vec::new(),
    };
    (set, left_out)
}

fn perturb(text: &str, partner: &str, rng: &mut ChaCha8Rng) -> String {
    let (text, partner) = (&*spaced(text), &*spaced(partner));
    let words: Vec<&str> = text.split_whitespace().collect();
    let others: Vec<&str> = partner.split_whitespace().collect();
    let changed: Vec<String> = match rng.random_range(0..4) {
        0 => words.iter().filter(|_| rng.random::<f32>() >= 0.2).map(ToString::to_string).collect(),
        1 if words.len() > 2 => {
            let keep = (words.len() * rng.random_range(4..10)).div_ceil(10);
            let start = rng.random_range(0..=words.len() - keep);
            words[start..start + keep].iter().map(ToString::to_string).collect()
        }
        2 if words.len() > 2 && others.len() > 2 => {
            let (a, b) = (rng.random_range(1..words.len()), rng.random_range(1..others.len()));
            words[..a].iter().chain(&others[b..]).map(ToString::to_string).collect()
        }
        _ => words
            .iter()
            .map(|w| if rng.random::<f32>() < 0.15 { mistype(w, rng) } else { w.to_string() })
            .collect(),
    };
    if changed.is_empty() { text.to_owned() } else { changed.join(" ") }
}

fn mistype(word: &str, rng: &mut ChaCha8Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 3 {
        return word.to_owned();
    }
    let at = rng.random_range(0..letters.len() - 1);
    match rng.random_range(0..3) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        _ => letters.insert(at, letters[at]),
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perturbed_text_changes_and_follows_from_the_seed() {
        let (text, partner) = ("the gas grows because it is warm", "heat moves the small particles apart");
        let run = |seed| {
            let mut rng = random::generator(seed);
            (0..20).map(|_| perturb(text, partner, &mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let changed = run(3).iter().filter(|t| *t != text).count();
        assert!(changed >= 10, "{changed} of 20 changed");
        assert_eq!(perturb("", partner, &mut random::generator(1)), "");
    }

    #[test]
    fn mistyped_word_keeps_most_letters() {
        let mut rng = random::generator(5);
        for _ in 0..50 {
            let typed = mistype("balloon", &mut rng);
            assert!((6..=8).contains(&typed.chars().count()), "{typed}");
        }
        assert_eq!(mistype("it", &mut rng), "it");
    }
}
