//! Plain tables.

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Aligned columns for a terminal.
    Text,
    /// Markdown, with the same alignment in its source.
    Markdown,
}

/// A table: the first column is a name, the others are figures.
pub(crate) struct Grid {
    pub(crate) title: String,
    pub(crate) header: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Sentences below the table.
    pub(crate) notes: Vec<String>,
}

impl Grid {
    pub(super) fn render(&self, style: Style) -> String {
        let clean = |cell: &String| match style {
            Style::Text => cell.replace(['\n', '\r', '\t'], " "),
            Style::Markdown => {
                cell.replace(['\n', '\r', '\t'], " ").replace('\\', "\\\\").replace('|', "\\|")
            }
        };
        let rows: Vec<Vec<String>> =
            std::iter::once(&self.header).chain(&self.rows).map(|r| r.iter().map(clean).collect()).collect();
        let widths: Vec<usize> = (0..self.header.len())
            .map(|c| rows.iter().filter_map(|r| r.get(c)).map(|cell| width(cell)).max().unwrap_or(0).max(3))
            .collect();
        let line = |row: &[String]| {
            let cells: Vec<String> = widths
                .iter()
                .enumerate()
                .map(|(c, &wide)| {
                    let cell = row.get(c).map_or("", String::as_str);
                    let fill = " ".repeat(wide - width(cell));
                    if c == 0 { format!("{cell}{fill}") } else { format!("{fill}{cell}") }
                })
                .collect();
            match style {
                Style::Text => cells.join("  ").trim_end().to_owned(),
                Style::Markdown => format!("| {} |", cells.join(" | ")),
            }
        };
        let rule = match style {
            Style::Text => widths.iter().map(|w| "-".repeat(*w)).collect::<Vec<_>>().join("  "),
            Style::Markdown => {
                let rules: Vec<String> = widths
                    .iter()
                    .enumerate()
                    .map(|(c, w)| {
                        if c == 0 {
                            format!(":{}", "-".repeat(w - 1))
                        } else {
                            format!("{}:", "-".repeat(w - 1))
                        }
                    })
                    .collect();
                format!("| {} |", rules.join(" | "))
            }
        };
        let mut lines = match style {
            Style::Text => vec![self.title.clone()],
            Style::Markdown => vec![format!("**{}**", self.title), String::new()],
        };
        lines.push(line(&rows[0]));
        lines.push(rule);
        lines.extend(rows[1..].iter().map(|r| line(r)));
        if !self.notes.is_empty() {
            lines.push(String::new());
            let bullet = if style == Style::Markdown { "- " } else { "" };
            lines.extend(self.notes.iter().map(|note| format!("{bullet}{note}")));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

/// Renders several tables, a blank line between them.
pub(crate) fn render_all(grids: &[Grid], style: Style) -> String {
    grids.iter().map(|g| g.render(style)).collect::<Vec<_>>().join("\n")
}

/// Number of characters; the figures and most names need one column each.
fn width(text: &str) -> usize {
    text.chars().count()
}
