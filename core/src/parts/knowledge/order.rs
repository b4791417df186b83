//! The order in which the LSTM's kernel reads its gates.

use crate::kernels::bilstm_i16;
use crate::layers::LinearWeights;

/// Rows of gates in the LSTM's order.
pub(super) struct Ordered {
    pub(super) weight: Vec<i8>,
    pub(super) scale: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl Ordered {
    pub(super) fn linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: &self.weight, scale: &self.scale, bias: &self.bias }
    }
}

/// Orders the rows of gates of `h` units so that one product gives their inputs in the LSTM's order; `k` is the number
/// of columns.
pub(super) fn in_order(
    w: &LinearWeights<'_>,
    (h, k): (usize, usize),
    recurrent: &bilstm_i16::Packed,
) -> Ordered {
    let m = recurrent.row_len();
    let (mut weight, mut scale, mut bias) = (vec![0; m * k], vec![0.0; m], vec![0.0; m]);
    for row in 0..4 * h {
        let place = recurrent.place(0, row / h, row % h);
        weight[place * k..][..k].copy_from_slice(&w.weight[row * k..][..k]);
        scale[place] = w.scale[row];
        bias[place] = w.bias[row];
    }
    Ordered { weight, scale, bias }
}
