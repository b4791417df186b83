//! The course of every fit as files: `history.csv`, a row for each epoch, and `history.svg`, its curves.
//!
//! Both are always written from the whole course, which the checkpoint keeps, so that those of a resumed fit go on
//! where the checkpoint was.

use super::history::History;
use crate::files;
use anyhow::Result;
use pupil_metrics::evaluation::{Axis, Figure, Guide, Line, Plot};
use pupil_metrics::report::svg_file;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A quantity with a value for each epoch.
struct Column {
    /// Its name in the table.
    name: String,
    /// Its name in the plot.
    title: &'static str,
    values: Vec<f64>,
}

/// A plot of one or more columns with one unit.
struct Panel {
    title: &'static str,
    /// Title of the vertical axis.
    unit: &'static str,
    /// Whether the values are shares, shown from 0 to 100 percent.
    shares: bool,
    columns: Vec<usize>,
}

/// The course of a fit.
#[derive(Default)]
pub struct Curves {
    columns: Vec<Column>,
    /// Plots, one below the other.
    panels: Vec<Panel>,
    /// The epoch, from 0, whose parameters were kept so far.
    kept: usize,
}

/// Name of what is measured while an epoch trains.
const TRAINING: &str = "training, mean during the epoch";

/// Name of what is measured when it is over.
const VALIDATION: &str = "validation, after the epoch";

impl Curves {
    fn column(&mut self, name: impl Into<String>, title: &'static str, values: &[f64]) -> usize {
        self.columns.push(Column { name: name.into(), title, values: values.to_vec() });
        self.columns.len() - 1
    }

    fn panel(&mut self, title: &'static str, unit: &'static str, columns: Vec<usize>) {
        self.panels.push(Panel { title, unit, shares: false, columns });
    }

    /// Those of a model's fit. Where the loss has terms that are not entropies, their weights make them comparable.
    #[must_use]
    pub fn of_model(history: &History) -> Self {
        let mut curves = Self { kept: history.best_epoch, ..Self::default() };
        let losses = vec![
            curves.column("train_loss", TRAINING, &history.train_loss),
            curves.column("validation_loss", VALIDATION, &history.validation_loss),
        ];
        curves.panel("Loss", "loss per answer (nats)", losses);
        if !history.exact_match.is_empty() {
            let columns = vec![curves.column("exact_match", VALIDATION, &history.exact_match)];
            let (title, unit) = ("Answers that get exactly their score", "share of answers (%)");
            curves.panels.push(Panel { title, unit, shares: true, columns });
        }
        let tasks = history.shares.first().map_or(0, Vec::len);
        for task in 0..tasks {
            let shares: Vec<f64> = history.shares.iter().map(|epoch| epoch[task]).collect();
            curves.column(format!("share_of_task_{}", task + 1), "", &shares);
        }
        curves
    }

    /// Those of a network that follows students: the training loss, and the area under the curve on validation answers.
    #[must_use]
    pub fn of_network(loss: &[f64], auc: &[f64], kept: usize) -> Self {
        let mut curves = Self { kept, ..Self::default() };
        let columns = vec![curves.column("train_loss", TRAINING, loss)];
        curves.panel("Loss", "loss per answer (nats)", columns);
        let columns = vec![curves.column("validation_auc", VALIDATION, auc)];
        curves.panel("Area under the curve", "AUC (0.5 is chance, 1 perfect)", columns);
        curves
    }

    /// Those of a network of options, which learns whether each option is chosen.
    #[must_use]
    pub fn of_options(train: &[f64], validation: &[f64], kept: usize) -> Self {
        let mut curves = Self { kept, ..Self::default() };
        let columns = vec![curves.column("train_loss", TRAINING, train)];
        curves.panel("Loss of each option", "loss per option (nats)", columns);
        let columns = vec![curves.column("validation_loss", VALIDATION, validation)];
        curves.panel("Loss of the chosen option", "loss per answer (nats)", columns);
        curves
    }

