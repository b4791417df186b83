//! What is computed for several answers at once, before each of them is scored.

use super::tasks::{MemberModel, Start};
use super::{Model, TaskRef};
use crate::format::manifest::{Input, Scope};
use crate::session::Session;

/// A reference answer, for tasks that compare with one, and an answer.
pub(crate) type Pair<'a> = (Option<&'a str>, &'a str);

impl Model {
    /// Computes what the encoders of a task give for several answers, if they gain from it. Each of these answers is
    /// then scored with its place among them. What cannot be computed here is left to that, which reports why.
    pub(crate) fn prepare<'a>(
        &self,
        chosen: TaskRef<'_>,
        answers: impl Iterator<Item = Pair<'a>> + Clone,
        session: &mut Session,
    ) {
        let Session { ahead, encoder: scratch, .. } = session;
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
                ahead.read(texts, answers.clone(), |(reference, answer), encoding| {
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
            } else {
                ahead.skip();
            }
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
}
