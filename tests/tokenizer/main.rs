//! Compares token ids of the engine with those of the `tokenizers` crate.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

mod characters;
mod configurations;
mod refusals;
mod support;
mod vectors;
