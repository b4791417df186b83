use super::*;
use proptest::prelude::*;

/// Numbers of every magnitude, halves of the scale, and NaN.
fn value() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -1.0f32..1.0,
        4 => (-254i16..=254).prop_map(|n| f32::from(n) / 254.0),
        2 => any::<u32>().prop_map(f32::from_bits),
        1 => proptest::sample::select(vec![0.0, -0.0, 127.0, -127.0, 1e-45, 3e38, -3e38, f32::INFINITY, f32::NAN]),
    ]
}

fn check(x: &[f32]) {
    let mut want = vec![0; x.len()];
    let want_scale = generic::quantize(x, &mut want);
    assert!(want.iter().all(|q| *q >= -127));
    for v in available(Cpu::detect()) {
        let mut got = vec![55; x.len()];
        let scale = v.run(x, &mut got);
        assert_eq!(scale.to_bits(), want_scale.to_bits(), "{} {x:?}", v.name);
        assert_eq!(got, want, "{} {x:?}", v.name);
    }
}

proptest! {
    #[test]
    fn every_variant_equals_generic(x in prop::collection::vec(value(), 0..=67)) {
        check(&x);
    }

    #[test]
    fn every_variant_equals_generic_on_plain_numbers(
        x in prop::collection::vec(-1.0f32..1.0, 0..=67),
        exponent in -149i32..=120,
    ) {
        let scale = 2f32.powi(exponent);
        check(&x.iter().map(|v| v * scale).collect::<Vec<_>>());
    }

    #[test]
    fn every_variant_equals_generic_next_to_ties(
        x in prop::collection::vec((-127i16..127, -3i32..=3), 1..=67),
        scale in 1e-6f32..1e6,
    ) {
        // Half-way between two whole multiples of the scale, and a few steps of the last bit beside it.
        let mut x: Vec<f32> = x
            .into_iter()
            .map(|(n, steps)| {
                let tie = (f32::from(n) + 0.5) * scale;
                f32::from_bits(tie.to_bits().wrapping_add_signed(steps))
            })
            .collect();
        x.push(127.0 * scale);
        check(&x);
    }

    #[test]
    fn values_come_back_within_half_a_step(x in prop::collection::vec(-100.0f32..100.0, 1..=67)) {
        let mut q = vec![0; x.len()];
        let scale = generic::quantize(&x, &mut q);
        for (x, q) in x.iter().zip(q) {
            prop_assert!((f32::from(q) * scale - x).abs() <= 0.500_01 * scale);
        }
    }
}

#[test]
fn every_variant_equals_generic_on_odd_inputs() {
    let mut cases: Vec<Vec<f32>> = vec![vec![], vec![0.0; 9], vec![-0.0; 16], vec![f32::NAN; 17]];
    cases.push((1..=200).map(f32::from_bits).collect());
    cases.push([1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN].repeat(5));
    for n in [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 509] {
        cases.push(vec![127.0; n]);
        cases.push((0..n).map(|i| if i % 2 == 0 { 2.5 } else { -127.0 }).collect());
        // The largest value last, in the tail of a variant.
        cases.push((0..n).map(|i| if i + 1 == n { -9.0 } else { 0.5 }).collect());
    }
    cases.iter().for_each(|case| check(case));
}
