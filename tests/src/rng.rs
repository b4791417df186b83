//! Random numbers from a seed, the same on every platform.

/// SplitMix64: a counter, mixed by two multiplications.
#[derive(Debug, Clone)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// Starts a sequence.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; `end` is small, so the bias of the remainder does not matter.
    ///
    /// # Panics
    ///
    /// If `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a usize fits");
        usize::try_from(self.bits() % end).expect("the remainder is below a usize")
    }

    /// A weight from -127 to 127.
    pub fn weight(&mut self) -> i8 {
        let value = i64::try_from(self.bits() % 255).expect("a byte fits") - 127;
        i8::try_from(value).expect("-127..=127 fits")
    }

    /// A number from `low` to `high`, made from 16 random bits, so that the computation is exact on every platform.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        let sixteen = u16::try_from(self.bits() >> 48).expect("sixteen bits fit");
        low + (high - low) * (f32::from(sixteen) / 65_536.0)
    }

    /// `count` weights.
    pub fn weights(&mut self, count: usize) -> Vec<i8> {
        (0..count).map(|_| self.weight()).collect()
    }

    /// `count` numbers.
    pub fn numbers(&mut self, count: usize, low: f32, high: f32) -> Vec<f32> {
        (0..count).map(|_| self.between(low, high)).collect()
    }
}
