//! Words to ids: whole words, or pieces of words.

use super::table::{Hash, Table, Tokens};
use crate::error::Result;

/// A vocabulary and the rule by which it reads a word.
pub(super) enum Model {
    /// A word is known or unknown as a whole.
    WordLevel {
        /// Every word.
        words: Table,
        /// Id of a word that is not in the table.
        unknown: u32,
    },
    /// A word is the longest known piece at its start, then the longest known continuation, and so on.
    WordPiece {
        /// Pieces that may start a word.
        starts: Table,
        /// Pieces that may continue one, without the prefix that marks them in the vocabulary.
        continuations: Table,
        /// Id of a word that cannot be composed of pieces.
        unknown: u32,
        /// Words with more characters are unknown without a lookup.
        max_chars: usize,
    },
}

impl Model {
    /// A word-level model.
    pub(super) fn word_level(tokens: Tokens, unknown: u32) -> Result<Self> {
        Ok(Self::WordLevel { words: Table::new(tokens)?, unknown })
    }

    /// A WordPiece model, whose continuations carry the prefix.
    pub(super) fn word_piece(tokens: Tokens, unknown: u32, prefix: &str, max_chars: usize) -> Result<Self> {
        let mut continuations = Tokens::default();
        for (token, id) in tokens.iter() {
            if let Some(rest) = token.strip_prefix(prefix.as_bytes()) {
                continuations.push(rest, id)?;
            }
        }
        let continuations = Table::new(continuations)?;
        Ok(Self::WordPiece { starts: Table::new(tokens)?, continuations, unknown, max_chars })
    }

    /// The table whose seed begins the hash of a word.
    #[inline]
    pub(super) fn words(&self) -> &Table {
        match self {
            Self::WordLevel { words, .. } => words,
            Self::WordPiece { starts, .. } => starts,
        }
    }

    /// Bytes of the vocabulary.
    pub(super) fn memory_bytes(&self) -> usize {
        match self {
            Self::WordLevel { words, .. } => words.memory_bytes(),
            Self::WordPiece { starts, continuations, .. } => {
                starts.memory_bytes() + continuations.memory_bytes()
            }
        }
    }

    /// Appends the ids of a word that is not empty; returns whether the unknown token is among them.
    ///
    /// `hash` is the word's, begun with the seed of [`Self::words`]; `prefixes` is working space.
    #[inline]
    pub(super) fn read(&self, word: &[u8], hash: Hash, prefixes: &mut Vec<Hash>, ids: &mut Vec<u32>) -> bool {
        let unknown = match self {
            Self::WordLevel { unknown, .. } | Self::WordPiece { unknown, .. } => *unknown,
        };
        if let Self::WordPiece { starts, continuations, max_chars, .. } = self {
            if word.len() > *max_chars && chars(word) > *max_chars {
                ids.push(unknown);
                return true;
            }
            // Most words are one piece.
            let Some(id) = starts.get(word, hash) else {
                let first = ids.len();
                if !pieces(word, starts, continuations, prefixes, ids) {
                    ids.truncate(first);
                    ids.push(unknown);
                }
                return ids[first..].contains(&unknown);
            };
            ids.push(id);
            return id == unknown;
        }
        let id = self.words().get(word, hash).unwrap_or(unknown);
        ids.push(id);
        id == unknown
    }
}

/// Appends the longest pieces from left to right; `false` when a rest is not in the vocabulary.
fn pieces(
    word: &[u8],
    starts: &Table,
    continuations: &Table,
    prefixes: &mut Vec<Hash>,
    ids: &mut Vec<u32>,
) -> bool {
    let mut table = starts;
    let mut rest = word;
    while !rest.is_empty() {
        // No token of the table is longer, so no longer prefix can be found.
        let reach = &rest[..rest.len().min(table.longest())];
        prefixes.clear();
        let mut hash = table.seed();
        prefixes.extend(reach.iter().map(|&byte| {
            hash = hash.with(byte);
            hash
        }));
        let found = (1..=reach.len())
            .rev()
            .filter(|&end| rest.get(end).is_none_or(|&byte| is_boundary(byte)))
            .find_map(|end| table.get(&rest[..end], prefixes[end - 1]).map(|id| (end, id)));
        let Some((end, id)) = found else { return false };
        ids.push(id);
        rest = &rest[end..];
        table = continuations;
    }
    true
}

/// Whether a character of UTF-8 text begins with the byte.
fn is_boundary(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

fn chars(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| is_boundary(byte)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(list: &[&str]) -> Tokens {
        let mut tokens = Tokens::default();
        for (token, id) in list.iter().zip(0..) {
            tokens.push(token.as_bytes(), id).unwrap();
        }
        tokens
    }

    fn read(model: &Model, word: &str) -> (Vec<u32>, bool) {
        let mut ids = vec![99];
        let hash = model.words().seed().with_all(word.as_bytes());
        let unknown = model.read(word.as_bytes(), hash, &mut Vec::new(), &mut ids);
        assert_eq!(ids.remove(0), 99);
        (ids, unknown)
    }

    #[test]
    fn word_level_knows_whole_words_only() {
        let model = Model::word_level(tokens(&["[UNK]", "gas", "é"]), 0).unwrap();
        assert_eq!(read(&model, "gas"), (vec![1], false));
        assert_eq!(read(&model, "é"), (vec![2], false));
        assert_eq!(read(&model, "gases"), (vec![0], true));
        assert_eq!(read(&model, "[UNK]"), (vec![0], true));
    }

    #[test]
    fn word_piece_takes_the_longest_piece_first() {
        let list = ["[UNK]", "un", "##aff", "##able", "unaff", "##a", "##b", "##é", "é", "##"];
        let model = Model::word_piece(tokens(&list), 0, "##", 9).unwrap();
        assert_eq!(read(&model, "unaffable"), (vec![4, 3], false));
        assert_eq!(read(&model, "unab"), (vec![1, 5, 6], false));
        assert_eq!(read(&model, "éé"), (vec![8, 7], false));
        assert_eq!(read(&model, "unabx"), (vec![0], true));
        assert_eq!(read(&model, "##aff"), (vec![2], false));
        assert_eq!(read(&model, "##"), (vec![9], false));
        assert_eq!(read(&model, "aff"), (vec![0], true));
    }

    #[test]
    fn words_over_the_limit_are_unknown_whatever_they_are() {
        let model = Model::word_piece(tokens(&["[UNK]", "é", "##é"]), 0, "##", 3).unwrap();
        assert_eq!(read(&model, "ééé"), (vec![1, 2, 2], false));
        assert_eq!(read(&model, "éééé"), (vec![0], true));
    }

    #[test]
    fn an_empty_prefix_makes_every_token_a_continuation() {
        let model = Model::word_piece(tokens(&["[UNK]", "a", "bc"]), 0, "", 100).unwrap();
        assert_eq!(read(&model, "bcabc"), (vec![2, 1, 2], false));
    }
}
