//! Plots as SVG.
//!
//! Drawn here, since the page colours them by its style, light, dark or on paper, tells lines apart by dashes as well,
//! and gives every plot a text alternative; plotting crates write fixed colours and neither.

use std::fmt::Write as _;

use crate::evaluation::{Axis, Estimate, Figure, Guide, Line, Plot};

/// Width of a plot in pixels.
const WIDTH: f64 = 720.0;
/// Height of plots with two axes.
const HEIGHT: f64 = 340.0;
/// Height of a row of estimates.
const ROW: f64 = 24.0;
/// Width of a letter.
const LETTER: f64 = 7.2;
/// Letters of a name; longer ones are cut.
const NAME: usize = 34;
/// Letters of a name beside a bar, which may be a sentence.
const ROW_NAME: usize = 46;
/// Styles of lines and fills in the style sheet.
const STYLES: usize = 6;

/// Writing to a string cannot fail.
macro_rules! put {
    ($out:expr, $($arg:tt)*) => { writeln!($out, $($arg)*).expect("a string takes everything") };
}

/// Draws a plot, with its caption and description for screen readers.
#[must_use]
pub fn svg(figure: &Figure) -> String {
    let (body, height) = drawn(&figure.plot);
    let (id, title, said) = (escaped(&figure.id), escaped(&figure.title), escaped(&figure.description));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" aria-labelledby=\"{id}-t {id}-d\">\n<title id=\"{id}-t\">{title}</title>\n\
         <desc id=\"{id}-d\">{said}</desc>\n<g aria-hidden=\"true\">\n{body}</g>\n</svg>"
    )
}

/// Draws plots one below the other, as a file of its own: with the page's style for light and dark screens and for
/// paper, a background, and each plot's caption above it.
#[must_use]
pub fn svg_file(title: &str, figures: &[Figure]) -> String {
    /// Height of the title and of a caption.
    const HEADING: f64 = 30.0;
    let style = include_str!("../../templates/report.css").lines();
    let wanted = |line: &&str| [":root", "@media(prefers", "svg"].iter().any(|start| line.starts_with(start));
    let style: String = style.filter(wanted).collect::<Vec<_>>().join("\n");
    let (mut out, mut height) = (String::new(), HEADING);
    put!(out, "<text class=\"heading\" x=\"16\" y=\"20\">{}</text>", escaped(title));
    for figure in figures {
        let (body, tall) = drawn(&figure.plot);
        put!(out, "<g transform=\"translate(0 {height:.1})\">");
        put!(out, "<text x=\"16\" y=\"16\">{}</text>", escaped(&figure.title));
        put!(out, "<g transform=\"translate(0 {HEADING:.1})\">\n{body}</g>\n</g>");
        height += HEADING + tall;
    }
    let said: Vec<String> = figures.iter().map(|figure| escaped(&figure.description)).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
         height=\"{height}\" aria-labelledby=\"t d\">\n<title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n\
         <style>\n{style}\nsvg .heading{{font-weight:600;font-size:15px}}\n</style>\n\
         <rect width=\"100%\" height=\"100%\" style=\"fill:var(--bg)\"/>\n<g aria-hidden=\"true\">\n{out}</g>\n</svg>\n",
        escaped(title),
        said.join(" "),
    )
}

/// What is inside a plot, and its height.
fn drawn(plot: &Plot) -> (String, f64) {
    match plot {
        Plot::Bars { categories, series, x, y } => bars(categories, series, x, y),
        Plot::Rows { names, parts, x } => rows(names, parts, x),
        Plot::Lines { lines, x, y, guides } => drawn_lines(lines, x, y, guides),
        Plot::Estimates { rows, x, zero, limits } => estimates(rows, x, *zero, limits),
    }
}

/// A text, escaped for HTML and XML.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// The area of a plot inside its axes.
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    x: (f64, f64),
    y: (f64, f64),
}

impl Area {
    fn x(&self, value: f64) -> f64 {
        self.left + (value - self.x.0) / (self.x.1 - self.x.0) * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        self.bottom - (value - self.y.0) / (self.y.1 - self.y.0) * (self.bottom - self.top)
    }
}

