//! Decoders, the kind of network that language models are, as encoders of teachers: Llama (SmolLM2) and gpt-oss.
//!
//! The weights are frozen; what is trained are low-rank adapters in the linear layers. The vector of an answer is the
//! mean of its tokens' last states. Forward and backward pass are written out, layer by layer, on tensors of any
//! device: candle's own would compute the gradients of all frozen weights, which is a third of the work, and its fast
//! paths of norms, softmax and rotation cut the gradient without a word. With checkpointing only the input of each
//! layer is kept, and the layer is run again in the backward pass.

mod attention;
mod config;
mod lora;
mod mlp;
pub mod mxfp4;
mod pass;
pub mod peft;
mod rope;
mod weights;

pub use config::{Architecture, Config, Experts};
pub use lora::LoraSettings;
pub use rope::{Rope, Yarn};
pub(crate) use weights::Source;

use super::params::{Layout, Parameters};
use super::{Batch, Encoder, Mode};
use anyhow::{Context, Result, bail, ensure};
use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp1, DType, Device, Layout as TensorLayout, Shape, Storage, Tensor,
};
use lora::Adapters;
use pass::{Geometry, Gradients, Pass, f32};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use weights::{Layer, Loader, Mlp, Weights};

/// The type of the frozen weights and of products with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32 bits.
    #[default]
    F32,
    /// 16 bits with the exponent of f32; half the memory, and several times as fast on GPUs.
    Bf16,
}

impl Precision {
    fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::Bf16 => DType::BF16,
        }
    }
}

/// How a decoder is run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunSettings {
    /// The type of weights and products.
    pub precision: Precision,
    /// Whether the layers are run again in the backward pass, instead of keeping what they computed.
    pub checkpointing: bool,
    /// Whether the output layer of the language model is read as well.
    pub language: bool,
}

/// A decoder with frozen weights; see the [module](self).
pub struct Decoder {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    adapters: Adapters,
    weights: Weights,
    run: RunSettings,
    device: Device,
}

impl Decoder {
    /// Reads the weights from `source` to a device. `progress` is called with (layers read, layers in all).
    ///
    /// # Errors
    ///
    /// When a tensor is missing or has another shape, a target of the adapters does not exist, or the device is full.
    pub(crate) fn load(
        config: Config,
        lora: LoraSettings,
        run: RunSettings,
        source: Source,
        device: &Device,
        progress: impl FnMut(usize, usize),
    ) -> Result<Self> {
        let adapters = Adapters::new(lora, &config)?;
        let dtype = run.precision.dtype();
        let loader = Loader { config: &config, adapters: Some(&adapters), source, dtype, device };
        let weights = loader.all(run.language, progress)?;
        Ok(Self { inner: Arc::new(Inner { config, adapters, weights, run, device: device.clone() }) })
    }

    /// The dimensions.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The settings of the adapters.
    #[must_use]
    pub fn lora(&self) -> &LoraSettings {
        &self.inner.adapters.settings
    }

    /// Initial adapters, which change nothing until they are trained.
    #[must_use]
    pub fn init(&self, seed: u64) -> Vec<f32> {
        self.inner.adapters.init(seed)
    }

    /// Adapters with these values.
    ///
    /// # Errors
    ///
    /// When their number is another.
    pub fn parameters(&self, flat: Vec<f32>) -> Result<Parameters> {
        let expected = self.layout().len();
        ensure!(flat.len() == expected, "the adapters have {expected} values, not {}", flat.len());
        Ok(Parameters::new(flat, None, &self.inner.device)?)
    }

    /// The last states of all tokens, `[tokens, width]`, after the last norm.
    ///
    /// # Errors
    ///
    /// When candle fails, or an id is outside the vocabulary.
    pub fn states(&self, parameters: &Parameters, batch: &Batch) -> Result<Tensor> {
        let pass = self.inner.pass(parameters, batch, None)?;
        self.inner.last_states(&pass, None)
    }

