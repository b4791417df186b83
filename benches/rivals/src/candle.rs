//! candle, with the layers of `candle-nn`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use candle_core::{D, DType, Device, Tensor};
use candle_nn::rnn::{LSTM, LSTMConfig, RNN as _};
use candle_nn::{Embedding, LayerNorm, Linear, Module as _, VarBuilder, ops};

use crate::model::Model;
use crate::system::{First, System, first, timed};

/// A network of candle's layers.
pub(crate) struct Candle {
    name: String,
    model: Model,
    path: PathBuf,
    net: CandleNet,
}

impl Candle {
    /// Reads the f32 copy of the model.
    pub(crate) fn new(name: &str, model: Model, path: PathBuf) -> Result<Self> {
        let net = CandleNet::open(model, &path)?;
        Ok(Self { name: name.into(), model, path, net })
    }
}

impl System for Candle {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        self.net.forward(ids)
    }

    fn seconds(&mut self, ids: &[u32], calls: usize) -> Result<f64> {
        timed(calls, || self.net.forward(ids))
    }

    fn first(&mut self, ids: &[u32]) -> Result<First> {
        first(|| CandleNet::open(self.model, &self.path), |net| net.forward(ids))
    }
}

enum CandleNet {
    ELstm(Box<ELstm>),
    MiniLm(Box<CandleMiniLm>),
}

struct ELstm {
    embedding: Embedding,
    forward: LSTM,
    backward: LSTM,
    hidden: Linear,
    output: Linear,
    cuts: Tensor,
}

struct CandleMiniLm {
    heads: usize,
    words: Embedding,
    positions: Tensor,
    segment: Tensor,
    norm: LayerNorm,
    layers: Vec<Layer>,
    hidden: Linear,
    output: Linear,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attended: Linear,
    attended_norm: LayerNorm,
    up: Linear,
    down: Linear,
    down_norm: LayerNorm,
}

/// The arrays of an f32 copy.
struct Twin(HashMap<String, Tensor>);

impl Twin {
    fn get(&self, name: &str) -> Result<Tensor> {
        self.0.get(name).cloned().with_context(|| format!("the twin has no {name}"))
    }

    fn linear(&self, name: &str) -> Result<Linear> {
        Ok(Linear::new(self.get(name)?, Some(self.get(&format!("{name}.bias"))?)))
    }

    /// A third of the rows.
    fn third(&self, name: &str, which: usize) -> Result<Linear> {
        let part = |name: &str| -> Result<Tensor> {
            let whole = self.get(name)?;
            let rows = whole.dim(0)? / 3;
            Ok(whole.narrow(0, which * rows, rows)?.contiguous()?)
        };
        Ok(Linear::new(part(name)?, Some(part(&format!("{name}.bias"))?)))
    }

    fn norm(&self, name: &str) -> Result<LayerNorm> {
        let part = |part: &str| self.get(&format!("{name}.{part}"));
        Ok(LayerNorm::new(part("weight")?, part("bias")?, f64::from(Model::bert().epsilon)))
    }

    /// One direction of an LSTM, with the names that candle expects.
    fn lstm(&self, direction: usize) -> Result<LSTM> {
        let part = |name: &str| -> Result<Tensor> { Ok(self.get(name)?.get(direction)?.contiguous()?) };
        let (input, recurrent, bias) = (part("input")?, part("recurrent")?, part("bias")?);
        let (columns, hidden) = (input.dim(1)?, recurrent.dim(1)?);
        let arrays = [("weight_ih_l0", input), ("weight_hh_l0", recurrent), ("bias_ih_l0", bias)];
        let arrays = arrays.map(|(name, array)| (name.to_owned(), array)).into();
        let arrays = VarBuilder::from_tensors(arrays, DType::F32, &Device::Cpu);
        let config = LSTMConfig { b_hh_init: None, ..LSTMConfig::default() };
        Ok(LSTM::new(columns, hidden, config, arrays)?)
    }
}

