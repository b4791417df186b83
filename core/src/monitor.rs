//! Whether answers of today still come from where the calibration answers came from, watched score by score.
//!
//! The share of the calibration answers above a cut point lies in an interval: the band of Dvoretzky, Kiefer and
//! Wolfowitz with Massart's constant (1990), which holds for all cut points at once, widened by what should count as no
//! change. Against each share p of the interval, the beta(½, ½) mixture of likelihood ratios is a martingale that
//! starts at 1 while answers come independently with that share (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon
//! 2021). By Ville's inequality (1939) it ever reaches 1/δ with probability δ at most, however often one looks. A
//! change is told when its smallest value over the interval has reached 1/δ once.
//!
//! Small changes of many tasks are found by bets on all of them together. Before each answer a part of the wealth is
//! set on "above the cut point near the median", or on the contrary, at odds that are fair at the nearest end of the
//! task's interval; the mean over three stakes in both directions is then a martingale too, or falls (Waudby-Smith and
//! Ramdas 2024).
//!
//! Half of the false alarms is for the intervals, half for the martingales, both divided over tasks, the pooled bets,
//! kinds of numbers and cut points (Bonferroni).

use crate::error::{Error, ErrorKind, Result};
use crate::format::manifest::{Cut, Distributions};
use crate::score::Score;
use crate::scorer::Scorer;

/// Probability of any false alarm.
const FALSE_ALARM: f64 = 0.05;

/// How far a share may move without counting as a change.
const TOLERANCE: f64 = 0.02;

/// Parts of the wealth that are set on one answer.
const STAKES: [f64; 6] = [0.5, 0.25, 0.125, -0.5, -0.25, -0.125];

/// Tells when answers are no longer like those that a promise was calibrated on. Nothing is kept of an answer but
/// counts, and nothing leaves the device.
///
/// While nothing changes, a change is ever told with a probability of 5 % at most, however often one looks. A change of
/// a share by less than two percentage points counts as none. Give it each score once, in the order of time.
///
/// ```
/// use pupil_core::{Monitor, Scorer};
///
/// let scorer = Scorer::open("../tests/fixtures/golden/guarded.pupil")?;
/// let mut monitor = Monitor::new(&scorer)?;
/// monitor.add("balloons", &scorer.score("balloons", "warm air needs more room")?);
/// assert!(monitor.changes().is_empty());
/// // To go on another day:
/// let monitor = Monitor::resume(&scorer, &monitor.state())?;
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Monitor {
    tasks: Vec<Watched>,
    /// Bets on all tasks together, one for each kind of numbers.
    pooled: [PooledBets; 3],
    /// Logarithm of the wealth at which they tell a change.
    pooled_goal: f64,
    /// Tells files and their distributions apart.
    fingerprint: [u8; 8],
}

/// What a monitor found to have changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The task; none for a change of all tasks together.
    pub task: Option<String>,
    /// What has changed.
    pub what: Watch,
    /// The number that fewer or more answers are above now; for all tasks together, one near the median of each.
    pub above: Option<f32>,
    /// The share of the calibration answers above it, from 0 to 1.
    pub calibrated: f32,
    /// The share of the answers so far.
    pub now: f32,
    /// How many answers there had been when the change was first told.
    pub since: u64,
}

/// A number that every score has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Watch {
    /// The confidence.
    Confidence,
    /// The number of words.
    Words,
    /// The share of words that the model does not know.
    UnknownWords,
}

impl Watch {
    const ALL: [Self; 3] = [Self::Confidence, Self::Words, Self::UnknownWords];

    fn cuts(self, of: &Distributions) -> &[Cut] {
        match self {
            Self::Confidence => &of.confidence,
            Self::Words => &of.words,
            Self::UnknownWords => &of.unknown,
        }
    }
}

#[derive(Debug, Clone)]
struct Watched {
    id: String,
    answers: u64,
    cells: Vec<Cell>,
}

/// A cut point, and the answers above it.
#[derive(Debug, Clone)]
struct Cell {
    what: Watch,
    at: f32,
    share: f64,
    interval: (f64, f64),
    goal: f64,
    /// Whether the pooled bets are on it.
    is_pooled: bool,
    above: u64,
    /// 0 where nothing has been told.
    since: u64,
}

