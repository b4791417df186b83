//! Tables: printed, and as Markdown and JSON.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::alone::Footprint;
use crate::litert::Python;

/// All measurements, and the versions of the runtimes.
#[derive(Serialize)]
pub(crate) struct Report {
    cpu: String,
    versions: Vec<(String, String)>,
    /// For each runtime whether it asked the system for the tile registers of AMX; unknown where nobody can be asked.
    tiles: Vec<(String, Option<bool>)>,
    tables: Vec<Table>,
}

/// One comparison. The other rows are compared with the first row.
#[derive(Serialize)]
pub(crate) struct Table {
    /// The title.
    pub(crate) title: String,
    /// The unit of the printed times, and the number of units per second.
    pub(crate) unit: (&'static str, f64),
    /// The number of rounds per runtime.
    pub(crate) rounds: usize,
    /// The measurement of each column.
    pub(crate) columns: &'static [&'static str],
    /// One for each runtime.
    pub(crate) rows: Vec<Row>,
    /// Runtimes that cannot run the model.
    pub(crate) missing: Vec<Unsupported>,
}

/// The times of one runtime.
#[derive(Serialize)]
pub(crate) struct Row {
    /// The runtime.
    pub(crate) name: String,
    /// The largest difference of its probabilities from those of ONNX Runtime in f32.
    pub(crate) difference: Option<f32>,
    /// Times, one for each column.
    pub(crate) cells: Vec<Spread>,
}

/// A runtime that cannot run a model.
#[derive(Serialize)]
pub(crate) struct Unsupported {
    /// The runtime.
    pub(crate) name: String,
    /// Its error message.
    pub(crate) why: String,
}

/// Seconds, over rounds.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Spread {
    low: f64,
    median: f64,
    high: f64,
}

impl Spread {
    /// Tenth, fiftieth and ninetieth percentile; `None` without times.
    pub(crate) fn of(seconds: &[f64]) -> Option<Self> {
        let mut sorted = seconds.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        let [low, median, high] = [1, 5, 9].map(|tenths| sorted[(last * tenths + 5) / 10]);
        Some(Self { low, median, high })
    }

    /// The fiftieth percentile, in seconds.
    pub(crate) fn median(&self) -> f64 {
        self.median
    }
}

impl Report {
    /// A report without tables.
    pub(crate) fn new(python: &mut Python) -> Result<Self> {
        let mut versions = vec![("Pupil".to_owned(), env!("CARGO_PKG_VERSION").to_owned())];
        for (name, package) in [("ONNX Runtime", "onnxruntime"), ("LiteRT", "ai-edge-litert")] {
            versions.push((name.into(), python.version(package)?));
        }
        for (name, package) in [("tract", "tract-onnx"), ("candle", "candle-core")] {
            versions.push((name.into(), locked_version(package)?));
        }
        Ok(Self { cpu: cpu_name(), versions, tiles: Vec::new(), tables: Vec::new() })
    }

