//! The hash of a section and of the manifest: XXH3 with 128 bits and seed 0.
//!
//! It finds damage. A cryptographic hash would need thirty times as many instructions and keep nobody out: who can
//! change a file can change its hashes.

use twox_hash::xxhash3_128::{RawHasher, SecretBuffer};

/// Bytes that are hashed and then searched while they are in the first-level cache.
const CHUNK: usize = 16 << 10;

/// The hash of some bytes: 32 lower-case hex digits, the most significant first.
///
/// ```
/// assert_eq!(pupil_core::format::hash::digits(b"pupil").len(), 32);
/// ```
pub fn digits(bytes: &[u8]) -> String {
    digits_and(bytes, |_| ())
}

/// The hash of some bytes, and whether `byte` is among them. Each is read from memory once.
pub(super) fn digits_and_search(bytes: &[u8], byte: u8) -> (String, bool) {
    let mut found = false;
    let digits = digits_and(bytes, |chunk| found |= contains(chunk, byte));
    (digits, found)
}

/// The hash of some bytes, each chunk of which is shown to `see` as well.
fn digits_and(bytes: &[u8], mut see: impl FnMut(&[u8])) -> String {
    let mut hasher = RawHasher::new(SecretBuffer::default());
    for chunk in bytes.chunks(CHUNK) {
        hasher.write(chunk);
        see(chunk);
    }
    format!("{:032x}", hasher.finish_128())
}

/// Whether a byte is among others. Without a branch for each, so that the loop becomes two vector instructions.
fn contains(bytes: &[u8], byte: u8) -> bool {
    let (lines, rest) = bytes.as_chunks::<64>();
    let mut least = [u8::MAX; 64];
    for line in lines {
        for (least, b) in least.iter_mut().zip(line) {
            *least = (*least).min(b ^ byte);
        }
    }
    least.contains(&0) || rest.contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What xxHash 0.8.4, in C, gives for so many of the numbers 0, 1, 2 … modulo 251.
    const KNOWN: [(usize, &str); 12] = [
        (0, "99aa06d3014798d86001c324468d497f"),
        (1, "a6cd5e9392000f6ac44bdff4074eecdb"),
        (3, "e3b55f57945a17cf5f4299fc161c9cbb"),
        (8, "e1e4432a62217fe4cfd50c61c8bb98c1"),
        (16, "72950631827607e2842812cc870dcae2"),
        (17, "685bc458b37d057fc06e233df7729217"),
        (129, "dd5e74ac6b45f54ebc30b63382b09a3b"),
        (240, "65b5be86da5540e7c92b68e16f83bbb6"),
        (241, "1da1cb61bcb8a2a102e8cd95421c6d02"),
        (1025, "2882ebca04ec915ce95c42288f28186e"),
        (20000, "80f2a30f4e268b1d1d7286988c9c84ad"),
        (100_003, "b02e921ecad88f0facf33ba3cf61e369"),
    ];

    fn numbers(len: usize) -> Vec<u8> {
        (0..=250).cycle().take(len).collect()
    }

    #[test]
    fn the_hash_is_that_of_the_reference_implementation() {
        for (len, want) in KNOWN {
            assert_eq!(digits(&numbers(len)), want, "{len}");
        }
    }

    #[test]
    fn a_byte_is_found_wherever_it_is() {
        for len in [1, 63, 64, 65, 200, CHUNK, CHUNK + 1, 3 * CHUNK + 70] {
            let plain = vec![7; len];
            assert_eq!(digits_and_search(&plain, 0x80), (digits(&plain), false), "{len}");
            for at in [0, len / 2, len - 1] {
                let mut changed = plain.clone();
                changed[at] = 0x80;
                assert_eq!(digits_and_search(&changed, 0x80), (digits(&changed), true), "{at} of {len}");
                assert_ne!(digits(&changed), digits(&plain));
            }
        }
    }
}
