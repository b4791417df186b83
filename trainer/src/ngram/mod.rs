//! TF-IDF n-grams and ridge regression: the classical baseline, fitted in closed form in seconds.
//!
//! Each output is a linear function of an answer's n-grams: the points of an ordered scale, or the share of one class
//! or label. A small calibration, fitted to answers that the regression has not seen, turns outputs into logits, so
//! that the model gives the same kind of probabilities as every other one.

mod fit;
mod link;
mod ridge;
mod sparse;
#[cfg(test)]
mod tests;

pub use fit::{Awards, Fitted, Row, Settings, fit};
pub use link::{Calibrated, calibrate};
pub use ridge::{Linear, ridge};
pub use sparse::Sparse;
