use super::*;
use crate::kernels::math;
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_variant_equals_the_function(
        x in prop::collection::vec(prop_oneof![4 => -8.0f32..8.0, 1 => any::<u32>().prop_map(f32::from_bits)], 0..=67),
    ) {
        let want: Vec<f32> = x.iter().map(|x| math::gelu(*x)).collect();
        for v in available(Cpu::detect()) {
            let mut got = x.clone();
            v.run(&mut got);
            for ((got, want), x) in got.iter().zip(&want).zip(&x) {
                let same = got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan();
                prop_assert!(same, "{} gelu({x:e}) = {got:e}, not {want:e}", v.name);
            }
        }
    }
}
