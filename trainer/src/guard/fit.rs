//! Making a guard from training answers.

use super::limits::{lower, upper};
use super::settings::Settings;
use super::tables::{Row, Tables, eighths_wide};
use super::texts::Text;
use super::topic;
use anyhow::Result;
use pupil_core::format::manifest::{GuardLimits, GuardWeights};
use pupil_core::guard::{Findings, Reference, Values};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Parts of the answers, each judged by tables that were counted on the others.
const FOLDS: u64 = 5;

/// The least share of words that nobody has written before: people mistype, even where the training answers do not.
const MISTYPED: f64 = 0.01;

/// Share of known words in another language, and in gibberish: names, words that two languages have, short words.
const KNOWN_ELSEWHERE: f64 = 0.25;
const KNOWN_IN_GIBBERISH: f64 = 0.05;
/// Two neighbouring words of a reference answer that was shuffled: those that are neighbours there as well, those of
/// which one is another word; the others are in it and moved.
const STILL_NEIGHBOURS: f64 = 0.05;
const FOREIGN_NEIGHBOURS: f64 = 0.1;
/// Content words of a list of the reference answer's keywords that are not in it.
const OTHER_KEYWORDS: f64 = 0.05;
/// Words, and pairs of neighbouring words, of a reference answer that are in it still after a few were changed.
const KEPT: f64 = 0.9;
const KEPT_PAIRS: f64 = 0.7;
/// Pairs share their words with each other and with the words that are counted, so they weigh less than if they told
/// something of their own.
const WEIGHT_OF_PAIRS: f64 = 0.5;
/// Three neighbouring words of a copied question that are in it.
const COPIED: f64 = 0.95;

/// A training answer.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    /// The answer.
    pub text: &'a str,
    /// The reference answer, for tasks that compare with one.
    pub reference: Option<&'a str>,
    /// The question, where it is known.
    pub question: Option<&'a str>,
    /// Its task.
    pub task: usize,
    /// Answers with the same key are judged by tables that were counted on none of them.
    pub key: u64,
}

/// A guard, and how the tasks use it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fitted {
    /// The tables.
    pub tables: Tables,
    /// The weights of the words of each task; none for tasks that compare with a reference answer.
    pub topics: BTreeMap<usize, Vec<i8>>,
    /// The limits that all tasks share: all but that of answers near the reference.
    pub limits: GuardLimits,
    /// Of each task that compares with a reference answer, the limit of answers near it.
    pub near: BTreeMap<usize, i32>,
    /// How many answers of each task there were, and how many of them each reason held back.
    pub held_back: BTreeMap<usize, HeldBack>,
}

impl Fitted {
    /// The limits of a task.
    #[must_use]
    pub fn limits_of(&self, task: usize) -> GuardLimits {
        GuardLimits { near_reference: self.near.get(&task).copied(), ..self.limits }
    }
}

/// Genuine answers, and how many of them a guard held back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldBack {
    /// All answers.
    pub answers: usize,
    /// Those held back, by reason; the first that applies.
    pub reasons: BTreeMap<&'static str, usize>,
}

impl HeldBack {
    /// Takes in one more answer.
    pub fn add(&mut self, findings: Findings) {
        self.answers += 1;
        if let Some(reason) = first(findings) {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }

    /// The share of each reason, and of all of them as `all`.
    #[must_use]
    pub fn shares(&self) -> BTreeMap<String, f64> {
        let share = |n: usize| n as f64 / self.answers.max(1) as f64;
        let all = self.reasons.values().sum();
        let each = self.reasons.iter().map(|(reason, n)| ((*reason).to_owned(), share(*n)));
        each.chain([("all".to_owned(), share(all))]).collect()
    }
}

/// The first reason that applies.
#[must_use]
pub fn first(findings: Findings) -> Option<&'static str> {
    [
        (findings.other_language, "other-language"),
        (findings.gibberish, "gibberish"),
        (findings.unknown_words, "unknown-words"),
        (findings.copied_question, "copied-question"),
        (findings.near_reference, "near-reference"),
        (findings.off_topic, "off-topic"),
        (findings.word_list, "word-list"),
    ]
    .into_iter()
    .find_map(|(found, reason)| found.then_some(reason))
}

/// Every text, read once.
struct Read<'a> {
    examples: &'a [Example<'a>],
    texts: HashMap<&'a str, Text>,
    groups: Vec<u64>,
}

