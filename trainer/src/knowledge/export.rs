//! From a trained student model to a file, and predictions with the file.

use super::histories::Histories;
use super::network::{Folded, Kind, Network};
use super::recipe::KnowledgeRecipe;
use super::world::shares;
use crate::TOOL;
use anyhow::{Result, ensure};
use pupil_core::format::manifest::{DataSource, Knowledge, Manifest, Metric, Question, Skill, Training};
use pupil_core::format::writer::FileBuilder;
use pupil_core::layers::{LinearWeights, TableWeights};
use pupil_core::parts::knowledge::{CountWeights, KnowledgeWeights, SKILL_NUMBERS, STUDENT_NUMBERS};
use pupil_core::quant::quantize_rows_f16;

/// A quantized matrix with its biases.
struct Quantized {
    weight: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Quantized {
    fn new(values: &[f32], columns: usize, bias: &[f32]) -> Self {
        let (weight, scale) = quantize_rows_f16(values, columns);
        Self { weight, scale, bias: bias.to_vec() }
    }

    fn linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: &self.weight, scale: &self.scale, bias: &self.bias }
    }

    fn table(&self) -> TableWeights<'_> {
        TableWeights { weight: &self.weight, scale: &self.scale }
    }
}

/// What a file says besides its weights.
pub struct Description<'a> {
    /// The recipe.
    pub recipe: &'a KnowledgeRecipe,
    /// BLAKE3 of the recipe, in hexadecimal.
    pub recipe_blake3: &'a str,
    /// Name, hash and rows of the training answers.
    pub data: DataSource,
    /// What was measured.
    pub metrics: Vec<Metric>,
    /// Whether student models learned from teachers.
    pub teacher: Option<String>,
}

/// The bytes of the file of a student model.
///
/// # Errors
///
/// When the network is no student model, or the file would be refused.
pub fn file(network: &Network, train: &Histories, said: &Description<'_>) -> Result<Vec<u8>> {
    ensure!(network.spec.kind == Kind::Pupil, "only a student model goes into a file");
    let shares = shares(train);
    #[expect(clippy::cast_possible_truncation, reason = "a share of three digits")]
    let difficulty = |place: usize| ((1.0 - shares[place]) * 1000.0).round() as f32 / 1000.0;
    let questions = train.questions.iter().zip(&train.question_skills).enumerate();
    let names = train.skill_names.iter().map(String::as_str).chain(std::iter::repeat(""));
    let knowledge = Knowledge {
        embedding: network.spec.embedding,
        hidden: network.spec.hidden,
        counts: network.spec.counts,
        skills: train
            .skills
            .iter()
            .zip(names)
            .map(|(id, name)| Skill { id: id.clone(), name: name.into() })
            .collect(),
        questions: questions
            .map(|(place, (id, skills))| Question {
                id: id.clone(),
                skills: skills.clone(),
                difficulty: Some(difficulty(place)),
            })
            .collect(),
        metrics: said.metrics.clone(),
    };
    let recipe = said.recipe;
    let manifest = Manifest {
        name: recipe.name.clone(),
        version: recipe.version,
        description: recipe.description.clone(),
        licence: recipe.licence.clone(),
        attribution: recipe.attribution.clone(),
        created_by: TOOL.to_owned(),
        knowledge: Some(knowledge),
        training: Training {
            data: vec![said.data.clone()],
            teacher: said.teacher.clone(),
            recipe_blake3: Some(said.recipe_blake3.to_owned()),
            seed: Some(recipe.seed),
            tool: Some(TOOL.to_owned()),
            ..Training::default()
        },
        ..Manifest::default()
    };
    let Folded { answers, input, bias, recurrent, output, output_bias, mastery, mastery_bias, counts } =
        network.folded()?;
    let (d, h) = (network.spec.embedding, network.spec.hidden);
    let answers = Quantized::new(&answers, d, &[]);
    let input = Quantized::new(&input, d, &bias);
    let recurrent = Quantized::new(&recurrent, h, &[]);
    let output = Quantized::new(&output, h, &output_bias);
    let mastery = Quantized::new(&mastery, h, &mastery_bias);
    let units = network.spec.counts;
    let counted = counts.as_ref().map(|c| {
        let matrices =
            [(&c.gates, STUDENT_NUMBERS + SKILL_NUMBERS), (&c.skill, SKILL_NUMBERS), (&c.skills, units)];
        let tables = matrices.map(|(values, columns)| Quantized::new(values, columns, &[]));
        (tables, Quantized::new(&c.student, h + STUDENT_NUMBERS, &c.student_bias), &c.output)
    });
    let mut builder = FileBuilder::new(manifest);
    builder.half_scales(true).knowledge(&KnowledgeWeights {
        embedding: d,
        hidden: h,
        answers: answers.table(),
        input: input.linear(),
        recurrent: recurrent.table(),
        output: output.linear(),
        mastery: mastery.linear(),
        counts: counted.as_ref().map(|([gates, skill, skills], student, output)| CountWeights {
            units,
            gates: gates.table(),
            student: student.linear(),
            skill: skill.table(),
            skills: skills.table(),
            output: output.as_slice(),
        }),
    });
    Ok(builder.to_bytes()?)
}
