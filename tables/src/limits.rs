//! How large a table may be.

/// Bytes that a CSV file may have.
pub const MAX_CSV_BYTES: u64 = 2 << 30;

/// Bytes that a spreadsheet may have; it may unpack to eight times as many.
pub const MAX_SPREADSHEET_BYTES: u64 = 256 << 20;

/// Cells that a table may have.
pub const MAX_CELLS: usize = 20_000_000;

/// How much of a table is read; what is beyond is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file, or of what a pipe gives.
    pub bytes: u64,
    /// Rows below the header.
    pub rows: usize,
}

impl Limits {
    /// What a class, a year or a small study has: 32 MiB and 100,000 rows. A program that scores them needs less than
    /// 200 MB.
    pub const ORDINARY: Self = Self { bytes: 32 << 20, rows: 100_000 };

    /// As much as can be read: [`MAX_CSV_BYTES`], or [`MAX_SPREADSHEET_BYTES`], and [`MAX_CELLS`].
    pub const LARGE: Self = Self { bytes: MAX_CSV_BYTES, rows: usize::MAX };
}

impl Default for Limits {
    /// [`LARGE`](Self::LARGE).
    fn default() -> Self {
        Self::LARGE
    }
}
