//! Pupil: the layers for ids, and the whole scorer for opening a file.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, ensure};
use pupil_benches::{Buffers, ELstm, ELstmWeights};
use pupil_core::cpu::Cpu;
use pupil_core::kernels::Kernels;
use pupil_core::layers::{Linear, LinearScratch, relu};
use pupil_core::parts::bert::{BertLayerWeights, BertScratch, BertWeights, PackedBert};
use pupil_core::parts::e_lstm::LstmWeights;
use pupil_core::parts::head;
use pupil_core::{OpenOptions, Scorer};

use crate::model::{Arrays, Files, Model, TASK};
use crate::system::{First, System, timed};

/// A Pupil model with one choice of kernels.
pub(crate) struct Pupil {
    name: String,
    net: Net,
    path: PathBuf,
    options: OpenOptions,
    text: String,
}

/// The layers, from ids to probabilities.
enum Net {
    ELstm(Box<Lstm>),
    MiniLm(Box<MiniLm>),
}

/// An E-LSTM, and its buffers.
struct Lstm {
    net: ELstm,
    buffers: Buffers,
    out: [f32; 4],
}

/// A BERT with the head of a task, and its buffers.
struct MiniLm {
    bert: PackedBert,
    hidden: Linear,
    output: Linear,
    temperature: f32,
    segments: Vec<u32>,
    scratch: BertScratch,
    linear: LinearScratch,
    pooled: Vec<f32>,
    dense: Vec<f32>,
    logits: [f32; 4],
    out: [f32; 4],
}

impl Pupil {
    /// Packs a file's arrays for the chosen CPU.
    pub(crate) fn new(name: &str, model: Model, files: &Files, cpu: Cpu) -> Result<Self> {
        let (path, kernels) = (files.path("pupil"), Kernels::new(cpu));
        let arrays = Arrays::read(&path)?;
        let net = match model {
            Model::ELstm => Net::ELstm(Box::new(Lstm {
                net: e_lstm(&arrays, &kernels)?,
                buffers: Buffers::default(),
                out: [0.0; 4],
            })),
            Model::MiniLm => Net::MiniLm(Box::new(MiniLm::new(&arrays, &kernels)?)),
        };
        let options = OpenOptions { cpu, ..OpenOptions::default() };
        let text = model.text(model.first_length());
        Ok(Self { name: name.into(), net, path, options, text })
    }
}

impl System for Pupil {
    fn name(&self) -> &str {
        &self.name
    }

    fn answer(&mut self, ids: &[u32]) -> Result<Vec<f32>> {
        Ok(self.net.forward(ids)?.to_vec())
    }

    fn seconds(&mut self, ids: &[u32], calls: usize) -> Result<f64> {
        timed(calls, || self.net.forward(ids).map(|out| out[0]))
    }

    fn class_seconds(&mut self, answers: &[Vec<u32>], calls: usize) -> Result<Option<f64>> {
        match &mut self.net {
            Net::ELstm(_) => Ok(None),
            Net::MiniLm(net) => timed(calls, || net.class(answers)).map(Some),
        }
    }

    fn first(&mut self, ids: &[u32]) -> Result<First> {
        let start = Instant::now();
        let scorer = Scorer::open_with(&self.path, &self.options)?;
        let opened = start.elapsed().as_secs_f64();
        let score = scorer.score(TASK, &self.text)?;
        let answered = start.elapsed().as_secs_f64();
        ensure!(score.tokens == ids.len(), "{} words became {} tokens", ids.len(), score.tokens);
        let layers = self.net.forward(ids)?;
        for (label, layer) in score.labels.iter().zip(layers) {
            ensure!(label.probability == *layer, "the scorer and the layers give different probabilities");
        }
        Ok(First { opened, answered })
    }
}

impl Net {
    fn forward(&mut self, ids: &[u32]) -> Result<&[f32]> {
        match self {
            Self::ELstm(lstm) => {
                lstm.net.forward(ids, &mut lstm.buffers, &mut lstm.out);
                Ok(&lstm.out)
            }
            Self::MiniLm(net) => net.forward(ids),
        }
    }
}