    /// Epochs that are done.
    fn epochs(&self) -> usize {
        self.columns.iter().map(|column| column.values.len()).max().unwrap_or(0)
    }

    /// The table; a value that an epoch lacks is empty.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut csv = String::from("epoch");
        self.columns.iter().for_each(|column| {
            let _ = write!(csv, ",{}", column.name);
        });
        csv += ",kept\n";
        for epoch in 0..self.epochs() {
            let _ = write!(csv, "{}", epoch + 1);
            for column in &self.columns {
                csv.push(',');
                if let Some(value) = column.values.get(epoch) {
                    let _ = write!(csv, "{value}");
                }
            }
            let _ = writeln!(csv, ",{}", u8::from(epoch == self.kept));
        }
        csv
    }

    /// The plots, as a file.
    #[must_use]
    pub fn svg(&self, title: &str) -> String {
        let figures: Vec<Figure> = self.panels.iter().map(|panel| self.figure(panel)).collect();
        svg_file(title, &figures)
    }

    fn figure(&self, panel: &Panel) -> Figure {
        let kept = self.kept as f64 + 1.0;
        let mut lines = Vec::with_capacity(panel.columns.len());
        for column in panel.columns.iter().map(|column| &self.columns[*column]) {
            let points =
                column.values.iter().enumerate().map(|(epoch, v)| (epoch as f64 + 1.0, *v)).collect();
            lines.push(Line { name: column.title.to_owned(), points, intervals: Vec::new(), marked: true });
        }
        let values = || lines.iter().flat_map(|line| &line.points).map(|point| point.1);
        let (low, high) =
            (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
        let room = ((high - low) * 0.06).max(1e-6);
        let range = if panel.shares { (0.0, 1.0) } else { (low - room, high + room) };
        let said = lines.iter().filter_map(|line| {
            let (first, last) = (line.points.first()?, line.points.last()?);
            Some(format!("{}: from {:.4} to {:.4}", line.name, first.1, last.1))
        });
        let said: Vec<String> = said.collect();
        let axis = |title: &str, range, percent, whole| Axis {
            title: title.to_owned(),
            range: Some(range),
            percent,
            whole,
        };
        let epochs = (0.5, self.epochs() as f64 + 0.5);
        Figure {
            id: String::new(),
            title: panel.title.to_owned(),
            description: format!("{}. {}. Epoch {kept} was kept.", panel.title, said.join("; ")),
            table: "history.csv".to_owned(),
            plot: Plot::Lines {
                lines,
                x: axis("epoch (passes over the training answers)", epochs, false, true),
                y: axis(panel.unit, range, panel.shares, false),
                guides: vec![Guide {
                    name: "the epoch that was kept".to_owned(),
                    from: (kept, range.0),
                    to: (kept, range.1),
                }],
            },
        }
    }

    /// Writes both files, unless no epoch is done.
    ///
    /// # Errors
    ///
    /// When one cannot be written.
    pub fn write(&self, title: &str, files: &CurveFiles) -> Result<()> {
        if self.epochs() == 0 {
            return Ok(());
        }
        files::write(&files.csv, self.csv().as_bytes())?;
        files::write(&files.svg, self.svg(title).as_bytes())
    }
}

/// Where the two files of a fit are.
#[derive(Clone, Debug)]
pub struct CurveFiles {
    csv: PathBuf,
    svg: PathBuf,
}

impl CurveFiles {
    /// In the folder of a model.
    #[must_use]
    pub fn within(folder: &Path) -> Self {
        Self { csv: folder.join("history.csv"), svg: folder.join("history.svg") }
    }

    /// Of one of several networks in a folder.
    #[must_use]
    pub fn of(folder: &Path, name: &str) -> Self {
        let of = |ending: &str| folder.join(format!("{name}.history.{ending}"));
        Self { csv: of("csv"), svg: of("svg") }
    }

    /// Both.
    #[must_use]
    pub fn all(&self) -> [&Path; 2] {
        [&self.csv, &self.svg]
    }
}
