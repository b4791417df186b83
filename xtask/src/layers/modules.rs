//! The modules of a crate, and which of them import which.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::lexer;
use super::source::{self, Module, Path};

/// A module of a crate.
#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    name: String,
    file: String,
    children: BTreeMap<String, usize>,
    imports: Vec<(String, Path)>,
    paths: Vec<Path>,
    items: Vec<String>,
}

/// The modules of one crate, the root first.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

/// An import of a module by another of the same folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Arrow {
    /// The module that holds both, as a path from the root; empty for the root itself.
    pub(super) folder: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) file: String,
    pub(super) line: usize,
}

impl fmt::Display for Arrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, from, to, file, line } = self;
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}::") };
        write!(f, "{folder}{from} -> {folder}{to} ({file}:{line})")
    }
}

/// Reads a file, given from the root of the workspace; `None` when there is none.
pub(super) type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Tree {
    /// The modules of the crate whose root is this file. Modules whose file is missing are left out.
    pub(super) fn of(root: &str, read: Read) -> Option<Self> {
        let source = read(root)?;
        let mut tree = Self::default();
        let (folder, file) = root.rsplit_once('/').unwrap_or(("", root));
        tree.add(
            None,
            file.trim_end_matches(".rs"),
            root,
            folder,
            source::module(&lexer::tokens(&source)),
            read,
        );
        Some(tree)
    }

    /// Adds a module and what is below it; `folder` holds the files of its children.
    fn add(
        &mut self,
        parent: Option<usize>,
        name: &str,
        file: &str,
        folder: &str,
        module: Module,
        read: Read,
    ) -> usize {
        let id = self.nodes.len();
        let Module { files, inline, imports, paths, items } = module;
        let (name, file_name) = (name.to_owned(), file.to_owned());
        let children = BTreeMap::new();
        self.nodes.push(Node { parent, name, file: file_name, children, imports, paths, items });
        for (child, path) in files {
            let candidates = match path {
                Some(path) => vec![format!("{folder}/{path}")],
                None => vec![format!("{folder}/{child}.rs"), format!("{folder}/{child}/mod.rs")],
            };
            let Some((file, source)) =
                candidates.into_iter().find_map(|file| read(&file).map(|text| (file, text)))
            else {
                continue;
            };
            let module = source::module(&lexer::tokens(&source));
            let added = self.add(Some(id), &child, &file, &format!("{folder}/{child}"), module, read);
            self.nodes[id].children.insert(child, added);
        }
        for (child, module) in inline {
            let added = self.add(Some(id), &child, file, &format!("{folder}/{child}"), module, read);
            self.nodes[id].children.insert(child, added);
        }
        id
    }

    /// The name of the root.
    pub(super) fn root(&self) -> &str {
        self.nodes.first().map_or("", |root| &root.name)
    }

    /// The names of the modules directly below the root.
    pub(super) fn top(&self) -> impl Iterator<Item = &str> {
        self.nodes.first().into_iter().flat_map(|root| root.children.keys().map(String::as_str))
    }

    /// Every import of one module by another of the same folder, sorted.
    ///
    /// A module includes everything below it: if `a/b.rs` imports `c`, `a` imports `c`. With `pub use error::Error` in
    /// a module that contains `a`, an import of `Error` from there is an import of `error`. Modules may import items
    /// that a module above them defines; an arrow to the root of the crate, in the folder of the top modules, means
    /// that they import items of the root.
    pub(super) fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = BTreeSet::new();
        for (id, node) in self.nodes.iter().enumerate() {
            let imports = node.imports.iter().map(|(_, path)| path);
            for path in imports.chain(&node.paths) {
                let Some((from, to)) = self.resolve(id, id, &path.names, &mut BTreeSet::new()) else {
                    continue;
                };
                let folder = self.path(self.nodes[from].parent.unwrap_or(0));
                let [here, there] = [from, to].map(|id| self.nodes[id].name.clone());
                arrows.insert(Arrow {
                    folder,
                    from: here,
                    to: there,
                    file: node.file.clone(),
                    line: path.line,
                });
            }
        }
        arrows.into_iter().collect()
    }

    /// Follows a path in `start`, named from `user`, up to the first module that does not contain `user`. Returns the
    /// two modules of one folder that it leads from and to.
    fn resolve(
        &self,
        user: usize,
        start: usize,
        names: &[String],
        seen: &mut BTreeSet<(usize, Vec<String>)>,
    ) -> Option<(usize, usize)> {
        if !seen.insert((start, names.to_vec())) {
            return None;
        }
        let mut at = start;
        for (index, name) in names.iter().enumerate() {
            let left = &names[index..];
            at = match name.as_str() {
                "crate" => 0,
                "self" => at,
                "super" => self.nodes[at].parent?,
                name => {
                    let node = &self.nodes[at];
                    if let Some(&child) = node.children.get(name) {
                        if self.holds(child, user) {
                            child
                        } else if at == user {
                            // A module may use what is below it.
                            return None;
                        } else {
                            return self.below(at, user).map(|from| (from, child));
                        }
                    } else {
                        // The imports of the module itself are separate arrows.
                        return if at == user { None } else { self.imported(user, at, left, seen) };
                    }
                }
            };
        }
        None
    }

    /// Follows a path through the imports of a module.
    fn imported(
        &self,
        user: usize,
        at: usize,
        left: &[String],
        seen: &mut BTreeSet<(usize, Vec<String>)>,
    ) -> Option<(usize, usize)> {
        let (name, rest) = left.split_first()?;
        let node = &self.nodes[at];
        if node.items.contains(name) {
            let apart = self.nodes[user].file != node.file;
            return if at == 0 && apart { self.below(0, user).map(|from| (from, 0)) } else { None };
        }
        let named = node.imports.iter().filter(|(import, _)| import == name);
        for (_, path) in named {
            let whole = [&path.names[..], rest].concat();
            if let Some(found) = self.resolve(user, at, &whole, seen) {
                return Some(found);
            }
        }
        let globs = node.imports.iter().filter(|(import, _)| import == "*");
        for (_, path) in globs {
            let target = self.module_at(at, &path.names)?;
            let there = &self.nodes[target];
            let has = there.items.contains(name)
                || there.children.contains_key(name)
                || there.imports.iter().any(|(import, _)| import == name);
            if has {
                let whole = [&path.names[..], left].concat();
                return self.resolve(user, at, &whole, seen);
            }
        }
        None
    }

    /// The module that a path names, if it does so without imports.
    fn module_at(&self, start: usize, names: &[String]) -> Option<usize> {
        names.iter().try_fold(start, |at, name| match name.as_str() {
            "crate" => Some(0),
            "self" => Some(at),
            "super" => self.nodes[at].parent,
            name => self.nodes[at].children.get(name).copied(),
        })
    }

    /// Whether `module` is `inner` or contains it.
    fn holds(&self, module: usize, inner: usize) -> bool {
        let mut at = Some(inner);
        while let Some(id) = at {
            if id == module {
                return true;
            }
            at = self.nodes[id].parent;
        }
        false
    }

    /// The module directly below `module` that contains `inner`.
    fn below(&self, module: usize, inner: usize) -> Option<usize> {
        let mut at = inner;
        while self.nodes[at].parent != Some(module) {
            at = self.nodes[at].parent?;
        }
        Some(at)
    }

    /// The path of a module from the root.
    fn path(&self, id: usize) -> String {
        let node = &self.nodes[id];
        match node.parent {
            None => String::new(),
            Some(0) => node.name.clone(),
            Some(parent) => format!("{}::{}", self.path(parent), node.name),
        }
    }
}
