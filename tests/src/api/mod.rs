//! Cases that every language runs: the result of a call, bit for bit, or its error.
//!
//! Numbers of type f32 are written as IEEE 754 bits in hex. Long texts are written as a text and a repeat count. Models
//! are named by their path in the repository; the task pack is in the folder of the cases.

mod trackers;

use std::path::{Path, PathBuf};

use pupil_core::format::manifest::{Agreement, Task};
use pupil_core::{Decision, Error, ErrorKind, Monitor, OpenOptions, Result, Scorer, Watch};
use serde::{Deserialize, Serialize};

pub use self::trackers::{
    DrawnCase, Given, QuestionCase, RecommendedCase, SkillCase, Step, TrackerCall, TrackerCase,
};
use crate::Fixture;
use crate::golden::{GUARDED, SEED, bits};

/// Folder of the cases.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/api");

/// File of the cases in [`FOLDER`].
pub const CASES: &str = "cases.json";

/// File of the task pack of the model with mixtures, in [`FOLDER`].
pub const PACK: &str = "pack.pupil";

const E_LSTM: &str = "tests/fixtures/golden/e_lstm.pupil";
const GUARDED_MODEL: &str = "tests/fixtures/golden/guarded.pupil";
const MEMBERS: &str = "tests/fixtures/golden/members.pupil";
const MIXTURES: &str = "tests/fixtures/golden/mixtures.pupil";
const MIND_CA: &str = "models/mind-ca/mind-ca.pupil";
const SCIENCE: &str = "models/science/science.pupil";

/// All cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cases {
    /// The command that makes the file.
    pub origin: String,
    /// Files to open, which succeed or fail.
    pub opens: Vec<Open>,
    /// Single answers.
    pub scores: Vec<ScoreCase>,
    /// Explanations of single answers.
    pub explanations: Vec<ExplainCase>,
    /// Single answers with the weights of the experts.
    pub experts: Vec<ExpertsCase>,
    /// Scores that a monitor watches.
    pub monitors: Vec<MonitorCase>,
    /// Many answers.
    pub batches: Vec<BatchCase>,
    /// Students' answers.
    pub trackers: Vec<TrackerCase>,
}

/// A file that is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// Path of the file in the repository.
    pub model: String,
    /// The number of leading bytes to open; if absent, the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_bytes: Option<usize>,
    /// Path of a task pack to attach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// Its tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<String>>,
    /// The members of each task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<Vec<MemberCase>>>,
    /// The guarantee of each task, where there is one; absent where no task has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guarantees: Option<Vec<Option<GuaranteeCase>>>,
    /// The name of its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What is promised about the automatic scores of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GuaranteeCase {
    /// Bits of the largest share of wrong ones.
    pub max_error_bits: String,
    /// Bits of the probability of the promise.
    pub confidence_bits: String,
    /// Whether a score one level away is right.
    pub adjacent: bool,
    /// Calibration answers.
    pub answers: usize,
    /// How many of them are automatic.
    pub automatic: usize,
    /// How many of these are wrong.
    pub wrong: usize,
    /// Bits of the upper bound.
    pub bound_bits: String,
    /// Tasks that share the promise.
    pub tasks: usize,
    /// Answers that would be enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<usize>,
}

/// A member of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberCase {
    /// Family of its encoder.
    pub family: String,
    /// Bits of its weight.
    pub weight_bits: String,
}

/// The text of an answer: `text` repeated `times` times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Text {
    /// The repeated text.
    pub text: String,
    /// The repeat count.
    pub times: usize,
}

