//! The encoders of a manifest.

use serde::Serialize;
use serde_json::Value;

use super::fields::{Field, Fields, Read, Wrong, deserialized_by_fields};
use crate::names::named;

/// An encoder, which turns a text into one vector.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "family")]
pub enum Encoder {
    /// Embedding, bidirectional LSTM, global max pool.
    #[serde(rename = "e-lstm")]
    ELstm(ELstm),
    /// Transformer of the BERT family, then a pool over the tokens.
    #[serde(rename = "bert")]
    Bert(Bert),
    /// A graph of the ONNX format; only builds with the feature `onnx` run it.
    #[serde(rename = "onnx")]
    Onnx(Onnx),
    /// Hashed n-grams of the text, TF-IDF, and one linear layer.
    #[serde(rename = "n-gram")]
    NGram(NGram),
}

impl Encoder {
    /// The words for the families in files.
    pub(super) const FAMILIES: [&str; 4] = ["e-lstm", "bert", "onnx", "n-gram"];

    /// The word for the family in files.
    ///
    /// ```
    /// use pupil_core::format::manifest::{Encoder, NGram};
    ///
    /// assert_eq!(Encoder::NGram(NGram::default()).family(), "n-gram");
    /// ```
    pub fn family(&self) -> &'static str {
        let [e_lstm, bert, onnx, n_gram] = Self::FAMILIES;
        match self {
            Self::ELstm(_) => e_lstm,
            Self::Bert(_) => bert,
            Self::Onnx(_) => onnx,
            Self::NGram(_) => n_gram,
        }
    }
}

impl Field for Encoder {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        let family: String = fields.required("family")?;
        match Self::FAMILIES.iter().position(|known| *known == family) {
            Some(0) => Ok(Self::ELstm(ELstm::read(fields)?)),
            Some(1) => Ok(Self::Bert(Bert::read(fields)?)),
            Some(2) => Ok(Self::Onnx(Onnx::read(fields)?)),
            Some(3) => Ok(Self::NGram(NGram::read(fields)?)),
            _ => Err(Wrong::other(format!("unknown family `{family}`"))),
        }
    }
}

deserialized_by_fields!(Encoder);

/// Dimensions of an E-LSTM encoder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ELstm {
    /// Name of the tokenizer.
    pub tokenizer: String,
    /// Rows of the embedding; at least the tokenizer's number of ids.
    pub vocab: usize,
    /// Columns of the embedding.
    pub embedding: usize,
    /// Units of one direction.
    pub hidden: usize,
}

impl Default for ELstm {
    /// The published size: embedding 32, hidden 16; the tokenizer and the vocabulary are to be set.
    fn default() -> Self {
        Self { tokenizer: String::new(), vocab: 0, embedding: 32, hidden: 16 }
    }
}

impl ELstm {
    fn read(fields: Fields<'_>) -> Read<Self> {
        Ok(Self {
            tokenizer: fields.required("tokenizer")?,
            vocab: fields.required("vocab")?,
            embedding: fields.required("embedding")?,
            hidden: fields.required("hidden")?,
        })
    }
}

/// Dimensions of a BERT encoder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bert {
    /// Name of the tokenizer.
    pub tokenizer: String,
    /// Rows of the word embedding; at least the tokenizer's number of ids.
    pub vocab: usize,
    /// Length of the vector of a token.
    pub width: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads of a layer; they share the width evenly.
    pub heads: usize,
    /// Units between the two dense layers that follow the attention.
    pub intermediate: usize,
    /// Rows of the position embedding: the most tokens that are read.
    pub positions: usize,
    /// Rows of the segment embedding.
    pub segments: usize,
    /// What layer normalization adds to a variance.
    pub epsilon: f32,
    /// How the vectors of the tokens become one.
    pub pooling: Pooling,
}

impl Default for Bert {
    /// The size of MiniLM-L6; the tokenizer and the vocabulary are to be set.
    fn default() -> Self {
        Self {
            tokenizer: String::new(),
            vocab: 0,
            width: 384,
            layers: 6,
            heads: 12,
            intermediate: 1536,
            positions: 512,
            segments: 2,
            epsilon: 1e-12,
            pooling: Pooling::Mean,
        }
    }
}

