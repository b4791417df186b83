//! What the dimensions of a mixture may be, and what memory follows from them.

use crate::error::Result;
use crate::format::check::{damaged, dimension, epsilon, name};
use crate::format::limits::{MAX_BLOCKS, MAX_EXPERT_HIDDEN, MAX_EXPERTS, MAX_TASK_EMBEDDING, MAX_WIDTH};
use crate::format::manifest::{Encoder, Manifest, MemberRef, Mixture, Scope};
use crate::kernels::matmul_i8::Packed;

impl Mixture {
    /// Experts of a block that the file itself brings.
    pub(super) fn own_experts(&self) -> usize {
        if self.experts_of.is_some() { 0 } else { self.experts }
    }
}

/// Checks name and dimensions of the mixture `id`.
pub(in crate::parts) fn check(id: &str, d: &Mixture) -> Result<()> {
    name("mixture", id)?;
    for (what, value, most) in [
        ("width", d.width, MAX_WIDTH),
        ("blocks", d.blocks, MAX_BLOCKS),
        ("experts", d.experts, MAX_EXPERTS),
        ("hidden", d.hidden, MAX_EXPERT_HIDDEN),
        ("gate", d.gate, MAX_EXPERT_HIDDEN),
        ("task_embedding", d.task_embedding, MAX_TASK_EMBEDDING),
    ] {
        dimension(id, what, value, most)?;
    }
    if d.experts < 2 {
        return Err(damaged(format!("mixture {id} has {} experts, at least 2 are mixed", d.experts)));
    }
    match d.top_k {
        Some(top_k) if !(1..=d.experts).contains(&top_k) => {
            Err(damaged(format!("mixture {id} has top_k {top_k}, it must lie in 1..={}", d.experts)))
        }
        _ => epsilon("mixture", id, d.epsilon),
    }
}

/// Checks that experts which the mixture takes from the base are there and fit.
pub(in crate::parts) fn check_shared(manifest: &Manifest, id: &str, d: &Mixture) -> Result<()> {
    let Some(of) = &d.experts_of else { return Ok(()) };
    let Some(theirs) = manifest.base.as_ref().and_then(|base| base.mixtures.get(of)) else {
        return Err(damaged(format!("mixture {id} uses the experts of {of}, which no base has")));
    };
    let shape = |m: &Mixture| (m.scope, m.width, m.blocks, m.experts, m.hidden);
    if shape(d) != shape(theirs) || theirs.experts_of.is_some() {
        return Err(damaged(format!("mixture {id} uses the experts of {of}, which has another shape")));
    }
    Ok(())
}

/// Checks that the mixture of a member is there and fits the encoder.
pub(in crate::parts) fn check_member(
    manifest: &Manifest,
    member: MemberRef<'_>,
    encoder: &Encoder,
) -> Result<()> {
    let Some(name) = member.mixture else { return Ok(()) };
    let Some(mixture) = manifest.mixtures.get(name) else {
        return Err(damaged(format!("{member} names the missing mixture {name}")));
    };
    if encoder.output_len() != mixture.width {
        return Err(damaged(format!(
            "{member} has an encoder that gives {} numbers and a mixture of width {}",
            encoder.output_len(),
            mixture.width
        )));
    }
    match mixture.scope {
        Scope::Token if !encoder.has_tokens() => Err(damaged(format!(
            "{member} has a mixture of scope token, and an encoder that gives no vector for each token"
        ))),
        Scope::Token | Scope::Pooled => Ok(()),
    }
}

/// Bytes that a packed mixture takes at most; as many more while it is packed.
pub(crate) fn packed_bytes(d: &Mixture) -> usize {
    let expert = Packed::bytes_at_most(d.hidden, d.width) + Packed::bytes_at_most(d.width, d.hidden);
    let gate =
        Packed::bytes_at_most(d.gate, d.width + d.task_embedding) + Packed::bytes_at_most(d.experts, d.gate);
    (expert.saturating_mul(d.own_experts()) + gate).saturating_mul(d.blocks) + 2 * d.width * size_of::<f32>()
}
