//! The `pupil` program, run as its users run it.
//!
//! Every answer here was invented for these tests.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

mod class;
mod files;
mod packs;
mod privacy;
mod readme;
mod score;
mod support;
mod tables;
