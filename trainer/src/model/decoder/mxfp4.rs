//! MXFP4: 32 values of four bits share a scale of eight bits, a power of two (Open Compute Project, Microscaling
//! Formats, version 1.0).

use anyhow::{Result, ensure};
use candle_core::{DType, Device, Tensor};

/// Values that share a scale.
pub const BLOCK: usize = 32;

/// The values of four bits: sign, two bits of exponent, one of mantissa.
const VALUES: [f32; 16] =
    [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0];

/// The scale of a byte, 2^(byte − 127).
fn scale(byte: u8) -> f32 {
    // From its bits: 2^−127 is below the smallest normal number.
    if byte == 0 { f32::from_bits(1 << 22) } else { f32::from_bits(u32::from(byte) << 23) }
}

/// Matrices in MXFP4, as many as there are experts, on a device.
pub struct Packed {
    /// Two values in each byte, the low bits first, `[experts · rows · width / 2]`.
    blocks: Tensor,
    /// `[experts · rows · width / 32]`.
    scales: Tensor,
    rows: usize,
    width: usize,
    /// Values of both halves of each byte, `[256, 2]`.
    pairs: Tensor,
    /// `[256, 1]`.
    powers: Tensor,
}

impl Packed {
    /// Puts `blocks`, `[experts, rows, width / 32, 16]`, and `scales`, `[experts, rows, width / 32]`, both u8, on a
    /// device.
    ///
    /// # Errors
    ///
    /// When the shapes do not fit each other, or the device is full.
    pub fn new(blocks: &Tensor, scales: &Tensor, device: &Device) -> Result<Self> {
        let (experts, rows, groups, bytes) = blocks.dims4()?;
        ensure!(
            bytes == BLOCK / 2 && scales.dims() == [experts, rows, groups],
            "blocks of the shape {:?} have scales of the shape {:?}",
            blocks.dims(),
            scales.dims()
        );
        let byte = |n: usize| u8::try_from(n).expect("below 256");
        let pairs: Vec<f32> = (0..256).flat_map(|b| [VALUES[b & 15], VALUES[b >> 4]]).collect();
        let powers: Vec<f32> = (0..256).map(|b| scale(byte(b))).collect();
        Ok(Self {
            blocks: blocks.flatten_all()?.to_device(device)?,
            scales: scales.flatten_all()?.to_device(device)?,
            rows,
            width: groups * BLOCK,
            pairs: Tensor::from_vec(pairs, (256, 2), device)?,
            powers: Tensor::from_vec(powers, (256, 1), device)?,
        })
    }

    /// The matrix of one expert, `[rows, width]`.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn matrix(&self, expert: usize, dtype: DType) -> Result<Tensor> {
        let values = self.rows * self.width;
        let blocks = self.blocks.narrow(0, expert * values / 2, values / 2)?;
        let scales = self.scales.narrow(0, expert * values / BLOCK, values / BLOCK)?;
        if self.blocks.device().is_cpu() {
            let (blocks, scales) = (blocks.to_vec1::<u8>()?, scales.to_vec1::<u8>()?);
            let made = Tensor::from_vec(decode(&blocks, &scales), (self.rows, self.width), &Device::Cpu)?;
            return Ok(made.to_dtype(dtype)?);
        }
        let made = self.looked_up(&blocks, &scales)?;
        Ok(made.reshape((self.rows, self.width))?.to_dtype(dtype)?)
    }

    /// The values of whole blocks by two look-ups, `[blocks, 32]`.
    fn looked_up(&self, blocks: &Tensor, scales: &Tensor) -> Result<Tensor> {
        // In candle, 255 as an index of eight bits is no row.
        let (blocks, scales) = (blocks.to_dtype(DType::U32)?, scales.to_dtype(DType::U32)?);
        let mantissas = self.pairs.index_select(&blocks, 0)?.reshape((scales.elem_count(), BLOCK))?;
        Ok(mantissas.broadcast_mul(&self.powers.index_select(&scales, 0)?)?)
    }
}

/// The values of whole blocks.
#[must_use]
pub fn decode(blocks: &[u8], scales: &[u8]) -> Vec<f32> {
    let mut values = Vec::with_capacity(2 * blocks.len());
    for (block, byte) in blocks.chunks_exact(BLOCK / 2).zip(scales) {
        let factor = scale(*byte);
        for b in block {
            values.push(VALUES[usize::from(b & 15)] * factor);
            values.push(VALUES[usize::from(b >> 4)] * factor);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_powers_of_two_over_the_whole_range() {
        for byte in 0..=254u8 {
            let want = f64::from(i32::from(byte) - 127).exp2();
            assert!((f64::from(scale(byte)) - want).abs() == 0.0, "{byte}");
        }
    }

    #[test]
    fn look_up_on_a_device_equals_the_loop() {
        let blocks: Vec<u8> =
            (0..2 * 3 * 2 * 16).map(|i: usize| u8::try_from(i * 37 % 256).unwrap()).collect();
        let scales: Vec<u8> = (0..2 * 3 * 2).map(|i| 120 + i).collect();
        let packed = Packed::new(
            &Tensor::from_vec(blocks.clone(), (2, 3, 2, 16), &Device::Cpu).unwrap(),
            &Tensor::from_vec(scales.clone(), (2, 3, 2), &Device::Cpu).unwrap(),
            &Device::Cpu,
        )
        .unwrap();
        let loops = packed.matrix(1, DType::F32).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(loops, decode(&blocks[96..], &scales[6..]));
        let looked_up = packed.looked_up(&packed.blocks, &packed.scales).unwrap();
        let looked_up = looked_up.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(looked_up, decode(&blocks, &scales));
    }
}
