//! Plain loops.

pub(super) fn quantize(x: &[f32], q: &mut [i8]) -> f32 {
    let max = x.iter().fold(0.0f32, |max, v| if v.abs() > max { v.abs() } else { max });
    let scale = max / 127.0;
    if scale == 0.0 {
        q.fill(0);
        return 0.0;
    }
    for (q, v) in q.iter_mut().zip(x) {
        #[expect(clippy::cast_possible_truncation, reason = "within -127..=127, and NaN becomes 0")]
        let value = (v / scale).round_ties_even().clamp(-127.0, 127.0) as i8;
        *q = value;
    }
    scale
}
