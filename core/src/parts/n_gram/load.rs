//! From a checked file to an n-gram encoder.

use super::run::PackedNGram;
use super::sections::{idf, unit_bias, weight};
use crate::error::Result;
use crate::format::manifest::NGram;
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::parts::arrays::scale;

/// Packs an encoder; its weights stay in the file.
pub(in crate::parts) fn load(
    file: &ModelFile,
    encoder: &str,
    d: &NGram,
    kernels: &Kernels,
) -> Result<PackedNGram> {
    let weight = weight(encoder);
    let [idf, scale, bias] = [idf(encoder), scale(&weight), unit_bias(encoder)].map(|name| file.f32s(&name));
    PackedNGram::shared(d, Box::new(file.part(&weight)), idf, scale, bias, kernels)
}
