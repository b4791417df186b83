//! The families of encoders: what the manifest calls them, and which part each is. The only place that tells them
//! apart.

use super::bert::{self, BertScratch, PackedBert};
use super::e_lstm::{self, LstmScratch, PackedLstm};
use super::n_gram::{self, PackedNGram, TextScratch};
use super::onnx;
#[cfg(feature = "onnx")]
use super::pooling::all_finite;
use crate::error::{Error, ErrorKind, Result};
use crate::format::check::name;
use crate::format::manifest::{Encoder, Pooling};
use crate::format::reader::ModelFile;
use crate::format::sections::Sections;
use crate::kernels::Kernels;

impl Encoder {
    /// The name of the tokenizer that feeds the encoder, and the rows of the embedding, at least the tokenizer's number
    /// of ids; none for an encoder that reads the text itself.
    pub fn tokenizer(&self) -> Option<(&str, usize)> {
        match self {
            Self::ELstm(d) => Some((&d.tokenizer, d.vocab)),
            Self::Bert(d) => Some((&d.tokenizer, d.vocab)),
            Self::Onnx(d) => Some((&d.tokenizer, d.vocab)),
            Self::NGram(_) => None,
        }
    }

    /// Length of the vector that the encoder gives.
    pub fn output_len(&self) -> usize {
        match self {
            Self::ELstm(d) => 2 * d.hidden,
            Self::Bert(d) => d.width,
            Self::Onnx(d) => d.width,
            Self::NGram(d) => d.units,
        }
    }

    /// Whether the encoder gives a vector for each token as well, which a mixture may act on.
    pub(super) fn has_tokens(&self) -> bool {
        match self {
            Self::Bert(_) => true,
            Self::ELstm(_) | Self::Onnx(_) | Self::NGram(_) => false,
        }
    }

    /// Whether the numbers that come out may be the outputs of a task without a layer between them.
    pub(super) fn may_end_in_outputs(&self) -> bool {
        match self {
            Self::Onnx(_) | Self::NGram(_) => true,
            Self::ELstm(_) | Self::Bert(_) => false,
        }
    }

    /// Whether the encoder is packed when the file is opened, and not when it is first used: a graph shows only then
    /// whether it is what the manifest says.
    pub(crate) fn is_packed_at_once(&self) -> bool {
        match self {
            Self::Onnx(_) => true,
            Self::ELstm(_) | Self::Bert(_) | Self::NGram(_) => false,
        }
    }

    /// Whether several texts at once take less time than one after the other.
    pub(crate) fn gains_from_groups(&self) -> bool {
        match self {
            Self::Bert(_) => true,
            Self::ELstm(_) | Self::Onnx(_) | Self::NGram(_) => false,
        }
    }

    /// Whether it is an LSTM, which takes so little time that a mixture behind it counts as much.
    pub(crate) fn is_lstm(&self) -> bool {
        matches!(self, Self::ELstm(_))
    }

    /// Bytes of the intermediate values of one token; `expert_hidden` are the units of the experts that act on it.
    pub(crate) fn token_bytes(&self, expert_hidden: usize) -> usize {
        match self {
            Self::ELstm(d) => e_lstm::token_bytes(d),
            Self::Bert(d) => bert::token_bytes(d, expert_hidden),
            Self::Onnx(d) => onnx::token_bytes(d),
            Self::NGram(_) => n_gram::token_bytes(),
        }
    }
}

/// Checks name and dimensions of the encoder `id`.
pub(super) fn check(id: &str, encoder: &Encoder) -> Result<()> {
    name("encoder", id)?;
    match encoder {
        Encoder::ELstm(d) => e_lstm::check(id, d),
        Encoder::Bert(d) => bert::check(id, d),
        Encoder::Onnx(d) => onnx::check(id, d),
        Encoder::NGram(d) => n_gram::check(id, d),
    }
}