/// Whole steps of 1, 2 or 5 times a power of ten between two numbers, about `count`.
fn ticks(low: f64, high: f64, count: f64) -> Vec<f64> {
    let rough = (high - low) / count;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|k| k * power).into_iter().find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(10.0 * power);
    let first = (low / step - 1e-9).ceil();
    let mut ticks = Vec::new();
    let mut k = first;
    while k * step <= high + step * 1e-9 && ticks.len() < 100 {
        // Adding 0 turns −0 into 0.
        ticks.push(k * step + 0.0);
        k += 1.0;
    }
    ticks
}

/// A number under a tick.
fn shown(value: f64, percent: bool) -> String {
    let value = if percent { value * 100.0 } else { value };
    let text = format!("{:.4}", value);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let unit = if percent { " %" } else { "" };
    format!("{}{unit}", text.replace('-', "\u{2212}"))
}

/// A name, cut and escaped.
fn name(text: &str) -> String {
    shortened(text, NAME)
}

fn shortened(text: &str, most: usize) -> String {
    let cut: String = text.chars().take(most).collect();
    if cut.len() < text.len() { format!("{}…", escaped(cut.trim_end())) } else { escaped(text) }
}

/// A range with some room, never empty.
fn widened(low: f64, high: f64) -> (f64, f64) {
    let room = (high - low) * 0.06;
    if high - low < 1e-9 { (low - 0.5, high + 0.5) } else { (low - room, high + room) }
}

/// The names of series above a plot; gives the height they take.
fn legend(
    out: &mut String,
    names: &[String],
    left: f64,
    sample: impl Fn(&mut String, usize, f64, f64),
) -> f64 {
    let (mut x, mut y) = (left, 16.0);
    for (i, text) in names.iter().enumerate() {
        let wide = 40.0 + LETTER * text.chars().count().min(NAME + 1) as f64 + 18.0;
        if x + wide > WIDTH && x > left {
            x = left;
            y += 20.0;
        }
        sample(out, i, x, y - 4.0);
        put!(out, "<text x=\"{:.1}\" y=\"{y:.1}\">{}</text>", x + 38.0, name(text));
        x += wide;
    }
    y + 14.0
}

fn grid(out: &mut String, area: &Area, x_axis: Option<&Axis>, y_title: &str, percent: bool) {
    for tick in ticks(area.y.0, area.y.1, 5.0) {
        let y = area.y(tick);
        put!(
            out,
            "<line class=\"grid\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
            area.left,
            area.right
        );
        put!(
            out,
            "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            area.left - 8.0,
            y + 4.0,
            shown(tick, percent)
        );
    }
    put!(
        out,
        "<text class=\"soft\" transform=\"translate(14 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        f64::midpoint(area.top, area.bottom),
        escaped(y_title)
    );
    put!(
        out,
        "<line class=\"axis\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
        area.left,
        area.right,
        area.bottom,
        area.bottom
    );
    if let Some(axis) = x_axis {
        let about = if axis.whole { (area.x.1 - area.x.0).clamp(1.0, 8.0) } else { 8.0 };
        for tick in ticks(area.x.0, area.x.1, about) {
            put!(
                out,
                "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                area.x(tick),
                area.bottom + 18.0,
                shown(tick, axis.percent)
            );
        }
        x_title(out, area, &axis.title);
    }
}

fn x_title(out: &mut String, area: &Area, title: &str) {
    put!(
        out,
        "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
        f64::midpoint(area.left, area.right),
        area.bottom + 38.0,
        escaped(title)
    );
}

