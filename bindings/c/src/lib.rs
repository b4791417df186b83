//! The engine as a library for C, and for languages that call C: the functions and structs of `include/pupil.h`.
//!
//! The header is written from this code by cbindgen: `cargo xtask c --header`. So the documentation here is that of the
//! header; it is written for people who read C.
#![expect(unsafe_code, reason = "C functions take raw pointers and are exported by name")]

pub mod batch;
mod call;
pub mod error;
pub mod explain;
mod kept;
pub mod model;
pub mod options;
pub mod score;
pub mod scorer;
pub mod text;

#[cfg(test)]
mod tests;
