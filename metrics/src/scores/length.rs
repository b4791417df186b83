//! How much of the agreement is the length of the answers.

/// Correlation of `a` and `b` after the part of both that is linear in `control` is taken out.
///
/// For three variables it equals the entry of RSMTool's `partial_correlations`, which inverts their covariance matrix.
/// `None` with fewer than four rows, or if a variable does not vary beyond what the control explains.
///
/// # Panics
///
/// When the lengths differ.
#[must_use]
pub fn partial_correlation(a: &[f64], b: &[f64], control: &[f64]) -> Option<f64> {
    assert!(a.len() == b.len() && b.len() == control.len(), "three variables of the same answers");
    if a.len() < 4 {
        return None;
    }
    let (ab, ac, bc) = (correlation(a, b)?, correlation(a, control)?, correlation(b, control)?);
    let left = (1.0 - ac * ac) * (1.0 - bc * bc);
    (left > 1e-12).then(|| ((ab - ac * bc) / left.sqrt()).clamp(-1.0, 1.0))
}

/// Pearson's correlation. `None` if a variable does not vary.
pub(super) fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        let (x, y) = (x - mean_a, y - mean_b);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    let scale = aa * bb;
    (scale > 0.0).then(|| (ab / scale.sqrt()).clamp(-1.0, 1.0))
}
