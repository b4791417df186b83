//! Prints the cases of all languages as lines, for programs without a reader of JSON, from the root of the workspace.
//!
//! A case is two lines: a call, and what it gives. Fields are separated by tabs. A text is `=` and its bytes in
//! hexadecimal, so that an empty one differs from `-`, one that is absent. The calls of monitors, trackers and experts
//! are left out: the library for C has none.

use std::error::Error;
use std::fmt::Write as _;

use pupil_tests::api::{
    BatchCase, CASES, Call, Cases, Expected, ExplainCase, FOLDER, GuaranteeCase, Open, ScoreCase,
};

fn main() -> Result<(), Box<dyn Error>> {
    let cases: Cases = serde_json::from_slice(&std::fs::read(format!("{FOLDER}/{CASES}"))?)?;
    let mut lines = String::new();
    cases.opens.iter().for_each(|case| open(&mut lines, case));
    cases.scores.iter().for_each(|case| score(&mut lines, case));
    cases.explanations.iter().for_each(|case| explain(&mut lines, case));
    cases.batches.iter().for_each(|case| batch(&mut lines, case));
    print(&lines);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the lines are this program's output")]
fn print(lines: &str) {
    print!("{lines}");
}

/// A text of any bytes.
fn text(text: &str) -> String {
    text.bytes().fold("=".to_owned(), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn optional(given: Option<&str>) -> String {
    given.map_or_else(|| "-".to_owned(), text)
}

fn flag(value: bool) -> &'static str {
    if value { "1" } else { "0" }
}

/// Adds a case: its call, and what it gives.
fn add(lines: &mut String, call: &[String], gives: &[String]) {
    for fields in [call, gives] {
        lines.push_str(&fields.join("\t"));
        lines.push('\n');
    }
}

/// An error: its name, and the index of the answer of a batch.
fn error(name: &str, answer: Option<usize>) -> Vec<String> {
    vec!["error".into(), name.into(), answer.map_or_else(|| "-1".to_owned(), |answer| answer.to_string())]
}

fn open(lines: &mut String, case: &Open) {
    let first = case.first_bytes.map_or_else(|| "-".to_owned(), |bytes| bytes.to_string());
    let call = ["open".into(), text(&case.model), optional(case.pack.as_deref()), first];
    let gives = match (&case.error, &case.tasks, &case.members) {
        (None, Some(tasks), Some(members)) => {
            let mut fields = vec![tasks.len().to_string()];
            for (place, (task, members)) in tasks.iter().zip(members).enumerate() {
                fields.extend([text(task), members.len().to_string()]);
                for member in members {
                    fields.extend([text(&member.family), member.weight_bits.clone()]);
                }
                let guarantee = case.guarantees.as_ref().and_then(|list| list.get(place)?.as_ref());
                fields.extend(guarantee.map_or_else(|| vec!["-".to_owned()], self::guarantee));
            }
            fields
        }
        (name, ..) => error(name.as_deref().unwrap_or_default(), None),
    };
    add(lines, &call, &gives);
}

fn guarantee(case: &GuaranteeCase) -> Vec<String> {
    vec![
        case.max_error_bits.clone(),
        case.confidence_bits.clone(),
        flag(case.adjacent).into(),
        case.answers.to_string(),
        case.automatic.to_string(),
        case.wrong.to_string(),
        case.bound_bits.clone(),
        case.tasks.to_string(),
        case.needed.unwrap_or(0).to_string(),
    ]
}

/// A call with one answer.
fn call(name: &str, call: &Call) -> Vec<String> {
    let pack = optional(call.pack.as_deref());
    let (reference, answer) = (optional(call.reference.as_deref()), text(&call.answer.text));
    let times = call.answer.times.to_string();
    vec![name.into(), text(&call.model), pack, text(&call.task), reference, times, answer]
}

fn score(lines: &mut String, case: &ScoreCase) {
    let gives = match (&case.error, &case.score) {
        (None, Some(score)) => self::scored(score),
        (name, _) => error(name.as_deref().unwrap_or_default(), None),
    };
    add(lines, &call("score", &case.call), &gives);
}

fn scored(score: &Expected) -> Vec<String> {
    let mut fields = vec![score.labels.len().to_string()];
    for (label, (bits, awarded)) in score.labels.iter().zip(score.probability_bits.iter().zip(&score.awarded))
    {
        fields.extend([text(label), bits.clone(), flag(*awarded).into()]);
    }
    fields.extend([
        score.level.map_or_else(|| "-".to_owned(), |level| level.to_string()),
        score.expected_bits.clone().unwrap_or_else(|| "-".to_owned()),
        score.confidence_bits.clone(),
        score.decision.clone(),
        score.promised_bits.clone().unwrap_or_else(|| "-".to_owned()),
        score.words.to_string(),
        score.unknown_words.to_string(),
        score.tokens.to_string(),
        flag(score.truncated).into(),
        flag(score.repetitive).into(),
    ]);
    fields
}

fn explain(lines: &mut String, case: &ExplainCase) {
    let mut fields = vec![case.words.len().to_string()];
    for word in &case.words {
        fields.extend(word.utf8.map(|place| place.to_string()));
        fields.extend(word.label_bits.iter().cloned());
        fields.push(word.expected_bits.clone().unwrap_or_else(|| "-".to_owned()));
    }
    add(lines, &call("explain", &case.call), &fields);
}

fn batch(lines: &mut String, case: &BatchCase) {
    let mut call = vec!["batch".to_owned(), text(&case.model), text(&case.task)];
    call.push(flag(case.references.is_some()).into());
    call.push(case.answers.len().to_string());
    for list in [Some(&case.answers), case.references.as_ref()].into_iter().flatten() {
        call.extend(list.iter().map(|answer| text(answer)));
    }
    let gives = match &case.error {
        None => {
            let mut fields = vec![case.probability_bits.len().to_string()];
            fields.extend(case.probability_bits.iter().flatten().cloned());
            fields
        }
        Some(name) => error(name, case.error_answer),
    };
    add(lines, &call, &gives);
}
