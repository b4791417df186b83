use super::*;
use crate::kernels::math;
use proptest::prelude::*;

/// The contract, written plainly.
fn plain(row: &[f32], weight: &[f32], bias: &[f32], epsilon: f32) -> Vec<u32> {
    let n = row.len() as f32;
    let mean = math::sum(row) / n;
    let c: Vec<f32> = row.iter().map(|x| x - mean).collect();
    let squares: Vec<f32> = c.iter().map(|c| c * c).collect();
    let inverse = 1.0 / (math::sum(&squares) / n + epsilon).sqrt();
    c.iter().zip(weight).zip(bias).map(|((c, w), b)| (c * inverse * w + b).to_bits()).collect()
}

proptest! {
    #[test]
    fn every_variant_equals_the_contract(
        (rows, width, x) in (0usize..=5, 1usize..=67).prop_flat_map(|(rows, width)| (
            Just(rows), Just(width), prop::collection::vec(-50.0f32..50.0, rows * width),
        )),
        parameters in prop::collection::vec((-2.0f32..2.0, -1.0f32..1.0), 67),
        epsilon in 1e-12f32..1e-3,
    ) {
        let (weight, bias): (Vec<f32>, Vec<f32>) = parameters.into_iter().take(width).unzip();
        let want: Vec<u32> = x.chunks(width).flat_map(|row| plain(row, &weight, &bias, epsilon)).collect();
        for v in available(Cpu::detect()) {
            let mut got = x.clone();
            v.run(&mut got, &weight, &bias, epsilon);
            let got: Vec<u32> = got.iter().map(|y| y.to_bits()).collect();
            prop_assert_eq!(&got, &want, "{} {}x{}", v.name, rows, width);
        }
    }
}

#[test]
fn equal_values_give_the_bias() {
    for v in available(Cpu::detect()) {
        let mut row = [3.0; 5];
        v.run(&mut row, &[2.0; 5], &[0.5; 5], 1e-12);
        assert_eq!(row, [0.5; 5], "{}", v.name);
    }
}
