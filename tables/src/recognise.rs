//! Recognises the `sep=` line, the delimiter and the line ends.

use crate::options::Terminator;
use crate::records::{Reader, line_end};

/// The delimiters that are recognised, the usual one first.
const DELIMITERS: [u8; 4] = *b",;\t|";

/// Records below the header that are looked at.
const RECORDS: usize = 1000;

/// Bytes that are looked at: a wrong delimiter may take the whole text for one record.
const BYTES: usize = 16 << 20;

/// Excel's line before the header.
pub(crate) struct SepLine {
    /// The delimiter that it names.
    pub(crate) delimiter: u8,
    /// Bytes without the line end.
    pub(crate) len: usize,
    /// Bytes of the line end.
    pub(crate) end: usize,
}

/// Whether a byte can stand between cells.
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

/// The delimiter of a text that begins with the header, and whether there is one: with one column, it is a byte that does not
/// cut the header.
///
/// Of those that give the header several cells, the one wins with which most records have as many cells as the header; then
/// the one that gives more cells; then the comma, or the tab in a file that is called .tsv.
pub(crate) fn delimiter(bytes: &[u8], is_tsv: bool) -> (u8, bool) {
    let bytes = &bytes[..bytes.len().min(BYTES)];
    let mut order = DELIMITERS;
    if is_tsv {
        order.sort_by_key(|byte| *byte != b'\t');
    }
    let found: Vec<Candidate> = order.into_iter().filter_map(|byte| Candidate::of(bytes, byte)).collect();
    // A header that is a sentence: below it, no row has a second cell.
    if found.iter().all(|candidate| candidate.records > 1 && candidate.single == candidate.records) {
        let cuts = |byte: &u8| found.iter().any(|candidate| candidate.delimiter == *byte);
        return (order.into_iter().find(|byte| !cuts(byte)).unwrap_or(order[0]), false);
    }
    let mut best: Option<&Candidate> = None;
    for candidate in &found {
        let is_better = best.is_none_or(|best| {
            // Two shares with one denominator.
            let (share, of_best) = (candidate.same * best.records, best.same * candidate.records);
            (share, candidate.width) > (of_best, best.width)
        });
        if is_better {
            best = Some(candidate);
        }
    }
    best.map_or((order[0], false), |candidate| (candidate.delimiter, true))
}

/// What a delimiter makes of the text.
struct Candidate {
    delimiter: u8,
    /// Cells of the header.
    width: usize,
    /// Records below the header.
    records: usize,
    /// Of those, the ones that are as wide as the header.
    same: usize,
    /// Of those, the ones of one cell.
    single: usize,
}

impl Candidate {
    /// `None` where the header is one cell or cannot be read.
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
                // Counted as a record that does not fit.
                Err(_) => {
                    found.records += 1;
                    break;
                }
            }
        }
        if found.records == 0 {
            // Nothing speaks against it.
            (found.records, found.same) = (1, 1);
        }
        Some(found)
    }
}

/// What ends the header: line ends inside its quotes do not count, unless there is none behind it.
pub(crate) fn terminator(header: &[u8]) -> Terminator {
    match header {
        [.., b'\r', b'\n'] => Terminator::CrLf,
        [.., b'\r'] => Terminator::Cr,
        _ => Terminator::Lf,
    }
}
