//! Encoders in a file: their entries in the manifest and their sections.

use super::head;
use super::quantized::{Named, Quantized};
use crate::experiment::{BertSpec, EncoderSpec, Experiment, Model, ModelSpec};
use crate::fit::State;
use crate::head::TaskHead;
use crate::model::bert::{Config, Family};
use crate::recipe::PupilRecipe;
use crate::tokenizer::TokenizerKind;
use anyhow::{Context, Result, bail, ensure};
use pupil_core::format::manifest::{self as format, Encoder, Pooling};
use pupil_core::format::writer::FileBuilder;
use pupil_core::parts::bert::{BertLayerWeights, BertWeights};
use pupil_core::parts::e_lstm::LstmWeights;
use pupil_core::parts::n_gram::NGramWeights;
use pupil_core::quant::{quantize_rows, quantize_rows_f16};
use pupil_core::tokenizer::TokenizerKind as FormatTokenizer;

/// The entry of a model's tokenizer, whose bytes are in the section of the same name; none for n-grams.
pub(super) fn tokenizer_entry(spec: &ModelSpec, name: &str) -> Option<format::TokenizerEntry> {
    let kind = match &spec.encoder {
        EncoderSpec::Bert(_) => FormatTokenizer::WordPiece,
        EncoderSpec::NGram(_) | EncoderSpec::Decoder(_) => return None,
        EncoderSpec::ELstm(p) | EncoderSpec::MeanEmbedding(p) => match p.tokenizer {
            TokenizerKind::WordLevel => FormatTokenizer::WordLevel,
            TokenizerKind::WordPiece => FormatTokenizer::WordPiece,
        },
    };
    Some(format::TokenizerEntry::of_kind(kind, name))
}

/// The entry of a model's encoder with a vocabulary of `vocab`, on the tokenizer `name`.
///
/// # Errors
///
/// When the dimensions of the pretrained encoder cannot be read, or the engine cannot run the encoder.
pub(super) fn entry(
    experiment: &Experiment<'_>,
    spec: &ModelSpec,
    name: &str,
    vocab: usize,
) -> Result<Encoder> {
    Ok(match &spec.encoder {
        EncoderSpec::ELstm(p) => Encoder::ELstm(format::ELstm {
            tokenizer: name.to_owned(),
            vocab,
            embedding: p.embedding,
            hidden: p.hidden,
        }),
        EncoderSpec::Bert(own) => {
            let c = config(experiment, own, vocab)?;
            #[expect(clippy::cast_possible_truncation, reason = "a small constant")]
            let epsilon = c.layer_norm_eps as f32;
            Encoder::Bert(format::Bert {
                tokenizer: name.to_owned(),
                vocab: c.vocab_size,
                width: c.hidden_size,
                layers: c.num_hidden_layers,
                heads: c.num_attention_heads,
                intermediate: c.intermediate_size,
                // Longer inputs are truncated, so later positions are never used.
                positions: own.max_tokens,
                segments: c.type_vocab_size,
                epsilon,
                pooling: Pooling::Mean,
            })
        }
        EncoderSpec::NGram(p) => {
            let (read, tasks) = (p.spec()?, &experiment.corpus.train.tasks);
            let heads = spec.tasks.iter().map(|t| TaskHead::of(tasks[*t].head, tasks[*t].labels.len()));
            Encoder::NGram(format::NGram {
                chars: read.chars(),
                words: read.words(),
                buckets: read.buckets() as usize,
                units: heads.map(|h| h.scores()).sum(),
                sublinear: p.sublinear,
            })
        }
        EncoderSpec::MeanEmbedding(_) => bail!("the engine cannot run averaged embeddings"),
        EncoderSpec::Decoder(_) => bail!("the engine cannot run a decoder"),
    })
}

/// Dimensions of the kept part of the pretrained encoder.
fn config(experiment: &Experiment<'_>, own: &BertSpec, vocab_size: usize) -> Result<Config> {
    let whole = experiment.pretrained.config()?;
    ensure!(
        whole.family == Family::Bert,
        "the engine cannot run an encoder of the family {:?}, so it can only be a teacher: export E-LSTMs \
         (`distil`, or `unimoe.encoder` = `lstm`), or name a plain BERT such as sentence-transformers/all-MiniLM-L6-v2",
        whole.family
    );
    let kept = own.layers.len();
    let num_hidden_layers = if kept == 0 { whole.num_hidden_layers } else { kept };
    Ok(Config { num_hidden_layers, vocab_size, ..whole })
}

