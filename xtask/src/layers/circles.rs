//! Circles among arrows.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use super::modules::Arrow;

/// How many places of one arrow are listed.
const PLACES: usize = 8;

/// The shortest circles among the arrows of one crate: each arrow that is part of a circle is part of one of them. A
/// circle is a folder and the modules in their order, the smallest name first.
pub(super) fn circles(arrows: &[Arrow]) -> Vec<(String, Vec<String>)> {
    let mut folders: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for Arrow { folder, from, to, .. } in arrows {
        folders.entry(folder).or_default().entry(from).or_default().insert(to);
    }
    let mut found = BTreeSet::new();
    for (folder, graph) in folders {
        for (from, targets) in &graph {
            for to in targets {
                if let Some(mut circle) = way(&graph, to, from) {
                    let first =
                        circle.iter().enumerate().min_by_key(|(_, name)| **name).map_or(0, |(at, _)| at);
                    circle.rotate_left(first);
                    found.insert((folder.to_owned(), circle.into_iter().map(str::to_owned).collect()));
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The shortest path between two modules, both included.
fn way<'a>(graph: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str, to: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut way = vec![at];
            while let Some(&before) = came_from.get(way[way.len() - 1]).filter(|_| way[way.len() - 1] != from)
            {
                way.push(before);
            }
            way.reverse();
            return Some(way);
        }
        for &next in graph.get(at).into_iter().flatten() {
            if next != from && !came_from.contains_key(next) {
                came_from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

/// A circle as people read it: `a -> b -> a`, then the places of each arrow.
pub(super) fn shown(folder: &str, circle: &[String], arrows: &[Arrow]) -> String {
    let path = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}::{name}") };
    let mut text = String::new();
    for name in circle {
        let _ = write!(text, "{} -> ", path(name));
    }
    let _ = writeln!(text, "{}", path(&circle[0]));
    for (at, from) in circle.iter().enumerate() {
        let to = &circle[(at + 1) % circle.len()];
        let places: Vec<String> = arrows
            .iter()
            .filter(|arrow| arrow.folder == folder && arrow.from == *from && arrow.to == *to)
            .map(|arrow| format!("{}:{}", arrow.file, arrow.line))
            .collect();
        let more = places.len().saturating_sub(PLACES);
        let listed = places[..places.len() - more].join(" ");
        let _ = write!(text, "    {from} -> {to}: {listed}");
        let _ = if more > 0 { writeln!(text, " and {more} more") } else { writeln!(text) };
    }
    text
}
