//! Checks .xlsx and .ods files before they are read. Their unpacked size is bounded. The content of an .ods file must
//! be complete, since the reader never stops if the end of a table is missing.

use std::io::{BufReader, Cursor, Read as _};

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use crate::MAX_SPREADSHEET_BYTES;
use crate::error::ErrorKind;

/// The maximum unpacked size of all parts, in bytes.
pub(crate) const MAX_UNPACKED: u64 = 8 * MAX_SPREADSHEET_BYTES;

/// The format of a packed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// .ods.
    OpenDocument,
    /// .xlsx, or not a spreadsheet.
    Other,
}

/// Rejects a file whose unpacked size is too large, and a truncated .ods file.
pub(crate) fn check(bytes: &[u8]) -> Result<Format, ErrorKind> {
    let mut file = ZipArchive::new(Cursor::new(bytes)).map_err(|_| ErrorKind::NotASpreadsheet)?;
    let unpacked = file.decompressed_size().unwrap_or(0);
    if unpacked > u128::from(MAX_UNPACKED) {
        let bytes = u64::try_from(unpacked).unwrap_or(u64::MAX);
        return Err(ErrorKind::TooLarge { bytes, limit: MAX_UNPACKED });
    }
    let mut kind = String::new();
    if let Ok(part) = file.by_name("mimetype")
        && part.take(100).read_to_string(&mut kind).is_err()
    {
        return Err(ErrorKind::NotASpreadsheet);
    }
    if !kind.starts_with("application/vnd.oasis.opendocument.spreadsheet") {
        return Ok(Format::Other);
    }
    // A file with a password has parts that are not XML.
    if let Ok(mut part) = file.by_name("META-INF/manifest.xml") {
        let mut list = String::new();
        let read = part.by_ref().take(1 << 20).read_to_string(&mut list);
        if read.is_ok() && list.contains("encryption-data") {
            return Err(ErrorKind::Password);
        }
    }
    let part = file.by_name("content.xml").map_err(|_| ErrorKind::NotASpreadsheet)?;
    if is_whole(BufReader::new(part.take(MAX_UNPACKED))) {
        Ok(Format::OpenDocument)
    } else {
        Err(ErrorKind::NotASpreadsheet)
    }
}

/// Whether every element of an XML text is closed.
fn is_whole(xml: impl std::io::BufRead) -> bool {
    let mut reader = Reader::from_reader(xml);
    let (mut buffer, mut depth) = (Vec::new(), 0_u64);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(_)) => depth += 1,
            // The reader checks that the names of the tags match.
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Eof) => return depth == 0,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
