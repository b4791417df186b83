//! Low-rank adapters (Hu et al. 2021): a frozen linear layer `W x` becomes `W x + α / r · B A x`, with `A` of `r` rows.
//! Only `A` and `B` are trained.

use super::config::{Architecture, Config};
use crate::model::params::Layout;
use crate::ops::dropout::{derive, dropout};
use crate::random;
use anyhow::{Result, ensure};
use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Settings of the adapters.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LoraSettings {
    /// Rows of `A`.
    pub rank: usize,
    /// Their weight is `alpha / rank`.
    pub alpha: f64,
    /// Probability of dropping an input of the adapters in training.
    pub dropout: f32,
    /// The layers that are adapted, by their names in `transformers`.
    pub targets: Vec<String>,
}

impl Default for LoraSettings {
    fn default() -> Self {
        let targets = ["q_proj", "k_proj", "v_proj", "o_proj"].map(str::to_owned).to_vec();
        Self { rank: 16, alpha: 32.0, dropout: 0.05, targets }
    }
}

/// The layers that can be adapted, in the order in which they run.
pub(super) const TARGETS: [&str; 7] =
    ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

impl LoraSettings {
    /// Refuses settings that no decoder can be adapted with.
    ///
    /// # Errors
    ///
    /// When a number is out of range, or a target is unknown or repeated.
    pub fn check(&self, setting: &str) -> Result<()> {
        ensure!((1..=4096).contains(&self.rank), "{setting}.rank is {}, but must be in 1..=4096", self.rank);
        ensure!(
            self.alpha.is_finite() && self.alpha > 0.0,
            "{setting}.alpha is {}, but must be above 0",
            self.alpha
        );
        ensure!(
            (0.0..1.0).contains(&self.dropout),
            "{setting}.dropout is {}, but must be in 0..1",
            self.dropout
        );
        ensure!(!self.targets.is_empty(), "{setting}.targets is empty: name some of {}", TARGETS.join(", "));
        for (n, target) in self.targets.iter().enumerate() {
            ensure!(
                TARGETS.contains(&target.as_str()) && !self.targets[..n].contains(target),
                "{setting}.targets has {target:?}, unknown or repeated: there are {}",
                TARGETS.join(", ")
            );
        }
        Ok(())
    }

    /// The weight of the adapters.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }

    fn has(&self, target: &str) -> bool {
        self.targets.iter().any(|t| t == target)
    }
}

/// The adapters of a decoder: which layers have one, and where its values are.
pub(super) struct Adapters {
    pub(super) settings: LoraSettings,
    pub(super) layout: Layout,
    /// By adapter.
    pub(super) places: Vec<Place>,
    /// The number of each layer's adapters, in the order of [`TARGETS`].
    pub(super) numbers: Vec<[Option<usize>; TARGETS.len()]>,
}

/// Where an adapter's values are.
pub(super) struct Place {
    a: Range<usize>,
    b: Range<usize>,
    /// Width of its inputs.
    inputs: usize,
    /// Width of its outputs.
    outputs: usize,
}

/// Name of a linear layer, as in `transformers`.
pub(super) fn module(layer: usize, target: &str) -> String {
    let part = if target.ends_with("o_proj") || ["q_proj", "k_proj", "v_proj"].contains(&target) {
        "self_attn"
    } else {
        "mlp"
    };
    format!("layers.{layer}.{part}.{target}")
}

