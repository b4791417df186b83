//! Whether answers of today still come from where a reference came from, watched answer by answer.
//!
//! A promise about scores holds for answers of the same students, questions and time. [`Reference`] keeps, for each
//! task, how confidences, lengths, shares of unknown words, awards and decisions were distributed: counts only, a few
//! hundred bytes, no text. [`Monitor`] counts the same of a stream of scored answers and says what has changed. It may
//! be read after every answer, and reading may stop at any time: while nothing changes, it ever gives an alarm with
//! probability [`Settings::false_alarm`] at most.
//!
//! Every cell (a share of the answers: confidence above 0.8, the award 2, the decision automatic) is tested on its own.
//!
//! 1. The true share of the reference lies in an interval: for cut points of numbers, Dvoretzky, Kiefer and Wolfowitz's
//!    band with Massart's constant (1990, "The tight constant in the Dvoretzky–Kiefer–Wolfowitz inequality"), which
//!    holds for all cut points at once, so that quantiles of the same answers may be cut points; for names, Clopper and
//!    Pearson (1934). [`Settings::tolerance`] widens it by what should count as no change.
//! 2. Against each share p of the interval, the beta(½, ½) mixture of likelihood ratios is a martingale that starts at
//!    1 while today's answers come independently with that share (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon
//!    2021). By Ville's inequality (1939) it ever reaches 1/δ with probability δ at most. The evidence of a cell is its
//!    smallest value over the interval; an alarm is given when that has reached 1/δ once.
//!
//! With several tasks, bets on all of them together find a small change of all before any single task shows it
//! ([`PooledBets`]): before each answer a part of the wealth is set on "above the cut point near the median of its
//! task" (or "automatic"), or on the contrary, at odds that are fair at the nearest end of the interval, so that the
//! wealth is a martingale or falls (Waudby-Smith and Ramdas 2024).
//!
//! Half of the false alarms is for the intervals, half for the martingales, both divided over tasks, the pooled bets,
//! channels and cells (Bonferroni). Answers are taken as independent within a task. The tasks, and the names of awards
//! and decisions, are those that the reference lists; shares of tasks are not tested, since questions are often scored
//! one after the other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use pupil_core::monitor::{PooledBets, band};

use crate::proportion;

/// Where the numbers of a reference are cut: at these quantiles.
const QUANTILES: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];
/// The decision that a score counts.
const AUTOMATIC: &str = "automatic";
/// Names of awards or decisions that a task may have.
pub const MOST_NAMES: usize = 100;

/// What is known of a scored answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// Confidence, from 0 to 1.
    pub confidence: Option<f64>,
    /// Number of words.
    pub words: Option<f64>,
    /// Share of words that the model does not know.
    pub unknown: Option<f64>,
    /// What is awarded, as text.
    pub award: Option<String>,
    /// `automatic`, or the reason for review.
    pub decision: Option<String>,
}

/// A part of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Confidence.
    Confidence,
    /// Number of words.
    Words,
    /// Share of unknown words.
    Unknown,
    /// What is awarded.
    Award,
    /// Whether a person should look, and why.
    Decision,
}

impl Channel {
    const NUMBERS: [Self; 3] = [Self::Confidence, Self::Words, Self::Unknown];
    const NAMES: [Self; 2] = [Self::Award, Self::Decision];
    /// What all tasks have in common, so that bets may be on all of them.
    const POOLED: [Self; 4] = [Self::Confidence, Self::Words, Self::Unknown, Self::Decision];

    /// What it is, in words.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::Confidence => "confidence",
            Self::Words => "words",
            Self::Unknown => "share of unknown words",
            Self::Award => "score",
            Self::Decision => "decision",
        }
    }

    fn number(self, observation: &Observation) -> Option<f64> {
        match self {
            Self::Confidence => observation.confidence,
            Self::Words => observation.words,
            Self::Unknown => observation.unknown,
            Self::Award | Self::Decision => None,
        }
        .filter(|number| number.is_finite())
    }

    fn name(self, observation: &Observation) -> Option<&str> {
        match self {
            Self::Award => observation.award.as_deref(),
            Self::Decision => observation.decision.as_deref(),
            Self::Confidence | Self::Words | Self::Unknown => None,
        }
    }
}

/// A cut point of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cut {
    /// Where it is.
    pub at: f64,
    /// Answers above it.
    pub above: u64,
}

/// The distribution of a part of the answers to a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "lowercase")]
pub enum Distribution {
    /// Numbers, at their quantiles.
    Numbers {
        /// Answers that have the number.
        answers: u64,
        /// The cut points, ascending.
        cuts: Vec<Cut>,
    },
    /// Names, with their counts.
    Names {
        /// Answers that have a name.
        answers: u64,
        /// The counts.
        counts: BTreeMap<String, u64>,
    },
}

