//! Gives the tasks of a finished file names and prompts for people: `names FILE NAMES`, with a JSON object by task.
//!
//! Only these words and the hash of the manifest change. Every section keeps its bytes, so every score keeps its bits.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use pupil_core::format::{MANIFEST_HASH_KEY, MANIFEST_KEY, hash};
use pupil_core::{Scorer, output};
use serde::Deserialize;
use serde_json::{Value, json};

/// The words for people of a task.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    name: String,
    prompt: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, names] = &arguments[..] else { return Err("use: names FILE NAMES".into()) };
    let words: BTreeMap<String, Words> = serde_json::from_slice(&std::fs::read(names)?)?;
    let bytes = named(&std::fs::read(file)?, &words)?;
    // Opening checks every hash.
    let blake3 = Scorer::from_bytes(bytes.clone())?.blake3().to_owned();
    output::write(Path::new(file), &bytes)?;
    eprintln!("{file}: {} bytes, BLAKE3 {blake3}", bytes.len());
    Ok(())
}

/// The file with the words in its manifest.
fn named(bytes: &[u8], words: &BTreeMap<String, Words>) -> Result<Vec<u8>, Box<dyn Error>> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or("the file is too short")?;
    let length = usize::try_from(u64::from_le_bytes(*length))?;
    let (header, data) = rest.split_at_checked(length).ok_or("the header is cut off")?;
    let header = std::str::from_utf8(header)?.trim_end();
    let parsed: Value = serde_json::from_str(header)?;
    let of = |key: &str| parsed["__metadata__"][key].as_str().ok_or("the file has no manifest");
    let (old, old_hash) = (of(MANIFEST_KEY)?, of(MANIFEST_HASH_KEY)?);
    let mut manifest = old.to_owned();
    let tasks: Value = serde_json::from_str(old)?;
    for task in tasks["tasks"].as_array().ok_or("the manifest has no tasks")? {
        let id = task["id"].as_str().ok_or("a task has no id")?;
        let words = words.get(id).ok_or_else(|| format!("the task {id} has no name"))?;
        let field =
            |name: &Value, prompt: &Value| format!(r#""id":{},"name":{name},"prompt":{prompt}"#, json!(id));
        let (before, after) =
            (field(&task["name"], &task["prompt"]), field(&json!(words.name), &json!(words.prompt)));
        if manifest.matches(&before).count() != 1 {
            return Err(format!("the task {id} is not written as expected").into());
        }
        manifest = manifest.replace(&before, &after);
    }
    let header = header.replacen(&json!(old).to_string(), &json!(manifest).to_string(), 1).replacen(
        &format!("\"{old_hash}\""),
        &format!("\"{}\"", hash::digits(manifest.as_bytes())),
        1,
    );
    let mut header = header.into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    Ok([&u64::try_from(header.len())?.to_le_bytes()[..], &header, data].concat())
}
