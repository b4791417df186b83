//! The largest errors of tanh, sigmoid, exp, GELU and share over all f32 values, compared with functions in f64. It
//! takes minutes, so it is not a test: run it when a coefficient changes.
//!
//! ```sh
//! cargo run --release -p pupil-tests --example math_errors
//! ```
#![expect(clippy::print_stdout, reason = "a tool for the command line")]

use std::process::ExitCode;

use pupil_core::kernels::math;

/// The largest error of one function and its argument.
#[derive(Clone, Copy)]
struct Worst {
    error: f64,
    at: f32,
}

impl Worst {
    fn see(&mut self, error: f64, at: f32) {
        // A plain comparison would hide NaN.
        if error.is_nan() || error > self.error {
            *self = Self { error, at };
        }
    }
}

/// The error of `got`, infinite if it is outside `range` or NaN.
fn error(got: f32, want: f64, scale: f64, range: std::ops::RangeInclusive<f32>) -> f64 {
    if range.contains(&got) { (f64::from(got) - want).abs() / scale } else { f64::INFINITY }
}

/// The largest errors of tanh (relative), sigmoid (absolute), exp (relative), GELU (absolute, relative for large
/// results) and share (absolute) over a range of bit patterns, with both signs.
fn worst(patterns: std::ops::Range<u32>) -> [Worst; 5] {
    let mut all = [Worst { error: 0.0, at: 0.0 }; 5];
    for x in patterns.map(f32::from_bits).flat_map(|x| [x, -x]) {
        let wide = f64::from(x);
        let tanh = wide.tanh();
        let scale = if tanh == 0.0 { 1.0 } else { tanh.abs() };
        all[0].see(error(math::tanh(x), tanh, scale, -1.0..=1.0), x);
        all[1].see(error(math::sigmoid(x), 1.0 / (1.0 + (-wide).exp()), 1.0, 0.0..=1.0), x);
        let exp = wide.exp();
        // Only if the result is a normal number: otherwise the contract gives 0 or infinity.
        if (f64::from(f32::MIN_POSITIVE)..=f64::from(f32::MAX)).contains(&exp) {
            all[2].see(error(math::exp(x), exp, exp, 0.0..=f32::MAX), x);
        }
        if x.is_finite() {
            let gelu = wide * 0.5 * libm::erfc(-wide * std::f64::consts::FRAC_1_SQRT_2);
            // For large results, half an ULP exceeds the stated error; from 4 on the error is relative.
            let scale = if gelu.abs() > 4.0 { gelu.abs() / 4.0 } else { 1.0 };
            all[3].see(error(math::gelu(x), gelu, scale, -0.171..=f32::MAX), x);
        }
        if x <= 0.0 {
            all[4].see(error(math::share(x), exp, 1.0, 0.0..=1.00001), x);
        }
    }
    all
}

fn main() -> ExitCode {
    let threads = std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1));
    let end = f32::INFINITY.to_bits() + 1;
    let share = end.div_ceil(threads);
    let parts: Vec<[Worst; 5]> = std::thread::scope(|scope| {
        let spawned: Vec<_> =
            (0..threads).map(|t| scope.spawn(move || worst(t * share..((t + 1) * share).min(end)))).collect();
        spawned.into_iter().map(|t| t.join().expect("no function panics")).collect()
    });
    let stated = [
        ("tanh, relative", math::TANH_MAX_ERROR),
        ("sigmoid, absolute", math::SIGMOID_MAX_ERROR),
        ("exp, relative", math::EXP_MAX_RELATIVE_ERROR),
        ("gelu", math::GELU_MAX_ERROR),
        ("share, absolute", math::SHARE_MAX_ERROR),
    ];
    let mut kept = true;
    for (i, (name, limit)) in stated.into_iter().enumerate() {
        let mut most = Worst { error: 0.0, at: 0.0 };
        parts.iter().for_each(|p| most.see(p[i].error, p[i].at));
        kept &= most.error <= limit;
        println!("{name:18} {:.3e} at {:e} (stated: {limit:.1e})", most.error, most.at);
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
