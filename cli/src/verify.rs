//! `pupil verify`: checks the structure and the hashes of a file, and who signed it.

use std::ffi::OsStr;
use std::path::Path;

use pupil_core::{FileInfo, OpenOptions, PublicKey, Signature, signature_path};
use serde::Serialize;

use crate::args::VerifyArgs;
use crate::failure::{Exit, Failure};
use crate::sign::small_text;
use crate::stdout;
use crate::terminal::{Style, grouped, printable};

/// The result of the check.
#[derive(Serialize)]
struct Verified<'a> {
    file: String,
    name: &'a str,
    bytes: usize,
    blake3: &'a str,
    sections: usize,
    tasks: usize,
    version: u32,
    /// The number of the key that it is signed with, if a signature was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_by: Option<String>,
    /// What the signer wrote beside the signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// The questions of its knowledge model.
    #[serde(skip_serializing_if = "Option::is_none")]
    questions: Option<usize>,
    /// The model that a task pack belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
}

/// Runs `pupil verify`. Reading the file checks its structure, every bounded number and every hash.
pub(crate) fn run(options: &VerifyArgs) -> Result<(), Failure> {
    let expected = OpenOptions {
        trusted_keys: options.key.iter().map(|key| public_key(key)).collect::<Result<_, _>>()?,
        signature: signature(options)?,
        expected_blake3: options.expect_blake3.clone(),
        min_version: options.min_version,
        ..OpenOptions::default()
    };
    let FileInfo { manifest, bytes, blake3 } = &FileInfo::read_with(&options.file, &expected)
        .map_err(|error| Failure::opening(&options.file, &error))?;
    let signature = expected.signature.as_ref();
    let found = Verified {
        file: options.file.display().to_string(),
        name: &manifest.name,
        bytes: *bytes,
        blake3,
        sections: manifest.sections.len(),
        tasks: manifest.tasks.len(),
        version: manifest.version,
        signed_by: signature.map(Signature::key_id),
        comment: signature.map(|signature| signature.comment().to_owned()),
        questions: manifest.knowledge.as_ref().map(|knowledge| knowledge.questions.len()),
        base: manifest.base.as_ref().map(|base| base.name.as_str()),
    };
    if options.json {
        return stdout::print_json(&found);
    }
    let style = Style::of_stdout();
    stdout::print(&format!(
        "{} {}: {}, {} sections, {} bytes; every hash matches\n{}{}{}blake3 {}\n",
        style.green("ok"),
        printable(found.name),
        content(found.tasks, found.questions),
        found.sections,
        grouped(found.bytes as u64),
        if found.version > 0 { format!("version {}\n", found.version) } else { String::new() },
        found.signed_by.as_ref().map_or_else(
            || "no signature was asked for: --key names the publisher's key\n".to_owned(),
            |id| format!("signed with the trusted key {id}: {}\n", printable(&signature_comment(&found))),
        ),
        found.base.map_or_else(String::new, |base| format!("a task pack for {}\n", printable(base))),
        found.blake3,
    ))
}

/// What the signer wrote, on one line: minisign separates its parts by tabs.
fn signature_comment(found: &Verified<'_>) -> String {
    found.comment.as_deref().unwrap_or_default().replace('\t', ", ")
}

/// A public key: the text itself, or the file that holds it.
fn public_key(given: &OsStr) -> Result<PublicKey, Failure> {
    if let Some(key) = given.to_str().and_then(|text| text.parse().ok()) {
        return Ok(key);
    }
    let path = Path::new(given);
    small_text(path)?.parse().map_err(|error| {
        Failure::new(Exit::Usage, format!("{} is no key: {error}", path.display()))
            .hint("--key names the public key, which `pupil keygen` wrote beside the secret one")
    })
}

/// The signature to verify, if one is wanted: the named one, or the one beside the file.
fn signature(options: &VerifyArgs) -> Result<Option<Signature>, Failure> {
    if options.key.is_empty() {
        return Ok(None);
    }
    let path = options.signature.clone().unwrap_or_else(|| signature_path(&options.file));
    if !path.is_file() {
        let message = format!("there is no signature {}", path.display());
        return Err(Failure::new(Exit::Untrusted, message)
            .hint("get it from the publisher of the model; --signature names it if it lies elsewhere"));
    }
    let read = small_text(&path)?.parse();
    read.map(Some).map_err(|error| Failure::new(Exit::Untrusted, format!("{}: {error}", path.display())))
}

/// What a file holds, in a few words.
fn content(tasks: usize, questions: Option<usize>) -> String {
    let tasks_in_words = if tasks == 1 { "1 task".to_owned() } else { format!("{tasks} tasks") };
    match questions.map(|n| format!("a knowledge model of {} questions", grouped(n as u64))) {
        None => tasks_in_words,
        Some(knowledge) if tasks == 0 => knowledge,
        Some(knowledge) => format!("{tasks_in_words} and {knowledge}"),
    }
}