impl Bert {
    fn read(fields: Fields<'_>) -> Read<Self> {
        Ok(Self {
            tokenizer: fields.required("tokenizer")?,
            vocab: fields.required("vocab")?,
            width: fields.required("width")?,
            layers: fields.required("layers")?,
            heads: fields.required("heads")?,
            intermediate: fields.required("intermediate")?,
            positions: fields.required("positions")?,
            segments: fields.required("segments")?,
            epsilon: fields.required("epsilon")?,
            pooling: fields.or_default("pooling")?,
        })
    }
}

/// The inputs and the output of a graph in the ONNX format.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Onnx {
    /// Name of the tokenizer.
    pub tokenizer: String,
    /// Ids that the graph takes; at least the tokenizer's number of ids.
    pub vocab: usize,
    /// Length of the vector that comes out.
    pub width: usize,
    /// The most tokens that are read.
    pub positions: usize,
    /// Id with which short texts are padded, if a mask says which tokens count.
    pub pad: u32,
    /// Every input of the graph, each of shape `[1, tokens]`; one of them takes the ids.
    pub inputs: Vec<OnnxInput>,
    /// Name of the output that is read.
    pub output: String,
    /// How an output of shape `[1, tokens, width]` becomes one vector; without it the output has shape `[1, width]`.
    pub pooling: Option<Pooling>,
}

impl Onnx {
    fn read(fields: Fields<'_>) -> Read<Self> {
        Ok(Self {
            tokenizer: fields.required("tokenizer")?,
            vocab: fields.required("vocab")?,
            width: fields.required("width")?,
            positions: fields.required("positions")?,
            pad: fields.or_default("pad")?,
            inputs: fields.required("inputs")?,
            output: fields.required("output")?,
            pooling: fields.optional("pooling")?,
        })
    }
}

/// An input of a graph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OnnxInput {
    /// Its name in the graph.
    pub name: String,
    /// What it is fed.
    pub role: OnnxRole,
}

impl Field for OnnxInput {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { name: fields.required("name")?, role: fields.required("role")? })
    }
}

/// What an input of a graph is fed, one integer a token.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnnxRole {
    /// The ids of the tokens.
    #[default]
    Ids,
    /// 1 for each token of the text, 0 for padding.
    Mask,
    /// 1 for the tokens of an answer that follows a reference, 0 for all others.
    Segments,
}

named!(OnnxRole { Ids = "ids", Mask = "mask", Segments = "segments" });

/// Which n-grams an encoder counts, and how many numbers it makes of them. It reads the answer alone, without a
/// tokenizer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NGram {
    /// Shortest and longest n-gram of characters within words; none are counted without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chars: Option<(u8, u8)>,
    /// Shortest and longest n-gram of words; none are counted without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<(u8, u8)>,
    /// Buckets that the n-grams are hashed into; those of characters have the first half where both are counted.
    pub buckets: usize,
    /// Length of the vector that comes out.
    pub units: usize,
    /// Whether an n-gram that occurs n times counts as 1 + ln(n) and not as n.
    pub sublinear: bool,
}

impl Default for NGram {
    /// 3 to 5 characters and 1 to 2 words in 2^15 buckets, and one number.
    fn default() -> Self {
        Self { chars: Some((3, 5)), words: Some((1, 2)), buckets: 1 << 15, units: 1, sublinear: true }
    }
}

impl NGram {
    fn read(fields: Fields<'_>) -> Read<Self> {
        Ok(Self {
            chars: fields.optional("chars")?,
            words: fields.optional("words")?,
            buckets: fields.required("buckets")?,
            units: fields.required("units")?,
            sublinear: fields.or_default("sublinear")?,
        })
    }
}

/// How the vectors of the tokens become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// The vector of the first token.
    Cls,
    /// The largest of each column.
    Max,
}

named!(Pooling { Mean = "mean", Cls = "cls", Max = "max" });
