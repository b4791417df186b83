//! TF-IDF values of counted n-grams.

use crate::kernels::math::ln;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_only_zeros_stay_nothing_and_zeros() {
        let mut values = vec![7.0];
        tfidf(&[], |_| 1.0, true, &mut values);
        assert!(values.is_empty());
        tfidf(&[(1, 3), (2, 1)], |_| 0.0, true, &mut values);
        assert_eq!(values, [0.0, 0.0]);
    }
}
