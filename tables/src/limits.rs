//! How large a table may be.

/// Bytes that a CSV file may have.
pub const MAX_CSV_BYTES: u64 = 2 << 30;

/// Bytes that a spreadsheet may have; it may unpack to eight times as many.
pub const MAX_SPREADSHEET_BYTES: u64 = 256 << 20;

/// Cells that a table may have.
pub const MAX_CELLS: usize = 20_000_000;
