//! The tables of a guard, counted on texts.

use super::settings::Settings;
use super::texts::Text;
use anyhow::{Context, Result};
use pupil_core::format::manifest::{Guard, GuardWeights};
use pupil_core::guard::{
    EDGE, FREQUENT, Filter, NUMBER, OTHER, TextModel, TextWeights, Trigram, class_table,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Bits of a filter for each of its hashes.
const BITS_A_HASH: usize = 12;
/// What absolute discounting takes from every count (Ney, Essen and Kneser 1994).
const DISCOUNT: f64 = 0.75;
/// Words that keywords are told from.
const FUNCTION_WORDS: usize = 60;
/// Share of function words in a list of keywords, relative to answers.
const IN_LISTS: f64 = 0.05;
/// Fewest questions whose words are compared with those of answers.
const MIN_QUESTIONS: usize = 20;
/// Fewest groups of answers over which words are seen to spread.
const MIN_GROUPS: usize = 5;
/// Most bits of a question mark or the beginning of a sentence: a doubtful answer may end with a mark, even if none of
/// the training answers does.
const MOST_OF_A_SENTENCE: f64 = 5.0;
/// Sentences of answers that are added to those of questions.
const BORROWED: f64 = 40.0;
/// Classes of words that begin the sentences of questions.
const BEGINNINGS: usize = 16;

/// A logarithm to base 2 in eighths, within the range of a weight.
pub(super) fn eighths(bits: f64) -> i8 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let value = (8.0 * bits).round().clamp(-127.0, 127.0) as i8;
    value
}

/// The same, within the range of what texts are weighed with.
pub(super) fn eighths_wide(bits: f64) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let value = (8.0 * bits).round().clamp(-1023.0, 1023.0) as i16;
    value
}

/// The arrays of a guard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tables {
    /// What the manifest says.
    pub guard: Guard,
    letters: Vec<i8>,
    words: Vec<u8>,
    questions: Vec<u8>,
    table: Vec<u8>,
    order: Vec<i8>,
    keywords: Vec<i8>,
    question: Vec<i8>,
    /// The words that any text has.
    pub(super) plain: HashSet<u64>,
}

/// A training text, and what it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) text: &'a Text,
    pub(super) reference: Option<&'a Text>,
    pub(super) question: Option<&'a Text>,
    /// What words spread over: the task, or the question.
    pub(super) group: u64,
}

impl Tables {
    /// The arrays as a file holds them.
    #[must_use]
    pub fn weights(&self) -> TextWeights<'_> {
        TextWeights {
            letters: &self.letters,
            words: &self.words,
            questions: &self.questions,
            table: &self.table,
            order: &self.order,
            keywords: &self.keywords,
            question: &self.question,
        }
    }

    /// Half of what a trigram of letters typed at random is worth: words of other languages are worth more.
    pub(super) fn halfway_to_noise(&self) -> i32 {
        let sum: i32 = self.letters.iter().map(|value| i32::from(*value)).sum();
        sum / i32::try_from(2 * self.letters.len().max(1)).unwrap_or(i32::MAX)
    }

    /// The engine's form of them.
    ///
    /// # Errors
    ///
    /// When the engine refuses them.
    pub fn model(&self) -> Result<TextModel> {
        Ok(TextModel::new(&self.guard, &self.weights())?)
    }

    /// Counts the tables on texts. `known` are further words.
    pub(super) fn count(
        settings: &Settings,
        rows: &[Row<'_>],
        known: &[u64],
        weights: GuardWeights,
    ) -> Result<Self> {
        let texts = || rows.iter().map(|row| row.text);
        let questions = distinct(rows.iter().filter_map(|row| row.question));
        let classes = Classes::count(settings.classes, texts(), &questions);
        let plain = function_words(rows);
        let table = class_table(&classes.entries, 2).context("the classes of words fit no table")?;
        let (order, shares) = classes.order(texts());
        let mut words: BTreeSet<u64> = known.iter().copied().collect();
        let more = rows.iter().flat_map(|row| [row.reference, row.question]).flatten();
        words.extend(texts().chain(more).flat_map(|text| &text.words).map(|word| word.hash));
        let (words, blocks) = filter(&words);
        let triples: BTreeSet<u64> = questions.iter().flat_map(|text| text.triples()).collect();
        let (triples, question_blocks) = if triples.is_empty() { (Vec::new(), 0) } else { filter(&triples) };
        let (question, question_mark, statement) = classes.questions(&questions, texts());
        Ok(Self {
            guard: Guard {
                letters: settings.letters,
                words: blocks,
                classes: classes.number(),
                frequent: classes.frequent,
                slots: table.len(),
                questions: question_blocks,
                pages: pages(texts()),
                weights: GuardWeights { question_mark, statement, ..weights },
            },
            letters: letters(settings.letters, texts()),
            words,
            questions: triples,
            table: table.iter().flat_map(|slot| slot.to_le_bytes()).collect(),
            keywords: classes.keywords(texts(), &plain, &shares),
            order,
            question,
            plain,
        })
    }
}

