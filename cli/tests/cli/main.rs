//! Tests that run the `pupil` program.
//!
//! All answers were invented for these tests.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

mod batch;
mod class;
mod classes;
mod evaluate;
mod files;
mod monitor;
mod packs;
mod privacy;
mod promise;
mod readme;
mod resplit;
mod score;
mod sign;
mod suggest;
mod support;
mod tables;