    /// Logits of the next token after the tokens at these places of the batch, `[places, vocabulary]`.
    ///
    /// # Errors
    ///
    /// As [`states`](Self::states), and when the output layer was not read.
    pub fn next_logits(&self, parameters: &Parameters, batch: &Batch, places: &[u32]) -> Result<Tensor> {
        let inner = &self.inner;
        let output = match (&inner.weights.output, inner.config.tie_word_embeddings) {
            (Some(output), _) => output,
            (None, true) => &inner.weights.words,
            (None, false) => bail!("the output layer of the language model was not read"),
        };
        let places = Tensor::from_slice(places, places.len(), &inner.device)?;
        let states = self.states(parameters, batch)?.index_select(&places, 0)?;
        f32(&states.to_dtype(inner.run.precision.dtype())?.matmul(&output.t()?)?)
    }

    /// What every layer gives for all tokens.
    ///
    /// # Errors
    ///
    /// As [`states`](Self::states).
    pub fn layer_outputs(&self, parameters: &Parameters, batch: &Batch) -> Result<Vec<LayerOutput>> {
        let (inner, pass) = (&self.inner, self.inner.pass(parameters, batch, None)?);
        let mut outputs = Vec::new();
        let mut x = inner.embedded(&pass)?;
        for layer in &inner.weights.layers {
            let (states, saved) = inner.layer(&pass, layer, &x)?;
            let experts = match &layer.mlp {
                Mlp::Experts(mixture) => pass.routes(mixture, &saved.n2)?.indices(),
                Mlp::Dense { .. } => Vec::new(),
            };
            outputs.push(LayerOutput { states: states.clone(), experts });
            x = states;
        }
        Ok(outputs)
    }

    /// The weight of every adapted layer with its adapter added, by its name in `transformers`, in f32 on the CPU.
    ///
    /// # Errors
    ///
    /// When candle fails.
    pub fn merged(&self, parameters: &Parameters) -> Result<Vec<(String, Tensor)>> {
        let inner = &self.inner;
        let products = inner.adapters.products(&parameters.flat.as_detached_tensor())?;
        let mut merged = Vec::new();
        for (n, layer) in inner.weights.layers.iter().enumerate() {
            let mut linears = vec![&layer.q, &layer.k, &layer.v, &layer.o];
            if let Mlp::Dense { gate, up, down } = &layer.mlp {
                linears.extend([gate, up, down]);
            }
            for (target, linear) in lora::TARGETS.into_iter().zip(linears) {
                let Some(adapter) = linear.adapter else { continue };
                let whole = (f32(&linear.weight)? + &products[adapter])?.to_device(&Device::Cpu)?;
                merged.push((format!("{}.weight", lora::module(n, target)), whole));
            }
        }
        Ok(merged)
    }
}

/// The output of one layer.
pub struct LayerOutput {
    /// `[tokens, width]`.
    pub states: Tensor,
    /// The experts of each token, the one with the highest logit first; none in a layer without experts.
    pub experts: Vec<Vec<usize>>,
}

/// What the backward pass of a layer needs besides its input.
struct Saved {
    n1: Tensor,
    attention: attention::Saved,
    context: Tensor,
    middle: Tensor,
    n2: Tensor,
    mlp: mlp::Saved,
}

/// A differentiable pass: the inputs of all layers and of the last norm, and what the layers computed unless they are
/// run again.
struct Tape {
    inputs: Vec<Tensor>,
    saved: Vec<Option<Saved>>,
}