impl Adapters {
    /// The adapters of these settings.
    ///
    /// # Errors
    ///
    /// When a target does not exist in the decoder: adapters that match nothing would train nothing.
    pub(super) fn new(settings: LoraSettings, config: &Config) -> Result<Self> {
        settings.check("teacher.lora")?;
        let (h, i) = (config.hidden_size, config.intermediate_size);
        let (q, k) = (config.query_width(), config.key_width());
        let shapes_of = [(h, q), (h, k), (h, k), (q, h), (h, i), (h, i), (i, h)];
        let there = if config.architecture == Architecture::GptOss { 4 } else { TARGETS.len() };
        if let Some(missing) = TARGETS[there..].iter().find(|t| settings.has(t)) {
            anyhow::bail!(
                "teacher.lora.targets has {missing}, which is no layer of this decoder: its experts are single tensors \
                 that no adapter fits. Name some of {}",
                TARGETS[..there].join(", ")
            );
        }
        let mut layout = Layout::default();
        let (mut places, mut numbers) = (Vec::new(), Vec::new());
        for layer in 0..config.num_hidden_layers {
            let mut own = [None; TARGETS.len()];
            for (slot, target) in TARGETS.iter().enumerate().filter(|(_, t)| settings.has(t)) {
                let ((inputs, outputs), name) = (shapes_of[slot], module(layer, target));
                own[slot] = Some(places.len());
                let a = layout.add(format!("{name}.lora_A.weight"), &[settings.rank, inputs], true);
                let b = layout.add(format!("{name}.lora_B.weight"), &[outputs, settings.rank], true);
                places.push(Place { a, b, inputs, outputs });
            }
            numbers.push(own);
        }
        Ok(Self { settings, layout, places, numbers })
    }

    /// Initial values: those of `A` are uniform within 1/√inputs, those of `B` zero, as in `peft`.
    pub(super) fn init(&self, seed: u64) -> Vec<f32> {
        let mut flat = vec![0.0; self.layout.len()];
        for (n, place) in self.places.iter().enumerate() {
            let mut rng = random::generator(derive(seed, n as u64));
            random::uniform(&mut flat[place.a.clone()], 1.0 / (place.inputs as f32).sqrt(), &mut rng);
        }
        flat
    }

    /// The values of all adapters as tensors of a type, for one pass.
    pub(super) fn values(&self, flat: &Tensor, dtype: DType) -> Result<Vec<Adapter>> {
        let rank = self.settings.rank;
        let part = |range: &Range<usize>, shape: (usize, usize)| -> Result<Tensor> {
            Ok(flat.narrow(0, range.start, range.len())?.reshape(shape)?)
        };
        let one = |place: &Place| {
            let b = (part(&place.b, (place.outputs, rank))? * self.settings.scale())?;
            Ok(Adapter { a: part(&place.a, (rank, place.inputs))?.to_dtype(dtype)?, b: b.to_dtype(dtype)? })
        };
        self.places.iter().map(one).collect()
    }

    /// `α / r · B A` of each adapter, `[outputs, inputs]`.
    pub(super) fn products(&self, flat: &Tensor) -> Result<Vec<Tensor>> {
        self.values(flat, DType::F32)?.iter().map(|adapter| Ok(adapter.b.matmul(&adapter.a)?)).collect()
    }
}

/// One adapter in a pass; `b` has the factor α / r.
pub(super) struct Adapter {
    pub(super) a: Tensor,
    pub(super) b: Tensor,
}

/// Inputs `[tokens, width]` of an adapter after dropout, whose mask follows from the seed and the site alone, so that
/// the backward pass makes the same mask. Gradients are multiplied by the same mask.
pub(super) fn dropped(x: &Tensor, rate: f32, seed: Option<u64>, site: usize) -> Result<Tensor> {
    let Some(seed) = seed.filter(|_| rate > 0.0) else { return Ok(x.clone()) };
    let (seed, device) = (derive(seed, site as u64), x.device());
    let factors = if device.is_cpu() {
        let mut factors = vec![1.0f32; x.elem_count()];
        dropout(&mut factors, rate, seed, 0);
        Tensor::from_vec(factors, x.shape(), &Device::Cpu)?
    } else {
        device.set_seed(seed)?;
        let kept = Tensor::rand(0f32, 1f32, x.shape(), device)?.ge(rate)?.to_dtype(DType::F32)?;
        (kept * f64::from(1.0 / (1.0 - rate)))?
    };
    Ok((x * factors.to_dtype(x.dtype())?)?)
}