/// An answer to score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Path of the model in the repository.
    pub model: String,
    /// Path of a task pack that is attached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// Task.
    pub task: String,
    /// Answer.
    pub answer: Text,
    /// Reference answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// The fields of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Names of the labels.
    pub labels: Vec<String>,
    /// Bits of their probabilities.
    pub probability_bits: Vec<String>,
    /// Which are awarded.
    pub awarded: Vec<bool>,
    /// Awarded level.
    pub level: Option<i32>,
    /// Bits of the expected level.
    pub expected_bits: Option<String>,
    /// Bits of the confidence.
    pub confidence_bits: String,
    /// `automatic`, or the reason of a review.
    pub decision: String,
    /// Bits of the largest share of wrong ones that is promised for the score; absent where nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_bits: Option<String>,
    /// Words of the answer.
    pub words: usize,
    /// Unknown words of the answer.
    pub unknown_words: usize,
    /// Tokens read.
    pub tokens: usize,
    /// Whether the input was truncated.
    pub truncated: bool,
    /// Whether the answer is repetitive.
    pub repetitive: bool,
}

/// A call of `score`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreCase {
    /// The call.
    #[serde(flatten)]
    pub call: Call,
    /// Its result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Expected>,
    /// The name of its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A call of `explain`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainCase {
    /// The call.
    #[serde(flatten)]
    pub call: Call,
    /// The words.
    pub words: Vec<Word>,
}

/// A word of an explanation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word, which checks the range in the units of the language.
    pub text: String,
    /// Start and end in bytes of UTF-8.
    pub utf8: [usize; 2],
    /// Start and end in units of UTF-16.
    pub utf16: [usize; 2],
    /// Start and end in code points.
    pub scalars: [usize; 2],
    /// Bits of its effect on each label.
    pub label_bits: Vec<String>,
    /// Bits of its effect on the expected level.
    pub expected_bits: Option<String>,
}

/// A call of `experts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExpertsCase {
    /// The call.
    #[serde(flatten)]
    pub call: Call,
    /// The member of the task that each block belongs to; empty on error.
    pub members: Vec<usize>,
    /// Bits of the weights, block by block; empty on error.
    pub weight_bits: Vec<Vec<String>>,
    /// The name of its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Scores that a monitor watches, and what it finds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorCase {
    /// Path of the model in the repository.
    pub model: String,
    /// Answers whose scores are added, in this order, each as often as it says.
    pub added: Vec<Added>,
    /// What has changed then; a monitor that goes on from the state before the last answer finds the same. Empty on
    /// error.
    pub changes: Vec<ChangeCase>,
    /// The name of its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// An answer whose score is added to a monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Added {
    /// Task.
    pub task: String,
    /// Answer.
    pub answer: String,
    /// Reference answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// How often.
    pub times: usize,
}

/// What a monitor found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangeCase {
    /// Task, if it is one.
    pub task: Option<String>,
    /// `confidence`, `words` or `unknown-words`.
    pub what: String,
    /// Bits of the cut point, if there is one.
    pub above_bits: Option<String>,
    /// Bits of the share of the calibration answers above it.
    pub calibrated_bits: String,
    /// Bits of the share of the answers so far.
    pub now_bits: String,
    /// Answers when it was first noticed.
    pub since: u64,
}

/// A call of `score_batch`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchCase {
    /// Path of the model in the repository.
    pub model: String,
    /// Task.
    pub task: String,
    /// Answers.
    pub answers: Vec<String>,
    /// Reference answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<Vec<String>>,
    /// Bits of the probabilities of each answer; empty on error.
    pub probability_bits: Vec<Vec<String>>,
    /// The name of its error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The index of the answer that fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_answer: Option<usize>,
}

impl Text {
    fn once(text: &str) -> Self {
        Self { text: text.into(), times: 1 }
    }

    /// The whole text.
    pub fn whole(&self) -> String {
        self.text.repeat(self.times)
    }
}

/// A file of the repository, by its path in the cases.
pub fn path(model: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(model)
}

/// The task pack of the cases.
///
/// # Panics
///
/// Never: the fixture makes a valid model.
pub fn pack() -> Vec<u8> {
    let base = Scorer::from_bytes(Fixture::mixtures(SEED).bytes()).expect("the fixture is a model");
    Fixture::mixtures(SEED).pack(base.blake3()).bytes()
}

