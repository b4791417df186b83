//! Plots, as data. The page draws them; a table with the same numbers is beside each.

/// A plot with what it shows in words.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Identifier in the page.
    pub id: String,
    /// Caption.
    pub title: String,
    /// What the plot shows, for readers who do not see it.
    pub description: String,
    /// Name of the table with its numbers.
    pub table: String,
    /// The plot.
    pub plot: Plot,
}

/// A plot.
#[derive(Clone, Debug)]
pub enum Plot {
    /// Bars side by side.
    Bars {
        /// What is under the bars.
        categories: Vec<String>,
        /// Name and heights of each series.
        series: Vec<(String, Vec<f64>)>,
        /// Title of the horizontal axis.
        x: String,
        /// Title of the vertical axis.
        y: String,
    },
    /// Lying bars, one below the other, made of parts that are one behind the other.
    Rows {
        /// Names beside the bars.
        names: Vec<String>,
        /// Name of each part, and how many each bar has.
        parts: Vec<(String, Vec<u64>)>,
        /// Title of the axis.
        x: String,
    },
    /// Lines over numbers.
    Lines {
        /// The lines.
        lines: Vec<Line>,
        /// The horizontal axis.
        x: Axis,
        /// The vertical axis.
        y: Axis,
        /// Straight lines for orientation.
        guides: Vec<Guide>,
    },
    /// Estimates with intervals, one below the other.
    Estimates {
        /// The estimates.
        rows: Vec<Estimate>,
        /// Title of the axis.
        x: String,
        /// Where nothing differs.
        zero: Option<f64>,
        /// Limits beyond which a figure is marked.
        limits: Vec<f64>,
    },
}

/// A straight line for orientation.
#[derive(Clone, Debug)]
pub struct Guide {
    /// Name.
    pub name: String,
    /// One end.
    pub from: (f64, f64),
    /// The other.
    pub to: (f64, f64),
}

/// An estimate.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// Name.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// Its interval.
    pub interval: Option<(f64, f64)>,
}

impl Estimate {
    /// An estimate; `None` if it has no value.
    pub(super) fn new(name: impl Into<String>, value: f64, interval: Option<(f64, f64)>) -> Option<Self> {
        (!value.is_nan()).then(|| Self { name: name.into(), value, interval })
    }

    /// Estimates in words.
    pub(super) fn described(rows: &[Self]) -> String {
        let one = |row: &Self| match row.interval {
            Some((low, high)) => format!("{}: {:.3}, from {low:.3} to {high:.3}", row.name, row.value),
            None => format!("{}: {:.3}", row.name, row.value),
        };
        rows.iter().map(one).collect::<Vec<_>>().join("; ") + "."
    }
}

/// A line.
#[derive(Clone, Debug)]
pub struct Line {
    /// Name.
    pub name: String,
    /// Points, from left to right.
    pub points: Vec<(f64, f64)>,
    /// Interval of each point; empty for none.
    pub intervals: Vec<(f64, f64)>,
    /// Whether points have marks.
    pub marked: bool,
}

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// Title.
    pub title: String,
    /// Lowest and highest number; found from the lines if not given.
    pub range: Option<(f64, f64)>,
    /// Whether numbers are shares, shown in percent.
    pub percent: bool,
    /// Whether the axis counts, so that only whole numbers are marked.
    pub whole: bool,
}

impl Axis {
    /// An axis of shares from 0 to 1.
    pub(super) fn shares(title: &str) -> Self {
        Self { title: title.to_owned(), range: Some((0.0, 1.0)), percent: true, whole: false }
    }
}
