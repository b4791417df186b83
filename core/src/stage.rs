//! The parts of a call.

/// A part of a call, for measurements.
#[doc(hidden)]
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Finding the task, the buffers and the packed weights.
    Lookup,
    /// What the task's guard finds in the text.
    Guard,
    /// Text to ids.
    Tokenizer,
    /// Ids to a vector.
    Encoder,
    /// The mixture of experts, where the task has one.
    Mixture,
    /// The vector to probabilities.
    Head,
}
