//! The engine behind C functions, for the npm package `pupil-scorer`.
//!
//! A call takes its arguments from the *input*, a block of bytes that the caller asks for with [`call::pupil_input`]
//! and fills; it leaves its result in the *output*, which [`call::pupil_output`] and [`call::pupil_output_len`] give.
//! Both are valid until the next call. `wire.rs` describes how values are written; `web/src/engine.ts` is the other
//! side.
//!
//! A function that makes an object returns its handle, others return 1; 0 means that the output holds an error. There
//! is one thread: WebAssembly without threads is what every browser and server runs.
#![expect(unsafe_code, reason = "C functions take raw pointers and are exported by name")]

pub mod call;
pub mod monitor;
pub mod scorer;
pub mod tracker;
mod wire;
