//! From a checked file to a packed knowledge model.

use super::run::{KnowledgeWeights, PackedKnowledge};
use super::sections::{ANSWERS, INPUT, MASTERY, OUTPUT, RECURRENT};
use crate::error::Result;
use crate::format::manifest::Knowledge;
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::parts::arrays::FileArrays;

/// Packs the knowledge model of a file.
pub(crate) fn load(file: &ModelFile, d: &Knowledge, kernels: &Kernels) -> Result<PackedKnowledge> {
    let [input, output, mastery] = [INPUT, OUTPUT, MASTERY].map(|name| FileArrays::linear(file, name));
    let [answers, recurrent] = [ANSWERS, RECURRENT].map(|name| FileArrays::table(file, name));
    let weights = KnowledgeWeights {
        embedding: d.embedding,
        hidden: d.hidden,
        answers: answers.as_table(),
        input: input.as_linear(),
        recurrent: recurrent.as_table(),
        output: output.as_linear(),
        mastery: mastery.as_linear(),
    };
    PackedKnowledge::pack(&weights, kernels)
}
