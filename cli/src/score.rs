//! `pupil score` with one answer.

use std::fmt::{self, Write as _};

use pupil_core::format::manifest::{Guarantee, Input, Task};
use pupil_core::{BlockUse, Decision, Explanation, LabelScore, ReviewReason, Score, WordShare};
use serde::Serialize;

use crate::answer;
use crate::args;
use crate::failure::{Exit, Failure};
use crate::model::{self, ModelChoice};
use crate::stdout;
use crate::terminal::{Style, bar, columns, padded, printable};

/// The width of the bar of a probability.
const BAR: u16 = 24;

/// The width at which a name or a word is cut.
const NAME: usize = 28;

/// The number of words of an explanation that are shown; JSON has them all.
const SHOWN_WORDS: usize = 12;

/// Scores the answer and prints the score.
pub(crate) fn run(options: &args::ScoreArgs) -> Result<(), Failure> {
    let (file, answer) = answer::read(options)?;
    let wanted = ModelChoice::of(options.task.as_deref(), options.reference.is_some());
    let (scorer, task) = model::open_for(file.as_deref(), &options.pack, wanted)?;
    let manifest = scorer.manifest();
    let task = model::task(&scorer, task)?;
    let reference = reference(task, options.reference.as_deref())?;
    if options.experts && task.all_members().all(|member| member.mixture.is_none()) {
        let message = format!("the task {} has no experts; leave --experts out", printable(&task.id));
        return Err(Failure::new(Exit::Usage, message));
    }
    let plain = |score| Scored { score, words: None, experts: None };
    let scored = match (options.explain, reference) {
        _ if options.experts => scorer.experts(&task.id, reference, &answer).map(|used| Scored {
            score: used.score,
            words: None,
            experts: Some(used.blocks),
        }),
        (false, None) => scorer.score(&task.id, &answer).map(plain),
        (false, Some(reference)) => scorer.score_pair(&task.id, reference, &answer).map(plain),
        (true, None) => scorer.explain(&task.id, &answer).map(with_words),
        (true, Some(reference)) => scorer.explain_pair(&task.id, reference, &answer).map(with_words),
    }
    .map_err(|error| Failure::scoring(&error))?;
    if options.json {
        return stdout::print_json(&ScoreJson::new(&manifest.name, task, &scored, &answer));
    }
    let Scored { score, words, experts } = scored;
    let style = Style::of_stdout();
    let mut text = String::new();
    let written = show_score(&mut text, style, &manifest.name, task, &score).and_then(|()| match &words {
        Some(words) => show_words(&mut text, style, &score, words, &answer),
        None => Ok(()),
    });
    let written = written.and_then(|()| match &experts {
        Some(blocks) => show_experts(&mut text, style, blocks),
        None => Ok(()),
    });
    written.expect("a String takes everything that is written to it");
    stdout::print(&text)
}

/// A score with the requested details.
struct Scored {
    score: Score,
    words: Option<Vec<WordShare>>,
    /// Weights of the experts, block by block.
    experts: Option<Vec<BlockUse>>,
}

/// Converts an explanation.
fn with_words(explanation: Explanation) -> Scored {
    Scored { score: explanation.score, words: Some(explanation.words), experts: None }
}

/// Writes the weights of the experts, one per line. Members of a task are named where a further one has experts.
fn show_experts(text: &mut String, style: Style, blocks: &[BlockUse]) -> fmt::Result {
    let several = blocks.iter().any(|block| block.member > 0);
    for member in blocks.chunk_by(|a, b| a.member == b.member) {
        for (b, block) in member.iter().enumerate() {
            let of = if several { format!(" of member {}", block.member) } else { String::new() };
            writeln!(text, "\n{}", style.bold(format!("Experts of block {}{of}", b + 1)))?;
            for (e, weight) in block.weights.iter().enumerate() {
                let line = format!("{}  {weight:.2}  {}", e + 1, bar(*weight, BAR));
                writeln!(text, "  {}", line.trim_end())?;
            }
        }
    }
    Ok(())
}

