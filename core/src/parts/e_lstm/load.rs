//! From a checked file to a packed E-LSTM.

use super::run::{LstmWeights, PackedLstm};
use super::sections::{EMBEDDING, INPUT, RECURRENT, gate_bias, section};
use crate::error::Result;
use crate::format::manifest::ELstm;
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::parts::arrays::scale;

/// Packs an encoder; its table is folded if it takes at most `fold_bytes`.
pub(in crate::parts) fn load(
    file: &ModelFile,
    encoder: &str,
    d: &ELstm,
    kernels: &Kernels,
    fold_bytes: usize,
) -> Result<PackedLstm> {
    let [embedding, input, recurrent] = [EMBEDDING, INPUT, RECURRENT].map(|part| section(encoder, part));
    let scales = |name: &str| file.f32s(&scale(name));
    let weights = LstmWeights {
        vocab: d.vocab,
        embedding_dim: d.embedding,
        hidden: d.hidden,
        embedding: file.i8s(&embedding),
        embedding_scale: &scales(&embedding),
        input: file.i8s(&input),
        input_scale: &scales(&input),
        recurrent: file.i8s(&recurrent),
        recurrent_scale: &scales(&recurrent),
        bias: &file.f32s(&gate_bias(encoder)),
    };
    PackedLstm::pack(&weights, kernels, fold_bytes)
}