/// The reference of a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskReference {
    /// Its answers.
    pub answers: u64,
    /// Distributions of what they have.
    pub channels: BTreeMap<Channel, Distribution>,
}

/// How answers were distributed, by task. As JSON it is a few hundred bytes for each task and holds no text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The tasks.
    pub tasks: BTreeMap<String, TaskReference>,
}

/// Why a reference cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MonitorError {
    /// A count or a cut point is impossible.
    #[error("the {channel} of task number {task} is not a distribution: {reason}", channel = channel.said())]
    NotADistribution {
        /// Number of the task, from 1, in the order of their names.
        task: usize,
        /// The part.
        channel: Channel,
        /// What is wrong.
        reason: &'static str,
    },
    /// There is nothing to compare with.
    #[error("the reference has no answers")]
    Empty,
    /// Counts were made with another reference or with other settings.
    #[error("the counts so far were made with another {0}")]
    Other(&'static str),
}

impl Reference {
    /// Counts answers; `awards` are further awards that a task can give.
    #[must_use]
    pub fn of<'a>(
        answers: impl IntoIterator<Item = (&'a str, &'a Observation)>,
        awards: &BTreeMap<String, Vec<String>>,
    ) -> Self {
        let mut by_task: BTreeMap<&str, Vec<&Observation>> = BTreeMap::new();
        for (task, observation) in answers {
            by_task.entry(task).or_default().push(observation);
        }
        let tasks = by_task.into_iter().map(|(task, answers)| {
            let possible = awards.get(task).map_or(&[][..], Vec::as_slice);
            (task.to_owned(), TaskReference::of(&answers, possible))
        });
        Self { tasks: tasks.collect() }
    }

    /// Checks counts that were read from a file.
    ///
    /// # Errors
    ///
    /// If there are no answers, or a distribution is none.
    pub fn check(&self) -> Result<(), MonitorError> {
        if self.tasks.values().all(|task| task.answers == 0 || task.channels.is_empty()) {
            return Err(MonitorError::Empty);
        }
        for (t, task) in self.tasks.values().enumerate() {
            for (channel, distribution) in &task.channels {
                distribution.check(*channel, task.answers).map_err(|reason| {
                    MonitorError::NotADistribution { task: t + 1, channel: *channel, reason }
                })?;
            }
        }
        Ok(())
    }

    /// A hash that tells references apart.
    ///
    /// # Panics
    ///
    /// Never: a reference has only numbers and texts.
    #[must_use]
    pub fn hash(&self) -> String {
        let json = serde_json::to_string(self).expect("numbers and texts can be written");
        blake3::hash(json.as_bytes()).to_hex()[..16].to_owned()
    }
}

impl TaskReference {
    fn of(answers: &[&Observation], awards: &[String]) -> Self {
        let mut channels = BTreeMap::new();
        for channel in Channel::NUMBERS {
            let mut numbers: Vec<f64> = answers.iter().filter_map(|a| channel.number(a)).collect();
            numbers.sort_unstable_by(f64::total_cmp);
            let Some(last) = numbers.len().checked_sub(1) else { continue };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a share of a length is a place"
            )]
            let mut edges: Vec<f64> =
                QUANTILES.iter().map(|q| numbers[(q * last as f64).round() as usize]).collect();
            edges.dedup();
            let cuts = edges.into_iter().map(|at| Cut {
                at,
                above: numbers.iter().filter(|number| is_above(**number, at)).count() as u64,
            });
            let cuts = cuts.collect();
            channels.insert(channel, Distribution::Numbers { answers: numbers.len() as u64, cuts });
        }
        for channel in Channel::NAMES {
            let mut counts: BTreeMap<String, u64> = BTreeMap::new();
            for name in answers.iter().filter_map(|a| channel.name(a)) {
                *counts.entry(name.to_owned()).or_default() += 1;
            }
            let answers: u64 = counts.values().sum();
            // More names than this are texts.
            if answers == 0 || counts.len() > MOST_NAMES {
                continue;
            }
            if channel == Channel::Award {
                for award in awards {
                    counts.entry(award.clone()).or_default();
                }
            }
            channels.insert(channel, Distribution::Names { answers, counts });
        }
        Self { answers: answers.len() as u64, channels }
    }
}

