//! The words and signs of a Rust source, without comments.
//!
//! A full parser would do more than the check of imports needs, and take longer to compile than all of xtask.

/// One word or sign, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) line: usize,
}

/// The kind of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or a keyword.
    Word(String),
    /// One sign of punctuation; `::` is two of them.
    Sign(char),
    /// A string, without its quotes.
    Text(String),
    /// A number, a character or a lifetime.
    Other,
}

/// Splits a source into tokens. Source that does not compile gives some tokens too.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: source.chars().collect(), at: 0, line: 1, tokens: Vec::new() };
    while lexer.step() {}
    lexer.tokens
}

struct Lexer {
    rest: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    /// Reads one token or the text between two; `false` at the end.
    fn step(&mut self) -> bool {
        let line = self.line;
        let Some(first) = self.peek(0) else { return false };
        let kind = match (first, self.peek(1)) {
            ('/', Some('/')) => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.next();
                }
                return true;
            }
            ('/', Some('*')) => {
                self.block_comment();
                return true;
            }
            (c, _) if c.is_whitespace() => {
                self.next();
                return true;
            }
            ('"', _) => self.string(),
            ('\'', _) => self.quote(),
            (c, _) if c == '_' || c.is_alphabetic() => self.word(),
            (c, _) if c.is_ascii_digit() => {
                while self.peek(0).is_some_and(|c| c == '_' || c.is_alphanumeric()) {
                    self.next();
                }
                Kind::Other
            }
            (sign, _) => {
                self.next();
                Kind::Sign(sign)
            }
        };
        self.tokens.push(Token { kind, line });
        true
    }

    /// A comment between `/*` and `*/`, which may contain others.
    fn block_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.skip(2);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.skip(2);
                    if depth == 0 {
                        return;
                    }
                }
                (Some(_), _) => self.skip(1),
                (None, _) => return,
            }
        }
    }

    /// A string with escapes.
    fn string(&mut self) -> Kind {
        self.next();
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '"' => break,
                '\\' => self.skip(1),
                c => text.push(c),
            }
        }
        Kind::Text(text)
    }

    /// A raw string with this number of hashes before its quote.
    fn raw_string(&mut self, hashes: usize) -> Kind {
        self.skip(hashes + 1);
        let mut text = String::new();
        while let Some(c) = self.next() {
            if c == '"' && (0..hashes).all(|ahead| self.peek(ahead) == Some('#')) {
                self.skip(hashes);
                break;
            }
            text.push(c);
        }
        Kind::Text(text)
    }

    /// A character or a lifetime.
    fn quote(&mut self) -> Kind {
        self.next();
        match (self.peek(0), self.peek(1)) {
            (Some('\\'), _) => {
                self.skip(2);
                while self.next().is_some_and(|c| c != '\'') {}
            }
            (Some(_), Some('\'')) => self.skip(2),
            _ => {
                while self.peek(0).is_some_and(|c| c == '_' || c.is_alphanumeric()) {
                    self.next();
                }
            }
        }
        Kind::Other
    }

    /// A word, or the string or raw identifier that it begins.
    fn word(&mut self) -> Kind {
        let mut word = String::new();
        while let Some(c) = self.peek(0).filter(|&c| c == '_' || c.is_alphanumeric()) {
            word.push(c);
            self.next();
        }
        let hashes = (0..).take_while(|&ahead| self.peek(ahead) == Some('#')).count();
        match (word.as_str(), self.peek(0), self.peek(hashes)) {
            ("r" | "br" | "cr", _, Some('"')) => self.raw_string(hashes),
            ("b" | "c", Some('"'), _) => self.string(),
            ("b", Some('\''), _) => self.quote(),
            ("r", Some('#'), Some(c)) if c == '_' || c.is_alphabetic() => {
                self.next();
                self.word()
            }
            _ => Kind::Word(word),
        }
    }
}