/// Texts for every task without a reference.
const ANSWERS: &[&str] = &[
    "",
    "warm",
    "The balloon expands because warm air needs more room.",
    "He feared that the officer had come to arrest him for the theft.",
    "zorbl quendle frimp the snargle",
    "L'énergie de la lumière é e\u{301} naïve",
    "日本語 air 日",
    "اختبار نص عربي \u{202e}right to left\u{202c} עברית",
    "😀 👩‍👩‍👧‍👦 the 🎈 expands 🇬🇧",
    "nul \u{0} inside \u{fffd}\r\nand\tlines",
    "\u{1d54f}\u{10ffff} beyond the basic plane",
    "He thinks, he thinks. He thinks! he THINKS",
    "warm\u{2028}air\u{b}needs\u{200b}more\u{85}room\u{1e}than\u{c}cold air",
];

/// Pairs of a reference and an answer for every task with a reference.
const PAIRS: &[(&str, &str)] = &[
    ("Warm air expands.", "the balloon expands because the air is warm"),
    ("When the string is shorter, the pitch is higher.", "a short string makes a higher sound"),
    ("When the string is shorter, the pitch is higher.", "😀 مرحبا \u{0} naïve"),
    ("", "iron is not a magnet"),
    ("Warm air expands.", LONG),
    ("Warm air expands.", ""),
];

/// A sure answer, which the guarded model audits.
const AUDITED: (Option<&str>, &str) = (None, "Density, mass, volume: a property of the sample");

/// Words in the fixtures' vocabulary: more than they read of a pair, and without close repetitions.
pub const LONG: &str = "of sample magnet when warm was mass water melts does expands less is a needs energy magnet iron the \
    grows water cold shadow air pressure is move a does flammable expands plant less needs density magnet \
    water mass property air slower ice gas a room does is same not shadow was moon faster sun volume needs \
    light more particles gas pressure mass shrinks and melts balloon moon room same heat property grows iron \
    plant it water light volume is in density shrinks heat mass";

/// Makes the cases.
///
/// # Panics
///
/// If a model of the repository cannot be opened.
pub fn cases() -> Cases {
    let mut cases = Cases {
        origin: "cargo run -p pupil-tests --bin golden".into(),
        opens: opens(),
        scores: Vec::new(),
        explanations: Vec::new(),
        experts: Vec::new(),
        monitors: monitors(),
        batches: Vec::new(),
        trackers: trackers::trackers(),
    };
    let packs = Some(pack_path());
    for (model, pack) in
        [(E_LSTM, None), (MIXTURES, packs), (MEMBERS, None), (MIND_CA, None), (SCIENCE, None)]
    {
        let scorer = open(model, pack.as_deref()).expect("the repository's models open");
        for call in calls(&scorer, model, pack.as_deref()) {
            cases.scores.push(score_case(&scorer, call));
        }
        for call in calls(&scorer, model, pack.as_deref()).into_iter().filter(explained) {
            cases.explanations.push(explain_case(&scorer, call.clone()));
            cases.experts.push(experts_case(&scorer, call));
        }
        cases.batches.extend(batches(&scorer, model));
    }
    // Every reason of a guard, a promise and its lack, and an audit cross into every language.
    let scorer = open(GUARDED_MODEL, None).expect("the repository's models open");
    for task in scorer.tasks() {
        let is_pair = task.input == pupil_core::format::manifest::Input::Pair;
        let all = GUARDED.iter().chain([&AUDITED]);
        for (reference, answer) in all.filter(|(reference, _)| reference.is_some() == is_pair) {
            let call = Call {
                model: GUARDED_MODEL.into(),
                pack: None,
                task: task.id.clone(),
                answer: Text::once(answer),
                reference: reference.map(Into::into),
            };
            cases.scores.push(score_case(&scorer, call));
        }
    }
    let scorer = open(E_LSTM, None).expect("the repository's models open");
    let call = |task: &str, answer: Text, reference: Option<&str>| Call {
        model: E_LSTM.into(),
        pack: None,
        task: task.into(),
        answer,
        reference: reference.map(Into::into),
    };
    let million = Text { text: "warm air ".into(), times: 116_509 };
    let long = Text { text: "warm air ".into(), times: 7_000 };
    for call in [
        call("no-such-task", Text::once("warm"), None),
        call("balloons", Text::once("warm"), Some("a reference where none is read")),
        call("balloons", million, None),
        call("balloons", long, None),
    ] {
        cases.scores.push(score_case(&scorer, call));
    }
    cases
}