/// Bets on one share of all tasks together, such as that of answers above the cut point near the median of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PooledBets {
    /// Answers so far.
    pub answers: u64,
    /// Those above the cut points.
    pub above: u64,
    /// How many would be above, by the calibration answers.
    pub expected: f64,
    /// Logarithms of the wealth of each stake.
    pub wealth: [f64; STAKES.len()],
    /// The answer, from 1, at which a change was told; 0 where none was.
    pub since: u64,
}

impl Monitor {
    /// Begins to watch the tasks of a scorer whose file has the distributions of its calibration answers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::BadInput`] where no task has them: the file promises nothing that could end.
    pub fn new(scorer: &Scorer) -> Result<Self> {
        let known = scorer.tasks().filter_map(|task| Some((&*task.id, task.monitor.as_ref()?)));
        let known: Vec<_> = known.collect();
        if known.is_empty() {
            return Err(Error::new(
                ErrorKind::BadInput,
                "no task of the model has the distributions of its calibration answers, so that nothing can be compared",
            ));
        }
        Ok(Self::of(&known))
    }

    fn of(known: &[(&str, &Distributions)]) -> Self {
        // Three kinds of numbers of every task, and of all of them together.
        let parts = known.len() + usize::from(known.len() > 1);
        let share = FALSE_ALARM / 2.0 / (3 * parts) as f64;
        let mut hash = blake3::Hasher::new();
        let tasks = known.iter().map(|(id, of)| {
            hash.update(id.as_bytes());
            Watched { id: (*id).to_owned(), answers: 0, cells: cells(of, share, &mut hash) }
        });
        let tasks = tasks.collect();
        let mut fingerprint = [0; 8];
        hash.finalize_xof().fill(&mut fingerprint);
        Self { tasks, pooled: Default::default(), pooled_goal: -share.ln(), fingerprint }
    }

    /// Goes on from the [`state`](Self::state) of an earlier monitor of the same file.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`ErrorKind::BadInput`] for the state of another file, or for none.
    pub fn resume(scorer: &Scorer, state: &[u8]) -> Result<Self> {
        Self::new(scorer)?.restored(state)
    }

    fn restored(mut self, state: &[u8]) -> Result<Self> {
        let fresh = self.state();
        let (numbers, rest) = state.as_chunks::<8>();
        let is_ours = state.len() == fresh.len() && rest.is_empty() && numbers.first() == fresh.first_chunk();
        let mut numbers = numbers.iter().skip(1).map(|bytes| u64::from_le_bytes(*bytes));
        self.numbers(|number| *number = numbers.next().unwrap_or_default());
        let counts =
            |task: &Watched| task.cells.iter().all(|cell| cell.above.max(cell.since) <= task.answers);
        if is_ours && self.tasks.iter().all(counts) && self.pooled.iter().all(PooledBets::is_sound) {
            return Ok(self);
        }
        Err(Error::new(
            ErrorKind::BadInput,
            "the state is not that of a monitor of this model: begin a new one",
        ))
    }

    /// The counts so far, to be kept and given to [`resume`](Self::resume).
    #[must_use]
    pub fn state(&self) -> Vec<u8> {
        let mut bytes = self.fingerprint.to_vec();
        self.clone().numbers(|number| bytes.extend(number.to_le_bytes()));
        bytes
    }

    /// Adds a score of a task. Scores of tasks without distributions change nothing.
    pub fn add(&mut self, task: &str, score: &Score) {
        self.add_numbers(task, score.confidence, score.words, score.unknown_words);
    }

    /// As [`add`](Self::add), by the numbers of a score.
    pub fn add_numbers(&mut self, task: &str, confidence: f32, words: usize, unknown_words: usize) {
        let Some(task) = self.tasks.iter_mut().find(|watched| watched.id == task) else { return };
        #[expect(clippy::cast_precision_loss, reason = "words of an answer are far below 2^24")]
        let (words, unknown) = (words as f32, unknown_words as f32 / words.max(1) as f32);
        task.answers = task.answers.saturating_add(1);
        for cell in &mut task.cells {
            let number = [confidence, words, unknown][cell.what as usize];
            let is_above = number > cell.at;
            cell.above = cell.above.saturating_add(is_above.into());
            if cell.since == 0 && evidence(cell.above, task.answers, cell.interval) >= cell.goal {
                cell.since = task.answers;
            }
            if cell.is_pooled {
                self.pooled[cell.what as usize].add(is_above, cell.share, cell.interval, self.pooled_goal);
            }
        }
    }

