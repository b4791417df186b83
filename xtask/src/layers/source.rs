//! The modules that a file declares, and the paths that it names.

use super::lexer::{Kind, Token};

/// The content of a module; inline modules are separate.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Modules in separate files, with the value of `#[path]`.
    pub(super) files: Vec<(String, Option<String>)>,
    /// Modules between braces.
    pub(super) inline: Vec<(String, Module)>,
    /// Imports by `use`: a name, or `*`, and its path.
    pub(super) imports: Vec<(String, Path)>,
    /// Paths outside of `use`.
    pub(super) paths: Vec<Path>,
    /// Names of items that are defined here.
    pub(super) items: Vec<String>,
}

/// A path of at least two names, or of one in `use`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) names: Vec<String>,
    pub(super) line: usize,
}

/// Words that define an item whose name follows.
const DEFINING: [&str; 8] = ["struct", "enum", "union", "trait", "type", "const", "static", "fn"];

/// Words that may begin an item.
const BEGINNING: [&str; 17] = [
    "pub",
    "unsafe",
    "async",
    "extern",
    "mod",
    "use",
    "impl",
    "struct",
    "enum",
    "union",
    "trait",
    "type",
    "const",
    "static",
    "fn",
    "macro_rules",
    "let",
];

/// Reads the tokens of a file, without code that only tests compile.
pub(super) fn module(tokens: &[Token]) -> Module {
    let mut module = Module::default();
    Scan { tokens, at: 0 }.body(&mut module);
    module
}