/// Adds every section of the encoder `id`.
pub(super) fn sections(id: &str, encoder: &Encoder, all: &mut Sections) -> Result<()> {
    match encoder {
        Encoder::ELstm(d) => e_lstm::sections(id, d, all),
        Encoder::Bert(d) => bert::sections(id, d, all),
        Encoder::Onnx(_) => onnx::sections(id, all),
        Encoder::NGram(d) => n_gram::sections(id, d, all),
    }
}

/// What an encoder takes in memory, before it is packed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EncoderMemory {
    /// Bytes of the packed encoder at most, a folded table among them.
    pub(crate) packed: usize,
    /// Bytes that it takes besides while it is packed, at most.
    pub(crate) passing: usize,
    /// Bytes of the folded table, 0 where none is to be folded.
    pub(crate) table: usize,
}

/// What the encoder `id` of a file will take; its table is folded if it has at most `fold_left` bytes.
///
/// # Errors
///
/// [`ErrorKind::Unsupported`] for a family that this build does not run.
pub(crate) fn memory(
    file: &ModelFile,
    id: &str,
    encoder: &Encoder,
    fold_left: usize,
) -> Result<EncoderMemory> {
    match encoder {
        Encoder::ELstm(d) => {
            let table = e_lstm::table_bytes(d);
            let table = if table <= fold_left { table } else { 0 };
            Ok(EncoderMemory { packed: e_lstm::packed_bytes(d, table), passing: 0, table })
        }
        Encoder::Bert(d) => {
            let (packed, passing) = bert::packed_bytes(d);
            Ok(EncoderMemory { packed, passing, table: 0 })
        }
        Encoder::NGram(d) => {
            Ok(EncoderMemory { packed: n_gram::packed_bytes(d), ..EncoderMemory::default() })
        }
        #[cfg(feature = "onnx")]
        Encoder::Onnx(_) => {
            let packed = onnx::PackedGraph::memory_bytes_at_most(file.bytes(&onnx::graph(id)).len());
            Ok(EncoderMemory { packed, ..EncoderMemory::default() })
        }
        #[cfg(not(feature = "onnx"))]
        Encoder::Onnx(_) => {
            let _ = file;
            Err(Error::new(
                ErrorKind::Unsupported,
                format!("encoder {id} is a graph of the ONNX format: build with the feature `onnx`"),
            ))
        }
    }
}

/// What an encoder reads: the tokens of reference and answer, or the answer itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EncoderInput<'a> {
    pub(crate) ids: &'a [u32],
    /// Segment of each id.
    pub(crate) segments: &'a [u32],
    pub(crate) answer: &'a str,
}

/// An encoder in the layout of the chosen kernels.
#[derive(Debug)]
pub(crate) enum PackedEncoder {
    ELstm(Box<PackedLstm>),
    Bert(Box<PackedBert>),
    NGram(Box<PackedNGram>),
    #[cfg(feature = "onnx")]
    Onnx(Box<onnx::PackedGraph>),
}

/// Buffers of all families; only those of the families that run are filled.
#[derive(Debug, Default)]
pub(crate) struct EncoderScratch {
    lstm: LstmScratch,
    /// A mixture of the token scope works in these buffers as well.
    pub(crate) bert: BertScratch,
    text: TextScratch,
}

impl EncoderScratch {
    /// Bytes that the buffers hold whose size follows from the input.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.lstm.memory_bytes() + self.bert.memory_bytes() + self.text.memory_bytes()
    }
}

