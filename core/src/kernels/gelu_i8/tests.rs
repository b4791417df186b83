use super::*;
use crate::kernels::math;
use proptest::prelude::*;

/// The contract, written plainly: the GELU of every value, the integers and the scale.
fn plain(x: &[f32]) -> (Vec<u32>, Vec<i8>, u32) {
    let y: Vec<f32> = x.iter().map(|x| math::gelu(*x)).collect();
    let max = y.iter().fold(0.0f32, |max, y| max.max(y.abs()));
    let (scale, inverse) = if max < 2f32.powi(-100) { (0.0, 0.0) } else { (max / 127.0, 127.0 / max) };
    #[expect(clippy::cast_possible_truncation, reason = "within -127..=127")]
    let q = y.iter().map(|y| (y * inverse).round_ties_even() as i8).collect();
    (y.iter().map(|y| y.to_bits()).collect(), q, scale.to_bits())
}

fn check(x: &[f32]) {
    let want = plain(x);
    for v in available(Cpu::detect()) {
        let (mut y, mut q) = (x.to_vec(), vec![55; x.len()]);
        let scale = v.run(&mut y, &mut q).to_bits();
        let y = y.iter().map(|y| y.to_bits()).collect();
        assert_eq!((y, q, scale), want, "{} {x:?}", v.name);
    }
}

proptest! {
    #[test]
    fn every_variant_equals_the_contract(x in prop::collection::vec(-8.0f32..8.0, 0..=67)) {
        check(&x);
    }

    #[test]
    fn every_variant_equals_the_contract_on_numbers_of_any_size(
        x in prop::collection::vec((-1.0f32..1.0, -140i32..=120), 0..=67),
    ) {
        check(&x.iter().map(|(x, exponent)| x * 2f32.powi(*exponent)).collect::<Vec<_>>());
    }

    #[test]
    fn values_come_back_within_half_a_step(x in prop::collection::vec(-8.0f32..8.0, 1..=67)) {
        let (mut y, mut q) = (x.clone(), vec![0; x.len()]);
        let scale = generic::gelu(&mut y, &mut q);
        for (y, q) in y.iter().zip(q) {
            prop_assert!((f32::from(q) * scale - y).abs() <= 0.500_02 * scale);
        }
    }
}

#[test]
fn every_variant_equals_the_contract_on_odd_inputs() {
    let mut cases: Vec<Vec<f32>> =
        vec![vec![], vec![0.0; 9], vec![-0.0; 16], vec![-20.0; 17], vec![1e-38; 33]];
    for n in [1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 509] {
        cases.push(vec![127.0; n]);
        // The largest value last, in the tail of a variant.
        cases.push((0..n).map(|i| if i + 1 == n { 9.0 } else { 0.5 }).collect());
    }
    cases.iter().for_each(|case| check(case));
}
