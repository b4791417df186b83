//! Recognises the `sep=` line, the delimiter and the line ends.

use crate::options::Terminator;
use crate::records::{Reader, line_end};

/// The delimiters that are recognised, the most usual first.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// The maximum number of records inspected below the header.
const RECORDS: usize = 1000;

/// The maximum number of bytes inspected, since a wrong delimiter may read the whole text as one record.
const BYTES: usize = 16 << 20;

/// Excel's `sep=` line before the header.
pub(crate) struct SepLine {
    /// The delimiter that it names.
    pub(crate) delimiter: u8,
    /// Length of the line in bytes, without the line end.
    pub(crate) len: usize,
    /// Length of the line end in bytes.
    pub(crate) end: usize,
}

/// Whether a byte can be a delimiter.
pub(crate) fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~') && !byte.is_ascii_alphanumeric() && byte != b'"'
}

/// The line `sep=;` or `"sep=;"` at the start of a text.
pub(crate) fn sep_line(bytes: &[u8]) -> Option<SepLine> {
    let len = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
    let line = &bytes[..len];
    let plain = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match plain {
        [s, e, p, b'=', delimiter]
            if [*s, *e, *p].eq_ignore_ascii_case(b"sep") && is_delimiter(*delimiter) =>
        {
            Some(SepLine { delimiter: *delimiter, len, end: line_end(&bytes[len..]).unwrap_or(0) })
        }
        _ => None,
    }
}

/// The delimiter of a text that begins with the header, and whether one was found. With one column, the result is a
/// byte that does not occur in the header.
///
/// Candidates split the header into several cells. The best candidate is the one with which most records have as many
/// cells as the header; then the one with more cells; then the comma, or the tab in a .tsv file.
pub(crate) fn delimiter(bytes: &[u8], is_tsv: bool) -> (u8, bool) {
    let bytes = &bytes[..bytes.len().min(BYTES)];
    let mut order = DELIMITERS;
    if is_tsv {
        order.sort_by_key(|byte| *byte != b'\t');
    }
    let found: Vec<Candidate> = order.into_iter().filter_map(|byte| Candidate::of(bytes, byte)).collect();
    // The header is a sentence: no row below it has a second cell.
    if found.iter().all(|candidate| candidate.records > 1 && candidate.single == candidate.records) {
        let cuts = |byte: &u8| found.iter().any(|candidate| candidate.delimiter == *byte);
        return (order.into_iter().find(|byte| !cuts(byte)).unwrap_or(order[0]), false);
    }
    let mut best: Option<&Candidate> = None;
    for candidate in &found {
        let is_better = best.is_none_or(|best| {
            // Both shares have the same denominator.
            let (share, of_best) = (candidate.same * best.records, best.same * candidate.records);
            (share, candidate.width) > (of_best, best.width)
        });
        if is_better {
            best = Some(candidate);
        }
    }
    best.map_or((order[0], false), |candidate| (candidate.delimiter, true))
}

/// The result of splitting the text at one delimiter.
struct Candidate {
    delimiter: u8,
    /// Cells of the header.
    width: usize,
    /// Number of records below the header.
    records: usize,
    /// Number of these that have as many cells as the header.
    same: usize,
    /// Number of these that have one cell.
    single: usize,
}

impl Candidate {
    /// Splits the text; `None` if the header has one cell or cannot be read.
    fn of(bytes: &[u8], delimiter: u8) -> Option<Self> {
        let mut reader = Reader::new(bytes, 0, 1, delimiter);
        let header = reader.next(|_| Ok(())).ok().flatten().filter(|header| header.width > 1)?;
        let mut found = Self { delimiter, width: header.width, records: 0, same: 0, single: 0 };
        while found.records < RECORDS {
            match reader.next(|_| Ok(())) {
                Ok(Some(record)) => {
                    found.records += 1;
                    found.same += usize::from(record.width == header.width);
                    found.single += usize::from(record.width == 1);
                }
                Ok(None) => break,
                // Counted as a record of another width.
                Err(_) => {
                    found.records += 1;
                    break;
                }
            }
        }
        if found.records == 0 {
            // Without records, the header alone decides.
            (found.records, found.same) = (1, 1);
        }
        Some(found)
    }
}

/// The line end of the header. Line ends inside quotes do not count.
pub(crate) fn terminator(header: &[u8]) -> Terminator {
    match header {
        [.., b'\r', b'\n'] => Terminator::CrLf,
        [.., b'\r'] => Terminator::Cr,
        _ => Terminator::Lf,
    }
}
