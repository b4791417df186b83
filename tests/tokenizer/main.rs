//! Token ids of the engine against those of the `tokenizers` crate.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

mod characters;
mod configurations;
mod refusals;
mod support;
