#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![deny(unsafe_code)]

pub mod cpu;
pub mod error;
pub mod format;
pub mod guard;
#[doc(hidden)]
pub mod kernels;
pub mod layers;
pub mod ngram;
#[cfg(feature = "write")]
pub mod output;
pub mod parts;
pub mod quant;
pub mod tokenizer;

mod ahead;
mod base64;
mod batch;
mod explain;
#[cfg(any(feature = "onnx", feature = "tokenizers"))]
mod foreign;
mod model;
pub mod monitor;
mod names;
mod open;
mod options;
mod score;
mod scorer;
mod session;
mod stage;
mod tracker;
mod trust;

pub use batch::BatchOptions;
pub use error::{Error, ErrorKind, Result};
pub use explain::{Explanation, WordShare};
pub use format::FileAccess;
pub use model::FileInfo;
pub use monitor::{Change, Monitor, Watch};
pub use options::OpenOptions;
pub use score::{Decision, LabelScore, ReviewReason, Score};
pub use scorer::{BlockUse, ExpertUse, OpVariant, Report, Scorer};
pub use tracker::{Mastery, Passed, Policy, Recommendation, SimulatedAnswer, Tracker};
pub use trust::{PublicKey, SIGNATURE_ENDING, Signature, signature_path};
#[doc(hidden)]
pub use {scorer::Trace, stage::Stage};
