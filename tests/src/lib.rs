//! Support for tests and benches: small models from a seed, parsed files, golden vectors.
#![forbid(unsafe_code)]

pub mod api;
mod fixture;
pub mod golden;
pub mod knowledge;
mod raw;
mod rng;

pub use fixture::{Fixture, PAIR_TOKENIZER, WORD_TOKENIZER, invented_word, tokenizer_json};
pub use raw::Raw;
pub use rng::Rng;
