//! What is fuzzed: functions from any bytes to nothing, which panic when a promise is broken.
//!
//! A model is not fuzzed as bytes: all of them are hashed, and a changed one is refused at once. An input is read as a
//! list of decisions instead ([`input`]): which of the small models to begin with ([`bases`]), what to change in its
//! manifest, its tokenizers ([`json`]) and its sections ([`container`]), and whether to give it the sections that its
//! changed manifest implies; then the hashes are computed again. Where the bytes themselves are read, as those of a
//! table or a recipe are, an input is just that.
//!
//! The programs in `fuzz/fuzz_targets` link these functions with libFuzzer; the tests here call them with the inputs
//! that are kept in `fuzz/corpus`. See `docs/reliability.md`.
#![forbid(unsafe_code)]

pub mod bases;
pub mod container;
#[cfg(feature = "onnx")]
pub mod graph;
pub mod input;
pub mod json;
pub mod manifest;
pub mod model;
#[cfg(feature = "tokenizers")]
mod quiet;
pub mod state;
#[cfg(feature = "tables")]
pub mod tables;
#[cfg(feature = "trainer")]
pub mod training;
#[cfg(feature = "tokenizers")]
pub mod words;

/// A function and its name.
pub struct Target {
    /// The name of its program and of its folder of inputs.
    pub name: &'static str,
    /// The feature that compiles it, if it needs one.
    pub feature: Option<&'static str>,
    /// The function.
    pub run: fn(&[u8]),
}

/// All targets of this build.
pub const TARGETS: &[Target] = &[
    Target { name: "file", feature: None, run: model::file },
    #[cfg(feature = "tokenizers")]
    Target { name: "tokenizer", feature: Some("tokenizers"), run: words::tokenizer },
    Target { name: "manifest", feature: None, run: manifest::manifest },
    #[cfg(feature = "tables")]
    Target { name: "csv", feature: Some("tables"), run: tables::csv },
    #[cfg(feature = "tables")]
    Target { name: "workbook", feature: Some("tables"), run: tables::workbook },
    Target { name: "snapshot", feature: None, run: state::snapshot },
    Target { name: "monitor", feature: None, run: state::monitor },
    Target { name: "signature", feature: None, run: state::signature },
    #[cfg(feature = "onnx")]
    Target { name: "onnx", feature: Some("onnx"), run: graph::onnx },
    #[cfg(feature = "trainer")]
    Target { name: "recipe", feature: Some("trainer"), run: training::recipe },
    #[cfg(feature = "trainer")]
    Target { name: "teacher", feature: Some("trainer"), run: training::teacher },
    #[cfg(feature = "trainer")]
    Target { name: "checkpoint", feature: Some("trainer"), run: training::checkpoint },
];

/// Writes the program of a target: libFuzzer calls the function with each input.
#[macro_export]
macro_rules! program {
    ($run:path) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $run(bytes));
    };
}
