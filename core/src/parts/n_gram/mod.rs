//! The encoder of n-grams: hashed n-grams of the answer, weighed by TF-IDF, and one linear layer. It reads the text
//! itself and needs no tokenizer.

mod dimensions;
mod load;
mod run;
mod sections;
#[cfg(test)]
mod tests;
#[cfg(feature = "write")]
mod write;

pub use run::{NGramWeights, PackedNGram, TextScratch};

pub(super) use dimensions::{check, packed_bytes, token_bytes};
pub(super) use load::load;
pub(super) use sections::sections;
