//! Byte order marks and encodings.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::{Error, ErrorKind};

/// The byte order mark of UTF-8.
pub(crate) const MARK: &[u8] = b"\xef\xbb\xbf";

/// The number of bytes inspected to recognise UTF-16 without a byte order mark.
const LOOKED_AT: usize = 1000;

/// A decoded text. Bytes that are taken as UTF-8 are not checked yet.
pub(crate) struct Decoded {
    pub(crate) bytes: Vec<u8>,
    /// Where the text begins, after the byte order marks.
    pub(crate) start: usize,
    pub(crate) has_mark: bool,
    pub(crate) encoding: &'static Encoding,
    /// Whether the encoding was guessed.
    pub(crate) is_guessed: bool,
}

/// Finds the byte order marks, and decodes the text if it is not UTF-8. `guess` allows to guess its encoding.
pub(crate) fn decode(name: &str, bytes: Vec<u8>, asked: Option<&str>, guess: bool) -> Result<Decoded, Error> {
    let by_mark = match &bytes[..] {
        [0xef, 0xbb, 0xbf, ..] => Some(UTF_8),
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ => None,
    };
    let by_name = asked.map(|label| encoding_named(name, label)).transpose()?;
    let encoding = match (by_mark, by_name) {
        (Some(found), Some(asked))
            if found != asked.encoding && !(asked.is_either_utf_16 && found != UTF_8) =>
        {
            let kind = ErrorKind::Mark { found: found.name(), asked: asked.encoding.name() };
            return Err(Error::new(name, kind));
        }
        (Some(found), _) => found,
        (None, Some(asked)) => asked.encoding,
        (None, None) => utf_16_without_mark(&bytes).unwrap_or(UTF_8),
    };
    let guessed = if guess && encoding == UTF_8 && by_mark.is_none() && asked.is_none() {
        guessed(&bytes).and_then(|found| Some((decoded(name, &bytes, found).ok()?, found)))
    } else {
        None
    };
    let is_guessed = guessed.is_some();
    let (bytes, encoding) = match guessed {
        Some(guessed) => guessed,
        None if encoding == UTF_8 => (bytes, encoding),
        None => (decoded(name, &bytes, encoding)?, encoding),
    };
    let mut start = 0;
    while bytes[start..].starts_with(MARK) {
        start += MARK.len();
    }
    Ok(Decoded { has_mark: by_mark.is_some(), start, bytes, encoding, is_guessed })
}

/// The likeliest encoding of a text that is not UTF-8. `None` if it is UTF-8, or mostly UTF-8 with a few broken bytes:
/// every letter beyond ASCII would be read wrongly then.
fn guessed(bytes: &[u8]) -> Option<&'static Encoding> {
    let (mut letters, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    if broken <= letters {
        return None;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    Some(detector.guess(None, Utf8Detection::Deny)).filter(|found| *found != UTF_8)
}

/// Decodes the text of a file that is not a table, without its byte order marks.
///
/// # Errors
///
/// If the encoding is not known, or the bytes are not valid in it; the error names the line.
pub fn text(name: &str, bytes: Vec<u8>, encoding: Option<&str>) -> Result<String, Error> {
    let decoded = decode(name, bytes, encoding, false)?;
    match std::str::from_utf8(&decoded.bytes[decoded.start..]) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let valid = &decoded.bytes[decoded.start..][..error.valid_up_to()];
            let kind = ErrorKind::NotInEncoding { encoding: UTF_8.name() };
            Err(Error::on_line(name, 1 + line_ends(valid), kind))
        }
    }
}

/// An encoding that was given by name.
struct NamedEncoding {
    encoding: &'static Encoding,
    /// The name is `utf-16`, which means either byte order.
    is_either_utf_16: bool,
}

/// Looks up an encoding by its name.
fn encoding_named(name: &str, label: &str) -> Result<NamedEncoding, Error> {
    let is_either_utf_16 = label.trim().eq_ignore_ascii_case("utf-16");
    Encoding::for_label_no_replacement(label.as_bytes())
        .map(|encoding| NamedEncoding { encoding, is_either_utf_16 })
        .ok_or_else(|| Error::new(name, ErrorKind::UnknownEncoding))
}

/// Recognises UTF-16 of mostly Latin text: one byte of each pair is often zero, the other hardly ever.
fn utf_16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let bytes = &bytes[..bytes.len().min(LOOKED_AT)];
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = bytes.len() / 6;
    if odd > many && even * 8 < odd {
        Some(UTF_16LE)
    } else if even > many && odd * 8 < even {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Decodes a whole text.
fn decoded(name: &str, bytes: &[u8], encoding: &'static Encoding) -> Result<Vec<u8>, Error> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::new();
    let mut read = 0;
    loop {
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len() - read);
        text.reserve(room.unwrap_or(bytes.len()).clamp(64, 1 << 20));
        let (result, more) = decoder.decode_to_string_without_replacement(&bytes[read..], &mut text, true);
        read += more;
        match result {
            DecoderResult::InputEmpty => return Ok(text.into_bytes()),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                let kind = ErrorKind::NotInEncoding { encoding: encoding.name() };
                return Err(Error::on_line(name, 1 + line_ends(text.as_bytes()), kind));
            }
        }
    }
}

/// The number of line ends in a text.
fn line_ends(bytes: &[u8]) -> usize {
    let at = |i: usize| match bytes[i] {
        b'\n' => i == 0 || bytes[i - 1] != b'\r',
        byte => byte == b'\r',
    };
    (0..bytes.len()).filter(|i| at(*i)).count()
}
