//! How the calibration answers of a task were distributed.

use serde::Serialize;
use serde_json::Value;

use super::fields::{Field, Fields, Read, deserialized_by_fields};

/// How the calibration answers of a task were distributed: counts at quantiles, no text. A
/// [`Monitor`](crate::Monitor) compares today's answers with them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Distributions {
    /// Calibration answers.
    pub answers: usize,
    /// Their confidences.
    pub confidence: Vec<Cut>,
    /// Their numbers of words.
    pub words: Vec<Cut>,
    /// Their shares of unknown words, from 0 to 1; answers without words have 0.
    pub unknown: Vec<Cut>,
}

/// A cut point, and how many of the answers lie above it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cut {
    /// Where it is.
    pub at: f32,
    /// Answers above it.
    pub above: usize,
}

impl Field for Distributions {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self {
            answers: fields.required("answers")?,
            confidence: fields.or_default("confidence")?,
            words: fields.or_default("words")?,
            unknown: fields.or_default("unknown")?,
        })
    }
}

impl Field for Cut {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { at: fields.required("at")?, above: fields.required("above")? })
    }
}

deserialized_by_fields!(Distributions, Cut);
