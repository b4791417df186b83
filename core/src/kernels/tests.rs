use super::math::{self, exp, gelu, share, sigmoid, tanh};
use super::*;

/// Steps through bit patterns are longer by this where Miri interprets them.
const COARSER: usize = if cfg!(miri) { 10_007 } else { 1 };

/// Every f32 of a range of magnitudes, `step` bit patterns apart, of either sign.
fn grid(from: f32, to: f32, step: usize) -> impl Iterator<Item = f32> {
    (from.to_bits()..=to.to_bits()).step_by(step * COARSER).map(f32::from_bits).flat_map(|x| [x, -x])
}

fn check_tanh(x: f32) {
    let (got, want) = (f64::from(tanh(x)), f64::from(x).tanh());
    assert!((got - want).abs() <= math::TANH_MAX_ERROR * want.abs(), "tanh({x}) = {got}, not {want}");
    assert!((-1.0..=1.0).contains(&got), "tanh({x}) = {got}");
    assert_eq!(tanh(-x).to_bits(), (-tanh(x)).to_bits(), "tanh is odd at {x}");
}

fn check_sigmoid(x: f32) {
    let (got, want) = (f64::from(sigmoid(x)), 1.0 / (1.0 + (-f64::from(x)).exp()));
    assert!((got - want).abs() <= math::SIGMOID_MAX_ERROR, "sigmoid({x}) = {got}, not {want}");
    assert!((0.0..=1.0).contains(&got), "sigmoid({x}) = {got}");
}

fn check_exp(x: f32) {
    let (got, want) = (f64::from(exp(x)), f64::from(x).exp());
    assert!((got - want).abs() <= math::EXP_MAX_RELATIVE_ERROR * want, "exp({x}) = {got}, not {want}");
}

#[test]
fn tanh_and_sigmoid_keep_their_stated_errors() {
    // Primes, so that the low bits of the patterns vary.
    for x in grid(1e-3, 20.0, 1009) {
        check_tanh(x);
        check_sigmoid(x);
    }
    for x in grid(f32::MIN_POSITIVE, f32::MAX, 100_003) {
        check_tanh(x);
        check_sigmoid(x);
    }
}

