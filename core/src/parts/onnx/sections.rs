//! The section of a graph.

use crate::error::Result;
use crate::format::limits::MAX_GRAPH_BYTES;
use crate::format::sections::Sections;
use crate::parts::arrays::bytes;

/// The section with the graph of an encoder.
pub(in crate::parts) fn graph(encoder: &str) -> String {
    format!("encoder.{encoder}.graph")
}

/// Adds the section of an encoder.
pub(in crate::parts) fn sections(encoder: &str, all: &mut Sections) -> Result<()> {
    all.add(graph(encoder), bytes(MAX_GRAPH_BYTES))
}
