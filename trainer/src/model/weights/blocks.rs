//! Values as files store them: f32, f16, and Q4_0 with 32 values in a block.

use anyhow::{Result, ensure};
use half::f16;

/// Values of a Q4_0 block.
const BLOCK: usize = 32;
/// Its bytes: a scale in f16, then two values of four bits in each byte.
const BLOCK_BYTES: usize = 2 + BLOCK / 2;

/// How the values of a tensor are stored, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Floats of 32 bits.
    F32,
    /// Floats of 16 bits.
    F16,
    /// Blocks of a scale and 32 integers from −8 to 7: byte i has the values i (low bits) and i + 16 (high bits).
    Q4,
}

impl Stored {
    /// Bytes of `values` values in rows of `row`.
    ///
    /// # Errors
    ///
    /// When rows are not whole blocks, or there are too many values.
    pub(super) fn bytes(self, values: usize, row: usize) -> Result<usize> {
        let (block, bytes) = match self {
            Self::F32 => (1, 4),
            Self::F16 => (1, 2),
            Self::Q4 => (BLOCK, BLOCK_BYTES),
        };
        ensure!(row.is_multiple_of(block), "a row of {row} values is not made of blocks of {block}");
        let total = (values / block).checked_mul(bytes);
        total.filter(|_| values.is_multiple_of(block)).ok_or_else(|| {
            anyhow::anyhow!(
                "{values} values of the type {self:?} are more than a file can hold, or no whole blocks"
            )
        })
    }

    /// The values of whole blocks.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F32 => bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Self::F16 => bytes.as_chunks::<2>().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect(),
            Self::Q4 => {
                let mut values = Vec::with_capacity(bytes.len() / BLOCK_BYTES * BLOCK);
                for block in bytes.as_chunks::<BLOCK_BYTES>().0 {
                    let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
                    let four = |bits: u8| f32::from(i16::from(bits) - 8) * scale;
                    values.extend(block[2..].iter().map(|b| four(b & 15)));
                    values.extend(block[2..].iter().map(|b| four(b >> 4)));
                }
                values
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_partial_blocks_are_refused() {
        assert_eq!(Stored::Q4.bytes(64, 32).unwrap(), 36);
        assert_eq!(
            Stored::Q4.bytes(40, 40).unwrap_err().to_string(),
            "a row of 40 values is not made of blocks of 32"
        );
        assert!(Stored::F32.bytes(usize::MAX / 2, 1).is_err());
    }
}