impl PackedEncoder {
    /// Packs the encoder `id` of a checked file. `table` bytes were set aside for its folded table.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`] when the file was changed since it was checked, and for a graph that contradicts the
    /// manifest; [`ErrorKind::Unsupported`] for a family that this build does not run.
    pub(crate) fn load(
        file: &ModelFile,
        id: &str,
        encoder: &Encoder,
        kernels: &Kernels,
        table: usize,
    ) -> Result<Self> {
        match encoder {
            Encoder::ELstm(d) => {
                e_lstm::load(file, id, d, kernels, table).map(|lstm| Self::ELstm(Box::new(lstm)))
            }
            Encoder::Bert(d) => bert::load(file, id, d, kernels).map(|bert| Self::Bert(Box::new(bert))),
            Encoder::NGram(d) => {
                n_gram::load(file, id, d, kernels).map(|n_gram| Self::NGram(Box::new(n_gram)))
            }
            #[cfg(feature = "onnx")]
            Encoder::Onnx(d) => onnx::PackedGraph::new(file.bytes(&onnx::graph(id)), d)
                .map(|graph| Self::Onnx(Box::new(graph))),
            #[cfg(not(feature = "onnx"))]
            Encoder::Onnx(_) => {
                Err(Error::new(ErrorKind::Internal, "no graph passes the checks of this build"))
            }
        }
    }

    /// Length of the vector that the encoder gives.
    pub(crate) fn output_len(&self) -> usize {
        match self {
            Self::ELstm(lstm) => lstm.output_len(),
            Self::Bert(bert) => bert.output_len(),
            Self::NGram(n_gram) => n_gram.output_len(),
            #[cfg(feature = "onnx")]
            Self::Onnx(graph) => graph.output_len(),
        }
    }

    /// Bytes of memory that the encoder holds.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::ELstm(lstm) => lstm.memory_bytes(),
            Self::Bert(bert) => bert.memory_bytes(),
            Self::NGram(n_gram) => n_gram.memory_bytes(),
            #[cfg(feature = "onnx")]
            Self::Onnx(graph) => graph.memory_bytes(),
        }
    }

    /// How the vectors of the tokens become one; families without vectors of tokens have no say in it.
    pub(crate) fn pooling(&self) -> Pooling {
        match self {
            Self::Bert(bert) => bert.pooling(),
            Self::ELstm(_) | Self::NGram(_) => Pooling::default(),
            #[cfg(feature = "onnx")]
            Self::Onnx(_) => Pooling::default(),
        }
    }

    /// Whether [`forward_group`](Self::forward_group) takes several texts.
    pub(crate) fn takes_groups(&self) -> bool {
        matches!(self, Self::Bert(_))
    }

    /// Fills `out` with the vector of a text.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TooLarge`] for a text that is too long for the encoder, [`ErrorKind::Damaged`] or
    /// [`ErrorKind::Unsupported`] for a model that cannot be run.
    pub(crate) fn forward(
        &self,
        EncoderInput { ids, segments, answer }: EncoderInput<'_>,
        scratch: &mut EncoderScratch,
        out: &mut [f32],
    ) -> Result<()> {
        match self {
            Self::ELstm(lstm) => {
                lstm.forward(ids, &mut scratch.lstm, out);
                Ok(())
            }
            Self::Bert(bert) => bert.forward(ids, segments, &mut scratch.bert, out),
            Self::NGram(n_gram) => n_gram.forward(answer, &mut scratch.text, out),
            #[cfg(feature = "onnx")]
            Self::Onnx(graph) => {
                graph.forward(ids, segments, out)?;
                // Before it is rounded, which would make ordinary numbers of it.
                all_finite(out)
            }
        }
    }

    /// Fills `out` with the vectors of several texts: `lens` are the numbers of their tokens, which follow each other.
    ///
    /// # Errors
    ///
    /// As [`forward`](Self::forward); [`ErrorKind::Internal`] for a family that does not gain from groups.
    pub(crate) fn forward_group(
        &self,
        ids: &[u32],
        segments: &[u32],
        lens: &[usize],
        scratch: &mut EncoderScratch,
        out: &mut [f32],
    ) -> Result<()> {
        match self {
            Self::Bert(bert) => bert.forward_group(ids, segments, lens, &mut scratch.bert, out),
            _ => Err(Error::new(ErrorKind::Internal, "the encoder takes one text at a time")),
        }
    }
}
