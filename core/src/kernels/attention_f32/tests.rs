use super::*;
use crate::kernels::math;
use proptest::prelude::*;

/// The contract, written plainly.
fn plain(heads: Heads, qkv: &[f32]) -> Vec<u32> {
    let (width, d) = (heads.width(), heads.len);
    let rows = qkv.len() / (3 * width);
    let at = |row: usize, part: usize, head: usize| &qkv[row * 3 * width + part * width + head * d..][..d];
    let mut out = vec![0; rows * width];
    let scale = 1.0 / (d as f32).sqrt();
    for head in 0..heads.count {
        for t in 0..rows {
            let scores: Vec<f32> = (0..rows)
                .map(|j| at(t, 0, head).iter().zip(at(j, 1, head)).fold(0.0, |s, (q, k)| s + q * k) * scale)
                .collect();
            let max = scores.iter().fold(f32::NEG_INFINITY, |max, s| max.max(*s));
            let p: Vec<f32> = scores.iter().map(|s| math::share(s - max)).collect();
            let inverse = 1.0 / math::sum(&p);
            for c in 0..d {
                let sum = (0..rows).fold(0.0f32, |s, j| s + p[j] * at(j, 2, head)[c]);
                out[t * width + head * d + c] = (sum * inverse).to_bits();
            }
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 64 }))]
    #[test]
    fn every_variant_equals_the_contract(
        (count, len, x) in (1usize..=3, 1usize..=37, 0usize..=21).prop_flat_map(|(count, len, rows)| (
            Just(count), Just(len), prop::collection::vec(-4.0f32..4.0, 3 * count * len * rows),
        )),
    ) {
        let heads = Heads { count, len };
        let want = plain(heads, &x);
        for v in available(Cpu::detect()) {
            let mut scratch = Scratch::default();
            // A second run finds the buffers filled.
            for _ in 0..2 {
                let mut out = vec![f32::NAN; x.len() / 3];
                v.run(&heads, &x, &mut scratch, &mut out);
                let got: Vec<u32> = out.iter().map(|y| y.to_bits()).collect();
                prop_assert_eq!(&got, &want, "{}", v.name);
            }
        }
    }
}
