//! Ranking of answers: where the teacher's expected levels of two answers to a task differ by more than half a level,
//! the student's scores `s` are to have the same order, `mean ln(1 + e^(s_worse − s_better))` over such pairs of a
//! batch. Burges et al. 2005, "Learning to rank using gradient descent" (RankNet).

use super::RowTarget;
use crate::head::Group;

/// The teacher's expected levels of two answers differ by more than this, in levels.
const APART: f32 = 0.5;

/// Adds the gradient of the term to `gradient` and returns the term. A student's score of an answer is the mean of its
/// columns; they differ by constants only, so that it is the score of which all levels are made.
pub(super) fn term(
    groups: &[Group],
    rows: &[RowTarget],
    logits: &[f32],
    gradient: &mut [f32],
    weight: f32,
) -> f64 {
    let columns = logits.len() / rows.len().max(1);
    let span = |r: usize| {
        let own = &groups[rows[r].group].columns;
        r * columns + own.start..r * columns + own.end
    };
    let taught: Vec<(usize, f32, f32)> = (0..rows.len())
        .filter_map(|r| {
            let expected: f32 = rows[r].taught.as_ref()?.iter().sum();
            let z = &logits[span(r)];
            Some((r, expected, z.iter().sum::<f32>() / z.len() as f32))
        })
        .collect();
    let pairs: Vec<(usize, usize, f32)> = taught
        .iter()
        .flat_map(|better| taught.iter().map(move |worse| (better, worse)))
        .filter(|((a, x, _), (b, y, _))| rows[*a].group == rows[*b].group && x - y > APART)
        .map(|((a, _, s), (b, _, t))| (*a, *b, s - t))
        .collect();
    let scale = weight / pairs.len().max(1) as f32;
    let mut total = 0.0;
    for (better, worse, ahead) in pairs {
        total += f64::from(scale * ((-ahead).max(0.0) + (-ahead.abs()).exp().ln_1p()));
        let slope = -scale / (1.0 + ahead.exp());
        for (row, sign) in [(better, 1.0), (worse, -1.0)] {
            let own = &mut gradient[span(row)];
            let each = sign * slope / own.len() as f32;
            own.iter_mut().for_each(|dz| *dz += each);
        }
    }
    total
}