struct Scan<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Scan<'_> {
    fn word(&self, ahead: usize) -> Option<&str> {
        match &self.tokens.get(self.at + ahead)?.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    fn sign(&self, ahead: usize, sign: char) -> bool {
        self.tokens.get(self.at + ahead).is_some_and(|token| token.kind == Kind::Sign(sign))
    }

    fn colons(&self, ahead: usize) -> bool {
        self.sign(ahead, ':') && self.sign(ahead + 1, ':')
    }

    fn line(&self) -> usize {
        self.tokens.get(self.at).map_or(0, |token| token.line)
    }

    /// Reads up to the brace that closes this module, or to the end.
    fn body(&mut self, module: &mut Module) {
        let mut depth = 0_usize;
        let mut path = None;
        while self.at < self.tokens.len() {
            if self.sign(0, '#') && (self.sign(1, '[') || self.sign(1, '!') && self.sign(2, '[')) {
                let inner = self.sign(1, '!');
                let attribute = self.attribute();
                if attribute.only_for_tests {
                    if inner {
                        self.at = self.tokens.len();
                    } else {
                        self.skip_item();
                    }
                }
                path = attribute.path.or(path);
                continue;
            }
            if self.sign(0, '{') {
                depth += 1;
            } else if self.sign(0, '}') {
                if depth == 0 {
                    self.at += 1;
                    return;
                }
                depth -= 1;
            } else if self.word(0).is_some() {
                self.words(module, &mut path);
                continue;
            }
            self.at += 1;
        }
    }

    /// Reads an item, or the beginning of one, or a path.
    fn words(&mut self, module: &mut Module, path: &mut Option<String>) {
        let second = self.word(1).map(str::to_owned);
        match (self.word(0), second) {
            (Some("mod"), Some(name)) if self.sign(2, ';') => {
                module.files.push((name, path.take()));
                self.at += 3;
            }
            (Some("mod"), Some(name)) if self.sign(2, '{') => {
                self.at += 3;
                let mut inline = Module::default();
                self.body(&mut inline);
                module.inline.push((name, inline));
                *path = None;
            }
            // Not the `use<'a>` of a type.
            (Some("use"), _) if !self.sign(1, '<') => {
                self.at += 1;
                self.tree(&[], module);
                *path = None;
            }
            (Some("macro_rules"), _) => {
                if let Some(name) = self.word(2) {
                    module.items.push(name.to_owned());
                }
                self.at += 3;
            }
            // `const fn name` is read from `fn` on.
            (Some(word), Some(name)) if DEFINING.contains(&word) && !BEGINNING.contains(&name.as_str()) => {
                module.items.push(name);
                self.at += 2;
            }
            _ => self.path(module),
        }
    }

    /// Reads a path outside of `use`.
    fn path(&mut self, module: &mut Module) {
        // A name after `::` belongs to a path of another crate, or to one with generics that was read before.
        let begins =
            !(self.at >= 2 && self.tokens[self.at - 2..self.at].iter().all(|t| t.kind == Kind::Sign(':')));
        let line = self.line();
        let mut names = Vec::new();
        while let Some(name) = self.word(0) {
            names.push(name.to_owned());
            self.at += 1;
            if !self.colons(0)
                || self.tokens.get(self.at + 2).is_none_or(|t| !matches!(t.kind, Kind::Word(_)))
            {
                break;
            }
            self.at += 2;
        }
        // `a::<T>` and `a::{…}` name `a` as well.
        if begins && (names.len() > 1 || self.colons(0)) {
            module.paths.push(Path { names, line });
        }
    }

    /// Reads the tree after `use`, or a branch of it.
    fn tree(&mut self, before: &[String], module: &mut Module) {
        let line = self.line();
        let mut names = before.to_vec();
        if self.colons(0) {
            // The name of a crate follows; no crate has this name.
            names.push("::".to_owned());
            self.at += 2;
        }
        while self.at < self.tokens.len() {
            if self.sign(0, '{') {
                self.at += 1;
                while self.at < self.tokens.len() && !self.sign(0, '}') {
                    if self.sign(0, ',') {
                        self.at += 1;
                    } else {
                        self.tree(&names, module);
                    }
                }
                self.at += 1;
                return;
            }
            if self.sign(0, '*') {
                self.at += 1;
                module.imports.push(("*".to_owned(), Path { names, line }));
                return;
            }
            let Some(word) = self.word(0).map(str::to_owned) else {
                // Not Rust: continue after it.
                self.at += 1;
                return;
            };
            self.at += 1;
            // `use a::{self}` is `use a`.
            if word != "self" || names.is_empty() {
                names.push(word);
            }
            if self.colons(0) {
                self.at += 2;
                continue;
            }
            let mut name = names.last().cloned().unwrap_or_default();
            if self.word(0) == Some("as") {
                name = self.word(1).unwrap_or("_").to_owned();
                self.at += 2;
            }
            module.imports.push((name, Path { names, line }));
            return;
        }
    }

    /// Reads an attribute.
    fn attribute(&mut self) -> Attribute {
        let start = self.at;
        while !self.sign(0, '[') {
            self.at += 1;
        }
        self.skip_group();
        let inside = &self.tokens[start..self.at];
        let words: Vec<&str> = inside
            .iter()
            .filter_map(|token| match &token.kind {
                Kind::Word(word) => Some(word.as_str()),
                _ => None,
            })
            .collect();
        let only_for_tests = matches!(words[..], ["test"] | ["cfg", "test", ..])
            || matches!(words[..], ["cfg", "all", "test", ..]);
        let path = match inside.iter().map(|token| &token.kind).collect::<Vec<_>>()[..] {
            [_, _, Kind::Word(word), _, Kind::Text(text), _] if word == "path" => Some(text.clone()),
            _ => None,
        };
        Attribute { only_for_tests, path }
    }

    /// Skips an item with its remaining attributes.
    fn skip_item(&mut self) {
        while self.sign(0, '#') {
            self.attribute();
        }
        let is_item = self.word(0).is_some_and(|word| BEGINNING.contains(&word));
        // These items end with a semicolon even if they contain braces.
        let until_semicolon = (0..4)
            .any(|ahead| matches!(self.word(ahead), Some("use" | "const" | "static" | "let")))
            && !(0..6).any(|ahead| self.word(ahead) == Some("fn"));
        while self.at < self.tokens.len() {
            if self.sign(0, ';') || self.sign(0, ',') && !is_item {
                self.at += 1;
                return;
            }
            if self.sign(0, '}') {
                return;
            }
            if self.sign(0, '{') {
                self.skip_group();
                if !until_semicolon {
                    return;
                }
            } else if self.sign(0, '(') || self.sign(0, '[') {
                self.skip_group();
            } else {
                self.at += 1;
            }
        }
    }

    /// Skips everything between this bracket and the one that closes it.
    fn skip_group(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token.kind {
                Kind::Sign('(' | '[' | '{') => depth += 1,
                Kind::Sign(')' | ']' | '}') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}

/// The relevant content of an attribute.
struct Attribute {
    only_for_tests: bool,
    path: Option<String>,
}
