//! The encoder of the BERT family: embeddings, layers of attention and dense pairs, a pool over the tokens.

mod attention;
mod dimensions;
mod load;
mod run;
mod sections;
#[cfg(feature = "write")]
mod write;

pub use run::{BertLayerWeights, BertScratch, BertWeights, PackedBert};

pub(super) use dimensions::{check, packed_bytes, token_bytes};
pub(super) use load::load;
pub(super) use sections::sections;
