//! The networks: two teachers and the student model.
//!
//! All read a student's answers in order and give, for each, the logit of a right answer in view of those before it.

use super::attention::attention;
use super::batch::Batch;
use super::counts::Counts;
use super::recurrence::lstm;
use crate::random;
use anyhow::{Context, Result, ensure};
use candle_core::{D, DType, Device, IndexOp, Tensor, Var};
use pupil_core::parts::knowledge::{SKILL_NUMBERS, STUDENT_NUMBERS};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An attention looks back at most so far; in [`fit::predict`](super::fit::predict) at least half as far, except at the
/// beginning.
pub const LOOK_BACK: usize = 200;

/// The logistic function.
#[must_use]
pub fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

/// The form of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Deep knowledge tracing (Piech et al. 2015): an LSTM with an input and an output for each question.
    #[default]
    Dkt,
    /// Attention to the answers before, after simpleKT (Liu et al. 2023): questions ask, answers reply; the older an
    /// answer, the less each head hears it.
    Attention,
    /// The model that goes into a file, and as a teacher a larger one of its form: an LSTM whose inputs and outputs
    /// come from vectors of questions and skills.
    Pupil,
}

/// Dimensions and settings of a network.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// The form.
    pub kind: Kind,
    /// Length of the vectors of questions, skills and answers.
    pub embedding: usize,
    /// Units of the LSTM; for attention, of the layers between.
    pub hidden: usize,
    /// Heads of an attention.
    pub heads: usize,
    /// Layers of an attention.
    pub layers: usize,
    /// Share of values that dropout sets to 0.
    pub dropout: f32,
    /// Units of the layer that reads counts of right and wrong answers; 0: none. Only the student model has it.
    #[serde(skip_serializing_if = "is_zero")]
    pub counts: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Default for Spec {
    fn default() -> Self {
        Self { kind: Kind::Dkt, embedding: 64, hidden: 64, heads: 4, layers: 2, dropout: 0.2, counts: 0 }
    }
}

/// What is known about the questions before training.
#[derive(Clone, Debug)]
pub struct World {
    /// Number of questions.
    pub questions: usize,
    /// Number of skills.
    pub skills: usize,
    /// Places of the skills of each question.
    pub question_skills: Vec<Vec<usize>>,
    /// `[questions + 1, skills]`: 1 / n for each of a question's n skills; nothing for the last row, which stands for
    /// unknown questions.
    pub pooling: Tensor,
    /// `[questions + 1]`: logit of the share of right answers in training.
    pub easiness: Vec<f32>,
    /// `[skills, skills]`: shares of related skills, each row 1 in all or nothing; none without a graph.
    pub graph: Option<Tensor>,
}

/// A network with its parameters.
pub struct Network {
    /// Its form.
    pub spec: Spec,
    world: World,
    vars: BTreeMap<String, Var>,
}

/// What counts of a batch's answers say before each.
struct Counted {
    /// `[rows, 11]`: of the student and the question's skills.
    numbers: Tensor,
    /// `[n, 6]`: of each skill of each row's question.
    of_skill: Tensor,
    /// `[n]`: its row.
    row_of: Tensor,
    /// `[n]`: the skill.
    skill_of: Tensor,
    /// `[n]`: 1 / the number of the question's skills.
    share: Tensor,
}

/// What a network gives for a batch.
pub struct Outputs {
    /// `[rows]`: logits of right answers.
    pub logits: Tensor,
    /// `[rows, skills]`: logits of mastery after each answer; only the student model has them.
    pub mastery: Option<Tensor>,
}

/// Parameters by name.
pub type Parameters = BTreeMap<String, Vec<f32>>;

