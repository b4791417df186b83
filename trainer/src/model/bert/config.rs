//! Dimensions, and the place of each parameter.

use crate::model::params::Layout;
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Dimensions, read from the `config.json` of a pretrained model.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub struct Config {
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
    /// Longest sequence.
    pub max_position_embeddings: usize,
    /// Rows of the segment embedding.
    pub type_vocab_size: usize,
    /// Added to variances.
    pub layer_norm_eps: f64,
    /// Probability of dropping a hidden element in training.
    pub hidden_dropout_prob: f32,
}

impl Config {
    pub(super) fn validate(&self) -> Result<()> {
        ensure!(
            self.num_attention_heads > 0 && self.hidden_size.is_multiple_of(self.num_attention_heads),
            "hidden_size {} is not a multiple of num_attention_heads {}",
            self.hidden_size,
            self.num_attention_heads
        );
        ensure!((0.0..1.0).contains(&self.hidden_dropout_prob), "hidden_dropout_prob is outside 0..1");
        Ok(())
    }
}

pub(super) struct Norm {
    pub(super) scale: Range<usize>,
    pub(super) shift: Range<usize>,
}

pub(super) struct Dense {
    pub(super) weight: Range<usize>,
    pub(super) bias: Range<usize>,
}

pub(super) struct Layer {
    pub(super) qkv: Dense,
    pub(super) attended: Dense,
    pub(super) norm1: Norm,
    pub(super) up: Dense,
    pub(super) down: Dense,
    pub(super) norm2: Norm,
}

pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) layout: Layout,
    pub(super) positions: Range<usize>,
    pub(super) segments: Range<usize>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
}

impl Plan {
    pub(super) fn new(config: Config) -> Self {
        let mut l = Layout::default();
        let (h, i) = (config.hidden_size, config.intermediate_size);
        fn dense(l: &mut Layout, name: &str, m: usize, k: usize) -> Dense {
            Dense {
                weight: l.add(format!("{name}.weight"), &[m, k], true),
                bias: l.add(format!("{name}.bias"), &[m], false),
            }
        }
        fn norm(l: &mut Layout, name: &str, h: usize) -> Norm {
            Norm {
                scale: l.add(format!("{name}.weight"), &[h], false),
                shift: l.add(format!("{name}.bias"), &[h], false),
            }
        }
        let positions =
            l.add("embeddings.position_embeddings.weight", &[config.max_position_embeddings, h], false);
        let segments = l.add("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, h], false);
        let first = norm(&mut l, "embeddings.LayerNorm", h);
        let layers = (0..config.num_hidden_layers)
            .map(|n| Layer {
                qkv: dense(&mut l, &format!("encoder.layer.{n}.attention.self.qkv"), 3 * h, h),
                attended: dense(&mut l, &format!("encoder.layer.{n}.attention.output.dense"), h, h),
                norm1: norm(&mut l, &format!("encoder.layer.{n}.attention.output.LayerNorm"), h),
                up: dense(&mut l, &format!("encoder.layer.{n}.intermediate.dense"), i, h),
                down: dense(&mut l, &format!("encoder.layer.{n}.output.dense"), h, i),
                norm2: norm(&mut l, &format!("encoder.layer.{n}.output.LayerNorm"), h),
            })
            .collect();
        Self { config, layout: l, positions, segments, norm: first, layers }
    }
}

/// Sites of dropout in each layer.
pub(super) const SITES: u64 = 2;
