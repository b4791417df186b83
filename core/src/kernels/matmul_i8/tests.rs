use super::*;
use crate::kernels::matvec_i8;
use proptest::prelude::*;

/// One product for every variant, compared with the generic product of a matrix and a vector, row by row.
fn check(m: usize, k: usize, weight: &[i8], x: &[i8], x_scale: &[f32], scale: &[f32], bias: &[f32]) {
    let matvec = matvec_i8::available(Cpu::detect()).last().expect("generic");
    let plain = matvec.pack(m, k, weight, scale, bias);
    let mut want = vec![0.0; x_scale.len() * m];
    for (r, x_scale) in x_scale.iter().enumerate() {
        matvec.run(&plain, &x[r * k..][..k], *x_scale, &mut want[r * m..][..m]);
    }
    let want: Vec<u32> = want.iter().map(|y| y.to_bits()).collect();
    for v in variants() {
        let packed = v.pack(m, k, weight, scale, bias);
        assert!(packed.bytes() <= Packed::bytes_at_most(m, k), "{} {m}x{k}", v.name);
        let mut out = vec![f32::NAN; x_scale.len() * m];
        v.run(&packed, x, x_scale, &mut out);
        let got: Vec<u32> = out.iter().map(|y| y.to_bits()).collect();
        assert_eq!(got, want, "{} {}x{m}x{k}", v.name, x_scale.len());
    }
}

/// All variants that run here: `x86_amx` on every CPU with AVX-512, where its tile instructions are emulated if the CPU
/// lacks them.
fn variants() -> Vec<&'static Variant> {
    let cpu = Cpu::detect();
    let emulated = VARIANTS.iter().filter(|v| v.needs.contains(FeatureSet::AMX) && tiles_are_emulated(cpu));
    available(cpu).chain(emulated).collect()
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn tiles_are_emulated(cpu: Cpu) -> bool {
    cpu.has(FeatureSet::AVX512) && !cpu.has(FeatureSet::AMX) && emulated_tiles::install()
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
fn tiles_are_emulated(_: Cpu) -> bool {
    false
}

proptest! {
    #[test]
    fn every_variant_equals_the_product_by_a_vector(
        (rows, m, k, weight, x) in (0usize..=9, 0usize..=83, 0usize..=37).prop_flat_map(|(rows, m, k)| (
            Just(rows),
            Just(m),
            Just(k),
            prop::collection::vec(-127i8..=127, m * k),
            prop::collection::vec(-127i8..=127, rows * k),
        )),
        x_scale in prop::collection::vec(prop_oneof![Just(0.0f32), 1e-6f32..1.0, 1e30f32..1e36], 9),
        seed in prop::collection::vec((0.0f32..2.0, -3.0f32..3.0), 83),
    ) {
        let (scale, bias): (Vec<f32>, Vec<f32>) = seed.into_iter().take(m).unzip();
        check(m, k, &weight, &x, &x_scale[..rows], &scale, &bias);
    }
}

#[test]
fn sums_at_the_limit_are_exact() {
    let k = crate::quant::MAX_COLUMNS;
    for (w, x) in [(127i8, 127i8), (-127, 127), (127, -127), (-127, -127)] {
        check(17, k, &vec![w; 17 * k], &vec![x; 2 * k], &[0.5, 1.0], &[1.0; 17], &[0.25; 17]);
    }
}

/// Shapes around whole registers, tiles and blocks, which are larger than what random shapes reach.
#[test]
fn every_variant_takes_whole_tiles_and_what_is_left_of_them() {
    let value = |n: usize| i8::try_from((n * 37 % 255) as isize - 127).expect("-127 to 127");
    for rows in [1, 2, 15, 16, 17, 31, 33, 48, 63, 64, 65, 81] {
        for (m, k) in [(1, 64), (16, 63), (17, 65), (32, 128), (33, 3), (48, 130), (64, 192), (83, 67)] {
            let weight: Vec<i8> = (0..m * k).map(|n| value(n + n / 127)).collect();
            let x: Vec<i8> = (0..rows * k).map(|n| value(3 * n + n / 251 + 5)).collect();
            let scale: Vec<f32> = (0..m).map(|n| 0.5 + n as f32 / 64.0).collect();
            let bias: Vec<f32> = (0..m).map(|n| n as f32 - 8.0).collect();
            let x_scale: Vec<f32> = (0..rows).map(|n| 1.0 / (n + 3) as f32).collect();
            check(m, k, &weight, &x, &x_scale, &scale, &bias);
        }
    }
}