/// Adds the sections of a model's encoder.
///
/// # Errors
///
/// When a parameter is missing, or the engine cannot run the encoder.
pub(super) fn add(
    file: &mut FileBuilder,
    name: &str,
    experiment: &Experiment<'_>,
    (spec, model, state): (&ModelSpec, &Model, &State),
) -> Result<()> {
    let flat = state.get("encoder").context("the model has no encoder")?;
    let entries = model.learner.encoder.layout().entries();
    let named = Named::new(entries.iter().map(|e| (e.name.clone(), &flat[e.range.clone()])));
    match &spec.encoder {
        EncoderSpec::ELstm(p) => add_lstm(file, name, p, model.tokenizer.vocab_size(), &named),
        EncoderSpec::Bert(own) => {
            let c = config(experiment, own, model.tokenizer.vocab_size())?;
            add_bert(file, name, (&c, own), model, &named)
        }
        EncoderSpec::MeanEmbedding(_) => bail!("the engine cannot run averaged embeddings"),
        EncoderSpec::Decoder(_) => bail!("the engine cannot run a decoder"),
        EncoderSpec::NGram(_) => add_ngrams(file, name, (model, state), &named),
    }
}

/// Adds an encoder of n-grams. Its outputs are those of the head, whose biases it has, unless they are thresholds
/// between levels.
fn add_ngrams(
    file: &mut FileBuilder,
    name: &str,
    (model, state): (&Model, &State),
    parts: &Named<'_>,
) -> Result<()> {
    let (idf, units) = (parts.get("idf")?, model.learner.encoder.width());
    let (rows, scale) = quantize_rows_f16(parts.get("weight")?, idf.len());
    // In the file the weights of one bucket lie together.
    let weight: Vec<i8> =
        (0..idf.len()).flat_map(|b| rows.iter().skip(b).step_by(idf.len())).copied().collect();
    let bias = state.get("head.output.bias").context("the model has no biases")?;
    let columns = model.learner.head.groups().iter().map(|g| &bias[g.columns.clone()]);
    let tasks = model.learner.head.tasks().iter();
    let bias: Vec<f32> = tasks
        .zip(columns)
        .flat_map(
            |(task, own)| if head::has_thresholds(task) { vec![0.0; task.scores()] } else { own.to_vec() },
        )
        .collect();
    ensure!(bias.len() == units, "{units} outputs of n-grams have {} biases", bias.len());
    file.n_gram(name, &NGramWeights { idf, weight: &weight, scale: &scale, bias: &bias });
    Ok(())
}

fn add_lstm(
    file: &mut FileBuilder,
    name: &str,
    p: &PupilRecipe,
    vocab: usize,
    parts: &Named<'_>,
) -> Result<()> {
    let (embedding, embedding_scale) = quantize_rows(parts.get("embedding")?, p.embedding);
    let (input, input_scale) = quantize_rows(parts.get("input")?, p.embedding);
    let (recurrent, recurrent_scale) = quantize_rows(parts.get("recurrent")?, p.hidden);
    file.lstm(
        name,
        &LstmWeights {
            vocab,
            embedding_dim: p.embedding,
            hidden: p.hidden,
            embedding: &embedding,
            embedding_scale: &embedding_scale,
            input: &input,
            input_scale: &input_scale,
            recurrent: &recurrent,
            recurrent_scale: &recurrent_scale,
            bias: parts.get("bias")?,
        },
    );
    Ok(())
}

fn add_bert(
    file: &mut FileBuilder,
    name: &str,
    (c, own): (&Config, &BertSpec),
    model: &Model,
    parts: &Named<'_>,
) -> Result<()> {
    let h = c.hidden_size;
    let words = model.learner.parameters.words.as_ref().context("the encoder has no words")?;
    let words: Vec<f32> = words.tensor().flatten_all()?.to_vec1()?;
    let words = Quantized::new(&words, h, &[]);
    let positions = parts.get("embeddings.position_embeddings.weight")?;
    let positions = Quantized::new(&positions[..own.max_tokens * h], h, &[]);
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
    file.bert(
        name,
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
