//! TF-IDF values of counted n-grams.

/// The smoothed idf of an n-gram that `with` of `texts` texts have, `1 + ln((1 + texts) / (1 + with))`, as
/// scikit-learn's `TfidfTransformer` has it. It is for whoever makes weights: the engine reads them from its file,
/// since the logarithm is that of the system.
///
/// ```
/// assert_eq!(pupil_core::ngram::smooth_idf(9, 9), 1.0);
/// assert_eq!(pupil_core::ngram::smooth_idf(9, 0), 3.3025851);
/// ```
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
pub fn smooth_idf(texts: u32, with: u32) -> f32 {
    (1.0 + ((1.0 + f64::from(texts)) / (1.0 + f64::from(with))).ln()) as f32
}

/// Writes the TF-IDF values of counted n-grams to `out`, one f32 for each count, with a Euclidean length of 1.
///
/// A value is `tf × idf(bucket)`, where tf is the count, or `1 + ln(count)` if `sublinear`. The squares are added in
/// ascending order of the buckets, from 0, and each value is divided by the root of that sum; where the sum is 0,
/// because the text has no n-grams or every idf is 0, the values stay as they are.
///
/// ```
/// use pupil_core::ngram::tfidf;
///
/// let mut values = Vec::new();
/// tfidf(&[(2, 1), (9, 4)], |bucket| if bucket == 2 { 3.0 } else { 1.0 }, false, &mut values);
/// assert_eq!(values, [0.6, 0.8]);
/// ```
pub fn tfidf(counts: &[(u32, u32)], idf: impl Fn(u32) -> f32, sublinear: bool, out: &mut Vec<f32>) {
    out.clear();
    let mut sum = 0.0f32;
    out.extend(counts.iter().map(|&(bucket, count)| {
        // Most n-grams occur once, and ln(1) is 0.
        let tf = if sublinear && count > 1 { 1.0 + ln(count) } else { count as f32 };
        let value = tf * idf(bucket);
        sum += value * value;
        value
    }));
    if sum > 0.0 {
        let length = sum.sqrt();
        out.iter_mut().for_each(|value| *value /= length);
    }
}

/// The natural logarithm of a whole number from 1 on, from `+ × ÷` alone; 2·10⁻⁷ from the true value at most,
/// relative to it.
///
/// With n = m · 2ᵉ and m near 1 it is `e · ln 2 + 2 artanh(s)` for `s = (m − 1) / (m + 1)`, |s| ≤ 0.172, by the series
/// of artanh, whose first omitted term is 2·10⁻⁹.
pub(crate) fn ln(n: u32) -> f32 {
    // From 2^24 on not every whole number is an f32; the conversion rounds to nearest on every CPU.
    let bits = (n.max(1) as f32).to_bits();
    let (mut exponent, mut m) =
        ((bits >> 23).cast_signed() - 127, f32::from_bits((bits & 0x7f_ffff) | 0x3f80_0000));
    if m > std::f32::consts::SQRT_2 {
        (exponent, m) = (exponent + 1, m / 2.0);
    }
    let s = (m - 1.0) / (m + 1.0);
    let y = s * s;
    let series = (((y / 9.0 + 1.0 / 7.0) * y + 1.0 / 5.0) * y + 1.0 / 3.0) * y + 1.0;
    exponent as f32 * std::f32::consts::LN_2 + (s + s) * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_is_as_close_as_stated() {
        assert_eq!(ln(1).to_bits(), 0);
        let far = (2..20_000).chain([65_536, 1 << 24, u32::MAX]).map(|n| {
            let want = f64::from(n).ln();
            (f64::from(ln(n)) - want).abs() / want
        });
        let most = far.fold(0.0, f64::max);
        assert!(most <= 2e-7, "{most}");
    }

    #[test]
    fn nothing_and_only_zeros_stay_nothing_and_zeros() {
        let mut values = vec![7.0];
        tfidf(&[], |_| 1.0, true, &mut values);
        assert!(values.is_empty());
        tfidf(&[(1, 3), (2, 1)], |_| 0.0, true, &mut values);
        assert_eq!(values, [0.0, 0.0]);
    }
}
