//! Dimensions, and the place of each parameter.

use crate::model::params::Layout;
use crate::ops::attention::BUCKETS;
use crate::ops::rope::Rotations;
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The architectures, by their `model_type` in a `config.json`. All normalise after each residual sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// BERT: positions and segments are embedded. The engine can run it.
    #[default]
    Bert,
    /// MPNet: positions are embedded, from 2 on, and a bias for each head and distance is added to the scores of all
    /// layers. There are no segments.
    Mpnet,
    /// Nomic's BERT: queries and keys are rotated by position (RoPE on halves), the feed-forward sublayer is gated
    /// (SwiGLU), linear layers have no bias.
    NomicBert,
}

impl Family {
    /// The position of the first token; earlier rows of the table are of other tokens or unused.
    pub(super) fn first_position(self) -> usize {
        if self == Self::Mpnet { 2 } else { 0 }
    }

    fn embeds_positions(self) -> bool {
        self != Self::NomicBert
    }

    fn has_biases(self) -> bool {
        self != Self::NomicBert
    }

    /// Whether the feed-forward sublayer is gated.
    pub(super) fn gates(self) -> bool {
        self == Self::NomicBert
    }
}

/// Dimensions, read from the `config.json` of a pretrained model.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Config {
    /// The architecture.
    #[serde(default, rename = "model_type")]
    pub family: Family,
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Attention heads per layer.
    pub num_attention_heads: usize,
    /// Width of the feed-forward sublayer.
    pub intermediate_size: usize,
    /// Rows of the table of positions; without a table, the longest sequence.
    pub max_position_embeddings: usize,
    /// Rows of the segment embedding; 0 without segments.
    #[serde(default)]
    pub type_vocab_size: usize,
    /// Added to variances.
    pub layer_norm_eps: f64,
    /// Probability of dropping a hidden element in training.
    pub hidden_dropout_prob: f32,
    /// Base of the wavelengths of rotated positions; 0 if positions are not rotated.
    #[serde(default)]
    pub rotary_base: f32,
}

/// Largest dimension of any kind. Products of two of them fit `usize` on every machine.
const MAX_DIMENSION: usize = 1 << 20;

impl Config {
    /// The longest sequence in tokens.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.max_position_embeddings.saturating_sub(self.family.first_position())
    }

    pub(super) fn validate(&self) -> Result<()> {
        let dimensions = [
            self.vocab_size,
            self.hidden_size,
            self.num_hidden_layers,
            self.num_attention_heads,
            self.intermediate_size,
            self.max_position_embeddings,
            self.type_vocab_size,
        ];
        if let Some(large) = dimensions.iter().find(|d| **d > MAX_DIMENSION) {
            anyhow::bail!("a dimension of the encoder is {large}, at most {MAX_DIMENSION} is possible");
        }
        ensure!(
            self.hidden_size > 0 && self.intermediate_size > 0,
            "hidden_size is {} and intermediate_size {}, both must be at least 1",
            self.hidden_size,
            self.intermediate_size
        );
        ensure!(
            self.num_attention_heads > 0 && self.hidden_size.is_multiple_of(self.num_attention_heads),
            "hidden_size {} is not a multiple of num_attention_heads {}",
            self.hidden_size,
            self.num_attention_heads
        );
        ensure!((0.0..1.0).contains(&self.hidden_dropout_prob), "hidden_dropout_prob is outside 0..1");
        let rotates = !self.family.embeds_positions();
        ensure!(
            if rotates { self.rotary_base > 1.0 } else { self.rotary_base == 0.0 },
            "rotary_base is {} for an encoder of the family {:?}",
            self.rotary_base,
            self.family
        );
        let of_head = self.hidden_size / self.num_attention_heads;
        ensure!(
            !rotates || of_head.is_multiple_of(2),
            "a head has {of_head} values, an even number is needed to rotate them"
        );
        Ok(())
    }
}

pub(super) struct Norm {
    pub(super) scale: Range<usize>,
    pub(super) shift: Range<usize>,
}

pub(super) struct Dense {
    pub(super) weight: Range<usize>,
    pub(super) bias: Option<Range<usize>>,
}

pub(super) struct Layer {
    pub(super) qkv: Dense,
    pub(super) attended: Dense,
    pub(super) norm1: Norm,
    /// Where the sublayer is gated, the rows of the values, then those of the gate.
    pub(super) up: Dense,
    pub(super) down: Dense,
    pub(super) norm2: Norm,
}

pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) layout: Layout,
    pub(super) positions: Option<Range<usize>>,
    pub(super) segments: Option<Range<usize>>,
    /// Bias of each bucket of distances and head, `[BUCKETS, heads]`.
    pub(super) distances: Option<Range<usize>>,
    pub(super) rotations: Option<Rotations>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
}

impl Plan {
    pub(super) fn new(config: Config) -> Self {
        let mut l = Layout::default();
        let (h, i, family) = (config.hidden_size, config.intermediate_size, config.family);
        let dense = |l: &mut Layout, name: &str, m: usize, k: usize| Dense {
            weight: l.add(format!("{name}.weight"), &[m, k], true),
            bias: family.has_biases().then(|| l.add(format!("{name}.bias"), &[m], false)),
        };
        fn norm(l: &mut Layout, name: &str, h: usize) -> Norm {
            Norm {
                scale: l.add(format!("{name}.weight"), &[h], false),
                shift: l.add(format!("{name}.bias"), &[h], false),
            }
        }
        let positions = family.embeds_positions().then(|| {
            l.add("embeddings.position_embeddings.weight", &[config.max_position_embeddings, h], false)
        });
        let segments = (config.type_vocab_size > 0)
            .then(|| l.add("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, h], false));
        let first = norm(&mut l, "embeddings.LayerNorm", h);
        let distances = (family == Family::Mpnet).then(|| {
            l.add("encoder.relative_attention_bias.weight", &[BUCKETS, config.num_attention_heads], false)
        });
        let layers = (0..config.num_hidden_layers)
            .map(|n| Layer {
                qkv: dense(&mut l, &format!("encoder.layer.{n}.attention.self.qkv"), 3 * h, h),
                attended: dense(&mut l, &format!("encoder.layer.{n}.attention.output.dense"), h, h),
                norm1: norm(&mut l, &format!("encoder.layer.{n}.attention.output.LayerNorm"), h),
                up: dense(&mut l, &format!("encoder.layer.{n}.intermediate.dense"), config.up(), h),
                down: dense(&mut l, &format!("encoder.layer.{n}.output.dense"), h, i),
                norm2: norm(&mut l, &format!("encoder.layer.{n}.output.LayerNorm"), h),
            })
            .collect();
        let rotations = (!family.embeds_positions())
            .then(|| Rotations::new(config.longest(), h / config.num_attention_heads, config.rotary_base));
        Self { config, layout: l, positions, segments, distances, rotations, norm: first, layers }
    }
}

impl Config {
    /// Rows of the first matrix of the feed-forward sublayer.
    pub(super) fn up(&self) -> usize {
        if self.family.gates() { 2 * self.intermediate_size } else { self.intermediate_size }
    }
}

/// Sites of dropout in each layer.
pub(super) const SITES: u64 = 2;
