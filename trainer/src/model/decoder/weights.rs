//! The frozen weights of a decoder on its device, from safetensors or GGUF.

use super::config::{Architecture, Config, Experts};
use super::lora::{Adapters, TARGETS, module};
use super::mxfp4::Packed;
use crate::model::weights::gguf::Gguf;
use crate::model::weights::shards::Shards;
use anyhow::{Context, Result, ensure};
use candle_core::{DType, Device, Tensor};

/// Where weights are read from.
pub(crate) enum Source {
    /// As `transformers` stores them.
    Safetensors(Shards),
    /// As llama.cpp stores them.
    Gguf(Gguf),
}

/// A linear layer `[outputs, inputs]`.
pub(super) struct Linear {
    pub(super) weight: Tensor,
    pub(super) bias: Option<Tensor>,
    /// The number of its adapter.
    pub(super) adapter: Option<usize>,
}

/// The matrices of all experts of a layer.
pub(super) enum Matrices {
    /// `[experts, rows, width]`.
    Dense(Tensor),
    /// In four bits; an expert's matrix is decoded whenever it is used.
    Packed(Packed),
}

impl Matrices {
    /// The matrix of one expert, `[rows, width]`.
    pub(super) fn of(&self, expert: usize, dtype: DType) -> Result<Tensor> {
        match self {
            Self::Dense(all) => Ok(all.get(expert)?),
            Self::Packed(packed) => packed.matrix(expert, dtype),
        }
    }
}

/// The experts of a layer with their router.
pub(super) struct Mixture {
    pub(super) config: Experts,
    /// `[experts, width]` and `[experts]`, in f32.
    pub(super) router: Tensor,
    pub(super) router_bias: Tensor,
    /// Rows of gate and up alternate.
    pub(super) gate_up: Matrices,
    /// `[experts, 1, rows]`.
    pub(super) gate_up_bias: Tensor,
    pub(super) down: Matrices,
    pub(super) down_bias: Tensor,
}

/// The feed-forward sublayer.
pub(super) enum Mlp {
    Dense { gate: Linear, up: Linear, down: Linear },
    Experts(Mixture),
}

/// A layer.
pub(super) struct Layer {
    pub(super) norm1: Tensor,
    pub(super) q: Linear,
    pub(super) k: Linear,
    pub(super) v: Linear,
    pub(super) o: Linear,
    /// A logit of each head that no value belongs to, `[1, heads, 1, 1]`.
    pub(super) sinks: Option<Tensor>,
    pub(super) window: Option<usize>,
    pub(super) norm2: Tensor,
    pub(super) mlp: Mlp,
}

/// All of them.
pub(super) struct Weights {
    pub(super) words: Tensor,
    pub(super) layers: Vec<Layer>,
    pub(super) norm: Tensor,
    /// The output layer of the language model, if it was asked for and is not the word embedding.
    pub(super) output: Option<Tensor>,
}

/// What llama.cpp calls a tensor of Llama.
fn gguf_name(name: &str) -> String {
    let Some((layer, rest)) = name.strip_prefix("layers.").and_then(|rest| rest.split_once('.')) else {
        return match name {
            "embed_tokens.weight" => "token_embd.weight".to_owned(),
            "norm.weight" => "output_norm.weight".to_owned(),
            _ => "output.weight".to_owned(),
        };
    };
    let part = rest.strip_suffix(".weight").unwrap_or(rest);
    let own = match part {
        "input_layernorm" => "attn_norm",
        "post_attention_layernorm" => "ffn_norm",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.o_proj" => "attn_output",
        "mlp.gate_proj" => "ffn_gate",
        "mlp.up_proj" => "ffn_up",
        _ => "ffn_down",
    };
    format!("blk.{layer}.{own}.weight")
}

/// Rows of queries or keys in the order of `transformers`: llama.cpp, which rotates neighbours, stores each head's two
/// halves one value after the other.
fn unpermuted(values: &[f32], heads: usize, of_head: usize, width: usize) -> Vec<f32> {
    let half = of_head / 2;
    let mut out = Vec::with_capacity(values.len());
    for head in 0..heads {
        for part in 0..2 {
            for i in 0..half {
                let row = head * of_head + 2 * i + part;
                out.extend_from_slice(&values[row * width..(row + 1) * width]);
            }
        }
    }
    out
}