    /// What has changed. Empty while the conditions of the promise hold, as far as can be seen.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "shares for people")]
        let share = |part: f64, whole: u64| (part / whole as f64) as f32;
        for task in &self.tasks {
            for cell in task.cells.iter().filter(|cell| cell.since > 0) {
                changes.push(Change {
                    task: Some(task.id.clone()),
                    what: cell.what,
                    above: Some(cell.at),
                    calibrated: share(cell.share, 1),
                    now: share(cell.above as f64, task.answers),
                    since: cell.since,
                });
            }
        }
        for (what, pool) in Watch::ALL.into_iter().zip(&self.pooled) {
            if pool.since > 0 && self.tasks.len() > 1 {
                changes.push(Change {
                    task: None,
                    what,
                    above: None,
                    calibrated: share(pool.expected, pool.answers),
                    now: share(pool.above as f64, pool.answers),
                    since: pool.since,
                });
            }
        }
        changes
    }

    /// Every number that is counted, in one order.
    fn numbers(&mut self, mut each: impl FnMut(&mut u64)) {
        for task in &mut self.tasks {
            each(&mut task.answers);
            task.cells.iter_mut().for_each(|cell| {
                each(&mut cell.above);
                each(&mut cell.since);
            });
        }
        for pool in &mut self.pooled {
            each(&mut pool.answers);
            each(&mut pool.above);
            each(&mut pool.since);
            for number in std::iter::once(&mut pool.expected).chain(&mut pool.wealth) {
                let mut bits = number.to_bits();
                each(&mut bits);
                *number = f64::from_bits(bits);
            }
        }
    }
}

impl PooledBets {
    /// Bets on an answer: whether it is above the cut point of its task, the share of the calibration answers above it,
    /// the interval of the true share, and the logarithm of the wealth that tells a change.
    pub fn add(&mut self, is_above: bool, share: f64, interval: (f64, f64), goal: f64) {
        self.answers = self.answers.saturating_add(1);
        self.above = self.above.saturating_add(is_above.into());
        self.expected += share;
        let mut sum = 0.0;
        for (wealth, stake) in self.wealth.iter_mut().zip(STAKES) {
            let fair = if stake > 0.0 { interval.1 } else { interval.0 };
            *wealth += (stake * (f64::from(u8::from(is_above)) - fair)).ln_1p();
            sum += (*wealth - goal).exp();
        }
        if self.since == 0 && sum >= STAKES.len() as f64 {
            self.since = self.answers;
        }
    }

    /// Whether these can be counts.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let is_finite = self.wealth.iter().all(|wealth| wealth.is_finite());
        is_finite
            && self.above.max(self.since) <= self.answers
            && (0.0..=self.answers as f64).contains(&self.expected)
    }
}

/// The cells of a task, where `share` of false alarms is for each kind of numbers: as much again is for the intervals.
fn cells(of: &Distributions, share: f64, hash: &mut blake3::Hasher) -> Vec<Cell> {
    let mut cells = Vec::new();
    for what in Watch::ALL {
        let cuts = what.cuts(of);
        let part = |cut: &Cut| cut.above as f64 / of.answers as f64;
        let middle = (0..cuts.len())
            .min_by(|a, b| (part(&cuts[*a]) - 0.5).abs().total_cmp(&(part(&cuts[*b]) - 0.5).abs()));
        let half = band(of.answers as u64, share) + TOLERANCE;
        for (place, cut) in cuts.iter().enumerate() {
            hash.update(&cut.at.to_le_bytes());
            hash.update(&(cut.above as u64).to_le_bytes());
            let center = part(cut);
            cells.push(Cell {
                what,
                at: cut.at,
                share: center,
                interval: ((center - half).max(0.0), (center + half).min(1.0)),
                goal: (cuts.len() as f64 / share).ln(),
                is_pooled: Some(place) == middle,
                above: 0,
                since: 0,
            });
        }
    }
    cells
}

