//! Compares the functions of the numeric contract with exact values and golden bits.

use super::fixture;
use pupil_core::kernels::math;
use serde_json::Value;

/// Rows of x, golden result and exact value.
fn rows(table: &Value) -> Vec<(f32, f32, f64)> {
    let number = |v: &Value| f32::from_bits(v.as_u64().and_then(|n| u32::try_from(n).ok()).expect("bits"));
    let rows = table.as_array().expect("a table").iter();
    let rows: Vec<_> = rows
        .map(|row| {
            let truth = row[2].as_str().expect("a true value").parse().expect("a number");
            (number(&row[0]), number(&row[1]), truth)
        })
        .collect();
    assert!(rows.len() > 600, "the table is complete");
    rows
}

#[test]
fn tanh_has_the_golden_bits_and_its_stated_error() {
    for (x, golden, truth) in rows(&fixture("math.json")["tanh"]) {
        let got = math::tanh(x);
        assert_eq!(got.to_bits(), golden.to_bits(), "tanh({x:e})");
        assert!((f64::from(got) - truth).abs() <= math::TANH_MAX_ERROR * truth.abs(), "tanh({x:e})");
    }
}

#[test]
fn sigmoid_has_the_golden_bits_and_its_stated_error() {
    for (x, golden, truth) in rows(&fixture("math.json")["sigmoid"]) {
        let got = math::sigmoid(x);
        assert_eq!(got.to_bits(), golden.to_bits(), "sigmoid({x:e})");
        assert!((f64::from(got) - truth).abs() <= math::SIGMOID_MAX_ERROR, "sigmoid({x:e})");
    }
}

#[test]
fn exp_has_the_golden_bits_and_its_stated_error() {
    for (x, golden, truth) in rows(&fixture("math.json")["exp"]) {
        let got = math::exp(x);
        assert_eq!(got.to_bits(), golden.to_bits(), "exp({x:e})");
        if (f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX)).contains(&truth) {
            assert!((f64::from(got) / truth - 1.0).abs() <= math::EXP_MAX_RELATIVE_ERROR, "exp({x:e})");
        }
    }
}
