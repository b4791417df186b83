//! Models before training: tokenizer, encoder, mixture and heads, with pretrained or random parameters.

use super::spec::{BertSpec, DecoderSpec, EncoderSpec, ModelSpec, Words};
use super::targets::priors;
use super::{Experiment, Model, Reader};
use crate::data::TaskData;
use crate::fit::{Learner, read_state};
use crate::head::{Head, TaskHead};
use crate::model::Encoder;
use crate::model::bert::{Bert, Config, Kept};
use crate::model::decoder::{Precision, RunSettings, peft};
use crate::model::lstm::{self, ELstm};
use crate::model::mean::{self, MeanEmbedding};
use crate::model::mixture::Mixture;
use crate::model::ngram::{self, NGrams};
use crate::model::params::Parameters;
use crate::model::pretrained::{device, word_vectors};
use crate::ops::dropout::derive;
use crate::progress::Bar;
use crate::recipe::{Init, NGramRecipe, PupilRecipe};
use crate::spelling::spellings;
use crate::tokenizer::Tokenizer;
use anyhow::{Context, Result, ensure};
use candle_core::Device;
use std::path::{Path, PathBuf};

/// An encoder with its tokenizer and its initial parameters.
pub(super) struct Start {
    pub(super) tokenizer: Reader,
    pub(super) encoder: Box<dyn Encoder>,
    pub(super) parameters: Parameters,
}

