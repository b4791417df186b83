//! Agreement of awarded scores with human scores.
//!
//! Awards of classes, levels and labels are counted: one [`Confusion`] for a task with classes or levels, one 2 × 2
//! table per label for a task with rubric labels. If a metric has no value (a quotient 0/0, no rows), the functions
//! return `None` rather than a misleading number; means skip such tasks and state how many tasks they include.
//!
//! ```
//! use pupil_metrics::{Confusion, quadratic_kappa};
//!
//! let table = Confusion::from_pairs(3, [(0, 0), (1, 1), (2, 2), (2, 1)]);
//! assert!((quadratic_kappa(&table).unwrap() - 0.8).abs() < 1e-12);
//! ```

#![forbid(unsafe_code)]

mod agreement;
pub mod audit;
mod bootstrap;
mod calibration;
mod classification;
mod confusion;
pub mod distributions;
pub mod drift;
pub mod evaluation;
pub mod finite;
pub mod guarantee;
pub mod homogeneity;
pub mod monitor;
mod outcomes;
pub mod paired;
pub mod proportion;
pub mod reliability;
pub mod report;
pub mod resample;
pub mod resplit;
pub mod scores;
pub mod selective;
pub mod suggest;
mod target;
#[cfg(test)]
mod tests;

pub use agreement::{
    FISHER_CAP, adjacent_agreement, fisher_mean, kappa, label_accuracy, mean, pearson, quadratic_kappa,
    standardized_mean_difference,
};
pub use bootstrap::{Bootstrap, Stream, percentile_interval};
pub use calibration::{Calibration, calibration};
pub use classification::{ClassScore, accuracy, class_scores, label_scores, macro_f1, micro_f1, weighted_f1};
pub use confusion::Confusion;
pub use outcomes::{Metric, OutcomeError, Outcomes, ScoreKind, Tally};
pub use target::Target;
