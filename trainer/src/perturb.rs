//! Perturbed copies of answers, for a teacher to label.

use crate::corpus::Corpus;
use crate::data::{Answer, Dataset, Target};
use crate::ops::dropout::derive;
use crate::random;
use crate::script::{Unit, units};
use pupil_core::tokenizer::spaced;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Makes perturbed copies of the training part, as additional answers for a teacher to label.
///
/// Each copy omits words, or is a part of the answer, or joins parts of two answers to the task, or has typing errors.
/// In scripts without spaces, each character counts as a word.
/// No copy has a human score. A copy that is the same as a reserved answer is left out; the number of those is returned
/// with the copies.
#[must_use]
pub fn perturbed(corpus: &Corpus, copies: usize, seed: u64) -> (Dataset, usize) {
    let (answers, left_out) = copied(corpus, &|_| copies, "~", seed);
    let left_out = left_out.iter().sum();
    let mut name = format!("{} perturbed {copies} {seed}", corpus.train.blake3);
    if left_out > 0 || !corpus.left_out.unscored.is_empty() {
        let kept: Vec<&str> = answers.iter().map(|a| a.id.as_str()).collect();
        name += &format!(" {kept:?}");
    }
    (named(corpus, answers, &name), left_out)
}

/// Makes perturbed copies of some answers of the training part, by their index, as [`perturbed`] does. The number of
/// copies that are left out is returned for each task.
#[must_use]
pub fn targeted(corpus: &Corpus, counts: &BTreeMap<usize, usize>, seed: u64) -> (Dataset, Vec<usize>) {
    let count = |i: usize| counts.get(&i).copied().unwrap_or_default();
    let (answers, left_out) = copied(corpus, &count, "~t", seed);
    let kept: Vec<&str> = answers.iter().map(|a| a.id.as_str()).collect();
    let name = format!("{} targeted {counts:?} {seed} {kept:?}", corpus.train.blake3);
    (named(corpus, answers, &name), left_out)
}

/// Copies, in rounds over the answers of each task, and the number of those left out of each task. An id is that of the
/// answer, a mark and the number of the copy.
fn copied(
    corpus: &Corpus,
    count: &dyn Fn(usize) -> usize,
    mark: &str,
    seed: u64,
) -> (Vec<Answer>, Vec<usize>) {
    let (mut answers, mut left_out) = (Vec::new(), vec![0; corpus.train.tasks.len()]);
    for (task, left_out) in left_out.iter_mut().enumerate() {
        let mut pool = corpus.split.train.clone();
        pool.retain(|i| corpus.train.answers[*i].task == task);
        let mut rng = random::generator(derive(seed, task as u64));
        let rounds = pool.iter().map(|i| count(*i)).max().unwrap_or_default();
        for copy in 0..rounds {
            for i in pool.iter().filter(|i| copy < count(**i)) {
                let answer = &corpus.train.answers[*i];
                let partner = &corpus.train.answers[pool[rng.random_range(0..pool.len())]];
                let copy = Answer {
                    id: format!("{}{mark}{}", answer.id, copy + 1),
                    text: perturb(&answer.text, &partner.text, &mut rng),
                    target: Target::Missing,
                    second: Target::Missing,
                    ..answer.clone()
                };
                if corpus.reserved.holds(&copy) {
                    *left_out += 1;
                } else {
                    answers.push(copy);
                }
            }
        }
    }
    (answers, left_out)
}

/// Copies as a data set, whose hash is that of a text which determines them.
fn named(corpus: &Corpus, answers: Vec<Answer>, text: &str) -> Dataset {
    Dataset {
        tasks: corpus.train.tasks.clone(),
        answers,
        blake3: blake3::hash(text.as_bytes()).to_hex().to_string(),
        notes: Vec::new(),
    }
}

fn perturb(text: &str, partner: &str, rng: &mut ChaCha8Rng) -> String {
    let (text, partner) = (&*spaced(text), &*spaced(partner));
    let (words, others) = (units(text), units(partner));
    let changed: Vec<(Unit<'_>, String)> = match rng.random_range(0..4) {
        0 => words.iter().filter(|_| rng.random::<f32>() >= 0.2).map(same).collect(),
        1 if words.len() > 2 => {
            let keep = (words.len() * rng.random_range(4..10)).div_ceil(10);
            let start = rng.random_range(0..=words.len() - keep);
            words[start..start + keep].iter().map(same).collect()
        }
        2 if words.len() > 2 && others.len() > 2 => {
            let (a, b) = (rng.random_range(1..words.len()), rng.random_range(1..others.len()));
            words[..a].iter().chain(&others[b..]).map(same).collect()
        }
        _ => {
            let typed =
                |w: &Unit<'_>| if rng.random::<f32>() < 0.15 { mistype(w, rng) } else { w.text.to_owned() };
            words.iter().copied().zip(words.iter().map(typed)).collect()
        }
    };
    let mut out = String::new();
    for (unit, written) in &changed {
        if unit.after_space && !out.is_empty() {
            out.push(' ');
        }
        out += written;
    }
    if out.is_empty() { text.to_owned() } else { out }
}

/// A unit as it is.
fn same<'a>(unit: &Unit<'a>) -> (Unit<'a>, String) {
    (*unit, unit.text.to_owned())
}

/// A word with two letters swapped, one missing or one doubled; a character of a script without spaces is missing or
/// doubled as a whole.
fn mistype(word: &Unit<'_>, rng: &mut ChaCha8Rng) -> String {
    if word.unspaced {
        return word.text.repeat(2 * rng.random_range(0..2));
    }
    let mut letters: Vec<char> = word.text.chars().collect();
    if letters.len() < 3 {
        return word.text.to_owned();
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
    use std::collections::BTreeSet;

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
            let typed = mistype(&units("balloon")[0], &mut rng);
            assert!((6..=8).contains(&typed.chars().count()), "{typed}");
        }
        assert_eq!(mistype(&units("it")[0], &mut rng), "it");
        let typed: BTreeSet<String> = (0..20).map(|_| mistype(&units("水")[0], &mut rng)).collect();
        assert_eq!(typed, ["".to_owned(), "水水".to_owned()].into());
    }

    #[test]
    fn answers_without_spaces_change_as_much_as_others() {
        let (text, partner) = ("因为水变热了，所以水分子动得更快。", "空气变冷，气球就变小了。");
        let mut rng = random::generator(3);
        let copies: Vec<String> = (0..40).map(|_| perturb(text, partner, &mut rng)).collect();
        let changed = copies.iter().filter(|t| *t != text).count();
        assert!(changed >= 30, "{changed} of 40 changed");
        let parts = copies.iter().filter(|t| t.chars().count() * 5 <= text.chars().count() * 4).count();
        assert!(parts >= 8, "{parts} of 40 are a part");
        // No space comes in where none is written, and the characters are those of the two answers.
        let known: BTreeSet<char> = text.chars().chain(partner.chars()).collect();
        assert!(copies.iter().all(|copy| copy.chars().all(|c| known.contains(&c))), "{copies:?}");

        // Languages with spaces keep them, accents and all.
        let german = "weil die Wärme größer wird und die Moleküle schneller werden";
        for _ in 0..40 {
            let copy = perturb(german, german, &mut rng);
            assert!(!copy.contains("  ") && copy.trim() == copy && copy.contains(' '), "{copy}");
        }
    }
}
