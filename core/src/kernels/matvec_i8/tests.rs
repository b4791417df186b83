use super::*;
use proptest::prelude::*;

/// One product for every variant, compared with sums in i64.
fn check(m: usize, k: usize, weight: &[i8], x: &[i8], x_scale: f32, scale: &[f32], bias: &[f32]) {
    let want: Vec<u32> = (0..m)
        .map(|row| {
            let weight = &weight[row * k..][..k];
            let sum: i64 = weight.iter().zip(x).map(|(w, x)| i64::from(*w) * i64::from(*x)).sum();
            let sum = i32::try_from(sum).expect("within i32 for the lengths tested") as f32;
            (sum * (x_scale * scale[row]) + bias[row]).to_bits()
        })
        .collect();
    for v in available(Cpu::detect()) {
        let packed = v.pack(m, k, weight, scale, bias);
        let mut out = vec![f32::NAN; m];
        v.run(&packed, x, x_scale, &mut out);
        let got: Vec<u32> = out.iter().map(|y| y.to_bits()).collect();
        assert_eq!(got, want, "{} {m}x{k}", v.name);
    }
}

proptest! {
    #[test]
    fn every_variant_equals_the_plain_sum(
        (m, k, weight, x) in (0usize..=37, 0usize..=67).prop_flat_map(|(m, k)| (
            Just(m),
            Just(k),
            prop::collection::vec(-127i8..=127, m * k),
            prop::collection::vec(-127i8..=127, k),
        )),
        x_scale in prop_oneof![Just(0.0f32), 1e-6f32..1.0, 1e-40f32..1e-35, 1e30f32..1e36],
        seed in prop::collection::vec((0.0f32..2.0, -3.0f32..3.0), 37),
    ) {
        let (scale, bias): (Vec<f32>, Vec<f32>) = seed.into_iter().take(m).unzip();
        check(m, k, &weight, &x, x_scale, &scale, &bias);
    }
}

#[test]
fn every_variant_equals_the_plain_sum_at_the_extremes() {
    for m in [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33] {
        for k in [1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 64, 509] {
            for (w, v) in [(127, 127), (127, -127), (-127, 127), (-127, -127), (0, 127)] {
                let (scale, bias) = (vec![0.01; m], vec![-0.5; m]);
                check(m, k, &vec![w; m * k], &vec![v; k], 0.007, &scale, &bias);
            }
        }
    }
}

#[test]
fn the_longest_row_does_not_overflow() {
    let k = crate::quant::MAX_COLUMNS;
    for (w, v) in [(127, 127), (-127, 127)] {
        check(1, k, &vec![w; k], &vec![v; k], 1.0, &[1.0], &[0.0]);
    }
}

#[test]
#[should_panic(expected = "the vector is as long as a row")]
fn a_vector_of_another_length_is_refused() {
    let v = available(Cpu::detect()).next().unwrap();
    v.run(&v.pack(1, 4, &[1; 4], &[1.0], &[0.0]), &[1; 3], 1.0, &mut [0.0]);
}
