//! The one wrap width of comments and pages.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::process::say;
use crate::workspace::Workspace;

/// Columns that a line of prose may have.
const COLUMNS: usize = 120;

/// Never wrapped: a shipped model contains the hash of its recipe, and the trainer writes the cards.
const KEPT: [&str; 1] = ["models"];

/// Fails if a comment or a line of a page is longer.
///
/// Tables, code blocks in pages, and lines with a URL may be longer; the formatters wrap code.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut long = Vec::new();
    for (path, text) in workspace.texts()? {
        let file = path.strip_prefix(workspace.root()).unwrap_or(&path);
        if KEPT.iter().any(|folder| file.starts_with(folder)) {
            continue;
        }
        let lines = too_long(file, &text);
        long.extend(lines.iter().map(|line| format!("{}:{line}", file.display())));
    }
    for place in &long {
        say!("   {place}");
    }
    ensure!(long.is_empty(), "{} lines of prose have more than {COLUMNS} columns", long.len());
    Ok(())
}

/// The numbers of the lines that are too long.
fn too_long(file: &Path, text: &str) -> Vec<usize> {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    // Whether this line is in a code block of a page, or in a Python string that may be documentation.
    let mut inside = false;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let start = line.trim_start();
        let prose = match extension {
            "md" => {
                inside ^= start.starts_with("```");
                !inside && !start.starts_with('|')
            }
            "rs" | "kt" | "kts" | "swift" => {
                let table = ["//! |", "/// |", "* |"].iter().any(|sign| start.starts_with(sign));
                !table && ["//", "/*", "* "].iter().any(|sign| start.starts_with(sign))
            }
            "py" => {
                let within = inside;
                inside ^= !line.matches("\"\"\"").count().is_multiple_of(2);
                within || inside || start.starts_with('#') || start.starts_with("\"\"\"")
            }
            "toml" | "yml" | "sh" | "" => start.starts_with('#'),
            _ => false,
        };
        if prose && line.chars().count() > COLUMNS && !line.contains("://") {
            found.push(index + 1);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_held_to_the_width_and_nothing_else() {
        let long = "a ".repeat(61);
        let rows = [
            (
                "a.rs",
                format!("// {long}\n/// {long}\nlet s = \"{long}\"; // b\n    //! {long}"),
                vec![1, 2, 4],
            ),
            ("a.rs", format!("// {}\n// {}é", "b".repeat(118), "b".repeat(116)), vec![1]),
            ("a.rs", format!("// https://example.org/ {long}\n//! | {long} |"), vec![]),
            ("a.md", format!("{long}\n| {long} |\n```sh\n{long}\n```\n{long}"), vec![1, 6]),
            ("a.kt", format!("/**\n * {long}\n */\nval s = \"{long}\""), vec![2]),
            ("a.swift", format!("/// {long}"), vec![1]),
            (
                "a.py",
                format!("# {long}\ns = \"{long}\"\n\"\"\"b\n{long}\n\"\"\"\ns = \"{long}\""),
                vec![1, 4],
            ),
            ("a.toml", format!("# {long}\ns = \"{long}\""), vec![1]),
            ("run", format!("# {long}\necho {long}"), vec![1]),
            ("a.json", format!("# {long}"), vec![]),
        ];
        for (file, text, want) in rows {
            assert_eq!(too_long(Path::new(file), &text), want, "{file}: {text}");
        }
    }
}