/// Half the width of the band that holds the true shares above all cut points with probability 1 − `outside`, after so
/// many answers (Massart 1990).
#[must_use]
pub fn band(answers: u64, outside: f64) -> f64 {
    ((2.0 / outside).ln() / (2.0 * answers as f64)).sqrt()
}

/// Logarithm of the smallest value over an interval of shares p of B(½ + k, ½ + n − k) / (B(½, ½) pᵏ (1 − p)ⁿ⁻ᵏ), with
/// k hits in n answers.
#[must_use]
pub fn evidence(hits: u64, answers: u64, (low, high): (f64, f64)) -> f64 {
    let (k, n) = (hits as f64, answers as f64);
    if answers == 0 {
        return 0.0;
    }
    // The likelihood falls on both sides of k / n.
    let p = (k / n).clamp(low, high);
    let times = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * p.ln() };
    // B(½, ½) is π.
    let mixture = ln_gamma(k + 0.5) + ln_gamma(n - k + 0.5) - ln_gamma(n + 1.0) - std::f64::consts::PI.ln();
    mixture - times(k, p) - times(n - k, 1.0 - p)
}

/// Logarithm of the gamma function from ½ on: Stirling's series, whose first left out term is below 1e-12 from 12 on.
fn ln_gamma(mut x: f64) -> f64 {
    let mut product = 1.0;
    while x < 12.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Random numbers from 0 to 1 (SplitMix64).
    struct Random(u64);

    impl Random {
        fn next(&mut self) -> f32 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) >> 40) as f32 / 16_777_216.0
        }

        fn byte(&mut self) -> u8 {
            self.next();
            self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0]
        }

        /// Confidence, words and unknown words of an answer.
        fn answer(&mut self, shift: f32) -> (f32, usize, usize) {
            let confidence = (self.next() - shift).max(0.0);
            (confidence, 2 + usize::from(self.byte() % 12), usize::from(self.next() < 0.2))
        }

        fn distributions(&mut self, answers: usize) -> Distributions {
            let all: Vec<_> = (0..answers).map(|_| self.answer(0.0)).collect();
            let cuts = |numbers: Vec<f32>| {
                let mut sorted = numbers.clone();
                sorted.sort_by(f32::total_cmp);
                let mut at: Vec<f32> = [1, 3, 5, 7, 9].map(|tenth| sorted[answers * tenth / 10]).into();
                at.dedup();
                let cut = |at| Cut { at, above: numbers.iter().filter(|number| **number > at).count() };
                at.into_iter().map(cut).collect()
            };
            Distributions {
                answers,
                confidence: cuts(all.iter().map(|one| one.0).collect()),
                words: cuts(all.iter().map(|one| one.1 as f32).collect()),
                unknown: cuts(all.iter().map(|one| one.2 as f32 / one.1 as f32).collect()),
            }
        }
    }

    /// A monitor of so many tasks after so many answers of each, in turns.
    fn watched(seed: u64, tasks: usize, reference: usize, answers: usize, shift: f32) -> Monitor {
        let mut random = Random(seed);
        let known: Vec<_> = (0..tasks).map(|n| (n.to_string(), random.distributions(reference))).collect();
        let known: Vec<_> = known.iter().map(|(id, of)| (id.as_str(), of)).collect();
        let mut monitor = Monitor::of(&known);
        for _ in 0..answers {
            for (id, _) in &known {
                let (confidence, words, unknown) = random.answer(shift);
                monitor.add_numbers(id, confidence, words, unknown);
            }
        }
        monitor
    }

    #[test]
    fn gamma_function_is_that_of_a_library() {
        // Python's math.lgamma.
        for (x, want) in [
            (0.5, 0.572_364_942_924_700_4),
            (3.5, 1.200_973_602_347_073_8),
            (11.5, 16.292_000_476_567_242),
            (12.0, 17.502_307_845_873_887),
            (1000.5, 5_908.674_175_848_678),
            (1e7, 151_180_949.369_473_9),
        ] {
            let have: f64 = ln_gamma(x);
            assert!((have - want).abs() <= 1e-12 * f64::abs(want).max(1.0), "{x}: {have}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes too long when interpreted")]
    fn false_alarms_are_as_rare_as_stated_though_each_answer_is_looked_at() {
        let alarms = (0..300).filter(|seed| !watched(*seed, 3, 150, 200, 0.0).changes().is_empty()).count();
        assert!(alarms <= 15, "{alarms} of 300");
    }

    #[test]
    fn a_state_whose_sums_contradict_themselves_is_refused() {
        let monitor = watched(7, 2, 400, 300, 0.4);
        let state = monitor.state();
        assert!(monitor.clone().restored(&state).is_ok());
        // Of the bets on all tasks together: answers, those above, since when, how many were expected, wealth.
        let numbers = 3 + STAKES.len() + 1;
        let last = state.len() - 8 * numbers;
        for (place, number) in [(0, 1), (1, 601), (2, 601), (3, 601_f64.to_bits()), (4, f64::NAN.to_bits())] {
            let mut changed = state.clone();
            changed[last + 8 * place..][..8].copy_from_slice(&number.to_le_bytes());
            assert!(monitor.clone().restored(&changed).is_err(), "{place}");
        }
        // A count at its end stays there.
        let mut full = monitor.state();
        full[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
        let mut full = monitor.clone().restored(&full).unwrap();
        full.add_numbers("0", 0.5, 4, 1);
        assert_eq!(full.state()[8..16], u64::MAX.to_le_bytes());
    }

    #[test]
    fn changes_are_told_once_and_stay() {
        let monitor = watched(7, 2, 400, 300, 0.4);
        let changes = monitor.changes();
        for task in ["0", "1"] {
            let of = changes.iter().filter(|change| change.task.as_deref() == Some(task));
            assert!(of.clone().count() > 0 && of.clone().all(|change| change.what == Watch::Confidence));
            assert!(of.clone().all(|change| change.now < change.calibrated && change.since <= 300));
        }
        let mut later = monitor.clone();
        for n in 0..2000_u16 {
            later.add_numbers("0", f32::from(n % 100) / 100.0, 8, 0);
        }
        let kept = |change: &Change| {
            later
                .changes()
                .iter()
                .any(|l| (&l.task, l.above, l.since) == (&change.task, change.above, change.since))
        };
        assert!(changes.iter().all(kept));
        // What is not watched changes nothing.
        later.add_numbers("another", 0.1, 1, 1);
    }

    #[test]
    fn small_change_of_many_tasks_is_told_of_all_together_first() {
        let monitor = watched(8, 12, 400, 70, 0.3);
        let changes = monitor.changes();
        let pooled: Vec<_> = changes.iter().filter(|change| change.task.is_none()).collect();
        assert_eq!(pooled.len(), 1, "{changes:?}");
        assert_eq!((pooled[0].what, pooled[0].above), (Watch::Confidence, None));
        assert!(pooled[0].now < pooled[0].calibrated && pooled[0].since < 12 * 40, "{pooled:?}");
        let alone = changes.iter().filter(|change| change.task.is_some()).map(|change| change.since);
        // Each task has had as many answers as all together divided by twelve.
        assert!(alone.clone().all(|since| since * 12 > pooled[0].since), "{changes:?}");
    }

    #[test]
    fn states_go_on_where_they_ended_and_others_are_refused() {
        let mut whole = watched(9, 2, 100, 60, 0.2);
        let fresh = watched(9, 2, 100, 0, 0.0);
        let mut again = fresh.clone().restored(&whole.state()).unwrap();
        assert_eq!(again.state(), whole.state());
        for monitor in [&mut whole, &mut again] {
            (0..200).for_each(|_| monitor.add_numbers("1", 0.05, 30, 9));
        }
        assert_eq!((again.changes(), again.state()), (whole.changes(), whole.state()));
        assert!(!whole.changes().is_empty());
        let mut broken = whole.state();
        broken[16] = 255;
        broken[20] = 1;
        let other = watched(10, 2, 100, 60, 0.2).state();
        for state in [&broken[..], &other, &whole.state()[1..], &[], &[0; 8]] {
            let error = fresh.clone().restored(state).map(drop).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadInput, "{error}");
        }
    }
}
