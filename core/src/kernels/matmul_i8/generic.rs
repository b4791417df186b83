//! Plain loops over plain rows.

use super::Packed;

pub(super) fn matmul(packed: &Packed, x: &[i8], x_scale: &[f32], out: &mut [f32]) {
    for (r, x_scale) in x_scale.iter().enumerate() {
        let x = &x[r * packed.k..][..packed.k];
        for (m, out) in out[r * packed.m..][..packed.m].iter_mut().enumerate() {
            let weight = &packed.weight[m * packed.k..][..packed.k];
            let sum: i32 = weight.iter().zip(x).map(|(w, x)| i32::from(*w) * i32::from(*x)).sum();
            *out = sum as f32 * (x_scale * packed.scale[m]) + packed.bias[m];
        }
    }
}