impl Inner {
    fn pass(&self, parameters: &Parameters, batch: &Batch, seed: Option<u64>) -> Result<Pass<'_>> {
        let (c, dtype) = (&self.config, self.run.precision.dtype());
        if let Some(id) = batch.ids.iter().find(|id| **id as usize >= c.vocab_size) {
            bail!("token id {id} is outside the vocabulary of {}", c.vocab_size);
        }
        if let Some(s) = batch.sequences.iter().find(|s| s.len() > c.max_position_embeddings) {
            bail!("a sequence has {} tokens, the decoder takes {}", s.len(), c.max_position_embeddings);
        }
        Ok(Pass {
            config: c,
            geometry: Geometry::new(c, batch, &self.device)?,
            dtype,
            adapters: self.adapters.values(&parameters.flat.as_detached_tensor(), dtype)?,
            rate: self.adapters.settings.dropout,
            scale: self.adapters.settings.scale(),
            seed,
        })
    }

    fn embedded(&self, pass: &Pass<'_>) -> Result<Tensor> {
        f32(&self.weights.words.index_select(&pass.geometry.ids, 0)?)
    }

    fn layer(&self, pass: &Pass<'_>, layer: &Layer, x: &Tensor) -> Result<(Tensor, Saved)> {
        let n1 = pass.cast(&pass.norm(x, &layer.norm1)?)?;
        let (context, attention) = pass.attention(layer, &n1)?;
        let middle = (x + f32(&pass.linear(&layer.o, &context)?)?)?;
        let n2 = pass.cast(&pass.norm(&middle, &layer.norm2)?)?;
        let (out, mlp) = pass.mlp(&layer.mlp, &n2)?;
        let y = (&middle + out)?;
        Ok((y, Saved { n1, attention, context, middle, n2, mlp }))
    }

    fn layer_backward(
        &self,
        pass: &Pass<'_>,
        layer: &Layer,
        (x, saved): (&Tensor, &Saved),
        dy: &Tensor,
        gradients: &mut Gradients,
    ) -> Result<Tensor> {
        let dn2 = pass.mlp_backward(&layer.mlp, &saved.n2, &saved.mlp, dy, gradients)?;
        let dmiddle = (dy + pass.norm_backward(&saved.middle, &layer.norm2, &f32(&dn2)?)?)?;
        let dcontext = pass.linear_backward(&layer.o, &saved.context, &pass.cast(&dmiddle)?, gradients)?;
        let dn1 = pass.attention_backward(layer, &saved.n1, &saved.attention, &dcontext, gradients)?;
        Ok((dmiddle + pass.norm_backward(x, &layer.norm1, &f32(&dn1)?)?)?)
    }

    /// The states after the last norm; what the backward pass needs goes to the tape, if there is one.
    fn last_states(&self, pass: &Pass<'_>, mut tape: Option<&mut Tape>) -> Result<Tensor> {
        let mut x = self.embedded(pass)?;
        for layer in &self.weights.layers {
            let (y, saved) = self.layer(pass, layer, &x)?;
            if let Some(tape) = &mut tape {
                tape.inputs.push(x);
                tape.saved.push((!self.run.checkpointing).then_some(saved));
            }
            x = y;
        }
        let states = pass.norm(&x, &self.weights.norm)?;
        if let Some(tape) = tape {
            tape.inputs.push(x);
        }
        Ok(states)
    }

    /// The gradient of all adapters, one after the other, from that of the pooled vectors.
    fn backward(&self, pass: &Pass<'_>, mut tape: Tape, dpooled: &Tensor) -> Result<Tensor> {
        let mut gradients: Gradients = Vec::new();
        gradients.resize_with(self.adapters.places.len(), || None);
        let dstates = pass.geometry.shares.t()?.matmul(&dpooled.contiguous()?)?;
        let last = tape.inputs.pop().context("a tape has the input of the last norm")?;
        let mut dx = pass.norm_backward(&last, &self.weights.norm, &dstates)?;
        for layer in self.weights.layers.iter().rev() {
            let x = tape.inputs.pop().context("a tape has the input of every layer")?;
            let saved = match tape.saved.pop().context("a tape has an entry of every layer")? {
                Some(saved) => saved,
                None => self.layer(pass, layer, &x)?.1,
            };
            dx = self.layer_backward(pass, layer, (&x, &saved), &dx, &mut gradients)?;
        }
        let mut parts = Vec::with_capacity(2 * gradients.len());
        for gradient in gradients {
            let (a, b) = gradient.context("every adapter has a gradient")?;
            parts.extend([a.flatten_all()?, b.flatten_all()?]);
        }
        Ok(Tensor::cat(&parts, 0)?)
    }
}

impl Encoder for Decoder {
    fn width(&self) -> usize {
        self.inner.config.hidden_size
    }

    fn layout(&self) -> &Layout {
        &self.inner.adapters.layout
    }

