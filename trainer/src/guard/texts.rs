//! Training texts as the engine reads them.

use pupil_core::guard::{Spelling, Trigram, Word, joined, read};
use std::cell::RefCell;

/// A text, read once.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) words: Vec<Word>,
    pub(super) trigrams: Vec<Trigram>,
    /// The page of every letter outside ASCII.
    pub(super) pages: Vec<u8>,
    pub(super) letters: usize,
    pub(super) sentences: usize,
    /// Sentences that end with a question mark.
    pub(super) questions: usize,
}

/// Writes down what the engine asks about.
#[derive(Default)]
struct Recorder {
    trigrams: RefCell<Vec<Trigram>>,
    pages: RefCell<Vec<u8>>,
}

impl Spelling for Recorder {
    fn value(&self, three: Trigram) -> i32 {
        self.trigrams.borrow_mut().push(three);
        0
    }

    fn has_page(&self, page: usize) -> bool {
        self.pages.borrow_mut().extend(u8::try_from(page));
        true
    }
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let recorder = Recorder::default();
        let mut words = Vec::new();
        let letters = read(text, &recorder, |word| words.push(word));
        Self {
            words,
            trigrams: recorder.trigrams.into_inner(),
            pages: recorder.pages.into_inner(),
            letters: letters.all,
            sentences: letters.sentences,
            questions: letters.questions,
        }
    }

    /// The hashes of three neighbouring words.
    pub(super) fn triples(&self) -> impl Iterator<Item = u64> + '_ {
        self.words.windows(3).map(|w| joined(joined(w[0].hash, w[1].hash), w[2].hash))
    }

    /// The hashes of two neighbouring words.
    pub(super) fn pairs(&self) -> impl Iterator<Item = u64> + '_ {
        self.words.windows(2).map(|w| joined(w[0].hash, w[1].hash))
    }
}

/// The hashes of the words of a text; numbers are left out.
pub fn hashes(text: &str) -> Vec<u64> {
    Text::new(text).words.iter().filter(|word| !word.is_number).map(|word| word.hash).collect()
}
