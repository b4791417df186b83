//! Several answers through an encoder and a mixture at once, before each of them is scored.
//!
//! A matrix product of many rows takes less time for each than one of a few, and no row depends on another: the vectors
//! have the same bits as those of each answer alone.

use crate::parts::encoder::{EncoderInput, EncoderScratch, PackedEncoder};
use crate::parts::mixture::{MixtureScratch, PackedMixture};
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

/// What an encoder gave, or the mixture behind it.
#[derive(Debug, Default)]
struct Vectors {
    width: usize,
    /// One for each answer.
    rows: Vec<f32>,
    /// Which of them there are.
    known: Vec<bool>,
    /// Weights of the experts for each answer, if a mixture made the vectors.
    experts: Option<Vec<Vec<f32>>>,
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

    /// Reads `count` answers for the `text`-th member that starts with the text; `encode` reads the one at a place, and
    /// says whether it could.
    pub(crate) fn read(&mut self, text: usize, count: usize, encode: &dyn Fn(usize, &mut Encoding) -> bool) {
        if self.texts.len() == text {
            self.texts.push(Vec::new());
        }
        let read = &mut self.texts[text];
        read.resize_with(count, Default::default);
        for (place, (encoding, known)) in read.iter_mut().enumerate() {
            *known = encode(place, encoding);
        }
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
        let (width, one_by_one) = (encoder.output_len(), !encoder.takes_groups());
        let mut vectors = Vectors {
            width,
            rows: vec![0.0; read.len() * width],
            known: vec![false; read.len()],
            experts: None,
        };
        for (place, (encoding, known)) in read.iter().enumerate() {
            let len = encoding.ids.len();
            if one_by_one {
                // What comes after it gains.
                if *known && len <= most {
                    let input = EncoderInput { ids: &encoding.ids, segments: &encoding.segments, answer: "" };
                    let row = &mut vectors.rows[place * width..][..width];
                    vectors.known[place] = encoder.forward(input, scratch, row).is_ok();
                }
                continue;
            }
            let most = most.min(TOKENS);
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

    /// Puts the vectors of the last member through its mixture.
    pub(crate) fn mix(&mut self, mixture: &PackedMixture, task: &[f32], scratch: &mut MixtureScratch) {
        let Some(vectors) = self.members.last_mut() else { return };
        let Vectors { width, rows, known, experts } = vectors;
        let mut mixed: Vec<f32> = Vec::with_capacity(rows.len());
        for (row, _) in rows.chunks_exact(*width).zip(&*known).filter(|(_, known)| **known) {
            mixed.extend(row);
        }
        // What fails is reported where the answer is scored.
        if mixture.forward_rows(task, scratch, &mut mixed).is_err() {
            known.fill(false);
        }
        let mut weights = vec![Vec::new(); known.len()];
        let places = (0..known.len()).filter(|place| known[*place]);
        for (n, (place, mixed)) in places.zip(mixed.chunks_exact(*width)).enumerate() {
            rows[place * *width..][..*width].copy_from_slice(mixed);
            weights[place].extend(scratch.weights_of(n));
        }
        *experts = Some(weights);
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

    /// The vector of the answer at that place for that member, if there is one; if a mixture has made it, the weights
    /// of its experts as well.
    pub(crate) fn vector(&self, member: usize, place: usize) -> Option<(&[f32], Option<&[f32]>)> {
        let vectors = self.members.get(member)?;
        vectors.known.get(place).is_some_and(|known| *known).then(|| {
            let start = place * vectors.width;
            let experts = vectors.experts.as_ref().map(|experts| experts[place].as_slice());
            (&vectors.rows[start..start + vectors.width], experts)
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