    /// Notes which runtimes asked for tile registers.
    pub(crate) fn add_tiles(&mut self, alone: &[(String, Vec<Footprint>)]) {
        for (name, footprints) in alone {
            let asked = footprints.iter().map(|footprint| footprint.tiles).max().flatten();
            match self.tiles.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = (*known).max(asked),
                None => self.tiles.push((name.clone(), asked)),
            }
        }
    }

    /// Which runtimes used tile registers, as a sentence.
    fn tiles(&self) -> String {
        let named = |wanted: Option<bool>| {
            let names = self.tiles.iter().filter(|(_, asked)| *asked == wanted);
            names.map(|(name, _)| name.trim_end_matches(" *")).collect::<Vec<_>>().join("; ")
        };
        let (with, without) = (named(Some(true)), named(Some(false)));
        match (with.is_empty(), without.is_empty()) {
            (true, true) => "Whether a runtime uses the tile registers of AMX is not known here.".to_owned(),
            (true, false) => "No runtime used the tile registers of AMX.".to_owned(),
            (false, true) => "Every runtime used the tile registers of AMX.".to_owned(),
            (false, false) => format!("The tile registers of AMX were used by {with}; not by {without}."),
        }
    }

    /// Adds a table and prints it.
    pub(crate) fn add(&mut self, table: Table) -> Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", table.markdown())?;
        self.tables.push(table);
        Ok(())
    }

    /// The tables of answers.
    pub(crate) fn answers(&self) -> Vec<&Table> {
        self.tables.iter().filter(|table| table.columns == ["an answer"]).collect()
    }

    /// Where it was measured.
    pub(crate) fn cpu(&self) -> &str {
        &self.cpu
    }

    /// Writes `rivals.md`, `rivals.json` and `rivals.svg`.
    pub(crate) fn write(&self, folder: &Path, svg: &str) -> Result<()> {
        let versions: Vec<String> = self.versions.iter().map(|(name, v)| format!("{name} {v}")).collect();
        let foot = format!(
            "{}; {}. One thread each. \"Differs by\": the largest difference of a probability from ONNX Runtime in f32.\n\
             Rows with * ran in a Python process that measured itself; the overhead of its calls has a separate row.\n\
             {}\n",
            self.cpu,
            versions.join(", "),
            self.tiles()
        );
        writeln!(std::io::stdout().lock(), "{foot}")?;
        let tables: Vec<String> = self.tables.iter().map(Table::markdown).collect();
        let (text, json) = (folder.join("rivals.md"), folder.join("rivals.json"));
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        std::fs::write(&text, tables.join("\n") + "\n" + &foot)?;
        std::fs::write(&json, serde_json::to_string_pretty(self)? + "\n")?;
        let picture = folder.join("rivals.svg");
        std::fs::write(&picture, svg)?;
        eprintln!("written: {}, {} and {}", text.display(), json.display(), picture.display());
        Ok(())
    }
}

impl Table {
    /// Seconds in the unit of the table.
    pub(crate) fn shown(&self, seconds: f64) -> String {
        format!("{} {}", shown(seconds * self.unit.1), self.unit.0)
    }

    /// The table as Markdown.
    fn markdown(&self) -> String {
        let (unit, per_second) = self.unit;
        let mut text = format!("{}, {unit}, median of {} rounds:\n\n| |", self.title, self.rounds);
        for column in self.columns {
            let _infallible = write!(text, " {column} | 10-90 % | to Pupil |");
        }
        text += " differs by |\n|---|";
        text += &"---|".repeat(3 * self.columns.len());
        text += "---|\n";
        for row in &self.rows {
            let _infallible = write!(text, "| {} |", row.name);
            for (place, cell) in row.cells.iter().enumerate() {
                let [low, median, high] =
                    [cell.low, cell.median, cell.high].map(|seconds| shown(seconds * per_second));
                let ratio = self.rows.first().map_or(1.0, |first| cell.median / first.cells[place].median);
                let _infallible = write!(text, " {median} | {low}-{high} | {} × |", shown(ratio));
            }
            let difference = row.difference.map_or(String::new(), |d| format!("{d:.1e}"));
            let _infallible = writeln!(text, " {difference} |");
        }
        for Unsupported { name, why } in &self.missing {
            let why: String =
                why.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
            let _infallible = write!(text, "\n{name} does not run it: {why}\n");
        }
        text
    }
}

/// A number with three significant digits.
pub(crate) fn shown(value: f64) -> String {
    let decimals = match value {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.9995 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

/// Version of a crate that this program was built with.
fn locked_version(name: &str) -> Result<String> {
    let lock = include_str!("../../../Cargo.lock");
    let (_, entry) =
        lock.split_once(&format!("name = \"{name}\"\nversion = \"")).context("not in Cargo.lock")?;
    Ok(entry.split('"').next().unwrap_or_default().to_owned())
}

/// The name of the CPU, as the system reports it.
fn cpu_name() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |key: &str| {
        let line = info.lines().find(|line| line.split(':').next().is_some_and(|k| k.trim() == key))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    match (field("model name"), field("cpu family"), field("model")) {
        (Some(name), Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        (Some(name), ..) => name,
        _ => format!("an unnamed CPU of the architecture {}", std::env::consts::ARCH),
    }
}
