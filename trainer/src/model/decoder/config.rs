//! Dimensions of a decoder, from its `config.json` or its GGUF file.

use super::rope::{Rope, Yarn};
use crate::model::weights::gguf::Gguf;
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Deserializer};

/// The architectures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Llama, of which SmolLM2 is one: a dense gated feed-forward sublayer.
    Llama,
    /// gpt-oss: experts, a sink in each head's softmax, every other layer with a sliding window.
    GptOss,
}

/// The experts of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Experts {
    /// How many there are.
    pub count: usize,
    /// How many read each token.
    pub per_token: usize,
    /// Factor inside the gate's sigmoid.
    pub alpha: f64,
    /// Largest value of a gate, and largest magnitude of what it multiplies.
    pub limit: f64,
}

/// Dimensions of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The architecture.
    pub architecture: Architecture,
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Width of the feed-forward sublayer, or of each expert.
    pub intermediate_size: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Query heads per layer.
    pub num_attention_heads: usize,
    /// Key and value heads per layer, each shared by as many query heads.
    pub num_key_value_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// The longest sequence in tokens.
    pub max_position_embeddings: usize,
    /// Added to mean squares.
    pub rms_norm_eps: f64,
    /// Rotation of queries and keys.
    pub rope: Rope,
    /// Whether the linear layers of the attention have biases.
    pub attention_bias: bool,
    /// How many tokens, itself included, a token of a sliding layer attends to; by layer.
    pub windows: Vec<Option<usize>>,
    /// The experts, in architectures that have them.
    pub experts: Option<Experts>,
    /// Whether the output layer of the language model is its word embedding.
    pub tie_word_embeddings: bool,
}

/// Largest dimension of any kind. Products of two of them fit `usize` on every machine.
const MAX_DIMENSION: usize = 1 << 20;

/// A `config.json` as `transformers` writes it, of any version.
#[derive(Deserialize)]
struct Raw {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    max_position_embeddings: usize,
    rms_norm_eps: f64,
    rope_theta: Option<f64>,
    rope_scaling: Option<RawRope>,
    rope_parameters: Option<RawRope>,
    attention_bias: Option<bool>,
    #[serde(default)]
    mlp_bias: bool,
    hidden_act: Option<String>,
    #[serde(default)]
    tie_word_embeddings: bool,
    sliding_window: Option<usize>,
    layer_types: Option<Vec<String>>,
    num_local_experts: Option<usize>,
    num_experts_per_tok: Option<usize>,
    swiglu_alpha: Option<f64>,
    swiglu_limit: Option<f64>,
}

#[derive(Deserialize)]
struct RawRope {
    #[serde(alias = "type")]
    rope_type: Option<String>,
    rope_theta: Option<f64>,
    factor: Option<f64>,
    original_max_position_embeddings: Option<f64>,
    beta_fast: Option<f64>,
    beta_slow: Option<f64>,
    truncate: Option<bool>,
    attention_factor: Option<f64>,
}

impl Raw {
    fn rope(&self, default_theta: f64) -> Result<Rope> {
        let scaling = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        let theta = scaling.and_then(|s| s.rope_theta).or(self.rope_theta).unwrap_or(default_theta);
        let kind = scaling.and_then(|s| s.rope_type.as_deref()).unwrap_or("default");
        let yarn = match (kind, scaling) {
            ("default", _) => None,
            ("yarn", Some(s)) => Some(Yarn {
                factor: s.factor.context("YaRN needs `factor`")?,
                original: s
                    .original_max_position_embeddings
                    .context("YaRN needs `original_max_position_embeddings`")?,
                beta_fast: s.beta_fast.unwrap_or(32.0),
                beta_slow: s.beta_slow.unwrap_or(1.0),
                truncate: s.truncate.unwrap_or(true),
                attention_factor: s.attention_factor,
            }),
            _ => bail!("rotary positions of the type `{kind}` cannot be computed, only `default` and `yarn`"),
        };
        Ok(Rope { theta, yarn })
    }

