//! Matching of moments: `max E_T[f] − E_S[f]`, squared, over functions `f(h, y)` that are linear in `[1, h / |h|]` for
//! each outcome `y` and have norm 1. The best of these critics has a closed form, so that none is trained:
//! `|mean (q − p) ⊗ [1, h / |h|]|²` over the answers of a task in a batch, weighted by their share of it. The student's
//! probabilities have to be right on average, and in each direction of its vectors `h`. After Jia 2024, "Adversarial
//! moment-matching distillation" (arXiv 2406.02959), whose critics are networks; closed form as in Li et al. 2015,
//! "Generative moment matching networks".

use super::RowTarget;
use super::divergence::{sigmoid, softmax};
use crate::head::{Group, Link};

/// Adds the gradient of the term to `gradient` and returns the term. The vectors `[rows, width]` are the critics'
/// input and have no gradient.
pub(super) fn term(
    groups: &[Group],
    rows: &[RowTarget],
    logits: &[f32],
    vectors: &[f32],
    gradient: &mut [f32],
    weight: f32,
) -> f64 {
    let (columns, width) = (logits.len() / rows.len().max(1), vectors.len() / rows.len().max(1));
    let direction = |r: usize| {
        let h = &vectors[r * width..(r + 1) * width];
        let norm = h.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
        std::iter::once(1.0).chain(h.iter().map(move |v| v / norm))
    };
    let mut total = 0.0;
    for (number, group) in groups.iter().enumerate() {
        let own: Vec<usize> =
            (0..rows.len()).filter(|r| rows[*r].group == number && rows[*r].taught.is_some()).collect();
        let n = group.columns.len();
        let mut moments = vec![0.0f32; n * (width + 1)];
        let mut probabilities = Vec::with_capacity(own.len());
        for r in &own {
            let z = &logits[r * columns + group.columns.start..r * columns + group.columns.end];
            let q = match group.link {
                Link::Softmax => softmax(z, 1.0),
                Link::Logistic => z.iter().map(|z| sigmoid(*z).0).collect(),
            };
            let p = rows[*r].taught.iter().flatten();
            for ((q, p), moments) in q.iter().zip(p).zip(moments.chunks_exact_mut(width + 1)) {
                let off = (q - p) / own.len() as f32;
                moments.iter_mut().zip(direction(*r)).for_each(|(m, h)| *m += off * h);
            }
            probabilities.push(q);
        }
        let share = weight * own.len() as f32 / rows.len() as f32;
        total += f64::from(share * moments.iter().map(|m| m * m).sum::<f32>());
        for (r, q) in own.iter().zip(&probabilities) {
            // The derivative by each probability, then through the link.
            let slopes: Vec<f32> = moments
                .chunks_exact(width + 1)
                .map(|moments| {
                    let along: f32 = moments.iter().zip(direction(*r)).map(|(m, h)| m * h).sum();
                    2.0 * weight / rows.len() as f32 * along
                })
                .collect();
            let mean: f32 = slopes.iter().zip(q).map(|(s, q)| s * q).sum();
            let dz = &mut gradient[r * columns + group.columns.start..r * columns + group.columns.end];
            for ((dz, slope), q) in dz.iter_mut().zip(slopes).zip(q) {
                *dz += match group.link {
                    Link::Softmax => q * (slope - mean),
                    Link::Logistic => q * (1.0 - q) * slope,
                };
            }
        }
    }
    total
}
