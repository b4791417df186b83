//! The hash of an n-gram: MurmurHash3 for 32 bits (Appleby, public domain), seed 0.

/// The absolute value of the hash as a signed number, which scikit-learn reduces to a bucket.
pub(super) fn magnitude(bytes: &[u8]) -> u32 {
    murmur3(bytes).cast_signed().unsigned_abs()
}

fn murmur3(bytes: &[u8]) -> u32 {
    let (blocks, tail) = bytes.as_chunks::<4>();
    let mut hash = 0u32;
    for block in blocks {
        hash = (hash ^ scrambled(u32::from_le_bytes(*block))).rotate_left(13);
        hash = hash.wrapping_mul(5).wrapping_add(0xe654_6b64);
    }
    let mut last = [0; 4];
    last[..tail.len()].copy_from_slice(tail);
    hash ^= scrambled(u32::from_le_bytes(last));
    // The length counts modulo 2^32.
    let [a, b, c, d, ..] = bytes.len().to_le_bytes();
    hash ^= u32::from_le_bytes([a, b, c, d]);
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

/// Zero for zero, so that an absent tail changes nothing.
fn scrambled(block: u32) -> u32 {
    block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(murmur3(text.as_bytes()), want, "{text}");
        }
    }
}
