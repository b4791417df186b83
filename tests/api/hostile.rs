//! Texts that are made to be slow: the time of a score grows as the text does, and no faster.
//!
//! Time is that of the thread on its CPU, so that other programs do not matter. A text of 1 MiB is compared with
//! sixteen texts of 64 KiB: what grows with the square of the length takes sixteen times as long, and four times are
//! allowed.

use std::time::Instant;

use pupil_core::format::manifest::Input;
use pupil_core::tokenizer::{Encoding, Tokenizer, TokenizerKind};
use pupil_core::{ErrorKind, OpenOptions, Scorer};
use pupil_tests::Fixture;

use crate::SEED;

const SHORT: usize = 64 << 10;
const LONG: usize = 16 * SHORT;

/// What the texts are made of.
const UNITS: [&str; 16] = include!("hostile.in");

fn text(unit: &str, bytes: usize) -> String {
    unit.repeat(bytes / unit.len())
}

/// Nanoseconds that this thread has run, where the system tells.
fn ran() -> Option<u64> {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()?
        .split(' ')
        .next()?
        .parse()
        .ok()
        .filter(|n| *n > 0)
}

/// The time of a run in nanoseconds.
fn time(run: impl FnOnce()) -> u64 {
    let (clock, cpu) = (Instant::now(), ran());
    run();
    let elapsed = u64::try_from(clock.elapsed().as_nanos()).unwrap();
    cpu.and_then(|before| Some(ran()? - before)).unwrap_or(elapsed)
}

/// Fails if a long text takes more than its share: four times as long as as many bytes in sixteen texts.
fn assert_linear(what: &str, mut run: impl FnMut(&str)) {
    // The clock of a thread advances in steps of some milliseconds.
    const STEP: u64 = 4_000_000;
    let mut slow = Vec::new();
    for unit in UNITS {
        let (short, long) = (text(unit, SHORT), text(unit, LONG));
        let mut times = || (time(|| (0..LONG / SHORT).for_each(|_| run(&short))), time(|| run(&long)));
        let is_slow = |(several, one): &(u64, u64)| *one > 4 * several + 4 * STEP;
        // One measurement that is too long may be by chance, as on a CPU that others share; five are not.
        if let Some((several, one)) = (0..5).map(|_| times()).take_while(is_slow).nth(4) {
            slow.push(format!("{unit:?}: {} us in sixteen texts, {} us in one", several / 1000, one / 1000));
        }
    }
    assert!(slow.is_empty(), "{what}: {}", slow.join("; "));
}

#[test]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "the algorithms are the same everywhere")]
fn time_of_a_score_is_linear_in_the_text() {
    let options = OpenOptions { max_answer_bytes: 2 << 20, ..OpenOptions::default() };
    for (name, fixture) in [("several members", Fixture::members(SEED)), ("guards", Fixture::guarded(SEED))] {
        let scorer = Scorer::from_bytes_with(fixture.bytes(), &options).unwrap();
        let task = scorer.tasks().last().unwrap().clone();
        assert_linear(name, |text| {
            let score = match task.input {
                Input::Pair => scorer.score_pair(&task.id, text, text),
                _ => scorer.score(&task.id, text),
            };
            if let Err(error) = score {
                assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
            }
        });
    }
}

#[test]
#[cfg_attr(not(target_arch = "x86_64"), ignore = "the algorithms are the same everywhere")]
fn time_of_hostile_tokenizers_is_linear_in_the_text() {
    let added = |content: &str, id: u32, left: bool, right: bool| {
        format!(
            r#"{{"id":{id},"content":"{content}","single_word":false,"lstrip":{left},"rstrip":{right},"normalized":false,"special":false}}"#
        )
    };
    let file = |added: &str, normalizer: &str, vocabulary: &str| {
        format!(
            r#"{{"version":"1.0","added_tokens":[{added}],"normalizer":{normalizer},"pre_tokenizer":null,"model":{{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"","max_input_chars_per_word":18446744073709551615,"vocab":{{"[UNK]":0,"a":1," ":2{vocabulary}}}}}}}"#
        )
    };
    let chain: Vec<String> =
        (3..67_u8).map(|n| added(&"a".repeat(n.into()), n.into(), false, false)).collect();
    let words: String = (3..67).map(|n| format!(",\"{}\":{n}", "a".repeat(n))).collect();
    let forms =
        r#"{"type":"Sequence","normalizers":[{"type":"NFKD"},{"type":"NFKC"},{"type":"StripAccents"}]}"#;
    for (name, json) in [
        ("a space takes the spaces after it", file(&added(" ", 2, false, true), "null", "")),
        ("a space takes the spaces before it", file(&added(" ", 2, true, false), "null", "")),
        ("a space takes all spaces", file(&added(" ", 2, true, true), "null", "")),
        ("tokens that begin with each other", file(&chain.join(","), "null", &words)),
        ("normal forms", file("", forms, "")),
    ] {
        let tokenizer = Tokenizer::from_json(TokenizerKind::WordPiece, json.as_bytes()).unwrap();
        let mut encoding = Encoding::new();
        assert_linear(name, |text| tokenizer.encode(None, text, &mut encoding).unwrap());
    }
}

#[test]
fn work_is_limited_before_it_is_done() {
    let bytes = Fixture::mixtures(SEED).bytes();
    let answer = "warm air needs more room ".repeat(10);
    let open = |max_work| {
        Scorer::from_bytes_with(bytes.clone(), &OpenOptions { max_work, ..OpenOptions::default() }).unwrap()
    };
    let plenty = open(u64::MAX);
    for task in ["lstm", "token"] {
        let want = plenty.score(task, &answer).unwrap();
        // As much as a short answer takes, but for a factor of two.
        let little =
            (1..64).map(|bits| open(1 << bits)).find(|scorer| scorer.score(task, "warm").is_ok()).unwrap();
        assert_eq!(little.score(task, "warm").unwrap(), plenty.score(task, "warm").unwrap());
        let error = little.score(task, &answer).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
        assert!(error.to_string().contains("tokens, at most"), "{error}");
        let batch = little.score_batch(task, &[answer.as_str()], &pupil_core::BatchOptions::default());
        assert_eq!(batch.unwrap_err().kind(), ErrorKind::TooLarge);
        assert_eq!(open(1 << 40).score(task, &answer).unwrap(), want);
    }
}

#[test]
fn score_that_is_not_wanted_any_more_is_cancelled() {
    use std::sync::atomic::AtomicBool;
    let scorer = Scorer::from_bytes(Fixture::new(SEED).bytes()).unwrap();
    let (wanted, cancelled) = (AtomicBool::new(false), AtomicBool::new(true));
    let score = scorer.score_until("balloons", None, "warm air", &wanted).unwrap();
    assert_eq!(score, scorer.score("balloons", "warm air").unwrap());
    let error = scorer.score_until("balloons", None, "warm air", &cancelled).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}
