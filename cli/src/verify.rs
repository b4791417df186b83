//! `pupil verify`: checks the structure and the hashes of a file.

use pupil_core::FileInfo;
use serde::Serialize;

use crate::args::VerifyArgs;
use crate::failure::Failure;
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
    /// The questions of its knowledge model.
    #[serde(skip_serializing_if = "Option::is_none")]
    questions: Option<usize>,
    /// The model that a task pack belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
}

/// Runs `pupil verify`. Reading the file checks its structure, every bounded number and every hash.
pub(crate) fn run(options: &VerifyArgs) -> Result<(), Failure> {
    let FileInfo { manifest, bytes, blake3 } =
        &FileInfo::read(&options.file).map_err(|error| Failure::opening(&options.file, &error))?;
    let found = Verified {
        file: options.file.display().to_string(),
        name: &manifest.name,
        bytes: *bytes,
        blake3,
        sections: manifest.sections.len(),
        tasks: manifest.tasks.len(),
        questions: manifest.knowledge.as_ref().map(|knowledge| knowledge.questions.len()),
        base: manifest.base.as_ref().map(|base| base.name.as_str()),
    };
    if options.json {
        return stdout::print_json(&found);
    }
    let style = Style::of_stdout();
    stdout::print(&format!(
        "{} {}: {}, {} sections, {} bytes; every hash matches\nblake3 {}\n{}",
        style.green("ok"),
        printable(found.name),
        content(found.tasks, found.questions),
        found.sections,
        grouped(found.bytes as u64),
        found.blake3,
        found.base.map_or_else(String::new, |base| format!("a task pack for {}\n", printable(base))),
    ))
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
