//! What review buys: the error rate of the scores that count, by the share that counts.

use crate::guarantee::Judged;

/// A threshold, the share of answers with at least this confidence, and the errors among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RiskPoint {
    /// The threshold.
    pub threshold: f64,
    /// Answers with at least this confidence.
    pub automatic: u64,
    /// Wrong ones among them.
    pub wrong: u64,
    /// Share of all answers.
    pub coverage: f64,
    /// Share of wrong ones.
    pub risk: f64,
}

/// A risk–coverage curve.
#[derive(Clone, Debug, PartialEq)]
pub struct RiskCurve {
    /// A point for each confidence that occurs, from the highest down.
    pub points: Vec<RiskPoint>,
    /// Area under the curve: the mean risk of the 1, 2, …, n surest answers, where answers of one confidence are in
    /// random order.
    pub area: f64,
}

/// The curve of graded answers. `None` without answers.
#[must_use]
pub fn risk_curve(judged: &[Judged]) -> Option<RiskCurve> {
    let mut order: Vec<&Judged> = judged.iter().collect();
    order.sort_unstable_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let n = order.len() as f64;
    let (mut points, mut area, mut automatic, mut wrong) = (Vec::new(), 0.0, 0_u64, 0_u64);
    for ties in order.chunk_by(|a, b| a.confidence == b.confidence) {
        let errors = ties.iter().filter(|answer| answer.wrong).count() as u64;
        let rate = errors as f64 / ties.len() as f64;
        area += (1..=ties.len())
            .map(|k| (wrong as f64 + k as f64 * rate) / (automatic as f64 + k as f64))
            .sum::<f64>();
        automatic += ties.len() as u64;
        wrong += errors;
        points.push(RiskPoint {
            threshold: ties[0].confidence,
            automatic,
            wrong,
            coverage: automatic as f64 / n,
            risk: wrong as f64 / automatic as f64,
        });
    }
    (!points.is_empty()).then(|| RiskCurve { points, area: area / n })
}

impl RiskCurve {
    /// The first point, from the highest threshold down, at which at least this share of answers counts.
    #[must_use]
    pub fn at(&self, coverage: f64) -> Option<&RiskPoint> {
        self.points.iter().find(|point| point.coverage >= coverage - 1e-12)
    }
}
