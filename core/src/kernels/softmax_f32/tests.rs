use super::*;
use crate::kernels::math;
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_variant_equals_the_contract(x in prop::collection::vec(-90.0f32..90.0, 1..=83)) {
        let mut want = x.clone();
        math::softmax(&mut want);
        let want: Vec<u32> = want.iter().map(|y| y.to_bits()).collect();
        for v in available(Cpu::detect()) {
            let mut got = x.clone();
            v.run(&mut got);
            let got: Vec<u32> = got.iter().map(|y| y.to_bits()).collect();
            prop_assert_eq!(&got, &want, "{}", v.name);
        }
    }
}

#[test]
fn nothing_stays_nothing() {
    for v in available(Cpu::detect()) {
        v.run(&mut []);
    }
}
