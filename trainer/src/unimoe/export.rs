//! From a trained model of many tasks to a `.pupil` file: one tokenizer, one encoder, one mixture, a head per task.

use super::{Adaptation, Job, Way, Workshop};
use crate::data::TaskData;
use crate::distil::Pupil;
use crate::export::{Decisions, add_head, add_lstm, decisions, file_task, head_kind, manifest};
use crate::learner::State;
use crate::model::bert::Config;
use crate::model::head::TaskHead;
use crate::model::mixture::{self, EPSILON, Scope};
use crate::recipe::SharedEncoder;
use crate::text::Cut;
use anyhow::{Context, Result, ensure};
use pupil_core::FileInfo;
use pupil_core::format::manifest::{self as file, Encoder, Head, Metric, Pooling, Task, TokenizerEntry};
use pupil_core::format::writer::FileBuilder;
use pupil_core::layers::{LinearWeights, NormWeights, TableWeights};
use pupil_core::parts::bert::{BertLayerWeights, BertWeights};
use pupil_core::parts::mixture::{BlockWeights, ExpertWeights, MixtureWeights};
use pupil_core::quant::{quantize_rows_f16, round_to_f16};
use pupil_core::tokenizer::TokenizerKind;
use std::collections::BTreeMap;
use std::path::Path;

/// Name of tokenizer, encoder and mixture in the file.
const SHARED: &str = "shared";

/// A quantized matrix with its bias.
struct Quantized {
    weight: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Quantized {
    fn new(values: &[f32], k: usize, bias: &[f32]) -> Self {
        let (weight, scale) = quantize_rows_f16(values, k);
        Self { weight, scale, bias: bias.to_vec() }
    }

    fn linear(&self) -> LinearWeights<'_> {
        LinearWeights { weight: &self.weight, scale: &self.scale, bias: &self.bias }
    }

    fn table(&self) -> TableWeights<'_> {
        TableWeights { weight: &self.weight, scale: &self.scale }
    }
}

/// Parameters by name.
struct Parts<'a> {
    /// What stands in a flat tensor, cut to size.
    named: BTreeMap<String, &'a [f32]>,
}

impl<'a> Parts<'a> {
    fn get(&self, name: &str) -> Result<&'a [f32]> {
        self.named.get(name).copied().with_context(|| format!("the model has no `{name}`"))
    }

    fn dense(&self, name: &str) -> Result<Quantized> {
        let bias = self.get(&format!("{name}.bias"))?;
        let weight = self.get(&format!("{name}.weight")).or_else(|_| self.get(name))?;
        Ok(Quantized::new(weight, weight.len() / bias.len(), bias))
    }

    fn norm(&self, name: &str) -> Result<NormWeights<'a>> {
        Ok(NormWeights {
            weight: self.get(&format!("{name}.weight"))?,
            bias: self.get(&format!("{name}.bias"))?,
        })
    }
}

