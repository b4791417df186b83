//! What a knowledge model reads besides the answers one after the other: how many were right, of all and of each skill.
//!
//! An LSTM counts badly. So the numbers of right and wrong answers and the last results enter its gates and, through
//! one layer of units, the prediction: each skill gives a logit, which the questions of that skill share.

use super::order::in_order;
use crate::error::Result;
use crate::kernels::{Kernels, bilstm_i16};
use crate::layers::{Linear, LinearScratch, LinearWeights, TableWeights, check_biases, check_len};
use crate::ngram::ln;

/// Numbers about a student: right and wrong answers, shares of the last 4, 16 and 64.
pub const STUDENT_NUMBERS: usize = 5;

/// Numbers about a skill: right and wrong answers, a share that forgets, the share of the last 3, the last result,
/// whether there is one.
pub const SKILL_NUMBERS: usize = 6;

/// Results of a skill that are kept.
pub(crate) const SKILL_RESULTS: u32 = 8;

/// By what a result counts less than the one after it in the share that forgets.
const FORGETTING: f32 = 0.8;

/// The arrays that read counts, as a file holds them; `M` is the number of units, the other letters are those of
/// [`KnowledgeWeights`](super::KnowledgeWeights).
#[derive(Clone, Copy, Debug)]
pub struct CountWeights<'a> {
    /// M.
    pub units: usize,
    /// `[4H, 11]`: from the numbers about the student, then the mean of those about the question's skills, to the
    /// gates.
    pub gates: TableWeights<'a>,
    /// `[M, H + 5]`: from h, then the numbers about the student.
    pub student: LinearWeights<'a>,
    /// `[M, 6]`: from the numbers about a skill.
    pub skill: TableWeights<'a>,
    /// `[S, M]`: what each skill adds.
    pub skills: TableWeights<'a>,
    /// `[M]`: what each unit adds to a skill's logit.
    pub output: &'a [f32],
}

impl CountWeights<'_> {
    /// Refuses values that the kernels are not made for; those of a file were checked when it was read.
    pub(super) fn check(&self) -> Result<()> {
        self.gates.check("the weight between counts and gates")?;
        self.student.check("the units of counts")?;
        self.skill.check("the weight of a skill's counts")?;
        self.skills.check("the skills of counts")?;
        check_biases("the output of counts", self.output)
    }
}

/// The part of a knowledge model that reads counts, packed.
#[derive(Debug)]
pub(super) struct PackedCounts {
    gates: Linear,
    student: Linear,
    skill: Linear,
    /// `[S, M]`.
    skills: Vec<f32>,
    output: Vec<f32>,
}

/// How one student answered, in numbers.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Right answers.
    pub(crate) right: u32,
    /// The last results, the latest in the lowest bit.
    pub(crate) results: u64,
    /// Right answers and last results of each skill.
    pub(crate) skills: Vec<(u16, u8)>,
    /// `[M, S]`: what the units read of each skill.
    units: Vec<f32>,
}

/// What is counted before an answer.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// Answers taken in.
    pub answers: u32,
    /// Of these, answers to questions of each skill.
    pub by_skill: &'a [u16],
    /// The rest, which only a model that reads counts has.
    pub counts: &'a Counts,
    /// Skills of the question.
    pub skills: &'a [usize],
}

/// A buffer for the numbers that a product reads.
#[derive(Clone, Debug, Default)]
pub(super) struct CountScratch {
    read: Vec<f32>,
    written: Vec<f32>,
    linear: LinearScratch,
}

/// A table as a linear layer without biases; `none` has zeros enough.
fn unbiased<'a>(table: &TableWeights<'a>, none: &'a [f32]) -> LinearWeights<'a> {
    LinearWeights { weight: table.weight, scale: table.scale, bias: &none[..table.scale.len()] }
}

/// `ln(n + 1) / 8`: below 1 for all but the largest counts.
fn logarithm(n: u32) -> f32 {
    ln(n.saturating_add(1)) * 0.125
}

/// The share of right ones among the last `most` of `n` results, less one half; one result of one half is added.
fn share(results: u64, n: u32, most: u32) -> f32 {
    let last = results & (u64::MAX >> (64 - most));
    (last.count_ones() as f32 + 0.5) / (n.min(most) as f32 + 1.0) - 0.5
}

/// Numbers about a student, [`STUDENT_NUMBERS`].
fn of_student(answers: u32, counts: &Counts) -> [f32; STUDENT_NUMBERS] {
    let share = |most| share(counts.results, answers, most);
    let wrong = answers.saturating_sub(counts.right);
    [logarithm(counts.right), logarithm(wrong), share(4), share(16), share(64)]
}

/// Numbers about a skill, [`SKILL_NUMBERS`]; all are 0 without an answer.
fn of_skill(answers: u16, (right, results): (u16, u8)) -> [f32; SKILL_NUMBERS] {
    if answers == 0 {
        return [0.0; SKILL_NUMBERS];
    }
    let (n, right) = (u32::from(answers), u32::from(right));
    let (mut sum, mut all, mut weight) = (0.5, 1.0, 1.0f32);
    for place in 0..n.min(SKILL_RESULTS) {
        sum += weight * f32::from(results >> place & 1);
        all += weight;
        weight *= FORGETTING;
    }
    let last = f32::from(results & 1);
    let wrong = n.saturating_sub(right);
    [logarithm(right), logarithm(wrong), sum / all - 0.5, share(results.into(), n, 3), last + last - 1.0, 1.0]
}