fn monitors() -> Vec<MonitorCase> {
    let one = |task: &str, reference: Option<&str>, answer: &str, times: usize| Added {
        task: task.into(),
        answer: answer.into(),
        reference: reference.map(Into::into),
        times,
    };
    let pair = Some("The balloon is warm and the air is cold.");
    let usual = "the balloon is warm and the air is cold";
    [
        (GUARDED_MODEL, vec![one("balloons", None, usual, 8), one("compare", pair, usual, 4)]),
        (
            GUARDED_MODEL,
            vec![
                one("balloons", None, usual, 10),
                one("compare", pair, "warm", 150),
                one("balloons", None, "zorbl quendle frimp", 150),
            ],
        ),
        (E_LSTM, Vec::new()),
    ]
    .map(|(model, added)| monitor_case(model, added))
    .to_vec()
}

fn monitor_case(model: &str, added: Vec<Added>) -> MonitorCase {
    let scorer = open(model, None).expect("the repository's models open");
    let case = |changes, error| MonitorCase { model: model.into(), added: added.clone(), changes, error };
    let mut monitor = match Monitor::new(&scorer) {
        Ok(monitor) => monitor,
        Err(error) => return case(Vec::new(), Some(error_name(&error).into())),
    };
    for Added { task, answer, reference, times } in &added {
        let score = match reference {
            Some(reference) => scorer.score_pair(task, reference, answer),
            None => scorer.score(task, answer),
        };
        let score = score.expect("the texts of the cases are short");
        (0..*times).for_each(|_| monitor.add(task, &score));
    }
    let found = monitor.changes().into_iter().map(|change| ChangeCase {
        task: change.task,
        what: match change.what {
            Watch::Confidence => "confidence",
            Watch::Words => "words",
            Watch::UnknownWords => "unknown-words",
        }
        .into(),
        above_bits: change.above.map(bits),
        calibrated_bits: bits(change.calibrated),
        now_bits: bits(change.now),
        since: change.since,
    });
    case(found.collect(), None)
}

fn pack_path() -> String {
    format!("tests/fixtures/api/{PACK}")
}

/// Opens a model by its path in the repository, with a task pack if one is named.
///
/// # Errors
///
/// Those of opening and attaching.
pub fn open(model: &str, pack: Option<&str>) -> Result<Scorer> {
    let scorer = Scorer::open_with(path(model), &OpenOptions::default())?;
    match pack {
        Some(pack) => scorer.attach(path(pack)),
        None => Ok(scorer),
    }
}

fn opens() -> Vec<Open> {
    let case = |model: &str, first_bytes: Option<usize>, pack: Option<String>| {
        let opened = match first_bytes {
            None => open(model, pack.as_deref()),
            Some(len) => Scorer::from_bytes(std::fs::read(path(model)).expect("it is there")[..len].to_vec()),
        };
        let (tasks, members, error) = match &opened {
            Ok(scorer) => {
                let tasks = scorer.tasks().map(|task| task.id.clone()).collect();
                (Some(tasks), Some(scorer.tasks().map(|task| members(scorer, task)).collect()), None)
            }
            Err(error) => (None, None, Some(error_name(error).to_owned())),
        };
        let guarantees = opened.ok().and_then(|scorer| guarantees(&scorer));
        Open { model: model.into(), first_bytes, pack, tasks, members, guarantees, error }
    };
    vec![
        case(E_LSTM, None, None),
        case(MIXTURES, None, Some(pack_path())),
        case(MEMBERS, None, None),
        case(GUARDED_MODEL, None, None),
        case(MIND_CA, None, None),
        case(SCIENCE, None, None),
        case("tests/fixtures/golden/no-such-file.pupil", None, None),
        case("README.md", None, None),
        case(E_LSTM, Some(0), None),
        case(E_LSTM, Some(38_000), None),
        case(E_LSTM, None, Some(pack_path())),
        case("tests/fixtures/golden/knowledge.pupil", None, None),
    ]
}

