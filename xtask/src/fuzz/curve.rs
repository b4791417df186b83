//! The table of a run, the sum of all runs, and the figure of how coverage grew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::log::Done;
use crate::process::say;

/// Where the runs are listed: target, executions, seconds, edges, features, inputs, findings.
const RUNS: &str = "runs.csv";
/// Where the growth of coverage is: target, executions of all runs so far, edges, features.
const GROWTH: &str = "growth.csv";

/// Adds a run to those of before.
pub(super) fn remember(folder: &Path, done: &Done) -> Result<()> {
    let before = runs(folder).get(&done.name).map_or(0, |all| all.executions);
    let append = |name: &str, text: &str| -> Result<()> {
        let path = folder.join(name);
        let mut file = OpenOptions::new().create(true).append(true).open(&path);
        let written = file.as_mut().map_err(|e| std::io::Error::new(e.kind(), e.to_string()));
        written
            .and_then(|file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write {}", path.display()))
    };
    let Done { name, executions, seconds, edges, features, inputs, .. } = done;
    let findings = done.findings.len();
    append(RUNS, &format!("{name},{executions},{seconds},{edges},{features},{inputs},{findings}\n"))?;
    let growth: String = thinned(&done.curve)
        .map(|[executions, edges, features]| format!("{name},{},{edges},{features}\n", before + executions))
        .collect();
    append(GROWTH, &growth)
}

/// At most some hundred points, the last among them.
fn thinned(curve: &[[u64; 3]]) -> impl Iterator<Item = &[u64; 3]> {
    let step = curve.len().div_ceil(200).max(1);
    let last = curve.len().saturating_sub(1);
    curve
        .iter()
        .enumerate()
        .filter(move |(place, _)| place % step == 0 || *place == last)
        .map(|(_, point)| point)
}

/// Sums of all runs by target.
fn runs(folder: &Path) -> BTreeMap<String, Done> {
    let mut all: BTreeMap<String, Done> = BTreeMap::new();
    for line in fs::read_to_string(folder.join(RUNS)).unwrap_or_default().lines() {
        let mut cells = line.split(',');
        let name = cells.next().unwrap_or_default();
        let mut number = || cells.next().and_then(|cell| cell.parse::<u64>().ok()).unwrap_or(0);
        let one = all.entry(name.to_owned()).or_insert_with(|| Done { name: name.into(), ..Done::default() });
        one.executions += number();
        one.seconds += number();
        one.edges = one.edges.max(number());
        one.features = one.features.max(number());
        one.inputs = one.inputs.max(number());
        one.findings.extend((0..number()).map(|_| String::new()));
    }
    all
}

/// Prints a table of runs.
pub(super) fn print<'a>(runs: impl IntoIterator<Item = &'a Done>) {
    say!("\n| target | executions | a second | edges | features | inputs | findings |");
    say!("|---|---|---|---|---|---|---|");
    let (mut executions, mut seconds) = (0, 0);
    for one in runs {
        let Done { name, edges, features, inputs, .. } = one;
        let (all, rate) = (grouped(one.executions), grouped(one.executions / one.seconds.max(1)));
        let (edges, features, inputs) = (grouped(*edges), grouped(*features), grouped(*inputs));
        say!("| {name} | {all} | {rate} | {edges} | {features} | {inputs} | {} |", one.findings.len());
        executions += one.executions;
        seconds += one.seconds;
    }
    say!("| all | {} | {} | | | | |", grouped(executions), grouped(executions / seconds.max(1)));
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Prints the sums of all runs, and draws how coverage grew.
pub(super) fn report(folder: &Path, figure: &Path) -> Result<()> {
    let all = runs(folder);
    ensure!(!all.is_empty(), "there was no run yet: `cargo xtask fuzz`");
    print(all.values());
    let growth = fs::read_to_string(folder.join(GROWTH)).context("cannot read the growth of coverage")?;
    fs::write(figure, drawn(&growth)).with_context(|| format!("cannot write {}", figure.display()))?;
    say!("fuzz: {} is drawn", figure.display());
    Ok(())
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
/// Space around the lines: left, top, right, bottom.
const SPACE: [f64; 4] = [64.0, 40.0, 96.0, 48.0];
const COLOURS: [&str; 12] = [
    "#1b6ca8", "#c44536", "#3a7d44", "#8e5ea2", "#b8860b", "#008b8b", "#7f4f24", "#d1495b", "#4d648d",
    "#6b8e23", "#9932cc", "#444444",
];

/// Edges over executions, both on logarithmic axes, a line for each target.
fn drawn(growth: &str) -> String {
    let mut lines: BTreeMap<&str, Vec<(f64, f64)>> = BTreeMap::new();
    for line in growth.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |place: usize| cells.get(place).and_then(|cell| cell.parse::<f64>().ok()).unwrap_or(0.0);
        let line = lines.entry(cells[0]).or_default();
        // A run begins anew with the inputs of the last: what was reached once counts as reached.
        let most = line.last().map_or(0.0, |(_, edges): &(f64, f64)| *edges);
        line.push((number(1).max(1.0), number(2).max(most).max(1.0)));
    }
    let most = |pick: fn(&(f64, f64)) -> f64| lines.values().flatten().map(pick).fold(10.0, f64::max).log10();
    let (wide, high) = (most(|p| p.0).ceil(), most(|p| p.1).max(2.0));
    let low = 1.0;
    let [left, top, right, bottom] = SPACE;
    let x = |n: f64| left + n.log10().max(0.0) / wide * (WIDTH - left - right);
    let y = |n: f64| HEIGHT - bottom - (n.log10() - low).max(0.0) / (high - low) * (HEIGHT - top - bottom);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">"#
    );
    svg.push_str(r##"<rect width="100%" height="100%" fill="#ffffff"/>"##);
    let _ = write!(
        svg,
        r##"<text x="{left}" y="22" font-size="14" fill="#222222">Edges of the program that inputs have passed, by executions</text>"##
    );
    let mut power = 0.0;
    while power <= wide {
        let at = x(10_f64.powf(power));
        let _ = write!(
            svg,
            r##"<line x1="{at:.1}" y1="{top}" x2="{at:.1}" y2="{0}" stroke="#e3e3e3"/><text x="{at:.1}" y="{1}" text-anchor="middle" fill="#555555">{2}</text>"##,
            HEIGHT - bottom,
            HEIGHT - bottom + 18.0,
            short(power)
        );
        power += 1.0;
    }
    for edges in [10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0_f64]
        .into_iter()
        .filter(|n| n.log10() <= high)
    {
        let at = y(edges);
        let _ = write!(
            svg,
            r##"<line x1="{left}" y1="{at:.1}" x2="{0}" y2="{at:.1}" stroke="#e3e3e3"/><text x="{1}" y="{2:.1}" text-anchor="end" fill="#555555">{edges}</text>"##,
            WIDTH - right,
            left - 6.0,
            at + 4.0
        );
    }
    let _ = write!(
        svg,
        r##"<text x="{:.1}" y="{:.1}" text-anchor="middle" fill="#555555">executions</text>"##,
        (left + WIDTH - right) / 2.0,
        HEIGHT - 10.0
    );
    // Names at the ends of lines, apart from each other.
    let mut ends: Vec<(f64, &str)> =
        lines.iter().map(|(name, line)| (y(line[line.len() - 1].1), *name)).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    for place in 1..ends.len() {
        ends[place].0 = ends[place].0.max(ends[place - 1].0 + 14.0);
    }
    for ((name, line), colour) in lines.iter().zip(COLOURS) {
        let points: Vec<String> =
            line.iter().map(|(n, edges)| format!("{:.1},{:.1}", x(*n), y(*edges))).collect();
        let end = ends.iter().find(|(_, other)| other == name).map_or(0.0, |(at, _)| *at);
        let _ = write!(
            svg,
            r##"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="1.6"/><text x="{:.1}" y="{:.1}" fill="{colour}">{name}</text>"##,
            points.join(" "),
            WIDTH - right + 8.0,
            end + 4.0
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// A power of ten as people write it.
fn short(power: f64) -> String {
    match power {
        p if p < 3.0 => format!("{:.0}", 10_f64.powf(p)),
        p if p < 6.0 => format!("{:.0} k", 10_f64.powf(p - 3.0)),
        p => format!("{:.0} M", 10_f64.powf(p - 6.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_summed_and_growth_goes_on_where_the_last_run_ended() {
        let folder = std::env::temp_dir().join(format!("pupil-xtask-{}-runs", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let run = |executions, edges| Done {
            name: "csv".into(),
            executions,
            seconds: 2,
            edges,
            features: 3 * edges,
            inputs: 4,
            curve: vec![[1, edges / 2, edges], [executions, edges, 3 * edges]],
            findings: Vec::new(),
        };
        remember(&folder, &run(1000, 40)).unwrap();
        remember(&folder, &run(500, 60)).unwrap();
        let all = runs(&folder);
        assert_eq!((all["csv"].executions, all["csv"].seconds, all["csv"].edges), (1500, 4, 60));
        let growth = fs::read_to_string(folder.join(GROWTH)).unwrap();
        assert_eq!(growth, "csv,1,20,40\ncsv,1000,40,120\ncsv,1001,30,60\ncsv,1500,60,180\n");
        let figure = folder.join("figure.svg");
        report(&folder, &figure).unwrap();
        let svg = fs::read_to_string(&figure).unwrap();
        assert!(svg.contains(">csv</text>") && svg.contains(">1 k</text>"), "{svg}");
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