impl Distribution {
    fn check(&self, channel: Channel, most: u64) -> Result<(), &'static str> {
        let is_numbers = matches!(self, Self::Numbers { .. });
        if is_numbers != Channel::NUMBERS.contains(&channel) {
            return Err("numbers and names are exchanged");
        }
        match self {
            Self::Numbers { answers, .. } | Self::Names { answers, .. } if *answers == 0 => Err("no answers"),
            Self::Numbers { answers, .. } | Self::Names { answers, .. } if *answers > most => {
                Err("more answers than the task has")
            }
            Self::Numbers { answers, cuts } => {
                let ascends =
                    cuts.windows(2).all(|two| two[0].at < two[1].at && two[0].above >= two[1].above);
                let fits = cuts.iter().all(|cut| cut.at.is_finite() && cut.above <= *answers);
                if ascends && fits && !cuts.is_empty() { Ok(()) } else { Err("cut points do not ascend") }
            }
            Self::Names { answers, counts } => {
                let sum = counts.values().try_fold(0_u64, |sum, count| sum.checked_add(*count));
                if sum == Some(*answers) { Ok(()) } else { Err("counts do not add up") }
            }
        }
    }

    fn answers(&self) -> u64 {
        match self {
            Self::Numbers { answers, .. } | Self::Names { answers, .. } => *answers,
        }
    }

    /// The number of cells.
    fn cells(&self) -> usize {
        match self {
            Self::Numbers { cuts, .. } => cuts.len(),
            Self::Names { counts, .. } => counts.len(),
        }
    }
}

/// When an alarm is given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The probability that an alarm is ever given while nothing changes.
    pub false_alarm: f64,
    /// The difference of a share that counts as no change.
    pub tolerance: f64,
}

impl Default for Settings {
    /// 5 %; two percentage points.
    fn default() -> Self {
        Self { false_alarm: 0.05, tolerance: 0.02 }
    }
}

/// What has been counted of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    answers: u64,
    hits: u64,
    /// The answer of the task, from 1, at which the evidence first sufficed.
    since: Option<u64>,
}

/// What has been counted of a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeenTask {
    answers: u64,
    cells: Vec<Counted>,
}

/// Counts so far, to be kept until further answers arrive. Holds no text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    reference: String,
    settings: Settings,
    tasks: BTreeMap<String, SeenTask>,
    /// Bets on all tasks together; none with one task.
    pooled: BTreeMap<Channel, PooledBets>,
    /// Answers to tasks that the reference lacks.
    without_reference: u64,
}

/// What a cell is a share of.
#[derive(Clone, Debug, PartialEq)]
enum Meant {
    Above(f64),
    Name(String),
}

/// A share that is tested.
#[derive(Clone, Debug, PartialEq)]
struct Cell {
    channel: Channel,
    meant: Meant,
    /// Share in the reference.
    share: f64,
    /// Where its true value lies, widened by the tolerance.
    interval: (f64, f64),
    /// The logarithm of the evidence that gives an alarm.
    goal: f64,
    /// Whether the bets on all tasks are on it.
    is_pooled: bool,
}

impl Cell {
    /// Whether an answer has it; `None` if the answer lacks the number or the name.
    fn hit(&self, observation: &Observation) -> Option<bool> {
        match &self.meant {
            Meant::Above(at) => self.channel.number(observation).map(|number| is_above(number, *at)),
            Meant::Name(name) => self.channel.name(observation).map(|found| found == name),
        }
    }

    /// The logarithm of the smallest evidence against a share of the interval.
    fn evidence(&self, hits: u64, answers: u64) -> f64 {
        pupil_core::monitor::evidence(hits, answers, self.interval)
    }
}

/// What has changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The part of the answers.
    pub channel: Channel,
    /// What the shares are of, in words.
    pub what: String,
    /// The share in the reference.
    pub reference: f64,
    /// Where the true share of the reference lies, widened by the tolerance.
    pub interval: (f64, f64),
    /// Today's share.
    pub now: f64,
    /// Today's answers that have the number or the name.
    pub answers: u64,
    /// The answer of the task, from 1, at which it was noticed.
    pub since: u64,
}

/// What is known of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskFinding {
    /// The task.
    pub task: String,
    /// Answers of the reference.
    pub reference: u64,
    /// Answers so far.
    pub answers: u64,
    /// What has changed; empty while the conditions hold as far as can be seen.
    pub changes: Vec<Change>,
    /// The smallest change of a share of one half that would be noticed with so many answers; `None` if none would.
    pub noticeable: Option<f64>,
}

/// What has changed of all tasks together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PooledFinding {
    /// The part of the answers.
    pub channel: Channel,
    /// What the shares are of, in words.
    pub what: String,
    /// Answers so far.
    pub answers: u64,
    /// The share that they would have by the reference of their tasks.
    pub reference: f64,
    /// The share that they have.
    pub now: f64,
    /// How many times over the bets have won their stake, the mean of all stakes: an e-value.
    pub evidence: f64,
    /// The evidence that gives an alarm.
    pub alarm_from: f64,
    /// The answer, from 1, at which a change was noticed.
    pub since: Option<u64>,
}

