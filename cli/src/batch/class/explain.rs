//! The words that moved the scores of the answers on the page.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use pupil_core::format::manifest::Task;
use pupil_core::{Error, ErrorKind, Scorer, WordShare};
use pupil_metrics::report::Piece;

use super::ScoredRow;
use crate::failure::Failure;

/// The words of an answer with what they change, or nothing if the answer has too many.
pub(super) struct Explained {
    words: Option<Vec<WordShare>>,
    /// The label whose probability is explained, where the task has no scale.
    pub(super) label: usize,
    /// The range of the score.
    range: f64,
}

impl Explained {
    /// The words, with what each of them changes.
    pub(super) fn words<'t>(&self, text: &'t str) -> impl Iterator<Item = (&'t str, f64)> {
        let words = self.words.iter().flatten();
        words.map(move |word| (&text[word.span.clone()], self.change(word)))
    }

    pub(super) fn has_words(&self) -> bool {
        self.words.as_ref().is_some_and(|words| !words.is_empty())
    }

    fn change(&self, word: &WordShare) -> f64 {
        f64::from(word.expected.or_else(|| word.labels.get(self.label).copied()).unwrap_or(0.0))
    }

    /// The text in pieces.
    pub(super) fn pieces(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut at = 0;
        for word in self.words.iter().flatten() {
            if word.span.start > at {
                pieces.push(Piece::Plain(text[at..word.span.start].to_owned()));
            }
            at = word.span.end;
            pieces.push(Piece::Moves {
                text: text[word.span.clone()].to_owned(),
                change: self.change(word),
                range: self.range,
            });
        }
        if at < text.len() {
            pieces.push(Piece::Plain(text[at..].to_owned()));
        }
        pieces
    }

    /// Why no word is marked.
    pub(super) fn note(&self) -> Option<String> {
        self.words.is_none().then(|| "too long for marking the words that moved the score".to_owned())
    }
}

/// What a word changes, in words.
pub(super) fn change_of(task: &Task) -> String {
    if task.scale.is_some() { "the expected level" } else { "the probability of what is awarded" }.to_owned()
}

/// Explains answers, in their order.
pub(super) fn run(
    scorer: &Scorer,
    tasks: &[&Task],
    rows: &[ScoredRow<'_>],
    threads: Option<std::num::NonZeroUsize>,
) -> Result<Vec<Explained>, Failure> {
    // The bar hides itself if stderr is not a terminal.
    let bar = ProgressBar::new(rows.len() as u64);
    bar.set_style(
        ProgressStyle::with_template(
            "  finding the words that moved scores  {bar:32}  {human_pos} of {human_len}",
        )
        .expect("the template is well formed"),
    );
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Result<Explained, Error>)>> = Mutex::new(Vec::with_capacity(rows.len()));
    let threads = threads.or_else(|| thread::available_parallelism().ok()).map_or(1, |n| n.get());
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = rows.get(place) else { break };
            let explained = explain(scorer, tasks[one.row.task], one);
            bar.inc(1);
            found.lock().unwrap_or_else(PoisonError::into_inner).push((place, explained));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(rows.len()) {
            // Where the system gives no thread, as without memory for it, there are fewer.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    bar.finish_and_clear();
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, explained)| explained.map_err(|error| Failure::scoring(&error))).collect()
}

fn explain(scorer: &Scorer, task: &Task, one: &ScoredRow<'_>) -> Result<Explained, Error> {
    let explained = match one.row.reference {
        Some(reference) => scorer.explain_pair(&task.id, reference, one.row.answer),
        None => scorer.explain(&task.id, one.row.answer),
    };
    let words = match explained {
        Ok(explained) => Some(explained.words),
        // The answer was scored before, so only its number of words is too large.
        Err(error) if error.kind() == ErrorKind::TooLarge => None,
        Err(error) => return Err(error),
    };
    let points = task.points().unwrap_or_default();
    let range = points.first().zip(points.last()).map_or(1.0, |(low, high)| f64::from(high - low));
    Ok(Explained { words, label: explained_label(one), range })
}

/// The label that is explained: the awarded one, or the likeliest if independent labels award none.
fn explained_label(one: &ScoredRow<'_>) -> usize {
    let labels = &one.score.labels;
    labels
        .iter()
        .position(|label| label.awarded)
        .or_else(|| {
            (0..labels.len()).max_by(|a, b| labels[*a].probability.total_cmp(&labels[*b].probability))
        })
        .unwrap_or(0)
}
