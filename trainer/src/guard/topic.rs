//! The words of a task, compared with those of other texts.

use super::tables::eighths;
use super::texts::Text;
use std::collections::HashSet;

/// The share of words that other texts take from outside of all tasks.
const OUTSIDE: f64 = 0.3;
/// Words of other texts that are added to those of a task, so that no word is impossible.
const ADDED: f64 = 200.0;
/// The most that a word counts, in bits, so that one word does not outweigh a text.
const MOST: f64 = 3.0;

/// The weights of the words of a task, by bucket.
///
/// `own` are its answers, `others` those of other tasks; without others, words in `plain` weigh nothing: any text has
/// them.
pub(super) fn weights<'a>(
    buckets: usize,
    own: impl Iterator<Item = &'a Text>,
    others: impl Iterator<Item = &'a Text>,
    plain: &HashSet<u64>,
) -> Vec<i8> {
    let bits = buckets.ilog2();
    #[expect(clippy::cast_possible_truncation, reason = "a few bits")]
    let bucket = |hash: u64| (hash >> (u64::BITS - bits)) as usize;
    let count = |texts: &mut dyn Iterator<Item = &'a Text>| {
        let mut counts = vec![0.0_f64; buckets];
        texts.flat_map(|text| &text.words).for_each(|word| counts[bucket(word.hash)] += 1.0);
        counts
    };
    let (mut own, mut others) = (own, others);
    let mut own: Vec<f64> = count(&mut own);
    let others: Vec<f64> = count(&mut others);
    let total: f64 = others.iter().sum();
    let is_alone = total == 0.0;
    if is_alone {
        for hash in plain {
            own[bucket(*hash)] = 0.0;
        }
    }
    let all: f64 = own.iter().sum();
    let even = 1.0 / buckets as f64;
    let mut weights: Vec<i8> = own
        .iter()
        .zip(&others)
        .map(|(own, others)| {
            let outside = if is_alone { even } else { OUTSIDE * even + (1.0 - OUTSIDE) * others / total };
            let inside = (own + ADDED * outside) / (all + ADDED);
            eighths((inside / outside).log2().clamp(-MOST, MOST))
        })
        .collect();
    if is_alone {
        for hash in plain {
            weights[bucket(*hash)] = 0;
        }
    }
    weights
}
