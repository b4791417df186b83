//! The mixtures of experts of a manifest.

use serde::Serialize;
use serde_json::Value;

use super::fields::{Field, Fields, Read, deserialized_by_fields};
use crate::names::named;

/// A mixture of experts between an encoder and the heads of tasks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mixture {
    /// What the experts act on.
    pub scope: Scope,
    /// Length of the vectors that the experts read and give; that of the encoders it is used with.
    pub width: usize,
    /// Number of blocks, one after the other.
    pub blocks: usize,
    /// Experts of a block.
    pub experts: usize,
    /// Units of the hidden layer of an expert.
    pub hidden: usize,
    /// Units of the hidden layer of a gate.
    pub gate: usize,
    /// Length of the embedding of a task, which every gate reads together with the pooled vector.
    pub task_embedding: usize,
    /// How many experts run; without it all.
    pub top_k: Option<usize>,
    /// What layer normalization adds to a variance; only the pooled scope has one.
    pub epsilon: f32,
    /// Task packs only: the mixture of the base whose experts run, so that the pack brings gates and normalization
    /// alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub experts_of: Option<String>,
}

impl Default for Mixture {
    /// Two blocks of four experts of 512 units on every token of MiniLM, all of them running.
    fn default() -> Self {
        Self {
            scope: Scope::Token,
            width: 384,
            blocks: 2,
            experts: 4,
            hidden: 512,
            gate: 128,
            task_embedding: 64,
            top_k: None,
            epsilon: tiny(),
            experts_of: None,
        }
    }
}

impl Field for Mixture {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            scope: fields.required("scope")?,
            width: fields.required("width")?,
            blocks: fields.required("blocks")?,
            experts: fields.required("experts")?,
            hidden: fields.required("hidden")?,
            gate: fields.required("gate")?,
            task_embedding: fields.required("task_embedding")?,
            top_k: fields.optional("top_k")?,
            epsilon: fields.get("epsilon")?.unwrap_or(tiny()),
            experts_of: fields.optional("experts_of")?,
        })
    }
}

deserialized_by_fields!(Mixture);

fn tiny() -> f32 {
    1e-5
}

/// What the experts of a mixture act on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scope {
    /// The vector of every token, which is then pooled.
    #[default]
    Token,
    /// The pooled vector, which is added again and normalized.
    Pooled,
}

named!(Scope { Token = "token", Pooled = "pooled" });
