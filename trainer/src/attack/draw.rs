//! What an attack draws from.

use super::lexicon::Lexicon;
use super::part::Part;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Random numbers and the part of all lists that belongs to one attack.
pub(super) struct Draw<'a> {
    pub(super) rng: ChaCha8Rng,
    pub(super) part: Part,
    pub(super) lexicon: &'a Lexicon,
}

impl Draw<'_> {
    /// One of these.
    pub(super) fn one<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        if of.is_empty() { None } else { Some(&of[self.rng.random_range(0..of.len())]) }
    }

    /// One of the templates or words of this part.
    pub(super) fn template<'t>(&mut self, of: &[&'t str]) -> Option<&'t str> {
        let own: Vec<&'t str> = of.iter().copied().filter(|text| self.has(text)).collect();
        self.one(&own).copied()
    }

    /// Whether the key belongs to this part.
    pub(super) fn has(&self, key: &str) -> bool {
        Part::of(key) == self.part
    }

    /// A number from `least` to `most`.
    pub(super) fn number(&mut self, least: usize, most: usize) -> usize {
        self.rng.random_range(least..=most)
    }

    /// Yes, in so many of a hundred cases.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    /// So many of these, each at most once, in a random order; fewer if there are not as many.
    pub(super) fn some<T: Clone>(&mut self, of: &[T], count: usize) -> Vec<T> {
        let mut left: Vec<usize> = (0..of.len()).collect();
        let mut drawn = Vec::new();
        while drawn.len() < count && !left.is_empty() {
            drawn.push(of[left.swap_remove(self.rng.random_range(0..left.len()))].clone());
        }
        drawn
    }
}
