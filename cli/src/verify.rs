//! Whether a file holds what it says.

use serde::Serialize;

use crate::args::Verify;
use crate::failure::Failure;
use crate::model;
use crate::screen::{self, Style, grouped, printable};

/// What was found.
#[derive(Serialize)]
struct Found<'a> {
    file: String,
    name: &'a str,
    bytes: usize,
    blake3: String,
    sections: usize,
    tasks: usize,
}

/// Opens the file, which checks its structure, every number that is bounded and every hash.
pub(crate) fn run(options: &Verify) -> Result<(), Failure> {
    let path = Some(options.file.as_path());
    let scorer = model::open(path)?;
    let manifest = scorer.manifest();
    let found = Found {
        file: options.file.display().to_string(),
        name: &manifest.name,
        bytes: scorer.report().file_bytes,
        blake3: scorer.blake3(),
        sections: manifest.sections.len(),
        tasks: manifest.tasks.len(),
    };
    if options.json {
        return screen::print_json(&found);
    }
    let style = Style::of_stdout();
    screen::print(&format!(
        "{} {}: {} {}, {} sections, {} bytes; every hash holds\nblake3 {}\n",
        style.green("ok"),
        printable(found.name),
        found.tasks,
        if found.tasks == 1 { "task" } else { "tasks" },
        found.sections,
        grouped(found.bytes as u64),
        found.blake3,
    ))
}
