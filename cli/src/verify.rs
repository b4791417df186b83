//! Whether a file holds what it says.

use pupil_core::format::FileInfo;
use serde::Serialize;

use crate::args::Verify;
use crate::failure::Failure;
use crate::screen::{Style, grouped, printable};
use crate::stdout;

/// What was found.
#[derive(Serialize)]
struct Found<'a> {
    file: String,
    name: &'a str,
    bytes: usize,
    blake3: &'a str,
    sections: usize,
    tasks: usize,
    /// The model that a task pack belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<&'a str>,
}

/// Reads the file, which checks its structure, every number that is bounded and every hash.
pub(crate) fn run(options: &Verify) -> Result<(), Failure> {
    let FileInfo { manifest, bytes, blake3 } =
        &FileInfo::read(&options.file).map_err(|error| Failure::opening(&options.file, &error))?;
    let found = Found {
        file: options.file.display().to_string(),
        name: &manifest.name,
        bytes: *bytes,
        blake3,
        sections: manifest.sections.len(),
        tasks: manifest.tasks.len(),
        base: manifest.base.as_ref().map(|base| base.name.as_str()),
    };
    if options.json {
        return stdout::print_json(&found);
    }
    let style = Style::of_stdout();
    stdout::print(&format!(
        "{} {}: {} {}, {} sections, {} bytes; every hash holds\nblake3 {}\n{}",
        style.green("ok"),
        printable(found.name),
        found.tasks,
        if found.tasks == 1 { "task" } else { "tasks" },
        found.sections,
        grouped(found.bytes as u64),
        found.blake3,
        found.base.map_or_else(String::new, |base| format!("a task pack for {}\n", printable(base))),
    ))
}
