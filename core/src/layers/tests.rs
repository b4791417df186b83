use super::*;
use crate::cpu::Cpu;
use crate::kernels::Kernels;

/// Every choice of kernels that this machine offers.
fn choices() -> Vec<Kernels> {
    Kernels::choices(Cpu::detect())
}

#[test]
fn linear_layers_that_break_a_rule_are_refused() {
    let kernels = Kernels::generic();
    let kind =
        |m, k, w: &[i8], s: &[f32], b: &[f32]| Linear::new(m, k, w, s, b, &kernels).err().map(|e| e.kind());
    assert_eq!(kind(1, 2, &[1, 2], &[1.0], &[0.0]), None);
    assert_eq!(kind(1, 2, &[1], &[1.0], &[0.0]), Some(ErrorKind::Damaged));
    assert_eq!(kind(1, 2, &[1, -128], &[1.0], &[0.0]), Some(ErrorKind::Damaged));
    assert_eq!(kind(1, 2, &[1, 2], &[f32::NAN], &[0.0]), Some(ErrorKind::Damaged));
    assert_eq!(kind(1, 2, &[1, 2], &[1.0], &[f32::INFINITY]), Some(ErrorKind::Damaged));
    assert_eq!(kind(1, 2, &[1, 2], &[1.0], &[]), Some(ErrorKind::Damaged));
    assert_eq!(kind(1, crate::quant::MAX_COLUMNS + 1, &[], &[], &[]), Some(ErrorKind::TooLarge));
}

#[test]
fn linear_is_near_the_exact_product() {
    let weight = [[0.5f32, -1.0, 0.25], [2.0, 0.0, -0.125]];
    let (q, scale) = crate::quant::quantize_rows(weight.as_flattened(), 3);
    let (x, bias) = ([0.3f32, -0.7, 1.9], [0.1, -0.2]);
    for kernels in choices() {
        let linear = Linear::new(2, 3, &q, &scale, &bias, &kernels).unwrap();
        let mut y = [0.0; 2];
        linear.forward(&x, &mut LinearScratch::default(), &mut y);
        for (row, y) in y.iter().enumerate() {
            let want: f32 = weight[row].iter().zip(&x).map(|(w, x)| w * x).sum::<f32>() + bias[row];
            assert!((y - want).abs() < 0.04, "{y} {want}");
        }
    }
}

#[test]
fn linear_of_zeros_is_the_bias() {
    for kernels in choices() {
        let linear = Linear::new(2, 3, &[1, 2, 3, 4, 5, 6], &[1.0, 2.0], &[0.25, -7.5], &kernels).unwrap();
        let mut y = [0.0; 2];
        linear.forward(&[0.0, -0.0, 0.0], &mut LinearScratch::default(), &mut y);
        assert_eq!(y, [0.25, -7.5]);
    }
}

#[test]
fn relu_keeps_what_is_above_zero() {
    let mut values = [1.5, -2.0, 0.0, -0.0, f32::NAN, f32::INFINITY];
    relu(&mut values);
    assert_eq!(values.map(f32::to_bits), [1.5, 0.0, 0.0, 0.0, 0.0, f32::INFINITY].map(f32::to_bits));
}