    fn config(self) -> Result<Config> {
        let architecture = match self.model_type.as_str() {
            "llama" => Architecture::Llama,
            "gpt_oss" => Architecture::GptOss,
            other => {
                bail!("the model type `{other}` is not a decoder that can be read: `llama` or `gpt_oss`")
            }
        };
        let act = self.hidden_act.as_deref().unwrap_or("silu");
        ensure!(act == "silu", "the activation `{act}` cannot be computed, only `silu`");
        ensure!(!self.mlp_bias, "biases in the feed-forward sublayer (`mlp_bias`) cannot be read");
        let gpt_oss = architecture == Architecture::GptOss;
        let layers = self.num_hidden_layers;
        let windows = match (gpt_oss, &self.layer_types) {
            (false, _) => vec![None; layers],
            (true, None) => {
                (0..layers).map(|l| if l % 2 == 0 { self.sliding_window } else { None }).collect()
            }
            (true, Some(types)) => types
                .iter()
                .map(|kind| match kind.as_str() {
                    "sliding_attention" => self
                        .sliding_window
                        .map(Some)
                        .context("there are sliding layers, but no `sliding_window`"),
                    "full_attention" => Ok(None),
                    other => bail!("layers of the type `{other}` cannot be computed"),
                })
                .collect::<Result<_>>()?,
        };
        let heads = self.num_attention_heads.max(1);
        let config = Config {
            architecture,
            rope: self.rope(if gpt_oss { 150_000.0 } else { 10_000.0 })?,
            vocab_size: self.vocab_size,
            hidden_size: self.hidden_size,
            intermediate_size: self.intermediate_size,
            num_hidden_layers: layers,
            num_attention_heads: self.num_attention_heads,
            num_key_value_heads: self.num_key_value_heads.unwrap_or(self.num_attention_heads),
            head_dim: self.head_dim.unwrap_or(self.hidden_size / heads),
            max_position_embeddings: self.max_position_embeddings,
            rms_norm_eps: self.rms_norm_eps,
            attention_bias: self.attention_bias.unwrap_or(gpt_oss),
            windows,
            experts: if gpt_oss {
                Some(Experts {
                    count: self.num_local_experts.context("`num_local_experts` is missing")?,
                    per_token: self.num_experts_per_tok.context("`num_experts_per_tok` is missing")?,
                    alpha: self.swiglu_alpha.unwrap_or(1.702),
                    limit: self.swiglu_limit.unwrap_or(7.0),
                })
            } else {
                None
            },
            tie_word_embeddings: self.tie_word_embeddings,
        };
        config.validate()?;
        Ok(config)
    }
}

impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Raw::deserialize(deserializer)?.config().map_err(serde::de::Error::custom)
    }
}

impl Config {
    /// Whether a `config.json` is that of a decoder.
    #[must_use]
    pub fn is_decoder(model_type: &str) -> bool {
        matches!(model_type, "llama" | "gpt_oss")
    }

    /// The dimensions of a Llama in GGUF.
    pub(crate) fn of_gguf(gguf: &Gguf) -> Result<Self> {
        let count = |name: &str| gguf.count(&format!("llama.{name}"));
        let (hidden_size, heads) = (count("embedding_length")?, count("attention.head_count")?);
        let of_head = count("rope.dimension_count").or_else(|_| {
            ensure!(heads > 0, "llama.attention.head_count is 0");
            Ok(hidden_size / heads)
        })?;
        let layers = count("block_count")?;
        let config = Self {
            architecture: Architecture::Llama,
            vocab_size: gguf.shape("token_embd.weight")?[0],
            hidden_size,
            intermediate_size: count("feed_forward_length")?,
            num_hidden_layers: layers,
            num_attention_heads: heads,
            num_key_value_heads: count("attention.head_count_kv").unwrap_or(heads),
            head_dim: of_head,
            max_position_embeddings: count("context_length")?,
            rms_norm_eps: gguf.float("llama.attention.layer_norm_rms_epsilon")?.into(),
            rope: Rope { theta: gguf.float("llama.rope.freq_base").unwrap_or(10_000.0).into(), yarn: None },
            attention_bias: false,
            windows: Vec::new(),
            experts: None,
            tie_word_embeddings: gguf.shape("output.weight").is_err(),
        };
        ensure!(
            gguf.text("llama.rope.scaling.type").unwrap_or("none") == "none",
            "scaled rotary positions in GGUF cannot be read: use the safetensors of this model"
        );
        ensure!(layers <= MAX_DIMENSION, "the file claims {layers} layers");
        let config = Self { windows: vec![None; layers], ..config };
        config.validate()?;
        Ok(config)
    }

