//! The extension module `pupil_scorer._pupil`: the engine for the Python package in this folder.
//!
//! The package's Python code checks arguments that Python knows better, such as columns of pandas, and makes arrays and
//! tables. This crate has what is called for each answer, and what needs the engine. A panic becomes an error, and no
//! error contains answer text.
#![deny(missing_docs)]
#![deny(unsafe_code)]

mod arrow;
mod batch;
mod call;
mod engine;
mod monitor;
mod score;
mod texts;
mod tracker;

use pyo3::prelude::*;

/// The engine of `pupil_scorer`.
#[pymodule]
mod _pupil {
    use super::*;

    #[pymodule_export]
    use crate::arrow::write::{arrow_array, arrow_stream};
    #[pymodule_export]
    use crate::batch::Cancellation;
    #[pymodule_export]
    use crate::engine::{Engine, Options};
    #[pymodule_export]
    use crate::monitor::Monitor;
    #[pymodule_export]
    use crate::score::{Guarantee, LabelScore, Score};
    #[pymodule_export]
    use crate::texts::Texts;
    #[pymodule_export]
    use crate::tracker::Tracker;

    /// Adds the version.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