impl Experiment<'_> {
    /// A model before training.
    ///
    /// # Errors
    ///
    /// When its tokenizer cannot be built, or the pretrained encoder or the base model cannot be read.
    pub fn untrained(&self, spec: &ModelSpec) -> Result<Model> {
        if let Some(base) = &spec.base {
            return self.with_added_task(spec, base);
        }
        let start = match &spec.encoder {
            EncoderSpec::Bert(bert) => self.bert(spec, bert, &device()?)?,
            EncoderSpec::Decoder(own) => self.decoder(spec, own, &device()?)?,
            EncoderSpec::ELstm(p) => {
                let tokenizer = self.own_tokenizer(spec, p)?;
                let encoder = ELstm::new(lstm::Config {
                    vocab: tokenizer.vocab_size(),
                    embedding: p.embedding,
                    hidden: p.hidden,
                    dropout: p.dropout,
                    fixed_point: p.quantization_aware,
                    quantized_weights: p.quantization_aware,
                });
                let flat = encoder.init(derive(spec.seed, spec.streams.encoder));
                self.embedded((spec, p), tokenizer, Box::new(encoder), flat)?
            }
            EncoderSpec::MeanEmbedding(p) => {
                let tokenizer = self.own_tokenizer(spec, p)?;
                let encoder = MeanEmbedding::new(mean::Config {
                    vocab: tokenizer.vocab_size(),
                    embedding: p.embedding,
                    dropout: p.dropout,
                });
                let flat = encoder.init(derive(spec.seed, spec.streams.encoder));
                self.embedded((spec, p), tokenizer, Box::new(encoder), flat)?
            }
            EncoderSpec::NGram(p) => self.ngrams(spec, p)?,
        };
        self.assemble(spec, start)
    }

    /// A model on this encoder, with randomly initialized mixture and heads.
    pub(super) fn assemble(&self, spec: &ModelSpec, start: Start) -> Result<Model> {
        let Start { tokenizer, encoder, parameters } = start;
        let device = parameters.flat.device().clone();
        let tasks: Vec<&TaskData> = spec.tasks.iter().map(|t| &self.corpus.train.tasks[*t]).collect();
        let heads: Vec<TaskHead> = tasks.iter().map(|t| TaskHead::of(t.head, t.labels.len())).collect();
        let priors: Vec<Vec<f32>> = spec.tasks.iter().map(|t| self.prior(*t)).collect();
        let width = encoder.width();
        let mixture = match &spec.mixture {
            Some(m) => {
                let seed = derive(spec.seed, spec.streams.mixture);
                Some(Mixture::new(m.config.clone(), width, tasks.len(), seed, &device)?)
            }
            None => None,
        };
        let seed = derive(spec.seed, spec.streams.head);
        let units = spec.head.hidden.units(width);
        let mut head = Head::new(&heads, &priors, width, units, spec.head.dropout, seed, &device)?;
        if spec.head.normed {
            head = head.normed(width)?;
        }
        Ok(Model {
            tasks: spec.tasks.clone(),
            tokenizer,
            learner: Learner { encoder, parameters, mixture, head, trained: None },
            pairs: self.recipe.data.pairs,
        })
    }

    /// The share of each class, level or label of a task in the training part.
    pub(super) fn prior(&self, task: usize) -> Vec<f32> {
        let data = &self.corpus.train;
        let answers = self.corpus.split.train.iter().map(|i| &data.answers[*i]);
        priors(&data.tasks[task], self.corpus.second_raters[task], answers.filter(|a| a.task == task))
    }

    /// Texts of the training part of a model's tasks, with the references if the model reads them.
    fn texts(&self, spec: &ModelSpec) -> Vec<&str> {
        let mut texts: Vec<&str> = Vec::new();
        for i in &self.corpus.split.train {
            let a = &self.corpus.train.answers[*i];
            if spec.tasks.contains(&a.task) {
                texts.push(&a.text);
                if self.recipe.data.pairs {
                    texts.extend(a.reference.as_deref());
                }
            }
        }
        texts
    }

    /// A tokenizer built from the training texts.
    fn own_tokenizer(&self, spec: &ModelSpec, p: &PupilRecipe) -> Result<Tokenizer> {
        Tokenizer::build(&self.texts(spec), p.tokenizer, p.vocab, p.min_count, p.max_tokens)
    }

    /// Initializes an encoder whose parameters begin with an embedding: random, or from word vectors.
    fn embedded(
        &self,
        (spec, p): (&ModelSpec, &PupilRecipe),
        tokenizer: Tokenizer,
        encoder: Box<dyn Encoder>,
        mut flat: Vec<f32>,
    ) -> Result<Start> {
        if p.pretrained_embedding {
            let spellings = spellings(&self.texts(spec))?;
            let vectors = word_vectors(self.pretrained, &tokenizer, &spellings, p.embedding)?;
            flat[..vectors.len()].copy_from_slice(&vectors);
        }
        let parameters = Parameters::new(flat, None, &Device::Cpu)?;
        Ok(Start { tokenizer: Reader::Tokens(tokenizer), encoder, parameters })
    }

    /// An encoder of n-grams whose outputs are those that the heads need.
    fn ngrams(&self, spec: &ModelSpec, p: &NGramRecipe) -> Result<Start> {
        let read = p.spec()?;
        let tasks = spec.tasks.iter().map(|t| &self.corpus.train.tasks[*t]);
        let units = tasks.map(|t| TaskHead::of(t.head, t.labels.len()).scores()).sum();
        let encoder =
            NGrams::new(ngram::Config { buckets: read.buckets() as usize, units, sublinear: p.sublinear });
        let parameters = Parameters::new(encoder.init(), None, &Device::Cpu)?;
        Ok(Start { tokenizer: Reader::NGrams(read), encoder: Box::new(encoder), parameters })
    }

    fn bert(&self, spec: &ModelSpec, own: &BertSpec, device: &Device) -> Result<Start> {
        let whole = self.pretrained.config()?;
        let layers =
            if own.layers.is_empty() { (0..whole.num_hidden_layers).collect() } else { own.layers.clone() };
        ensure!(
            layers.iter().all(|l| *l < whole.num_hidden_layers) && own.max_tokens <= whole.longest(),
            "layers {layers:?} and {} tokens are asked of an encoder with {} layers that reads {} tokens",
            own.max_tokens,
            whole.num_hidden_layers,
            whole.longest()
        );
        let tokenizer = self.pretrained.tokenizer(own.max_tokens)?;
        let (tokenizer, words) = match own.words {
            Words::All => (tokenizer, (0..u32::try_from(whole.vocab_size)?).collect()),
            Words::Used { common } => {
                tokenizer.pruned(self.texts(spec).into_iter(), common, own.max_tokens)?
            }
        };
        let config = Config { num_hidden_layers: layers.len(), vocab_size: words.len(), ..whole.clone() };
        let threads = rayon::current_num_threads();
        let bert = Bert::new(config, threads)?.quantization_aware(own.quantization_aware);
        let kept = Kept { layers, words };
        let mut parameters = bert.load_kept(
            &mut self.pretrained.weights()?,
            &kept,
            whole.vocab_size,
            own.train_words,
            device,
        )?;
        let file =
            if spec.init == Init::Teacher { Some(self.teacher_of(spec.seed)?) } else { self.start_of(spec) };
        if let Some(file) = file {
            let state = read_state(file)?;
            let flat = state.get("encoder").context("a teacher has an encoder")?;
            let words = state.get("words").map(Vec::as_slice);
            bert.take_kept(&mut parameters, &Bert::new(whole, threads)?, &kept, flat, words)
                .with_context(|| format!("cannot start from {}", file.display()))?;
        }
        Ok(Start { tokenizer: Reader::Tokens(tokenizer), encoder: Box::new(bert), parameters })
    }

    /// A decoder with adapters: those of another run's teacher, those of a folder, or untrained ones.
    fn decoder(&self, spec: &ModelSpec, own: &DecoderSpec, device: &Device) -> Result<Start> {
        ensure!(
            !device.is_cpu() || own.precision == Precision::F32,
            "teacher.lora.precision is `bf16`: a CPU has no fast products in it; set it to `f32`, or train on a GPU"
        );
        let tokenizer = self.pretrained.tokenizer(own.max_tokens)?;
        let run = RunSettings { precision: own.precision, checkpointing: own.checkpointing, language: false };
        let bar = Bar::new(format!("{}weights", self.stage));
        let progress = |layer: usize, layers: usize| bar.set(layer as u64, layers as u64, "layers");
        let decoder = self.pretrained.decoder(own.lora.clone(), run, device, progress)?;
        bar.finish();
        let flat = if let Some(file) = self.start_of(spec) {
            let mut state = read_state(file)?;
            state.remove("encoder").context("a teacher has an encoder")?
        } else if let Some(folder) = &self.adapters {
            peft::read(folder, &decoder).context("teacher.lora.adapters")?
        } else {
            decoder.init(derive(spec.seed, spec.streams.encoder))
        };
        let parameters = decoder.parameters(flat)?;
        Ok(Start { tokenizer: Reader::Tokens(tokenizer), encoder: Box::new(decoder), parameters })
    }

    /// Parameter file of the model whose encoder is the start of this one, if there is any.
    pub(super) fn start_of(&self, spec: &ModelSpec) -> Option<&Path> {
        let seeds = &self.recipe.teacher.seeds;
        let place = seeds.iter().position(|seed| *seed == spec.seed)?;
        self.starts.get(place.checked_rem(self.starts.len())?).map(PathBuf::as_path)
    }

    /// Parameter file of the teacher from which the models of a seed start.
    fn teacher_of(&self, seed: u64) -> Result<&Path> {
        let files = self.teaching.as_ref().map_or(&[][..], |t| &t.joint);
        let place = seed.checked_rem(files.len() as u64).context("there is no teacher to start from")?;
        Ok(&files[usize::try_from(place)?])
    }
}
