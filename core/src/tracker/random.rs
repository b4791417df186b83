//! Draws that depend on a seed alone, with integers: the same on every machine.

/// SplitMix64: one addition and two mixing multiplications a number (Steele, Lea and Flood 2014).
pub(super) struct Draws(u64);

impl Draws {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// True with the probability `p`, to 24 bits: never for 0, always for 1.
    pub(super) fn bernoulli(&mut self, p: f32) -> bool {
        // 24 bits are an f32 exactly, and so is their product with a power of two.
        const STEP: f32 = 1.0 / (1 << 24) as f32;
        let draw = (self.next() >> 40) as f32 * STEP;
        draw < p
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_published_generator() {
        // From the author's splitmix64.c, seed 1234567.
        let mut draws = Draws::new(1_234_567);
        let want = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        for want in want {
            assert_eq!(draws.next(), want);
        }
    }

    #[test]
    fn draws_have_their_probability() {
        let mut draws = Draws::new(1);
        let share = |draws: &mut Draws, p| (0..100_000).filter(|_| draws.bernoulli(p)).count();
        assert_eq!(share(&mut draws, 0.0), 0);
        assert_eq!(share(&mut draws, 1.0), 100_000);
        // Five standard deviations are 725.
        assert!(share(&mut draws, 0.3).abs_diff(30_000) < 725);
    }
}
