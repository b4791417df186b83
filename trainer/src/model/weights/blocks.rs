//! Values as files store them: f32, f16, and with 32 values in a block Q4_0, Q4_1 and Q8_0.

use anyhow::{Result, ensure};
use half::f16;

/// Values of a block.
const BLOCK: usize = 32;
/// Bytes of a Q4_0 block: a scale in f16, then two values of four bits in each byte.
const Q4_BYTES: usize = 2 + BLOCK / 2;
/// Bytes of a Q4_1 block: a scale and the lowest value in f16, then two values of four bits in each byte.
const Q4_1_BYTES: usize = 4 + BLOCK / 2;
/// Bytes of a Q8_0 block: a scale in f16, then a value in each byte.
const Q8_BYTES: usize = 2 + BLOCK;

/// How the values of a tensor are stored, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// Floats of 32 bits.
    F32,
    /// Floats of 16 bits.
    F16,
    /// Blocks of a scale and 32 integers from −8 to 7: byte i has the values i (low bits) and i + 16 (high bits).
    Q4,
    /// The same with integers from 0 to 15, to which the lowest value is added.
    Q4Offset,
    /// Blocks of a scale and 32 integers from −128 to 127.
    Q8,
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
            Self::Q4 => (BLOCK, Q4_BYTES),
            Self::Q4Offset => (BLOCK, Q4_1_BYTES),
            Self::Q8 => (BLOCK, Q8_BYTES),
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
                let mut values = Vec::with_capacity(bytes.len() / Q4_BYTES * BLOCK);
                for block in bytes.as_chunks::<Q4_BYTES>().0 {
                    let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
                    let four = |bits: u8| f32::from(i16::from(bits) - 8) * scale;
                    values.extend(block[2..].iter().map(|b| four(b & 15)));
                    values.extend(block[2..].iter().map(|b| four(b >> 4)));
                }
                values
            }
            Self::Q4Offset => {
                let mut values = Vec::with_capacity(bytes.len() / Q4_1_BYTES * BLOCK);
                for block in bytes.as_chunks::<Q4_1_BYTES>().0 {
                    let half = |at: usize| f16::from_le_bytes([block[at], block[at + 1]]).to_f32();
                    let (scale, lowest) = (half(0), half(2));
                    values.extend(block[4..].iter().map(|b| f32::from(b & 15) * scale + lowest));
                    values.extend(block[4..].iter().map(|b| f32::from(b >> 4) * scale + lowest));
                }
                values
            }
            Self::Q8 => {
                let mut values = Vec::with_capacity(bytes.len() / Q8_BYTES * BLOCK);
                for block in bytes.as_chunks::<Q8_BYTES>().0 {
                    let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
                    values.extend(block[2..].iter().map(|b| f32::from(b.cast_signed()) * scale));
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
    fn blocks_have_a_scale_and_an_offset() {
        let half = |v: f32| f16::from_f32(v).to_le_bytes();
        let mut block = [half(0.5), half(-2.0)].concat();
        block.extend((0..16).map(|i: u8| i << 4 | (15 - i)));
        let values = Stored::Q4Offset.decode(&block);
        assert_eq!((values.len(), values[0], values[15]), (32, 5.5, -2.0));
        assert_eq!((values[16], values[31]), (-2.0, 5.5));
        let mut block = half(0.25).to_vec();
        block.extend((0..32).map(|i: u8| i.wrapping_mul(8).wrapping_sub(128)));
        let values = Stored::Q8.decode(&block);
        assert_eq!((values.len(), values[0], values[16], values[31]), (32, -32.0, 0.0, 30.0));
        assert_eq!((Stored::Q4Offset.bytes(64, 64).unwrap(), Stored::Q8.bytes(64, 64).unwrap()), (40, 68));
    }

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
