//! Running a mixture.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::MAX_EXPERTS;
use crate::format::manifest::{Mixture, Pooling, Scope};
use crate::kernels::{Kernels, softmax_f32};
use crate::layers::{Dense, DenseScratch, LinearWeights, Norm, NormWeights, relu};
use crate::parts::bert::BertScratch;
use crate::parts::pooling::{all_finite, pool};

/// The arrays of a mixture as a file holds them.
#[derive(Clone, Debug)]
pub struct MixtureWeights<'a> {
    /// The blocks, the first one first.
    pub blocks: Vec<BlockWeights<'a>>,
    /// Pooled scope only: the normalization that all blocks share.
    pub norm: Option<NormWeights<'a>>,
}

/// The arrays of one block.
#[derive(Clone, Debug)]
pub struct BlockWeights<'a> {
    /// `[gate, width + task_embedding]`: columns of the pooled vector first.
    pub gate: LinearWeights<'a>,
    /// `[experts, gate]`.
    pub gate_output: LinearWeights<'a>,
    /// The experts.
    pub experts: Vec<ExpertWeights<'a>>,
}

/// The arrays of one expert.
#[derive(Clone, Copy, Debug)]
pub struct ExpertWeights<'a> {
    /// `[hidden, width]`, before ReLU.
    pub up: LinearWeights<'a>,
    /// `[width, hidden]`.
    pub down: LinearWeights<'a>,
}

impl MixtureWeights<'_> {
    /// Refuses values that the kernels are not made for.
    fn check(&self) -> Result<()> {
        for block in &self.blocks {
            let experts = block.experts.iter().flat_map(|e| [&e.up, &e.down]);
            for linear in [&block.gate, &block.gate_output].into_iter().chain(experts) {
                linear.check("a dense layer")?;
            }
        }
        Ok(())
    }
}

/// The mixture, packed for the chosen kernels. Immutable; share it freely.
#[derive(Debug)]
pub struct PackedMixture {
    scope: Scope,
    width: usize,
    hidden: usize,
    /// Experts that run.
    kept: usize,
    blocks: Vec<Block>,
    norm: Option<Norm>,
    /// Whether the experts belong to another mixture.
    shares: bool,
    softmax: &'static softmax_f32::Variant,
}

#[derive(Debug)]
struct Block {
    gate: Dense,
    gate_output: Dense,
    experts: Experts,
}

/// The two layers of each expert, which task packs may share.
type Experts = Arc<[(Dense, Dense)]>;

fn count(what: &str, given: usize, stated: usize) -> Result<()> {
    if given == stated {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Damaged, format!("{given} {what} are given, {stated} are stated")))
}

/// Buffers of [`PackedMixture::forward`]; serves mixtures of any size, and allocates only for the largest.
#[derive(Debug, Default)]
pub struct MixtureScratch {
    /// Pooled vector, then the embedding of the task.
    input: Vec<f32>,
    gate: Vec<f32>,
    dense: DenseScratch,
    /// Hidden layer of an expert on the pooled vector, its output, and the sum over the experts.
    buffers: [Vec<f32>; 3],
    /// Weights of the experts of one block, for each text.
    rows: Vec<[f32; MAX_EXPERTS]>,
    /// Experts of a block.
    experts: usize,
    /// Weights of the experts, block after block, of each block text after text.
    weights: Vec<f32>,
}

impl MixtureScratch {
    /// Weights of the experts in the last run, block after block; 0 for those that did not run.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Those of one of the texts that ran together; every block has as many experts.
    pub(crate) fn weights_of(&self, text: usize) -> impl Iterator<Item = f32> {
        let blocks = self.weights.chunks_exact((self.experts * self.rows.len()).max(1));
        blocks.flat_map(move |block| block[text * self.experts..][..self.experts].iter().copied())
    }
}

impl PackedMixture {
    /// Packs weights of the stated dimensions for the chosen kernels.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit.
    pub fn new(d: &Mixture, w: &MixtureWeights<'_>, kernels: &Kernels) -> Result<Self> {
        w.check()?;
        Self::pack(d, w, kernels)
    }

    /// Packs weights whose values were checked.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), where a length does not fit.
    pub(super) fn pack(d: &Mixture, w: &MixtureWeights<'_>, kernels: &Kernels) -> Result<Self> {
        Self::build(d, w, kernels, &|_, w| {
            count("experts", w.experts.len(), d.experts)?;
            let experts = w.experts.iter().map(|e| {
                let up = Dense::pack((d.hidden, d.width), &e.up, kernels)?;
                Ok((up, Dense::pack((d.width, d.hidden), &e.down, kernels)?))
            });
            experts.collect()
        })
    }