/// Watches a stream of scored answers.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use pupil_metrics::monitor::{Monitor, Observation, Reference, Settings};
///
/// let answer = |confidence| Observation { confidence: Some(confidence), ..Observation::default() };
/// let before: Vec<Observation> = (0..400).map(|i| answer(0.5 + f64::from(37 * i % 50) / 100.0)).collect();
/// let reference = Reference::of(before.iter().map(|one| ("heat", one)), &BTreeMap::new());
///
/// let mut monitor = Monitor::new(reference, Settings::default())?;
/// before.iter().for_each(|one| monitor.add("heat", one));
/// assert!(monitor.findings()[0].changes.is_empty());
/// (0..200).for_each(|_| monitor.add("heat", &answer(0.4)));
/// assert!(!monitor.findings()[0].changes.is_empty());
/// # Ok::<(), pupil_metrics::monitor::MonitorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Monitor {
    cells: BTreeMap<String, Vec<Cell>>,
    /// The logarithm of the wealth at which bets on all tasks give an alarm.
    pooled_goal: f64,
    reference: Reference,
    seen: Seen,
}

impl Monitor {
    /// Has seen no answers.
    ///
    /// # Errors
    ///
    /// If the reference is none.
    ///
    /// # Panics
    ///
    /// When a setting is not a share.
    pub fn new(reference: Reference, settings: Settings) -> Result<Self, MonitorError> {
        let Settings { false_alarm, tolerance } = settings;
        assert!(false_alarm > 0.0 && false_alarm < 1.0, "a probability lies between 0 and 1");
        assert!((0.0..1.0).contains(&tolerance), "a difference of shares lies between 0 and 1");
        reference.check()?;
        let channels: usize = reference.tasks.values().map(|task| task.channels.len()).sum();
        let known = |channel: &Channel| reference.tasks.values().any(|t| t.channels.contains_key(channel));
        let pooled: Vec<Channel> = Channel::POOLED
            .into_iter()
            .filter(|channel| reference.tasks.len() > 1 && known(channel))
            .collect();
        // Half for the intervals of the reference, half for the martingales; the same for each channel.
        let of_channel = false_alarm / 2.0 / (channels + pooled.len()) as f64;
        let cells: BTreeMap<String, Vec<Cell>> = reference
            .tasks
            .iter()
            .map(|(id, task)| {
                let cells =
                    task.channels.iter().flat_map(|(channel, d)| cells(*channel, d, of_channel, tolerance));
                (id.clone(), cells.collect())
            })
            .collect();
        let counts =
            |cells: &Vec<Cell>| SeenTask { answers: 0, cells: vec![Counted::default(); cells.len()] };
        let seen = Seen {
            reference: reference.hash(),
            settings,
            tasks: cells.iter().map(|(id, cells)| (id.clone(), counts(cells))).collect(),
            pooled: pooled.into_iter().map(|channel| (channel, PooledBets::default())).collect(),
            without_reference: 0,
        };
        Ok(Self { cells, pooled_goal: -of_channel.ln(), reference, seen })
    }

    /// Goes on from earlier counts.
    ///
    /// # Errors
    ///
    /// If the reference is none, or the counts were made with another one or with other settings.
    ///
    /// # Panics
    ///
    /// When a setting is not a share.
    pub fn resume(reference: Reference, settings: Settings, seen: Seen) -> Result<Self, MonitorError> {
        let monitor = Self::new(reference, settings)?;
        let fits = |(own, found): (&SeenTask, &SeenTask)| {
            own.cells.len() == found.cells.len()
                && found.cells.iter().all(|cell| cell.hits <= cell.answers && cell.answers <= found.answers)
        };
        let same_tasks = monitor.seen.tasks.keys().eq(seen.tasks.keys())
            && monitor.seen.pooled.keys().eq(seen.pooled.keys())
            && seen.pooled.values().all(PooledBets::is_sound);
        if seen.reference != monitor.seen.reference
            || !same_tasks
            || !monitor.seen.tasks.values().zip(seen.tasks.values()).all(fits)
        {
            return Err(MonitorError::Other("reference"));
        }
        if seen.settings != settings {
            return Err(MonitorError::Other("rate of false alarms or tolerance"));
        }
        Ok(Self { seen, ..monitor })
    }