/// The reference answer, if the task takes one.
pub(crate) fn reference<'r>(task: &Task, reference: Option<&'r str>) -> Result<Option<&'r str>, Failure> {
    let id = printable(&task.id);
    match (task.input, reference) {
        (Input::Pair, None) => Err(Failure::new(
            Exit::Usage,
            format!("the task {id} compares with a reference answer; name it with --reference"),
        )),
        (Input::Pair, Some(text)) if text.trim().is_empty() => {
            Err(Failure::new(Exit::Answer, "the reference answer is empty"))
        }
        (Input::Pair, reference) => Ok(reference),
        (_, None) => Ok(None),
        (_, Some(_)) => Err(Failure::new(
            Exit::Usage,
            format!("the task {id} reads the answer alone; leave --reference out"),
        )),
    }
}

/// Writes the score as text.
fn show_score(text: &mut String, style: Style, model: &str, task: &Task, score: &Score) -> fmt::Result {
    let title = if task.name.is_empty() { &task.id } else { &task.name };
    writeln!(text, "{}  {}\n", style.bold(printable(title)), style.dim(printable(model)))?;
    let names: Vec<String> = score.labels.iter().map(|label| short(&label.name)).collect();
    let width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    for (label, name) in score.labels.iter().zip(&names) {
        let line =
            format!("{}  {:.2}  {}", padded(name, width), label.probability, bar(label.probability, BAR));
        let line = line.trim_end();
        if label.awarded {
            writeln!(text, "{}", style.green(format!("▸ {line}")))?;
        } else {
            writeln!(text, "  {line}")?;
        }
    }
    writeln!(text)?;
    if let (Some(level), Some(expected)) = (score.level, score.expected) {
        writeln!(
            text,
            "  level       {}  {}",
            style.bold(level),
            style.dim(format!("expected {expected:.2}"))
        )?;
    }
    writeln!(text, "  confidence  {:.2}", score.confidence)?;
    match score.decision.reason() {
        None => {
            writeln!(text, "  decision    {}", style.green("automatic"))?;
            if let Some(guarantee) = score.guarantee {
                writeln!(text, "  promise     {}", style.dim(guarantee.aim()))?;
                writeln!(text, "              {}", style.dim(Guarantee::CONDITIONS))?;
            }
        }
        Some(reason) => {
            let review = style.yellow(format!("review: {reason}"));
            writeln!(text, "  decision    {review}  {}", style.dim(in_words(reason)))?;
        }
    }
    let cut = if score.truncated { ", cut to the length that the model reads" } else { "" };
    let again = if score.repetitive { ", very repetitive" } else { "" };
    writeln!(text, "  words       {}, {} unknown{cut}{again}", score.words, score.unknown_words)
}

/// Why a person should look, in plain words.
pub(crate) fn in_words(reason: ReviewReason) -> &'static str {
    match reason {
        ReviewReason::TooShort => "too few words, or none",
        ReviewReason::OtherLanguage => "written in another language",
        ReviewReason::Gibberish => "the letters do not make words",
        ReviewReason::UnknownWords => "the model does not know most of the words",
        ReviewReason::Repetition => "repeats a word or a phrase over and over",
        ReviewReason::CopiedQuestion => "repeats the question",
        ReviewReason::NearReference => "nearly the reference answer, but not the same",
        ReviewReason::OffTopic => "about something else than the question",
        ReviewReason::WordList => "a list of words, or words in no order",
        ReviewReason::Truncated => "longer than the model reads",
        ReviewReason::UnseenLabel => "no training answer had what is awarded",
        ReviewReason::NoPromise => "nothing could be promised about automatic scores of this task",
        ReviewReason::Audit => "sure enough, and chosen to be checked all the same",
        ReviewReason::LowConfidence => "the model is not sure enough",
        _ => "for another reason",
    }
}

