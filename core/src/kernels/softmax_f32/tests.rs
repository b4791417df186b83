use super::*;
use crate::layers::head;
use proptest::prelude::*;

proptest! {
    #[test]
    fn every_variant_equals_the_softmax_of_heads(x in prop::collection::vec(-90.0f32..90.0, 1..=83)) {
        let mut want = vec![0.0; x.len()];
        head::softmax(&x, 1.0, &mut want);
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
