//! How a knowledge model runs: one step of the LSTM an answer, and two linear layers on its state.

use super::counts::{Before, CountScratch, CountWeights, Counts, PackedCounts};
use super::order::in_order;
use crate::error::{Error, ErrorKind, Result};
use crate::kernels::bilstm_i16::{self, StepState, UNIT};
use crate::kernels::{Kernels, matvec_i8};
use crate::layers::{Linear, LinearScratch, LinearWeights, TableWeights, check_len};
use crate::parts::e_lstm::check_reach;
use crate::quant::{MAX_COLUMNS, MAX_HIDDEN};

/// The arrays of a knowledge model as a file holds them; `D` is the length of an answer's vector, `H` the width of the
/// LSTM, `Q` the number of questions, `S` that of skills.
#[derive(Clone, Copy, Debug)]
pub struct KnowledgeWeights<'a> {
    /// D.
    pub embedding: usize,
    /// H.
    pub hidden: usize,
    /// `[2(Q + 1), D]`: each question answered wrong, then right; last a question that the model does not know.
    pub answers: TableWeights<'a>,
    /// `[4H, D]`, gates i, f, g, o of H rows each.
    pub input: LinearWeights<'a>,
    /// `[4H, H]`, the same rows.
    pub recurrent: TableWeights<'a>,
    /// `[Q + 1, H]`: logits of a right answer to each question, and to one that the model does not know.
    pub output: LinearWeights<'a>,
    /// `[S, H]`: logits of having mastered each skill.
    pub mastery: LinearWeights<'a>,
    /// What reads counts of answers, if anything does.
    pub counts: Option<CountWeights<'a>>,
}

/// A knowledge model, packed for the chosen kernels. Immutable; share it freely.
#[derive(Debug)]
pub struct PackedKnowledge {
    answers: Vec<i8>,
    answer_scales: Vec<f32>,
    input: matvec_i8::Packed,
    matvec: &'static matvec_i8::Variant,
    recurrent: bilstm_i16::Packed,
    lstm: &'static bilstm_i16::Variant,
    output: Linear,
    mastery: Linear,
    counts: Option<PackedCounts>,
}

/// Buffers of a knowledge model, of which each student's state needs one.
#[derive(Clone, Debug, Default)]
pub struct KnowledgeScratch {
    gates: Vec<f32>,
    inputs: Vec<i16>,
    hidden: Vec<f32>,
    linear: LinearScratch,
    counts: CountScratch,
    skills: Vec<f32>,
}

impl PackedKnowledge {
    /// Packs the weights.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit, `TooLarge` when a dimension is beyond its limit.
    pub fn new(w: &KnowledgeWeights<'_>, kernels: &Kernels) -> Result<Self> {
        w.answers.check("the vectors of answers")?;
        w.input.check("the input weight")?;
        w.recurrent.check("the recurrent weight")?;
        w.output.check("the output weight")?;
        w.mastery.check("the mastery weight")?;
        w.counts.iter().try_for_each(CountWeights::check)?;
        Self::pack(w, kernels)
    }