impl<'a> Read<'a> {
    fn new(examples: &'a [Example<'a>]) -> Self {
        let all = examples.iter().flat_map(|e| [Some(e.text), e.reference, e.question]).flatten();
        let mut texts = HashMap::new();
        for text in all {
            texts.entry(text).or_insert_with(|| Text::new(text));
        }
        let mut numbers: HashMap<&str, u64> = HashMap::new();
        let groups = examples
            .iter()
            .map(|e| match e.reference {
                None => e.task as u64,
                Some(reference) => {
                    let next = (1 << 32) + numbers.len() as u64;
                    *numbers.entry(reference).or_insert(next)
                }
            })
            .collect();
        Self { examples, texts, groups }
    }

    fn row(&self, place: usize) -> Row<'_> {
        let e = &self.examples[place];
        let text = |text: &str| &self.texts[text];
        Row {
            text: text(e.text),
            reference: e.reference.map(text),
            question: e.question.map(text),
            group: self.groups[place],
        }
    }

    /// The tasks whose answers are not compared with a reference.
    fn alone(&self) -> BTreeSet<usize> {
        self.examples.iter().filter(|e| e.reference.is_none()).map(|e| e.task).collect()
    }

    /// Tables and weights of the tasks, counted on some of the examples.
    fn count(
        &self,
        settings: &Settings,
        places: &[usize],
        known: &[u64],
        weights: GuardWeights,
    ) -> Result<(Tables, BTreeMap<usize, Vec<i8>>)> {
        let rows: Vec<Row<'_>> = places.iter().map(|place| self.row(*place)).collect();
        let tables = Tables::count(settings, &rows, known, weights)?;
        let of = |task: usize, own: bool| {
            let rows = places.iter().zip(&rows);
            rows.filter(move |(place, _)| (self.examples[**place].task == task) == own)
                .map(|(_, row)| row.text)
        };
        let topics = self
            .alone()
            .into_iter()
            .map(|task| {
                (task, topic::weights(settings.topic, of(task, true), of(task, false), &tables.plain))
            })
            .collect();
        Ok((tables, topics))
    }

    /// What words and their neighbours weigh, by how often they are unknown or in the reference answer.
    fn weigh(&self, folds: &[Vec<usize>], known: &[u64], plain: &HashSet<u64>) -> GuardWeights {
        let known: HashSet<u64> = known.iter().copied().collect();
        let (mut words, mut unknown) = (0.0, 0.0);
        for (n, _) in folds.iter().enumerate() {
            let mut seen = known.clone();
            for place in folds.iter().enumerate().filter(|(m, _)| *m != n).flat_map(|(_, fold)| fold) {
                let row = self.row(*place);
                let texts = [Some(row.text), row.reference, row.question];
                seen.extend(texts.into_iter().flatten().flat_map(|t| &t.words).map(|w| w.hash));
            }
            for row in folds[n].iter().map(|place| self.row(*place)) {
                let own: HashSet<u64> = row.reference.iter().flat_map(|r| &r.words).map(|w| w.hash).collect();
                for word in row.text.words.iter().filter(|word| !word.is_number) {
                    words += 1.0;
                    unknown += f64::from(u8::from(!seen.contains(&word.hash) && !own.contains(&word.hash)));
                }
            }
        }
        let strange = ((unknown + 1.0) / (words + 2.0)).max(MISTYPED);
        let known = |elsewhere: f64| {
            let [known, unknown] = [(1.0 - strange) / elsewhere, strange / (1.0 - elsewhere)];
            [known, unknown].map(|ratio| eighths_wide(ratio.log2()))
        };
        let ([known, unknown], [spelled, misspelled]) = (known(KNOWN_ELSEWHERE), known(KNOWN_IN_GIBBERISH));
        let weights = GuardWeights { known, unknown, spelled, misspelled, ..GuardWeights::default() };
        self.weigh_questions(self.weigh_references(weights, plain))
    }

    /// The weights of what an answer shares with the questions.
    fn weigh_questions(&self, weights: GuardWeights) -> GuardWeights {
        let asked: HashSet<u64> =
            (0..self.examples.len()).filter_map(|i| self.row(i).question).flat_map(Text::triples).collect();
        if asked.is_empty() {
            return weights;
        }
        let (mut all, mut said) = (2.0, 1.0);
        for row in (0..self.examples.len()).map(|i| self.row(i)) {
            for triple in row.text.triples() {
                all += 1.0;
                said += f64::from(u8::from(asked.contains(&triple)));
            }
        }
        let share = said / all;
        GuardWeights {
            said: eighths_wide((COPIED / share).log2()),
            unsaid: eighths_wide(((1.0 - COPIED) / (1.0 - share)).log2()),
            ..weights
        }
    }

    /// The weights of what an answer shares with its reference answer.
    fn weigh_references(&self, weights: GuardWeights, plain: &HashSet<u64>) -> GuardWeights {
        let pairs: Vec<usize> =
            (0..self.examples.len()).filter(|i| self.examples[*i].reference.is_some()).collect();
        if pairs.is_empty() {
            return weights;
        }
        let (mut content, mut named, mut by_chance) = (2.0, 1.0, 1.0);
        let (mut referred, mut said) = (2.0, 1.0);
        let (mut referred_pairs, mut said_pairs) = (2.0, 1.0);
        let (mut neighbours, mut moved, mut own) = (3.0, 1.0, 1.0);
        for (n, place) in pairs.iter().enumerate() {
            let row = self.row(*place);
            // The reference answer of another question, as far away as there is one.
            let other = (0..pairs.len()).map(|step| pairs[(n + pairs.len() / 2 + step) % pairs.len()]);
            let other =
                other.into_iter().find(|other| self.groups[*other] != row.group).map(|at| self.row(at));
            let set = |row: Option<Row<'_>>| -> HashSet<u64> {
                row.and_then(|row| row.reference).iter().flat_map(|r| &r.words).map(|w| w.hash).collect()
            };
            let (here, there) = (set(Some(row)), set(other));
            for word in row.text.words.iter().filter(|word| !word.is_number && !plain.contains(&word.hash)) {
                content += 1.0;
                named += f64::from(u8::from(here.contains(&word.hash)));
                by_chance += f64::from(u8::from(there.contains(&word.hash)));
            }
            let answer: HashSet<u64> = row.text.words.iter().map(|word| word.hash).collect();
            referred += here.len() as f64;
            said += here.intersection(&answer).count() as f64;
            let adjacent: HashSet<u64> = row.reference.iter().flat_map(|r| r.pairs()).collect();
            let answer: HashSet<u64> = row.text.pairs().collect();
            referred_pairs += adjacent.len() as f64;
            said_pairs += adjacent.intersection(&answer).count() as f64;
            for (words, pair) in row.text.words.windows(2).zip(row.text.pairs()) {
                neighbours += 1.0;
                let both = words.iter().all(|word| here.contains(&word.hash));
                own += f64::from(u8::from(!both));
                moved += f64::from(u8::from(both && !adjacent.contains(&pair)));
            }
        }
        let [said, said_pairs] = [said / referred, said_pairs / referred_pairs];
        let [named, by_chance] = [named / content, by_chance / content];
        let [moved, own] = [moved / neighbours, own / neighbours];
        let found = |kept: f64, said: f64| (kept / said).log2().max(0.0);
        let lost = |kept: f64, said: f64| ((1.0 - kept) / (1.0 - said)).log2().min(0.0);
        GuardWeights {
            moved: eighths_wide((moved / (1.0 - STILL_NEIGHBOURS - FOREIGN_NEIGHBOURS)).log2()),
            own: eighths_wide((own / FOREIGN_NEIGHBOURS).log2()),
            keyword: eighths_wide((named / (1.0 - OTHER_KEYWORDS)).log2()),
            other: eighths_wide(((1.0 - named) / OTHER_KEYWORDS).log2()),
            met: eighths_wide((named / by_chance).log2()),
            missed: eighths_wide(((1.0 - named) / (1.0 - by_chance)).log2()),
            found: eighths_wide(found(KEPT, said)),
            lost: eighths_wide(lost(KEPT, said)),
            found_pair: eighths_wide(WEIGHT_OF_PAIRS * found(KEPT_PAIRS, said_pairs)),
            lost_pair: eighths_wide(WEIGHT_OF_PAIRS * lost(KEPT_PAIRS, said_pairs)),
            ..weights
        }
    }
}

