//! "Did you mean": the known name that is most like a misspelt one. A message names what is known, not what was typed.

use std::path::Path;

/// Letters of a name from which a part of a longer name is enough.
const PART: usize = 4;

/// The name most like the one that was typed, if it is like enough: at most one letter in three differs, or the typed
/// one is a part of it. `None` also if two are as much alike.
pub(crate) fn nearest<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let typed = folded(typed);
    let mut best: Option<(usize, &str)> = None;
    let mut is_tied = false;
    for name in names {
        let known = folded(name);
        let is_part = typed.chars().count() >= PART && known.contains(&typed);
        let distance = if is_part { 1 } else { strsim::osa_distance(&typed, &known) };
        let most = (typed.chars().count().max(known.chars().count()) / 3).max(1);
        if distance > most || typed.chars().count() < 2 {
            continue;
        }
        match best {
            Some((least, _)) if distance > least => {}
            Some((least, before)) if distance == least => is_tied |= before != name,
            _ => (best, is_tied) = (Some((distance, name)), false),
        }
    }
    best.filter(|_| !is_tied).map(|(_, name)| name)
}

/// The file beside a missing one whose name is most like it.
pub(crate) fn file(missing: &Path) -> Option<String> {
    let name = missing.file_name()?.to_str()?;
    let folder = missing.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).take(10_000).collect();
    let found = nearest(name, names.iter().map(String::as_str))?;
    Some(folder.map_or_else(|| found.to_owned(), |folder| folder.join(found).display().to_string()))
}

/// A name in lower case, with one kind of white space and hyphen.
fn folded(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '_'], "-")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn misspelt_names_are_found_and_others_are_not() {
        let names = ["mindca-ss_burglar", "mindca-ss_brian", "mindca-sfquestion_1", "mindca-sfquestion_2"];
        for (typed, want) in [
            ("mindca-ss_burgler", Some("mindca-ss_burglar")),
            ("MindCA ss burglar", Some("mindca-ss_burglar")),
            ("burglar", Some("mindca-ss_burglar")),
            ("brian", Some("mindca-ss_brian")),
            ("mindca-sfquestion_3", None),
            ("he hid from the police", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(typed, names), want, "{typed}");
        }
    }
}
