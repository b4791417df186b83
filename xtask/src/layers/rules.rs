//! The tables of the page on architecture, and what violates them.

use std::collections::BTreeMap;

use super::modules::{Arrow, Tree};
use super::packages::Package;

/// The allowed names of a row: those in its last column, in backticks.
type Rules = BTreeMap<String, Vec<String>>;

/// Finds dependencies of the packages that the table of crates does not allow.
pub(super) fn crates(page: &str, packages: &[Package]) -> Vec<String> {
    let Some(rules) = table(page, "crate") else {
        return vec!["there is no table whose first heading is `crate`".to_owned()];
    };
    let folder_of =
        |name: &String| packages.iter().find(|package| package.name == *name).map(|package| &package.folder);
    let mut wrong = Vec::new();
    for Package { folder, dependencies, dev_dependencies, .. } in packages {
        let Some(allowed) = rules.get(folder) else {
            wrong.push(format!("the crate in {folder} has no row"));
            continue;
        };
        let in_tests = allowed_in_tests(allowed);
        for (kind, names) in [("", dependencies), (" in tests", dev_dependencies)] {
            for target in names.iter().filter_map(folder_of) {
                let fits =
                    allowed.contains(target) || !kind.is_empty() && in_tests.contains(&target.as_str());
                if !fits {
                    wrong.push(format!("{folder} depends on {target}{kind}, but its row does not say so"));
                }
            }
        }
    }
    let missing = rules.keys().filter(|folder| !packages.iter().any(|package| package.folder == **folder));
    wrong.extend(missing.map(|folder| format!("{folder} has a row, but is not a crate")));
    wrong
}

/// Names that only tests may depend on: the row writes them as `tests: NAME`.
fn allowed_in_tests(allowed: &[String]) -> Vec<&str> {
    allowed.iter().filter_map(|name| name.strip_prefix("tests: ")).collect()
}

/// Finds imports between the top modules of a crate that its table does not allow, if it has one.
pub(super) fn modules(page: &str, folder: &str, tree: &Tree, arrows: &[Arrow]) -> Vec<String> {
    let Some(rules) = table(page, &format!("module of `{folder}`")) else { return Vec::new() };
    let mut wrong: Vec<String> = tree
        .top()
        .filter(|module| !rules.contains_key(*module))
        .map(|module| format!("the module {module} has no row in the table of modules"))
        .collect();
    let missing = rules.keys().filter(|module| !tree.top().any(|top| top == **module));
    wrong.extend(
        missing.map(|module| format!("{module} has a row in the table of modules, but is not a module")),
    );
    for arrow in arrows.iter().filter(|arrow| arrow.folder.is_empty() && arrow.to != tree.root()) {
        if rules.get(&arrow.from).is_some_and(|allowed| !allowed.contains(&arrow.to)) {
            wrong.push(format!("{arrow}: {} may not import {}", arrow.from, arrow.to));
        }
    }
    wrong
}

/// The rows of the table with this first heading: the names in the first column, each with those in the last one.
fn table(page: &str, heading: &str) -> Option<Rules> {
    let mut lines = page.lines().map(str::trim);
    lines.find(|line| cells(line).is_some_and(|cells| cells[0] == heading))?;
    let mut rules = Rules::new();
    for cells in lines.skip(1).map_while(cells) {
        let allowed = quoted(cells[cells.len() - 1]);
        for name in quoted(cells[0]) {
            rules.insert(name, allowed.clone());
        }
    }
    Some(rules)
}

/// The cells of a row.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inside = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(inside.split('|').map(str::trim).collect())
}

/// The text in backticks.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}
