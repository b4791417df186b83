//! The engine for Kotlin and Swift.
//!
//! UniFFI generates code for each language from this crate. A thin hand-written API over that code follows the
//! conventions of the language. This crate contains no logic: the objects that the apps hold ([`Engine`], [`Monitor`]
//! and [`StudentTracker`]), plain records, and one error type.
//!
//! Every exported function can fail. A panic of the engine becomes [`PupilError::Internal`] and never crosses the
//! boundary.
#![deny(missing_docs)]
#![deny(unsafe_code)]

mod batch;
mod descriptor;
mod engine;
mod error;
#[cfg(feature = "jni")]
mod jni;
mod monitor;
mod tracker;
mod types;

pub use batch::{Cancellation, Columns, Progress};
pub use engine::Engine;
pub use error::PupilError;
pub use monitor::{Change, Monitor, Watched};
pub use tracker::{
    PassMark, Question, Recommendation, RecommendationPolicy, SimulatedAnswer, SkillMastery, StudentTracker,
};
pub use types::{
    About, BlockUse, Decision, ExpertUse, Explanation, Guarantee, Label, LabelScore, Member, Options,
    ReviewReason, Score, Span, Task, Variant, WordShare,
};

uniffi::setup_scaffolding!("pupil");
