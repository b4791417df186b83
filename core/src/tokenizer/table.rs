//! A vocabulary table: token bytes to id, in two blocks of memory.

use crate::error::{Error, ErrorKind, Result};

/// Odd multipliers without structure: digits of the golden ratio and of pi.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
const FINISH: u64 = 0x2443_f6a8_885a_308d | 1;

/// Slots that a build may skip before it tries another seed. With at most half of the slots taken, a vocabulary that
/// was not made to collide stays far below.
const MAX_PROBES: usize = 256;

/// Seeds that a build tries.
const MAX_SEEDS: u64 = 4;

/// A hash that grows byte by byte, so that every prefix of a word is hashed in one pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hash(u64);

impl Hash {
    /// The hash of the bytes so far and one more.
    #[inline]
    pub(super) fn with(self, byte: u8) -> Self {
        Self((self.0.rotate_left(5) ^ u64::from(byte)).wrapping_mul(STEP))
    }

    /// The hash of the bytes so far and more.
    #[inline]
    pub(super) fn with_all(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |hash, &byte| hash.with(byte))
    }

    /// The final hash, each bit of which depends on every byte.
    #[inline]
    pub(super) fn mixed(self) -> u64 {
        (self.0 ^ (self.0 >> 32)).wrapping_mul(FINISH)
    }
}

/// One token; a length of 0 marks a free slot.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    tag: u32,
    start: u32,
    len: u32,
    id: u32,
}

/// Tokens that are not yet in a table.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    bytes: Vec<u8>,
    /// End in `bytes`, and id, of each token.
    ends: Vec<(u32, u32)>,
}

impl Tokens {
    /// Adds a token; an empty one is skipped, because no text contains it.
    pub(super) fn push(&mut self, token: &[u8], id: u32) -> Result<()> {
        if token.is_empty() {
            return Ok(());
        }
        self.bytes.extend_from_slice(token);
        let end = u32::try_from(self.bytes.len())
            .map_err(|_| Error::new(ErrorKind::TooLarge, "tokenizer: vocabulary exceeds 4 GiB of text"))?;
        self.ends.push((end, id));
        Ok(())
    }

    /// Each token with its id.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&[u8], u32)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|&(end, _)| end));
        starts.zip(&self.ends).map(|(start, &(end, id))| (&self.bytes[start as usize..end as usize], id))
    }
}

/// Token bytes to id, by open addressing.
pub(super) struct Table {
    bytes: Vec<u8>,
    /// A power of two, at least twice the number of tokens.
    slots: Vec<Slot>,
    shift: u32,
    seed: Hash,
    longest: usize,
}

impl Table {
    /// Builds the table.
    ///
    /// # Errors
    ///
    /// `Damaged` when there is a duplicate token, or when the tokens were made to collide.
    pub(super) fn new(tokens: Tokens) -> Result<Self> {
        let len = (tokens.ends.len() * 2).next_power_of_two().max(2);
        let mut table = Self {
            bytes: Vec::new(),
            slots: Vec::new(),
            shift: u64::BITS - len.ilog2(),
            seed: Hash(0),
            longest: tokens.iter().map(|(token, _)| token.len()).max().unwrap_or(0),
        };
        for seed in 0..MAX_SEEDS {
            table.seed = Hash(seed.wrapping_mul(FINISH));
            table.slots.clear();
            table.slots.resize(len, Slot::default());
            if table.fill(&tokens)? {
                table.bytes = tokens.bytes;
                return Ok(table);
            }
        }
        Err(Error::new(
            ErrorKind::Damaged,
            "tokenizer: vocabulary cannot be indexed, too many tokens collide",
        ))
    }

    /// Places every token; `false` when one is too far from its home.
    fn fill(&mut self, tokens: &Tokens) -> Result<bool> {
        let mut start = 0;
        for (token, &(end, id)) in tokens.iter().map(|(token, _)| token).zip(&tokens.ends) {
            let (home, tag) = self.home(self.seed.with_all(token));
            let slot = Slot { tag, start, len: end - start, id };
            let mut at = home;
            let mut probes = 0;
            while self.slots[at].len != 0 {
                let other = self.slots[at];
                let other_end = other.start + other.len;
                if other.tag == tag && &tokens.bytes[other.start as usize..other_end as usize] == token {
                    let ids = format!("ids {} and {id}", other.id);
                    return Err(Error::new(
                        ErrorKind::Damaged,
                        format!("tokenizer: vocabulary has a duplicate token, with {ids}"),
                    ));
                }
                at = (at + 1) & (self.slots.len() - 1);
                probes += 1;
                if probes > MAX_PROBES {
                    return Ok(false);
                }
            }
            self.slots[at] = slot;
            start = end;
        }
        Ok(true)
    }

    /// The hash of zero bytes.
    #[inline]
    pub(super) fn seed(&self) -> Hash {
        self.seed
    }

