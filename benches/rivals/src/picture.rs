//! The tables of answers as one picture: how many times as long as Pupil each runtime takes.

use std::fmt::Write as _;

use crate::report::Table;

/// Width of a panel, of the names in it, and of its bars.
const PANEL: f64 = 440.0;
const NAMES: f64 = 140.0;
const BARS: f64 = 240.0;
/// Height of a bar with the space below it, and of the title of a panel.
const BAR: f64 = 19.0;
const TITLE: f64 = 34.0;
/// The ends of the axis, which is logarithmic.
const LEAST: f64 = 0.5;
const MOST: f64 = 200.0;

const INK: &str = "#1b2333";
const FAINT: &str = "#d5dae4";
const SLOWER: &str = "#9aa4b8";
const FASTER: &str = "#c2553a";

/// An SVG with a panel for each table, two beside each other. Runtimes that are ahead of Pupil have another colour, and
/// their bars go to the other side.
pub(crate) fn svg(tables: &[&Table], caption: &str) -> String {
    let rows_of = |table: &Table| table.rows.iter().filter(|row| compared(&row.name)).count();
    let rows = tables.iter().map(|table| rows_of(table)).max().unwrap_or(0);
    let height = TITLE + rows as f64 * BAR + 30.0;
    let lines = tables.len().div_ceil(2);
    let (all_wide, all_high) = (2.0 * PANEL + 20.0, 50.0 + lines as f64 * height + 24.0);
    let title = "Time of other runtimes, relative to Pupil's (1 = as fast as Pupil)";
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all_wide}\" height=\"{all_high}\" \
         viewBox=\"0 0 {all_wide} {all_high}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" \
         aria-label=\"{title}\">\n<rect width=\"{all_wide}\" height=\"{all_high}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"bold\" fill=\"{INK}\">{title}</text>\n"
    );
    for (place, table) in tables.iter().enumerate() {
        let (column, line) = (place % 2, place / 2);
        panel(&mut out, table, 10.0 + column as f64 * PANEL, 44.0 + line as f64 * height, rows);
    }
    let _infallible = writeln!(
        out,
        "<text x=\"16\" y=\"{}\" font-size=\"11\" fill=\"{INK}\">{}</text>\n</svg>",
        all_high - 12.0,
        escaped(caption)
    );
    out
}

/// Whether a row is another runtime, and not a part of one.
fn compared(name: &str) -> bool {
    !name.starts_with('*')
}

fn panel(out: &mut String, table: &Table, left: f64, top: f64, rows: usize) {
    let axis = left + NAMES;
    let at = |ratio: f64| axis + BARS * (ratio / LEAST).ln() / (MOST / LEAST).ln();
    let bottom = top + TITLE + rows as f64 * BAR;
    let _infallible = writeln!(
        out,
        "<text x=\"{}\" y=\"{}\" font-weight=\"bold\" fill=\"{INK}\">{}</text>",
        left + 6.0,
        top + 16.0,
        escaped(&table.title)
    );
    for tick in [0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 200.0] {
        let x = at(tick);
        let stroke = if tick == 1.0 { INK } else { FAINT };
        let _infallible = writeln!(
            out,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{:.1}\" y2=\"{bottom:.1}\" stroke=\"{stroke}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"10\" fill=\"{INK}\">{tick}</text>",
            top + TITLE - 6.0,
            bottom + 12.0
        );
    }
    let Some(pupil) = table.rows.first().and_then(|row| row.cells.first()) else { return };
    for (n, row) in table.rows.iter().filter(|row| compared(&row.name)).enumerate() {
        let Some(cell) = row.cells.first() else { continue };
        let ratio = cell.median() / pupil.median();
        let y = top + TITLE + n as f64 * BAR;
        let (one, end) = (at(1.0), at(ratio.clamp(LEAST, MOST)));
        let color = if ratio < 1.0 { FASTER } else { SLOWER };
        let bold = if n == 0 { " font-weight=\"bold\"" } else { "" };
        let beside = one.max(end) + 5.0;
        let _infallible = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{INK}\"{bold}>{}</text>\
             <rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"13\" fill=\"{color}\"/>\
             <text x=\"{beside:.1}\" y=\"{:.1}\" fill=\"{INK}\"{bold}>{}</text>",
            axis - 6.0,
            y + 11.0,
            escaped(row.name.trim_end_matches(" *")),
            one.min(end),
            y + 1.0,
            (end - one).abs().max(1.0),
            y + 11.0,
            if n == 0 { table.shown(cell.median()) } else { format!("{} ×", crate::report::shown(ratio)) }
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