impl PackedCounts {
    /// Packs weights, whose values were checked, for gates in the order of `recurrent`.
    pub(super) fn pack(
        w: &CountWeights<'_>,
        (hidden, skills): (usize, usize),
        recurrent: &bilstm_i16::Packed,
        kernels: &Kernels,
    ) -> Result<Self> {
        let (m, k) = (w.units, STUDENT_NUMBERS + SKILL_NUMBERS);
        for (what, table, rows, columns) in [
            ("the weight between counts and gates", &w.gates, 4 * hidden, k),
            ("the weight of a skill's counts", &w.skill, m, SKILL_NUMBERS),
            ("the skills of counts", &w.skills, skills, m),
        ] {
            check_len(what, table.weight.len(), rows * columns)?;
            check_len(what, table.scale.len(), rows)?;
        }
        check_len("the bias of the units of counts", w.student.bias.len(), m)?;
        check_len("the output of counts", w.output.len(), m)?;
        let none = vec![0.0; m.max(4 * hidden)];
        let linear = |k, w: &LinearWeights<'_>| Linear::pack((w.scale.len(), k), w, kernels);
        let values = w.skills.weight.iter().enumerate();
        Ok(Self {
            gates: linear(k, &in_order(&unbiased(&w.gates, &none), (hidden, k), recurrent).linear())?,
            student: linear(hidden + STUDENT_NUMBERS, &w.student)?,
            skill: linear(SKILL_NUMBERS, &unbiased(&w.skill, &none))?,
            skills: values.map(|(at, weight)| f32::from(*weight) * w.skills.scale[at / m]).collect(),
            output: w.output.to_vec(),
        })
    }

    /// Bytes of memory that this part holds.
    pub(super) fn memory_bytes(&self) -> usize {
        let linear = [&self.gates, &self.student, &self.skill].map(Linear::memory_bytes);
        linear.iter().sum::<usize>() + (self.skills.len() + self.output.len()) * size_of::<f32>()
    }

    /// Number of skills.
    fn skills(&self) -> usize {
        self.skills.len() / self.output.len()
    }

    /// A student without answers.
    pub(super) fn start(&self) -> Counts {
        let skills = self.skills();
        let mut counts =
            Counts { skills: vec![(0, 0); skills], units: vec![0.0; self.skills.len()], ..Counts::default() };
        self.read(&vec![0; skills], &mut counts, &mut CountScratch::default());
        counts
    }

    /// Reads the counts of all skills anew.
    pub(super) fn read(&self, answers: &[u16], counts: &mut Counts, scratch: &mut CountScratch) {
        (0..self.skills()).for_each(|skill| self.read_skill(skill, answers[skill], counts, scratch));
    }

    /// Reads the counts of a skill anew.
    pub(super) fn read_skill(
        &self,
        skill: usize,
        answers: u16,
        counts: &mut Counts,
        scratch: &mut CountScratch,
    ) {
        let (m, skills) = (self.output.len(), self.skills());
        scratch.written.resize(m, 0.0);
        let numbers = of_skill(answers, counts.skills[skill]);
        self.skill.forward(&numbers, &mut scratch.linear, &mut scratch.written);
        let own = &self.skills[skill * m..][..m];
        let units = counts.units[skill..].iter_mut().step_by(skills);
        units.zip(&scratch.written).zip(own).for_each(|((unit, read), own)| *unit = read + own);
    }

    /// Adds what the counts before an answer to a question of these skills say to the inputs of the gates.
    pub(super) fn add_gates(&self, before: &Before<'_>, scratch: &mut CountScratch, gates: &mut [f32]) {
        scratch.read.clear();
        scratch.read.extend(of_student(before.answers, before.counts));
        let mut mean = [0.0; SKILL_NUMBERS];
        for skill in before.skills {
            let numbers = of_skill(before.by_skill[*skill], before.counts.skills[*skill]);
            mean.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        }
        let n = before.skills.len().max(1) as f32;
        scratch.read.extend(mean.map(|sum| sum / n));
        scratch.written.resize(gates.len(), 0.0);
        self.gates.forward(&scratch.read, &mut scratch.linear, &mut scratch.written);
        gates.iter_mut().zip(&scratch.written).for_each(|(gate, more)| *gate += more);
    }

    /// Writes the logit that each skill adds to those of its questions.
    pub(super) fn skill_logits(
        &self,
        all: u32,
        hidden: &[f32],
        counts: &Counts,
        scratch: &mut CountScratch,
        out: &mut [f32],
    ) {
        scratch.read.clear();
        scratch.read.extend_from_slice(hidden);
        scratch.read.extend(of_student(all, counts));
        scratch.written.resize(self.output.len(), 0.0);
        self.student.forward(&scratch.read, &mut scratch.linear, &mut scratch.written);
        out.fill(0.0);
        // Unit after unit, so that the loop over skills is vectorised and each sum has one order.
        for ((unit, read), weight) in
            scratch.written.iter().zip(counts.units.chunks_exact(out.len())).zip(&self.output)
        {
            for (logit, read) in out.iter_mut().zip(read) {
                let value = unit + read;
                *logit += if value > 0.0 { value } else { 0.0 } * weight;
            }
        }
    }
}

impl Counts {
    /// Counts an answer to a question of these skills; `answers` are those of each skill before it.
    pub(super) fn take_in(&mut self, correct: bool, skills: &[usize], answers: &[u16]) {
        self.right = self.right.saturating_add(correct.into());
        self.results = self.results << 1 | u64::from(correct);
        for skill in skills {
            let (right, results) = &mut self.skills[*skill];
            // Beyond the largest number of answers, only the last results change.
            *right += u16::from(correct && answers[*skill] < u16::MAX);
            *results = *results << 1 | u8::from(correct);
        }
    }
}
