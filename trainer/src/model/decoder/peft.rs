//! Adapters in the layout of the Python package `peft`: `adapter_config.json` and `adapter_model.safetensors`.

use super::{Decoder, LoraSettings, lora};
use crate::files;
use crate::model::Encoder;
use crate::model::params::{Layout, Parameters};
use crate::model::weights::shards::Shards;
use anyhow::{Context, Result, bail, ensure};
use candle_core::{DType, Device, Tensor};
use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// The settings.
const CONFIG: &str = "adapter_config.json";
/// The values.
const VALUES: &str = "adapter_model.safetensors";
/// What `peft` puts before the name of each layer of a model without a head.
const PREFIX: &str = "base_model.model.";

/// Writes adapters of these settings. `base` is the name of the pretrained model.
///
/// # Errors
///
/// When a file cannot be written, or the number of values is another.
pub fn write(
    folder: &Path,
    (layout, lora): (&Layout, &LoraSettings),
    flat: &[f32],
    base: &str,
) -> Result<()> {
    ensure!(flat.len() == layout.len(), "the adapters have {} values, not {}", layout.len(), flat.len());
    let parts: Vec<(String, Vec<usize>, Vec<u8>)> = layout
        .entries()
        .iter()
        .map(|e| {
            let bytes = flat[e.range.clone()].iter().flat_map(|v| v.to_le_bytes()).collect();
            (format!("{PREFIX}{}", e.name), e.shape.clone(), bytes)
        })
        .collect();
    write_tensors(&folder.join(VALUES), &parts)?;
    let config = serde_json::json!({
        "peft_type": "LORA",
        "task_type": "FEATURE_EXTRACTION",
        "base_model_name_or_path": base,
        "r": lora.rank,
        "lora_alpha": lora.alpha,
        "lora_dropout": lora.dropout,
        "target_modules": lora.targets,
        "bias": "none",
        "fan_in_fan_out": false,
        "inference_mode": true,
        "init_lora_weights": true,
        "use_dora": false,
        "use_rslora": false,
        "modules_to_save": null,
    });
    files::write_json(&folder.join(CONFIG), &config)
}