    fn forward(&self, parameters: &Parameters, batch: &Batch, mode: Mode) -> Result<Tensor> {
        let inner = &self.inner;
        if batch.ids.is_empty() {
            return Ok(Tensor::zeros((batch.len(), self.width()), DType::F32, &inner.device)?);
        }
        let Mode::Train { seed } = mode else {
            let pooled = |range| -> Result<Tensor> {
                let part = batch.part(range);
                if part.ids.is_empty() {
                    return Ok(Tensor::zeros((part.len(), self.width()), DType::F32, &inner.device)?);
                }
                let pass = inner.pass(parameters, &part, None)?;
                Ok(pass.geometry.shares.matmul(&inner.last_states(&pass, None)?)?)
            };
            let parts = parts(batch).into_iter().map(pooled).collect::<Result<Vec<_>>>()?;
            return Ok(Tensor::cat(&parts, 0)?);
        };
        let pass = inner.pass(parameters, batch, Some(seed))?;
        let mut tape = Tape { inputs: Vec::new(), saved: Vec::new() };
        let pooled = pass.geometry.shares.matmul(&inner.last_states(&pass, Some(&mut tape))?)?;
        drop(pass);
        let op = Recorded {
            inner: Arc::clone(inner),
            parameters: parameters.clone(),
            batch: batch.clone(),
            seed,
            pooled,
            tape: Mutex::new(Some(tape)),
        };
        Ok(parameters.flat.apply_op1(op)?)
    }
}

/// Padded tokens that are run together in inference: enough to fill a device, few enough for its memory.
const TOGETHER: usize = 4096;

/// Cuts the sequences of a batch into runs of at most [`TOGETHER`] padded tokens, or of one sequence.
fn parts(batch: &Batch) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut longest) = (Vec::new(), 0, 0);
    for (n, s) in batch.sequences.iter().enumerate() {
        let longer = longest.max(s.len());
        if n > start && longer * (n + 1 - start) > TOGETHER {
            parts.push(start..n);
            (start, longest) = (n, s.len());
        } else {
            longest = longer;
        }
    }
    parts.push(start..batch.len());
    parts
}

/// A pass that was made already, as one operation on the adapters.
struct Recorded {
    inner: Arc<Inner>,
    parameters: Parameters,
    batch: Batch,
    seed: u64,
    pooled: Tensor,
    tape: Mutex<Option<Tape>>,
}

impl Recorded {
    fn gradient(&self, dpooled: &Tensor) -> Result<Tensor> {
        let tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner).take();
        let tape = tape.context("the gradient of a pass can be computed once")?;
        let pass = self.inner.pass(&self.parameters, &self.batch, Some(self.seed))?;
        self.inner.backward(&pass, tape, dpooled)
    }
}

impl CustomOp1 for Recorded {
    fn name(&self) -> &'static str {
        "decoder"
    }

    fn cpu_fwd(&self, _: &CpuStorage, _: &TensorLayout) -> candle_core::Result<(CpuStorage, Shape)> {
        let values = self.pooled.flatten_all()?.to_vec1::<f32>()?;
        Ok((CpuStorage::F32(values), self.pooled.shape().clone()))
    }

    fn cuda_fwd(&self, _: &CudaStorage, _: &TensorLayout) -> candle_core::Result<(CudaStorage, Shape)> {
        let pooled = self.pooled.contiguous()?;
        let (storage, layout) = pooled.storage_and_layout();
        match &*storage {
            Storage::Cuda(storage) => Ok((storage.try_clone(layout)?, pooled.shape().clone())),
            _ => candle_core::bail!("decoder: adapters and weights are on different devices"),
        }
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> candle_core::Result<Option<Tensor>> {
        let gradient = self.gradient(grad);
        gradient.map(Some).map_err(|e| candle_core::Error::Msg(format!("{e:#}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sequences_are_run_alone_and_short_ones_together() {
        let mut batch = Batch::default();
        for n in [10, 3000, 1000, 500, 500, 5000, 1, 0] {
            batch.push(&vec![0; n], &vec![0; n]);
        }
        assert_eq!(parts(&batch), [0..1, 1..2, 2..5, 5..6, 6..8]);
        assert_eq!(parts(&batch.part(6..8)), vec![0..2]);
    }
}