/// Texts that differ, in the order in which they come.
pub(super) fn distinct<'a>(texts: impl Iterator<Item = &'a Text>) -> Vec<&'a Text> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(text.words.iter().map(|word| word.hash).collect::<Vec<_>>())).collect()
}

/// A filter with these hashes, as bytes, and its blocks.
fn filter(hashes: &BTreeSet<u64>) -> (Vec<u8>, usize) {
    let blocks = (hashes.len() * BITS_A_HASH).div_ceil(64).clamp(1, 1 << 16);
    let filter = Filter::of(hashes.iter().copied(), blocks);
    (filter.blocks().iter().flat_map(|block| block.to_le_bytes()).collect(), blocks)
}

/// The pages that hold at least a thousandth of all letters; ASCII's always.
fn pages<'a>(texts: impl Iterator<Item = &'a Text>) -> Vec<u8> {
    let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
    let mut all = 0;
    for text in texts {
        all += text.letters;
        text.pages.iter().for_each(|page| *counts.entry(*page).or_default() += 1);
    }
    counts.entry(0).or_insert(all);
    counts.into_iter().filter(|(page, n)| *page == 0 || 1000 * n >= all).map(|(page, _)| page).collect()
}

/// The value of every bucket of three characters: how much likelier the last is after the other two than by itself.
fn letters<'a>(buckets: usize, texts: impl Iterator<Item = &'a Text>) -> Vec<i8> {
    let mut threes: BTreeMap<Trigram, f64> = BTreeMap::new();
    for three in texts.flat_map(|text| &text.trigrams) {
        *threes.entry(*three).or_default() += 1.0;
    }
    let (mut contexts, mut singles) = (HashMap::new(), BTreeMap::new());
    for (three, n) in &threes {
        let (count, kinds) = contexts.entry(three.context()).or_insert((0.0, 0.0));
        *count += n;
        *kinds += 1.0;
        *singles.entry(three.last()).or_insert(0.0) += n;
    }
    let all: f64 = singles.values().sum();
    // Letters that are typed at random are as frequent as in texts, or all alike.
    let usual = singles.values().filter(|n| **n * 5000.0 >= all).count().max(1) as f64;
    let noise = |last: u64| 0.5 * singles[&last] / all + 0.5 / usual;
    let (mut sums, mut seen) = (vec![0.0; buckets], vec![0.0; buckets]);
    for (three, n) in &threes {
        let (count, kinds) = contexts[&three.context()];
        let q = noise(three.last());
        let p = (n - DISCOUNT).max(0.0) / count + DISCOUNT * kinds / count * q;
        let bucket = three.bucket_of(buckets);
        sums[bucket] += n * (p / q).log2();
        seen[bucket] += n;
    }
    // What no text has gets what is left for such in a context of average size.
    let left = contexts.values().map(|(_, kinds)| DISCOUNT * kinds).sum::<f64>() / all.max(1.0);
    let unseen = left.clamp(0.01, 1.0).log2();
    sums.iter().zip(&seen).map(|(sum, n)| eighths(if *n > 0.0 { sum / n } else { unseen })).collect()
}