/// Arrays of a recurrent network, multiplied out: of the student model what a file holds, before quantization.
#[derive(Clone, Debug)]
pub struct Folded {
    /// `[2 (questions + 1), embedding]`: each question answered wrong, then right.
    pub answers: Vec<f32>,
    /// `[4 hidden, embedding]`.
    pub input: Vec<f32>,
    /// `[4 hidden]`.
    pub bias: Vec<f32>,
    /// `[4 hidden, hidden]`.
    pub recurrent: Vec<f32>,
    /// `[questions + 1, hidden]`.
    pub output: Vec<f32>,
    /// `[questions + 1]`.
    pub output_bias: Vec<f32>,
    /// `[skills, hidden]`.
    pub mastery: Vec<f32>,
    /// `[skills]`.
    pub mastery_bias: Vec<f32>,
    /// What reads counts of answers.
    pub counts: Option<FoldedCounts>,
}

/// Arrays that read counts of answers.
#[derive(Clone, Debug)]
pub struct FoldedCounts {
    /// `[4 hidden, 11]`.
    pub gates: Vec<f32>,
    /// `[units, hidden + 5]`.
    pub student: Vec<f32>,
    /// `[units]`.
    pub student_bias: Vec<f32>,
    /// `[units, 6]`.
    pub skill: Vec<f32>,
    /// `[skills, units]`.
    pub skills: Vec<f32>,
    /// `[units]`.
    pub output: Vec<f32>,
}

impl Network {
    /// A network with parameters from a seed.
    ///
    /// # Errors
    ///
    /// When the dimensions do not fit, or candle fails.
    pub fn new(spec: &Spec, world: &World, seed: u64) -> Result<Self> {
        let (d, h) = (spec.embedding, spec.hidden);
        ensure!(d > 0 && h > 0, "a network needs an embedding and hidden units, it has {d} and {h}");
        ensure!(
            spec.kind != Kind::Attention
                || (spec.heads > 0 && d.is_multiple_of(spec.heads) && spec.layers > 0),
            "an attention of {} heads and {} layers on vectors of {d}: the heads must divide them",
            spec.heads,
            spec.layers
        );
        ensure!(
            spec.counts == 0 || spec.kind == Kind::Pupil,
            "only a network of the kind \"pupil\" reads counts"
        );
        let (q, s) = (world.questions + 1, world.skills);
        let mut rng = random::generator(seed);
        let mut shapes: Vec<(String, Vec<usize>, f32)> = Vec::new();
        let mut add = |name: &str, shape: &[usize], limit: f32| {
            shapes.push((name.to_owned(), shape.to_vec(), limit));
        };
        let limit = |n: usize| 1.0 / (n as f32).sqrt();
        match spec.kind {
            Kind::Dkt => {
                add("answers", &[2 * q, d], 0.1);
                add("output", &[q, h], limit(h));
            }
            Kind::Attention => {
                add("questions", &[q, d], 0.1);
                add("skills", &[s, d], 0.3);
                add("results", &[2, d], 0.3);
                for layer in 0..spec.layers {
                    for part in ["query", "key", "value", "joined"] {
                        add(&format!("{layer}.{part}"), &[d, d], limit(d));
                    }
                    add(&format!("{layer}.decay"), &[spec.heads], 0.0);
                    add(&format!("{layer}.up"), &[h, d], limit(d));
                    add(&format!("{layer}.up.bias"), &[h], 0.0);
                    add(&format!("{layer}.down"), &[d, h], limit(h));
                    add(&format!("{layer}.down.bias"), &[d], 0.0);
                    for norm in ["norm", "norm2"] {
                        add(&format!("{layer}.{norm}.weight"), &[d], 0.0);
                        add(&format!("{layer}.{norm}.bias"), &[d], 0.0);
                    }
                }
                add("hidden", &[h, 2 * d], limit(2 * d));
                add("hidden.bias", &[h], 0.0);
                add("output", &[1, h], limit(h));
            }
            Kind::Pupil => {
                add("questions", &[q, d], 0.1);
                add("skills", &[s, d], 0.3);
                add("graph", &[d, d], limit(d));
                add("wrong", &[d, d], limit(d));
                add("right", &[d, d], limit(d));
                add("results", &[2, d], 0.3);
                add("answers", &[2 * q, d], 0.02);
                add("output", &[h, d], limit(d));
                add("own", &[q, h], 0.02);
                add("mastery", &[s, h], limit(h));
                add("mastery.bias", &[s], 0.0);
                add("share", &[1], 0.0);
                if spec.counts > 0 {
                    let m = spec.counts;
                    add("counts.gates", &[4 * h, STUDENT_NUMBERS + SKILL_NUMBERS], limit(h));
                    add("counts.student", &[m, h + STUDENT_NUMBERS], limit(h));
                    add("counts.student.bias", &[m], 0.0);
                    add("counts.skill", &[m, SKILL_NUMBERS], limit(SKILL_NUMBERS));
                    add("counts.skills", &[m, d], limit(d));
                    add("counts.output", &[m], limit(m));
                }
            }
        }
        if spec.kind != Kind::Attention {
            add("input", &[4 * h, d], limit(h));
            add("recurrent", &[4 * h, h], limit(h));
            add("bias", &[4 * h], 0.0);
        }
        add("easiness", &[q], 0.0);
        let mut vars = BTreeMap::new();
        for (name, shape, limit) in shapes {
            let mut values = vec![0.0; shape.iter().product()];
            if limit > 0.0 {
                random::uniform(&mut values, limit, &mut rng);
            }
            match name.as_str() {
                "easiness" => values.copy_from_slice(&world.easiness),
                // Forgets little at first.
                "bias" => values[h..2 * h].fill(1.0),
                "share" => values[0] = 0.5,
                _ if name.ends_with("norm.weight") || name.ends_with("norm2.weight") => values.fill(1.0),
                _ if name.ends_with("decay") => values.fill(-1.0),
                _ => {}
            }
            let tensor = Tensor::from_vec(values, shape, &Device::Cpu)?;
            vars.insert(name, Var::from_tensor(&tensor)?);
        }
        Ok(Self { spec: spec.clone(), world: world.clone(), vars })
    }

