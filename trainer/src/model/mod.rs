//! Encoders and heads as the trainer runs them, in f32.
//!
//! An encoder is one differentiable candle op from its parameters (one flat tensor) to one vector per answer.
//! On the CPU the op is fused: whole layers on packed sequences, the batch divided among threads. Elsewhere the
//! same function is composed of stock candle ops, which is also the reference that the fused op is tested against.

pub mod bert;
pub mod decoder;
pub mod lstm;
pub mod mean;
pub mod memo;
pub mod mixture;
pub mod ngram;
pub mod params;
mod pieces;
pub mod pretrained;
pub mod weights;

use anyhow::{Result, bail};
use candle_core::Tensor;
use params::{Layout, Parameters};
use std::ops::Range;

/// Token sequences, concatenated.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Token ids of all sequences.
    pub ids: Vec<u32>,
    /// Segment of each token: 0, or 1 for the second text of a pair.
    pub segments: Vec<u8>,
    /// The range of each sequence in `ids`.
    pub sequences: Vec<Range<usize>>,
    /// The task of each sequence, an index into those of the head.
    pub tasks: Vec<usize>,
}

/// The states of all tokens of a batch.
pub struct TokenStates {
    /// `[tokens, width]`.
    pub values: Tensor,
    /// The range of each sequence in `values`.
    pub sequences: Vec<Range<usize>>,
}

impl Batch {
    /// Appends one sequence of the first task.
    pub fn push(&mut self, ids: &[u32], segments: &[u8]) {
        self.push_for(0, ids, segments);
    }

    /// Appends one sequence of a task.
    pub fn push_for(&mut self, task: usize, ids: &[u32], segments: &[u8]) {
        let start = self.ids.len();
        self.ids.extend_from_slice(ids);
        self.segments.extend_from_slice(segments);
        self.sequences.push(start..self.ids.len());
        self.tasks.push(task);
    }

    /// Some of the sequences.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::default();
        for (s, task) in self.sequences[range.clone()].iter().zip(&self.tasks[range]) {
            part.push_for(*task, &self.ids[s.clone()], &self.segments[s.clone()]);
        }
        part
    }

    /// Number of sequences.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sequences.len()
    }

    /// Whether there is no sequence.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }
}

/// Whether dropout acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Training: dropout masks follow from the seed.
    Train {
        /// Seed of this step.
        seed: u64,
    },
    /// Inference: nothing is dropped, nothing is saved for a backward pass.
    Infer,
}

/// A network from token sequences to one vector each.
pub trait Encoder: Send + Sync {
    /// Length of the vector.
    fn width(&self) -> usize;

    /// Names, shapes and places of the parameters.
    fn layout(&self) -> &Layout;

    /// Maps a batch to `[sequences, width]`, differentiable in the parameters.
    ///
    /// # Errors
    ///
    /// When candle fails, or an id is outside the vocabulary.
    fn forward(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor>;

    /// Maps a batch to the states of its tokens, differentiable in the parameters.
    ///
    /// # Errors
    ///
    /// As [`forward`](Self::forward), and for encoders that give only one vector per answer.
    fn forward_tokens(&self, _parameters: &Parameters, _batch: &Batch, _mode: Mode) -> Result<TokenStates> {
        bail!("this encoder gives one vector per answer: its mixture must be of scope `pooled`")
    }
}

/// Cuts the sequences of a batch into at most `parts` runs of about equal token counts.
pub(crate) fn shards(sequences: &[Range<usize>], parts: usize) -> Vec<Range<usize>> {
    let total: usize = sequences.iter().map(Range::len).sum();
    let mut shards: Vec<Range<usize>> = Vec::with_capacity(parts);
    let (mut start, mut seen) = (0, 0);
    for (i, s) in sequences.iter().enumerate() {
        seen += s.len();
        let last = i + 1 == sequences.len();
        if last || (shards.len() + 1 < parts && seen * parts >= total * (shards.len() + 1)) {
            shards.push(start..i + 1);
            start = i + 1;
        }
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_contiguous_and_balanced() {
        let mut start = 0;
        let sequences: Vec<Range<usize>> = [5, 1, 9, 3, 2, 8, 4, 4, 1, 3]
            .iter()
            .map(|n| {
                start += n;
                start - n..start
            })
            .collect();
        for parts in 1..6 {
            let shards = shards(&sequences, parts);
            assert_eq!(shards.len(), parts);
            assert_eq!((shards[0].start, shards[parts - 1].end), (0, sequences.len()));
            assert!(shards.windows(2).all(|w| w[0].end == w[1].start));
            let tokens = |r: &Range<usize>| sequences[r.clone()].iter().map(Range::len).sum::<usize>();
            assert!(shards.iter().all(|r| tokens(r) <= 40 / parts + 9), "{shards:?}");
        }
        assert_eq!(shards(&sequences[..1], 4), vec![0..1]);
    }
}