/// Writes the words, each with its effect on the score, the strongest first.
fn show_words(
    text: &mut String,
    style: Style,
    score: &Score,
    words: &[WordShare],
    answer: &str,
) -> fmt::Result {
    // If the labels are independent, none may be awarded; then the most probable one is explained.
    let label = score
        .labels
        .iter()
        .position(|label| label.awarded)
        .or_else(|| {
            (0..score.labels.len())
                .max_by(|a, b| score.labels[*a].probability.total_cmp(&score.labels[*b].probability))
        })
        .unwrap_or(0);
    let change = |word: &WordShare| word.expected.or_else(|| word.labels.get(label).copied()).unwrap_or(0.0);
    let of = match (score.expected, score.labels.get(label)) {
        (Some(_), _) => "the expected level".to_owned(),
        (None, Some(label)) => format!("the probability of {}", short(&label.name)),
        (None, None) => "the score".to_owned(),
    };
    writeln!(text, "\n{}", style.bold(format!("What each word adds to {of}")))?;
    let mut order: Vec<&WordShare> = words.iter().collect();
    order.sort_by(|a, b| change(b).abs().total_cmp(&change(a).abs()));
    order.truncate(SHOWN_WORDS);
    let shown: Vec<String> = order.iter().map(|word| short(&answer[word.span.clone()])).collect();
    let width = shown.iter().map(|word| columns(word)).max().unwrap_or(0);
    let strongest = order.first().map_or(0.0, |word| change(word).abs());
    for (word, name) in order.iter().zip(&shown) {
        let change = change(word);
        let share = if strongest > 0.0 { change.abs() / strongest } else { 0.0 };
        let line = format!("{}  {change:+.3}  {}", padded(name, width), bar(share, BAR / 2));
        let line = line.trim_end();
        writeln!(text, "  {}", if change < 0.0 { style.yellow(line) } else { style.green(line) })?;
    }
    match words.len() - order.len() {
        0 => Ok(()),
        rest => writeln!(text, "  {}", style.dim(format!("and {rest} words that change less"))),
    }
}

/// A name or a word, cut to its column and without control characters.
fn short(text: &str) -> String {
    let text = printable(text);
    if columns(&text) <= NAME {
        return text;
    }
    let mut cut: String = text.chars().take(NAME - 1).collect();
    cut.push('…');
    cut
}

/// The score as JSON.
#[derive(Serialize)]
struct ScoreJson<'a> {
    model: &'a str,
    task: &'a str,
    level: Option<i32>,
    expected: Option<f32>,
    labels: Vec<LabelJson<'a>>,
    confidence: f32,
    decision: &'static str,
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantee: Option<Guarantee>,
    words: usize,
    unknown_words: usize,
    tokens: usize,
    truncated: bool,
    repetitive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<Vec<WordJson<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    experts: Option<Vec<BlockJson<'a>>>,
}

/// One label of the score.
#[derive(Serialize)]
struct LabelJson<'a> {
    name: &'a str,
    probability: f32,
    awarded: bool,
}

/// The weights of the experts of one block.
#[derive(Serialize)]
struct BlockJson<'a> {
    /// The place of the member of the task that the block belongs to.
    member: usize,
    weights: &'a [f32],
}

impl<'a> BlockJson<'a> {
    fn of(block: &'a BlockUse) -> Self {
        Self { member: block.member, weights: &block.weights }
    }
}

/// One word: its byte range in the answer, and the score with it minus the score without it.
#[derive(Serialize)]
struct WordJson<'a> {
    word: &'a str,
    start: usize,
    end: usize,
    expected: Option<f32>,
    labels: &'a [f32],
}

impl<'a> ScoreJson<'a> {
    /// Collects the fields.
    fn new(model: &'a str, task: &'a Task, scored: &'a Scored, answer: &'a str) -> Self {
        let score = &scored.score;
        let label = |label: &'a LabelScore| LabelJson {
            name: &label.name,
            probability: label.probability,
            awarded: label.awarded,
        };
        let word = |word: &'a WordShare| WordJson {
            word: &answer[word.span.clone()],
            start: word.span.start,
            end: word.span.end,
            expected: word.expected,
            labels: &word.labels,
        };
        Self {
            model,
            task: &task.id,
            level: score.level,
            expected: score.expected,
            labels: score.labels.iter().map(label).collect(),
            confidence: score.confidence,
            decision: decision_word(score.decision),
            reason: score.decision.reason().map(|reason| reason.to_string()),
            guarantee: score.guarantee,
            words: score.words,
            unknown_words: score.unknown_words,
            tokens: score.tokens,
            truncated: score.truncated,
            repetitive: score.repetitive,
            explanation: scored.words.as_ref().map(|words| words.iter().map(word).collect()),
            experts: scored.experts.as_ref().map(|blocks| blocks.iter().map(BlockJson::of).collect()),
        }
    }
}

/// The decision as one word, without its reason.
pub(crate) fn decision_word(decision: Decision) -> &'static str {
    match decision {
        Decision::Automatic => "automatic",
        Decision::Review(_) => "review",
    }
}