/// The guarantee of each task, if any has one.
fn guarantees(scorer: &Scorer) -> Option<Vec<Option<GuaranteeCase>>> {
    let of = |task: &Task| {
        task.guarantee.map(|g| GuaranteeCase {
            max_error_bits: bits(g.max_error),
            confidence_bits: bits(g.confidence),
            adjacent: g.agreement == Agreement::Adjacent,
            answers: g.answers,
            automatic: g.automatic,
            wrong: g.wrong,
            bound_bits: bits(g.bound),
            tasks: g.tasks,
            needed: g.needed,
        })
    };
    let all: Vec<Option<GuaranteeCase>> = scorer.tasks().map(of).collect();
    all.iter().any(Option::is_some).then_some(all)
}

fn members(scorer: &Scorer, task: &Task) -> Vec<MemberCase> {
    let family = |name: &str| scorer.manifest().encoder(name).expect("it was checked").family();
    task.all_members()
        .map(|member| MemberCase { family: family(member.encoder).into(), weight_bits: bits(member.weight) })
        .collect()
}

fn calls(scorer: &Scorer, model: &str, pack: Option<&str>) -> Vec<Call> {
    let mut calls = Vec::new();
    for task in scorer.tasks() {
        let mut push = |answer: &str, reference: Option<&str>| {
            calls.push(Call {
                model: model.into(),
                pack: pack.map(Into::into),
                task: task.id.clone(),
                answer: Text::once(answer),
                reference: reference.map(Into::into),
            });
        };
        match task.input {
            pupil_core::format::manifest::Input::Pair => {
                // A transformer takes minutes for the long answer where its CPU is emulated.
                let pairs = PAIRS.iter().filter(|(_, answer)| model != SCIENCE || *answer != LONG);
                pairs.for_each(|(reference, answer)| push(answer, Some(reference)));
            }
            _ => ANSWERS.iter().for_each(|answer| push(answer, None)),
        }
    }
    calls
}

/// A few texts of each task are enough to show that places and shares cross unharmed.
fn explained(call: &Call) -> bool {
    let text = &call.answer.text;
    text.contains('🎈') || text.contains("naïve") || text.starts_with("He feared")
}

fn score_case(scorer: &Scorer, call: Call) -> ScoreCase {
    match score(scorer, &call) {
        Ok(score) => ScoreCase { call, score: Some(expected(&score)), error: None },
        Err(error) => ScoreCase { call, score: None, error: Some(error_name(&error).into()) },
    }
}

fn score(scorer: &Scorer, call: &Call) -> Result<pupil_core::Score> {
    match &call.reference {
        Some(reference) => scorer.score_pair(&call.task, reference, &call.answer.whole()),
        None => scorer.score(&call.task, &call.answer.whole()),
    }
}

fn expected(score: &pupil_core::Score) -> Expected {
    Expected {
        labels: score.labels.iter().map(|label| label.name.to_string()).collect(),
        probability_bits: score.labels.iter().map(|label| bits(label.probability)).collect(),
        awarded: score.labels.iter().map(|label| label.awarded).collect(),
        level: score.level,
        expected_bits: score.expected.map(bits),
        confidence_bits: bits(score.confidence),
        decision: decision_name(score.decision),
        promised_bits: score.guarantee.map(|guarantee| bits(guarantee.max_error)),
        words: score.words,
        unknown_words: score.unknown_words,
        tokens: score.tokens,
        truncated: score.truncated,
        repetitive: score.repetitive,
    }
}

