//! Name and version of this tool.

/// For provenance.
pub const TOOL: &str = concat!("pupil-train ", env!("CARGO_PKG_VERSION"));
