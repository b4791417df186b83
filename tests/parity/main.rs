//! Every variant, on every CPU, must give the bits that an independent program wrote to the fixtures.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

mod bert;
mod e_lstm;
mod knowledge;
mod math;
mod members;
mod ngram;

use serde_json::Value;

/// Reads a numeric fixture.
fn fixture(name: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/numerics/");
    let text = std::fs::read_to_string(format!("{path}{name}")).expect("the fixture exists");
    serde_json::from_str(&text).expect("the fixture is JSON")
}

/// The integers of a list.
fn integers<T: TryFrom<i64>>(list: &Value) -> Vec<T> {
    let list = list.as_array().expect("a list").iter();
    list.map(|n| n.as_i64().and_then(|n| T::try_from(n).ok()).expect("a number of this type")).collect()
}

/// The f32 values whose bits are in a list.
fn floats(list: &Value) -> Vec<f32> {
    integers(list).into_iter().map(f32::from_bits).collect()
}