/// Writes f32 tensors by name with their shapes.
///
/// # Errors
///
/// When the file cannot be written.
pub(crate) fn write_tensors(file: &Path, parts: &[(String, Vec<usize>, Vec<u8>)]) -> Result<()> {
    let views = parts
        .iter()
        .map(|(name, shape, bytes)| Ok((name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>>>()?;
    let info = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    files::write(file, &safetensors::serialize(views, Some(info))?)
}

#[derive(Deserialize)]
struct Stored {
    peft_type: String,
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    lora_dropout: f32,
    target_modules: Targets,
    #[serde(default)]
    use_dora: bool,
    #[serde(default)]
    use_rslora: bool,
    #[serde(default)]
    fan_in_fan_out: bool,
    bias: Option<String>,
    #[serde(default)]
    rank_pattern: BTreeMap<String, usize>,
    #[serde(default)]
    alpha_pattern: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Targets {
    Names(Vec<String>),
    Pattern(String),
}

/// Hash of stored adapters.
///
/// # Errors
///
/// When a file cannot be read.
pub fn hash(folder: &Path) -> Result<String> {
    Ok(files::hash(&folder.join(CONFIG))? + &files::hash(&folder.join(VALUES))?)
}

/// The settings of stored adapters.
///
/// # Errors
///
/// When the file cannot be read, or says something that the trainer's adapters cannot do.
pub fn settings(folder: &Path) -> Result<LoraSettings> {
    let file = folder.join(CONFIG);
    let s: Stored = files::read_json(&file)?;
    let refused = |what: &str| format!("{}: {what}", file.display());
    ensure!(
        s.peft_type == "LORA",
        "{}",
        refused(&format!("adapters of the type {} cannot be read", s.peft_type))
    );
    ensure!(
        !s.use_dora && !s.use_rslora && !s.fan_in_fan_out,
        "{}",
        refused("use_dora, use_rslora and fan_in_fan_out must be false")
    );
    ensure!(
        s.rank_pattern.is_empty() && s.alpha_pattern.is_empty(),
        "{}",
        refused("rank_pattern and alpha_pattern must be empty")
    );
    ensure!(s.bias.as_deref().unwrap_or("none") == "none", "{}", refused("bias must be `none`"));
    let names = match s.target_modules {
        Targets::Names(names) => names,
        Targets::Pattern(pattern) => {
            bail!("{}", refused(&format!("target_modules is the pattern {pattern:?}, not a list")))
        }
    };
    // `peft` writes them in any order.
    let mut targets: Vec<String> =
        lora::TARGETS.iter().filter(|t| names.iter().any(|n| n == *t)).map(|t| (*t).to_owned()).collect();
    targets.extend(names.into_iter().filter(|n| !lora::TARGETS.contains(&n.as_str())));
    let settings = LoraSettings { rank: s.r, alpha: s.lora_alpha, dropout: s.lora_dropout, targets };
    settings.check(&file.display().to_string())?;
    Ok(settings)
}

/// Reads the values of stored adapters for a decoder, whose settings must be theirs but for dropout.
///
/// # Errors
///
/// When the files cannot be read, a tensor is missing or has another shape, or the file has adapters that the decoder
/// lacks.
pub fn read(folder: &Path, decoder: &Decoder) -> Result<Vec<f32>> {
    let stored = settings(folder)?;
    let own = decoder.lora();
    let sorted = |targets: &[String]| {
        let mut sorted = targets.to_vec();
        sorted.sort();
        sorted
    };
    ensure!(
        stored.rank == own.rank
            && (stored.scale() - own.scale()).abs() < 1e-9
            && sorted(&stored.targets) == sorted(&own.targets),
        "{} has adapters of rank {}, alpha {} in {}; the recipe's have rank {}, alpha {} in {}",
        folder.display(),
        stored.rank,
        stored.alpha,
        stored.targets.join(", "),
        own.rank,
        own.alpha,
        own.targets.join(", ")
    );
    let mut shards = Shards::file(&folder.join(VALUES))?;
    // `peft` writes the names of a model with a head with another `model.`.
    let names: HashMap<String, String> = shards
        .names()
        .map(|name| {
            let bare = name.strip_prefix(PREFIX).unwrap_or(name);
            (bare.strip_prefix("model.").unwrap_or(bare).to_owned(), name.to_owned())
        })
        .collect();
    let entries = decoder.layout().entries();
    ensure!(
        names.len() == entries.len(),
        "{} has {} tensors, the adapters of this decoder {}",
        folder.join(VALUES).display(),
        names.len(),
        entries.len()
    );
    let mut flat = Vec::with_capacity(decoder.layout().len());
    for entry in entries {
        let name = names.get(&entry.name).with_context(|| {
            format!("{} has no tensor {PREFIX}{}", folder.join(VALUES).display(), entry.name)
        })?;
        let values = shards.tensor(name, &entry.shape)?.to_dtype(DType::F32)?;
        flat.extend(values.flatten_all()?.to_vec1::<f32>()?);
    }
    Ok(flat)
}

/// Writes a pretrained model in safetensors with its adapters merged into the weights: `model.safetensors` in f32, and
/// the other files of the folder that a reader needs.
///
/// # Errors
///
/// When a file cannot be read or written.
pub fn merge(from: &Path, decoder: &Decoder, parameters: &Parameters, to: &Path) -> Result<()> {
    let mut merged: HashMap<String, Tensor> = decoder.merged(parameters)?.into_iter().collect();
    let mut shards = Shards::open(from)?;
    let mut names: Vec<String> = shards.names().map(str::to_owned).collect();
    names.sort();
    let mut parts = Vec::new();
    for name in names {
        let bare = name.strip_prefix("model.").unwrap_or(&name);
        let tensor = match merged.remove(bare) {
            Some(tensor) => tensor,
            None => shards.any(&name)?.to_device(&Device::Cpu)?,
        };
        ensure!(
            tensor.dtype() != DType::U8,
            "{name} is in MXFP4, which a merged file in f32 would expand eightfold: use the adapters beside the model"
        );
        let values = tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        parts.push((name, tensor.dims().to_vec(), bytes));
    }
    if let Some(name) = merged.keys().next() {
        bail!("{} has no tensor {name}", from.display());
    }
    for file in ["config.json", "tokenizer.json"] {
        let path = from.join(file);
        if path.is_file() {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            files::write(&to.join(file), &bytes)?;
        }
    }
    write_tensors(&to.join(crate::model::weights::shards::WHOLE), &parts)
}
