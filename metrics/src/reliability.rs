//! Whether confidence is the share of right scores.

use crate::guarantee::Judged;
use crate::proportion::interval;

/// Answers of about the same confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReliabilityBin {
    /// Lowest confidence of the bin.
    pub from: f64,
    /// Highest confidence of the bin.
    pub to: f64,
    /// Answers.
    pub n: u64,
    /// Right ones among them.
    pub right: u64,
    /// Mean confidence; `None` in an empty bin.
    pub confidence: Option<f64>,
    /// Share of right ones; `None` in an empty bin.
    pub accuracy: Option<f64>,
    /// Exact 95 % interval of the share.
    pub interval: Option<(f64, f64)>,
}

/// Confidence and accuracy, bin by bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    /// The bins, from the lowest confidence up.
    pub bins: Vec<ReliabilityBin>,
    /// Expected calibration error: |confidence − accuracy| of the bins, averaged over answers.
    pub expected_error: f64,
    /// The largest |confidence − accuracy| of a bin.
    pub largest_error: f64,
    /// Mean confidence minus accuracy of all: above 0 the system is too sure.
    pub bias: f64,
    /// Mean squared distance of confidence from 1 for right scores and 0 for wrong ones.
    pub brier: f64,
}

/// How answers are put into bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binning {
    /// Bins of equal width from 0 to 1.
    EqualWidth(usize),
    /// Bins of about as many answers each.
    EqualCount(usize),
}

/// Compares confidence with accuracy. `None` without answers or bins.
#[must_use]
pub fn reliability(judged: &[Judged], binning: Binning) -> Option<Reliability> {
    let (Binning::EqualWidth(count) | Binning::EqualCount(count)) = binning;
    if judged.is_empty() || count == 0 {
        return None;
    }
    let mut order: Vec<Judged> = judged.to_vec();
    order.sort_unstable_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let place = |share: f64| share / count as f64;
    let groups: Vec<(f64, f64, &[Judged])> = match binning {
        Binning::EqualWidth(_) => {
            let mut rest = order.as_slice();
            let mut bins = Vec::new();
            for bin in 0..count {
                let (from, to) = (place(bin as f64), place(bin as f64 + 1.0));
                let is_inside = |answer: &Judged| answer.confidence < to || bin + 1 == count;
                let (inside, after) = rest.split_at(rest.partition_point(is_inside));
                bins.push((from, to, inside));
                rest = after;
            }
            bins
        }
        Binning::EqualCount(_) => (0..count)
            .map(|bin| &order[bin * order.len() / count..(bin + 1) * order.len() / count])
            .filter(|inside| !inside.is_empty())
            .map(|inside| (inside[0].confidence, inside[inside.len() - 1].confidence, inside))
            .collect(),
    };
    let n = order.len() as f64;
    let bins: Vec<ReliabilityBin> = groups
        .into_iter()
        .map(|(from, to, inside)| {
            let (size, right) = (inside.len(), inside.iter().filter(|a| !a.wrong).count() as u64);
            let some = |value: f64| (size > 0).then_some(value / size as f64);
            ReliabilityBin {
                from,
                to,
                n: size as u64,
                right,
                confidence: some(inside.iter().map(|a| a.confidence).sum()),
                accuracy: some(right as f64),
                interval: (size > 0).then(|| interval(right, size as u64, 0.95)),
            }
        })
        .collect();
    let gap = |bin: &ReliabilityBin| bin.confidence.zip(bin.accuracy).map(|(c, a)| (c - a).abs());
    let mean = |of: &dyn Fn(&Judged) -> f64| order.iter().map(of).sum::<f64>() / n;
    let truth = |answer: &Judged| f64::from(u8::from(!answer.wrong));
    Some(Reliability {
        expected_error: bins.iter().filter_map(|bin| Some(gap(bin)? * bin.n as f64)).sum::<f64>() / n,
        largest_error: bins.iter().filter_map(gap).fold(0.0, f64::max),
        bias: mean(&|a| a.confidence - truth(a)),
        brier: mean(&|a| (a.confidence - truth(a)).powi(2)),
        bins,
    })
}