    /// The parameters: name, variable, and whether it decays.
    pub fn variables(&self) -> impl Iterator<Item = (&String, &Var, bool)> {
        self.vars.iter().map(|(name, var)| (name, var, var.dims().len() > 1))
    }

    /// Number of parameters.
    #[must_use]
    pub fn count(&self) -> usize {
        self.vars.values().map(|var| var.elem_count()).sum()
    }

    /// The parameters, copied.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn parameters(&self) -> Result<Parameters> {
        self.vars.iter().map(|(n, v)| Ok((n.clone(), v.flatten_all()?.to_vec1()?))).collect()
    }

    /// Replaces the parameters.
    ///
    /// # Errors
    ///
    /// When one is missing or has another size.
    pub fn set_parameters(&self, parameters: &Parameters) -> Result<()> {
        for (name, var) in &self.vars {
            let values = parameters.get(name).with_context(|| format!("the parameters lack `{name}`"))?;
            ensure!(
                values.len() == var.elem_count(),
                "`{name}` has {} values, the network {}",
                values.len(),
                var.elem_count()
            );
            var.set(&Tensor::from_slice(values, var.shape(), &Device::Cpu)?)?;
        }
        Ok(())
    }

    /// What is known about the questions.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    fn var(&self, name: &str) -> &Tensor {
        self.vars[name].as_tensor()
    }

    /// Runs the network; with a generator, values are dropped.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn forward(&self, batch: &Batch, mut dropout: Option<&mut ChaCha8Rng>) -> Result<Outputs> {
        match self.spec.kind {
            Kind::Dkt | Kind::Pupil => self.recurrent(batch, &mut dropout),
            Kind::Attention => self.attention(batch, &mut dropout),
        }
    }

    fn dropped(&self, x: &Tensor, rng: &mut Option<&mut ChaCha8Rng>) -> Result<Tensor> {
        let Some(rng) = rng.as_mut().filter(|_| self.spec.dropout > 0.0) else { return Ok(x.clone()) };
        let p = self.spec.dropout;
        let keep = 1.0 / (1.0 - p);
        let mask: Vec<f32> =
            (0..x.elem_count()).map(|_| if rng.random::<f32>() < p { 0.0 } else { keep }).collect();
        Ok((x * Tensor::from_vec(mask, x.shape(), x.device())?)?)
    }

    /// Vectors of all questions: their own, and the mean of those of their skills, which hear of related skills.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn question_vectors(&self) -> Result<Tensor> {
        Ok((self.var("questions") + self.world.pooling.matmul(&self.skill_vectors()?)?)?)
    }

    fn skill_vectors(&self) -> Result<Tensor> {
        let mut skills = self.var("skills").clone();
        if let (Some(graph), Kind::Pupil) = (&self.world.graph, self.spec.kind) {
            let related = graph.matmul(&skills)?.matmul(&self.var("graph").t()?)?.tanh()?;
            skills = (skills + related)?;
        }
        Ok(skills)
    }

    /// Vectors of all answers, `[2 (questions + 1), embedding]`.
    fn answer_vectors(&self, questions: Option<&Tensor>) -> Result<Tensor> {
        let Some(questions) = questions else { return Ok(self.var("answers").clone()) };
        let [wrong, right] = ["wrong", "right"].map(|name| questions.matmul(&self.var(name).t()?));
        let results = self.var("results");
        let both = [wrong?.broadcast_add(&results.i(0)?)?, right?.broadcast_add(&results.i(1)?)?];
        // Row 2q is question q answered wrong, row 2q + 1 answered right.
        let pairs = Tensor::stack(&both, 1)?;
        Ok((pairs.flatten(0, 1)? + self.var("answers"))?)
    }

    /// Weights between the state and the questions, `[questions + 1, hidden]`, and their biases: mastery of the skills
    /// included, which is linear too.
    fn output(&self, questions: Option<&Tensor>) -> Result<(Tensor, Tensor)> {
        let Some(questions) = questions else {
            return Ok((self.var("output").clone(), self.var("easiness").clone()));
        };
        let pooling = &self.world.pooling;
        let share = self.var("share");
        let weight = (questions.matmul(&self.var("output").t()?)? + self.var("own"))?;
        let weight = (weight + pooling.matmul(self.var("mastery"))?.broadcast_mul(share)?)?;
        let theta = pooling.matmul(&self.var("mastery.bias").unsqueeze(1)?)?.squeeze(1)?;
        Ok((weight, (theta.broadcast_mul(share)? + self.var("easiness"))?))
    }

    fn recurrent(&self, batch: &Batch, dropout: &mut Option<&mut ChaCha8Rng>) -> Result<Outputs> {
        let (rows, students, h) = (batch.questions.len(), batch.students, self.spec.hidden);
        let questions = match self.spec.kind {
            Kind::Pupil => Some(self.question_vectors()?),
            _ => None,
        };
        let index = |values: Vec<u32>| Tensor::from_vec(values, rows, &Device::Cpu);
        let read = batch.questions.iter().zip(&batch.read).map(|(q, r)| 2 * q + u32::from(*r > 0.5));
        let x = self.answer_vectors(questions.as_ref())?.index_select(&index(read.collect())?, 0)?;
        let x = self.dropped(&x, dropout)?;
        let gates = x.matmul(&self.var("input").t()?)?.broadcast_add(self.var("bias"))?;
        let counted = (self.spec.counts > 0).then(|| self.counted(batch)).transpose()?;
        let gates = match &counted {
            Some(counted) => (gates + counted.numbers.matmul(&self.var("counts.gates").t()?)?)?,
            None => gates,
        };
        let states = lstm(&gates, self.var("recurrent"), students)?;
        let before = Tensor::cat(
            &[Tensor::zeros((students, h), DType::F32, &Device::Cpu)?, states.narrow(0, 0, rows - students)?],
            0,
        )?;
        let before = self.dropped(&before, dropout)?;
        let (weight, bias) = self.output(questions.as_ref())?;
        let asked = index(batch.questions.clone())?;
        let logits = (&before * weight.index_select(&asked, 0)?)?.sum(D::Minus1)?;
        let mut logits = (logits + bias.index_select(&asked, 0)?)?;
        if let Some(counted) = &counted {
            logits = self.add_counted(counted, &before, &logits)?;
        }
        let mastery = match self.spec.kind {
            Kind::Pupil => {
                Some(states.matmul(&self.var("mastery").t()?)?.broadcast_add(self.var("mastery.bias"))?)
            }
            _ => None,
        };
        Ok(Outputs { logits, mastery })
    }

    /// What a batch's answers, as they are read, let count.
    fn counted(&self, batch: &Batch) -> Result<Counted> {
        let rows = batch.questions.len();
        let mut numbers = vec![0.0f32; rows * (STUDENT_NUMBERS + SKILL_NUMBERS)];
        let (mut of_skill, mut row_of, mut skill_of, mut share) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let none = Vec::new();
        let skills = |question: usize| self.world.question_skills.get(question).unwrap_or(&none);
        for s in 0..batch.students {
            let mut counts = Counts::new(self.world.skills);
            for answer in &batch.before[s] {
                counts.take_in(skills(answer.question), f32::from(u8::from(answer.correct)));
            }
            for row in (s..rows).step_by(batch.students) {
                if batch.source[row].is_none() {
                    break;
                }
                let own = skills(batch.questions[row] as usize);
                let read = counts.of_question(own);
                numbers[row * read.len()..][..read.len()].copy_from_slice(&read);
                for skill in own {
                    of_skill.extend(counts.of_skill(*skill));
                    row_of.push(u32::try_from(row)?);
                    skill_of.push(u32::try_from(*skill)?);
                    share.push(1.0 / own.len() as f32);
                }
                counts.take_in(own, batch.read[row]);
            }
        }
        let (device, n) = (&Device::Cpu, share.len());
        Ok(Counted {
            numbers: Tensor::from_vec(numbers, (rows, STUDENT_NUMBERS + SKILL_NUMBERS), device)?,
            of_skill: Tensor::from_vec(of_skill, (n, SKILL_NUMBERS), device)?,
            row_of: Tensor::from_vec(row_of, n, device)?,
            skill_of: Tensor::from_vec(skill_of, n, device)?,
            share: Tensor::from_vec(share, n, device)?,
        })
    }

    /// Logits of the questions with the mean of those that counts give for their skills.
    fn add_counted(&self, counted: &Counted, states: &Tensor, logits: &Tensor) -> Result<Tensor> {
        if counted.share.elem_count() == 0 {
            return Ok(logits.clone());
        }
        let student = Tensor::cat(&[states, &counted.numbers.narrow(1, 0, STUDENT_NUMBERS)?], 1)?;
        let student =
            self.linear("counts.student", &student)?.broadcast_add(self.var("counts.student.bias"))?;
        let skills = self.skill_vectors()?.matmul(&self.var("counts.skills").t()?)?;
        let read =
            (student.index_select(&counted.row_of, 0)? + skills.index_select(&counted.skill_of, 0)?)?;
        let units = (read + self.linear("counts.skill", &counted.of_skill)?)?.relu()?;
        let output = self.var("counts.output").unsqueeze(1)?;
        let each = (units.matmul(&output)?.squeeze(1)? * &counted.share)?;
        Ok(logits.index_add(&counted.row_of, &each, 0)?)
    }

    /// A layer with weights `[m, k]`, without bias, on `[rows, k]`.
    fn linear(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        Ok(x.matmul(&self.var(name).t()?)?)
    }

    fn norm(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let deviation = (centred.sqr()?.mean_keepdim(D::Minus1)? + 1e-5)?.sqrt()?;
        let x = centred.broadcast_div(&deviation)?.broadcast_mul(self.var(&format!("{name}.weight")))?;
        Ok(x.broadcast_add(self.var(&format!("{name}.bias")))?)
    }

    fn attention(&self, batch: &Batch, dropout: &mut Option<&mut ChaCha8Rng>) -> Result<Outputs> {
        let (b, t) = (batch.students, batch.steps);
        // Student-major, so that each student's answers follow each other.
        let order: Vec<usize> = (0..b).flat_map(|s| (0..t).map(move |t| t * b + s)).collect();
        let asked =
            Tensor::from_vec(order.iter().map(|r| batch.questions[*r]).collect(), b * t, &Device::Cpu)?;
        let read: Vec<u32> = order.iter().map(|r| u32::from(batch.read[*r] > 0.5)).collect();
        let read = Tensor::from_vec(read, b * t, &Device::Cpu)?;
        let questions = self.question_vectors()?.index_select(&asked, 0)?;
        let answers = self.var("results").index_select(&read, 0)?;
        let answers = self.dropped(&(&questions + answers)?, dropout)?;
        let mut x = self.dropped(&questions, dropout)?;
        for layer in 0..self.spec.layers {
            let part = |name: &str| format!("{layer}.{name}");
            let query = self.linear(&part("query"), &x)?;
            let key = self.linear(&part("key"), &x)?;
            let value = self.linear(&part("value"), &answers)?;
            let qkv = Tensor::cat(&[query, key, value], 1)?;
            let heard = attention(&qkv, &self.var(&part("decay")).exp()?, t)?;
            let heard = self.linear(&part("joined"), &heard)?;
            x = self.norm(&part("norm"), &(&x + self.dropped(&heard, dropout)?)?)?;
            let up = self.linear(&part("up"), &x)?.broadcast_add(self.var(&part("up.bias")))?.relu()?;
            let up = self.dropped(&up, dropout)?;
            let down = self.linear(&part("down"), &up)?.broadcast_add(self.var(&part("down.bias")))?;
            x = self.norm(&part("norm2"), &(&x + self.dropped(&down, dropout)?)?)?;
        }
        let both = Tensor::cat(&[x, questions], 1)?;
        let hidden = self.linear("hidden", &both)?.broadcast_add(self.var("hidden.bias"))?.relu()?;
        let hidden = self.dropped(&hidden, dropout)?;
        let logits = self.linear("output", &hidden)?.reshape((b, t))?;
        let easiness = self.var("easiness").index_select(&asked, 0)?.reshape((b, t))?;
        // Back to time-major.
        let logits = (logits + easiness)?.t()?.contiguous()?.flatten_all()?;
        Ok(Outputs { logits, mastery: None })
    }

    /// The arrays of a student model, which a file holds, or of a DKT, which has no mastery. Nothing of the graph or
    /// the skills' vectors is left.
    ///
    /// # Errors
    ///
    /// When the network is an attention, or candle fails.
    pub fn folded(&self) -> Result<Folded> {
        ensure!(self.spec.kind != Kind::Attention, "an attention has no recurrent step");
        let of_pupil = self.spec.kind == Kind::Pupil;
        let questions = of_pupil.then(|| self.question_vectors()).transpose()?;
        let (output, output_bias) = self.output(questions.as_ref())?;
        let flat = |x: &Tensor| -> Result<Vec<f32>> { Ok(x.flatten_all()?.to_vec1()?) };
        let of_mastery = |name: &str| if of_pupil { flat(self.var(name)) } else { Ok(Vec::new()) };
        Ok(Folded {
            answers: flat(&self.answer_vectors(questions.as_ref())?)?,
            input: flat(self.var("input"))?,
            bias: flat(self.var("bias"))?,
            recurrent: flat(self.var("recurrent"))?,
            output: flat(&output)?,
            output_bias: flat(&output_bias)?,
            mastery: of_mastery("mastery")?,
            mastery_bias: of_mastery("mastery.bias")?,
            counts: (self.spec.counts > 0).then(|| self.folded_counts()).transpose()?,
        })
    }

    fn folded_counts(&self) -> Result<FoldedCounts> {
        let flat = |name: &str| -> Result<Vec<f32>> { Ok(self.var(name).flatten_all()?.to_vec1()?) };
        let skills = self.skill_vectors()?.matmul(&self.var("counts.skills").t()?)?;
        Ok(FoldedCounts {
            gates: flat("counts.gates")?,
            student: flat("counts.student")?,
            student_bias: flat("counts.student.bias")?,
            skill: flat("counts.skill")?,
            skills: skills.flatten_all()?.to_vec1()?,
            output: flat("counts.output")?,
        })
    }
}