/// The words that spread most evenly over the groups, among the frequent ones; without groups the most frequent.
fn function_words(rows: &[Row<'_>]) -> HashSet<u64> {
    let groups: BTreeSet<u64> = rows.iter().map(|row| row.group).collect();
    let mut counts: HashMap<u64, HashMap<u64, f64>> = HashMap::new();
    for row in rows {
        for word in row.text.words.iter().filter(|word| !word.is_number) {
            *counts.entry(word.hash).or_default().entry(row.group).or_default() += 1.0;
        }
    }
    let mut ranked: Vec<(f64, u64)> = counts
        .into_iter()
        .map(|(hash, groups_of)| {
            let n: f64 = groups_of.values().sum();
            if groups.len() < MIN_GROUPS {
                return (n, hash);
            }
            let mut shares: Vec<f64> = groups_of.into_values().map(|m| m / n).collect();
            // The order in a map differs from run to run, and so would the rounding of the sum.
            shares.sort_by(f64::total_cmp);
            let entropy: f64 = shares.iter().map(|s| -s * s.ln()).sum();
            (n * entropy.exp(), hash)
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().take(FUNCTION_WORDS).map(|(_, hash)| hash).collect()
}

/// The classes of words.
struct Classes {
    /// Hashes of words and of endings, with their classes.
    entries: Vec<(u64, u8)>,
    by_hash: HashMap<u64, u8>,
    frequent: usize,
}

impl Classes {
    fn count<'a>(classes: usize, texts: impl Iterator<Item = &'a Text> + Clone, questions: &[&Text]) -> Self {
        let others = usize::from(FREQUENT);
        // A quarter of the classes are endings.
        let endings = classes.saturating_sub(others) / 4;
        let frequent = classes.saturating_sub(others + endings);
        let words = || texts.clone().flat_map(|text| &text.words).filter(|word| !word.is_number);
        let begin =
            questions.iter().flat_map(|text| &text.words).filter(|word| word.is_first && !word.is_number);
        let begin = most(begin.map(|word| word.hash), BEGINNINGS.min(frequent / 4));
        let mut chosen = most(words().map(|word| word.hash), frequent);
        // The most frequent words of all, but for those that make room for the beginnings of questions.
        let further: Vec<u64> = begin.into_iter().filter(|hash| !chosen.contains(hash)).collect();
        chosen.truncate(frequent - further.len());
        chosen.extend(further);
        let frequent = chosen;
        let own: HashSet<u64> = frequent.iter().copied().collect();
        let rest = words().filter(|word| !own.contains(&word.hash)).map(|word| word.ending);
        let endings = most(rest.filter(|ending| !own.contains(ending)), endings);
        let entries: Vec<(u64, u8)> = frequent.iter().chain(&endings).copied().zip(FREQUENT..).collect();
        Self { by_hash: entries.iter().copied().collect(), entries, frequent: frequent.len() }
    }

    fn number(&self) -> usize {
        usize::from(FREQUENT) + self.entries.len()
    }

    fn of(&self, word: &pupil_core::guard::Word) -> usize {
        let find = |hash: u64| self.by_hash.get(&hash).copied();
        let rare = || if word.is_number { NUMBER } else { find(word.ending).unwrap_or(OTHER) };
        usize::from(find(word.hash).unwrap_or_else(rare))
    }

    /// How much likelier a class is after another than anywhere, and the share of each class.
    fn order<'a>(&self, texts: impl Iterator<Item = &'a Text>) -> (Vec<i8>, Vec<f64>) {
        let n = self.number();
        let edge = usize::from(EDGE);
        let mut counts = vec![0.0; n * n];
        for text in texts {
            let mut before = edge;
            for class in text.words.iter().map(|word| self.of(word)).chain([edge]) {
                counts[before * n + class] += 1.0;
                before = class;
            }
        }
        let mut after = vec![0.0; n];
        counts.chunks(n).for_each(|row| after.iter_mut().zip(row).for_each(|(sum, c)| *sum += c));
        let all: f64 = after.iter().sum::<f64>().max(1.0);
        let words = (all - after[edge]).max(1.0);
        // Of every place in a text, and, for words, of the places of words alone.
        let anywhere: Vec<f64> = after.iter().map(|n| (n / all).max(1e-6)).collect();
        let shares: Vec<f64> = (0..n)
            .map(|class| if class == edge { anywhere[class] } else { (after[class] / words).max(1e-6) })
            .collect();
        let mut order = Vec::with_capacity(n * n);
        for row in counts.chunks(n) {
            let (sum, kinds) =
                (row.iter().sum::<f64>(), row.iter().filter(|c| **c > 0.0).count().max(1) as f64);
            for (class, count) in row.iter().enumerate() {
                let spread = (DISCOUNT * kinds + 2.0) * anywhere[class];
                let p = ((count - DISCOUNT).max(0.0) + spread) / (sum + 2.0);
                order.push(eighths((p / shares[class]).log2()));
            }
        }
        (order, shares)
    }

    /// How much likelier a class is in a list of keywords than in a text.
    fn keywords<'a>(
        &self,
        texts: impl Iterator<Item = &'a Text>,
        plain: &HashSet<u64>,
        shares: &[f64],
    ) -> Vec<i8> {
        let mut counts = vec![0.5; self.number()];
        for word in texts.flat_map(|text| &text.words) {
            counts[self.of(word)] += if plain.contains(&word.hash) { IN_LISTS } else { 1.0 };
        }
        ratios(&counts, shares)
    }

    /// How much likelier a class begins a sentence of a question than one of an answer; and what a sentence with and
    /// one without a question mark weigh.
    fn questions<'a>(
        &self,
        questions: &[&Text],
        texts: impl Iterator<Item = &'a Text> + Clone,
    ) -> (Vec<i8>, i16, i16) {
        if questions.len() < MIN_QUESTIONS {
            return (vec![0; self.number()], 0, 0);
        }
        let begin = |texts: &mut dyn Iterator<Item = &Text>| {
            let mut counts = vec![0.0; self.number()];
            let firsts = texts.flat_map(|text| &text.words).filter(|word| word.is_first);
            firsts.for_each(|word| counts[self.of(word)] += 1.0);
            counts
        };
        let of_answers = begin(&mut texts.clone());
        let of_questions = begin(&mut questions.iter().copied());
        let n = self.number() as f64;
        let [all, asked] = [&of_answers, &of_questions].map(|counts| counts.iter().sum::<f64>());
        let weights =
            of_answers.iter().zip(&of_questions).enumerate().map(|(class, (answers, questions))| {
                let usual = (answers + 0.5) / (all + 0.5 * n);
                let asks = (questions + BORROWED * usual) / (asked + BORROWED);
                if class == usize::from(EDGE) {
                    0
                } else {
                    eighths((asks / usual).log2().clamp(-MOST_OF_A_SENTENCE, MOST_OF_A_SENTENCE))
                }
            });
        let marked = |texts: &mut dyn Iterator<Item = &Text>| {
            let (marked, all) =
                texts.fold((0.5, 1.0), |(m, a), t| (m + t.questions as f64, a + t.sentences as f64));
            marked / all
        };
        let [answers, questions] = [marked(&mut texts.clone()), marked(&mut questions.iter().copied())];
        let weigh = |ratio: f64| eighths_wide(ratio.log2().clamp(-MOST_OF_A_SENTENCE, MOST_OF_A_SENTENCE));
        (weights.collect(), weigh(questions / answers), weigh((1.0 - questions) / (1.0 - answers)))
    }
}

/// Counts as shares of all words, compared with other shares. The edge of a text is no word.
fn ratios(counts: &[f64], shares: &[f64]) -> Vec<i8> {
    let edge = usize::from(EDGE);
    let all: f64 = counts.iter().enumerate().filter(|(class, _)| *class != edge).map(|(_, n)| n).sum();
    counts
        .iter()
        .zip(shares)
        .enumerate()
        .map(
            |(class, (n, share))| if class == edge { 0 } else { eighths((n.max(1e-9) / all / share).log2()) },
        )
        .collect()
}

/// The hashes that occur most often, at least twice; ties by their value.
fn most(hashes: impl Iterator<Item = u64>, number: usize) -> Vec<u64> {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    hashes.for_each(|hash| *counts.entry(hash).or_default() += 1);
    let mut ranked: Vec<(usize, u64)> =
        counts.into_iter().map(|(hash, n)| (n, hash)).filter(|(n, _)| *n > 1).collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().take(number).map(|(_, hash)| hash).collect()
}
