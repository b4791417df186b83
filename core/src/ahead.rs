//! Several answers through an encoder at once, before each of them is scored.
//!
//! A matrix product of many rows takes less time for each than one of a few, and no row depends on another: the vectors
//! have the same bits as those of each answer alone.

use crate::parts::encoder::{EncoderScratch, PackedEncoder};
use crate::tokenizer::Encoding;

/// Tokens of the answers that go through an encoder together: enough rows for a product, and no more memory than one
/// answer of ordinary length takes.
const TOKENS: usize = 128;

/// What was computed for the next answers.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// For each member that starts with the text, in the order in which they run: every answer as its tokenizer reads
    /// it, and whether it could be read.
    texts: Vec<Vec<(Encoding, bool)>>,
    /// For each member in the order in which they run.
    members: Vec<Vectors>,
    group: Group,
}

/// What an encoder gave.
#[derive(Debug, Default)]
struct Vectors {
    width: usize,
    /// One for each answer.
    rows: Vec<f32>,
    /// Which of them there are.
    known: Vec<bool>,
}

/// Answers that go through an encoder together.
#[derive(Debug, Default)]
struct Group {
    /// Their tokens, answer after answer.
    ids: Vec<u32>,
    segments: Vec<u32>,
    /// How many each has.
    lens: Vec<usize>,
    /// Their places among all answers.
    places: Vec<usize>,
    /// Their vectors.
    rows: Vec<f32>,
}

impl Ahead {
    /// Bytes of the buffers whose size follows from the input.
    pub(crate) fn memory_bytes(&self) -> usize {
        let texts: usize = self.texts.iter().flatten().map(|(encoding, _)| encoding.memory_bytes()).sum();
        let rows: usize = self.members.iter().map(|vectors| vectors.rows.capacity()).sum();
        let Group { ids, segments, rows: group, .. } = &self.group;
        texts + (rows + group.capacity() + ids.capacity() + segments.capacity()) * size_of::<f32>()
    }

    /// Forgets the last answers.
    pub(crate) fn clear(&mut self) {
        self.members.clear();
        self.texts.iter_mut().flatten().for_each(|(_, known)| *known = false);
    }

    /// Reads answers for the `text`-th member that starts with the text; `encode` says whether it could read one.
    pub(crate) fn read<T>(
        &mut self,
        text: usize,
        answers: impl Iterator<Item = T>,
        encode: impl Fn(T, &mut Encoding) -> bool,
    ) {
        if self.texts.len() == text {
            self.texts.push(Vec::new());
        }
        let read = &mut self.texts[text];
        let mut count = 0;
        for (place, answer) in answers.enumerate() {
            if read.len() == place {
                read.push((Encoding::new(), false));
            }
            let (encoding, known) = &mut read[place];
            *known = encode(answer, encoding);
            count = place + 1;
        }
        read.truncate(count);
    }

    /// Notes that the next member has no vectors here.
    pub(crate) fn skip(&mut self) {
        self.members.push(Vectors::default());
    }

    /// Computes the vectors of the next member from what was read for the `text`-th that starts with the text. At most
    /// `most` tokens may go through its encoder at once.
    pub(crate) fn encode(
        &mut self,
        text: usize,
        most: usize,
        encoder: &PackedEncoder,
        scratch: &mut EncoderScratch,
    ) {
        let Self { texts, members, group } = self;
        let Some(read) = texts.get(text) else { return };
        let (width, most) = (encoder.output_len(), most.min(TOKENS));
        let mut vectors =
            Vectors { width, rows: vec![0.0; read.len() * width], known: vec![false; read.len()] };
        for (place, (encoding, known)) in read.iter().enumerate() {
            let len = encoding.ids.len();
            // Two of them at least.
            if !known || len > most / 2 {
                continue;
            }
            if group.ids.len() + len > most {
                group.run(encoder, scratch, &mut vectors);
            }
            group.ids.extend(&encoding.ids);
            group.segments.extend(&encoding.segments);
            group.lens.push(len);
            group.places.push(place);
        }
        group.run(encoder, scratch, &mut vectors);
        members.push(vectors);
    }

    /// Puts what was read of the answer at that place for the `text`-th member that starts with the text into
    /// `encoding`, and says whether it was there.
    pub(crate) fn take_encoding(&mut self, text: usize, place: usize, encoding: &mut Encoding) -> bool {
        match self.texts.get_mut(text).and_then(|text| text.get_mut(place)) {
            Some((read, known)) if *known => {
                std::mem::swap(read, encoding);
                *known = false;
                true
            }
            _ => false,
        }
    }

    /// The vector of the answer at that place for that member, if there is one.
    pub(crate) fn vector(&self, member: usize, place: usize) -> Option<&[f32]> {
        let vectors = self.members.get(member)?;
        vectors.known.get(place).is_some_and(|known| *known).then(|| {
            let start = place * vectors.width;
            &vectors.rows[start..start + vectors.width]
        })
    }
}

impl Group {
    /// Encodes the answers, puts their vectors in their places, and becomes empty.
    fn run(&mut self, encoder: &PackedEncoder, scratch: &mut EncoderScratch, vectors: &mut Vectors) {
        let Self { ids, segments, lens, places, rows } = self;
        // One alone is as fast where it is scored, and whatever is refused is reported there.
        if lens.len() > 1 {
            rows.resize(lens.len() * vectors.width, 0.0);
            if encoder.forward_group(ids, segments, lens, scratch, rows).is_ok() {
                for (place, row) in places.iter().zip(rows.chunks_exact(vectors.width)) {
                    let start = place * vectors.width;
                    vectors.rows[start..start + vectors.width].copy_from_slice(row);
                    vectors.known[*place] = true;
                }
            }
        }
        ids.clear();
        segments.clear();
        lens.clear();
        places.clear();
    }
}