    fn validate(&self) -> Result<()> {
        let dimensions = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", self.num_key_value_heads),
            ("head_dim", self.head_dim),
            ("max_position_embeddings", self.max_position_embeddings),
        ];
        for (name, n) in dimensions {
            ensure!((1..=MAX_DIMENSION).contains(&n), "{name} is {n}, but must be in 1..={MAX_DIMENSION}");
        }
        ensure!(
            self.num_attention_heads.is_multiple_of(self.num_key_value_heads),
            "num_attention_heads {} is not a multiple of num_key_value_heads {}",
            self.num_attention_heads,
            self.num_key_value_heads
        );
        ensure!(
            self.head_dim.is_multiple_of(2),
            "a head has {} values, an even number is needed to rotate them",
            self.head_dim
        );
        ensure!(
            self.windows.len() == self.num_hidden_layers,
            "layer_types names {} layers, the model has {}",
            self.windows.len(),
            self.num_hidden_layers
        );
        ensure!(self.windows.iter().all(|w| *w != Some(0)), "sliding_window is 0, but must be at least 1");
        if let Some(e) = &self.experts {
            ensure!(
                e.count <= MAX_DIMENSION && (1..=e.count).contains(&e.per_token),
                "{} of {} experts are to read each token",
                e.per_token,
                e.count
            );
        }
        self.rope.validate()
    }

    /// Width of the queries of all heads.
    pub(super) fn query_width(&self) -> usize {
        self.num_attention_heads * self.head_dim
    }

    /// Width of the keys, or of the values, of all heads.
    pub(super) fn key_width(&self) -> usize {
        self.num_key_value_heads * self.head_dim
    }

    /// Number of weights, those of the word embedding included and those of an output layer of its own not.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        let product = |a: usize, b: usize| a as u64 * b as u64;
        let (h, i) = (self.hidden_size, self.intermediate_size);
        let attention = 2 * product(h, self.query_width()) + 2 * product(h, self.key_width());
        let mlp = match &self.experts {
            None => 3 * product(h, i),
            Some(e) => e.count as u64 * (3 * product(h, i) + (2 * i + h) as u64 + (h + 1) as u64),
        };
        let layer = attention + mlp + 2 * h as u64;
        product(self.vocab_size, h) + self.num_hidden_layers as u64 * layer + h as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the published file of gpt-oss-20b says, in the form of older versions of `transformers`.
    const GPT_OSS: &str = r#"{
        "model_type": "gpt_oss", "attention_bias": true, "head_dim": 64, "hidden_act": "silu", "hidden_size": 2880,
        "intermediate_size": 2880, "max_position_embeddings": 131072, "num_attention_heads": 64,
        "num_experts_per_tok": 4, "num_hidden_layers": 24, "num_key_value_heads": 8, "num_local_experts": 32,
        "rms_norm_eps": 1e-05, "rope_theta": 150000, "sliding_window": 128, "swiglu_limit": 7.0,
        "tie_word_embeddings": false, "vocab_size": 201088,
        "rope_scaling": {
            "beta_fast": 32.0, "beta_slow": 1.0, "factor": 32.0, "original_max_position_embeddings": 4096,
            "rope_type": "yarn", "truncate": false
        }
    }"#;

    #[test]
    fn published_dimensions_have_the_published_number_of_weights() {
        let config: Config = serde_json::from_str(GPT_OSS).unwrap();
        assert_eq!(config.windows[..3], [Some(128), None, Some(128)]);
        assert!((config.rope.frequencies(64).1 - 1.346_573_590_279_973).abs() < 1e-12);
        // 20.9 billion with the output layer, which a teacher does not read.
        let output = 201_088 * 2_880;
        assert_eq!((config.parameters() + output + 50_000_000) / 100_000_000, 209);
        // Adapters of rank 64 in the attention have 31.9 million.
        let adapters: usize =
            [(2880, 4096), (2880, 512), (2880, 512), (4096, 2880)].iter().map(|(i, o)| 64 * (i + o)).sum();
        assert_eq!((24 * adapters + 50_000) / 100_000, 319);
    }

    #[test]
    fn other_networks_are_refused() {
        for (from, to, said) in [
            ("gpt_oss", "mamba", "`mamba` is not a decoder that can be read"),
            ("\"yarn\"", "\"longrope\"", "of the type `longrope` cannot be computed"),
            ("\"head_dim\": 64", "\"head_dim\": 63", "an even number is needed"),
            ("\"hidden_size\": 2880", "\"hidden_size\": 0", "hidden_size is 0"),
            ("\"hidden_size\": 2880", "\"hidden_size\": 99999999", "hidden_size is 99999999"),
        ] {
            assert!(GPT_OSS.contains(from));
            let error =
                serde_json::from_str::<Config>(&GPT_OSS.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
