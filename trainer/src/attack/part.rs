//! Parts of templates, word lists and word pairs: what training sees, and what it never sees.

/// Which part of all templates, words and pairs of words is drawn from.
///
/// A key decides: the lower-case text of a template, a word or both words of a pair in alphabetical order, whatever the
/// kind of attack and the seed. One of five keys is held out. What belongs to no list, such as the order of shuffled
/// words, differs by seed alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// For training: four of five keys.
    Train,
    /// For measuring: the other keys, which training never sees.
    Heldout,
}

impl Part {
    /// The part of a key: held out if the first eight bytes of the BLAKE3 hash of its lower-case text, as a number in
    /// little-endian order, can be divided by five.
    #[must_use]
    pub fn of(key: &str) -> Self {
        let hash = blake3::hash(key.to_lowercase().as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        if u64::from_le_bytes(first).is_multiple_of(5) { Self::Heldout } else { Self::Train }
    }

    /// The part of a pair of words, in either order.
    #[must_use]
    pub fn of_pair(a: &str, b: &str) -> Self {
        let (a, b) = (a.to_lowercase(), b.to_lowercase());
        if a <= b { Self::of(&format!("{a} {b}")) } else { Self::of(&format!("{b} {a}")) }
    }
}
