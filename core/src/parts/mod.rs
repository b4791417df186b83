//! The parts of a model, one folder each: the encoders, the mixture of experts, the head, what is known of students.
//!
//! A part's folder holds all that is said about it: what its dimensions may be (`dimensions`), the names and shapes of
//! its sections (`sections`), how it is packed from a checked file (`load`), how it runs (`run`) and how it is written
//! (`write`, with the feature of that name). `format` gives it bytes by name and knows no part; `model` puts the parts
//! together.
//!
//! | part | sections |
//! |---|---|
//! | [`e_lstm`] | `encoder.NAME.*` |
//! | [`bert`] | `encoder.NAME.*` |
//! | `onnx` | `encoder.NAME.graph` |
//! | [`n_gram`] | `encoder.NAME.*` |
//! | [`mixture`] | `mixture.NAME.*`, `task.ID.embedding` |
//! | [`head`] | `task.ID.*` |
//! | [`guard`] | `guard.NAME.*`, `task.ID.topic` |
//! | [`knowledge`] | `knowledge.*` |

pub mod bert;
pub mod e_lstm;
pub mod guard;
pub mod head;
pub mod knowledge;
pub mod mixture;
pub mod n_gram;

mod arrays;
pub(crate) mod encoder;
mod manifest;
mod onnx;
mod pooling;
mod values;

pub(crate) use manifest::read;
pub(crate) use pooling::all_finite;
