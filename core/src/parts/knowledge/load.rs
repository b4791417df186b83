//! From a checked file to a packed knowledge model.

use super::counts::CountWeights;
use super::run::{KnowledgeWeights, PackedKnowledge};
use super::sections::{
    ANSWERS, COUNTED_GATES, COUNTED_OUTPUT, COUNTED_SKILL, COUNTED_SKILLS, COUNTED_STUDENT, INPUT, MASTERY,
    OUTPUT, RECURRENT,
};
use crate::error::Result;
use crate::format::manifest::Knowledge;
use crate::format::reader::ModelFile;
use crate::kernels::Kernels;
use crate::parts::arrays::FileArrays;

/// Packs the knowledge model of a file.
pub(crate) fn load(file: &ModelFile, d: &Knowledge, kernels: &Kernels) -> Result<PackedKnowledge> {
    let [input, output, mastery] = [INPUT, OUTPUT, MASTERY].map(|name| FileArrays::linear(file, name));
    let [answers, recurrent] = [ANSWERS, RECURRENT].map(|name| FileArrays::table(file, name));
    let counted = (d.counts > 0).then(|| {
        let tables = [COUNTED_GATES, COUNTED_SKILL, COUNTED_SKILLS].map(|name| FileArrays::table(file, name));
        (tables, FileArrays::linear(file, COUNTED_STUDENT), file.f32s(COUNTED_OUTPUT))
    });
    let weights = KnowledgeWeights {
        embedding: d.embedding,
        hidden: d.hidden,
        answers: answers.as_table(),
        input: input.as_linear(),
        recurrent: recurrent.as_table(),
        output: output.as_linear(),
        mastery: mastery.as_linear(),
        counts: counted.as_ref().map(|([gates, skill, skills], student, output)| CountWeights {
            units: d.counts,
            gates: gates.as_table(),
            student: student.as_linear(),
            skill: skill.as_table(),
            skills: skills.as_table(),
            output,
        }),
    };
    PackedKnowledge::pack(&weights, kernels)
}
