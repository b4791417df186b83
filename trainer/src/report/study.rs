//! The table of a study: each variation's mean over seeds, and its difference to the first one.

use super::compare::{compare, signed};
use super::pool::Quantity;
use super::table::{figure, figure_with_deviation};
use super::{Evaluation, Style};
use crate::report::Grid;
use anyhow::{Context, Result};
use pupil_metrics::Bootstrap;

/// A variation.
pub struct StudyRow {
    /// Its name.
    pub name: String,
    /// Its evaluation with each seed.
    pub runs: Vec<Evaluation>,
    /// Mean time of a fit.
    pub seconds: f64,
    /// Mean validation loss.
    pub loss: f64,
}

/// Two-sided 95 % quantiles of Student's t by degrees of freedom, from 1; 1.96 beyond.
const T: [f64; 12] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179];

/// Mean and half width of the 95 % interval of paired differences; `None` for fewer than two.
pub(super) fn paired(differences: &[f64]) -> Option<(f64, f64)> {
    let n = differences.len();
    if n < 2 {
        return None;
    }
    let mean = differences.iter().sum::<f64>() / n as f64;
    let squares: f64 = differences.iter().map(|d| (d - mean).powi(2)).sum();
    let error = (squares / (n - 1) as f64 / n as f64).sqrt();
    Some((mean, T.get(n - 2).copied().unwrap_or(1.96) * error))
}

/// The variations in Markdown. The first interval of a difference is that of the paired bootstrap over answers, the
/// second that of Student's t over paired seeds.
///
/// # Errors
///
/// When runs were measured on different answers.
pub fn study_table(rows: &[StudyRow], replicates: usize, seed: u64) -> Result<String> {
    let bootstrap = Bootstrap { replicates, seed, ..Bootstrap::default() };
    let first = rows.first().context("a study has variations")?;
    let (mut body, mut title) = (Vec::new(), String::new());
    for (n, row) in rows.iter().enumerate() {
        let found = compare(&row.runs, &first.runs, None, &bootstrap)?;
        let metric = found.metric;
        if title.is_empty() {
            title = format!("{} (x 100), mean over tasks, by {} seeds", metric.title(), row.runs.len());
        }
        let quantity = Quantity { runs: found.first.runs.clone(), replicates: Vec::new() };
        let differences: Vec<f64> = found.by_seed.values().copied().collect();
        let (answers, seeds, ahead) = if n == 0 {
            (String::new(), String::new(), String::new())
        } else {
            let by_seeds = paired(&differences).map_or(String::new(), |(_, half)| {
                let end = |v: f64| signed_figure(figure(metric, v));
                let mean = found.mean.estimate.value;
                format!("[{}, {}]", end(mean - half), end(mean + half))
            });
            let better = differences.iter().filter(|d| **d > 0.0).count();
            let all = differences.len();
            (signed(metric, &found.mean.estimate), by_seeds, format!("{better} of {all}"))
        };
        body.push(vec![
            row.name.clone(),
            figure_with_deviation(metric, &quantity),
            answers,
            seeds,
            ahead,
            format!("{:.4}", row.loss),
            format!("{:.0}", row.seconds),
        ]);
    }
    let header =
        ["variation", "mean", "difference, answers", "over seeds", "ahead", "validation loss", "seconds"];
    let grid = Grid { title, header: header.map(str::to_owned).to_vec(), rows: body, notes: Vec::new() };
    Ok(grid.render(Style::Markdown))
}

fn signed_figure(text: String) -> String {
    if text.starts_with('-') { text } else { format!("+{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_over_seeds_is_students() {
        assert_eq!(paired(&[0.1]), None);
        // Mean 2, standard deviation 1, two degrees of freedom.
        let (mean, half) = paired(&[1.0, 2.0, 3.0]).unwrap();
        assert!((mean - 2.0).abs() < 1e-12 && (half - 4.303 / 3f64.sqrt()).abs() < 1e-9, "{half}");
        let (_, half) = paired(&[1.0; 5]).unwrap();
        assert!(half.abs() < 1e-12);
    }
}