    /// Packs gates and normalization, whose values were checked, and shares the experts of another mixture of the same
    /// shape; `w` has none.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit.
    pub(super) fn with_experts_of(
        other: &Self,
        d: &Mixture,
        w: &MixtureWeights<'_>,
        kernels: &Kernels,
    ) -> Result<Self> {
        if (other.scope, other.width, other.hidden) != (d.scope, d.width, d.hidden) {
            return Err(Error::new(ErrorKind::Damaged, "experts are shared with a mixture of another shape"));
        }
        count("blocks", other.blocks.len(), d.blocks)?;
        let built = Self::build(d, w, kernels, &|b, w| {
            count("experts", w.experts.len(), 0)?;
            count("experts", other.blocks[b].experts.len(), d.experts)?;
            Ok(Arc::clone(&other.blocks[b].experts))
        })?;
        Ok(Self { shares: true, ..built })
    }

    fn build(
        d: &Mixture,
        w: &MixtureWeights<'_>,
        kernels: &Kernels,
        experts: &dyn Fn(usize, &BlockWeights<'_>) -> Result<Experts>,
    ) -> Result<Self> {
        count("blocks", w.blocks.len(), d.blocks)?;
        if w.norm.is_some() != (d.scope == Scope::Pooled) {
            let message = "a mixture has a normalization if its scope is pooled, and only then";
            return Err(Error::new(ErrorKind::Damaged, message));
        }
        let block = |(b, w): (usize, &BlockWeights<'_>)| {
            Ok(Block {
                gate: Dense::pack((d.gate, d.width + d.task_embedding), &w.gate, kernels)?,
                gate_output: Dense::pack((d.experts, d.gate), &w.gate_output, kernels)?,
                experts: experts(b, w)?,
            })
        };
        Ok(Self {
            scope: d.scope,
            width: d.width,
            hidden: d.hidden,
            kept: d.top_k.unwrap_or(d.experts),
            blocks: w.blocks.iter().enumerate().map(block).collect::<Result<_>>()?,
            norm: w.norm.map(|norm| Norm::new(d.width, d.epsilon, &norm, kernels)).transpose()?,
            shares: false,
            softmax: kernels.softmax_f32,
        })
    }

    /// Bytes of memory that the mixture holds; experts of another mixture are counted there.
    pub fn memory_bytes(&self) -> usize {
        let block = |block: &Block| {
            let own = if self.shares { &[][..] } else { &block.experts };
            let experts = own.iter().map(|(up, down)| up.memory_bytes() + down.memory_bytes());
            block.gate.memory_bytes() + block.gate_output.memory_bytes() + experts.sum::<usize>()
        };
        self.blocks.iter().map(block).sum::<usize>() + self.norm.as_ref().map_or(0, Norm::memory_bytes)
    }

    /// Replaces the pooled vector of a text by what the mixture makes of it. With the scope `token` it is made of the
    /// vectors of the tokens, which are replaced as well.
    ///
    /// # Errors
    ///
    /// `Damaged` when the numbers grow beyond what an f32 holds: where no normalization stands between them, weights
    /// within their limits can multiply to infinity.
    ///
    /// # Panics
    ///
    /// When a length is not the stated one.
    pub fn forward(
        &self,
        task: &[f32],
        pooling: Pooling,
        tokens: &mut BertScratch,
        scratch: &mut MixtureScratch,
        pooled: &mut [f32],
    ) -> Result<()> {
        assert_eq!(pooled.len(), self.width, "the vector is as wide as the mixture");
        if self.scope == Scope::Pooled {
            return self.forward_rows(task, scratch, pooled);
        }
        scratch.weights.clear();
        for block in &self.blocks {
            self.weigh(block, task, scratch, pooled);
            let BertScratch { tokens, wide, narrow, added, dense, .. } = tokens;
            self.mix(block, &scratch.rows, tokens, dense, [wide, narrow, added]);
            all_finite(added)?;
            std::mem::swap(tokens, added);
            pool(pooling, tokens, pooled);
            all_finite(pooled)?;
        }
        Ok(())
    }

    /// Whether several pooled vectors at once take less time for each than one: where every expert runs for all of
    /// them.
    pub(crate) fn gains_from_rows(d: &Mixture) -> bool {
        d.scope == Scope::Pooled && d.top_k.is_none_or(|kept| kept >= d.experts)
    }

    /// Replaces the pooled vectors of several texts, `[texts, width]`, by what a mixture with the scope `pooled` makes
    /// of them: of each what [`forward`](Self::forward) makes of it alone.
    ///
    /// # Errors
    ///
    /// As [`forward`](Self::forward), for any of them.
    pub(crate) fn forward_rows(
        &self,
        task: &[f32],
        scratch: &mut MixtureScratch,
        rows: &mut [f32],
    ) -> Result<()> {
        scratch.weights.clear();
        for block in &self.blocks {
            self.weigh(block, task, scratch, rows);
            let MixtureScratch { dense, buffers: [hidden, output, sum], rows: weights, .. } = scratch;
            self.mix(block, weights, rows, dense, [hidden, output, sum]);
            for (x, sum) in rows.iter_mut().zip(sum) {
                *x += *sum;
            }
            all_finite(rows)?;
            if let Some(norm) = &self.norm {
                norm.run(rows);
            }
        }
        Ok(())
    }

    /// Puts the weight of each expert of a block into `scratch.rows`, for each of the pooled vectors; 0 for those that
    /// are skipped.
    fn weigh(&self, block: &Block, task: &[f32], scratch: &mut MixtureScratch, pooled: &[f32]) {
        let MixtureScratch { input, gate, dense, rows, experts, weights: all, .. } = scratch;
        *experts = block.experts.len();
        input.clear();
        for pooled in pooled.chunks_exact(self.width) {
            input.extend(pooled.iter().chain(task));
        }
        let (count, texts) = (block.experts.len(), pooled.len() / self.width);
        gate.resize(texts * block.gate.output_len(), 0.0);
        block.gate.forward(input, dense, gate);
        relu(gate);
        let before = all.len();
        all.resize(before + texts * count, 0.0);
        block.gate_output.forward(gate, dense, &mut all[before..]);
        rows.clear();
        for weights in all[before..].chunks_exact_mut(count) {
            self.softmax.run(weights);
            keep_largest(weights, self.kept);
            let mut row = [0.0; MAX_EXPERTS];
            row[..count].copy_from_slice(weights);
            rows.push(row);
        }
    }

    /// The weighted sum of the experts on every row of `x`, in ascending order of the experts, from 0: `weights` has
    /// the experts' weights of each row, or those of all rows.
    fn mix(
        &self,
        block: &Block,
        weights: &[[f32; MAX_EXPERTS]],
        x: &[f32],
        dense: &mut DenseScratch,
        [hidden, output, sum]: [&mut Vec<f32>; 3],
    ) {
        hidden.resize(x.len() / self.width * self.hidden, 0.0);
        output.resize(x.len(), 0.0);
        sum.clear();
        sum.resize(x.len(), 0.0);
        let len = if weights.len() == 1 { x.len().max(1) } else { self.width };
        for (e, (up, down)) in block.experts.iter().enumerate() {
            if weights.iter().all(|weights| weights[e] == 0.0) {
                continue;
            }
            up.forward(x, dense, hidden);
            relu(hidden);
            down.forward(hidden, dense, output);
            let rows = sum.chunks_exact_mut(len).zip(output.chunks_exact(len)).zip(weights);
            for ((sum, output), weights) in rows.filter(|(_, weights)| weights[e] != 0.0) {
                for (sum, value) in sum.iter_mut().zip(output) {
                    *sum += weights[e] * value;
                }
            }
        }
    }
}

/// Sets all but the largest `kept` weights to 0, of equal ones the later, and divides the others by their sum in
/// ascending order of place. Weights of which all are kept stay as they are.
fn keep_largest(weights: &mut [f32], kept: usize) {
    if kept >= weights.len() {
        return;
    }
    let mut all = [0.0; MAX_EXPERTS];
    let all = &mut all[..weights.len()];
    all.copy_from_slice(weights);
    let before = |i: usize, j: usize| all[j] > all[i] || all[j] == all[i] && j < i;
    for (i, weight) in weights.iter_mut().enumerate() {
        if (0..all.len()).filter(|j| before(i, *j)).count() >= kept {
            *weight = 0.0;
        }
    }
    let sum = weights.iter().fold(0.0, |sum, weight| sum + weight);
    weights.iter_mut().for_each(|weight| *weight /= sum);
}

#[cfg(test)]
mod tests {
    use super::keep_largest;

    #[test]
    fn the_largest_are_kept_and_the_first_of_equals() {
        let kept = |weights: [f32; 4], count| {
            let mut weights = weights;
            keep_largest(&mut weights, count);
            weights
        };
        assert_eq!(kept([0.25, 0.5, 0.125, 0.125], 1), [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(kept([0.25, 0.25, 0.25, 0.25], 2), [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(kept([0.125, 0.25, 0.5, 0.125], 3), [1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0, 0.0]);
        assert_eq!(kept([0.1, 0.2, 0.3, 0.4], 4), [0.1, 0.2, 0.3, 0.4]);
    }
}
