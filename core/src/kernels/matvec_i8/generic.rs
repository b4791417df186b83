//! Plain loops over plain rows.

use super::Packed;

pub(super) fn matvec(packed: &Packed, x: &[i8], x_scale: f32, out: &mut [f32]) {
    for (row, out) in out.iter_mut().enumerate() {
        let weight = &packed.weight[row * packed.k..][..packed.k];
        let sum: i32 = weight.iter().zip(x).map(|(w, x)| i32::from(*w) * i32::from(*x)).sum();
        *out = sum as f32 * (x_scale * packed.scale[row]) + packed.bias[row];
    }
}