    /// Adds an answer. Answers come in the order of time: a table that is sorted by length or score begins with answers
    /// unlike those of the reference, which is a change.
    pub fn add(&mut self, task: &str, observation: &Observation) {
        let (Some(cells), Some(seen)) = (self.cells.get(task), self.seen.tasks.get_mut(task)) else {
            self.seen.without_reference += 1;
            return;
        };
        seen.answers += 1;
        for (cell, counted) in cells.iter().zip(&mut seen.cells) {
            let Some(hit) = cell.hit(observation) else { continue };
            counted.answers += 1;
            counted.hits += u64::from(hit);
            if counted.since.is_none() && cell.evidence(counted.hits, counted.answers) >= cell.goal {
                counted.since = Some(seen.answers);
            }
            if cell.is_pooled
                && let Some(bets) = self.seen.pooled.get_mut(&cell.channel)
            {
                bets.add(hit, cell.share, cell.interval, self.pooled_goal);
            }
        }
    }

    /// Counts so far.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Answers to tasks that the reference lacks.
    #[must_use]
    pub fn without_reference(&self) -> u64 {
        self.seen.without_reference
    }

    /// What is known of all tasks together; nothing with one task, or without answers. What was noticed once stays.
    #[must_use]
    pub fn pooled(&self) -> Vec<PooledFinding> {
        let known = self.seen.pooled.iter().filter(|(_, bets)| bets.answers > 0);
        let found = known.map(|(channel, bets)| {
            let wealth =
                bets.wealth.iter().map(|wealth| wealth.exp()).sum::<f64>() / bets.wealth.len() as f64;
            PooledFinding {
                channel: *channel,
                what: match channel {
                    Channel::Decision | Channel::Award => format!("{} {AUTOMATIC}", channel.said()),
                    _ => format!("{} above the middle of each task", channel.said()),
                },
                answers: bets.answers,
                reference: bets.expected / bets.answers as f64,
                now: bets.above as f64 / bets.answers as f64,
                evidence: wealth,
                alarm_from: self.pooled_goal.exp(),
                since: (bets.since > 0).then_some(bets.since),
            }
        });
        found.collect()
    }

    /// What is known of each task of the reference that has answers, by name. What was noticed once stays.
    #[must_use]
    pub fn findings(&self) -> Vec<TaskFinding> {
        let found = self.seen.tasks.iter().filter(|(_, seen)| seen.answers > 0).map(|(id, seen)| {
            let cells = &self.cells[id];
            let changes = cells.iter().zip(&seen.cells).filter_map(|(cell, counted)| {
                Some(Change {
                    channel: cell.channel,
                    what: said(cell),
                    reference: cell.share,
                    interval: cell.interval,
                    now: counted.hits as f64 / counted.answers as f64,
                    answers: counted.answers,
                    since: counted.since?,
                })
            });
            TaskFinding {
                task: id.clone(),
                reference: self.reference.tasks[id].answers,
                answers: seen.answers,
                changes: changes.collect(),
                noticeable: noticeable(cells, seen.answers),
            }
        });
        found.collect()
    }
}

/// Whether a number lies above a cut point. A number that is written and read again may differ in its last digit, which
/// must not move all answers that have it.
fn is_above(number: f64, at: f64) -> bool {
    number - at > 1e-9 * at.abs().max(1.0)
}

/// The cells of a channel, with half of its false alarms for the intervals and half for the martingales.
fn cells(channel: Channel, distribution: &Distribution, of_channel: f64, tolerance: f64) -> Vec<Cell> {
    let answers = distribution.answers();
    let goal = (distribution.cells() as f64 / of_channel).ln();
    let cell = |meant: Meant, hits: u64, (low, high): (f64, f64)| Cell {
        channel,
        share: hits as f64 / answers as f64,
        interval: ((low - tolerance).max(0.0), (high + tolerance).min(1.0)),
        goal,
        is_pooled: channel == Channel::Decision && matches!(&meant, Meant::Name(name) if name == AUTOMATIC),
        meant,
    };
    match distribution {
        Distribution::Numbers { cuts, .. } => {
            let band = band(answers, of_channel);
            let share = |cut: &Cut| cut.above as f64 / answers as f64;
            let far = |place: usize| (share(&cuts[place]) - 0.5).abs();
            let middle = (0..cuts.len()).min_by(|a, b| far(*a).total_cmp(&far(*b)));
            let of = |(place, cut): (usize, &Cut)| {
                let interval = (share(cut) - band, share(cut) + band);
                Cell { is_pooled: middle == Some(place), ..cell(Meant::Above(cut.at), cut.above, interval) }
            };
            cuts.iter().enumerate().map(of).collect()
        }
        Distribution::Names { counts, .. } => {
            let coverage = 1.0 - of_channel / counts.len() as f64;
            let of = |(name, count): (&String, &u64)| {
                let interval = proportion::interval(*count, answers, coverage);
                cell(Meant::Name(name.clone()), *count, interval)
            };
            counts.iter().map(of).collect()
        }
    }
}

