//! How values are written: numbers of fixed size in little-endian, one after another and not aligned; a text or other
//! bytes as their length in 32 bits and the bytes; a list as its length in 32 bits and the entries; what may be absent
//! as a byte, 0 or 1, and then the value if it is there.

use pupil_core::format::manifest;
use pupil_core::{Error, ErrorKind, Result, ReviewReason, Score};

/// The arguments of a call, read in order.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(len).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.take(N)?.try_into().map_err(|_| malformed())
    }

    pub(crate) fn flag(&mut self) -> Result<bool> {
        Ok(self.array::<1>()? != [0])
    }

    pub(crate) fn number(&mut self) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn size(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| malformed())
    }

    pub(crate) fn long(&mut self) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(crate) fn signed(&mut self) -> Result<i32> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    pub(crate) fn real(&mut self) -> Result<f32> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8]> {
        let len = self.size()?;
        self.take(len)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.bytes()?)
            .map_err(|_| Error::new(ErrorKind::BadInput, "an argument is not valid UTF-8"))
    }

    pub(crate) fn optional<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<Option<T>> {
        if self.flag()? { read(self).map(Some) } else { Ok(None) }
    }

    pub(crate) fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let len = self.size()?;
        (0..len).map(|_| read(self)).collect()
    }
}

/// The result of a call, written in order.
pub(crate) struct Output(Vec<u8>);

impl Output {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn flag(&mut self, value: bool) {
        self.0.push(u8::from(value));
    }

    /// A count; the limits of files and answers keep it below 2^32.
    pub(crate) fn size(&mut self, value: usize) {
        self.number(u32::try_from(value).unwrap_or(u32::MAX));
    }

    pub(crate) fn number(&mut self, value: u32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn long(&mut self, value: u64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn signed(&mut self, value: i32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn real(&mut self, value: f32) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn data(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.data(text.as_bytes());
    }

    pub(crate) fn optional<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.flag(value.is_some());
        if let Some(value) = value {
            write(self, value);
        }
    }

    pub(crate) fn list<T>(
        &mut self,
        values: impl ExactSizeIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.size(values.len());
        values.for_each(|value| write(self, value));
    }

    /// Replaces the output by an error: the number of its kind, the place of the answer in a batch, the message.
    pub(crate) fn error(&mut self, error: &Error) {
        self.clear();
        self.0.push(match error.kind() {
            ErrorKind::NotFound | ErrorKind::Io => 0,
            ErrorKind::NotAModel => 1,
            ErrorKind::Damaged => 2,
            ErrorKind::Unsupported => 3,
            ErrorKind::TooLarge => 4,
            ErrorKind::WrongBase => 5,
            ErrorKind::UnknownTask => 6,
            ErrorKind::BadInput => 7,
            ErrorKind::Cancelled => 8,
            ErrorKind::Untrusted => 10,
            _ => 9,
        });
        self.optional(error.answer(), Self::size);
        self.text(&error.to_string());
    }

    /// A score. The names of its labels and its promise are those of the task.
    pub(crate) fn score(&mut self, score: &Score) {
        self.list(score.labels.iter(), |out, label| {
            out.real(label.probability);
            out.flag(label.awarded);
        });
        self.optional(score.level, Self::signed);
        self.optional(score.expected, Self::real);
        self.real(score.confidence);
        self.0.push(score.decision.reason().map_or(0, reason_number));
        self.flag(score.guarantee.is_some());
        self.size(score.words);
        self.size(score.unknown_words);
        self.size(score.tokens);
        self.flag(score.truncated);
        self.flag(score.repetitive);
    }

    /// A promise.
    pub(crate) fn guarantee(&mut self, guarantee: &manifest::Guarantee) {
        self.real(guarantee.max_error);
        self.real(guarantee.confidence);
        self.flag(guarantee.agreement == manifest::Agreement::Adjacent);
        self.size(guarantee.answers);
        self.size(guarantee.automatic);
        self.size(guarantee.wrong);
        self.real(guarantee.bound);
        self.size(guarantee.tasks);
        self.optional(guarantee.needed, Self::size);
    }
}

/// The number of a reason for review, as in the columns of the other languages.
fn reason_number(reason: ReviewReason) -> u8 {
    match reason {
        ReviewReason::TooShort => 1,
        ReviewReason::OtherLanguage => 2,
        ReviewReason::Gibberish => 3,
        ReviewReason::UnknownWords => 4,
        ReviewReason::Repetition => 5,
        ReviewReason::CopiedQuestion => 6,
        ReviewReason::NearReference => 7,
        ReviewReason::OffTopic => 8,
        ReviewReason::WordList => 9,
        ReviewReason::Truncated => 10,
        ReviewReason::UnseenLabel => 11,
        ReviewReason::LowConfidence => 12,
        ReviewReason::NoPromise => 13,
        ReviewReason::Audit => 14,
        // The engine may get further reasons; they must not appear as one of those above.
        _ => u8::MAX,
    }
}

/// The error of an input that is not what the other side writes.
fn malformed() -> Error {
    Error::new(ErrorKind::BadInput, "the arguments of the call are incomplete")
}
