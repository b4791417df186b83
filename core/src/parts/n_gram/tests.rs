use proptest::prelude::*;

use super::{NGramWeights, PackedNGram, TextScratch};
use crate::ErrorKind;
use crate::cpu::Cpu;
use crate::format::manifest::NGram;
use crate::kernels::Kernels;
use crate::ngram::NGramScratch;

const D: NGram = NGram { chars: Some((2, 3)), words: None, buckets: 256, units: 2, sublinear: false };

fn packed(d: &NGram, weight: &[i8], idf: f32) -> crate::Result<PackedNGram> {
    let (scale, bias) = (vec![1.0; d.units], vec![0.25; d.units]);
    let idf = vec![idf; d.buckets];
    PackedNGram::new(
        d,
        &NGramWeights { idf: &idf, weight, scale: &scale, bias: &bias },
        &Kernels::new(Cpu::detect()),
    )
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    let kind = |d: &NGram, weight: &[i8], idf| packed(d, weight, idf).unwrap_err().kind();
    assert!(packed(&D, &[1; 512], 1.0).is_ok());
    assert_eq!(kind(&D, &[1; 511], 1.0), ErrorKind::Damaged);
    assert_eq!(kind(&D, &[-128; 512], 1.0), ErrorKind::Damaged);
    for idf in [-1.0, f32::NAN, f32::INFINITY] {
        assert_eq!(kind(&D, &[1; 512], idf), ErrorKind::Damaged);
    }
    assert_eq!(kind(&NGram { chars: None, ..D }, &[1; 512], 1.0), ErrorKind::BadInput);
}

#[test]
fn text_without_n_grams_and_idf_of_zero_give_the_bias() {
    let mut out = [0.0; 2];
    packed(&D, &[127; 512], 1.0).unwrap().forward(" \n", &mut TextScratch::default(), &mut out).unwrap();
    assert_eq!(out, [0.25; 2]);
    packed(&D, &[127; 512], 0.0).unwrap().forward("warm", &mut TextScratch::default(), &mut out).unwrap();
    assert_eq!(out, [0.25; 2]);
}

#[test]
fn more_n_grams_than_a_sum_holds_are_refused() {
    let d = NGram { chars: Some((8, 8)), buckets: 1 << 20, units: 1, ..D };
    let encoder = packed(&d, &vec![127; 1 << 20], 65_536.0).unwrap();
    // Numbers of eight digits without a repetition, one long word.
    let text: String = (0..40_000).map(|n| format!("{n:05}")).collect();
    let (mut scratch, mut out) = (TextScratch::default(), [0.0]);
    let error = encoder.forward(&text, &mut scratch, &mut out).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert!(error.message().contains("different n-grams, at most 131072 are read"), "{error}");
    encoder.forward(&text[..60_000], &mut scratch, &mut out).unwrap();
    assert!(out[0].is_finite() && out[0] > 0.0);
}

proptest! {
    #[test]
    fn result_is_near_that_of_floats_and_finite(text in ".{0,80}", seed in any::<u64>(), units in 1usize..20) {
        let d = NGram { units, words: Some((1, 2)), ..D };
        let mut state = seed;
        let weight: Vec<i8> = (0..256 * units)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                i8::try_from((state >> 40) % 255).unwrap_or(127).max(-127)
            })
            .collect();
        let encoder = packed(&d, &weight, 2.0).unwrap();
        let mut out = vec![0.0; units];
        encoder.forward(&text, &mut TextScratch::default(), &mut out).unwrap();
        let mut scratch = NGramScratch::default();
        let counts = d.spec().unwrap().counts(&text, &mut scratch);
        let length = counts.iter().map(|c| f64::from(c.1).powi(2)).sum::<f64>().sqrt();
        let most = counts.iter().map(|c| f64::from(c.1)).fold(0.0, f64::max);
        for (unit, out) in out.iter().enumerate() {
            let sum: f64 = counts
                .iter()
                .map(|&(bucket, n)| f64::from(n) * f64::from(weight[bucket as usize * units + unit]))
                .sum();
            let want = 0.25 + if length > 0.0 { sum / length } else { 0.0 };
            // Each value is off by half a step at most, and a weight is at most 127.
            let step = if length > 0.0 { most / length / 127.0 } else { 0.0 };
            let off = 0.51 * step * 127.0 * counts.len() as f64 + 1e-3;
            prop_assert!((f64::from(*out) - want).abs() <= off, "{out} {want} {off}");
        }
    }
}