    /// Packs weights whose values were checked.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), where a length does not fit.
    pub(super) fn pack(w: &KnowledgeWeights<'_>, kernels: &Kernels) -> Result<Self> {
        let (d, h) = (w.embedding, w.hidden);
        if d == 0 || d > MAX_COLUMNS || h == 0 || h > MAX_HIDDEN {
            let message = format!("a knowledge model of {d} columns and {h} units");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        check_len("the vectors of answers", w.answers.weight.len(), w.answers.scale.len().saturating_mul(d))?;
        let rows = w.answers.scale.len();
        check_len("the output weight", w.output.weight.len(), rows / 2 * h)?;
        check_len("the output's scale", w.output.scale.len(), rows / 2)?;
        if rows < 2 || !rows.is_multiple_of(2) {
            return Err(Error::new(
                ErrorKind::Damaged,
                format!("a knowledge model of {rows} vectors of answers"),
            ));
        }
        check_len("the input weight", w.input.weight.len(), 4 * h * d)?;
        check_len("the input weight's scale", w.input.scale.len(), 4 * h)?;
        check_len("the bias of the gates", w.input.bias.len(), 4 * h)?;
        check_len("the recurrent weight", w.recurrent.weight.len(), 4 * h * h)?;
        check_len("the recurrent weight's scale", w.recurrent.scale.len(), 4 * h)?;
        let (lstm, matvec) = (kernels.bilstm_i16, kernels.matvec_i8);
        check_reach(h, w.recurrent.weight, w.recurrent.scale)?;
        let recurrent = lstm.pack_one(h, w.recurrent.weight, w.recurrent.scale);
        let linear = |l: &LinearWeights<'_>| Linear::pack((l.scale.len(), h), l, kernels);
        let skills = w.mastery.scale.len();
        let counts = w.counts.as_ref().map(|w| PackedCounts::pack(w, (h, skills), &recurrent, kernels));
        let input = in_order(&w.input, (h, d), &recurrent);
        Ok(Self {
            counts: counts.transpose()?,
            answers: w.answers.weight.to_vec(),
            answer_scales: w.answers.scale.to_vec(),
            input: matvec.pack(recurrent.row_len(), d, &input.weight, &input.scale, &input.bias),
            matvec,
            output: linear(&w.output)?,
            mastery: linear(&w.mastery)?,
            recurrent,
            lstm,
        })
    }

    /// Number of questions.
    pub fn questions(&self) -> usize {
        self.output.output_len() - 1
    }

    /// Number of skills.
    pub fn skills(&self) -> usize {
        self.mastery.output_len()
    }

    /// Bytes of memory that the model holds.
    pub fn memory_bytes(&self) -> usize {
        self.answers.len()
            + self.answer_scales.len() * size_of::<f32>()
            + self.input.bytes()
            + self.recurrent.bytes()
            + self.output.memory_bytes()
            + self.mastery.memory_bytes()
            + self.counts.as_ref().map_or(0, PackedCounts::memory_bytes)
    }

    /// The state of a student who has not answered anything.
    pub fn start(&self) -> StepState {
        StepState::new(&self.recurrent)
    }

    /// The counts of such a student; none for a model that reads none.
    pub fn start_counts(&self) -> Counts {
        self.counts.as_ref().map_or_else(Counts::default, PackedCounts::start)
    }

    /// Takes in an answer to the question at that place; [`questions`](Self::questions) stands for one that the model
    /// does not know.
    ///
    /// # Panics
    ///
    /// When there is no such question.
    // One copy for all that take in answers.
    #[inline(never)]
    pub fn step(
        &self,
        question: usize,
        correct: bool,
        before: &Before<'_>,
        state: &mut StepState,
        scratch: &mut KnowledgeScratch,
    ) {
        let (row, d) = (2 * question + usize::from(correct), self.input.columns());
        scratch.gates.resize(self.recurrent.row_len(), 0.0);
        let values = &self.answers[row * d..][..d];
        self.matvec.run(&self.input, values, self.answer_scales[row], &mut scratch.gates);
        if let Some(counts) = &self.counts {
            counts.add_gates(before, &mut scratch.counts, &mut scratch.gates);
        }
        scratch.inputs.resize(scratch.gates.len(), 0);
        self.recurrent.gate_inputs(&scratch.gates, &mut scratch.inputs);
        self.lstm.step(&self.recurrent, &scratch.inputs, state);
    }

    /// Counts an answer to a question of these skills, before which there were so many to those of each skill.
    pub fn count(
        &self,
        correct: bool,
        skills: &[usize],
        by_skill: &[u16],
        counts: &mut Counts,
        scratch: &mut KnowledgeScratch,
    ) {
        if let Some(packed) = &self.counts {
            counts.take_in(correct, skills, by_skill);
            for skill in skills {
                let answers = by_skill[*skill].saturating_add(1);
                packed.read_skill(*skill, answers, counts, &mut scratch.counts);
            }
        }
    }

    /// Reads the counts of all skills anew, after they were restored.
    pub fn read_counts(&self, by_skill: &[u16], counts: &mut Counts) {
        if let Some(packed) = &self.counts {
            packed.read(by_skill, counts, &mut CountScratch::default());
        }
    }

    /// The logit of a right answer to each question, and to one that the model does not know, after so many answers
    /// with these counts. `skills_of` gives the skills of each question.
    ///
    /// # Panics
    ///
    /// When `out` is not one longer than there are questions.
    pub fn predict<'a>(
        &self,
        (state, answers, counts): (&StepState, u32, &Counts),
        skills_of: impl Iterator<Item = &'a [usize]>,
        scratch: &mut KnowledgeScratch,
        out: &mut [f32],
    ) {
        layer(&self.output, state, scratch, out);
        let Some(packed) = &self.counts else { return };
        let skills = &mut scratch.skills;
        skills.resize(self.mastery.output_len(), 0.0);
        packed.skill_logits(answers, &scratch.hidden, counts, &mut scratch.counts, skills);
        for (logit, own) in out.iter_mut().zip(skills_of).filter(|(_, own)| !own.is_empty()) {
            let sum = own.iter().fold(0.0, |sum, skill| sum + skills[*skill]);
            *logit += sum / own.len() as f32;
        }
    }

    /// The logit of having mastered each skill.
    ///
    /// # Panics
    ///
    /// When `out` is not as long as there are skills.
    pub fn mastery(&self, state: &StepState, scratch: &mut KnowledgeScratch, out: &mut [f32]) {
        layer(&self.mastery, state, scratch, out);
    }
}

/// Runs a layer on the state.
#[inline(never)]
fn layer(linear: &Linear, state: &StepState, scratch: &mut KnowledgeScratch, out: &mut [f32]) {
    const STEP: f32 = 1.0 / UNIT;
    let (_, h) = state.values();
    scratch.hidden.clear();
    scratch.hidden.extend(h[..linear.input_len()].iter().map(|h| f32::from(*h) * STEP));
    linear.forward(&scratch.hidden, &mut scratch.linear, out);
}