impl Source {
    /// A tensor by its name in `transformers` without the name of the model, on the CPU.
    pub(super) fn tensor(&mut self, config: &Config, name: &str, shape: &[usize]) -> Result<Tensor> {
        match self {
            Self::Safetensors(shards) => {
                let found = if shards.has(name) { name.to_owned() } else { format!("model.{name}") };
                shards.tensor(&found, shape)
            }
            Self::Gguf(gguf) => {
                let mut values = gguf.tensor(&gguf_name(name), shape)?;
                let heads = if name.ends_with("self_attn.q_proj.weight") {
                    config.num_attention_heads
                } else if name.ends_with("self_attn.k_proj.weight") {
                    config.num_key_value_heads
                } else {
                    0
                };
                if heads > 0 {
                    values = unpermuted(&values, heads, config.head_dim, shape[1]);
                }
                Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::Safetensors(shards) => shards.has(name) || shards.has(&format!("model.{name}")),
            Self::Gguf(gguf) => gguf.shape(&gguf_name(name)).is_ok(),
        }
    }

    /// Rows of the word embedding, one after the other.
    pub(crate) fn word_rows(&mut self, config: &Config, rows: &[u32]) -> Result<Vec<f32>> {
        let all = self.tensor(config, WORDS, &[config.vocab_size, config.hidden_size])?;
        let rows = Tensor::from_slice(rows, rows.len(), &Device::Cpu)?;
        Ok(all.index_select(&rows, 0)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
    }
}

const WORDS: &str = "embed_tokens.weight";

/// Reads the weights of a decoder.
pub(super) struct Loader<'a> {
    pub(super) config: &'a Config,
    pub(super) adapters: Option<&'a Adapters>,
    pub(super) source: Source,
    /// The type of matrices.
    pub(super) dtype: DType,
    pub(super) device: &'a Device,
}

impl Loader<'_> {
    /// Reads everything; the output layer of the language model only if `language` is set.
    ///
    /// # Errors
    ///
    /// When a tensor is missing or has another shape, or the device is full.
    pub(super) fn all(mut self, language: bool, mut progress: impl FnMut(usize, usize)) -> Result<Weights> {
        let c = self.config;
        let words = self.matrix(WORDS, &[c.vocab_size, c.hidden_size])?;
        let mut layers = Vec::with_capacity(c.num_hidden_layers);
        for n in 0..c.num_hidden_layers {
            layers.push(self.layer(n).with_context(|| format!("layer {n}"))?);
            progress(n + 1, c.num_hidden_layers);
        }
        let norm = self.norm("norm.weight")?;
        let output = if language && !c.tie_word_embeddings {
            Some(self.matrix("lm_head.weight", &[c.vocab_size, c.hidden_size])?)
        } else {
            None
        };
        Ok(Weights { words, layers, norm, output })
    }

    fn tensor(&mut self, name: &str, shape: &[usize], dtype: DType) -> Result<Tensor> {
        Ok(self.source.tensor(self.config, name, shape)?.to_device(self.device)?.to_dtype(dtype)?)
    }

    fn matrix(&mut self, name: &str, shape: &[usize]) -> Result<Tensor> {
        self.tensor(name, shape, self.dtype)
    }

    fn norm(&mut self, name: &str) -> Result<Tensor> {
        self.tensor(name, &[self.config.hidden_size], DType::F32)
    }

    fn linear(&mut self, layer: usize, slot: usize, shape: [usize; 2], biased: bool) -> Result<Linear> {
        let name = module(layer, TARGETS[slot]);
        Ok(Linear {
            weight: self.matrix(&format!("{name}.weight"), &shape)?,
            bias: if biased { Some(self.matrix(&format!("{name}.bias"), &shape[..1])?) } else { None },
            adapter: self.adapters.and_then(|a| a.numbers[layer][slot]),
        })
    }