    /// Length of the longest token, in bytes.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Id of the token; `hash` is its hash, begun with this table's seed.
    #[inline]
    pub(super) fn get(&self, token: &[u8], hash: Hash) -> Option<u32> {
        let (home, tag) = self.home(hash);
        self.walk(home)
            .find(|slot| {
                slot.tag == tag
                    && slot.len as usize == token.len()
                    && self.bytes.get(slot.start as usize..(slot.start + slot.len) as usize) == Some(token)
            })
            .map(|slot| slot.id)
    }

    /// The slots in which a token of that home can be.
    #[inline]
    fn walk(&self, home: usize) -> impl Iterator<Item = &Slot> {
        // No token is further from its home, however long a run of taken slots a hostile vocabulary makes.
        let slots = (home..=home + MAX_PROBES).map(|at| &self.slots[at & (self.slots.len() - 1)]);
        slots.take_while(|slot| slot.len != 0)
    }

    /// Bytes of the table.
    pub(super) fn memory_bytes(&self) -> usize {
        self.bytes.capacity() + self.slots.capacity() * size_of::<Slot>()
    }

    /// Id of the token.
    pub(super) fn find(&self, token: &[u8]) -> Option<u32> {
        self.get(token, self.seed.with_all(token))
    }

    /// First slot to look at, and the tag that the token's slot carries.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the shift leaves the bits of one slot number")]
    fn home(&self, hash: Hash) -> (usize, u32) {
        let mixed = hash.mixed();
        ((mixed >> self.shift) as usize, (mixed & u64::from(u32::MAX)) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(tokens: &[(&str, u32)]) -> Result<Table> {
        let mut list = Tokens::default();
        for &(token, id) in tokens {
            list.push(token.as_bytes(), id)?;
        }
        Table::new(list)
    }

    #[test]
    fn every_token_is_found_and_nothing_else() {
        let count = if cfg!(miri) { 100 } else { 5000 };
        let words: Vec<String> = (0..count).map(|i| format!("word{}", i * 7919)).collect();
        let pairs: Vec<(&str, u32)> = words.iter().map(String::as_str).zip(10..).collect();
        let table = table(&pairs).unwrap();
        for (word, id) in pairs {
            assert_eq!(table.find(word.as_bytes()), Some(id));
            assert_eq!(table.find(&word.as_bytes()[1..]), None);
        }
        assert_eq!(table.find(b""), None);
        assert_eq!(table.longest(), words.iter().map(String::len).max().unwrap());
    }

    #[test]
    fn empty_table_finds_nothing() {
        let table = table(&[("", 3)]).unwrap();
        assert_eq!(table.find(b"a"), None);
        assert_eq!(table.find(b""), None);
        assert_eq!(table.longest(), 0);
    }

    /// A token whose home in an equally large table with the same seed is `home`.
    fn token_at(home: usize, table: &Table, numbers: &mut std::ops::RangeFrom<u64>) -> [u8; 5] {
        numbers
            .map(|n| {
                let digits = n.to_le_bytes();
                [b'a', digits[0], digits[1], digits[2], digits[3]]
            })
            .find(|token| table.home(table.seed.with_all(token)).0 == home)
            .expect("every slot is the first of some token")
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes too long when interpreted")]
    fn a_run_of_taken_slots_is_not_walked_to_its_end() {
        // One token per slot in a row of thousands, as a hostile file may hold.
        let len = 1 << 13;
        let empty =
            Table { bytes: Vec::new(), slots: Vec::new(), shift: u64::BITS - 13, seed: Hash(0), longest: 0 };
        let mut numbers = 0..;
        let run: Vec<[u8; 5]> = (0..len / 2).map(|home| token_at(home, &empty, &mut numbers)).collect();
        let mut list = Tokens::default();
        for (token, id) in run.iter().zip(0..) {
            list.push(token, id).unwrap();
        }
        let table = Table::new(list).unwrap();
        assert_eq!(table.slots.len(), len);
        assert!(run.iter().zip(0..).all(|(token, id)| table.find(token) == Some(id)));
        let missing = token_at(0, &table, &mut numbers);
        assert_eq!(table.find(&missing), None);
        assert_eq!(table.walk(0).count(), MAX_PROBES + 1);
    }

    #[test]
    fn a_token_that_occurs_twice_is_refused() {
        let error = table(&[("a", 0), ("b", 1), ("a", 2)]).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Damaged);
        assert_eq!(error.to_string(), "tokenizer: vocabulary has a duplicate token, with ids 0 and 2");
    }

    #[test]
    fn bytes_that_never_form_text_are_found_too() {
        let mut list = Tokens::default();
        let tokens: Vec<[u8; 2]> =
            (0..=255).flat_map(|a| [[a, 0], [0, a]]).filter(|t| t[0] != t[1]).collect();
        for (token, id) in tokens.iter().zip(0..) {
            list.push(token, id).unwrap();
        }
        let table = Table::new(list).unwrap();
        assert!(tokens.iter().zip(0..).all(|(token, id)| table.find(token) == Some(id)));
    }
}
