//! From a checked file to a packed BERT encoder.

use super::run::{BertLayerWeights, PackedBert};
use super::sections::{LINEAR, NORM, NORMS, TABLES, of_layer, section};
use crate::error::Result;
use crate::format::manifest::Bert;
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::layers::Embedding;
use crate::parts::arrays::{FileArrays, FileNorm, scale};

/// Packs an encoder, one layer at a time.
pub(in crate::parts) fn load(
    file: &ModelFile,
    encoder: &str,
    d: &Bert,
    kernels: &Kernels,
) -> Result<PackedBert> {
    let [words, positions, segments] = TABLES.map(|part| section(encoder, part));
    // The largest table by far stays in the file; of it a text uses a few rows, which alone need memory.
    file.release(&words);
    let words =
        Embedding::shared((d.vocab, d.width), Box::new(file.part(&words)), file.f32s(&scale(&words)))?;
    let [positions, segments] = [positions, segments].map(|name| FileArrays::table(file, &name));
    let norm = FileNorm::read(file, &section(encoder, NORM));
    let tables = (words, &positions.as_table(), &segments.as_table());
    let mut bert = PackedBert::without_layers(d, tables, &norm.weights(), kernels)?;
    for n in 0..d.layers {
        let [qkv, attended, up, down] =
            LINEAR.map(|part| FileArrays::linear(file, &of_layer(encoder, n, part)));
        let [attended_norm, down_norm] = NORMS.map(|part| FileNorm::read(file, &of_layer(encoder, n, part)));
        let layer = BertLayerWeights {
            qkv: qkv.as_linear(),
            attended: attended.as_linear(),
            attended_norm: attended_norm.weights(),
            up: up.as_linear(),
            down: down.as_linear(),
            down_norm: down_norm.weights(),
        };
        bert.push(&layer, kernels)?;
    }
    Ok(bert)
}