/// Makes a guard. `known` are hashes of further words.
///
/// # Errors
///
/// When the engine refuses the tables.
pub fn fit(settings: &Settings, examples: &[Example<'_>], known: &[u64]) -> Result<Fitted> {
    let read = Read::new(examples);
    let mut folds: Vec<Vec<usize>> = vec![Vec::new(); usize::try_from(FOLDS).unwrap_or_default()];
    for (place, example) in examples.iter().enumerate() {
        folds[usize::try_from(example.key % FOLDS).unwrap_or_default()].push(place);
    }
    let all: Vec<usize> = (0..examples.len()).collect();
    let (tables, _) = read.count(settings, &all, known, GuardWeights::default())?;
    let weights = read.weigh(&folds, known, &tables.plain);
    let mut values: Vec<Values> = vec![Values::default(); examples.len()];
    let mut reference = Reference::default();
    for (n, fold) in folds.iter().enumerate().filter(|(_, fold)| !fold.is_empty()) {
        let others: Vec<usize> =
            folds.iter().enumerate().filter(|(m, _)| *m != n).flat_map(|(_, fold)| fold).copied().collect();
        let (tables, topics) = read.count(settings, &others, known, weights)?;
        let model = tables.model()?;
        for place in fold {
            let e = &examples[*place];
            reference.read(e.reference);
            let topic = topics.get(&e.task).map_or(&[][..], Vec::as_slice);
            values[*place] = model.values(e.text, &reference, topic);
        }
    }
    let (tables, topics) = read.count(settings, &all, known, weights)?;
    let pairs: Vec<(usize, &Values)> = examples
        .iter()
        .zip(&values)
        .filter(|(e, v)| e.reference.is_some() && v.words > 0)
        .map(|(e, v)| (e.task, v))
        .collect();
    let parts = if pairs.is_empty() { &part::ALONE } else { &part::COMPARED };
    let limits = limits(settings, parts, &values, &tables);
    let near = if settings.reasons.near_reference {
        near(&pairs, parts.near * settings.max_held_back)
    } else {
        BTreeMap::new()
    };
    let mut fitted = Fitted { tables, topics, limits, near, held_back: BTreeMap::new() };
    for (example, values) in examples.iter().zip(&values) {
        let findings = values.beyond(&fitted.limits_of(example.task));
        fitted.held_back.entry(example.task).or_default().add(findings);
    }
    Ok(fitted)
}

/// The limit of answers near the reference, for each task: how closely answers follow it differs from one to the next.
/// A task with too few answers gets the limit of all of them.
fn near(pairs: &[(usize, &Values)], share: f64) -> BTreeMap<usize, i32> {
    let limit = |task: Option<usize>| {
        let of = pairs.iter().filter(|(of, _)| task.is_none_or(|task| task == *of));
        upper(of.map(|(_, values)| values.near), share)
    };
    let pooled = limit(None);
    let tasks: BTreeSet<usize> = pairs.iter().map(|(task, _)| *task).collect();
    tasks.into_iter().filter_map(|task| Some((task, limit(Some(task)).or(pooled)?))).collect()
}

/// How much of the share that may be held back each limit gets.
mod part {
    pub(super) struct Parts {
        pub(super) gibberish: f64,
        pub(super) unknown_words: f64,
        pub(super) copied: f64,
        pub(super) question: f64,
        pub(super) order: f64,
        pub(super) keywords: f64,
        pub(super) off_topic: f64,
        pub(super) near: f64,
    }

    /// Spelling and unknown words need little: what they are there for is far away from any answer.
    pub(super) const ALONE: Parts = Parts {
        gibberish: 0.05,
        unknown_words: 0.05,
        copied: 0.1,
        question: 0.1,
        order: 0.25,
        keywords: 0.2,
        off_topic: 0.25,
        near: 0.0,
    };

    /// Where a reference answer is known, more depends on who changes a word of it than on what is beside the point.
    pub(super) const COMPARED: Parts = Parts {
        gibberish: 0.05,
        unknown_words: 0.05,
        copied: 0.05,
        question: 0.1,
        order: 0.15,
        keywords: 0.1,
        off_topic: 0.1,
        near: 0.4,
    };
}

/// The limits beyond which the share of genuine answers lies that the settings allow.
fn limits(settings: &Settings, parts: &part::Parts, values: &[Values], tables: &Tables) -> GuardLimits {
    let (reasons, most) = (&settings.reasons, settings.max_held_back);
    // Answers without words are too short, whatever else they are.
    let values: Vec<&Values> = values.iter().filter(|v| v.words > 0).collect();
    let of = |value: fn(&Values) -> i32| values.iter().map(move |v| value(v));
    let low =
        |on: bool, part: f64, value: fn(&Values) -> i32| on.then(|| lower(of(value), part * most)).flatten();
    let high =
        |on: bool, part: f64, value: fn(&Values) -> i32| on.then(|| upper(of(value), part * most)).flatten();
    let questions = reasons.copied_question && tables.guard.questions > 0;
    let reads = questions && tables.weights().question.iter().any(|weight| *weight != 0);
    GuardLimits {
        other_language: reasons.other_language.then(|| tables.halfway_to_noise()),
        gibberish: low(reasons.gibberish, parts.gibberish, |v| v.spelling),
        unknown_words: low(reasons.unknown_words || reasons.other_language, parts.unknown_words, |v| v.known),
        copied: high(questions, parts.copied, |v| v.copied),
        question: high(reads, parts.question, |v| v.question),
        order: low(reasons.word_list, parts.order, |v| v.order),
        keywords: low(reasons.word_list, parts.keywords, |v| v.keywords),
        off_topic: low(reasons.off_topic, parts.off_topic, |v| v.topic),
        near_reference: None,
    }
}
