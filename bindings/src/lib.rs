//! The engine for Kotlin, Swift and Python.
//!
//! UniFFI turns what stands here into code of each language; a thin hand-written face over that follows the language's own
//! customs. This crate holds no logic: an object that the apps hold ([`Engine`]), plain records, and one error.
//!
//! Every exported function can fail, and a panic of the engine arrives as [`PupilError::Internal`]: it never crosses the boundary.
#![deny(missing_docs)]
#![deny(unsafe_code)]

mod batch;
mod descriptor;
mod engine;
mod error;
#[cfg(feature = "jni")]
mod jni;
mod types;

pub use batch::{Cancellation, Columns, Progress};
pub use engine::Engine;
pub use error::PupilError;
pub use types::{
    About, BlockUse, Decision, ExpertUse, Explanation, Label, LabelScore, Options, ReviewReason, Score, Span,
    Task, Variant, WordShare,
};

uniffi::setup_scaffolding!("pupil");
