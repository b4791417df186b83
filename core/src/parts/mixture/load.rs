//! From a checked file to a packed mixture.

use super::run::{BlockWeights, ExpertWeights, MixtureWeights, PackedMixture};
use super::sections::{expert, gate, norm};
use crate::error::Result;
use crate::format::manifest::{Mixture, Scope};
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::parts::arrays::{FileArrays, FileNorm};

/// Packs a mixture; `experts` is the one whose experts it shares.
pub(crate) fn load(
    file: &ModelFile,
    mixture: &str,
    d: &Mixture,
    experts: Option<&PackedMixture>,
    kernels: &Kernels,
) -> Result<PackedMixture> {
    let layers = |names: [String; 2]| names.map(|name| FileArrays::linear(file, &name));
    let gates: Vec<_> = (0..d.blocks).map(|b| layers(gate(mixture, b))).collect();
    let own: Vec<Vec<_>> = (0..d.blocks)
        .map(|b| (0..d.own_experts()).map(|j| layers(expert(mixture, b, j))).collect())
        .collect();
    let norm = match d.scope {
        Scope::Pooled => Some(FileNorm::read(file, &norm(mixture))),
        Scope::Token => None,
    };
    let weights = MixtureWeights {
        blocks: gates
            .iter()
            .zip(&own)
            .map(|([first, last], experts)| BlockWeights {
                gate: first.as_linear(),
                gate_output: last.as_linear(),
                experts: experts
                    .iter()
                    .map(|[up, down]| ExpertWeights { up: up.as_linear(), down: down.as_linear() })
                    .collect(),
            })
            .collect(),
        norm: norm.as_ref().map(FileNorm::weights),
    };
    match experts {
        None => PackedMixture::pack(d, &weights, kernels),
        Some(other) => PackedMixture::with_experts_of(other, d, &weights, kernels),
    }
}