fn bars(categories: &[String], series: &[(String, Vec<f64>)], x: &str, y: &str) -> (String, f64) {
    let mut out = String::new();
    let names: Vec<String> = series.iter().map(|(name, _)| name.clone()).collect();
    let top = legend(&mut out, &names, 64.0, sample_of_bar);
    let high = series.iter().flat_map(|(_, v)| v).copied().fold(0.0, f64::max);
    let area = Area {
        left: 64.0,
        right: WIDTH - 12.0,
        top,
        bottom: HEIGHT - 52.0,
        x: (0.0, categories.len().max(1) as f64),
        y: (0.0, if high > 0.0 { high * 1.05 } else { 1.0 }),
    };
    grid(&mut out, &area, None, y, false);
    let slot = (area.right - area.left) / categories.len().max(1) as f64;
    let wide = (slot * 0.8 / series.len().max(1) as f64).min(60.0);
    let skip = (categories.len() as f64 * 34.0 / (area.right - area.left)).ceil().max(1.0);
    for (i, category) in categories.iter().enumerate() {
        let middle = area.x(i as f64 + 0.5);
        let start = middle - wide * series.len() as f64 / 2.0;
        for (s, (_, values)) in series.iter().enumerate() {
            let (x, y) = (start + wide * s as f64, area.y(values[i]));
            bar(&mut out, s, x, y, wide - 1.0, area.bottom - y);
        }
        if (i as f64) % skip < 0.5 {
            put!(
                out,
                "<text class=\"soft\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                area.bottom + 18.0,
                name(category)
            );
        }
    }
    x_title(&mut out, &area, x);
    (out, HEIGHT)
}

/// The sample of a series of bars in a legend.
fn sample_of_bar(out: &mut String, i: usize, x: f64, y: f64) {
    bar(out, i, x + 6.0, y - 5.0, 26.0, 10.0);
}

/// A bar of the series `i`; every second one is striped.
fn bar(out: &mut String, i: usize, x: f64, y: f64, wide: f64, tall: f64) {
    put!(
        out,
        "<rect class=\"f{}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\"/>",
        i % STYLES + 1
    );
    if i % 2 == 1 {
        stripes(out, x, y, wide, tall);
    }
}

fn rows(names: &[String], parts: &[(String, Vec<u64>)], x: &str) -> (String, f64) {
    let mut out = String::new();
    let series: Vec<String> = parts.iter().map(|(name, _)| name.clone()).collect();
    let top = legend(&mut out, &series, 16.0, sample_of_bar);
    let longest = names.iter().map(|name| name.chars().count().min(ROW_NAME + 1)).max().unwrap_or(0);
    let sums: Vec<u64> =
        (0..names.len()).map(|row| parts.iter().map(|(_, counts)| counts[row]).sum()).collect();
    let high = sums.iter().copied().max().unwrap_or(0).max(1) as f64;
    let area = Area {
        left: (24.0 + LETTER * longest as f64).max(48.0),
        // Room for the number behind the longest bar.
        right: WIDTH - 64.0,
        top,
        bottom: top + ROW * names.len() as f64,
        x: (0.0, high),
        y: (0.0, 1.0),
    };
    for (row, text) in names.iter().enumerate() {
        let y = area.top + ROW * (row as f64 + 0.5);
        put!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            area.left - 10.0,
            y + 4.0,
            shortened(text, ROW_NAME)
        );
        let mut before = 0_u64;
        for (i, (_, counts)) in parts.iter().enumerate().filter(|(_, (_, counts))| counts[row] > 0) {
            let from = area.x(before as f64);
            before += counts[row];
            bar(&mut out, i, from, y - 8.0, area.x(before as f64) - from, 16.0);
        }
        let end = area.x(sums[row] as f64) + 8.0;
        put!(out, "<text class=\"soft\" x=\"{end:.1}\" y=\"{:.1}\">{}</text>", y + 4.0, sums[row]);
    }
    put!(
        out,
        "<line class=\"axis\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
        area.left,
        area.left,
        area.top,
        area.bottom
    );
    put!(
        out,
        "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        area.left,
        area.bottom + 18.0,
        escaped(x)
    );
    (out, area.bottom + 28.0)
}

/// Stripes over a bar, so that it differs without colours.
fn stripes(out: &mut String, x: f64, y: f64, wide: f64, tall: f64) {
    let mut at = y + 4.0;
    while at < y + tall {
        put!(
            out,
            "<line class=\"hatch\" x1=\"{x:.1}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>",
            x + wide
        );
        at += 6.0;
    }
}

