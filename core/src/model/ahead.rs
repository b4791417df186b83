//! Several answers through an encoder at once, before each of them is scored.
//!
//! A matrix product of many rows takes less time for each than one of a few, and no row depends on another: the vectors
//! have the same bits as those of each answer alone.

use super::tasks::{MemberModel, Start};
use super::{Model, TaskRef};
use crate::format::manifest::{Input, Scope};
use crate::parts::encoder::{EncoderScratch, PackedEncoder};
use crate::session::Session;
use crate::tokenizer::Encoding;

/// A reference answer, for tasks that compare with one, and an answer.
pub(crate) type Pair<'a> = (Option<&'a str>, &'a str);

/// Tokens of the answers that go through an encoder together: enough rows for a product, and no more memory than one
/// answer of ordinary length takes.
const TOKENS: usize = 128;

/// What was computed for the next answers.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    /// For each member that starts with the text, in the order in which they run: every answer as its tokenizer reads
    /// it, where it could be read.
    texts: Vec<Vec<(Encoding, bool)>>,
    /// For each member in the order in which they run.
    members: Vec<Vectors>,
    /// The tokens of the answers that go through an encoder together.
    ids: Vec<u32>,
    segments: Vec<u32>,
    lens: Vec<usize>,
    /// Their places.
    places: Vec<usize>,
    /// Their vectors.
    group: Vec<f32>,
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

impl Ahead {
    /// Bytes of the buffers whose size follows from the input.
    pub(crate) fn memory_bytes(&self) -> usize {
        let texts: usize = self.texts.iter().flatten().map(|(encoding, _)| encoding.memory_bytes()).sum();
        let rows: usize = self.members.iter().map(|vectors| vectors.rows.capacity()).sum();
        texts
            + (rows + self.group.capacity() + self.ids.capacity() + self.segments.capacity())
                * size_of::<f32>()
    }

    /// Puts what the tokenizer of the `text`-th member that starts with the text gave for the answer at that place into
    /// `encoding`, and says whether it was there.
    pub(super) fn take_encoding(&mut self, text: usize, place: usize, encoding: &mut Encoding) -> bool {
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
    pub(super) fn vector(&self, member: usize, place: usize) -> Option<&[f32]> {
        let vectors = self.members.get(member)?;
        vectors.known.get(place).is_some_and(|known| *known).then(|| {
            let start = place * vectors.width;
            &vectors.rows[start..start + vectors.width]
        })
    }

    /// Runs the answers of the group, and begins a new one.
    fn flush(&mut self, member: usize, encoder: &PackedEncoder, scratch: &mut EncoderScratch) {
        let Self { members, ids, segments, lens, places, group, .. } = self;
        let vectors = &mut members[member];
        // One alone is faster where it is scored, and whatever is refused is reported there.
        if lens.len() > 1 {
            group.resize(lens.len() * vectors.width, 0.0);
            if encoder.forward_group(ids, segments, lens, scratch, group).is_ok() {
                for (place, row) in places.iter().zip(group.chunks_exact(vectors.width)) {
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

impl Model {
    /// Computes what the encoders of a task give for several answers, if they gain from it. Each of these answers is
    /// then scored with its place among them. What cannot be computed here is left to that, which reports why.
    pub(crate) fn prepare<'a>(
        &self,
        chosen: TaskRef<'_>,
        inputs: impl Iterator<Item = Pair<'a>> + Clone,
        session: &mut Session,
    ) {
        let Session { ahead, encoder: scratch, .. } = session;
        ahead.members.clear();
        ahead.texts.iter_mut().flatten().for_each(|(_, known)| *known = false);
        let members = &chosen.task.members;
        if !(0..members.len()).any(|m| self.gains(chosen, &members[m..])) {
            return;
        }
        let mut texts = 0;
        for (m, member) in members.iter().enumerate() {
            let encoder = &self.encoders[member.encoder];
            if member.start == Start::Text {
                self.read(chosen, member, inputs.clone(), texts, ahead);
                texts += 1;
            }
            ahead.members.push(Vectors::default());
            if !self.gains(chosen, &members[m..]) {
                continue;
            }
            let Ok(packed) = self.packed(encoder) else { return };
            let Some(count) = texts.checked_sub(1).map(|text| ahead.texts[text].len()) else { return };
            let width = packed.output_len();
            ahead.members[m] = Vectors { width, rows: vec![0.0; count * width], known: vec![false; count] };
            let most = TOKENS.min(self.max_tokens(chosen, member));
            for place in 0..count {
                let (encoding, known) = &ahead.texts[texts - 1][place];
                let len = encoding.ids.len();
                // Two of them at least.
                if !known || len > most / 2 {
                    continue;
                }
                if ahead.ids.len() + len > most {
                    ahead.flush(m, packed, scratch);
                }
                let Ahead { texts: read, ids, segments, lens, places, .. } = &mut *ahead;
                let (encoding, _) = &read[texts - 1][place];
                ids.extend(&encoding.ids);
                segments.extend(&encoding.segments);
                lens.push(len);
                places.push(place);
            }
            ahead.flush(m, packed, scratch);
        }
    }

    /// Whether the first of these members runs an encoder that gains from several answers at once. A mixture that acts
    /// on tokens, of this member or of those that take over its vector, needs the tokens of its answer, which remain
    /// only where the answer is encoded alone.
    fn gains(&self, chosen: TaskRef<'_>, members: &[MemberModel]) -> bool {
        let runs = |member: &MemberModel| matches!(member.start, Start::Text | Start::Ids);
        let on_tokens = |member: &MemberModel| {
            let mixture = member.mixed.as_ref().map(|mixed| chosen.set.mixture_dimensions(mixed.mixture));
            mixture.is_some_and(|mixture| mixture.scope == Scope::Token)
        };
        let Some((member, others)) = members.split_first() else { return false };
        runs(member)
            && self.encoders[member.encoder].dimensions.gains_from_groups()
            && !on_tokens(member)
            && !others.iter().take_while(|other| !runs(other)).any(on_tokens)
    }

    /// Reads every answer with the tokenizer of a member.
    fn read<'a>(
        &self,
        chosen: TaskRef<'_>,
        member: &MemberModel,
        inputs: impl Iterator<Item = Pair<'a>>,
        text: usize,
        ahead: &mut Ahead,
    ) {
        if ahead.texts.len() == text {
            ahead.texts.push(Vec::new());
        }
        let read = &mut ahead.texts[text];
        let tokenizer = self.encoders[member.encoder].tokenizer.map(|place| &self.tokenizers[place]);
        let mut count = 0;
        for (place, (reference, answer)) in inputs.enumerate() {
            if read.len() == place {
                read.push((Encoding::new(), false));
            }
            let (encoding, known) = &mut read[place];
            let expected = (chosen.task.input == Input::Pair) == reference.is_some();
            let short =
                [reference.unwrap_or_default(), answer].iter().all(|t| t.len() <= self.max_answer_bytes);
            *known =
                expected && short && tokenizer.is_some_and(|t| t.encode(reference, answer, encoding).is_ok());
            count = place + 1;
        }
        read.truncate(count);
    }
}
