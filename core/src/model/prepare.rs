//! What is computed for several answers at once, before each of them is scored.

use super::tasks::{MemberModel, Mixed, Start};
use super::{Model, TaskRef};
use crate::format::manifest::{Input, Scope};
use crate::parts::mixture::PackedMixture;
use crate::session::Session;

/// A reference answer, for tasks that compare with one, and an answer.
pub(crate) type Pair<'a> = (Option<&'a str>, &'a str);

impl Model {
    /// Computes what the encoders of a task give for `count` answers, if they gain from it. Each of these answers is
    /// then scored with its place among them. What cannot be computed here is left to that, which reports why.
    pub(crate) fn prepare<'a>(
        &self,
        chosen: TaskRef<'_>,
        count: usize,
        answer: &dyn Fn(usize) -> Pair<'a>,
        session: &mut Session,
    ) {
        let Session { ahead, encoder: scratch, mixture, .. } = session;
        ahead.clear();
        let members = &chosen.task.members;
        if !(0..members.len()).any(|m| self.gains(chosen, &members[m..])) {
            return;
        }
        // The texts that were read.
        let mut texts = 0;
        for (m, member) in members.iter().enumerate() {
            let encoder = &self.encoders[member.encoder];
            if member.start == Start::Text {
                let tokenizer = encoder.tokenizer.map(|place| &self.tokenizers[place]);
                ahead.read(texts, count, &|place, encoding| {
                    let (reference, answer) = answer(place);
                    let fits = |text: &str| text.len() <= self.max_answer_bytes;
                    (chosen.task.input == Input::Pair) == reference.is_some()
                        && fits(reference.unwrap_or_default())
                        && fits(answer)
                        && tokenizer.is_some_and(|t| t.encode(reference, answer, encoding).is_ok())
                });
                texts += 1;
            }
            if self.gains(chosen, &members[m..]) {
                let Ok(packed) = self.packed(encoder) else { return };
                ahead.encode(texts - 1, self.max_tokens(chosen, member), packed, scratch);
                if let Some(mixed) = self.mixes(chosen, member) {
                    let set = chosen.set;
                    let Ok(packed) = set.mixture(mixed.mixture, &self.own, &self.kernels) else { return };
                    ahead.mix(packed, &mixed.embedding, mixture);
                }
            } else {
                ahead.skip();
            }
        }
    }

    /// The mixture of a member, if it gains from several answers at once and nobody needs the vectors before it.
    fn mixes<'a>(&self, chosen: TaskRef<'a>, member: &'a MemberModel) -> Option<&'a Mixed> {
        let gains =
            |mixed: &&Mixed| PackedMixture::gains_from_rows(chosen.set.mixture_dimensions(mixed.mixture));
        member.mixed.as_ref().filter(gains).filter(|_| !member.keeps_vector)
    }

    /// Whether the first of these members runs an encoder that gains from several answers at once, or has a
    /// mixture behind it that does. A mixture that acts
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
            && {
                let dimensions = &self.encoders[member.encoder].dimensions;
                dimensions.gains_from_groups() || dimensions.is_lstm() && self.mixes(chosen, member).is_some()
            }
            && !on_tokens(member)
            && !others.iter().take_while(|other| !runs(other)).any(on_tokens)
    }
}
