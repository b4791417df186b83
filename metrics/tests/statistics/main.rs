//! Compares statistics with SciPy and NumPy (`tests/fixtures/statistics.py`), and checks what bounds promise on
//! simulated answers.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small positive numbers of invented answers"
)]

mod golden;
mod promises;
mod resampled;
