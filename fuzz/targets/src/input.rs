//! Bytes of a fuzzer, read as decisions.

/// What is left of an input. At its end every decision is the first one, and every number 0.
#[derive(Debug, Clone)]
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// Begins to read.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.rest.split_first() else { return 0 };
        self.rest = rest;
        *first
    }

    /// A number below `end`, from one byte or from two; 0 if `end` is.
    pub fn below(&mut self, end: usize) -> usize {
        let high = if end > 256 { usize::from(self.byte()) << 8 } else { 0 };
        (high | usize::from(self.byte())).checked_rem(end).unwrap_or(0)
    }

    /// One of several.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn one_of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.below(values.len())]
    }

    /// True in one of so many cases, never at the end.
    pub fn rarely(&mut self, cases: u8) -> bool {
        self.byte() % cases.max(1) == 1 % cases.max(1) && !self.rest.is_empty()
    }

    /// The next bytes, at most so many.
    pub fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(most.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }
}

/// Words that the small models know, and others.
const WORDS: [&str; 16] = [
    "warm", "air", "balloon", "gas", "expands", "the", "not", "zeppelin", "é", "日", "Balloons", "air-", "1",
    "[UNK]", "[SEP]", "warmair",
];

/// What tokenizers treat in ways of their own.
const UNITS: [&str; 36] = [
    "a",
    " ",
    "\u{301}",
    "e\u{301}",
    "日",
    "😀",
    "\u{200b}",
    "!",
    ".",
    "'",
    "_",
    "-",
    "1",
    "\0",
    "\u{fdfa}",
    "İ",
    "ß",
    "ſ",
    "\u{1d165}",
    "가",
    "\u{1100}\u{1161}\u{11a8}",
    "\u{323}\u{301}",
    "\n",
    "\t",
    "\u{a0}",
    "\u{2003}",
    "\u{fffd}",
    "\u{202e}",
    "\u{10ffff}",
    "ﬁ",
    "Ω",
    "\u{f72}",
    "\u{85}",
    "\u{feff}",
    "[MASK]",
    "##",
];

/// A text: words, odd characters, or repetitions of one; at most some thousand bytes.
pub fn text(input: &mut Input<'_>) -> String {
    let kind = input.byte();
    let count = usize::from(kind / 8);
    match kind % 8 {
        0..=2 => (0..count).map(|_| format!("{} ", input.one_of(&WORDS))).collect(),
        3 => (0..count).map(|_| *input.one_of(&UNITS)).collect(),
        4 => (0..count)
            .map(
                |_| if input.byte().is_multiple_of(2) { *input.one_of(&UNITS) } else { input.one_of(&WORDS) },
            )
            .collect(),
        5 => String::from_utf8_lossy(input.take(count * 8)).into_owned(),
        6 => input.one_of(&UNITS).repeat(1 << input.below(10)),
        _ => {
            let any = u32::from_be_bytes([0, input.byte() % 17, input.byte(), input.byte()]);
            format!(
                "{}{}",
                input.one_of(&WORDS),
                char::from_u32(any).unwrap_or('x').to_string().repeat(count + 1)
            )
        }
    }
}