fn drawn_lines(lines: &[Line], x: &Axis, y: &Axis, guides: &[Guide]) -> (String, f64) {
    let mut out = String::new();
    let mut names: Vec<String> = lines.iter().map(|line| line.name.clone()).collect();
    names.extend(guides.iter().map(|guide| guide.name.clone()));
    let top = legend(&mut out, &names, 64.0, |out, i, x, y| {
        let class = if i < lines.len() { format!("l{}", i % STYLES + 1) } else { "guide".to_owned() };
        put!(
            out,
            "<line class=\"{class}\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
            x + 4.0,
            x + 32.0
        );
    });
    let all = || lines.iter().flat_map(|line| &line.points);
    let found = |axis: &Axis, of: &dyn Fn(&(f64, f64)) -> f64| {
        let low = all().map(of).fold(f64::INFINITY, f64::min);
        let high = all().map(of).fold(f64::NEG_INFINITY, f64::max);
        axis.range
            .filter(|(low, high)| high > low)
            .unwrap_or_else(|| if low.is_finite() { widened(low, high) } else { (0.0, 1.0) })
    };
    let area = Area {
        left: 64.0,
        right: WIDTH - 24.0,
        top,
        bottom: HEIGHT - 52.0,
        x: found(x, &|p| p.0),
        y: found(y, &|p| p.1),
    };
    grid(&mut out, &area, Some(x), &y.title, y.percent);
    for guide in guides {
        put!(
            out,
            "<line class=\"guide\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
            area.x(guide.from.0),
            area.y(guide.from.1),
            area.x(guide.to.0),
            area.y(guide.to.1)
        );
    }
    for (i, line) in lines.iter().enumerate() {
        let style = i % STYLES + 1;
        for ((px, _), (low, high)) in line.points.iter().zip(&line.intervals) {
            let (px, low, high) = (area.x(*px), area.y(*low), area.y(*high));
            put!(
                out,
                "<line class=\"e{}\" x1=\"{px:.1}\" x2=\"{px:.1}\" y1=\"{low:.1}\" y2=\"{high:.1}\"/>",
                style.min(2)
            );
        }
        let points: Vec<String> =
            line.points.iter().map(|(px, py)| format!("{:.1},{:.1}", area.x(*px), area.y(*py))).collect();
        put!(out, "<polyline class=\"l{style}\" points=\"{}\"/>", points.join(" "));
        if line.marked {
            for (px, py) in &line.points {
                put!(
                    out,
                    "<circle class=\"f{style}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4\"/>",
                    area.x(*px),
                    area.y(*py)
                );
            }
        }
    }
    (out, HEIGHT)
}

fn estimates(rows: &[Estimate], x: &str, zero: Option<f64>, limits: &[f64]) -> (String, f64) {
    let mut out = String::new();
    let longest = rows.iter().map(|row| row.name.chars().count().min(NAME + 1)).max().unwrap_or(0);
    let ends = rows.iter().flat_map(|row| {
        let (low, high) = row.interval.unwrap_or((row.value, row.value));
        [low, high, row.value]
    });
    let (mut low, mut high) =
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    for line in zero.iter().chain(limits) {
        low = low.min(*line);
        high = high.max(*line);
    }
    let top = 8.0;
    let bottom = top + ROW * rows.len() as f64;
    let area = Area {
        left: 16.0 + LETTER * longest as f64,
        right: WIDTH - 24.0,
        top,
        bottom,
        x: if low.is_finite() { widened(low, high) } else { (0.0, 1.0) },
        y: (0.0, 1.0),
    };
    for tick in ticks(area.x.0, area.x.1, 7.0) {
        let at = area.x(tick);
        put!(out, "<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>");
        put!(
            out,
            "<text class=\"soft\" x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            bottom + 18.0,
            shown(tick, false)
        );
    }
    for (lines, class) in [(zero.as_slice(), "axis"), (limits, "limit")] {
        for line in lines {
            let at = area.x(*line);
            put!(
                out,
                "<line class=\"{class}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>"
            );
        }
    }
    for (i, row) in rows.iter().enumerate() {
        let y = top + ROW * (i as f64 + 0.5);
        put!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            area.left - 10.0,
            y + 4.0,
            name(&row.name)
        );
        if let Some((low, high)) = row.interval {
            put!(
                out,
                "<line class=\"e1\" x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                area.x(low),
                area.x(high)
            );
        }
        put!(out, "<circle class=\"f1\" cx=\"{:.1}\" cy=\"{y:.1}\" r=\"4.5\"/>", area.x(row.value));
    }
    x_title(&mut out, &area, x);
    (out, bottom + 50.0)
}
