use super::*;
use proptest::prelude::*;

/// One LSTM and the tokens it reads. `rows` is `[tokens][2][4][hidden]`.
#[derive(Clone, Debug)]
struct Case {
    hidden: usize,
    weight: Vec<i8>,
    scale: Vec<f32>,
    rows: Vec<f32>,
    index: Vec<u32>,
}

/// Pooled integers and cells of the real units.
type Outcome = (Vec<i16>, Vec<i16>);

fn outcome(v: &Variant, case: &Case) -> Outcome {
    let packed = v.pack(case.hidden, &case.weight, &case.scale);
    let tokens = case.rows.len() / (8 * case.hidden);
    let mut placed = vec![0.0; tokens * packed.row_len()];
    for (n, value) in case.rows.iter().enumerate() {
        let (unit, gate, direction) = (n % case.hidden, n / case.hidden % 4, n / (4 * case.hidden) % 2);
        placed[n / (8 * case.hidden) * packed.row_len() + packed.place(direction, gate, unit)] = *value;
    }
    let mut rows = vec![0; placed.len()];
    packed.gate_inputs(&placed, &mut rows);
    let mut state = State::default();
    // Leftovers of an earlier, larger run must not matter.
    state.reset(packed.padded() + 32);
    state.cell.fill(i16::MAX);
    v.run(&packed, &rows, &case.index, &mut state);
    let real = |place: &usize| place % packed.padded() < case.hidden;
    let places: Vec<usize> = (0..2 * packed.padded()).filter(real).collect();
    (places.iter().map(|p| state.pooled()[*p]).collect(), places.iter().map(|p| state.cell[*p]).collect())
}

fn check(case: &Case) {
    let generic = VARIANTS.last().unwrap();
    let want = outcome(generic, case);
    for v in available(Cpu::detect()) {
        assert!(outcome(v, case) == want, "{} differs from generic on {case:?}", v.name);
    }
}

/// The contract in f64 and plain indices, with the library's tanh and without rounding: near the op, not equal to it.
fn reference(case: &Case) -> Vec<f64> {
    let h = case.hidden;
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let mut pooled = vec![f64::NEG_INFINITY; 2 * h];
    for direction in 0..2 {
        let (mut state, mut cell) = (vec![0.0; h], vec![0.0; h]);
        let mut order = case.index.clone();
        if direction == 1 {
            order.reverse();
        }
        for token in order {
            let gate = |g: usize, unit: usize| {
                let row = direction * 4 * h + g * h + unit;
                let weight = &case.weight[row * h..][..h];
                let sum: f64 = weight.iter().zip(&state).map(|(w, h)| f64::from(*w) * h).sum();
                let range = if g == 2 { 4.0 } else { 8.0 };
                let within = |x: f64| x.clamp(-range, range);
                within(
                    within(f64::from(case.rows[token as usize * 8 * h + row]))
                        + sum * f64::from(case.scale[row]),
                )
            };
            let next: Vec<(f64, f64)> = (0..h)
                .map(|unit| {
                    let added = sigmoid(gate(0, unit)) * gate(2, unit).tanh();
                    let c = (sigmoid(gate(1, unit)) * cell[unit] + added).clamp(-8.0, 8.0);
                    (c, sigmoid(gate(3, unit)) * c.clamp(-4.0, 4.0).tanh())
                })
                .collect();
            (cell, state) = next.into_iter().unzip();
            for (pooled, h) in pooled[direction * h..].iter_mut().zip(&state) {
                *pooled = pooled.max(*h);
            }
        }
    }
    pooled
}

