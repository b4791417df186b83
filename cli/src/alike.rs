//! How alike the texts of answers are.

use std::collections::HashMap;

use pupil_core::ngram::{NGramScratch, NGramSpec, smooth_idf, tfidf};

/// Buckets of hashed n-grams.
const BUCKETS: u32 = 1 << 20;
/// Letters of an n-gram when answers are grouped.
const LETTERS: (u8, u8) = (3, 3);
/// Letters and words of n-grams when answers are compared as a model would read them.
const MODEL_LETTERS: (u8, u8) = (3, 5);
const MODEL_WORDS: (u8, u8) = (1, 2);

/// The answers that are alike, as places in `texts`: each group has its first one first.
///
/// Texts are taken in their order. Each joins the group of the first text that it shares at least `least` of its
/// sequences of three letters with (Jaccard: shared ones in all that either has), the most alike if there are several,
/// the earlier one of equals; otherwise it begins a group. So every text is alike to the first one of its group, and no
/// chain leads from a text to one that it has nothing in common with. Case does not count; a text without letters
/// is alike to its equals only.
pub(crate) fn groups(texts: &[&str], least: f64) -> Vec<Vec<usize>> {
    let spec = NGramSpec::new(Some(LETTERS), None, BUCKETS).expect("the lengths are allowed");
    let mut scratch = NGramScratch::default();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut sizes: Vec<usize> = Vec::new();
    // The groups whose first text has an n-gram.
    let mut having: HashMap<u32, Vec<usize>> = HashMap::new();
    let mut same: HashMap<&str, usize> = HashMap::new();
    let mut shared: Vec<usize> = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        if let Some(group) = same.get(text) {
            groups[*group].push(place);
            continue;
        }
        let own: Vec<u32> = spec.counts(text, &mut scratch).iter().map(|(bucket, _)| *bucket).collect();
        shared.clear();
        shared.resize(groups.len(), 0);
        for bucket in &own {
            for group in having.get(bucket).into_iter().flatten() {
                shared[*group] += 1;
            }
        }
        let share = |group: usize| {
            let union = own.len() + sizes[group] - shared[group];
            if union == 0 { 0.0 } else { shared[group] as f64 / union as f64 }
        };
        // `max_by` takes the last of equals, so the order is turned round.
        let nearest = (0..groups.len()).rev().max_by(|a, b| share(*a).total_cmp(&share(*b)));
        let group = match nearest.filter(|group| share(*group) >= least) {
            Some(group) => {
                groups[group].push(place);
                group
            }
            None => {
                for bucket in &own {
                    having.entry(*bucket).or_default().push(groups.len());
                }
                sizes.push(own.len());
                groups.push(vec![place]);
                groups.len() - 1
            }
        };
        same.insert(text, group);
    }
    groups
}

/// Texts as vectors of length 1: TF-IDF of n-grams of three to five letters, and of one and two words.
pub(crate) struct Vectors {
    rows: Vec<Vec<(u32, f32)>>,
}

impl Vectors {
    /// Makes the vectors; rare n-grams among these texts weigh more.
    pub(crate) fn of(texts: &[&str]) -> Self {
        let spec = NGramSpec::new(Some(MODEL_LETTERS), Some(MODEL_WORDS), BUCKETS);
        let spec = spec.expect("the lengths are allowed");
        let mut scratch = NGramScratch::default();
        let counts: Vec<Vec<(u32, u32)>> =
            texts.iter().map(|text| spec.counts(text, &mut scratch).to_vec()).collect();
        let mut texts_with: HashMap<u32, u32> = HashMap::new();
        for (bucket, _) in counts.iter().flatten() {
            *texts_with.entry(*bucket).or_default() += 1;
        }
        let all = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        let idf = |bucket: u32| smooth_idf(all, texts_with.get(&bucket).copied().unwrap_or(0));
        let mut values = Vec::new();
        let rows = counts
            .iter()
            .map(|counts| {
                tfidf(counts, idf, true, &mut values);
                counts.iter().zip(&values).map(|((bucket, _), value)| (*bucket, *value)).collect()
            })
            .collect();
        Self { rows }
    }

    /// The cosine of two texts, from 0 to 1.
    pub(crate) fn cosine(&self, a: usize, b: usize) -> f64 {
        let (mut a, mut b) = (self.rows[a].iter().peekable(), self.rows[b].iter().peekable());
        let mut sum = 0.0_f64;
        while let (Some((left, x)), Some((right, y))) = (a.peek(), b.peek()) {
            match left.cmp(right) {
                std::cmp::Ordering::Less => drop(a.next()),
                std::cmp::Ordering::Greater => drop(b.next()),
                std::cmp::Ordering::Equal => {
                    sum += f64::from(*x) * f64::from(*y);
                    a.next();
                    b.next();
                }
            }
        }
        sum.clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_answers_are_alike_and_others_are_not() {
        let texts = [
            "The string is shorter, so it sounds higher.",
            "the balloon grows",
            "the string is shorter so it sounds higer",
            "THE STRING IS SHORTER, SO IT SOUNDS HIGHER.",
            "warm air expands",
            "the baloon grows",
            "the balloon grows",
            "",
            "!",
            "",
        ];
        let groups = groups(&texts, 0.6);
        assert_eq!(groups, [vec![0, 2, 3], vec![1, 5, 6], vec![4], vec![7, 9], vec![8]]);
    }

    #[test]
    fn each_answer_is_alike_to_the_first_of_its_group() {
        // A chain: each is alike to its neighbours, the ends are not alike.
        let texts =
            ["aaaa bbbb cccc dddd", "bbbb cccc dddd eeee", "cccc dddd eeee ffff", "dddd eeee ffff gggg"];
        assert_eq!(groups(&texts, 0.5), [vec![0, 1], vec![2, 3]]);
        let all: Vec<usize> = groups(&texts, 0.5).concat();
        assert_eq!(all.len(), texts.len(), "no answer is lost");
    }

    #[test]
    fn cosine_is_one_for_equal_texts_and_zero_without_shared_parts() {
        let vectors = Vectors::of(&["warm air expands", "Warm air expands", "cold", "", "warm water"]);
        assert!((vectors.cosine(0, 1) - 1.0).abs() < 1e-6);
        assert_eq!(vectors.cosine(0, 2), 0.0);
        assert_eq!(vectors.cosine(3, 3), 0.0, "a text without words is like none");
        assert!(vectors.cosine(0, 4) > 0.1 && vectors.cosine(0, 4) < 0.6);
        assert_eq!(vectors.cosine(0, 4), vectors.cosine(4, 0));
    }
}