impl CandleNet {
    fn open(model: Model, path: &Path) -> Result<Self> {
        let twin = Twin(candle_core::safetensors::load(path, &Device::Cpu)?);
        let embedding = |name: &str| -> Result<Embedding> {
            let table = twin.get(name)?;
            let width = table.dim(1)?;
            Ok(Embedding::new(table, width))
        };
        Ok(match model {
            Model::ELstm => Self::ELstm(Box::new(ELstm {
                embedding: embedding("embedding")?,
                forward: twin.lstm(0)?,
                backward: twin.lstm(1)?,
                hidden: twin.linear("hidden")?,
                output: twin.linear("output")?,
                cuts: twin.get("cuts")?,
            })),
            Model::MiniLm => {
                let bert = Model::bert();
                let layers = (0..bert.layers).map(|n| {
                    let name = |part: &str| format!("layer.{n}.{part}");
                    Ok(Layer {
                        query: twin.third(&name("qkv"), 0)?,
                        key: twin.third(&name("qkv"), 1)?,
                        value: twin.third(&name("qkv"), 2)?,
                        attended: twin.linear(&name("attended"))?,
                        attended_norm: twin.norm(&name("attended.norm"))?,
                        up: twin.linear(&name("up"))?,
                        down: twin.linear(&name("down"))?,
                        down_norm: twin.norm(&name("down.norm"))?,
                    })
                });
                Self::MiniLm(Box::new(CandleMiniLm {
                    heads: bert.heads,
                    words: embedding("words")?,
                    positions: twin.get("positions")?,
                    segment: twin.get("segments")?.get(0)?,
                    norm: twin.norm("norm")?,
                    layers: layers.collect::<Result<_>>()?,
                    hidden: twin.linear("hidden")?,
                    output: twin.linear("output")?,
                }))
            }
        })
    }

    fn forward(&self, ids: &[u32]) -> Result<Vec<f32>> {
        let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
        let probabilities = match self {
            Self::ELstm(net) => net.forward(&ids)?,
            Self::MiniLm(net) => net.forward(&ids)?,
        };
        Ok(probabilities)
    }
}

impl ELstm {
    fn forward(&self, ids: &Tensor) -> Result<Vec<f32>> {
        let x = self.embedding.forward(ids)?;
        let forward = self.forward.states_to_tensor(&self.forward.seq(&x)?)?;
        let backward = self.backward.states_to_tensor(&self.backward.seq(&x.flip(&[1])?)?)?;
        let pooled = Tensor::cat(&[forward.max(1)?, backward.max(1)?], 1)?;
        let score = self.output.forward(&self.hidden.forward(&pooled)?.relu()?)?;
        let above = ops::sigmoid(&score.broadcast_add(&self.cuts)?)?.flatten_all()?.to_vec1::<f32>()?;
        let highest = above.iter().copied().chain([0.0]);
        Ok([1.0].into_iter().chain(above.iter().copied()).zip(highest).map(|(a, b)| a - b).collect())
    }
}

impl CandleMiniLm {
    fn forward(&self, ids: &Tensor) -> Result<Vec<f32>> {
        let tokens = ids.dim(1)?;
        let places = self.positions.narrow(0, 0, tokens)?.broadcast_add(&self.segment)?;
        let x = self.words.forward(ids)?.broadcast_add(&places)?;
        let mut x = self.norm.forward(&x)?;
        for layer in &self.layers {
            x = layer.forward(&x, self.heads)?;
        }
        let logits = self.output.forward(&self.hidden.forward(&x.mean(1)?)?.relu()?)?;
        Ok(ops::softmax_last_dim(&logits)?.flatten_all()?.to_vec1()?)
    }
}

impl Layer {
    fn forward(&self, x: &Tensor, heads: usize) -> Result<Tensor> {
        let (batch, tokens, width) = x.dims3()?;
        let part = |linear: &Linear| -> Result<Tensor> {
            let split = linear.forward(x)?.reshape((batch, tokens, heads, width / heads))?;
            Ok(split.transpose(1, 2)?.contiguous()?)
        };
        let (query, key, value) = (part(&self.query)?, part(&self.key)?, part(&self.value)?);
        let scale = ((width / heads) as f64).sqrt();
        let scores = (query.matmul(&key.t()?)? / scale)?;
        let mixed = ops::softmax_last_dim(&scores)?.matmul(&value)?;
        let joined = mixed.transpose(1, 2)?.contiguous()?.flatten_from(D::Minus2)?;
        let x = self.attended_norm.forward(&(self.attended.forward(&joined)? + x)?)?;
        let wide = self.up.forward(&x)?.gelu_erf()?;
        Ok(self.down_norm.forward(&(self.down.forward(&wide)? + x)?)?)
    }
}