/// Cases of plausible size, smaller ones where Miri interprets them, and with inputs and scales at which gates saturate
/// or vanish.
fn case(most_hidden: usize) -> impl Strategy<Value = Case> {
    let spread = prop_oneof![
        6 => Just((1.0f32, 0.003f32)),
        2 => Just((8.0, 0.05)),
        1 => Just((1e-3, 1e-6)),
        1 => Just((1e-38, 1e-42)),
        1 => Just((1e30, 1e30)),
        1 => Just((f32::INFINITY, f32::INFINITY)),
    ];
    let (most_hidden, lengths) = if cfg!(miri) {
        (most_hidden.min(9), vec![0, 1, 3])
    } else {
        (most_hidden, vec![0, 1, 2, 3, 7, 13, 31])
    };
    let lengths = prop::sample::select(lengths);
    (1..=most_hidden, 1usize..=5, lengths, spread).prop_flat_map(|(hidden, tokens, length, (x, scale))| {
        (
            prop::collection::vec(-127i8..=127, 8 * hidden * hidden),
            prop::collection::vec(0.0f32..=1.0, 8 * hidden),
            prop::collection::vec(-4.0f32..4.0, tokens * 8 * hidden),
            prop::collection::vec(0..u32::try_from(tokens).unwrap(), length),
        )
            .prop_map(move |(weight, mut scales, mut rows, index)| {
                scales.iter_mut().for_each(|s| *s *= scale);
                within_reach(hidden, &weight, &mut scales);
                rows.iter_mut().for_each(|v| *v *= x);
                Case { hidden, weight, scale: scales, rows, index }
            })
    })
}

/// Lowers scales until no row is beyond reach.
fn within_reach(hidden: usize, weight: &[i8], scale: &mut [f32]) {
    while let Some((row, _)) = first_beyond_reach(hidden, weight, scale) {
        let sum: i32 = weight[row * hidden..][..hidden].iter().map(|w| i32::from(*w).abs()).sum();
        scale[row] = (MOST_REACH / sum.max(1) as f32).next_down().next_down();
    }
}

