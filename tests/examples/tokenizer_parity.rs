//! Compares the engine's token ids with those of the `tokenizers` crate on the texts of given files.
//!
//! ```text
//! cargo run --release -p pupil-tests --features tokenizers --example tokenizer_parity -- tokenizer.json FILE...
//! ```
//!
//! Texts are all string values of a `.jsonl` file, and all lines of any other file. Each text is encoded alone, and
//! with the previous text as its reference. Padding, which the engine refuses, is removed from the tokenizer first. The
//! program prints the counts; its exit status is 1 if any ids differ.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use pupil_core::tokenizer::{Encoding, Tokenizer, TokenizerKind};
use serde_json::Value;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Both tokenizers and the counts.
struct Comparison {
    ours: Tokenizer,
    theirs: tokenizers::Tokenizer,
    encoding: Encoding,
    texts: usize,
    tokens: usize,
    different: usize,
    our_time: Duration,
    their_time: Duration,
}

impl Comparison {
    fn new(path: &str) -> Result<Self, Failure> {
        let mut json: Value = serde_json::from_slice(&std::fs::read(path)?)?;
        json["padding"] = Value::Null;
        let kind = match json["model"]["type"].as_str() {
            Some("WordLevel") => TokenizerKind::WordLevel,
            _ => TokenizerKind::WordPiece,
        };
        let bytes = json.to_string().into_bytes();
        Ok(Self {
            ours: Tokenizer::from_json(kind, &bytes)?,
            theirs: tokenizers::Tokenizer::from_bytes(&bytes)?,
            encoding: Encoding::new(),
            texts: 0,
            tokens: 0,
            different: 0,
            our_time: Duration::ZERO,
            their_time: Duration::ZERO,
        })
    }

    fn compare(&mut self, reference: Option<&str>, answer: &str) -> Result<(), Failure> {
        let start = Instant::now();
        self.ours.encode(reference, answer, &mut self.encoding)?;
        let middle = Instant::now();
        let theirs = match reference {
            Some(reference) => self.theirs.encode_fast((reference, answer), true)?,
            None => self.theirs.encode_fast(answer, true)?,
        };
        self.our_time += middle - start;
        self.their_time += middle.elapsed();
        self.texts += 1;
        self.tokens += self.encoding.ids.len();
        self.different += usize::from(self.encoding.ids != theirs.get_ids());
        Ok(())
    }
}

/// Appends every string of the value.
fn strings(value: Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text),
        Value::Array(list) => list.into_iter().for_each(|value| strings(value, out)),
        Value::Object(map) => map.into_iter().for_each(|(_, value)| strings(value, out)),
        _ => {}
    }
}

fn texts(path: &str) -> Result<Vec<String>, Failure> {
    let content = std::fs::read_to_string(path)?;
    if !path.ends_with(".jsonl") {
        return Ok(content.lines().map(str::to_owned).collect());
    }
    let mut texts = Vec::new();
    for line in content.lines().filter(|line| !line.trim().is_empty()) {
        strings(serde_json::from_str(line)?, &mut texts);
    }
    Ok(texts)
}

#[expect(clippy::print_stdout, reason = "the counts are what this program is for")]
fn main() -> Result<ExitCode, Failure> {
    let mut arguments = std::env::args().skip(1);
    let tokenizer = arguments.next().ok_or("usage: tokenizer_parity tokenizer.json FILE...")?;
    let mut all = Comparison::new(&tokenizer)?;
    for path in arguments {
        let (texts, different) = (all.texts, all.different);
        let mut before = None;
        for text in self::texts(&path)? {
            all.compare(None, &text)?;
            all.compare(before.as_deref(), &text)?;
            before = Some(text);
        }
        println!("{path}: {} encodings, {} differ", all.texts - texts, all.different - different);
    }
    println!("total: {} encodings, {} tokens, {} differ", all.texts, all.tokens, all.different);
    println!("time: engine {:.3?}, crate {:.3?}", all.our_time, all.their_time);
    Ok(ExitCode::from(u8::from(all.different > 0)))
}
