//! Fine-tunes a teacher on graded answers, distils it into pupils, quantizes them and writes `.pupil` files.

#![deny(unsafe_code)]

pub mod card;
pub mod checkpoint;
pub mod data;
pub mod distil;
pub mod evaluate;
pub mod export;
pub mod files;
#[cfg(feature = "onnx")]
pub mod import;
pub mod label;
pub mod labels;
pub mod learner;
pub mod metrics;
pub mod model;
pub mod ops;
pub mod optimizer;
pub mod pipeline;
pub mod progress;
pub mod random;
pub mod recipe;
pub mod report;
pub mod teach;
pub mod text;
pub mod unimoe;
pub mod vectors;
pub mod workers;

/// Name and version of this tool, for provenance.
pub const TOOL: &str = concat!("pupil-train ", env!("CARGO_PKG_VERSION"));