impl Workshop<'_> {
    /// Decisions of a trained model on each of its tasks, set on validation answers the first time they are asked for.
    ///
    /// # Errors
    ///
    /// When the model fails.
    pub fn decisions(&self, job: &Job, pupil: &Pupil) -> Result<Vec<Decisions>> {
        let place = self.place(job);
        if let Some(known) = self.decided.lock().get(&place) {
            return Ok(known.clone());
        }
        let tasks = pupil.tasks.iter();
        let made: Vec<_> =
            tasks.map(|t| decisions(self.recipe, self.corpus, *t, pupil)).collect::<Result<_>>()?;
        self.decided.lock().insert(place, made.clone());
        Ok(made)
    }

    /// Builds the file of a model; `metrics` holds what was measured of each task, or nothing.
    ///
    /// # Errors
    ///
    /// When the model has parts that the format does not know.
    pub fn build(
        &self,
        job: &Job,
        pupil: &Pupil,
        decisions: &[Decisions],
        metrics: &[Vec<Metric>],
        recipe_blake3: &str,
    ) -> Result<FileBuilder> {
        let state = pupil.learner.state()?;
        let mut manifest = self.manifest(job, recipe_blake3);
        let kind = match (self.unimoe.encoder, self.recipe.pupil.tokenizer) {
            (SharedEncoder::Lstm, Cut::WordLevel) => TokenizerKind::WordLevel,
            _ => TokenizerKind::WordPiece,
        };
        manifest.tokenizers.insert(SHARED.into(), TokenizerEntry::of_kind(kind, SHARED));
        manifest.encoders.insert(SHARED.into(), self.encoder_entry(pupil.text.vocab_size())?);
        manifest.mixtures.extend(mixture_entry(pupil).map(|entry| (SHARED.to_owned(), entry)));
        for (n, task) in pupil.tasks.iter().enumerate() {
            let metrics = metrics.get(n).cloned().unwrap_or_default();
            manifest.tasks.push(self.task_entry(pupil, &state, *task, &decisions[n], metrics)?);
        }
        let mut builder = FileBuilder::new(manifest);
        builder.half_scales(true);
        builder.bytes(format!("tokenizer.{SHARED}"), &pupil.text.to_json()?);
        self.add_encoder(&mut builder, pupil, &state)?;
        add_mixture(&mut builder, pupil, &state, true)?;
        for task in &pupil.tasks {
            self.add_task(&mut builder, pupil, &state, *task)?;
        }
        Ok(builder)
    }

    /// Builds the task pack of an adaptation, for the file of its base at `base`; `metrics` holds what was measured of
    /// the task, or nothing. The pack has experts of its own only where they were trained.
    ///
    /// # Errors
    ///
    /// When the adaptation has not been trained, or the base cannot be read.
    pub fn build_pack(
        &self,
        a: &Adaptation,
        base: &Path,
        metrics: &[Metric],
        recipe_blake3: &str,
    ) -> Result<FileBuilder> {
        let pupil = self.adapted(a)?;
        let state = pupil.learner.state()?;
        let info = FileInfo::read(base).with_context(|| format!("cannot read {}", base.display()))?;
        let mut manifest = self.manifest(&a.base, recipe_blake3);
        let id = &self.corpus.train.tasks[a.task].id;
        manifest.name = format!("{}-{id}", self.recipe.model_name());
        let own_experts = a.way == Way::Mixture;
        let mut entry = mixture_entry(&pupil).context("the model has no mixture")?;
        let mut mixtures = BTreeMap::new();
        if !own_experts {
            mixtures.insert(SHARED.to_owned(), entry.clone());
            entry.experts_of = Some(SHARED.to_owned());
        }
        manifest.base = Some(file::Base {
            name: info.manifest.name,
            blake3: info.blake3,
            encoders: info.manifest.encoders,
            mixtures,
        });
        manifest.mixtures.insert(SHARED.to_owned(), entry);
        let decisions = decisions(self.recipe, self.corpus, a.task, &pupil)?;
        manifest.tasks.push(self.task_entry(&pupil, &state, a.task, &decisions, metrics.to_vec())?);
        let mut builder = FileBuilder::new(manifest);
        builder.half_scales(true);
        add_mixture(&mut builder, &pupil, &state, own_experts)?;
        self.add_task(&mut builder, &pupil, &state, a.task)?;
        Ok(builder)
    }

    /// The manifest of the file that will be exported, the added tasks among its tasks, and the bytes of the layers of a
    /// transformer in it.
    ///
    /// # Errors
    ///
    /// When the encoder's dimensions cannot be read, or a task does not exist.
    pub(crate) fn planned(&self) -> Result<(file::Manifest, u64)> {
        let u = self.unimoe;
        let mut manifest = manifest(self.recipe, self.corpus, "", u.export.guided(), &u.seeds);
        manifest.tokenizers.insert(SHARED.into(), TokenizerEntry::of_kind(TokenizerKind::WordPiece, SHARED));
        // How many entries are kept shows later; there are never too many.
        let encoder = self.encoder_entry(3)?;
        let (width, bytes) = match &encoder {
            Encoder::Bert(b) => (b.width, b.layers * (4 * b.width * b.width + 2 * b.width * b.intermediate)),
            other => (other.output_len(), 0),
        };
        manifest.encoders.insert(SHARED.into(), encoder);
        if u.export.mixes() {
            manifest.mixtures.insert(SHARED.into(), mixture_of(&u.mixture, width));
        }
        let added = u.adapt.iter().flat_map(|a| &a.tasks).filter_map(|id| self.corpus.train.task_index(id));
        for task in self.tasks()?.into_iter().chain(added) {
            let data = &self.corpus.train.tasks[task];
            let head = TaskHead { kind: data.head, labels: data.labels.len() };
            manifest.tasks.push(Task {
                encoder: SHARED.into(),
                mixture: u.export.mixes().then(|| SHARED.into()),
                head: Head { kind: head_kind(data), hidden: if u.dense == 0 { width / 2 } else { u.dense } },
                ..file_task(self.recipe, self.corpus, task, &Decisions::plain(&head))
            });
        }
        Ok((manifest, bytes as u64))
    }

    /// What holds for every file of a model.
    fn manifest(&self, job: &Job, recipe_blake3: &str) -> file::Manifest {
        manifest(self.recipe, self.corpus, recipe_blake3, job.system.guided(), &[job.seed])
    }

    fn task_entry(
        &self,
        pupil: &Pupil,
        state: &State,
        task: usize,
        decisions: &Decisions,
        metrics: Vec<Metric>,
    ) -> Result<Task> {
        let data = &self.corpus.train.tasks[task];
        let hidden = state.get("head.hidden.bias").map_or(0, Vec::len) / pupil.tasks.len();
        ensure!(hidden > 0, "a head without hidden layer cannot be exported");
        Ok(Task {
            encoder: SHARED.into(),
            mixture: pupil.learner.mixture.is_some().then(|| SHARED.into()),
            head: Head { kind: head_kind(data), hidden },
            metrics,
            ..file_task(self.recipe, self.corpus, task, decisions)
        })
    }

    /// Adds the head of a task and its embedding.
    fn add_task(&self, file: &mut FileBuilder, pupil: &Pupil, state: &State, task: usize) -> Result<()> {
        let data: &TaskData = &self.corpus.train.tasks[task];
        if let Some(mixture) = &pupil.learner.mixture {
            let n = mixture.config().task_embedding;
            let all = state.get("mixture.tasks").context("the model has no task embeddings")?;
            let place = pupil.group(task);
            let row: Vec<f32> = all[place * n..(place + 1) * n].iter().map(|v| round_to_f16(*v)).collect();
            file.f16(format!("task.{}.embedding", data.id), &[n], &row);
        }
        add_head(file, pupil, state, task, data, quantize_rows_f16)
            .with_context(|| format!("head of {}", data.id))
    }

    fn encoder_entry(&self, vocab: usize) -> Result<Encoder> {
        let p = &self.recipe.pupil;
        Ok(match self.unimoe.encoder {
            SharedEncoder::Lstm => Encoder::ELstm(file::ELstm {
                tokenizer: SHARED.into(),
                vocab,
                embedding: p.embedding,
                hidden: p.hidden,
                state_bits: p.state_bits,
            }),
            SharedEncoder::Bert => {
                let c = self.bert_config(vocab)?;
                #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
                let epsilon = c.layer_norm_eps as f32;
                Encoder::Bert(file::Bert {
                    tokenizer: SHARED.into(),
                    vocab: c.vocab_size,
                    width: c.hidden_size,
                    layers: c.num_hidden_layers,
                    heads: c.num_attention_heads,
                    intermediate: c.intermediate_size,
                    // Longer inputs are cut, so that the places beyond are of no use.
                    positions: self.unimoe.max_tokens,
                    segments: c.type_vocab_size,
                    epsilon,
                    pooling: Pooling::Mean,
                })
            }
        })
    }

    /// Dimensions of the kept part of the pretrained encoder.
    fn bert_config(&self, vocab_size: usize) -> Result<Config> {
        let whole: Config = crate::files::read_json(&self.pretrained.file("config.json"))?;
        let kept = self.unimoe.layers.len();
        let num_hidden_layers = if kept == 0 { whole.num_hidden_layers } else { kept };
        Ok(Config { num_hidden_layers, vocab_size, ..whole })
    }

    fn add_encoder(&self, builder: &mut FileBuilder, pupil: &Pupil, state: &State) -> Result<()> {
        match self.unimoe.encoder {
            SharedEncoder::Lstm => add_lstm(builder, SHARED, self.recipe, pupil, state),
            SharedEncoder::Bert => {
                let flat = state.get("encoder").context("the model has no encoder")?;
                let entries = pupil.learner.encoder.layout().entries();
                let named = entries.iter().map(|e| (e.name.clone(), &flat[e.range.clone()])).collect();
                self.add_bert(builder, pupil, &Parts { named })
            }
        }
    }

    fn add_bert(&self, builder: &mut FileBuilder, pupil: &Pupil, parts: &Parts<'_>) -> Result<()> {
        let c = self.bert_config(pupil.text.vocab_size())?;
        let h = c.hidden_size;
        let words = pupil.learner.parameters.words.as_ref().context("the encoder has no words")?;
        let words: Vec<f32> = words.tensor().flatten_all()?.to_vec1()?;
        let words = Quantized::new(&words, h, &[]);
        let positions = parts.get("embeddings.position_embeddings.weight")?;
        let positions = Quantized::new(&positions[..self.unimoe.max_tokens * h], h, &[]);
        let segments = Quantized::new(parts.get("embeddings.token_type_embeddings.weight")?, h, &[]);
        let dense: Vec<[Quantized; 4]> = (0..c.num_hidden_layers)
            .map(|n| {
                let part = |name: &str| parts.dense(&format!("encoder.layer.{n}.{name}"));
                Ok([
                    part("attention.self.qkv")?,
                    part("attention.output.dense")?,
                    part("intermediate.dense")?,
                    part("output.dense")?,
                ])
            })
            .collect::<Result<_>>()?;
        let layers = dense
            .iter()
            .enumerate()
            .map(|(n, [qkv, attended, up, down])| {
                Ok(BertLayerWeights {
                    qkv: qkv.linear(),
                    attended: attended.linear(),
                    attended_norm: parts.norm(&format!("encoder.layer.{n}.attention.output.LayerNorm"))?,
                    up: up.linear(),
                    down: down.linear(),
                    down_norm: parts.norm(&format!("encoder.layer.{n}.output.LayerNorm"))?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        builder.bert(
            SHARED,
            &BertWeights {
                words: words.table(),
                positions: positions.table(),
                segments: segments.table(),
                norm: parts.norm("embeddings.LayerNorm")?,
                layers,
            },
        );
        Ok(())
    }
}

/// The entry of a model's mixture in the manifest, where it has one.
fn mixture_entry(pupil: &Pupil) -> Option<file::Mixture> {
    let mixture = pupil.learner.mixture.as_ref()?;
    Some(mixture_of(mixture.config(), pupil.learner.encoder.width()))
}

/// The entry of a mixture for vectors of `width`.
fn mixture_of(c: &mixture::Config, width: usize) -> file::Mixture {
    #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
    let epsilon = EPSILON as f32;
    file::Mixture {
        scope: if c.scope == Scope::Token { file::Scope::Token } else { file::Scope::Pooled },
        width,
        blocks: c.blocks,
        experts: c.experts,
        hidden: c.hidden,
        gate: c.gate,
        task_embedding: c.task_embedding,
        top_k: c.top_k,
        epsilon,
        experts_of: None,
    }
}

/// Adds gates, experts and normalization of the mixture; a task pack may do without experts.
fn add_mixture(builder: &mut FileBuilder, pupil: &Pupil, state: &State, with_experts: bool) -> Result<()> {
    let Some(mixture) = &pupil.learner.mixture else { return Ok(()) };
    let (c, width) = (mixture.config(), pupil.learner.encoder.width());
    let named = state
        .iter()
        .filter_map(|(n, v)| Some((n.strip_prefix("mixture.")?.to_owned(), v.as_slice())))
        .collect();
    let parts = Parts { named };
    let mut blocks = Vec::new();
    for b in 0..c.blocks {
        let part = |name: &str| format!("block.{b}.{name}");
        let (up, up_bias) = (parts.get(&part("up"))?, parts.get(&part("up.bias"))?);
        let (down, down_bias) = (parts.get(&part("down"))?, parts.get(&part("down.bias"))?);
        let experts: Vec<[Quantized; 2]> = (0..if with_experts { c.experts } else { 0 })
            .map(|j| {
                let rows = j * c.hidden..(j + 1) * c.hidden;
                let own: Vec<f32> = down
                    .chunks_exact(c.experts * c.hidden)
                    .flat_map(|row| &row[rows.clone()])
                    .copied()
                    .collect();
                [
                    Quantized::new(&up[rows.start * width..rows.end * width], width, &up_bias[rows.clone()]),
                    Quantized::new(&own, c.hidden, &down_bias[j * width..(j + 1) * width]),
                ]
            })
            .collect();
        blocks.push((parts.dense(&part("gate"))?, parts.dense(&part("gate.output"))?, experts));
    }
    let weights = MixtureWeights {
        blocks: blocks
            .iter()
            .map(|(gate, output, experts)| BlockWeights {
                gate: gate.linear(),
                gate_output: output.linear(),
                experts: experts
                    .iter()
                    .map(|[up, down]| ExpertWeights { up: up.linear(), down: down.linear() })
                    .collect(),
            })
            .collect(),
        norm: if c.scope == Scope::Pooled { Some(parts.norm("norm")?) } else { None },
    };
    builder.mixture(SHARED, &weights);
    Ok(())
}
