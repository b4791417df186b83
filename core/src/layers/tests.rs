use super::head::{levels, ordinal, sigmoid, softmax};
use super::*;
use crate::cpu::Cpu;
use crate::kernels::Kernels;
use proptest::prelude::*;

/// The arrays of a small encoder.
#[derive(Clone, Debug)]
struct Encoder {
    vocab: usize,
    dim: usize,
    hidden: usize,
    state_bits: u8,
    i8s: [Vec<i8>; 3],
    f32s: [Vec<f32>; 4],
}

impl Encoder {
    fn weights(&self) -> LstmWeights<'_> {
        LstmWeights {
            vocab: self.vocab,
            embedding_dim: self.dim,
            hidden: self.hidden,
            state_bits: self.state_bits,
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

fn encoder() -> impl Strategy<Value = Encoder> {
    (1usize..=9, 1usize..=11, 1usize..=17, prop::sample::select(vec![8u8, 16])).prop_flat_map(
        |(v, d, h, bits)| {
            let i8s = |n| prop::collection::vec(-127i8..=127, n);
            let f32s = |n, most: f32| prop::collection::vec(0.0..most, n);
            (
                (i8s(v * d), i8s(8 * h * d), i8s(8 * h * h)),
                (
                    f32s(v, 0.01),
                    f32s(8 * h, 0.03),
                    f32s(8 * h, 0.02),
                    prop::collection::vec(-1.0f32..1.0, 8 * h),
                ),
            )
                .prop_map(move |(i8s, f32s)| Encoder {
                    vocab: v,
                    dim: d,
                    hidden: h,
                    state_bits: bits,
                    i8s: i8s.into(),
                    f32s: f32s.into(),
                })
        },
    )
}

/// A fixed encoder of 5 tokens, dimension 3, 4 units.
fn small() -> Encoder {
    let i8s = |n: usize| (0..n).map(|i| i8::try_from(i * 37 % 255).unwrap_or(-99)).collect::<Vec<i8>>();
    Encoder {
        vocab: 5,
        dim: 3,
        hidden: 4,
        state_bits: 16,
        i8s: [i8s(15), i8s(96), i8s(128)],
        f32s: [vec![0.01; 5], vec![0.02; 32], vec![0.003; 32], vec![0.1; 32]],
    }
}

/// Every choice of kernels that this machine offers.
fn choices() -> Vec<Kernels> {
    Kernels::choices(Cpu::detect())
}

fn forward(lstm: &Lstm, ids: &[u32]) -> Vec<u32> {
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
        let want = forward(&Lstm::new(&e.weights(), &Kernels::generic(), 0).unwrap(), &ids);
        for kernels in choices() {
            for limit in [0, usize::MAX] {
                let lstm = Lstm::new(&e.weights(), &kernels, limit).unwrap();
                prop_assert_eq!(lstm.is_folded(), limit > 0);
                prop_assert_eq!(&forward(&lstm, &ids), &want, "{:?}", kernels.names());
            }
        }
    }

    #[test]
    fn softmax_is_a_distribution(logits in prop::collection::vec(-50.0f32..50.0, 1..40), t in 0.1f32..5.0) {
        let mut p = vec![0.0; logits.len()];
        softmax(&logits, t, &mut p);
        prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
        prop_assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        let scaled: Vec<f64> = logits.iter().map(|z| f64::from(*z) / f64::from(t)).collect();
        let max = scaled.iter().copied().fold(f64::MIN, f64::max);
        let sum: f64 = scaled.iter().map(|z| (z - max).exp()).sum();
        for (p, z) in p.iter().zip(scaled) {
            prop_assert!((f64::from(*p) - (z - max).exp() / sum).abs() < 1e-4);
        }
    }

    #[test]
    fn levels_are_a_distribution(
        score in -30.0f32..30.0,
        gaps in prop::collection::vec(0.01f32..5.0, 1..8),
        t in 0.1f32..5.0,
    ) {
        let cuts: Vec<f32> = gaps.iter().scan(10.0, |cut, gap| { *cut -= gap; Some(*cut) }).collect();
        let (mut above, mut p) = (vec![0.0; cuts.len()], vec![0.0; cuts.len() + 1]);
        ordinal(score, &cuts, t, &mut above);
        levels(&above, &mut p);
        prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
        prop_assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn no_tokens_give_zeros() {
    for limit in [0, usize::MAX] {
        let lstm = Lstm::new(&small().weights(), &Kernels::new(Cpu::detect()), limit).unwrap();
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
        let encoders = [&small, &large].map(|e| Lstm::new(&e.weights(), &kernels, limit).unwrap());
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
    let lstm = Lstm::new(&small().weights(), &Kernels::generic(), 0).unwrap();
    assert_ne!(forward(&lstm, &[1, 2, 3]), forward(&lstm, &[3, 2, 1]));
}

/// The error of an encoder that `spoil` has changed.
fn refused(spoil: impl Fn(&mut Encoder)) -> (ErrorKind, String) {
    let mut e = small();
    spoil(&mut e);
    let error = Lstm::new(&e.weights(), &Kernels::generic(), 0).expect_err("spoiled");
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
    assert_eq!(refused(|e| e.state_bits = 12).0, ErrorKind::Unsupported);
    assert_eq!(refused(|e| e.hidden = 513).0, ErrorKind::TooLarge);
    assert_eq!(refused(|e| e.hidden = 0).0, ErrorKind::Damaged);
    assert_eq!(refused(|e| e.vocab = usize::MAX).0, ErrorKind::TooLarge);
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

#[test]
fn heads_follow_their_temperature() {
    let mut p = [0.0; 3];
    softmax(&[1000.0, 0.0, -1000.0], 1.0, &mut p);
    assert_eq!(p, [1.0, 0.0, 0.0]);
    let (mut hot, mut cold) = ([0.0; 1], [0.0; 1]);
    sigmoid(&[1.0], 4.0, &mut hot);
    sigmoid(&[1.0], 0.25, &mut cold);
    assert!(0.5 < hot[0] && hot[0] < cold[0]);
    let (mut above, mut both) = ([0.0; 1], [0.0; 2]);
    ordinal(2.0, &[-2.0], 1.0, &mut above);
    levels(&above, &mut both);
    assert_eq!(both, [0.5, 0.5]);
}