    fn layer(&mut self, n: usize) -> Result<Layer> {
        let c = self.config;
        let (h, i, q, k) = (c.hidden_size, c.intermediate_size, c.query_width(), c.key_width());
        let biased = c.attention_bias;
        let heads = c.num_attention_heads;
        let sinks = match c.architecture {
            Architecture::Llama => None,
            Architecture::GptOss => {
                let sinks = self.tensor(&format!("layers.{n}.self_attn.sinks"), &[heads], DType::F32)?;
                Some(sinks.reshape((1, heads, 1, 1))?)
            }
        };
        Ok(Layer {
            norm1: self.norm(&format!("layers.{n}.input_layernorm.weight"))?,
            q: self.linear(n, 0, [q, h], biased)?,
            k: self.linear(n, 1, [k, h], biased)?,
            v: self.linear(n, 2, [k, h], biased)?,
            o: self.linear(n, 3, [h, q], biased)?,
            sinks,
            window: c.windows[n],
            norm2: self.norm(&format!("layers.{n}.post_attention_layernorm.weight"))?,
            mlp: match c.experts {
                None => Mlp::Dense {
                    gate: self.linear(n, 4, [i, h], false)?,
                    up: self.linear(n, 5, [i, h], false)?,
                    down: self.linear(n, 6, [h, i], false)?,
                },
                Some(experts) => Mlp::Experts(self.mixture(n, experts)?),
            },
        })
    }

    fn mixture(&mut self, n: usize, config: Experts) -> Result<Mixture> {
        let (h, i, e) = (self.config.hidden_size, self.config.intermediate_size, config.count);
        let name = |part: &str| format!("layers.{n}.mlp.{part}");
        let bias = |this: &mut Self, part: &str, rows: usize| -> Result<Tensor> {
            Ok(this.matrix(&name(part), &[e, rows])?.reshape((e, 1, rows))?)
        };
        Ok(Mixture {
            config,
            router: self.tensor(&name("router.weight"), &[e, h], DType::F32)?,
            router_bias: self.tensor(&name("router.bias"), &[e], DType::F32)?,
            gate_up: self.matrices(&name("experts.gate_up_proj"), [e, 2 * i, h])?,
            gate_up_bias: bias(self, "experts.gate_up_proj_bias", 2 * i)?,
            down: self.matrices(&name("experts.down_proj"), [e, h, i])?,
            down_bias: bias(self, "experts.down_proj_bias", h)?,
        })
    }

    /// Matrices `[experts, rows, width]`: in MXFP4 where the file has them so, else transposed from the file.
    fn matrices(&mut self, name: &str, [experts, rows, width]: [usize; 3]) -> Result<Matrices> {
        let blocks = format!("{name}_blocks");
        if self.source.has(&blocks) {
            ensure!(
                width.is_multiple_of(super::mxfp4::BLOCK),
                "{name}: rows of {width} values are not made of blocks of {}",
                super::mxfp4::BLOCK
            );
            let groups = width / super::mxfp4::BLOCK;
            let blocks = self.source.tensor(self.config, &blocks, &[experts, rows, groups, 16])?;
            let scales =
                self.source.tensor(self.config, &format!("{name}_scales"), &[experts, rows, groups])?;
            return Ok(Matrices::Packed(Packed::new(&blocks, &scales, self.device)?));
        }
        let stored = self.source.tensor(self.config, name, &[experts, width, rows])?;
        let turned = stored.to_device(self.device)?.to_dtype(self.dtype)?.transpose(1, 2)?.contiguous()?;
        Ok(Matrices::Dense(turned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_gguf_are_found() {
        assert_eq!(gguf_name("layers.12.self_attn.q_proj.weight"), "blk.12.attn_q.weight");
        assert_eq!(gguf_name("layers.0.mlp.down_proj.weight"), "blk.0.ffn_down.weight");
        assert_eq!(gguf_name("embed_tokens.weight"), "token_embd.weight");
        assert_eq!(gguf_name("norm.weight"), "output_norm.weight");
        assert_eq!(gguf_name("lm_head.weight"), "output.weight");
    }

    #[test]
    fn rows_of_each_head_return_to_their_halves() {
        // Two heads of four rows: llama.cpp has the rows 0, 2, 1, 3 of each.
        let stored = [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0];
        assert_eq!(unpermuted(&stored, 2, 4, 1), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    }
}
