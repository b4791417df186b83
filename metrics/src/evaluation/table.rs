//! Tables of figures, and the limits beyond which a figure is marked.

use std::collections::BTreeMap;

/// A table of figures. It becomes a table of the page, a CSV file and an entry of the JSON file.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Name of the CSV file without its ending; that of RSMTool where it has the table.
    pub name: String,
    /// Caption.
    pub title: String,
    /// What the figures mean, in sentences.
    pub about: Vec<String>,
    /// Columns; the first names the row.
    pub columns: Vec<Column>,
    /// Rows, with a cell for each column.
    pub rows: Vec<Vec<Cell>>,
    /// Cells beyond a limit, by row and column, with the number of their warning.
    pub flags: BTreeMap<(usize, usize), usize>,
    /// Where the table is written.
    pub place: Place,
}

/// Where a table is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// On the page and in files.
    #[default]
    Everywhere,
    /// In files only.
    Files,
    /// As CSV only: it has a row for each answer.
    Csv,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Header in CSV and JSON.
    pub key: String,
    /// Header on the page.
    pub title: String,
    /// How the page shows numbers.
    pub format: Format,
}

/// How a number is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Digits after the point.
    Digits(usize),
    /// A percentage: the number is one already.
    Percent,
    /// A share from 0 to 1, shown as a percentage.
    Share,
    /// A p-value.
    PValue,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A number of things.
    Count(u64),
    /// A figure.
    Number(f64),
    /// A p-value in a column of other figures.
    P(f64),
    /// No value.
    None,
}

impl From<Option<f64>> for Cell {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Self::None, Self::Number)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<u64> for Cell {
    fn from(value: u64) -> Self {
        Self::Count(value)
    }
}

impl From<Option<u64>> for Cell {
    fn from(value: Option<u64>) -> Self {
        value.map_or(Self::None, Self::Count)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl Cell {
    /// The number in the cell.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(*count as f64),
            Self::Number(number) | Self::P(number) => Some(*number),
            Self::Text(_) | Self::None => None,
        }
    }

    /// The cell in CSV: the shortest decimal that is this number.
    #[must_use]
    pub fn csv(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) | Self::P(number) => number.to_string(),
            Self::None => String::new(),
        }
    }

    /// The cell on the page.
    #[must_use]
    pub fn shown(&self, format: Format) -> String {
        match (self, format) {
            (Self::Text(text), _) => text.clone(),
            (Self::Count(count), _) => grouped(*count),
            (Self::Number(number), Format::Digits(digits)) => minus(format!("{number:.digits$}")),
            (Self::Number(number), Format::Percent) => minus(format!("{number:.1}")),
            (Self::Number(number), Format::Share) => minus(format!("{:.1}", number * 100.0)),
            (Self::P(number), _) | (Self::Number(number), Format::PValue) => {
                if *number < 0.001 {
                    "< 0.001".to_owned()
                } else {
                    format!("{number:.3}")
                }
            }
            (Self::None, _) => "–".to_owned(),
        }
    }
}

/// A number with the sign for minus, and without one if it is rounded to 0.
fn minus(number: String) -> String {
    match number.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|b| matches!(b, b'1'..=b'9')) => format!("\u{2212}{rest}"),
        Some(rest) => rest.to_owned(),
        None => number,
    }
}

/// A count with a thin space between groups of three digits.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// When a figure is marked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// Below this.
    Below(f64),
    /// Above this.
    Above(f64),
    /// Farther than this from 0.
    Beyond(f64),
}

impl Limit {
    fn is_crossed(self, value: f64) -> bool {
        match self {
            Self::Below(limit) => value < limit,
            Self::Above(limit) => value > limit,
            Self::Beyond(limit) => value.abs() > limit,
        }
    }

    fn text(self, format: Format) -> String {
        let number = |limit: f64| match format {
            Format::Percent => format!("{} %", trimmed(limit)),
            Format::Share => format!("{} %", trimmed(limit * 100.0)),
            Format::Digits(_) | Format::PValue => minus(trimmed(limit)),
        };
        match self {
            Self::Below(limit) => format!("below {}", number(limit)),
            Self::Above(limit) => format!("above {}", number(limit)),
            Self::Beyond(limit) => format!("farther than {} from 0", number(limit)),
        }
    }
}

/// A limit without digits that say nothing.
fn trimmed(limit: f64) -> String {
    ((limit * 1e6).round() / 1e6).to_string()
}

/// A limit of a column, with the sentence that says what a figure beyond it means.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Key of the column, or its part before the first dot.
    pub column: &'static str,
    /// The limit.
    pub limit: Limit,
    /// What it means, in a sentence.
    pub means: &'static str,
}

/// A figure beyond a limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Warning {
    /// Name of the table.
    pub table: String,
    /// Name of the row.
    pub row: String,
    /// Key of the column.
    pub column: String,
    /// The figure and the limit in words.
    pub what: String,
    /// What it means, in a sentence.
    pub means: String,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self { name: name.into(), title: title.into(), ..Self::default() }
    }

    /// Adds a sentence about the figures.
    #[must_use]
    pub fn about(mut self, sentence: impl Into<String>) -> Self {
        self.about.push(sentence.into());
        self
    }

    /// Says where the table is written.
    #[must_use]
    pub fn only(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Adds a column.
    #[must_use]
    pub fn column(mut self, key: impl Into<String>, title: impl Into<String>, format: Format) -> Self {
        self.columns.push(Column { key: key.into(), title: title.into(), format });
        self
    }

    /// Adds a row.
    ///
    /// # Panics
    ///
    /// When it does not have a cell for each column.
    pub fn push(&mut self, row: Vec<Cell>) {
        assert_eq!(row.len(), self.columns.len(), "a cell for each column of `{}`", self.name);
        self.rows.push(row);
    }

    /// Place of a column.
    #[must_use]
    pub fn column_place(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.key == key)
    }

    /// The cell of a row and a column, by their names.
    #[must_use]
    pub fn get(&self, row: &str, column: &str) -> Option<&Cell> {
        let row = self.rows.iter().find(|cells| matches!(&cells[0], Cell::Text(name) if name == row))?;
        Some(&row[self.column_place(column)?])
    }

    /// Marks the figures beyond a rule's limit, in the rows that are asked for, and adds a warning for each.
    pub fn mark(&mut self, rule: &Rule, rows: impl Fn(&str) -> bool, warnings: &mut Vec<Warning>) {
        for (c, column) in self.columns.iter().enumerate() {
            if column.key != rule.column && column.key.split('.').next() != Some(rule.column) {
                continue;
            }
            for (r, cells) in self.rows.iter().enumerate() {
                let name = cells[0].csv();
                let Some(value) = cells[c].number() else { continue };
                if !rows(&name) || !rule.limit.is_crossed(value) {
                    continue;
                }
                self.flags.insert((r, c), warnings.len());
                let unit = if matches!(column.format, Format::Percent | Format::Share) { " %" } else { "" };
                warnings.push(Warning {
                    table: self.name.clone(),
                    row: name,
                    column: column.key.clone(),
                    what: format!(
                        "{}{unit}, {}",
                        cells[c].shown(column.format),
                        rule.limit.text(column.format)
                    ),
                    means: rule.means.to_owned(),
                });
            }
        }
    }
}