proptest! {
    #[test]
    fn every_variant_equals_generic(case in case(19)) {
        check(&case);
    }

    #[test]
    fn generic_is_near_the_same_rules_in_f64(case in case(6)) {
        prop_assume!(case.rows.iter().all(|x| x.abs() < 1e3) && case.scale.iter().all(|s| *s < 0.004));
        let (got, _) = outcome(VARIANTS.last().unwrap(), &case);
        for (got, want) in got.iter().zip(reference(&case)).filter(|_| !case.index.is_empty()) {
            // A step of a gate is 1 / 4096; the recurrence amplifies what rounding leaves.
            let error = (f64::from(*got) / f64::from(UNIT) - want).abs();
            prop_assert!(error < 0.03, "{error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 6 }))]

    #[test]
    fn every_variant_equals_generic_when_wide(case in case(70)) {
        check(&case);
    }
}

/// h after each token of the case's forward direction, step by step, and c at the end.
fn steps(v: &Variant, case: &Case) -> (Vec<Vec<i16>>, Vec<i16>) {
    let h = case.hidden;
    let packed = v.pack_one(h, &case.weight[..4 * h * h], &case.scale[..4 * h]);
    let mut state = StepState::new(&packed);
    let (mut placed, mut x) = (vec![0.0; packed.row_len()], vec![0; packed.row_len()]);
    let mut states = Vec::new();
    for token in &case.index {
        for (n, value) in case.rows[*token as usize * 8 * h..][..4 * h].iter().enumerate() {
            placed[packed.place(0, n / h, n % h)] = *value;
        }
        packed.gate_inputs(&placed, &mut x);
        v.step(&packed, &x, &mut state);
        states.push(state.values().1[..h].to_vec());
    }
    (states, state.values().0[..h].to_vec())
}

proptest! {
    #[test]
    fn steps_give_the_bits_of_a_whole_run_with_every_variant(case in case(40)) {
        let (pooled, cells) = outcome(VARIANTS.last().unwrap(), &case);
        let want = steps(VARIANTS.last().unwrap(), &case);
        let largest = |unit: usize| want.0.iter().map(|h| h[unit]).max().unwrap_or(i16::MIN);
        let most: Vec<i16> = (0..case.hidden).map(largest).collect();
        prop_assert_eq!(&pooled[..case.hidden], &most[..]);
        prop_assert_eq!(&cells[..case.hidden], &want.1[..]);
        for v in available(Cpu::detect()) {
            prop_assert_eq!(&steps(v, &case), &want, "{}", v.name);
        }
    }
}

/// A fixed case: weights and inputs from a small congruential generator.
fn made(hidden: usize, length: usize, weight: Option<i8>, x: f32, scale: f32) -> Case {
    let mut seed = 12_345u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(seed >> 24).unwrap()
    };
    let tokens = 11;
    let weight: Vec<i8> =
        (0..8 * hidden * hidden).map(|_| weight.unwrap_or((next() >> 1).cast_signed() - 63)).collect();
    let mut scale = vec![scale; 8 * hidden];
    within_reach(hidden, &weight, &mut scale);
    Case {
        hidden,
        weight,
        scale,
        rows: (0..tokens * 8 * hidden).map(|_| (f32::from(next()) - 127.5) / 127.5 * x).collect(),
        index: (0..length).map(|_| u32::from(next()) % 11).collect(),
    }
}

#[test]
fn every_variant_equals_generic_at_the_edges() {
    let widths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 64, 101];
    let (widths, lengths) =
        if cfg!(miri) { (&widths[..8], &[0, 2][..]) } else { (&widths[..], &[0, 1, 2, 17][..]) };
    for &hidden in widths {
        for &length in lengths {
            check(&made(hidden, length, None, 3.0, 1e-3));
            check(&made(hidden, length, Some(127), 1.0, 1.0));
            check(&made(hidden, length, Some(-127), 50.0, 1e-2));
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes too long when interpreted")]
fn the_widest_state_does_not_overflow() {
    // All gates open and all weights alike: h comes near 1 everywhere, the sum near its bound.
    let hidden = crate::quant::MAX_HIDDEN;
    for weight in [127, -127] {
        let mut case = made(hidden, 3, Some(weight), 0.0, 1e-9);
        case.rows.fill(40.0);
        check(&case);
        let (pooled, _) = outcome(VARIANTS.last().unwrap(), &case);
        assert!(pooled.iter().all(|h| *h > 31_000), "h is near 1");
    }
}

#[test]
#[cfg_attr(miri, ignore = "takes too long when interpreted")]
fn a_long_text_keeps_its_bits() {
    check(&made(16, 4_001, None, 2.0, 4e-3));
}

#[test]
#[should_panic(expected = "range")]
fn a_row_that_is_not_there_is_refused() {
    let case = made(4, 0, None, 1.0, 1.0);
    for v in available(Cpu::detect()) {
        let packed = v.pack(4, &case.weight, &case.scale);
        let rows = vec![0; 2 * packed.row_len()];
        v.run(&packed, &rows, &[0, 2], &mut State::default());
    }
}

#[test]
fn gate_inputs_are_rounded_to_their_steps_and_kept_within_them() {
    for v in available(Cpu::detect()) {
        let packed = v.pack(1, &[0; 8], &[0.0; 8]);
        let mut rows = vec![0.0; packed.row_len()];
        let given = [1.0, -0.5 / 4096.0, 1.5 / 8192.0, f32::NAN, 8.0, -9.0, 3.9999, f32::NEG_INFINITY];
        let places: Vec<usize> = (0..8).map(|n| packed.place(n / 4, n % 4, 0)).collect();
        places.iter().zip(given).for_each(|(place, x)| rows[*place] = x);
        let mut out = vec![7; rows.len()];
        packed.gate_inputs(&rows, &mut out);
        let found: Vec<i16> = places.iter().map(|place| out[*place]).collect();
        assert_eq!(found, [4096, 0, 2, 0, 32_767, -32_768, 32_767, -32_768], "{}", v.name);
    }
}

#[test]
fn rows_beyond_reach_are_found() {
    let weight = [100, -100, 127, 127];
    assert_eq!(first_beyond_reach(2, &weight, &[2.55, 2.0]), None);
    assert_eq!(first_beyond_reach(2, &weight, &[2.0, 2.25]), Some((1, 571.5)));
    assert_eq!(first_beyond_reach(2, &weight, &[2.56, 2.1]), Some((0, 512.0)));
    assert!(first_beyond_reach(2, &weight, &[f32::NAN, 0.0]).is_some());
}
