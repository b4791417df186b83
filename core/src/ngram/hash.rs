//! The hash of an n-gram: MurmurHash3 for 32 bits (Appleby, public domain), seed 0.

/// How many bytes must follow those that are hashed; any will do.
pub(super) const SPARE: usize = 4;

/// The hashes of several beginnings of the same bytes, the shortest first.
pub(super) struct Beginnings<'a> {
    bytes: &'a [u8],
    hash: u32,
    /// Bytes that are in the hash.
    read: usize,
}

impl<'a> Beginnings<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, hash: 0, read: 0 }
    }

    /// The absolute value of the hash, as a signed number, of the first `len` bytes; scikit-learn reduces it to a
    /// bucket. Never fewer bytes than before, and [`SPARE`] less than there are at most.
    #[inline]
    pub(super) fn magnitude(&mut self, len: usize) -> u32 {
        self.hash(len).cast_signed().unsigned_abs()
    }

    #[inline]
    fn hash(&mut self, len: usize) -> u32 {
        while len - self.read >= 4 {
            self.hash = (self.hash ^ scrambled(self.next())).rotate_left(13);
            self.hash = self.hash.wrapping_mul(5).wrapping_add(0xe654_6b64);
            self.read += 4;
        }
        // The last 0 to 3 bytes; the others of the word belong to what follows.
        let tail = self.next() & !(u32::MAX << (8 * (len - self.read)));
        // The length counts modulo 2^32.
        let [a, b, c, d, ..] = len.to_le_bytes();
        let mut hash = self.hash ^ scrambled(tail) ^ u32::from_le_bytes([a, b, c, d]);
        hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
        hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
        hash ^ (hash >> 16)
    }

    fn next(&self) -> u32 {
        let word = self.bytes[self.read..].first_chunk().expect("spare bytes follow those that are hashed");
        u32::from_le_bytes(*word)
    }
}

/// Zero for zero, so that an absent tail changes nothing.
fn scrambled(block: u32) -> u32 {
    block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash(text: &str) -> u32 {
        Beginnings::new((text.to_owned() + "????").as_bytes()).hash(text.len())
    }

    #[test]
    fn hash_equals_values_of_scikit_learn() {
        for (text, want) in [
            ("", 0),
            ("a", 0x3c25_69b2),
            ("aaaa", 0x7eee_d987),
            ("abc", 0xb3dd_93fa),
            ("Hello, world!", 0xc036_3e43),
            ("The quick brown fox jumps over the lazy dog", 0x2e4f_f723),
        ] {
            assert_eq!(hash(text), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_beginning_has_the_hash_that_it_has_alone(text in "[a-z ]{0,40}", from in 0usize..8, step in 1usize..7) {
            let padded = text.clone() + "????";
            let mut beginnings = Beginnings::new(padded.as_bytes());
            for len in (from..=text.len()).step_by(step) {
                prop_assert_eq!(beginnings.hash(len), hash(&text[..len]));
            }
        }
    }
}
