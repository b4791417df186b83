//! Writes label files.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::{Labels, Provenance, companion};
use crate::data::{Dataset, Target};
use crate::files;

/// Writes the CSV and its companion; with `texts`, the answers are written too.
///
/// Fills in the fields of the provenance that describe the CSV. Each file is written completely or not at all; a crash
/// between the two leaves a pair that [`super::cached`] does not accept.
///
/// # Errors
///
/// When a row does not fit its task, `texts` has other tasks or lacks a row, or a file cannot be written.
pub fn write(path: &Path, labels: &Labels, provenance: &Provenance, texts: Option<&Dataset>) -> Result<()> {
    let csv = to_csv(labels, texts)?;
    let provenance = Provenance {
        tasks: labels.tasks.clone(),
        rows: labels.rows.len(),
        labels_blake3: blake3::hash(&csv).to_hex().to_string(),
        ..provenance.clone()
    };
    let mut json = serde_json::to_vec_pretty(&provenance)?;
    json.push(b'\n');
    files::write(path, &csv)?;
    files::write(&companion(path), &json)
}

fn to_csv(labels: &Labels, texts: Option<&Dataset>) -> Result<Vec<u8>> {
    let mut names: Vec<&str> = Vec::new();
    let mut column: HashMap<&str, usize> = HashMap::new();
    for name in labels.tasks.iter().flat_map(|t| &t.labels) {
        column.entry(name).or_insert_with(|| {
            names.push(name);
            names.len() - 1
        });
    }
    if let Some(dataset) = texts {
        ensure!(dataset.tasks == labels.tasks, "the labels belong to other tasks than the texts");
    }

    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["sample_index".to_owned(), "id".to_owned(), "task".to_owned()];
    header.extend(texts.map(|_| "text".to_owned()));
    for prefix in ["true", "pred", "prob"] {
        header.extend(names.iter().map(|name| format!("{prefix}_{name}")));
    }
    writer.write_record(&header)?;

    for (i, row) in labels.rows.iter().enumerate() {
        let task = labels.tasks.get(row.task).with_context(|| format!("row {}: unknown task", i + 1))?;
        ensure!(
            task.takes(&row.target)
                && task.takes(&row.predicted)
                && row.predicted != Target::Missing
                && row.probabilities.len() == task.labels.len()
                && row.probabilities.iter().all(|p| (0.0..=1.0).contains(p)),
            "row {}: the target, the award or the probabilities do not fit task `{}`",
            i + 1,
            task.id
        );
        let mut record = vec![row.index.to_string(), row.id.clone(), task.id.clone()];
        if let Some(dataset) = texts {
            let answer = dataset.answers.get(row.index).filter(|a| a.id == row.id && a.task == row.task);
            record.push(
                answer
                    .with_context(|| format!("row {}: its answer is not among the texts", i + 1))?
                    .text
                    .clone(),
            );
        }
        let mut cells = vec![String::new(); 3 * names.len()];
        for (label, name) in task.labels.iter().enumerate() {
            let at = column[name.as_str()];
            cells[at] = flag(&row.target, label);
            cells[names.len() + at] = flag(&row.predicted, label);
            cells[2 * names.len() + at] = row.probabilities[label].to_string();
        }
        record.extend(cells);
        writer.write_record(&record)?;
    }
    writer.into_inner().context("the rows cannot be written")
}

/// 1 if the target holds this label, otherwise 0; blank if there is no target.
fn flag(target: &Target, label: usize) -> String {
    match target {
        Target::Missing => String::new(),
        Target::Class(i) | Target::Level(i) => u8::from(*i == label).to_string(),
        Target::Labels(labels) => u8::from(labels[label]).to_string(),
    }
}
