use proptest::prelude::*;

use super::{LstmScratch, LstmWeights, PackedLstm};
use crate::cpu::Cpu;
use crate::error::ErrorKind;
use crate::kernels::Kernels;

/// The arrays of a small encoder.
#[derive(Clone, Debug)]
struct Arrays {
    vocab: usize,
    dim: usize,
    hidden: usize,
    i8s: [Vec<i8>; 3],
    f32s: [Vec<f32>; 4],
}

impl Arrays {
    fn weights(&self) -> LstmWeights<'_> {
        LstmWeights {
            vocab: self.vocab,
            embedding_dim: self.dim,
            hidden: self.hidden,
            embedding: &self.i8s[0],
            embedding_scale: &self.f32s[0],
            input: &self.i8s[1],
            input_scale: &self.f32s[1],
            recurrent: &self.i8s[2],
            recurrent_scale: &self.f32s[2],
            bias: &self.f32s[3],
        }
    }
}

fn encoder() -> impl Strategy<Value = Arrays> {
    (1usize..=9, 1usize..=11, 1usize..=17).prop_flat_map(|(v, d, h)| {
        let i8s = |n| prop::collection::vec(-127i8..=127, n);
        let f32s = |n, most: f32| prop::collection::vec(0.0..most, n);
        (
            (i8s(v * d), i8s(8 * h * d), i8s(8 * h * h)),
            (f32s(v, 0.01), f32s(8 * h, 0.03), f32s(8 * h, 0.02), prop::collection::vec(-1.0f32..1.0, 8 * h)),
        )
            .prop_map(move |(i8s, f32s)| Arrays {
                vocab: v,
                dim: d,
                hidden: h,
                i8s: i8s.into(),
                f32s: f32s.into(),
            })
    })
}

/// A fixed encoder of 5 tokens, dimension 3, 4 units.
fn small() -> Arrays {
    let i8s = |n: usize| (0..n).map(|i| i8::try_from(i * 37 % 255).unwrap_or(-99)).collect::<Vec<i8>>();
    Arrays {
        vocab: 5,
        dim: 3,
        hidden: 4,
        i8s: [i8s(15), i8s(96), i8s(128)],
        f32s: [vec![0.01; 5], vec![0.02; 32], vec![0.003; 32], vec![0.1; 32]],
    }
}

/// Every choice of kernels that this machine offers.
fn choices() -> Vec<Kernels> {
    Kernels::choices(Cpu::detect())
}

fn forward(lstm: &PackedLstm, ids: &[u32]) -> Vec<u32> {
    let mut out = vec![f32::NAN; lstm.output_len()];
    lstm.forward(ids, &mut LstmScratch::default(), &mut out);
    out.iter().map(|v| v.to_bits()).collect()
}

proptest! {
    #[test]
    fn folded_and_computed_gates_give_the_same_bits(
        e in encoder(),
        ids in prop::collection::vec(any::<u32>(), 0..20),
    ) {
        let ids: Vec<u32> = ids.iter().map(|id| id % u32::try_from(e.vocab).unwrap()).collect();
        let want = forward(&PackedLstm::new(&e.weights(), &Kernels::generic(), 0).unwrap(), &ids);
        for kernels in choices() {
            for limit in [0, usize::MAX] {
                let lstm = PackedLstm::new(&e.weights(), &kernels, limit).unwrap();
                prop_assert_eq!(lstm.is_folded(), limit > 0);
                prop_assert_eq!(&forward(&lstm, &ids), &want, "{:?}", kernels.names());
            }
        }
    }
}

#[test]
fn no_tokens_give_zeros() {
    for limit in [0, usize::MAX] {
        let lstm = PackedLstm::new(&small().weights(), &Kernels::new(Cpu::detect()), limit).unwrap();
        assert_eq!(forward(&lstm, &[]), [0; 8]);
        let mut integers = [7; 8];
        lstm.forward_integers(&[], &mut LstmScratch::default(), &mut integers);
        assert_eq!(integers, [0; 8]);
    }
}

#[test]
fn a_scratch_serves_encoders_of_every_size() {
    let (small, mut large) = (small(), small());
    large.hidden = 20;
    large.i8s[1] = vec![11; 8 * 20 * 3];
    large.i8s[2] = vec![-5; 8 * 20 * 20];
    large.f32s[1..].iter_mut().for_each(|f| *f = vec![0.05; 160]);
    let kernels = Kernels::new(Cpu::detect());
    let mut scratch = LstmScratch::default();
    for limit in [0, usize::MAX] {
        let encoders = [&small, &large].map(|e| PackedLstm::new(&e.weights(), &kernels, limit).unwrap());
        for lstm in [&encoders[0], &encoders[1], &encoders[0]] {
            let mut out = vec![0.0; lstm.output_len()];
            lstm.forward(&[3, 1, 4], &mut scratch, &mut out);
            let bits: Vec<u32> = out.iter().map(|v| v.to_bits()).collect();
            assert_eq!(bits, forward(lstm, &[3, 1, 4]));
        }
    }
}

#[test]
fn the_order_of_the_words_matters() {
    let lstm = PackedLstm::new(&small().weights(), &Kernels::generic(), 0).unwrap();
    assert_ne!(forward(&lstm, &[1, 2, 3]), forward(&lstm, &[3, 2, 1]));
}

/// The error of an encoder that `spoil` has changed.
fn refused(spoil: impl Fn(&mut Arrays)) -> (ErrorKind, String) {
    let mut e = small();
    spoil(&mut e);
    let error = PackedLstm::new(&e.weights(), &Kernels::generic(), 0).expect_err("spoiled");
    (error.kind(), error.to_string())
}

#[test]
fn encoders_that_break_a_rule_are_refused() {
    for n in 0..3 {
        let (kind, message) = refused(|e| e.i8s[n].truncate(14));
        assert_eq!(kind, ErrorKind::Damaged, "{message}");
        let (kind, message) = refused(|e| e.i8s[n][2] = -128);
        assert_eq!(kind, ErrorKind::Damaged);
        assert!(message.contains("at 2"), "{message}");
    }
    for n in 0..4 {
        let (kind, message) = refused(|e| e.f32s[n].push(0.0));
        assert_eq!(kind, ErrorKind::Damaged, "{message}");
        for bad in [f32::NAN, f32::INFINITY, 1e30] {
            let (kind, message) = refused(|e| e.f32s[n][1] = bad);
            assert_eq!(kind, ErrorKind::Damaged, "{message}");
        }
    }
    assert_eq!(refused(|e| e.f32s[0][0] = -0.01).0, ErrorKind::Damaged);
    let (kind, message) = refused(|e| e.f32s[2][7] = 65_000.0);
    assert_eq!(kind, ErrorKind::TooLarge);
    assert!(message.starts_with("row 7 of the recurrent weights may add"), "{message}");
    assert_eq!(refused(|e| e.hidden = 513).0, ErrorKind::TooLarge);
    assert_eq!(refused(|e| e.hidden = 0).0, ErrorKind::Damaged);
    assert_eq!(refused(|e| e.vocab = usize::MAX).0, ErrorKind::TooLarge);
}
