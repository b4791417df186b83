//! Encoders that are graphs in the ONNX format. Every build reads what the manifest says about them; the feature `onnx`
//! runs them.

mod dimensions;
#[cfg(feature = "onnx")]
mod graph;
mod sections;

pub(super) use dimensions::{check, token_bytes};
#[cfg(feature = "onnx")]
pub(super) use graph::PackedGraph;
#[cfg(feature = "onnx")]
pub(super) use sections::graph;
pub(super) use sections::sections;