fn explain_case(scorer: &Scorer, call: Call) -> ExplainCase {
    let text = call.answer.whole();
    let explanation = match &call.reference {
        Some(reference) => scorer.explain_pair(&call.task, reference, &text),
        None => scorer.explain(&call.task, &text),
    };
    let words = explanation
        .expect("the texts of the cases are short")
        .words
        .iter()
        .map(|word| {
            let ends = [&text[..word.span.start], &text[..word.span.end]];
            Word {
                text: text[word.span.clone()].into(),
                utf8: ends.map(str::len),
                utf16: ends.map(|part| part.encode_utf16().count()),
                scalars: ends.map(|part| part.chars().count()),
                label_bits: word.labels.iter().copied().map(bits).collect(),
                expected_bits: word.expected.map(bits),
            }
        })
        .collect();
    ExplainCase { call, words }
}

fn experts_case(scorer: &Scorer, call: Call) -> ExpertsCase {
    match scorer.experts(&call.task, call.reference.as_deref(), &call.answer.whole()) {
        Ok(used) => {
            let weight_bits =
                used.blocks.iter().map(|block| block.weights.iter().copied().map(bits).collect()).collect();
            let members = used.blocks.iter().map(|block| block.member).collect();
            ExpertsCase { call, members, weight_bits, error: None }
        }
        Err(error) => ExpertsCase {
            call,
            members: Vec::new(),
            weight_bits: Vec::new(),
            error: Some(error_name(&error).into()),
        },
    }
}

fn batches(scorer: &Scorer, model: &str) -> Vec<BatchCase> {
    let task = scorer.tasks().next().expect("every model has a task");
    let pairs = task.input == pupil_core::format::manifest::Input::Pair;
    let (answers, references): (Vec<String>, Option<Vec<String>>) = if pairs {
        let answers = PAIRS.iter().map(|(_, answer)| (*answer).into()).collect();
        (answers, Some(PAIRS.iter().map(|(reference, _)| (*reference).into()).collect()))
    } else {
        // More answers than one thread takes at a time.
        let times = if model == E_LSTM { 4 } else { 1 };
        (ANSWERS.iter().cycle().take(ANSWERS.len() * times).map(|text| (*text).into()).collect(), None)
    };
    let mut too_long = answers.clone();
    too_long[1] = "warm air ".repeat(8_000);
    let mut cases = vec![batch_case(scorer, model, &task.id, answers, references)];
    if model == E_LSTM {
        cases.push(batch_case(scorer, model, &task.id, too_long, None));
        cases.push(batch_case(scorer, model, &task.id, Vec::new(), None));
    }
    cases
}

fn batch_case(
    scorer: &Scorer,
    model: &str,
    task: &str,
    answers: Vec<String>,
    references: Option<Vec<String>>,
) -> BatchCase {
    let options = pupil_core::BatchOptions::default();
    let scores = match &references {
        None => scorer.score_batch(task, &answers, &options),
        Some(references) => {
            let pairs: Vec<(&String, &String)> = references.iter().zip(&answers).collect();
            scorer.score_pair_batch(task, &pairs, &options)
        }
    };
    let (probability_bits, error, error_answer) = match scores {
        Ok(scores) => {
            let all = scores.iter().map(|s| s.labels.iter().map(|l| bits(l.probability)).collect()).collect();
            (all, None, None)
        }
        Err(error) => (Vec::new(), Some(error_name(&error).to_owned()), error.answer()),
    };
    BatchCase {
        model: model.into(),
        task: task.into(),
        answers,
        references,
        probability_bits,
        error,
        error_answer,
    }
}

/// The name of a decision in the cases.
pub fn decision_name(decision: Decision) -> String {
    decision.reason().map_or_else(|| "automatic".to_owned(), |reason| reason.to_string())
}

/// The name of an error in the cases: that of its kind, except for the two kinds that the bindings merge.
pub fn error_name(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::Io => "unreadable",
        kind => kind.as_str(),
    }
}

/// The contents of the file of the cases.
///
/// # Panics
///
/// Never: strings and numbers have a JSON form.
pub fn render(cases: &Cases) -> String {
    let mut json = serde_json::to_string_pretty(cases).expect("strings and numbers have a JSON form");
    json.push('\n');
    json
}
