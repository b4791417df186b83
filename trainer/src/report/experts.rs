//! Expert use by task: a table and a heat map.

use crate::data::TaskData;
use anyhow::Result;
use std::fmt::Write;

/// Mean weight of each expert for each task, in one block.
pub struct ExpertUse {
    /// The system.
    pub system: String,
    /// The seed.
    pub seed: u64,
    /// The block, from 0.
    pub block: usize,
    /// A row per task, a column per expert.
    pub weights: Vec<Vec<f64>>,
}

/// The use of experts as a table in Markdown.
///
/// # Errors
///
/// Never: writing to a string cannot fail.
pub fn expert_table(uses: &[ExpertUse], tasks: &[TaskData]) -> Result<String> {
    let mut page = String::new();
    for u in uses {
        writeln!(
            page,
            "**{}, seed {}, block {}: mean weight of each expert (%)**\n",
            u.system,
            u.seed,
            u.block + 1
        )?;
        let experts = u.weights.first().map_or(0, Vec::len);
        let head: Vec<String> = (1..=experts).map(|e| format!("expert {e}")).collect();
        writeln!(page, "| task | {} |\n|---|{}", head.join(" | "), "---:|".repeat(experts))?;
        for (task, row) in tasks.iter().zip(&u.weights) {
            let cells: Vec<String> = row.iter().map(|w| format!("{:.1}", w * 100.0)).collect();
            writeln!(page, "| {} | {} |", task.id, cells.join(" | "))?;
        }
        writeln!(page)?;
    }
    Ok(page)
}

/// Sizes of the heat map in pixels: a cell, the gaps between two blocks and between two models, the widest letter of a
/// task name, and the space above and below the cells of a system.
const CELL: (usize, usize) = (28, 20);
const GAP: (usize, usize) = (6, 22);
const LETTER: usize = 7;
const ABOVE: usize = 58;
const BELOW: usize = 30;

/// The use of experts as a heat map in SVG. Each system has a band, in which the blocks of each seed are side by side,
/// with a row per task and a column per expert; white means weight 0, dark means weight 1.
///
/// # Errors
///
/// Never: writing to a string cannot fail.
pub fn expert_map(uses: &[ExpertUse], tasks: &[TaskData]) -> Result<String> {
    let mut bands: Vec<&[ExpertUse]> = uses.chunk_by(|a, b| a.system == b.system).collect();
    bands.retain(|band| !band.is_empty());
    let names = 16 + LETTER * tasks.iter().map(|task| task.id.chars().count()).max().unwrap_or(0);
    let place = |band: &[ExpertUse]| -> Vec<usize> {
        let mut x = names;
        let mut places = Vec::new();
        for (at, one) in band.iter().enumerate() {
            if at > 0 {
                x += if one.seed == band[at - 1].seed { GAP.0 } else { GAP.1 };
            }
            places.push(x);
            x += CELL.0 * one.weights.first().map_or(0, Vec::len);
        }
        places.push(x);
        places
    };
    let width = bands.iter().filter_map(|band| place(band).last().copied()).max().unwrap_or(names) + 16;
    let tall = ABOVE + tasks.len() * CELL.1;
    let height = bands.len() * tall + BELOW;
    let mut svg = String::new();
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\">"
    )?;
    writeln!(svg, "<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>")?;
    for (row, band) in bands.iter().enumerate() {
        let top = row * tall + ABOVE;
        let places = place(band);
        let title = &band[0].system;
        writeln!(
            svg,
            "<text x=\"8\" y=\"{}\" font-size=\"13\" font-weight=\"bold\">{title}</text>",
            top - 38
        )?;
        for (n, task) in tasks.iter().enumerate() {
            let y = top + n * CELL.1 + CELL.1 / 2 + 4;
            writeln!(
                svg,
                "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{}</text>",
                names - 8,
                escaped(&task.id)
            )?;
        }
        for (one, x) in band.iter().zip(&places) {
            if one.block == 0 {
                writeln!(svg, "<text x=\"{x}\" y=\"{}\">seed {}</text>", top - 21, one.seed)?;
            }
            writeln!(svg, "<text x=\"{x}\" y=\"{}\" fill=\"#555\">block {}</text>", top - 6, one.block + 1)?;
            for (n, weights) in one.weights.iter().enumerate() {
                for (expert, weight) in weights.iter().enumerate() {
                    cell(&mut svg, (x + expert * CELL.0, top + n * CELL.1), *weight)?;
                }
            }
        }
    }
    writeln!(
        svg,
        "<text x=\"8\" y=\"{}\" fill=\"#555\">mean weight of each expert over the answers of a task, in %</text>",
        height - 10
    )?;
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn cell(svg: &mut String, (x, y): (usize, usize), weight: f64) -> Result<()> {
    // From white to a dark blue.
    let shade = |dark: f64| (255.0 - (255.0 - dark) * weight.clamp(0.0, 1.0)).round();
    let ink = if weight > 0.45 { "#fff" } else { "#000" };
    writeln!(
        svg,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"rgb({},{},{})\" stroke=\"#ddd\"/>",
        CELL.0,
        CELL.1,
        shade(8.0),
        shade(48.0),
        shade(107.0)
    )?;
    let (x, y) = (x + CELL.0 / 2, y + CELL.1 / 2 + 4);
    writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"10\" fill=\"{ink}\">{:.0}</text>",
        weight * 100.0
    )?;
    Ok(())
}

/// A name, escaped for XML.
fn escaped(name: &str) -> String {
    name.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_weight_has_a_cell_and_names_are_escaped() {
        let task = |id: &str| TaskData {
            id: id.into(),
            name: id.into(),
            head: crate::head::HeadKind::Softmax,
            labels: Vec::new(),
            points: Vec::new(),
        };
        let one = |system: &str, block| ExpertUse {
            system: system.to_owned(),
            seed: 1,
            block,
            weights: vec![vec![0.25, 0.75], vec![1.0, 0.0]],
        };
        let uses = [one("UniMoE", 0), one("UniMoE", 1), one("UniMoE guided", 0)];
        let svg = expert_map(&uses, &[task("a<b"), task("c & d")]).unwrap();
        // Four cells per block, and the background.
        assert_eq!(svg.matches("<rect").count(), 3 * 4 + 1);
        assert_eq!((svg.matches(">75<").count(), svg.matches(">100<").count()), (3, 3));
        assert_eq!((svg.matches("a&lt;b").count(), svg.matches("c &amp; d").count()), (2, 2));
        assert_eq!(svg.matches("seed 1").count(), 2);
    }
}