/// What a cell is a share of, in words.
fn said(cell: &Cell) -> String {
    match &cell.meant {
        Meant::Above(at) => {
            let at = format!("{at:.4}");
            let at = at.trim_end_matches('0').trim_end_matches('.');
            format!("{} above {at}", cell.channel.said())
        }
        Meant::Name(name) if name.is_empty() => format!("{} none", cell.channel.said()),
        Meant::Name(name) => format!("{} {name}", cell.channel.said()),
    }
}

/// The smallest change of the share that is nearest to one half that would be noticed with so many answers.
fn noticeable(cells: &[Cell], answers: u64) -> Option<f64> {
    let cell = cells.iter().min_by(|a, b| (a.share - 0.5).abs().total_cmp(&(b.share - 0.5).abs()))?;
    let shares = (0..=answers).filter(|hits| cell.evidence(*hits, answers) >= cell.goal);
    shares.map(|hits| (hits as f64 / answers as f64 - cell.share).abs()).reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stream;

    /// Answers with confidences and scores by a chance of their own.
    fn drawn(stream: &mut Stream, n: usize, sure: f64) -> Vec<Observation> {
        let mut uniform = move || (stream.bits() >> 11) as f64 / (1_u64 << 53) as f64;
        let answer = |_| {
            let confidence = if uniform() < sure { 0.8 + 0.2 * uniform() } else { 0.3 + 0.5 * uniform() };
            Observation {
                confidence: Some(confidence),
                // Ties, as numbers of words have.
                words: Some((uniform() * 12.0).floor()),
                unknown: Some(if uniform() < 0.8 { 0.0 } else { 0.1 }),
                award: Some(if uniform() < 0.6 { "1" } else { "0" }.into()),
                decision: Some(if confidence > 0.6 { "automatic" } else { "low-confidence" }.into()),
            }
        };
        (0..n).map(answer).collect()
    }

    fn reference(answers: &[Observation]) -> Reference {
        Reference::of(answers.iter().map(|one| ("heat", one)), &BTreeMap::new())
    }

    #[test]
    fn evidence_is_that_of_the_mixture() {
        // Python's math.lgamma: ln B(½ + h, ½ + n − h) − ln B(½, ½) − h ln p − (n − h) ln(1 − p).
        for (hits, answers, p, want) in [
            (30, 40, 0.5, 3.154_614_025_364_206),
            (0, 25, 0.2, 3.391_786_260_669_968),
            (25, 25, 0.9, 0.447_210_369_260_382_4),
        ] {
            let cell = Cell {
                channel: Channel::Confidence,
                meant: Meant::Above(0.0),
                share: p,
                interval: (p, p),
                goal: 0.0,
                is_pooled: false,
            };
            assert!((cell.evidence(hits, answers) - want).abs() < 1e-9);
            // A wider interval leaves less evidence: inside it, none.
            let wide = Cell { interval: (0.0, 1.0), ..cell };
            assert!(wide.evidence(hits, answers) <= 0.0);
        }
    }

    #[test]
    fn band_of_the_reference_is_massarts() {
        let answers: Vec<Observation> = (0..400)
            .map(|i| Observation { confidence: Some(f64::from(i) / 400.0), ..Observation::default() })
            .collect();
        let settings = Settings { false_alarm: 0.05, tolerance: 0.0 };
        let monitor = Monitor::new(reference(&answers), settings).unwrap();
        let cells = &monitor.cells["heat"];
        assert_eq!(cells.len(), 5);
        let median = &cells[2];
        assert_eq!((median.share, &median.meant), (0.4975, &Meant::Above(0.5)));
        // sqrt(ln(2 / 0.025) / 800)
        assert!((median.interval.1 - median.share - 0.074_010_359_365_039_91).abs() < 1e-12);
        assert!((median.goal - (5.0_f64 / 0.025).ln()).abs() < 1e-12);
    }

    #[test]
    fn alarms_without_a_change_are_as_rare_as_stated() {
        // Read after every answer, 800 streams of 400 answers with their own small references; no tolerance helps.
        let settings = Settings { false_alarm: 0.2, tolerance: 0.0 };
        let mut alarms = 0;
        for run in 0..800 {
            let mut stream = Stream::new(11, "null", run);
            let reference = reference(&drawn(&mut stream, 120, 0.7));
            let mut monitor = Monitor::new(reference, settings).unwrap();
            for one in drawn(&mut stream, 400, 0.7) {
                monitor.add("heat", &one);
            }
            alarms += usize::from(!monitor.findings()[0].changes.is_empty());
        }
        // Bonferroni and two bounds in a row are cautious: far fewer than a fifth.
        assert!(alarms <= 160, "{alarms} of 800");
    }

    #[test]
    fn change_is_noticed_and_stays_noticed() {
        let mut stream = Stream::new(12, "change", 0);
        let reference = reference(&drawn(&mut stream, 600, 0.8));
        let mut monitor = Monitor::new(reference, Settings::default()).unwrap();
        drawn(&mut stream, 300, 0.8).iter().for_each(|one| monitor.add("heat", one));
        assert!(monitor.findings()[0].changes.is_empty());
        drawn(&mut stream, 500, 0.3).iter().for_each(|one| monitor.add("heat", one));
        let changes = monitor.findings().remove(0).changes;
        let changed: Vec<Channel> = changes.iter().map(|change| change.channel).collect();
        assert!(
            changed.contains(&Channel::Confidence) && changed.contains(&Channel::Decision),
            "{changed:?}"
        );
        assert!(!changed.contains(&Channel::Words) && !changed.contains(&Channel::Award), "{changed:?}");
        assert!(changes.iter().all(|change| change.since > 300 && change.since <= 800));
        drawn(&mut stream, 3000, 0.8).iter().for_each(|one| monitor.add("heat", one));
        assert_eq!(monitor.findings()[0].changes.len(), changes.len(), "what was noticed stays");
    }

    #[test]
    fn counts_go_on_where_they_ended() {
        let mut stream = Stream::new(13, "resumed", 0);
        let text = serde_json::to_string(&reference(&drawn(&mut stream, 200, 0.8))).unwrap();
        assert!(text.len() < 900, "a task takes {} bytes", text.len());
        let reference: Reference = serde_json::from_str(&text).unwrap();
        let answers = drawn(&mut stream, 250, 0.4);
        let mut whole = Monitor::new(reference.clone(), Settings::default()).unwrap();
        let mut first = whole.clone();
        answers.iter().for_each(|one| whole.add("heat", one));
        answers[..100].iter().for_each(|one| first.add("heat", one));
        let json = serde_json::to_string(first.seen()).unwrap();
        let seen: Seen = serde_json::from_str(&json).unwrap();
        let mut second = Monitor::resume(reference.clone(), Settings::default(), seen.clone()).unwrap();
        answers[100..].iter().for_each(|one| second.add("heat", one));
        assert_eq!(second.findings(), whole.findings());
        assert_eq!(second.seen(), whole.seen());
        // Counts belong to their reference and settings.
        let other = Settings { false_alarm: 0.1, ..Settings::default() };
        assert!(matches!(
            Monitor::resume(reference.clone(), other, seen.clone()),
            Err(MonitorError::Other(_))
        ));
        let mut changed = reference;
        changed.tasks.get_mut("heat").unwrap().answers += 1;
        assert!(matches!(
            Monitor::resume(changed, Settings::default(), seen),
            Err(MonitorError::Other("reference"))
        ));
    }

    #[test]
    fn tasks_are_apart_and_unknown_ones_are_counted() {
        let mut stream = Stream::new(14, "tasks", 0);
        let (a, b) = (drawn(&mut stream, 300, 0.8), drawn(&mut stream, 300, 0.3));
        let both = a.iter().map(|one| ("a", one)).chain(b.iter().map(|one| ("b", one)));
        let reference = Reference::of(both, &BTreeMap::new());
        let mut monitor = Monitor::new(reference, Settings::default()).unwrap();
        // One question after the other is no change.
        drawn(&mut stream, 300, 0.8).iter().for_each(|one| monitor.add("a", one));
        drawn(&mut stream, 300, 0.3).iter().for_each(|one| monitor.add("b", one));
        monitor.add("c", &a[0]);
        assert_eq!(monitor.without_reference(), 1);
        let findings = monitor.findings();
        assert_eq!(
            findings.iter().map(|f| (&*f.task, f.answers)).collect::<Vec<_>>(),
            [("a", 300), ("b", 300)]
        );
        assert!(findings.iter().all(|finding| finding.changes.is_empty()), "{findings:?}");
        // What would be noticed grows finer with more answers.
        let coarse = noticeable(&monitor.cells["a"], 50);
        let fine = findings[0].noticeable.unwrap();
        assert!(coarse.is_none_or(|coarse| coarse > fine) && fine < 0.4, "{coarse:?} {fine}");
    }

    #[test]
    fn small_change_of_all_tasks_is_noticed_of_all_together() {
        let mut stream = Stream::new(17, "pooled", 0);
        let names: Vec<String> = (0..12).map(|n| format!("q{n:02}")).collect();
        let before: Vec<Vec<Observation>> = names.iter().map(|_| drawn(&mut stream, 400, 0.75)).collect();
        let all = names.iter().zip(&before).flat_map(|(n, of)| of.iter().map(move |one| (n.as_str(), one)));
        let reference = Reference::of(all, &BTreeMap::new());
        let watched = |stream: &mut Stream, sure: f64, n: usize| {
            let mut monitor = Monitor::new(reference.clone(), Settings::default()).unwrap();
            for _ in 0..n {
                for name in &names {
                    monitor.add(name, &drawn(stream, 1, sure)[0]);
                }
            }
            monitor
        };
        let same = watched(&mut stream, 0.75, 60);
        assert_eq!(same.pooled().len(), 4);
        assert!(same.pooled().iter().all(|found| found.since.is_none() && found.answers == 720));
        let changed = watched(&mut stream, 0.45, 60);
        let confidence = &changed.pooled()[0];
        assert_eq!(confidence.channel, Channel::Confidence);
        assert!(confidence.now < confidence.reference && confidence.evidence >= confidence.alarm_from);
        let since = confidence.since.expect("a change of all tasks");
        let alone =
            changed.findings().into_iter().flat_map(|task| task.changes).map(|change| change.since * 12);
        assert!(alone.clone().all(|single| single > since), "{since} {:?}", alone.collect::<Vec<_>>());
        // Counts are kept, and broken ones refused.
        let json = serde_json::to_string(changed.seen()).unwrap();
        let seen: Seen = serde_json::from_str(&json).unwrap();
        let again = Monitor::resume(reference.clone(), Settings::default(), seen.clone()).unwrap();
        for (again, once) in again.pooled().iter().zip(changed.pooled()) {
            assert_eq!((again.now, again.since), (once.now, once.since));
            // A number that is written and read again may differ in its last digit.
            assert!((again.evidence / once.evidence - 1.0).abs() < 1e-9);
        }
        let mut broken = seen;
        broken.pooled.get_mut(&Channel::Confidence).unwrap().above = 9999;
        assert!(Monitor::resume(reference.clone(), Settings::default(), broken).is_err());
    }

    #[test]
    fn possible_awards_without_an_answer_are_cells() {
        let mut stream = Stream::new(15, "awards", 0);
        let answers = drawn(&mut stream, 400, 0.8);
        let awards = [("heat".to_owned(), vec!["0".to_owned(), "1".to_owned(), "2".to_owned()])].into();
        let reference = Reference::of(answers.iter().map(|one| ("heat", one)), &awards);
        let mut monitor = Monitor::new(reference, Settings::default()).unwrap();
        let mut odd = answers.clone();
        odd.iter_mut().step_by(3).for_each(|one| one.award = Some("2".into()));
        odd.iter().for_each(|one| monitor.add("heat", one));
        let changes = monitor.findings().remove(0).changes;
        assert!(
            changes.iter().any(|change| change.what == "score 2" && change.reference == 0.0),
            "{changes:?}"
        );
    }

    #[test]
    fn broken_references_are_refused() {
        let mut stream = Stream::new(16, "broken", 0);
        let sound = reference(&drawn(&mut stream, 50, 0.8));
        assert_eq!(Reference::default().check(), Err(MonitorError::Empty));
        let broken = |change: &dyn Fn(&mut TaskReference)| {
            let mut reference = sound.clone();
            change(reference.tasks.get_mut("heat").unwrap());
            Monitor::new(reference, Settings::default()).map(drop).unwrap_err().to_string()
        };
        let numbers = |answers, cuts: &[(f64, u64)]| Distribution::Numbers {
            answers,
            cuts: cuts.iter().map(|(at, above)| Cut { at: *at, above: *above }).collect(),
        };
        for (distribution, want) in [
            (numbers(0, &[]), "no answers"),
            (numbers(51, &[(0.5, 1)]), "more answers than the task has"),
            (numbers(50, &[(0.5, 20), (0.4, 10)]), "cut points do not ascend"),
            (numbers(50, &[(0.4, 20), (0.5, 21)]), "cut points do not ascend"),
            (numbers(50, &[(f64::NAN, 20)]), "cut points do not ascend"),
            (numbers(50, &[(0.5, 51)]), "cut points do not ascend"),
            (
                Distribution::Names { answers: 50, counts: [("1".into(), 50)].into() },
                "numbers and names are exchanged",
            ),
        ] {
            let said = broken(&|task| drop(task.channels.insert(Channel::Confidence, distribution.clone())));
            assert!(said.starts_with("the confidence of task number 1") && said.ends_with(want), "{said}");
        }
        let counts = [("1".into(), u64::MAX), ("2".into(), 51)].into();
        let said = broken(&|task| {
            task.channels.insert(
                Channel::Award,
                Distribution::Names { answers: 50, counts: BTreeMap::clone(&counts) },
            );
        });
        assert!(said.ends_with("counts do not add up"), "{said}");
    }
}
