//! Dropout whose mask is a function of (seed, position): nothing is stored, and a resumed run gives the same mask.

use super::vectorized;

/// Drops each element of `x` with probability `rate` and scales the others by `1 / (1 − rate)`.
///
/// `first` is the position of `x[0]` within the whole batch, so that the mask does not depend on how the batch
/// is divided among threads. The backward pass is the same call on the gradient.
pub fn dropout(x: &mut [f32], rate: f32, seed: u64, first: usize) {
    if rate <= 0.0 {
        return;
    }
    let keep = 1.0 / (1.0 - rate);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate in 0..1 times 2^32")]
    let limit = (f64::from(rate) * 4_294_967_296.0) as u32;
    #[expect(clippy::cast_possible_truncation, reason = "both halves of the seed are used, positions wrap")]
    let (low, high, first) = (seed as u32, (seed >> 32) as u32, first as u32);
    vectorized(
        #[inline(always)]
        || {
            for (i, v) in x.iter_mut().enumerate() {
                #[expect(clippy::cast_possible_truncation, reason = "positions wrap")]
                let position = first.wrapping_add(i as u32);
                let kept = hash(position ^ low, high) >= limit;
                *v *= if kept { keep } else { 0.0 };
            }
        },
    );
}

/// Mixes 32 bits with a key: two rounds of multiply and shift (the finaliser of MurmurHash3).
#[inline(always)]
pub(crate) fn hash(value: u32, key: u32) -> u32 {
    let mut h = value.wrapping_mul(0x9E37_79B1) ^ key;
    h = (h ^ (h >> 16)).wrapping_mul(0x85EB_CA6B);
    h = (h ^ (h >> 13)).wrapping_mul(0xC2B2_AE35);
    h ^ (h >> 16)
}

/// Derives the seed of one use of randomness from the run's seed: a step, a layer, a site.
pub fn derive(seed: u64, stream: u64) -> u64 {
    // The increment and the two multipliers are those of SplitMix64.
    let mut z = seed.wrapping_add(stream.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_is_kept_and_the_rate_is_met() {
        let mut x = vec![1.0f32; 100_000];
        dropout(&mut x, 0.3, derive(7, 1), 0);
        let dropped = x.iter().filter(|v| **v == 0.0).count();
        assert!((29_400..30_600).contains(&dropped), "{dropped} of 100000 dropped");
        let mean = x.iter().sum::<f32>() / 1e5;
        assert!((mean - 1.0).abs() < 0.01, "mean {mean}");
    }

    #[test]
    fn mask_does_not_depend_on_how_the_batch_is_divided() {
        let mut whole = vec![1.0f32; 1000];
        dropout(&mut whole, 0.5, 99, 0);
        let mut parts = vec![1.0f32; 1000];
        let (a, b) = parts.split_at_mut(377);
        dropout(a, 0.5, 99, 0);
        dropout(b, 0.5, 99, 377);
        assert_eq!(whole, parts);
        let mut other = vec![1.0f32; 1000];
        dropout(&mut other, 0.5, 100, 0);
        assert_ne!(whole, other);
    }
}
