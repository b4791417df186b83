//! The encoder of the E-LSTM: embedding, bidirectional LSTM, global max pool.

mod dimensions;
mod load;
mod run;
mod sections;
#[cfg(test)]
mod tests;
#[cfg(feature = "write")]
mod write;

pub use run::{LstmScratch, LstmWeights, PackedLstm};

pub(super) use dimensions::{check, packed_bytes, table_bytes, token_bytes};
pub(super) use load::load;
pub(super) use run::check_reach;
pub(super) use sections::sections;