#[test]
fn tanh_and_sigmoid_have_exact_tails() {
    assert_eq!([tanh(f32::INFINITY), tanh(f32::NEG_INFINITY)], [1.0, -1.0]);
    assert_eq!([tanh(math::TANH_LIMIT), tanh(-math::TANH_LIMIT)], [1.0, -1.0]);
    assert!(tanh(math::TANH_LIMIT.next_down()) < 1.0);
    assert_eq!([sigmoid(f32::INFINITY), sigmoid(f32::NEG_INFINITY), sigmoid(0.0)], [1.0, 0.0, 0.5]);
    assert!(tanh(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan() && exp(f32::NAN).is_nan());
    for x in [0.0, -0.0, f32::from_bits(1), -f32::from_bits(1), f32::MIN_POSITIVE, 1e-20, -1e-10] {
        assert_eq!(tanh(x).to_bits(), x.to_bits(), "tanh({x:e}) is {x:e}");
    }
}

#[test]
fn tanh_and_sigmoid_never_fall_by_more_than_their_error() {
    let (mut most_tanh, mut most_sigmoid) = (f32::MIN, f32::MIN);
    for x in grid(1e-6, 20.0, 5003).filter(|x| *x > 0.0) {
        most_tanh = most_tanh.max(tanh(x));
        most_sigmoid = most_sigmoid.max(sigmoid(x));
        assert!(f64::from(most_tanh - tanh(x)) <= 2.0 * math::TANH_MAX_ERROR, "{x}");
        assert!(f64::from(most_sigmoid - sigmoid(x)) <= 2.0 * math::SIGMOID_MAX_ERROR, "{x}");
    }
}

#[test]
fn exp_keeps_its_stated_error() {
    for x in grid(1e-6, 87.336, 1009) {
        check_exp(x);
    }
    assert_eq!([exp(0.0), exp(-0.0)], [1.0, 1.0]);
}

#[test]
fn exp_has_exact_tails() {
    assert_eq!([exp(f32::INFINITY), exp(f32::NEG_INFINITY)], [f32::INFINITY, 0.0]);
    let high = 88.722_83_f32;
    assert!(exp(high).is_finite() && exp(high.next_up()) == f32::INFINITY);
    let low = -87.336_54_f32;
    assert!(exp(low) >= f32::MIN_POSITIVE && exp(low.next_down()) == 0.0);
    check_exp(high);
    check_exp(low);
}

#[test]
fn exp_up_to_0_has_the_bits_of_exp() {
    let from = (-0.0f32).to_bits();
    for bits in
        (from..=f32::NEG_INFINITY.to_bits()).step_by(997 * COARSER).chain([0, f32::NEG_INFINITY.to_bits()])
    {
        let x = f32::from_bits(bits);
        assert_eq!(math::exp_up_to_0(x).to_bits(), exp(x).to_bits(), "{x}");
    }
    assert!(math::exp_up_to_0(f32::NAN).is_nan());
}

#[test]
fn exp_rounds_its_exponent_half_to_even() {
    // Every n, and arguments on either side of where it changes.
    for x in grid(1e-3, 87.3, 7919) {
        let n = (x * std::f32::consts::LOG2_E).round_ties_even();
        let whole = f64::from(x) - f64::from(n) * std::f64::consts::LN_2;
        assert!(whole.abs() < 0.347, "{x}");
        check_exp(x);
    }
}

#[test]
fn gelu_has_exact_tails_and_falls_below_zero_only_once() {
    assert_eq!(
        [gelu(f32::INFINITY), gelu(f32::NEG_INFINITY), gelu(0.0), gelu(-0.0)],
        [f32::INFINITY, 0.0, 0.0, 0.0]
    );
    assert!(gelu(f32::NAN).is_nan());
    for x in grid(6.125, f32::MAX, 100_003) {
        assert_eq!(gelu(x), if x > 0.0 { x } else { 0.0 }, "{x:e}");
    }
    for x in grid(f32::MIN_POSITIVE, 20.0, 100_003) {
        let y = gelu(x);
        assert!((-0.17..=20.0).contains(&y) && y <= x.max(0.0), "gelu({x:e}) = {y:e}");
    }
}

#[test]
fn share_keeps_its_stated_error_and_has_an_exact_tail() {
    for x in grid(1e-6, 30.0, 1009).filter(|x| *x < 0.0) {
        let (got, want) = (f64::from(share(x)), f64::from(x).exp());
        assert!((got - want).abs() <= math::SHARE_MAX_ERROR && got >= 0.0, "share({x}) = {got}, not {want}");
    }
    for x in [-23.0, -23.1, -1e9, f32::MIN, f32::NEG_INFINITY] {
        assert_eq!(share(x), 0.0, "{x}");
    }
    assert!((f64::from(share(0.0)) - 1.0).abs() <= math::SHARE_MAX_ERROR && share(f32::NAN).is_nan());
}

#[test]
fn sum_adds_in_sixteen_lanes_then_halves() {
    let values: Vec<f32> = (0u16..37).map(|n| 1.0 / f32::from(n + 3)).collect();
    let at = |n: usize| values.get(n).copied().unwrap_or(0.0);
    let lane = |n: usize| (at(n) + at(n + 16)) + at(n + 32);
    let eight = |n: usize| lane(n) + lane(n + 8);
    let four = |n: usize| eight(n) + eight(n + 4);
    let want = (four(0) + four(2)) + (four(1) + four(3));
    assert_eq!(math::sum(&values).to_bits(), want.to_bits());
    assert_eq!(math::sum(&[]), 0.0);
    assert_eq!(math::sum(&[2.5]), 2.5);
}

/// The variants of every op that this machine can run.
fn runnable() -> Vec<(&'static str, &'static str)> {
    let cpu = Cpu::detect();
    let mut found: Vec<_> = bilstm_i16::available(cpu).map(|v| ("bilstm_i16", v.name)).collect();
    found.extend(matvec_i8::available(cpu).map(|v| ("matvec_i8", v.name)));
    found.extend(quantize_i8::available(cpu).map(|v| ("quantize_i8", v.name)));
    found.extend(attention_f32::available(cpu).map(|v| ("attention_f32", v.name)));
    found.extend(gelu_i8::available(cpu).map(|v| ("gelu_i8", v.name)));
    found.extend(layer_norm_f32::available(cpu).map(|v| ("layer_norm_f32", v.name)));
    found.extend(matmul_i8::available(cpu).map(|v| ("matmul_i8", v.name)));
    found.extend(softmax_f32::available(cpu).map(|v| ("softmax_f32", v.name)));
    found
}

/// `KERNELS=generic,bilstm_i16/x86_avx512` says what a machine must run, of every op or of one, so that a test cannot
/// pass because it did not run.
#[test]
fn every_variant_that_this_machine_must_have_is_there() {
    let found = runnable();
    println!("variants: {found:?}");
    for entry in std::env::var("KERNELS").iter().flat_map(|list| list.split(',')).map(str::trim) {
        let (ops, name) = match entry.split_once('/') {
            Some((op, name)) => (vec![op], name),
            // Ops that compilers vectorise have no separate variant on Arm.
            None => (vec!["bilstm_i16", "matmul_i8", "matvec_i8", "quantize_i8"], entry),
        };
        for op in ops {
            assert!(found.contains(&(op, name)), "{op} has no variant {name} on this machine: {found:?}");
        }
    }
}

#[test]
fn the_generic_variant_is_always_last() {
    let cpu = Cpu::detect();
    assert_eq!(bilstm_i16::available(cpu).last().map(|v| v.name), Some("generic"));
    assert_eq!(matvec_i8::available(cpu).last().map(|v| v.name), Some("generic"));
    assert_eq!(quantize_i8::available(cpu).last().map(|v| v.name), Some("generic"));
    assert_eq!(matmul_i8::available(cpu).last().map(|v| v.name), Some("generic"));
    assert_eq!(attention_f32::available(cpu).last().map(|v| v.name), Some("generic"));
    for (op, name) in Kernels::generic().names() {
        assert_eq!(name, "generic", "{op}");
    }
}
