//! The sections of a mixture, and that of each task that uses it.

use crate::error::Result;
use crate::format::manifest::{MemberRef, Mixture, Scope};
use crate::format::sections::{Sections, Shape, Spec};
use crate::parts::arrays::{add_linear, add_norm, numbers};
use crate::parts::values;

/// The two layers of a gate.
const GATE: [&str; 2] = ["gate", "gate.output"];
/// The two layers of an expert.
const EXPERT: [&str; 2] = ["up", "down"];

/// The names of the two layers of the gate of block `b`.
pub(super) fn gate(mixture: &str, b: usize) -> [String; 2] {
    GATE.map(|layer| format!("mixture.{mixture}.block.{b}.{layer}"))
}

/// The names of the two layers of expert `j` of block `b`.
pub(super) fn expert(mixture: &str, b: usize, j: usize) -> [String; 2] {
    EXPERT.map(|layer| format!("mixture.{mixture}.block.{b}.expert.{j}.{layer}"))
}

/// The name of the normalization of a mixture of the pooled scope.
pub(super) fn norm(mixture: &str) -> String {
    format!("mixture.{mixture}.norm")
}

/// The section with the embedding of a member's task, which the gates read.
pub(crate) fn task_embedding(member: MemberRef<'_>) -> String {
    format!("task.{}.embedding", member.section_id())
}

/// Adds every section of a mixture.
pub(in crate::parts) fn sections(mixture: &str, d: &Mixture, all: &mut Sections) -> Result<()> {
    for b in 0..d.blocks {
        let [first, last] = gate(mixture, b);
        add_linear(all, &first, (d.gate, d.width + d.task_embedding))?;
        add_linear(all, &last, (d.experts, d.gate))?;
        for j in 0..d.own_experts() {
            let [up, down] = expert(mixture, b, j);
            add_linear(all, &up, (d.hidden, d.width))?;
            add_linear(all, &down, (d.width, d.hidden))?;
        }
    }
    match d.scope {
        Scope::Pooled => add_norm(all, &norm(mixture), d.width),
        Scope::Token => Ok(()),
    }
}

/// Adds the section of a member that uses the mixture. Its numbers may have 16 bits.
pub(in crate::parts) fn member_sections(
    member: MemberRef<'_>,
    d: &Mixture,
    all: &mut Sections,
) -> Result<()> {
    let spec = numbers(Shape::One(d.task_embedding), values::biases);
    all.add(task_embedding(member), Spec { half: true, ..spec })
}
