//! Limits that a stated share of genuine answers exceeds.

/// Fewest genuine answers beyond a limit by which it is set directly; for fewer, the tail of the values is continued.
const COUNTED: f64 = 5.0;
/// Fewest values that a tail is continued from.
const TAIL: usize = 20;

/// The evidence that every limit asks for, in eighths of a bit: however rare a value is among genuine answers, what it
/// is told from must be 64 times as likely.
const EVIDENCE: i32 = 48;

/// The limit below which the given share of values lies. Where the share comes to a handful of values, the lowest
/// fiftieth of them is taken for the tail of an exponential distribution (Pickands 1975), and continued; the lower of
/// both limits counts, and -48 at most. None with fewer than 100 values.
pub(super) fn lower(values: impl IntoIterator<Item = i32>, share: f64) -> Option<i32> {
    let mut values: Vec<i32> = values.into_iter().collect();
    if values.len() < 5 * TAIL || share <= 0.0 {
        return None;
    }
    values.sort_unstable();
    let n = values.len() as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let counted = values[(share * n) as usize];
    if share * n >= COUNTED {
        return Some(counted.min(-EVIDENCE));
    }
    let tail = TAIL.max(values.len() / 50);
    let start = f64::from(values[tail]);
    let mean = values[..tail].iter().map(|v| start - f64::from(*v)).sum::<f64>() / tail as f64;
    let beyond = start - mean.max(1.0) * (tail as f64 / n / share).ln();
    #[expect(clippy::cast_possible_truncation, reason = "whole eighths of a bit")]
    let beyond = beyond.floor() as i32;
    Some(beyond.min(counted).min(-EVIDENCE))
}

/// The limit above which the given share of values lies.
pub(super) fn upper(values: impl IntoIterator<Item = i32>, share: f64) -> Option<i32> {
    Some(-lower(values.into_iter().map(|v| -v), share)?)
}