/// Makes an E-LSTM from the arrays of a file.
fn e_lstm(arrays: &Arrays, kernels: &Kernels) -> Result<ELstm> {
    let shape = pupil_benches::E_LSTM;
    let weights = ELstmWeights {
        lstm: LstmWeights {
            vocab: shape.vocab,
            embedding_dim: shape.embedding,
            hidden: shape.hidden,
            embedding: arrays.i8s("embedding")?,
            embedding_scale: arrays.f32s("embedding.scale")?,
            input: arrays.i8s("input")?,
            input_scale: arrays.f32s("input.scale")?,
            recurrent: arrays.i8s("recurrent")?,
            recurrent_scale: arrays.f32s("recurrent.scale")?,
            bias: arrays.f32s("bias")?,
        },
        dense: arrays.linear("hidden")?,
        output: arrays.linear("output")?,
        thresholds: arrays.f32s("cuts")?,
        temperature: arrays.temperature(),
    };
    Ok(ELstm::from_weights(&weights, kernels, usize::MAX))
}

impl MiniLm {
    fn new(arrays: &Arrays, kernels: &Kernels) -> Result<Self> {
        let dimensions = Model::bert();
        let layers = (0..dimensions.layers).map(|n| {
            let name = |part: &str| format!("layer.{n}.{part}");
            Ok(BertLayerWeights {
                qkv: arrays.linear(&name("qkv"))?,
                attended: arrays.linear(&name("attended"))?,
                attended_norm: arrays.norm(&name("attended.norm"))?,
                up: arrays.linear(&name("up"))?,
                down: arrays.linear(&name("down"))?,
                down_norm: arrays.norm(&name("down.norm"))?,
            })
        });
        let weights = BertWeights {
            words: arrays.table("words")?,
            positions: arrays.table("positions")?,
            segments: arrays.table("segments")?,
            norm: arrays.norm("norm")?,
            layers: layers.collect::<Result<_>>()?,
        };
        let linear = |name: &str, k: usize| -> Result<Linear> {
            let w = arrays.linear(name)?;
            Ok(Linear::new(w.scale.len(), k, w.weight, w.scale, w.bias, kernels)?)
        };
        let bert = PackedBert::new(&dimensions, &weights, kernels)?;
        let hidden = linear("hidden", dimensions.width)?;
        let output = linear("output", hidden.output_len())?;
        Ok(Self {
            pooled: vec![0.0; bert.output_len()],
            dense: vec![0.0; hidden.output_len()],
            bert,
            hidden,
            output,
            temperature: arrays.temperature(),
            segments: Vec::new(),
            scratch: BertScratch::default(),
            linear: LinearScratch::default(),
            logits: [0.0; 4],
            out: [0.0; 4],
        })
    }

    /// Answers all of a class; returns the first probability of the last one.
    fn class(&mut self, answers: &[Vec<u32>]) -> Result<f32> {
        let lens: Vec<usize> = answers.iter().map(Vec::len).collect();
        let ids = answers.concat();
        self.segments.resize(ids.len(), 0);
        let mut pooled = vec![0.0; lens.len() * self.bert.output_len()];
        self.bert.forward_group(&ids, &self.segments, &lens, &mut self.scratch, &mut pooled)?;
        for pooled in pooled.chunks_exact(self.bert.output_len()) {
            self.hidden.forward(pooled, &mut self.linear, &mut self.dense);
            relu(&mut self.dense);
            self.output.forward(&self.dense, &mut self.linear, &mut self.logits);
            head::softmax(&self.logits, self.temperature, &mut self.out);
        }
        Ok(self.out[0])
    }

    fn forward(&mut self, ids: &[u32]) -> Result<&[f32]> {
        self.segments.resize(ids.len(), 0);
        self.bert.forward(ids, &self.segments, &mut self.scratch, &mut self.pooled)?;
        self.hidden.forward(&self.pooled, &mut self.linear, &mut self.dense);
        relu(&mut self.dense);
        self.output.forward(&self.dense, &mut self.linear, &mut self.logits);
        head::softmax(&self.logits, self.temperature, &mut self.out);
        Ok(&self.out)
    }
}
